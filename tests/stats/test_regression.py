"""Cox regression on one binary covariate: by hand, in print, by enumeration, and where it must not answer."""

import csv
import math
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import brentq

from hai_utils.stats.estimate import Estimate
from hai_utils.stats.regression import (
    COX_METHODS,
    PROPORTIONAL_HAZARDS_TESTS,
    cox,
    cox_stratified,
    proportional_hazards_test,
)
from tests.conftest import REFERENCE_CASES

DATA = REFERENCE_CASES / "survival" / "data"
UNPENALISED = ("cox_efron", "cox_breslow", "cox_exact")


def columns(name: str, *more: str) -> tuple[np.ndarray, ...]:
    with (DATA / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return tuple(np.array([float(row[column]) for row in rows]) for column in ("time", "event", "group", *more))


def discrete_partial_score(time, event, x, beta: float) -> float:
    """Give the score of the discrete partial likelihood by listing all ways to choose the dying from those at risk."""
    score = 0.0
    for t in sorted({t for t, e in zip(time, event, strict=True) if e}):
        at_risk = [xi for ti, xi in zip(time, x, strict=True) if ti >= t]
        dying = [xi for ti, ei, xi in zip(time, event, x, strict=True) if ti == t and ei]
        sums = [sum(chosen) for chosen in combinations(at_risk, len(dying))]
        weights = [math.exp(beta * total) for total in sums]
        score += sum(dying) - sum(w * total for w, total in zip(weights, sums, strict=True)) / sum(weights)
    return score


# --- by hand ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", UNPENALISED)
def test_two_untied_deaths_by_hand(ties):
    # Deaths: reference at 1 among 2 + 2 (two of the level at risk), level at 2 among 2 + 1; r = hazard ratio:
    # L = 1/(2r + 2) * r/(2r + 1), so 2 r^2 = 1.
    estimate = cox([1, 2, 3, 4], [1, 1, 0, 0], [0, 1, 1, 0], ties=ties)
    assert estimate.value == pytest.approx(0.5**0.5, rel=1e-13)


def test_efron_breslow_and_exact_differ_on_a_tie_as_by_hand():
    # One death of each group at time 1, two of each at risk.
    time, event, x = [1, 1, 2, 2, 2], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0]
    # Breslow: r/(2r + 3)^2 -> r = 3/2. Exact: r C-sum 1/(r^2 + 6r + 3) -> r = sqrt(3).
    assert cox(time, event, x, ties="cox_breslow").value == pytest.approx(3 / 2, rel=1e-13)
    assert cox(time, event, x, ties="cox_exact").value == pytest.approx(3**0.5, rel=1e-13)
    # Efron: r/((2r + 3)(1.5 r + 2.5)) -> 3 r^2 = 7.5.
    assert cox(time, event, x, ties="cox_efron").value == pytest.approx(2.5**0.5, rel=1e-13)


def test_standard_error_and_p_by_hand():
    estimate = cox([1, 2, 3, 4], [1, 1, 0, 0], [0, 1, 1, 0])
    r = 0.5**0.5
    information = 2 * r * 2 / (2 * r + 2) ** 2 + 2 * r * 1 / (2 * r + 1) ** 2
    assert estimate.se == pytest.approx(information**-0.5)
    assert estimate.upper == pytest.approx(r * math.exp(1.959963984540054 * estimate.se))
    assert estimate.p_value == pytest.approx(math.erfc(abs(math.log(r)) / estimate.se / 2**0.5))


def test_firth_of_one_balanced_event_by_hand():
    # One death, in the level, one of each at risk: L* = p sqrt(p(1 - p)) with p = r/(r + 1): p = 3/4, r = 3.
    estimate = cox([1, 2], [1, 0], [1, 0], ties="cox_firth")
    assert estimate.value == pytest.approx(3, rel=1e-12)
    height = math.log(0.75) + math.log(0.75 * 0.25) / 2
    null = math.log(0.5) + math.log(0.25) / 2
    assert estimate.p_value == pytest.approx(math.erfc((height - null) ** 0.5))


