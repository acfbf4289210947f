"""Standard deviations against whole numbers, ranges, means and medians: proved by listing all samples."""

from __future__ import annotations

from itertools import combinations_with_replacement
from statistics import mean, stdev

import pytest

from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.audit.spread import mean_and_median, sd_of_integers, sd_within_range
from hai_utils.results.formatting import round_number


def printed(text: str) -> Printed:
    number = parse_printed(text)
    assert number is not None
    return number


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_of_all_small_samples_exactly_the_pairs_that_occur_are_possible(n: int) -> None:
    """Whole numbers from 0 to 12 have every pair of mean and SD up to 3 that whole numbers have at all."""
    found = set()
    for sample in combinations_with_replacement(range(13), n):
        pair = f"{round_number(mean(sample), 2):f}", f"{round_number(stdev(sample), 2):f}"
        found.add(pair)
    means = sorted({average for average, sd in found if 5 <= float(average) < 6})
    for average in means:
        for hundredths in range(0, 300, 7):
            sd = f"{hundredths / 100:.2f}"
            answer = sd_of_integers(printed(average), printed(sd), n)
            possible = answer.status == "possible" and "half_up" in answer.rules
            assert possible is ((average, sd) in found), (average, sd, answer)


def test_a_population_sd_needs_an_assumption() -> None:
    # 1, 2, 3: sample SD 1, population SD 0.816.
    answer = sd_of_integers(printed("2.00"), printed("0.82"), 3)
    assert (answer.status, answer.assumption) == ("assumption", "the sum of squares was divided by n, not n - 1")


def test_an_sd_above_what_a_range_allows_is_impossible() -> None:
    answer = sd_within_range(printed("6.0"), 10, printed("3"), printed("12"), printed("6.0"), integers=True)
    assert (answer.status, answer.nearest) == ("impossible", ("4.5",))


def test_an_sd_below_what_a_range_needs_is_impossible() -> None:
    assert sd_within_range(printed("0.5"), 10, printed("3"), printed("12"), integers=True).status == "impossible"


def test_the_largest_sd_of_a_range_is_possible() -> None:
    sample = [3.0] * 5 + [12.0] * 5
    sd = f"{stdev(sample):.2f}"
    assert sd_within_range(printed(sd), 10, printed("3"), printed("12"), integers=True).status == "possible"


def test_a_mean_further_from_its_median_than_an_sd_is_impossible() -> None:
    assert mean_and_median(printed("20.0"), printed("10.0"), printed("5.0"), 11).status == "impossible"
    assert mean_and_median(printed("14.0"), printed("10.0"), printed("5.0"), 11).status == "possible"
