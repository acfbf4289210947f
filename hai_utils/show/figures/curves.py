"""What a survival figure is drawn from: steps of a curve, counts under the axis, ticks; no drawing here."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hai_utils.catalogue.endpoints import SHARE_FOLLOWED
from hai_utils.results.series import COARSE, Point
from hai_utils.show.figures.style import GroupStyle

TIME_TOLERANCE = 1e-9
# Steps of an axis in months that a reader can count in.
NATURAL_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 36.0, 60.0, 120.0, 240.0, 600.0, 1200.0)
# A follow-up longer than the grid by more than this share needs ticks beyond it.
OVERHANG = 0.25
# A follow-up that the grid's times hardly divide has steps of its own.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """One group's Kaplan-Meier estimate.

    Attributes
    ----------
    label : str
        Printed label of the group.
    key : str
        Stem of its results, such as ``os.mutant``.
    style : GroupStyle
        How it is drawn.
    points : tuple of Point
        Its steps in the order of time; the first is at time 0 or the first observed time.
    """

    label: str
    key: str
    style: GroupStyle
    points: tuple[Point, ...]

    @property
    def size(self) -> int:
        """Number at risk at the start."""
        return max((point.at_risk or 0 for point in self.points), default=0)

    @property
    def end(self) -> float:
        """Last observed time, months."""
        return self.points[-1].x

    @property
    def coarse(self) -> bool:
        """Whether it may be read only at its points, as where small cells are withheld."""
        return self.points[0].mark == COARSE

    @property
    def steps(self) -> tuple[tuple[float, float], ...]:
        """Corners of the curve from (0, 1) on: horizontal to each time, then down; straight between the points of a coarse one."""
        if self.coarse:
            return tuple((point.x, point.y) for point in self.points)
        corners = [(0.0, 1.0)]
        for point in self.points:
            if point.y != corners[-1][1]:
                level = (point.x, corners[-1][1])
                corners += [(point.x, point.y)] if level == corners[-1] else [level, (point.x, point.y)]
        if self.end > corners[-1][0]:
            corners.append((self.end, corners[-1][1]))
        return tuple(corners)

    @property
    def band(self) -> tuple[tuple[float, float, float], ...]:
        """Time, lower and upper limit at each step, as far as both limits are known."""
        found: list[tuple[float, float, float]] = []
        for point in self.points:
            if point.lower is None or point.upper is None:
                # The limits before this step hold until it.
                if found and not self.coarse:
                    found.append((point.x, *found[-1][1:]))
                break
            found.append((point.x, point.lower, point.upper))
        return tuple(found)

    def until(self, months: float) -> DrawnCurve:
        """Return the curve as far as a time, at which it goes on level from the last step before it."""
        if self.end <= months:
            return self
        kept = [point for point in self.points if point.x <= months]
        if kept and kept[-1].x < months:
            kept.append(replace(kept[-1], x=months, at_risk=self.at_risk(months), events=0, censored=0, mark=""))
        return replace(self, points=tuple(kept or self.points[:1]))

    def at_risk(self, months: float) -> int:
        """Return how many are followed at least until a time."""
        return next((point.at_risk or 0 for point in self.points if point.x >= months - TIME_TOLERANCE), 0)

    def before(self, months: float) -> tuple[int, int]:
        """Return the censored and the events before a time: with those at risk they add up to everybody."""
        past = [point for point in self.points if point.x < months - TIME_TOLERANCE]
        return sum(point.censored or 0 for point in past), sum(point.events or 0 for point in past)


def ticks(grid: Sequence[float], last: float, *, most: int) -> tuple[float, ...]:
    """Return the times under the axis: the grid, or regular steps where the follow-up is much longer.

    Parameters
    ----------
    grid : sequence of float
        The times that the parameters name, months.
    last : float
        The last observed time, months.
    most : int
        How many times there is room for, 2 or more.

    Returns
    -------
    tuple of float
        From 0 on, at least two; beyond the last observed time only one that lies close.
    """
    named = sorted({0.0, *(float(time) for time in grid)})
    if len(named) > most or last > named[-1] * (1 + OVERHANG) or sum(time <= last for time in named) < FEWEST:
        named = _regular(last, most)
    inside = [time for time in named if time <= last]
    following = next((time for time in named if time > last), None)
    if following is not None and (len(inside) < 2 or following - last < (following - inside[-1]) / 2):
        inside.append(following)
    return tuple(inside)


def _regular(last: float, most: int) -> list[float]:
    """Return multiples of the smallest natural step of which so many are shown: one beyond the follow-up only if it is near."""
    step = next((step for step in NATURAL_STEPS if math.ceil(last / step - 0.5) < most), None) if last else 1.0
    if step is None:
        step = 10.0 ** math.ceil(math.log10(last / (most - 1)))
    return [step * place for place in range(max(1, math.ceil(last / step)) + 1)]


def ticks_of(curves: Sequence[DrawnCurve], grid: Sequence[float], *, most: int) -> tuple[float, ...]:
    """Return the times under the axis: those of coarse curves, for which no others are known, else as `ticks` chooses."""
    if any(curve.coarse for curve in curves):
        return tuple(sorted({point.x for curve in curves for point in curve.points}))
    return ticks(grid, max(curve.end for curve in curves), most=most)


def shown_until(curves: Sequence[DrawnCurve], grid: Sequence[float]) -> float:
    """Return how far curves are shown: to the last time of the grid at which a tenth of the patients are followed.

    Beyond the grid, where the follow-up is much longer, and where the grid has no such time, as far as a tenth are followed.
    """
    starts = [[point.x for point in curve.points] for curve in curves]

    def at_risk(months: float) -> int:
        places = (bisect_left(xs, months - TIME_TOLERANCE) for xs in starts)
        found = (curve.points[at] for curve, at in zip(curves, places, strict=True) if at < len(curve.points))
        return sum(point.at_risk or 0 for point in found)

    times = sorted({x for xs in starts for x in xs})
    few = SHARE_FOLLOWED * at_risk(0.0) - TIME_TOLERANCE
    # Those at risk only become fewer: the last time at which they are enough is found by halving.
    enough = bisect_right(times, -few, key=lambda time: -at_risk(time))
    followed = times[enough - 1] if enough else times[-1]
    within = [time for time in grid if 0 < time <= followed + TIME_TOLERANCE]
    return within[-1] if within and followed <= grid[-1] * (1 + OVERHANG) else followed


def axis_end(times: Sequence[float], last: float) -> float:
    """Return where the axis ends: at the last tick or a little beyond the last observed time."""
    return max(times[-1], last * 1.01)


def thinned(points: Sequence[Point], end: float, *, columns: int) -> tuple[Point, ...]:
    """Return the points that can be told apart: the first and the last of each column of the drawing.

    Counts stay with `DrawnCurve`; only what is drawn is thinned, by less than a pixel.
    """
    if len(points) <= 2 * columns:
        return tuple(points)
    kept: dict[int, list[Point]] = {}
    for point in points:
        kept.setdefault(math.floor(point.x / end * columns), []).append(point)
    return tuple(
        point for column in kept.values() for point in ([column[0], column[-1]] if len(column) > 1 else column)
    )