def test_firth_limits_lie_where_the_penalised_likelihood_has_fallen_by_half_the_quantile():
    estimate = cox([1, 2], [1, 0], [1, 0], ties="cox_firth", confidence_level=0.9)
    for limit in (estimate.lower, estimate.upper):
        p = limit / (1 + limit)
        fall = math.log(0.75**1.5 * 0.25**0.5) - math.log(p**1.5 * (1 - p) ** 0.5)
        assert 2 * fall == pytest.approx(1.6448536269514722**2)


# --- in print ---------------------------------------------------------------------------------------------------------


def test_freireich_in_print():
    """Kleinbaum, Klein. Survival analysis, 2nd ed. 2005, chapter 3, model 1: coefficient 1.509, s.e. 0.410, ratio 4.523."""
    time, event, group = columns("freireich")
    estimate = cox(time, event, 1 - group, ties="cox_breslow")
    found = (math.log(estimate.value), estimate.se, estimate.value)
    assert found == pytest.approx((1.509, 0.410, 4.523), abs=0.0006)


# --- by enumeration ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "event", "x"),
    [
        ([1, 1, 1, 2, 2, 3, 3, 3], [1, 1, 0, 1, 1, 1, 1, 0], [1, 0, 0, 1, 0, 0, 1, 0]),
        ([2, 2, 2, 2, 2, 2, 5, 5, 5], [1, 1, 1, 1, 0, 0, 1, 1, 0], [1, 1, 0, 0, 0, 1, 0, 1, 1]),
        ([0, 0, 1, 1, 4, 4, 4, 7], [1, 1, 1, 0, 1, 1, 1, 0], [1, 0, 1, 1, 0, 0, 1, 0]),
    ],
)
def test_exact_is_the_root_of_the_enumerated_score(time, event, x):
    root = brentq(lambda beta: discrete_partial_score(time, event, x, beta), -12, 12, xtol=1e-13)
    estimate = cox(time, event, x, ties="cox_exact")
    assert math.log(estimate.value) == pytest.approx(root, abs=1e-9)
    slope = discrete_partial_score(time, event, x, root + 1e-5) - discrete_partial_score(time, event, x, root - 1e-5)
    assert estimate.se == pytest.approx((-slope / 2e-5) ** -0.5, rel=1e-6)


# --- nothing to estimate ----------------------------------------------------------------------------------------------

MONOTONE = {
    "no event in the level": ([1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1]),
    "no event in the reference": ([1, 2, 3, 4], [1, 1, 0, 0], [1, 1, 0, 0]),
    "deaths 1 2 3 against 4 5 6": ([1, 2, 3, 4, 5, 6], [1] * 6, [0, 0, 0, 1, 1, 1]),
    "deaths 4 5 6 against 1 2 3": ([1, 2, 3, 4, 5, 6], [1] * 6, [1, 1, 1, 0, 0, 0]),
    "events in both, the reference gone before the level's": ([1, 2, 2, 3, 4], [1, 0, 1, 0, 1], [0, 0, 0, 1, 1]),
}


@pytest.mark.parametrize("ties", UNPENALISED)
@pytest.mark.parametrize("case", MONOTONE)
def test_a_monotone_likelihood_is_not_estimable(case, ties):
    assert cox(*MONOTONE[case], ties=ties) == Estimate(note="not estimable")


@pytest.mark.parametrize("case", MONOTONE)
def test_firth_stands_where_the_likelihood_is_monotone(case):
    estimate = cox(*MONOTONE[case], ties="cox_firth")
    assert 0 < estimate.lower < estimate.value < estimate.upper < math.inf
    assert 0 < estimate.p_value <= 1
    assert estimate.note == ""


@pytest.mark.parametrize("case", MONOTONE)
def test_proportional_hazards_cannot_be_tested_without_a_hazard_ratio(case):
    assert proportional_hazards_test(*MONOTONE[case]) == Estimate(note="not estimable")


def test_a_very_large_ratio_is_an_estimate_where_the_likelihood_has_a_maximum():
    # The level dies at 1 among 2 and N, the reference at 2 among 1 and N: r/(2r + N) * 1/(r + N), so 2 r^2 = N^2.
    n = 10_000
    time = np.concatenate([[1, 9], [2], np.full(n - 1, 9)])
    event = np.concatenate([[1, 0], [1], np.zeros(n - 1)])
    x = np.concatenate([[1, 1], np.zeros(n)])
    assert cox(time, event, x).value == pytest.approx(n / 2**0.5, rel=1e-12)


