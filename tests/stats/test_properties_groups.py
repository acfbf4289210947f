"""What must hold of every comparison of groups, whatever the data: searched by hypothesis, always in the same order."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hai_utils.stats.contingency import (
    APPLICABLE_2X2,
    APPLICABLE_LARGER,
    CATEGORICAL_TESTS,
    compare_table,
    fragility_index,
)
from hai_utils.stats.location import (
    CONTINUOUS_TESTS,
    HODGES_LEHMANN_METHODS,
    MANY_LOCATIONS_TESTS,
    MEAN_DIFFERENCE_METHODS,
    compare_locations,
    compare_many_locations,
    hodges_lehmann,
    mean_difference,
    standardised_difference,
    standardised_difference_proportions,
    u_statistic,
)
from hai_utils.stats.multiplicity import holm
from hai_utils.stats.one_group import QUARTILE_METHODS, maximum, mean, median, minimum, quartiles, sd, shapiro_wilk
from hai_utils.stats.proportions import (
    ODDS_RATIO_METHODS,
    PROPORTION_INTERVALS,
    RISK_DIFFERENCE_INTERVALS,
    odds_ratio,
    proportion,
    risk_difference,
)

searched = settings(derandomize=True, deadline=None, max_examples=60, database=None)

TIED = st.integers(-5, 5).map(float)
MEASURED = st.integers(-10_000, 10_000).map(lambda k: k / 8)
ANY = st.floats(allow_nan=False, allow_infinity=False)
SAMPLE = st.one_of(st.lists(TIED, max_size=14), st.lists(MEASURED, max_size=14))
FILLED = st.one_of(st.lists(TIED, min_size=1, max_size=14), st.lists(MEASURED, min_size=1, max_size=14))
LEVELS = st.floats(0.5, 0.999)
COUNTS = st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(0, 14), st.integers(0, 14))
TABLE = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(st.integers(0, 6), min_size=columns, max_size=columns), min_size=1, max_size=3)
)
SUPREMA = ("boschloo", "barnard")


def describe(x):
    quarters = [quartiles(x, method=method) for method in QUARTILE_METHODS]
    return [mean(x), sd(x), median(x), minimum(x), maximum(x), shapiro_wilk(x), *quarters]


def compare(level, reference):
    return [
        *(compare_locations(level, reference, method=method) for method in CONTINUOUS_TESTS),
        *(mean_difference(level, reference, method=method) for method in MEAN_DIFFERENCE_METHODS),
        *(hodges_lehmann(level, reference, method=method) for method in HODGES_LEHMANN_METHODS),
        *(compare_many_locations([level, reference], method=method) for method in MANY_LOCATIONS_TESTS),
        u_statistic(level, reference),
        standardised_difference(level, reference),
    ]


def holds(estimate):
    """Say whether the interval holds its estimate; an empty limit is unbounded."""
    if estimate.value is None:
        return True
    slack = 1e-12 * max(1.0, abs(estimate.value))
    above = estimate.lower is None or estimate.lower <= estimate.value + slack
    return above and (estimate.upper is None or estimate.upper >= estimate.value - slack)


def opposite(a, b):
    return (a is None and b is None) or a == pytest.approx(-b, rel=1e-9, abs=1e-12)


def inverse(a, b):
    """Ratios of swapped groups; 0 answers to an empty (infinite) one."""
    if a is None or b is None:
        return a in (None, 0.0) and b in (None, 0.0)
    return a * b == pytest.approx(1.0, rel=1e-9)


def same(a, b, tolerance=1e-9):
    return (a is None and b is None) or a == pytest.approx(b, rel=tolerance, abs=1e-14)


# --- locations ------------------------------------------------------------------------------------------------------


@searched
@given(SAMPLE, SAMPLE, st.randoms(use_true_random=False))
def test_row_order_changes_no_bit(level, reference, random):
    shuffled = random.sample(level, len(level)), random.sample(reference, len(reference))
    assert compare(*shuffled) == compare(level, reference)
    assert describe(shuffled[0]) == describe(level)


@searched
@given(st.lists(ANY, max_size=8), st.randoms(use_true_random=False))
def test_row_order_changes_no_bit_of_any_finite_numbers(values, random):
    assert [repr(e) for e in describe(random.sample(values, len(values)))] == [repr(e) for e in describe(values)]


@searched
@given(st.lists(ANY, max_size=6), st.lists(ANY, max_size=6))
def test_no_finite_numbers_crash_or_leave_the_range(level, reference):
    for estimate in [*describe(level)[:6], *compare(level, reference)]:  # Estimate itself refuses nan and inf
        assert estimate.p_value is None or 0 <= estimate.p_value <= 1
        assert estimate.value is not None or estimate.p_value is not None or estimate.note


@searched
@given(SAMPLE, SAMPLE)
def test_swapping_groups_keeps_p(level, reference):
    for method in CONTINUOUS_TESTS:
        forwards = compare_locations(level, reference, method=method)
        backwards = compare_locations(reference, level, method=method)
        assert same(forwards.p_value, backwards.p_value)
        assert forwards.note == backwards.note


@searched
@given(FILLED, FILLED)
def test_swapping_groups_sends_u_to_its_complement(level, reference):
    pairs = len(level) * len(reference)
    assert u_statistic(level, reference).value == pairs - u_statistic(reference, level).value


@searched
@given(SAMPLE, SAMPLE)
def test_swapping_groups_negates_differences(level, reference):
    pairs = [
        (mean_difference(level, reference, method=m), mean_difference(reference, level, method=m))
        for m in MEAN_DIFFERENCE_METHODS
    ]
    pairs += [
        (hodges_lehmann(level, reference, method=m), hodges_lehmann(reference, level, method=m))
        for m in HODGES_LEHMANN_METHODS
    ]
    pairs += [(standardised_difference(level, reference), standardised_difference(reference, level))]
    for forwards, backwards in pairs:
        assert opposite(forwards.value, backwards.value)
        assert opposite(forwards.lower, backwards.upper)
        assert opposite(forwards.upper, backwards.lower)


@searched
@given(FILLED, FILLED, LEVELS)
def test_location_intervals_hold_their_estimate(level, reference, confidence_level):
    for method in MEAN_DIFFERENCE_METHODS:
        assert holds(mean_difference(level, reference, method=method, confidence_level=confidence_level))
    for method in HODGES_LEHMANN_METHODS:
        assert holds(hodges_lehmann(level, reference, method=method, confidence_level=confidence_level))


@searched
@given(FILLED)
def test_summaries_are_in_order(values):
    assert minimum(values).value <= median(values).value <= maximum(values).value
    assert minimum(values).value <= mean(values).value <= maximum(values).value
    for method in QUARTILE_METHODS:
        q1, q3 = quartiles(values, method=method)
        assert minimum(values).value <= q1.value <= median(values).value <= q3.value <= maximum(values).value


@searched
@given(st.lists(TIED, min_size=1, max_size=5), st.lists(TIED, min_size=1, max_size=5))
def test_exact_p_of_a_small_sample_equals_enumeration(level, reference):
    pooled = level + reference
    doubled = [sum(2 * (other < value) + (other == value) for other in pooled) + 1 for value in pooled]
    center = len(level) * (len(pooled) + 1)
    distances = [abs(sum(chosen) - center) for chosen in combinations(doubled, len(level))]
    p_value = sum(d >= abs(sum(doubled[: len(level)]) - center) for d in distances) / len(distances)
    estimate = compare_locations(level, reference, method="mann_whitney_exact")
    if len(set(pooled)) == 1:
        assert (estimate.p_value, estimate.note) == (None, "constant")
    else:
        assert estimate.p_value == pytest.approx(p_value, rel=1e-12)


@searched
@given(SAMPLE, SAMPLE, st.sampled_from([0.5, 2.0, 8.0]), st.integers(-64, 64))
def test_unit_and_origin_change_no_p(level, reference, unit, origin):
    def changed(values):
        return [unit * value + origin for value in values]

    for method in CONTINUOUS_TESTS:
        before = compare_locations(level, reference, method=method)
        after = compare_locations(changed(level), changed(reference), method=method)
        assert same(before.p_value, after.p_value, 1e-6)


@searched
@given(st.lists(SAMPLE, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_order_of_groups_changes_nothing(groups, random):
    for method in MANY_LOCATIONS_TESTS:
        before = compare_many_locations(groups, method=method)
        after = compare_many_locations(random.sample(groups, len(groups)), method=method)
        assert same(before.value, after.value)
        assert same(before.p_value, after.p_value)


# --- tables ---------------------------------------------------------------------------------------------------------


@searched
@given(COUNTS)
def test_swapping_groups_or_outcomes_of_a_2x2_table_keeps_p(counts):
    a, b, c, d = counts
    for method in APPLICABLE_2X2:
        p_values = [
            compare_table(table, method=method).p_value
            for table in ([[a, b], [c, d]], [[c, d], [a, b]], [[b, a], [d, c]])
        ]
        tolerance = 1e-6 if method in SUPREMA else 1e-9
        assert same(p_values[0], p_values[1], tolerance)
        assert same(p_values[0], p_values[2], tolerance)


@searched
@given(TABLE, st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_and_transposing_keep_p(table, random):
    columns = random.sample(range(len(table[0])), len(table[0]))
    reordered = [[row[column] for column in columns] for row in random.sample(table, len(table))]
    for method in APPLICABLE_LARGER:
        before = compare_table(table, method=method)
        assert same(before.p_value, compare_table(reordered, method=method).p_value)
        assert same(before.p_value, compare_table(list(zip(*table, strict=True)), method=method).p_value)


@searched
@given(COUNTS)
def test_every_p_of_a_2x2_table_is_a_probability_or_has_a_note(counts):
    a, b, c, d = counts
    for method in CATEGORICAL_TESTS:
        estimate = compare_table([[a, b], [c, d]], method=method)
        assert estimate.note if estimate.p_value is None else 0 <= estimate.p_value <= 1


@searched
@given(COUNTS)
def test_unconditional_tests_are_no_more_cautious_than_they_may_be(counts):
    a, b, c, d = counts
    table = [[a, b], [c, d]]
    fisher, boschloo = (compare_table(table, method=method).p_value for method in ("fisher_exact", "boschloo"))
    # Ordering by a valid P and taking the supremum can only lower it (Boschloo 1970).
    assert fisher is None or boschloo <= fisher * (1 + 1e-6)


@searched
@given(COUNTS)
def test_mid_p_is_below_fishers_p(counts):
    a, b, c, d = counts
    fisher, mid_p = (compare_table([[a, b], [c, d]], method=m).p_value for m in ("fisher_exact", "fisher_mid_p"))
    assert fisher is None or fisher / 2 - 1e-12 <= mid_p < fisher


@searched
@given(COUNTS)
def test_fragility_does_not_depend_on_which_group_comes_first(counts):
    a, b, c, d = counts
    assert fragility_index([[a, b], [c, d]]) == fragility_index([[c, d], [a, b]])


@searched
@given(
    st.lists(st.integers(0, 9), min_size=2, max_size=5).flatmap(
        lambda first: st.tuples(st.just(first), st.lists(st.integers(0, 9), min_size=len(first), max_size=len(first)))
    )
)
def test_standardised_difference_of_proportions_has_the_right_sign(pair):
    level, reference = pair
    forwards = standardised_difference_proportions(level, reference).value
    backwards = standardised_difference_proportions(reference, level).value
    if len(level) == 2:
        assert opposite(forwards, backwards)
    else:
        assert same(forwards, backwards)
        assert forwards is None or forwards >= 0


# --- proportions ----------------------------------------------------------------------------------------------------


@searched
@given(st.integers(0, 60), st.integers(0, 60), LEVELS)
def test_proportion_intervals_hold_their_estimate_and_stay_in_range(events, others, confidence_level):
    for method in PROPORTION_INTERVALS:
        estimate = proportion(events, events + others, method=method, confidence_level=confidence_level)
        if events + others:
            assert holds(estimate)
            assert 0 <= estimate.lower <= estimate.upper <= 1


@searched
@given(st.integers(0, 60), st.integers(0, 60))
def test_counting_the_other_outcome_mirrors_a_proportion(events, others):
    for method in PROPORTION_INTERVALS:
        estimate = proportion(events, events + others, method=method)
        mirrored = proportion(others, events + others, method=method)
        if events + others:
            assert estimate.lower == pytest.approx(1 - mirrored.upper, abs=1e-12)


@searched
@given(COUNTS, LEVELS)
def test_intervals_of_two_proportions_hold_their_estimate(counts, confidence_level):
    a, b, c, d = counts
    for method in RISK_DIFFERENCE_INTERVALS:
        assert holds(risk_difference(a, a + b, c, c + d, method=method, confidence_level=confidence_level))
    for method in ODDS_RATIO_METHODS:
        assert holds(odds_ratio(a, a + b, c, c + d, method=method, confidence_level=confidence_level))


@searched
@given(COUNTS)
def test_swapping_groups_negates_the_risk_difference_and_inverts_the_odds_ratio(counts):
    a, b, c, d = counts
    for method in RISK_DIFFERENCE_INTERVALS:
        forwards = risk_difference(a, a + b, c, c + d, method=method)
        backwards = risk_difference(c, c + d, a, a + b, method=method)
        assert opposite(forwards.value, backwards.value)
        assert opposite(forwards.lower, backwards.upper)
        assert opposite(forwards.upper, backwards.lower)
    for method in ODDS_RATIO_METHODS:
        ratio, inverted = odds_ratio(a, a + b, c, c + d, method=method), odds_ratio(c, c + d, a, a + b, method=method)
        assert inverse(ratio.value, inverted.value)
        assert inverse(ratio.lower, inverted.upper)
        assert inverse(ratio.upper, inverted.lower)


@searched
@given(COUNTS)
def test_bounded_risk_differences_stay_between_minus_1_and_1(counts):
    a, b, c, d = counts
    for method in ("newcombe", "miettinen_nurminen"):
        estimate = risk_difference(a, a + b, c, c + d, method=method)
        assert estimate.lower is None or -1 <= estimate.lower <= estimate.upper <= 1


# --- multiplicity ---------------------------------------------------------------------------------------------------


@searched
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_the_order(p_values):
    adjusted = holm(p_values)
    known = sorted((p, a) for p, a in zip(p_values, adjusted, strict=True) if p is not None)
    assert [p is None for p in p_values] == [a is None for a in adjusted]
    assert all(p <= a <= 1 for p, a in known)
    assert [a for _, a in known] == sorted(a for _, a in known)
    assert not known or math.isclose(known[0][1], min(1.0, len(known) * known[0][0]))
