"""The dictionary of a cohort's own columns: what it says, and every fault with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import COLUMNS, read_dictionary, standard_dictionary
from hai_utils.cohort.reading import full_dictionary, read_cohort
from hai_utils.cohort.schema import bounds_of, misfits
from hai_utils.errors import DataError
from tests.cohort.cohort_files import base
from tests.conftest import ROOT, SHARED

HEADER = ",".join(COLUMNS)
CONTRACT = SHARED / "contract" / "cohort_dictionary.csv"


def dictionary_file(folder: Path, *lines: str) -> Path:
    """A dictionary of these rows."""
    path = folder / "own.csv"
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def test_the_package_has_the_dictionary_of_the_contract() -> None:
    if not CONTRACT.is_file():
        pytest.skip("the contract is not beside the project")
    packaged = ROOT / "hai_utils" / "cohort" / "dictionary.csv"
    assert packaged.read_bytes() == CONTRACT.read_bytes()


@pytest.mark.parametrize(
    ("allowed", "fitting", "misfitting"),
    [
        (">= 0", ["0", "5.5"], ["-1"]),
        ("> 0", ["0.1"], ["0", "-1"]),
        ("<= 10", ["10", "-3"], ["10.1"]),
        ("< 10", ["9.9"], ["10"]),
        ("0 to 10", ["0", "10"], ["-1", "11"]),
        ("0 < x < 10", ["1"], ["0", "10"]),
        ("", ["-1e9", "1e9"], ["x"]),
    ],
)
def test_limits_hold_as_they_are_written(
    allowed: str, fitting: list[str], misfitting: list[str], tmp_path: Path
) -> None:
    path = dictionary_file(tmp_path, f"score,Score,number,,{allowed},,,")
    variable = read_dictionary(path)["score"]
    assert list(misfits(variable, [*fitting, *misfitting])) == list(range(len(fitting), len(fitting) + len(misfitting)))


def test_a_year_ends_with_this_one() -> None:
    assert bounds_of(standard_dictionary()["pump_year"]).high == date.today().year


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Score,Score,number,,,,,", "a name has small letters"),
        ("kras,KRAS,category,,,,,", "described already in the standard dictionary"),
        ("os,OS,number,,,,,", "uses this name for a survival endpoint"),
        ("score,Score,float,,,,,", "type is 'float'"),
        ("score,,number,,,,,", "has no label"),
        (f"score,{'x' * 121},number,,,,,", "more than 120 characters"),
        ("score,Score,number,,from 0 on,,,", "'allowed' is 'from 0 on'"),
        ("score,Score,category,,low | | high,,,", "a level of 'allowed' is blank or stands twice"),
        ("score,Score,category,,low | low,,,", "a level of 'allowed' is blank or stands twice"),
        ("score,Score,integer,,low | high,,,", "must be whole numbers"),
        ("score,Score,category,,low | high,,,lo = Low", "'lo', which is no level"),
        ("score,Score,category,,low | high,,,low = Low,more", "more cells than the header"),
    ],
)
def test_a_fault_is_told_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_dictionary(dictionary_file(tmp_path, "arm,Arm,category,,,,,", line))
    assert len(caught.value.problems) == 1
    assert said in caught.value.problems[0]
    assert caught.value.problems[0].startswith("own.csv, line 3:")


def test_a_line_is_counted_through_blank_lines_and_line_breaks(tmp_path: Path) -> None:
    lines = ['arm,Arm,category,,,,"two\nlines",', "", "score,Score,float,,,,,"]
    with pytest.raises(DataError, match="line 5: column 'score'"):
        read_dictionary(dictionary_file(tmp_path, *lines))


def test_an_unclosed_quote_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read, line 3: A quotation mark is not closed"):
        read_dictionary(dictionary_file(tmp_path, "arm,Arm,category,,,,,", 'score,"Score,number,,,,,'))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("column,label\n", encoding="utf-8")
    with pytest.raises(DataError, match="missing: type, unit, allowed"):
        read_dictionary(tmp_path / "own.csv")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"se\xf1al"])
def test_a_dictionary_that_is_no_text_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(content)
    with pytest.raises(DataError, match="not UTF-8 text"):
        read_dictionary(tmp_path / "own.csv")


def test_a_folder_is_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folder"):
        read_dictionary(tmp_path)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("surgeon,Surgeon,category,,,,,", "header_identifier"),
        ("mrn,Record,number,,,,,", "header_identifier"),
        ("notes,Notes,string,,,,,", "free_text"),
        ("gene_signature,Signature,category,,low | high,,,", None),
    ],
)
def test_a_described_identifier_is_refused_unless_its_levels_are_closed(
    line: str, code: str | None, tmp_path: Path
) -> None:
    dictionary = full_dictionary(dictionary_file(tmp_path, line))
    name = line.split(",")[0]
    cell = "low" if code is None else "4711"
    reading = read_cohort(base().plus_column(name, cell).bytes(), dictionary)
    assert [(one.line, one.column, one.code) for one in reading.problems] == ([(1, name, code)] if code else [])
