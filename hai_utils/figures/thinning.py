"""Which of many single courses are drawn, where not all can be told apart: evenly by rank, and said so."""

from __future__ import annotations

from collections.abc import Sequence

LEAST_DRAWN = 5


def shares(counts: Sequence[int], most: int) -> tuple[int, ...]:
    """Divide a number of places among groups in proportion to their sizes; none with anybody gets less than five.

    Returns
    -------
    tuple of int
        How many of each group are drawn: all, where all fit.
    """
    total = sum(counts)
    if total <= most:
        return tuple(counts)
    return tuple(min(count, max(LEAST_DRAWN, most * count // total)) for count in counts)


def even_ranks(count: int, drawn: int) -> tuple[int, ...]:
    """Return the ranks, from 1, that stand for all: the first, the last, and the others evenly between them."""
    if drawn >= count or count < 2:
        return tuple(range(1, count + 1))
    return tuple(1 + round(place * (count - 1) / (drawn - 1)) for place in range(drawn))
