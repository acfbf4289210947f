"""Survival by a status that patients reach during follow-up: a response, a conversion.

A patient counts without the status until it is reached and with it afterwards, so that no time before it is credited to
it. Every method here rests on the same counts: who is at risk in which status at each time. A status that is reached at
a time counts from just after it on, as in R's ``tmerge``: an event at that very time belongs to the status before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hai_utils.stats.arrays import FloatArray, IntArray, as_events, as_times
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.rank_tests import logrank_of_counts
from hai_utils.stats.regression import cox_of_counts
from hai_utils.stats.risk_sets import RiskSets, rounded
from hai_utils.stats.survival import Curve, curve_of_counts

WITHOUT, WITH = 0, 1


def status_risk_sets(time: ArrayLike, event: ArrayLike, onset: ArrayLike) -> RiskSets:
    """Count who is at risk, and who leaves, in each status at each time; O(n log n).

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Times >= 0 without missing values; 1 = event, 0 = censored.
    onset : array-like, shape (n,)
        When the status was reached, >= 0; nan where it never was.

    Returns
    -------
    RiskSets
        Two groups: 0 without and 1 with the status. The times are those at which a patient leaves or reaches it.

    Raises
    ------
    ValueError
        If the arrays differ in length, or an onset is negative.
    """
    ends = rounded(as_times(time))
    status = as_events(event, length=ends.size)
    starts = np.asarray(onset, dtype=np.float64)
    if starts.shape != ends.shape or (starts < 0).any():
        raise ValueError("an onset is a time >= 0 or nan, one for each patient")
    starts = np.where(np.isnan(starts), np.inf, starts)
    starts = rounded(starts)
    reached = starts < ends
    times = np.unique(np.concatenate([ends, starts[reached]]))
    at_risk = np.empty((times.size, 2), dtype=np.int64)
    at_risk[:, WITH] = _before(starts[reached], times) - _before(ends[reached], times)
    at_risk[:, WITHOUT] = ends.size - _before(ends, times) - at_risk[:, WITH]
    leaving = np.zeros((times.size, 2, 2), dtype=np.int64)
    np.add.at(leaving, (np.searchsorted(times, ends), reached.astype(np.int64), status), 1)
    return RiskSets(times=times, at_risk=at_risk, leaving=leaving)


def _before(values: FloatArray, times: FloatArray) -> IntArray:
    """Count the values below each time."""
    return np.asarray(np.searchsorted(np.sort(values), times, side="left"), dtype=np.int64)


def mantel_byar(time: ArrayLike, event: ArrayLike, onset: ArrayLike) -> Estimate:
    """Test whether the hazard changes with the status: the log-rank test with patients in their current status.

    Parameters
    ----------
    time, event, onset : array-like, shape (n,)
        As for `status_risk_sets`.

    Returns
    -------
    Estimate
        Chi-square statistic on 1 degree of freedom with the hypergeometric variance, and P; empty with the reasons of
        `hai_utils.stats.rank_tests.compare_survival`.

    References
    ----------
    Mantel, Byar. J Am Stat Assoc 1974;69:81-86.
    """
    counts = status_risk_sets(time, event, onset)
    reason = _why_empty(counts)
    return Estimate(note=reason) if reason else logrank_of_counts(counts)


def cox_time_dependent(
    time: ArrayLike, event: ArrayLike, onset: ArrayLike, *, ties: str = "cox_efron", confidence_level: float = 0.95
) -> Estimate:
    """Estimate the hazard ratio of patients with the status to those without it, status as a time-dependent covariate.

    Parameters
    ----------
    time, event, onset : array-like, shape (n,)
        As for `status_risk_sets`.
    ties, confidence_level
        As for `hai_utils.stats.regression.cox`.

    Returns
    -------
    Estimate
        As for `hai_utils.stats.regression.cox`.

    References
    ----------
    Cox. J R Stat Soc B 1972;34:187-220, section 8. Crowley, Hu. J Am Stat Assoc 1977;72:27-36.
    """
    counts = status_risk_sets(time, event, onset)
    reason = _why_empty(counts)
    return Estimate(note=reason) if reason else cox_of_counts(counts, ties=ties, confidence_level=confidence_level)


def simon_makuch(time: ArrayLike, event: ArrayLike, onset: ArrayLike) -> tuple[Curve, Curve]:
    """Estimate a survival curve in each current status: without it, and with it.

    Parameters
    ----------
    time, event, onset : array-like, shape (n,)
        As for `status_risk_sets`.

    Returns
    -------
    tuple of (Curve, Curve)
        Their numbers at risk are those of the current status, and rise as patients reach it; `n` is the number at risk
        at time 0. Who reaches the status leaves the first curve without being counted as censored there.

    References
    ----------
    Simon, Makuch. Stat Med 1984;3:35-44. Delayed entry and variance as R's ``survfit(Surv(start, stop, event) ~ status)``.
    """
    counts = status_risk_sets(time, event, onset)
    start = int(counts.at_risk[0].sum()) if counts.times.size else 0
    without, with_status = (
        curve_of_counts(counts.times, counts.at_risk[:, group], counts.leaving[:, group], n)
        for group, n in ((WITHOUT, start), (WITH, 0))
    )
    return without, with_status


def _why_empty(counts: RiskSets) -> str:
    if not counts.times.size:
        return "no data"
    leaving = counts.leaving.any(axis=(1, 2))
    if not counts.at_risk[leaving].any(axis=0).all():
        return "one group"
    return "" if counts.leaving[:, :, 1].any() else "no events"
