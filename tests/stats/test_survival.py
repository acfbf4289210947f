"""Kaplan-Meier curves and what is read off them: by hand, in print, at the edges, and by lifelines and statsmodels."""

import csv

import numpy as np
import pytest

from hai_utils.stats.estimate import Estimate
from hai_utils.stats.survival import (
    FOLLOW_UP_METHODS,
    MEDIAN_INTERVALS,
    MEDIAN_RULES,
    SURVIVAL_INTERVALS,
    at_risk,
    follow_up_median,
    kaplan_meier,
    landmark,
    median_interval,
    median_survival,
    pointwise_band,
    restricted_mean,
    restricted_mean_difference,
    survival_at,
)
from tests.conftest import REFERENCE_CASES

DATA = REFERENCE_CASES / "survival" / "data"


def columns(name: str, *, group: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    with (DATA / f"{name}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if group is None or int(row["group"]) == group]
    return np.array([float(row["time"]) for row in rows]), np.array([int(row["event"]) for row in rows])


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_curve_multiplies_the_fractions_that_survive():
    curve = kaplan_meier([3, 1, 2, 4, 2], [1, 1, 1, 0, 0])
    assert curve.times.tolist() == [1, 2, 3, 4]
    assert curve.at_risk.tolist() == [5, 4, 2, 1]
    assert curve.events.tolist() == [1, 1, 1, 0]
    assert curve.censored.tolist() == [0, 1, 0, 1]
    assert curve.survival == pytest.approx([4 / 5, 3 / 5, 3 / 10, 3 / 10])
    assert (curve.n, curve.last_time) == (5, 4.0)


def test_greenwood_sums_d_over_n_times_n_minus_d():
    curve = kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0])
    # S = 3/4, then 3/8; variance S^2 (1/(4*3) + 1/(2*1)).
    assert curve.se == pytest.approx([3 / 4 * (1 / 12) ** 0.5, 3 / 4 * (1 / 12) ** 0.5] + [3 / 8 * (7 / 12) ** 0.5] * 2)


def test_times_that_differ_by_less_than_rounding_are_one_time():
    curve = kaplan_meier([0.3, 0.1 + 0.2, 0.5], [1, 1, 0])
    assert curve.times.tolist() == [0.3, 0.5]
    assert curve.survival.tolist() == [pytest.approx(1 / 3)] * 2


def test_survival_at_a_time_counts_the_events_there_though_the_time_is_off_by_rounding():
    curve = kaplan_meier([0.1 + 0.2, 0.5], [1, 0])
    assert survival_at(curve, 0.3).value == 0.5


def test_at_risk_counts_those_who_leave_at_the_time_and_nobody_beyond():
    curve = kaplan_meier([0, 1, 2, 2, 5], [1, 0, 1, 0, 1])
    assert [at_risk(curve, t) for t in (0, 0.5, 1, 2, 2.1, 5, 6)] == [5, 4, 4, 3, 1, 1, 0]


@pytest.mark.parametrize(("method", "expected"), [("midpoint", 2.5), ("first_at_or_below", 2.0)])
def test_median_on_a_plateau_at_one_half(method, expected):
    assert median_survival(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]), method=method).value == expected


def test_median_of_a_curve_that_ends_at_one_half_reaches_to_the_last_time():
    curve = kaplan_meier([1, 2, 3, 6], [1, 1, 0, 0])
    assert median_survival(curve, method="midpoint").value == (2 + 6) / 2


