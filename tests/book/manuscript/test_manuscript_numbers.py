"""The documents say what the composed article says, and its numbers are those of results.csv."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.abstract import outcome_words, outcomes_of
from hai_utils.book.manuscript.composing import Manuscript, compose
from hai_utils.book.manuscript.displays import lines_of
from hai_utils.book.state import BookRun
from hai_utils.results.files import read_results
from hai_utils.results.printing import format_record
from hai_utils.results.table import Results
from hai_utils.show.tables.cells import EMPTY_WORDS
from tests.book.manuscript.manuscript_text import dense
from tests.conftest import ROOT

CONTEXT = 12
# Words of the book about itself, which no article has.
OF_THE_BOOK = ("This book", "this book", "Question.", "Caveat.", "Method.", "parameter", "This run", "Methods compared")


@cache
def composed(run: Path) -> Manuscript:
    return compose(BookRun.read(run, ROOT))


@pytest.fixture(scope="session")
def article(run: Path) -> model.Article:
    return composed(run).article


@pytest.fixture(scope="session")
def numbers(run: Path) -> Results:
    return read_results(run)


def running(article: model.Article) -> list[model.Line]:
    return [line for block in article.body for line in lines_of(block)]


def test_the_article_quotes_results_csv(article, numbers):
    quotes = [words for line in running(article) for words in line if words.key]
    assert len(quotes) > 40
    for quote in quotes:
        record = numbers.get(quote.key, quote.method)
        rounded = {format_record(record, numbers.study.formatter, decimals=places) for places in range(4)}
        # What has no value is spelled out in prose; the two limits of an interval share a sign of percent.
        rounded |= {EMPTY_WORDS[record.formatted]} if record.formatted in EMPTY_WORDS else set()
        assert quote.text in {text.removesuffix(end) for text in {record.formatted} | rounded for end in ("", "%")}


def test_the_abstract_names_the_outcomes_whose_results_it_gives(article, numbers):
    methods, results = (
        next(line for line in running(article) if model.plain(line).startswith(heading))
        for heading in ("Methods: ", "Results: ")
    )
    compared = re.search(r"([^.]+) were compared between", model.plain(methods))
    words = compared[1].removeprefix("Methods: ").strip().removeprefix("On the reconstructed rows, ")
    named = re.split(r", | and ", words.replace(" (primary)", "").lower())
    given = {word.key.partition(".")[0] for word in results if word.key and ".all." not in word.key}
    assert named == [outcome_words(numbers, name).lower() for name in outcomes_of(numbers) if name in given]


def test_every_line_of_the_article_stands_in_the_docx(article, word):
    written = {dense(paragraph.text) for paragraph in word.paragraphs}
    for line in running(article):
        assert any(dense(model.plain(line)) in text for text in written), model.plain(line)


def test_every_number_stands_in_the_pdf_among_its_neighbors(article, pdf):
    for line in running(article):
        around = dense(model.plain(line))
        for words in line:
            value = dense(words.text)
            places = [match.start() for match in re.finditer(re.escape(value), around)] if words.key else []
            # A page ends somewhere, and lines are numbered: what stands before or after may be elsewhere.
            assert not places or any(
                around[max(0, place - CONTEXT) : place + len(value)] in pdf
                or around[place : place + len(value) + CONTEXT] in pdf
                or value in pdf
                for place in places
            ), around


def test_the_article_says_nothing_of_the_book(article):
    text = "\n".join(model.plain(line) for line in running(article))
    assert [words for words in OF_THE_BOOK if words in text] == []


def test_no_heading_stands_over_nothing(article):
    for block, after in zip(article.body, [*article.body[1:], None], strict=True):
        if isinstance(block, model.Heading):
            assert after is not None
            assert not isinstance(after, model.Heading) or after.level > block.level


def test_the_text_names_every_table_and_figure_in_the_order_of_their_numbers(article):
    named = [words.text for line in running(article) for words in line if words.text.startswith(("Table ", "Figure "))]
    for kind in ("Table", "Figure"):
        first = [name for name in dict.fromkeys(named) if re.fullmatch(rf"{kind} \d+", name)]
        assert first == [f"{kind} {place}" for place in range(1, len(first) + 1)]
    assert {exhibit.number for exhibit in article.exhibits} <= set(named)


@pytest.mark.parametrize("name", ["table-baseline", "table-outcomes"])
def test_every_cell_of_the_main_tables_stands_in_both(name, run, word, pdf):
    pages = (
        BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in (run / "html" / "notebooks").glob("*.html")
    )
    page = next(page for page in pages if page.find(id=name))
    rows = [[dense(cell.get_text()) for cell in row.select("th, td")] for row in page.find(id=name).select("tr")]
    # The manuscript's P values have the letter of their test.
    written = [
        [[re.sub(r"(?<=[\d†])[a-z]$", "", dense(cell.text)) for cell in row.cells] for row in table.rows]
        for table in word.tables
    ]
    assert rows in written
    for row in rows[1:]:
        assert "".join(row) in pdf


def test_a_cross_reference_of_the_docx_leads_somewhere(word):
    text = word.element.xml
    targets = set(re.findall(r'w:anchor="([^"]+)"', text)) | set(re.findall(r"REF (hai_\w+)", text))
    assert targets
    assert targets <= set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', text))


def test_every_reference_is_cited_and_every_citation_is_listed(article):
    cited = {
        key
        for line in running(article)
        for words in line
        if words.source.startswith("{cite}")
        for key in re.findall(r"[\w-]+", words.source)[1:]
    }
    listed = {block.anchor.removeprefix("ref-") for block in article.body if isinstance(block, model.ReferenceEntry)}
    assert cited == listed


def test_the_notice_stands_on_a_reconstruction_alone(word, numbers):
    assert any(part.style.name == "Notice" for part in word.paragraphs) == numbers.study.synthetic


def test_without_a_study_file_the_article_asks_and_makes_nothing_up(run):
    made = composed(run)
    if made.article.notice:
        pytest.skip("the published study has its texts")
    assert "Discussion" not in made.sections
    assert "Introduction" not in made.sections
    assert any("background" in text for text in made.asked)
    assert any(
        isinstance(block, model.Heading) and model.plain(block.text) == "For the author" for block in made.article.body
    )


def test_the_supplement_is_a_document_of_its_own(run):
    supplement = composed(run).supplement
    assert (run / "manuscript_supplement.docx").is_file()
    assert all(re.fullmatch(r"(Table|Figure) S\d+", exhibit.number) for exhibit in supplement.exhibits)
