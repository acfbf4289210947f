"""Locations against R (stats, coin, exactRankTests), against enumeration, and at the edges."""

from __future__ import annotations

import csv
import math
import time
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from hai_utils.stats.estimate import Estimate
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
from hai_utils.stats.one_group import QUARTILE_METHODS, maximum, mean, median, minimum, quartiles, sd, shapiro_wilk
from hai_utils.stats.sorted_differences import differences_at
from tests.conftest import REFERENCE_CASES

REFERENCE = REFERENCE_CASES / "location"
EXACT, ASYMPTOTIC = 1e-9, 1e-6  # the relative agreement asked for


def read_rows(name):
    with (REFERENCE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_groups():
    cases: dict[str, dict[str, list[float]]] = {}
    for row in read_rows("input.csv"):
        cases.setdefault(row["case"], {}).setdefault(row["group"], []).append(float(row["value"]))
    for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 25, 400, 5000):
        name = "squares_mod_10007" if n == 5000 else f"squares_mod_10007_first_{n}"
        cases[name] = {"": [i * i % 10007 for i in range(1, n + 1)]}
    return cases


GROUPS = read_groups()
OUTPUT = read_rows("output.csv")


def expected(*statistics, method=None):
    """Rows of R's output as (case, group, statistic, method, value) of the statistics, for parametrize."""
    chosen = [row for row in OUTPUT if row["statistic"] in statistics and (method is None or row["method"] in method)]
    assert chosen, f"no reference for {statistics}"
    return [pytest.param(*row.values(), id="-".join(filter(None, list(row.values())[:4]))) for row in chosen]


def pair(case):
    level, reference = GROUPS[case].values()
    return level, reference


def agree(value, reference, tolerance):
    if reference == "":  # R: not available
        assert value is None
    else:
        assert value == pytest.approx(float(reference), rel=tolerance, abs=1e-12)


# --- R --------------------------------------------------------------------------------------------------------------

COLUMNS = ("case", "group", "statistic", "method", "reference")


@pytest.mark.parametrize(COLUMNS, expected("mean", "sd", "median"))
def test_description_agrees_with_r(case, group, statistic, method, reference):
    value = {"mean": mean, "sd": sd, "median": median}[statistic](GROUPS[case][group]).value
    agree(value, reference, EXACT)


@pytest.mark.parametrize(COLUMNS, expected("q1", "q3"))
def test_quartiles_agree_with_r_quantile_and_fivenum(case, group, statistic, method, reference):
    q1, q3 = quartiles(GROUPS[case][group], method=method)
    agree((q1 if statistic == "q1" else q3).value, reference, EXACT)


@pytest.mark.parametrize(COLUMNS, expected("shapiro_w", "shapiro_p"))
def test_shapiro_wilk_agrees_with_r(case, group, statistic, method, reference):
    test = shapiro_wilk(GROUPS[case][group])
    agree(test.value if statistic == "shapiro_w" else test.p_value, reference, ASYMPTOTIC)


@pytest.mark.parametrize(COLUMNS, expected("p_value", method=("mann_whitney_exact", "mann_whitney_exact_untied")))
def test_exact_mann_whitney_agrees_with_coin_and_pwilcox(case, group, statistic, method, reference):
    agree(compare_locations(*pair(case), method=method).p_value, reference, EXACT)


@pytest.mark.parametrize(COLUMNS, expected("p_value", method=("exactRankTests", "wilcox.test exact")))
def test_exact_mann_whitney_agrees_with_the_other_packages(case, group, statistic, method, reference):
    agree(compare_locations(*pair(case), method="mann_whitney_exact").p_value, reference, EXACT)


@pytest.mark.parametrize(COLUMNS, expected("p_value", method=CONTINUOUS_TESTS[2:]))
def test_asymptotic_and_t_tests_agree_with_r(case, group, statistic, method, reference):
    agree(compare_locations(*pair(case), method=method).p_value, reference, ASYMPTOTIC)


@pytest.mark.parametrize(COLUMNS, expected("u_statistic"))
def test_u_agrees_with_r_ranks(case, group, statistic, method, reference):
    assert u_statistic(*pair(case)).value == float(reference)


