"""The proofs, each against an enumeration that this file makes by itself."""

from __future__ import annotations

import itertools
import statistics
from fractions import Fraction

import numpy as np
import pytest

from hai_utils.audit.answer import with_fewer
from hai_utils.audit.counts import (
    attainable_percentages,
    count_of_total,
    count_with_percent,
    counts_of_percent,
    nested_counts,
    percentage,
    printed_count,
    sum_of_counts,
)
from hai_utils.audit.integers import (
    attainable_iqrs,
    mean_of_integers,
    median_of_integers,
    quartile_of_integers,
    quartile_weights,
    whole_number,
)
from hai_utils.audit.intervals import MedianInterval, median_interval, within_follow_up
from hai_utils.audit.p_values import (
    Summary,
    continuous_p,
    finer_tables,
    mann_whitney_lattice,
    t_test_p,
    table_2x2,
    table_candidates,
    table_p,
)
from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.audit.ranges import in_order, iqr_of_quartiles, mean_within, nested_maximum, nested_minimum, repeated
from hai_utils.results.formatting import ROUNDING_RULES
from hai_utils.stats.one_group import QUARTILE_METHODS, QuartileMethod, quartiles


def n(text: str) -> Printed:
    found = parse_printed(text)
    assert found is not None
    return found


def count_multisets(n: int, low: int, high: int, *, median: float, iqr: float, method: QuartileMethod) -> int:
    """Count the samples of n whole numbers between two ends that have this median and this interquartile range."""
    weights = quartile_weights(n, method)
    middle = ((n - 1) // 2, n // 2)
    return sum(
        sample[middle[0]] + sample[middle[1]] == 2 * median
        and sum(w * (after - before) for w, (before, after) in zip(weights, itertools.pairwise(sample), strict=True))
        == iqr
        for sample in itertools.combinations_with_replacement(range(low, high + 1), n)
    )


# --- percentages ---


def test_28_percent_of_11_is_impossible() -> None:
    answer = percentage(n("28"), 11)
    assert answer.status == "impossible"
    assert answer.nearest == ("27 (3/11)", "36 (4/11)")
    # All of them, by hand: 100 k / 11 rounded half up.
    assert attainable_percentages(11) == ("0", "9", "18", "27", "36", "45", "55", "64", "73", "82", "91", "100")


def test_66_7_percent_of_11_is_impossible_and_the_denominator_12_is_named() -> None:
    answer = percentage(n("66.7"), 11)
    assert answer.status == "impossible"
    assert "12 (8/12)" in answer.reason
    assert answer.nearest == ("63.6 (7/11)", "72.7 (8/11)")


@pytest.mark.parametrize(("text", "of"), [("10", 11), ("42", 25), ("101", 50), ("5", 0)])
def test_a_percentage_that_no_count_gives_is_impossible(text: str, of: int) -> None:
    assert percentage(n(text), of).status == "impossible"


def test_every_percentage_that_a_count_gives_is_possible_by_its_rule() -> None:
    for of in (1, 7, 8, 11, 13, 24, 25, 40):
        for rule in ROUNDING_RULES:
            texts = set(attainable_percentages(of, rule=rule))
            answers = {text: percentage(n(text), of) for text in map(str, range(101))}
            assert {text for text, answer in answers.items() if rule in answer.rules} == texts


def test_a_percentage_says_which_rounding_it_needs() -> None:
    assert percentage(n("61"), 13).rules == {"truncate"}  # 8/13 = 61.54
    assert percentage(n("62"), 13).rules == {"half_up", "half_even"}
    assert percentage(n("13"), 8).rules == {"half_up"}  # 1/8 = 12.5
    assert percentage(n("12"), 8).rules == {"half_even", "truncate"}


def test_a_percentage_of_at_most_n_names_the_number_it_needs() -> None:
    answer = with_fewer(lambda k: percentage(n("42"), k), 25, at_most=True)
    assert answer.status == "assumption"
    assert answer.missing
    assert answer.assumption == "only 24 of the 25 have a value"  # 10/24 = 41.7


def test_a_count_and_its_percentage_must_agree() -> None:
    assert count_with_percent(7, 11, n("64")).status == "possible"
    answer = count_with_percent(7, 11, n("63"))
    assert answer.rules == {"truncate"}
    assert count_with_percent(7, 11, n("65")).status == "impossible"


def test_more_than_all_cannot_be_counted() -> None:
    assert count_of_total(12, 11).status == "impossible"
    assert count_of_total(11, 11).status == "possible"


# --- sums and parts ---


def test_14_and_10_are_not_all_25_patients() -> None:
    answer = sum_of_counts(printed_count(25, 25), [printed_count(14, 25), printed_count(10, 25)])
    assert (answer.status, answer.nearest) == ("impossible", ("24",))


def test_percentages_add_up_where_some_counts_do() -> None:
    thirds = [counts_of_percent(n("33"), 12) for _ in range(3)]  # 4/12 each
    assert sum_of_counts(printed_count(12, 12), thirds).status == "possible"
    assert sum_of_counts(printed_count(12, 12), thirds[:2]).status == "impossible"


def test_the_parts_of_a_sum_share_one_rounding_rule() -> None:
    parts = [counts_of_percent(n("61"), 13), counts_of_percent(n("38"), 13)]  # 8/13 = 61.5 and 5/13 = 38.5, both cut
    assert sum_of_counts(printed_count(13, 13), parts).rules == {"truncate"}
    mixed = [counts_of_percent(n("61"), 13), counts_of_percent(n("39"), 13)]  # one cut, one rounded up
    assert sum_of_counts(printed_count(13, 13), mixed).status == "impossible"


def test_a_group_cannot_have_more_than_the_whole_nor_leave_more_than_the_rest() -> None:
    assert nested_counts(printed_count(9, 13), printed_count(13, 25)).status == "possible"
    assert nested_counts(printed_count(9, 13), printed_count(8, 25)).status == "impossible"
    # 20 of 25 with 5 of 13 leaves 15 for the other 12.
    assert nested_counts(printed_count(5, 13), printed_count(20, 25)).status == "impossible"


# --- whole numbers ---


def medians(size: int, low: int, high: int) -> set[Fraction]:
    samples = itertools.combinations_with_replacement(range(low, high + 1), size)
    return {Fraction(statistics.median([Fraction(x) for x in sample])) for sample in samples}


def test_a_half_integer_median_of_11_integers_is_impossible() -> None:
    answer = median_of_integers(n("7.5"), 11)
    assert (answer.status, answer.nearest) == ("impossible", ("7", "8"))
    assert Fraction(15, 2) not in medians(11, 5, 10)
    assert median_of_integers(n("7.5"), 10).status == "possible"
    assert Fraction(15, 2) in medians(10, 5, 10)


def test_the_median_63_5_of_25_integers_is_impossible_and_of_24_possible() -> None:
    assert median_of_integers(n("63.5"), 25).status == "impossible"
    assert median_of_integers(n("63.5"), 24).status == "possible"
    assert Fraction(127, 2) not in medians(25, 62, 65)
    assert Fraction(127, 2) in medians(24, 62, 65)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_the_medians_called_possible_are_those_of_a_full_enumeration(size: int) -> None:
    found = medians(size, 0, 4)
    for quarter in range(17):
        text = f"{quarter / 4:.2f}"
        assert (median_of_integers(n(text), size).status == "possible") == (Fraction(quarter, 4) in found)


def iqrs(size: int, high: int, method: QuartileMethod) -> set[Fraction]:
    found = set()
    for sample in itertools.combinations_with_replacement(range(high + 1), size):
        q1, q3 = (quartile.value for quartile in quartiles(np.array(sample, dtype=float), method=method))
        assert q1 is not None
        assert q3 is not None
        found.add(Fraction(q3 - q1))
    return found


def test_an_iqr_of_1_5_of_11_integers_is_impossible_by_the_quartiles_of_spss() -> None:
    answer = quartile_of_integers(n("1.5"), 11, "iqr", "type_6")
    assert (answer.status, answer.nearest) == ("impossible", ("1", "2"))
    assert "quartiles of type 7, as in R or Tukey's hinges" in answer.reason
    # Every sample between the printed minimum of 3 and maximum of 12 with the printed median of 5: none of 167,960.
    assert count_multisets(11, 3, 12, median=5, iqr=1.5, method="type_6") == 0


@pytest.mark.parametrize(
    ("size", "method", "count"), [(10, "type_6", 122), (11, "type_7", 841), (11, "tukey_hinges", 841)]
)
def test_an_iqr_of_1_5_is_possible_of_10_or_by_other_quartiles(size: int, method: QuartileMethod, count: int) -> None:
    """The numbers of samples are those of an enumeration made apart from this project."""
    assert quartile_of_integers(n("1.5"), size, "iqr", method).status == "possible"
    assert count_multisets(size, 3, 12, median=5, iqr=1.5, method=method) == count


@pytest.mark.parametrize("method", QUARTILE_METHODS)
@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7])
def test_the_iqrs_called_attainable_are_those_of_a_full_enumeration(size: int, method: QuartileMethod) -> None:
    high = 4
    assert set(attainable_iqrs(size, method, high)) >= iqrs(size, high, method)
    # Whatever fits between 0 and 4 without using the full width of both outer gaps is really found.
    assert {x for x in attainable_iqrs(size, method, 2) if x <= 2} == {
        x for x in iqrs(size, 8 if size < 6 else 5, method) if x <= 2
    }


