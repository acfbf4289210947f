"""A cohort file as a grid of text cells, each row with its line: CSV in any form that can be read without a guess.

Nothing is interpreted here. What was read in another than the plain form is said in a warning; what would have to be
guessed stops the reading.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import stat
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.cohort.problems import Problem, UnreadableError, limited, line_list, problem, stop

# 100,000 patients with every column of the dictionary take about 30 MB.
MAX_BYTES = 64 * 2**20
MAX_ROWS = 500_000
MAX_COLUMNS = 1_000
MAX_CELLS = 8_000_000
SEARCHED_LINES = 20
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# Spaces that a spreadsheet or a web page leaves around a value, those without width and those that do not break included.
PADDING = " \t\n\r\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200C))
)

NUL_SURROGATE = "\udc00"

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "This is an old workbook (XLS) or one with a password."),
    (b"\x1f\x8b", "This is a compressed file."),
    (b"7z\xbc\xaf", "This is a compressed file."),
    (b"Rar!", "This is a compressed file."),
    (b"BZh", "This is a compressed file."),
    (b"\xfd7zXZ", "This is a compressed file."),
    (b"\x28\xb5\x2f\xfd", "This is a compressed file."),
    (b"%PDF", "This is a PDF."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"{\\rtf", "This is a word processor's file."),
    (b"$FL2", "This is an SPSS file."),
    (b"$FL3", "This is an SPSS file."),
    (b"<stata_dta>", "This is a Stata file."),
    (b"PAR1", "This is a Parquet file."),
    (b"SQLite format 3", "This is a database."),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "This is a shortcut, not the file that it leads to."),
    (b"[InternetShortcut]", "This is a shortcut, not the file that it leads to."),
)
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<table|[{\[])", re.IGNORECASE)
_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32", "encoding_read"),
    (codecs.BOM_UTF32_BE, "utf-32", "encoding_read"),
    (codecs.BOM_UTF16_LE, "utf-16", "encoding_read"),
    (codecs.BOM_UTF16_BE, "utf-16", "encoding_read"),
    (codecs.BOM_UTF8, "utf-8-sig", "byte_order_mark"),
)
# Excel's own first line that states the delimiter.
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)
_FIRST_SIGNS = 200_000
_ROWS_AT_ONCE = 10_000
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one column: each text once, and where it stands.

    Attributes
    ----------
    texts : list of str
        The distinct cells in the order of their first row, padding included.
    codes : array of int, shape (n,)
        Position in `texts` of each row's cell.
    """

    texts: list[str]
    codes: NDArray[np.int32]