@pytest.mark.parametrize(
    COLUMNS, expected("mean_difference", "mean_difference_lower", "mean_difference_upper", "mean_difference_se")
)
def test_mean_difference_agrees_with_r_t_test(case, group, statistic, method, reference):
    test = mean_difference(*pair(case), method=method)
    part = {"mean_difference": test.value, "mean_difference_se": test.se}
    part |= {"mean_difference_lower": test.lower, "mean_difference_upper": test.upper}
    agree(part[statistic], reference, ASYMPTOTIC)


@pytest.mark.parametrize(
    COLUMNS,
    expected(
        "hodges_lehmann",
        "hodges_lehmann_lower",
        "hodges_lehmann_upper",
        method=(*HODGES_LEHMANN_METHODS, "wilcox.test exact"),
    ),
)
def test_hodges_lehmann_agrees_with_the_sorted_differences_in_r(case, group, statistic, method, reference):
    estimate = hodges_lehmann(*pair(case), method="exact" if method == "wilcox.test exact" else method)
    part = {"hodges_lehmann": estimate.value}
    part |= {"hodges_lehmann_lower": estimate.lower, "hodges_lehmann_upper": estimate.upper}
    agree(part[statistic], reference, EXACT)


@pytest.mark.parametrize(COLUMNS, expected("statistic", "p_value", method=MANY_LOCATIONS_TESTS))
def test_several_groups_agree_with_r_kruskal_test_and_aov(case, group, statistic, method, reference):
    test = compare_many_locations(list(GROUPS[case].values()), method=method)
    agree(test.value if statistic == "statistic" else test.p_value, reference, ASYMPTOTIC)


@pytest.mark.parametrize(COLUMNS, expected("standardised_difference"))
def test_standardised_difference_agrees_with_r(case, group, statistic, method, reference):
    agree(standardised_difference(*pair(case)).value, reference, EXACT)


def test_shapiro_wilk_agrees_with_scipy_on_lognormal_values():
    values = np.exp(np.linspace(-2, 2, 57))
    theirs = stats.shapiro(values)
    ours = shapiro_wilk(values)
    assert (ours.value, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-6)


# --- the paper's forensics: P values that its exact tests can take ---------------------------------------------------


@pytest.mark.parametrize(
    ("u", "p"), [(62, "0.6085"), (47, "0.1674"), (59, "0.4940"), (54, "0.3311"), (35, "0.0352"), (36, "0.0410")]
)
def test_exact_p_of_11_against_13_falls_on_the_known_lattice(u, p):
    # Eleven ranks out of 24 with the given U: as low as possible, then raised one after another.
    ranks, left = list(range(1, 12)), u
    for i in reversed(range(11)):
        step = min(13, left)
        ranks[i], left = ranks[i] + step, left - step
    others = sorted(set(range(1, 25)) - set(ranks))
    assert u_statistic(ranks, others).value == u
    for method in ("mann_whitney_exact", "mann_whitney_exact_untied"):
        assert f"{compare_locations(ranks, others, method=method).p_value:.4f}" == p


# --- enumeration ----------------------------------------------------------------------------------------------------


def enumerated_exact_p(level, reference):
    """P(|W - E| >= |w - E|) by counting every choice of patients, in whole numbers and fractions."""
    pooled = list(level) + list(reference)
    doubled = [sum(2 * (other < value) + (other == value) for other in pooled) + 1 for value in pooled]
    center = len(level) * (len(pooled) + 1)
    observed = abs(sum(doubled[: len(level)]) - center)
    chosen = list(combinations(doubled, len(level)))
    return Fraction(sum(abs(sum(subset) - center) >= observed for subset in chosen), len(chosen))


SMALL = {
    "untied": ([3, 1, 9, 4], [2, 8, 5, 7, 6]),
    "tied": ([1, 2, 2, 3], [2, 2, 3, 4, 4]),
    "skew ties": ([0, 0, 0, 5], [0, 0, 1, 5, 5, 5]),
    "one": ([4], [1, 2, 2, 7, 9]),
    "extreme": ([1, 1, 1], [2, 2, 2, 3]),
}


