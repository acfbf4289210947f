"""The cells of a file column by column: what stands there once, and on which rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.grid import Grid
from hai_utils.cohort.problems import MAX_ALIKE, Problem, problem
from hai_utils.cohort.tables import Cells, clean

Mask = NDArray[np.bool_]
# Positions in a column's distinct values.
Positions = Collection[int] | NDArray[np.intp]


class Verdict(NamedTuple):
    """What a check says of a cell: a code of `FAULTS`, what was found, and how to mend it where that is special."""

    code: str
    found: str
    mend: str = ""


Explain = Callable[[str], Verdict]


@dataclass(frozen=True)
class Column:
    """One column of a file.

    Attributes
    ----------
    variable : Variable
        Its description.
    values : list of str
        Its distinct cells without padding, in the order of their first row.
    codes : array of int, shape (n,)
        Position in `values` of each row's cell.
    lines : array of int, shape (n,)
        Line of the file of each row.
    padded : boolean array, shape (n,)
        Rows whose cell had spaces around it.
    invalid : boolean array, shape (len(values),)
        Values that a check refused: no rule about several cells is applied to them.
    """

    variable: Variable
    values: list[str]
    codes: NDArray[np.int32]
    lines: NDArray[np.int64]
    padded: Mask
    invalid: Mask

    @property
    def name(self) -> str:
        """Header of the column."""
        return self.variable.name

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers."""
        return self.variable.kind in {"number", "integer"}

    @property
    def is_blank(self) -> Mask:
        """Rows without a value."""
        return self.rows_of([i for i, value in enumerate(self.values) if not value])

    @property
    def numbers(self) -> NDArray[np.float64]:
        """Each row as float64; nan where it is blank or was refused."""
        return self.value_numbers[self.codes]

    @cached_property
    def value_numbers(self) -> NDArray[np.float64]:
        """Each distinct value as float64; nan where it is blank or was refused."""
        usable = zip(self.values, self.invalid.tolist(), strict=True)
        return np.array([float(value) if value and not invalid else np.nan for value, invalid in usable], dtype=float)

    @property
    def texts(self) -> NDArray[np.object_]:
        """Each row as text; None where it is blank."""
        texts: NDArray[np.object_] = np.array([value or None for value in self.values], dtype=object)[self.codes]
        return texts

    def rows_of(self, positions: Positions) -> Mask:
        """Return the rows that hold one of these values."""
        chosen = np.zeros(len(self.values), dtype=bool)
        chosen[list(positions)] = True
        rows: Mask = chosen[self.codes]
        return rows

    def first_line(self, position: int) -> int:
        """Return the line on which a value stands first."""
        return int(self.lines[np.argmax(self.codes == position)])

    def refused(self, positions: Positions) -> Column:
        """Return the column with more values marked as refused."""
        if not len(positions):
            return self
        invalid = self.invalid.copy()
        invalid[list(positions)] = True
        return replace(self, invalid=invalid)

    def report(self, positions: Positions, explain: Explain) -> Iterator[Problem]:
        """Yield a problem for each row that holds one of these values; the first thousand, then their number."""
        if not len(positions):
            return
        verdicts: dict[int, Verdict] = {}
        rows = np.flatnonzero(self.rows_of(positions))
        for row in rows[:MAX_ALIKE]:
            position = int(self.codes[row])
            if position not in verdicts:
                verdicts[position] = explain(self.values[position])
            verdict = verdicts[position]
            yield problem(verdict.code, int(self.lines[row]), self.name, verdict.found, verdict.mend)
        yield from _more(self.name, self.lines[rows], verdicts[int(self.codes[rows[0]])].code)


def at_lines(code: str, column: str, lines: NDArray[np.int64], found: str | Callable[[int], str]) -> Iterator[Problem]:
    """Yield a fault at each of these lines, the first thousand, then their number; `found` may differ by the place among them."""
    for place, line in enumerate(lines[:MAX_ALIKE].tolist()):
        yield problem(code, line, column, found if isinstance(found, str) else found(place))
    yield from _more(column, lines, code)


def _more(column: str, lines: NDArray[np.int64], code: str) -> Iterator[Problem]:
    """Yield a line that counts the faults beyond the first thousand."""
    if len(lines) > MAX_ALIKE:
        found = f"{len(lines) - MAX_ALIKE:,} more cells from here on have such a fault."
        severity = problem(code, 0, "", "").severity
        yield problem("more" if severity == "error" else "more_warnings", int(lines[MAX_ALIKE]), column, found)


def columns_of(grid: Grid, dictionary: Mapping[str, Variable]) -> dict[str, Column]:
    """Return the columns that the dictionary describes and that stand once, by name."""
    return {
        name: _column(dictionary[name], cells, grid.lines)
        for name, cells in zip(grid.header, grid.columns, strict=True)
        if name in dictionary and grid.header.count(name) == 1
    }


def _column(variable: Variable, cells: Cells, lines: NDArray[np.int64]) -> Column:
    codes, cleaned = cells.codes, [clean(cell) for cell in cells.texts]
    values = list(dict.fromkeys(cleaned))
    changed = np.array(
        [bool(after) and after != before for before, after in zip(cells.texts, cleaned, strict=True)], dtype=bool
    )
    padded = changed[codes] if len(codes) else np.zeros(0, dtype=bool)
    if len(values) < len(cleaned):
        places = {value: i for i, value in enumerate(values)}
        codes = np.array([places[cell] for cell in cleaned], dtype=np.int32)[codes]
    return Column(variable, values, codes, lines, padded, np.zeros(len(values), dtype=bool))
