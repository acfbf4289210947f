"""The cells of an XLSX workbook as text, read with bounded memory and without running anything in it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from hai_utils.cohort.problems import Problem, UnreadableError
from hai_utils.cohort.workbook import Marks, inspect_archive, value_text
from hai_utils.errors import DataError
from hai_utils.importing.sheets import fault, refuse

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_CELLS = 5_000_000


def workbook_rows(content: bytes, file_name: str, chosen: str) -> tuple[list[list[str]], list[int], list[str]]:
    """Return the rows of one sheet, the line of each, and notes.

    Parameters
    ----------
    chosen : str
        Name or number of the sheet; empty where the workbook has one with cells.

    Raises
    ------
    DataError
        Where the archive is damaged or unpacks to too much, or a cell cannot be read in one way.
    """
    marks = _inspected(content, file_name)
    values = _load(content, file_name, data_only=True)
    sheet = _choose(values, file_name, chosen)
    notes: list[str] = []
    uncalculated: set[str] = set()
    if marks.formulas:
        formulas = _load(content, file_name, data_only=False)[sheet.title]
        calculated = {cell.coordinate for row in formulas.iter_rows() for cell in row if cell.data_type == "f"}
        uncalculated = {place for place in calculated if sheet[place].value is None and sheet[place].data_type == "n"}
        if calculated:
            notes.append(f"{len(calculated)} cells hold formulas; their last calculated values were read.")
    problems: list[Problem] = []
    rows = [
        [_text(cell, problems, cell.coordinate in uncalculated) for cell in row]
        for row in sheet.iter_rows(min_row=1, min_col=1)
    ]
    refuse(problems, file_name)
    return rows, list(range(1, len(rows) + 1)), notes + _remarks(sheet)


def _inspected(content: bytes, file_name: str) -> Marks:
    try:
        return inspect_archive(content)
    except UnreadableError as error:
        raise DataError([problem.sentence(file_name) for problem in error.problems]) from None


def _load(content: bytes, file_name: str, *, data_only: bool) -> Workbook:
    import warnings

    import openpyxl

    try:
        # Styles and extensions that are not understood do not touch the values.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(io.BytesIO(content), data_only=data_only)
    except Exception:
        # The archive may hold anything; whatever the reader stumbles on, its own message may repeat a cell.
        raise fault(
            file_name, 0, "not a workbook that can be read. Open it, and save it again as XLSX or CSV."
        ) from None


def _choose(workbook: Workbook, file_name: str, chosen: str) -> Worksheet:
    sheets = list(workbook.worksheets)
    if chosen:
        if chosen.isdigit() and 1 <= int(chosen) <= len(sheets):
            return _bounded(sheets[int(chosen) - 1], file_name)
        named = [sheet for sheet in sheets if sheet.title == chosen]
        if not named:
            raise fault(file_name, 0, f"the workbook has no sheet of that name or number; it has {len(sheets)}.")
        return _bounded(named[0], file_name)
    filled = [sheet for sheet in sheets if sheet.max_row > 1 or sheet.max_column > 1]
    if len(filled) > 1:
        raise fault(
            file_name,
            0,
            f"the workbook has {len(filled)} sheets with cells. State one in the mapping (file: sheet: 1).",
        )
    if not filled:
        raise fault(file_name, 0, "the workbook has no sheet with cells.", code="empty")
    return _bounded(filled[0], file_name)


def _bounded(sheet: Worksheet, file_name: str) -> Worksheet:
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        raise fault(
            file_name, 0, "the sheet reaches far beyond its table. Delete the rows and columns outside it.", code="bomb"
        )
    problems = [
        Problem("error", block.min_row, "", "merged", f"merged cells ({block.coord}). Unmerge them and fill each cell.")
        for block in sheet.merged_cells.ranges
    ]
    refuse(problems, file_name)
    return sheet


def _text(cell: Any, problems: list[Problem], uncalculated: bool) -> str:  # noqa: ANN401 - openpyxl's own type
    """Write a cell as text; note one whose value is not known."""
    value = cell.value
    if uncalculated or cell.data_type == "e":
        what = "a formula that was never calculated" if uncalculated else "an error value of the spreadsheet"
        problems.append(
            Problem("error", cell.row, f"column {cell.column}", "formula", f"{what}. Mend it, save, and try again.")
        )
        return ""
    return value_text(value)


def _remarks(sheet: Worksheet) -> list[str]:
    """Say what a reader of the sheet would not see, or would see otherwise."""
    notes = []
    hidden = sum(1 for row in sheet.row_dimensions.values() if row.hidden)
    if hidden:
        notes.append(f"{hidden} hidden rows were read too.")
    percent = {
        cell.column
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if isinstance(cell.value, (int, float)) and "%" in (cell.number_format or "")
    }
    notes += [
        f"Column {column} is shown in percent; its fractions were read (0.5 for 50%)." for column in sorted(percent)
    ]
    return notes
