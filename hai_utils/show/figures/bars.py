"""What a waterfall plot is drawn from: bars, thresholds, and where they stand; no drawing here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.path import Path

from hai_utils.results.formatting import Formatter
from hai_utils.results.series import Point
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import key
from hai_utils.show.criterion import criterion_of
from hai_utils.show.figures.style import GroupStyle, group_style

LOWEST = -100.0
STEP = 25.0
# Growth beyond the axis is cut and its value printed: one outlier would flatten all other bars.
HIGHEST = 100.0
TOLERANCE = 1e-9
LEAST_ROOM = 84.0
WIDEST_BAR = 48.0
# More bars than this cannot be told apart at the figure's width: neighbours share a column.
COLUMNS = 500
SEPARATE_BARS = 60
# The gap between two bars, and the break in a bar that is cut, in shares of a bar and of the axis.
BAR_GAP = 0.18
BREAK_TOP, BREAK_BOTTOM, BREAK_SLANT = 0.036, 0.055, 0.009


@dataclass(frozen=True, slots=True)
class GroupBars:
    """The bars of one group.

    Attributes
    ----------
    label : str
        Printed label of the group.
    style : GroupStyle
        How its bars are filled.
    changes : tuple of float
        Change in percent, growth positive, from the largest growth to the largest shrinkage.
    growth, converted : tuple of bool
        Marks of each bar.
    """

    label: str
    style: GroupStyle
    changes: tuple[float, ...]
    growth: tuple[bool, ...]
    converted: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A line of the response criterion: where it lies, and what it is called, in two short lines."""

    change: float
    lines: tuple[str, str]


@dataclass(frozen=True, slots=True)
class BarBlock:
    """Where the bars of one group stand, in units from the left end of the axis.

    Attributes
    ----------
    left, width : float
        Of the bars.
    room : float
        Width that is free for what is written over them; more than `width` where bars are few.
    bars : GroupBars
        The group.
    """

    left: float
    width: float
    room: float
    bars: GroupBars

    @property
    def bar_width(self) -> float:
        """Width of one bar with its gap."""
        return self.width / max(1, len(self.bars.changes))

    def center(self, place: int) -> float:
        """Return the middle of a bar, counted from 0."""
        return self.left + (place + 0.5) * self.bar_width


def gather(results: Results) -> tuple[GroupBars, ...]:
    """Return the bars of each group in the printed order; a patient whose response cannot be evaluated has none."""
    name = criterion_of(results.study).reduction
    return tuple(
        _bars(group, group_style(place), results.series(key(name, group.level, "bar")))
        for place, group in enumerate(results.study.groups)
    )


def _bars(group: Group, style: GroupStyle, points: Sequence[Point]) -> GroupBars:
    return GroupBars(
        group.label, style, tuple(point.y for point in points),
        tuple("growth" in point.mark.split() for point in points),
        tuple("converted" in point.mark.split() for point in points),
    )  # fmt: skip


def thresholds(study: Study) -> tuple[Threshold, Threshold]:
    """Return the lines of response and of progression; by the study's own criterion any growth is progression."""
    criterion = criterion_of(study)
    response, progression = criterion.response_percent, criterion.progression_percent
    grown = signed(study.formatter, progression) if progression else "any growth"
    return (
        Threshold(-response, ("Response:", signed(study.formatter, -response))),
        Threshold(progression, ("Progression:", grown)),
    )


def signed(formatter: Formatter, change: float) -> str:
    """Print a change in percent with its sign."""
    text = formatter.percent(change, 0)
    return f"+{text}" if change > 0 else text


def top_of_axis(groups: Sequence[GroupBars]) -> float:
    """Return the upper end of the axis: a multiple of 25 that holds every growth up to 100%."""
    changes = [change for bars in groups for change in bars.changes]
    largest = max((change for change in changes if change <= HIGHEST), default=0.0)
    least = 2 * STEP if any(change > HIGHEST for change in changes) else STEP
    return max(least, math.ceil(largest / STEP - TOLERANCE) * STEP)


def blocks(groups: Sequence[GroupBars], *, width: float, gap: float) -> tuple[BarBlock, ...]:
    """Share out the axis: in proportion to the bars, but so that the name of the smallest group can still be read."""
    free = width - gap * (len(groups) - 1)
    found: list[BarBlock] = []
    left = 0.0
    for bars, room in zip(groups, _rooms([len(bars.changes) for bars in groups], free), strict=True):
        found.append(BarBlock(left, min(room, WIDEST_BAR * max(1, len(bars.changes))), room, bars))
        left += room + gap
    return tuple(found)


def _rooms(counts: Sequence[int], free: float) -> list[float]:
    """Divide a width in proportion to counts; nobody gets less than the least room, at the cost of the larger ones."""
    least = min(LEAST_ROOM, free / len(counts))
    small = {place for place, count in enumerate(counts) if not count}
    while True:
        large = sum(count for place, count in enumerate(counts) if place not in small)
        scale = (free - least * len(small)) / large if large else 0.0
        below = {place for place, count in enumerate(counts) if place not in small and count * scale < least}
        if not below:
            return [least if place in small else count * scale for place, count in enumerate(counts)]
        small |= below


def bar_path(block: BarBlock, highest: float) -> Path:
    """Return all bars of a block as one path: rectangles from zero, or one outline where they are many.

    A bar beyond `highest` ends there, with a slanting break below its end.
    """
    if len(block.bars.changes) > SEPARATE_BARS:
        return _outline(block, highest)
    polygons: list[list[tuple[float, float]]] = []
    for place, change in enumerate(block.bars.changes):
        half = (1 - BAR_GAP) * block.bar_width / 2
        left, right = block.center(place) - half, block.center(place) + half
        if change <= highest:
            polygons.append([(left, 0), (left, change), (right, change), (right, 0)])
        else:
            polygons += _broken(left, right, highest)
    return Path.make_compound_path(*(Path([*corners, corners[0]], closed=True) for corners in polygons))


def _broken(left: float, right: float, highest: float) -> list[list[tuple[float, float]]]:
    span = highest - LOWEST
    below, above, slant = highest - BREAK_BOTTOM * span, highest - BREAK_TOP * span, BREAK_SLANT * span
    return [
        [(left, 0), (left, below - slant), (right, below + slant), (right, 0)],
        [(left, above - slant), (left, highest), (right, highest), (right, above + slant)],
    ]


def _outline(block: BarBlock, highest: float) -> Path:
    """Return the outline of many bars in at most `COLUMNS` steps; the first and the last bar keep their height."""
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
