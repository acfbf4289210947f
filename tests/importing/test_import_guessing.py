"""A first guess of a mapping is right where it is sure, says where it is not, and prints no patient."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.applying import apply_mapping
from hai_utils.importing.guessing import guess_file, guess_mapping
from hai_utils.importing.mapping import columns_of, parse_mapping
from hai_utils.importing.sheets import parse_sheet, read_sheet
from tests.conftest import SHARED

VARIABLES = dict(standard_dictionary())

SHEET = """\
MRN,Last name,DOB,Gender,BMI,KRAS status,Pump date,Last contact,Date of death,Progression date,Lesion 1 baseline long (cm),LOS,Comments
7001231,Smith,13/06/1950,M,24.8,mut,14/03/2020,14/03/2021,,15/09/2020,5.2,6,doing well
7001232,Jones,01/02/1960,F,NA,WT,25/05/2020,,20/05/2021,,3.1,999,lives in Ada
7001233,Brown,01/12/1961,F,31.2,wt,26/05/2020,20/05/2021,,,4.4,7,
"""


def guessed(table: str) -> str:
    return guess_mapping(parse_sheet(table.encode(), "x.csv"), VARIABLES)


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
        ("length_of_stay_days", "{from: LOS, missing: [999]}"),
        ("pump_year", "{year_of: Pump date}"),
        ("age_years", "{date: Pump date, since: DOB}"),
        ("os_months", "{date: [Date of death], otherwise: Last contact}"),
        ("pfs_event", "{any_of: [Progression date, Date of death], otherwise: Last contact}"),
    ],
)
def test_columns_are_recognised_with_codes_units_and_dates(target: str, expected: str) -> None:
    assert line_of(guessed(SHEET), target).split("  # CHECK")[0] == f"  {target}: {expected}"


def test_order_of_dates_follows_from_a_day_above_twelve() -> None:
    assert "\ndates: dmy\n" in guessed(SHEET)


def test_an_order_of_dates_that_no_cell_settles_is_left_to_the_user() -> None:
    text = guessed("id,Pump date,age\nA1,01/02/2020,61\nA2,03/04/2020,54\n")
    assert "dates: FILL_IN" in text
    with pytest.raises(DataError, match="'FILL_IN' is still to be filled in"):
        parse_mapping(text, "m.yml", VARIABLES)


def test_missing_codes_are_listed() -> None:
    assert "missing: [NA]  # CHECK" in guessed(SHEET)


def test_a_guess_names_no_patient() -> None:
    text = guessed(SHEET)
    for cell in ("Smith", "Jones", "7001231", "1950", "14/03/2020", "doing well", "Ada"):
        assert cell not in text


def test_identifying_columns_are_left_out_by_name() -> None:
    assert "ignored: [Last name, Comments]" in guessed(SHEET)


def test_a_guess_that_leaves_nothing_open_imports_as_it_is() -> None:
    text = guessed(SHEET)
    made = apply_mapping(parse_sheet(SHEET.encode(), "x.csv"), parse_mapping(text, "m.yml", VARIABLES), VARIABLES)
    assert made.columns["kras"] == ("mutant", "wild_type", "wild_type")
    # 14 March 2020 to 15 September 2020 are 185 days.
    assert made.columns["pfs_months"][0] == repr(185 / 30.4375)


def test_unknown_codes_are_left_to_the_user() -> None:
    text = guessed("id,Primary site\nA1,1\nA2,2\nA3,1\n")
    assert "codes: {1: FILL_IN, 2: FILL_IN}" in line_of(text, "primary_site")


def test_a_text_that_stands_once_is_not_taken_for_a_code() -> None:
    text = guessed("id,Gender\nA1,m\nA2,f\nA3,Xavier\n")
    assert "Xavier" not in text
    assert "1 more codes are not shown" in line_of(text, "sex")


def test_diameters_that_look_like_centimetres_are_doubted() -> None:
    text = guessed("id,lesion1_baseline_long_mm\nA1,5.2\nA2,3.1\n")
    assert "centimetres?" in line_of(text, "lesion1_baseline_long_mm")


def test_a_first_line_of_data_is_refused_and_not_printed() -> None:
    with pytest.raises(DataError) as error:
        guessed("Smith,61,M\nJones,54,F\n")
    assert "Smith" not in str(error.value)


def test_another_encoding_is_tried_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("id,Größe,age\nA1,170,61\nA2,180,54\n".encode("cp1252"))
    text = guess_file(path, VARIABLES)
    assert "encoding: windows-1252  # CHECK" in text
    assert "Größe" in text


@pytest.mark.parametrize(
    "header", ["a: b", "#1 age", "'age'", 'the "age"', "[age]", "{age}", "- age", "x: [y]", "yes & no", "age\u00b2"]
)
def test_any_header_stands_in_the_mapping_as_it_is(header: str) -> None:
    sheet = parse_sheet(f'id,"{header.replace(chr(34), chr(34) * 2)}"\nA1,61\n'.encode(), "x.csv")
    text = guess_mapping(sheet, VARIABLES)
    used = [name for rule in parse_mapping(text, "m.yml", VARIABLES).rules for name in columns_of(rule.source)]
    listed = [yaml.safe_load(line.split(": ", 1)[1]) for line in text.splitlines() if line.startswith("# Not used")]
    assert [*used, *listed] == ["id", header]


def test_real_sheet_is_recognised_where_its_words_are_common() -> None:
    path = SHARED / "data" / "tcia_crlm" / "original.csv"
    if not path.is_file():
        pytest.skip("the real clinical sheet is not beside the project (tcia_crlm)")
    text = guess_file(path, VARIABLES)
    assert line_of(text, "age_years") == "  age_years: age"
    assert line_of(text, "os_months") == "  os_months: overall_survival_months"
    assert "codes: {1: male, 2: female}" in line_of(text, "sex")
    assert "ignored: [De-identify Scout Name, relevant_notes]" in text
    made = apply_mapping(read_sheet(path), parse_mapping(text, "m.yml", VARIABLES), VARIABLES)
    assert len(made.columns["patient_id"]) == 197
