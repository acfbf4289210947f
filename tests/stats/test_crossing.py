"""Where two curves cross: by hand, from their steps."""

from __future__ import annotations

from hai_utils.stats.crossing import crossings, few_steps
from hai_utils.stats.survival import kaplan_meier


def test_curves_cross_where_the_other_becomes_the_higher() -> None:
    early = kaplan_meier([1, 2, 9, 9], [1, 1, 0, 0])
    late = kaplan_meier([4, 5, 6, 9], [1, 1, 1, 0])
    # Survival 0.5 from 2 on, against 1, 0.75, 0.5, 0.25 from 0, 4, 5, 6 on.
    assert crossings(early, late) == crossings(late, early) == (6.0,)


def test_curves_that_touch_and_part_on_the_same_side_do_not_cross() -> None:
    low = kaplan_meier([1, 3, 9, 9], [1, 1, 0, 0])
    high = kaplan_meier([2, 4, 9, 9], [1, 1, 0, 0])
    assert crossings(low, high) == ()


def test_beyond_the_follow_up_of_either_nothing_crosses() -> None:
    short = kaplan_meier([1, 2, 3], [1, 0, 0])
    long = kaplan_meier([4, 5, 6], [1, 1, 1])
    assert crossings(short, long) == ()


def test_curves_of_nobody_do_not_cross() -> None:
    assert crossings(kaplan_meier([], []), kaplan_meier([1, 2], [1, 1])) == ()


def test_a_crossing_with_fewer_than_three_steps_of_a_curve_on_a_side_rests_on_few() -> None:
    curves = [kaplan_meier(range(start, start + 7), [1, 1, 1, 0, 1, 1, 1]) for start in (1, 2)]
    assert not few_steps(curves, 5.0)
    # Of the later curve, two steps lie before 4; of the earlier, two from 6 on.
    assert few_steps(curves, 4.0)
    assert few_steps(curves, 6.0)
