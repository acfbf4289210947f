"""The spider plot, read back from what is drawn."""

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
from hai_utils.show.figures.spider import MOST_LINES, draw, gather, spider
from hai_utils.show.figures.style import GROUP_STYLES, applied
from hai_utils.show.figures.thinning import even_ranks, shares
from tests.show.figures.figure_boxes import collisions, texts
from tests.show.figures.figure_samples import record, study

Course = Sequence[tuple[float, float] | tuple[float, float, str]]
TWO: dict[str, tuple[str, list[Course]]] = {
    "mutant": ("KRAS-mutated", [[(-0.2, 0), (2, -40), (4, -55)], [(0, 0), (2, 10), (5, 130, "PD new")]]),
    "wild_type": ("Wild type", [[(0, 0), (3, -100)]]),
}


def spider_results(groups: Mapping[str, tuple[str, Sequence[Course]]], **options: object) -> Results:
    """Results of lines alone: level -> (label, courses from rank 1 on)."""
    described = study(
        {level: (label, len(courses) + 1) for level, (label, courses) in groups.items()},
        **{"scans": "scans.csv", **options},  # type: ignore[arg-type]
    )
    points = [
        Point(f"tumor_change.{key_part(level)}.line_{rank}", x, y, mark=mark[0] if mark else "")
        for level, (_, courses) in groups.items()
        for rank, course in enumerate(courses, start=1)
        for x, y, *mark in course
    ]
    counts = [record(f"reduction_percent.{key_part(level)}.n", len(courses)) for level, (_, courses) in groups.items()]
    return Results.of(counts, points, described)


def canvas_of(results: Results):
    with applied():
        return draw(gather(results), results.study)


def drawn_lines(axes) -> list[list[tuple[float, float]]]:
    """The corners of each line of a panel."""
    found: list[list[tuple[float, float]]] = []
    for patch in (patch for patch in axes.patches if isinstance(patch, PathPatch)):
        for vertex, code in patch.get_path().iter_segments(curves=False, simplify=False):
            if code == Path.MOVETO:
                found.append([])
            found[-1].append((float(vertex[0]), float(vertex[1])))
    return found


def marks(axes, label: str) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for line in axes.lines
        if line.get_label() == label
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def test_each_group_has_a_panel_with_its_lines():
    first, second = canvas_of(spider_results(TWO)).axes
    # Growth by 130 % runs along the edge.
    assert drawn_lines(first) == [[(-0.2, 0), (2, -40), (4, -55)], [(0, 0), (2, 10), (5, 100)]]
    assert drawn_lines(second) == [[(0, 0), (3, -100)]]


def test_all_lines_of_a_group_are_one_path_in_its_colour():
    for axes, style in zip(canvas_of(spider_results(TWO)).axes, GROUP_STYLES, strict=False):
        (patch,) = axes.patches
        assert patch.get_edgecolor()[:3] == pytest.approx([int(style.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def test_panels_share_their_axes():
    first, second = canvas_of(spider_results(TWO)).axes
    assert (first.get_xlim(), first.get_ylim()) == (second.get_xlim(), second.get_ylim())
    assert first.get_ylim() == (-100, 100)


def test_a_dot_is_the_last_scan_and_a_cross_the_first_new_lesion():
    first, _ = canvas_of(spider_results(TWO)).axes
    assert marks(first, "last scan") == [(4, -55), (5, 100)]
    assert marks(first, "new lesion") == [(5, 100)]


@pytest.mark.parametrize(
    ("criterion", "levels"), [("paper", [-50, 0]), ("who_1979", [-50, 25]), ("recist_1_1", [-30, 20])]
)
def test_thresholds_of_the_criterion_are_drawn_and_named(criterion: str, levels: list[float]):
    for axes in canvas_of(spider_results(TWO, response_criterion=criterion)).axes:
        lines = {line.get_label(): line.get_ydata()[0] for line in axes.lines}
        assert [lines["Response:"], lines["Progression:"]] == levels
        assert {"Response:", "Progression:"} <= {text.get_text() for text in axes.texts}


def test_the_caption_states_time_zero_the_evaluable_and_what_is_cut():
    figure = spider(spider_results(TWO))
    assert isinstance(figure, Figure)
    assert not figure.main
    words = " ".join(plain(note) for note in figure.notes)
    assert "time zero: pump placement" in words
    assert "Evaluable: 2 of 3 (KRAS-mutated) and 1 of 2 (wild type)." in words
    assert "Lines beyond +100% run along the upper edge (1)." in words


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"response_criterion": "recist_1_1"}, True),
        ({"response_criterion": "who_1979", "who_reference": "nadir"}, True),
        ({"response_criterion": "who_1979", "who_reference": "baseline"}, False),
        ({}, False),
    ],
)
def test_growth_from_the_nadir_is_explained_where_it_counts(options: dict[str, str], said: bool):
    figure = spider(spider_results(TWO, **options))
    assert isinstance(figure, Figure)
    assert ("smallest burden so far" in " ".join(map(plain, figure.notes))) is said


