"""Where a curve's name can stand beside it without touching any curve or another name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

CLEARANCE = 6.0
NEAREST_OTHER = 12.0
FARTHEST_OWN = 48.0
NEARER = 1.4
SAMPLES = 9
GRAIN = 6.0
LINE_HEIGHT = 16.0


@dataclass(frozen=True, slots=True)
class LabelBox:
    """A rectangle in units, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: LabelBox) -> bool:
        """Say whether two rectangles overlap."""
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )


@dataclass(frozen=True, slots=True)
class Outline:
    """A step curve in units: corners from left to right, y upwards."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def extent(self, left: float, right: float) -> tuple[float, float] | None:
        """Return the lowest and the highest point of the curve between two places; None where it has ended."""
        if left > self.xs[-1] or right < self.xs[0]:
            return None
        first = max(0, bisect_right(self.xs, left) - 1)
        last = max(first + 1, bisect_right(self.xs, right))
        inside = self.ys[first:last]
        return min(inside), max(inside)

    def distance(self, box: LabelBox) -> float | None:
        """Return how far a rectangle is above or below the curve on average; None where the curve has ended."""
        gaps: list[float] = []
        for step in range(SAMPLES):
            x = box.left + (box.right - box.left) * step / (SAMPLES - 1)
            if self.xs[0] <= x <= self.xs[-1]:
                y = self.ys[bisect_right(self.xs, x) - 1]
                gaps.append(max(box.bottom - y, y - box.top, 0.0))
        return sum(gaps) / len(gaps) if gaps else None


def place(
    name_width: float, own: int, outlines: Sequence[Outline], taken: Sequence[LabelBox], plot: LabelBox
) -> LabelBox | None:
    """Return a place for a name above or below its curve, as far to the right as there is one.

    Parameters
    ----------
    name_width : float
        Width of the text.
    own : int
        Which outline the name belongs to.
    outlines : sequence of Outline
        All curves.
    taken : sequence of LabelBox
        Names that have their place.
    plot : LabelBox
        What the name must stay within.

    Returns
    -------
    LabelBox or None
        None where no place is free: the name then stands under the axis alone.
    """
    curve = outlines[own]
    candidates: list[tuple[float, LabelBox]] = []
    last = min(curve.xs[-1], plot.right - name_width)
    for step in range(int((last - plot.left) / GRAIN) + 1):
        left = last - step * GRAIN
        extent = curve.extent(left, left + name_width)
        if extent is None:
            continue
        for bottom in (extent[1] + CLEARANCE, extent[0] - CLEARANCE - LINE_HEIGHT):
            box = LabelBox(left, bottom, left + name_width, bottom + LINE_HEIGHT)
            if _free(box, own, outlines, taken, plot):
                candidates.append((step * GRAIN / 4 + 3 * (curve.distance(box) or 0.0), box))
    # A name is best read close to its curve, and near its end.
    return min(candidates, key=lambda candidate: candidate[0])[1] if candidates else None


def _free(box: LabelBox, own: int, outlines: Sequence[Outline], taken: Sequence[LabelBox], plot: LabelBox) -> bool:
    if box.left < plot.left or box.right > plot.right or box.bottom < plot.bottom or box.top > plot.top:
        return False
    if any(box.meets(other) for other in taken):
        return False
    for place_, outline in enumerate(outlines):
        extent = outline.extent(box.left - CLEARANCE, box.right + CLEARANCE)
        margin = CLEARANCE - 1 if place_ == own else NEAREST_OTHER
        if extent is not None and extent[0] < box.top + margin and extent[1] > box.bottom - margin:
            return False
    return _clearly_its_own(box, own, outlines)


def _clearly_its_own(box: LabelBox, own: int, outlines: Sequence[Outline]) -> bool:
    """Say whether a name lies so much nearer to its curve that nobody takes it for another's."""
    mine = outlines[own].distance(box)
    others = [gap for at, outline in enumerate(outlines) if at != own and (gap := outline.distance(box)) is not None]
    return mine is not None and mine <= FARTHEST_OWN and all(mine * NEARER < gap for gap in others)
