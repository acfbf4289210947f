"""What an edited manuscript changes is listed, written only when it is asked for, and never without the former text beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.book.manuscript.exports import FONTS, STYLES
from hai_utils.book.manuscript.measuring import measure_of
from hai_utils.book.manuscript.word.merging import Known
from hai_utils.commands.merging import merge_manuscript
from tests.book.manuscript.word.test_word_merge import DISCUSSION, PRINTED, Study


@pytest.fixture
def study(tmp_path: Path, root: Path) -> Study:
    study = Study(tmp_path, measure_of(root / FONTS), root / STYLES)
    study.replace("Larger", "Randomized")
    study.replace("1.40", "1.04")
    study.document.save(str(tmp_path / "edited.docx"))
    return study


def test_a_dry_run_lists_and_writes_nothing(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    merge_manuscript(study.folder / "edited.docx", study.sections, Known(PRINTED), dry_run=True)
    said = capsys.readouterr().out
    assert "1 changed" in said
    assert "Larger studies are needed. -> Randomized studies are needed." in said
    assert "Not taken: numbers that were changed by hand" in said
    assert study.sections["discussion"].read_text(encoding="utf-8") == DISCUSSION
    assert not list(study.folder.glob("*before-merge*"))


def test_the_former_text_stays_beside_each_file_that_is_written(study: Study) -> None:
    for _ in range(2):
        merge_manuscript(study.folder / "edited.docx", study.sections, Known(PRINTED), dry_run=False)
        study.sections["discussion"].write_text(DISCUSSION, encoding="utf-8")
    formers = sorted(study.folder.glob("*before-merge*"))
    assert [path.name for path in formers] == ["discussion.before-merge-2.md", "discussion.before-merge.md"]
    assert {path.read_text(encoding="utf-8") for path in formers} == {DISCUSSION}
    merge_manuscript(study.folder / "edited.docx", study.sections, Known(PRINTED), dry_run=False)
    assert "Randomized studies are needed." in study.sections["discussion"].read_text(encoding="utf-8")
