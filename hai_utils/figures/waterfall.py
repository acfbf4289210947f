"""The waterfall plot: the change in tumor burden of each patient, by group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from hai_utils.content import Content, Figure, Notice, Text, join, key, plain
from hai_utils.figures.style import (
    INK,
    LINE,
    SMALL,
    WIDTH,
    GroupStyle,
    applied,
    axes_at,
    group_style,
    new_canvas,
    stroke,
    text_width,
    wrap,
    write,
)
from hai_utils.figures.svg import render
from hai_utils.figures.words import clause, listed, quoted, source_note
from hai_utils.formatting import Formatter
from hai_utils.results import Point, Results
from hai_utils.study import Group, Study
from hai_utils.wording import people

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

NAME = "figure-waterfall"
LEFT, RIGHT, GAP = 62.0, 112.0, 26.0
PLOT_HEIGHT = 330.0
LOWEST = -100.0
STEP = 25.0
# Growth beyond the axis is cut and its value printed: one outlier would flatten all other bars.
HIGHEST = 100.0
FIT_TOLERANCE = 1e-9
SMALLEST_SHARE = 0.14
# More bars than this cannot be told apart at the figure's width: neighbours share a column.
COLUMNS = 500
SEPARATE_BARS = 60
MOST_MARKS = 80
MOST_VALUES = 6
LINE_HEIGHT = 17.0
BREAK = 3.0


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of one group.

    Attributes
    ----------
    label : str
        Printed label of the group.
    size : int
        Members of the group, evaluable or not.
    style : GroupStyle
        How its bars are filled.
    changes : tuple of float
        Change in percent, growth positive, from the largest growth to the largest shrinkage.
    growth, converted : tuple of bool
        Marks of each bar.
    """

    label: str
    size: int
    style: GroupStyle
    changes: tuple[float, ...]
    growth: tuple[bool, ...]
    converted: tuple[bool, ...]

    @property
    def heading(self) -> str:
        """The label with the number of bars."""
        return f"{self.label} (n={len(self.changes)})"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line of the response criterion: where it lies, and what it is called, in two short lines."""

    change: float
    lines: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """Where the bars of one group stand, in units from the left end of the axis."""

    left: float
    width: float
    bars: Bars

    @property
    def bar_width(self) -> float:
        """Width of one bar with its gap."""
        return self.width / max(1, len(self.bars.changes))


def waterfall(results: Results) -> Content:
    """Figure 1: the change of each patient by group, with the thresholds of the criterion in force.

    Parameters
    ----------
    results : Results
        With the bars of `reduction_percent`; one who is not evaluable has no bar.

    Returns
    -------
    Content
        A notice where nobody is evaluable or nothing was measured.
    """
    study = results.study
    if "reduction_percent.all.n" not in results:
        return Notice(
            "There is no waterfall plot: the cohort has no lesion measurements at baseline and at best response."
        )
    groups = gather(results)
    if not any(bars.changes for bars in groups):
        return Notice(f"There is no waterfall plot: none of the {people(study)} compared is evaluable for response.")
    lines = thresholds(study)
    title: Text = (f"Change in tumor burden from baseline to best response, by {study.group_label}",)
    alt = describe(results, groups)
    with applied():
        canvas = draw(groups, lines, study.formatter)
        svg = render(canvas, NAME, plain(title), alt)
    return Figure(NAME, title, alt, svg, notes(results, groups), main=True)


def gather(results: Results) -> tuple[Bars, ...]:
    """Return the bars of each group in the printed order."""
    return tuple(
        _bars(group, group_style(place), results.series(key(measure(results), group.level, "bar")))
        for place, group in enumerate(results.study.groups)
    )


def measure(results: Results) -> str:
    """Return the variable whose bars are drawn: that which the criterion judges, where its bars exist."""
    longest = "reduction_percent_recist"
    by_longest = results.study.parameters.get("response_criterion") == "recist_1_1"
    drawn = any(results.series(key(longest, group.level, "bar")) for group in results.study.groups)
    return longest if by_longest and drawn else "reduction_percent"


def _bars(group: Group, style: GroupStyle, points: Sequence[Point]) -> Bars:
    marks = [frozenset(point.mark.split()) for point in points]
    return Bars(
        group.label, group.n, style, tuple(point.y for point in points),
        tuple("growth" in mark for mark in marks), tuple("converted" in mark for mark in marks),
    )  # fmt: skip


def thresholds(study: Study) -> tuple[Threshold, ...]:
    """Return the lines of the criterion in force; any growth is progression in the study's own criterion."""
    formatter = study.formatter
    match study.parameters.get("response_criterion", "paper"):
        case "who_1979":
            response, progression = 50.0, 25.0
        case "recist_1_1":
            response, progression = 30.0, 20.0
        case _:
            response, progression = float(study.parameters.get("response_threshold_percent", 50)), 0.0
    grown = signed(formatter, progression) if progression else "any growth"
    return (
        Threshold(-response, ("Response:", f"{signed(formatter, -response)}")),
        Threshold(progression, ("Progression:", grown)),
    )


