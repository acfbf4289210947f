"""Tables of counts: tests of association for 2x2 and larger tables, exact and asymptotic."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hai_utils.catalogue.methods import methods_of, read_method
from hai_utils.stats.arrays import TOO_LARGE, FloatArray, IntArray, as_choice, as_counts
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.freeman_halton import freeman_halton_p
from hai_utils.stats.normal import chi_square_p
from hai_utils.stats.remembered import remembered

CategoricalTest = str
CATEGORICAL_TESTS = methods_of("categorical_test")
APPLICABLE_2X2 = CATEGORICAL_TESTS
APPLICABLE_LARGER = methods_of("larger_table_test")

FRAGILITY_LIMIT = 10_000
"""Total number of patients above which no fragility index is searched for."""

_AS_EXTREME = 1e-7
"""Probabilities this close (relative) to the observed one count as equal, as in R fisher.test."""

_TIED_Z = 1e-9
"""Statistics this close to the observed one count as equal."""

_SUPREMUM_PRECISION = 1e-12
"""Relative width to which a supremum is enclosed (the contract asks for 1e-6)."""


@remembered
def compare_table(table: ArrayLike, *, method: str) -> Estimate:
    """Test association in a table of counts, two-sided.

    Parameters
    ----------
    table : array-like of int, shape (groups, levels)
        Rows are the groups (level, then reference), columns the levels of the outcome. Rows and columns that are all
        zero are dropped first.
    method : str
        ``fisher_exact``: sum of the probabilities at most the observed (Freeman-Halton beyond 2x2); ``fisher_mid_p``:
        the less likely tables plus half the equally likely; ``pearson_chi2`` uncorrected; ``yates_chi2``;
        ``n_minus_1_chi2``; ``likelihood_ratio`` G; ``boschloo`` and ``barnard`` unconditional, see their functions.

    Returns
    -------
    Estimate
        ``p_value``, and as ``value`` chi2, G, abs(z) (barnard) or the ordering Fisher P (boschloo); the note of the
        chi-square family counts the expected counts < 5. Empty with ``no data``, ``empty group`` (fewer than two
        groups), ``constant`` (one outcome level only) or ``too large for exact``.

    Raises
    ------
    ValueError
        If a method for 2x2 tables is asked of a larger one.

    References
    ----------
    Agresti A. Categorical Data Analysis, 3rd ed., ch. 3; Freeman GH, Halton JH. Biometrika 1951;38:141-149; Campbell I.
    Stat Med 2007;26:3661-3675 (N - 1); Lancaster HO. J Am Stat Assoc 1961;56:223-234 (mid-P).
    """
    as_choice(method, "method", _TESTS)
    counts = _without_zero_margins(as_counts(table))
    if note := _not_comparable(counts):
        return Estimate(note=note)
    if counts.shape != (2, 2) and method not in APPLICABLE_LARGER:
        raise ValueError(f"{method} is defined for 2x2 tables only, this one is {counts.shape[0]}x{counts.shape[1]}")
    most = read_method(method).most_patients
    return Estimate(note=TOO_LARGE) if most and counts.sum() > most else _TESTS[method](counts)


def expected_counts(table: ArrayLike) -> FloatArray:
    """Return the counts expected under independence, row total x column total / N (all 0 for an empty table)."""
    counts = as_counts(table)
    total = max(int(counts.sum()), 1)
    expected: FloatArray = np.multiply.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    return expected


def _without_zero_margins(counts: IntArray) -> IntArray:
    return counts[np.ix_(counts.sum(axis=1) > 0, counts.sum(axis=0) > 0)]


def _cells(counts: IntArray) -> tuple[int, int, int, int]:
    """Return the cells of a 2x2 table as Python integers, whose products do not overflow."""
    a, b, c, d = (int(cell) for cell in counts.ravel())
    return a, b, c, d


def _not_comparable(counts: IntArray) -> str:
    """Note for a table (zero margins dropped) that no test can use, else an empty string."""
    if counts.size == 0:
        return "no data"
    if counts.shape[0] < 2:
        return "empty group"
    return "constant" if counts.shape[1] < 2 else ""


# --- chi-square family ----------------------------------------------------------------------------------------------


def _asymptotic(counts: IntArray, statistic: Callable[[IntArray], float]) -> Estimate:
    chi2 = statistic(counts)
    small = int((np.multiply.outer(counts.sum(axis=1), counts.sum(axis=0)) < 5 * counts.sum()).sum())
    degrees_of_freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return Estimate(
        chi2, p_value=chi_square_p(chi2, degrees_of_freedom), note=f"{small} of {counts.size} expected counts < 5"
    )


def _pearson(counts: IntArray) -> float:
    expected = expected_counts(counts)
    return math.fsum(((counts - expected) ** 2 / expected).ravel())


def _likelihood_ratio(counts: IntArray) -> float:
    observed, expected = counts[counts > 0], expected_counts(counts)[counts > 0]
    # Equal margins can leave a rounding error below zero.
    return max(2 * math.fsum(observed * np.log(observed / expected)), 0.0)


def _yates(counts: IntArray) -> float:
    a, b, c, d = _cells(counts)
    n = a + b + c + d
    excess = max(0, 2 * abs(a * d - b * c) - n)
    return n * excess**2 / (4 * (a + b) * (c + d) * (a + c) * (b + d))


def _n_minus_1(counts: IntArray) -> float:
    n = int(counts.sum())
    return _pearson(counts) * (n - 1) / n


# --- Fisher's exact test, 2x2 ---------------------------------------------------------------------------------------


def log_hypergeometric(n1: int, n2: int, successes: int) -> tuple[int, FloatArray]:
    """Return the log weights of a 2x2 table's first cell given all margins.

    Parameters
    ----------
    n1, n2 : int
        Row totals.
    successes : int
        First column's total.

    Returns
    -------
    lowest, logs : int and array, shape (m,)
        The smallest possible first cell, and the log weights of it and the following ones, 0 at the largest. They come
        from the ratios of neighbours, so that the probabilities are relatively exact to about 1e-12 also in the tails
        and for N = 100,000, where log factorials are not.
    """
    lowest, highest = max(0, successes - n2), min(n1, successes)
    cells = np.arange(lowest, highest, dtype=np.float64)
    ratios = (n1 - cells) * (successes - cells) / ((cells + 1) * (n2 - successes + cells + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    return lowest, logs - logs.max()


def _hypergeometric(n1: int, n2: int, successes: int) -> tuple[int, FloatArray]:
    """Smallest possible first cell, and the probabilities of it and the following ones."""
    lowest, logs = log_hypergeometric(n1, n2, successes)
    weights = np.exp(logs)
    return lowest, weights / weights.sum()


def _fisher(counts: IntArray, *, equally_likely: float = 1.0) -> Estimate:
    """Sum the tables less likely than the observed, and a share of the equally likely ones."""
    a, b, c, d = _cells(counts)
    lowest, probabilities = _hypergeometric(a + b, c + d, a + c)
    observed = probabilities[a - lowest]
    less = float(probabilities[probabilities < observed * (1 - _AS_EXTREME)].sum())
    equal = float(probabilities[np.abs(probabilities - observed) <= observed * _AS_EXTREME].sum())
    return Estimate(p_value=min(1.0, less + equally_likely * equal))


def _fisher_of_any_size(counts: IntArray) -> Estimate:
    if counts.shape == (2, 2):
        return _fisher(counts)
    p_value = freeman_halton_p(counts)
    return Estimate(p_value=p_value, note=TOO_LARGE if p_value is None else "")


@remembered
def fragility_index(table: ArrayLike, *, alpha: float = 0.05) -> Estimate:
    """Count the patients on whose outcomes the significance of a 2x2 table hangs.

    Parameters
    ----------
    table : array-like of int, shape (2, 2)
        Rows are the groups, the first column the events.
    alpha : float
        The level that Fisher's two-sided P must cross, in (0, 1).

    Returns
    -------
    Estimate
        ``value``: the fewest patients in the group with the fewer events (the lower proportion where they are equal)
        whose outcome has to flip, in either direction, for P >= alpha; where P is not below alpha already, for
        P < alpha, with the note ``reverse fragility``. Empty with ``empty group``, ``constant``, ``not attainable``, or
        ``too large for exact`` (N > 10,000).

    Raises
    ------
    ValueError
        If the table is not 2x2, or alpha not in (0, 1).

    References
    ----------
    Walsh M et al. J Clin Epidemiol 2014;67:622-628 (events are added to the group with the fewer); Khan MS et al. JAMA
    Netw Open 2020;3:e2012469 (reverse). Flips are tried both ways because the group with the fewer events can, with
    unequal groups, have the higher proportion.
    """
    counts = as_counts(table)
    if counts.shape != (2, 2):
        raise ValueError(f"a fragility index needs a 2x2 table, not {counts.shape[0]}x{counts.shape[1]}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    if note := _not_comparable(_without_zero_margins(counts)):
        return Estimate(note=note)
    if counts.sum() > FRAGILITY_LIMIT:
        return Estimate(note=TOO_LARGE)
    first, second = counts.tolist()
    fewer, other = sorted((first, second), key=lambda row: (row[0], -row[1]))
    significant = _fisher_p(fewer, other) < alpha
    note = "" if significant else "reverse fragility"
    for flips in range(1, max(fewer) + 1):
        for events in (fewer[0] + flips, fewer[0] - flips):
            if 0 <= events <= sum(fewer) and (_fisher_p([events, sum(fewer) - events], other) < alpha) != significant:
                return Estimate(float(flips), note=note)
    return Estimate(note="not attainable")


def _fisher_p(first: list[int], second: list[int]) -> float:
    return float(_fisher(np.array([first, second])).p_value or 0.0)


# --- unconditional tests, 2x2 ---------------------------------------------------------------------------------------


def _unconditional(counts: IntArray, *, method: str) -> Estimate:
    """Test by the supremum over the common proportion, with only the two group sizes fixed.

    ``boschloo`` orders the tables by Fisher's two-sided P, ``barnard`` by abs(z) with pooled variance. SciPy's two-sided
    Boschloo doubles a one-sided P instead of ordering by the two-sided one, and its Barnard loses tables that tie with
    the observed up to rounding; both search the supremum locally. Here it is enclosed, see `binomial_supremum`.

    References
    ----------
    Boschloo RD. Stat Neerl 1970;24:1-35; Barnard GA. Nature 1945;156:177; Suissa S, Shuster JJ. J R Stat Soc A
    1985;148:317-327 (abs(z) pooled); Mehrotra DV, Chan ISF, Berger RL. Biometrics 2003;59:441-450.
    """
    a, b, c, d = _cells(counts)
    n1, n2 = a + b, c + d
    if method == "boschloo":
        observed = _fisher_p([a, b], [c, d])
        margins = _fisher_by_margin(n1, n2)
        rejected = [p[tail <= observed * (1 + _AS_EXTREME)].sum() for p, tail in margins]
    else:
        z = _pooled_z(n1, n2)
        observed = float(z[a, c])
        extreme = z >= observed - _TIED_Z
        rejected = [_hypergeometric_share(n1, n2, s, extreme) for s in range(n1 + n2 + 1)]
    return Estimate(observed, p_value=min(1.0, binomial_supremum(np.array(rejected))))


@lru_cache(maxsize=16)
def _fisher_by_margin(n1: int, n2: int) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """For each number of successes 0 ... n1 + n2: the tables' conditional probabilities and their Fisher P."""
    margins = []
    for successes in range(n1 + n2 + 1):
        _, probabilities = _hypergeometric(n1, n2, successes)
        ordered = np.sort(probabilities)
        through = np.searchsorted(ordered, probabilities * (1 + _AS_EXTREME), side="right")
        margins.append((probabilities, np.cumsum(ordered)[through - 1]))
    return tuple(margins)


