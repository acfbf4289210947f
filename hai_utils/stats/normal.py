"""Quantiles and tail areas of the normal and chi-square distributions, as every interval and test here needs them."""

from __future__ import annotations

from scipy.special import chdtrc, ndtr, ndtri

from hai_utils.stats.arrays import as_confidence_level


def normal_quantile(confidence_level: float) -> float:
    """Return the two-sided standard normal quantile of a confidence level (0.95 gives 1.959964, not 1.96).

    Raises
    ------
    ValueError
        If the level does not lie between 0 and 1.
    """
    return float(ndtri(0.5 + as_confidence_level(confidence_level) / 2))


def two_sided_p(z: float) -> float:
    """Return the two-sided P value of a standard normal deviate."""
    return float(2 * ndtr(-abs(z)))


def chi_square_p(statistic: float, degrees_of_freedom: int) -> float:
    """Return the upper tail area of a chi-square statistic."""
    return float(chdtrc(degrees_of_freedom, max(statistic, 0.0)))
