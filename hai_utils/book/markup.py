"""What the site's writer leaves out of its markup and assistive technology needs, set where each element is written."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

from hai_utils.book.undocumented import SCROLLING_TABLE

UNNAMED_TABLE = "Table"
# Attribute of a table's node: the words that name its region.
REGION = "region"


class AccessibleTranslator(HTML5Translator):
    """Header cells name their direction, tables are named regions that the keyboard reaches, references are list items."""

    def starttag(self, node: nodes.Element, tagname: str, *arguments: Any, **attributes: Any) -> str:  # noqa: ANN401
        """Return an opening tag with the attributes that the writer leaves out."""
        if tagname == "th":
            attributes["scope"] = "col" if isinstance(node.parent.parent, nodes.thead) else "row"
        if attributes.get("role") == "doc-biblioentry":
            # A list holds list items; this role says neither that nor anything that is still in use.
            attributes["role"] = "listitem"
        return super().starttag(node, tagname, *arguments, **attributes)

    def visit_table(self, node: nodes.Element) -> None:
        """Open a table in a named region."""
        place = len(self.body)
        super().visit_table(node)
        if self.body[place] != SCROLLING_TABLE:
            raise ExtensionError(
                f"The theme opens a table by {self.body[place]!r} and no longer by {SCROLLING_TABLE!r}."
            )
        title = next((child.astext() for child in node.children if isinstance(child, nodes.title)), "")
        self.body[place] = region_start(node.get(REGION, title))


def region_start(words: str) -> str:
    """Return the tag that opens a named region which may scroll; without JavaScript the keyboard reaches each."""
    label = escape(" ".join(words.split()) or UNNAMED_TABLE, quote=True)
    return f'{SCROLLING_TABLE[:-1]} role="region" aria-label="{label}" tabindex="0">'


def use_accessible_translator(app: Sphinx) -> None:
    """Put the translator before the theme's, which is known once the theme has set it."""
    if app.builder.format == "html":
        theirs = app.builder.get_translator_class()
        both = type(AccessibleTranslator.__name__, (AccessibleTranslator, theirs), {})
        app.set_translator(app.builder.name, both, override=True)