def fisher_p_values(n1: int, n2: int) -> FloatArray:
    """Return Fisher's two-sided P of every 2x2 table with these group sizes, by the two counts, shape (n1 + 1, n2 + 1)."""
    table = np.empty((n1 + 1, n2 + 1))
    for successes, (_, p_values) in enumerate(_fisher_by_margin(n1, n2)):
        cells = max(0, successes - n2) + np.arange(len(p_values))
        table[cells, successes - cells] = np.minimum(p_values, 1.0)
    return table


def _pooled_z(n1: int, n2: int) -> FloatArray:
    """|z| of all tables, shape (n1 + 1, n2 + 1); 0 where nobody or everybody has the outcome."""
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[None, :]
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    difference = np.abs(x1 * n2 - x2 * n1) / (n1 * n2)
    informative = (x1 + x2 > 0) & (x1 + x2 < n1 + n2)
    z: FloatArray = np.where(informative, difference / np.sqrt(np.where(informative, variance, 1.0)), 0.0)
    return z


def _hypergeometric_share(n1: int, n2: int, successes: int, region: NDArray[np.bool_]) -> float:
    """Conditional probability of the region given the number of successes."""
    lowest, probabilities = _hypergeometric(n1, n2, successes)
    cells = lowest + np.arange(len(probabilities))
    return float(probabilities[region[cells, successes - cells]].sum())


