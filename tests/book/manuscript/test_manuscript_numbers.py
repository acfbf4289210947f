"""The manuscript says what the site says: every quoted number, every cell of the main tables, every caption."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from hai_utils.results.files import read_results
from hai_utils.results.printing import format_record
from hai_utils.results.table import Results
from tests.book.manuscript.manuscript_text import dense

LEFT_OUT = {"book/this_run", "book/checklists", "book/keys", "search", "index"}
CONTEXT = 8


@cache
def articles(run: Path) -> dict[str, Tag]:
    site = run / "html"
    names = {
        path.relative_to(site).with_suffix("").as_posix(): path
        for path in site.rglob("*.html")
        if "_static" not in path.parts
    }
    found = {}
    for name in sorted(names.keys() - LEFT_OUT):
        page = BeautifulSoup(names[name].read_text(encoding="utf-8"), "html.parser").find("article")
        for part in page.select(".headerlink, #how-to-read-this-book"):
            part.decompose()
        found[name] = page
    return found


@pytest.fixture(scope="session")
def quotes(run: Path) -> list[Tag]:
    """Every quoted number of running text on the pages of the article."""
    return [
        quote
        for page in articles(run).values()
        for quote in page.select("p [data-key]")
        if not quote.find_parent("table")
    ]


@pytest.fixture(scope="session")
def numbers(run: Path) -> Results:
    return read_results(run)


def captions(run: Path, kind: str) -> set[str]:
    found = [part for page in articles(run).values() for part in page.select(kind)]
    return {dense(part.get_text()) for part in found if part.select_one(".caption-number")}


def test_the_site_quotes_results_csv(quotes, numbers):
    assert len(quotes) > 50
    for quote in quotes:
        record = numbers.get(quote["data-key"], quote.get("data-method", ""))
        rounded = {format_record(record, numbers.study.formatter, decimals=places) for places in range(4)}
        # The two limits of an interval share a sign of percent.
        assert quote.get_text() in {
            text.removesuffix(end) for text in {record.formatted} | rounded for end in ("", "%")
        }


def test_every_paragraph_with_a_number_stands_in_the_docx(quotes, word):
    written = {dense(paragraph.text) for paragraph in word.paragraphs}
    for quote in quotes:
        paragraph = dense(quote.find_parent(["p", "li"]).get_text())
        assert any(paragraph in text for text in written), paragraph


def test_every_number_stands_in_the_pdf_among_its_neighbours(quotes, pdf):
    for quote in quotes:
        around = dense(quote.find_parent(["p", "li"]).get_text())
        value = dense(quote.get_text())
        places = [match.start() for match in re.finditer(re.escape(value), around)]
        # A page ends somewhere: what stands before or after may be on the next one.
        assert any(
            around[max(0, place - CONTEXT) : place + len(value)] in pdf
            or around[place : place + len(value) + CONTEXT] in pdf
            for place in places
        ), around


@pytest.mark.parametrize("name", ["table-baseline", "table-outcomes"])
def test_every_cell_of_the_main_tables_stands_in_both(name, run, word, pdf):
    page = next(page for page in articles(run).values() if page.find(id=name))
    rows = [[dense(cell.get_text()) for cell in row.select("th, td")] for row in page.find(id=name).select("tr")]
    written = [[[dense(cell.text) for cell in row.cells] for row in table.rows] for table in word.tables]
    assert rows in written
    for row in rows[1:]:
        assert "".join(row) in pdf


@pytest.mark.parametrize(
    ("kind", "style"), [("table caption", "Table Caption"), ("figure.hai-figure figcaption > p", "Figure Caption")]
)
def test_captions_have_the_numbers_of_the_site(kind, style, run, word, pdf):
    expected = captions(run, kind)
    assert {dense(part.text) for part in word.paragraphs if part.style.name == style} == expected
    assert expected
    for caption in expected:
        assert caption in pdf


def test_a_cross_reference_of_the_docx_leads_somewhere(run, word):
    text = word.element.xml
    targets = set(re.findall(r'w:anchor="([^"]+)"', text))
    assert targets
    assert targets <= set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', text))


def test_references_are_numbered_as_on_the_site(run, word):
    listed = articles(run)["book/references"].select("div.citation")
    expected = [
        dense(f"{entry.select_one('.label').get_text().strip('[] ')}.{entry.find('p').get_text()}") for entry in listed
    ]
    assert [dense(part.text) for part in word.paragraphs if part.style.name == "Reference"] == expected


def test_the_notice_stands_on_a_reconstruction_alone(run, word, numbers):
    assert any(part.style.name == "Notice" for part in word.paragraphs) == numbers.study.synthetic
