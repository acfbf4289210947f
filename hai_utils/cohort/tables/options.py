"""How a file is written, where it does not show by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["", "utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman"]
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a file is written; each is told by the file itself unless it is given.

    Attributes
    ----------
    encoding : Encoding
        Empty: what a byte order mark says, else UTF-8.
    delimiter : str
        One of `DELIMITERS`.
    sheet : str
        Name or number (from 1) of a workbook's sheet.
    header_line : int
        Line of the header; what stands above it says nothing about the delimiter.
    comment : str
        Rows whose first cell begins so are left out.
    """

    encoding: Encoding = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 1
    comment: str = ""


DEFAULT_OPTIONS = TableOptions()
