"""The switchboard: the response of each patient by each criterion, and to another reader, a panel a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from hai_utils.catalogue.other_choices import REREAD, Switch
from hai_utils.results.series import Point
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, key
from hai_utils.show.figures.style import (
    FAINT,
    INK,
    ROW,
    GroupStyle,
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
from hai_utils.show.figures.words import SeriesRows, source_note
from hai_utils.show.tables.other_choices import NO_RESPONSE, reported, switches_of, why_not
from hai_utils.show.wording import people

NAME = "figure-switchboard"
LEFT, RIGHT, CELL, GAP = 262.0, 4.0, 24.0, 16.0
# In the narrow drawing the name of a criterion stands over its cells.
NAME_ROW = 22.0
CHANCES = 48.0
# What tells a response from another of the same filling.
MARKS = {"CR": ("o", "#FFFFFF"), "PD": ("x", INK), "NE": ("_", INK)}


@dataclass(frozen=True, slots=True)
class Panel:
    """One group: its calls by criterion, each from the greatest reduction down, and each patient's chance of response."""

    group: Group
    style: GroupStyle
    calls: dict[str, Sequence[Point]]
    chances: Sequence[Point]

    @property
    def size(self) -> int:
        """Patients of the group."""
        return max((len(points) for points in self.calls.values()), default=0)


def switchboard(results: Results) -> Content:
    """Draw who responds by which criterion; a notice where there is no other criterion to call a response by."""
    study, switches = results.study, switches_of(results)
    if not switches:
        return Notice(why_not(study) or NO_RESPONSE)
    panels = gather(results, switches)
    title: Text = ("Response by each criterion, and chance of response at another reading",)
    alt = _describe(results, switches, panels)
    parts = [(panel.group.label, points) for panel in panels for points in (*panel.calls.values(), panel.chances)]
    drawing = partial(draw, results, switches, panels)
    return figure(drawing, NAME, title, alt, _notes(study), data=SeriesRows(parts))


def gather(results: Results, switches: Sequence[Switch]) -> tuple[Panel, ...]:
    """Return the groups in their printed order."""
    return tuple(
        Panel(
            group,
            group_style(place),
            {switch.name: results.series(key(switch.variable, group.level, "call")) for switch in switches},
            results.series(key(REREAD, group.level, "chance")),
        )
        for place, group in enumerate(results.study.groups)
    )


def draw(results: Results, switches: Sequence[Switch], panels: Sequence[Panel]) -> Canvas:
    """Draw a row a criterion and a column a patient, and under them each patient's chance of response."""
    top, above = 3 * ROW, NAME_ROW if is_narrow() else 0.0
    pitch, margin = CELL + above, 0.0 if is_narrow() else LEFT
    low = top + len(switches) * pitch + ROW + (above and above + ROW)
    canvas = new_canvas(low + CHANCES + 10)
    for place, switch in enumerate(switches):
        heavy = {"fontweight": "bold"} if reported(results, switch) else {}
        room = width() if is_narrow() else LEFT - 8
        write(canvas, 0, top + place * pitch + 17, shorten(switch.words, room, bold=bool(heavy)), **heavy)
    words = low - above - 8 if is_narrow() else low + CHANCES / 2
    write(canvas, 0, words, "Chance of response at")
    write(canvas, 0, words + ROW, "another reading, 0 to 100%")
    room = width() - margin - RIGHT - GAP * (len(panels) - 1)
    total = max(1, sum(panel.size for panel in panels))
    left = margin
    for panel in panels:
        across = room * panel.size / total
        if panel.size:
            _draw_panel(canvas, panel, left, top, across, low, pitch=pitch)
            heading = f"{panel.group.label} (n={panel.size})"
            lines = wrap(heading, max(across, 60.0), lines=2, bold=True)
            for row, text in enumerate(lines):
                write(canvas, left, top - ROW * (len(lines) - row), text, fontweight="bold")
        left += across + GAP
    return canvas


def _draw_panel(
    canvas: Canvas, panel: Panel, left: float, top: float, across: float, low: float, *, pitch: float
) -> None:
    axes = axes_at(canvas, left, top, across, len(panel.calls) * pitch)
    axes.set_xlim(0, panel.size)
    # One unit of the vertical axis is one of the drawing, counted downwards; names take what a cell leaves of its row.
    axes.set_ylim(len(panel.calls) * pitch, 0)
    tops = [place * pitch + pitch - CELL for place in range(len(panel.calls))]
    axes.axis("off")
    cell = across / panel.size
    for row, points in zip(tops, panel.calls.values(), strict=True):
        for column, point in enumerate(points):
            yes = point.y == 1
            axes.add_patch(
                Rectangle(
                    (column + 0.06, row + 2), 0.88, CELL - 4, facecolor=panel.style.colour if yes else "none",
                    edgecolor=INK, alpha=1.0 if yes else FAINT, linewidth=0.6 if cell > 4 else 0.0,
                )
            )  # fmt: skip
    for mark, (sign, colour) in MARKS.items():
        marked = [
            (column + 0.5, row + CELL / 2)
            for row, points in zip(tops, panel.calls.values(), strict=True)
            for column, point in enumerate(points)
            if point.mark == mark
        ]
        if marked:
            axes.plot(*zip(*marked, strict=True), sign, color=colour, markersize=min(8.0, cell / 2.2), label=mark)
    chances = axes_at(canvas, left, low, across, CHANCES)
    chances.set_xlim(0, panel.size)
    chances.set_ylim(0, 1)
    chances.set_xticks([])
    chances.set_yticks([])
    chances.bar(
        [point.x - 0.5 for point in panel.chances], [point.y for point in panel.chances], width=0.8,
        color=panel.style.colour,
    )  # fmt: skip


def _notes(study: Study) -> tuple[Text, ...]:
    first = (
        f"Columns: the {people(study)} of each group, from the greatest reduction to the greatest growth; bold: the criterion of "
        "this run. Filled, response; with a dot, complete response; ×, progressive disease; –, not evaluable."
    )
    return ((first,), source_note(study))


def _describe(results: Results, switches: Sequence[Switch], panels: Sequence[Panel]) -> str:
    parts = [
        f"{switch.words}: "
        + ", ".join(
            f"{panel.group.label} {sum(int(point.y) for point in panel.calls[switch.name])} of {panel.size}"
            for panel in panels
        )
        for switch in switches
    ]
    unsure = sum(0.05 < point.y < 0.95 for panel in panels for point in panel.chances)
    return (
        f"A line of cells for each criterion, a column for each {people(results.study, 1)}; filled where the criterion gives a response. Responses by {'; '.join(parts)}. "
        f"At another reading {unsure} would have a chance of response between 5% and 95%."
    )
