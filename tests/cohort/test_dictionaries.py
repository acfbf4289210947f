"""The dictionary of a cohort's own columns: what it says, and every fault with its line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from hai_utils.cohort.dictionary import COLUMNS, read_dictionary, standard_dictionary
from hai_utils.cohort.reading import full_dictionary, read_cohort
from hai_utils.cohort.roles import declared_endpoints
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


MONTHS = '"rfs_months","Relapse-free survival, months",number,months,>= 0,endpoint; death is an event,,'
EVENT = "rfs_event,Relapse or death,integer,,0 | 1,endpoint; death is an event,,"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([MONTHS], "an endpoint needs 'rfs_event' as well"),
        ([EVENT], "an endpoint needs 'rfs_months' as well"),
        ([MONTHS, "rfs_event,Relapse,integer,,0 | 1,,,"], "and 'rfs_event' is not. Write the same"),
        ([MONTHS, EVENT.replace("is an event", "competes")], "Write the same in 'needed_for' of both"),
        ([MONTHS.replace("is an event", "counts"), EVENT], "'needed_for' is 'endpoint; death counts'; write"),
        ([MONTHS, EVENT.replace("0 | 1", "")], "type integer and 'allowed' 0 | 1"),
        ([MONTHS.replace(">= 0", ""), EVENT], "no time is negative"),
        ([MONTHS.replace("number,months", "number,days"), EVENT], "type number and unit months"),
        (["rfs,Relapse,category,,yes | no,endpoint; death is an event,,"], "an endpoint has two columns"),
        ([MONTHS.replace("rfs_", "pfs2_"), EVENT.replace("rfs_", "pfs2_"), "pfs2,Other,string,,,,,"], "uses the name"),
        ([MONTHS.replace("endpoint; death is an event", ""), "rfs_event,Relapse,integer,,0 | 1,,,"], "looks like an"),
        (["healed,Healed,category,,yes | no,after time zero,,"], "'after_time_zero: yes'"),
        (["healed_months,Healed,number,months,>= 0,dates healed,,"], "it dates 'healed', which must be a category"),
    ],
)
def test_half_an_endpoint_is_refused_with_what_is_lacking(lines: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        read_dictionary(dictionary_file(tmp_path, *lines))


def test_a_pair_that_is_no_endpoint_may_say_so(tmp_path: Path) -> None:
    lines = ("rfs_months,R,number,months,>= 0,no endpoint,,", "rfs_event,R,integer,,0 | 1,no endpoint,,")
    assert declared_endpoints(read_dictionary(dictionary_file(tmp_path, *lines))) == ()


def test_a_declared_pair_is_an_endpoint(tmp_path: Path) -> None:
    (endpoint,) = declared_endpoints(read_dictionary(dictionary_file(tmp_path, MONTHS, EVENT)))
    assert (endpoint.name, endpoint.label, endpoint.event) == ("rfs", "Relapse-free survival", "relapse or death")
    assert endpoint.death == "is an event"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A,mutant,10,0,12,0", "time_order"),
        ("A,mutant,10,1,10,0", "death_not_event"),
        ("A,mutant,10,0,9,", "time_without_event"),
        ("A,mutant,10,0,,1", "event_without_time"),
        ("A,mutant,10,0,-1,1", "out_of_range"),
    ],
)
def test_rows_of_an_own_endpoint_are_checked_as_those_of_the_report(row: str, code: str, tmp_path: Path) -> None:
    dictionary = full_dictionary(dictionary_file(tmp_path, MONTHS, EVENT))
    text = "patient_id,kras,os_months,os_event,rfs_months,rfs_event\nB,wild_type,30,0,20,1\n" + row + "\n"
    assert code in {problem.code for problem in read_cohort(text.encode(), dictionary).problems}


def test_a_file_with_half_of_an_own_endpoint_is_refused(tmp_path: Path) -> None:
    dictionary = full_dictionary(dictionary_file(tmp_path, MONTHS, EVENT))
    text = "patient_id,kras,os_months,os_event,rfs_months\nB,wild_type,30,0,20\n"
    found = {
        problem.column
        for problem in read_cohort(text.encode(), dictionary).problems
        if problem.code == "header_missing"
    }
    assert found == {"rfs_event"}


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
        ("surgeon,Surgeon,category,,free level,,,", "header_identifier"),
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
