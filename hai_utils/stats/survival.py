"""Kaplan-Meier curves and what is read off them: survival at a time, medians, restricted means, follow-up.

Own code rather than lifelines', for three reasons. lifelines takes the first time with S <= 0.5 where R and SAS take
the middle of a plateau at 0.5; its variance of the restricted mean is not Greenwood's; and its import alone costs more
than all statistics of a report. The tests compare with R's survival and, where it is right, with lifelines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hai_utils.catalogue.methods import methods_of
from hai_utils.stats.arrays import FloatArray, IntArray, as_choice, as_events, as_finite, as_times
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import normal_quantile, two_sided_p
from hai_utils.stats.remembered import remembered
from hai_utils.stats.risk_sets import risk_sets, rounded

SURVIVAL_INTERVALS = methods_of("survival_interval")
MEDIAN_RULES = methods_of("median_rule")
MEDIAN_INTERVALS = methods_of("median_interval")
FOLLOW_UP_METHODS = methods_of("follow_up_method")

# A product of fractions that is 0.45 on paper may be 0.45000000000000007 in a float64.
PROBABILITY_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """A Kaplan-Meier curve, one entry a distinct observed time (those of censorings included), ascending.

    Attributes
    ----------
    times : array, shape (m,)
        Distinct observed times; times equal after rounding to 1e-9 are one time, represented by the smallest.
    at_risk : array of int, shape (m,)
        Patients with time >= ``times``.
    events, censored : array of int, shape (m,)
        Patients with an event, and patients censored, at ``times``.
    survival : array, shape (m,)
        S just after ``times``, the events there included.
    se : array, shape (m,)
        Greenwood's standard error of ``survival``; nan where S is 0.
    n : int
        Patients.
    last_time : float
        The last observed time; 0 without patients.
    compared : array, shape (m,)
        ``times`` on the grid on which they are compared with others.
    """

    times: FloatArray
    at_risk: IntArray
    events: IntArray
    censored: IntArray
    survival: FloatArray
    se: FloatArray
    n: int
    last_time: float
    compared: FloatArray


def kaplan_meier(time: ArrayLike, event: ArrayLike) -> Curve:
    """Estimate the survival curve of one group.

    Parameters
    ----------
    time : array-like, shape (n,)
        Times from the start, >= 0, without missing values; n may be 0.
    event : array-like of 0/1, shape (n,)
        1 = event, 0 = censored. A patient censored at the time of an event is at risk of it.

    Raises
    ------
    ValueError
        If the arrays differ in length, or hold missing, negative or other impossible values.

    References
    ----------
    Kaplan, Meier. J Am Stat Assoc 1958;53:457-481. Variance: Greenwood 1926, var S = S^2 sum d/(n(n - d)).
    """
    time = as_times(time)
    event = as_events(event, length=time.size)
    counts = risk_sets(time, event)
    return curve_of_counts(counts.times, counts.at_risk[:, 0], counts.leaving[:, 0], int(time.size))


def curve_of_counts(times: FloatArray, n: IntArray, leaving: IntArray, size: int) -> Curve:
    """Estimate a survival curve from who is at risk and who leaves at each time.

    Parameters
    ----------
    times : array, shape (m,)
        Ascending.
    n : array of int, shape (m,)
        At risk at each; where nobody is, the curve stays as it is.
    leaving : array of int, shape (m, 2)
        Censored, and with an event, at each.
    size : int
        At risk at the start.
    """
    d = leaving[:, 1]
    stay = n - d
    survival = np.cumprod(np.divide(stay, n, out=np.ones(n.size), where=n > 0)).astype(np.float64)
    terms = np.divide(d, n * stay.astype(np.float64), out=np.zeros(n.size), where=stay > 0)
    se = np.where(survival > 0, survival * np.sqrt(np.cumsum(terms)), np.nan)
    return Curve(
        times=times,
        at_risk=n,
        events=d,
        censored=leaving[:, 0],
        survival=survival,
        se=se,
        n=size,
        last_time=float(times[-1]) if times.size else 0.0,
        compared=rounded(times),
    )


def at_risk(curve: Curve, t: float) -> int:
    """Return how many patients have a time at or after ``t`` (same unit as the curve); 0 beyond the last time."""
    first = int(np.searchsorted(curve.compared, _rounded_time(t), side="left"))
    return int(curve.at_risk[first]) if first < curve.times.size else 0


def survival_at(curve: Curve, t: float, *, method: str = "loglog", confidence_level: float = 0.95) -> Estimate:
    """Read the probability of being event-free after ``t`` off the curve, events at ``t`` included.

    Parameters
    ----------
    curve : Curve
        Of one group.
    t : float
        Time in the curve's unit.
    method : str
        ``plain`` S -/+ z se and ``log``, both truncated to [0, 1], or ``loglog`` (log of -log S), as R's survfit.
    confidence_level : float
        Of the pointwise limits.

    Returns
    -------
    Estimate
        Value, limits and Greenwood's se. S = 1 has se 0 and both limits 1; S = 0 neither se nor limits; beyond the
        last observed time nothing (``beyond follow-up``) unless S is 0 there.

    References
    ----------
    Kalbfleisch, Prentice. The statistical analysis of failure time data, 2nd ed. 2002, section 1.4.
    """
    as_choice(method, "method", _LIMITS)
    if not curve.n:
        return Estimate(note="no data")
    if _beyond_follow_up(curve, t):
        return Estimate(note="beyond follow-up")
    last = int(np.searchsorted(curve.compared, _rounded_time(t), side="right")) - 1
    if last < 0:
        return Estimate(value=1.0, lower=1.0, upper=1.0, se=0.0)
    survival, se = curve.survival[last : last + 1], curve.se[last : last + 1]
    lower, upper = _limits(survival, se, method, normal_quantile(confidence_level))
    return Estimate(value=float(survival[0]), lower=_finite(lower[0]), upper=_finite(upper[0]), se=_finite(se[0]))


def pointwise_band(
    curve: Curve, *, method: str = "loglog", confidence_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the pointwise limits of S at each of ``curve.times``, for drawing.

    Returns
    -------
    tuple of two arrays, shape (m,)
        Lower and upper limits as in `survival_at`; nan where S is 0.
    """
    as_choice(method, "method", _LIMITS)
    return _limits(curve.survival, curve.se, method, normal_quantile(confidence_level))


