"""A page of a built book as the local page serves it: under a strict policy, with a panel, and with another body where asked."""

from __future__ import annotations

import re
from html import escape

from hai_utils.show.drawing import place_of

_INLINE = re.compile(r"<script>.*?</script>", re.DOTALL)
_NOSCRIPT_STYLE = re.compile(r"<noscript>\s*<style>.*?</style>\s*</noscript>", re.DOTALL)
_SET_OPTIONS = "DOCUMENTATION_OPTIONS.pagename"
_SIZE = 'style="max-width:100%;height:auto"'
_ARTICLE = re.compile(r'(<article class="bd-article">).*?(</article>)', re.DOTALL)
_DOWNLOADS = re.compile(r'<p class="hai-(?:downloads|documents)">.*?</p>', re.DOTALL)
_LINK = re.compile(r'(href="(?!https?:|#|/)[^"#?]*\.(?:html|csv))(?=["#])')
STATIC = "/static/"


def with_files_for_scripts(html: str, docname: str) -> str:
    """Return a page whose inline scripts and style attributes are files and classes."""
    options = f'<script src="{STATIC}book-options.js"></script>'

    def moved(match: re.Match[str]) -> str:
        if _SET_OPTIONS in match[0]:
            return options
        return f'<script src="{STATIC}book-look.js"></script>' if "prefers-color-scheme" in match[0] else ""

    html = _NOSCRIPT_STYLE.sub("", _INLINE.sub(moved, html))
    html = html.replace("<html ", f'<html data-pagename="{escape(docname)}" ', 1)
    return without_style(html)


def without_style(html: str) -> str:
    """Return HTML whose drawings have a class instead of a style attribute."""
    return html.replace(_SIZE, 'class="hai-drawn"')


def without_downloads(body: str) -> str:
    """Return the body of a page without links to files: those of a state that was not built do not exist."""
    return _DOWNLOADS.sub("", body)


def with_body(html: str, body: str) -> str:
    """Return a page with another article."""
    return _ARTICLE.sub(lambda match: f"{match[1]}{body}{match[2]}", html, count=1)


def with_drawing(body: str, name: str, svg: str) -> str:
    """Return a body with a drawing in its place."""
    return body.replace(place_of(name), svg)


def with_query(html: str, query: str) -> str:
    """Return a page whose links to other pages of the book keep the choices in the address."""
    return _LINK.sub(lambda match: f"{match[1]}?{escape(query)}", html) if query else html


def with_panel(html: str, head: str, panel: str) -> str:
    """Return a page with a panel before all else in it, and what the panel needs at the end of the head."""
    html = html.replace("</head>", f"{head}</head>", 1)
    return re.sub(r"(<body[^>]*>)", lambda match: match[1] + panel, html, count=1)