def test_when_all_at_risk_die_together_only_breslow_and_efron_have_an_estimate():
    time, event, x = [1, 1], [1, 1], [1, 0]
    assert cox(time, event, x, ties="cox_exact") == Estimate(note="not estimable")
    assert cox(time, event, x, ties="cox_efron").value == pytest.approx(1)
    assert cox(time, event, x, ties="cox_breslow").value == pytest.approx(1)


@pytest.mark.parametrize("ties", COX_METHODS)
@pytest.mark.parametrize(
    ("time", "event", "x", "note"),
    [
        ([], [], [], "no data"),
        ([1, 2], [1, 0], [1, 1], "one group"),
        ([1, 2], [0, 0], [0, 1], "no events"),
        ([1, 2, 3], [0, 1, 1], [1, 0, 0], "not estimable"),
    ],
)
def test_what_cannot_be_estimated_is_empty_with_the_reason(ties, time, event, x, note):
    assert cox(time, event, x, ties=ties) == Estimate(note=note)


@pytest.mark.parametrize("transform", PROPORTIONAL_HAZARDS_TESTS)
@pytest.mark.parametrize(
    ("time", "event", "x", "note"),
    [
        ([], [], [], "no data"),
        ([1, 2], [1, 0], [1, 1], "one group"),
        ([1, 2], [0, 0], [0, 1], "no events"),
        ([2, 2, 2, 3], [1, 1, 0, 0], [0, 1, 1, 0], "zero variance"),
    ],
)
def test_proportional_hazards_that_cannot_be_tested_are_empty_with_the_reason(transform, time, event, x, note):
    assert proportional_hazards_test(time, event, x, transform=transform) == Estimate(note=note)


def test_a_covariate_other_than_0_and_1_is_refused():
    with pytest.raises(ValueError, match="x must hold 0 and 1 only"):
        cox([1, 2, 3], [1, 1, 1], [0, 1, 2])


def test_an_unknown_handling_of_ties_is_refused():
    with pytest.raises(ValueError, match="ties must be one of"):
        cox([1, 2], [1, 1], [0, 1], ties="efron")  # type: ignore[arg-type]


def test_confidence_level_in_percent_is_refused():
    with pytest.raises(ValueError, match="confidence_level"):
        cox([1, 2], [1, 1], [0, 1], confidence_level=95)


def two_lopsided_strata(n: int, m: int) -> tuple[np.ndarray, ...]:
    """One level among n of the reference, where the level dies; one reference among m of the level, where it dies."""
    x = np.concatenate([[1], np.zeros(n), [0], np.ones(m)])
    first = np.zeros(n + m + 2)
    first[[0, n + 1]] = 1
    return 2 - first, first, x, np.repeat([0, 1], [n + 1, m + 1])


def test_a_limit_beyond_all_numbers_is_empty():
    # By symmetry the ratio is 1, with information 2 n/(n + 1)^2: the limits are exp(-/+ 3.89 * 223).
    estimate = cox_stratified(*two_lopsided_strata(100_000, 100_000), confidence_level=0.9999)
    assert estimate.value == pytest.approx(1)
    assert (estimate.lower, estimate.upper, estimate.note) == (0.0, None, "infinite")


def test_firth_takes_the_higher_of_two_maxima():
    n, m = 20_000, 5_000
    # A third stratum, one of each group of whom the level dies, lifts one maximum above the other.
    pair = ([1, 2], [1, 0], [1, 0], [2, 2])
    data = (np.concatenate(parts) for parts in zip(two_lopsided_strata(n, m), pair, strict=True))
    estimate = cox_stratified(*data, ties="cox_firth")
    beta = np.linspace(-25, 25, 500_001)
    shares = [1 / (1 + odds * np.exp(-beta)) for odds in (n, 1 / m, 1)]
    likelihood = np.log(shares[0]) + np.log(1 - shares[1]) + np.log(shares[2])
    height = likelihood + np.log(sum(share * (1 - share) for share in shares)) / 2
    peaks = np.flatnonzero((height[1:-1] > height[:-2]) & (height[1:-1] > height[2:])) + 1
    assert len(peaks) > 1
    assert math.log(estimate.value) == pytest.approx(beta[np.argmax(height)], abs=1e-3)
    likely = beta[2 * (height.max() - height) <= 1.959963984540054**2]
    assert math.log(estimate.lower) == pytest.approx(likely.min(), abs=1e-3)
    assert math.log(estimate.upper) == pytest.approx(likely.max(), abs=1e-3)


