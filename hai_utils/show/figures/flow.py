"""The flow diagram: from all rows of the file to the groups that are compared, as the code applied it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from hai_utils.catalogue.endpoints import IN_FILE
from hai_utils.results.formatting import WITHHELD, Formatter
from hai_utils.results.study import Step, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, key, listed, plain
from hai_utils.show.figures.style import (
    INK,
    LINE,
    ROW,
    TEXT,
    height_of,
    is_narrow,
    new_canvas,
    shorten,
    stroke,
    text_width,
    width,
    width_of,
    wrap,
    write,
)
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.words import source_note
from hai_utils.show.wording import in_text, people, why_withheld

NAME = "figure-flow"
PADDING = 7.0
SPACE, GUTTER = 26.0, 16.0
TRUNK_WIDTH = 280.0
SIDE_LEFT = 400.0
MOST_COLUMNS = 5
# In the narrow drawing the trunk stands at the left, beside those left out.
NARROW_TRUNK, NARROW_SIDE, NARROW_COLUMNS = 178.0, 204.0, 2
WIDEST_GROUP = 310.0
LINES = 4
# What a member of a group can be counted in, with the words of the diagram.
AVAILABLE = (
    ("objective_response", "evaluable for response"),
    *((endpoint.name, f"with {endpoint.within_text}") for endpoint in IN_FILE),
)


@dataclass(frozen=True, slots=True)
class Node:
    """One box: a heading with its count, None where it is withheld, and lines of what its members were counted in."""

    heading: str
    count: int | None
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagram:
    """The boxes of a flow diagram, from the top."""

    start: Node
    left_out: tuple[Node, ...]
    analysed: Node
    groups: tuple[Node, ...]


def flow(results: Results) -> Content:
    """Supplementary figure: who was left out, and why, and who was compared.

    Parameters
    ----------
    results : Results
        Whose study knows each step of the flow.

    Returns
    -------
    Content
        A notice where the flow is not known.
    """
    study = results.study
    if not study.flow:
        return Notice("There is no flow diagram: the steps from the file to the groups are not known.")
    diagram = gather(results)
    title: Text = (f"Flow of {people(study)} from the cohort file to the groups, by {in_text(study.group_label)}",)
    alt = describe(study, diagram)
    steps = tuple((step.kind, step.label, WITHHELD if step.count is None else str(step.count)) for step in study.flow)
    notes = (_unmet(study), _withheld(study), source_note(study))
    data = (("step", "label", "count"), *steps)
    return figure(lambda: draw(diagram, study.formatter), NAME, title, alt, notes, data=data)


def gather(results: Results) -> Diagram:
    """Return the boxes in the words of the study; an exclusion that applies to nobody has none."""
    study = results.study
    steps: dict[str, list[Step]] = {}
    for step in study.flow:
        steps.setdefault(step.kind, []).append(step)
    left_out = [*steps.get("excluded", []), *steps.get("no_group", [])]
    levels = [group.level for group in study.groups]
    return Diagram(
        Node(f"All {people(study)} of the file", steps["all"][0].count if "all" in steps else study.size),
        tuple(Node(step.label, step.count) for step in left_out if step.count != 0),
        Node(f"Compared by {in_text(study.group_label)}", steps["analysed"][0].count if "analysed" in steps else 0),
        tuple(
            Node(step.label, step.count, _available(results, level))
            for step, level in zip(steps.get("group", []), levels, strict=True)
        ),
    )


def _available(results: Results, level: str) -> tuple[str, ...]:
    found = []
    for name, words in AVAILABLE:
        stem = f"{key(name, level)}.n"
        if stem in results and not results.get(stem).withheld:
            found.append(f"{results.get(stem).formatted} {words}")
    return tuple(found)


def _unmet(study: Study) -> Text:
    unmet = [(step.label,) for step in study.flow if step.kind == "excluded" and step.count == 0]
    if not unmet:
        return ()
    return (
        f"{'The exclusion applies' if len(unmet) == 1 else 'These exclusions apply'} to nobody: {plain(listed(unmet))}.",
    )


def _withheld(study: Study) -> Text:
    if all(step.count is not None for step in study.flow):
        return ()
    return (f"A number that is not shown is {why_withheld(study)}, itself or by subtraction.",)


def describe(study: Study, diagram: Diagram) -> str:
    """Say the flow in words, with its counts."""
    parts = [f"{diagram.start.heading}: {_count(diagram.start)}."]
    parts += [f"Excluded: {_count(node)} ({node.heading})." for node in diagram.left_out]
    parts.append(f"{diagram.analysed.heading}: {_count(diagram.analysed)}.")
    for node in diagram.groups:
        counted = f", of whom {', '.join(node.details)}" if node.details else ""
        parts.append(f"{node.heading}: {_count(node)}{counted}.")
    return f"Flow diagram of {people(study)}. {' '.join(parts)}"


def _count(node: Node) -> str:
    return "number withheld" if node.count is None else str(node.count)


def _in_brackets(node: Node, formatter: Formatter) -> str:
    return "(n withheld)" if node.count is None else f"(n={formatter.count(node.count)})"


@dataclass(frozen=True, slots=True)
class FlowBox:
    """A box with its text, in units from the upper left corner."""

    left: float
    top: float
    width: float
    rows: tuple[str, ...]
    bold: int

    @property
    def height(self) -> float:
        """Height with the padding."""
        return 2 * PADDING + ROW * len(self.rows) - 4

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """Half way across."""
        return self.left + self.width / 2


def _box(node: Node, formatter: Formatter, *, left: float, top: float, width: float) -> FlowBox:
    inside = width - 2 * PADDING
    count = _in_brackets(node, formatter)
    heading = wrap(f"{node.heading} {count}", inside, lines=LINES, bold=True)
    if not heading[-1].endswith(count):
        heading = [*wrap(node.heading, inside, lines=LINES - 1, bold=True), count]
    details = [row for text in node.details for row in wrap(text, inside, lines=3)]
    return FlowBox(left, top, width, (*heading, *details), len(heading))


def draw(diagram: Diagram, formatter: Formatter) -> Canvas:
    """Draw the trunk from the top, those left out beside it, the groups below."""
    trunk, sides, end = _layout_trunk(diagram, formatter)
    groups = _layout_groups(diagram.groups, formatter, end.bottom + 2 * SPACE)
    canvas = new_canvas(max([end.bottom, *(box.bottom for box in groups)]) + 2)
    for box in (trunk, *sides, end, *groups):
        _draw_box(canvas, box)
    _arrow(canvas, (trunk.middle, end.middle), (trunk.bottom, end.top))
    for side in sides:
        level = side.top + side.height / 2
        _arrow(canvas, (trunk.middle, side.left), (level, level))
    _branch(canvas, end, groups)
    return canvas


def _layout_trunk(diagram: Diagram, formatter: Formatter) -> tuple[FlowBox, tuple[FlowBox, ...], FlowBox]:
    trunk, side_left = (NARROW_TRUNK, NARROW_SIDE) if is_narrow() else (TRUNK_WIDTH, SIDE_LEFT)
    left = 1.0 if is_narrow() else (width() - trunk) / 2
    start = _box(diagram.start, formatter, left=left, top=1, width=trunk)
    top = start.bottom + SPACE
    sides: list[FlowBox] = []
    for node in diagram.left_out:
        side = _box(
            Node(f"Excluded: {node.heading}", node.count),
            formatter,
            left=side_left,
            top=top,
            width=width() - side_left - 1,
        )
        sides.append(side)
        top = side.bottom + GUTTER
    end = _box(
        diagram.analysed,
        formatter,
        left=left,
        top=(sides[-1].bottom if sides else start.bottom) + SPACE,
        width=trunk,
    )
    return start, tuple(sides), end


def _layout_groups(nodes: Sequence[Node], formatter: Formatter, top: float) -> tuple[FlowBox, ...]:
    """Set the groups side by side under the trunk; more than fit share one box, a line each."""
    if len(nodes) > (NARROW_COLUMNS if is_narrow() else MOST_COLUMNS):
        rows = [_line(node, formatter, width() - 2 * PADDING - 2) for node in nodes]
        return (FlowBox(1, top, width() - 2, tuple(rows), len(rows)),)
    across = min(WIDEST_GROUP, (width() - 2 - GUTTER * (len(nodes) - 1)) / max(1, len(nodes)))
    start = (width() - across * len(nodes) - GUTTER * (len(nodes) - 1)) / 2
    return tuple(
        _box(node, formatter, left=start + at * (across + GUTTER), top=top, width=across)
        for at, node in enumerate(nodes)
    )


def _line(node: Node, formatter: Formatter, width: float) -> str:
    count = _in_brackets(node, formatter)
    return f"{shorten(node.heading, width - text_width(f' {count}', bold=True), bold=True)} {count}"


def _draw_box(canvas: Canvas, box: FlowBox) -> None:
    total, whole = height_of(canvas), width_of(canvas)
    canvas.add_artist(
        Rectangle(
            (box.left / whole, 1 - box.bottom / total), box.width / whole, box.height / total,
            transform=canvas.transFigure, facecolor="none", edgecolor=INK, linewidth=LINE,
        )
    )  # fmt: skip
    for place, row in enumerate(box.rows):
        weight = "bold" if place < box.bold else "normal"
        write(
            canvas,
            box.left + PADDING,
            box.top + PADDING + ROW * (place + 1) - 7,
            row,
            fontsize=TEXT,
            fontweight=weight,
        )


def _arrow(canvas: Canvas, xs: tuple[float, float], ys: tuple[float, float]) -> None:
    """Draw a straight arrow, downwards or to the right."""
    stroke(canvas, xs, ys)
    down = xs[0] == xs[1]
    end = (xs[1], ys[1] - 4) if down else (xs[1] - 4, ys[1])
    stroke(canvas, (end[0],), (end[1],), marker="v" if down else ">", markersize=7, linestyle="")


def _branch(canvas: Canvas, trunk: FlowBox, groups: Sequence[FlowBox]) -> None:
    """Join the trunk with each group."""
    if not groups:
        return
    level = trunk.bottom + SPACE
    stroke(canvas, (trunk.middle, trunk.middle), (trunk.bottom, level))
    ends = [trunk.middle, *(box.middle for box in groups)]
    stroke(canvas, (min(ends), max(ends)), (level, level))
    for box in groups:
        _arrow(canvas, (box.middle, box.middle), (level, box.top))
