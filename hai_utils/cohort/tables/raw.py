"""The rows of a file as they stand in it: text cells, each with its line and its position."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.cohort.problems import Problem, UnreadableError, limited, line_list, problem, stop
from hai_utils.cohort.tables.limits import MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS

# Spaces that a spreadsheet or a web page leaves around a value, those without width and those that do not break included.
PADDING = " \t\n\r\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200C))
)
# A NUL ends a text in some libraries, so it is read as a sign that no decoded text holds.
NUL_SURROGATE = "\udc00"
# What a formula without a computed value reads as.
UNCOMPUTED = "#FORMULA!"

_ROWS_AT_ONCE = 10_000
_NO_UTF8 = re.compile("[\udc80-\udcff]")


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


class Block(NamedTuple):
    """Merged cells of a sheet: their name, such as ``B2:B4``, and their first and last line."""

    name: str
    first: int
    last: int


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
        """Put a row behind the others.

        Raises
        ------
        UnreadableError
            Where there are more rows, columns or cells than any cohort has.
        """
        self.cells.extend(map(self.numbers.__getitem__, row))
        self.ends.append(len(self.cells))
        self.lines.append(line)
        if len(row) > MAX_COLUMNS:
            raise stop("file_large", line, f"More than {MAX_COLUMNS:,} columns.")
        # The names of the columns are a row too.
        if len(self.ends) > MAX_ROWS + 1 or len(self.cells) > MAX_CELLS:
            raise stop("file_large", line, f"More than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")


@dataclass(frozen=True, slots=True)
class RawTable:
    """All rows of a file that hold anything.

    Attributes
    ----------
    texts : list of str
        The distinct cells, padding included. A byte that is no UTF-8 is one of the surrogates U+DC80 to U+DCFF, a NUL is
        `NUL_SURROGATE`, a formula without a value `UNCOMPUTED`.
    cells : array of int
        Position in `texts` of each cell, row after row.
    starts, widths, given, lines : arrays of int, shape (rows,)
        Where each row starts in `cells`, how many cells it has, how many of them hold anything, and its line in the file.
    blank_lines : array of int
        Lines of the rows that hold nothing and were left out.
    problems : tuple of Problem
        Warnings: what was read in another than the plain form.
    delimiter : str
        Empty for a workbook.
    sheet : str
        Name of a workbook's sheet.
    merged : tuple of Block
        Merged cells of the sheet: the first of each holds its value, the others read as blank.
    """

    texts: list[str]
    cells: NDArray[np.int32]
    starts: NDArray[np.int64]
    widths: NDArray[np.int64]
    given: NDArray[np.int64]
    lines: NDArray[np.int64]
    blank_lines: NDArray[np.int64]
    problems: tuple[Problem, ...] = ()
    delimiter: str = ""
    sheet: str = ""
    merged: tuple[Block, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def row(self, i: int) -> list[str]:
        """Return the cells of a row, padding included."""
        return [self.texts[code] for code in self.cells[self.starts[i] : self.starts[i] + self.widths[i]].tolist()]

    def rows(self, first: int = 0, last: int | None = None) -> Iterator[tuple[list[str], int]]:
        """Yield the cells of rows, from one and up to another, each with its line."""
        for i in range(first, len(self) if last is None else min(last, len(self))):
            yield self.row(i), int(self.lines[i])

    def column(self, position: int, rows: NDArray[np.intp]) -> Cells:
        """Return a column of these rows, which all reach that far; positions count from 0."""
        codes, numbers = pd.factorize(self.cells[self.starts[rows] + position])
        return Cells([self.texts[number] for number in numbers.tolist()], codes.astype(np.int32))

    def places_of(self, codes: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """Yield line, position (from 1) and text of each cell that holds one of these texts."""
        found = np.flatnonzero(np.isin(self.cells, np.asarray(codes, dtype=np.int32)))
        rows = np.searchsorted(self.starts, found, side="right") - 1
        for place, row in zip(found.tolist(), rows.tolist(), strict=True):
            yield int(self.lines[row]), place - int(self.starts[row]) + 1, self.texts[self.cells[place]]

    def blank_runs(self) -> Iterator[tuple[list[int], bool]]:
        """Yield the lines of blank rows that stand together, and whether they stand behind the last row."""
        behind = np.searchsorted(self.lines, self.blank_lines)
        pairs = zip(behind.tolist(), self.blank_lines.tolist(), strict=True)
        for place, run in groupby(pairs, key=lambda pair: pair[0]):
            yield [line for _, line in run], place == len(self)


def raw_table(
    rows: Rows,
    problems: Sequence[Problem],
    *,
    delimiter: str = "",
    sheet: str = "",
    merged: tuple[Block, ...] = (),
) -> RawTable:
    """Make a table of the rows that hold anything.

    Raises
    ------
    UnreadableError
        Where no cell holds anything.
    """
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
    if not filled.any():
        raise stop("file_empty", 0, "The file has no cell that holds anything.")
    return RawTable(
        texts=texts,
        cells=cells,
        starts=starts[filled],
        widths=widths[filled],
        given=given[filled],
        lines=lines[filled],
        blank_lines=lines[~filled],
        problems=tuple(problems),
        delimiter=delimiter,
        sheet=sheet,
        merged=merged,
    )


def refuse_damaged(table: RawTable) -> None:
    """Refuse cells that no text of a table should hold: bytes that are no UTF-8, NUL signs, and cells that are too long.

    A cohort's own check names such cells among the other faults; readers without one call this.

    Raises
    ------
    UnreadableError
        With line and column of each; no cell is repeated.
    """
    faults = {code: fault for code, text in enumerate(table.texts) if (fault := _damage(text))}
    if faults:
        numbers = {table.texts[code]: fault for code, fault in faults.items()}
        found = (
            problem(numbers[text][0], line, column_place(position), numbers[text][1])
            for line, position, text in table.places_of(list(faults))
        )
        raise UnreadableError(limited(found))


def _damage(text: str) -> tuple[str, str] | None:
    if len(text) > MAX_CELL:
        return "cell_long", f"The cell has more than {MAX_CELL:,} signs."
    if NUL_SURROGATE in text:
        return "nul", "The cell has a NUL sign."
    return ("encoding", "The cell has a byte that is no UTF-8.") if _NO_UTF8.search(text) else None


def blank_row_warnings(table: RawTable) -> Iterator[Problem]:
    """Say which rows were left out as they hold nothing."""
    for places, behind in table.blank_runs():
        where = "after the last patient" if behind else "between the rows"
        count = f"{len(places):,} blank rows stand" if len(places) > 1 else "A blank row stands"
        yield problem("row_blank", places[0], "", f"{count} {where} ({line_list(places)}).")
