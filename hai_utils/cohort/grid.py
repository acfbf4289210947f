"""A cohort's rows below its header: which line names the columns, which rows are patients, and what was left out.

The cells are those of `hai_utils.cohort.tables`; nothing is interpreted here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hai_utils.cohort.problems import Problem, UnreadableError, limited, problem, stop
from hai_utils.cohort.tables import Cells, RawTable, clean, column_place, read_table
from hai_utils.cohort.tables.limits import SEARCHED_LINES
from hai_utils.cohort.tables.raw import blank_row_warnings


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a cohort's file, as they stand in it.

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


def read_grid(content: bytes, known: Collection[str]) -> Grid:
    """Turn the bytes of a CSV or XLSX file into the columns below its header.

    Parameters
    ----------
    known : collection of str
        Names that a header may have: they tell the delimiter, the sheet and the header from the rest.

    Raises
    ------
    UnreadableError
        Where the file is no table, or can be taken for a table in more than one way.
    """
    table = read_table(content, known=known)
    problems = [*table.problems, *blank_row_warnings(table)]
    raw, header_line = table.row(0), int(table.lines[0])
    header = [clean(name) for name in raw]
    _refuse_other_header(table, header, known)
    if len(table) < 2:
        raise UnreadableError([*problems, problem("no_rows", header_line, "", "The file has only a header.")])
    problems += limited(_ragged(table))
    problems += _padded(header, raw, header_line, known)
    even = 1 + np.flatnonzero(table.widths[1:] == len(raw))
    columns = tuple(table.column(position, even) for position in range(len(header)))
    positions = tuple(range(1, len(header) + 1))
    grid = Grid(tuple(header), positions, header_line, columns, table.lines[even], table.delimiter, tuple(problems))
    return _without_blank_columns(grid)


def _refuse_other_header(table: RawTable, header: list[str], known: Collection[str]) -> None:
    """Refuse a table whose header stands further down, or among whose rows cells are merged."""
    if not any(name in known for name in header):
        for cells, line in table.rows(1, SEARCHED_LINES):
            if sum(clean(cell).strip('"') in known for cell in cells) > 1:
                raise stop("header_line", line, f"The header seems to stand on line {line}.")
        if len(header) == 1 and table.delimiter:
            raise stop("delimiter", int(table.lines[0]), "The first line has one column only.")
    elif table.merged:
        names = ", ".join(block.name for block in table.merged[:5])
        raise stop("merged", 0, f"The sheet has merged cells ({names}).")


def _padded(header: list[str], raw: list[str], line: int, known: Collection[str]) -> Iterator[Problem]:
    for i, (name, before) in enumerate(zip(header, raw, strict=True), start=1):
        if name and name != before:
            place = name if name in known else column_place(i)
            yield problem("padded", line, place, "Spaces stand around the header.")


def _ragged(table: RawTable) -> Iterator[Problem]:
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
    warnings = (problem("column_blank", grid.header_line, column_place(i + 1), found) for i in seen)
    return replace(
        grid,
        header=tuple(grid.header[i] for i in kept),
        positions=tuple(grid.positions[i] for i in kept),
        columns=tuple(grid.columns[i] for i in kept),
        problems=(*grid.problems, *warnings),
    )
