"""Continuous variables: comparing two groups and several."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, stdtr, stdtrit

from hai_utils.catalogue.methods import SEVERAL_GROUPS, methods_of, read_method
from hai_utils.stats.arrays import (
    TOO_LARGE,
    FloatArray,
    IntArray,
    as_choice,
    as_confidence_level,
    as_finite,
    as_table_row,
)
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import chi_square_p, normal_quantile, two_sided_p
from hai_utils.stats.one_group import finite_estimate, mean_of, midpoint, power_of_two, sd_of
from hai_utils.stats.remembered import remembered
from hai_utils.stats.sorted_differences import differences_at

CONTINUOUS_TESTS = methods_of("continuous_test")

MEAN_DIFFERENCE_METHODS = methods_of("mean_difference_method")

HODGES_LEHMANN_METHODS = methods_of("hodges_lehmann_method")

MANY_LOCATIONS_TESTS = methods_of(SEVERAL_GROUPS)

# --- two groups: tests ----------------------------------------------------------------------------------------------


@remembered
def compare_locations(level: ArrayLike, reference: ArrayLike, *, method: str) -> Estimate:
    """Test whether two groups differ in location, two-sided.

    Parameters
    ----------
    level, reference : array-like, shape (n1,) and (n2,)
        The two groups, without missing values.
    method : str
        ``mann_whitney_exact``: P(abs(W - E) >= abs(w - E)) over all permutations of the midranks, so conditional on the
        ties (R coin; SciPy's exact method ignores ties, which is ``mann_whitney_exact_untied``, as SPSS:
        2 P(U <= floor(min U)), at most 1). ``mann_whitney_asymptotic``: normal, tie-corrected variance, ``_cc`` with
        0.5 toward 0. ``student_t`` pooled, ``welch_t`` Satterthwaite.

    Returns
    -------
    Estimate
        ``p_value`` only; empty with the note ``empty group``, ``constant``, ``group of one`` (t tests),
        ``zero variance`` (t tests of two groups that are each constant), or ``too large for exact`` (n1 + n2 > 200).

    References
    ----------
    Streitberg B, Roehmel J. Exact distributions for permutation and rank tests. Stat Softw Newsl 1986;12:10-17;
    Lehmann EL. Nonparametrics, 1975, ch. 1; Welch BL. Biometrika 1947;34:28-35.
    """
    as_choice(method, "method", _TESTS)
    x, y = as_finite(level, "level"), as_finite(reference, "reference")
    if note := _not_comparable([x, y]):
        return Estimate(note=note)
    most = read_method(method).most_patients
    return Estimate(note=TOO_LARGE) if most and x.size + y.size > most else _TESTS[method](x, y)


def _t_test(x: FloatArray, y: FloatArray, method: str) -> Estimate:
    test = mean_difference(x, y, method=method)
    return Estimate(p_value=test.p_value, note=test.note)


_TESTS: dict[str, Callable[[FloatArray, FloatArray], Estimate]] = {
    "mann_whitney_exact": lambda x, y: Estimate(p_value=_exact_p(x, y)),
    "mann_whitney_exact_untied": lambda x, y: Estimate(p_value=_exact_untied_p(x, y)),
    "mann_whitney_asymptotic": lambda x, y: Estimate(p_value=_asymptotic_p(x, y, correction=0.0)),
    "mann_whitney_asymptotic_cc": lambda x, y: Estimate(p_value=_asymptotic_p(x, y, correction=0.5)),
    "student_t": partial(_t_test, method="student_t"),
    "welch_t": partial(_t_test, method="welch_t"),
}


def u_statistic(level: ArrayLike, reference: ArrayLike) -> Estimate:
    """Count the pairs with level > reference, ties as half: the Mann-Whitney U of ``level`` (0 to n1 n2)."""
    x, y = as_finite(level, "level"), as_finite(reference, "reference")
    if x.size == 0 or y.size == 0:
        return Estimate(note="empty group")
    return Estimate(_doubled_u(x, y) / 2)


def _doubled_u(x: FloatArray, y: FloatArray) -> int:
    ordered = np.sort(y)
    return int(np.searchsorted(ordered, x, "left").sum() + np.searchsorted(ordered, x, "right").sum())


def _doubled_midranks(pooled: FloatArray) -> tuple[IntArray, IntArray]:
    """Twice the midranks in the order of ``pooled`` (whole numbers, so that ties compare exactly), and tie sizes."""
    _, inverse, sizes = np.unique(pooled, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return (2 * last - sizes + 1)[inverse], sizes


def _null_variance(n1: int, n2: int, tie_sizes: IntArray) -> float:
    """Variance of U under the null hypothesis, corrected for ties (Lehmann 1975, 1.35)."""
    n = n1 + n2
    t = tie_sizes.astype(np.float64)
    return n1 * n2 / 12 * (n + 1 - float((t**3 - t).sum()) / (n * (n - 1)))


def _asymptotic_p(x: FloatArray, y: FloatArray, *, correction: float) -> float:
    _, sizes = _doubled_midranks(np.concatenate([x, y]))
    distance = abs(_doubled_u(x, y) - x.size * y.size) / 2
    z = max(distance - correction, 0.0) / math.sqrt(_null_variance(x.size, y.size, sizes))
    return two_sided_p(z)


def _exact_p(x: FloatArray, y: FloatArray) -> float:
    if x.size > y.size:
        x, y = y, x  # the distance from the expectation is the same, the smaller group is the shorter sum
    scores, _ = _doubled_midranks(np.concatenate([x, y]))
    expected = x.size * (x.size + y.size + 1)
    distance = abs(int(scores[: x.size].sum()) - expected)
    sums, counts = _subset_sums(np.sort(scores), x.size)
    extreme = np.abs(sums - expected) >= distance
    return min(1.0, math.fsum(counts[extreme]) / math.fsum(counts))


def _exact_untied_p(x: FloatArray, y: FloatArray) -> float:
    doubled = _doubled_u(x, y)
    u = min(doubled, 2 * x.size * y.size - doubled) // 2
    return min(1.0, 2 * float(_untied_cumulative(*sorted((x.size, y.size)))[u]))


@lru_cache(maxsize=16)
def _untied_cumulative(n1: int, n2: int) -> FloatArray:
    """P(U <= u) for u = 0 ... n1 n2 without ties (R ``pwilcox``)."""
    _, counts = _subset_sums(np.arange(n1 + n2), n1)
    cumulative: FloatArray = np.cumsum(counts) / math.comb(n1 + n2, n1)
    cumulative.flags.writeable = False
    return cumulative


def _subset_sums(scores: IntArray, size: int) -> tuple[IntArray, FloatArray]:
    """How many subsets of ``size`` of the scores have each sum: the shift algorithm of Streitberg and Roehmel.

    Parameters
    ----------
    scores : array of int, shape (n,), ascending
    size : int
        At most n.

    Returns
    -------
    sums, counts : arrays, shape (m,)
        The sums from the smallest to the largest possible, and their counts (sums of positive terms only, so
        relatively exact to about n units in the last place; C(200, 100) = 9e58 fits).
    """
    origin = int(scores[0])
    step = math.gcd(*(int(s) - origin for s in scores)) or 1
    shifts = (scores - origin) // step
    n = shifts.size
    counts = np.zeros((size + 1, int(shifts[n - size :].sum()) + 1))
    counts[0, 0] = 1.0
    reach = np.concatenate([[0], np.cumsum(shifts)])
    for taken, shift in enumerate(int(s) for s in shifts):
        # Only rows that can still become full, and only sums that the first scores can reach.
        first, last = max(1, size - (n - taken - 1)), min(taken + 1, size)
        if first > last:
            continue
        top = int(reach[taken + 1] - reach[taken + 1 - last]) + 1
        counts[first : last + 1, shift:top] += counts[first - 1 : last, : top - shift]
    lowest = int(shifts[:size].sum())
    sums = size * origin + step * np.arange(lowest, counts.shape[1])
    return sums, counts[size, lowest:]


# What compares two groups in one way alone.
COMPARISONS: dict[str, Callable[[ArrayLike, ArrayLike], Estimate]] = {"u_statistic": u_statistic}


# --- two groups: differences ----------------------------------------------------------------------------------------


@remembered
def mean_difference(level: ArrayLike, reference: ArrayLike, *, method: str, confidence_level: float = 0.95) -> Estimate:
    """Estimate the difference in means, level minus reference, with t limits.

    Parameters
    ----------
    level, reference : array-like, shape (n1,) and (n2,)
        The two groups, without missing values.
    method : {"student_t", "welch_t"}
        Pooled variance on n1 + n2 - 2 degrees of freedom, or separate variances on Satterthwaite's.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Estimate
        The difference with limits, standard error and P. With a group of fewer than two, or without any variance,
        the difference stands alone, with the note ``group of one``, ``constant`` or ``zero variance``.

    References
    ----------
    Armitage, Berry, Matthews. Statistical Methods in Medical Research, 4th ed., 4.3; Welch BL. Biometrika 1947.
    """
    as_choice(method, "method", _STANDARD_ERRORS)
    x, y = as_finite(level, "level"), as_finite(reference, "reference")
    alpha = 1 - as_confidence_level(confidence_level)
    if x.size == 0 or y.size == 0:
        return Estimate(note="empty group")
    with np.errstate(over="ignore"):
        difference = mean_of(x) - mean_of(y)
        if not math.isfinite(difference):
            return Estimate(note="infinite")
        if note := _not_comparable([x, y]) or ("group of one" if min(x.size, y.size) < 2 else ""):
            return Estimate(difference, note=note)
        se, df = _STANDARD_ERRORS[method](x, y)
    # R t.test's own guard: below it the variance is rounding error of equal numbers.
    if se <= 10 * np.finfo(float).eps * max(abs(mean_of(x)), abs(mean_of(y))):
        return Estimate(difference, note="zero variance")
    half_width = float(stdtrit(df, 1 - alpha / 2)) * se
    if not (math.isfinite(se) and math.isfinite(difference - half_width) and math.isfinite(difference + half_width)):
        return Estimate(difference, note="infinite")
    p_value = min(1.0, 2 * float(stdtr(df, -abs(difference / se))))
    return Estimate(difference, difference - half_width, difference + half_width, se, p_value)


def _pooled(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    n1, n2 = x.size, y.size
    df = n1 + n2 - 2
    pooled_sd = math.hypot(sd_of(x) * math.sqrt((n1 - 1) / df), sd_of(y) * math.sqrt((n2 - 1) / df))
    return pooled_sd * math.sqrt(1 / n1 + 1 / n2), float(df)


def _satterthwaite(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    n1, n2 = x.size, y.size
    se1, se2 = sd_of(x) / math.sqrt(n1), sd_of(y) / math.sqrt(n2)
    se = math.hypot(se1, se2)
    if se == 0 or not math.isfinite(se):
        return se, float(n1 + n2 - 2)
    # Shares instead of powers of the standard errors: the ratio cannot overflow or underflow.
    return se, 1 / ((se1 / se) ** 4 / (n1 - 1) + (se2 / se) ** 4 / (n2 - 1))


# The standard error of the difference in means and its degrees of freedom.
_STANDARD_ERRORS: dict[str, Callable[[FloatArray, FloatArray], tuple[float, float]]] = {
    "student_t": _pooled,
    "welch_t": _satterthwaite,
}


@remembered
def hodges_lehmann(level: ArrayLike, reference: ArrayLike, *, method: str, confidence_level: float = 0.95) -> Estimate:
    """Estimate the shift between two groups by the median of all n1 n2 differences, level minus reference.

    Parameters
    ----------
    level, reference : array-like, shape (n1,) and (n2,)
        The two groups, without missing values.
    method : {"exact", "asymptotic_cc"}
        The limits are the k-th smallest and k-th largest difference: ``exact`` with
        k = max(1, qwilcox(alpha/2, n1, n2)), ties or not; ``asymptotic_cc`` with
        k = max(1, floor(n1 n2/2 + 1/2 - z s)), s^2 the tie-corrected variance of U. They are the sorted differences
        themselves, where R ``wilcox.test(exact = FALSE)`` looks for them by a loose root search.
    confidence_level : float
        In (0, 1).

    Returns
    -------
    Estimate
        Estimate and limits; ``too large for exact`` (n1 + n2 > 200), ``empty group``, or with the note
        ``confidence level not attainable`` where even the extreme differences hold less than it, ``constant`` where
        all differences are 0.

    Notes
    -----
    Up to 2.5e9 differences are never formed: see `sorted_differences`.

    References
    ----------
    Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611; Lehmann EL. Nonparametrics, 1975, 2.6.
    """
    as_choice(method, "method", _DEPTHS)
    x, y = np.sort(as_finite(level, "level")), np.sort(as_finite(reference, "reference"))
    level = as_confidence_level(confidence_level)
    pairs = x.size * y.size
    if pairs == 0:
        return Estimate(note="empty group")
    most = read_method(method).most_patients
    if most and x.size + y.size > most:
        return Estimate(note=TOO_LARGE)
    k, attained = _DEPTHS[method](x, y, level)
    note = _not_comparable([x, y]) or ("" if attained else "confidence level not attainable")
    ranks = ((pairs - 1) // 2, pairs // 2, k - 1, pairs - k)
    low, high, lower, upper = differences_at(x, y, ranks)
    if not all(math.isfinite(d) for d in (low, high, lower, upper)):
        return Estimate(note="infinite")
    return Estimate(midpoint(low, high), lower, upper, note=note)


def _exact_depth(x: FloatArray, y: FloatArray, level: float) -> tuple[int, bool]:
    """Find the depth k of the exact limits, and whether they hold the confidence level."""
    cumulative, tail = _untied_cumulative(*sorted((x.size, y.size))), (1 - level) / 2
    # (1 - 0.95) / 2 is not 0.025 in binary; R qwilcox grants the same ten units in the last place.
    slack = 10 * np.finfo(float).eps
    quantile = int(np.searchsorted(cumulative, tail - slack))
    return max(1, quantile), bool(cumulative[0] <= tail + slack)


def _asymptotic_depth(x: FloatArray, y: FloatArray, level: float) -> tuple[int, bool]:
    """Find the depth k of the limits by normal approximation, which hold the level as far as that goes."""
    _, sizes = _doubled_midranks(np.concatenate([x, y]))
    spread = normal_quantile(level) * math.sqrt(_null_variance(x.size, y.size, sizes))
    return max(1, math.floor(x.size * y.size / 2 + 0.5 - spread)), True


_DEPTHS: dict[str, Callable[[FloatArray, FloatArray, float], tuple[int, bool]]] = {
    "exact": _exact_depth,
    "asymptotic_cc": _asymptotic_depth,
}


# --- several groups, and balance ------------------------------------------------------------------------------------


def compare_many_locations(groups: Sequence[ArrayLike], *, method: str) -> Estimate:
    """Test whether several groups differ in location.

    Parameters
    ----------
    groups : sequence of array-like, each (n_i,)
        The groups, without missing values; empty ones are left out.
    method : {"kruskal_wallis", "anova"}
        Kruskal and Wallis's H with the correction for ties on k - 1 degrees of freedom, or the one-way F test.

    Returns
    -------
    Estimate
        ``value`` H or F and ``p_value``; empty with ``empty group`` (fewer than two groups with patients),
        ``constant``, ``group of one`` (F with no degree of freedom within groups) or ``zero variance`` (F).

    References
    ----------
    Kruskal WH, Wallis WA. J Am Stat Assoc 1952;47:583-621; Armitage, Berry, Matthews, 8.1 (R kruskal.test, aov).
    """
    as_choice(method, "method", _TESTS_OF_MANY)
    samples = [s for s in (as_finite(g, "groups") for g in groups) if s.size]
    if len(samples) < 2:
        return Estimate(note="empty group")
    if note := _not_comparable(samples):
        return Estimate(note=note)
    return _TESTS_OF_MANY[method](samples)


def _kruskal_wallis(samples: list[FloatArray]) -> Estimate:
    doubled, sizes = _doubled_midranks(np.concatenate(samples))
    n = doubled.size
    ends = np.cumsum([s.size for s in samples])[:-1]
    t = sizes.astype(np.float64)
    # Rank sums as deviations from their expectation: no difference of large squares.
    between = math.fsum((float(r.sum()) / 2 - r.size * (n + 1) / 2) ** 2 / r.size for r in np.split(doubled, ends))
    h = 12 * between / (n * (n + 1)) / (1 - float((t**3 - t).sum()) / (n**3 - n))
    return Estimate(h, p_value=chi_square_p(h, len(samples) - 1))


def _anova(samples: list[FloatArray]) -> Estimate:
    scale = power_of_two(np.concatenate(samples))
    samples = [sample / scale for sample in samples]  # F has no unit; squares of numbers up to 1 cannot overflow
    pooled = np.concatenate(samples)
    df_between, df_within = len(samples) - 1, pooled.size - len(samples)
    if df_within == 0:
        return Estimate(note="group of one")
    grand = mean_of(pooled)
    between = math.fsum(s.size * (mean_of(s) - grand) ** 2 for s in samples) / df_between
    within = math.fsum(math.fsum((s - mean_of(s)) ** 2) for s in samples) / df_within
    # As for the t tests: below this the variance is rounding error of equal numbers.
    if within <= (10 * np.finfo(float).eps) ** 2:
        return Estimate(note="zero variance")
    return Estimate(between / within, p_value=float(fdtrc(df_between, df_within, between / within)))


_TESTS_OF_MANY = {"kruskal_wallis": _kruskal_wallis, "anova": _anova}


def standardised_difference(level: ArrayLike, reference: ArrayLike) -> Estimate:
    """Standardise the difference in means, level minus reference, by the root of the mean of the two variances.

    Returns
    -------
    Estimate
        ``value``, signed; empty with ``empty group``, ``group of one`` (n < 2), ``constant``, or ``infinite`` (two
        groups that are each constant).

    References
    ----------
    Austin PC. Stat Med 2009;28:3083-3107, formula (1).
    """
    x, y = as_finite(level, "level"), as_finite(reference, "reference")
    if note := _not_comparable([x, y]):
        return Estimate(note=note)
    if min(x.size, y.size) < 2:
        return Estimate(note="group of one")
    with np.errstate(over="ignore"):
        scale = math.hypot(sd_of(x), sd_of(y)) / math.sqrt(2)
    if scale == 0 or not math.isfinite(scale):
        return Estimate(note="infinite")
    return finite_estimate((mean_of(x) - mean_of(y)) / scale)


def standardised_difference_proportions(level_counts: ArrayLike, reference_counts: ArrayLike) -> Estimate:
    """Standardise the difference between two groups in a categorical variable.

    Parameters
    ----------
    level_counts, reference_counts : array-like of int, shape (k,)
        Patients in each category of the variable; for a binary variable (k = 2) the first category is the one counted.

    Returns
    -------
    Estimate
        ``value``: for k = 2 (p1 - p2)/sqrt((p1 q1 + p2 q2)/2), signed; for k > 2 the Mahalanobis distance between
        the two vectors of proportions, positive. Empty with ``empty group``, ``constant`` (one category only), or
        ``infinite`` (no category in common).

    References
    ----------
    Austin PC. Stat Med 2009;28:3083-3107, formula (2); Yang D, Dalton JE. A unified approach to measuring the effect
    size between two groups using SAS. SAS Global Forum 2012, paper 335.
    """
    counts = np.vstack([as_table_row(level_counts, "level_counts"), as_table_row(reference_counts, "reference_counts")])
    binary = counts.shape[1] == 2
    if (counts.sum(axis=1) == 0).any():
        return Estimate(note="empty group")
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2:
        return Estimate(note="constant")
    if not (counts.min(axis=0) > 0).any():
        return Estimate(note="infinite")
    # The last category is redundant; without it the mean covariance is regular, as the groups share a category.
    p1, p2 = (counts / counts.sum(axis=1, keepdims=True))[:, :-1]
    covariance = (np.diag(p1) - np.outer(p1, p1) + np.diag(p2) - np.outer(p2, p2)) / 2
    distance = math.sqrt(max(float((p1 - p2) @ np.linalg.solve(covariance, p1 - p2)), 0.0))
    return Estimate(math.copysign(distance, float((p1 - p2)[0])) + 0.0 if binary else distance)


# --- shared ---------------------------------------------------------------------------------------------------------


def _not_comparable(samples: Sequence[FloatArray]) -> str:
    """Note for groups that no test can compare, else an empty string."""
    if any(s.size == 0 for s in samples):
        return "empty group"
    first = samples[0][0]
    return "constant" if all(bool((s == first).all()) for s in samples) else ""
