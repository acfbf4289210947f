"""The forest plot: one effect in each center with its interval, and what all centers say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import NullFormatter, NullLocator

from hai_utils.catalogue.outcomes import DESIRED, OUTCOMES
from hai_utils.catalogue.statistics import STATISTICS
from hai_utils.results.formatting import Formatter
from hai_utils.results.keys import comparison, result_key
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, key
from hai_utils.show.figures.style import (
    FAINT,
    INK,
    LINE,
    ROW,
    TEXT,
    axes_at,
    group_style,
    is_narrow,
    new_canvas,
    shorten,
    text_width,
    width,
    wrap,
    write,
)
from hai_utils.show.figures.svg import figure
from hai_utils.show.wording import confidence_words

Effect = Literal["risk_difference", "hazard_ratio"]
# The combined estimates in their order: method, what it is called beside its diamond.
COMBINED: dict[Effect, tuple[tuple[str, str], ...]] = {
    "risk_difference": (("mantel_haenszel", "Mantel-Haenszel"),),
    "hazard_ratio": (("cox_stratified", "Stratified model"),),
}
RANDOM = (("paule_mandel_hartung_knapp", "Random effects"), ("paule_mandel", "Random effects"))
# How far an axis may reach to each side of no effect; what lies beyond ends in an arrow.
REACHES: dict[Effect, tuple[float, ...]] = {"risk_difference": (0.25, 0.5, 1.0), "hazard_ratio": (2.0, 5.0, 10.0, 20.0)}
UNITS: dict[Effect, str] = {"risk_difference": ", percentage points", "hazard_ratio": ""}
PLOT_LEFT, PLOT_WIDTH = 330.0, 168.0
LEVEL_RIGHT, REFERENCE_RIGHT, NAME_WIDTH = 228.0, 312.0, 146.0
# The level's heading ends over its counts and may begin over the names; the reference's may end over the plot.
REFERENCE_LEFT, HEADING_WIDTHS = LEVEL_RIGHT + 20, (150.0, 180.0)
TEXT_LEFT = PLOT_LEFT + PLOT_WIDTH + 12
# In the narrow drawing a center has two lines: name and counts, and under them the interval and the numbers.
NARROW_LEFT, NARROW_PLOT = 10.0, 176.0
STEP = 22.0
SMALLEST, LARGEST, DIAMOND = 4.0, 12.0, 7.0


@dataclass(frozen=True, slots=True)
class ForestLine:
    """One line of the plot.

    Attributes
    ----------
    name : str
        The center, or the method over centers.
    counts : tuple of str
        Events and patients of the level and of the reference; empty for a line over centers.
    value, lower, upper : float or None
        The estimate and its limits; a limit may be open.
    text : str
        What is printed at the right: the estimate with its interval, or why there is none.
    weight : float
        Share of the largest weight, 0 to 1.
    kind : {'center', 'combined', 'prediction'}
        How it is drawn.
    """

    name: str
    counts: tuple[str, ...]
    value: float | None
    lower: float | None
    upper: float | None
    text: str
    weight: float
    kind: Literal["center", "combined", "prediction"]


def forest(results: Results, variable: str, level: str, effect: Effect, centers: Sequence[str]) -> Content:
    """Draw one outcome's effect in each center and over all of them.

    Parameters
    ----------
    results : Results
        Of the overview.
    variable, level : str
        The outcome, and the group that is compared with the reference.
    effect : {'risk_difference', 'hazard_ratio'}
        What is drawn; a ratio on a logarithmic axis.
    centers : sequence of str
        Names of the centers in the order in which they are drawn.

    Returns
    -------
    Content
        A notice where no center has an estimate.
    """
    study = results.study
    label = study.variables[variable].plain
    lines = gather(results, variable, level, effect, centers)
    if not any(line.value is not None for line in lines):
        return Notice(f"{label}: there is no forest plot, because no center has an estimate.")
    versus = f"{study.label_of(level)} versus {study.reference_label}"
    name = f"forest-{variable}-{key(level)}".replace("_", "-")
    title: Text = (f"{label} by center: {STATISTICS[effect].words}, {versus}",)
    alt = _describe(lines)
    groups = (study.label_of(level), study.reference_label)
    sides = favored(variable, effect, groups)
    return figure(
        lambda: draw(lines, effect, groups, study.formatter, confidence_words(study), sides), name, title, alt
    )


def favored(variable: str, effect: Effect, groups: tuple[str, str]) -> tuple[str, str]:
    """Return what an effect to the left and to the right of none means: whom it favors, where that is known."""
    if effect == "hazard_ratio":
        return (f"favors {groups[0]}", f"favors {groups[1]}")
    return (f"favors {groups[1]}", f"favors {groups[0]}") if variable in DESIRED else ("lower", "higher")


def gather(
    results: Results, variable: str, level: str, effect: Effect, centers: Sequence[str]
) -> tuple[ForestLine, ...]:
    """Return the lines of the plot, those over centers last; nothing is drawn of what is not estimable, but it is said."""
    pair = comparison(level, results.study.reference)
    weights = {name: _weight(results, result_key(variable, pair, name, "weight")) for name in centers}
    heaviest = max(weights.values(), default=0.0) or 1.0
    groups = (level, results.study.reference)
    found = [
        _line(
            results, result_key(variable, pair, name, effect), name, "center",
            counts=tuple(_counts(results, variable, group, name, effect) for group in groups), weight=weights[name] / heaviest,
        )
        for name in centers
    ]  # fmt: skip
    stem = result_key(variable, pair, "combined", effect)
    methods = {record.method for record in results.methods(stem)}
    random = next(((method, words) for method, words in RANDOM if method in methods), None)
    for method, words in (*COMBINED[effect], *([random] if random else [])):
        found.append(_line(results, stem, words, "combined", method=method))
    if results.get(f"{stem}_prediction_lower").value is not None:
        found.append(_line(results, f"{stem}_prediction", "A new center", "prediction"))
    return tuple(found)


def _line(
    results: Results,
    stem: str,
    name: str,
    kind: Literal["center", "combined", "prediction"],
    *,
    counts: tuple[str, ...] = (),
    weight: float = 1.0,
    method: str = "",
) -> ForestLine:
    value = results.get(stem, method) if stem in results else None
    low, high = (_limit(results, f"{stem}_{side}", method) for side in ("lower", "upper"))
    if value is not None and value.value is None:
        return ForestLine(name, counts, None, None, None, f"not estimable: {value.note}", 0.0, kind)
    limits = results.study.formatter.range(low.formatted, high.formatted)
    text = f"{value.formatted} ({limits})" if value is not None else limits
    return ForestLine(
        name, counts, value.value if value is not None else None, low.value, high.value, text, weight, kind
    )


def _limit(results: Results, stem: str, method: str) -> Record:
    known = any(record.method == method for record in results.methods(stem))
    return results.get(stem, method if known else "")


def _weight(results: Results, stem: str) -> float:
    return float(results.get(stem).value or 0.0) if stem in results else 0.0


def _counts(results: Results, variable: str, group: str, center: str, effect: Effect) -> str:
    counted = next(outcome.counted for outcome in OUTCOMES.values() if outcome.effect.name == effect)
    count, n = (results.find(variable, center, name, level=group) for name in (counted, "n"))
    return f"{count.formatted}/{n.formatted}" if count.value is not None and n.value is not None else ""


def _describe(lines: Sequence[ForestLine]) -> str:
    centers = [line for line in lines if line.kind == "center"]
    shown = sum(line.value is not None for line in centers)
    parts = [f"{line.name}: {line.text}." for line in lines if line.kind != "center"]
    return f"Forest plot of {len(centers)} centers, {shown} with an estimate. {' '.join(parts)} The numbers of each center stand in the table."


# --- drawing ---


def draw(
    lines: Sequence[ForestLine],
    effect: Effect,
    groups: tuple[str, str],
    formatter: Formatter,
    confidence: str,
    sides: tuple[str, str] = ("lower", "higher"),
) -> Canvas:
    """Draw names and counts at the left, the intervals, and the numbers at the right, under headings of their own."""
    left, across = (NARROW_LEFT, NARROW_PLOT) if is_narrow() else (PLOT_LEFT, PLOT_WIDTH)
    step = 2 * STEP if is_narrow() else STEP
    headings = [_heading(group, room) for group, room in zip(groups, HEADING_WIDTHS, strict=True)]
    above = 2 * ROW + 8 if is_narrow() else ROW * (max(len(rows) for rows in headings) + 1) + 8
    centers = sum(line.kind == "center" for line in lines)
    gap = STEP / 2
    places = [above + step * (place + 1) - STEP / 2 + (gap if place >= centers else 0.0) for place in range(len(lines))]
    height = step * len(lines) + gap
    canvas = new_canvas(above + height + 58.0 + ROW)
    axes = axes_at(canvas, left, above, across, height)
    reach = reach_of(lines, effect)
    _prepare(axes, effect, reach, height, formatter)
    _head(canvas, headings, effect, confidence, above)
    for line, place in zip(lines, places, strict=True):
        _write_line(canvas, line, place)
        _draw_line(axes, line, place - above, reach, effect)
    for row, text in enumerate((f"← {sides[0]}", f"{sides[1]} →")):
        write(canvas, left + across / 2, above + height + 46 + ROW * row, shorten(text, width()), ha="center")
    return canvas


def _heading(group: str, width: float) -> list[str]:
    """Break a group's name after hyphens too: a heading has little room."""
    rows = wrap(group.replace("-", "- "), width, lines=3, bold=True)
    return [row.replace("- ", "-") for row in rows]


