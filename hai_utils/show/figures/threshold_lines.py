"""The lines of a response criterion, drawn over a plot of change and named at its right end."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from hai_utils.show.figures.bars import Threshold
from hai_utils.show.figures.style import INK, LINE, ROW, TEXT

# Distance of a name from the end of its line, in units.
NAME_BESIDE = 8.0


def draw_thresholds(
    axes: Axes, lines: Sequence[Threshold], ends: tuple[float, float], *, across: float, up: float
) -> None:
    """Draw each line from end to end and name it; two names that lie close move apart.

    Parameters
    ----------
    ends : tuple of float
        Where the lines begin and end, in the data of the horizontal axis.
    across, up : float
        How much of the data one unit of the drawing is.
    """
    ordered = sorted(lines, key=lambda line: line.change)
    close = len(ordered) > 1 and (ordered[-1].change - ordered[0].change) / up < 2.6 * ROW
    for line in lines:
        style = "-" if line.change == 0 else (0, (4, 3))
        axes.plot(
            ends, [line.change] * 2, color=INK, linewidth=LINE, linestyle=style, clip_on=False, label=line.lines[0]
        )
        first = 2.0 if not close else (ROW + 4.0 if line is ordered[-1] else -ROW + 4.0)
        for row, text in enumerate(line.lines):
            height = line.change + (first - ROW * row) * up
            axes.text(ends[1] + NAME_BESIDE * across, height, text, fontsize=TEXT, va="baseline", clip_on=False)
