"""A site carries what its pages load, and nothing of which no page knows."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

LARGEST = 250_000
_NAME = re.compile(r"""<[^>]*?\s(?:href|src)=["']([^"']+)""")
_ADDRESS = re.compile(r"url\(([^)]+)\)")


@cache
def loaded(site: Path) -> set[Path]:
    """Return what pages and style sheets load or link to within the site, whether it is there or not."""
    found: set[Path] = set()
    for page in site.rglob("*.html"):
        names = {unescape(name) for name in _NAME.findall(page.read_text(encoding="utf-8"))}
        found |= {page.parent / unquote(urlsplit(name).path) for name in names if is_own(name)}
    for sheet in site.rglob("*.css"):
        names = [name.strip("'\" ") for name in _ADDRESS.findall(sheet.read_text(encoding="utf-8"))]
        found |= {sheet.parent / urlsplit(name).path for name in names if is_own(name)}
    return {path.resolve() for path in found}


def is_own(name: str) -> bool:
    parts = urlsplit(name)
    return not parts.scheme and not parts.netloc and bool(parts.path)


def test_every_file_that_a_page_or_a_style_sheet_names_is_there(published_site: Path) -> None:
    found = loaded(published_site)
    assert len(found) > 100
    assert not [path for path in found if not path.exists()]


def test_no_large_file_lies_there_that_nothing_loads(published_site: Path) -> None:
    large = {path.resolve() for path in (published_site / "_static").rglob("*.*") if path.stat().st_size > LARGEST}
    assert large
    assert large <= loaded(published_site)
