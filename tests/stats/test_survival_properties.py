"""What must hold for any data: row order, group names and unit of time are nothing, and numbers keep their range."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hai_utils.stats.competing import cumulative_incidence, cumulative_incidence_curve, gray_test
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.rank_tests import SURVIVAL_TESTS, compare_survival, logrank_permutation
from hai_utils.stats.regression import (
    COX_METHODS,
    PROPORTIONAL_HAZARDS_TESTS,
    cox,
    cox_stratified,
    proportional_hazards_test,
)
from hai_utils.stats.survival import (
    FOLLOW_UP_METHODS,
    MEDIAN_INTERVALS,
    MEDIAN_RULES,
    SURVIVAL_INTERVALS,
    follow_up_median,
    kaplan_meier,
    median_interval,
    median_survival,
    pointwise_band,
    restricted_mean,
    restricted_mean_difference,
    survival_at,
)

pytestmark = pytest.mark.slow

# Time (whole numbers give ties, quarters fewer), cause (0 = censored), group, stratum.
ROW = st.tuples(st.integers(0, 24).map(lambda k: k / 4), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1))
ROWS = st.lists(ROW, min_size=1, max_size=18)
HORIZONS = (0.0, 1.0, 2.5, 6.0)

PROPERTY = settings(deadline=None, derandomize=True, max_examples=100)


def arrays(rows) -> tuple[np.ndarray, ...]:
    time, cause, group, stratum = (np.array(column) for column in zip(*rows, strict=True))
    return time.astype(float), cause, group, stratum


def one_group(time, cause) -> dict[str, Estimate]:
    event = (cause > 0).astype(int)
    curve = kaplan_meier(time, event)
    answers = {f"median {m}": median_survival(curve, method=m) for m in MEDIAN_RULES}
    answers |= {f"interval {m}": median_interval(curve, method=m) for m in MEDIAN_INTERVALS}
    answers |= {f"follow-up {m}": follow_up_median(time, event, method=m) for m in FOLLOW_UP_METHODS}
    for t in HORIZONS:
        answers |= {f"survival {t} {m}": survival_at(curve, t, method=m) for m in SURVIVAL_INTERVALS}
        answers |= {f"rmst {t}": restricted_mean(curve, t)}
        answers |= {f"incidence {t}": cumulative_incidence(time, cause, t, cause_of_interest=1)}
    return answers


def two_groups(time, cause, x, stratum) -> dict[str, Estimate]:
    event = (cause > 0).astype(int)
    answers = {m: compare_survival(time, event, x, method=m) for m in SURVIVAL_TESTS}
    answers |= {m: cox(time, event, x, ties=m) for m in COX_METHODS}
    answers |= {f"stratified {m}": cox_stratified(time, event, x, stratum, ties=m) for m in COX_METHODS}
    answers |= {m: proportional_hazards_test(time, event, x, transform=m) for m in PROPORTIONAL_HAZARDS_TESTS}
    answers["gray"] = gray_test(time, cause, x, cause_of_interest=1)
    answers["permutation"] = logrank_permutation(time, event, x, generator=np.random.default_rng(5))
    for t in HORIZONS:
        level, reference = (kaplan_meier(time[x == k], event[x == k]) for k in (1, 0))
        answers[f"rmst difference {t}"] = restricted_mean_difference(level, reference, t)
    return answers


def everything(rows) -> dict[str, Estimate]:
    time, cause, group, stratum = arrays(rows)
    answers = one_group(time, cause) | two_groups(time, cause, (group > 0).astype(int), stratum)
    answers |= {f"three {m}": compare_survival(time, cause > 0, group, method=m) for m in SURVIVAL_TESTS}
    answers["three gray"] = gray_test(time, cause, group, cause_of_interest=1)
    return answers


@PROPERTY
@given(ROWS)
def test_an_answer_is_a_finite_number_or_empty_with_a_reason(rows):
    for name, estimate in everything(rows).items():
        *numbers, note = astuple(estimate)
        assert all(number is None or (type(number) is float and math.isfinite(number)) for number in numbers), name
        if all(number is None for number in numbers):
            assert note, name


@PROPERTY
@given(ROWS)
def test_p_values_lie_between_0_and_1_and_standard_errors_above(rows):
    for name, estimate in everything(rows).items():
        assert estimate.p_value is None or 0 <= estimate.p_value <= 1, name
        assert estimate.se is None or estimate.se >= 0, name


@PROPERTY
@given(ROWS)
def test_limits_hold_the_estimate_of_their_method(rows):
    for name, estimate in everything(rows).items():
        if estimate.value is not None:
            assert estimate.lower is None or estimate.lower <= estimate.value + 1e-9, name
            assert estimate.upper is None or estimate.upper >= estimate.value - 1e-9, name


@PROPERTY
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert everything(shuffled) == everything(rows)


@PROPERTY
@given(ROWS)
def test_swapping_the_groups_inverts_ratios_negates_differences_and_keeps_p(rows):
    time, cause, group, stratum = arrays(rows)
    x = (group > 0).astype(int)
    swapped = two_groups(time, cause, 1 - x, stratum)
    for name, estimate in two_groups(time, cause, x, stratum).items():
        other = swapped[name]
        assert (other.p_value is None) == (estimate.p_value is None), name
        if estimate.p_value is not None:
            assert other.p_value == pytest.approx(estimate.p_value, rel=1e-7, abs=1e-12), name
        if "cox_" in name and estimate.value is not None:
            assert other.value == pytest.approx(1 / estimate.value, rel=1e-8), name
            assert (other.lower is None) == (estimate.upper is None), name
            if estimate.upper:
                assert other.lower == pytest.approx(1 / estimate.upper, rel=1e-8), name
        if "rmst" in name and estimate.value is not None:
            assert other.value == pytest.approx(-estimate.value, abs=1e-12), name


@PROPERTY
@given(ROWS, st.sampled_from([0.5, 12.0, 30.4375]))
def test_the_unit_of_time_scales_times_and_nothing_else(rows, factor):
    time, cause, group, _ = arrays(rows)
    event, x = (cause > 0).astype(int), (group > 0).astype(int)
    before, after = kaplan_meier(time, event), kaplan_meier(time * factor, event)
    for t in HORIZONS:
        assert survival_at(after, t * factor) == survival_at(before, t)
        assert_scaled(restricted_mean(before, t), restricted_mean(after, t * factor), factor)
    for method in MEDIAN_INTERVALS:
        assert_scaled(median_interval(before, method=method), median_interval(after, method=method), factor)
    for method in FOLLOW_UP_METHODS:
        estimate = follow_up_median(time, event, method=method)
        assert_scaled(estimate, follow_up_median(time * factor, event, method=method), factor)
    ratios = {m: cox(time, event, x, ties=m) for m in COX_METHODS}
    assert {m: cox(time * factor, event, x, ties=m) for m in COX_METHODS} == ratios
    assert compare_survival(time * factor, event, group, method="logrank") == compare_survival(
        time, event, group, method="logrank"
    )
    assert gray_test(time * factor, cause, x, cause_of_interest=1) == gray_test(time, cause, x, cause_of_interest=1)


def assert_scaled(before: Estimate, after: Estimate, factor: float) -> None:
    for field in ("value", "lower", "upper", "se"):
        number, scaled = getattr(before, field), getattr(after, field)
        assert (number is None) == (scaled is None)
        if number is not None:
            assert scaled == pytest.approx(number * factor, rel=1e-9, abs=1e-9)


@PROPERTY
@given(ROWS)
def test_survival_falls_and_incidence_rises(rows):
    time, cause, _, _ = arrays(rows)
    curve = kaplan_meier(time, cause > 0)
    assert (np.diff(np.concatenate([[1.0], curve.survival, [0.0]])) <= 0).all()
    incidence = cumulative_incidence_curve(time, cause, cause_of_interest=1)[1]
    assert (np.diff(np.concatenate([[0.0], incidence, [1.0 + 1e-12]])) >= 0).all()


@PROPERTY
@given(ROWS)
def test_who_is_at_risk_is_who_has_not_left(rows):
    time, cause, _, _ = arrays(rows)
    curve = kaplan_meier(time, cause > 0)
    left = np.concatenate([[0], np.cumsum(curve.events + curve.censored)])
    assert curve.at_risk.tolist() == (curve.n - left[:-1]).tolist()
    assert left[-1] == curve.n == len(rows)


@PROPERTY
@given(ROWS)
def test_the_band_encloses_the_curve_within_0_and_1(rows):
    time, cause, _, _ = arrays(rows)
    curve = kaplan_meier(time, cause > 0)
    positive = curve.survival > 0
    for method in SURVIVAL_INTERVALS:
        lower, upper = (limit[positive] for limit in pointwise_band(curve, method=method))
        assert (lower >= 0).all()
        assert (lower <= curve.survival[positive] + 1e-12).all()
        assert (upper >= curve.survival[positive] - 1e-12).all()
        assert (upper <= 1).all()


@PROPERTY
@given(ROWS)
def test_three_ways_with_ties_agree_without_ties(rows):
    _, cause, group, _ = arrays(rows)
    time, event, x = np.arange(1, len(rows) + 1), (cause > 0).astype(int), (group > 0).astype(int)
    efron = cox(time, event, x, ties="cox_efron")
    for ties in ("cox_breslow", "cox_exact"):
        other = cox(time, event, x, ties=ties)
        assert other.note == efron.note
        if efron.value is not None:
            assert (other.value, other.se) == pytest.approx((efron.value, efron.se), rel=1e-8)


@PROPERTY
@given(ROWS)
def test_not_estimable_is_where_the_partial_likelihood_rises_without_end(rows):
    """Judge by the definition: evaluated ever farther out, the score keeps its sign on one side."""
    time, cause, group, _ = arrays(rows)
    event, x = (cause > 0).astype(int), (group > 0).astype(int)
    estimate = cox(time, event, x, ties="cox_breslow")
    if estimate.note in ("one group", "no events"):
        return
    rises = breslow_score(time, event, x, -60.0) > 1e-9 > -1e-9 > breslow_score(time, event, x, 60.0)
    assert (estimate.note == "") == rises


def breslow_score(time, event, x, beta: float) -> float:
    score = 0.0
    for t, e, level in zip(time, event, x, strict=True):
        if e:
            weights = np.where(x == 1, math.exp(beta / 2), math.exp(-beta / 2)) * (time >= t)
            score += level - float(weights @ x) / float(weights.sum())
    return score


@PROPERTY
@given(ROWS)
def test_the_score_test_of_cox_at_no_effect_is_the_logrank_test_without_ties(rows):
    """Breslow's score at hazard ratio 1 is O - E of the log-rank test (Cox 1972)."""
    _, cause, group, _ = arrays(rows)
    time, event, x = np.arange(1, len(rows) + 1), (cause > 0).astype(int), (group > 0).astype(int)
    estimate = compare_survival(time, event, x, method="logrank")
    if estimate.value is not None:
        shares = [np.mean(x[time >= t]) for t, e in zip(time, event, strict=True) if e]
        information = sum(share * (1 - share) for share in shares)
        assert estimate.value == pytest.approx(breslow_score(time, event, x, 0.0) ** 2 / information, abs=1e-9)
