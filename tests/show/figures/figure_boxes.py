"""Where the texts of a drawing lie, so that tests can say that none runs into another."""

from __future__ import annotations

from itertools import combinations

from matplotlib.figure import Figure as Canvas
from matplotlib.text import Text

from hai_utils.show.figures.style import TEXT, height_of, text_width, width_of

ASCENT, DESCENT = 0.72 * TEXT, 0.2 * TEXT
BELOW_BASELINE = {"baseline": 0.0, "bottom": 0.0, "top": ASCENT, "center_baseline": ASCENT / 2, "center": ASCENT / 2}
SHIFT = {"left": 0.0, "center": 0.5, "right": 1.0}


def texts(canvas: Canvas) -> list[Text]:
    """All that is written, tick labels included."""
    canvas.draw_without_rendering()
    return [text for text in canvas.findobj(Text) if text.get_visible() and text.get_text()]


def box(text: Text) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a text in units."""
    x, y = text.get_transform().transform(text.get_position())
    width = text_width(text.get_text(), bold=text.get_weight() == "bold")
    if text.get_rotation() == 90:
        # A title beside an axis, centred both ways.
        return x - ASCENT / 2, y - width / 2, x + ASCENT / 2, y + width / 2
    left = x - width * SHIFT[text.get_horizontalalignment()]
    base = y - BELOW_BASELINE[text.get_verticalalignment()]
    return left, base - DESCENT, left + width, base + ASCENT


def collisions(canvas: Canvas) -> list[tuple[str, str]]:
    """Pairs of texts that overlap, and texts that leave the canvas (paired with the word canvas)."""
    boxes = [(text.get_text(), box(text)) for text in texts(canvas)]
    found = [
        (one, other)
        for (one, a), (other, b) in combinations(boxes, 2)
        if a[0] < b[2] - 0.5 and b[0] < a[2] - 0.5 and a[1] < b[3] - 0.5 and b[1] < a[3] - 0.5
    ]
    limits = (-0.5, -0.5, width_of(canvas) + 0.5, height_of(canvas) + 0.5)
    return found + [
        (name, "canvas")
        for name, a in boxes
        if a[0] < limits[0] or a[1] < limits[1] or a[2] > limits[2] or a[3] > limits[3]
    ]
