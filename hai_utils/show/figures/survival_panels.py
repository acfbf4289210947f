"""Several endpoints in one figure, a panel each (A, B, C), with one legend: as journals print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure as Canvas

from hai_utils.results.formatting import Formatter
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, clause, join
from hai_utils.show.figures.curves import DrawnCurve, axis_end, ticks_of
from hai_utils.show.figures.style import (
    CURVE,
    ROW,
    is_narrow,
    new_canvas,
    shorten,
    stroke,
    text_width,
    width,
    wrap,
    write,
)
from hai_utils.show.figures.survival import (
    CurvesPlan,
    comparisons,
    describe,
    drawn_until,
    lettering,
    plan_endpoint,
    too_few,
)
from hai_utils.show.figures.survival_drawing import SAMPLE, Lettering, dashes, draw_panel
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.words import SeriesRows, source_note
from hai_utils.show.wording import confidence_words, in_text, method_name, people

NAME = "figure-survival-panels"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Beside each other in the wide drawing, below each other in the narrow one.
PLOT_HEIGHT, GAP, LEFT, RIGHT = 210.0, 18.0, 50.0, 14.0
MOST_ACROSS = 3
# Room for a title of two lines, and for the label of the axis under it.
TITLE = 2.8 * ROW
MOST_TICKS = 5


def survival_panels(results: Results) -> Content:
    """Draw the curves of all endpoints by group in panels; a notice where there are not two that have any.

    Parameters
    ----------
    results : Results
        With the curves of the endpoints.
    """
    study = results.study
    if study.gated:
        return too_few(study, "of several endpoints")
    plans = [
        plan
        for endpoint in study.endpoints
        if endpoint.figure and (plan := plan_endpoint(results, endpoint.name)) is not None and len(plan.curves) > 1
    ]
    if len(plans) < 2:
        return Notice("There is no figure of several endpoints: fewer than two have curves by group.")
    title = f"Survival by {in_text(study.group_label)}: {'; '.join(f'{letter}, {in_text(plan.vertical)}' for letter, plan in _lettered(plans))}"
    alt = " ".join(f"Panel {letter}. {describe(results, plan)}" for letter, plan in _lettered(plans))
    words = [lettering(results, plan) for plan in plans]
    grid = study.parameters["time_grid_months"]
    shown = [replace(plan, curves=_until(plan, drawn_until(study, plan.curves))) for plan in plans]
    data = SeriesRows([(f"{plan.vertical}: {curve.label}", curve.points) for plan in plans for curve in plan.curves])
    notes = (_compared(results, plans), _method(results), source_note(study))
    return figure(lambda: draw(shown, words, grid, study.formatter), NAME, (title,), alt, notes, data=data)


def _until(plan: CurvesPlan, end: float | None) -> tuple[DrawnCurve, ...]:
    return plan.curves if end is None else tuple(curve.until(end) for curve in plan.curves)


def _lettered(plans: Sequence[CurvesPlan]) -> list[tuple[str, CurvesPlan]]:
    return list(zip(LETTERS, plans, strict=False))


def draw(
    plans: Sequence[CurvesPlan], words: Sequence[Lettering], grid: Sequence[float], formatter: Formatter
) -> Canvas:
    """Draw the panels with the numbers at risk under each, and one legend under all."""
    across = 1 if is_narrow() else min(MOST_ACROSS, len(plans))
    labels = {curve.label: curve.style for plan in plans for curve in plan.curves}
    groups = max(len(plan.curves) for plan in plans)
    room = width() / across
    height = TITLE + PLOT_HEIGHT + 2 * ROW + (groups + 1) * ROW + GAP
    legend = _legend(list(labels))
    lines = -(-len(plans) // across)
    canvas = new_canvas(lines * height + ROW * (len(legend) + 1) + 6.0)
    for place, (letter, plan) in enumerate(_lettered(plans)):
        left, top = room * (place % across), height * (place // across)
        _panel(canvas, letter, plan, words[place], (left, top, room), grid, formatter)
    for row, names in enumerate(legend):
        base, left = lines * height + ROW * (row + 1), 0.0
        for name in names:
            style = labels[name]
            stroke(
                canvas,
                (left, left + SAMPLE),
                (base - 5, base - 5),
                color=style.colour,
                linewidth=CURVE,
                linestyle=dashes(style),
            )
            write(canvas, left + SAMPLE + 6, base, shorten(name, width() - SAMPLE - 8))
            left += SAMPLE + text_width(name) + 26
    return canvas


def _panel(
    canvas: Canvas, letter: str, plan: CurvesPlan, words: Lettering, place: tuple[float, float, float],
    grid: Sequence[float], formatter: Formatter,
) -> None:  # fmt: skip
    left, top, room = place
    plot = room - LEFT - RIGHT
    most = min(MOST_TICKS, int(plot / 40))
    times = ticks_of(plan.curves, grid, most=most)
    end = axis_end(times, max(curve.end for curve in plan.curves))
    write(canvas, left, top + 16, letter, fontweight="bold")
    for row, text in enumerate(wrap(plan.vertical, room - 30, lines=2)):
        write(canvas, left + 20, top + 16 + ROW * row, text)
    under = top + TITLE + PLOT_HEIGHT
    draw_panel(canvas, plan.curves, words.band, (left + LEFT, top + TITLE, plot, PLOT_HEIGHT), times, end, formatter)
    write(canvas, left + LEFT + plot / 2, under + 2 * ROW + 2, "Months", ha="center")
    base = under + 3 * ROW + 4
    write(canvas, left, base, "At risk")
    for row, curve in enumerate(plan.curves, start=1):
        level = base + ROW * row - 5
        stroke(
            canvas, (left, left + 22), (level, level), color=curve.style.colour, linewidth=CURVE,
            linestyle=dashes(curve.style),
        )  # fmt: skip
        for time in times:
            text = formatter.count(curve.at_risk(time))
            write(canvas, left + LEFT + plot * time / end, base + ROW * row, text, ha="center")


def _legend(names: Sequence[str]) -> list[list[str]]:
    """Return the names of the groups in rows that fit the width."""
    rows: list[list[str]] = []
    used = width()
    for name in names:
        needed = SAMPLE + text_width(name) + 26
        if used + needed > width():
            rows.append([])
            used = 0.0
        rows[-1].append(name)
        used += needed
    return rows


def _compared(results: Results, plans: Sequence[CurvesPlan]) -> Text:
    parts: list[Text] = []
    for letter, plan in _lettered(plans):
        parts += [clause(f"{letter}: ", effect, f" ({who}).") for effect, who in comparisons(results, plan)]
    return join(*parts)


def _method(results: Results) -> Text:
    study = results.study
    band = method_name(study.parameters["survival_interval"])
    return (
        f"Kaplan-Meier estimates with pointwise {confidence_words(study)} ({band}); a tick marks a censored time. Under each axis: "
        f"{people(study)} at risk. Time zero, events and censoring stand under the figure of each endpoint.",
    )
