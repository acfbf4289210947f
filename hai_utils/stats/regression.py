"""Cox regression on one binary covariate: hazard ratios and the test of proportional hazards.

Own code rather than lifelines', for reasons that a report meets: it knows Efron's ties only, stops before the last
digits on some data, answers complete separation with a hazard ratio of 6e7, and its test of proportional hazards is not
the score test of R's survival >= 3.0. With a binary covariate everything rests on four counts an event time, so that
the score is a sum of logistic functions and whether it has a root is a matter of integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, gammaln

from hai_utils.catalogue.methods import methods_of
from hai_utils.stats.arrays import FloatArray, IntArray, as_choice, as_codes, as_events, as_times
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.normal import chi_square_p, normal_quantile, two_sided_p
from hai_utils.stats.remembered import remembered
from hai_utils.stats.risk_sets import RiskSets, risk_sets
from hai_utils.stats.sums import sum_of_products

COX_METHODS = methods_of("hazard_ratio_method")
PROPORTIONAL_HAZARDS_TESTS = methods_of("proportional_hazards_test")

# The value and the slope of a function at a log hazard ratio.
_Function = Callable[[float], tuple[float, float]]


@remembered
def cox(
    time: ArrayLike, event: ArrayLike, x: ArrayLike, *, ties: str = "cox_efron", confidence_level: float = 0.95
) -> Estimate:
    """Estimate the hazard ratio of the level (x = 1) to the reference (x = 0).

    Parameters
    ----------
    time, event : array-like, shape (n,)
        Times >= 0 without missing values; 1 = event, 0 = censored.
    x : array-like of 0/1, shape (n,)
        1 = the level, 0 = the reference.
    ties : str
        ``cox_efron``, ``cox_breslow``, ``cox_exact`` (the discrete partial likelihood, R's ties = "exact"), or
        ``cox_firth`` (Breslow ties, penalised by half the log of the information).
    confidence_level : float
        Of the limits: Wald, or profile penalised likelihood for ``cox_firth``.

    Returns
    -------
    Estimate
        Hazard ratio, limits, se of its logarithm, and P (Wald; penalised likelihood ratio for ``cox_firth``). Empty
        with ``no data``, ``one group``, ``no events``, or ``not estimable`` where the partial likelihood has no
        finite maximum, be it monotone or constant; this is decided by counts, not by the size of a coefficient. A
        limit too large for a number is empty (``infinite``).

    References
    ----------
    Cox. J R Stat Soc B 1972;34:187-220. Efron. J Am Stat Assoc 1977;72:557-565. Breslow. Biometrics 1974;30:89-99.
    Heinze, Schemper. Biometrics 2001;57:114-119 (Firth's penalty, profile limits and P).
    """
    time = as_times(time)
    return cox_stratified(
        time, event, x, np.zeros(time.size, dtype=np.int64), ties=ties, confidence_level=confidence_level
    )


def cox_stratified(
    time: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    stratum: ArrayLike,
    *,
    ties: str = "cox_efron",
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate one hazard ratio over strata that each keep a baseline hazard of their own.

    Parameters
    ----------
    time, event, x, ties, confidence_level
        As for `cox`.
    stratum : array-like of int, shape (n,)
        Codes from 0, such as of centers.

    Returns
    -------
    Estimate
        As for `cox`.
    """
    time, event, x = _checked(time, event, x)
    stratum = as_codes(stratum, "stratum", length=time.size)
    reason = _why_empty(event, x)
    if reason:
        return Estimate(note=reason)
    counts = risk_sets(time, event, group=x, stratum=stratum, n_groups=2)
    return cox_of_counts(counts, ties=ties, confidence_level=confidence_level)


def cox_of_counts(counts: RiskSets, *, ties: str, confidence_level: float) -> Estimate:
    """Estimate the hazard ratio of group 1 to group 0 from who is at risk and who leaves at each time.

    Parameters
    ----------
    counts : RiskSets
        Of two groups; the groups may change during follow-up.
    ties, confidence_level
        As for `cox`.

    Returns
    -------
    Estimate
        As for `cox`.
    """
    as_choice(ties, "ties", _FITS)
    return _FITS[ties](_at_event_times(counts), normal_quantile(confidence_level))


def _fit(counts: _EventTimes, z: float, score_of: Callable[[_EventTimes], _Function | None]) -> Estimate:
    score = score_of(counts)
    if score is None:
        return Estimate(note="not estimable")
    beta = _root(score, 0.0)
    return _wald_estimate(beta, 1 / math.sqrt(-score(beta)[1]), z)


@remembered
def proportional_hazards_test(
    time: ArrayLike, event: ArrayLike, x: ArrayLike, *, transform: str = "schoenfeld_km"
) -> Estimate:
    """Test whether the log hazard ratio changes with time: the score test of x g(t) added to the Efron fit.

    Parameters
    ----------
    time, event, x : array-like, shape (n,)
        As for `cox`.
    transform : str
        g(t): ``schoenfeld_km`` 1 - S(t-) of all patients, ``schoenfeld_rank`` the midrank of t among all times,
        ``schoenfeld_identity`` t itself.

    Returns
    -------
    Estimate
        Chi-square statistic on 1 degree of freedom, and P; empty with the reasons of `cox`, or ``zero variance`` where
        fewer than two event times tell the groups apart.

    References
    ----------
    Grambsch, Therneau. Biometrika 1994;81:515-526, in the form of cox.zph in R's survival >= 3.0, which keeps the
    whole information matrix instead of assuming its average at each event.
    """
    as_choice(transform, "transform", _TRANSFORMS)
    time, event, x = _checked(time, event, x)
    reason = _why_empty(event, x)
    if reason:
        return Estimate(note=reason)
    counts = risk_sets(time, event, group=x, n_groups=2)
    event_times = _at_event_times(counts)
    terms = _efron_terms(event_times)
    score = _score(terms)
    if score is None:
        return Estimate(note="not estimable")
    g = _TRANSFORMS[transform](counts)[counts.leaving[:, :, 1].sum(axis=1) > 0]
    return _score_test(event_times, terms, _root(score, 0.0), g)


@dataclass(frozen=True, eq=False, slots=True)
class _EventTimes:
    """Counts at the event times: at risk and dying, in the level's (1) and the reference (0) group; shape (m,)."""

    n1: FloatArray
    n0: FloatArray
    d1: FloatArray
    d0: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class _Terms:
    """Factors of the partial likelihood in which both groups are at risk; the others do not depend on beta.

    Each is a logistic choice: the level's share of the hazard is expit(beta - offset). ``observed`` counts the level's
    events at their times, ``total`` all events there; both are whole numbers.
    """

    offset: FloatArray
    weight: FloatArray
    time_index: IntArray
    observed: float
    total: float


def _checked(time: ArrayLike, event: ArrayLike, x: ArrayLike) -> tuple[FloatArray, IntArray, IntArray]:
    time = as_times(time)
    return time, as_events(event, length=time.size), as_events(x, "x", length=time.size)


def _why_empty(event: IntArray, x: IntArray) -> str:
    if not event.size:
        return "no data"
    if x.min() == x.max():
        return "one group"
    return "" if event.any() else "no events"


def _at_event_times(counts: RiskSets) -> _EventTimes:
    d = counts.leaving[:, :, 1].astype(np.float64)
    kept = d.sum(axis=1) > 0
    n = counts.at_risk[kept].astype(np.float64)
    return _EventTimes(n1=n[:, 1], n0=n[:, 0], d1=d[kept, 1], d0=d[kept, 0])


def _breslow_terms(counts: _EventTimes) -> _Terms:
    """One factor an event time, with all who are at risk there, counted once for each event."""
    both = np.flatnonzero((counts.n1 > 0) & (counts.n0 > 0))
    return _Terms(
        offset=np.log(counts.n0[both] / counts.n1[both]),
        weight=(counts.d1 + counts.d0)[both],
        time_index=both,
        observed=float(counts.d1[both].sum()),
        total=float((counts.d1 + counts.d0)[both].sum()),
    )


def _efron_terms(counts: _EventTimes) -> _Terms:
    """One factor an event: of d tied events the r-th (from 0) leaves r/d of those dying out of the risk set."""
    both = np.flatnonzero((counts.n1 > 0) & (counts.n0 > 0))
    d = (counts.d1 + counts.d0)[both].astype(np.int64)
    index = np.repeat(both, d)
    r = np.arange(index.size) - np.repeat(np.cumsum(d) - d, d)
    gone = r / np.repeat(d, d)
    level = counts.n1[index] - gone * counts.d1[index]
    reference = counts.n0[index] - gone * counts.d0[index]
    return _Terms(
        offset=np.log(reference / level),
        weight=np.ones(index.size),
        time_index=index,
        observed=float(counts.d1[both].sum()),
        total=float((counts.d1 + counts.d0)[both].sum()),
    )


def _score(terms: _Terms) -> _Function | None:
    """Return the score and its slope, or None where it has no root.

    The score falls from ``observed`` at beta = -inf to ``observed - total`` at +inf: the partial likelihood has a
    finite maximum exactly where the one is above 0 and the other below.
    """
    if not 0 < terms.observed < terms.total:
        return None

    def score(beta: float) -> tuple[float, float]:
        share = expit(beta - terms.offset)
        return (
            terms.observed - sum_of_products(terms.weight, share),
            -sum_of_products(terms.weight, share * expit(terms.offset - beta)),
        )

    return score


def _exact_score(counts: _EventTimes) -> _Function | None:
    """Return the score of the discrete partial likelihood and its slope, or None where it has no root.

    Given the d events at a time, the number m among the level is noncentral hypergeometric with odds exp(beta), so no
    subset need be listed: the sums run over m = max(0, d - n0) ... min(d, n1), at most d + 1 terms an event time.
    """
    d = counts.d1 + counts.d0
    low, high = np.maximum(0, d - counts.n0), np.minimum(d, counts.n1)
    observed = float(np.sum(counts.d1 - low))
    if not 0 < observed < float(np.sum(high - low)):
        return None
    varies = high > low
    low, length = low[varies], (high - low)[varies].astype(np.int64) + 1
    start = np.cumsum(length) - length
    above_low = (np.arange(int(length.sum())) - np.repeat(start, length)).astype(np.float64)
    m = above_low + np.repeat(low, length)
    n1, n0, dead = (np.repeat(count[varies], length) for count in (counts.n1, counts.n0, d))
    log_ways = _log_choose(n1, m) + _log_choose(n0, dead - m)

    def score(beta: float) -> tuple[float, float]:
        log_weight = log_ways + beta * above_low
        weight = np.exp(log_weight - np.repeat(np.maximum.reduceat(log_weight, start), length))
        total = np.add.reduceat(weight, start)
        mean = np.add.reduceat(weight * above_low, start) / total
        spread = np.add.reduceat(weight * (above_low - np.repeat(mean, length)) ** 2, start) / total
        return observed - float(mean.sum()), -float(spread.sum())

    return score


def _log_choose(n: FloatArray, k: FloatArray) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)


def _firth_estimate(terms: _Terms, z: float) -> Estimate:
    """Maximise l(beta) + log I(beta) / 2, which has a maximum wherever both groups are at risk at some event."""
    if not terms.total:
        return Estimate(note="not estimable")
    modes = _firth_modes(terms)
    heights = [_penalised_likelihood(terms, mode) for mode in modes]
    highest = max(heights)
    beta = modes[heights.index(highest)]
    target = highest - z**2 / 2
    # The likelihood may have a second maximum in very small samples; the interval then spans all that is as likely.
    likely = [mode for mode, height in zip(modes, heights, strict=True) if height >= target]

    def excess(value: float) -> tuple[float, float]:
        return _penalised_likelihood(terms, value) - target, _penalised_score(terms, value)[0]

    def mirrored(value: float) -> tuple[float, float]:
        height, slope = excess(-value)
        return height, -slope

    statistic = 2 * (highest - _penalised_likelihood(terms, 0.0))
    information = sum_of_products(terms.weight, expit(beta - terms.offset) * expit(terms.offset - beta))
    return _ratio_estimate(
        beta,
        lower=-_root(mirrored, -min(likely)),
        upper=_root(excess, max(likely)),
        se=1 / math.sqrt(information),
        p_value=chi_square_p(statistic, 1),
    )


def _firth_modes(terms: _Terms) -> list[float]:
    """Find every maximum of the penalised partial likelihood, where its score falls through 0.

    Beyond the outermost offsets by log(4 total) + 1 the penalty outweighs the score, so no maximum lies there.
    """
    margin = math.log(4 * terms.total) + 1
    low, high = float(terms.offset.min()) - margin, float(terms.offset.max()) + margin
    grid = np.linspace(low, high, math.ceil(high - low) + 1)
    signs = np.array([_penalised_score(terms, beta)[0] > 0 for beta in grid.tolist()])
    falls = np.flatnonzero(signs[:-1] & ~signs[1:])
    return [
        _root_between(lambda beta: _penalised_score(terms, beta), float(grid[i]), float(grid[i + 1])) for i in falls
    ]


def _penalised_likelihood(terms: _Terms, beta: float) -> float:
    """Give l(beta) + log I(beta) / 2 up to a constant."""
    eta = beta - terms.offset
    likelihood = terms.observed * beta - sum_of_products(terms.weight, np.logaddexp(0, eta))
    return likelihood + math.log(sum_of_products(terms.weight, expit(eta) * expit(-eta))) / 2


def _penalised_score(terms: _Terms, beta: float) -> tuple[float, float]:
    """Give U + I'/(2 I), and its slope -I + (I''/I - (I'/I)^2) / 2."""
    share, rest = expit(beta - terms.offset), expit(terms.offset - beta)
    variance = share * rest
    information = sum_of_products(terms.weight, variance)
    first = sum_of_products(terms.weight, variance * (rest - share)) / information
    second = sum_of_products(terms.weight, variance * (1 - 6 * variance)) / information
    value = terms.observed - sum_of_products(terms.weight, share) + first / 2
    return value, -information + (second - first**2) / 2


def _midranks(counts: RiskSets) -> FloatArray:
    leaving = counts.leaving.sum(axis=(1, 2)).astype(np.float64)
    return np.asarray(np.cumsum(leaving) - (leaving - 1) / 2, dtype=np.float64)


def _events_so_far(counts: RiskSets) -> FloatArray:
    n, d = counts.at_risk.sum(axis=1), counts.leaving[:, :, 1].sum(axis=1)
    return np.concatenate([[0.0], 1 - np.cumprod((n - d) / n)[:-1]]).astype(np.float64)


# g(t) at each distinct time.
_TRANSFORMS: dict[str, Callable[[RiskSets], FloatArray]] = {
    "schoenfeld_km": _events_so_far,
    "schoenfeld_rank": _midranks,
    "schoenfeld_identity": lambda counts: counts.times,
}


def _score_test(counts: _EventTimes, terms: _Terms, beta: float, g: FloatArray) -> Estimate:
    """Test the coefficient of x g(t), with beta profiled out.

    Centring g by its mean weighted with the information makes the two scores orthogonal: U^2 / V is then the score
    statistic, and neither unit nor origin of g matters.
    """
    index = np.unique(terms.time_index)
    if len(np.unique(g[index])) < 2:
        return Estimate(note="zero variance")
    share = expit(beta - terms.offset)
    information = terms.weight * share * expit(terms.offset - beta)
    at_term = g[terms.time_index]
    center = sum_of_products(information, at_term) / float(information.sum())
    at_term = at_term - center
    score = sum_of_products(counts.d1[index], g[index] - center) - sum_of_products(terms.weight, share * at_term)
    statistic = score**2 / sum_of_products(information, at_term**2)
    return Estimate(value=statistic, p_value=chi_square_p(statistic, 1))


def _wald_estimate(beta: float, se: float, z: float) -> Estimate:
    return _ratio_estimate(beta, lower=beta - z * se, upper=beta + z * se, se=se, p_value=two_sided_p(beta / se))


def _ratio_estimate(beta: float, *, lower: float, upper: float, se: float, p_value: float) -> Estimate:
    """Turn a log hazard ratio and its limits into ratios; what overflows is empty."""
    ratios = [math.exp(x) if x < 709 else None for x in (beta, lower, upper)]
    return Estimate(
        value=ratios[0],
        lower=ratios[1],
        upper=ratios[2],
        se=se,
        p_value=p_value,
        note="infinite" if None in ratios else "",
    )


def _root(function: _Function, start: float) -> float:
    """Find where a function that falls through 0 does so, looking from ``start`` in steps that double."""
    step = 1.0 if function(start)[0] > 0 else -1.0
    near, far = start, start + step
    while (function(far)[0] > 0) == (step > 0):
        step *= 2
        near, far = far, far + step
    return _root_between(function, min(near, far), max(near, far))


def _root_between(function: _Function, low: float, high: float) -> float:
    """Find the root of a function > 0 at ``low`` and <= 0 at ``high`` by Newton steps, halving where they go astray."""
    x, last = (low + high) / 2, high - low
    for _ in range(200):
        value, slope = function(x)
        low, high = (x, high) if value > 0 else (low, x)
        new = x - value / slope if slope < 0 else high
        if not low < new < high or abs(new - x) > last / 2:
            new = (low + high) / 2
        last = abs(new - x)
        x = new
        if last <= 1e-13 * max(1.0, abs(x)):
            break
    return x


_FITS: dict[str, Callable[[_EventTimes, float], Estimate]] = {
    "cox_efron": partial(_fit, score_of=lambda counts: _score(_efron_terms(counts))),
    "cox_breslow": partial(_fit, score_of=lambda counts: _score(_breslow_terms(counts))),
    "cox_exact": partial(_fit, score_of=_exact_score),
    "cox_firth": lambda counts, z: _firth_estimate(_breslow_terms(counts), z),
}
