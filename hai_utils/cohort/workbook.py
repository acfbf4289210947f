"""The cells of an XLSX workbook as text, with bounded memory and without running anything in it."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from hai_utils.cohort.grid import MAX_CELLS, MAX_ROWS, SEARCHED_LINES, Rows, clean
from hai_utils.cohort.problems import Problem, UnreadableError, line_list, problem, stop

# openpyxl's sheets and cells: its published types do not cover the sheets that are read row by row.
_Sheet = Any
_Cell = Any

MAX_UNPACKED = 256 * 2**20
MAX_PARTS = 1_000
# XML of a real table shrinks to about a tenth; blank cells with a format to about a hundredth.
MAX_RATIO = 300
RATIO_FROM = 2**20
IDENTIFIER = "patient_id"
# What a formula without a computed value reads as; the checks refuse it like the program's own error values.
UNCOMPUTED = "#FORMULA!"

# What unpacking a damaged or protected archive raises.
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_CHUNK = 2**20
_TAIL = 256
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell[ />]")
_HIDDEN = re.compile(rb"<(?:\w+:)?(?:row|col)\s[^<>]*\bhidden=\"(?:1|true)\"")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_FOREIGN = {
    "xl/workbook.bin": "This is a binary workbook (XLSB).",
    "word/document.xml": "This is a Word document.",
    "ppt/presentation.xml": "This is a presentation.",
    "mimetype": "This is an OpenDocument file.",
}


@dataclass(slots=True)
class Marks:
    """Parts of the archive that hold what a reader of the values alone would not see."""

    merged: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    formulas: set[str] = field(default_factory=set)


def workbook_rows(content: bytes) -> tuple[Rows, list[Problem]]:
    """Return the rows of the sheet that holds the patients, and warnings.

    Dates read as year-month-day, a cell shown in percent with its sign, a formula as its last computed value.

    Raises
    ------
    UnreadableError
        Where the archive is damaged, no workbook, or unpacks to too much, or the sheet would be a guess.
    """
    marks = inspect_archive(content)
    import openpyxl

    try:
        # Styles and extensions that are not understood do not touch the values.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheet, problems = _choose([sheet for sheet in workbook.worksheets if hasattr(sheet, "reset_dimensions")])
            rows = [[_text(cell) for cell in row] for row in _bounded(sheet)]
            part = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
            if part in marks.formulas:
                formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
                problems += _mark_uncomputed(rows, formulas[sheet.title])
    except UnreadableError:
        raise
    except Exception:
        # The archive may hold anything; whatever the reader stumbles on, its own message may repeat a cell.
        raise stop("workbook", 0, "The workbook is damaged or not in the form that XLSX has.") from None
    if part in marks.merged:
        raise stop("merged", 0, "The sheet has merged cells.")
    if part in marks.hidden:
        problems.append(problem("hidden", 0, "", "The sheet has hidden rows or columns."))
    width = max(map(len, rows), default=0)
    even = Rows()
    for line, row in enumerate(rows, start=1):
        even.add(row + [""] * (width - len(row)), line)
    return even, problems


def inspect_archive(content: bytes) -> Marks:
    """Refuse an archive that is no workbook or unpacks to too much, before anything is parsed.

    `zipfile` never unpacks more than the size that a part declares, so the declared sizes bound the work.

    Raises
    ------
    UnreadableError
        Saying which it is.
    """
    marks = Marks()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                words = next((words for name, words in _FOREIGN.items() if name in names), "This is a ZIP archive.")
                raise stop("file_kind", 0, words)
            swollen = [p for p in parts if p.file_size > max(RATIO_FROM, MAX_RATIO * p.compress_size)]
            if swollen or len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise stop("bomb", 0, "The workbook unpacks to far more than a cohort needs.")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _inspect_part(archive, part, marks)
    except _DAMAGED:
        raise stop("workbook", 0, "The workbook is damaged, or protected by a password.") from None
    return marks


def _inspect_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, marks: Marks) -> None:
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = tail + chunk
            # Entities can make a few bytes expand to gigabytes; no spreadsheet program declares any. A NUL means
            # UTF-16, in which they would not be seen here.
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window or b"\0" in window:
                raise stop("bomb", 0, "The workbook declares XML entities, which no spreadsheet program writes.")
            for pattern, found in ((_MERGED, marks.merged), (_HIDDEN, marks.hidden), (_FORMULA, marks.formulas)):
                if part.filename not in found and pattern.search(window):
                    found.add(part.filename)
            tail = window[-_TAIL:]


def _choose(sheets: Collection[_Sheet]) -> tuple[_Sheet, list[Problem]]:
    """Return the only sheet that has `patient_id` in a header, or the only one with cells."""
    filled: list[_Sheet] = []
    telling: list[_Sheet] = []
    for sheet in sheets:
        sheet.reset_dimensions()
        top = [[clean(_text(cell)) for cell in row] for row in islice(sheet.iter_rows(), SEARCHED_LINES)]
        if any(any(row) for row in top):
            filled.append(sheet)
        if any(IDENTIFIER in row for row in top):
            telling.append(sheet)
    chosen = telling or filled
    if not chosen:
        raise stop("file_empty", 0, "The workbook has no cell that holds anything.")
    if len(chosen) > 1:
        words = f"with a column '{IDENTIFIER}'" if telling else "with cells"
        raise stop("sheet", 0, f"The workbook has {len(chosen)} sheets {words}.")
    others = len(filled) - 1
    found = f"The workbook has {others} other sheet{'s' if others > 1 else ''} with cells."
    return chosen[0], [problem("other_sheets", 0, "", found)] if others else []


def _bounded(sheet: _Sheet) -> Iterator[tuple[_Cell, ...]]:
    """Yield the rows; a cell far outside the table would make millions of blank ones."""
    cells = 0
    for line, row in enumerate(sheet.iter_rows(), start=1):
        cells += len(row)
        if line > MAX_ROWS or cells > MAX_CELLS:
            raise stop("file_large", line, f"The sheet reaches beyond {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")
        yield row


def _text(cell: _Cell) -> str:
    """Write a cell as text, one that is shown in percent with its sign."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{value * 100:.10g}%"
    return value_text(value)


def value_text(value: Any) -> str:  # noqa: ANN401 - whatever a cell holds
    """Write the value of a cell as text: numbers as short as they read back, dates as year-month-day."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _mark_uncomputed(rows: list[list[str]], formulas: _Sheet) -> list[Problem]:
    formulas.reset_dimensions()
    lines = []
    for line, (row, cells) in enumerate(zip(rows, formulas.iter_rows(), strict=True), start=1):
        for position, cell in enumerate(cells):
            if cell.data_type == "f":
                lines.append(line)
                row[position] = row[position] or UNCOMPUTED
    if not lines:
        return []
    return [problem("formula", lines[0], "", f"{len(lines):,} cells hold formulas ({line_list(lines)}).")]