def test_the_description_states_what_the_lines_show():
    figure = spider(spider_results(TWO))
    assert isinstance(figure, Figure)
    assert figure.alt == (
        "Spider plot of the sum of the products of diameters of 3 patients by KRAS status. "
        "KRAS-mutated: 2 lines, lowest points from −55% to +10%; 1 at or below −50%, 1 above the baseline at the last scan, "
        "1 with a new lesion. Wild type: 1 line, lowest point −100%; 1 at or below −50%, 0 above the baseline at the last "
        "scan, 0 with a new lesion."
    )


def test_rows_of_a_reconstruction_are_no_patients():
    figure = spider(spider_results(TWO, synthetic=True))
    assert isinstance(figure, Figure)
    assert "no row is a patient" in " ".join(map(plain, figure.notes))
    assert "Each line is one row" in plain(figure.notes[0])


def test_without_scans_or_lines_a_sentence_says_so():
    without = spider(spider_results(TWO, scans=""))
    nobody = spider(spider_results({"a": ("A", []), "b": ("B", [])}))
    assert isinstance(without, Notice)
    assert "table of dated scans" in without.text
    assert isinstance(nobody, Notice)


def test_a_group_without_a_line_keeps_its_panel():
    first, second = canvas_of(spider_results({"a": ("A", []), "b": ("B", TWO["mutant"][1])})).axes
    assert drawn_lines(first) == []
    assert len(drawn_lines(second)) == 2


def test_labels_are_text_and_do_not_collide():
    groups = {"a": ("<b>A</b> & =1+1 " * 12, TWO["mutant"][1]), "b": ("W" * 60, TWO["wild_type"][1])}
    figure = spider(spider_results(groups, response_criterion="recist_1_1"))
    assert isinstance(figure, Figure)
    assert "<b>" not in figure.svg
    canvas = canvas_of(spider_results(groups, response_criterion="recist_1_1"))
    assert collisions(canvas) == []
    assert all(text.get_text() for text in texts(canvas))


def many(count: int, seed: int) -> list[Course]:
    generator = random.Random(seed)
    found = [
        [(0.0, 0.0), *((2.5 * visit, round(generator.uniform(-100, 120), 3)) for visit in range(1, 6))]
        for _ in range(count)
    ]
    return sorted(found, key=lambda course: min(y for _, y in course[1:]))  # type: ignore[return-value]


@pytest.mark.slow
def test_twenty_thousand_lines_make_a_small_figure_that_says_what_it_shows():
    figure = spider(spider_results({"a": ("A", many(14_000, 1)), "b": ("B", many(6_000, 2))}))
    assert isinstance(figure, Figure)
    assert len(figure.svg.encode()) < 200_000
    words = " ".join(map(plain, figure.notes))
    assert "A: 210 of 14000 lines are drawn, evenly by rank of reduction." in words
    assert "B: 90 of 6000 lines are drawn" in words


def test_thinned_ranks_are_even_and_keep_both_ends():
    assert even_ranks(9, 5) == (1, 3, 5, 7, 9)
    assert even_ranks(3, 5) == (1, 2, 3)
    ranks = even_ranks(100_000, MOST_LINES)
    assert (ranks[0], ranks[-1], len(set(ranks))) == (1, 100_000, MOST_LINES)


def test_places_are_shared_in_proportion_and_nobody_is_left_out():
    assert shares([10, 20], 100) == (10, 20)
    assert shares([9_990, 10, 0], 100) == (99, 5, 0)