def signed(formatter: Formatter, change: float) -> str:
    """Print a change in percent with its sign."""
    text = formatter.percent(change, 0)
    return f"+{text}" if change > 0 else text


def top_of_axis(groups: Sequence[Bars]) -> float:
    """Return the upper end of the axis: a multiple of 25 that holds every growth up to 100%."""
    largest = max((change for bars in groups for change in bars.changes if change <= HIGHEST), default=0.0)
    cut = any(change > HIGHEST for bars in groups for change in bars.changes)
    return min(HIGHEST, max(2 * STEP if cut else STEP, math.ceil(largest / STEP - FIT_TOLERANCE) * STEP))


def blocks(groups: Sequence[Bars]) -> tuple[Block, ...]:
    """Share out the axis: in proportion to the bars, but so that the smallest group can still be seen."""
    free = WIDTH - LEFT - RIGHT - GAP * (len(groups) - 1)
    total = sum(len(bars.changes) for bars in groups)
    shares = [max(SMALLEST_SHARE, len(bars.changes) / total) for bars in groups]
    found: list[Block] = []
    left = 0.0
    for bars, share in zip(groups, shares, strict=True):
        width = free * share / sum(shares)
        found.append(Block(left, width, bars))
        left += width + GAP
    return tuple(found)


def draw(groups: Sequence[Bars], lines: Sequence[Threshold], formatter: Formatter) -> Canvas:
    """Draw the bars of each group in a block of its own; labels stand beside what they name."""
    placed = blocks(groups)
    headings = [wrap(block.bars.heading, block.width + GAP * 0.7, lines=3) for block in placed]
    deepest = max(len(rows) for rows in headings)
    marked = any(_marks_converted(block) for block in placed)
    grown = any(any(bars.growth) for bars in groups)
    top = 34.0 + LINE_HEIGHT * deepest + 24.0
    canvas = new_canvas(top + PLOT_HEIGHT + (34.0 if marked or grown else 12.0))
    axes = axes_at(canvas, LEFT, top, WIDTH - LEFT - RIGHT, PLOT_HEIGHT)
    highest = top_of_axis(groups)
    _prepare(axes, highest, formatter)
    write(canvas, 0, 16, "Change in tumor burden from baseline to best response")
    for block, rows in zip(placed, headings, strict=True):
        for place, row in enumerate(rows):
            baseline = 34.0 + LINE_HEIGHT * (deepest - len(rows) + place + 1)
            write(canvas, LEFT + block.left, baseline, row, fontweight="bold")
        _draw_block(axes, block, highest, formatter)
    for line in lines:
        _draw_threshold(axes, line, highest)
    _key(canvas, marked=marked, grown=grown)
    return canvas


def _prepare(axes: Axes, highest: float, formatter: Formatter) -> None:
    axes.set_xlim(0, WIDTH - LEFT - RIGHT)
    axes.set_ylim(LOWEST, highest)
    ticks = [LOWEST + STEP * place for place in range(int((highest - LOWEST) / STEP) + 1)]
    axes.set_yticks(ticks, [signed(formatter, tick) for tick in ticks])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _draw_block(axes: Axes, block: Block, highest: float, formatter: Formatter) -> None:
    bars = block.bars
    if not bars.changes:
        axes.text(block.left, 3, "none evaluable", fontsize=SMALL, va="bottom", ha="left")
        return
    axes.add_patch(
        PathPatch(
            bar_path(block, highest),
            facecolor=bars.style.colour if not bars.style.hatch else "none",
            edgecolor=bars.style.colour,
            hatch=bars.style.hatch or None,
            linewidth=LINE,
            clip_on=False,
        )
    )
    _label_growth(axes, block, highest, formatter)
    if _marks_converted(block):
        _mark_converted(axes, block, highest)