@pytest.mark.parametrize(("level", "reference"), SMALL.values(), ids=SMALL)
def test_exact_p_equals_enumeration(level, reference):
    p_value = compare_locations(level, reference, method="mann_whitney_exact").p_value
    assert p_value == pytest.approx(float(enumerated_exact_p(level, reference)), rel=1e-12)


@pytest.mark.parametrize(("level", "reference"), SMALL.values(), ids=SMALL)
def test_untied_p_equals_enumeration_of_the_untied_distribution(level, reference):
    n1, n2 = len(level), len(reference)
    u = u_statistic(level, reference).value
    u = math.floor(min(u, n1 * n2 - u))
    chosen = list(combinations(range(n1 + n2), n1))
    tail = Fraction(sum(sum(subset) - n1 * (n1 - 1) // 2 <= u for subset in chosen), len(chosen))
    p_value = compare_locations(level, reference, method="mann_whitney_exact_untied").p_value
    assert p_value == pytest.approx(float(min(1, 2 * tail)), rel=1e-12)


@pytest.mark.parametrize("shape", [(1500, 900), (1, 1_200_000), (1_200_000, 1)], ids=str)
@pytest.mark.parametrize("digits", [0, 1, 6], ids="{} digits".format)
def test_selected_differences_equal_a_full_sort(shape, digits):
    generator = np.random.default_rng(7)
    level = np.sort(np.round(generator.normal(1, 2, shape[0]), digits))
    reference = np.sort(np.round(generator.lognormal(0, 2, shape[1]), digits))
    differences = np.sort(np.subtract.outer(level, reference), axis=None)
    ranks = (0, 1, len(differences) // 3, len(differences) // 2, len(differences) - 2)
    assert differences_at(level, reference, ranks) == [differences[rank] for rank in ranks]


def test_selection_survives_differences_that_rounding_makes_equal():
    level = np.arange(1300.0) * 2.0 + 1e16
    reference = np.arange(1300.0) * 0.3
    differences = np.sort(np.subtract.outer(level, reference), axis=None)
    ranks = (5, 10_000, 845_000, 1_689_990)
    assert differences_at(level, reference, ranks) == [differences[rank] for rank in ranks]


# --- edges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("describe", [mean, sd, median, minimum, maximum])
def test_nobody_gives_no_data(describe):
    assert describe([]) == Estimate(note="no data")


def test_nobody_has_no_quartiles():
    assert quartiles([], method="type_6") == (Estimate(note="no data"), Estimate(note="no data"))


def test_sd_of_one_patient_is_empty():
    assert sd([3.0]) == Estimate(note="group of one")


@pytest.mark.parametrize("method", QUARTILE_METHODS)
def test_one_patient_is_both_quartiles(method):
    assert quartiles([3.0], method=method) == (Estimate(3.0), Estimate(3.0))


def test_sd_of_equal_values_is_exactly_zero():
    assert sd([0.1] * 7).value == 0.0


def test_minimum_and_maximum_are_the_ends():
    assert (minimum([3, -1, 2]).value, maximum([3, -1, 2]).value) == (-1.0, 3.0)


@pytest.mark.parametrize(
    ("values", "note"),
    [([1, 2], "too few patients"), ([4] * 9, "constant"), (range(5001), "too large for Shapiro-Wilk")],
    ids=["two", "constant", "5001"],
)
def test_shapiro_wilk_is_empty_outside_its_range(values, note):
    assert shapiro_wilk(list(values)) == Estimate(note=note)


def test_shapiro_wilk_of_three_evenly_spaced_values_is_one():
    test = shapiro_wilk([1, 2, 3])
    assert (test.value, test.p_value) == pytest.approx((1.0, 1.0))


def test_shapiro_wilk_ignores_a_large_offset():
    values = np.arange(1, 26) ** 2
    assert shapiro_wilk(values + 1e9).p_value == pytest.approx(shapiro_wilk(values).p_value, rel=1e-9)


@pytest.mark.parametrize("method", CONTINUOUS_TESTS)
def test_constant_outcome_has_no_p(method):
    assert compare_locations([2, 2, 2], [2, 2], method=method) == Estimate(note="constant")


@pytest.mark.parametrize("method", CONTINUOUS_TESTS)
def test_empty_group_has_no_p(method):
    assert compare_locations([], [1, 2], method=method) == Estimate(note="empty group")


@pytest.mark.parametrize("method", MEAN_DIFFERENCE_METHODS)
def test_t_test_of_a_group_of_one_is_empty_but_the_difference_stands(method):
    assert compare_locations([3], [1, 2], method=method) == Estimate(note="group of one")
    assert mean_difference([3], [1, 2], method=method) == Estimate(1.5, note="group of one")


@pytest.mark.parametrize("method", MEAN_DIFFERENCE_METHODS)
def test_t_test_without_variance_is_empty_but_the_difference_stands(method):
    assert mean_difference([3, 3, 3], [1, 1], method=method) == Estimate(2.0, note="zero variance")


@pytest.mark.parametrize("method", MEAN_DIFFERENCE_METHODS)
def test_rounding_error_is_no_variance(method):
    level = [0.1 + 0.2, 0.3, 0.3]
    assert compare_locations(level, [0.5, 0.5], method=method) == Estimate(note="zero variance")


@pytest.mark.parametrize("method", ["mann_whitney_exact", "mann_whitney_exact_untied"])
def test_exact_test_stops_above_200_patients(method):
    values = np.arange(101.0)
    assert compare_locations(values, values[1:] + 0.5, method=method) == Estimate(note="too large for exact")
    assert compare_locations(values[1:], values[1:] + 0.5, method=method).p_value is not None


def test_exact_hodges_lehmann_stops_above_200_patients():
    values = np.arange(101.0)
    assert hodges_lehmann(values, values[1:], method="exact") == Estimate(note="too large for exact")
    assert hodges_lehmann(values, values[1:], method="asymptotic_cc").value is not None


def test_hodges_lehmann_says_where_the_extremes_hold_less_than_the_level():
    assert hodges_lehmann([4], [1, 2], method="exact") == Estimate(
        2.5, 2.0, 3.0, note="confidence level not attainable"
    )


@pytest.mark.parametrize(("others", "depth"), [(39, 1), (79, 1), (80, 2)])
def test_exact_limits_where_a_tail_is_exactly_a_fortieth(others, depth):
    # P(U <= u) = (u + 1)/(others + 1): qwilcox(0.025, 1, 39) = 0, (0.025, 1, 79) = 1, (0.025, 1, 80) = 2 (R 4.2.2).
    estimate = hodges_lehmann([0], range(others), method="exact")
    assert (estimate.lower, estimate.upper) == (depth - others, 1 - depth)
    assert estimate.note == ""


@pytest.mark.parametrize("method", HODGES_LEHMANN_METHODS)
def test_hodges_lehmann_of_a_constant_is_zero(method):
    estimate = hodges_lehmann([2] * 5, [2] * 6, method=method)
    assert (estimate.value, estimate.lower, estimate.upper, estimate.note) == (0.0, 0.0, 0.0, "constant")


def test_hodges_lehmann_with_an_empty_group_is_empty():
    assert hodges_lehmann([], [1], method="exact") == Estimate(note="empty group")


@pytest.mark.parametrize("method", MANY_LOCATIONS_TESTS)
def test_several_groups_that_cannot_be_compared_are_empty(method):
    assert compare_many_locations([[1, 2], []], method=method) == Estimate(note="empty group")
    assert compare_many_locations([[1, 1], [1], [1]], method=method) == Estimate(note="constant")


def test_anova_needs_variation_within_groups():
    assert compare_many_locations([[1], [2], [3]], method="anova") == Estimate(note="group of one")
    assert compare_many_locations([[1, 1], [2, 2], [3]], method="anova") == Estimate(note="zero variance")


def test_empty_groups_are_left_out_of_several():
    groups = [[1, 4, 5], [2, 6], [3, 9, 8]]
    for method in MANY_LOCATIONS_TESTS:
        assert compare_many_locations([*groups, []], method=method) == compare_many_locations(groups, method=method)


@pytest.mark.parametrize(
    ("level", "reference", "note"),
    [
        ([1], [2, 3], "group of one"),
        ([1, 1], [1, 1], "constant"),
        ([1, 1], [2, 2], "infinite"),
        ([], [1], "empty group"),
    ],
)
def test_standardised_difference_is_empty_where_it_has_no_scale(level, reference, note):
    assert standardised_difference(level, reference) == Estimate(note=note)


@pytest.mark.parametrize("values", [[1.0, math.nan], [1.0, math.inf], [[1.0, 2.0]]], ids=["nan", "inf", "two columns"])
def test_missing_values_and_wrong_shapes_are_refused(values):
    with pytest.raises(ValueError, match="x "):
        mean(values)


@pytest.mark.parametrize(
    "call",
    [
        lambda: compare_locations([1, 2], [3], method="wilcoxon"),
        lambda: quartiles([1, 2], method="type_5"),
        lambda: hodges_lehmann([1], [2], method="asymptotic"),
        lambda: compare_many_locations([[1], [2]], method="welch"),
    ],
)
def test_unknown_methods_are_refused_with_the_known_ones(call):
    with pytest.raises(ValueError, match="method must be one of"):
        call()


@pytest.mark.parametrize("level", [0, 1, 95])
def test_confidence_levels_outside_0_and_1_are_refused(level):
    with pytest.raises(ValueError, match="confidence_level"):
        hodges_lehmann([1, 2], [3], method="exact", confidence_level=level)


def test_numbers_near_the_largest_double_do_not_overflow_the_mean():
    assert mean([1.7e308, 1.7e308]).value == 1.7e308
    assert sd([-1.7e308, 1.7e308]) == Estimate(note="infinite")


# --- standardised difference of proportions --------------------------------------------------------------------------


def test_binary_standardised_difference_is_signed():
    # (7/11 - 13/13)/sqrt((7/11 x 4/11 + 0)/2) by hand: -(4/11)/sqrt(14/121) = -4/sqrt(14)
    assert standardised_difference_proportions([7, 4], [13, 0]).value == pytest.approx(-4 / math.sqrt(14), rel=1e-12)


def test_multinomial_standardised_difference_by_hand():
    # p = (1/2, 1/4, 1/4), q = (1/4, 1/4, 1/2); first two: T - C = (1/4, 0);
    # S = ((1/4 + 3/16)/2, -(1/8 + 1/16)/2; ., 3/16) = (7/32, -3/32; -3/32, 6/32), det = 33/1024, S^-1[0, 0] = 64/11
    # D^2 = 1/16 x (6/32)/(33/1024) = 4/11
    value = standardised_difference_proportions([4, 2, 2], [2, 2, 4]).value
    assert value == pytest.approx(math.sqrt(Fraction(4, 11)), rel=1e-12)


def test_multinomial_standardised_difference_of_two_used_levels_is_the_binary_one():
    three = standardised_difference_proportions([3, 0, 8], [9, 0, 4]).value
    assert three == pytest.approx(abs(standardised_difference_proportions([3, 8], [9, 4]).value), rel=1e-12)


@pytest.mark.parametrize(
    ("level", "reference", "note"),
    [([0, 0], [1, 2], "empty group"), ([3, 0], [2, 0], "constant"), ([3, 0, 0], [0, 1, 2], "infinite")],
)
def test_standardised_difference_of_proportions_is_empty_where_it_has_no_scale(level, reference, note):
    assert standardised_difference_proportions(level, reference) == Estimate(note=note)


def test_equal_proportions_differ_by_zero():
    assert standardised_difference_proportions([2, 4], [3, 6]).value == 0.0


# --- size -----------------------------------------------------------------------------------------------------------


def test_hodges_lehmann_of_100_000_rows_grows_no_worse_than_n_log_n():
    def seconds(n):
        generator = np.random.default_rng(3)
        level, reference = generator.normal(1, 2, n // 2), generator.normal(0, 2, n // 2)
        timings = []
        for _ in range(3):
            start = time.process_time()
            hodges_lehmann(level, reference, method="asymptotic_cc")
            timings.append(time.process_time() - start)
        return min(timings)

    # Twice n log n, for a busy machine; quadratic growth would be a factor of 10,000.
    assert seconds(100_000) < 2 * 100 * 5 / 3 * seconds(1_000)
