"""The one style of the figures: sizes, colours, hatches, line styles, and how a label is fitted.

One unit is one CSS pixel: a figure is built at 72 dots an inch, so that a point of Matplotlib is a unit of the SVG.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text as Lettering

WIDTH = 700.0
UNITS_PER_INCH = 72.0
TEXT = 15.0
SMALL = 14.0
LINE = 1.0
CURVE = 2.0
# Black stands for the colour of the page's text: the SVG says currentColor in its place.
INK = "#000000"
FAINT = 0.45
BAND = 0.14

# Widths in em of the widest face that a page may fall back to; a label measured so never runs into its neighbour.
_NARROW, _MIDDLE, _WIDE, _FULL = 0.32, 0.56, 0.7, 1.0
_BOLD = 1.06
# Control signs are dropped, but for the two that scripts of South Asia need.
_JOINERS = frozenset("\u200c\u200d")
_NARROW_SIGNS = frozenset("iljtfrI.,;:!|'()[] ")


@dataclass(frozen=True, slots=True)
class GroupStyle:
    """How a group is told from the others: by colour, and again without it.

    Attributes
    ----------
    colour : str
        Legible as a line on white and on #121212 (contrast of 3 or more on both).
    hatch : str
        Pattern of its bars; empty for a solid fill.
    dashes : tuple of float
        Lengths of strokes and gaps of its curve, in line widths; empty for a solid line.
    """

    colour: str
    hatch: str
    dashes: tuple[float, ...]


# Okabe and Ito (2008), Color Universal Design; without its yellow, orange and sky blue, which fade on white.
GROUP_STYLES = (
    GroupStyle("#0072B2", "", ()),
    GroupStyle("#D55E00", "////", (5.0, 2.0)),
    GroupStyle("#009E73", "\\\\\\\\", (1.2, 1.6)),
    GroupStyle("#CC79A7", "xxxx", (6.0, 1.6, 1.2, 1.6)),
    GroupStyle("#808080", "....", (9.0, 3.0)),
)
# Response and conversion are other groupings than that of the study, so they have colours of their own.
LANDMARK_STYLES = (GROUP_STYLES[2], GROUP_STYLES[3])


def group_style(place: int) -> GroupStyle:
    """Return the style of the group at a place in the printed order."""
    return GROUP_STYLES[place % len(GROUP_STYLES)]


@contextmanager
def applied(**settings: object) -> Iterator[None]:
    """Apply the style, and settings of the moment, to all that is drawn within."""
    import seaborn

    own: dict[str, Any] = {
        "font.family": ["DejaVu Sans"],
        "font.size": SMALL,
        "text.parse_math": False,
        "text.color": INK,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.linewidth": LINE,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.major.size": 5.0,
        "ytick.major.size": 5.0,
        "hatch.linewidth": 1.3,
        "path.simplify": False,
        "axes.unicode_minus": True,
    }
    rules: Any = {**seaborn.axes_style("ticks"), **own, **settings}
    with rc_context(rules), warnings.catch_warnings():
        # The page's own face draws the text; that Matplotlib's lacks a sign does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def new_canvas(height: float) -> Canvas:
    """Return an empty, transparent canvas of the common width and a height in units."""
    return Canvas(figsize=(WIDTH / UNITS_PER_INCH, height / UNITS_PER_INCH), dpi=UNITS_PER_INCH)


def height_of(canvas: Canvas) -> float:
    """Return the height of a canvas in units."""
    return float(canvas.get_figheight()) * UNITS_PER_INCH


def axes_at(canvas: Canvas, left: float, top: float, width: float, height: float) -> Axes:
    """Place axes by the distance of their upper left corner from that of the canvas, in units."""
    import seaborn

    total = height_of(canvas)
    axes = canvas.add_axes((left / WIDTH, 1 - (top + height) / total, width / WIDTH, height / total))
    seaborn.despine(ax=axes)
    return axes


def write(canvas: Canvas, left: float, top: float, text: str, **options: object) -> Lettering:
    """Write a line with its baseline at a place counted from the upper left corner, in units."""
    settings: dict[str, Any] = {"va": "baseline", "fontsize": SMALL, **options}
    return canvas.text(left / WIDTH, 1 - top / height_of(canvas), printable(text), **settings)


def stroke(canvas: Canvas, xs: tuple[float, ...], ys: tuple[float, ...], **options: object) -> Line2D:
    """Draw a line through places counted from the upper left corner, in units."""
    settings: dict[str, Any] = {"color": INK, "linewidth": LINE, "transform": canvas.transFigure, **options}
    total = height_of(canvas)
    line = Line2D([x / WIDTH for x in xs], [1 - y / total for y in ys], **settings)
    canvas.add_artist(line)
    return line


def printable(text: str) -> str:
    """Return a label as one line of signs that XML allows; labels come from data."""
    kept = (
        " " if sign.isspace() else sign
        for sign in text
        if sign.isspace() or sign in _JOINERS or unicodedata.category(sign)[0] != "C"
    )
    return " ".join("".join(kept).split())


def text_width(text: str, size: float = SMALL, *, bold: bool = False) -> float:
    """Return about how wide a text is at most, in units, in the faces that the pages name."""
    return size * sum(map(_sign_width, text)) * (_BOLD if bold else 1.0)


def _sign_width(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return _FULL
    if sign in _NARROW_SIGNS:
        return _NARROW
    return _WIDE if sign.isupper() or sign in "mw%+−@&" else _MIDDLE


def shorten(text: str, width: float, size: float = SMALL) -> str:
    """Return a text that fits a width, with an ellipsis where its end is cut."""
    text = printable(text)
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, width: float, *, lines: int, size: float = SMALL) -> list[str]:
    """Break a text between words into lines of a width; what is too much is cut with an ellipsis."""
    rows: list[str] = []
    for word in printable(text).split(" "):
        if rows and text_width(f"{rows[-1]} {word}", size) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], " ".join(rows[lines - 1 :])]
    return [shorten(row, width, size) for row in rows]
