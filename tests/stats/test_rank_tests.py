"""The log-rank family and the permutation log-rank test: by hand, in print, edge cases, lifelines and enumeration."""

import csv
from itertools import combinations

import numpy as np
import pytest

from hai_utils.stats.estimate import Estimate
from hai_utils.stats.rank_tests import SURVIVAL_TESTS, compare_survival, logrank_permutation
from tests.conftest import REFERENCE_CASES

DATA = REFERENCE_CASES / "survival" / "data"

LIFELINES = {
    "logrank": {},
    "gehan_wilcoxon": {"weightings": "wilcoxon"},
    "tarone_ware": {"weightings": "tarone-ware"},
    "peto_peto": {"weightings": "peto"},
    "fleming_harrington_1_0": {"weightings": "fleming-harrington", "p": 1, "q": 0},
}


def columns(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (DATA / f"{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    return tuple(np.array([float(row[column]) for row in rows]) for column in ("time", "event", "group"))


def permutation(time, event, group, *, seed=20220113, draws=9999):
    return logrank_permutation(time, event, group, generator=np.random.default_rng(seed), draws=draws)


def share_of_permutations_as_extreme(time, event, group) -> float:
    """List every way to choose the level's patients; scores by the definition, patient by patient."""
    time, event = np.asarray(time), np.asarray(event)
    hazard = {s: ((time == s) & (event == 1)).sum() / (time >= s).sum() for s in set(time.tolist())}
    scores = [e - sum(h for s, h in hazard.items() if s <= t) for t, e in zip(time, event, strict=True)]
    chosen = [i for i, level in enumerate(group) if level]
    observed = abs(sum(scores[i] for i in chosen))
    totals = [abs(sum(scores[i] for i in subset)) for subset in combinations(range(len(time)), len(chosen))]
    return sum(total >= observed - 1e-9 for total in totals) / len(totals)


def test_logrank_by_hand():
    # t = 1: n 4, level 2, the event in the level: O - E = 1/2, V = 1/4.
    # t = 2: n 3, level 1, the event in the reference: -1/3, V = 2/9. t = 3: n 2, level 1, in the level: 1/2, 1/4.
    estimate = compare_survival([1, 2, 3, 4], [1, 1, 1, 0], [1, 0, 1, 0], method="logrank")
    assert estimate.value == pytest.approx((1 / 2 - 1 / 3 + 1 / 2) ** 2 / (1 / 4 + 2 / 9 + 1 / 4))


@pytest.mark.parametrize(
    ("method", "weights"),
    [
        ("gehan_wilcoxon", (4, 3, 2)),
        ("tarone_ware", (2, 3**0.5, 2**0.5)),
        ("peto_peto", (4 / 5, 4 / 5 * 3 / 4, 4 / 5 * 3 / 4 * 2 / 3)),
        ("fleming_harrington_1_0", (1, 3 / 4, 2 / 4)),
    ],
)
def test_weights_by_hand(method, weights):
    a, b, c = weights
    expected = (a / 2 - b / 3 + c / 2) ** 2 / (a**2 / 4 + b**2 * 2 / 9 + c**2 / 4)
    assert compare_survival([1, 2, 3, 4], [1, 1, 1, 0], [1, 0, 1, 0], method=method).value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("method", "printed"), [("logrank", 16.79), ("gehan_wilcoxon", 13.46), ("tarone_ware", 15.12), ("peto_peto", 14.08)]
)
def test_freireich_in_print(method, printed):
    """Kleinbaum, Klein. Survival analysis, 2nd ed. 2005, chapter 2: the tests of these data side by side."""
    assert compare_survival(*columns("freireich"), method=method).value == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize("method", SURVIVAL_TESTS)
@pytest.mark.parametrize("name", ["lung", "kidney", "colon", "pbc_stage_years"])
def test_agrees_with_lifelines(name, method):
    statistics = pytest.importorskip("lifelines.statistics")
    time, event, group = columns(name)
    estimate = compare_survival(time, event, group, method=method)
    other = statistics.multivariate_logrank_test(time, group, event, **LIFELINES[method])
    assert estimate.value == pytest.approx(other.test_statistic, rel=1e-9)
    assert estimate.p_value == pytest.approx(other.p_value, rel=1e-7)


@pytest.mark.parametrize("method", SURVIVAL_TESTS)
@pytest.mark.parametrize(
    ("time", "event", "group", "note"),
    [
        ([], [], [], "no data"),
        ([1, 2, 3], [1, 1, 0], [1, 1, 1], "one group"),
        ([1, 2, 3], [0, 0, 0], [0, 1, 1], "no events"),
        ([2, 2, 2, 2], [1, 1, 1, 1], [0, 0, 1, 1], "zero variance"),
        ([1, 2, 3, 4], [0, 0, 1, 1], [0, 0, 1, 1], "zero variance"),
    ],
)
def test_what_cannot_be_tested_is_empty_with_the_reason(method, time, event, group, note):
    assert compare_survival(time, event, group, method=method) == Estimate(note=note)


@pytest.mark.parametrize("method", SURVIVAL_TESTS)
def test_a_group_that_is_never_at_risk_costs_no_degree_of_freedom(method):
    time, event, group = [2, 3, 4, 5, 6, 1, 1], [1, 1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 0, 2, 2]
    two = compare_survival(time[:5], event[:5], group[:5], method=method)
    assert compare_survival(time, event, group, method=method).p_value == pytest.approx(two.p_value)


def test_a_group_of_one_can_be_compared():
    estimate = compare_survival([1, 2, 3], [1, 1, 1], [1, 0, 0], method="logrank")
    assert estimate.value == pytest.approx((1 - 1 / 3) ** 2 / (2 / 9))


def test_deaths_at_time_zero_are_compared():
    shifted = compare_survival([1, 2, 3, 4], [1, 1, 1, 0], [1, 0, 1, 0], method="logrank")
    assert compare_survival([0, 1, 2, 3], [1, 1, 1, 0], [1, 0, 1, 0], method="logrank") == shifted


def test_an_unused_group_code_changes_nothing():
    with_gap = compare_survival([1, 2, 3, 4], [1, 1, 1, 0], [5, 0, 5, 0], method="logrank")
    assert with_gap == compare_survival([1, 2, 3, 4], [1, 1, 1, 0], [1, 0, 1, 0], method="logrank")


@pytest.mark.parametrize("group", [[0, 1], [0.5, 1, 0], [-1, 0, 1]])
def test_impossible_groups_are_refused(group):
    with pytest.raises(ValueError, match="group"):
        compare_survival([1, 2, 3], [1, 1, 1], group, method="logrank")


@pytest.mark.parametrize(
    ("time", "event", "group"),
    [
        ([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]),
        ([1, 1, 1, 2, 2, 3, 3, 3], [1, 1, 0, 1, 0, 1, 1, 0], [1, 0, 0, 1, 1, 0, 1, 0]),
        ([4, 1, 4, 2, 2, 7, 9], [0, 1, 1, 1, 0, 0, 1], [1, 0, 0, 0, 0, 0, 1]),
        ([0, 0, 1, 5, 5, 5, 8, 8, 9], [1, 0, 1, 1, 1, 0, 0, 1, 0], [1, 1, 0, 1, 0, 1, 1, 0, 1]),
    ],
)
def test_complete_enumeration_equals_a_list_of_all_permutations(time, event, group):
    estimate = permutation(time, event, group)
    assert estimate.p_value == pytest.approx(share_of_permutations_as_extreme(time, event, group), rel=1e-12)
    assert (estimate.se, estimate.note) == (0.0, "complete enumeration")


def test_three_against_three_separated_is_two_of_twenty():
    assert permutation([1, 2, 3, 4, 5, 6], [1] * 6, [0, 0, 0, 1, 1, 1]).p_value == 2 / 20


def test_enumeration_of_all_pairs_of_a_large_cohort_is_complete():
    time = np.arange(1, 2450)  # 2,997,576 pairs: just under the limit
    group = np.zeros(2449)
    group[[0, 1]] = 1
    estimate = permutation(time, np.ones(2449), group)
    assert estimate.note == "complete enumeration"
    scores = 1 - np.cumsum(1 / np.arange(2449, 0, -1))
    first, second = np.triu_indices(2449, 1)
    as_extreme = np.abs(scores[first] + scores[second]) >= abs(scores[0] + scores[1]) - 1e-9
    assert estimate.p_value == as_extreme.mean()


def test_random_permutations_report_their_error_and_come_near_the_exact_value():
    """Exact value by R coin, independence_test(distribution = "exact") on the same scores (reference/survival)."""
    estimate = permutation(*columns("ovarian"))
    assert estimate.note == "9999 random permutations"
    assert estimate.se == pytest.approx((estimate.p_value * (1 - estimate.p_value) / 9999) ** 0.5)
    assert estimate.p_value == pytest.approx(0.29740707266888444, abs=4 * estimate.se)


def test_random_permutations_depend_on_the_seed_alone():
    time, event, group = columns("ovarian")
    order = np.random.default_rng(3).permutation(len(time))
    first = permutation(time, event, group, draws=999)
    assert permutation(time[order], event[order], group[order], draws=999) == first
    assert permutation(time, event, group, draws=999, seed=2).p_value != first.p_value


def test_drawing_counts_of_tied_scores_agrees_with_shuffling_patients():
    time, event, group = columns("lung_quarters")
    tied = permutation(time, event, group)
    untied_time = time + 1e-6 * np.argsort(np.argsort(time, kind="stable"), kind="stable")
    shuffled = permutation(untied_time, event, group)
    asymptotic = compare_survival(time, event, group, method="logrank").p_value
    # P is near 0.002: both must come within their error of each other's neighbourhood and of the chi-square value.
    assert abs(tied.p_value - asymptotic) < 5 * tied.se
    assert abs(shuffled.p_value - tied.p_value) < 5 * (tied.se + shuffled.se)


def test_a_cohort_too_large_to_permute_says_so_and_keeps_the_statistic():
    time = np.arange(1, 6002)
    estimate = permutation(time, np.ones(6001), time % 2)
    assert (estimate.p_value, estimate.note) == (None, "too large for permutation")
    assert estimate.value is not None


@pytest.mark.parametrize(
    ("time", "event", "group", "note"),
    [
        ([], [], [], "no data"),
        ([1, 2], [1, 1], [0, 0], "one group"),
        ([1, 2], [0, 0], [0, 1], "no events"),
        ([3, 3, 3], [1, 1, 1], [0, 1, 1], "constant"),
    ],
)
def test_what_cannot_be_permuted_is_empty_with_the_reason(time, event, group, note):
    assert permutation(time, event, group) == Estimate(note=note)
