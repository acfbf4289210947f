"""Competing risks: cumulative incidence by Aalen and Johansen, and Gray's test.

Own code rather than lifelines', whose Aalen-Johansen fitter moves tied times apart at random, and which has no test.
Variances are those of R's cmprsk, whose numbers are what the field reports.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hai_utils.stats.arrays import FloatArray, IntArray, as_codes, as_times
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import chi_square_p, normal_quantile
from hai_utils.stats.remembered import remembered
from hai_utils.stats.risk_sets import risk_sets, rounded
from hai_utils.stats.sums import cross_products

PROBABILITY_TOLERANCE = 1e-9


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, t: float, *, cause_of_interest: int, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the probability of an event of one cause up to and with ``t``.

    Parameters
    ----------
    time : array-like, shape (n,)
        Times >= 0 without missing values.
    cause : array-like of int, shape (n,)
        0 = censored, 1, 2 ... = event of that cause.
    t : float
        Time >= 0 in the unit of ``time``.
    cause_of_interest : int
        The cause whose incidence is asked for; the others compete.
    confidence_level : float
        Of the limits, taken on the scale of log(-log F).

    Returns
    -------
    Estimate
        Value, limits and se. F = 0 has se 0 and both limits 0; F = 1 has no limits; beyond the last observed time it
        is empty (``beyond follow-up``) unless nobody was left event-free.

    References
    ----------
    Aalen, Johansen. Scand J Stat 1978;5:141-150. Variance: R cmprsk::cuminc (Gray. Ann Stat 1988;16:1141-1154).
    Limits: Choudhury. Stat Med 2002;21:1129-1144.
    """
    return cumulative_incidences(
        time, cause, [t], cause_of_interest=cause_of_interest, confidence_level=confidence_level
    )[0]


def cumulative_incidences(
    time: ArrayLike, cause: ArrayLike, times: ArrayLike, *, cause_of_interest: int, confidence_level: float = 0.95
) -> list[Estimate]:
    """Estimate the probability of an event of one cause up to and with each of several times, counting once.

    Returns
    -------
    list of Estimate
        As `cumulative_incidence`, in the order of ``times``.
    """
    z = normal_quantile(confidence_level)
    steps = _incidence_steps(time, cause, cause_of_interest)
    return [_incidence_at(steps, t, z) for t in as_times(times, "times")]


