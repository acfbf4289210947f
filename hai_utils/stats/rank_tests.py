"""Comparison of survival curves: the log-rank family and the exact permutation log-rank test.

Own code rather than lifelines', whose import costs more than all statistics of a report, and which has neither the
permutation test nor the weights S(t-). The tests compare with R's survival and coin and with lifelines.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from hai_utils.catalogue.methods import methods_of
from hai_utils.stats.arrays import FloatArray, IntArray, as_choice, as_codes, as_events, as_times
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import chi_square_p
from hai_utils.stats.remembered import remembered
from hai_utils.stats.risk_sets import RiskSets, risk_sets, rounded
from hai_utils.stats.sums import cross_products, sum_of_products

SURVIVAL_TESTS = methods_of("survival_test")

COMPLETE_ENUMERATION_LIMIT = 3_000_000
# Shuffled patients over all draws, about 15 ns each: above it the test would take longer than the rest of a report.
RANDOM_PERMUTATION_LIMIT = 50_000_000
STATISTIC_TOLERANCE = 1e-9

# A hypergeometric count costs about as much as seven shuffled patients (measured: 100 ns against 14 ns).
_COST_OF_A_COUNT = 7
_BLOCK = 2_000_000


@remembered
def compare_survival(time: ArrayLike, event: ArrayLike, group: ArrayLike, *, method: str) -> Estimate:
    """Test whether the survival curves of two or more groups are equal.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Times >= 0 without missing values; 1 = event, 0 = censored.
    group : array-like of int, shape (n,)
        Codes 0, 1, ...; codes that nobody has are passed over.
    method : str
        The weight at each event time: ``logrank`` 1; ``gehan_wilcoxon`` n (SPSS calls it Breslow); ``tarone_ware``
        root n; ``peto_peto`` the modified Peto-Peto estimate prod(1 - d/(n + 1)) up to and with the time;
        ``fleming_harrington_1_0`` the pooled Kaplan-Meier estimate just before the time (R's survdiff, rho = 1).

    Returns
    -------
    Estimate
        Chi-square statistic and P on k - 1 degrees of freedom with the hypergeometric variance. A group that is never
        at risk at an event time tells nothing and costs no degree of freedom, as in R's survdiff. Empty with ``no
        data``, ``one group``, ``no events`` or ``zero variance``.

    References
    ----------
    Mantel. Cancer Chemother Rep 1966;50:163-170. Gehan 1965, Tarone and Ware 1977, Fleming and Harrington 1991; all in
    Klein, Moeschberger. Survival analysis, 2nd ed. 2003, section 7.3. Modified Peto-Peto: Andersen, Gill 1982.
    """
    as_choice(method, "method", WEIGHTS)
    time, event, group = _checked(time, event, group)
    codes, group = np.unique(group, return_inverse=True)
    reason = _why_empty(event, len(codes))
    if reason:
        return Estimate(note=reason)
    counts = risk_sets(time, event, group=group.astype(np.int64), n_groups=len(codes))
    return _quadratic_form(*_weighted_difference(counts, method))


def logrank_scores(time: ArrayLike, event: ArrayLike) -> FloatArray:
    """Return each patient's log-rank score: events less the cumulative hazard until the time, by Nelson and Aalen.

    The sum over a group is its observed less its expected events (Peto & Peto. J R Stat Soc A 1972;135:185-207).

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Times >= 0 without missing values; 1 = event, 0 = censored.
    """
    time, event, _ = _checked(time, event, np.zeros(np.size(time), dtype=np.int64))
    counts = risk_sets(time, event)
    hazard = np.cumsum(counts.leaving[:, 0, 1] / counts.at_risk[:, 0])
    return event - hazard[np.searchsorted(rounded(counts.times), rounded(time))]


def logrank_of_counts(counts: RiskSets) -> Estimate:
    """Test two or more groups by the log-rank test, from who is at risk and who leaves at each time.

    Parameters
    ----------
    counts : RiskSets
        The groups may change during follow-up.

    Returns
    -------
    Estimate
        As for `compare_survival`.
    """
    return _quadratic_form(*_weighted_difference(counts, "logrank"))


def logrank_permutation(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, *, generator: np.random.Generator, draws: int = 9999
) -> Estimate:
    """Test two survival curves by the permutation distribution of the log-rank statistic.

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Times >= 0 without missing values; 1 = event, 0 = censored.
    group : array-like of 0/1, shape (n,)
        1 = the level, 0 = the reference.
    generator : numpy.random.Generator
        Used only where not all permutations can be listed. What it draws does not depend on the order of the rows.
    draws : int
        Random permutations B.

    Returns
    -------
    Estimate
        Value abs(O - E) of the level's group, with scores event minus pooled Nelson-Aalen; P = the share of all C(n, n1)
        permutations at least as extreme where these are 3,000,000 or fewer (se 0, ``complete enumeration``), else
        (b + 1)/(B + 1) with its Monte Carlo standard error (``9999 random permutations``). Empty with ``no data``,
        ``one group``, ``no events`` or ``constant`` (all scores equal); the P alone is empty with ``too large for
        permutation`` where B n exceeds 50,000,000 (5,000 patients, or 700 distinct scores among any number).

    References
    ----------
    Scores: Peto, Peto. J R Stat Soc A 1972;135:185-207. Random permutations: Phipson, Smyth. Stat Appl Genet Mol Biol
    2010;9:39.
    """
    time, event, group = _checked(time, event, group)
    group = as_events(group, "group", length=time.size)
    reason = _why_empty(event, len(np.unique(group)))
    if reason:
        return Estimate(note=reason)
    scores, copies, in_level = _score_table(time, event, group)
    if len(scores) == 1:
        return Estimate(note="constant")
    n, n_level, observed = int(copies.sum()), int(in_level.sum()), abs(sum_of_products(in_level, scores))
    # The scores sum to 0, so the smaller group has the same |O - E| and fewer subsets.
    n_drawn = min(n_level, n - n_level)
    if _few_permutations(n, n_drawn):
        p_value = _share_of_all(scores, copies, n_drawn, observed)
        return Estimate(value=observed, se=0.0, p_value=p_value, note="complete enumeration")
    if draws * _cost_of_a_draw(copies) > RANDOM_PERMUTATION_LIMIT:
        return Estimate(value=observed, note="too large for permutation")
    extreme = _count_of_random(scores, copies, n_drawn, observed, generator, draws)
    p_value = (extreme + 1) / (draws + 1)
    se = math.sqrt(p_value * (1 - p_value) / draws)
    return Estimate(value=observed, se=se, p_value=p_value, note=f"{draws} random permutations")


def _checked(time: ArrayLike, event: ArrayLike, group: ArrayLike) -> tuple[FloatArray, IntArray, IntArray]:
    time = as_times(time)
    return time, as_events(event, length=time.size), as_codes(group, "group", length=time.size)


def _why_empty(event: IntArray, n_groups: int) -> str:
    if not event.size:
        return "no data"
    if n_groups < 2:
        return "one group"
    return "" if event.any() else "no events"


def _weighted_difference(counts: RiskSets, method: str) -> tuple[FloatArray, FloatArray]:
    """Sum the weighted observed minus expected events of each group, and their covariance."""
    at_event = counts.leaving[:, :, 1].sum(axis=1) > 0
    n_group, d_group = counts.at_risk[at_event].astype(np.float64), counts.leaving[at_event, :, 1].astype(np.float64)
    n, d = n_group.sum(axis=1), d_group.sum(axis=1)
    weight = WEIGHTS[method](n, d)
    share = n_group / n[:, np.newaxis]
    difference = np.sum(weight[:, np.newaxis] * (d_group - d[:, np.newaxis] * share), axis=0)
    # With one patient at risk there is nothing to vary; the maximum only avoids 0/0.
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    weighted_share = share * spread[:, np.newaxis]
    variance = np.diag(weighted_share.sum(axis=0)) - cross_products(weighted_share, share)
    return difference, variance


# The weight of each event time, of the numbers at risk and of events there.
WEIGHTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "logrank": lambda n, d: np.ones(n.size),
    "gehan_wilcoxon": lambda n, d: n,
    "tarone_ware": lambda n, d: np.sqrt(n),
    "peto_peto": lambda n, d: np.cumprod(1 - d / (n + 1)).astype(np.float64),
    "fleming_harrington_1_0": lambda n, d: np.concatenate([[1.0], np.cumprod(1 - d / n)[:-1]]).astype(np.float64),
}


def _quadratic_form(difference: FloatArray, variance: FloatArray) -> Estimate:
    """Refer (O - E)' V^- (O - E) to chi-square with the rank of V as degrees of freedom."""
    scale = np.sqrt(np.diag(variance))
    if not (scale > 0).any():
        return Estimate(note="zero variance")
    informative = scale > scale.max() * STATISTIC_TOLERANCE
    # Scaled to correlations, so that the rank does not depend on the groups' sizes.
    standardised = difference[informative] / scale[informative]
    correlation = variance[np.ix_(informative, informative)] / np.outer(scale[informative], scale[informative])
    eigenvalues, eigenvectors = np.linalg.eigh(correlation)
    kept = eigenvalues > STATISTIC_TOLERANCE * eigenvalues.max()
    statistic = float(np.sum((eigenvectors.T @ standardised)[kept] ** 2 / eigenvalues[kept]))
    return Estimate(value=statistic, p_value=chi_square_p(statistic, int(kept.sum())))


def _score_table(time: FloatArray, event: IntArray, group: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """List the distinct log-rank scores, ascending, how many patients have each, and how many of the level's group."""
    counts = risk_sets(time, event, group=group, n_groups=2)
    n, d = counts.at_risk.sum(axis=1), counts.leaving[:, :, 1].sum(axis=1)
    hazard = np.cumsum(d / n)
    # One cell per time and status: censored with score -hazard, event with 1 - hazard.
    scores = np.column_stack([-hazard, 1 - hazard]).ravel()
    by_group = counts.leaving.transpose(0, 2, 1).reshape(-1, 2)
    occupied = by_group.sum(axis=1) > 0
    distinct, where = np.unique(rounded(scores[occupied]), return_inverse=True)
    copies = np.zeros((len(distinct), 2), dtype=np.int64)
    np.add.at(copies, where, by_group[occupied])
    representative = np.zeros(len(distinct))
    representative[where] = scores[occupied]
    return representative, copies.sum(axis=1), copies[:, 1]


def _few_permutations(n: int, n_drawn: int) -> bool:
    # By logarithms first: the integer of a large cohort has tens of thousands of digits.
    logarithm = math.lgamma(n + 1) - math.lgamma(n_drawn + 1) - math.lgamma(n - n_drawn + 1)
    return logarithm < 2 * math.log(COMPLETE_ENUMERATION_LIMIT) and math.comb(n, n_drawn) <= COMPLETE_ENUMERATION_LIMIT


def _share_of_all(scores: FloatArray, copies: IntArray, n_drawn: int, observed: float) -> float:
    """Count every permutation by splitting the patients into two halves and pairing their sorted partial sums."""
    half = int(np.searchsorted(np.cumsum(copies), copies.sum() / 2)) + 1
    first = _partial_sums(scores[:half], copies[:half], n_drawn)
    second = _partial_sums(scores[half:], copies[half:], n_drawn)
    bound = observed - STATISTIC_TOLERANCE
    extreme = 0
    for taken, (sums, ways) in enumerate(first):
        other_sums, other_ways = second[n_drawn - taken]
        order = np.argsort(other_sums)
        below = np.concatenate([[0], np.cumsum(other_ways[order])])
        upper = below[-1] - below[np.searchsorted(other_sums[order], bound - sums, side="left")]
        lower = below[np.searchsorted(other_sums[order], -bound - sums, side="right")]
        # Around an observed 0 the two tails overlap; each permutation counts once.
        extreme += int(ways @ np.minimum(upper + lower, below[-1]))
    return extreme / math.comb(int(copies.sum()), n_drawn)


def _partial_sums(scores: FloatArray, copies: IntArray, most: int) -> list[tuple[FloatArray, IntArray]]:
    """List the sums of all subsets of 0, 1 ... ``most`` patients, with the number of ways to each sum."""
    room = [math.comb(int(copies.sum()), size) for size in range(most + 1)]
    sums, ways = [np.zeros(r) for r in room], [np.zeros(r, dtype=np.int64) for r in room]
    filled = [1] + [0] * most
    ways[0][0] = 1
    for score, count in zip(scores.tolist(), copies.tolist(), strict=True):
        # Largest subsets first, so that a size is extended by subsets without this score only.
        for size in range(most, 0, -1):
            for taken in range(1, min(count, size) + 1):
                old = slice(filled[size - taken])
                new = slice(filled[size], filled[size] + filled[size - taken])
                sums[size][new] = sums[size - taken][old] + taken * score
                ways[size][new] = ways[size - taken][old] * math.comb(count, taken)
                filled[size] = new.stop
    return [(s[:end], w[:end]) for s, w, end in zip(sums, ways, filled, strict=True)]


def _count_of_random(
    scores: FloatArray, copies: IntArray, n_drawn: int, observed: float, generator: np.random.Generator, draws: int
) -> int:
    """Count random permutations at least as extreme, in blocks of bounded memory."""
    n, by_counts = int(copies.sum()), _draws_by_counts(copies)
    patient_scores = scores if by_counts else np.repeat(scores, copies)
    rows = max(1, _BLOCK // len(patient_scores))
    membership = np.zeros((min(rows, draws), n), dtype=np.int8) if not by_counts else np.zeros((0, n), dtype=np.int8)
    membership[:, :n_drawn] = 1
    extreme = 0
    for start in range(0, draws, rows):
        size = min(rows, draws - start)
        if by_counts:
            taken = generator.multivariate_hypergeometric(copies, n_drawn, size=size)
        else:
            taken = generator.permuted(membership[:size], axis=1)
        extreme += int(np.count_nonzero(np.abs(taken @ patient_scores) >= observed - STATISTIC_TOLERANCE))
    return extreme


def _draws_by_counts(copies: IntArray) -> bool:
    """Say whether drawing how many of each score costs less than shuffling the patients."""
    return len(copies) * _COST_OF_A_COUNT < int(copies.sum())


def _cost_of_a_draw(copies: IntArray) -> int:
    return min(len(copies) * _COST_OF_A_COUNT, int(copies.sum()))
