"""A mapping turns an export into a cohort, cell by cell as it says, and refuses what it does not cover."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from hai_utils.cohort.dictionary import Variable, read_dictionary, standard_dictionary
from hai_utils.errors import DataError
from hai_utils.importing.applying import Imported, apply_mapping
from hai_utils.importing.mapping import parse_mapping, read_mapping
from hai_utils.importing.sheets import parse_sheet, read_sheet
from tests.conftest import SHARED

HERE = Path(__file__).resolve().parent
REAL = SHARED / "data" / "tcia_crlm"
VARIABLES = dict(standard_dictionary())


def imported(table: str, mapping: str, variables: dict[str, Variable] = VARIABLES) -> Imported:
    """Apply a mapping, given as its columns, to a table."""
    text = mapping if "columns:" in mapping else "columns:\n  patient_id: id\n" + mapping
    read = parse_mapping(text, "m.yml", variables)
    return apply_mapping(parse_sheet(table.encode(), "x.csv", read.options), read, variables)


def column(table: str, mapping: str, name: str) -> list[str]:
    return list(imported(table, mapping).columns[name])


def refused(table: str, mapping: str) -> str:
    with pytest.raises(DataError) as error:
        imported(table, mapping)
    return str(error.value)


@pytest.fixture(scope="module")
def real() -> Path:
    if not (REAL / "original.csv").is_file():
        pytest.skip(f"the real clinical sheet is not beside the project ({REAL.name})")
    return REAL


def test_real_clinical_sheet_gives_its_cohort_value_for_value(real: Path) -> None:
    variables = {**standard_dictionary(), **read_dictionary(real / "extra_columns.csv")}
    mapping = read_mapping(HERE / "tcia_mapping.yml", variables)
    made = apply_mapping(read_sheet(real / "original.csv", mapping.options), mapping, variables)
    assert made.csv_text == (real / "cohort.csv").read_text(encoding="utf-8")


def test_real_import_says_what_became_of_rows_and_missing_codes(real: Path) -> None:
    variables = {**standard_dictionary(), **read_dictionary(real / "extra_columns.csv")}
    mapping = read_mapping(HERE / "tcia_mapping.yml", variables)
    log = apply_mapping(read_sheet(real / "original.csv", mapping.options), mapping, variables).log_text
    assert "197 rows were read from the export, and 197 written." in log
    # SOURCE.md of the data: -999 is missing; 29 of 197 have no clinical risk score.
    assert "by its codes (high 51, low 117), 29 cells with a code for 'not known'; 168 values, 29 blank" in log


def test_values_without_a_unit_keep_their_text() -> None:
    assert column("id,b\nA1,21.90\nA2,117.433333333333333\n", "  os_months: b", "os_months") == [
        "21.90",
        "117.433333333333333",
    ]


@pytest.mark.parametrize(
    ("cell", "unit", "target", "expected"),
    [
        # 2.3 cm = 23 mm; 25.4 mm to the inch by definition.
        ("2.3", "cm", "lesion1_baseline_long_mm", "23"),
        ("1", "inch", "lesion1_baseline_long_mm", "25.4"),
        # 365.25 days are 12 months of 30.4375 days.
        ("365.25", "days", "os_months", "12"),
        ("2", "years", "os_months", "24"),
        ("3.5", "h", "operative_minutes", "210"),
        ("2", "weeks", "length_of_stay_days", "14"),
    ],
)
def test_units_are_converted(cell: str, unit: str, target: str, expected: str) -> None:
    assert column(f"id,x\nA1,{cell}\n", f"  {target}: {{from: x, unit: {unit}}}", target) == [expected]


def test_days_become_the_months_that_the_rest_of_the_project_computes() -> None:
    assert column("id,x\nA1,100\n", "  os_months: {from: x, unit: days}", "os_months") == [repr(100 / 30.4375)]


def test_decimal_commas_are_read_where_they_are_stated() -> None:
    mapping = 'file: {delimiter: ";", decimal: ","}\ncolumns:\n  patient_id: id\n  bmi_kg_m2: x'
    assert column("id;x\nA1;21,9\n", mapping, "bmi_kg_m2") == ["21.9"]


def test_decimal_commas_are_refused_where_they_are_not_stated() -> None:
    message = refused('id,x\nA1,"21,9"\n', "  bmi_kg_m2: x")
    assert "line 2, column 'x'" in message
    assert "decimal sign" in message


@pytest.mark.parametrize("code", ["-999", "-999.0", "NA", "na"])
def test_missing_codes_become_blank_in_whatever_form(code: str) -> None:
    mapping = "missing: [-999, NA]\ncolumns:\n  patient_id: id\n  bmi_kg_m2: x"
    assert column(f"id,x\nA1,{code}\nA2,25\n", mapping, "bmi_kg_m2") == ["", "25"]


def test_yes_and_no_stay_words_in_a_mapping() -> None:
    assert column(
        "id,x\nA1,1\nA2,0\n", "  extrahepatic_disease: {from: x, codes: {1: yes, 0: no}}", "extrahepatic_disease"
    ) == ["yes", "no"]


def test_codes_are_found_in_any_letter_case_and_as_numbers() -> None:
    assert column("id,x\nA1,M\nA2,2.0\n", "  sex: {from: x, codes: {m: male, 2: female}}", "sex") == ["male", "female"]


def test_codes_that_differ_in_case_alone_are_told_apart() -> None:
    mapping = "  sex: {from: x, codes: {m: male, M: female}}"
    assert column("id,x\nA1,m\nA2,M\n", mapping, "sex") == ["male", "female"]


def test_levels_in_another_case_are_read_and_counted() -> None:
    made = imported("id,x\nA1,Wild type\nA2,mutant\n", "  kras: x")
    assert made.columns["kras"] == ("wild_type", "mutant")
    assert "1 cells differ from the level in letter case or spaces" in made.log_text


# 2020-03-01 to 2021-03-01 are 365 days, 2020-03-01 to 2020-09-15 are 198.
DATED = "id,born,pump,progress,died,seen\nA1,01/06/1950,01/03/2020,15/09/2020,,01/03/2021\nA2,01/02/1960,01/03/2020,,01/03/2021,\n"


def dated(columns: str) -> str:
    return "dates: dmy\nsince: pump\ncolumns:\n  patient_id: id\n" + columns


def test_dates_become_months_from_pump_placement() -> None:
    mapping = dated("  os_months: {date: died, otherwise: seen}")
    assert column(DATED, mapping, "os_months") == [repr(365 / 30.4375)] * 2


def test_the_first_of_several_dates_counts_and_else_the_last_contact() -> None:
    mapping = dated(
        "  pfs_months: {date: [progress, died], otherwise: seen}\n  pfs_event: {any_of: [progress, died], otherwise: seen}"
    )
    made = imported(DATED, mapping)
    assert made.columns["pfs_months"] == (repr(198 / 30.4375), repr(365 / 30.4375))
    assert made.columns["pfs_event"] == ("1", "1")


def test_an_event_is_blank_where_no_date_says_anything() -> None:
    table = "id,died,seen\nA1,2020-01-01,\nA2,,2020-01-01\nA3,,\n"
    assert column(table, "  os_event: {any_of: died, otherwise: seen}", "os_event") == ["1", "0", ""]


def test_age_is_in_completed_years_and_the_pump_leaves_its_year() -> None:
    made = imported(DATED, dated("  age_years: {date: pump, since: born}\n  pump_year: {year_of: pump}"))
    # Born 1 June 1950: 69 on 1 March 2020. Born 1 February 1960: 60.
    assert made.columns["age_years"] == ("69", "60")
    assert made.columns["pump_year"] == ("2020", "2020")


@pytest.mark.parametrize(
    ("born", "age"), [("1960-03-01", "60"), ("1960-03-02", "59"), ("1960-02-29", "60"), ("1960-04-01", "59")]
)
def test_a_year_is_completed_on_the_birthday(born: str, age: str) -> None:
    assert column(f"id,born,pump\nA1,{born},2020-03-01\n", "  age_years: {date: pump, since: born}", "age_years") == [
        age
    ]


@pytest.mark.parametrize(
    ("cell", "order"),
    [("03/02/2020", "dmy"), ("02/03/2020", "mdy"), ("2020-02-03", "dmy"), ("3 Feb 2020", "ymd"), ("03.02.2020", "dmy")],
)
def test_a_date_is_read_in_the_stated_order(cell: str, order: str) -> None:
    mapping = f"dates: {order}\nsince: pump\ncolumns:\n  patient_id: id\n  os_months: {{date: seen}}"
    assert column(f"id,pump,seen\nA1,2020-02-02,{cell}\n", mapping, "os_months") == [repr(1 / 30.4375)]


@pytest.mark.parametrize("cell", ["03/02/1820", "03/02/2920", "31/02/2020", "2020", "soon", "13/13/2020"])
def test_a_date_that_would_be_a_guess_is_refused_without_being_repeated(cell: str) -> None:
    message = refused(f"id,pump,seen\nA1,2020-02-02,{cell}\n", dated("  os_months: {date: seen}"))
    assert "line 2, column 'seen'" in message
    assert cell not in message


def test_two_numbers_and_a_year_need_a_stated_order() -> None:
    message = refused("id,pump,seen\nA1,2020-02-02,03/02/2020\n", "  os_months: {date: seen, since: pump}")
    assert "state another: 'dates: dmy'" in message


def test_a_date_before_the_pump_is_refused() -> None:
    message = refused("id,pump,seen\nA1,2020-02-02,2020-01-01\n", "  os_months: {date: seen, since: pump}")
    assert "line 2, column 'seen': the date lies before that in 'pump'" in message


def test_identifiers_become_study_numbers_in_the_order_of_the_lines() -> None:
    made = imported("MRN,x\n7001234,1\n7000001,0\n", "columns:\n  patient_id: {numbered: MRN}\n  os_event: x")
    assert made.columns["patient_id"] == ("P001", "P002")
    assert "700" not in made.csv_text + made.log_text


def test_ages_above_89_are_pooled_and_counted() -> None:
    made = imported("id,x\nA1,89\nA2,90\nA3,97.5\n", "  age_years: x")
    assert made.columns["age_years"] == ("89", "90", "90")
    assert "2 ages above 89 were written as 90" in made.log_text


def test_columns_that_nothing_is_made_of_are_named() -> None:
    log = imported("id,x,y,z\nA1,1,2,3\n", "columns:\n  patient_id: id\n  os_event: x\nignored: [y]").log_text
    assert "Left out as the mapping says: y." in log
    assert "Left out, as nothing is made of them: z." in log


def test_formulas_in_free_levels_are_text() -> None:
    made = imported('id,x\nA1,"=HYPERLINK(""a"")"\n', "  race: x")
    assert list(csv.reader(io.StringIO(made.csv_text)))[1][1].startswith("'=")
    assert "began like a formula" in made.log_text


@pytest.mark.parametrize(
    ("table", "mapping", "words"),
    [
        ("id,x\nA1,3\n", "  sex: {from: x, codes: {1: male, 2: female}}", "line 2, column 'x': a number that is not among the codes (1, 2)"),
        ("id,x\nA1,Xavier\n", "  sex: x", "line 2, column 'x': a text of 6 signs, where one of female, male"),
        ("id,x\nA1,sixty\n", "  age_years: x", "line 2, column 'x': a text of 5 signs, where a plain number"),
        ("id,x\nA1,61 mm\n", "  age_years: x", "line 2, column 'x': a number with the unit mm, where years"),
        ("id,x\nA1,0x1F\n", "  age_years: x", "line 2, column 'x'"),
        ("id,x\nA1,٣٤\n", "  age_years: x", "line 2, column 'x'"),
        ("id,x\nA1,−5\n", "  age_years: x", "line 2, column 'x'"),
        ("id,x\nA1,inf\n", "  age_years: x", "line 2, column 'x'"),
        ("id,x\nA1,1e99\n", "  age_years: x", "outside what is possible"),
        ("id,x\nA1,703\n", "  age_years: x", "line 2, column 'x': the number is outside what is possible"),
        ("id,x\nA1,7031234\n", "  operative_minutes: x", "line 2, column 'x': a telephone or record number"),
        ("id,x\nA1,2.5\n", "  hai_cycles: x", "is not a whole number"),
        ("id,x\nA1,2\n", "  os_event: x", "is not 0 or 1"),
        ("id,x\nA1,1951-02-03\n", "  race: x", "line 2, column 'x': a date; it may identify"),
        ("id,x\nA1,a@b.org\n", "  race: x", "line 2, column 'x': an e-mail address"),
        ("id,x\nA1,(616) 555-1234\n", "  race: x", "a telephone or record number"),
        (f"id,x\nA1,{'word ' * 20}\n", "  race: x", "free text"),
        ("id,x\nSmith,1\n", "  os_event: x", "line 2, column 'id': a text of 5 signs that may identify the patient"),
        ("id,x\n7001234,1\n", "  os_event: x", "line 2, column 'id': a telephone or record number"),
        ("id,x\nA1,1\nA1,0\n", "  os_event: x", "line 3, column 'id': the same patient stands on line 2"),
    ],
)  # fmt: skip
def test_a_cell_that_no_rule_covers_is_refused_at_its_place(table: str, mapping: str, words: str) -> None:
    assert words in refused(table, mapping)


@pytest.mark.parametrize("cell", ["Xavier", "1951-02-03", "a@b.org", "(616) 555-1234", "7031234"])
@pytest.mark.parametrize("target", ["sex", "race", "age_years", "os_event", "patient_id"])
def test_no_message_repeats_a_cell(cell: str, target: str) -> None:
    mapping = {"patient_id": "columns:\n  patient_id: x\n", "sex": "  sex: x\n"}.get(target, "  sex: y\n")
    table = f"id,x,y\nA1,{cell},female\n"
    rules = mapping + (f"  {target}: x" if target not in {"patient_id", "sex"} else "")
    assert cell not in said(table, rules)


def said(table: str, mapping: str) -> str:
    """Return the log of an import, or why it was refused."""
    try:
        return imported(table, mapping).log_text
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("header", ["Surname", "Patient name", "MRN", "Phone", "Date of birth", "Comments", "Zip code"])
def test_identifying_columns_are_not_copied_into_text(header: str) -> None:
    assert "is not copied" in refused(f"id,{header}\nA1,x\n", f"  race: {header}")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("columns:\n  patient_id: id\n  agee_years: x\n", 3, "no dictionary describes this column. Did you mean 'age_years'"),
        ("columns:\n  patient_id: id\n  sex: x\n  sex: y\n", 4, "stands here twice"),
        ("columns:\n  patient_id: id\n  sex: {from: x, codes: {1: boy}}\n", 3, "'boy' is no level"),
        ("columns:\n  patient_id: id\n  bmi_kg_m2: {from: x, unit: stone}\n", 3, "cannot be converted"),
        ("columns:\n  patient_id: id\n  sex: {form: x}\n", 3, "'form' is not known here"),
        ("columns:\n  patient_id: id\n  sex: {from: x, value: male}\n", 3, "by one of: from, value"),
        ("columns:\n  patient_id: id\n  sex: {value: male, unit: mm}\n", 3, "'unit' does not go with 'value'"),
        ("columns:\n  patient_id: id\n  sex: FILL_IN\n", 3, "still to be filled in"),
        ("columns:\n  patient_id: id\n  sex: {from: [x, y]}\n", 3, "not a list"),
        ("columns:\n  patient_id: id\n  pfs_event: {any_of: [x, ''], otherwise: y}\n", 3, "the name of a column"),
        ("columns:\n  patient_id: id\n  pfs_event: {any_of: x, otherwise: }\n", 3, "the name of a column"),
        ("columns:\n  patient_id: {value: A1}\n", 2, "an identifier of their own"),
        ("columns:\n  patient_id: id\n  sex: {date: x, since: y}\n", 3, "months, days or years"),
        ("columns:\n  patient_id: id\n  os_months: {date: x}\n", 3, "from which date"),
        ("columns:\n  patient_id: id\n  pfs_event: {any_of: x}\n", 3, "needs 'otherwise"),
        ("columns:\n  sex: x\n", 1, "'patient_id': the column is missing"),
        ("dates: dym\ncolumns:\n  patient_id: id\n", 1, "not one of dmy, mdy or ymd"),
        ("file: {encoding: latin}\ncolumns:\n  patient_id: id\n", 1, "not one of utf-8"),
        ("file: {header_line: 0}\ncolumns:\n  patient_id: id\n", 1, "line number"),
        ("columns: [a\n", 2, "no valid YAML"),
        ("a: &x 1\ncolumns: *x\n", 1, "References"),
        ("columns: " + "[" * 20 + "]" * 20 + "\n", 1, "too deeply"),
        ("just text\n", 1, "a mapping has lines"),
    ],
)  # fmt: skip
def test_a_mapping_is_refused_at_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(DataError) as error:
        parse_mapping(text, "m.yml", VARIABLES)
    assert f"m.yml, line {line}" in str(error.value)
    assert words in str(error.value)


def test_all_faults_of_an_export_come_at_once() -> None:
    message = refused("id,x,y\nA1,old,3\nA2,61,4\n", "  age_years: x\n  os_event: y")
    assert len(message.splitlines()) == 3


def test_a_column_that_the_export_has_not_is_named_with_its_nearest() -> None:
    message = refused("id,Gender\nA1,male\n", "  sex: Gendre")
    assert "m.yml, line 3, column 'sex': the export has no column 'Gendre'. Did you mean 'Gender'?" in message


def test_columns_stand_in_the_order_of_the_mapping() -> None:
    assert list(imported("id,x\nA1,1\n", "  os_event: x\n  site: {value: Here}").columns) == [
        "patient_id",
        "os_event",
        "site",
    ]


def test_a_workbook_with_typed_dates_is_imported_as_a_csv_is() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["id", "pump", "seen", "dead"],
        ["A1", date(2020, 3, 1), datetime(2021, 3, 1), 1],
        ["A2", date(2020, 3, 1), None, 0],
    ):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    mapping = parse_mapping(
        "since: pump\ncolumns:\n  patient_id: id\n  os_months: {date: seen}\n  os_event: dead\n", "m.yml", VARIABLES
    )
    made = apply_mapping(parse_sheet(stream.getvalue(), "x.xlsx"), mapping, VARIABLES)
    assert made.columns["os_months"] == (repr(365 / 30.4375), "")
    assert made.columns["os_event"] == ("1", "0")


def test_the_log_says_which_unit_became_which() -> None:
    log = imported("id,x,y\nA1,2.3,61\n", "  lesion1_baseline_long_mm: {from: x, unit: cm}\n  age_years: y").log
    assert "lesion1_baseline_long_mm: from 'x', cm to mm; 1 values, 0 blank." in log
    assert "age_years: from 'y'; 1 values, 0 blank." in log
