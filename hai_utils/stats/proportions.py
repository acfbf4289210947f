"""Binary outcomes: a proportion, the difference of two, their odds ratio, each with its limits."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import betaincinv

from hai_utils.catalogue.methods import methods_of
from hai_utils.stats.arrays import FloatArray, as_choice, as_confidence_level, as_count
from hai_utils.stats.contingency import log_hypergeometric
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import normal_quantile

PROPORTION_INTERVALS = methods_of("proportion_interval")

RiskDifferenceInterval = str
RISK_DIFFERENCE_INTERVALS = methods_of("risk_difference_interval")

ODDS_RATIO_METHODS = methods_of("odds_ratio_method")


def proportion(count: int, total: int, *, method: str, confidence_level: float = 0.95) -> Estimate:
    """Estimate a proportion with its limits.

    Parameters
    ----------
    count, total : int
        Patients with the outcome, and all whose outcome is known.
    method : {"clopper_pearson", "wilson", "jeffreys"}
        Exact with alpha/2 on each side also at 0/n and n/n; score without continuity correction; Beta(x + 1/2,
        n - x + 1/2) with the lower limit 0 at x = 0 and the upper 1 at x = n (statsmodels leaves 0 out at 0/n).
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Estimate
        A fraction in [0, 1] with its limits; ``no data`` where ``total`` is 0.

    References
    ----------
    Clopper CJ, Pearson ES. Biometrika 1934;26:404-413; Wilson EB. J Am Stat Assoc 1927;22:209-212; Brown LD, Cai TT,
    DasGupta A. Stat Sci 2001;16:101-133, section 4.
    """
    as_choice(method, "method", _PROPORTION_LIMITS)
    n = as_count(total, "total")
    x = as_count(count, "count", total=n)
    level = as_confidence_level(confidence_level)
    if n == 0:
        return Estimate(note="no data")
    lower, upper = _PROPORTION_LIMITS[method](x, n, level)
    return Estimate(x / n, lower, upper)


def _clopper_pearson(x: int, n: int, level: float) -> tuple[float, float]:
    alpha = 1 - level
    lower = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, alpha / 2))
    upper = 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - alpha / 2))
    return lower, upper


def _wilson(x: int, n: int, level: float) -> tuple[float, float]:
    p, z = x / n, normal_quantile(level)
    center = p + z**2 / (2 * n)
    half_width = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    # Rounding must not move the end of a one-sided interval off the boundary.
    lower = 0.0 if x == 0 else (center - half_width) / scale
    upper = 1.0 if x == n else (center + half_width) / scale
    return lower, upper


def _jeffreys(x: int, n: int, level: float) -> tuple[float, float]:
    alpha = 1 - level
    lower = 0.0 if x == 0 else float(betaincinv(x + 0.5, n - x + 0.5, alpha / 2))
    upper = 1.0 if x == n else float(betaincinv(x + 0.5, n - x + 0.5, 1 - alpha / 2))
    return lower, upper


_PROPORTION_LIMITS: dict[str, Callable[[int, int, float], tuple[float, float]]] = {
    "clopper_pearson": _clopper_pearson,
    "wilson": _wilson,
    "jeffreys": _jeffreys,
}


# --- difference of two proportions ----------------------------------------------------------------------------------


def risk_difference(
    count_level: int,
    total_level: int,
    count_reference: int,
    total_reference: int,
    *,
    method: str,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the difference of two proportions, level minus reference.

    Parameters
    ----------
    count_level, total_level, count_reference, total_reference : int
        Patients with the outcome and all with a known outcome, in each group.
    method : {"newcombe", "miettinen_nurminen", "wald"}
        Wilson hybrid score without continuity correction (Newcombe's method 10); score with the restricted maximum
        likelihood variance and N/(N - 1) (statsmodels' fails at 0/n v 0/n); Wald, not truncated to [-1, 1].
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Estimate
        Difference of fractions with its limits (``se`` for Wald); ``empty group`` where a total is 0. Wald
        limits without variance fall on the estimate, with the note ``zero variance``.

    References
    ----------
    Newcombe RG. Stat Med 1998;17:873-890; Miettinen O, Nurminen M. Stat Med 1985;4:213-226.
    """
    counts = (count_level, total_level, count_reference, total_reference)
    return effect(*counts, statistic="risk_difference", method=method, confidence_level=confidence_level)


def _two_groups(x1: int, n1: int, x2: int, n2: int) -> tuple[int, int, int, int] | None:
    """Check the counts; None where a group is empty."""
    total1, total2 = as_count(n1, "total_level"), as_count(n2, "total_reference")
    count1 = as_count(x1, "count_level", total=total1)
    count2 = as_count(x2, "count_reference", total=total2)
    return (count1, total1, count2, total2) if total1 and total2 else None


def _difference(x1: int, n1: int, x2: int, n2: int) -> float:
    # One division of whole numbers, so that equal proportions differ by exactly 0.
    return (x1 * n2 - x2 * n1) / (n1 * n2)


