"""The one style of the figures: sizes, colours, hatches, line styles, and how a label is fitted.

One unit is one CSS pixel: a figure is built at 72 dots an inch, so that a point of Matplotlib is a unit of the SVG.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context, rcParamsDefault
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text as Lettering

WIDTH = 700.0
# The width of the drawing for a telephone, and for one column of a journal: the letters stay as large.
NARROW = 380.0
UNITS_PER_INCH = 72.0
# The size of the text of the page; the smallest that a figure uses.
TEXT = 16.0
ROW = 19.0
LINE = 1.0
CURVE = 2.0
# Black stands for the colour of the page's text: the SVG says currentColor in its place.
INK = "#000000"
FAINT = 0.45
BAND = 0.14

# Widths of Helvetica, in thousandths of an em (Adobe Core 14 metrics): the widest of the faces that the pages name, so
# that a label measured so fits in any of them.
_WIDTHS = {
    222: "ijl'‘’", 278: " !,./:;I[]\\ft·", 333: "()-`r“”", 355: '"', 500: "cksvxyzJ", 584: "+<=>~−", 611: "FTZ",
    667: "ABEKPSVXY&", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 889: "%", 944: "W", 1000: "…—", 1015: "@",
}  # fmt: skip
_EM = 1000.0
_SIGN_WIDTHS = {sign: width / _EM for width, signs in _WIDTHS.items() for sign in signs}
_USUAL, _FULL, _BOLD = 0.556, 1.0, 1.07
# Control signs are dropped, but for the two that scripts of South Asia need.
_JOINERS = frozenset("\u200c\u200d")


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
    GroupStyle("#808080", "----", (9.0, 3.0)),
)
# Response and conversion are other groupings than that of the study, so they have colours of their own.
LANDMARK_STYLES = (GroupStyle("#009E73", "", ()), GroupStyle("#CC79A7", "////", (5.0, 2.0)))


def group_style(place: int) -> GroupStyle:
    """Return the style of the group at a place in the printed order."""
    return GROUP_STYLES[place % len(GROUP_STYLES)]


@cache
def _plain_defaults() -> dict[str, Any]:
    """Return Matplotlib's built-in settings of what a drawing looks like."""
    parts = (
        "axes.",
        "figure.",
        "font.",
        "hatch.",
        "lines.",
        "markers.",
        "patch.",
        "path.",
        "savefig.",
        "svg.",
        "text.",
        "xtick.",
        "ytick.",
    )
    return {name: value for name, value in rcParamsDefault.items() if name.startswith(parts)}


_width = ContextVar("width", default=WIDTH)


def width() -> float:
    """Return the width of what is drawn now, in units."""
    return _width.get()


def is_narrow() -> bool:
    """Say whether what is drawn now is for a telephone or one column of a journal."""
    return width() < WIDTH


@contextmanager
def drawn_narrow() -> Iterator[None]:
    """Draw all within in the narrow width."""
    token = _width.set(NARROW)
    try:
        yield
    finally:
        _width.reset(token)


@contextmanager
def applied(**settings: object) -> Iterator[None]:
    """Apply the style, and settings of the moment, to all that is drawn within; a user's own defaults do not matter."""
    own: dict[str, Any] = {
        "font.family": ["DejaVu Sans"],
        "font.size": TEXT,
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
        "xtick.labelsize": TEXT,
        "ytick.labelsize": TEXT,
        "xtick.major.size": 5.0,
        "ytick.major.size": 5.0,
        "hatch.linewidth": 1.3,
        "path.simplify": False,
        "axes.unicode_minus": True,
    }
    rules: Any = {**_plain_defaults(), **own, **settings}
    with rc_context(rules), warnings.catch_warnings():
        # The page's own face draws the text; that Matplotlib's lacks a sign does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def new_canvas(height: float) -> Canvas:
    """Return an empty, transparent canvas of the width in force and a height in units."""
    return Canvas(figsize=(width() / UNITS_PER_INCH, height / UNITS_PER_INCH), dpi=UNITS_PER_INCH)


def height_of(canvas: Canvas) -> float:
    """Return the height of a canvas in units."""
    return float(canvas.get_figheight()) * UNITS_PER_INCH


def width_of(canvas: Canvas) -> float:
    """Return the width of a canvas in units."""
    return float(canvas.get_figwidth()) * UNITS_PER_INCH


def axes_at(canvas: Canvas, left: float, top: float, across: float, height: float) -> Axes:
    """Place axes by the distance of their upper left corner from that of the canvas, in units."""
    total, whole = height_of(canvas), width_of(canvas)
    axes = canvas.add_axes((left / whole, 1 - (top + height) / total, across / whole, height / total))
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def write(canvas: Canvas, left: float, top: float, text: str, **options: object) -> Lettering:
    """Write a line with its baseline at a place counted from the upper left corner, in units."""
    settings: dict[str, Any] = {"va": "baseline", "fontsize": TEXT, **options}
    return canvas.text(left / width_of(canvas), 1 - top / height_of(canvas), printable(text), **settings)


def stroke(canvas: Canvas, xs: tuple[float, ...], ys: tuple[float, ...], **options: object) -> Line2D:
    """Draw a line through places counted from the upper left corner, in units."""
    settings: dict[str, Any] = {"color": INK, "linewidth": LINE, "transform": canvas.transFigure, **options}
    total = height_of(canvas)
    whole = width_of(canvas)
    line = Line2D([x / whole for x in xs], [1 - y / total for y in ys], **settings)
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


def text_width(text: str, *, bold: bool = False) -> float:
    """Return how wide a text is at most, in units, in the faces that the pages name."""
    return TEXT * sum(map(_sign_width, text)) * (_BOLD if bold else 1.0)


def _sign_width(sign: str) -> float:
    return _FULL if unicodedata.east_asian_width(sign) in "WF" else _SIGN_WIDTHS.get(sign, _USUAL)


def shorten(text: str, room: float, *, bold: bool = False) -> str:
    """Return a text that fits a width, with an ellipsis where its end is cut."""
    text = printable(text)
    if text_width(text, bold=bold) <= room:
        return text
    while text and text_width(text + "…", bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def wrap(text: str, room: float, *, lines: int, bold: bool = False) -> list[str]:
    """Break a text between words and after hyphens into lines of a width; what is too much is cut with an ellipsis."""
    rows = [""]
    for part in re.split(r"(?<= )|(?<=-)(?=\w)", printable(text)):
        if rows[-1] and text_width(f"{rows[-1]}{part}".rstrip(), bold=bold) > room:
            rows.append("")
        rows[-1] += part
    if len(rows) > lines:
        rows = [*rows[: lines - 1], "".join(rows[lines - 1 :])]
    return [shorten(row.rstrip(), room, bold=bold) for row in rows]
