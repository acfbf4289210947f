"""Tables as CSV and XLSX: text stays text in a spreadsheet, and a value is a number in full precision.

The workbook is written here and not by openpyxl, which stamps the hour into each file.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from xml.sax.saxutils import escape

from hai_utils.book.manuscript.model import Line, PrintedTable, Words, plain
from hai_utils.book.manuscript.word.pandoc import packed
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.wording import label
from hai_utils.untrusted import table_cell

Cell = str | float | int | None
VALUE_COLUMNS = ("row", "column", "key", "method", "label", "value", "n", "unit", "printed", "note")
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLAIN, BOLD = 0, 1
NARROWEST, WIDEST = 8, 60


@dataclass(frozen=True, slots=True)
class TableSheet:
    """One sheet of a workbook; the rows whose places `bold` names are set in bold type."""

    rows: tuple[tuple[Cell, ...], ...]
    bold: tuple[int, ...] = ()


def table_csv(table: PrintedTable, label: str = "") -> str:
    """Return the printed cells of a table, its label in a last column; no cell becomes a formula in a spreadsheet program."""
    cells = [tuple(map(plain, table.columns)), *(tuple(map(plain, row.cells)) for row in table.rows)]
    return rows_csv(with_source(cells, label))


def with_source(rows: Iterable[Sequence[str]], label: str) -> Iterable[Sequence[str]]:
    """Return rows with what they were made from in a last column; as they are where there is nothing to say."""
    return [(*row, label if place else "source") for place, row in enumerate(rows)] if label else rows


def rows_csv(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of text as CSV; no cell of it becomes a formula in a spreadsheet program."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([table_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def table_xlsx(table: PrintedTable, results: Results) -> bytes:
    """Return a workbook with two sheets: the table as printed, and the values behind it.

    Parameters
    ----------
    table : Table
        What is printed.
    results : Results
        Where its quoted numbers stand in full precision.

    Returns
    -------
    bytes
        The same bytes for the same table and results.
    """
    columns = tuple(map(plain, table.columns))
    body = tuple(tuple(map(plain, row.cells)) for row in table.rows)
    notes = tuple((plain(note),) for note in table.notes)
    title = f"{table.number}. {plain(table.title)}"
    printed = TableSheet(((title,), (label(results.study),), columns, *body, (), *notes), bold=(0, 2))
    values = TableSheet((VALUE_COLUMNS, *_values(table, results)), bold=(0,))
    return workbook(printed, values)


def _values(table: PrintedTable, results: Results) -> Iterable[tuple[Cell, ...]]:
    columns = [plain(column) for column in table.columns]
    for row in table.rows:
        heading = plain(row.cells[0])
        for column, cell in zip(columns, row.cells, strict=False):
            for words in _quoted(cell):
                record = results.get(words.key, words.method)
                yield (heading, column, *_record(record), words.text, record.note)


def _quoted(line: Line) -> list[Words]:
    return [words for words in line if words.key]


def _record(record: Record) -> tuple[Cell, ...]:
    return (record.key, record.method, record.label, record.value, record.n, record.unit)


def workbook(table: TableSheet, values: TableSheet) -> bytes:
    """Write two sheets as an XLSX file: a text is never a formula, a number is a number."""
    sheets = {f"xl/worksheets/sheet{n}.xml": _sheet(sheet) for n, sheet in enumerate((table, values), start=1)}
    return packed({name: text.encode() for name, text in (_parts() | sheets).items()})


@cache
def _parts() -> dict[str, str]:
    """Return the parts that every workbook has."""
    text = (files("hai_utils.book.manuscript") / "workbook.toml").read_text(encoding="utf-8")
    return {name: "".join(part.splitlines()) for name, part in tomllib.loads(text).items()}


def _sheet(sheet: TableSheet) -> str:
    rows = "".join(
        f'<row r="{line}">{"".join(_cells(line, cells, BOLD if line - 1 in sheet.bold else PLAIN))}</row>'
        for line, cells in enumerate(sheet.rows, start=1)
    )
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(_widths(sheet), start=1)
    )
    cols = f"<cols>{widths}</cols>" if widths else ""
    return f'{DECLARATION}<worksheet xmlns="{SHEETS}">{cols}<sheetData>{rows}</sheetData></worksheet>'


def _widths(sheet: TableSheet) -> list[int]:
    """Return the width of each column in letters; a title or a note, alone in its row, does not count."""
    rows = [row for row in sheet.rows if len(row) > 1]
    columns = max((len(row) for row in rows), default=0)
    longest = [max(len(str(row[place])) for row in rows if place < len(row)) for place in range(columns)]
    return [min(max(length + 2, NARROWEST), WIDEST) for length in longest]


def _cells(line: int, cells: Sequence[Cell], style: int) -> Iterable[str]:
    for place, value in enumerate(cells):
        reference = f"{_letters(place)}{line}"
        if isinstance(value, str) and value:
            text = escape("".join(sign if sign.isprintable() else " " for sign in value))
            yield f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        elif isinstance(value, int | float):
            yield f'<c r="{reference}" s="{style}"><v>{value!r}</v></c>'


def _letters(place: int) -> str:
    """Return the name of a column: A, B, ..., Z, AA."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
