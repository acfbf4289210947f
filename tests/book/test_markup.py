"""What the site's writer leaves out of its markup is set where each element is written."""

from __future__ import annotations

from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.writers.html5_polyglot import Writer
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

from hai_utils.book.markup import AccessibleTranslator, region_start
from hai_utils.book.undocumented import SCROLLING_TABLE


@pytest.fixture
def translator() -> Any:
    """A translator without a page, whose text grows in `body`."""
    made = AccessibleTranslator.__new__(AccessibleTranslator)
    made.body, made.in_mailto = [], 0
    made.settings = get_default_settings(Writer())
    return made


def cell_of(parent: nodes.Element) -> nodes.entry:
    entry = nodes.entry()
    parent += nodes.row("", entry)
    return entry


@pytest.mark.parametrize(("parent", "scope"), [(nodes.thead(), "col"), (nodes.tbody(), "row")])
def test_a_header_cell_names_what_it_heads(parent: nodes.Element, scope: str, translator: Any) -> None:
    assert f'scope="{scope}"' in translator.starttag(cell_of(parent), "th", "")


def test_a_plain_cell_heads_nothing(translator: Any) -> None:
    assert "scope" not in translator.starttag(cell_of(nodes.tbody()), "td", "")


def test_a_reference_is_a_list_item(translator: Any) -> None:
    assert 'role="listitem"' in translator.starttag(nodes.citation(), "div", role="doc-biblioentry")


def opened(table: nodes.table, theirs: str, translator: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(HTML5Translator, "visit_table", lambda self, node: self.body.extend([theirs, "<table>"]))
    translator.visit_table(table)
    return "".join(translator.body)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (nodes.table("", region="Table 1 Age & “sex”"), "Table 1 Age & “sex”"),
        (nodes.table("", nodes.title("", "Its title")), "Its title"),
        (nodes.table(""), "Table"),
    ],
)
def test_a_table_is_a_region_with_a_name(
    table: nodes.table, words: str, translator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = BeautifulSoup(opened(table, SCROLLING_TABLE, translator, monkeypatch), "html.parser").find("div")
    assert region is not None
    assert (region["role"], region["aria-label"], region["tabindex"]) == ("region", words, "0")


def test_a_theme_that_opens_tables_in_another_way_is_an_error(translator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExtensionError, match="no longer"):
        opened(nodes.table(""), "<div>", translator, monkeypatch)


def test_a_caption_cannot_leave_the_attribute_that_names_the_region() -> None:
    harmful = '<img src=x onerror="alert(1)">'
    region = BeautifulSoup(region_start(harmful), "html.parser").find("div")
    assert region is not None
    assert unescape(str(region["aria-label"])) == harmful
    assert region.find("img") is None


@cache
def parsed(site: Path) -> list[BeautifulSoup]:
    """The pages of a site; those of evidence, of one template, are left to its own tests."""
    pages = [path for path in sorted(site.rglob("*.html")) if "evidence" not in path.relative_to(site).parts]
    return [BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in pages]


def elements(site: Path, selector: str) -> list[Any]:
    """Every element of a site's pages that a selector finds."""
    return [element for page in parsed(site) for element in page.select(selector)]


def test_every_header_cell_of_the_site_names_its_direction(published_site: Path) -> None:
    # What a reader's own cell prints is as pandas writes it.
    cells = elements(published_site, "table:not(.dataframe) th")
    assert cells
    assert {cell.get("scope") for cell in cells} == {"col", "row"}


def test_every_numbered_table_and_drawing_is_a_region_named_by_its_number(published_site: Path) -> None:
    for exhibit in elements(published_site, "table.hai-results:has(.caption-number), figure.hai-figure > div > svg"):
        box = exhibit.parent
        holder = exhibit if exhibit.name == "table" else exhibit.find_parent("figure")
        assert box["role"] == "region"
        assert box["aria-label"].startswith(holder.select_one(".caption-number").get_text(strip=True))
    assert not elements(published_site, "figure.hai-figure > svg")


def test_folded_code_is_called_by_the_words_it_shows_and_is_no_box(published_site: Path) -> None:
    folds = elements(published_site, "div.cell details")
    assert folds
    assert all("admonition" not in fold["class"] and not fold.summary.get("aria-label") for fold in folds)


def test_the_reference_list_consists_of_list_items(published_site: Path) -> None:
    entries = elements(published_site, "[role=list] > div.citation")
    assert entries
    assert {entry["role"] for entry in entries} == {"listitem"}
