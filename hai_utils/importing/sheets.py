"""A table as a center keeps it, CSV or spreadsheet: text cells, and the line that each row stands on.

What can be read in one way only is read, with a note; what would have to be guessed is refused, and says how to state
it. No message repeats a cell.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

from hai_utils.cohort.grid import DELIMITERS, PADDING, clean
from hai_utils.cohort.identifiers import header_faults, shown_header
from hai_utils.cohort.problems import Problem
from hai_utils.errors import DataError
from hai_utils.untrusted import table_cell

Encoding = Literal["utf-8", "utf-16", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

MAX_BYTES = 64 * 2**20
MAX_CELL = 32_767  # what a spreadsheet's cell can hold
MAX_ROWS = 200_000
MAX_COLUMNS = 5_000
MAX_CELLS = 8_000_000
# Rows from which the delimiter is told.
SAMPLED_ROWS = 1_000
MAX_FAULTS = 50
# A program's own name for a column, as that of a checkbox with a long code (site___8140003): no datum looks like it.
FIELD_NAME = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SheetOptions:
    """How a file is written, where it does not show by itself.

    Attributes
    ----------
    encoding : Encoding or ''
        Empty: UTF-8, or what a byte order mark says.
    delimiter : str
        One of `DELIMITERS`; empty: the only one that gives rows of one width.
    sheet : str
        Name or number (from 1) of a workbook's sheet; empty: its only one.
    header_line : int
        Line of the header; lines above it are left out.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_line: int = 1


DEFAULT_OPTIONS = SheetOptions()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text cells without padding.

    Attributes
    ----------
    file_name : str
        Name of the file, for messages.
    header : tuple of str
        Names of the columns, spaces within collapsed; doubled names are possible.
    rows : tuple of tuple of str
        As many cells as the header has; a blank cell is an empty string.
    lines : tuple of int
        Line of the file on which each row starts.
    notes : tuple of str
        What was read in a way that the user should know.
    """

    file_name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """Return the cells below a header."""
        position = self.header.index(name)
        return [row[position] for row in self.rows]

    def shown(self, name: str) -> str:
        """Return a header as a message may show it."""
        return shown_header(name, self.header.index(name) + 1) if name in self.header else "the column"


def refuse(problems: Sequence[Problem], file_name: str) -> None:
    """Raise all problems at once, in the order of the file, the first fifty in full.

    Raises
    ------
    DataError
        Where there is any.
    """
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    sentences = [problem.sentence(file_name) for problem in ordered[:MAX_FAULTS]]
    if len(ordered) > MAX_FAULTS:
        sentences.append(f"{file_name}: and {len(ordered) - MAX_FAULTS} more.")
    raise DataError(sentences)


def fault(file_name: str, line: int, message: str, *, column: str = "", code: str = "file") -> DataError:
    """Return the error of one place in a file."""
    return DataError([Problem("error", line, column, code, message).sentence(file_name)])


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file of bearable size.

    Raises
    ------
    DataError
        Where it is a folder, a device, unreadable, or larger than 64 MB.
    """
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise fault(name, 0, "this is a folder; name the file in it.")
        if path.exists() and not path.is_file():
            raise fault(name, 0, "this is no ordinary file; save the export as CSV or XLSX.")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise fault(name, 0, f"the file cannot be read ({error.strerror}).") from None
    if len(content) > MAX_BYTES:
        raise fault(
            name, 0, f"the file is larger than {MAX_BYTES // 2**20} MB; export only the columns that are needed."
        )
    return content


def read_sheet(path: Path, options: SheetOptions = DEFAULT_OPTIONS) -> Sheet:
    """Read an export, CSV or XLSX, into text cells.

    Raises
    ------
    DataError
        Naming line and column of every fault, never a cell's content.
    """
    return parse_sheet(read_bytes(path), path.name, options)


