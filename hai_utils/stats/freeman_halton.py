"""The exact distribution of tables larger than 2x2 given their margins.

A network algorithm after Mehta and Patel (J Am Stat Assoc 1983;78:427-434): column after column is filled, partial
tables that leave the same row totals at the same weight are one node, and the two halves of the columns are joined by
binary search, so that of many columns few tables are ever formed. Memory stays bounded by working in pieces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from hai_utils.catalogue.methods import MOST_TABLES
from hai_utils.stats.arrays import FloatArray, IntArray

_AS_EXTREME = 1e-7
"""Probabilities this close (relative) to the observed one count as equal, as in R fisher.test."""

_SAME_WEIGHT = 1e-10
"""Log weights this close are one node: far above their rounding, far within "as extreme"."""

_COUNTING_ERROR = 1e-9
"""Relative rounding of a count by differences of running sums, which exceed the count at most N times."""

_AT_ONCE = 500_000
"""How many partial tables are expanded at once (about 50 MB)."""


class _TooManyTablesError(Exception):
    """More than ``MOST_TABLES`` tables have these margins."""


@dataclass(frozen=True)
class _Nodes:
    """Partly filled tables.

    Attributes
    ----------
    room : array of int, shape (m, rows)
        What each row can still take.
    log_weight : array, shape (m,)
        Minus the log factorials of the cells filled so far.
    tables : array, shape (m,)
        How many partial tables each node stands for.
    """

    room: IntArray
    log_weight: FloatArray
    tables: FloatArray

    def __getitem__(self, which: IntArray | slice) -> _Nodes:
        return _Nodes(self.room[which], self.log_weight[which], self.tables[which])


def freeman_halton_p(counts: IntArray) -> float | None:
    """Return Freeman and Halton's exact P: the total probability of the tables at most as likely as the observed.

    Parameters
    ----------
    counts : array of int, shape (r, c)
        The observed table, r, c >= 2, without zero margins.

    Returns
    -------
    float or None
        P in [0, 1]; ``None`` where more than ``MOST_TABLES`` tables have these margins.

    References
    ----------
    Freeman GH, Halton JH. Biometrika 1951;38:141-149.
    """
    counts = counts if counts.shape[0] <= counts.shape[1] else counts.T
    # The largest row follows from the others; the largest column goes first, as it leaves the others the least freedom.
    rows, columns = np.sort(counts.sum(axis=1)), np.sort(counts.sum(axis=0))[::-1]
    if fewest_tables(rows, columns) > MOST_TABLES * (1 + _COUNTING_ERROR):
        return None
    log_factorial = gammaln(np.arange(int(rows.sum()) + 1) + 1.0)
    threshold = -math.fsum(log_factorial[counts].ravel()) + _AS_EXTREME
    total = math.fsum(log_factorial[rows]) + math.fsum(log_factorial[columns]) - float(log_factorial[-1])
    try:
        return _tail(_Walk(rows, columns, log_factorial), threshold, total)
    except _TooManyTablesError:
        return None


def fewest_tables(rows: IntArray, columns: IntArray) -> float:
    """Count the tables that would have these margins if all rows but the largest were one: no more than there are.

    Parameters
    ----------
    rows, columns : arrays of int
        The margins, of the same sum N.

    Returns
    -------
    float
        The number of ways to fill a row of the smaller of the two totals R and N - R with at most a column's total in
        each column, to a relative 1e-9; exact in this sense for two rows. It takes c N additions, where filling such
        tables to find that they are too many takes a step for each of them.
    """
    total = int(min(rows.max(), rows.sum() - rows.max()))
    ways = np.zeros(total + 1)
    ways[0] = 1.0
    for column in columns.tolist():
        running = np.cumsum(ways)
        ways = running.copy()
        ways[column + 1 :] -= running[: max(total - column, 0)]
    return float(ways[total])


def _tail(walk: _Walk, threshold: float, total: float) -> float:
    """Add up the tables whose log weight is at most the threshold; ``total`` turns weights into probabilities."""
    completions = _Completions.of(walk)
    extreme, everything, tables = [], [], 0.0
    for half in walk.left_half():
        block = completions.block_of_code[walk.code(half.room)]
        tables += float((half.tables * completions.tables[block]).sum())
        _check(tables)
        scale = half.tables * np.exp(half.log_weight + completions.largest[block] + total)
        extreme.append(float((scale * completions.weight_up_to(block, threshold - half.log_weight)).sum()))
        everything.append(float((scale * completions.cumulative[completions.stop[block]]).sum()))
    # Divided by their own sum, all tables together are exactly 1.
    return min(1.0, math.fsum(extreme) / math.fsum(everything))


class _Walk:
    """The ways to fill a table column after column, the largest first.

    Parameters
    ----------
    rows : array of int, ascending
    columns : array of int, descending
    log_factorial : array, shape (N + 1,)

    Raises
    ------
    _TooManyTablesError
        If already the row totals of the smaller columns can be chosen in too many ways: there are at least as many
        tables as the product of min(R_i, N - C_1) + 1 over all rows but the largest (a test counts this out for small
        margins).
    """

    def __init__(self, rows: IntArray, columns: IntArray, log_factorial: FloatArray) -> None:
        self.rows, self.columns, self.log_factorial = rows, columns, log_factorial
        radices = [min(int(row), int(columns[1:].sum())) + 1 for row in rows[:-1]]
        self.codes = math.prod(radices)
        _check(self.codes)
        self.places = np.array([math.prod(radices[i + 1 :]) for i in range(len(radices))], dtype=np.int64)

    def code(self, totals: IntArray) -> IntArray:
        """Give row totals (m, rows) that leave out the largest column a number from 0 to ``codes`` - 1."""
        code: IntArray = totals[:, :-1] @ self.places
        return code

    def left_half(self) -> Iterator[_Nodes]:
        """Yield, in pieces, the first, third, ... column filled in all ways; their room is what the others get."""
        nodes = self._empty()
        *before, last = (int(column) for column in self.columns[0::2])
        for column in before:
            filled = self._together(nodes, column)
            nodes, _ = _merged(filled, self.code(filled.room))
        yield from self._fill_column(nodes, last)

    def right_half(self) -> tuple[_Nodes, IntArray]:
        """Fill the other columns in all ways: nodes sorted by the totals that they use and weight, and those totals."""
        nodes, code = self._empty(), np.zeros(1, dtype=np.int64)
        for column in self.columns[1::2]:
            filled = self._together(nodes, int(column))
            nodes, code = _merged(filled, self.code(self.rows - filled.room))
        return nodes, code

    def _empty(self) -> _Nodes:
        return _Nodes(self.rows[None, :], np.zeros(1), np.ones(1))

    def _together(self, nodes: _Nodes, column: int) -> _Nodes:
        # The last row takes what is left, so before the last but one the tables can be counted without being formed.
        tables = 0.0
        for piece, to_place in self._fill_cells(nodes, _all(nodes, column), 0, len(self.rows) - 2):
            _, choices = _choices(piece.room, to_place, len(self.rows) - 2)
            tables += float((piece.tables * choices).sum())
            _check(tables)
        pieces = list(self._fill_column(nodes, column))
        room, log_weight, multiplicity = zip(*((p.room, p.log_weight, p.tables) for p in pieces), strict=True)
        return _Nodes(np.concatenate(room), np.concatenate(log_weight), np.concatenate(multiplicity))

    def _fill_column(self, nodes: _Nodes, column: int) -> Iterator[_Nodes]:
        for piece, _ in self._fill_cells(nodes, _all(nodes, column), 0, len(self.rows)):
            yield piece

    def _fill_cells(self, nodes: _Nodes, to_place: IntArray, row: int, stop: int) -> Iterator[tuple[_Nodes, IntArray]]:
        """Fill a column's cells from ``row`` to before ``stop``, in pieces: the nodes and what is left to place."""
        if row == stop:
            yield nodes, to_place
            return
        least, choices = _choices(nodes.room, to_place, row)
        if choices.sum() > _AT_ONCE and len(choices) > 1:
            middle = len(choices) // 2
            yield from self._fill_cells(nodes[:middle], to_place[:middle], row, stop)
            yield from self._fill_cells(nodes[middle:], to_place[middle:], row, stop)
            return
        yield from self._fill_cells(*self._filled_in(nodes, to_place, row, least, choices), row + 1, stop)

    def _filled_in(
        self, nodes: _Nodes, to_place: IntArray, row: int, least: IntArray, choices: IntArray
    ) -> tuple[_Nodes, IntArray]:
        """Fill one cell in all ways; what that needs beside the nodes is gone before the next cell is filled."""
        parent = np.repeat(np.arange(len(choices)), choices)
        cell = least[parent] + np.arange(len(parent)) - np.repeat(np.cumsum(choices) - choices, choices)
        nodes = nodes[parent]
        nodes.room[:, row] -= cell
        nodes.log_weight[:] -= self.log_factorial[cell]
        return nodes, to_place[parent] - cell


