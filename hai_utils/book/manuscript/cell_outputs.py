"""What a user's own cell gives out, as blocks of the manuscript: images, printed text, tables of HTML such as a DataFrame's."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from hai_utils.book.manuscript.converting import line_of
from hai_utils.book.manuscript.drawings import size_of
from hai_utils.book.manuscript.model import (
    Block,
    Heading,
    Paragraph,
    Preformatted,
    PrintedFigure,
    PrintedRow,
    PrintedTable,
    Words,
)
from hai_utils.show.content import MIME_TYPE, Notice, Paragraphs, from_json
from hai_utils.show.drawing import NAMESPACE

# Pixels over the width of a figure on paper: an image with fewer is not stretched.
PIXELS_ACROSS = 520
# Cells that one spans at most: a table of HTML may say any number.
MOST_SPANNED = 100
_SVG = "image/svg+xml"
_IMAGES = (_SVG, "image/png", "image/jpeg")


def chapter_blocks(notebook: str, name: str) -> list[Block]:
    """Return what an executed notebook of a reader's own gives out, under its title; its numbered tables stand elsewhere."""
    cells = json.loads(notebook)["cells"]
    words = [line for cell in cells if cell["cell_type"] == "markdown" for line in _text(cell["source"]).splitlines()]
    title = next((line.removeprefix("# ") for line in words if line.startswith("# ")), name)
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    found = [block for place, output in enumerate(outputs, 1) for block in _blocks(output, f"{name}-{place}")]
    return [Heading(1, (Words(title),), f"own-{name}"), *found] if found else []


def _blocks(output: dict[str, Any], name: str) -> Iterator[Block]:
    data = output.get("data", {})
    image = next((kind for kind in _IMAGES if kind in data), "")
    if MIME_TYPE in data:
        content = from_json(data[MIME_TYPE])
        texts = content.texts if isinstance(content, Paragraphs) else ()
        yield from (Paragraph(line_of(text)) for text in texts)
        if isinstance(content, Notice):
            yield Paragraph((Words(content.text),), "absent")
    elif image:
        raw = _text(data[image])
        yield image_block(
            raw.encode() if image == _SVG else base64.b64decode(raw), image, name, _text(data["text/plain"])
        )
    elif tables := table_blocks(_text(data.get("text/html", ""))):
        yield from tables
    elif words := _text(output.get("text") or data.get("text/plain", "")).rstrip():
        yield Preformatted(words)


def _text(found: str | list[str]) -> str:
    return found if isinstance(found, str) else "".join(found)


def image_block(content: bytes, kind: str, name: str, alt: str) -> PrintedFigure:
    """Return an image as a figure without a number, wrapped in a drawing, so that all writers take it as one."""
    width, height = size_of(content.decode()) if kind == _SVG else _pixels(content)
    address = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    drawing = (
        f'<svg xmlns="{NAMESPACE}" viewBox="0 0 {max(width, PIXELS_ACROSS):g} {height:g}">'
        f'<image width="{width:g}" height="{height:g}" href="{address}"/></svg>'
    )
    return PrintedFigure(name, "", (), (), True, drawing, alt, ())


def _pixels(content: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        return image.size


def table_blocks(html: str) -> list[PrintedTable]:
    """Return the tables of a cell's HTML, without numbers; a heading of several rows is joined by column."""
    reader = _Tables()
    reader.feed(html)
    return [_printed(head, body) for head, body in reader.tables if head or body]


def _printed(head: list[list[str]], body: list[list[str]]) -> PrintedTable:
    width = max(map(len, [*head, *body]))
    filled = [[*row, *[""] * (width - len(row))] for row in (*head, *body)]
    columns = [
        ", ".join(word for word in dict.fromkeys(parts) if word) for parts in zip(*filled[: len(head)], strict=True)
    ]
    rows = tuple(PrintedRow(tuple((Words(cell),) for cell in row)) for row in filled[len(head) :])
    return PrintedTable("", "", (), (), True, tuple((Words(column),) for column in columns or [""] * width), rows)


class _Tables(HTMLParser):
    """Collects the cells of each table: those of its heading, and those of its body, spans filled in."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[tuple[list[list[str]], list[list[str]]]] = []
        self._in_head = self._in_cell = False
        self._spans = (1, 1)
        # By column, the words that a cell of a row above carries on, and for how many rows.
        self._below: dict[int, tuple[str, int]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(([], []))
            self._below = {}
        if not self.tables:
            return
        self._in_head = tag == "thead" or (self._in_head and tag != "tbody")
        if tag == "tr":
            self._part.append([])
            self._carry_on()
        if tag in {"td", "th"} and self._part:
            given = dict(attrs)
            self._spans = _span(given.get("colspan")), _span(given.get("rowspan"))
            self._in_cell = True
            self._part[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self._in_cell:
            self._in_cell = False
            across, down = self._spans
            row = self._part[-1]
            start, words = len(row) - 1, row[-1].strip()
            row[start:] = [words] * across
            if down > 1:
                self._below |= {start + place: (words, down - 1) for place in range(across)}
            self._carry_on()

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self._part[-1][-1] += data

    @property
    def _part(self) -> list[list[str]]:
        return self.tables[-1][0 if self._in_head else 1]

    def _carry_on(self) -> None:
        """Fill the cells that one of a row above covers."""
        row = self._part[-1]
        while len(row) in self._below:
            words, left = self._below.pop(len(row))
            if left > 1:
                self._below[len(row)] = words, left - 1
            row.append(words)


def _span(given: str | None) -> int:
    return max(1, min(int(given), MOST_SPANNED)) if given and given.isdecimal() else 1