@pytest.mark.parametrize("method", QUARTILE_METHODS)
def test_large_iqrs_follow_the_pattern_of_small_ones(method: QuartileMethod) -> None:
    for size in (1, 2, 3, 5, 10, 11, 40):
        weights = {int(4 * weight) for weight in quartile_weights(size, method)} - {0}
        reached = {0}
        for _ in range(200):  # every sum up to 160 quarters, one gap after the other
            reached |= {total + weight for total in reached for weight in weights if total + weight <= 160}
        assert {int(4 * x) for x in attainable_iqrs(size, method, 40)} == reached


@pytest.mark.parametrize("method", QUARTILE_METHODS)
def test_the_quartiles_called_possible_are_those_of_a_full_enumeration(method: QuartileMethod) -> None:
    for size in range(2, 7):
        samples = list(itertools.combinations_with_replacement(range(-3, 4), size))
        found = {Fraction(quartiles(np.array(s, dtype=float), method=method)[0].value or 0.0) for s in samples}
        for quarter in range(5):
            possible = quartile_of_integers(n(f"{quarter / 4:.2f}"), size, "q1", method).status == "possible"
            assert possible == (Fraction(quarter, 4) in found)


def test_large_samples_have_the_quartile_steps_of_small_ones() -> None:
    for method in QUARTILE_METHODS:
        for size in (11, 23, 1_000_003):
            assert (
                quartile_of_integers(n("1.5"), size, "iqr", method).status
                == quartile_of_integers(n("1.5"), 15, "iqr", method).status
            )


