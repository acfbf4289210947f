"""Numbers at risk and leaving at each time: the integer counts on which all survival methods rest.

Counts are made once, from rows in any order, and every later sum runs over them in ascending time; so no result
depends on the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hai_utils.stats.arrays import FloatArray, IntArray

TIME_DECIMALS = 9
# Beyond this a float64 no longer resolves the ninth decimal, and rounding could only overflow.
_LARGEST_ROUNDED = 2.0**53 / 10**TIME_DECIMALS


@dataclass(frozen=True, eq=False, slots=True)
class RiskSets:
    """Counts at each distinct time, within strata where there are any.

    Attributes
    ----------
    times : array, shape (m,)
        Distinct observed times, ascending within each stratum, those of censorings included. Times equal after
        rounding to 1e-9 are one time, represented by the smallest.
    at_risk : array of int, shape (m, groups)
        Patients of the stratum whose time is at or after ``times``.
    leaving : array of int, shape (m, groups, statuses)
        Patients whose time it is, by status: 0 = censored, 1, 2 ... = event of that kind.
    """

    times: FloatArray
    at_risk: IntArray
    leaving: IntArray


def rounded(time: FloatArray) -> FloatArray:
    """Return times on the grid of 1e-9 on which two of them are compared."""
    return np.where(np.abs(time) < _LARGEST_ROUNDED, np.round(np.minimum(time, _LARGEST_ROUNDED), TIME_DECIMALS), time)


def risk_sets(
    time: FloatArray,
    status: IntArray,
    *,
    group: IntArray | None = None,
    stratum: IntArray | None = None,
    n_groups: int = 1,
    n_statuses: int = 2,
) -> RiskSets:
    """Count who is at risk and who leaves at each distinct time; O(n log n).

    Parameters
    ----------
    time : array, shape (n,)
        Times from the start, validated, without missing values.
    status : array of int, shape (n,)
        0 = censored, 1, 2 ... = event of that kind.
    group, stratum : array of int, shape (n,), optional
        Codes from 0; without them all patients are one group, one stratum.
    n_groups, n_statuses : int
        How many codes there are, used or not.
    """
    group = np.zeros(time.size, dtype=np.int64) if group is None else group
    order = np.argsort(time) if stratum is None else np.lexsort((time, stratum))
    sorted_time = time[order]
    comparable = rounded(sorted_time)
    is_first = np.ones(time.size, dtype=bool)
    is_first[1:] = comparable[1:] != comparable[:-1]
    starts_stratum = np.zeros(time.size, dtype=bool)
    if stratum is not None:
        starts_stratum[1:] = np.diff(stratum[order]) != 0
        is_first |= starts_stratum
    cell = ((np.cumsum(is_first) - 1) * n_groups + group[order]) * n_statuses + status[order]
    m = int(is_first.sum())
    leaving = np.bincount(cell, minlength=m * n_groups * n_statuses).reshape(m, n_groups, n_statuses).astype(np.int64)
    at_risk = _still_there(leaving.sum(axis=2), np.flatnonzero(starts_stratum[is_first]))
    return RiskSets(times=sorted_time[is_first], at_risk=at_risk, leaving=leaving)


def _still_there(leaving: IntArray, stratum_starts: IntArray) -> IntArray:
    """Sum from each time to the end of its stratum."""
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    if not stratum_starts.size:
        return np.asarray(at_risk, dtype=np.int64)
    m = leaving.shape[0]
    next_start = np.append(stratum_starts, m)[np.searchsorted(stratum_starts, np.arange(m), side="right")]
    beyond = np.vstack([at_risk, np.zeros((1, leaving.shape[1]), dtype=at_risk.dtype)])
    return np.asarray(at_risk - beyond[next_start], dtype=np.int64)
