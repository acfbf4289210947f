"""The swimmer plot: how long each patient was followed, what happened meanwhile, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from hai_utils.catalogue.endpoints import OVERALL, PROGRESSION_FREE
from hai_utils.results.series import Point
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, clause, join, key, listed
from hai_utils.show.figures.curves import axis_end, ticks
from hai_utils.show.figures.style import (
    FAINT,
    INK,
    LINE,
    ROW,
    axes_at,
    height_of,
    new_canvas,
    shorten,
    stroke,
    text_width,
    width,
    write,
)
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.thinning import Thinned, thinned, thinned_notes
from hai_utils.show.figures.words import SeriesRows, quoted, single_cases_withheld, source_note
from hai_utils.show.wording import group_name, in_text, people, time_zero

NAME = "figure-swimmer"
LEFT, RIGHT = 26.0, 26.0
# Rows are as high as they can be up to this, and never lower than that.
HIGHEST_ROW, LOWEST_ROW, ALL_ROWS = 18.0, 5.0, 720.0
MOST_BARS = int(ALL_ROWS / LOWEST_ROW)
BAR = 0.72
HEADING = 30.0
MOST_TICKS = 12
# How far a mark stands outside its bar, in units.
OUTSIDE = 8.0
# Each mark: its form, and what it says.
MARKS: dict[str, tuple[str, str]] = {
    "response": ("o", "first response"),
    "progression": ("^", "progression"),
    "event": ("x", ""),
    "censored": (">", "censored"),
    "converted": ("D", "converted to resection (no date)"),
}
# What the bars are drawn from: the first of these that the cohort has.
LENGTHS = {endpoint.name: endpoint for endpoint in (OVERALL, PROGRESSION_FREE)}


def plot_width() -> float:
    """Return the width between the margins, in units."""
    return width() - LEFT - RIGHT


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its length and how it ends, and the months of its marks.

    Attributes
    ----------
    months : float
        Length.
    ended : bool
        Whether it ends with the event; censored otherwise.
    converted : bool
        Whether the metastases became resectable, at a time that no column holds.
    dated : mapping of str to float
        Mark to month.
    """

    months: float
    ended: bool
    converted: bool
    dated: dict[str, float]


Lane = Thinned[Bar]


def swimmer(results: Results) -> Content:
    """Draw one bar a patient by group: time on study, dated response and progression, death or censoring.

    Parameters
    ----------
    results : Results
        With the series ``os.GROUP.bar``, or ``pfs.GROUP.bar`` where there is no overall survival.

    Returns
    -------
    Content
        A notice where nobody of those compared has a time.
    """
    study = results.study
    # Withheld bars are gone from the results, but not their endpoint.
    if study.gated and any(map(results.has_data, LENGTHS)):
        return Notice(single_cases_withheld(study, "swimmer", "bars"))
    name = endpoint(results)
    if not name:
        return Notice(
            f"There is no swimmer plot: none of the {people(study)} compared has a survival time with its event."
        )
    lanes = gather(results, name)
    by = _by_group(study, lanes)
    whose = f"a sample of the {people(study)}" if _is_sample(lanes) else f"each {people(study, 1)}"
    title: Text = (f"Time on study of {whose}{f', {by}' if by else ''}",)
    alt = describe(study, lanes, name)
    data = SeriesRows([part for lane in lanes for part in _data(results, key(name, lane.group.level, "bar"), lane)])
    return figure(lambda: draw(lanes, study, name), NAME, title, alt, notes(results, lanes, name), data=data)


def _data(results: Results, stem: str, lane: Lane) -> Iterator[tuple[str, list[Point]]]:
    """Return the bars of a group that are drawn, then their marks, each with what its rows are called where the data are given."""
    bars, drawn = results.series(stem), set(lane.ranks)
    yield lane.group.label, [bars[rank - 1] for rank in lane.ranks]
    for mark in ("response", "progression"):
        yield f"{lane.group.label}: {mark}", [point for point in results.series(f"{stem}_{mark}") if point.x in drawn]


def endpoint(results: Results) -> str:
    """Return the endpoint that the bars are drawn from; empty where there are none."""
    levels = ("all", *(group.level for group in results.study.groups))
    return next((name for name in LENGTHS if any(results.series(key(name, level, "bar")) for level in levels)), "")


def gather(results: Results, name: str) -> tuple[Lane, ...]:
    """Return each group's bars, the longest first, in the printed order of groups.

    Groups that form after time zero have no bars of their own: one lane holds everybody.
    """
    study = results.study
    together = results.series(key(name, "all", "bar"))
    groups = (Group("all", f"All {people(study)}", len(together)),) if together else study.groups
    found = [_bars(results, key(name, group.level, "bar")) for group in groups]
    return thinned(groups, found, MOST_BARS)


