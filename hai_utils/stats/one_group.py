"""One group of a continuous variable: location, spread, quartiles, normality."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from hai_utils.catalogue.methods import methods_of
from hai_utils.stats.arrays import FloatArray, as_choice, as_finite
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.remembered import remembered

QuartileMethod = str
QUARTILE_METHODS = methods_of("quartile_method")

SHAPIRO_WILK_LIMIT = 5_000
"""Largest n for which Royston's approximation was fitted."""


# --- one group ------------------------------------------------------------------------------------------------------


def mean(x: ArrayLike) -> Estimate:
    """Return the arithmetic mean of ``x`` (n,), in the unit of ``x``; ``no data`` where n = 0."""
    values = as_finite(x, "x")
    return Estimate(note="no data") if values.size == 0 else finite_estimate(mean_of(values))


def sd(x: ArrayLike) -> Estimate:
    """Return the standard deviation of ``x`` (n,) with the divisor n - 1; ``group of one`` where n = 1."""
    values = as_finite(x, "x")
    if values.size < 2:
        return Estimate(note="group of one" if values.size else "no data")
    with np.errstate(over="ignore"):
        return finite_estimate(sd_of(values))


def median(x: ArrayLike) -> Estimate:
    """Return the median of ``x`` (n,), the mean of the two middle values where n is even; ``no data`` where n = 0."""
    values = np.sort(as_finite(x, "x"))
    n = values.size
    return Estimate(note="no data") if n == 0 else Estimate(midpoint(values[(n - 1) // 2], values[n // 2]))


def minimum(x: ArrayLike) -> Estimate:
    """Return the smallest value of ``x`` (n,); ``no data`` where n = 0."""
    values = as_finite(x, "x")
    return Estimate(float(values.min())) if values.size else Estimate(note="no data")


def maximum(x: ArrayLike) -> Estimate:
    """Return the largest value of ``x`` (n,); ``no data`` where n = 0."""
    values = as_finite(x, "x")
    return Estimate(float(values.max())) if values.size else Estimate(note="no data")


# What describes one variable in one group by a single number each.
DESCRIPTIONS: dict[str, Callable[[ArrayLike], Estimate]] = {
    "mean": mean,
    "sd": sd,
    "median": median,
    "min": minimum,
    "max": maximum,
}


@remembered
def quartiles(x: ArrayLike, *, method: str) -> tuple[Estimate, Estimate]:
    """Return the lower and the upper quartile by one of the four rules that software prints.

    Parameters
    ----------
    x : array-like, shape (n,)
        Values without missing ones; for n = 1 both quartiles are that value, for n = 0 both are empty.
    method : {"type_6", "type_7", "type_2", "tukey_hinges"}
        SPSS (order statistic at (n + 1) p), R and NumPy (1 + (n - 1) p), SAS (averaged step function), and
        Tukey's hinges (medians of the halves, the middle value in both).

    References
    ----------
    Hyndman RJ, Fan Y. Am Stat 1996;50:361-365, definitions 6, 7, 2; Tukey JW. Exploratory Data Analysis, 1977, ch. 2
    (R ``fivenum``).
    """
    as_choice(method, "method", _QUARTILE_POSITIONS)
    values = np.sort(as_finite(x, "x"))
    if values.size == 0:
        return Estimate(note="no data"), Estimate(note="no data")
    lower, upper = (_at_position(values, position) for position in _QUARTILE_POSITIONS[method](values.size))
    return Estimate(lower), Estimate(upper)


def _hinges(n: int) -> tuple[float, float]:
    depth = ((n + 3) // 2) / 2
    return depth, n + 1 - depth


def _step_position(np_: float) -> float:
    """Position by the averaged step function: the next order statistic, or where n p is whole the middle to it."""
    return np_ + 0.5 if np_.is_integer() else math.ceil(np_)


# Positions of the quartiles in the sorted sample, counted from 1 (multiples of 1/4, so exact in binary).
_QUARTILE_POSITIONS: dict[str, Callable[[int], tuple[float, float]]] = {
    "type_6": lambda n: ((n + 1) / 4, 3 * (n + 1) / 4),
    "type_7": lambda n: (1 + (n - 1) / 4, 1 + 3 * (n - 1) / 4),
    "type_2": lambda n: (_step_position(n / 4), _step_position(3 * n / 4)),
    "tukey_hinges": _hinges,
}


def _at_position(ordered: FloatArray, position: float) -> float:
    """Order statistic at a fractional position, linear between neighbours, held at the ends."""
    position = min(max(position, 1.0), float(ordered.size))
    below = math.floor(position)
    share = position - below
    low = float(ordered[below - 1])
    high = float(ordered[min(below, ordered.size - 1)])
    return low if share == 0 or low == high else (1 - share) * low + share * high


@remembered
def shapiro_wilk(x: ArrayLike) -> Estimate:
    """Test normality by Shapiro and Wilk's W with Royston's approximation.

    Parameters
    ----------
    x : array-like, shape (n,)
        Values without missing ones.

    Returns
    -------
    Estimate
        ``value`` W and ``p_value``; empty with ``too few patients`` (n < 3), ``constant``, or
        ``too large for Shapiro-Wilk`` (n > 5,000, beyond which the approximation was not fitted).

    References
    ----------
    Royston P. Remark AS R94. Appl Stat 1995;44:547-551. Written out here, as SciPy's would load scipy.stats for
    it alone; the same numbers (tests).
    """
    values = np.sort(as_finite(x, "x"))
    n = values.size
    if n < 3:
        return Estimate(note="too few patients")
    if values[0] == values[-1]:
        return Estimate(note="constant")
    if n > SHAPIRO_WILK_LIMIT:
        return Estimate(note="too large for Shapiro-Wilk")
    # 1 - W is computed as such: W itself is near 1, and log(1 - W) decides P.
    scaled = (values / 2 - values[0] / 2) / (values[-1] / 2 - values[0] / 2)
    deviations = scaled - mean_of(scaled)
    a = _shapiro_weights(n)
    total, weight, covariance = (math.fsum(t) for t in (deviations**2, a**2, a * deviations))
    root = math.sqrt(total * weight)
    complement = max((root - covariance) * (root + covariance) / (total * weight), 0.0)
    return Estimate(value=1 - complement, p_value=_shapiro_p(complement, n))


def _shapiro_weights(n: int) -> FloatArray:
    """Royston's approximate weights a_1 ... a_n of the order statistics (antisymmetric, sum of squares 1)."""
    half = n // 2
    if n == 3:
        upper = np.array([math.sqrt(0.5)])
    else:
        m = -ndtri((np.arange(1, half + 1) - 0.375) / (n + 0.25))
        m_squared = 2 * float((m**2).sum())
        u = 1 / math.sqrt(n)
        first = [
            np.polyval([-2.706056, 4.434685, -2.071190, -0.147981, 0.221157, 0.0], u) + m[0] / math.sqrt(m_squared)
        ]
        if n > 5:
            second = np.polyval([-3.582633, 5.682633, -1.752461, -0.293762, 0.042981, 0.0], u)
            first.append(second + m[1] / math.sqrt(m_squared))
        fixed = len(first)
        phi = (m_squared - 2 * float((m[:fixed] ** 2).sum())) / (1 - 2 * math.fsum(a**2 for a in first))
        upper = np.concatenate([first, m[fixed:] / math.sqrt(phi)])
    return np.concatenate([-upper, np.zeros(n % 2), upper[::-1]])


def _shapiro_p(complement: float, n: int) -> float:
    """Upper tail of Royston's normalising transformation of 1 - W."""
    if n == 3:
        exact = 6 / math.pi * (math.asin(math.sqrt(1 - complement)) - math.asin(math.sqrt(0.75)))
        return min(max(exact, 0.0), 1.0)
    if complement == 0:
        return 1.0
    y, log_n = math.log(complement), math.log(n)
    if n <= 11:
        gamma = -2.273 + 0.459 * n
        if y >= gamma:
            return 0.0
        y = -math.log(gamma - y)
        mu = np.polyval([-6.714e-4, 0.025054, -0.39978, 0.5440], n)
        sigma = math.exp(np.polyval([-0.0020322, 0.062767, -0.77857, 1.3822], n))
    else:
        mu = np.polyval([0.0038915, -0.083751, -0.31082, -1.5861], log_n)
        sigma = math.exp(np.polyval([0.0030302, -0.082676, -0.4803], log_n))
    return float(ndtr(-(y - mu) / sigma))


# --- sums that neither the order of the rows nor large numbers can spoil


def mean_of(x: FloatArray) -> float:
    """Mean by an exactly rounded sum, so that the order of the rows cannot show; within [min, max]."""
    scale = power_of_two(x)
    average = math.fsum(x / scale) / x.size * scale
    return min(max(average, float(x.min())), float(x.max()))


def sd_of(x: FloatArray) -> float:
    """Compute the standard deviation with the divisor n - 1; 0 where all values are equal."""
    deviations = x - mean_of(x)
    scale = power_of_two(deviations)
    return math.sqrt(math.fsum((deviations / scale) ** 2) / (x.size - 1)) * scale


def power_of_two(x: FloatArray) -> float:
    """Choose a power of two near the largest magnitude: dividing by it is exact and keeps sums and squares in range."""
    largest = float(np.abs(x).max())
    return 2.0 ** min(max(math.frexp(largest)[1], -1000), 1000) if largest else 1.0


def midpoint(low: float, high: float) -> float:
    """Return the middle of two finite numbers without leaving the range of floats."""
    return float(low) if low == high else float(low) / 2 + float(high) / 2


def finite_estimate(value: float) -> Estimate:
    """Return ``value`` as an estimate; ``infinite`` where it is none."""
    return Estimate(value) if math.isfinite(value) else Estimate(note="infinite")