def test_unless_the_quartiles_are_named_every_kind_is_tried() -> None:
    answer = quartile_of_integers(n("1.5"), 11, "iqr")
    assert answer.status == "possible"
    assert "quartiles of type 7, as in R or Tukey's hinges" in answer.reason


def test_a_mean_of_integers_is_a_total_over_n() -> None:
    totals = {f"{total / 28:.2f}" for total in range(28 * 6)}
    for hundredth in range(500, 510):
        text = f"{hundredth / 100:.2f}"
        assert (mean_of_integers(n(text), 28).status != "impossible") or text not in totals
    assert (
        mean_of_integers(n("5.19"), 28).status == "impossible"
    )  # Brown and Heathers 2017: 145/28 = 5.18, 146/28 = 5.21
    assert mean_of_integers(n("5.18"), 28).status == "possible"


def test_a_minimum_of_integers_is_one() -> None:
    assert whole_number(n("3")).status == whole_number(n("3.0")).status == "possible"
    assert whole_number(n("3.5")).status == "impossible"


# --- order, parts, repeats ---


def test_a_minimum_below_the_wholes_is_impossible_by_any_one_rounding_rule() -> None:
    answer = nested_minimum(n("34"), n("35"))
    assert answer.status == "assumption"
    assert (
        answer.assumption
        == "two rounding rules, rounding half up for 35 and truncation for 34, and a value between 34.5 and 35"
    )
    # Exhaustive over tenths and hundredths of a year: no value at or above 34.995 prints as 34 by the rule that prints it 35.
    for rule in ROUNDING_RULES:
        wholes = [x for x in range(3300, 3700) if rule in n("35").rules_for(x / 100)]
        parts = [x for x in range(3300, 3700) if rule in n("34").rules_for(x / 100)]
        assert max(parts) < min(wholes)


def test_a_minimum_of_integers_below_the_wholes_is_impossible() -> None:
    assert nested_minimum(n("34"), n("35"), integers=True).status == "impossible"
    assert nested_minimum(n("33"), n("35")).status == "impossible"
    assert nested_minimum(n("35"), n("35"), integers=True).status == "possible"


def test_a_maximum_above_the_wholes_is_impossible() -> None:
    assert nested_maximum(n("60"), n("59"), integers=True).status == "impossible"
    assert nested_maximum(n("59"), n("59"), integers=True).status == "possible"


def test_numbers_out_of_order_are_impossible() -> None:
    assert in_order(n("6.1"), n("5"), "the minimum is at most the median").status == "impossible"
    assert in_order(n("5.4"), n("5"), "the minimum is at most the median").status == "possible"