def parse_sheet(content: bytes, file_name: str, options: SheetOptions = DEFAULT_OPTIONS) -> Sheet:
    """Turn the bytes of an export into text cells; see `read_sheet`."""
    if content.startswith(b"PK\x03\x04"):
        from hai_utils.importing.workbook import workbook_rows

        rows, lines, notes = workbook_rows(content, file_name, options.sheet)
    else:
        text, notes = _decode(content, file_name, options.encoding)
        rows, lines, more = _split(text, file_name, options)
        notes = [*notes, *more]
    return _tidy(file_name, rows, lines, notes, options.header_line)


def _decode(content: bytes, file_name: str, encoding: str) -> tuple[str, list[str]]:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise fault(file_name, 0, "an old or a password-protected workbook. Save it as XLSX without a password.")
    if content.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh")):
        raise fault(file_name, 0, "a compressed file. Unpack it first.")
    notes: list[str] = []
    if encoding:
        chosen = {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        chosen = "utf-16"
        notes.append("The file is UTF-16; it was read as such.")
    else:
        chosen = "utf-8-sig"
    try:
        text = content.decode(chosen)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        remedy = "Save it as 'CSV UTF-8', or state the encoding in the mapping (file: encoding: windows-1252)."
        raise fault(file_name, line, f"not {encoding or 'UTF-8'} text. {remedy}", code="encoding") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise fault(file_name, line, "a NUL character; this is no CSV text. Save it as 'CSV UTF-8'.", code="nul")
    if not text.strip(" \t\r\n,;|"):
        raise fault(file_name, 0, "the file is empty.", code="empty")
    return text, notes


def _split(text: str, file_name: str, options: SheetOptions) -> tuple[list[list[str]], list[int], list[str]]:
    """Split CSV text by the stated delimiter, or by the only one that gives rows of one width."""
    if options.delimiter:
        return (*_parse(text, file_name, options.delimiter), [])
    start = text[:MAX_CELL]
    tried = [sign for sign in DELIMITERS if sign in start] or [","]
    samples: dict[str, tuple[list[list[str]], list[int]]] = {}
    for sign in tried:
        # Under a wrong delimiter a quotation mark may stand where none can.
        with contextlib.suppress(DataError):
            samples[sign] = _parse(text, file_name, sign, most=SAMPLED_ROWS)
    even = [sign for sign, sample in samples.items() if _is_even(*sample, options.header_line)]
    if len(even) > 1:
        names = " or ".join(DELIMITERS[sign] for sign in even)
        raise fault(
            file_name, 1, f"the columns may be separated by {names}. State it in the mapping (file: delimiter)."
        )
    chosen = even[0] if even else max(samples or tried, key=start.count)
    notes = [] if chosen == "," else [f"The columns are separated by {DELIMITERS[chosen]}."]
    return (*_parse(text, file_name, chosen), notes)


def _is_even(rows: Sequence[Sequence[str]], lines: Sequence[int], header_line: int) -> bool:
    """Say whether all rows from the header on have one width of more than one cell; blank lines do not count."""
    below = (row for row, line in zip(rows, lines, strict=True) if line >= header_line)
    widths = {len(row) for row in below if len(row) > 1 or (row and row[0].strip())}
    return len(widths) == 1 and widths.pop() > 1


def _parse(text: str, file_name: str, delimiter: str, most: int | None = None) -> tuple[list[list[str]], list[int]]:
    """Split text into rows, and say on which line each starts; `most` stops early."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start, cells = 1, 0
    try:
        for row in islice(reader, most):
            cells += len(row)
            if len(rows) > MAX_ROWS or cells > MAX_CELLS:
                raise fault(
                    file_name, start, f"more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells; no cohort has them."
                )
            rows.append(row)
            lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        huge = "larger than field limit" in str(error)
        what = "a cell is far too long" if huge else "not valid CSV"
        raise fault(file_name, start, f"{what}. Look for a quotation mark that is not closed.", code="quote") from None
    return rows, lines


def _tidy(file_name: str, rows: list[list[str]], lines: list[int], notes: list[str], header_line: int) -> Sheet:
    """Find the header, leave out blank rows and trailing blank columns, and say so."""
    above = sum(1 for line in lines if line < header_line)
    if above:
        notes = [*notes, f"Lines 1 to {header_line - 1} stand above the header and were left out."]
    rows, lines = rows[above:], lines[above:]
    kept, places, padded, blank = [], [], 0, []
    for row, line in zip(rows, lines, strict=True):
        cleaned = [clean(cell) for cell in row]
        if any(cleaned):
            padded += sum(map(str.__ne__, row, cleaned))
            kept.append(cleaned)
            places.append(line)
        else:
            blank.append(line)
    _refuse_size(file_name, kept, places)
    if padded:
        notes = [*notes, f"Spaces around a value were left out in {padded} cells."]
    if blank:
        notes = [*notes, f"{len(blank)} blank lines were left out (the first is line {blank[0]})."]
    header = tuple(re.sub(f"[{PADDING}]+", " ", name) for name in kept[0])
    sheet = Sheet(file_name, header, tuple(map(tuple, kept[1:])), tuple(places[1:]), tuple(notes))
    return _trim(sheet)


def _refuse_size(file_name: str, rows: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
    if len(rows) < 2:
        what = "only a header" if rows else "the file is empty"
        raise fault(
            file_name, lines[0] if lines else 0, f"{what}; an export has a header and one row or more.", code="empty"
        )
    if len(rows[0]) > MAX_COLUMNS:
        raise fault(file_name, lines[0], f"more than {MAX_COLUMNS:,} columns; export only what is needed.")
    problems = [
        Problem("error", line, f"column {position}", "huge_cell", f"a cell of more than {MAX_CELL:,} signs.")
        for row, line in zip(rows, lines, strict=True)
        for position, cell in enumerate(row, start=1)
        if len(cell) > MAX_CELL
    ]
    refuse(problems, file_name)


def _trim(sheet: Sheet) -> Sheet:
    """Cut blank columns at the right; refuse ragged rows and a column without a name."""
    width = max((i for i, name in enumerate(sheet.header, start=1) if name), default=0)
    problems = [
        Problem(
            "error", line, "", "ragged", f"{len(row)} cells where the header has {width}. Look for a stray separator."
        )
        for row, line in zip(sheet.rows, sheet.lines, strict=True)
        if len(row) < width or any(row[width:])
    ]
    problems += [
        Problem("error", 1, f"column {position}", "header_blank", "the column has no name. Name it or delete it.")
        for position, name in enumerate(sheet.header[:width], start=1)
        if not name
    ]
    refuse(problems, sheet.file_name)
    if width == len(sheet.header) and all(len(row) == width for row in sheet.rows):
        return sheet
    return replace(sheet, header=sheet.header[:width], rows=tuple(row[:width] for row in sheet.rows))


def require_header(sheet: Sheet) -> None:
    """Refuse a table whose first line is data or whose names are doubled: neither can be mapped.

    Raises
    ------
    DataError
        With every fault; a doubled name is told by its positions.
    """
    problems = [
        Problem("error", 1, "", "header_data", f"{words}. The first line must name the columns.")
        for words in header_faults(["" if FIELD_NAME.fullmatch(name) else name for name in sheet.header])
    ]
    counts = Counter(sheet.header)
    for name in (name for name, count in counts.items() if count > 1):
        places = [str(i) for i, other in enumerate(sheet.header, start=1) if other == name]
        message = f"columns {', '.join(places)} have the same name. Rename all but one."
        problems.append(Problem("error", 1, "", "header_double", message))
    refuse(problems, sheet.file_name)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table as CSV: commas, one line feed a line; no cell becomes a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([table_cell(name) for name in header])
    writer.writerows([table_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()


def write_new(path: Path, text: str) -> Path:
    """Write a file that does not exist yet.

    Raises
    ------
    DataError
        Where it exists, or the folder cannot be written to.
    """
    try:
        with path.open("x", encoding="utf-8", newline="") as stream:
            stream.write(text)
    except FileExistsError:
        raise fault(
            path.name, 0, "the file exists already and was left as it is. Name another, or move it away."
        ) from None
    except OSError as error:
        raise fault(path.name, 0, f"the file cannot be written ({error.strerror}).") from None
    return path