def median_survival(curve: Curve, *, method: str = "midpoint") -> Estimate:
    """Read the median off the curve.

    Parameters
    ----------
    curve : Curve
        Of one group.
    method : str
        ``midpoint``: where S stays at 0.5, the mean of the start of that plateau and the next event time, or the last
        observed time if the curve ends there (R's quantile.survfit, SAS). ``first_at_or_below``: the first event time
        with S <= 0.5 (SPSS). S within 1e-9 of 0.5 is 0.5.

    Returns
    -------
    Estimate
        The value in the curve's unit of time; empty with ``not reached`` where S stays above 0.5.
    """
    as_choice(method, "method", _MEDIANS)
    if not curve.n:
        return Estimate(note="no data")
    value = _MEDIANS[method](curve)
    return Estimate(value=value, note="" if value is not None else "not reached")


_MEDIANS: dict[str, Callable[[Curve], float | None]] = {
    "midpoint": lambda curve: _midpoint_crossing(curve.times, curve.survival, curve.last_time),
    "first_at_or_below": lambda curve: _first_time(curve.times, curve.survival <= 0.5 + PROBABILITY_TOLERANCE),
}


def median_interval(
    curve: Curve, *, method: str = "brookmeyer_crowley_loglog", confidence_level: float = 0.95
) -> Estimate:
    """Give the confidence limits of the median survival.

    Parameters
    ----------
    curve : Curve
        Of one group.
    method : str
        ``brookmeyer_crowley_*``: where the pointwise band of that kind crosses 0.5, by the midpoint rule, as R's
        quantile.survfit. ``percentile_wald``: median -/+ z se with the se from the curve's slope between S = 0.55 and
        0.45, as SPSS prints it and Collett describes it; not truncated, so the lower limit may be negative.
    confidence_level : float
        Of the limits.

    Returns
    -------
    Estimate
        Value (the median by the rule that belongs to the method), limits and, for ``percentile_wald``, se. A limit is
        ``None`` where the band never crosses 0.5.

    References
    ----------
    Brookmeyer, Crowley. Biometrics 1982;38:29-41. Collett. Modelling survival data in medical research, 2nd ed. 2003,
    section 2.4. Greenwood's variance by the delta method: se(t50) = se(S(t50)) / f(t50).
    """
    as_choice(method, "method", _MEDIAN_INTERVALS)
    return _MEDIAN_INTERVALS[method](curve, confidence_level) if curve.n else Estimate(note="no data")


def _brookmeyer_crowley(curve: Curve, confidence_level: float, band: str) -> Estimate:
    median = median_survival(curve, method="midpoint")
    sides = pointwise_band(curve, method=band, confidence_level=confidence_level)
    lower, upper = (_midpoint_crossing(curve.times, side, curve.last_time) for side in sides)
    note = median.note or ("upper limit not reached" if upper is None else "")
    return Estimate(value=median.value, lower=lower, upper=upper, note=note)


