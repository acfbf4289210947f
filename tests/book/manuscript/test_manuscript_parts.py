"""Tables within the document that Typst sets."""

from __future__ import annotations

import pytest

from hai_utils.book.manuscript.model import Article, PrintedRow, PrintedTable, RowKind, Words
from hai_utils.book.manuscript.typesetting import manuscript_pdf
from tests.conftest import ROOT


@pytest.mark.parametrize(
    "kinds", [("section", "section", "body"), ("body", "section"), ("section", "body", "section", "section")]
)
def test_headings_within_a_table_may_follow_one_another_and_end_it(kinds: tuple[RowKind, ...]) -> None:
    rows = tuple(PrintedRow(((Words(f"{kind} {place}"),), (Words("1"),)), kind) for place, kind in enumerate(kinds))
    shown = PrintedTable("t", "Table 1", (Words("Rows"),), (), True, ((Words("A"),), (Words("B"),)), rows)
    made = Article("Title", "", "", "", (shown,))
    assert manuscript_pdf(made, ROOT / "assets" / "fonts").startswith(b"%PDF")
