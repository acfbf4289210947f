"""The spider plot: how the tumor burden of each patient changed from scan to scan, a panel a group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from hai_utils.results.formatting import Formatter
from hai_utils.results.series import Point
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, clause, join, key, listed
from hai_utils.show.criterion import criterion_of
from hai_utils.show.figures.bars import (
    HIGHEST,
    LOWEST,
    STEP,
    TOLERANCE,
    Threshold,
    signed,
    thresholds,
)
from hai_utils.show.figures.curves import axis_end, ticks
from hai_utils.show.figures.style import (
    INK,
    ROW,
    axes_at,
    height_of,
    new_canvas,
    shorten,
    stroke,
    width,
    write,
)
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.thinning import Thinned, thinned, thinned_notes
from hai_utils.show.figures.threshold_lines import draw_thresholds
from hai_utils.show.figures.words import SeriesRows, quoted, single_cases_withheld, source_note
from hai_utils.show.wording import group_name, in_text, people, time_zero

NAME = "figure-spider"
LEFT, RIGHT = 66.0, 118.0
PANEL_HEIGHT = 210.0
HEADING = 34.0
# More lines than this cannot be told apart, and would make a heavy page.
MOST_LINES = 300
MOST_TICKS = 10
STROKE, STROKE_OF_MANY, MANY = 1.6, 0.8, 40
# Marks on lines are drawn as long as they can be told apart.
MOST_MARKS = 120


def plot_width() -> float:
    """Return the width between the margins, in units."""
    return width() - LEFT - RIGHT


@dataclass(frozen=True, slots=True)
class SpiderLine:
    """One course: months and change in percent at each scan, and at which scans a new lesion had appeared."""

    months: tuple[float, ...]
    changes: tuple[float, ...]
    new: tuple[bool, ...]


Panel = Thinned[SpiderLine]


def spider(results: Results) -> Content:
    """Draw the change of each patient from scan to scan, a panel a group, with the thresholds of the criterion in force.

    Parameters
    ----------
    results : Results
        With the series ``tumor_change.GROUP.line_RANK``.

    Returns
    -------
    Content
        A notice where there is no table of scans, or none of those compared was measured again.
    """
    study = results.study
    if not study.parameters.get("scans"):
        return Notice("There is no spider plot: it needs a table of dated scans (parameter 'scans').")
    if study.gated:
        return Notice(single_cases_withheld(study, "spider", "lines"))
    panels = gather(results)
    if not any(panel.courses for panel in panels):
        return Notice(
            f"There is no spider plot: none of the {people(study)} compared was measured at baseline and again."
        )
    title: Text = (f"Change in tumor burden from scan to scan, by {in_text(study.group_label)}",)
    alt = describe(results, panels)
    data = SeriesRows(
        [
            (panel.group.label, results.series(key("tumor_change", panel.group.level, f"line_{rank}")))
            for panel in panels
            for rank in panel.ranks
        ]
    )
    return figure(lambda: draw(panels, study), NAME, title, alt, notes(results, panels), data=data)


def gather(results: Results) -> tuple[Panel, ...]:
    """Return each group's lines, from the greatest reduction to the greatest growth, in the printed order of groups."""
    groups = results.study.groups
    found = [_lines(results, group) for group in groups]
    return thinned(groups, found, MOST_LINES)


def _lines(results: Results, group: Group) -> tuple[SpiderLine, ...]:
    found: list[SpiderLine] = []
    while points := results.series(key("tumor_change", group.level, f"line_{len(found) + 1}")):
        found.append(_line(points))
    return tuple(found)


def _line(points: Sequence[Point]) -> SpiderLine:
    new = tuple("new" in point.mark.split() for point in points)
    return SpiderLine(tuple(point.x for point in points), tuple(point.y for point in points), new)