def test_a_quantity_can_be_printed_to_two_precisions() -> None:
    assert repeated(n("4.0"), n("4")).status == "possible"
    assert repeated(n("63.5"), n("64")).rules == {"half_up", "half_even"}
    assert repeated(n("40"), n("42")).status == "impossible"
    assert repeated(n("<0.001"), n("0.0004")).status == "possible"
    assert repeated(n("<0.001"), n("0.004")).status == "impossible"


def test_a_quantity_cut_off_in_both_places_needs_truncation() -> None:
    answer = repeated(n("14.67"), n("14.6"))
    assert answer.rules == {"truncate"}


def test_an_iqr_is_the_difference_of_its_quartiles() -> None:
    assert iqr_of_quartiles(n("2.0"), n("4.0"), n("6.0")).status == "possible"
    assert iqr_of_quartiles(n("2.1"), n("4.0"), n("6.0")).status == "possible"
    assert iqr_of_quartiles(n("2.2"), n("4.0"), n("6.0")).status == "impossible"


def test_a_mean_lies_between_what_minimum_median_and_maximum_allow() -> None:
    samples = itertools.combinations_with_replacement(range(11), 5)
    means = [sum(s) / 5 for s in samples if (s[0], s[2], s[4]) == (0, 2, 10)]
    assert (min(means), max(means)) == (2.8, 4.8)
    assert mean_within(n("2.8"), 5, n("0"), n("2"), n("10")).status == "possible"
    exact = [n(text) for text in ("0.000", "2.000", "10.000")]
    assert mean_within(n("2.6"), 5, *exact).status == "impossible"
    assert mean_within(n("2.7"), 5, *exact).rules == {"truncate"}
    assert mean_within(n("4.8"), 5, *exact).status == "possible"
    assert mean_within(n("4.9"), 5, *exact).status == "impossible"


def test_the_mean_bounds_hold_for_even_numbers_too() -> None:
    samples = itertools.combinations_with_replacement(range(9), 6)
    means = [Fraction(sum(s), 6) for s in samples if (s[0], s[2] + s[3], s[5]) == (0, 4, 8)]
    exact = [n(text) for text in ("0.0000", "2.0000", "8.0000")]
    assert mean_within(n(f"{float(min(means)):.4f}"), 6, *exact).status == "possible"
    assert mean_within(n(f"{float(max(means)):.4f}"), 6, *exact).status == "possible"
    assert mean_within(n(f"{float(min(means)) - 0.01:.4f}"), 6, *exact).status == "impossible"
    assert mean_within(n(f"{float(max(means)) + 0.01:.4f}"), 6, *exact).status == "impossible"


# --- medians with intervals ---


def interval(median: str, lower: str, upper: str, follow_up: str = "") -> MedianInterval:
    return MedianInterval(n(median), n(lower), n(upper), n(follow_up) if follow_up else None)


@pytest.mark.parametrize(
    ("median", "lower", "upper"),
    [
        ("23.7", "2.8", "44.6"),
        ("23.7", "14.3", "33.1"),
        ("8.9", "4.7", "13.1"),
        ("20.5", "6.1", "34.9"),
        ("12.7", "5.6", "19.8"),
    ],
)
def test_the_articles_intervals_are_symmetric(median: str, lower: str, upper: str) -> None:
    assert interval(median, lower, upper).symmetric


def test_an_interval_may_be_symmetric_only_about_a_median_finer_than_printed() -> None:
    found = interval("9.8", "6.4", "13.1")
    span = found.wald_median()
    assert found.symmetric
    assert span is not None
    assert (span.low, span.high) == (Fraction("9.75"), Fraction("9.8"))
    assert not span.holds(Fraction("9.8"))


def test_a_limit_beyond_follow_up_was_not_read_off_the_curve() -> None:
    beyond = interval("23.7", "2.8", "44.6", "36.6")
    assert median_interval(beyond).status == "assumption"
    assert "Wald" in median_interval(beyond).assumption
    assert median_interval(beyond, "percentile_wald").status == "possible"
    assert median_interval(beyond, "brookmeyer_crowley_loglog").status == "impossible"


def test_a_wald_interval_that_is_not_symmetric_is_impossible() -> None:
    assert median_interval(interval("10.0", "6.0", "19.0"), "percentile_wald").status == "impossible"
    assert median_interval(interval("10.0", "6.0", "19.0")).status == "possible"


def test_a_median_outside_its_interval_is_impossible() -> None:
    assert median_interval(interval("10.0", "11.0", "19.0")).status == "impossible"
    assert median_interval(interval("20.0", "11.0", "19.0")).status == "impossible"


