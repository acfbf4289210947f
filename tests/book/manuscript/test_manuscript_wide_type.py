"""A word processor without Times New Roman takes a wider face; no heading of a column breaks within a word for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import matplotlib
from docx.oxml.ns import qn
from PIL import ImageFont

from hai_utils.book.manuscript.word.pandoc import KEPT_ROWS
from hai_utils.book.manuscript.word.writing import ROOMS, SIZES

# The widest face of serifs that is common where Times New Roman and its copies are missing; Matplotlib brings it.
FACE = ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSerif-Bold.ttf")), 100)
MARGIN = 2.0  # at the right of a cell, millimetres
POINTS = {f"Table Heading{name}": size for size, name in SIZES.items()}


def millimetres(word: str, points: float) -> float:
    return float(FACE.getlength(word)) / 100 * points * 25.4 / 72


def with_rooms(word) -> list[tuple]:
    """Return each table with the width of the text on its page: a section's shape stands at its end."""
    found, waiting = [], []
    for element in word.element.body.iter(qn("w:tbl"), qn("w:sectPr")):
        if element.tag == qn("w:tbl"):
            waiting.append(element)
            continue
        turned = element.find(qn("w:pgSz")).get(qn("w:orient")) == "landscape"
        found += [(table, ROOMS[turned]) for table in waiting]
        waiting = []
    return found


def test_every_word_over_a_column_has_its_room(word):
    rooms = dict(with_rooms(word))
    assert len(rooms) == len(word.tables)
    for table in word.tables:
        grid = [float(column.get(qn("w:w"))) for column in table._tbl.tblGrid.gridCol_lst]
        heads = [cell.paragraphs[0] for cell in table.rows[0].cells]
        for share, head in zip(grid, heads, strict=True):
            room = rooms[table._tbl] * share / sum(grid) - MARGIN
            for part in head.text.replace("-", "- ").replace("/", "/ ").split():
                assert millimetres(part, POINTS[head.style.name]) <= room, (part, room)


def test_a_short_table_stays_on_one_page_and_its_notes_under_it(word):
    for table in word.tables:
        kept = [bool(row.cells[0].paragraphs[0]._p.pPr.findall(qn("w:keepNext"))) for row in table.rows]
        if len(kept) < KEPT_ROWS:
            assert all(kept[:-1]), [cell.text for cell in table.rows[0].cells]
        after = [one for one in table._tbl.itersiblings() if one.tag == qn("w:p")][:1]
        assert kept[-1] == any(one.pPr is not None and one.pPr.style == "TableNote" for one in after)


def test_no_note_parts_from_the_line_above_it(word):
    pairs = list(pairwise(word.paragraphs))
    noted = [above for above, below in pairs if below.style.name == "Table Note" and above.style.name != "Body Text"]
    under = [above for above in noted if above.style.name in {"Table Note", "Figure Caption"}]
    assert under
    assert all(above.paragraph_format.keep_with_next for above in under)
