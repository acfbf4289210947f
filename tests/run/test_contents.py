"""A study may leave chapters out of the book; it may not name one that the project does not have."""

from __future__ import annotations

import pytest
import yaml

from hai_utils.errors import StudyError
from hai_utils.run.contents import book_notebooks, contents_with
from tests.conftest import ROOT

CHAPTERS = ("01_cohort_description", "04_survival")


def test_chapters_that_are_not_named_are_left_out_of_notebooks_and_contents() -> None:
    assert [path.stem for path in book_notebooks(ROOT, CHAPTERS)] == list(CHAPTERS)
    contents = yaml.safe_load(contents_with(ROOT, CHAPTERS))
    files = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    assert [name for name in files if name.startswith("notebooks/")] == [f"notebooks/{name}" for name in CHAPTERS]
    assert "book/methods" in files


def test_without_a_word_of_the_study_all_chapters_stay() -> None:
    assert len(book_notebooks(ROOT)) == len(book_notebooks(ROOT, None)) > 5


def test_a_chapter_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(StudyError, match=r"no chapter '04_survivall'\. Did you mean '04_survival'"):
        book_notebooks(ROOT, ["04_survivall"])
