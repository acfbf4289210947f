"""HTML tables of cells as tables of the manuscript."""

from __future__ import annotations

import pytest

from hai_utils.book.manuscript.cell_outputs import table_blocks
from hai_utils.book.manuscript.model import PrintedTable, plain


def cells(table: PrintedTable) -> list[list[str]]:
    return [[plain(line) for line in lines] for lines in (table.columns, *(row.cells for row in table.rows))]


def one(html: str) -> list[list[str]]:
    (table,) = table_blocks(html)
    return cells(table)


def test_a_heading_of_two_rows_is_joined_by_column() -> None:
    html = (
        "<table><thead><tr><th></th><th colspan='2'>age</th></tr><tr><th></th><th>mean</th><th>max</th></tr></thead>"
        "<tbody><tr><th>a</th><td>1</td><td>2</td></tr></tbody></table>"
    )
    assert one(html) == [["", "age, mean", "age, max"], ["a", "1", "2"]]


def test_a_cell_over_several_rows_stands_in_each() -> None:
    html = "<table><tbody><tr><th rowspan='2'>a</th><td>1</td></tr><tr><td>2</td></tr></tbody></table>"
    assert one(html) == [["", ""], ["a", "1"], ["a", "2"]]


def test_marks_of_html_in_a_cell_are_text() -> None:
    assert one("<table><tr><td>a &lt;b&gt; &amp; c</td></tr></table>")[1] == ["a <b> & c"]


def test_short_rows_are_filled() -> None:
    assert one("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>")[2] == ["3", ""]


@pytest.mark.parametrize("html", ["", "<p>words</p>", "<table></table>", "<td>lost</td>"])
def test_without_cells_there_is_no_table(html: str) -> None:
    assert table_blocks(html) == []


def test_a_span_without_sense_is_one_cell() -> None:
    assert one("<table><tr><td colspan='x'>1</td><td colspan='0'>2</td></tr></table>")[1][:1] == ["1"]