@pytest.mark.parametrize("n", [20, 120])
def test_a_product_that_misses_one_half_by_rounding_is_one_half(n):
    curve = kaplan_meier(np.arange(1, n + 1), [1] * (n // 2) + [0] * (n // 2))
    assert 0 < abs(curve.survival[n // 2 - 1] - 0.5) < 1e-12  # below at n = 20, above at 120
    assert median_survival(curve, method="first_at_or_below").value == n / 2
    assert median_survival(curve, method="midpoint").value == (n / 2 + n) / 2


@pytest.mark.parametrize("n", [20, 120])
def test_products_that_miss_045_and_055_by_rounding_are_045_and_055(n):
    curve = kaplan_meier(np.arange(1, n + 1), [1] * (n * 11 // 20) + [0] * (n * 9 // 20))
    assert curve.survival[[n * 9 // 20 - 1, n * 11 // 20 - 1]].tolist() != [0.55, 0.45]
    interval = median_interval(curve, method="percentile_wald")
    # Without censoring the se of S is binomial; u = 9 n/20 with S = 0.55, l = 11 n/20 with S = 0.45.
    assert interval.se == pytest.approx((0.25 / n) ** 0.5 * (n / 10) / (0.55 - 0.45))


def test_restricted_mean_is_the_area_under_the_steps():
    estimate = restricted_mean(kaplan_meier([1, 2, 3, 4], [1, 0, 1, 0]), 3.5)
    assert estimate.value == pytest.approx(1 * 1 + 2 * 3 / 4 + 0.5 * 3 / 8)
    areas = (2 * 3 / 4 + 0.5 * 3 / 8, 0.5 * 3 / 8)
    assert estimate.se == pytest.approx((areas[0] ** 2 / (4 * 3) + areas[1] ** 2 / (2 * 1)) ** 0.5)


def test_restricted_mean_of_a_curve_that_has_reached_zero_goes_on_beyond_the_last_time():
    estimate = restricted_mean(kaplan_meier([1, 2], [1, 1]), 10)
    assert (estimate.value, estimate.se) == (1.5, pytest.approx((0.5**2 / 2) ** 0.5))


def test_reverse_kaplan_meier_lets_the_death_leave_before_the_censoring_at_its_time():
    time, event = [2, 2, 5], [1, 0, 0]
    # 1 - 1/(3 - 1) = 1/2 from 2 to 5; the flipped indicator has 1 - 1/3 until 5.
    assert follow_up_median(time, event, method="reverse_km").value == (2 + 5) / 2
    assert follow_up_median(time, event, method="reverse_km_survfit").value == 5


def test_observed_follow_up_is_the_median_of_all_times():
    assert follow_up_median([5, 1, 9, 3], [1, 0, 1, 0], method="observed").value == 4


def test_landmark_keeps_those_who_leave_exactly_at_it():
    assert landmark([5.9, 6.0, 6.1, 6 - 1e-12], [1, 0, 1, 1], 6).tolist() == [False, True, True, True]


# --- in print ---------------------------------------------------------------------------------------------------------


def test_collett_intrauterine_device_in_print():
    """Collett, Modelling survival data in medical research, section 2.4: 93 weeks, s.e. 17.13, limits 59 and 127."""
    interval = median_interval(kaplan_meier(*columns("collett_iud")), method="percentile_wald")
    assert interval.value == 93
    assert interval.se == pytest.approx(17.13, abs=0.005)
    assert (interval.lower, interval.upper) == (pytest.approx(59, abs=0.5), pytest.approx(127, abs=0.5))


@pytest.mark.parametrize(
    ("group", "median", "se", "lower", "upper"),
    [(1, 23.0, 5.255, 12.700, 33.300), (0, 8.0, 1.669, 4.729, 11.271)],
)
def test_freireich_median_and_interval_as_spss_gives_them(group, median, se, lower, upper):
    """Quoted values of SPSS's Kaplan-Meier procedure; make_expected.R finds the same from survfit and the formula."""
    interval = median_interval(kaplan_meier(*columns("freireich", group=group)), method="percentile_wald")
    found = (interval.value, interval.se, interval.lower, interval.upper)
    assert found == pytest.approx((median, se, lower, upper), abs=0.0005)


def test_freireich_6mp_survival_in_print():
    """Kleinbaum, Klein. Survival analysis, 2nd ed. 2005, chapter 2: the estimates at the seven event times."""
    curve = kaplan_meier(*columns("freireich", group=1))
    found = [survival_at(curve, week).value for week in (6, 7, 10, 13, 16, 22, 23)]
    assert found == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=0.00005)


# --- edge cases -------------------------------------------------------------------------------------------------------


def test_nobody_gives_no_data_everywhere():
    curve = kaplan_meier([], [])
    answers = [
        survival_at(curve, 1),
        *(median_survival(curve, method=rule) for rule in MEDIAN_RULES),
        *(median_interval(curve, method=method) for method in MEDIAN_INTERVALS),
        restricted_mean(curve, 1),
        restricted_mean_difference(curve, curve, 1),
        *(follow_up_median([], [], method=method) for method in FOLLOW_UP_METHODS),
    ]
    assert set(answers) == {Estimate(note="no data")}
    assert at_risk(curve, 0) == 0


@pytest.mark.parametrize("method", SURVIVAL_INTERVALS)
def test_before_the_first_event_survival_is_one_with_both_limits_one(method):
    curve = kaplan_meier([1, 2, 3], [0, 1, 1])
    for t in (0, 0.5, 1):
        assert survival_at(curve, t, method=method) == Estimate(value=1.0, lower=1.0, upper=1.0, se=0.0)


@pytest.mark.parametrize("method", SURVIVAL_INTERVALS)
def test_once_all_have_died_survival_is_zero_without_limits_also_beyond_the_last_time(method):
    curve = kaplan_meier([1, 2], [1, 1])
    for t in (2, 5):
        assert survival_at(curve, t, method=method) == Estimate(value=0.0)


def test_beyond_follow_up_nothing_is_estimated():
    curve = kaplan_meier([1, 2], [1, 0])
    assert survival_at(curve, 2.5) == Estimate(note="beyond follow-up")
    assert restricted_mean(curve, 2.5) == Estimate(note="beyond follow-up")
    assert restricted_mean_difference(kaplan_meier([1, 9], [1, 0]), curve, 5) == Estimate(note="beyond follow-up")
    assert survival_at(curve, 2 + 1e-12).value == 0.5


@pytest.mark.parametrize("rule", MEDIAN_RULES)
def test_a_curve_above_one_half_has_no_median(rule):
    assert median_survival(kaplan_meier([1, 2, 3], [1, 0, 0]), method=rule) == Estimate(note="not reached")


@pytest.mark.parametrize("method", MEDIAN_INTERVALS)
def test_without_events_the_median_and_its_limits_are_not_reached(method):
    assert median_interval(kaplan_meier([1, 2, 3], [0, 0, 0]), method=method) == Estimate(note="not reached")


@pytest.mark.parametrize("method", MEDIAN_INTERVALS)
def test_a_single_death_has_a_median_and_no_invented_limit(method):
    interval = median_interval(kaplan_meier([4], [1]), method=method)
    assert (interval.value, interval.lower, interval.upper, interval.se) == (4, None, None, None)
    assert interval.note


def test_an_upper_limit_that_is_never_crossed_is_empty_and_says_so():
    interval = median_interval(kaplan_meier([1, 2, 3, 4, 5], [1, 1, 1, 0, 0]), method="brookmeyer_crowley_loglog")
    assert interval.value == 3
    assert interval.upper is None
    assert interval.note == "upper limit not reached"


@pytest.mark.parametrize(
    ("time", "event", "median", "note"),
    [
        ([1, 1, 1], [1, 1, 1], 1, "no interval: survival is 0 at the median"),
        ([1, 1, 2, 2], [1, 1, 1, 0], 1, "no interval: no event time with survival of 55% or more"),
        ([1, 2, 3, 4], [1, 1, 0, 0], 2, "no interval: survival does not fall to 45%"),
    ],
)
def test_percentile_interval_without_the_times_it_needs_keeps_the_median(time, event, median, note):
    interval = median_interval(kaplan_meier(time, event), method="percentile_wald")
    assert interval == Estimate(value=median, note=note)


def test_deaths_at_time_zero_count():
    curve = kaplan_meier([0, 0, 5, 6], [1, 0, 1, 0])
    assert survival_at(curve, 0).value == 3 / 4
    assert restricted_mean(curve, 6).value == pytest.approx(5 * 3 / 4 + 1 * 3 / 8)
    assert restricted_mean(curve, 0) == Estimate(value=0.0, lower=0.0, upper=0.0, se=0.0)


def test_restricted_means_without_events_differ_by_zero_without_a_p_value():
    alive = kaplan_meier([5, 6], [0, 0])
    assert restricted_mean_difference(alive, alive, 5) == Estimate(
        value=0.0, lower=0.0, upper=0.0, se=0.0, note="zero variance"
    )


def test_band_is_empty_only_where_survival_is_zero():
    lower, upper = pointwise_band(kaplan_meier([1, 2, 3], [0, 1, 1]), method="log")
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [False, False, True]
    assert (lower[0], upper[0]) == (1, 1)


@pytest.mark.parametrize("time", [[1, np.nan], [1, np.inf], [-1, 2], [[1, 2]], [1, 2, 3]])
def test_impossible_times_are_refused(time):
    with pytest.raises(ValueError, match=r"time|patients"):
        kaplan_meier(time, [1, 0])


def test_durations_given_as_events_are_refused():
    with pytest.raises(ValueError, match="event must hold 0 and 1 only"):
        kaplan_meier([1, 0], [12, 30])


@pytest.mark.parametrize("t", [-1.0, float("nan"), float("inf")])
def test_an_impossible_time_point_is_refused(t):
    with pytest.raises(ValueError, match="time"):
        survival_at(kaplan_meier([1, 2], [1, 0]), t)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method must be one of"):
        survival_at(kaplan_meier([1], [1]), 1, method="log-log")  # type: ignore[arg-type]


# --- other programs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lung", "kidney", "colon"])
def test_curve_agrees_with_lifelines(name):
    lifelines = pytest.importorskip("lifelines")
    time, event = columns(name)
    fitter = lifelines.KaplanMeierFitter().fit(time, event)
    curve = kaplan_meier(time, event)
    table = fitter.event_table.loc[curve.times]
    assert fitter.survival_function_.loc[curve.times].to_numpy()[:, 0] == pytest.approx(curve.survival, rel=1e-10)
    assert table["at_risk"].to_numpy().tolist() == curve.at_risk.tolist()
    assert table["observed"].to_numpy().tolist() == curve.events.tolist()


@pytest.mark.parametrize("name", ["lung", "kidney", "colon"])
def test_greenwood_agrees_with_statsmodels(name):
    from statsmodels.duration.survfunc import SurvfuncRight

    time, event = columns(name)
    curve = kaplan_meier(time, event)
    other = SurvfuncRight(time, event)
    at_event = (curve.events > 0) & (curve.survival > 0)
    kept = other.surv_prob > 0
    assert curve.survival[at_event] == pytest.approx(other.surv_prob[kept], rel=1e-10)
    assert curve.se[at_event] == pytest.approx(other.surv_prob_se[kept], rel=1e-10)