@dataclass(frozen=True)
class _Completions:
    """What the right half of the columns adds, in one block for each combination of row totals that it can use.

    Attributes
    ----------
    block_of_code : array of int, shape (codes,)
    start, stop : arrays of int, shape (blocks,)
        First and last node of a block; within it the weights ascend.
    tables, largest : arrays, shape (blocks,)
        Number of partial tables in the block, and its largest log weight.
    log_weight, cumulative : arrays, shape (nodes,)
        Log weight of a node, and the weights up to and with it, in units of the block's largest.
    """

    block_of_code: IntArray
    start: IntArray
    stop: IntArray
    tables: FloatArray
    largest: FloatArray
    log_weight: FloatArray
    cumulative: FloatArray

    @classmethod
    def of(cls, walk: _Walk) -> _Completions:
        """Fill the right half and sort it into blocks."""
        nodes, code = walk.right_half()
        start = np.flatnonzero(np.concatenate([[True], np.diff(code) != 0]))
        sizes = np.diff(np.append(start, len(code)))
        stop = start + sizes - 1
        block_of_code = np.zeros(walk.codes, dtype=np.int64)
        block_of_code[code[start]] = np.arange(len(start))
        largest = nodes.log_weight[stop]
        weights = nodes.tables * np.exp(nodes.log_weight - np.repeat(largest, sizes))
        cumulative = np.concatenate([np.cumsum(weights[a : b + 1]) for a, b in zip(start, stop, strict=True)])
        tables = np.add.reduceat(nodes.tables, start)
        return cls(block_of_code, start, stop, tables, largest, nodes.log_weight, cumulative)

    def weight_up_to(self, block: IntArray, limit: FloatArray) -> FloatArray:
        """Weight of each block's nodes whose log weight is at most the limit: a binary search in all blocks at once."""
        low, high = self.start[block], self.stop[block] + 1
        while (searching := low < high).any():
            middle = np.minimum((low + high) // 2, len(self.log_weight) - 1)
            within = searching & (self.log_weight[middle] <= limit)
            low, high = np.where(within, middle + 1, low), np.where(searching & ~within, middle, high)
        return np.where(low > self.start[block], self.cumulative[low - 1], 0.0)


def _check(tables: float) -> None:
    """Raise if there are too many tables; every partial table can be completed, so theirs count as well."""
    if tables > MOST_TABLES:
        raise _TooManyTablesError


def _all(nodes: _Nodes, column: int) -> IntArray:
    return np.full(len(nodes.tables), column, dtype=np.int64)


def _choices(room: IntArray, to_place: IntArray, row: int) -> tuple[IntArray, IntArray]:
    """Least that a row must take so that the rows below can take the rest, and how many values it can have."""
    least = np.maximum(0, to_place - room[:, row + 1 :].sum(axis=1))
    return least, np.minimum(room[:, row], to_place) - least + 1


def _merged(nodes: _Nodes, code: IntArray) -> tuple[_Nodes, IntArray]:
    """Join the nodes with the same code and weight; sorted by code, then weight."""
    order = np.lexsort((nodes.log_weight, code))
    nodes, code = nodes[order], code[order]
    new = np.concatenate([[True], (np.diff(code) != 0) | (np.diff(nodes.log_weight) > _SAME_WEIGHT)])
    first = np.flatnonzero(new)
    return _Nodes(nodes.room[first], nodes.log_weight[first], np.add.reduceat(nodes.tables, first)), code[first]