def restricted_mean(curve: Curve, tau: float, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate the mean event-free time up to ``tau``: the area under the curve.

    Parameters
    ----------
    curve : Curve
        Of one group.
    tau : float
        Horizon >= 0 in the curve's unit of time.
    confidence_level : float
        Of the normal limits.

    Returns
    -------
    Estimate
        Value, limits and se in the curve's unit; empty with ``beyond follow-up`` where ``tau`` exceeds the last
        observed time and S > 0 there.

    References
    ----------
    Royston, Parmar. BMC Med Res Methodol 2013;13:152; variance sum A_i^2 d_i/(n_i(n_i - d_i)) with A_i the area from
    the i-th event time to tau (Klein, Moeschberger. Survival analysis, 2nd ed. 2003, section 4.5).
    """
    if not curve.n:
        return Estimate(note="no data")
    if _beyond_follow_up(curve, tau):
        return Estimate(note="beyond follow-up")
    before = curve.times < tau
    knots = np.concatenate([[0.0], curve.times[before], [tau]])
    areas = np.concatenate([[1.0], curve.survival[before]]) * np.diff(knots)
    area_after = np.cumsum(areas[::-1])[::-1][1:]
    n, d = curve.at_risk[before], curve.events[before]
    # Where everybody at risk dies the curve is 0 from there on, and so is the area after it.
    counted = (d > 0) & (d < n)
    n, d, area_after = n[counted].astype(np.float64), d[counted], area_after[counted]
    value = float(areas.sum())
    se = float(np.sqrt(np.sum(area_after**2 * d / (n * (n - d)))))
    margin = normal_quantile(confidence_level) * se
    return Estimate(value=value, lower=value - margin, upper=value + margin, se=se)


def restricted_mean_difference(
    curve_level: Curve, curve_reference: Curve, tau: float, *, confidence_level: float = 0.95
) -> Estimate:
    """Compare two restricted means, level minus reference, by a normal test.

    Returns
    -------
    Estimate
        Value, limits, se in the unit of time, and P; empty with the reason of the group that cannot be estimated.
        Without any event before ``tau`` the se is 0 and P is empty (``zero variance``).

    References
    ----------
    Royston, Parmar. BMC Med Res Methodol 2013;13:152.
    """
    level = restricted_mean(curve_level, tau)
    reference = restricted_mean(curve_reference, tau)
    if level.value is None or reference.value is None or level.se is None or reference.se is None:
        return Estimate(note=level.note or reference.note)
    value, se = level.value - reference.value, float(np.hypot(level.se, reference.se))
    margin = normal_quantile(confidence_level) * se
    return Estimate(
        value=value,
        lower=value - margin,
        upper=value + margin,
        se=se,
        p_value=two_sided_p(value / se) if se > 0 else None,
        note="" if se > 0 else "zero variance",
    )


@remembered
def follow_up_median(time: ArrayLike, event: ArrayLike, *, method: str = "reverse_km") -> Estimate:
    """Estimate the median follow-up.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        As for `kaplan_meier`.
    method : str
        ``reverse_km``: the curve of the censoring, in which a death leaves before a censoring at the same time, so
        its factors are 1 - c/(n - d). ``reverse_km_survfit``: what R's survfit gives with the indicator flipped, where
        those who die at a time of censoring still count as at risk. Both with the midpoint rule. ``observed``: the
        median of all times, whether they end in death or not.

    Returns
    -------
    Estimate
        The value in the unit of ``time``; empty with ``not reached`` or ``no data``.

    References
    ----------
    Schemper, Smith. Control Clin Trials 1996;17:343-346.
    """
    as_choice(method, "method", _FOLLOW_UPS)
    time = as_times(time)
    event = as_events(event, length=time.size)
    return _FOLLOW_UPS[method](time, event) if time.size else Estimate(note="no data")


def _reverse(time: FloatArray, event: IntArray, *, deaths_first: bool) -> Estimate:
    counts = risk_sets(time, event)
    exposed, c = counts.at_risk[:, 0], counts.leaving[:, 0, 0]
    if deaths_first:
        exposed = exposed - counts.leaving[:, 0, 1]
    under_observation = np.cumprod(1 - c / np.maximum(exposed, 1)).astype(np.float64)
    value = _midpoint_crossing(counts.times, under_observation, float(counts.times[-1]))
    return Estimate(value=value, note="" if value is not None else "not reached")


_FOLLOW_UPS: dict[str, Callable[[FloatArray, IntArray], Estimate]] = {
    "reverse_km": partial(_reverse, deaths_first=True),
    "reverse_km_survfit": partial(_reverse, deaths_first=False),
    "observed": lambda time, event: Estimate(value=float(np.median(time))),
}


def landmark(time: ArrayLike, event: ArrayLike, t: float) -> NDArray[np.bool_]:
    """Mark the patients who are still under observation at a landmark.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        As for `kaplan_meier`; the event does not matter, but is checked.
    t : float
        The landmark, in the unit of ``time``.

    Returns
    -------
    array of bool, shape (n,)
        False for those dead or censored before the landmark; a patient who leaves exactly at it stays.

    References
    ----------
    Anderson, Cain, Gelber. J Clin Oncol 1983;1:710-719.
    """
    time = as_times(time)
    as_events(event, length=time.size)
    return np.asarray(rounded(time) >= _rounded_time(t))


def _limits(survival: FloatArray, se: FloatArray, method: str, z: float) -> tuple[FloatArray, FloatArray]:
    """Give the pointwise limits; both 1 where S is 1, nan where S is 0."""
    lower, upper = np.where(survival > 0, 1.0, np.nan), np.where(survival > 0, 1.0, np.nan)
    inner = (survival > 0) & (survival < 1)
    lower[inner], upper[inner] = _LIMITS[method](survival[inner], z * se[inner])
    return np.clip(lower, 0, 1), np.clip(upper, 0, 1)


def _plain(s: FloatArray, spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    return s - spread, s + spread


def _log(s: FloatArray, spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    factor = np.exp(spread / s)
    return s / factor, s * factor


def _loglog(s: FloatArray, spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    spread = spread / (s * -np.log(s))
    return s ** np.exp(spread), s ** np.exp(-spread)


# Limits of S, of S and z times its standard error, where S is neither 0 nor 1.
_LIMITS: dict[str, Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]] = {
    "plain": _plain,
    "log": _log,
    "loglog": _loglog,
}


def _percentile_wald(curve: Curve, confidence_level: float) -> Estimate:
    """Give the median with its standard error from the slope of the curve around 0.5."""
    z = normal_quantile(confidence_level)
    at_event = curve.events > 0
    times, survival, se = curve.times[at_event], curve.survival[at_event], curve.se[at_event]
    half = np.flatnonzero(survival <= 0.5 + PROBABILITY_TOLERANCE)
    if not half.size:
        return Estimate(note="not reached")
    above = np.flatnonzero(survival >= 0.55 - PROBABILITY_TOLERANCE)
    below = np.flatnonzero(survival <= 0.45 + PROBABILITY_TOLERANCE)
    median = float(times[half[0]])
    if survival[half[0]] == 0:
        return Estimate(value=median, note="no interval: survival is 0 at the median")
    if not above.size:
        return Estimate(value=median, note="no interval: no event time with survival of 55% or more")
    if not below.size:
        return Estimate(value=median, note="no interval: survival does not fall to 45%")
    u, lo = above[-1], below[0]
    median_se = float(se[half[0]] * (times[lo] - times[u]) / (survival[u] - survival[lo]))
    return Estimate(value=median, lower=median - z * median_se, upper=median + z * median_se, se=median_se)


_MEDIAN_INTERVALS: dict[str, Callable[[Curve, float], Estimate]] = {
    "brookmeyer_crowley_plain": partial(_brookmeyer_crowley, band="plain"),
    "brookmeyer_crowley_log": partial(_brookmeyer_crowley, band="log"),
    "brookmeyer_crowley_loglog": partial(_brookmeyer_crowley, band="loglog"),
    "percentile_wald": _percentile_wald,
}


def _midpoint_crossing(times: FloatArray, values: FloatArray, last_time: float) -> float | None:
    """Return where a step function falls to 0.5, the middle of the plateau where it stays there; None if it never does.

    nan in ``values`` (a band where S is 0) cannot cross.
    """
    start = np.flatnonzero(values <= 0.5 + PROBABILITY_TOLERANCE)
    if not start.size:
        return None
    first = float(times[start[0]])
    if values[start[0]] < 0.5 - PROBABILITY_TOLERANCE:
        return first
    below = _first_time(times, values < 0.5 - PROBABILITY_TOLERANCE)
    return (first + (last_time if below is None else below)) / 2


def _first_time(times: FloatArray, holds: NDArray[np.bool_]) -> float | None:
    return float(times[int(np.argmax(holds))]) if holds.any() else None


def _beyond_follow_up(curve: Curve, t: float) -> bool:
    """Say whether ``t`` lies after the last observed time while somebody is still event-free there."""
    return bool(_rounded_time(t) > curve.compared[-1] and curve.survival[-1] > 0)


@lru_cache(maxsize=1024)
def _rounded_time(t: float) -> float:
    if not t >= 0:
        raise ValueError(f"a time must be a number from 0 up, not {t}")
    return float(rounded(as_finite([t], "time"))[0])


def _finite(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None
