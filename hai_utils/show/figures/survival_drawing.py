"""Drawing of survival curves: the plot above, the numbers behind it below, each number under its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from hai_utils.results.formatting import Formatter
from hai_utils.show.figures.curves import DrawnCurve, axis_end, thinned, ticks_of
from hai_utils.show.figures.labels import LabelBox, Outline, place
from hai_utils.show.figures.style import (
    BAND,
    CURVE,
    FAINT,
    INK,
    LINE,
    ROW,
    TEXT,
    GroupStyle,
    axes_at,
    is_narrow,
    new_canvas,
    printable,
    shorten,
    stroke,
    text_width,
    width,
    wrap,
    write,
)

LEFT, RIGHT = 92.0, 26.0
PLOT_HEIGHT = 310.0
HEADING = 26.0
SAMPLE = 38.0
DIGIT, COLUMN_GAP = 8.5, 16.0
MOST_TIMES = 12
# How wide a column of the drawing is that can be told apart, in units, for the curve and for the ticks of the censored.
CURVE_COLUMN, TICK_COLUMN = 1.0, 2.0
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
COUNTS = ("At risk", "Censored", "Events")
DOTTED = (0.0, (1.0, 3.0))


def plot_width() -> float:
    """Return the width between the margins, in units."""
    return width() - LEFT - RIGHT


@dataclass(frozen=True, slots=True)
class Lettering:
    """What is written in a figure.

    Attributes
    ----------
    headers : tuple of (str, str)
        Effect and test, above the plot, and who is compared; empty where they stand in the caption alone.
    vertical, horizontal : str
        Titles of the axes.
    medians : tuple of str
        What stands beside the name of each curve under the axis.
    median_months : tuple of float or None
        Where the median of each curve lies; None where it has none.
    band : {'filled', 'dotted', 'none'}
        How the pointwise interval is drawn.
    """

    headers: tuple[tuple[str, str], ...]
    vertical: str
    horizontal: str
    medians: tuple[str, ...]
    median_months: tuple[float | None, ...]
    band: str = "filled"


def draw(
    curves: Sequence[DrawnCurve],
    words: Lettering,
    grid: Sequence[float],
    formatter: Formatter,
    end: float | None = None,
) -> Canvas:
    """Draw the curves, and under the axis those at risk, censored and with an event.

    Parameters
    ----------
    curves : sequence of DrawnCurve
        At least one.
    words : Lettering
        All that is written but numbers and names.
    grid : sequence of float
        Times of the table under the axis, months; a much longer follow-up adds regular ones.
    formatter : Formatter
        Prints every number.
    end : float, optional
        As far as the curves are drawn, months; to the last observed time unless given.

    Returns
    -------
    matplotlib.figure.Figure
        With one pair of axes.
    """
    drawn = curves if end is None else [curve.until(end) for curve in curves]
    last = max(curve.end for curve in drawn)
    digits = max(len(formatter.count(curve.size)) for curve in curves)
    times = ticks_of(drawn, grid, most=min(MOST_TIMES, int(plot_width() / (DIGIT * digits + COLUMN_GAP))))
    headers = [row for header in words.headers for row in _header_rows(*header)]
    top = ROW * len(headers) + 16.0
    heading = HEADING + (ROW if is_narrow() else 0.0)
    table = top + PLOT_HEIGHT + 2 * ROW + 14.0
    canvas = new_canvas(table + len(curves) * (heading + len(COUNTS) * ROW) + 4.0)
    axes = axes_at(canvas, LEFT, top, plot_width(), PLOT_HEIGHT)
    _prepare(axes, times, axis_end(times, last), formatter)
    for row, header in enumerate(headers):
        write(canvas, 0, 16 + ROW * row, header)
    write(
        canvas, 14, top + PLOT_HEIGHT / 2, shorten(words.vertical, PLOT_HEIGHT), rotation=90, ha="center", va="center"
    )
    write(canvas, LEFT + plot_width() / 2, top + PLOT_HEIGHT + 2 * ROW + 6, words.horizontal, ha="center")
    shown = [
        replace(curve, points=thinned(curve.points, axes.get_xlim()[1], columns=round(plot_width() / CURVE_COLUMN)))
        for curve in drawn
    ]
    _draw_medians(axes, [months for months in words.median_months if months is not None and months <= last])
    for curve in shown:
        _draw_curve(axes, curve, words.band, plot_width())
    _name_curves(axes, shown)
    for row, (curve, median) in enumerate(zip(curves, words.medians, strict=True)):
        base = table + row * (heading + len(COUNTS) * ROW) + HEADING - 6
        _write_heading(canvas, curve, median, base)
        base += heading - HEADING
        _write_counts(canvas, curve, base, times, axes.get_xlim()[1], formatter)
    return canvas


def _header_rows(effect: str, who: str) -> list[str]:
    """Return effect and comparison in one line where they fit, else in lines of their own."""
    together = f"{effect} ({who})" if who else effect
    if text_width(together) <= width():
        return [together]
    return [*wrap(effect, width(), lines=3), *wrap(who, width(), lines=2)]


def _prepare(axes: Axes, times: Sequence[float], end: float, formatter: Formatter) -> None:
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(times, [formatter.as_given(time) for time in times])
    axes.set_yticks(QUARTERS, [formatter.percent(100 * share, 0) for share in QUARTERS])
    axes.spines["left"].set_bounds(0, 1)


def _draw_medians(axes: Axes, medians: Sequence[float]) -> None:
    style: dict[str, Any] = {"color": INK, "alpha": FAINT, "linewidth": LINE, "linestyle": DOTTED}
    if medians:
        axes.plot([0, max(medians)], [0.5, 0.5], **style)
    for median in medians:
        axes.plot([median, median], [0, 0.5], **style)


def _draw_curve(axes: Axes, curve: DrawnCurve, band: str, across: float) -> None:
    """Draw a curve, so many units across, in its band, with a tick where somebody is censored; its line is labelled with its key."""
    colour = curve.style.colour
    if curve.band and band != "none":
        _draw_band(axes, curve, filled=band == "filled")
    xs, ys = zip(*curve.steps, strict=True)
    axes.plot(xs, ys, color=colour, linewidth=CURVE, linestyle=dashes(curve.style), label=curve.key, clip_on=False)
    censored = [point for point in curve.points if point.censored and not curve.coarse]
    if censored:
        marks = thinned(censored, axes.get_xlim()[1], columns=round(across / TICK_COLUMN))
        axes.plot(
            [point.x for point in marks], [point.y for point in marks], label=f"{curve.key}, censored",
            linestyle="", marker="|", markersize=10, markeredgewidth=1.4, color=colour, clip_on=False,
        )  # fmt: skip


def draw_panel(
    canvas: Canvas,
    curves: Sequence[DrawnCurve],
    band: str,
    place: tuple[float, float, float, float],
    times: Sequence[float],
    end: float,
    formatter: Formatter,
) -> None:
    """Draw curves alone, without names and numbers, at a place given by left, top, width and height."""
    axes = axes_at(canvas, *place)
    _prepare(axes, times, end, formatter)
    across = place[2]
    for curve in curves:
        shown = thinned(curve.points, end, columns=round(across / CURVE_COLUMN))
        _draw_curve(axes, replace(curve, points=shown), band, across)


def _draw_band(axes: Axes, curve: DrawnCurve, *, filled: bool) -> None:
    times, lower, upper = zip(*curve.band, strict=True)
    colour, coarse = curve.style.colour, curve.coarse
    if filled:
        axes.fill_between(times, lower, upper, step=None if coarse else "post", color=colour, alpha=BAND, linewidth=0)
        return
    for side in (lower, upper):
        axes.plot(
            times, side, drawstyle="default" if coarse else "steps-post", color=colour, linewidth=LINE, linestyle=DOTTED
        )


def dashes(style: GroupStyle) -> str | tuple[float, tuple[float, ...]]:
    """Return the line style of a group as Matplotlib takes it."""
    return (0.0, style.dashes) if style.dashes else "-"


def _name_curves(axes: Axes, curves: Sequence[DrawnCurve]) -> None:
    """Write each group's name beside its curve, where there is room for all of each; under the axis it stands in any case."""
    long = any(text_width(printable(curve.label), bold=True) > 0.6 * plot_width() for curve in curves)
    if len(curves) == 1 or long or any(curve.coarse for curve in curves):
        return
    across, up = plot_width() / axes.get_xlim()[1], PLOT_HEIGHT / axes.get_ylim()[1]
    outlines = [
        Outline(tuple(x * across for x, _ in curve.steps), tuple(y * up for _, y in curve.steps)) for curve in curves
    ]
    plot = LabelBox(4.0, 2.0, plot_width(), PLOT_HEIGHT)
    taken: list[LabelBox] = []
    for own, curve in enumerate(curves):
        name = printable(curve.label)
        box = place(text_width(name, bold=True), own, outlines, taken, plot)
        if box is not None:
            taken.append(box)
            axes.text(box.left / across, (box.bottom + 2) / up, name, fontsize=TEXT, fontweight="bold", va="baseline")