def bar_path(block: Block, highest: float) -> Path:
    """Return all bars of a block as one path: rectangles from zero, or one outline where they are many.

    A bar beyond `highest` ends there, with a slanting break below its end.
    """
    unit = (highest - LOWEST) / PLOT_HEIGHT
    bars = block.bars.changes
    if len(bars) > SEPARATE_BARS:
        return _outline(block, highest)
    gap = 0.18 * block.bar_width
    polygons: list[list[tuple[float, float]]] = []
    for place, change in enumerate(bars):
        left = block.left + place * block.bar_width + gap / 2
        right = left + block.bar_width - gap
        if change <= highest:
            polygons.append([(left, 0), (left, change), (right, change), (right, 0)])
        else:
            below, above = highest - 18 * unit, highest - 12 * unit
            slant = BREAK * unit
            polygons.append([(left, 0), (left, below - slant), (right, below + slant), (right, 0)])
            polygons.append([(left, above - slant), (left, highest), (right, highest), (right, above + slant)])
    return Path.make_compound_path(*(Path([*corners, corners[0]], closed=True) for corners in polygons))


def _outline(block: Block, highest: float) -> Path:
    """Return the outline of many bars, at most `COLUMNS` steps wide; the first and the last bar keep their height."""
    changes = block.bars.changes
    columns = min(COLUMNS, len(changes))
    width = block.width / columns
    corners = [(block.left, 0.0)]
    for place in range(columns):
        rank = round(place * (len(changes) - 1) / (columns - 1))
        height = min(changes[rank], highest)
        corners += [(block.left + place * width, height), (block.left + (place + 1) * width, height)]
    corners += [(block.left + block.width, 0.0), (block.left, 0.0)]
    return Path(corners, closed=True)


def _label_growth(axes: Axes, block: Block, highest: float, formatter: Formatter) -> None:
    """Print the value over bars that are cut or marked as growth, as far as each has room; else the mark alone."""
    unit = (highest - LOWEST) / PLOT_HEIGHT
    taken: list[tuple[float, float, float]] = []
    for place, (change, grew) in enumerate(zip(block.bars.changes, block.bars.growth, strict=True)):
        if not grew and change <= highest:
            break
        left = block.left + place * block.bar_width + 0.09 * block.bar_width
        base = min(change, highest) + 5 * unit
        value = signed(formatter, change) + ("*" if grew else "")
        star = left + block.bar_width / 2 - 4
        for text, start in ((value, left), ("*", star)):
            end = start + text_width(text)
            blocked = any(
                start < right and end > from_ and abs(base - low) < LINE_HEIGHT * unit for from_, right, low in taken
            )
            if (
                not blocked
                and (text == value or (grew and block.bar_width > 6))
                and end < block.left + block.width + GAP
            ):
                axes.text(start, base, text, fontsize=SMALL, va="baseline", ha="left")
                taken.append((start, end, base))
                break


def _marks_converted(block: Block) -> bool:
    return any(block.bars.converted) and len(block.bars.changes) <= MOST_MARKS


def _mark_converted(axes: Axes, block: Block, highest: float) -> None:
    """Set a diamond at the zero line, opposite to the bar."""
    unit = (highest - LOWEST) / PLOT_HEIGHT
    for above in (True, False):
        xs = [
            block.left + (place + 0.5) * block.bar_width
            for place, (change, converted) in enumerate(zip(block.bars.changes, block.bars.converted, strict=True))
            if converted and (change <= 0) == above
        ]
        axes.plot(
            xs,
            [(9 if above else -9) * unit] * len(xs),
            linestyle="",
            marker="D",
            markersize=6,
            color=INK,
            clip_on=False,
        )


def _draw_threshold(axes: Axes, line: Threshold, highest: float) -> None:
    right = WIDTH - LEFT - RIGHT
    unit = (highest - LOWEST) / PLOT_HEIGHT
    solid = line.change == 0
    axes.plot(
        [0, right], [line.change] * 2, color=INK, linewidth=LINE, linestyle="-" if solid else (0, (4, 3)), clip_on=False
    )
    for text, offset in zip(line.lines, (2.0, -LINE_HEIGHT + 2.0), strict=True):
        axes.text(right + 6, line.change + offset * unit, text, fontsize=SMALL, va="baseline", ha="left", clip_on=False)