def test_a_median_beyond_follow_up_is_impossible() -> None:
    assert within_follow_up(n("40.0"), n("36.6")).status == "impossible"
    assert within_follow_up(n("36.6"), n("36.6")).status == "possible"


def test_the_width_of_an_interval_gives_its_standard_error() -> None:
    assert interval("23.7", "2.8", "44.6").standard_error() == pytest.approx(41.8 / 2 / 1.959964, rel=1e-6)


# --- P values ---


def only(*cells: int) -> dict[str, list[tuple[tuple[int, ...], ...]]]:
    return {rule: [table_2x2(*cells)] for rule in ROUNDING_RULES}


def test_a_p_names_the_tests_that_give_it() -> None:
    answer = table_p(n("0.03"), only(7, 11, 13, 13))  # type: ignore[arg-type]
    assert answer.status == "possible"
    fitting = [c.method for c in table_candidates(table_2x2(7, 11, 13, 13), n("0.03")) if c.fits]
    assert fitting == ["fisher_exact"]


def test_a_p_that_the_stated_test_does_not_give_is_impossible() -> None:
    answer = table_p(n("0.03"), only(7, 11, 13, 13), "pearson_chi2")  # type: ignore[arg-type]
    assert (answer.status, answer.nearest) == ("impossible", ("0.02",))


def test_a_p_that_no_test_gives_needs_another_test_or_table() -> None:
    answer = table_p(n("0.41"), only(10, 11, 11, 13))  # type: ignore[arg-type]
    assert answer.status == "assumption"


def test_finer_tables_split_the_second_category_in_every_way() -> None:
    tables = list(finer_tables(table_2x2(10, 11, 11, 13)))
    # 1 and 2 others over unordered non-empty categories: (1,2); (1,1)(0,1); (1,0)(0,2); (1,0)(0,1)(0,1).
    assert sorted(tuple(sorted(zip(t[0][1:], t[1][1:], strict=True))) for t in tables) == sorted(
        [((1, 2),), ((0, 1), (1, 1)), ((0, 2), (1, 0)), ((0, 1), (0, 1), (1, 0))]
    )


def test_the_exact_lattice_is_that_of_a_full_enumeration() -> None:
    n1, n2 = 3, 4
    us = [
        sum(r - i for i, r in enumerate(sorted(ranks), 1))
        for ranks in itertools.combinations(range(1, n1 + n2 + 1), n1)
    ]
    for u, p in mann_whitney_lattice(n1, n2):
        assert p == pytest.approx(min(1.0, 2 * sum(x <= u for x in us) / len(us)), abs=1e-12)


def test_an_exact_p_must_lie_on_its_lattice() -> None:
    assert continuous_p(n("0.61"), 11, 13, "mann_whitney_exact_untied").status == "possible"  # U = 62: 0.6085
    answer = continuous_p(n("0.93"), 11, 13, "mann_whitney_exact_untied")
    assert answer.status == "impossible"
    assert answer.nearest == ("0.9095 (U=69)", "0.9547 (U=70)")  # R: 2 * pwilcox(69:70, 11, 13)
    assert continuous_p(n("0.93"), 10, 13, "mann_whitney_exact_untied").status == "possible"  # U = 63: 0.9274


def test_no_exact_p_is_below_one_over_the_permutations() -> None:
    assert continuous_p(n("0.02"), 3, 3, "mann_whitney_exact").status == "impossible"  # 1/20
    assert continuous_p(n("0.10"), 3, 3, "mann_whitney_exact").status == "possible"
    assert continuous_p(n("0.02"), 3, 3).status == "possible"


def test_a_t_test_must_fit_the_printed_means() -> None:
    one, other = Summary(n("10.0"), n("2.0"), 10), Summary(n("12.0"), n("2.0"), 10)
    # t = 2/(2 sqrt(2/10)) = 2.236 with 18 degrees of freedom: P = 0.0382 (any t table).
    assert t_test_p(n("0.038"), one, other, "student_t").status == "possible"
    assert t_test_p(n("0.038"), one, other, "welch_t").status == "possible"
    assert t_test_p(n("0.30"), one, other, "student_t").status == "impossible"
    assert t_test_p(n("0.30"), one, other).status == "possible"


def test_a_quantity_rounded_in_one_place_and_cut_in_another_needs_two_rules() -> None:
    answer = repeated(n("14.70"), n("14.6"))  # 14.697, say
    assert answer.status == "assumption"
    assert "a value between 14.695 and 14.7" in answer.assumption
    assert repeated(n("14.71"), n("14.6")).status == "impossible"