def cumulative_incidence_curve(
    time: ArrayLike, cause: ArrayLike, *, cause_of_interest: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the cumulative incidence of one cause as a step function, for drawing.

    Returns
    -------
    tuple of three arrays, shape (m,)
        Distinct observed times, ascending; the incidence just after each; its variance as in `cumulative_incidence`.
    """
    steps = _incidence_steps(time, cause, cause_of_interest)
    return steps.times, steps.incidence, steps.variance


@remembered
def gray_test(time: ArrayLike, cause: ArrayLike, group: ArrayLike, *, cause_of_interest: int) -> Estimate:
    """Test whether the cumulative incidence of one cause is the same in all groups (rho = 0).

    Parameters
    ----------
    time, cause, cause_of_interest
        As for `cumulative_incidence`.
    group : array-like of int, shape (n,)
        Codes 0, 1, ...; codes that nobody has are passed over.

    Returns
    -------
    Estimate
        Chi-square statistic and P on k - 1 degrees of freedom, as R's cmprsk::cuminc. Empty with ``no data``, ``one
        group``, ``no events`` (of this cause), or ``zero variance``.

    References
    ----------
    Gray. A class of k-sample tests for comparing the cumulative incidence of a competing risk. Ann Stat
    1988;16:1141-1154; variance with the corrections for ties of R's cmprsk.
    """
    time, status = _checked(time, cause, cause_of_interest)
    codes, group = np.unique(as_codes(group, "group", length=time.size), return_inverse=True)
    if not time.size:
        return Estimate(note="no data")
    if len(codes) < 2:
        return Estimate(note="one group")
    if not (status == 1).any():
        return Estimate(note="no events")
    score, variance = _gray_score(_gray_table(time, status, group.astype(np.int64), len(codes)))
    scale = np.sqrt(np.maximum(np.diag(variance), 0))
    if not (scale > 0).all():
        return Estimate(note="zero variance")
    correlation = variance / np.outer(scale, scale)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(scale):
        return Estimate(note="zero variance")
    statistic = float(score / scale @ np.linalg.solve(correlation, score / scale))
    return Estimate(value=statistic, p_value=chi_square_p(statistic, len(codes) - 1))


@dataclass(frozen=True, eq=False, slots=True)
class _Steps:
    """Incidence of the cause of interest, its variance, and the event-free share, just after each distinct time."""

    times: FloatArray
    incidence: FloatArray
    variance: FloatArray
    event_free: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class _GrayTable:
    """What Gray's test sums over: one row an event time, one column a group.

    ``at_risk``, ``of_interest``, ``competing`` are counts; ``event_free`` and ``incidence`` are the group's own
    estimates, ``_before`` just before the time.
    """

    at_risk: FloatArray
    of_interest: FloatArray
    competing: FloatArray
    event_free_before: FloatArray
    event_free: FloatArray
    incidence_before: FloatArray


def _checked(time: ArrayLike, cause: ArrayLike, cause_of_interest: int) -> tuple[FloatArray, IntArray]:
    """Return the times, and the status 0 = censored, 1 = event of interest, 2 = any other."""
    if cause_of_interest < 1:
        raise ValueError(f"cause_of_interest must be 1 or more (0 is censoring), not {cause_of_interest}")
    time = as_times(time)
    cause = as_codes(cause, "cause", length=time.size)
    return time, np.where(cause == cause_of_interest, 1, np.where(cause > 0, 2, 0)).astype(np.int64)


def _incidence_steps(time: ArrayLike, cause: ArrayLike, cause_of_interest: int) -> _Steps:
    time, status = _checked(time, cause, cause_of_interest)
    counts = risk_sets(time, status, n_statuses=3)
    n = counts.at_risk[:, 0].astype(np.float64)
    d, other = counts.leaving[:, 0, 1].astype(np.float64), counts.leaving[:, 0, 2].astype(np.float64)
    event_free = np.cumprod((n - d - other) / n).astype(np.float64)
    before = np.concatenate([[1.0], event_free[:-1]])[: n.size]
    incidence = np.cumsum(before * d / n)
    inverse = np.divide(1.0, event_free, out=np.zeros(n.size), where=event_free > 0)
    own, competing = (before / n) ** 2 * _untied(d, n), (before / n) ** 2 * _untied(other, n) * (event_free > 0)
    # var F(t) = sum over the times up to t of own (1 + (F_i - F)/S_i)^2 + competing ((F_i - F)/S_i)^2, multiplied out
    # so that one pass of cumulative sums serves every t.
    a = np.cumsum(own * (1 + incidence * inverse) ** 2 + competing * (incidence * inverse) ** 2)
    b = np.cumsum(own * (1 + incidence * inverse) * inverse + competing * incidence * inverse**2)
    c = np.cumsum((own + competing) * inverse**2)
    variance = np.maximum(a - 2 * incidence * b + incidence**2 * c, 0.0)
    return _Steps(times=counts.times, incidence=incidence, variance=variance, event_free=event_free)


def _incidence_at(steps: _Steps, t: float, z: float) -> Estimate:
    at = np.array([t])
    if not steps.times.size:
        return Estimate(note="no data")
    if rounded(at)[0] > rounded(steps.times[-1:])[0] and steps.event_free[-1] > 0:
        return Estimate(note="beyond follow-up")
    last = int(np.searchsorted(rounded(steps.times), rounded(at)[0], side="right")) - 1
    if last < 0 or steps.incidence[last] == 0:
        return Estimate(value=0.0, lower=0.0, upper=0.0, se=0.0)
    value, se = float(steps.incidence[last]), float(np.sqrt(steps.variance[last]))
    # Thirds that add up to 1 on paper may stop a digit short of it, where the limits would be all of [0, 1].
    if value >= 1 - PROBABILITY_TOLERANCE:
        return Estimate(value=1.0, se=se)
    spread = z * se / (value * -np.log(value))
    return Estimate(value=value, lower=float(value ** np.exp(spread)), upper=float(value ** np.exp(-spread)), se=se)


def _untied(d: FloatArray, n: FloatArray) -> FloatArray:
    """Give d (1 - (d - 1)/(n - 1)): the events at a time, with cuminc's correction of the variance for ties."""
    return np.where(d > 1, d * (1 - (d - 1) / np.maximum(n - 1, 1)), d)


def _gray_table(time: FloatArray, status: IntArray, group: IntArray, n_groups: int) -> _GrayTable:
    counts = risk_sets(time, status, group=group, n_groups=n_groups, n_statuses=3)
    at_event = counts.leaving[:, :, 1:].sum(axis=(1, 2)) > 0
    n = counts.at_risk[at_event].astype(np.float64)
    d, other = (counts.leaving[at_event, :, kind].astype(np.float64) for kind in (1, 2))
    there = np.maximum(n, 1)
    event_free = np.cumprod(np.where(n > 0, (n - d - other) / there, 1.0), axis=0).astype(np.float64)
    first = np.ones((1, n_groups))
    before = np.vstack([first, event_free[:-1]])
    incidence = np.cumsum(before * d / there, axis=0)
    return _GrayTable(
        at_risk=n,
        of_interest=d,
        competing=other,
        event_free_before=before,
        event_free=event_free,
        incidence_before=np.vstack([first - 1, incidence[:-1]]),
    )


def _gray_score(table: _GrayTable) -> tuple[FloatArray, FloatArray]:
    """Return the scores of all groups but the last, and their covariance.

    h is the risk set freed of the competing events' censoring, F the pooled incidence (``pooled``), a the influence of
    an event in group k on the score of group i, c its sum over time divided by 1 - F, as in Gray's section 2.
    """
    n, before = table.at_risk, table.event_free_before
    k = n.shape[1]
    h = np.divide(n, before, out=np.zeros_like(n), where=n > 0)
    total = h.sum(axis=1, keepdims=True)
    d = table.of_interest.sum(axis=1, keepdims=True)
    share = h * (1 - table.incidence_before)
    score = np.sum(table.of_interest - d * share / share.sum(axis=1, keepdims=True), axis=0)
    jump = d / total
    pooled = np.cumsum(jump, axis=0)
    left = 1 - pooled + jump
    step = np.divide(jump, left, out=np.zeros_like(jump), where=left > 0)
    own, competing, own_factor, competing_factor = _gray_weights(table, total, d, pooled)
    variance = np.zeros((k - 1, k - 1))
    for source in range(k):
        a = h[:, [source]] * (np.eye(k)[[source], :-1] - h[:, :-1] / total)
        c = np.cumsum(a * step, axis=0)
        to_come = c[-1] - c
        at_own = a + own_factor[:, [source]] * to_come
        at_competing = competing_factor[:, [source]] * to_come
        variance += cross_products(at_own, own[:, [source]] * at_own)
        variance += cross_products(at_competing, competing[:, [source]] * at_competing)
    return score[:-1], variance


def _gray_weights(
    table: _GrayTable, total: FloatArray, d: FloatArray, pooled: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return the variances of the increments of both kinds of event in each group, and their weights in the score."""
    n, before, after = table.at_risk, table.event_free_before, table.event_free
    ratio = np.divide(1 - pooled, after, out=np.zeros_like(n), where=after > 0)
    there = np.maximum(n, 1)
    expected = total * before
    untied = np.divide(d - 1, expected - 1, out=np.zeros_like(n), where=(n > 0) & (d > 1) & (expected > 1))
    own = np.where(n > 0, (1 - untied) * before * d / (total * there), 0.0)
    competing = np.where(after > 0, before**2 * _untied(table.competing, n) / there**2, 0.0)
    return own, competing, 1 - ratio, ratio
