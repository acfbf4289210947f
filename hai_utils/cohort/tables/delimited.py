"""Text tables: CSV in any form that can be read without a guess."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from hai_utils.cohort.problems import Problem, UnreadableError, problem, stop
from hai_utils.cohort.tables.limits import SAMPLED_ROWS
from hai_utils.cohort.tables.options import DELIMITERS, Encoding, TableOptions
from hai_utils.cohort.tables.raw import NUL_SURROGATE, RawTable, Rows, clean, raw_table

_COMPRESSED, _SPSS = "This is a compressed file.", "This is an SPSS file."
_SHORTCUT = "This is a shortcut, not the file that it leads to."
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "This is an old workbook (XLS) or one with a password."),
    (b"\x1f\x8b", _COMPRESSED),
    (b"7z\xbc\xaf", _COMPRESSED),
    (b"Rar!", _COMPRESSED),
    (b"BZh", _COMPRESSED),
    (b"\xfd7zXZ", _COMPRESSED),
    (b"\x28\xb5\x2f\xfd", _COMPRESSED),
    (b"%PDF", "This is a PDF."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"{\\rtf", "This is a word processor's file."),
    (b"$FL2", _SPSS),
    (b"$FL3", _SPSS),
    (b"<stata_dta>", "This is a Stata file."),
    (b"PAR1", "This is a Parquet file."),
    (b"SQLite format 3", "This is a database."),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", _SHORTCUT),
    (b"[InternetShortcut]", _SHORTCUT),
)
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<\?xml|<table|[{\[])", re.IGNORECASE)
_MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32", "encoding_read"),
    (codecs.BOM_UTF32_BE, "utf-32", "encoding_read"),
    (codecs.BOM_UTF16_LE, "utf-16", "encoding_read"),
    (codecs.BOM_UTF16_BE, "utf-16", "encoding_read"),
    (codecs.BOM_UTF8, "utf-8", "byte_order_mark"),
)
# Excel's own first line that states the delimiter.
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)
_FIRST_SIGNS = 200_000
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class _Text:
    """UTF-8 text from a byte on, decoded piece by piece: as a whole it would take as much memory again.

    Bytes that are no UTF-8 become the surrogates U+DC80 to U+DCFF, and a NUL becomes U+DC00. No text that can be decoded
    holds these, so a check can name their cells.
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


def delimited_rows(content: bytes, options: TableOptions, known: Collection[str]) -> RawTable:
    """Turn the bytes of a text file into rows; see `hai_utils.cohort.tables.read_table`."""
    text, problems = _decode(content, options.encoding)
    first = 1
    if match := _SEPARATOR_LINE.match(text.head(10)):
        text, first = replace(text, start=text.start + len(match[0])), 2
        found = f"The first line says that {DELIMITERS[match[1]]} separate the columns."
        problems.append(problem("delimiter_read", 1, "", found))
        delimiter = options.delimiter or match[1]
    else:
        delimiter = options.delimiter or _delimiter(text, options, known)
        if delimiter != "," and not options.delimiter:
            found = f"The columns are separated by {DELIMITERS[delimiter]}, not by commas."
            problems.append(problem("delimiter_read", 1, "", found))
    rows = Rows()
    for row, line in _split(text.lines(), delimiter, first, options.comment):
        rows.add(row, line)
    return raw_table(rows, problems, delimiter=delimiter)


def _decode(content: bytes, encoding: Encoding) -> tuple[_Text, list[Problem]]:
    """Return the text: in the encoding that is given, by its mark where it has one, else as UTF-8."""
    for signature, words in _SIGNATURES:
        if content.startswith(signature):
            raise stop("file_kind", 0, words)
    for mark, name, code in _MARKS:
        if content.startswith(mark) and encoding in {"", name}:
            return _decode_marked(content, mark, name, code)
    if encoding and encoding != "utf-8":
        return _decoded(content, encoding, "stated to be"), []
    if _MARKUP.match(content):
        raise stop("file_kind", 0, "This is a web page, XML or JSON, not a table.")
    if content[:4096].count(b"\0") > len(content[:4096]) // 10:
        raise stop("nul", 1, "The file is full of NUL signs: a workbook's own format, or UTF-16 without its mark.")
    text = _Text(content)
    start = text.head(10_000)
    if len(_UNSEEN.findall(start)) > len(start) // 50:
        raise stop("file_kind", 0, "This is no text.")
    return text, []


def _decode_marked(content: bytes, mark: bytes, name: str, code: str) -> tuple[_Text, list[Problem]]:
    marked = name == "utf-8"
    found = "The file starts with a byte order mark." if marked else f"The file is {name.upper()} text."
    text = _Text(content, len(mark)) if marked else _decoded(content, name, "marked as")
    if not any(map(str.strip, text.lines())):
        raise stop("file_empty", 0, "The file is empty.")
    return text, [problem(code, 1, "", found)]


def _decoded(content: bytes, encoding: str, how: str) -> _Text:
    try:
        return _Text(content.decode(encoding).encode("utf-8"))
    except UnicodeError as error:
        end = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = content[:end].decode(encoding, errors="ignore").count("\n") + 1
        raise stop("encoding", line, f"The file is {how} {encoding.upper()}, and is not.") from None


def _delimiter(text: _Text, options: TableOptions, known: Collection[str]) -> str:
    """Return the sign under which the first line holds known names, or the only one that gives rows of one width.

    Only the start of the file is looked at: splitting would read on to its end where a quotation mark is not closed.
    """
    start = text.head(_FIRST_SIGNS)
    samples = {sign: _sample(start, sign, options) for sign in DELIMITERS if sign in start}
    telling = [sign for sign, rows in samples.items() if rows and len(rows[0]) > 1 and _given(rows[0]) & set(known)]
    chosen = telling or [sign for sign, rows in samples.items() if _is_even(rows)]
    if len(chosen) > 1:
        words = " or by ".join(DELIMITERS[sign] for sign in chosen)
        raise stop("delimiter", 1, f"The columns may be separated by {words}.")
    return chosen[0] if chosen else max(samples or [","], key=start.count)


def _given(row: Iterable[str]) -> set[str]:
    return {clean(cell) for cell in row}


def _sample(start: str, delimiter: str, options: TableOptions) -> list[list[str]]:
    """Return the first rows from the header on that hold anything; none where a wrong delimiter breaks a quotation."""
    rows: list[list[str]] = []
    cut = len(start) == _FIRST_SIGNS
    try:
        for row, line in _split(io.StringIO(start, newline=""), delimiter, 1, options.comment):
            if line >= options.header_line and any(map(clean, row)):
                rows.append(row)
            if len(rows) == SAMPLED_ROWS:
                return rows
    except UnreadableError:
        return rows if cut else []
    return rows[:-1] if cut else rows


def _is_even(rows: Collection[list[str]]) -> bool:
    """Say whether all rows have one width of more than one cell."""
    widths = set(map(len, rows))
    return len(widths) == 1 and widths.pop() > 1


def _split(lines: Iterable[str], delimiter: str, first: int, comment: str) -> Iterator[tuple[list[str], int]]:
    """Split lines into rows, each with the line on which it starts, `first` being the first."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = first
    try:
        for row in reader:
            if not (comment and row and row[0].startswith(comment)):
                yield row, start
            start = reader.line_num + first
    except csv.Error as error:
        if "field larger" in str(error):
            raise stop("cell_long", start, "A cell has more than 100,000 signs.") from None
        raise stop("quote", start, "A quotation mark is not closed, or stands inside a quoted cell.") from None
