"""Cumulative incidence and Gray's test: by hand, against survival curves, edge cases, statsmodels."""

import csv

import numpy as np
import pytest

from hai_utils.stats.competing import cumulative_incidence, cumulative_incidence_curve, gray_test
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.survival import kaplan_meier
from tests.conftest import REFERENCE_CASES

DATA = REFERENCE_CASES / "survival" / "data"


def columns(name: str) -> tuple[np.ndarray, ...]:
    with (DATA / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return tuple(np.array([float(row[column]) for row in rows]) for column in ("time", "cause", "group"))


def incidence(time, cause, t, **options) -> Estimate:
    return cumulative_incidence(time, cause, t, cause_of_interest=1, **options)


def test_incidence_by_hand():
    time, cause = [1, 2, 3, 4, 5], [1, 2, 1, 0, 1]
    # Event-free 1, 4/5, 3/5, 2/5, 2/5 before each; 1/5, then 3/5 * 1/3, then 2/5 * 1/1.
    assert incidence(time, cause, 2).value == pytest.approx(1 / 5)
    assert incidence(time, cause, 3).value == pytest.approx(1 / 5 + 1 / 5)
    assert incidence(time, cause, 5).value == pytest.approx(1 / 5 + 1 / 5 + 2 / 5)


def test_limits_are_taken_on_the_log_minus_log_scale():
    estimate = incidence(np.arange(1, 11), np.ones(10), 4, confidence_level=0.9)
    deviate = 1.6448536269514722 * estimate.se / (0.4 * -np.log(0.4))
    assert (estimate.lower, estimate.upper) == pytest.approx((0.4 ** np.exp(deviate), 0.4 ** np.exp(-deviate)))


@pytest.mark.parametrize("name", ["pbc", "pbc_stage_years"])
def test_incidences_of_all_causes_and_event_free_survival_add_up_to_one(name):
    time, cause, _ = columns(name)
    curve = kaplan_meier(time, cause > 0)
    total = sum(cumulative_incidence_curve(time, cause, cause_of_interest=k)[1] for k in (1, 2))
    assert total + curve.survival == pytest.approx(np.ones(len(total)), abs=1e-12)


def test_a_single_cause_is_one_minus_kaplan_meier_with_its_variance_without_ties():
    time, event = [1, 2, 3, 4, 5, 6], [1, 0, 1, 1, 0, 0]
    curve = kaplan_meier(time, event)
    times, values, variance = cumulative_incidence_curve(time, event, cause_of_interest=1)
    assert times.tolist() == curve.times.tolist()
    assert values == pytest.approx(1 - curve.survival)
    # cuminc divides by n where Greenwood divides by n - d: its increments are smaller by (n - d)/n.
    n, d = curve.at_risk, curve.events
    before = np.concatenate([[1], curve.survival[:-1]])
    increments = (before / n) ** 2 * d / curve.survival**2
    assert variance == pytest.approx(curve.survival**2 * np.cumsum(increments))


@pytest.mark.parametrize("cause", [1, 2])
def test_incidence_agrees_with_statsmodels(cause):
    from statsmodels.duration.survfunc import CumIncidenceRight

    time, causes, _ = columns("pbc")
    other = CumIncidenceRight(time, causes.astype(int))
    times, values, _ = cumulative_incidence_curve(time, causes, cause_of_interest=cause)
    at = np.searchsorted(times, other.times)
    assert values[at] == pytest.approx(other.cinc[cause - 1], rel=1e-10)


def test_before_the_first_event_of_the_cause_incidence_is_zero():
    assert incidence([1, 2, 3], [2, 1, 0], 1) == Estimate(value=0.0, lower=0.0, upper=0.0, se=0.0)
    assert incidence([1, 2, 3], [2, 1, 0], 0.5) == Estimate(value=0.0, lower=0.0, upper=0.0, se=0.0)
    assert incidence([1, 2], [0, 0], 2) == Estimate(value=0.0, lower=0.0, upper=0.0, se=0.0)


def test_beyond_follow_up_nothing_is_estimated_unless_nobody_is_event_free():
    assert incidence([1, 2], [1, 0], 3) == Estimate(note="beyond follow-up")
    assert incidence([1, 2], [1, 2], 3).value == 0.5


def test_when_all_had_the_event_incidence_is_one_without_limits():
    estimate = incidence([1, 2], [1, 1], 2)
    assert (estimate.value, estimate.lower, estimate.upper) == (1, None, None)


def test_a_group_of_one_and_time_zero_have_an_incidence():
    assert incidence([0], [1], 0).value == 1
    assert incidence([0, 1, 2], [1, 0, 1], 0).value == pytest.approx(1 / 3)


def test_nobody_gives_no_data():
    assert incidence([], [], 1) == Estimate(note="no data")
    assert gray_test([], [], [], cause_of_interest=1) == Estimate(note="no data")


@pytest.mark.parametrize(
    ("time", "cause", "group", "note"),
    [
        ([1, 2], [1, 2], [0, 0], "one group"),
        ([1, 2], [2, 0], [0, 1], "no events"),
        ([1, 2, 3, 4], [0, 0, 1, 1], [1, 1, 0, 0], "zero variance"),
    ],
)
def test_gray_is_empty_with_the_reason(time, cause, group, note):
    assert gray_test(time, cause, group, cause_of_interest=1) == Estimate(note=note)


def test_gray_does_not_depend_on_which_group_is_left_out():
    time, cause, group = columns("pbc_stage_years")
    reference = gray_test(time, cause, group, cause_of_interest=2)
    for shift in (1, 2, 3):
        rotated = gray_test(time, cause, (group + shift) % 4, cause_of_interest=2)
        assert rotated.value == pytest.approx(reference.value, rel=1e-9)


def test_gray_is_calibrated_where_the_groups_do_not_differ():
    generator = np.random.default_rng(20220113)
    p_values = []
    for _ in range(400):
        time = generator.exponential(10, 80)
        cause = generator.integers(0, 3, 80)
        p_values.append(gray_test(time, cause, np.arange(80) % 2, cause_of_interest=1).p_value)
    # 400 draws of a uniform: the share below 0.1 has standard error 0.015.
    assert np.mean(np.array(p_values) < 0.1) == pytest.approx(0.1, abs=0.045)


@pytest.mark.parametrize("cause_of_interest", [0, -1])
def test_censoring_is_no_cause(cause_of_interest):
    with pytest.raises(ValueError, match="cause_of_interest"):
        cumulative_incidence([1, 2], [1, 0], 1, cause_of_interest=cause_of_interest)


@pytest.mark.parametrize("t", [-1, float("nan")])
def test_an_impossible_time_point_is_refused(t):
    with pytest.raises(ValueError, match=r"time|t holds"):
        incidence([1, 2], [1, 0], t)
