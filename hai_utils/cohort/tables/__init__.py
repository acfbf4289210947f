"""One reader of tables: the bytes of a CSV, TSV or XLSX file in, text cells with their lines and columns out.

Cohorts, scans, dictionaries, exports, raw tables and the numbers of a manuscript all come in through here. Nothing is
interpreted: a caller finds its own header among the rows and adds its own meaning. What was read in another than the plain
form is a warning of the table; what would have to be guessed stops the reading.

Use `read_source` for the bytes of a file (once: what is hashed is what is read) and `read_table` for its rows. A workbook's
sheets are listed by `sheets_with_cells`.
"""

from __future__ import annotations

from collections.abc import Collection

from hai_utils.cohort.problems import stop
from hai_utils.cohort.tables.delimited import delimited_rows
from hai_utils.cohort.tables.limits import MAX_BYTES, MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from hai_utils.cohort.tables.options import DEFAULT_OPTIONS, DELIMITERS, Encoding, TableOptions
from hai_utils.cohort.tables.raw import (
    NUL_SURROGATE,
    PADDING,
    UNCOMPUTED,
    Block,
    Cells,
    RawTable,
    clean,
    column_place,
    refuse_damaged,
)
from hai_utils.cohort.tables.source import Source, read_source

__all__ = [
    "DEFAULT_OPTIONS",
    "DELIMITERS",
    "MAX_BYTES",
    "MAX_CELL",
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "NUL_SURROGATE",
    "PADDING",
    "UNCOMPUTED",
    "Block",
    "Cells",
    "Encoding",
    "RawTable",
    "Source",
    "TableOptions",
    "clean",
    "column_place",
    "is_workbook",
    "read_source",
    "read_table",
    "refuse_damaged",
    "sheets_with_cells",
]


def is_workbook(content: bytes) -> bool:
    """Say whether these are the bytes of an archive, as an XLSX file is, and not of text."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def read_table(
    content: bytes, options: TableOptions = DEFAULT_OPTIONS, known: Collection[str] = frozenset()
) -> RawTable:
    """Turn the bytes of a CSV, TSV or XLSX file into rows of text cells.

    Parameters
    ----------
    options : TableOptions
        How the file is written, where it does not show by itself.
    known : collection of str
        Names that the header may have: they tell the delimiter and the sheet. Without them, the only delimiter that gives
        rows of one width, and the only sheet with cells, are taken.

    Raises
    ------
    UnreadableError
        Where the file is no table, is larger than `limits` allows, or can be taken for a table in more than one way.
    """
    if not content.strip(b" \t\r\n,;|\0"):
        raise stop("file_empty", 0, "The file is empty.")
    if is_workbook(content):
        from hai_utils.cohort.tables.workbook import workbook_rows

        return workbook_rows(content, options, known)
    return delimited_rows(content, options, known)


def sheets_with_cells(content: bytes) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook that hold any value, in their order; none for a text file.

    Raises
    ------
    UnreadableError
        Where the archive is no workbook or unpacks to too much.
    """
    if not is_workbook(content):
        return ()
    from hai_utils.cohort.tables.workbook import filled_sheets

    return filled_sheets(content)