class Rows:
    """A table while it is read, row after row: 4 bytes a cell, and each distinct text once.

    Attributes
    ----------
    numbers : mapping of str to int
        The texts in the order in which they came, numbered from 0.
    cells, ends, lines : arrays of int
        The number of each cell, row after row; for each row, how many cells there are up to its end, and its line.
    """

    def __init__(self) -> None:
        self.numbers: defaultdict[str, int] = defaultdict()
        # A text that is not there yet gets the next number.
        self.numbers.default_factory = self.numbers.__len__
        self.cells, self.ends, self.lines = array("i"), array("q"), array("q")

    def add(self, row: Sequence[str], line: int) -> None:
        """Put a row behind the others."""
        self.cells.extend(map(self.numbers.__getitem__, row))
        self.ends.append(len(self.cells))
        self.lines.append(line)


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a file, as they stand in it.

    Attributes
    ----------
    header : tuple of str
        Names of the columns without padding.
    positions : tuple of int
        Position of each column in the file, from 1; blank columns were left out.
    header_line : int
        Line on which the header stands.
    columns : tuple of Cells
        One for each name of the header; a row is a patient.
    lines : array of int, shape (n,)
        Line of the file on which each row starts.
    delimiter : str
        Empty for a workbook.
    problems : tuple of Problem
        What was read in another than the plain form, and rows that were left out.
    """

    header: tuple[str, ...]
    positions: tuple[int, ...]
    header_line: int
    columns: tuple[Cells, ...]
    lines: NDArray[np.int64]
    delimiter: str
    problems: tuple[Problem, ...]


def read_content(path: Path) -> tuple[bytes, list[Problem]]:
    """Return the bytes of a regular file of bearable size, with a warning where the path is a link.

    Raises
    ------
    UnreadableError
        Where it is missing, a folder, no ordinary file, or larger than 64 MB.
    """
    try:
        linked = path.is_symlink()
        if path.is_dir():
            raise stop("file_folder", 0, "This is a folder.")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise stop("file_kind", 0, "This is no ordinary file.")
        if status.st_size > MAX_BYTES:
            raise _too_large(status.st_size)
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise stop("file_missing", 0, f"The file cannot be read ({_reason(error)}).") from None
    if len(content) > MAX_BYTES:
        raise _too_large(len(content))
    warnings = [problem("file_link", 0, "", "This is a link to another file.")] if linked else []
    return content, warnings


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or "no such name"


def _too_large(size: int) -> UnreadableError:
    return stop("file_large", 0, f"The file has {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read.")


def read_grid(content: bytes, known: Collection[str]) -> Grid:
    """Turn the bytes of a CSV or XLSX file into cells.

    Parameters
    ----------
    known : collection of str
        Names that a header may have: they tell the delimiter, the sheet and the header from the rest.

    Raises
    ------
    UnreadableError
        Where the file is no table, or can be taken for a table in more than one way.
    """
    if not content.strip(b" \t\r\n,;|\0"):
        raise stop("file_empty", 0, "The file is empty.")
    if content.startswith(b"PK\x03\x04") or content.startswith(b"PK\x05\x06"):
        from hai_utils.cohort.workbook import workbook_rows

        return _tidy(*workbook_rows(content), "", known)
    source, problems = _decode(content)
    start = source.head(_FIRST_SIGNS)
    first = 1
    if match := _SEPARATOR_LINE.match(start):
        delimiter, first = match[1], 2
        source = replace(source, start=source.start + len(match[0]))
        problems.append(
            problem("delimiter_read", 1, "", f"The first line says that {DELIMITERS[delimiter]} separate the columns.")
        )
    else:
        delimiter = _delimiter(start, known)
        if delimiter != ",":
            found = f"The columns are separated by {DELIMITERS[delimiter]}, not by commas."
            problems.append(problem("delimiter_read", 1, "", found))
    rows = Rows()
    for row, line in split_rows(source.lines(), delimiter, first):
        rows.add(row, line)
    return _tidy(rows, problems, delimiter, known)


@dataclass(frozen=True, slots=True)
class _Source:
    """UTF-8 text from a byte on, decoded piece by piece: as a whole it would take as much memory again.

    Bytes that are no UTF-8 become the surrogates U+DC80 to U+DCFF, and a NUL becomes U+DC00. No text that can be decoded
    holds these, so a check can name their cells; and a NUL ends a text in some libraries.
    """

    content: bytes
    start: int = 0

    def head(self, signs: int) -> str:
        """Return at most so many signs from the start."""
        # No sign has more than four bytes, so that none of these is cut.
        first = self.content[self.start : self.start + 4 * signs]
        return first.decode("utf-8", errors="surrogateescape")[:signs].replace("\0", NUL_SURROGATE)

    def lines(self) -> Iterable[str]:
        """Yield the lines, each with its end as it stands."""
        stream = io.BytesIO(self.content)
        stream.seek(self.start)
        lines = io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="")
        return (line.replace("\0", NUL_SURROGATE) for line in lines) if b"\0" in self.content else lines


def _decode(content: bytes) -> tuple[_Source, list[Problem]]:
    """Return the text, by its mark where it has one, else as UTF-8."""
    for mark, encoding, code in _MARKS:
        if content.startswith(mark):
            return _decode_marked(content, encoding, code)
    for signature, words in _SIGNATURES:
        if content.startswith(signature):
            raise stop("file_kind", 0, words)
    if _MARKUP.match(content):
        raise stop("file_kind", 0, "This is a web page, XML or JSON, not a table.")
    if content[:4096].count(b"\0") > len(content[:4096]) // 10:
        raise stop("nul", 1, "The file is full of NUL signs: a workbook's own format, or UTF-16 without its mark.")
    source = _Source(content)
    start = source.head(10_000)
    if len(_UNSEEN.findall(start)) > len(start) // 50:
        raise stop("file_kind", 0, "This is no text.")
    return source, []


def _decode_marked(content: bytes, encoding: str, code: str) -> tuple[_Source, list[Problem]]:
    name = encoding.removesuffix("-sig").upper()
    found = "The file starts with a byte order mark." if code == "byte_order_mark" else f"The file is {name} text."
    try:
        source = _Source(content, len(codecs.BOM_UTF8))
        if encoding != "utf-8-sig":
            source = _Source(content.decode(encoding).encode("utf-8"))
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, errors="ignore").count("\n") + 1
        raise stop("encoding", line, f"The file is marked as {name}, and is not.") from None
    if not any(map(str.strip, source.lines())):
        raise stop("file_empty", 0, "The file is empty.")
    return source, [problem(code, 1, "", found)]


def _first_record(text: str, delimiter: str) -> list[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return next((row for row in reader if any(map(clean, row))), [])
    except csv.Error:
        return []


def _delimiter(start: str, known: Collection[str]) -> str:
    """Return the delimiter under which the first line holds known names; no other is tried.

    Only the start of the file is looked at: splitting would read on to its end where a quotation mark is not closed.
    """
    headers = {sign: _first_record(start, sign) for sign in DELIMITERS}
    wide = [sign for sign, cells in headers.items() if len(cells) > 1]
    telling = [sign for sign in wide if any(clean(cell) in known for cell in headers[sign])]
    if len(telling) == 1:
        return telling[0]
    if len(telling) > 1:
        words = " and by ".join(DELIMITERS[sign] for sign in telling)
        raise stop("delimiter", 1, f"The columns of the first line are separated by {words}.")
    lines = enumerate(io.StringIO(start, newline=None), start=1)
    _refuse_late_header(((re.split(r"[,;\t|]", words), line) for line, words in lines), known)
    if len(wide) == 1 or "," in wide:
        return wide[0] if len(wide) == 1 else ","
    found = "The first line has one column only." if not wide else "The first line can be split in several ways."
    raise stop("delimiter", 1, found)


def _refuse_late_header(rows: Iterable[tuple[Sequence[str], int]], known: Collection[str]) -> None:
    for cells, line in islice(rows, 1, SEARCHED_LINES):
        if sum(clean(cell).strip('"') in known for cell in cells) > 1:
            raise stop("header_line", line, f"The header seems to stand on line {line}.")


def split_rows(text: Iterable[str], delimiter: str, first: int = 1) -> Iterator[tuple[list[str], int]]:
    """Split the lines of CSV text into rows, each with the line on which it starts, `first` being the first.

    Raises
    ------
    UnreadableError
        Where a quotation mark is not closed, or there are more rows or cells than any cohort has.
    """
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    start, cells = first, 0
    try:
        for count, row in enumerate(reader, start=1):
            cells += len(row)
            if count > MAX_ROWS or cells > MAX_CELLS:
                raise stop("file_large", start, f"More than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")
            yield row, start
            start = reader.line_num + first
    except csv.Error as error:
        if "field larger" in str(error):
            raise stop("cell_long", start, "A cell has more than 100,000 signs.") from None
        raise stop("quote", start, "A quotation mark is not closed, or stands inside a quoted cell.") from None


def clean(cell: str) -> str:
    """Return a cell without the spaces around it, of whatever kind."""
    return cell.strip(PADDING)


def column_place(position: int) -> str:
    """Name a column that has no usable header by its number and its letter in a spreadsheet."""
    letters, rest = "", position
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"column {position} ({letters})"


@dataclass(frozen=True, slots=True)
class _Table:
    """All rows of a file that hold anything, the header first.

    Attributes
    ----------
    texts : list of str
        The distinct cells.
    cells : array of int
        Position in `texts` of each cell, row after row.
    starts, widths, given, lines : arrays of int, shape (rows,)
        Where each row starts in `cells`, how many cells it has, how many of them hold anything, and its line.
    """

    texts: list[str]
    cells: NDArray[np.int32]
    starts: NDArray[np.int64]
    widths: NDArray[np.int64]
    given: NDArray[np.int64]
    lines: NDArray[np.int64]

    def row(self, i: int) -> list[str]:
        """Return the cells of a row."""
        return [self.texts[code] for code in self.cells[self.starts[i] : self.starts[i] + self.widths[i]].tolist()]

    def column(self, position: int, rows: NDArray[np.intp]) -> Cells:
        """Return a column of these rows."""
        codes, numbers = pd.factorize(self.cells[self.starts[rows] + position])
        return Cells([self.texts[number] for number in numbers.tolist()], codes.astype(np.int32))


def _table(rows: Rows) -> tuple[_Table, NDArray[np.bool_]]:
    """Return the rows that hold anything, and which of all rows those are."""
    texts = list(rows.numbers)
    cells = np.frombuffer(rows.cells, dtype=np.int32) if rows.cells else np.zeros(0, dtype=np.int32)
    ends, lines = np.array(rows.ends, dtype=np.int64), np.array(rows.lines, dtype=np.int64)
    starts = np.concatenate([[0], ends])[:-1]
    widths, given = ends - starts, np.zeros(len(ends), dtype=np.int64)
    telling = np.fromiter((bool(clean(text)) for text in texts), dtype=bool, count=len(texts))
    some = np.flatnonzero(widths)
    # In blocks of rows: numpy sums what is true as 8 bytes each, many times what the cells themselves take.
    for block in np.split(some, range(_ROWS_AT_ONCE, len(some), _ROWS_AT_ONCE)) if len(some) else ():
        begin, end = starts[block[0]], ends[block[-1]]
        given[block] = np.add.reduceat(telling[cells[begin:end]], starts[block] - begin, dtype=np.int64)
    filled = given > 0
    return _Table(texts, cells, *(one[filled] for one in (starts, widths, given, lines))), filled


def _tidy(rows: Rows, problems: list[Problem], delimiter: str, known: Collection[str]) -> Grid:
    """Tell header and patients from blank rows, footers and rows of another width, and say each."""
    table, filled = _table(rows)
    if not filled.all():
        problems = [*problems, *_blank_runs(rows.lines, filled.tolist())]
    if not len(table.lines):
        raise stop("file_empty", 0, "The file has no cell that holds anything.")
    raw, header_line = table.row(0), int(table.lines[0])
    if not any(clean(cell) in known for cell in raw):
        _refuse_late_header(((table.row(i), int(line)) for i, line in enumerate(table.lines)), known)
    if len(table.lines) < 2:
        raise UnreadableError([*problems, problem("no_rows", header_line, "", "The file has only a header.")])
    if len(raw) > MAX_COLUMNS:
        raise stop("file_large", header_line, f"More than {MAX_COLUMNS:,} columns.")
    header = [clean(name) for name in raw]
    problems = [
        *problems,
        *limited(_ragged(table)),
        *(
            problem(
                "padded", header_line, name if name in known else column_place(i), "Spaces stand around the header."
            )
            for i, (name, before) in enumerate(zip(header, raw, strict=True), start=1)
            if name and name != before
        ),
    ]
    even = 1 + np.flatnonzero(table.widths[1:] == len(raw))
    columns = tuple(table.column(position, even) for position in range(len(header)))
    positions = tuple(range(1, len(header) + 1))
    grid = Grid(tuple(header), positions, header_line, columns, table.lines[even], delimiter, tuple(problems))
    return _without_blank_columns(grid)


def _blank_runs(lines: Sequence[int], filled: Sequence[bool]) -> Iterator[Problem]:
    last = max((i for i, some in enumerate(filled) if some), default=-1)
    for blank, run in groupby(range(len(lines)), key=lambda i: not filled[i]):
        if blank and (places := [lines[i] for i in run]):
            where = "after the last patient" if places[0] > lines[last] else "between the rows"
            count = f"{len(places):,} blank rows stand" if len(places) > 1 else "A blank row stands"
            yield problem("row_blank", places[0], "", f"{count} {where} ({line_list(places)}).")


def _ragged(table: _Table) -> Iterator[Problem]:
    width = int(table.widths[0])
    last = int(np.flatnonzero(table.widths == width)[-1])
    for i in map(int, np.flatnonzero(table.widths != width)):
        line = int(table.lines[i])
        # Behind at least one patient and before none.
        if i > last > 0 and table.given[i] <= 2:
            yield problem("footer", line, "", "The row has one or two cells only and looks like a note or a sum.")
        else:
            yield problem("ragged", line, "", f"The row has {table.widths[i]} cells where the header has {width}.")


def _without_blank_columns(grid: Grid) -> Grid:
    """Leave out columns without a name and without a cell; a name is needed as soon as one cell holds something."""
    blank = {i for i, name in enumerate(grid.header) if not name and not any(map(clean, grid.columns[i].texts))}
    if not blank:
        return grid
    kept = [i for i in range(len(grid.header)) if i not in blank]
    # What lies to the right of a sheet's table is not seen as a column, so nothing is said of it.
    seen = sorted(i for i in blank if grid.delimiter or i < kept[-1])
    found = "The column has neither a name nor a value."
    return replace(
        grid,
        header=tuple(grid.header[i] for i in kept),
        positions=tuple(grid.positions[i] for i in kept),
        columns=tuple(grid.columns[i] for i in kept),
        problems=(
            *grid.problems,
            *(problem("column_blank", grid.header_line, column_place(i + 1), found) for i in seen),
        ),
    )
