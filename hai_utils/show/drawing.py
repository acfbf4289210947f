"""What the writers of drawings and their readers share: font, XML namespace, and whether a drawing is made now or later.

Apart from the figures, so that no Matplotlib comes along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

NAMESPACE = "http://www.w3.org/2000/svg"
# Of the widths that labels are measured in, or narrower; the last are what a machine without the others has.
FONT_FAMILY = "'Source Sans 3', 'Source Sans Pro', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', Arimo, 'Nimbus Sans', sans-serif"

# By name of figure, what draws it; filled while drawings are made later.
Drawings = dict[str, Callable[[], str]]
_waiting: list[Drawings] = []


@contextmanager
def drawn_later() -> Iterator[Drawings]:
    """Let figures be made without their drawings, each with its place instead; what draws them is collected."""
    waiting: Drawings = {}
    _waiting.append(waiting)
    try:
        yield waiting
    finally:
        _waiting.pop()


def now_or_later(name: str, draw: Callable[[], str]) -> str:
    """Return what `draw` gives, or within `drawn_later` the place of the drawing."""
    if not _waiting:
        return draw()
    _waiting[-1][name] = draw
    return place_of(name)


def place_of(name: str) -> str:
    """Return what stands in a page where the drawing of a figure will be."""
    return f"<!--drawing {name}-->"
