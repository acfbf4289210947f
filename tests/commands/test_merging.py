"""What an edited manuscript changes is listed, written only when it is asked for, and never without the former text beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from hai_utils.book.manuscript.documents import write_documents
from hai_utils.book.manuscript.exports import FONTS, STYLES
from hai_utils.book.manuscript.measuring import measure_of
from hai_utils.book.manuscript.word.merging import Known
from hai_utils.book.state import BookRun
from hai_utils.commands.merging import merge_manuscript, merge_sections
from hai_utils.errors import DataError, UsageError
from tests.book.manuscript.word.test_word_merge import DISCUSSION, PRINTED, Study


@pytest.fixture
def study(tmp_path: Path, root: Path) -> Study:
    study = Study(tmp_path, measure_of(root / FONTS), root / STYLES)
    study.replace("Larger", "Randomized")
    study.replace("1.40", "1.04")
    study.document.save(str(tmp_path / "edited.docx"))
    return study


def test_a_dry_run_lists_and_writes_nothing(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    merge_sections(study.folder / "edited.docx", study.sections, Known(PRINTED), dry_run=True)
    said = capsys.readouterr().out
    assert "1 changed" in said
    assert "Larger studies are needed. -> Randomized studies are needed." in said
    assert "Not taken: numbers that were changed by hand" in said
    assert study.sections["discussion"].read_text(encoding="utf-8") == DISCUSSION
    assert not list(study.folder.glob("*before-merge*"))


def test_the_former_text_stays_beside_each_file_that_is_written(study: Study) -> None:
    for _ in range(2):
        merge_sections(study.folder / "edited.docx", study.sections, Known(PRINTED), dry_run=False)
        study.sections["discussion"].write_text(DISCUSSION, encoding="utf-8")
    formers = sorted(study.folder.glob("*before-merge*"))
    assert [path.name for path in formers] == ["discussion.before-merge-2.md", "discussion.before-merge.md"]
    assert {path.read_text(encoding="utf-8") for path in formers} == {DISCUSSION}
    merge_sections(study.folder / "edited.docx", study.sections, Known(PRINTED), dry_run=False)
    assert "Randomized studies are needed." in study.sections["discussion"].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def example(real_run: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run of the real cohort with the example's study file, and that study file in a folder of its own."""
    folder = tmp_path_factory.mktemp("example")
    study = Path(shutil.copytree(root / "docs" / "example", folder / "study")) / "study.yml"
    run = Path(shutil.copytree(real_run, folder / "run"))
    shutil.copytree(study.parent, run / "study", dirs_exist_ok=True)
    book = BookRun.read(run, root)
    write_documents(book, ["docx"])
    return run, study


def test_the_example_s_manuscript_comes_back_as_it_went(
    example: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run, study = example
    merge_manuscript(run / "manuscript.docx", run, study, dry_run=False)
    assert capsys.readouterr().out == "manuscript.docx: no text of yours was changed\n"


def test_the_example_s_changed_words_go_home_and_its_numbers_stay_roles(
    example: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, study = example
    document = Document(str(run / "manuscript.docx"))
    for text in document.element.body.iter(qn("w:t")):
        text.text = (text.text or "").replace("should not be read as effects", "are probably not effects")
    document.save(str(tmp_path / "edited.docx"))
    merge_manuscript(tmp_path / "edited.docx", run, study, dry_run=False)
    text = " ".join((study.parent / "sections" / "discussion.md").read_text(encoding="utf-8").split())
    assert "These differences are probably not effects of chemotherapy." in text
    assert "synchronous in {val}`synchronous_metastases.yes.percent` of" in text
    assert "indication is to be expected.{cite}`Kyriacou2016`" in text
    assert "1 changed" in capsys.readouterr().out


def test_a_run_whose_study_file_is_elsewhere_asks_for_it(published_run: Path, tmp_path: Path) -> None:
    with pytest.raises((UsageError, DataError), match=r"--study|sections"):
        merge_manuscript(tmp_path / "edited.docx", published_run, None, dry_run=True)
