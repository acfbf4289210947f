"""Captions, cross-references and live numbers are fields of a word processor, which it can update without a change."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document

from hai_utils.book.manuscript.model import Article, Heading, Paragraph, PrintedRow, PrintedTable, Words
from hai_utils.book.manuscript.word.fields import LONGEST_NAME, bookmark_name
from hai_utils.book.manuscript.word.properties import word_count
from hai_utils.book.manuscript.word.writing import manuscript_docx
from tests.book.manuscript.word_processor import saved_again

INSTRUCTION = re.compile(r"<w:instrText[^>]*>([^<]*)")
BOOKMARK = re.compile(r'<w:bookmarkStart [^>]*w:name="([^"]+)"')


def xml_of(path_or_bytes: Path | bytes, part: str = "word/document.xml") -> str:
    source = io.BytesIO(path_or_bytes) if isinstance(path_or_bytes, bytes) else path_or_bytes
    with zipfile.ZipFile(source) as archive:
        return archive.read(part).decode()


def table(name: str, number: str) -> PrintedTable:
    row = PrintedRow(((Words("Age"),), (Words("61"),)))
    return PrintedTable(name, number, (Words("Title"),), (), True, ((Words("A"),), (Words("B"),)), (row,))


@pytest.fixture
def written(width, styles):
    def write(*blocks, line_numbers=True, contents=False) -> bytes:
        article = Article("Title", "", "A. Author", "", tuple(blocks), line_numbers=line_numbers, contents=contents)
        return manuscript_docx(article, {}, width, styles)

    return write


def instructions(document: bytes) -> list[str]:
    return [" ".join(text.split()) for text in INSTRUCTION.findall(xml_of(document))]


def test_a_word_processor_updates_all_fields_without_a_change(run, tmp_path):
    saved = saved_again(run / "manuscript.docx", tmp_path / "saved.docx", tmp_path / "home")
    before, after = (
        [p.text for p in Document(str(path)).paragraphs if p.text] for path in (run / "manuscript.docx", saved)
    )
    assert after == before
    kinds = ("SEQ Table ", "REF hai_", "ADDIN HAI ")
    counts = [
        [INSTRUCTION.sub(r"\1", xml_of(path)).count(kind) for kind in kinds]
        for path in (run / "manuscript.docx", saved)
    ]
    assert counts[0] == counts[1]
    assert all(counts[0])


def test_every_caption_counts_in_a_sequence_of_its_own(written):
    made = written(table("a", "Table 1"), table("b", "Table 2"), table("c", "Table S1"), table("d", "Table S2"))
    names = ["Table"] * 2 + ["Supplementary_Table"] * 2
    assert instructions(made) == [rf"SEQ {name} \* ARABIC" for name in names]


def test_a_caption_out_of_its_order_keeps_its_number_when_fields_are_updated(written):
    made = written(table("b", "Table 2"), table("a", "Table 1"))
    assert instructions(made) == [r"SEQ Table \* ARABIC \r 2", r"SEQ Table \* ARABIC \r 1"]


def test_a_cross_reference_repeats_the_bookmark_of_a_caption(written):
    made = written(Paragraph((Words("See "), Words("Table 1", target="#table-a"))), table("table-a", "Table 1"))
    assert r"REF hai_table_a \h" in instructions(made)
    assert "hai_table_a" in BOOKMARK.findall(xml_of(made))
    assert "w:hyperlink" not in xml_of(made)


def test_a_live_number_is_a_field_that_names_it(written):
    def live(**given: str) -> str:
        line = (Words("Of "), Words("25", **given), Words(" patients."))
        return next(text for text in instructions(written(Paragraph(line))) if text.startswith("ADDIN"))

    assert live(key="os.all.n") == live(source="{val}`os.all.n`") != live(key="os.all.events")


def test_names_of_bookmarks_are_short_and_differ(written):
    long = "table-of-a-column-with-a-name-that-is-very-long"
    twice = Paragraph((Words("Twice."),))
    names = BOOKMARK.findall(xml_of(written(twice, twice, table(long, "Table 1"), table(f"{long}-too", "Table 2"))))
    own = [name for name in names if name.startswith("hai_")]
    assert len(own) == len(set(own)) == 6
    assert max(map(len, own)) <= LONGEST_NAME
    assert bookmark_name(long) in own


def test_lines_are_numbered_unless_they_are_not_wanted(written):
    assert "w:lnNumType" in xml_of(written(Heading(1, (Words("H"),))))
    assert "w:lnNumType" not in xml_of(written(Heading(1, (Words("H"),)), line_numbers=False))


def test_a_table_of_contents_stands_where_it_is_asked_for(written):
    heading = Heading(1, (Words("Methods"),), "methods")
    assert not any(text.startswith("TOC") for text in instructions(written(heading)))
    made = written(heading, Heading(2, (Words("Design"),), "design"), contents=True)
    assert r'TOC \o "1-2" \h \z \u' in [text.replace("&quot;", '"') for text in instructions(made)]
    styles = {p.text: p.style.name for p in Document(io.BytesIO(made)).paragraphs if p.style.name.startswith("toc")}
    assert styles == {"Methods": "toc 1", "Design": "toc 2"}


def test_every_figure_says_what_it_shows(run):
    words = re.findall(r'<wp:docPr descr="([^"]*)"', xml_of(run / "manuscript.docx"))
    assert words
    assert all(len(text) > 40 for text in words)


def test_properties_are_those_of_the_article_and_its_data_and_not_of_the_hour(written, width, styles):
    article = Article(
        "Title & more", "", "A. Author, B. Author", "", (Paragraph((Words("One two."),)),),
        keywords=("liver", "pump"), dates="from 2019-01-01 to 2021-03-31",
    )  # fmt: skip
    made = manuscript_docx(article, {}, width, styles)
    core = Document(io.BytesIO(made)).core_properties
    assert (core.title, core.author, core.keywords) == ("Title & more", "A. Author, B. Author", "liver, pump")
    assert core.created.date().isoformat() == core.modified.date().isoformat() == "2021-03-31"
    assert "<Words>2</Words>" in xml_of(made, "docProps/app.xml")
    assert "dcterms" not in re.sub("xmlns:dcterms", "", xml_of(written(), "docProps/core.xml"))


def test_words_are_those_of_the_running_text():
    body = (Heading(1, (Words("Not this"),)), Paragraph((Words("Two words"),)), table("a", "Table 1"))
    assert word_count(Article("Title", "", "", "", body)) == 2


def test_wide_tables_share_turned_pages_with_their_heading_and_no_page_is_empty(written):
    def wide(name: str, number: str) -> PrintedTable:
        cells = tuple((Words(f"{'12.3 (10.1 to 14.5)'}"),) for _ in range(9))
        return PrintedTable(name, number, (Words("Wide"),), (), True, cells, (PrintedRow(cells),))

    heading = Heading(1, (Words("Tables"),), "tables")
    xml = xml_of(written(Paragraph((Words("Text."),)), heading, wide("a", "Table 1"), wide("b", "Table 2")))
    shapes = re.findall(r"<w:pgSz [^>]*/>", xml)
    assert ["landscape" in shape for shape in shapes] == [False, True]
    assert xml.index("<w:pgSz") < xml.index(">Tables<")