def draw(panels: Sequence[Panel], study: Study) -> Canvas:
    """Draw a panel a group, one below the other, on the same axes."""
    formatter, highest = study.formatter, top_of(panels)
    months = [month for panel in panels for line in panel.drawn for month in line.months]
    grid = ticks(study.parameters["time_grid_months"], max(months), most=MOST_TICKS)
    ends = (min(0.0, *months), axis_end(grid, max(months)))
    marked = _are_marked(panels)
    explained = marked and any(any(line.new) for panel in panels for line in panel.drawn)
    first = ROW + 12.0
    canvas = new_canvas(
        first + len(panels) * (HEADING + PANEL_HEIGHT) + 2 * ROW + 14.0 + (ROW + 8.0 if explained else 0.0)
    )
    write(canvas, 0, 16, f"Change in the {measured(study)}")
    for place, panel in enumerate(panels):
        top = first + place * (HEADING + PANEL_HEIGHT) + HEADING
        heading = f"{panel.group.label} (n={formatter.count(len(panel.courses))})"
        write(canvas, LEFT, top - 10, shorten(heading, plot_width(), bold=True), fontweight="bold")
        axes = axes_at(canvas, LEFT, top, plot_width(), PANEL_HEIGHT)
        _prepare(axes, ends, highest, formatter, grid if place == len(panels) - 1 else ())
        _draw_lines(axes, panel, highest, marked=marked)
        across, up = (ends[1] - ends[0]) / plot_width(), (highest - LOWEST) / PANEL_HEIGHT
        draw_thresholds(axes, thresholds(study), ends, across=across, up=up)
    base = first + len(panels) * (HEADING + PANEL_HEIGHT) + 2 * ROW + 4
    write(canvas, LEFT + plot_width() / 2, base, f"Months since {time_zero(study)}", ha="center")
    if explained:
        low = height_of(canvas) - 8.0
        stroke(canvas, (LEFT + 5,), (low - 5,), marker="x", markersize=8, markeredgewidth=2, linestyle="")
        write(canvas, LEFT + 16, low, "new lesion")
    return canvas


def measured(study: Study) -> str:
    """Name the burden that the criterion in force judges."""
    return criterion_of(study).burden


def top_of(panels: Sequence[Panel]) -> float:
    """Return the upper end of the axis: a multiple of 25 that holds every growth up to 100%."""
    changes = [change for panel in panels for line in panel.drawn for change in line.changes]
    return max(2 * STEP, math.ceil(min(max(changes), HIGHEST) / STEP - TOLERANCE) * STEP)


def _prepare(
    axes: Axes, ends: tuple[float, float], highest: float, formatter: Formatter, grid: Sequence[float]
) -> None:
    axes.set_xlim(*ends)
    axes.set_ylim(LOWEST, highest)
    levels = [LOWEST + 2 * STEP * place for place in range(int((highest - LOWEST) / (2 * STEP)) + 1)]
    axes.set_yticks(levels, [signed(formatter, level) for level in levels])
    axes.set_xticks(grid, [formatter.as_given(time) for time in grid])
    axes.spines["bottom"].set_visible(bool(len(grid)))


def _draw_lines(axes: Axes, panel: Panel, highest: float, *, marked: bool) -> None:
    """Draw all lines of a group as one path; beyond the axis a line runs along its upper end."""
    if not panel.drawn:
        return
    colour = panel.style.colour
    paths = [
        Path([(month, min(change, highest)) for month, change in zip(line.months, line.changes, strict=True)])
        for line in panel.drawn
    ]
    width = STROKE if len(paths) <= MANY else STROKE_OF_MANY
    axes.add_patch(
        PathPatch(
            Path.make_compound_path(*paths), facecolor="none", edgecolor=colour, linewidth=width, clip_on=False,
            label="lines",
        )
    )  # fmt: skip
    ends = [(line.months[-1], min(line.changes[-1], highest)) for line in panel.drawn]
    if marked:
        axes.plot(*zip(*ends, strict=True), "o", color=colour, markersize=4, clip_on=False, label="last scan")
    new = [
        (line.months[at], min(line.changes[at], highest))
        for line in panel.drawn
        if any(line.new) and (at := line.new.index(True)) >= 0
    ]
    if new and marked:
        axes.plot(
            *zip(*new, strict=True), "x", color=INK, markersize=8, markeredgewidth=2, clip_on=False, label="new lesion"
        )


