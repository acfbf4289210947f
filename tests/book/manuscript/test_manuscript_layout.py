"""How wide columns are, when a table is set smaller, and when its page is turned."""

from __future__ import annotations

import pytest

from hai_utils.book.manuscript.measuring import TURNED, UPRIGHT, lay_out
from hai_utils.book.manuscript.model import PrintedRow, PrintedTable, Words


def a_letter_is_half_its_size(text, bold):
    return len(text) * 0.5 * 25.4 / 72


def table(*cells, columns=None):
    heads = tuple((Words(text),) for text in columns or ["Head"] * len(cells))
    row = PrintedRow(
        tuple((Words(text, frozenset({"unbroken"})),) if "–" in text else (Words(text),) for text in cells)
    )
    return PrintedTable("t", "Table 1", (), (), True, heads, (row,))


@pytest.mark.parametrize(
    ("columns", "size", "turned"), [(4, 8.5, False), (9, 8.0, False), (14, 8.5, True), (30, 6.5, True)]
)
def test_a_wide_table_is_set_smaller_then_turned(columns, size, turned):
    layout = lay_out(table("Name", *["12.3–45.6"] * columns), a_letter_is_half_its_size)
    assert (layout.size, layout.turned) == (size, turned)
    assert sum(layout.widths) == pytest.approx(TURNED if turned else UPRIGHT)


def test_an_interval_has_its_line_before_a_sentence_has_its_own():
    sentence = "word " * 60
    layout = lay_out(table(sentence, "1.23 (0.45–6.78)", sentence), a_letter_is_half_its_size)
    assert layout.widths[1] >= a_letter_is_half_its_size("1.23 (0.45–6.78)", False) * layout.size
    assert layout.widths[2] > 40


def test_no_word_is_wider_than_its_column():
    layout = lay_out(table("Characteristics", "1–2", columns=["Supercalifragilistic", "P"]), a_letter_is_half_its_size)
    assert layout.widths[0] >= a_letter_is_half_its_size("Supercalifragilistic", True) * layout.size
