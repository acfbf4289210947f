"""What the forest plot draws: read back from its axes."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from hai_utils.results.formatting import Formatter
from hai_utils.results.record import Record
from hai_utils.results.study import Group, Label, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Figure, Notice
from hai_utils.show.figures.forest import ForestLine, draw, forest, gather, reach_of
from tests.show.figures.figure_boxes import collisions

STUDY = Study(
    group_by="kras", reference="wild_type", parameters={"confidence_level": 0.95},
    groups=(Group("mutant", "KRAS-mutated", 30), Group("wild_type", "Wild type", 44)),
    variables={"os": Label("Overall survival, months", "Overall survival", "months", "number")},
)  # fmt: skip
PAIR = "mutant_vs_wild_type"


def rows(center: str, values: tuple[float, float, float] | None, weight: float = 50.0) -> list[Record]:
    """A center's hazard ratio with its limits, counts and weight; none where it is not estimable."""
    found = [
        Record("os", PAIR, center, name, "cox_efron", value=value, formatted=f"{value:.2f}" if value else "NE",
               note="" if value else "no events")
        for name, value in zip(("hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper"), values or (None,) * 3, strict=True)
    ]  # fmt: skip
    counts = itertools.product(("mutant", "wild_type"), (("events", 4), ("n", 10)))
    found += [Record("os", group, center, name, value=n, formatted=str(n)) for group, (name, n) in counts]
    return [*found, Record("os", PAIR, center, "weight", "paule_mandel", value=weight if values else None)]


def together() -> list[Record]:
    found = []
    for method, values in (("cox_stratified", (0.8, 0.5, 1.28)), ("paule_mandel_hartung_knapp", (0.9, 0.3, 2.7))):
        for part, value in zip(("", "_lower", "_upper"), values, strict=True):
            found.append(
                Record("os", PAIR, "combined", f"hazard_ratio{part}", method, method == "cox_stratified", value=value, formatted=f"{value:.2f}")
            )  # fmt: skip
    for part, value in (("_lower", 0.1), ("_upper", 8.1)):
        found.append(
            Record("os", PAIR, "combined", f"hazard_ratio_prediction{part}", value=value, formatted=f"{value}")
        )
    return found


CENTERS = ("east", "north", "south")


@pytest.fixture
def results() -> Results:
    records = [*rows("east", (0.5, 0.2, 1.25), 80), *rows("north", (1.5, 0.4, 60.0), 20), *rows("south", None)]
    return Results.of([*records, *together()], study=STUDY)


@pytest.fixture
def canvas(results: Results) -> Canvas:
    lines = gather(results, "os", "mutant", "hazard_ratio", CENTERS)
    return draw(lines, "hazard_ratio", ("KRAS-mutated", "Wild type"), Formatter.of("jgo"), "95% CI")


def axes_of(canvas: Canvas) -> Axes:
    return canvas.axes[0]


def drawn(canvas: Canvas, label: str) -> list[float]:
    (line,) = [line for line in axes_of(canvas).lines if line.get_label() == label]
    return [float(x) for x in line.get_xdata()]


def test_a_mark_stands_at_the_estimate(canvas: Canvas) -> None:
    assert drawn(canvas, "east") == [0.5]
    assert drawn(canvas, "north") == [1.5]


def test_a_line_runs_from_limit_to_limit(canvas: Canvas) -> None:
    assert drawn(canvas, "east interval") == [0.2, 1.25]


def test_a_limit_beyond_the_axis_ends_in_an_arrow(canvas: Canvas) -> None:
    right = axes_of(canvas).get_xlim()[1]
    assert drawn(canvas, "north interval") == [0.4, right]
    arrows = {line.get_ydata()[0]: line.get_xdata()[0] for line in axes_of(canvas).lines if line.get_marker() == ">"}
    (row,) = [line.get_ydata()[0] for line in axes_of(canvas).lines if line.get_label() == "north"]
    assert arrows[row] == right


def test_a_diamond_spans_the_combined_interval(canvas: Canvas) -> None:
    found = {patch.get_label(): patch.get_path().vertices[:4, 0].tolist() for patch in axes_of(canvas).patches}
    assert found == {"Stratified model": [0.5, 0.8, 1.28, 0.8], "Random effects": [0.3, 0.9, 2.7, 0.9]}


def test_what_a_new_center_may_see_is_drawn_without_a_mark(canvas: Canvas) -> None:
    assert drawn(canvas, "A new center interval") == list(axes_of(canvas).get_xlim())
    assert not any(line.get_label() == "A new center" for line in axes_of(canvas).lines)


def test_a_center_that_is_not_estimable_keeps_its_line_in_words(canvas: Canvas) -> None:
    texts = [text.get_text() for text in canvas.texts]
    assert "south" in texts
    assert "not estimable: no events" in texts
    assert not any("south" in str(line.get_label()) for line in axes_of(canvas).lines)


def test_the_heavier_center_has_the_larger_mark(canvas: Canvas) -> None:
    sizes = {line.get_label(): line.get_markersize() for line in axes_of(canvas).lines if line.get_marker() == "s"}
    assert sizes["east"] > sizes["north"]


def test_a_ratio_has_a_logarithmic_axis_that_is_symmetric_about_one(canvas: Canvas) -> None:
    low, high = axes_of(canvas).get_xlim()
    assert axes_of(canvas).get_xscale() == "log"
    assert low * high == pytest.approx(1)


def test_no_text_runs_into_another(canvas: Canvas) -> None:
    assert collisions(canvas) == []


def test_long_names_of_groups_fit(results: Results) -> None:
    lines = gather(results, "os", "mutant", "hazard_ratio", CENTERS)
    groups = ("Preoperative chemotherapy", "No preoperative chemotherapy")
    canvas = draw(lines, "hazard_ratio", groups, Formatter.of("jgo"), "95% CI")
    assert collisions(canvas) == []
    assert not any("…" in text.get_text() for text in canvas.texts)


@pytest.mark.parametrize(("limit", "reach"), [(0.2, 0.25), (0.4, 0.5), (0.9, 1.0), (1.0, 1.0)])
def test_the_axis_of_a_difference_reaches_as_far_as_needed(limit: float, reach: float) -> None:
    line = ForestLine("a", (), -limit, -limit, 0.1, "", 1.0, "center")
    assert reach_of([line], "risk_difference") == reach


def test_a_hostile_name_is_text(results: Results) -> None:
    name = '<script>alert("x")</script>\x07'
    records = [*results.records, *rows(name, (1.1, 0.9, 1.3))]
    figure = forest(Results.of(records, study=STUDY), "os", "mutant", "hazard_ratio", (*CENTERS, name))
    assert isinstance(figure, Figure)
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(figure.svg).iter()}
    assert "script" not in tags


def test_without_any_estimate_there_is_a_sentence() -> None:
    records = [*rows("south", None), *(r for r in together() if "prediction" in r.statistic)]
    empty = [Record("os", PAIR, "combined", "hazard_ratio", "cox_stratified", note="one center", formatted="NE")]
    empty += [Record("os", PAIR, "combined", f"hazard_ratio_{side}", "cox_stratified") for side in ("lower", "upper")]
    found = forest(Results.of([*records, *empty], study=STUDY), "os", "mutant", "hazard_ratio", ("south",))
    assert isinstance(found, Notice)
    assert "no center has an estimate" in found.text
