"""A word processor without Times New Roman takes a wider face; no heading of a column breaks within a word for it."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from docx.oxml.ns import qn
from PIL import ImageFont

from hai_utils.book.manuscript.word import ROOMS, SIZES

# The widest face of serifs that is common where Times New Roman and its copies are missing; Matplotlib brings it.
FACE = ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSerif-Bold.ttf")), 100)
MARGIN = 2.0  # at the right of a cell, millimetres
POINTS = {f"Table Heading{name}": size for size, name in SIZES.items()}


def millimetres(word: str, points: float) -> float:
    return float(FACE.getlength(word)) / 100 * points * 25.4 / 72


def test_every_word_over_a_column_has_its_room(word):
    landscape = [section.page_width > section.page_height for section in word.sections]
    assert not any(landscape), "the widths below are those of an upright page"
    for table in word.tables:
        grid = [float(column.get(qn("w:w"))) for column in table._tbl.tblGrid.gridCol_lst]
        heads = [cell.paragraphs[0] for cell in table.rows[0].cells]
        for share, head in zip(grid, heads, strict=True):
            room = ROOMS[0] * share / sum(grid) - MARGIN
            for part in head.text.replace("-", "- ").replace("/", "/ ").split():
                assert millimetres(part, POINTS[head.style.name]) <= room, (part, room)
