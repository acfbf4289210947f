"""How wide the columns of a table are, how large its letters, and whether its page is turned.

Widths come from the font that the tables are set in; a column is never narrower than its longest word or number, so that
neither Word nor Typst breaks one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hai_utils.book.manuscript.model import Line, PrintedTable, plain

# Millimetres of text on an A4 page, upright and turned.
UPRIGHT, TURNED = 160.0, 247.0
SIZES = (8.5, 8.0, 7.5, 7.0, 6.5)
# Between columns, and the indentation of a row's heading.
GUTTER, INDENT = 3.0, 3.0
MILLIMETRES_PER_INCH = 25.4
MILLIMETRES_PER_POINT = MILLIMETRES_PER_INCH / 72
# A hair more than measured: the two programs round differently.
SLACK = 1.02
# A cell longer than this is a sentence and wraps, in millimetres.
SENTENCE = 68.0
# No page is kept upright for the sake of smaller type than this, in points.
LEGIBLE = 7.5
# A cell of at most so many letters is a number with its limits, which a second line would tear apart.
NUMBER = 24
MEASURED_AT = 100

Width = Callable[[str, bool], float]


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """A table's size of type in points, the widths of its columns in millimetres, and whether its page is turned."""

    size: float
    widths: tuple[float, ...]
    turned: bool


@cache
def measure_of(fonts: Path) -> Width:
    """Return a function from a text, and whether it is bold, to its width in millimetres at one point of size."""
    from PIL import ImageFont

    faces = [
        ImageFont.truetype(str(fonts / f"SourceSans3-{name}.otf"), MEASURED_AT) for name in ("Regular", "Semibold")
    ]

    @cache
    def width(text: str, bold: bool) -> float:
        return float(faces[bold].getlength(text)) / MEASURED_AT * MILLIMETRES_PER_POINT * SLACK

    return width


def lay_out(
    table: PrintedTable, width: Width, *, rooms: tuple[float, float] = (UPRIGHT, TURNED), sizes: Sequence[float] = SIZES
) -> ColumnLayout:
    """Choose the largest type in which a table fits the upright page, else the turned one.

    Parameters
    ----------
    table : Table
        Any number of columns.
    width : callable
        See `measure_of`.
    rooms : tuple of float
        Width of the text on an upright and on a turned page, in millimetres.
    sizes : sequence of float
        Sizes of type, the largest first.

    Returns
    -------
    Layout
        The smallest type on a turned page where nothing fits, its columns as wide as the page allows.
    """
    columns, numbers, whole = _columns(table, width)
    # Rather small type, then a turned page, than a number on two lines; rather that than a word in two parts.
    legible = [size for size in sizes if size >= LEGIBLE]
    for least, turned, possible in (
        (numbers, False, legible),
        (numbers, True, sizes),
        (columns, False, sizes),
        (columns, True, sizes),
    ):
        room = rooms[turned]
        for size in possible:
            narrow = [part * size + GUTTER for part in least]
            if sum(narrow) <= room:
                wide = [max(min(part * size, SENTENCE) + GUTTER, low) for part, low in zip(whole, narrow, strict=True)]
                return ColumnLayout(
                    size,
                    _shared(narrow, wide, [part * size if part * size > SENTENCE else 0.0 for part in whole], room),
                    turned,
                )
    total = sum(columns)
    return ColumnLayout(sizes[-1], tuple(rooms[1] * part / total for part in columns), True)


def _columns(table: PrintedTable, width: Width) -> tuple[list[float], list[float], list[float]]:
    """Return what each column needs for its words, for its numbers, and for whole cells, in millimetres at one point."""
    least: list[float] = []
    numbers: list[float] = []
    whole: list[float] = []
    for place, heading in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows if place < len(row.cells)]
        indent = INDENT / SIZES[0] if not place else 0.0
        words = [width(word, True) for word in plain(heading).split()]
        least.append(max([*words, *(_least(cell, width) for cell in cells), 0.5]) + indent)
        short = [width(plain(cell), False) for cell in cells if len(plain(cell)) <= NUMBER] if place else []
        numbers.append(max([least[-1], *short]))
        # A heading may take three lines; a cell wants one.
        title = width(plain(heading), True) / 3
        whole.append(max([title, *(width(plain(cell), False) for cell in cells), least[-1] - indent]) + indent)
    return least, numbers, whole


def _least(line: Line, width: Width) -> float:
    found = 0.0
    for words in line:
        parts = [words.text] if "unbroken" in words.marks else words.text.split()
        found = max([found, *(width(part, "strong" in words.marks) for part in parts)])
    unbroken = "".join(words.text if "unbroken" in words.marks else "\n" for words in line).split("\n")
    return max([found, *(width(part, False) for part in unbroken if part)])


def _shared(
    narrow: Sequence[float], wide: Sequence[float], sentences: Sequence[float], room: float
) -> tuple[float, ...]:
    """Give each column its least width and, those first that want little, what it wants; sentences take what is left.

    `sentences` holds the length of the longest cell of a column that wraps, 0 elsewhere.

    A number in brackets moves to a second line only where even a sentence beside it has no more to give.
    """
    spare = room - sum(narrow)
    wants = [high - low for low, high in zip(narrow, wide, strict=True)]
    if sum(wants) >= spare:
        given = [0.0] * len(wants)
        for waiting, place in zip(
            range(len(wants), 0, -1), sorted(range(len(wants)), key=wants.__getitem__), strict=True
        ):
            given[place] = min(wants[place], spare / waiting)
            spare -= given[place]
        return tuple(low + more for low, more in zip(narrow, given, strict=True))
    # Where there is no sentence, all columns move apart.
    weights = sentences if sum(sentences) else wide
    left = room - sum(wide)
    return tuple(high + left * weight / sum(weights) for high, weight in zip(wide, weights, strict=True))
