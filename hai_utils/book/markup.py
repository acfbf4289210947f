"""What the writers of the pages leave out of their markup, put right once a page is written."""

from __future__ import annotations

import re
from html import escape, unescape

_HEADER_CELL = re.compile(r'<th class="([^"]*)"')
_SCROLLING_TABLE = re.compile(
    r'<div class="pst-scrollable-table-container">(?P<table><table[^>]*>\s*(?:<caption>(?P<caption>.*?)</caption>)?)',
    re.DOTALL,
)
_DRAWING = re.compile(
    r'(?P<figure><figure class="[^"]*\bhai-figure\b[^"]*"[^>]*>\s*)(?P<drawing><svg\b.*?</svg>)'
    r'(?=\s*<figcaption>\s*<p><span class="caption-number">(?P<number>[^<]*)</span>)',
    re.DOTALL,
)
_PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
# What stands in the page, and what stands there instead.
_REPLACED = (
    # The label would hide from a screen reader the words that the line shows.
    ('<summary aria-label="Toggle hidden content">', "<summary>"),
    # The theme dresses an admonition as a box; folded code is a line of text.
    ('<details class="admonition hide ', '<details class="hide '),
    # A list holds list items; this role says neither that nor anything that is still in use.
    ('role="doc-biblioentry"', 'role="listitem"'),
)
UNNAMED_TABLE = "Table"


def mended(body: str) -> str:
    """Return the HTML of a page's text with what assistive technology needs.

    Parameters
    ----------
    body : str
        The text of a page as Sphinx wrote it; empty for a page that is made by a template alone.

    Returns
    -------
    str
        The same text: header cells name their direction, tables and drawings that may scroll are named regions that
        the keyboard reaches, folded code is called by the words it shows, and the reference list consists of list items.
    """
    for found, instead in _REPLACED:
        body = body.replace(found, instead)
    body = _HEADER_CELL.sub(_with_scope, body)
    body = _SCROLLING_TABLE.sub(_table_region, body)
    return _DRAWING.sub(_drawing_region, body)


def _with_scope(cell: re.Match[str]) -> str:
    scope = "col" if "head" in cell[1].split() else "row"
    return f'<th scope="{scope}" class="{cell[1]}"'


def _table_region(found: re.Match[str]) -> str:
    words = _TAG.sub("", _PERMALINK.sub("", found["caption"] or ""))
    return _region_start(unescape(words)) + found["table"]


def _drawing_region(found: re.Match[str]) -> str:
    return f"{found['figure']}{_region_start(unescape(found['number']))}{found['drawing']}</div>"


def _region_start(words: str) -> str:
    # The theme's script knows this class: it takes what fits out of the tab order; without JavaScript all stay in.
    label = escape(" ".join(words.split()) or UNNAMED_TABLE, quote=True)
    return f'<div class="pst-scrollable-table-container" role="region" aria-label="{label}" tabindex="0">'