def _key(canvas: Canvas, *, marked: bool, grown: bool) -> None:
    """Explain the marks under the bars, only those that occur."""
    base = canvas.get_figheight() * 72.0 - 8.0
    left = LEFT
    if grown:
        write(canvas, left, base, "* growth on therapy")
        left += text_width("* growth on therapy") + 24
    if marked:
        stroke(canvas, (left + 4,), (base - 5,), marker="D", markersize=6, linestyle="")
        write(canvas, left + 14, base, "converted to resection")


def notes(results: Results, groups: Sequence[Bars]) -> tuple[Text, ...]:
    """Say what a bar is, who has one, what the lines and marks mean, and what is cut."""
    study = results.study
    one = people(study, 1)
    bar: Text = (f"Each bar is one {one}, sorted within the group; growth is drawn upwards, shrinkage downwards.",)
    found = (join(bar, _evaluable(results)), join(_criterion(results), *_marks(study, groups)), source_note(study))
    return tuple(note for note in found if note)


def _evaluable(results: Results) -> Text:
    study, name = results.study, measure(results)
    parts = [
        clause(
            quoted(results, f"{key(name, group.level)}.n"), f" of {study.formatter.count(group.n)} (“{group.label}”)"
        )
        for group in study.groups
    ]
    return clause("Evaluable: ", listed(parts), ".")


CRITERIA = {"paper": "the study’s criterion", "who_1979": "WHO 1979", "recist_1_1": "RECIST 1.1"}


def _criterion(results: Results) -> Text:
    study = results.study
    response, progression = thresholds(study)
    name = CRITERIA[study.parameters.get("response_criterion", "paper")]
    of = (
        "sum of the longest diameters"
        if measure(results).endswith("recist")
        else "sum of the products of two diameters"
    )
    text = (
        f"Lines: thresholds of response ({response.lines[1]} or lower) and of progression "
        f"({progression.lines[1]}{'' if progression.change == 0 else ' or higher'}) by {name}. Bars: {of}."
    )
    if name == "RECIST 1.1" and not measure(results).endswith("recist"):
        text += " RECIST 1.1 judges the longest diameters instead, so a bar beyond a line need not be a response or a progression."
    return (text,)


def _marks(study: Study, groups: Sequence[Bars]) -> list[Text]:
    found: list[Text] = []
    grown = [text for bars in groups if (text := _growth(study, bars))]
    if grown:
        found.append((f"*Growth on therapy: {'; '.join(grown)}.",))
    cut = [change for bars in groups for change in bars.changes if change > top_of_axis(groups)]
    if cut:
        largest = signed(study.formatter, max(cut))
        end = signed(study.formatter, top_of_axis(groups))
        found.append((f"Bars beyond {end} are cut there and broken ({len(cut)}; the largest is {largest}).",))
    return found


def _growth(study: Study, bars: Bars) -> str:
    values = [change for change, grew in zip(bars.changes, bars.growth, strict=True) if grew]
    if not values:
        return ""
    shown = plain(listed([(signed(study.formatter, value),) for value in values]))
    return f"{bars.label}, {len(values)}" + (f" ({shown})" if len(values) <= MOST_VALUES else "")


def describe(results: Results, groups: Sequence[Bars]) -> str:
    """Say in words what the bars show, with its numbers."""
    study = results.study
    evaluable = sum(len(bars.changes) for bars in groups)
    parts = [_describe_group(results, group, bars) for group, bars in zip(study.groups, groups, strict=True)]
    return f"Waterfall plot of {evaluable} {people(study, evaluable)} by {study.group_label}. {' '.join(parts)}"


def _describe_group(results: Results, group: Group, bars: Bars) -> str:
    formatter = results.study.formatter
    if not bars.changes:
        return f"{group.label}: none evaluable."
    responded = plain(quoted(results, f"{key('objective_response', group.level)}.count"))
    text = (
        f"{group.label}: {len(bars.changes)} bars from {signed(formatter, bars.changes[0])} to "
        f"{signed(formatter, bars.changes[-1])}; {sum(bars.growth)} grew"
    )
    return (
        text
        + (f", {responded} responded" if responded else "")
        + f", {sum(bars.converted)} marked as converted to resection."
    )
