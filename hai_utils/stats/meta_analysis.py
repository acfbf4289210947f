"""Estimates of several centers put together: Mantel-Haenszel, and random effects by inverse variance.

Own code rather than statsmodels', whose ``combine_effects`` has neither the Mantel-Haenszel risk difference nor a
prediction interval, and whose Hartung-Knapp interval may be narrower than that without between-center variance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from hai_utils.stats.arrays import FloatArray, as_confidence_level, as_counts, as_finite
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import chi_square_p, normal_quantile

IntervalMethod = Literal["normal", "hartung_knapp"]
# From this many centers on there is an interval by Hartung and Knapp, and a prediction interval: with two, t on one
# degree of freedom is 12.7.
FEWEST_FOR_T = 3
_STEPS = 200


@dataclass(frozen=True, eq=False, slots=True)
class RandomEffects:
    """What a random-effects analysis says.

    Attributes
    ----------
    mean : Estimate
        Mean effect over centers, its limits and standard error; empty with ``one center`` or ``no center``.
    prediction : Estimate
        The same mean, with the limits within which the effect of a new center is expected.
    tau2 : float or None
        Variance of the effects between centers.
    q, i2 : float or None
        Cochran's Q, and I-squared in percent.
    q_p : float or None
        P of Q on one degree of freedom less than there are centers.
    weights : array, shape (k,)
        Share of each center in the mean, summing to 1.
    """

    mean: Estimate
    prediction: Estimate
    tau2: float | None
    q: float | None
    i2: float | None
    q_p: float | None
    weights: FloatArray


def mantel_haenszel_weights(tables: ArrayLike) -> FloatArray:
    """Return the share of each center, n1 n0 / N, summing to 1; 0 where a group is empty, whatever its events.

    Parameters
    ----------
    tables : array-like of int, shape (k, 4)
        As for `mantel_haenszel_risk_difference`.
    """
    table = _tables(tables)
    n1, n0 = table[:, 1], table[:, 3]
    raw = n1 * n0 / np.maximum(n1 + n0, 1.0)
    total = float(raw.sum())
    return raw / total if total else raw


def mantel_haenszel_risk_difference(tables: ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Combine 2x2 tables to one risk difference, level minus reference; tables with no event count as they are.

    Parameters
    ----------
    tables : array-like of int, shape (k, 4)
        A center a row: events and patients of the level, events and patients of the reference.
    confidence_level : float
        Of the limits, which are Wald's.

    Returns
    -------
    Estimate
        Empty with ``no data`` where no center has both groups; without limits and ``constant`` where nobody or
        everybody has the event, because the variance is then 0.

    References
    ----------
    Greenland, Robins. Biometrics 1985;41:55-68 (the estimate). Sato, Greenland, Robins. Biometrics 1989;45:1323-1324
    (the variance, consistent for many small and for few large tables; R metafor rma.mh takes the same).
    """
    z = normal_quantile(confidence_level)
    table = _tables(tables)
    table = table[(table[:, 1] > 0) & (table[:, 3] > 0)]
    if not len(table):
        return Estimate(note="no data")
    a, n1, c, n0 = table.T
    n = n1 + n0
    weight = float((n1 * n0 / n).sum())
    difference = float(((a * n0 - c * n1) / n).sum()) / weight
    p = float(((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / n**2).sum())
    q = float(((a * (n0 - c) + c * (n1 - a)) / (2 * n)).sum())
    variance = (difference * p + q) / weight**2
    if variance <= 0:
        return Estimate(difference, note="constant")
    se = math.sqrt(variance)
    return Estimate(difference, difference - z * se, difference + z * se, se)


def risk_differences(tables: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the risk difference of each center and its variance, as weights by inverse variance need them.

    A table with an empty cell would have a variance that is too small, or none: 0.5 is added to each of its four cells,
    for the difference and the variance alike (R metafor escalc's default). Both groups must have patients.

    Parameters
    ----------
    tables : array-like of int, shape (k, 4)
        As for `mantel_haenszel_risk_difference`.

    Returns
    -------
    difference, variance : array, shape (k,)
    """
    a, n1, c, n0 = _tables(tables).T
    b, d = n1 - a, n0 - c
    added = np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), 0.5, 0.0)
    p1, p0 = (a + added) / (n1 + 2 * added), (c + added) / (n0 + 2 * added)
    variance = p1 * (1 - p1) / (n1 + 2 * added) + p0 * (1 - p0) / (n0 + 2 * added)
    return p1 - p0, variance


def paule_mandel(effects: FloatArray, variances: FloatArray) -> float:
    """Return the variance between centers at which the weighted sum of squares equals its degrees of freedom.

    References
    ----------
    Paule, Mandel. J Res Natl Bur Stand 1982;87:377-385. Veroniki et al. Res Synth Methods 2016;7:55-79, who recommend it.
    """
    target = len(effects) - 1
    if _weighted_squares(effects, variances, 0.0) <= target:
        return 0.0
    low, high = 0.0, float(np.var(effects)) or 1.0
    while _weighted_squares(effects, variances, high) > target:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _weighted_squares(effects, variances, middle) > target else (low, middle)
    return (low + high) / 2


def random_effects(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    interval: IntervalMethod = "hartung_knapp",
    confidence_level: float = 0.95,
) -> RandomEffects:
    """Average the effects of several centers, allowing them to differ.

    Parameters
    ----------
    effects : array-like, shape (k,)
        One a center, on a scale on which it is about normal (a difference, the logarithm of a ratio).
    variances : array-like, shape (k,)
        Their variances within centers, above 0.
    interval : IntervalMethod
        ``normal``; or ``hartung_knapp``: t on k - 1 degrees of freedom, the standard error scaled by the weighted mean
        square where that is above 1, so that it is never narrower for centers that happen to agree (R metafor's
        ``test = "adhoc"``; with a tau-squared above 0 the same as ``"knha"``).
    confidence_level : float
        Of all limits.

    Returns
    -------
    RandomEffects
        The prediction interval is mean -/+ t sqrt(tau2 + se^2) with the same t, from three centers on.

    References
    ----------
    Knapp, Hartung. Stat Med 2003;22:2693-2710 (interval, and its bound). Higgins, Thompson. Stat Med 2002;21:1539-1558
    (I-squared, from Q). Higgins, Thompson, Spiegelhalter. J R Stat Soc A 2009;172:137-159 (prediction interval).
    """
    level = as_confidence_level(confidence_level)
    y, v = as_finite(effects, "effects"), as_finite(variances, "variances")
    if y.size != v.size or (v <= 0).any():
        raise ValueError("every effect needs a variance above 0")
    k = y.size
    if k < 2:
        note = "one center" if k else "no center"
        return RandomEffects(Estimate(note=note), Estimate(note=note), None, None, None, None, np.ones(k))
    tau2, q = paule_mandel(y, v), _weighted_squares(y, v, 0.0)
    weight = 1 / (v + tau2)
    mean = float((weight * y).sum() / weight.sum())
    scale = max(1.0, _weighted_squares(y, v, tau2) / (k - 1)) if interval == "hartung_knapp" else 1.0
    se = math.sqrt(scale / float(weight.sum()))
    multiple = float(stdtrit(k - 1, 0.5 + level / 2)) if interval == "hartung_knapp" else normal_quantile(level)
    return RandomEffects(
        mean=_around(mean, multiple, se),
        prediction=_prediction(mean, multiple, se, tau2, k),
        tau2=tau2,
        q=q,
        i2=100 * max(0.0, (q - (k - 1)) / q) if q else 0.0,
        q_p=chi_square_p(q, k - 1),
        weights=weight / weight.sum(),
    )


def _prediction(mean: float, multiple: float, se: float, tau2: float, k: int) -> Estimate:
    if k < FEWEST_FOR_T:
        return Estimate(note="two centers")
    return _around(mean, multiple, math.sqrt(tau2 + se**2))


def _around(mean: float, multiple: float, se: float) -> Estimate:
    return Estimate(mean, mean - multiple * se, mean + multiple * se, se)


def _weighted_squares(effects: FloatArray, variances: FloatArray, tau2: float) -> float:
    """Return Q at a variance between centers; at 0 it is Cochran's."""
    weight = 1 / (variances + tau2)
    mean = (weight * effects).sum() / weight.sum()
    return float((weight * (effects - mean) ** 2).sum())


def _tables(tables: ArrayLike) -> FloatArray:
    """Return validated tables as floats, shape (k, 4).

    Raises
    ------
    ValueError
        If there are not four counts a row, or more events than patients.
    """
    raw = np.asarray(tables, dtype=np.float64)
    table = as_counts(raw.reshape(0, 4) if not raw.size else raw, "tables").astype(np.float64)
    if table.shape[1] != 4:
        raise ValueError(f"tables must have four counts a row, not {table.shape[1]}")
    if (table[:, 0] > table[:, 1]).any() or (table[:, 2] > table[:, 3]).any():
        raise ValueError("tables hold more events than patients")
    return table
