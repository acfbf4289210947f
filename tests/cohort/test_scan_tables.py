"""A table of scans beside a cohort: everything that is wrong at once, where it stands, and no identifier in a word of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from hai_utils.cohort.problems import errors_of
from hai_utils.cohort.reading import full_dictionary, load_cohort, read_cohort
from hai_utils.cohort.report import check_file
from hai_utils.cohort.scan_table import ScansReading, read_scan_table
from hai_utils.errors import DataError
from hai_utils.parameters import load_parameters
from tests.conftest import ROOT, run_hai

HEADER = "patient_id,day,lesion,long_mm,perp_mm,role\n"
GOOD = "A1,-5,1,40,30,target\nA1,60,1,20,15,target\nB2,0,1,30,20,target\n"
COHORT = (
    "patient_id,kras,os_months,os_event,lesion1_baseline_long_mm,lesion1_baseline_perp_mm,lesion1_best_long_mm,lesion1_best_perp_mm\n"
    "A1,mutant,12.5,1,40,30,20,15\n"
    "B2,wild_type,3.0,0,,,,\n"
)


def table(text: str = COHORT) -> pd.DataFrame:
    return read_cohort(text.encode(), full_dictionary()).table


def read(rows: str, cohort: str | None = COHORT) -> ScansReading:
    return read_scan_table((HEADER + rows).encode(), None if cohort is None else table(cohort))


def places(reading: ScansReading) -> set[tuple[int, str, str]]:
    return {(one.line, one.column, one.code) for one in reading.problems}


def test_a_sound_table_has_no_problem() -> None:
    reading = read(GOOD)
    assert reading.problems == ()
    assert [(scan.patient, scan.day, scan.long_mm) for scan in reading.scans] == [
        ("A1", -5, 40.0), ("A1", 60, 20.0), ("B2", 0, 30.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("A1,,1,20,15,target", "day", "scan_blank"),
        (",90,1,20,15,target", "patient_id", "scan_blank"),
        ("A1,90,,20,15,target", "lesion", "scan_blank"),
        ("A1,90,1,20,15,", "role", "scan_blank"),
        ("A1,12.5,1,20,15,target", "day", "not_whole"),
        ("A1,2020-03-01,1,20,15,target", "day", "date"),
        ("A1,40000,1,20,15,target", "day", "out_of_range"),
        ("A1,90,1,2 cm,15,target", "long_mm", "unit"),
        ("A1,90,1,1001,15,target", "long_mm", "out_of_range"),
        ("A1,90,1,-3,,target", "long_mm", "out_of_range"),
        ("A1,90,1,20,n/a,target", "perp_mm", "missing_code"),
        ("A1,90,1,20,15,primary", "role", "level_unknown"),
        ("A1,90,1,20,25,target", "perp_mm", "perpendicular_longer"),
        ("A1,60,1,20,15,target", "lesion", "scan_double"),
        ("A1,90,1,20,15,new", "role", "scan_role"),
        ("A1,-2,7,20,15,new", "role", "scan_new"),
        ("A1,90,7,20,15,target", "lesion", "scan_target"),
        ("C3,0,1,20,15,target", "patient_id", "scan_patient"),
        # 12.5 months are day 380; half a tenth of a month more may be rounding.
        ("A1,383,1,20,15,target", "day", "scan_after_end"),
    ],
)
def test_a_fault_is_told_by_line_and_column(row: str, column: str, code: str) -> None:
    assert places(read(f"{GOOD}{row}\n")) == {(5, column, code)}


def test_a_scan_within_the_rounding_of_the_months_is_no_fault() -> None:
    assert read(f"{GOOD}A1,381,1,20,15,target\n").problems == ()


def test_all_faults_are_told_at_once() -> None:
    rows = "A1,-5,1,40,50,target\nA1,soon,1,20,15,target\nX9,0,1,30,20,primary\nX9,5,2,3,2,new\n"
    found = places(read(rows))
    assert {
        (2, "perp_mm", "perpendicular_longer"), (3, "day", "not_a_number"), (4, "role", "level_unknown"),
        (5, "patient_id", "scan_patient"),
    } <= found  # fmt: skip


def test_who_has_no_baseline_or_no_scan_is_a_warning() -> None:
    reading = read("A1,60,1,20,15,target\n", COHORT.replace("40,30,20,15", ",,,"))
    assert errors_of(reading.problems) == []
    assert places(reading) == {(2, "day", "scan_no_baseline"), (0, "", "scan_none")}


@pytest.mark.parametrize("sizes", ["41,30,20,15", "40,31,20,15", "40,30,21,15", "20,15,20,15"])
def test_lesion_columns_that_no_scan_shows_are_a_contradiction(sizes: str) -> None:
    reading = read(GOOD, COHORT.replace("40,30,20,15", sizes))
    assert places(reading) == {(2, "long_mm", "scan_contradiction")}


def test_the_lesions_of_the_columns_may_be_in_either_order() -> None:
    columns = ",".join(
        f"lesion{n}_{visit}_{axis}_mm" for n in (1, 2) for visit in ("baseline", "best") for axis in ("long", "perp")
    )
    cohort = f"patient_id,kras,os_months,os_event,{columns}\nA1,mutant,12,1,20,10,15,5,40,30,0,0\n"
    rows = "A1,-5,1,40,30,target\nA1,-5,2,20,10,target\nA1,60,1,0,,target\nA1,60,2,15,5,target\n"
    assert read(rows, cohort).problems == ()


def test_a_lesion_keeps_its_identity_between_the_visits() -> None:
    """The best size belongs to another lesion than the baseline: the columns mix two lesions."""
    cohort = COHORT.replace("40,30,20,15", "40,30,9,5")
    rows = "A1,-5,1,40,30,target\nA1,-5,2,20,10,target\nA1,60,1,25,20,target\nA1,60,2,9,5,target\nB2,0,1,30,20,target\n"
    assert places(read(rows, cohort)) == {(2, "long_mm", "scan_contradiction")}


@pytest.mark.parametrize(
    ("header", "column", "code"),
    [
        ("patient_id,day,lesion,long_mm,perp_mm\n", "role", "header_missing"),
        ("patient_id,day,lesion,long_mm,perp_mm,rolle\n", "rolle", "header_near"),
        ("patient_id,day,lesion,long_mm,perp_mm,role,reader\n", "reader", "header_unknown"),
    ],
)
def test_a_header_fault_is_named(header: str, column: str, code: str) -> None:
    width = header.count(",") - 4
    reading = read_scan_table((header + "A1,-5,1,40,30" + ",target" * width + "\n").encode(), table())
    assert (1, column, code) in places(reading)


def test_a_shortened_name_is_taken_for_the_missing_one_and_not_for_one_too_many() -> None:
    reading = read_scan_table(b"patient_id,day,lesion,long,perp_mm,role\nA1,-5,1,40,30,target\n", table())
    (unknown,) = [one for one in reading.problems if one.code == "header_unknown"]
    assert unknown.message.endswith("Did you mean 'long_mm'? Write that name, or delete the column.")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\x00\x01\x02" * 50, HEADER.encode(), b"1,2\n3,4\n"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    assert errors_of(read_scan_table(content, table()).problems)


def test_no_message_repeats_an_identifier_or_a_control_sign() -> None:
    rows = "SMITH-77,-5,1,40,30,SMITH-77\nSMITH-77,60,\x1b[31mred,20,15,target\nSMITH-77,60,=cmd(),1,2,target\n"
    found = [one.message for one in read(rows).problems]
    assert found
    assert not any("SMITH" in message or "\x1b" in message for message in found)


def test_semicolons_and_decimal_commas_are_read() -> None:
    text = HEADER.replace(",", ";") + "A1;-5;1;40,5;30,0;target\n"
    reading = read_scan_table(text.encode(), None)
    assert reading.scans[0].long_mm == 40.5
    assert errors_of(reading.problems) == []


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_check_reports_both_files(tmp_path: Path) -> None:
    cohort = saved(tmp_path, "cohort.csv", COHORT.replace("mutant", "mutated"))
    report = check_file(cohort, None, saved(tmp_path, "s.csv", HEADER + "A1,-5,1,40,50,target\n"))
    assert {one.column for one in errors_of(report.problems)} == {"kras", "scans.perp_mm"}
    assert "s.csv: 1 row" in report.size
    assert "scans.perp_mm" in report.as_csv()
    assert "scans.perp_mm" in report.as_html()


def test_a_build_refuses_both_files_at_once_each_by_its_name(tmp_path: Path) -> None:
    cohort = saved(tmp_path, "cohort.csv", COHORT.replace("12.5,1", "12.5,2"))
    scans = saved(tmp_path, "s.csv", HEADER + "A1,-5,1,40,50,target\n")
    parameters = load_parameters([ROOT / "params.yml"], [f"data={cohort}", f"scans={scans}", "exclude="])
    with pytest.raises(DataError) as caught:
        load_cohort(parameters, ROOT)
    assert "cohort.csv, line 2, column 'os_event'" in str(caught.value)
    assert "s.csv, line 2, column 'perp_mm'" in str(caught.value)


@pytest.mark.parametrize("command", [("check",), ("build", "--data")])
def test_a_missing_table_is_said_and_nothing_is_built(command: tuple[str, ...], tmp_path: Path) -> None:
    cohort = saved(tmp_path, "cohort.csv", COHORT)
    more = ("--out", str(tmp_path / "run")) if command[0] == "build" else ()
    done = run_hai(*command, str(cohort), "--scans", str(tmp_path / "nowhere.csv"), *more)
    assert done.returncode == 1
    assert "cannot be read" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_without_a_table_there_are_no_scans(tmp_path: Path) -> None:
    parameters = load_parameters([ROOT / "params.yml"], [f"data={saved(tmp_path, 'c.csv', COHORT)}", "exclude="])
    assert load_cohort(parameters, ROOT).scans is None
