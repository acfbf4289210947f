"""XLSX files: read like the CSV of the same table, bounded in size, nothing in them taken on trust."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.reading import Reading, read_cohort
from hai_utils.cohort.tables import archive as archives
from hai_utils.cohort.tables import column_place
from tests.cohort.cohort_files import archive, base, changed_part, saved

BASE = base()
SHEET = "xl/worksheets/sheet1.xml"
Place = tuple[int, str, str]


def read(content: bytes) -> Reading:
    return read_cohort(content, standard_dictionary())


def places(reading: Reading) -> list[Place]:
    return [(one.line, one.column, one.code) for one in reading.problems]


def edited(edit: Callable[[Worksheet], object]) -> bytes:
    """The valid cohort as a workbook, after an edit of its sheet."""
    book = BASE.workbook()
    edit(book.active)
    return saved(book)


def put(line: int, column: str, value: object, number_format: str = "General") -> Callable[[Worksheet], object]:
    """An edit that writes one cell."""

    def edit(sheet: Worksheet) -> None:
        cell = sheet.cell(line, BASE.header.index(column) + 1)
        cell.value = value
        cell.number_format = number_format

    return edit


def test_a_workbook_reads_like_the_csv_of_its_table() -> None:
    reading = read(BASE.xlsx())
    assert reading.problems == ()
    pd.testing.assert_frame_equal(reading.table, read(BASE.bytes()).table, check_exact=True)


@pytest.mark.parametrize(
    ("column", "value", "number_format", "code"),
    [
        ("bmi_kg_m2", datetime.date(1950, 3, 12), "yyyy-mm-dd", "date"),
        ("clavien_dindo", datetime.datetime(2024, 2, 3), "d-mmm", "identifier_in_cell"),
        ("kras_codon", datetime.datetime(2024, 12, 13), "d-mmm", "identifier_in_cell"),
        ("bmi_kg_m2", 0.278, "0%", "percent"),
        ("os_event", True, "General", "event"),
        ("bmi_kg_m2", "27,8", "General", "decimal_comma"),
        ("bmi_kg_m2", "#N/A", "General", "missing_code"),
        ("bmi_kg_m2", "=A1", "General", "uncomputed"),
        ("race", "=A1", "General", "uncomputed"),
        ("patient_id", "=A1", "General", "uncomputed"),
        ("bmi_kg_m2", datetime.timedelta(hours=3), "[h]:mm", "not_a_number"),
    ],
)
def test_a_cell_is_refused_by_its_line_and_column(column: str, value: object, number_format: str, code: str) -> None:
    errors = [place for place in places(read(edited(put(4, column, value, number_format)))) if place[2] != "formula"]
    assert errors == [(4, column, code)]


def test_numbers_kept_as_text_are_numbers() -> None:
    reading = read(edited(put(4, "bmi_kg_m2", "27.8", "@")))
    assert reading.problems == ()
    assert reading.table["bmi_kg_m2"].iloc[2] == 27.8


def test_the_last_value_of_a_formula_is_read_and_said() -> None:
    content = edited(put(4, "bmi_kg_m2", "=20+7.8"))
    computed = changed_part(content, SHEET, b"<f>20+7.8</f><v />", b"<f>20+7.8</f><v>27.8</v>")
    reading = read(computed)
    assert places(reading) == [(4, "", "formula")]
    assert reading.table["bmi_kg_m2"].iloc[2] == 27.8


def test_the_sheet_with_patients_is_read_and_the_others_are_said() -> None:
    book = BASE.workbook()
    book.create_sheet("notes", 0).append(["How to fill in the table"])
    reading = read(saved(book))
    assert places(reading) == [(0, "", "other_sheets")]
    assert reading.rows == 8


def test_two_sheets_with_patients_are_refused() -> None:
    book = BASE.workbook()
    book.create_sheet("more").append(["patient_id", "kras"])
    assert places(read(saved(book))) == [(0, "", "sheet")]


def test_merged_cells_are_refused() -> None:
    assert places(read(edited(lambda sheet: sheet.merge_cells("B2:B4")))) == [(0, "", "merged")]


def test_hidden_rows_are_read_and_said() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True

    reading = read(edited(hide))
    assert places(reading) == [(0, "", "hidden")]
    assert reading.rows == 8


def test_a_blank_row_between_keeps_the_lines() -> None:
    def shift(sheet: Worksheet) -> None:
        sheet.insert_rows(4)
        put(5, "bmi_kg_m2", "x")(sheet)

    assert places(read(edited(shift))) == [(5, "bmi_kg_m2", "not_a_number"), (4, "", "row_blank")]


def test_a_note_right_of_the_table_is_refused() -> None:
    def note(sheet: Worksheet) -> None:
        sheet.cell(4, 50).value = "see below"

    assert places(read(edited(note))) == [(1, "column 50 (AX)", "header_blank")] + [
        (1, f"column {i} ({column_place(i).split('(')[1]}", "column_blank") for i in range(42, 50)
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BASE.xlsx()[:2_000], "workbook"),
        (archive(**{"xl/workbook.xml": b"<workbook/>"}), "workbook"),
        (archive(**{"xl/workbook.bin": b""}), "file_kind"),
        (archive(**{"word/document.xml": b""}), "file_kind"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "file_kind"),
        (archive(**{"xl/workbook.xml": b"", "xl/media/zeros.bin": bytes(8 * 2**20)}), "bomb"),
        (archive(**{"xl/workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>"}), "bomb"),
        (archive(**{"xl/workbook.xml": "<!DOCTYPE x>".encode("utf-16")}), "bomb"),
        (archive(**{"xl/workbook.xml": b"", **{f"xl/{i}.xml": b"" for i in range(1_001)}}), "bomb"),
    ],
    ids=["cut", "empty", "binary", "a text", "OpenDocument", "swollen", "entities", "entities in UTF-16", "many parts"],
)
def test_an_archive_that_is_no_plain_workbook_is_refused(content: bytes, code: str) -> None:
    assert places(read(content)) == [(0, "", code)]


def test_parts_that_unpack_to_too_much_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 1_000)
    assert places(read(BASE.xlsx())) == [(0, "", "bomb")]


def test_a_cell_far_below_the_table_does_not_make_millions_of_rows() -> None:
    def far(sheet: Worksheet) -> None:
        sheet.cell(1_048_576, 1).value = "x"

    assert [code for _, _, code in places(read(edited(far)))] == ["file_large"]


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_workbook_gives_a_verdict(seed: int) -> None:
    content = bytearray(BASE.xlsx())
    place = (seed * 7_919) % len(content)
    content[place] ^= 1 << seed % 8
    reading = read(bytes(content))
    assert reading.problems or reading.rows == 8