def _wald(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    p1, p2, z = x1 / n1, x2 / n2, normal_quantile(level)
    se = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    difference = _difference(x1, n1, x2, n2)
    return Estimate(difference, difference - z * se, difference + z * se, se, note="" if se else "zero variance")


def _newcombe(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    p1, p2 = x1 / n1, x2 / n2
    (l1, u1), (l2, u2) = _wilson(x1, n1, level), _wilson(x2, n2, level)
    difference = _difference(x1, n1, x2, n2)
    lower, upper = difference - math.hypot(p1 - l1, u2 - p2), difference + math.hypot(u1 - p1, p2 - l2)
    return Estimate(difference, lower, upper)


def _miettinen_nurminen(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    """Find the ends of the differences that the score test does not reject, by bisection outwards."""
    estimate, z = _difference(x1, n1, x2, n2), normal_quantile(level)

    def holds(delta: float) -> bool:
        p2 = restricted_proportion(x1, n1, x2, n2, delta)
        p1 = p2 + delta
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
        return (estimate - delta) ** 2 <= z**2 * variance

    return Estimate(estimate, _last_true(holds, estimate, -1.0), _last_true(holds, estimate, 1.0))


_DIFFERENCES: dict[str, Callable[[int, int, int, int, float], Estimate]] = {
    "newcombe": _newcombe,
    "miettinen_nurminen": _miettinen_nurminen,
    "wald": _wald,
}


def _last_true(holds: Callable[[float], bool], inside: float, outside: float) -> float:
    """Bisect to the last double on the way from ``inside`` to ``outside`` where the condition holds."""
    while True:
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            return inside
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)


def restricted_proportion(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    """Maximum likelihood p2 under p1 = p2 + delta: the root of Miettinen and Nurminen's cubic that the data allow.

    Newton's steps kept within a bracket: the closed form by arc cosine loses half the digits near a double root.
    """
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    y1, y2 = n1 - x1, n2 - x2
    if _at_edge(*((x2, n2, x1, y1) if delta >= 0 else (x1, n1, x2, y2)), abs(delta)):
        return low
    if _at_edge(*((y1, n1, y2, x2) if delta >= 0 else (y2, n2, y1, x1)), abs(delta)):
        return high
    p2 = min(max((x1 + x2 - delta * n1) / (n1 + n2), low), high)
    while True:
        p1 = p2 + delta
        v1, v2 = p1 * (1 - p1), p2 * (1 - p2)
        # The likelihood equation times p1 q1 p2 q2: positive below the maximum, negative above it.
        score = v2 * (x1 - n1 * p1) + v1 * (x2 - n2 * p2)
        slope = (1 - 2 * p2) * (x1 - n1 * p1) - n1 * v2 + (1 - 2 * p1) * (x2 - n2 * p2) - n2 * v1
        low, high = (p2, high) if score > 0 else (low, p2)
        step = p2 - score / slope if slope < 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - p2) <= 4e-16 * p2 or following in (low, high):
            return following
        p2 = following


def _at_edge(edge_count: int, edge_total: int, count: int, others: int, distance: float) -> bool:
    """Say whether the likelihood falls from the edge on, where one group's proportion is 0 and the other's the distance.

    ``count`` and ``others`` are the other group's. The upper edge is the lower one of the opposite outcome.
    """
    return edge_count == 0 and count * (1 - distance) - others * distance <= edge_total * distance * (1 - distance)


# --- odds ratio -----------------------------------------------------------------------------------------------------


def odds_ratio(
    count_level: int,
    total_level: int,
    count_reference: int,
    total_reference: int,
    *,
    method: str,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the odds ratio of level to reference.

    Parameters
    ----------
    count_level, total_level, count_reference, total_reference : int
        Patients with the outcome and all with a known outcome, in each group.
    method : {"conditional_mle", "sample", "haldane"}
        Conditional maximum likelihood with central exact limits, roots to 1e-12 (R fisher.test's own are loose by up to
        6e-2); ad/bc with Woolf's limits, empty with a zero cell; the same with 0.5 added to all four cells, always.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Estimate
        Odds ratio with its limits; ``se`` is that of the log odds ratio (sample, haldane). Notes: ``empty group``;
        ``constant`` (nobody or everybody has the outcome); ``infinite`` for an estimate or limit left open;
        ``zero cell``.

    References
    ----------
    Cornfield J. Proc 3rd Berkeley Symp 1956;4:135-148; Woolf B. Ann Hum Genet 1955;19:251-253; Haldane JBS. Ann Hum
    Genet 1956;20:309-311; Agresti A. Categorical Data Analysis, 3rd ed., 16.6.4.
    """
    counts = (count_level, total_level, count_reference, total_reference)
    return effect(*counts, statistic="odds_ratio", method=method, confidence_level=confidence_level)


def _constant(x1: int, n1: int, x2: int, n2: int) -> str:
    return "constant" if x1 + x2 in (0, n1 + n2) else ""


def _haldane(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    note = _constant(x1, n1, x2, n2)
    return _woolf(x1 + 0.5, n1 - x1 + 0.5, x2 + 0.5, n2 - x2 + 0.5, normal_quantile(level), note=note)


def _sample(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    if note := _constant(x1, n1, x2, n2):
        return Estimate(note=note)
    if min(x1, n1 - x1, x2, n2 - x2) == 0:
        return Estimate(note="zero cell")
    return _woolf(x1, n1 - x1, x2, n2 - x2, normal_quantile(level))


def _woolf(a: float, b: float, c: float, d: float, z: float, *, note: str = "") -> Estimate:
    estimate = (a * d) / (b * c)
    se = math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Estimate(estimate, estimate * math.exp(-z * se), estimate * math.exp(z * se), se, note=note)


def _conditional(x1: int, n1: int, x2: int, n2: int, level: float) -> Estimate:
    """Solve Fisher's noncentral hypergeometric distribution for the estimate and both limits."""
    if note := _constant(x1, n1, x2, n2):
        return Estimate(note=note)
    tail = (1 - level) / 2
    lowest, logs = log_hypergeometric(n1, n2, x1 + x2)
    # Counted from the observed cell: the tilt exp(theta * distance) then leaves the observed weight as it is.
    distance = lowest - x1 + np.arange(len(logs), dtype=np.float64)
    target = math.log(tail)
    lower, estimate, upper = 0.0, None, None
    if distance[0] < 0:
        lower = math.exp(_solve(lambda theta: _log_upper_tail(distance, logs, theta, target)))
    if distance[-1] > 0:
        upper = math.exp(-_solve(lambda theta: _log_upper_tail(-distance, logs, theta, target)))
        estimate = 0.0
        if distance[0] < 0:
            estimate = math.exp(_solve(lambda theta: _moments(distance, logs, theta)))
    return Estimate(estimate, lower, upper, note="infinite" if upper is None else "")


_ODDS_RATIOS: dict[str, Callable[[int, int, int, int, float], Estimate]] = {
    "conditional_mle": _conditional,
    "sample": _sample,
    "haldane": _haldane,
}


def _moments(distance: FloatArray, logs: FloatArray, theta: float) -> tuple[float, float]:
    """Mean of the tilted distribution, and its slope in theta, the variance."""
    tilted = logs + theta * distance
    weights = np.exp(tilted - tilted.max())
    weights /= weights.sum()
    mean = float((weights * distance).sum())
    return mean, float((weights * (distance - mean) ** 2).sum())


def _log_upper_tail(distance: FloatArray, logs: FloatArray, theta: float, target: float) -> tuple[float, float]:
    """Log P(distance >= 0) of the tilted distribution less a target, and its slope in theta."""
    tilted = logs + theta * distance
    tail = distance >= 0
    weights, tail_weights = np.exp(tilted - tilted.max()), np.exp(tilted[tail] - tilted[tail].max())
    value = float(tilted[tail].max() - tilted.max() + np.log(tail_weights.sum() / weights.sum()))
    mean = float((weights * distance).sum() / weights.sum())
    return value - target, float((tail_weights * distance[tail]).sum() / tail_weights.sum()) - mean


def _solve(increasing: Callable[[float], tuple[float, float]]) -> float:
    """Root of an increasing function of the log odds ratio, to rounding, by Newton's steps within a bracket.

    Parameters
    ----------
    increasing : callable
        Gives the value and the slope at a point.
    """
    low, high, theta = -1.0, 1.0, 0.0
    while increasing(low)[0] > 0:
        low *= 2
    while increasing(high)[0] < 0:
        high *= 2
    while True:
        value, slope = increasing(theta)
        low, high = (theta, high) if value < 0 else (low, theta)
        step = theta - value / slope if slope > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - theta) <= 1e-15 * (1 + abs(theta)) or following in (low, high):
            return following
        theta = following


# --- every effect -----------------------------------------------------------------------------------------------------

ONE_WAY = ""
"""The method of an effect that is computed in one way alone."""

EFFECTS: dict[str, dict[str, Callable[[int, int, int, int, float], Estimate]]] = {
    "risk_difference": _DIFFERENCES,
    "odds_ratio": _ODDS_RATIOS,
}
"""By which effects two proportions are compared: for each statistic a function for each method."""


def effect(
    count_level: int,
    total_level: int,
    count_reference: int,
    total_reference: int,
    *,
    statistic: str,
    method: str = ONE_WAY,
    confidence_level: float = 0.95,
) -> Estimate:
    """Compare two proportions by one effect.

    Parameters
    ----------
    count_level, total_level, count_reference, total_reference : int
        Patients with the outcome and all with a known outcome, in each group.
    statistic, method : str
        A statistic of `EFFECTS` and one of its methods.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Estimate
        As the function of the statistic says; ``empty group`` where a total is 0.
    """
    as_choice(method, "method", EFFECTS[statistic])
    groups = _two_groups(count_level, total_level, count_reference, total_reference)
    level = as_confidence_level(confidence_level)
    return Estimate(note="empty group") if groups is None else EFFECTS[statistic][method](*groups, level)