def reach_of(lines: Sequence[ForestLine], effect: Effect) -> float:
    """Return how far the axis reaches: as far as all estimates and the limits of most need."""
    widest = REACHES[effect]
    values = [line.value for line in lines if line.value is not None]
    limits = sorted(
        _distance(limit, effect) for line in lines if line.kind == "center" for limit in (line.lower, line.upper) if limit is not None
    )  # fmt: skip
    needed = [_distance(value, effect) for value in values] + limits[: max(1, len(limits) * 9 // 10)]
    return next((reach for reach in widest if reach >= max(needed)), widest[-1])


def _distance(value: float, effect: Effect) -> float:
    if effect == "risk_difference":
        return abs(value)
    return max(value, 1 / value) if value > 0 else REACHES[effect][-1]


def _ends(effect: Effect, reach: float) -> tuple[float, float]:
    return (-reach, reach) if effect == "risk_difference" else (1 / reach, reach)


def _prepare(axes: Axes, effect: Effect, reach: float, height: float, formatter: Formatter) -> None:
    low, high = _ends(effect, reach)
    if effect == "hazard_ratio":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    none = STATISTICS[effect].no_effect or 0.0
    ticks = (low, none, high)
    percent = effect == "risk_difference"
    axes.set_xticks(
        ticks, [formatter.percent(100 * t) if percent else formatter.number(t, 0 if t >= 1 else 2) for t in ticks]
    )
    axes.plot([none] * 2, [0, height], color=INK, linewidth=LINE, alpha=FAINT)


def _head(canvas: Canvas, headings: Sequence[Sequence[str]], effect: Effect, confidence: str, above: float) -> None:
    write(canvas, 0, above - 8 - (ROW if is_narrow() else 0.0), "Center", fontweight="bold")
    if is_narrow():
        write(
            canvas, width(), above - 8 - ROW, f"{_counted(effect)[0]}/N in either group", fontweight="bold", ha="right"
        )
        write(
            canvas,
            width(),
            above - 8,
            shorten(f"{STATISTICS[effect].heading}{UNITS[effect]} ({confidence})", width(), bold=True),
            fontweight="bold",
            ha="right",
        )
        return
    for right in (LEVEL_RIGHT, REFERENCE_RIGHT):
        write(canvas, right, above - 8, f"{_counted(effect)[0]}/N", fontweight="bold", ha="right")
    for place_x, align, rows in zip((LEVEL_RIGHT, REFERENCE_LEFT), ("right", "left"), headings, strict=True):
        for place, row in enumerate(rows):
            write(canvas, place_x, above - 8 - ROW * (len(rows) - place), row, fontweight="bold", ha=align)
    write(
        canvas,
        width(),
        above - 8,
        f"{STATISTICS[effect].heading}{UNITS[effect]} ({confidence})",
        fontweight="bold",
        ha="right",
    )


def _counted(effect: Effect) -> tuple[str, ...]:
    """Return what is counted in a group of a center, as a heading."""
    counted = next(outcome.counted for outcome in OUTCOMES.values() if outcome.effect.name == effect)
    return ("Events",) if counted == "events" else ("n",)


def _write_line(canvas: Canvas, line: ForestLine, place: float) -> None:
    base = place + TEXT / 3
    weight = "normal" if line.kind == "center" else "bold"
    if is_narrow():
        counts = " : ".join(line.counts)
        room = width() - text_width(counts) - 12
        write(canvas, 0, base - STEP, shorten(line.name, room, bold=weight == "bold"), fontweight=weight)
        write(canvas, width(), base - STEP, counts, ha="right")
        text = shorten(line.text, width() - NARROW_LEFT - NARROW_PLOT - 12, bold=weight == "bold")
        write(canvas, width(), base, text, fontweight=weight, ha="right")
        return
    room = NAME_WIDTH if line.counts else PLOT_LEFT - 14
    write(canvas, 0, base, shorten(line.name, room, bold=weight == "bold"), fontweight=weight)
    for right, text in zip((LEVEL_RIGHT, REFERENCE_RIGHT), line.counts, strict=False):
        write(canvas, right, base, text, ha="right")
    if line.lower is None and line.upper is None and line.value is None:
        write(canvas, PLOT_LEFT + 4, base, shorten(line.text, width() - PLOT_LEFT - 4), alpha=0.8)
        return
    fits = text_width(line.text, bold=weight == "bold") <= width() - TEXT_LEFT
    write(
        canvas,
        width(),
        base,
        line.text if fits else shorten(line.text, width() - TEXT_LEFT),
        fontweight=weight,
        ha="right",
    )


def _draw_line(axes: Axes, line: ForestLine, y: float, reach: float, effect: Effect) -> None:
    low, high = _ends(effect, reach)
    left = low if line.lower is None or line.lower < low else line.lower
    right = high if line.upper is None or line.upper > high else line.upper
    if line.lower is None and line.upper is None:
        left = right = line.value if line.value is not None else 0.0
    colour = INK if line.kind == "center" else group_style(0).colour
    if line.kind == "combined" and line.value is not None:
        corners = [max(left, low), min(max(line.value, low), high), min(right, high), min(max(line.value, low), high)]
        axes.fill(corners, [y, y - DIAMOND, y, y + DIAMOND], facecolor=colour, edgecolor=colour, label=line.name)
        return
    if right > left:
        dashes = "-" if line.kind == "center" else (0, (4, 2))
        axes.plot([left, right], [y, y], color=colour, linewidth=1.6, linestyle=dashes, label=f"{line.name} interval")
        for end, limit, marker in ((low, line.lower, "<"), (high, line.upper, ">")):
            if limit is None or not low <= limit <= high:
                axes.plot([end], [y], marker=marker, markersize=6, color=colour, clip_on=False)
    if line.value is not None and low <= line.value <= high:
        size = SMALLEST + (LARGEST - SMALLEST) * line.weight**0.5
        axes.plot(
            [line.value], [y], marker="s", markersize=size, color=colour, linestyle="", label=line.name, clip_on=False
        )