def _are_marked(panels: Sequence[Panel]) -> bool:
    return all(len(panel.drawn) <= MOST_MARKS for panel in panels)


def notes(results: Results, panels: Sequence[Panel]) -> tuple[Text, ...]:
    """Say what a line is, who has one, what the lines of the criterion mean, and what is left out or cut."""
    study = results.study
    what: Text = (
        f"Each line is one {people(study, 1)}, from the last scan before therapy on; time zero: {time_zero(study)}. "
        f"{'A dot is the last scan; a' if _are_marked(panels) else 'A'} scan at which a target lesion was not measured is no point of a line.",
    )
    criterion = join(_criterion(study), *_left_out(study, panels))
    return (join(what, _evaluable(results, panels)), criterion, source_note(study))


def _evaluable(results: Results, panels: Sequence[Panel]) -> Text:
    formatter = results.study.formatter
    name = criterion_of(results.study).reduction
    parts = [
        clause(
            quoted(results, f"{key(name, panel.group.level)}.n") or formatter.count(len(panel.courses)),
            f" of {formatter.count(panel.group.n or 0)} ({group_name(results.study, panel.group)})",
        )
        for panel in panels
    ]
    return clause("Evaluable: ", listed(parts), ".")


def _criterion(study: Study) -> Text:
    response, progression = thresholds(study)
    text = (
        f"Dashed: thresholds by {criterion_of(study).title}, from the baseline, of response "
        f"({response.lines[1]} or less) and of progression ({progression.lines[1]}{' or more' if progression.change else ''})."
    )
    if not progression.change:
        text = text.replace("Dashed: thresholds", "Lines: thresholds")
    if uses_nadir(study):
        text += (
            " Progression is judged from the smallest burden so far, so that a line may progress below that threshold."
        )
    return (text,)


def uses_nadir(study: Study) -> bool:
    """Say whether the criterion in force measures growth from the smallest burden so far."""
    return criterion_of(study).growth_from == "nadir"


def _left_out(study: Study, panels: Sequence[Panel]) -> list[Text]:
    found = thinned_notes(study, panels, "lines are drawn, evenly by rank of reduction")
    formatter, highest = study.formatter, top_of(panels)
    cut = sum(max(line.changes) > highest for panel in panels for line in panel.drawn)
    if cut:
        found.append((f"Lines beyond {signed(formatter, highest)} run along the upper edge ({formatter.count(cut)}).",))
    if not _are_marked(panels):
        found.append(("New lesions and last scans are not marked, as lines are many.",))
    return found


def describe(results: Results, panels: Sequence[Panel]) -> str:
    """Say in words what the lines show, with its numbers."""
    study = results.study
    count = sum(len(panel.courses) for panel in panels)
    parts = [_describe_panel(study, panel, thresholds(study)[0]) for panel in panels]
    return (
        f"Spider plot of the {measured(study)} of {study.formatter.count(count)} {people(study, count)} "
        f"by {in_text(study.group_label)}. {' '.join(parts)}"
    )


def _describe_panel(study: Study, panel: Panel, response: Threshold) -> str:
    formatter = study.formatter
    if not panel.courses:
        return f"{panel.group.label}: none evaluable."
    lowest = [min(line.changes[1:]) for line in panel.courses]
    reached = sum(low <= response.change + TOLERANCE for low in lowest)
    grown = sum(line.changes[-1] > 0 for line in panel.courses)
    new = sum(any(line.new) for line in panel.courses)
    ends = (
        f"lowest points from {signed(formatter, lowest[0])} to {signed(formatter, lowest[-1])}"
        if len(lowest) > 1
        else f"lowest point {signed(formatter, lowest[0])}"
    )
    return (
        f"{panel.group.label}: {formatter.count(len(lowest))} {'line' if len(lowest) == 1 else 'lines'}, {ends}; "
        f"{formatter.count(reached)} at or below {response.lines[1]}, {formatter.count(grown)} above the baseline at the "
        f"last scan, {formatter.count(new)} with a new lesion."
    )
