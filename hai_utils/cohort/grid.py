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
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, groupby, islice
from pathlib import Path

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
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f]")


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
    rows : list of list of str
        One row a patient, each as wide as the header, padding included.
    lines : list of int
        Line of the file on which each row starts.
    delimiter : str
        Empty for a workbook.
    problems : tuple of Problem
        What was read in another than the plain form, and rows that were left out.
    """

    header: tuple[str, ...]
    positions: tuple[int, ...]
    header_line: int
    rows: list[list[str]]
    lines: list[int]
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
    text, problems = _decode(content)
    first = 1
    if match := _SEPARATOR_LINE.match(text):
        delimiter, first, text = match[1], 2, text[match.end() :]
        problems.append(
            problem("delimiter_read", 1, "", f"The first line says that {DELIMITERS[delimiter]} separate the columns.")
        )
    else:
        delimiter = _delimiter(text, known)
        if delimiter != ",":
            found = f"The columns are separated by {DELIMITERS[delimiter]}, not by commas."
            problems.append(problem("delimiter_read", 1, "", found))
    rows, lines = split_text(text, delimiter, first)
    return _tidy(rows, lines, problems, delimiter, known)


def _decode(content: bytes) -> tuple[str, list[Problem]]:
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
    text = _damaged_text(content)
    if len(_UNSEEN.findall(text[:10_000])) > len(text[:10_000]) // 50:
        raise stop("file_kind", 0, "This is no text.")
    return text, []


def _damaged_text(content: bytes) -> str:
    """Decode UTF-8; bytes that are none become the surrogates U+DC80 to U+DCFF, and a NUL becomes U+DC00.

    No text that can be decoded holds these, so a check can name their cells; and a NUL ends a text in some libraries.
    """
    return content.decode("utf-8", errors="surrogateescape").replace("\0", NUL_SURROGATE)


def _decode_marked(content: bytes, encoding: str, code: str) -> tuple[str, list[Problem]]:
    name = encoding.removesuffix("-sig").upper()
    found = "The file starts with a byte order mark." if code == "byte_order_mark" else f"The file is {name} text."
    try:
        if encoding == "utf-8-sig":
            text = _damaged_text(content[len(codecs.BOM_UTF8) :])
        else:
            text = content.decode(encoding).replace("\0", NUL_SURROGATE)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, errors="ignore").count("\n") + 1
        raise stop("encoding", line, f"The file is marked as {name}, and is not.") from None
    if not text.strip():
        raise stop("file_empty", 0, "The file is empty.")
    return text, [problem(code, 1, "", found)]


def _first_record(text: str, delimiter: str) -> list[str]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return next((row for row in reader if any(map(clean, row))), [])
    except csv.Error:
        return []


def _delimiter(text: str, known: Collection[str]) -> str:
    """Return the delimiter under which the first line holds known names; no other is tried."""
    # Splitting would read on to the end of the file where a quotation mark is not closed.
    start = text[:_FIRST_SIGNS]
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


def split_text(text: str, delimiter: str, first: int = 1) -> tuple[list[list[str]], list[int]]:
    """Split CSV text into rows and the line on which each starts, `first` being the first.

    Raises
    ------
    UnreadableError
        Where a quotation mark is not closed, or there are more rows or cells than any cohort has.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start, cells = first, 0
    # Equal cells share one object: less memory, and a column's distinct cells are found faster.
    shared = dict[str, str]().setdefault
    try:
        for row in reader:
            rows.append(list(map(shared, row, row)))
            lines.append(start)
            cells += len(row)
            if len(rows) > MAX_ROWS or cells > MAX_CELLS:
                raise stop("file_large", start, f"More than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")
            start = reader.line_num + first
    except csv.Error as error:
        if "field larger" in str(error):
            raise stop("cell_long", start, "A cell has more than 100,000 signs.") from None
        raise stop("quote", start, "A quotation mark is not closed, or stands inside a quoted cell.") from None
    return rows, lines


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


def _tidy(
    rows: list[list[str]], lines: list[int], problems: list[Problem], delimiter: str, known: Collection[str]
) -> Grid:
    """Tell header and patients from blank rows, footers and rows of another width, and say each."""
    filled = [any(map(clean, row)) for row in rows]
    if not all(filled):
        problems = [*problems, *_blank_runs(lines, filled)]
        rows, lines = list(compress(rows, filled)), list(compress(lines, filled))
    if not rows:
        raise stop("file_empty", 0, "The file has no cell that holds anything.")
    raw, header_line = rows[0], lines[0]
    if not any(clean(cell) in known for cell in raw):
        _refuse_late_header(zip(rows, lines, strict=True), known)
    if len(rows) < 2:
        raise UnreadableError([*problems, problem("no_rows", header_line, "", "The file has only a header.")])
    if len(raw) > MAX_COLUMNS:
        raise stop("file_large", header_line, f"More than {MAX_COLUMNS:,} columns.")
    even = [len(row) == len(raw) for row in rows]
    header = [clean(name) for name in raw]
    problems = [
        *problems,
        *limited(_ragged(rows, lines, even)),
        *(
            problem(
                "padded", header_line, name if name in known else column_place(i), "Spaces stand around the header."
            )
            for i, (name, before) in enumerate(zip(header, raw, strict=True), start=1)
            if name and name != before
        ),
    ]
    rows, lines = list(compress(rows[1:], even[1:])), list(compress(lines[1:], even[1:]))
    positions = tuple(range(1, len(header) + 1))
    return _without_blank_columns(Grid(tuple(header), positions, header_line, rows, lines, delimiter, tuple(problems)))


def _blank_runs(lines: Sequence[int], filled: Sequence[bool]) -> Iterator[Problem]:
    last = max((i for i, some in enumerate(filled) if some), default=-1)
    for blank, run in groupby(range(len(lines)), key=lambda i: not filled[i]):
        if blank and (places := [lines[i] for i in run]):
            where = "after the last patient" if places[0] > lines[last] else "between the rows"
            count = f"{len(places):,} blank rows stand" if len(places) > 1 else "A blank row stands"
            yield problem("row_blank", places[0], "", f"{count} {where} ({line_list(places)}).")


def _ragged(rows: Sequence[list[str]], lines: Sequence[int], even: Sequence[bool]) -> Iterator[Problem]:
    width = len(rows[0])
    last = max(i for i, same in enumerate(even) if same)
    for i in (i for i, same in enumerate(even) if not same):
        # Behind at least one patient and before none.
        if i > last > 0 and sum(bool(clean(cell)) for cell in rows[i]) <= 2:
            yield problem("footer", lines[i], "", "The row has one or two cells only and looks like a note or a sum.")
        else:
            yield problem("ragged", lines[i], "", f"The row has {len(rows[i])} cells where the header has {width}.")


def _without_blank_columns(grid: Grid) -> Grid:
    """Leave out columns without a name and without a cell; a name is needed as soon as one cell holds something."""
    blank = {i for i, name in enumerate(grid.header) if not name and not any(clean(row[i]) for row in grid.rows)}
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
        rows=[[row[i] for i in kept] for row in grid.rows],
        problems=(
            *grid.problems,
            *(problem("column_blank", grid.header_line, column_place(i + 1), found) for i in seen),
        ),
    )
