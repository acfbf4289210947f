"""The cells of an XLSX workbook as text, with bounded memory and without running anything in it."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, time
from itertools import islice, repeat
from typing import Any, TypeVar

from hai_utils.cohort.problems import Problem, UnreadableError, line_list, problem, stop
from hai_utils.cohort.tables.archive import Marks, inspect_archive
from hai_utils.cohort.tables.limits import MAX_CELLS, MAX_ROWS, MAX_VISITED, SEARCHED_LINES
from hai_utils.cohort.tables.options import TableOptions
from hai_utils.cohort.tables.raw import UNCOMPUTED, Block, RawTable, Rows, clean, raw_table

# openpyxl's sheets and cells: its published types do not cover the sheets that are read row by row.
_Sheet = Any
_Cell = Any
Result = TypeVar("Result")


def workbook_rows(content: bytes, options: TableOptions, known: Collection[str]) -> RawTable:
    """Return the rows of one sheet; see `hai_utils.cohort.tables.read_table`.

    Dates read as year-month-day, a cell shown in percent with its sign, a formula as its last computed value. Cells without
    a value do not count, whatever their format.

    Raises
    ------
    UnreadableError
        Where the archive is damaged, no workbook, or unpacks to too much, or the sheet would be a guess.
    """
    marks = inspect_archive(content)

    def read() -> RawTable:
        sheets = _sheets(content, values=True)
        chosen, others = _choose(sheets, options.sheet, known)
        mark = marks.get(chosen.title, Marks())
        formulas = _sheets(content, values=False)[chosen.title] if mark.formulas else None
        rows, computed = _rows(chosen, formulas)
        problems = [*others, *computed]
        if mark.hidden:
            problems.append(problem("hidden", 0, "", "The sheet has hidden rows or columns."))
        merged = sorted((_block(name) for name in mark.merged), key=lambda block: (block.first, block.name))
        return raw_table(rows, problems, sheet=chosen.title, merged=tuple(merged))

    return _guarded(read)


def filled_sheets(content: bytes) -> tuple[str, ...]:
    """Return the names of the sheets that hold any value; see `hai_utils.cohort.tables.sheets_with_cells`."""
    inspect_archive(content)
    return _guarded(lambda: tuple(name for name, sheet in _sheets(content, values=True).items() if _is_filled(sheet)))


def _guarded(read: Callable[[], Result]) -> Result:
    try:
        # Styles and extensions that are not understood do not touch the values.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except UnreadableError:
        raise
    except Exception:
        # The archive may hold anything; whatever the reader stumbles on, its own message may repeat a cell.
        raise stop("workbook", 0, "The workbook is damaged or not in the form that XLSX has.") from None


def _sheets(content: bytes, *, values: bool) -> dict[str, _Sheet]:
    """Return the sheets that have cells, by name: with values as they were last computed, or with formulas."""
    import openpyxl

    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values)
    sheets = {sheet.title: sheet for sheet in workbook.worksheets if hasattr(sheet, "reset_dimensions")}
    for sheet in sheets.values():
        # The size that a sheet declares need not be its own.
        sheet.reset_dimensions()
    return sheets


def _choose(sheets: dict[str, _Sheet], stated: str, known: Collection[str]) -> tuple[_Sheet, list[Problem]]:
    """Return the stated sheet, or the only one with known names in a row, or the only one with cells."""
    if stated:
        return _stated(sheets, stated), []
    tops = {name: _top(sheet) for name, sheet in sheets.items()}
    filled = [name for name, sheet in sheets.items() if any(map(any, tops[name])) or _is_filled(sheet)]
    # A header has several names of the dictionary; one alone may stand in a list of the columns.
    named = {name: max((len(set(row) & set(known)) for row in tops[name]), default=0) for name in filled}
    telling = [name for name in filled if named[name] > 1] or [name for name in filled if named[name]]
    chosen = telling or filled
    if not chosen:
        raise stop("file_empty", 0, "The workbook has no cell that holds anything.")
    if len(chosen) > 1:
        words = "whose header has names of the dictionary" if telling else "with cells"
        raise stop("sheet", 0, f"The workbook has {len(chosen)} sheets {words}.")
    others = len(filled) - 1
    found = f"The workbook has {others} other sheet{'s' if others > 1 else ''} with cells."
    return sheets[chosen[0]], [problem("other_sheets", 0, "", found)] if others else []


def _stated(sheets: dict[str, _Sheet], stated: str) -> _Sheet:
    names = list(sheets)
    if stated in sheets:
        return sheets[stated]
    if stated.isdecimal() and 1 <= int(stated) <= len(names):
        return sheets[names[int(stated) - 1]]
    raise stop("sheet_unknown", 0, f"The workbook has no sheet of that name or number; it has {len(names)}.")


def _top(sheet: _Sheet) -> list[list[str]]:
    return [[clean(_text(cell)) for cell in row] for row in islice(_bounded(sheet.iter_rows()), SEARCHED_LINES)]


def _is_filled(sheet: _Sheet) -> bool:
    return any(cell.value is not None for row in _bounded(sheet.iter_rows()) for cell in row)


def _bounded(rows: Iterator[tuple[_Cell, ...]]) -> Iterator[tuple[_Cell, ...]]:
    """Yield rows; a format that reaches far outside the table would make millions of blank cells."""
    visited = 0
    for row in rows:
        visited += len(row)
        if visited > MAX_VISITED:
            raise stop("file_large", 0, f"The sheet reaches beyond {MAX_VISITED:,} cells, most of them blank.")
        yield row


def _rows(sheet: _Sheet, formulas: _Sheet | None) -> tuple[Rows, list[Problem]]:
    """Return the rows, all as wide as the widest, and a warning where values were computed by formulas."""
    beside = formulas.iter_rows() if formulas is not None else repeat(())
    kept: list[tuple[list[str], int]] = []
    lines: list[int] = []
    width = cells = computed = 0
    for line, (row, written) in enumerate(zip(_bounded(sheet.iter_rows()), beside, strict=False), start=1):
        texts = [_text(cell) for cell in row]
        places = [place for place, cell in enumerate(written) if cell.data_type == "f"]
        told = sum(1 for place in places if texts[place])
        for place in places:
            texts[place] = texts[place] or UNCOMPUTED
        computed += told
        lines += [line] if told else []
        while texts and not clean(texts[-1]):
            texts.pop()
        width, cells = max(width, len(texts)), cells + bool(texts)
        if cells > MAX_ROWS or width * cells > MAX_CELLS:
            raise stop("file_large", line, f"The sheet has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")
        kept.append((texts, line))
    return _even(kept, width), _computed(lines, computed)


def _even(kept: list[tuple[list[str], int]], width: int) -> Rows:
    rows = Rows()
    while kept and not kept[-1][0]:
        kept.pop()
    for texts, line in kept:
        rows.add(texts + [""] * (width - len(texts)) if texts else texts, line)
    return rows


def _computed(lines: list[int], count: int) -> list[Problem]:
    if not lines:
        return []
    return [problem("formula", lines[0], "", f"{count:,} cells hold formulas ({line_list(lines)}).")]


def _block(name: str) -> Block:
    first, last = (int(re.sub("[A-Z]", "", corner)) for corner in name.split(":"))
    return Block(name, min(first, last), max(first, last))


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
