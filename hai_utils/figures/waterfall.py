"""The waterfall plot: the change in tumor burden of each patient, by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.patches import PathPatch

from hai_utils.content import Content, Figure, Notice, Text, join, key, plain
from hai_utils.figures.bars import (
    LONGEST_DIAMETERS,
    LOWEST,
    STEP,
    Bars,
    Block,
    Threshold,
    bar_path,
    blocks,
    gather,
    measure,
    signed,
    thresholds,
    top_of_axis,
)
from hai_utils.figures.style import (
    INK,
    LINE,
    ROW,
    TEXT,
    WIDTH,
    applied,
    axes_at,
    height_of,
    new_canvas,
    stroke,
    text_width,
    wrap,
    write,
)
from hai_utils.figures.svg import render
from hai_utils.figures.words import clause, listed, quoted, source_note
from hai_utils.formatting import Formatter
from hai_utils.results import Results
from hai_utils.study import Group, Study
from hai_utils.wording import people

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

NAME = "figure-waterfall"
LEFT, RIGHT, GAP = 66.0, 118.0, 28.0
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, 340.0
MOST_MARKS = 80
MOST_VALUES = 6
# Distances in units: of a value above its bar, of the row of diamonds from the zero line, of a name from its line.
VALUE_ABOVE, MARK_ABOVE, NAME_BESIDE = 5.0, 10.0, 8.0
CRITERIA = {"paper": "the study’s criterion", "who_1979": "WHO 1979", "recist_1_1": "RECIST 1.1"}
MARKER: dict[str, Any] = {"marker": "D", "markersize": 6.5, "linestyle": ""}
# Width from which the asterisk of a bar does not run into that of the next.
STAR_WIDTH = 9.0


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
    title: Text = (f"Change in tumor burden from baseline to best response, by {study.group_label}",)
    alt = describe(results, groups)
    with applied():
        svg = render(draw(groups, thresholds(study), study.formatter), NAME, plain(title), alt)
    return Figure(NAME, title, alt, svg, notes(results, groups), main=True)


def draw(groups: Sequence[Bars], lines: Sequence[Threshold], formatter: Formatter) -> Canvas:
    """Draw the bars of each group in a block of its own; names stand beside what they name."""
    placed = blocks(groups, width=PLOT_WIDTH, gap=GAP)
    headings = [wrap(block.bars.heading, block.width + GAP * 0.7, lines=3, bold=True) for block in placed]
    deepest = max(len(rows) for rows in headings)
    marked, grown = any(map(_has_diamonds, placed)), any(any(bars.growth) for bars in groups)
    above = 2 * ROW + ROW * deepest
    top = above + 30.0
    canvas = new_canvas(top + PLOT_HEIGHT + (40.0 if marked or grown else 24.0))
    axes = axes_at(canvas, LEFT, top, PLOT_WIDTH, PLOT_HEIGHT)
    highest = top_of_axis(groups)
    _prepare(axes, highest, formatter)
    write(canvas, 0, 16, "Change in tumor burden from baseline to best response")
    for block, rows in zip(placed, headings, strict=True):
        for place, row in enumerate(rows):
            write(canvas, LEFT + block.left, above - ROW * (len(rows) - place - 1), row, fontweight="bold")
        _draw_block(axes, block, highest, formatter)
    _draw_thresholds(axes, lines, highest)
    _explain_marks(canvas, marked=marked, grown=grown)
    return canvas


def _prepare(axes: Axes, highest: float, formatter: Formatter) -> None:
    axes.set_xlim(0, PLOT_WIDTH)
    axes.set_ylim(LOWEST, highest)
    ticks = [LOWEST + STEP * place for place in range(int((highest - LOWEST) / STEP) + 1)]
    axes.set_yticks(ticks, [signed(formatter, tick) for tick in ticks])
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _per_unit(highest: float) -> float:
    """Return how many percent of change one unit of the drawing is."""
    return (highest - LOWEST) / PLOT_HEIGHT


def _draw_block(axes: Axes, block: Block, highest: float, formatter: Formatter) -> None:
    bars = block.bars
    if not bars.changes:
        axes.text(block.left, VALUE_ABOVE * _per_unit(highest), "none evaluable", fontsize=TEXT, va="baseline")
        return
    colour, hatch = bars.style.colour, bars.style.hatch
    fill = "none" if hatch else colour
    axes.add_patch(
        PathPatch(
            bar_path(block, highest),
            facecolor=fill,
            edgecolor=colour,
            hatch=hatch or None,
            linewidth=LINE,
            clip_on=False,
        )
    )
    _label_growth(axes, block, highest, formatter)
    if _has_diamonds(block):
        _draw_diamonds(axes, block, highest)


def _label_growth(axes: Axes, block: Block, highest: float, formatter: Formatter) -> None:
    """Print the value over bars that are cut or marked as growth, as far as there is room; else the mark alone."""
    unit = _per_unit(highest)
    taken: list[tuple[float, float, float]] = []
    for place, (change, grew) in enumerate(zip(block.bars.changes, block.bars.growth, strict=True)):
        if not grew and change <= highest:
            break
        height = min(change, highest) / unit + VALUE_ABOVE
        # The value runs to the right over lower bars, above their diamonds.
        clear = max(height, MARK_ABOVE + VALUE_ABOVE + 4) if _has_diamonds(block) else height
        value = signed(formatter, change) + ("*" if grew else "")
        left = block.left + place * block.bar_width
        options = [(value, left, clear)]
        if grew and block.bar_width > STAR_WIDTH:
            options.append(("*", block.centre(place) - STAR_WIDTH / 2 + 1, height))
        for text, start, base in options:
            end = start + text_width(text)
            if end < block.left + block.width + GAP and not any(
                start < right and end > other and abs(base - low) < ROW for other, right, low in taken
            ):
                axes.text(start, base * unit, text, fontsize=TEXT, va="baseline")
                taken.append((start, end, base))
                break


def _has_diamonds(block: Block) -> bool:
    return any(block.bars.converted) and len(block.bars.changes) <= MOST_MARKS


def _draw_diamonds(axes: Axes, block: Block, highest: float) -> None:
    """Set a diamond at the zero line, opposite to the bar."""
    bars = block.bars
    found = [
        (block.centre(place), (MARK_ABOVE if change <= 0 else -MARK_ABOVE) * _per_unit(highest))
        for place, (change, converted) in enumerate(zip(bars.changes, bars.converted, strict=True))
        if converted
    ]
    axes.plot(*zip(*found, strict=True), color=INK, clip_on=False, label="converted", **MARKER)


def _draw_thresholds(axes: Axes, lines: Sequence[Threshold], highest: float) -> None:
    """Draw each line over all groups, named at its right end; two names that lie close move apart."""
    unit = _per_unit(highest)
    ordered = sorted(lines, key=lambda line: line.change)
    close = len(ordered) > 1 and (ordered[-1].change - ordered[0].change) / unit < 2.6 * ROW
    for line in lines:
        style = "-" if line.change == 0 else (0, (4, 3))
        axes.plot(
            [0, PLOT_WIDTH],
            [line.change] * 2,
            color=INK,
            linewidth=LINE,
            linestyle=style,
            clip_on=False,
            label=line.lines[0],
        )
        first = 2.0 if not close else (ROW + 4.0 if line is ordered[-1] else -ROW + 4.0)
        for row, text in enumerate(line.lines):
            height = line.change + (first - ROW * row) * unit
            axes.text(PLOT_WIDTH + NAME_BESIDE, height, text, fontsize=TEXT, va="baseline", clip_on=False)


def _explain_marks(canvas: Canvas, *, marked: bool, grown: bool) -> None:
    """Explain the marks under the bars, only those that occur."""
    base, left = height_of(canvas) - 8.0, LEFT
    if grown:
        write(canvas, left, base, "* growth on therapy")
        left += text_width("* growth on therapy") + 16
    if marked:
        stroke(canvas, (left + 4,), (base - 5,), **MARKER)
        write(canvas, left + 14, base, "converted to resection")


def notes(results: Results, groups: Sequence[Bars]) -> tuple[Text, ...]:
    """Say what a bar is, who has one, what the lines and marks mean, and what is cut."""
    study = results.study
    bar: Text = (
        f"Each bar is one {people(study, 1)}, sorted within the group; growth is drawn upwards, shrinkage downwards.",
    )
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


def _criterion(results: Results) -> Text:
    """Name the criterion of the lines, and say where it judges something else than the bars show."""
    study = results.study
    response, progression = thresholds(study)
    name = CRITERIA[study.parameters.get("response_criterion", "paper")]
    longest = measure(results) == LONGEST_DIAMETERS
    shown = "sums of the longest diameters" if longest else "sums of the products of two diameters"
    more = "" if progression.change == 0 else " or more"
    text = (
        f"Lines: thresholds of response ({response.lines[1]} or less) and of progression ({progression.lines[1]}{more}) by {name}. "
        f"Bars: change in the {shown} of the target lesions."
    )
    if name == "RECIST 1.1" and not longest:
        text += " RECIST 1.1 judges the longest diameters instead, so that a bar beyond a line need not be a response or a progression."
    return (text,)


def _marks(study: Study, groups: Sequence[Bars]) -> list[Text]:
    found: list[Text] = []
    grown = [text for bars in groups if (text := _growth(study, bars))]
    if grown:
        found.append((f"*Growth on therapy: {'; '.join(grown)}.",))
    highest = top_of_axis(groups)
    cut = [change for bars in groups for change in bars.changes if change > highest]
    if cut:
        largest, end = signed(study.formatter, max(cut)), signed(study.formatter, highest)
        found.append(
            (
                f"Bars beyond {end} are cut there and broken ({study.formatter.count(len(cut))}; the largest is {largest}).",
            )
        )
    if any(any(bars.converted) and len(bars.changes) > MOST_MARKS for bars in groups):
        found.append((f"Conversion to resection is marked in groups of {MOST_MARKS} bars at most.",))
    return found


def _growth(study: Study, bars: Bars) -> str:
    values = [change for change, grew in zip(bars.changes, bars.growth, strict=True) if grew]
    if not values:
        return ""
    shown = plain(listed([(signed(study.formatter, value),) for value in values[:MOST_VALUES]]))
    return f"{bars.label}, {study.formatter.count(len(values))}" + (f" ({shown})" if len(values) <= MOST_VALUES else "")


def describe(results: Results, groups: Sequence[Bars]) -> str:
    """Say in words what the bars show, with its numbers."""
    study = results.study
    evaluable = sum(len(bars.changes) for bars in groups)
    parts = [_describe_group(results, group, bars) for group, bars in zip(study.groups, groups, strict=True)]
    return f"Waterfall plot of {study.formatter.count(evaluable)} {people(study, evaluable)} by {study.group_label}. {' '.join(parts)}"


def _describe_group(results: Results, group: Group, bars: Bars) -> str:
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
