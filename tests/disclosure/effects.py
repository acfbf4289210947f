"""Which two-by-two tables have the effects, limits and P values that are published: textbook formulas, all tables tried.

A printed number follows from the one in the results, so that what cannot be told from all digits cannot from fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, fisher_exact, norm

Numbers = NDArray[np.float64]
CLOSE = 1e-8


@dataclass(frozen=True)
class Tables:
    """All tables with these numbers of patients: ``a`` of ``n`` and ``b`` of ``m`` have something."""

    a: Numbers
    n: int
    b: Numbers
    m: int
    z: float

    def wilson(self, count: Numbers, size: int) -> tuple[Numbers, Numbers]:
        """Both limits of a proportion by Wilson's score."""
        z = self.z
        center = (count + z * z / 2) / (size + z * z)
        half = z / (size + z * z) * np.sqrt(count * (size - count) / size + z * z / 4)
        return center - half, center + half

    def expected(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Each observed cell with the one expected without a difference."""
        total, with_it = self.n + self.m, self.a + self.b
        for size, count in ((self.n, self.a), (self.m, self.b)):
            yield count, size * with_it / total
            yield size - count, size * (total - with_it) / total


def _odds_ratio(t: Tables, add: float, side: int) -> Numbers:
    a, b, c, d = t.a + add, t.b + add, t.n - t.a + add, t.m - t.b + add
    spread = t.z * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    found: Numbers = np.exp(np.log(a * d / (b * c)) + side * spread)
    return found


def _difference(t: Tables) -> Numbers:
    return t.a / t.n - t.b / t.m


def _wald(t: Tables, side: int) -> Numbers:
    p, q = t.a / t.n, t.b / t.m
    found: Numbers = p - q + side * t.z * np.sqrt(p * (1 - p) / t.n + q * (1 - q) / t.m)
    return found


def _newcombe(t: Tables, side: int) -> Numbers:
    p, q = t.a / t.n, t.b / t.m
    ends, others = t.wilson(t.a, t.n), t.wilson(t.b, t.m)
    own, other = (ends[1], others[0]) if side > 0 else (ends[0], others[1])
    found: Numbers = p - q + side * np.sqrt((p - own) ** 2 + (q - other) ** 2)
    return found


def _chi_square(t: Tables, factor: float = 1.0, correction: float = 0.0) -> Numbers:
    cells = [(np.maximum(np.abs(seen - due) - correction, 0) ** 2, due) for seen, due in t.expected()]
    found: Numbers = chi2.sf(factor * sum(square / due for square, due in cells), 1)
    return found


def _likelihood_ratio(t: Tables) -> Numbers:
    terms = [np.where(seen > 0, seen * np.log(np.where(seen > 0, seen, 1) / due), 0) for seen, due in t.expected()]
    found: Numbers = chi2.sf(2 * sum(terms), 1)
    return found


def _fisher(t: Tables) -> Numbers:
    tables = zip(t.a, t.b, strict=True)
    return np.array([fisher_exact([[a, t.n - a], [b, t.m - b]])[1] for a, b in tables])


FORMULAS: Mapping[tuple[str, str], Callable[[Tables], Numbers]] = {
    ("risk_difference", ""): _difference,
    ("risk_difference_lower", "wald"): lambda t: _wald(t, -1),
    ("risk_difference_upper", "wald"): lambda t: _wald(t, 1),
    ("risk_difference_lower", "newcombe"): lambda t: _newcombe(t, -1),
    ("risk_difference_upper", "newcombe"): lambda t: _newcombe(t, 1),
    ("odds_ratio", "sample"): lambda t: _odds_ratio(t, 0, 0),
    ("odds_ratio_lower", "sample"): lambda t: _odds_ratio(t, 0, -1),
    ("odds_ratio_upper", "sample"): lambda t: _odds_ratio(t, 0, 1),
    ("odds_ratio", "haldane"): lambda t: _odds_ratio(t, 0.5, 0),
    ("odds_ratio_lower", "haldane"): lambda t: _odds_ratio(t, 0.5, -1),
    ("odds_ratio_upper", "haldane"): lambda t: _odds_ratio(t, 0.5, 1),
    ("p_value", "pearson_chi2"): _chi_square,
    ("p_value", "n_minus_1_chi2"): lambda t: _chi_square(t, (t.n + t.m - 1) / (t.n + t.m)),
    ("p_value", "yates_chi2"): lambda t: _chi_square(t, correction=0.5),
    ("p_value", "likelihood_ratio"): _likelihood_ratio,
    # Slow, and so tried on what the others leave.
    ("p_value", "fisher_exact"): _fisher,
}


def fitting(
    rows: Iterable[Mapping[str, str]], sizes: Iterable[tuple[int, int]], total: int | None, confidence: float
) -> set[tuple[int, int, int, int]]:
    """Return (a, n, b, m) of each table that has all that the rows say.

    Parameters
    ----------
    rows : iterable of row of ``results.csv``
        Of one variable and one comparison.
    sizes : iterable of (n, m)
        How many may have been recorded in either group.
    total : int, optional
        a + b, where it is published.
    confidence : float
        Of the limits.
    """
    known = {(row["statistic"], row["method"]): float(row["value"]) for row in rows if row["value"]}
    used = [place for place in FORMULAS if place in known]
    found: set[tuple[int, int, int, int]] = set()
    for n, m in sizes if used else ():
        a, b = (side.ravel().astype(np.float64) for side in np.meshgrid(np.arange(n + 1), np.arange(m + 1)))
        if total is not None:
            a, b = a[a + b == total], b[a + b == total]
        for place in used:
            with np.errstate(all="ignore"):
                values = FORMULAS[place](Tables(a, n, b, m, float(norm.ppf((1 + confidence) / 2))))
            close = np.abs(values - known[place]) < CLOSE
            a, b = a[close], b[close]
        found |= {(int(x), n, int(y), m) for x, y in zip(a, b, strict=True)}
    return found
