"""A table as a center keeps it is read in one way or refused with its line; no cell is repeated."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from hai_utils.cohort.tables import MAX_BYTES, TableOptions
from hai_utils.errors import DataError
from hai_utils.importing.sheets import parse_sheet, read_sheet, require_header, write_new
from hai_utils.untrusted import csv_text

ROWS = "id,age,bmi\nA1,61,24.8\nA2,54,31.2\n"


def workbook_bytes(rows: list[list[object]], **more_sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name, cells in more_sheets.items():
        other = book.create_sheet(name)
        for row in cells:
            other.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rezipped(content: bytes, change: dict[str, bytes]) -> bytes:
    """Return a workbook with some of its parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, part in change.items():
            new.writestr(name, part)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (ROWS.encode(), None),
        (b"\xef\xbb\xbf" + ROWS.encode(), None),
        (ROWS.encode("utf-16"), "UTF-16"),
        (ROWS.replace(",", ";").encode(), "semicolons"),
        (ROWS.replace(",", "\t").encode(), "tabs"),
        (ROWS.replace("\n", "\r\n").encode(), None),
        (ROWS.replace("\n", "\r").encode(), None),
        (ROWS.replace("61", " 61\u00a0").encode(), "Spaces"),
        (ROWS.replace("A2", "\nA2").encode(), "blank rows"),
    ],
)
def test_what_can_be_read_in_one_way_is_read_and_said(content: bytes, note: str | None) -> None:
    sheet = parse_sheet(content, "x.csv")
    assert sheet.header == ("id", "age", "bmi")
    assert sheet.rows == (("A1", "61", "24.8"), ("A2", "54", "31.2"))
    assert (note is None and sheet.notes == ()) or any(note in line for line in sheet.notes if note)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"id,age\n", "only a header"),
        (b"id,age\nA1,61,7\n", "line 2: The row has 3 cells where the header has 2"),
        (b"id,age\nA1,61\nA2\n", "line 3: The row has 1 cells where the header has 2"),
        (b'id,age\nA1,"61\n', "line 2: A quotation mark is not closed"),
        (b"id,age\nA1,6\x001\n", "line 2, column 'column 2 (B)': The cell has a NUL sign"),
        (b"id,age\nA1,M\xfcller\n", "line 2, column 'column 2 (B)': The cell has a byte that is no UTF-8"),
        (b"\xd0\xcf\x11\xe0rest", "an old workbook (XLS) or one with a password"),
        (b"\x1f\x8brest", "compressed"),
        (b"id,,age\nA1,5,61\n", "line 1, column 'column 2 (B)': The column has"),
        (b"a;b,c;d\n1;2,3;4\n5;6,7;8\n", "commas or by semicolons"),
        (b"id,age\nA1," + b"x" * 40_000 + b"\n", "line 2, column 'column 2 (B)': The cell has more than 32,767 signs"),
        (b"id,age\nA1," + b"x" * 140_000 + b"\n", "more than 100,000 signs"),
        (b"PK\x03\x04 no archive", "x.csv: The workbook is damaged.*save it again"),
    ],
)
def test_what_would_be_a_guess_is_refused_with_its_line(content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words.replace("(", r"\(").replace(")", r"\)")):
        parse_sheet(content, "x.csv")


def test_stated_encoding_and_delimiter_settle_what_is_not_plain() -> None:
    sheet = parse_sheet("id;Größe, cm\nA1;3,5\n".encode("cp1252"), "x.csv", TableOptions("windows-1252", ";"))
    assert sheet.header == ("id", "Größe, cm")
    assert sheet.rows == (("A1", "3,5"),)


def test_lines_above_the_header_are_left_out_and_said() -> None:
    sheet = parse_sheet(b"Cohort of our center\nid,age\nA1,61\n", "x.csv", TableOptions(header_line=2))
    assert (sheet.header, sheet.lines) == (("id", "age"), (3,))
    assert any("above the header" in note for note in sheet.notes)


def test_a_row_keeps_the_line_on_which_it_starts() -> None:
    sheet = parse_sheet(b'id,note\nA1,"two\nlines"\nA2,x\n', "x.csv")
    assert sheet.lines == (2, 4)


def test_blank_columns_at_the_right_are_cut() -> None:
    sheet = parse_sheet(b"id,age,,\nA1,61,,\n", "x.csv")
    assert (sheet.header, sheet.rows) == (("id", "age"), (("A1", "61"),))


@pytest.mark.parametrize("name", ["folder", "missing.csv"])
def test_no_ordinary_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=name):
        read_sheet(tmp_path / name)


