"""Text that comes from a file, made harmless for the place where it is shown: a line, a terminal, a page, a spreadsheet's cell."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape

# A cell that a spreadsheet program would take for a formula; the wide forms are taken for the plain ones in East Asia.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d{1,3})?%?", re.ASCII)


def one_line(text: str) -> str:
    """Show a text on one line without control, format and private signs (escape sequences, changes of direction)."""
    joined = " ".join(text.split())
    if joined.isprintable():
        return joined
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for sign in joined)


def plain_lines(text: str) -> str:
    """Show a text on its own lines on a terminal, without signs that would steer the terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)


def escaped(text: str) -> str:
    """Return a text as it stands in HTML, in an element or in a quoted attribute."""
    return escape(one_line(text))


@lru_cache(maxsize=4096)
def spreadsheet_cell(text: str) -> str:
    """Keep a spreadsheet program from taking a text for a formula: behind an apostrophe where it could.

    `from_spreadsheet_cell` reads it back; a text that begins with apostrophes before such a sign gets one more.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text


def table_cell(cell: str) -> str:
    """Return a cell of a table that numbers and texts share: a number, or a sign alone, is no formula and stays."""
    return cell if len(cell) < 2 or _NUMBER.fullmatch(cell) else spreadsheet_cell(cell)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table as CSV: commas, one line feed a line; no cell becomes a formula."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([table_cell(cell) for cell in row] for row in (header, *rows))
    return stream.getvalue()


def from_spreadsheet_cell(cell: str) -> str:
    """Read back what `spreadsheet_cell` wrote."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_SIGNS) else cell
