"""The swimmer plot, read back from what is drawn."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from hai_utils.results.keys import key_part
from hai_utils.results.series import Point
from hai_utils.results.table import Results
from hai_utils.show.content import Figure, Notice, plain
from hai_utils.show.figures.style import GROUP_STYLES, applied
from hai_utils.show.figures.swimmer import MARKS, MOST_BARS, draw, gather, row_height, swimmer
from tests.show.figures.figure_boxes import collisions, texts
from tests.show.figures.figure_samples import record, study

# Months, mark, and dated marks, the longest first.
Swim = tuple[float, str, Mapping[str, float]]
TWO: dict[str, tuple[str, list[Swim]]] = {
    "mutant": (
        "KRAS-mutated",
        [(24.0, "censored converted", {"response": 2.0, "progression": 9.5}), (6.0, "event", {"progression": 3.0})],
    ),
    "wild_type": ("Wild type", [(30.0, "event", {})]),
}


def swimmer_results(groups: Mapping[str, tuple[str, Sequence[Swim]]], name: str = "os", **options: object) -> Results:
    """Results of bars alone: level -> (label, bars)."""
    described = study({level: (label, len(bars)) for level, (label, bars) in groups.items()}, **options)  # type: ignore[arg-type]
    points = []
    records = []
    for level, (_, bars) in groups.items():
        stem = f"{name}.{key_part(level)}"
        records += [
            record(f"{stem}.n", len(bars)),
            record(f"{stem}.events", sum("event" in mark.split() for _, mark, _ in bars)),
        ]
        for rank, (months, mark, dated) in enumerate(bars, start=1):
            points.append(Point(f"{stem}.bar", float(rank), months, mark=mark))
            points += [Point(f"{stem}.bar_{kind}", float(rank), month) for kind, month in dated.items()]
    return Results.of(records, points, described)


def canvas_of(results: Results, name: str = "os"):
    with applied():
        return draw(gather(results, name), results.study, name)


def lengths(patch: PathPatch) -> list[float]:
    """The right end of each bar of a path."""
    ends: list[float] = []
    for vertex, code in patch.get_path().iter_segments(curves=False, simplify=False):
        if code == Path.MOVETO:
            ends.append(0.0)
        if code != Path.CLOSEPOLY:
            ends[-1] = max(ends[-1], float(vertex[0]))
    return ends


def marks(canvas, label: str) -> list[float]:
    return [float(x) for line in canvas.axes[0].lines if line.get_label() == label for x in line.get_xdata()]


def test_each_bar_is_as_long_as_the_months_on_study():
    first, second = canvas_of(swimmer_results(TWO)).axes[0].patches
    assert (lengths(first), lengths(second)) == ([24.0, 6.0], [30.0])


def test_bars_stand_below_each_other_in_the_order_of_their_ranks():
    canvas = canvas_of(swimmer_results(TWO))
    heights = [[y for _, y in patch.get_path().vertices] for patch in canvas.axes[0].patches]
    assert max(heights[0]) < min(heights[1])
    low, high = canvas.axes[0].get_ylim()
    assert low > high, "the axis counts downwards"


def test_groups_differ_by_colour_and_by_hatch():
    first, second = canvas_of(swimmer_results(TWO)).axes[0].patches
    assert (first.get_hatch(), second.get_hatch()) == (None, GROUP_STYLES[1].hatch)
    assert first.get_edgecolor()[:3] != second.get_edgecolor()[:3]


def test_dated_marks_stand_at_their_months_and_ends_behind_the_bars():
    canvas = canvas_of(swimmer_results(TWO))
    assert marks(canvas, "response") == [2.0]
    assert marks(canvas, "progression") == [9.5, 3.0]
    assert [end > months for end, months in zip(marks(canvas, "event"), (6.0, 30.0), strict=True)] == [True, True]
    assert [end > 24.0 for end in marks(canvas, "censored")] == [True]


def test_a_conversion_without_a_date_stands_before_the_bar():
    assert [month < 0 for month in marks(canvas_of(swimmer_results(TWO)), "converted")] == [True]


def test_only_marks_that_occur_are_explained():
    words = {text.get_text() for text in texts(canvas_of(swimmer_results(TWO)))}
    assert {"first response", "progression", "death", "censored", MARKS["converted"][1]} <= words
    plainly = {"a": ("A", [(5.0, "censored", {})])}
    assert "death" not in {text.get_text() for text in texts(canvas_of(swimmer_results(plainly)))}


def test_the_caption_states_time_zero_events_and_censoring():
    figure = swimmer(swimmer_results(TWO))
    assert isinstance(figure, Figure)
    assert not figure.main
    words = plain(figure.notes[0])
    assert "Time zero: pump placement. Event: death." in words
    assert "Those alive at last contact are censored then." in words
    assert "Events: 1 of 2 (KRAS-mutated) and 1 of 1 (wild type)." in words


def test_a_response_without_a_date_is_said_to_be_missing():
    figure = swimmer(swimmer_results({"a": ("A", [(5.0, "event", {})])}))
    assert isinstance(figure, Figure)
    assert "it has no date without a table of scans" in " ".join(map(plain, figure.notes))


def test_the_description_states_what_the_bars_show():
    figure = swimmer(swimmer_results(TWO))
    assert isinstance(figure, Figure)
    assert figure.alt == (
        "Swimmer plot of 3 patients by KRAS status. KRAS-mutated: 2 bars from 6.0 to 24.0 months, 1 ending with death, "
        "1 censored, 1 with a dated response, 2 with a dated progression. Wild type: 1 bar of 30.0 months, "
        "1 ending with death, 0 censored."
    )


def test_without_overall_survival_bars_end_with_progression_or_death():
    results = swimmer_results(TWO, "pfs")
    figure = swimmer(results)
    assert isinstance(figure, Figure)
    assert "Event: first progression anywhere, or death." in plain(figure.notes[0])
    assert "progression or death" in {text.get_text() for text in texts(canvas_of(results, "pfs"))}


def test_rows_of_a_reconstruction_are_no_patients(results: Results):
    figure = swimmer(results)
    assert isinstance(figure, Figure)
    assert "no row is a patient" in " ".join(map(plain, figure.notes))
    assert "Each bar is one row" in plain(figure.notes[0])
    assert "patient" not in figure.alt


def test_without_a_time_a_sentence_says_so():
    assert isinstance(swimmer(swimmer_results({"a": ("A", []), "b": ("B", [])})), Notice)


def test_labels_are_text_and_do_not_collide():
    groups = {"a": ("<b>A</b> & =1+1 " * 12, TWO["mutant"][1]), "b": ("W" * 60, TWO["wild_type"][1])}
    figure = swimmer(swimmer_results(groups))
    assert isinstance(figure, Figure)
    assert "<b>" not in figure.svg
    assert collisions(canvas_of(swimmer_results(groups))) == []


def test_one_patient_at_time_zero_can_be_drawn():
    assert isinstance(swimmer(swimmer_results({"a": ("A", [(0.0, "event", {})])})), Figure)


def many(count: int) -> list[Swim]:
    generator = random.Random(count)
    times = sorted((round(generator.uniform(0, 60), 3) for _ in range(count)), reverse=True)
    return [(months, "event", {"progression": months / 2, "response": months / 3}) for months in times]


@pytest.mark.slow
def test_a_hundred_thousand_bars_make_a_small_figure_that_says_what_it_shows():
    figure = swimmer(swimmer_results({"a": ("A", many(60_000)), "b": ("B", many(40_000))}))
    assert isinstance(figure, Figure)
    assert len(figure.svg.encode()) < 250_000
    assert "of 60000 bars are drawn, evenly by rank of length." in " ".join(map(plain, figure.notes))
    assert " drawn of 60000 bars" in figure.alt
    assert plain(figure.title).startswith("Time on study of a sample of the patients")


@pytest.mark.parametrize("count", [1, 40, 144, 100_000])
def test_a_figure_is_never_higher_than_a_page(count: int):
    lanes = gather(swimmer_results({"a": ("A", many(count))}), "os")
    assert len(lanes[0].drawn) == min(count, MOST_BARS)
    assert row_height(lanes) * len(lanes[0].drawn) <= 721


def test_groups_that_form_after_time_zero_have_no_lanes_of_their_own():
    two = swimmer_results({"yes": ("Yes", []), "no": ("No", [])})
    together = swimmer_results({"all": ("All", TWO["mutant"][1])})
    figure = swimmer(Results.of(together.records, together.points, two.study))
    assert isinstance(figure, Figure)
    assert plain(figure.title) == "Time on study of each patient"
    assert "Not drawn by KRAS status: these groups form after time zero." in " ".join(map(plain, figure.notes))
    assert figure.alt.startswith("Swimmer plot of 2 patients. All patients: 2 bars")


def test_the_data_of_a_figure_are_those_of_the_bars_that_it_draws_alone():
    many = {
        "a": ("A", [(500.0 - n, "event", {"progression": 1.0 + n}) for n in range(400)]),
        "b": ("B", [(9.0, "event", {})]),
    }
    figure = swimmer(swimmer_results(many))
    assert isinstance(figure, Figure)
    rows = list(figure.data)[1:]
    bars = [row for row in rows if row[0] == "A"]
    assert len(bars) == next(len(lane.drawn) for lane in gather(swimmer_results(many), "os"))
    assert len([row for row in rows if row[0] == "A: progression"]) == len(bars) < 400
