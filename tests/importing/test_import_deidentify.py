"""What may identify a person leaves no trace in the result, the report or a message; the rest stays as it was."""

from __future__ import annotations

import csv
import io

import pytest

from hai_utils.errors import DataError
from hai_utils.importing.deidentify import Deidentified, deidentify
from hai_utils.importing.sheets import parse_sheet, read_sheet
from hai_utils.importing.values import DateOrder
from tests.conftest import SHARED

REAL = SHARED / "data"

RAW = """\
MRN,Last name,DOB,Gender,Age,BMI,KRAS,Regimen,Pump date,Death date,Town,Phone,Surgeon note,Remark
7001231,Smith,1929-06-13,M,91,24.8,mutant,FOLFOX,2020-03-14,2021-03-14,Ada,616-555-1234,smooth,seen on 3 May 2021
7001232,Jones,1960-02-01,F,60,31.2,wild type,FOLFIRI,2020-05-25,,Lowell,616-555-9876,bleeding,
7001231,Smith,1929-06-13,M,91,24.9,mutant,FOLFOX,2020-03-14,2021-03-14,Ada,616-555-1234,smooth,mother of J. Smith
"""
PRIVATE = (
    "700123",
    "Smith",
    "Jones",
    "1929",
    "1960-02",
    "91",
    "2020-03",
    "2021",
    "Ada",
    "Lowell",
    "555",
    "smooth",
    "mother",
    "May",
)


def cleaned(table: str, *, keep: tuple[str, ...] = (), since: str = "", dates: DateOrder | None = None) -> Deidentified:
    return deidentify(parse_sheet(table.encode(), "raw.csv"), keep=keep, since=since, dates=dates)


def rows(result: Deidentified) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(result.csv_text)))


def refused(table: str, *, keep: tuple[str, ...] = (), since: str = "") -> str:
    with pytest.raises(DataError) as error:
        cleaned(table, keep=keep, since=since)
    return str(error.value)


def test_nothing_that_identifies_reaches_the_result_or_the_report() -> None:
    result = cleaned(RAW)
    for cell in PRIVATE:
        assert cell not in result.csv_text
        assert cell not in result.report_text


def test_harmless_columns_stay_as_they_were() -> None:
    found = rows(cleaned(RAW))
    assert [row["Gender"] for row in found] == ["M", "F", "M"]
    assert [row["BMI"] for row in found] == ["24.8", "31.2", "24.9"]
    assert [row["KRAS"] for row in found] == ["mutant", "wild type", "mutant"]
    assert [row["Regimen"] for row in found] == ["FOLFOX", "FOLFIRI", "FOLFOX"]


def test_one_patient_keeps_one_number_in_every_row() -> None:
    assert [row["patient_id"] for row in rows(cleaned(RAW))] == ["P001", "P002", "P001"]


def test_dates_become_days_and_the_start_leaves_its_year() -> None:
    found = rows(cleaned(RAW))
    assert [row["time_to_death (days)"] for row in found] == ["365", "", "365"]
    assert [row["pump_year"] for row in found] == ["2020", "2020", "2020"]


def test_the_start_is_the_date_that_a_guess_takes_for_time_zero() -> None:
    table = "id,Pump surgery date,Last contact date\nA,2020-03-01,2020-03-31\nB,2020-04-01,2020-04-11\n"
    assert [row["pump_year"] for row in rows(cleaned(table))] == ["2020", "2020"]
    assert [row["follow_up_time (days)"] for row in rows(cleaned(table))] == ["30", "10"]


def test_levels_that_a_book_may_print_stay() -> None:
    table = "id,race,drug\nA,Black or African American,nivolumab\nB,Hispanic or Latino,Tas-102\n"
    assert [(row["race"], row["drug"]) for row in rows(cleaned(table))] == [
        ("Black or African American", "nivolumab"),
        ("Hispanic or Latino", "Tas-102"),
    ]


def test_date_of_birth_becomes_an_age_pooled_above_89() -> None:
    # Born 13 June 1929: 90 on 14 March 2020. Born 1 February 1960: 60 on 25 May 2020.
    assert [row["age_years"] for row in rows(cleaned(RAW))] == ["90", "60", "90"]


def test_ages_above_89_are_pooled_and_counted() -> None:
    result = cleaned("id,age,age_months\nA,89,1079\nB,90,1081\nC,101,1200\n")
    assert [row["age"] for row in rows(result)] == ["89", "90", "90"]
    assert [row["age_months"] for row in rows(result)] == ["1079", "1080", "1080"]
    assert "'age': ages, kept; 2 above 89 are 90 now." in result.report_text


def test_a_birth_that_gives_no_age_is_left_out() -> None:
    for table in (
        "id,DOB\nA,1929-06-13\n",
        "id,pump date,DOB\nA,2020-03-14,June of 1929\n",
        "id,pump date,yob\nA,2020-03-14,1929\n",
    ):
        result = cleaned(table)
        assert "1929" not in result.csv_text + result.report_text
        assert "left out (date of birth)" in result.report_text


def test_no_row_is_lost_and_the_count_is_said() -> None:
    result = cleaned(RAW)
    assert len(rows(result)) == 3
    assert result.report[0] == "3 rows were read, and 3 written."


