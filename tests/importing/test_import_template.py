"""The empty forms follow the dictionary, can be uploaded and filled in, and the example is a valid cohort."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import openpyxl
import pytest

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.reading import read_cohort
from hai_utils.cohort.tables import TableOptions
from hai_utils.errors import DataError
from hai_utils.importing.lesions import cohort_cells, read_scans
from hai_utils.importing.sheets import parse_sheet
from hai_utils.importing.template import template_files, write_template
from hai_utils.response.courses import courses
from hai_utils.response.rules import ResponseRules
from tests.conftest import SHARED

VARIABLES = standard_dictionary()
# As REDCap's own data dictionary names them, in its order.
REDCAP_COLUMNS = [
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
]  # fmt: skip


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return template_files()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_empty_cohort_has_the_columns_of_the_dictionary_and_no_row(files: dict[str, bytes]) -> None:
    assert files["cohort.csv"].decode() == ",".join(VARIABLES) + "\n"


def test_example_is_a_valid_cohort(files: dict[str, bytes]) -> None:
    reading = read_cohort(files["example_cohort.csv"], VARIABLES)
    assert (reading.rows, reading.problems) == (4, ())


def test_every_row_of_the_example_says_that_it_is_made_up(files: dict[str, bytes]) -> None:
    for row in rows_of(files["example_cohort.csv"]):
        assert row["site"] == "synthetic"
        assert row["patient_id"].startswith("EXAMPLE-")


def test_every_column_has_an_example(files: dict[str, bytes]) -> None:
    rows = rows_of(files["example_cohort.csv"])
    assert [name for name in VARIABLES if not any(row[name] for row in rows)] == []


def test_scans_of_the_example_give_its_lesion_columns(files: dict[str, bytes]) -> None:
    found = courses(read_scans(parse_sheet(files["example_lesion_scans.csv"], "scans.csv")), ResponseRules())
    for row, course in zip(rows_of(files["example_cohort.csv"]), found, strict=True):
        assert {name: cell for name, cell in row.items() if name.startswith("lesion")} == cohort_cells(course)


def test_redcap_dictionary_has_the_columns_that_redcap_uploads(files: dict[str, bytes]) -> None:
    header = next(csv.reader(io.StringIO(files["redcap_data_dictionary.csv"].decode())))
    assert header == REDCAP_COLUMNS


def test_redcap_header_is_that_of_a_real_project(files: dict[str, bytes]) -> None:
    real = SHARED / "data" / "redcap" / "longitudinal" / "dictionary.csv"
    if not real.is_file():
        pytest.skip("the REDCap demonstration projects are not beside the project (redcap)")
    ours = next(csv.reader(io.StringIO(files["redcap_data_dictionary.csv"].decode())))
    with real.open(newline="", encoding="utf-8-sig") as stream:
        assert ours == next(csv.reader(stream))


def test_redcap_fields_keep_the_rules_of_an_upload(files: dict[str, bytes]) -> None:
    rows = rows_of(files["redcap_data_dictionary.csv"])
    names = [row["Variable / Field Name"] for row in rows]
    assert len(set(names)) == len(names)
    assert rows[0]["Field Type"] == "text"
    for row in rows:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,25}", row["Variable / Field Name"])
        assert re.fullmatch(r"[a-z][a-z0-9_]*", row["Form Name"])
        assert row["Field Type"] in {"text", "radio", "dropdown"}
        assert row["Field Label"]
        assert row["Text Validation Type OR Show Slider Number"] in {"", "number", "integer"}
        assert (row["Choices, Calculations, OR Slider Labels"] != "") == (row["Field Type"] != "text")
        codes = [part.split(",")[0].strip() for part in row["Choices, Calculations, OR Slider Labels"].split("|")]
        assert len({code.lower() for code in codes}) == len(codes)
        assert all(re.fullmatch(r"\w*", code) for code in codes)


def test_redcap_fields_are_the_columns_of_the_cohort_with_its_levels(files: dict[str, bytes]) -> None:
    rows = [row for row in rows_of(files["redcap_data_dictionary.csv"]) if row["Form Name"] == "cohort"]
    assert [row["Variable / Field Name"] for row in rows] == list(VARIABLES)
    grade = next(row for row in rows if row["Variable / Field Name"] == "clavien_dindo")
    assert grade["Choices, Calculations, OR Slider Labels"].startswith("0, None | I, I | II, II | IIIa, IIIa")
    age = next(row for row in rows if row["Variable / Field Name"] == "age_years")
    assert (age["Text Validation Min"], age["Text Validation Max"]) == ("0", "120")


def test_workbook_has_a_note_for_each_column(files: dict[str, bytes]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files["cohort.xlsx"]))["cohort"]
    assert [cell.value for cell in sheet[1]] == list(VARIABLES)
    for cell, variable in zip(sheet[1], VARIABLES.values(), strict=True):
        assert cell.comment is not None
        assert variable.label in cell.comment.text
    assert sheet.max_row == 1


def test_workbook_offers_exactly_the_levels(files: dict[str, bytes]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files["cohort.xlsx"]))["cohort"]
    offered = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list":
            column = str(rule.sqref).split("2:")[0]
            offered[sheet[f"{column}1"].value] = str(rule.formula1).strip('"').split(",")
    assert offered == {name: list(variable.levels) for name, variable in VARIABLES.items() if variable.levels}


def test_workbook_bounds_numbers(files: dict[str, bytes]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files["cohort.xlsx"]))["cohort"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "bmi_kg_m2")
    rule = next(rule for rule in sheet.data_validations.dataValidation if str(rule.sqref).startswith(f"{column}2:"))
    assert (rule.type, rule.operator, rule.formula1, rule.formula2) == ("decimal", "between", "10", "80")


def test_workbook_formats_words_as_text_so_that_none_becomes_a_date(files: dict[str, bytes]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(files["cohort.xlsx"]))["cohort"]
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "kras_codon")
    assert sheet.column_dimensions[column].number_format == "@"


def test_workbook_holds_no_formula(files: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files["cohort.xlsx"]))
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_files_are_written_once_and_never_over_another(tmp_path: Path, files: dict[str, bytes]) -> None:
    paths = write_template(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == list(files)
    assert paths[0].read_bytes() == files["cohort.csv"]
    with pytest.raises(DataError, match="exists already"):
        write_template(tmp_path / "new" / "folder")


def test_nothing_is_written_where_one_file_exists(tmp_path: Path) -> None:
    (tmp_path / "cohort.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError):
        write_template(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cohort.csv"]


@pytest.fixture(scope="module")
def filled(files: dict[str, bytes]) -> bytes:
    """The template's workbook with the example typed into it."""
    book = openpyxl.load_workbook(io.BytesIO(files["cohort.xlsx"]))
    sheet = book["cohort"]
    for line, row in enumerate(rows_of(files["example_cohort.csv"]), start=2):
        for position, (name, cell) in enumerate(row.items(), start=1):
            is_number = VARIABLES[name].kind in {"number", "integer"} and cell
            sheet.cell(row=line, column=position, value=float(cell) if is_number else cell or None)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_filled_workbook_is_read_back_as_it_was_filled(files: dict[str, bytes], filled: bytes) -> None:
    read = parse_sheet(filled, "cohort.xlsx", TableOptions(sheet="cohort"))
    for row, was in zip(read.rows, rows_of(files["example_cohort.csv"]), strict=True):
        for (name, expected), cell in zip(was.items(), row, strict=True):
            if VARIABLES[name].kind == "number" and expected:
                # The test's own writer keeps 16 digits of a number.
                assert float(cell) == pytest.approx(float(expected), rel=1e-14)
            else:
                assert cell == expected


def test_a_filled_workbook_is_a_valid_cohort_without_a_warning(filled: bytes) -> None:
    reading = read_cohort(filled, VARIABLES)
    assert (reading.rows, reading.problems) == (4, ())
