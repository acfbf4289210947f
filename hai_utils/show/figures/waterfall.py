"""The waterfall plot: the change in tumor burden of each patient, by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch

from hai_utils.results.formatting import Formatter
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, clause, join, key, listed, plain
from hai_utils.show.criterion import criterion_of
from hai_utils.show.figures.bars import (
    LOWEST,
    STEP,
    BarBlock,
    GroupBars,
    Threshold,
    bar_path,
    blocks,
    gather,
    signed,
    thresholds,
    top_of_axis,
)
from hai_utils.show.figures.style import (
    INK,
    LINE,
    ROW,
    TEXT,
    axes_at,
    height_of,
    new_canvas,
    stroke,
    text_width,
    width,
    wrap,
    write,
)
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.threshold_lines import draw_thresholds
from hai_utils.show.figures.words import SeriesRows, quoted, single_cases_withheld, source_note
from hai_utils.show.wording import group_name, in_text, people

NAME = "figure-waterfall"
LEFT, RIGHT, GAP = 66.0, 118.0, 28.0
PLOT_HEIGHT = 340.0
NARROWEST_MARKED = 3.5
MOST_VALUES = 6
# Distances in units: of a value above its bar, of the row of diamonds from the zero line.
VALUE_ABOVE, MARK_ABOVE = 5.0, 10.0
MARKER: dict[str, Any] = {"marker": "D", "markersize": 6.5, "linestyle": ""}
# Width from which the asterisk of a bar does not run into that of the next.
STAR_WIDTH = 9.0


def plot_width() -> float:
    """Return the width between the margins, in units."""
    return width() - LEFT - RIGHT


def waterfall(results: Results) -> Content:
    """Figure 1: the change of each patient by group, with the thresholds of the criterion in force.

    Parameters
    ----------
    results : Results
        With the bars of the reduction that the criterion judges; a patient whose response cannot be evaluated has no bar.

    Returns
    -------
    Content
        A notice where nobody is evaluable or nothing was measured.
    """
    study = results.study
    name = criterion_of(study).reduction
    if f"{name}.all.n" not in results:
        return Notice(
            "There is no waterfall plot: the cohort has no lesion measurements at baseline and at best response."
        )
    if study.gated:
        return Notice(single_cases_withheld(study, "waterfall", "bars"))
    groups = gather(results)
    if not any(bars.changes for bars in groups):
        return Notice(f"There is no waterfall plot: none of the {people(study)} compared is evaluable for response.")
    title: Text = (f"Change in tumor burden from baseline to best response, by {in_text(study.group_label)}",)
    alt = describe(results, groups)
    data = SeriesRows([(group.label, results.series(key(name, group.level, "bar"))) for group in results.study.groups])
    return figure(
        lambda: draw(groups, thresholds(study), study.formatter), NAME, title, alt, notes(results, groups),
        data=data, main=True,
    )  # fmt: skip


def draw(groups: Sequence[GroupBars], lines: Sequence[Threshold], formatter: Formatter) -> Canvas:
    """Draw the bars of each group in a block of its own; names stand beside what they name."""
    placed = blocks(groups, width=plot_width(), gap=GAP)
    headings = [_heading(block, formatter) for block in placed]
    deepest = max(len(rows) for rows in headings)
    above = ROW * deepest
    top = above + 30.0
    highest = top_of_axis(groups)
    labels = [growth_labels(block, highest, formatter) for block in placed]
    marked, starred = any(map(_has_diamonds, placed)), any("*" in label[0] for found in labels for label in found)
    canvas = new_canvas(top + PLOT_HEIGHT + (40.0 if marked or starred else 24.0))
    axes = axes_at(canvas, LEFT, top, plot_width(), PLOT_HEIGHT)
    _prepare(axes, highest, formatter)
    write(canvas, 9, top + PLOT_HEIGHT / 2, "Change from baseline", rotation=90, ha="center", va="center")
    for block, rows, names in zip(placed, headings, labels, strict=True):
        for place, row in enumerate(rows):
            write(canvas, LEFT + block.left, above - ROW * (len(rows) - place - 1), row, fontweight="bold")
        _draw_block(axes, block, highest)
        for text, left, base in names:
            axes.text(left, base * _per_unit(highest), text, fontsize=TEXT, va="baseline")
    draw_thresholds(axes, lines, (0.0, plot_width()), across=1.0, up=_per_unit(highest))
    _explain_marks(canvas, marked=marked, starred=starred)
    return canvas


def _heading(block: BarBlock, formatter: Formatter) -> list[str]:
    """Return the name of a group with the number of its bars, in a line of its own where both do not fit in one."""
    room = block.room + GAP / 2
    together = f"{block.bars.label} (n={formatter.count(len(block.bars.changes))})"
    if text_width(together, bold=True) <= room:
        return [together]
    return [*wrap(block.bars.label, room, lines=3, bold=True), f"(n={formatter.count(len(block.bars.changes))})"]


def _prepare(axes: Axes, highest: float, formatter: Formatter) -> None:
    axes.set_xlim(0, plot_width())
    axes.set_ylim(LOWEST, highest)
    ticks = [LOWEST + STEP * place for place in range(int((highest - LOWEST) / STEP) + 1)]
    axes.set_yticks(ticks, [signed(formatter, tick) for tick in ticks])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _per_unit(highest: float) -> float:
    """Return how many percent of change one unit of the drawing is."""
    return (highest - LOWEST) / PLOT_HEIGHT


def _draw_block(axes: Axes, block: BarBlock, highest: float) -> None:
    bars, unit = block.bars, _per_unit(highest)
    if not bars.changes:
        rows = wrap("none evaluable", block.room, lines=2)
        for place, row in enumerate(rows):
            height = VALUE_ABOVE + ROW * (len(rows) - place - 1)
            axes.text(block.left, height * unit, row, fontsize=TEXT, va="baseline")
        return
    colour, hatch = bars.style.colour, bars.style.hatch
    axes.add_patch(
        PathPatch(
            bar_path(block, highest), facecolor="none" if hatch else colour, edgecolor=colour, hatch=hatch or None,
            linewidth=LINE, clip_on=False,
        )
    )  # fmt: skip
    if _has_diamonds(block):
        _draw_diamonds(axes, block, highest)


def growth_labels(block: BarBlock, highest: float, formatter: Formatter) -> list[tuple[str, float, float]]:
    """Return what is written over bars of growth: the value of a few, the largest of many, an asterisk over each.

    Returns
    -------
    list of (str, float, float)
        Text, left end and baseline in units from the zero line; none runs into another or out of the block.
    """
    bars, unit = block.bars, _per_unit(highest)
    special = [place for place, change in enumerate(bars.changes) if bars.growth[place] or change > highest]
    found: list[tuple[str, float, float]] = []
    for place in special:
        change, star = bars.changes[place], "*" if bars.growth[place] else ""
        height = min(change, highest) / unit + VALUE_ABOVE
        options: list[tuple[str, float, float]] = []
        if len(special) <= MOST_VALUES or (place == special[0] and change > highest):
            # The value runs to the right over lower bars, and above their diamonds.
            options.append(
                (signed(formatter, change) + star, block.left + place * block.bar_width, max(height, _clearance(block)))
            )
        if star and block.bar_width > STAR_WIDTH:
            options.append((star, block.center(place) - STAR_WIDTH / 2 + 1, height))
        found += [option for option in options if _fits(option, found, block)][:1]
    return found


def _clearance(block: BarBlock) -> float:
    above = _has_diamonds(block) and any(
        on and change <= 0 for on, change in zip(block.bars.converted, block.bars.changes, strict=True)
    )
    return MARK_ABOVE + VALUE_ABOVE + 4 if above else 0.0


def _fits(label: tuple[str, float, float], others: Sequence[tuple[str, float, float]], block: BarBlock) -> bool:
    text, left, base = label
    right = left + text_width(text)
    apart = all(
        abs(base - low) >= ROW or right <= start or left >= start + text_width(other) for other, start, low in others
    )
    return apart and right < block.left + block.room + GAP


def _has_diamonds(block: BarBlock) -> bool:
    return any(block.bars.converted) and block.bar_width >= NARROWEST_MARKED


def _draw_diamonds(axes: Axes, block: BarBlock, highest: float) -> None:
    """Set a diamond at the zero line, opposite to the bar."""
    bars = block.bars
    found = [
        (block.center(place), (MARK_ABOVE if change <= 0 else -MARK_ABOVE) * _per_unit(highest))
        for place, (change, converted) in enumerate(zip(bars.changes, bars.converted, strict=True))
        if converted
    ]
    size = min(MARKER["markersize"], 0.8 * block.bar_width)
    axes.plot(*zip(*found, strict=True), color=INK, clip_on=False, label="converted", **{**MARKER, "markersize": size})


def _explain_marks(canvas: Canvas, *, marked: bool, starred: bool) -> None:
    """Explain the marks under the bars, only those that occur."""
    base = height_of(canvas) - 8.0
    growth, conversion = "* growth on therapy" if starred else "", "converted to resection" if marked else ""
    across = text_width(growth) + 30 + text_width(conversion)
    left = min(LEFT, max(0.0, width() - across))
    if starred:
        write(canvas, left, base, growth)
    if marked:
        left += text_width(growth) + (16 if starred else 0)
        stroke(canvas, (left + 4,), (base - 5,), **MARKER)
        write(canvas, left + 14, base, conversion)


def notes(results: Results, groups: Sequence[GroupBars]) -> tuple[Text, ...]:
    """Say what a bar is, who has one, what the lines and marks mean, and what is cut."""
    study = results.study
    bar: Text = (
        f"Each bar is one {people(study, 1)}, sorted within the group; growth is drawn upwards, shrinkage downwards.",
    )
    return (join(bar, _evaluable(results)), join(_criterion(results), *_marks(study, groups)), source_note(study))


def _evaluable(results: Results) -> Text:
    study, name = results.study, criterion_of(results.study).reduction
    parts = [
        clause(
            quoted(results, f"{key(name, group.level)}.n"),
            f" of {study.formatter.count(group.n or 0)} ({group_name(study, group)})",
        )
        for group in study.groups
    ]
    return clause("Evaluable: ", listed(parts), ".")


def _criterion(results: Results) -> Text:
    """Name the criterion of the lines, and what the bars show."""
    study = results.study
    response, progression = thresholds(study)
    criterion = criterion_of(study)
    more = "" if progression.change == 0 else " or more"
    text = (
        f"Lines: thresholds of response ({response.lines[1]} or less) and of progression ({progression.lines[1]}{more}) by {criterion.title.removesuffix('.')}. "
        f"Bars: change in the {criterion.burden} of the target lesions."
    )
    return (text,)


def _marks(study: Study, groups: Sequence[GroupBars]) -> list[Text]:
    found: list[Text] = []
    grown = [text for bars in groups if (text := _growth(study, bars))]
    if grown:
        found.append((f"Growth on therapy: {'; '.join(grown)}.",))
    highest = top_of_axis(groups)
    cut = [change for bars in groups for change in bars.changes if change > highest]
    if cut:
        largest, end = signed(study.formatter, max(cut)), signed(study.formatter, highest)
        found.append(
            (
                f"Bars beyond {end} are cut there and broken ({study.formatter.count(len(cut))}; the largest is {largest}).",
            )
        )
    if any(
        any(block.bars.converted) and not _has_diamonds(block) for block in blocks(groups, width=plot_width(), gap=GAP)
    ):
        found.append(("Conversion to resection is not marked where bars are too narrow.",))
    return found


def _growth(study: Study, bars: GroupBars) -> str:
    values = [change for change, grew in zip(bars.changes, bars.growth, strict=True) if grew]
    if not values:
        return ""
    shown = plain(listed([(signed(study.formatter, value),) for value in values[:MOST_VALUES]]))
    return f"{bars.label}, {study.formatter.count(len(values))}" + (f" ({shown})" if len(values) <= MOST_VALUES else "")


def describe(results: Results, groups: Sequence[GroupBars]) -> str:
    """Say in words what the bars show, with its numbers."""
    study = results.study
    evaluable = sum(len(bars.changes) for bars in groups)
    parts = [_describe_group(results, group, bars) for group, bars in zip(study.groups, groups, strict=True)]
    return f"Waterfall plot of {study.formatter.count(evaluable)} {people(study, evaluable)} by {in_text(study.group_label)}. {' '.join(parts)}"


def _describe_group(results: Results, group: Group, bars: GroupBars) -> str:
    formatter = results.study.formatter
    if not bars.changes:
        return f"{group.label}: none evaluable."
    count = len(bars.changes)
    ends = (
        f"from {signed(formatter, bars.changes[0])} to {signed(formatter, bars.changes[-1])}"
        if count > 1
        else f"of {signed(formatter, bars.changes[0])}"
    )
    parts = [
        f"{formatter.count(count)} {'bar' if count == 1 else 'bars'} {ends}",
        f"{formatter.count(sum(bars.growth))} with growth",
    ]
    responded = plain(quoted(results, f"{key('objective_response', group.level)}.count"))
    parts += [f"{responded} with a response"] if responded else []
    if f"{key('converted_to_resection', group.level)}.count" in results:
        parts.append(f"{formatter.count(sum(bars.converted))} converted to resection")
    return f"{group.label}: {', '.join(parts)}."
