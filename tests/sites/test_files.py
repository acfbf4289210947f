"""Which centers a folder holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.errors import ParameterError
from hai_utils.sites.files import find_centers


def make(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("", encoding="utf-8")
    return folder


def test_a_center_is_a_cohort_file_with_what_stands_beside_it(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "c", "north.csv", "north.params.yml", "north.dictionary.csv", "east.csv", "notes.txt", ".x.csv"
    )
    east, north = find_centers(folder)
    assert (east.name, east.params, east.dictionary) == ("east", None, None)
    assert (north.params, north.dictionary) == (folder / "north.params.yml", folder / "north.dictionary.csv")


@pytest.mark.parametrize(
    ("name", "folder"), [("north-2.b", "north-2.b"), ("Düsseldorf", "D_sseldorf"), ("a b <c>", "a_b_c_"), ("..", "_")]
)
def test_the_folder_of_a_book_has_a_harmless_name(tmp_path: Path, name: str, folder: str) -> None:
    from hai_utils.sites.files import CenterFile

    assert CenterFile(name, tmp_path / f"{name}.csv", None, None).folder == folder


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "no cohort file there"),
        (("a b.csv", "a-b.csv"), "two centers whose names are the same"),
        (("A.csv", "a.csv"), "two centers whose names are the same"),
        (("a.csv", "a.xlsx"), "two centers whose names are the same"),
        (("combined.csv",), "stands for all centers together"),
        ((f"{'n' * 81}.csv",), "at most 80 characters"),
        (("north.csv", "nroth.params.yml"), "Did you mean 'north'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        find_centers(make(tmp_path / "c", *names))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="no such folder"):
        find_centers(tmp_path / "nowhere")