def _is_sample(lanes: Sequence[Lane]) -> bool:
    """Say whether some bars are not drawn, as there are more than can be told apart."""
    return any(len(lane.drawn) < len(lane.courses) for lane in lanes)


def _is_together(lanes: Sequence[Lane]) -> bool:
    return [lane.group.level for lane in lanes] == ["all"]


def _by_group(study: Study, lanes: Sequence[Lane]) -> str:
    return "" if _is_together(lanes) else f"by {in_text(study.group_label)}"


def _bars(results: Results, stem: str) -> tuple[Bar, ...]:
    dated = {
        mark: {point.x: point.y for point in results.series(f"{stem}_{mark}")} for mark in ("response", "progression")
    }
    found = []
    for point in results.series(stem):
        marks = point.mark.split()
        times = {mark: months[point.x] for mark, months in dated.items() if point.x in months}
        found.append(Bar(point.y, "event" in marks, "converted" in marks, times))
    return tuple(found)


def row_height(lanes: Sequence[Lane]) -> float:
    """Return the height of a row: all bars on one screen where they can still be told apart."""
    rows = sum(len(lane.drawn) for lane in lanes)
    return max(LOWEST_ROW, min(HIGHEST_ROW, ALL_ROWS / rows))


def draw(lanes: Sequence[Lane], study: Study, name: str) -> Canvas:
    """Draw the bars of each group in a lane of its own, one below the other, over one axis of months."""
    pitch, formatter = row_height(lanes), study.formatter
    longest = max(bar.months for lane in lanes for bar in lane.drawn)
    grid = ticks(study.parameters["time_grid_months"], longest, most=MOST_TICKS)
    end = axis_end(grid, longest)
    heights = [HEADING + pitch * max(1, len(lane.drawn)) for lane in lanes]
    legend = _legend(lanes, name)
    canvas = new_canvas(sum(heights) + 2 * ROW + 20.0 + (ROW + 4.0) * len(legend))
    axes = axes_at(canvas, LEFT, 0.0, plot_width(), sum(heights))
    axes.set_xlim(0, end)
    # One unit of the vertical axis is one of the drawing, counted downwards.
    axes.set_ylim(sum(heights), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(grid, [formatter.as_given(time) for time in grid])
    top = 0.0
    for lane, height in zip(lanes, heights, strict=True):
        heading = f"{lane.group.label} (n={formatter.count(len(lane.courses))})"
        write(canvas, LEFT, top + HEADING - 9, shorten(heading, plot_width(), bold=True), fontweight="bold")
        _draw_lane(axes, lane, top + HEADING, pitch, end / plot_width())
        top += height
    write(canvas, LEFT + plot_width() / 2, top + 2 * ROW + 6, f"Months since {time_zero(study)}", ha="center")
    _write_legend(canvas, legend)
    return canvas


def _draw_lane(axes: Axes, lane: Lane, top: float, pitch: float, across: float) -> None:
    """Draw the bars of a group as one path, and each kind of mark as one series."""
    if not lane.drawn:
        return
    middles = [top + pitch * (place + 0.5) for place in range(len(lane.drawn))]
    half = BAR * pitch / 2
    corners = [
        Path([(0, y - half), (bar.months, y - half), (bar.months, y + half), (0, y + half), (0, y - half)], closed=True)
        for bar, y in zip(lane.drawn, middles, strict=True)
    ]
    colour, hatch = lane.style.colour, lane.style.hatch if pitch > 2 * LOWEST_ROW else ""
    axes.add_patch(
        PathPatch(
            Path.make_compound_path(*corners), facecolor="none" if hatch else colour, edgecolor=colour,
            hatch=hatch or None, alpha=None if hatch else FAINT, linewidth=LINE, clip_on=False, label="bars",
        )
    )  # fmt: skip
    for mark, places in marks_of(lane.drawn, middles, across).items():
        if places:
            axes.plot(*zip(*places, strict=True), label=mark, clip_on=False, **_form(mark, pitch))


def marks_of(bars: Sequence[Bar], middles: Sequence[float], across: float) -> dict[str, list[tuple[float, float]]]:
    """Return where each kind of mark stands: dated ones at their month, the end behind it, the undated before zero."""
    found: dict[str, list[tuple[float, float]]] = {mark: [] for mark in MARKS}
    for bar, y in zip(bars, middles, strict=True):
        found["event" if bar.ended else "censored"].append((bar.months + OUTSIDE * across, y))
        if bar.converted:
            found["converted"].append((-OUTSIDE * across, y))
        for mark, month in bar.dated.items():
            found[mark].append((month, y))
    return found


def _form(mark: str, pitch: float = HIGHEST_ROW) -> dict[str, Any]:
    size = min(7.0, 0.75 * pitch)
    return {
        "marker": MARKS[mark][0], "markersize": size, "linestyle": "", "color": INK,
        "markeredgewidth": 1.6 if mark == "event" else 0.0,
    }  # fmt: skip


def _legend(lanes: Sequence[Lane], name: str) -> list[list[tuple[str, str]]]:
    """Return the marks that occur, each with its words, in rows that fit the width."""
    drawn = [bar for lane in lanes for bar in lane.drawn]
    occurring = {mark for mark, places in marks_of(drawn, [0.0] * len(drawn), 1.0).items() if places}
    rows: list[list[tuple[str, str]]] = []
    used = width()
    for mark in (mark for mark in MARKS if mark in occurring):
        words = MARKS[mark][1] or LENGTHS[name].event_briefly
        needed = text_width(words) + 32
        if used + needed > width() - LEFT:
            rows.append([])
            used = 0.0
        rows[-1].append((mark, words))
        used += needed
    return rows


def _write_legend(canvas: Canvas, rows: Sequence[Sequence[tuple[str, str]]]) -> None:
    for place, row in enumerate(rows):
        base, left = height_of(canvas) - 8.0 - (ROW + 4.0) * (len(rows) - place - 1), LEFT
        for mark, words in row:
            stroke(canvas, (left + 4,), (base - 5,), **_form(mark))
            write(canvas, left + 14, base, words)
            left += text_width(words) + 32


def notes(results: Results, lanes: Sequence[Lane], name: str) -> tuple[Text, ...]:
    """Say what a bar is, from when it counts, how it ends, what is marked and what is not."""
    study = results.study
    what: Text = (
        f"Each bar is one {people(study, 1)}, the longest first. Time zero: {time_zero(study)}. "
        f"Event: {LENGTHS[name].event}. {LENGTHS[name].censoring}",
    )
    found = (join(what, _events(results, lanes, name)), join(*_marked(study, lanes, name)), source_note(study))
    return tuple(note for note in found if note)


def _events(results: Results, lanes: Sequence[Lane], name: str) -> Text:
    parts = []
    for lane in lanes:
        stem = key(name, lane.group.level)
        counted = (quoted(results, f"{stem}.events"), quoted(results, f"{stem}.n"))
        if all(counted):
            parts.append(clause(counted[0], " of ", counted[1], f" ({group_name(results.study, lane.group)})"))
    return clause("Events: ", listed(parts), ".") if parts else ()


def _marked(study: Study, lanes: Sequence[Lane], name: str) -> list[Text]:
    bars = [bar for lane in lanes for bar in lane.courses]
    found: list[Text] = []
    if _is_together(lanes):
        found.append((f"Not drawn by {in_text(study.group_label)}: these groups form after time zero.",))
    if any("response" in bar.dated for bar in bars):
        later = " and was confirmed later" if study.parameters.get("confirmation_days") else ""
        found.append((f"First response: the first scan with complete or partial response{later}.",))
    elif name == "os":
        found.append(("Response is not marked: it has no date without a table of scans.",))
    if any("progression" in bar.dated for bar in bars):
        found.append(("Progression: the first anywhere; a death without it is marked as death alone.",))
    return found + thinned_notes(study, lanes, "bars are drawn, evenly by rank of length")


def describe(study: Study, lanes: Sequence[Lane], name: str) -> str:
    """Say in words what the bars show, with its numbers."""
    count = sum(len(lane.courses) for lane in lanes)
    parts = [_describe_lane(study, lane, name) for lane in lanes]
    what = " ".join(filter(None, (study.formatter.count(count), people(study, count), _by_group(study, lanes))))
    return f"Swimmer plot of {what}. {' '.join(parts)}"


def _describe_lane(study: Study, lane: Lane, name: str) -> str:
    formatter, bars = study.formatter, lane.courses
    if not bars:
        return f"{lane.group.label}: no bar."
    ends = [formatter.number(bars[place].months, 1) for place in (-1, 0)]
    span = f"from {ends[0]} to {ends[1]} months" if len(bars) > 1 else f"of {ends[0]} months"
    ended = sum(bar.ended for bar in bars)
    drawn = f"{formatter.count(len(lane.drawn))} drawn of " if len(lane.drawn) < len(bars) else ""
    parts = [
        f"{drawn}{formatter.count(len(bars))} {'bar' if len(bars) == 1 else 'bars'} {span}",
        f"{formatter.count(ended)} ending with {LENGTHS[name].event_briefly}",
        f"{formatter.count(len(bars) - ended)} censored",
    ]
    for mark, words in (("response", "a dated response"), ("progression", "a dated progression")):
        if marked := sum(mark in bar.dated for bar in bars):
            parts.append(f"{formatter.count(marked)} with {words}")
    return f"{lane.group.label}: {', '.join(parts)}."
