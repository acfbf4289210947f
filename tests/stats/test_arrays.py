"""What the statistics accept, and what they refuse and how they say it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hai_utils.stats.arrays import (
    as_choice,
    as_codes,
    as_confidence_level,
    as_count,
    as_counts,
    as_events,
    as_finite,
    as_table_row,
    as_times,
)


def test_numbers_become_a_float_array():
    array = as_finite([1, 2], "x")
    assert array.dtype == np.float64
    assert array.tolist() == [1.0, 2.0]


def test_an_empty_list_is_an_empty_array():
    assert as_finite([], "x").shape == (0,)


def test_the_callers_array_is_not_changed_through_the_result():
    original = np.array([1.0, 2.0])
    as_finite(original, "x")[0] = 9.0
    assert original[0] == 1.0


def test_minus_zero_becomes_zero():
    assert math.copysign(1.0, as_finite([-0.0], "x")[0]) == 1.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, math.nan], "age holds 1 missing"),
        ([math.inf, -math.inf], "age holds 2"),
        ([[1]], "one-dimensional"),
        (3, "one-dim"),
    ],
)
def test_what_is_no_row_of_finite_numbers_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        as_finite(values, "age")


def test_zero_is_a_time_and_minus_one_is_not():
    assert as_times([0, 1.5]).tolist() == [0.0, 1.5]
    with pytest.raises(ValueError, match="time holds 1 negative"):
        as_times([0, -1])


def test_events_are_0_and_1_or_false_and_true():
    assert as_events([0, 1, 1]).tolist() == as_events([False, True, True]).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("values", "message"), [([0, 2], "0 and 1 only, found 2"), ([0, 0.5], "whole"), ([-1], "whole")]
)
def test_other_events_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        as_events(values)


def test_events_and_codes_must_be_as_many_as_the_patients():
    with pytest.raises(ValueError, match="event has 2 values for 3 patients"):
        as_events([0, 1], length=3)
    with pytest.raises(ValueError, match="group has 1 values for 2 patients"):
        as_codes([4], "group", length=2)


def test_a_table_is_two_dimensional_and_whole():
    assert as_counts([[1, 2], [3, 4]]).dtype == np.int64
    for table in ([1, 2], [[0.5]], [[-1]], [[math.nan]]):
        with pytest.raises(ValueError, match="table"):
            as_counts(table)


def test_a_row_of_a_table_is_whole():
    assert as_table_row([3, 0], "counts").tolist() == [3, 0]
    with pytest.raises(ValueError, match="counts must hold whole numbers"):
        as_table_row([0.5], "counts")


def test_a_count_is_at_most_its_total():
    assert as_count(3, "count", total=3) == 3
    with pytest.raises(ValueError, match="count is 4, more than the total of 3"):
        as_count(4, "count", total=3)


def test_a_confidence_level_is_a_fraction():
    assert as_confidence_level(0.95) == 0.95
    for level in (0, 1, 95, math.nan):
        with pytest.raises(ValueError, match="confidence_level"):
            as_confidence_level(level)


def test_an_unknown_choice_is_told_the_known_ones():
    as_choice("wilson", "method", ("wilson", "wald"))
    with pytest.raises(ValueError, match="method must be one of wilson, wald; not 'exact'"):
        as_choice("exact", "method", ("wilson", "wald"))
