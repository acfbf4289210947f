"""Content travels through notebooks as JSON, and never weighs more than a page can bear."""

from __future__ import annotations

import pytest

from hai_utils.results.series import BarSeries, Point
from hai_utils.show.content import MOST_ROWS, Figure, from_json, plain, to_json
from hai_utils.show.figures.words import SeriesRows

HEADER = ("group", "x")


def sent(count: int) -> Figure:
    """A figure of so many points, as a page gets it."""
    rows = [HEADER, *(("a", str(place)) for place in range(count))]
    found = from_json(to_json(Figure("figure-a", ("A",), "A", "<svg/>", (("A note.",),), data=rows)))
    assert isinstance(found, Figure)
    return found


def test_the_data_of_a_figure_travel_whole_where_they_are_few() -> None:
    figure = sent(MOST_ROWS)
    assert len(figure.data) == MOST_ROWS + 1
    assert len(figure.notes) == 1


@pytest.mark.parametrize(("count", "step"), [(MOST_ROWS + 1, 2), (100_000, 34)])
def test_many_data_are_thinned_evenly_and_a_note_says_so(count: int, step: int) -> None:
    figure = sent(count)
    assert figure.data[0] == HEADER
    assert [row[1] for row in figure.data[1:]] == [str(place) for place in range(0, count, step)]
    assert len(figure.data) <= MOST_ROWS + 1
    assert (
        plain(figure.notes[-1])
        == f"Of the {count:,} points of this figure its data file has one in {step}; series.csv of the run has all."
    )


def test_the_rows_of_series_are_picked_as_they_are_listed() -> None:
    parts = [
        ("a", BarSeries.ranked("k.a.bar", [3.0, 2.0, 1.0], ["m"] * 3)),
        ("b", [Point("k.b.curve", 0.0, 1.0, 1.0, 1.0, 3, 0, 0)]),
    ]
    rows = SeriesRows(parts)
    assert len(rows) == len(list(rows)) == 5
    assert [rows[place] for place in range(5)] == list(rows)
    assert rows[1::2] == tuple(rows)[1::2]
    assert rows[-1] == ("b", "k.b.curve", "0.0", "1.0", "1.0", "1.0", "3", "0", "0", "")
