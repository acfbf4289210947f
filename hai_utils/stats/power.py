"""The smallest difference that so many patients could show: what a study of this size could have found at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import nctdtr, ndtri, stdtrit, xlog1py, xlogy

from hai_utils.stats.arrays import FloatArray, as_count, as_finite
from hai_utils.stats.contingency import fisher_p_values
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.one_group import mean_of
from hai_utils.stats.remembered import remembered

# Steps between 0 and the largest difference in which the first that has the power is looked for, then halvings.
_STEPS, _HALVINGS = 200, 60


@remembered
def detectable_risk_difference(n1: int, n2: int, proportion: float, *, alpha: float, power: float) -> Estimate:
    """Return the smallest risk difference that Fisher's exact test shows with a power, given the second group's proportion.

    Parameters
    ----------
    n1, n2 : int
        Sizes of the two groups.
    proportion : float
        The proportion in the second group, in [0, 1].
    alpha, power : float
        Level of the two-sided test, and the power that is asked for, in (0, 1).

    Returns
    -------
    Estimate
        The difference, upward or downward, whichever is smaller, without a sign; ``not attainable`` where no proportion
        of the first group has the power, ``empty group`` where a group is empty.

    Notes
    -----
    The power is summed over all tables of the two binomial distributions, nothing is approximated.
    """
    first, second = as_count(n1, "n1"), as_count(n2, "n2")
    if not (first and second):
        return Estimate(note="empty group")
    rejected = fisher_p_values(first, second) < alpha
    given = rejected @ _binomial(second, proportion)

    def reached(difference: float) -> float:
        return float(_binomial(first, min(1.0, max(0.0, proportion + difference))) @ given) - power

    up = _first_root(reached, 1 - proportion)
    down = _first_root(lambda difference: reached(-difference), proportion)
    found = (up, down)
    known = [difference for difference in found if difference is not None]
    return Estimate(min(known)) if known else Estimate(note="not attainable")


@remembered
def detectable_shift(level: ArrayLike, reference: ArrayLike, *, alpha: float, power: float) -> Estimate:
    """Return the smallest difference in means that Student's t-test shows with a power, given the pooled deviation.

    Parameters
    ----------
    level, reference : array-like, shape (n1,) and (n2,)
        The two groups: their sizes and their pooled standard deviation count.
    alpha, power : float
        As for `detectable_risk_difference`.

    Returns
    -------
    Estimate
        The difference, without a sign; empty with ``empty group``, ``group of one`` (fewer than three patients) or
        ``constant``.

    References
    ----------
    Cohen J. Statistical power analysis for the behavioral sciences, 2nd ed. 1988, ch. 2 (noncentral t).
    """
    x, y = as_finite(level, "level"), as_finite(reference, "reference")
    if not (x.size and y.size):
        return Estimate(note="empty group")
    freedom = x.size + y.size - 2
    if freedom < 1:
        return Estimate(note="group of one")
    # Exactly rounded sums, so that the order of the rows cannot show.
    squares = math.fsum([*((x - mean_of(x)) ** 2), *((y - mean_of(y)) ** 2)])
    if squares == 0:
        return Estimate(note="constant")
    scale = math.sqrt(1 / x.size + 1 / y.size)
    critical = float(stdtrit(freedom, 1 - alpha / 2))

    def reached(noncentrality: float) -> float:
        tails = 1 - nctdtr(freedom, noncentrality, critical) + nctdtr(freedom, noncentrality, -critical)
        return float(tails) - power

    root = _first_root(reached, 10 * critical + 20)
    return Estimate(note="not attainable") if root is None else Estimate(root * scale * math.sqrt(squares / freedom))


@remembered
def detectable_hazard_ratio(events: int, n1: int, n2: int, *, alpha: float, power: float) -> Estimate:
    """Return the smallest hazard ratio above 1 that the log-rank test shows with a power; its inverse likewise.

    Parameters
    ----------
    events : int
        In both groups.
    n1, n2 : int
        Sizes of the two groups.
    alpha, power : float
        As for `detectable_risk_difference`.

    Returns
    -------
    Estimate
        The ratio; empty with ``empty group`` or ``no events``.

    References
    ----------
    Schoenfeld DA. Biometrics 1983;39:499-503.
    """
    if not (n1 and n2):
        return Estimate(note="empty group")
    if not events:
        return Estimate(note="no events")
    information = events * n1 * n2 / (n1 + n2) ** 2
    logarithm = float(ndtri(1 - alpha / 2) + ndtri(power)) / math.sqrt(information)
    # With an event or two the ratio is no number that anybody can read.
    return Estimate(math.exp(logarithm)) if logarithm < 50 else Estimate(note="infinite")


def _binomial(n: int, proportion: float) -> FloatArray:
    """Return the probabilities of 0 ... n successes."""
    counts = np.arange(n + 1)
    logs: FloatArray = _log_choose(n) + xlogy(counts, proportion) + xlog1py(n - counts, -proportion)
    return np.exp(logs)


@lru_cache(maxsize=64)
def _log_choose(n: int) -> FloatArray:
    return np.array([math.log(math.comb(n, k)) for k in range(n + 1)])


def _first_root(function: Callable[[float], float], end: float) -> float | None:
    """Return the first place in [0, end] where a function reaches 0 from below; None where it does not."""
    if end <= 0:
        return None
    places = np.linspace(0.0, end, _STEPS + 1)
    above = next((place for place in range(1, _STEPS + 1) if function(float(places[place])) >= 0), None)
    if above is None:
        return None
    low, high = float(places[above - 1]), float(places[above])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if function(middle) >= 0 else (middle, high)
    return high
