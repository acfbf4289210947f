"""The waterfall plot, read back from what is drawn."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from hai_utils.catalogue.criteria import CRITERIA
from hai_utils.results.table import Results
from hai_utils.show.content import Figure, Notice, Quote, from_json, plain, to_json
from hai_utils.show.figures.bars import bar_path, blocks, gather, signed, thresholds, top_of_axis
from hai_utils.show.figures.style import GROUP_STYLES, applied
from hai_utils.show.figures.waterfall import GAP, draw, plot_width, waterfall
from tests.show.figures.figure_boxes import collisions, texts
from tests.show.figures.figure_samples import study, waterfall_results

TWO = {
    "mutant": ("KRAS-mutated", [257.14, 30.27, 14.1, -22.0, -52.0]),
    "wild_type": ("Wild type", [-53.0, -70.0, -100.0]),
}
CONVERTED = {"mutant": [5], "wild_type": [1, 3]}


def canvas_of(results: Results):
    with applied():
        return draw(gather(results), thresholds(results.study), results.study.formatter)


def patches(canvas) -> list[PathPatch]:
    return [patch for patch in canvas.axes[0].patches if isinstance(patch, PathPatch)]


def rectangles(path: Path) -> list[list[tuple[float, float]]]:
    """Corners of each closed part of a path."""
    found: list[list[tuple[float, float]]] = []
    for vertex, code in path.iter_segments(curves=False, simplify=False):
        if code == Path.MOVETO:
            found.append([])
        if code != Path.CLOSEPOLY:
            found[-1].append((float(vertex[0]), float(vertex[1])))
    return found


def lines(canvas, label: str):
    return next(line for line in canvas.axes[0].lines if line.get_label() == label)


def written(canvas) -> list[str]:
    return [text.get_text() for text in texts(canvas)]


def test_each_bar_ends_at_its_change():
    canvas = canvas_of(waterfall_results({"a": ("A", [20.0, -30.0, -75.5]), "b": ("B", [-10.0])}))
    heights = [[max((y for _, y in bar), key=abs) for bar in rectangles(patch.get_path())] for patch in patches(canvas)]
    assert heights == [[20.0, -30.0, -75.5], [-10.0]]


def test_bars_stand_in_the_order_of_their_ranks_and_apart():
    (patch, _) = patches(canvas_of(waterfall_results({"a": ("A", [20.0, -30.0, -75.5]), "b": ("B", [-10.0])})))
    spans = [(min(x for x, _ in bar), max(x for x, _ in bar)) for bar in rectangles(patch.get_path())]
    assert all(one[1] < other[0] for one, other in itertools.pairwise(spans))


def test_groups_stand_side_by_side_without_touching():
    first, second = (patch.get_path().get_extents() for patch in patches(canvas_of(waterfall_results(TWO))))
    assert second.x0 - first.x1 >= GAP


def test_groups_differ_by_colour_and_by_hatch():
    first, second = patches(canvas_of(waterfall_results(TWO)))
    assert first.get_hatch() is None
    assert second.get_hatch() == GROUP_STYLES[1].hatch
    assert first.get_edgecolor() != second.get_edgecolor()


def test_a_bar_beyond_the_axis_is_cut_broken_and_its_true_value_printed():
    results = waterfall_results(TWO)
    canvas = canvas_of(results)
    bars = rectangles(patches(canvas)[0].get_path())
    below, above = bars[0], bars[1]
    assert max(y for _, y in above) == canvas.axes[0].get_ylim()[1] == 50
    assert max(y for _, y in below) < min(y for _, y in above) + 4
    assert "+257%*" in written(canvas)
    assert "Bars beyond +50% are cut there and broken (1; the largest is +257%)." in plain(waterfall(results).notes[1])


def test_each_growth_is_labelled_with_its_value_and_an_asterisk_above_its_bar():
    canvas = canvas_of(waterfall_results(TWO))
    labels = {text.get_text(): text.get_position() for text in canvas.axes[0].texts if "*" in text.get_text()}
    assert list(labels) == ["+257%*", "+30%*", "+14%*"]
    assert [position[1] >= height for position, height in zip(labels.values(), (50, 30.27, 14.1), strict=True)] == [
        True
    ] * 3
    assert "* growth on therapy" in written(canvas)


def test_a_diamond_marks_each_conversion_at_its_bar():
    results = waterfall_results(TWO, CONVERTED)
    canvas = canvas_of(results)
    placed = blocks(gather(results), width=plot_width(), gap=GAP)
    marks = [line for line in canvas.axes[0].lines if line.get_label() == "converted"]
    assert [list(mark.get_xdata()) for mark in marks] == [
        [placed[0].center(4)],
        [placed[1].center(0), placed[1].center(2)],
    ]
    assert "converted to resection" in written(canvas)


def test_marks_that_do_not_occur_are_not_explained():
    canvas = canvas_of(waterfall_results({"a": ("A", [-20.0, -30.0])}))
    assert not {"* growth on therapy", "converted to resection"} & set(written(canvas))


@pytest.mark.parametrize("name", ["paper", "who_1979", "recist_1_1"])
def test_the_lines_are_the_thresholds_of_the_criterion_in_force(name):
    rules = CRITERIA[name]
    canvas = canvas_of(waterfall_results(TWO, response_criterion=name))
    assert list(lines(canvas, "Response:").get_ydata()) == [-rules.response_percent] * 2
    assert list(lines(canvas, "Progression:").get_ydata()) == [rules.progression_percent] * 2


def test_the_line_of_response_follows_the_parameter():
    canvas = canvas_of(waterfall_results(TWO, response_threshold_percent=65))
    assert list(lines(canvas, "Response:").get_ydata()) == [-65, -65]
    assert "−65%" in written(canvas)


def test_each_line_is_named_at_its_end():
    assert {"Response:", "−50%", "Progression:", "any growth"} <= set(written(canvas_of(waterfall_results(TWO))))


@pytest.mark.parametrize(
    ("name", "burden"),
    [
        ("paper", "sum of the products of diameters"),
        ("who_1979", "sum of the products of diameters"),
        ("recist_1_1", "sum of the longest diameters"),
    ],
)
def test_the_bars_show_and_say_what_the_criterion_judges(name, burden):
    figure = waterfall(waterfall_results(TWO, response_criterion=name))
    assert f"Bars: change in the {burden} of the target lesions." in plain(figure.notes[1])


def test_the_axis_holds_every_reduction():
    assert canvas_of(waterfall_results(TWO)).axes[0].get_ylim()[0] == -100


@pytest.mark.parametrize(
    ("changes", "top"),
    [
        ([-10.0], 25),
        ([25.0], 25),
        ([26.0], 50),
        ([99.0], 100),
        ([100.0], 100),
        ([400.0, -3.0], 50),
        ([400.0, 60.0], 75),
    ],
)
def test_the_axis_ends_at_a_multiple_of_25_and_at_100_at_most(changes, top):
    assert top_of_axis(gather(waterfall_results({"a": ("A", changes)}))) == top


def test_headings_name_the_group_and_its_evaluable():
    assert {"KRAS-mutated (n=5)", "Wild type (n=3)"} <= set(written(canvas_of(waterfall_results(TWO))))


def test_the_caption_counts_the_evaluable_of_each_group_by_key():
    figure = waterfall(waterfall_results(TWO))
    quotes = [run for note in figure.notes for run in note if isinstance(run, Quote)]
    assert [(quote.key, quote.text) for quote in quotes] == [
        ("reduction_percent.mutant.n", "5"),
        ("reduction_percent.wild_type.n", "3"),
    ]
    assert "Evaluable: 5 of 5 (KRAS-mutated) and 3 of 3 (wild type)." in plain(figure.notes[0])


def test_the_alternative_text_says_what_is_drawn():
    figure = waterfall(waterfall_results(TWO, CONVERTED))
    assert figure.alt == (
        "Waterfall plot of 8 patients by KRAS status. KRAS-mutated: 5 bars from +257% to −52%, 3 with growth, 1 converted to resection. "
        "Wild type: 3 bars from −53% to −100%, 0 with growth, 2 converted to resection."
    )


def test_rows_of_a_reconstruction_are_not_called_patients():
    figure = waterfall(waterfall_results(TWO, synthetic=True))
    said = " ".join([figure.alt, plain(figure.title), *map(plain, figure.notes)])
    assert "patient" not in said.replace("no row is a patient", "")
    assert "no row is a patient" in said


def test_a_cohort_without_measurements_gets_a_notice():
    assert waterfall(Results.of([], [], study({"a": ("A", 3)}))) == Notice(
        "There is no waterfall plot: the cohort has no lesion measurements at baseline and at best response."
    )


def test_nobody_evaluable_gets_a_notice():
    found = waterfall(waterfall_results({"a": ("A", []), "b": ("B", [])}))
    assert found == Notice("There is no waterfall plot: none of the patients compared is evaluable for response.")


def test_a_group_without_evaluable_members_says_so():
    canvas = canvas_of(waterfall_results({"a": ("A", [-10.0, -20.0]), "b": ("B", [])}))
    assert len(patches(canvas)) == 1
    assert "none evaluable" in " ".join(written(canvas))


def test_numbers_follow_the_style_of_the_journal():
    formatter = waterfall_results(TWO, style="lancet").study.formatter
    assert signed(formatter, 257.14) == "+257%"
    assert signed(formatter, -0.2) == "0%"
    assert signed(formatter, -94.1) == "−94%"


def spread(count: int, low: float, high: float, seed: int) -> list[float]:
    stream = random.Random(seed)
    return sorted((stream.uniform(low, high) for _ in range(count)), reverse=True)


SAMPLES = {
    "one bar": ({"a": ("A", [12.0])}, {}),
    "two groups": (TWO, CONVERTED),
    "all growth": ({"a": ("A", [400, 300, 250, 180, 120, 50, 20, 5]), "b": ("B", [90.0, 3, 2, 1])}, {"b": [3, 4]}),
    "small growth over diamonds": ({"a": ("A", [4.0, 3.0, -1.0, -2.0, -3.0, -4.0])}, {"a": [3, 4, 5, 6]}),
    "five groups": (
        {
            f"g{i}": (f"Group number {i} with a long label", spread(n, -100, 60, i))
            for i, n in enumerate((1, 3, 12, 30, 7))
        },
        {"g2": [3, 4]},
    ),
    "one empty group": (
        {"a": ("A", spread(45, -100, 60, 1)), "b": ("B", spread(35, -100, 60, 2)), "c": ("C", [])},
        {"a": range(20, 40)},
    ),
    "many": ({"a": ("Many", spread(3000, -100, 300, 1)), "b": ("Few", spread(4, -90, 20, 2))}, {"a": [2900]}),
}


@pytest.mark.parametrize("threshold", [50, 3, 100])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_text_runs_into_another_or_out_of_the_figure(name, threshold):
    groups, converted = SAMPLES[name]
    assert collisions(canvas_of(waterfall_results(groups, converted, response_threshold_percent=threshold))) == []


def test_a_value_stands_above_the_diamonds_of_the_bars_that_it_runs_over():
    groups, converted = SAMPLES["small growth over diamonds"]
    canvas = canvas_of(waterfall_results(groups, converted))
    axes = canvas.axes[0]
    (diamonds,) = [line for line in axes.lines if line.get_label() == "converted"]
    highest = max(y for _, y in axes.transData.transform(diamonds.get_xydata())) + diamonds.get_markersize() / 2
    values = [text for text in axes.texts if text.get_text().endswith("%*")]
    assert values
    assert min(axes.transData.transform(text.get_position())[1] for text in values) >= highest


def test_many_bars_are_one_outline_of_the_same_shape():
    changes = spread(5000, -100, 90, 3)
    (block,) = blocks(gather(waterfall_results({"a": ("A", changes)})), width=plot_width(), gap=GAP)
    path = bar_path(block, 100.0)
    assert len(path.vertices) < 1100
    heights = [y for _, y in path.vertices if y != 0]
    assert max(heights) == changes[0]
    assert min(heights) == changes[-1]
    middle = [y for x, y in path.vertices if abs(x - block.left - block.width / 2) < 2]
    assert min(abs(y - changes[2500]) for y in middle) < 1


def test_a_hundred_thousand_bars_make_a_small_file():
    step = 190.0 / 100_000
    figure = waterfall(waterfall_results({"a": ("A", [90.0 - step * i for i in range(100_000)]), "b": ("B", [-10.0])}))
    assert isinstance(figure, Figure)
    assert len(figure.svg) < 60_000


def test_the_reconstruction_shows_the_three_progressors_as_the_article_does(results):
    # Kolbeinsson 2022, legend of Figure 1: three patients, all KRAS-mutated (+257%, +30% and +14%).
    canvas = canvas_of(results)
    marked = [text.get_text() for text in canvas.axes[0].texts if text.get_text().endswith("%*")]
    assert marked == ["+257%*", "+30%*", "+14%*"]
    figure = waterfall(results)
    assert "Growth on therapy: KRAS-mutated, 3 (+257%, +30% and +14%)." in plain(figure.notes[1])
    assert (figure.name, figure.main) == ("figure-waterfall", True)
    assert collisions(canvas) == []


def test_the_real_cohort_has_no_lesions_and_gets_a_notice(real_results):
    assert isinstance(waterfall(real_results), Notice)


def test_what_it_is_drawn_from_comes_through_the_notebook_as_it_was():
    figure = waterfall(waterfall_results({"mutant": ("Mutant", [5.0, -60.0]), "wild_type": ("Wild type", [-30.0])}))
    read = from_json(json.dumps(to_json(figure)))
    assert read.data == tuple(figure.data)
    assert len(read.data) == len(figure.data) > 1
