"""The rules of a mapping about rows and moments: who is a patient, what happened, and when; each value by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.applying import Imported, apply_mapping
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.sheets import parse_sheet

VARIABLES = dict(standard_dictionary())
MONTH = 30.4375


def imported(table: str, mapping: str) -> Imported:
    return apply_mapping(parse_sheet(table.encode(), "x.csv"), parse_mapping(mapping, "m.yml", VARIABLES), VARIABLES)


def columns(table: str, mapping: str) -> Mapping[str, tuple[str, ...]]:
    return imported(table, mapping).columns


def refused(table: str, mapping: str) -> str:
    with pytest.raises(DataError) as error:
        imported(table, mapping)
    return str(error.value)


STATUS = "since: pump\nmoments:\n  death: {date: seen, where: status, codes: {dead: dead, alive: alive}}\ncolumns:\n  patient_id: id\n"
OS = "  os_months: {date: death, otherwise: seen}\n  os_event: {any_of: death, otherwise: seen}\n"
# 1 March 2020 to 1 March 2021 are 365 days.
SEEN = "id,pump,seen,status\nA1,2020-03-01,2021-03-01,dead\nA2,2020-03-01,2021-03-01,alive\nA3,2020-03-01,2021-03-01,\n"


def test_a_patient_dead_by_status_died_at_the_last_contact() -> None:
    made = columns(SEEN, STATUS + OS)
    assert made["os_event"] == ("1", "0", "")
    assert made["os_months"] == (repr(365 / MONTH), repr(365 / MONTH), "")


def test_a_pair_whose_status_is_not_known_is_left_out_and_counted() -> None:
    assert "1 left out, as it is not known what happened (line 4)" in imported(SEEN, STATUS + OS).log_text


def test_a_status_that_is_not_among_the_codes_is_refused_at_its_cell() -> None:
    message = refused(SEEN.replace("alive", "lost"), STATUS + OS)
    assert "line 3, column 'status': a text of 4 signs that is not among the codes (dead, alive)" in message
    assert "lost" not in message


def test_codes_that_a_program_wrote_with_decimals_are_the_same_codes_in_times_and_status() -> None:
    table = "id,time,flag\nA1,12,1.0\nA2,24,0.0\nA3,-999.0,1.0\nA4,6,-999.0\n"
    mapping = (
        "missing: ['-999']\nmoments:\n  death: {time: time, where: flag, codes: {1: yes, 0: no}}\n  last: {time: time}\ncolumns:\n  patient_id: id\n"
        "  os_months: {date: death, otherwise: last}\n  os_event: {any_of: death, otherwise: last}\n"
    )
    made = columns(table, mapping)
    assert (made["os_months"], made["os_event"]) == (("12", "24", "", ""), ("1", "0", "", ""))


def test_an_event_without_a_date_whose_status_says_it_happened_is_not_known() -> None:
    table = "id,pump,prog,flag,seen\nA1,2020-03-01,,yes,2021-03-01\nA2,2020-03-01,2020-09-15,yes,2021-03-01\nA3,2020-03-01,,no,2021-03-01\n"
    mapping = (
        "since: pump\nmoments:\n  progression: {date: prog, where: flag}\ncolumns:\n  patient_id: id\n"
        "  pfs_months: {date: progression, otherwise: seen}\n  pfs_event: {any_of: progression, otherwise: seen}\n"
    )
    made = columns(table, mapping)
    # 1 March to 15 September 2020 are 198 days.
    assert made["pfs_months"] == ("", repr(198 / MONTH), repr(365 / MONTH))
    assert made["pfs_event"] == ("", "1", "0")


def test_an_event_date_of_unknown_is_not_the_same_as_none() -> None:
    table = "id,pump,prog,seen\nA1,2020-03-01,unk,2021-03-01\nA2,2020-03-01,-,2021-03-01\n"
    mapping = (
        "since: pump\nmissing: [unk, '-']\ncolumns:\n  patient_id: id\n"
        "  pfs_months: {date: prog, otherwise: seen}\n  pfs_event: {any_of: prog, otherwise: seen}\n"
    )
    made = columns(table, mapping)
    assert made["pfs_event"] == ("", "0")
    assert made["pfs_months"] == ("", repr(365 / MONTH))


def test_the_date_of_death_counts_before_the_last_contact() -> None:
    table = "id,pump,died,seen,status\nA1,2020-03-01,2020-09-15,2020-06-01,dead\nA2,2020-03-01,,2021-03-01,dead\n"
    mapping = STATUS.replace("date: seen", "date: [died, seen]") + OS
    assert columns(table, mapping)["os_months"] == (repr(198 / MONTH), repr(365 / MONTH))


def test_alive_with_a_date_of_death_is_refused() -> None:
    table = "id,pump,died,seen,status\nA1,2020-03-01,2020-09-15,2021-03-01,alive\n"
    assert "line 2, column 'died': a date of what did not happen by the status" in refused(
        table, STATUS.replace("date: seen", "date: [died, seen]") + OS
    )


def test_a_kind_of_an_event_did_not_happen_where_the_event_did_not() -> None:
    table = "id,pump,prog,liver,seen\nA1,2020-03-01,2020-09-15,yes,2021-03-01\nA2,2020-03-01,2020-09-15,no,2021-03-01\nA3,2020-03-01,,,2021-03-01\nA4,2020-03-01,2020-09-15,,2021-03-01\n"
    mapping = (
        "since: pump\nmoments:\n  hepatic: {of: prog, where: liver}\ncolumns:\n  patient_id: id\n"
        "  hepatic_pfs_months: {date: hepatic, otherwise: seen}\n  hepatic_pfs_event: {any_of: hepatic, otherwise: seen}\n"
    )
    assert columns(table, mapping)["hepatic_pfs_event"] == ("1", "0", "0", "")


def test_flags_alone_make_an_event() -> None:
    table = "id,recur,death\nA1,1,0\nA2,0,1\nA3,0,0\nA4,,0\nA5,,1\n"
    mapping = "moments:\n  r: {where: recur}\n  d: {where: death}\ncolumns:\n  patient_id: id\n  pfs_event: {any_of: [r, d]}\n"
    assert columns(table, mapping)["pfs_event"] == ("1", "1", "0", "", "1")


SEVERAL = "MRN,visit,bmi,grade\n7,2021-01-01,26,0\n7,2020-01-01,24,II\n8,2020-05-01,30,I\n"
GRADE = "columns:\n  patient_id: {numbered: MRN}\n  clavien_dindo: grade\n  bmi_kg_m2: bmi\n"


@pytest.mark.parametrize(
    ("rows", "grade", "bmi"),
    [
        ("{several: first}", "0", "26"),
        ("{several: last}", "II", "24"),
        ("{several: last, order: visit}", "0", "26"),
        ("{several: worst}", "II", "26"),
    ],
)
def test_one_patient_is_made_from_several_rows(rows: str, grade: str, bmi: str) -> None:
    made = columns(SEVERAL, f"rows: {rows}\n{GRADE}")
    assert (made["clavien_dindo"][0], made["bmi_kg_m2"][0]) == (grade, bmi)
    assert made["patient_id"] == ("P001", "P002")


def test_several_rows_without_a_rule_are_refused_with_both_lines() -> None:
    message = refused(SEVERAL, GRADE)
    assert "line 3, column 'MRN': the same patient stands on line 2" in message


def test_a_column_whose_values_differ_needs_a_rule_of_its_own() -> None:
    mapping = GRADE.replace("clavien_dindo: grade", "clavien_dindo: {from: grade, take: worst}")
    assert "column 'bmi_kg_m2': a patient has several values (lines 2, 3)" in refused(SEVERAL, mapping)


def test_rows_told_apart_by_a_column_that_occur_twice_are_refused() -> None:
    table = "id,kind,time\nA1,1,300\nA1,1,400\n"
    mapping = "rows: {by: kind}\ncolumns:\n  patient_id: id\n  os_months: {from: time@1, unit: days}\n"
    assert "column 'time@1': a patient has several values of this column (lines 2, 3)" in refused(table, mapping)


def test_rows_are_filtered_left_out_and_single_cells_put_right() -> None:
    table = "id,arm,age\nA1,HAI,61\nA2,control,54\nA3,hai,sixty\nnote,HAI,\n"
    mapping = (
        "rows: {where: {arm: HAI}, leave_out: 5}\ncells: {age: {4: 60}}\ncolumns:\n  patient_id: id\n  age_years: age\n"
    )
    assert columns(table, mapping) == {"patient_id": ("A1", "A3"), "age_years": ("61", "60")}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("rows: {leave_out: 9}\n", "line 9 is no row of the export"),
        ("rows: {where: {arms: HAI}}\n", "the export has no column 'arms'. Did you mean 'arm'"),
        ("cells: {age: {9: 60}}\n", "line 9 of 'age' is no row of the export"),
        ("rows: {where: {arm: none}}\n", "no row is left"),
    ],
)
def test_rows_that_are_not_there_are_named(block: str, words: str) -> None:
    assert words in refused("id,arm,age\nA1,HAI,61\n", block + "columns:\n  patient_id: id\n  age_years: age\n")


def test_no_box_checked_means_that_nothing_is_known() -> None:
    table = "id,kras,none\nA1,1,0\nA2,0,1\nA3,0,0\n"
    mapping = (
        "columns:\n  patient_id: id\n  kras: {from: kras, codes: {1: mutant, 0: wild_type}, given: [kras, none]}\n"
    )
    assert columns(table, mapping)["kras"] == ("mutant", "wild_type", "")


def test_the_uncertainty_of_a_month_without_a_day_is_said() -> None:
    made = imported(
        "id,pump,seen\nA1,2020-03,2021-03-15\n",
        "since: pump\npartial_dates: month\ncolumns:\n  patient_id: id\n  os_months: {date: seen}\n",
    )
    # 15 March 2020 to 15 March 2021 are 365 days.
    assert made.columns["os_months"] == (repr(365 / MONTH),)
    assert made.remarks[0].message == "1 dates without a day were read as their 15th; each may be 15 days off."
