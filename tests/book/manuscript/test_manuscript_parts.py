"""How pages become an article: what stands in the text, what in the supplement, and what leads from one to the other."""

from __future__ import annotations

import pytest

from hai_utils.book.manuscript.assembling import Head, Part, assemble
from hai_utils.book.manuscript.model import (
    Block,
    Heading,
    Paragraph,
    PrintedFigure,
    PrintedRow,
    PrintedTable,
    RowKind,
    Words,
    plain,
)
from hai_utils.book.manuscript.typesetting import manuscript_pdf
from tests.conftest import ROOT


def heading(text: str) -> Heading:
    return Heading(1, (Words(text),))


def table(name: str, number: str, *, main: bool) -> PrintedTable:
    return PrintedTable(name, number, (Words(name),), (), main, (), ())


def article(*blocks: Block) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    parts = [Part("Results", ("chapter",))]
    made = assemble(Head("Title", "", "", ""), "first", parts, {"first": (heading("Abstract"),), "chapter": (*blocks,)})
    return made.body, made.supplement


def test_an_exhibit_is_named_where_the_site_shows_it() -> None:
    body, supplement = article(
        heading("Outcomes"), table("main", "Table 1", main=True), table("more", "Table S1", main=False)
    )
    pointer = next(block for block in body if isinstance(block, Paragraph))
    assert plain(pointer.text) == "See Table 1 and Table S1."
    assert [words.target for words in pointer.text if words.target] == ["#main", "#more"]
    assert [block.name for block in body if isinstance(block, PrintedTable | PrintedFigure)] == ["main"]
    assert [block.name for block in supplement if isinstance(block, PrintedTable | PrintedFigure)] == ["more"]


@pytest.mark.parametrize(
    "kinds", [("section", "section", "body"), ("body", "section"), ("section", "body", "section", "section")]
)
def test_headings_within_a_table_may_follow_one_another_and_end_it(kinds: tuple[RowKind, ...]) -> None:
    rows = tuple(PrintedRow(((Words(f"{kind} {place}"),), (Words("1"),)), kind) for place, kind in enumerate(kinds))
    shown = PrintedTable("t", "Table 1", (Words("Rows"),), (), True, ((Words("A"),), (Words("B"),)), rows)
    made = assemble(Head("Title", "", "", ""), "first", [], {"first": (heading("Abstract"), shown)})
    assert manuscript_pdf(made, ROOT / "assets" / "fonts").startswith(b"%PDF")


def test_a_table_without_a_number_stays_and_is_not_named() -> None:
    body, _ = article(heading("Methods"), table("plain", "", main=False))
    assert [type(block) for block in body][-1] is PrintedTable
    assert not any(isinstance(block, Paragraph) for block in body)