def binomial_supremum(rejected: FloatArray) -> float:
    """Return the supremum over p in (0, 1) of the binomial mean of a function of the number of successes.

    Parameters
    ----------
    rejected : array, shape (N + 1,)
        The function: conditional probability of rejection given 0 ... N successes, in [0, 1].

    Returns
    -------
    float
        The supremum, to a relative 1e-12.

    Notes
    -----
    sum_s f_s C(N, s) p^s (1 - p)^(N - s) is a polynomial whose Bernstein coefficients are the f_s themselves. On any
    interval it lies below its largest coefficient there and takes the first and the last one at the ends, so halving
    the intervals (de Casteljau) and dropping those that cannot hold the maximum encloses it: no grid to fall through.

    References
    ----------
    Farin G. Curves and Surfaces for CAGD, 5th ed., ch. 4-5 (subdivision, convex hull property).
    """
    halving = _halving_matrix(len(rejected) - 1)
    intervals = rejected[None, :]
    best = float(max(rejected[0], rejected[-1]))
    # Widths below 2^-48 are beyond double precision; the enclosure is far tighter long before.
    for _ in range(48):
        # einsum, not a BLAS product, whose last bits can depend on the number of threads.
        left = np.einsum("mi,ki->mk", intervals, halving)
        right = np.einsum("mi,ki->mk", intervals[:, ::-1], halving)[:, ::-1]
        intervals = np.concatenate([left, right])
        best = max(best, float(left[:, -1].max()))
        intervals = intervals[intervals.max(axis=1) > best * (1 + _SUPREMUM_PRECISION)]
        if not len(intervals):
            break
    return best


@lru_cache(maxsize=16)
def _halving_matrix(degree: int) -> FloatArray:
    """Rows k: the weights C(k, i)/2^k that give the Bernstein coefficients on the left half of an interval."""
    matrix = np.zeros((degree + 1, degree + 1))
    matrix[0, 0] = 1.0
    for k in range(1, degree + 1):
        matrix[k, 0] = matrix[k - 1, 0] / 2
        matrix[k, 1:] = (matrix[k - 1, :-1] + matrix[k - 1, 1:]) / 2
    matrix.flags.writeable = False
    return matrix


_TESTS: dict[str, Callable[[IntArray], Estimate]] = {
    "fisher_exact": _fisher_of_any_size,
    "pearson_chi2": partial(_asymptotic, statistic=_pearson),
    "yates_chi2": partial(_asymptotic, statistic=_yates),
    "n_minus_1_chi2": partial(_asymptotic, statistic=_n_minus_1),
    "likelihood_ratio": partial(_asymptotic, statistic=_likelihood_ratio),
    "fisher_mid_p": partial(_fisher, equally_likely=0.5),
    "boschloo": partial(_unconditional, method="boschloo"),
    "barnard": partial(_unconditional, method="barnard"),
}
