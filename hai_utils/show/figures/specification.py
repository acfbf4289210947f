"""The specification curve: every admissible analysis, sorted by its effect, with its interval, its P and its choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import NullFormatter, NullLocator

from hai_utils.catalogue.other_choices import ALL
from hai_utils.results.formatting import Formatter
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, key
from hai_utils.show.figures.style import (
    FAINT,
    INK,
    LINE,
    ROW,
    axes_at,
    group_style,
    is_narrow,
    new_canvas,
    shorten,
    width,
    wrap,
    write,
)
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.words import source_note
from hai_utils.show.tables.other_choices import why_not
from hai_utils.show.wording import between_groups, confidence_words

NAME = "figure-specification"
LEFT, RIGHT = 262.0, 8.0
# In the narrow drawing the name of a choice stands over its marks, and the title of a plot over the plot.
NARROW_LEFT = 56.0
EFFECTS, P_VALUES, CHOICE = 190.0, 90.0, 17.0
HEADING = 26.0
# What the choices are about, in the order in which an analysis names them.
CHOICES = ("Criterion", "Response", "Patients", "Test", "Interval or model")
FEWEST_P, P_TICKS = 0.001, (0.001, 0.01, 0.05, 0.2, 1.0)
_COLUMNS: tuple[str, ...] = (
    "rank", "effect", "lower", "upper", "p_value", "criterion", "response", "patients", "test", "interval_or_model", "reported",
)  # fmt: skip
RATIO_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Shown:
    """One analysis as it is drawn: effect and limits, P, the words of its choices, whether it is the reported one."""

    effect: float
    lower: float | None
    upper: float | None
    p_value: float
    words: tuple[str, ...]
    reported: bool


def specification(results: Results) -> Content:
    """Draw the curve of the first comparison with the reference; a notice where there is none."""
    study = results.study
    for group, pair in study.pairs:
        shown = gather(results, pair)
        if not shown:
            continue
        ratio = key(ALL, pair, "hazard_ratio") in results
        name = results.get(key(ALL, pair, "analyses")).label.partition(": ")[2]
        title: Text = (f"{name}, {between_groups(study, group)}: all admissible analyses",)
        alt = _describe(results, shown, ratio=ratio)
        drawing = partial(draw, results, shown, ratio=ratio)
        return figure(drawing, NAME, title, alt, _notes(results, ratio=ratio), data=_rows(shown))
    return Notice(why_not(study) or "There is no primary endpoint to analyze in several ways.")


def gather(results: Results, pair: str) -> tuple[Shown, ...]:
    """Return the analyses in the order of their effects."""
    stem = key(ALL, pair)
    found = []
    for point, p_value in zip(results.series(f"{stem}.effect"), results.series(f"{stem}.p"), strict=True):
        *words, mark = point.mark.split("|")
        found.append(Shown(point.y, point.lower, point.upper, p_value.y, tuple(words), bool(mark)))
    return tuple(found)


def choices(shown: Sequence[Shown]) -> list[tuple[str, list[str]]]:
    """Return what was chosen from, by what it is about; what has one choice alone is left out."""
    found = []
    for place, heading in enumerate(CHOICES):
        words = list(dict.fromkeys(one.words[place] for one in shown if one.words[place]))
        if len(words) > 1:
            found.append((heading, sorted(words)))
    return found


def draw(results: Results, shown: Sequence[Shown], *, ratio: bool) -> Canvas:
    """Draw effects above, P below them, and under both which choices each analysis made."""
    listed = choices(shown)
    left, pitch = (NARROW_LEFT, 2 * CHOICE) if is_narrow() else (LEFT, CHOICE)
    top, across = 2 * ROW, width() - left - RIGHT
    under = top + EFFECTS + HEADING + (1.5 * ROW if is_narrow() else 0.0)
    low = under + P_VALUES + 8
    canvas = new_canvas(low + sum(HEADING + pitch * len(words) for _, words in listed) + 6)
    title = f"Hazard ratio ({confidence_words(results.study)})" if ratio else "Risk difference, percentage points"
    for row, words_of_title in enumerate(wrap(title, width() if is_narrow() else left - 60, lines=2)):
        write(canvas, 0, (16 if is_narrow() else top + 14) + ROW * row, words_of_title)
    _effects(axes_at(canvas, left, top, across, EFFECTS), shown, results.study.formatter, ratio=ratio)
    write(canvas, 0, under - 16 if is_narrow() else under + 14, "P value")
    _p_values(axes_at(canvas, left, under, across, P_VALUES), results, shown)
    for heading, words in listed:
        write(canvas, 0, low + 18, heading, fontweight="bold")
        axes = axes_at(canvas, left, low + HEADING, across, pitch * len(words))
        _chosen(axes, shown, CHOICES.index(heading), words)
        for place, word in enumerate(words):
            room = width() - 12 if is_narrow() else left - 22
            write(canvas, 10, low + HEADING + pitch * place + 14, shorten(word, room))
        low += HEADING + pitch * len(words)
    return canvas


def _prepare(axes: Axes, shown: Sequence[Shown]) -> None:
    axes.set_xlim(0, len(shown) + 1)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    for rank, one in enumerate(shown, start=1):
        if one.reported:
            axes.axvline(rank, color=INK, linewidth=LINE, linestyle=(0, (2, 2)))


def _effects(axes: Axes, shown: Sequence[Shown], formatter: Formatter, *, ratio: bool) -> None:
    scale = 1.0 if ratio else 100.0
    _prepare(axes, shown)
    if ratio:
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(RATIO_TICKS[0], RATIO_TICKS[-1])
        axes.set_yticks(RATIO_TICKS, [formatter.as_given(tick) for tick in RATIO_TICKS])
    else:
        axes.set_ylim(-100, 100)
        axes.set_yticks([-100, -50, 0, 50, 100], ["−100", "−50", "0", "50", "100"])
    colour, ranks = group_style(0).colour, range(1, len(shown) + 1)
    bottom, top = axes.get_ylim()
    lower = [bottom if one.lower is None else min(max(one.lower * scale, bottom), top) for one in shown]
    upper = [top if one.upper is None else max(min(one.upper * scale, top), bottom) for one in shown]
    axes.vlines(ranks, lower, upper, color=colour, linewidth=0.8, alpha=FAINT, label="intervals")
    axes.plot(ranks, [one.effect * scale for one in shown], ".", color=colour, markersize=4, label="effects")
    axes.axhline(1.0 if ratio else 0.0, color=INK, linewidth=LINE)


def _p_values(axes: Axes, results: Results, shown: Sequence[Shown]) -> None:
    _prepare(axes, shown)
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(FEWEST_P, 1.0)
    axes.set_yticks(P_TICKS, [results.study.formatter.as_given(tick) for tick in P_TICKS])
    axes.axhline(float(results.study.parameters["significance_level"]), color=INK, linewidth=LINE)
    values = [max(one.p_value, FEWEST_P) for one in shown]
    axes.plot(range(1, len(shown) + 1), values, ".", color=INK, markersize=4, label="P values")


def _chosen(axes: Axes, shown: Sequence[Shown], about: int, words: Sequence[str]) -> None:
    axes.set_xlim(0, len(shown) + 1)
    axes.set_ylim(len(words), 0)
    axes.axis("off")
    # Marks stand beside the name, or in the lower half of the row under it.
    row = {word: place + (0.78 if is_narrow() else 0.5) for place, word in enumerate(words)}
    places = [(rank, row[one.words[about]]) for rank, one in enumerate(shown, start=1) if one.words[about] in row]
    axes.plot(*zip(*places, strict=True), "|", color=INK, markersize=9, markeredgewidth=1.1, label="choices")
    for rank, one in enumerate(shown, start=1):
        if one.reported and one.words[about] in row:
            axes.plot([rank], [row[one.words[about]]], "o", color=group_style(1).colour, markersize=8, label="reported")


def _rows(shown: Sequence[Shown]) -> list[tuple[str, ...]]:
    rows = [_COLUMNS]
    for rank, one in enumerate(shown, start=1):
        numbers = ("" if value is None else repr(value) for value in (one.effect, one.lower, one.upper, one.p_value))
        rows.append((str(rank), *numbers, *one.words, "yes" if one.reported else "no"))
    return rows


def _notes(results: Results, *, ratio: bool) -> tuple[Text, ...]:
    study = results.study
    first = (
        f"Each column is one admissible analysis, in the order of the {'hazard ratio' if ratio else 'risk difference'}, with its interval "
        f"({confidence_words(study)}), its P value and its choices; dashed line and dot: the analysis that is reported. Tests and "
        "intervals that the counts are too small for are not admissible (Methods)."
    )
    return ((first,), source_note(study))


def _describe(results: Results, shown: Sequence[Shown], *, ratio: bool) -> str:
    scale, unit = (1.0, "") if ratio else (100.0, " percentage points")
    formatter, effects = results.study.formatter, [one.effect for one in shown]
    ends = [formatter.number(value * scale, 2 if ratio else 0) for value in (min(effects), max(effects))]
    level = float(results.study.parameters["significance_level"])
    return (
        f"{len(shown)} analyses, effects from {ends[0]} to {ends[1]}{unit}; "
        f"{sum(one.p_value < level for one in shown)} with P below {formatter.as_given(level)}."
    )