def test_a_hundred_thousand_patients_are_estimated_alike_by_all_methods():
    generator = np.random.default_rng(7)
    x = generator.integers(0, 2, 100_000)
    time = np.argsort(np.argsort(generator.exponential(np.where(x == 1, 20, 25)))) + 1
    event = generator.integers(0, 2, 100_000)
    efron, breslow, exact = (cox(time, event, x, ties=ties).value for ties in UNPENALISED)
    assert (breslow, exact) == pytest.approx((efron, efron), rel=1e-9)
    # The rates are 1/20 and 1/25; with independent censoring by coin the ratio is theirs.
    assert efron == pytest.approx(25 / 20, rel=0.03)


# --- strata and time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", COX_METHODS)
def test_one_stratum_is_no_stratum(ties):
    time, event, x = columns("lung")
    assert cox_stratified(time, event, x, np.full(time.size, 3), ties=ties) == cox(time, event, x, ties=ties)


@pytest.mark.parametrize("ties", COX_METHODS)
def test_strata_never_meet(ties):
    # Far apart in time and with nobody left at risk, two strata are two blocks of one likelihood.
    time = np.array([1, 2, 2, 3, 4, 1, 1, 3, 5, 6])
    event = np.array([1, 1, 1, 1, 0, 1, 1, 0, 1, 1])
    x = np.array([1, 0, 1, 0, 1, 0, 1, 1, 0, 1])
    stratum = np.repeat([0, 1], 5)
    together = cox_stratified(time, event, x, stratum, ties=ties)
    mixed = cox(time, event, x, ties=ties)
    swapped = cox_stratified(time * np.where(stratum == 1, 1000, 1), event, x, stratum, ties=ties)
    assert together == swapped
    assert together.value != pytest.approx(mixed.value)


def test_many_small_strata_agree_with_the_matched_pairs_formula():
    # In pairs only the first to die tells: the ratio is that of the pairs won.
    first_is_level = np.array([1] * 7 + [0] * 3)
    time = np.tile([1, 2], 10)
    x = np.column_stack([first_is_level, 1 - first_is_level]).ravel()
    estimate = cox_stratified(time, np.ones(20), x, np.repeat(np.arange(10), 2))
    assert estimate.value == pytest.approx(7 / 3)
    assert estimate.se == pytest.approx((1 / 7 + 1 / 3) ** 0.5)


def test_proportional_hazards_test_ignores_unit_and_origin_of_time():
    time, event, x = columns("veteran")
    reference = proportional_hazards_test(time, event, x, transform="schoenfeld_identity").value
    shifted = proportional_hazards_test(1000 + 7 * time, event, x, transform="schoenfeld_identity").value
    assert shifted == pytest.approx(reference, rel=1e-9)


# --- other programs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("name", ["lung", "veteran", "kidney", "ovarian"])
def test_agrees_with_statsmodels(name, ties):
    from statsmodels.duration.hazard_regression import PHReg

    time, event, x = columns(name)
    fit = PHReg(time, x, status=event, ties=ties).fit()
    estimate = cox(time, event, x, ties=f"cox_{ties}")
    assert math.log(estimate.value) == pytest.approx(fit.params[0], rel=1e-5)
    assert estimate.se == pytest.approx(fit.bse[0], rel=1e-5)


def test_efron_agrees_with_lifelines():
    lifelines = pytest.importorskip("lifelines")
    import pandas as pd

    time, event, x = columns("lung")
    fitter = lifelines.CoxPHFitter().fit(pd.DataFrame({"time": time, "event": event, "x": x}), "time", "event")
    estimate = cox(time, event, x)
    assert math.log(estimate.value) == pytest.approx(fitter.params_["x"], rel=1e-5)
    assert estimate.se == pytest.approx(fitter.standard_errors_["x"], rel=1e-5)
