"""How far a P value and an effect depend on any single patient: the same computed with each left out in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hai_utils.stats.arrays import FloatArray, IntArray, as_codes, as_counts, as_events, as_finite, as_times


@dataclass(frozen=True, slots=True)
class Extremes:
    """The least and the greatest of numbers, each computed without one patient.

    Attributes
    ----------
    least, greatest : float or None
        None where nothing could be computed.
    missing : bool
        Whether something could not be computed without some patient.
    """

    least: float | None
    greatest: float | None
    missing: bool

    @classmethod
    def of(cls, numbers: Iterable[float | None]) -> Extremes:
        """Return the extremes of numbers, None standing for what could not be computed."""
        every = list(numbers)
        known = [number for number in every if number is not None]
        return cls(min(known, default=None), max(known, default=None), missing=len(known) < len(every))


def tables_without_one(table: ArrayLike) -> Iterator[IntArray]:
    """Yield a table of counts without one patient, for each cell that has any: patients of one cell are alike."""
    counts = as_counts(table)
    for place in zip(*np.nonzero(counts), strict=True):
        fewer = counts.copy()
        fewer[place] -= 1
        yield fewer


def values_without_one(level: ArrayLike, reference: ArrayLike) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield the values of two groups without one patient, for each distinct value of each group."""
    groups = [np.sort(as_finite(level, "level")), np.sort(as_finite(reference, "reference"))]
    for place in (0, 1):
        for first in np.unique(groups[place], return_index=True)[1]:
            fewer = list(groups)
            fewer[place] = np.delete(groups[place], first)
            yield fewer[0], fewer[1]


def times_without_one(
    time: ArrayLike, event: ArrayLike, group: ArrayLike
) -> Iterator[tuple[FloatArray, IntArray, IntArray]]:
    """Yield times, events and groups without one patient, for each distinct patient."""
    when = as_times(time)
    happened, code = as_events(event, length=when.size), as_codes(group, "group", length=when.size)
    rows = np.column_stack([when, happened, code])
    for first in np.sort(np.unique(rows, axis=0, return_index=True)[1]):
        kept = np.arange(when.size) != first
        yield when[kept], happened[kept], code[kept]