def _write_heading(canvas: Canvas, curve: DrawnCurve, median: str, base: float) -> None:
    """Write a group's name with a sample of its line, and its median at the right end, or under it where there is no room."""
    level = base - 5
    stroke(
        canvas, (0, SAMPLE), (level, level), color=curve.style.colour, linewidth=CURVE, linestyle=dashes(curve.style)
    )
    room = width() - RIGHT - SAMPLE - 24 - (0.0 if is_narrow() else text_width(median))
    write(canvas, SAMPLE + 8, base, shorten(curve.label, room, bold=True), fontweight="bold")
    if is_narrow():
        write(canvas, SAMPLE + 8, base + ROW, median)
    else:
        write(canvas, width() - RIGHT, base, median, ha="right")


def _write_counts(
    canvas: Canvas, curve: DrawnCurve, base: float, times: Sequence[float], end: float, formatter: Formatter
) -> None:
    """Write the three rows of numbers, each number under its time."""
    for row, heading in enumerate(COUNTS):
        write(canvas, 0, base + ROW * (row + 1), heading)
    for time in times:
        counts = (curve.at_risk(time), *curve.before(time))
        for row, count in enumerate(counts):
            write(canvas, LEFT + plot_width() * time / end, base + ROW * (row + 1), formatter.count(count), ha="center")
