"""The cells of an XLSX workbook as text, read with bounded memory and without running anything in it."""

from __future__ import annotations

import io
import zipfile
import zlib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from hai_utils.cohort.problems import Problem
from hai_utils.importing.sheets import fault, refuse

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_UNPACKED = 200 * 2**20
MAX_PARTS = 2_000
MAX_RATIO = 200
RATIO_FROM = 2**20
MAX_CELLS = 5_000_000
_CHUNK = 2**20


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
    has_formulas = _refuse_bomb(content, file_name)
    values = _load(content, file_name, data_only=True)
    sheet = _choose(values, file_name, chosen)
    notes: list[str] = []
    uncalculated: set[str] = set()
    if has_formulas:
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


def _refuse_bomb(content: bytes, file_name: str) -> bool:
    """Refuse an archive that unpacks to too much or whose XML declares entities; say whether it holds formulas.

    `zipfile` never unpacks more than the size that a part declares, so the declared sizes bound the work.
    """
    found = False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            large = [p for p in parts if p.file_size > RATIO_FROM and p.file_size > MAX_RATIO * max(p.compress_size, 1)]
            if large or len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise fault(
                    file_name,
                    0,
                    "the workbook unpacks to far more than a cohort needs. Save the sheet as CSV.",
                    code="bomb",
                )
            for part in parts:
                found |= _refuse_entities(archive, part, file_name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise fault(file_name, 0, "the workbook is damaged or protected. Open it, and save it again as XLSX.") from None
    return found


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo, file_name: str) -> bool:
    formulas, tail = False, b""
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = tail + chunk
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window or b"\0" in window:
                raise fault(
                    file_name,
                    0,
                    "the workbook declares XML entities, which no spreadsheet program writes.",
                    code="bomb",
                )
            formulas |= b"<f>" in window or b"<f " in window
            tail = window[-16:]
    return formulas


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
    """Write a cell as text: dates as year-month-day, numbers as short as they read back."""
    value = cell.value
    if uncalculated or cell.data_type == "e":
        what = "a formula that was never calculated" if uncalculated else "an error value of the spreadsheet"
        problems.append(
            Problem("error", cell.row, f"column {cell.column}", "formula", f"{what}. Mend it, save, and try again.")
        )
        return ""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


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