def test_more_cells_than_a_cohort_has_are_refused() -> None:
    content = b"a" + b",a" * 3_999 + b"\n" + (b"," * 3_999 + b"\n") * 6_100
    with pytest.raises(DataError, match="24,000,000 cells"):
        parse_sheet(content, "x.csv")


def test_a_file_of_a_gigabyte_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.truncate(2**30)
    with pytest.raises(DataError, match=f"1,024 MB; at most {MAX_BYTES // 2**20} MB"):
        read_sheet(path)


def test_workbook_cells_become_text_as_they_read() -> None:
    content = workbook_bytes(
        [
            ["id", "age", "bmi", "seen", "at", "dead"],
            ["A1", 61, 24.8, date(2020, 2, 3), datetime(2020, 2, 3, 4, 5), True],
            ["A2", 54.0, None, "3 Feb 2020", None, False],
        ]
    )
    sheet = parse_sheet(content, "x.xlsx")
    assert sheet.rows == (
        ("A1", "61", "24.8", "2020-02-03", "2020-02-03 04:05:00", "TRUE"),
        ("A2", "54", "", "3 Feb 2020", "", "FALSE"),
    )


def test_workbook_with_several_sheets_needs_a_choice() -> None:
    content = workbook_bytes([["id", "age"], ["A1", 61]], second=[["id", "bmi"], ["A1", 24.8]])
    with pytest.raises(DataError, match="2 sheets"):
        parse_sheet(content, "x.xlsx")
    assert parse_sheet(content, "x.xlsx", TableOptions(sheet="second")).header == ("id", "bmi")
    assert parse_sheet(content, "x.xlsx", TableOptions(sheet="1")).header == ("id", "age")


def test_formula_without_a_value_is_refused_at_its_cell() -> None:
    content = workbook_bytes([["id", "age"], ["A1", "=1+60"]])
    with pytest.raises(
        DataError, match=r"line 2, column 'column 2 \(B\)': The cell holds a formula without a value.*save it"
    ):
        parse_sheet(content, "x.xlsx")


def test_calculated_formula_is_read_and_said() -> None:
    content = workbook_bytes([["id", "age"], ["A1", "=1+60"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = archive.read("xl/worksheets/sheet1.xml")
    assert b"<v></v>" in part or b"<v />" in part
    part = part.replace(b"<v></v>", b"<v>61</v>").replace(b"<v />", b"<v>61</v>")
    sheet = parse_sheet(rezipped(content, {"xl/worksheets/sheet1.xml": part}), "x.xlsx")
    assert sheet.rows == (("A1", "61"),)
    assert any("1 cells hold formulas" in note for note in sheet.notes)


def test_merged_cells_are_refused() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["id", "kras"], ["A1", "mutant"], ["A2", None]):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(DataError, match=r"line 2: The sheet has merged cells \(B2:B3\)"):
        parse_sheet(stream.getvalue(), "x.xlsx")


@pytest.mark.parametrize(
    "part",
    [
        {"xl/media/zeros.bin": b"\0" * (80 * 2**20)},
        {"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><sst/>'},
        {f"xl/part{i}.bin": b"" for i in range(2_100)},
    ],
    ids=["swollen", "entities", "parts"],
)
def test_a_bomb_is_refused_before_it_is_unpacked(part: dict[str, bytes]) -> None:
    content = rezipped(workbook_bytes([["id", "age"], ["A1", 61]]), part)
    with pytest.raises(DataError, match=r"unpacks to far more|XML entities"):
        parse_sheet(content, "x.xlsx")


def test_a_cell_far_outside_the_table_is_refused_quickly() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["id", "age"])
    sheet["XFD1048576"] = 1
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(DataError, match="More than"):
        parse_sheet(stream.getvalue(), "x.xlsx")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Smith,1951-02-03\nJones,1949-05-06\n", "column 2 has a date"),
        (b"Smith,61\nJones,54\n", "column 2 has a number"),
        (b"age,age\n61,54\n", "columns 1, 2 have the same name"),
    ],
)
def test_a_first_line_of_data_is_no_header_and_is_not_repeated(content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as refused:
        require_header(parse_sheet(content, "x.csv"))
    assert "Smith" not in str(refused.value)
    assert "1951" not in str(refused.value)


def test_no_cell_that_is_written_becomes_a_formula() -> None:
    assert csv_text(["=a"], [["@SUM(A1)"], ["-5"]]) == "'=a\n'@SUM(A1)\n-5\n"


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    write_new(path, "a")
    with pytest.raises(DataError, match="exists already"):
        write_new(path, "b")
    assert path.read_text(encoding="utf-8") == "a"
