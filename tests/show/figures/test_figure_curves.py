"""Counts under the axis, ticks, steps and bands of a survival curve, before anything is drawn."""

from __future__ import annotations

import itertools

import pytest

from hai_utils.results.series import Point
from hai_utils.show.figures.curves import DrawnCurve, axis_end, thinned, ticks
from hai_utils.show.figures.labels import LabelBox, Outline, place
from hai_utils.show.figures.style import group_style
from tests.show.figures.figure_samples import curve_points

GRID = [0, 6, 12, 18, 24, 30, 36]
# Remission of acute leukemia under 6-mercaptopurine, weeks: Freireich et al., Blood 1963;21:699-716.
FREIREICH = [
    (6, 1), (6, 1), (6, 1), (6, 0), (7, 1), (9, 0), (10, 1), (10, 0), (11, 0), (13, 1), (16, 1),
    (17, 0), (19, 0), (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0),
]  # fmt: skip


def curve(points) -> DrawnCurve:
    return DrawnCurve("A", "os.a", group_style(0), tuple(points))


@pytest.fixture
def leukemia() -> DrawnCurve:
    return curve(curve_points("os.a.curve", [(float(time), event) for time, event in FREIREICH]))


# Counted by hand in the list above: time >= t, then censored and events with time < t.
@pytest.mark.parametrize(
    ("time", "at_risk", "censored", "events"),
    [
        (0, 21, 0, 0),
        (6, 21, 0, 0),
        (6.5, 17, 1, 3),
        (12, 12, 4, 5),
        (18, 9, 5, 7),
        (24, 5, 7, 9),
        (35, 1, 11, 9),
        (36, 0, 12, 9),
    ],
)
def test_counts_at_a_time(leukemia, time, at_risk, censored, events):
    assert (leukemia.at_risk(time), *leukemia.before(time)) == (at_risk, censored, events)


def test_each_column_adds_up_to_the_group(leukemia):
    assert {leukemia.at_risk(time) + sum(leukemia.before(time)) for time in range(40)} == {21}


def test_a_curve_is_level_up_to_each_event_and_falls_there():
    steps = curve(curve_points("k", [(2.0, 1), (3.0, 0), (4.0, 1), (5.0, 0)])).steps
    assert steps == ((0.0, 1.0), (2.0, 1.0), (2.0, 0.75), (4.0, 0.75), (4.0, 0.375), (5.0, 0.375))


def test_an_event_at_time_zero_falls_at_time_zero():
    points = [Point("k", 0.0, 0.5, 0.4, 0.6, 2, 1, 0), Point("k", 3.0, 0.5, 0.4, 0.6, 1, 0, 1)]
    assert curve(points).steps == ((0.0, 1.0), (0.0, 0.5), (3.0, 0.5))


def test_a_band_ends_where_its_limits_do():
    band = curve(curve_points("k", [(2.0, 1), (4.0, 1)])).band
    assert band == ((0.0, 1.0, 1.0), (2.0, 0.4, 0.6), (4.0, 0.4, 0.6))


@pytest.mark.parametrize(
    ("grid", "last", "most", "expected"),
    [
        (GRID, 36.6, 12, GRID),
        (GRID, 28.9, 12, [0, 6, 12, 18, 24, 30]),
        (GRID, 26.0, 12, [0, 6, 12, 18, 24]),
        (GRID, 131.9, 12, [*range(0, 133, 12)]),
        (GRID, 131.9, 7, [0, 24, 48, 72, 96, 120]),
        (GRID, 3.5, 12, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]),
        (GRID, 0.0, 12, [0, 1]),
        ([0, 12, 24, 60], 62.0, 12, [0, 12, 24, 60]),
        ([24, 12], 25.0, 12, [0, 12, 24]),
        ([], 10.0, 12, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (GRID, 20_000.0, 12, [0, 10_000, 20_000]),
    ],
)
def test_ticks(grid, last, most, expected):
    assert ticks(grid, last, most=most) == pytest.approx(tuple(expected))


@pytest.mark.parametrize("last", [0.0, 0.04, 0.9, 5.0, 17.0, 36.0, 44.9, 45.1, 131.9, 400.0, 1e5])
@pytest.mark.parametrize("most", [3, 7, 12])
def test_there_are_never_more_ticks_than_room_and_the_axis_holds_the_follow_up(last, most):
    times = ticks(GRID, last, most=most)
    assert 2 <= len(times) <= most
    assert list(times) == sorted(set(times))
    assert times[0] == 0
    assert axis_end(times, last) >= last


def test_thinning_keeps_both_ends_and_the_shape():
    points = [Point("k", float(i), 1 - i / 10_000, None, None, 10_000 - i, 1, 0) for i in range(10_000)]
    kept = thinned(points, 10_000.0, columns=100)
    assert len(kept) == 200
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert all(abs(one.y - other.y) < 0.011 for one, other in itertools.pairwise(kept))


def test_a_short_curve_is_not_thinned(leukemia):
    assert thinned(leukemia.points, 36.0, columns=100) == leukemia.points


PLOT = LabelBox(0, 0, 600, 300)
HIGH = Outline((0.0, 100.0, 600.0), (300.0, 250.0, 250.0))
LOW = Outline((0.0, 100.0, 500.0), (300.0, 60.0, 60.0))


def test_a_name_stands_beside_its_curve_and_nearer_to_it_than_to_another():
    box = place(120.0, 1, (HIGH, LOW), (), PLOT)
    assert box is not None
    assert min(abs(box.bottom - 60), abs(box.top - 60)) <= 10
    assert box.right <= 600


def test_a_name_keeps_off_one_that_has_its_place():
    first = place(120.0, 1, (HIGH, LOW), (), PLOT)
    assert first is not None
    second = place(120.0, 1, (HIGH, LOW), (first,), PLOT)
    assert second is not None
    assert not second.meets(first)


def test_a_name_is_left_out_where_it_could_be_taken_for_anothers():
    twin = Outline((0.0, 100.0, 600.0), (300.0, 246.0, 246.0))
    between = Outline((0.0, 100.0, 600.0), (300.0, 248.0, 248.0))
    assert place(120.0, 1, (HIGH, between, twin), (), PLOT) is None


def test_a_name_that_is_wider_than_the_plot_has_no_place():
    assert place(700.0, 0, (HIGH,), (), PLOT) is None
