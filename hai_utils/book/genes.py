"""Symbols of genes in italics, as the nomenclature of human genes has them, on the site and in the documents alike."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

# What the columns of the dictionary are about; a symbol in code, a link's address or a drawing stays as it is.
GENES = re.compile(r"\b(KRAS|NRAS|BRAF)\b")
_AS_THEY_ARE = (nodes.emphasis, nodes.literal, nodes.FixedTextElement, nodes.raw, nodes.comment)


def mark_genes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set every symbol of a gene in a resolved page in italics; pages of the references keep the titles that they cite."""
    for text in list(doctree.findall(nodes.Text)):
        parent = text.parent
        if parent is None or not GENES.search(text) or _is_kept(parent):
            continue
        parts = GENES.split(str(text))
        found = [
            nodes.emphasis("", part) if place % 2 else nodes.Text(part) for place, part in enumerate(parts) if part
        ]
        place = parent.index(text)
        parent.remove(text)
        for node in reversed(found):
            parent.insert(place, node)


def _is_kept(node: nodes.Element | None) -> bool:
    while node is not None:
        if isinstance(node, (*_AS_THEY_ARE, nodes.citation)):
            return True
        node = node.parent
    return False
