"""A first guess of a mapping is right where it is sure, says where it is not, and prints no patient."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.applying import apply_mapping
from hai_utils.importing.exports import plan_file
from hai_utils.importing.files import import_file
from hai_utils.importing.mapping import parse_mapping
from hai_utils.importing.plan import Question
from hai_utils.importing.planning import plan_table
from hai_utils.importing.sheets import parse_sheet
from tests.conftest import SHARED

VARIABLES = dict(standard_dictionary())

SHEET = """\
MRN,Last name,DOB,Gender,BMI,KRAS status,Pump date,Last contact,Date of death,Progression date,Lesion 1 baseline long (cm),LOS,Comments
7001231,Smith,13/06/1950,M,24.8,mut,14/03/2020,14/03/2021,,15/09/2020,5.2,6,doing well
7001232,Jones,01/02/1960,F,NA,WT,25/05/2020,,20/05/2021,,3.1,999,lives in Ada
7001233,Brown,01/12/1961,F,31.2,wt,26/05/2020,20/05/2021,,,4.4,7,
"""


def columns(table: str, **answers: str) -> Mapping[str, tuple[str, ...]]:
    """Guess, answer, import."""
    plan = plan_table(parse_sheet(table.encode(), "x.csv"), VARIABLES).answered(answers)
    return apply_mapping(
        parse_sheet(table.encode(), "x.csv"), parse_mapping(plan.settled.mapping_text, "m.yml", VARIABLES), VARIABLES
    ).columns


def asked(table: str) -> dict[str, Question]:
    return {one.name: one for one in plan_table(parse_sheet(table.encode(), "x.csv"), VARIABLES).open_questions}


def guessed(table: str) -> str:
    return plan_table(parse_sheet(table.encode(), "x.csv"), VARIABLES).mapping_text


def line_of(text: str, target: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"  {target}:"))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("patient_id", "{numbered: MRN}"),
        ("sex", "{from: Gender, codes: {F: female, M: male}}"),
        ("bmi_kg_m2", "BMI"),
        ("kras", "{from: KRAS status, codes: {WT: wild_type, mut: mutant, wt: wild_type}}"),
        ("lesion1_baseline_long_mm", "{from: Lesion 1 baseline long (cm), unit: cm}"),
        ("length_of_stay_days", "{from: LOS, codes: {999: $los_999}}"),
        ("pump_year", "{year_of: Pump date}"),
        ("age_years", "{date: Pump date, since: DOB}"),
        ("os_months", "{date: death, otherwise: Last contact}"),
        ("pfs_event", "{any_of: [progression, death], otherwise: Last contact}"),
    ],
)
def test_columns_are_recognised_with_codes_units_and_dates(target: str, expected: str) -> None:
    assert line_of(guessed(SHEET), target).split("  # ")[0] == f"  {target}: {expected}"


def test_order_of_dates_follows_from_a_day_above_twelve() -> None:
    assert "\ndates: dmy\n" in guessed(SHEET)


def test_an_order_of_dates_that_no_cell_settles_is_asked_for() -> None:
    table = "id,Pump date,Last contact,dead\nA1,01/02/2020,02/03/2021,yes\nA2,03/04/2020,04/05/2021,no\n"
    assert asked(table)["date_order"].lines == (2, 2, 3, 3)
    with pytest.raises(DataError, match="'date_order': the question is not answered yet"):
        parse_mapping(guessed(table), "m.yml", VARIABLES)
    # 1 February 2020 to 2 March 2021 are 395 days, 2 January 2020 to 3 February 2021 are 398.
    assert columns(table, date_order="dmy")["os_months"][0] == repr(395 / 30.4375)
    assert columns(table, date_order="mdy")["os_months"][0] == repr(398 / 30.4375)


def test_columns_of_different_orders_are_read_each_in_its_own() -> None:
    table = "id,Pump date,Last contact,dead\nA1,13/02/2020,02/27/2021,yes\nA2,14/04/2020,04/05/2021,no\n"
    assert "dates: {Pump date: dmy, Last contact: mdy}" in guessed(table)
    # 13 February 2020 to 27 February 2021 are 380 days.
    assert columns(table)["os_months"][0] == repr(380 / 30.4375)


def test_words_for_not_known_are_listed() -> None:
    assert "\nmissing: [NA]\n" in guessed(SHEET)


def test_a_guess_names_no_patient() -> None:
    text = guessed(SHEET)
    for cell in ("Smith", "Jones", "7001231", "1950", "14/03/2020", "doing well", "Ada"):
        assert cell not in text


def test_identifying_columns_are_left_out_by_name() -> None:
    assert "ignored: [Last name, Comments]" in guessed(SHEET)


def test_a_guess_with_its_questions_answered_imports_as_it_is() -> None:
    made = columns(SHEET, los_999="missing")
    assert made["kras"] == ("mutant", "wild_type", "wild_type")
    assert made["length_of_stay_days"] == ("6", "", "7")
    # 14 March 2020 to 15 September 2020 are 185 days.
    assert made["pfs_months"][0] == repr(185 / 30.4375)


def test_unknown_codes_are_asked_for() -> None:
    table = "id,Primary site\nA1,1\nA2,2\nA3,1\n"
    assert line_of(guessed(table), "primary_site").endswith("codes: {1: $primary_site_1, 2: $primary_site_2}}")
    assert columns(table, primary_site_1="rectum", primary_site_2="missing")["primary_site"] == ("rectum", "", "rectum")


def test_a_word_that_stands_once_is_asked_for_by_its_line_and_not_repeated() -> None:
    table = "id,Gender\nA1,m\nA2,f\nA3,Xavier\n"
    assert "Xavier" not in guessed(table)
    assert asked(table)["gender_line_4"].lines == (4,)
    assert columns(table, gender_line_4="male")["sex"] == ("male", "female", "male")


@pytest.mark.parametrize(
    ("header", "question"),
    [
        ("lesion1_baseline_long_mm", "lesion_unit"),
        ("Lesion 1 baseline long", "lesion_unit"),
        ("Lesion 1 baseline long (cm)", ""),
    ],
)
def test_the_unit_of_small_diameters_is_asked_for_unless_it_is_named(header: str, question: str) -> None:
    assert list(asked(f"id,{header}\nA1,5.2\nA2,3.1\n")) == ([question] if question else [])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("57 y", "61"), ("57", "61")),
        (("684 months", "61"), ("57", "61")),
        (("57", "n/a"), ("57", "")),
        (("57", ".a"), ("57", "")),
    ],
)
def test_what_people_write_for_an_age_is_read(cells: tuple[str, str], expected: tuple[str, str]) -> None:
    assert columns(f"id,Age\nA1,{cells[0]}\nA2,{cells[1]}\nA3,50\n")["age_years"][:2] == expected


@pytest.mark.parametrize(
    ("cell", "minutes"), [("375 min", "375"), ("3h 20", "200"), ("3:20", "200"), ("3.5 h", "210"), ("200", "200")]
)
def test_what_people_write_for_a_duration_is_read(cell: str, minutes: str) -> None:
    assert columns(f"id,OR time\nA1,{cell}\nA2,180\nA3,240\n")["operative_minutes"][0] == minutes


def test_decimal_commas_are_told_from_the_cells() -> None:
    made = columns("id;BMI;OS (months)\nA1;21,9;12,5\nA2;30,1;8\n")
    assert made["bmi_kg_m2"] == ("21.9", "30.1")


def test_a_header_of_two_lines_gives_names_and_units(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,Age,OS,Dead\n,(years),(weeks),\nA1,61,52,yes\nA2,54,26,no\n", encoding="utf-8")
    plan = plan_file(path, VARIABLES)
    assert "header_line: [1, 2]" in plan.mapping_text
    # 52 weeks are 364 days.
    made = import_file(path, parse_mapping(plan.settled.mapping_text, "m.yml", VARIABLES), VARIABLES)
    assert made.cohort.columns["os_months"][0] == repr(364 / 30.4375)


def test_a_time_without_its_status_is_left_out_and_said() -> None:
    table = "id,OS (months),Dead\nA1,12,yes\nA2,20,\nA3,8,no\n"
    assert "A time without its status is left out of 'OS (months)' (line 3)" in guessed(table)
    assert columns(table)["os_months"] == ("12", "", "8")


@pytest.mark.parametrize(("value", "usual"), [("NED", "alive"), ("AWD", "alive"), ("DOD", "dead")])
def test_an_abbreviated_status_is_asked_for_with_its_usual_meaning(value: str, usual: str) -> None:
    question = asked(f"id,OS (months),Status\nA1,12,{value}\nA2,20,dead\nA3,8,alive\n")[f"status_{value.lower()}"]
    assert question.answers[0].value == usual


def test_recurrence_and_death_as_two_flags_make_progression_free_survival() -> None:
    table = "id,rtime,recur,dtime,death\nA1,300,1,500,1\nA2,400,0,700,1\nA3,650,0,650,0\n"
    made = columns(table, rtime_unit="days", dtime_unit="days")
    assert made["pfs_event"] == ("1", "1", "0")
    assert [float(cell) for cell in made["pfs_months"]] == [300 / 30.4375, 700 / 30.4375, 650 / 30.4375]


def test_ticked_boxes_ask_what_a_blank_means() -> None:
    table = "id,Extrahepatic disease\nA1,x\nA2,\nA3,x\n"
    assert asked(table)["extrahepatic_disease_blank"].lines == (3,)
    assert columns(table, extrahepatic_disease_blank="no")["extrahepatic_disease"] == ("yes", "no", "yes")
    assert columns(table, extrahepatic_disease_blank="missing")["extrahepatic_disease"] == ("yes", "", "yes")


def test_several_rows_of_a_patient_are_asked_for() -> None:
    table = "MRN,Clavien\n7,1\n8,0\n7,3a\n"
    assert asked(table)["several_rows"].lines == (2, 4)
    assert columns(table, several_rows="worst")["clavien_dindo"] == ("IIIa", "0")
    assert columns(table, several_rows="first")["clavien_dindo"] == ("I", "0")


def test_rows_without_any_identifier_are_asked_for() -> None:
    table = "Age,Gender\n61,m\n54,f\n61,f\n"
    assert columns(table, patients="(rows)")["patient_id"] == ("P001", "P002", "P003")


def test_a_first_line_of_data_is_refused_and_not_printed() -> None:
    with pytest.raises(DataError) as error:
        guessed("Smith,61,M\nJones,54,F\n")
    assert "Smith" not in str(error.value)


def test_another_encoding_is_tried_and_said(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("id,Größe,age\nA1,170,61\nA2,180,54\n".encode("cp1252"))
    text = plan_file(path, VARIABLES).mapping_text
    assert "file: {encoding: windows-1252}" in text
    assert "Größe" in text


@pytest.mark.parametrize(
    "header",
    ["a: b", "#1 age", "'age'", 'the "age"', "[age]", "{age}", "- age", "x: [y]", "yes & no", "age\u00b2", "$age"],
)
def test_any_header_stands_in_the_mapping_as_it_is(header: str) -> None:
    sheet = parse_sheet(f'id,"{header.replace(chr(34), chr(34) * 2)}"\nA1,61\n'.encode(), "x.csv")
    text = plan_table(sheet, VARIABLES).mapping_text
    mapping = parse_mapping(text, "m.yml", VARIABLES)
    used = [name for rule in mapping.rules for name in mapping.columns_of(rule.source)]
    listed = [yaml.safe_load(line.split(": ", 1)[1]) for line in text.splitlines() if line.startswith("# Not used")]
    assert [*used, *listed] == ["id", header]


def test_answers_are_checked() -> None:
    plan = plan_table(parse_sheet(b"id,OS (months),Status\nA1,12,NED\nA2,20,dead\nA3,8,alive\n", "x.csv"), VARIABLES)
    with pytest.raises(DataError, match=r"no question is named 'status_med'\. Did you mean 'status_ned'"):
        plan.answered({"status_med": "alive"})
    with pytest.raises(DataError, match=r"status_ned: 'well' is not possible"):
        plan.answered({"status_ned": "well"})


def test_a_plan_is_plain_data_with_lines_and_answers() -> None:
    plan = plan_table(parse_sheet(b"id,OS (months),Status\nA1,12,NED\nA2,20,dead\nA3,8,alive\n", "x.csv"), VARIABLES)
    question = json.loads(json.dumps(asdict(plan)))["questions"][0]
    assert (question["name"], question["column"], question["lines"]) == ("status_ned", "Status", [2])
    assert [one["value"] for one in question["answers"]] == ["alive", "dead", "missing"]


def test_real_sheet_is_recognised_where_its_words_are_common() -> None:
    path = SHARED / "tcia_crlm" / "original.csv"
    if not path.is_file():
        pytest.skip("the real clinical sheet is not beside the project (tcia_crlm)")
    plan = plan_file(path, VARIABLES)
    text = plan.mapping_text
    assert line_of(text, "age_years") == "  age_years: age"
    assert line_of(text, "os_months") == "  os_months: overall_survival_months"
    assert "codes: {1: $sex_1, 2: $sex_2}" in line_of(text, "sex")
    assert "De-identify Scout Name" in text.split("ignored: ")[1].split("]")[0]
    usual = plan.answered({one.name: one.answers[0].value for one in plan.open_questions})
    made = import_file(path, parse_mapping(usual.mapping_text, "m.yml", VARIABLES), VARIABLES)
    assert len(made.cohort.columns["patient_id"]) == 197


def test_a_guess_on_ten_thousand_rows_takes_at_most_two_seconds() -> None:
    header, *rows = SHEET.splitlines()
    lines = [row.replace("700123", f"8{number:06d}") for number in range(3_334) for row in rows]
    sheet = parse_sheet("\n".join([header, *lines]).encode(), "x.csv")
    begin = time.process_time()
    plan_table(sheet, VARIABLES)
    assert time.process_time() - begin < 2


def test_days_since_time_zero_are_understood_as_deidentification_writes_them() -> None:
    table = (
        "patient_id,pump_placed_year,date_of_progression_days,last_follow_up_days,Status\n"
        "P001,2020,71,313,alive\nP002,2019,,1553,dead\nP003,2018,90,400,dead\n"
    )
    made = columns(table)
    assert made["pump_year"] == ("2020", "2019", "2018")
    assert made["pfs_event"] == ("1", "1", "1")
    assert [float(cell) for cell in made["pfs_months"]] == [71 / 30.4375, 1553 / 30.4375, 90 / 30.4375]
    assert made["os_event"] == ("0", "1", "1")


def test_no_progression_free_survival_is_made_where_no_death_can_be_known() -> None:
    table = (
        "id,Pump date,Progression date,Last contact\nA1,2020-01-01,2020-06-01,2021-01-01\nA2,2020-01-01,,2021-01-01\n"
    )
    text = guessed(table)
    assert "# pfs_months is not made: no column tells of deaths" in text
    assert "  pfs_event:" not in text


def test_a_column_of_dates_in_which_nothing_happened_is_understood() -> None:
    table = "id,Pump date,Date of progression,Last contact,Dead\nA1,2020-01-01,none,2021-01-01,yes\nA2,2020-01-01,none,2021-01-01,no\n"
    assert columns(table)["pfs_event"] == ("1", "0")