def test_every_column_has_a_line_in_the_report() -> None:
    report = cleaned(RAW).report_text
    for name in RAW.splitlines()[0].split(","):
        assert f"'{name}':" in report


def test_dates_without_a_start_are_left_out() -> None:
    result = cleaned("id,seen\nA,2020-03-14\n")
    assert "2020" not in result.csv_text
    assert "'seen': left out (dates, and no column to count from" in result.report_text


def test_another_start_can_be_named() -> None:
    table = "id,pump date,seen\nA,2020-03-01,2020-03-14\n"
    assert rows(cleaned(table, since="seen"))[0]["pump_date (days)"] == "-13"


def test_a_date_of_unclear_order_is_refused_without_being_repeated() -> None:
    message = refused("id,pump date,seen\nA,2020-03-01,03/04/2020\n")
    assert "dates that can be read in more than one way: 'seen' (line 2)" in message
    assert "03/04/2020" not in message
    assert rows(cleaned("id,pump date,seen\nA,2020-03-01,03/04/2020\n", dates="dmy"))[0]["seen (days)"] == "33"


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("ward", ["Blodgett 4", "Butterworth 7"]),
        ("comment", ["ok", "ok"]),
        ("x", ["a@b.org", "c@d.org"]),
        ("x", ["seen 2020-01-02", "absent"]),
        ("x", ["Dr. Wright", "Dr. Chung"]),
        ("x", ["A. Wright", "M. Chung"]),
        ("x", ["7001231", "7001232"]),
        ("x", ["616 555 1234", "616 555 9876"]),
        ("x", ["49503", "49506", "49512", "49519", "49525"]),
        ("hospital number", ["12", "13"]),
        ("x", ["word " * 20, "word"]),
    ],
)
def test_whatever_is_not_known_to_be_harmless_is_left_out(header: str, cells: list[str]) -> None:
    table = f"id,{header},age\n" + "".join(f"A{i},{cell},61\n" for i, cell in enumerate(cells))
    result = cleaned(table)
    assert header not in rows(result)[0]
    for cell in cells:
        assert cell not in result.csv_text
        assert cell not in result.report_text


def test_text_can_be_kept_by_name() -> None:
    table = "id,ward\nA,North\nB,South\n"
    assert [row["ward"] for row in rows(cleaned(table, keep=("ward",)))] == ["North", "South"]
    assert "'ward': kept as asked for" in cleaned(table, keep=("ward",)).report_text


@pytest.mark.parametrize(
    ("header", "cell", "words"),
    [
        ("Last name", "Smith", "looks like a name and is not kept"),
        ("ward", "seen 2020-01-02", "line 2, column 'ward': a date"),
        ("ward", "call 616-555-1234", "a telephone or record number"),
        ("ward", "word " * 20, "free text"),
    ],
)
def test_an_identifier_cannot_be_kept_by_name(header: str, cell: str, words: str) -> None:
    message = refused(f"id,{header}\nA,{cell}\n", keep=(header,))
    assert words in message
    assert cell.strip() not in message


def test_a_wrong_name_to_keep_is_refused() -> None:
    assert "no column 'wrd'" in refused("id,ward\nA,North\n", keep=("wrd",))


def test_a_table_without_a_header_is_refused_and_not_repeated() -> None:
    message = refused("Smith,1950-02-03,M\nJones,1960-02-03,F\n")
    assert "Smith" not in message
    assert "1950" not in message


def test_a_table_without_identifiers_gets_numbers_of_its_own() -> None:
    assert [row["patient_id"] for row in rows(cleaned("age,sex\n61,m\n54,f\n"))] == ["P001", "P002"]


def test_rows_without_an_identifier_are_patients_of_their_own() -> None:
    assert [row["patient_id"] for row in rows(cleaned("id,age\nA,61\n,54\n,47\n"))] == ["P001", "P002", "P003"]


def test_a_header_that_may_be_a_datum_is_told_by_its_position() -> None:
    result = cleaned("id," + "what Smith said of it " * 4 + "\nA,x y z\n")
    assert "Smith" not in result.report_text
    assert "'column 2': left out" in result.report_text


def test_real_longitudinal_project_loses_every_person() -> None:
    path = REAL / "redcap" / "longitudinal" / "data.csv"
    if not path.is_file():
        pytest.skip("the REDCap demonstration projects are not beside the project (redcap)")
    result = deidentify(read_sheet(path))
    with path.open(newline="", encoding="utf-8") as stream:
        raw = list(csv.DictReader(stream))
    columns = ("first_name", "last_name", "telephone_1", "email", "dob", "comments", "date_enrolled")
    private = {row[name] for row in raw for name in columns} - {""}
    assert len(private) >= 15
    assert not any(cell in result.csv_text + result.report_text for cell in private)
    assert len(rows(result)) == 18


def test_real_clinical_sheet_keeps_its_numbers() -> None:
    path = REAL / "tcia_crlm" / "original.csv"
    if not path.is_file():
        pytest.skip("the real clinical sheet is not beside the project (tcia_crlm)")
    result = deidentify(read_sheet(path))
    with path.open(newline="", encoding="utf-8") as stream:
        raw = list(csv.DictReader(stream))
    found = rows(result)
    assert [row["overall_survival_months"] for row in found] == [row["overall_survival_months"] for row in raw]
    assert "relevant_notes" not in found[0]
    assert "CRLM-CT" not in result.csv_text
