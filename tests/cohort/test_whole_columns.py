"""Columns that are wrong as a whole: another unit, another coding, codes for missing values; each told once, cause first."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.cohort.report import CheckReport, check_file
from tests.cohort.cohort_files import Table, base
from tests.conftest import SHARED, run_hai

CASES = SHARED / "cases" / "import"
BASE = base()
YEARS = [str(year) for year in range(1950, 1958)]


def case(name: str) -> Path:
    path = CASES / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the project")
    return path


def errors(report: CheckReport) -> list[tuple[str, str]]:
    return [(one.column, one.code) for one in report.problems if one.severity == "error"]


def checked(table: Table, folder: Path) -> CheckReport:
    path = folder / "cohort.csv"
    path.write_bytes(table.bytes())
    return check_file(path)


def test_days_in_columns_of_months_refuse_each_column_once_with_the_unit() -> None:
    report = check_file(case("days_as_months.csv"))
    assert sorted(errors(report)) == [(f"{one}_months", "column_unit") for one in ("hepatic_pfs", "os", "pfs")]
    assert report.as_text().count("seem to be days") == 3


def test_a_build_refuses_what_the_check_refuses(tmp_path: Path) -> None:
    done = run_hai("build", "--data", str(case("days_as_months.csv")), "--out", str(tmp_path / "run"))
    assert done.returncode == 1
    assert done.stderr.count("seem to be days") == 3


def test_a_follow_up_after_today_is_refused_at_its_line() -> None:
    report = check_file(case("future.csv"))
    assert [(one.line, one.column, one.code) for one in report.problems] == [(2, "os_months", "future")]


def test_codes_of_a_statistics_program_are_suspected_in_every_column() -> None:
    report = check_file(case("spss99b.csv"))
    found = {(one.column, one.line) for one in report.problems}
    assert {one.code for one in report.problems} == {"suspected_code"}
    assert found == {
        *(("age_years", line) for line in (2, 5, 9)), ("operative_minutes", 6), ("hai_cycles", 7),
        ("length_of_stay_days", 8), ("length_of_stay_days", 11), ("n_liver_lesions", 10), ("prior_chemo_cycles", 12),
    }  # fmt: skip


def test_a_status_of_1_and_2_is_named_as_the_only_cause() -> None:
    report = check_file(case("status12.csv"))
    assert errors(report) == [("os_event", "event_codes")]
    assert "1 = alive and 2 = dead" in report.problems[0].message


@pytest.mark.parametrize(
    ("column", "cells", "likely"),
    [
        ("age_years", YEARS, "years of birth"),
        ("age_years", ["700", "650", "612", "588", "720", "801", "777", "690"], "months"),
        ("lesion1_baseline_long_mm", ["2.4", "3.1", "4", "2", "5.5", "6.1", "1.9", "3"], "centimeters"),
        ("operative_minutes", ["3.5", "4", "5", "4.5", "6", "3", "2.5", "4"], "hours"),
        ("os_months", ["700", "650", "612", "588", "720", "801", "777", "690"], "days"),
    ],
)
def test_most_of_a_column_beyond_what_is_plausible_names_the_likely_unit(
    column: str, cells: list[str], likely: str, tmp_path: Path
) -> None:
    report = checked(BASE.with_column(column, *cells), tmp_path)
    told = [one for one in report.problems if one.column == column and one.code == "column_unit"]
    assert len(told) == 1
    assert likely in told[0].message


def test_one_implausible_value_is_a_warning(tmp_path: Path) -> None:
    report = checked(BASE.with_cells(4, operative_minutes="2520"), tmp_path)
    assert [(one.severity, one.code) for one in report.problems] == [("warning", "implausible")]


def test_a_measurement_of_99_is_a_value_where_the_file_has_no_codes(tmp_path: Path) -> None:
    report = checked(BASE.with_cells(4, operative_minutes="99"), tmp_path)
    assert report.problems == ()


def test_progression_free_survival_censored_before_a_death_is_reported(tmp_path: Path) -> None:
    table = BASE.with_cells(4, os_months="20", os_event="1", pfs_months="10", pfs_event="0")
    table = table.with_cells(4, hepatic_pfs_months="10", hepatic_pfs_event="0")
    told = {(one.line, one.column, one.code) for one in checked(table, tmp_path).problems}
    assert told == {(4, "pfs_event", "contradiction"), (4, "hepatic_pfs_event", "contradiction")}


def test_cells_without_a_value_do_not_count() -> None:
    assert check_file(case("phantom.xlsx")).problems == ()


def test_a_formula_without_a_value_asks_for_the_workbook_to_be_saved() -> None:
    report = check_file(case("formula_nocache.xlsx"))
    assert {one.code for one in report.problems} == {"uncomputed"}
    assert all("Open the workbook in Excel" in one.message for one in report.problems)


@pytest.mark.parametrize("name", ["title_above.xlsx", "title_merged.xlsx"])
def test_a_foreign_file_is_sent_to_the_guess(name: str) -> None:
    assert "hai import FILE --guess" in check_file(case(name)).problems[0].message
