"""Order statistics of all differences between two samples, without forming the differences.

With 50,000 patients in each group there are 2.5e9 of them. They make a matrix whose rows ascend, so that the number
below a pivot is counted in n log n steps, and a few pivots narrow the candidates to what fits into memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hai_utils.stats.arrays import FloatArray, IntArray

_AT_ONCE = 200_000
"""How many differences are held in memory together (1.5 MiB, of which a few copies are made)."""


def differences_at(x: FloatArray, y: FloatArray, ranks: Sequence[int]) -> list[float]:
    """Return the differences x_i - y_j of the given ranks.

    Parameters
    ----------
    x, y : arrays, shape (n1,) and (n2,), ascending
    ranks : sequence of int
        Positions, from 0, in the sorted n1 n2 differences.

    Returns
    -------
    list of float
        Exactly what sorting all rounded differences would give; inf where one overflows.

    References
    ----------
    Johnson DB, Mizoguchi T. SIAM J Comput 1978;7:147-153 (selection in a sorted matrix; here with sampled pivots).
    """
    with np.errstate(over="ignore"):
        if x.size * y.size <= _AT_ONCE:
            differences = np.subtract.outer(x, y).ravel()
            differences.partition(sorted(set(ranks)))
            return [float(differences[rank]) for rank in ranks]
        found = {rank: _select_difference(x, y, rank) for rank in set(ranks)}
    return [found[rank] for rank in ranks]


def _select_difference(x: FloatArray, y: FloatArray, rank: int) -> float:
    """Difference of one rank, by discarding those outside two pivots near it until few enough are left to be sorted.

    In the matrix of all differences, x ascending and y descending, every row ascends: [start, stop) are the columns of
    each row that are still candidates. A pivot is itself a candidate, so each discards at least itself. Comparisons use
    the rounded differences, so the answer is that of a full sort.
    """
    start, stop = np.zeros(x.size, dtype=np.int64), np.full(x.size, y.size, dtype=np.int64)
    while (total := int((stop - start).sum())) > _AT_ONCE:
        for pivot in _pivots(x, y, start, stop, rank / total):
            below = _row_boundary(x, y, pivot, start, stop, np.less)
            if rank < int((below - start).sum()):
                stop = below
                continue
            through = _row_boundary(x, y, pivot, below, stop, np.less_equal)
            discarded = int((through - start).sum())
            if rank < discarded:
                return pivot
            start, rank = through, rank - discarded
    widths = stop - start
    columns = np.arange(total) + np.repeat(start - np.cumsum(widths) + widths, widths)
    candidates = np.repeat(x, widths) - y[-1 - columns]
    return float(np.partition(candidates, rank)[rank])


def _pivots(x: FloatArray, y: FloatArray, start: IntArray, stop: IntArray, share: float) -> tuple[float, float]:
    """Two candidates that probably have the wanted share of the candidates between them, from an even sample."""
    grid = (np.arange(64) + 0.5) / 64
    widths = np.cumsum(stop - start)
    rows = np.searchsorted(widths, grid * widths[-1], side="right")
    columns = start[rows, None] + ((stop - start)[rows, None] * grid).astype(np.int64)
    sample = np.sort((x[rows, None] - y[-1 - columns]).ravel())
    low, high = (min(max(int((share + margin) * sample.size), 0), sample.size - 1) for margin in (-0.03, 0.03))
    return float(sample[low]), float(sample[high])


def _row_boundary(
    x: FloatArray, y: FloatArray, pivot: float, start: IntArray, stop: IntArray, before: Callable[..., np.ndarray]
) -> IntArray:
    """Find the first column of each row, in [start, stop), where ``before(x_i - y_j, pivot)`` is false."""
    boundary = y.size - np.searchsorted(y, x - pivot, side="right" if before is np.less else "left")
    boundary = np.clip(boundary, start, stop)
    # x - pivot is rounded, too: where the guess does not hold, the row is searched by its differences themselves.
    holds = (boundary == start) | before(x - y[-boundary], pivot)
    holds &= (boundary == stop) | ~before(x - y[-1 - np.minimum(boundary, y.size - 1)], pivot)
    rows = np.flatnonzero(~holds)
    low, high = start[rows], stop[rows]
    while (searching := low < high).any():
        middle = np.minimum((low + high) // 2, y.size - 1)
        is_before = before(x[rows] - y[-1 - middle], pivot)
        low, high = np.where(searching & is_before, middle + 1, low), np.where(searching & ~is_before, middle, high)
    boundary[rows] = low
    return boundary
