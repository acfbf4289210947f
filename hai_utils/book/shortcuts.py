"""Work of Sphinx and what it rests on that this book has no use for, or that is done faster here; the pages stay the same.

Each shortcut stands in for one function while a site is built, and only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache as cache_of_calls
from types import SimpleNamespace
from typing import Any

from docutils import nodes

# Other text comes out of typographic quotes, dashes and ellipses as it went in.
_TYPED = re.compile(r"""["'`\\&\0]|--|\. ?\.""")


@contextmanager
def shortcuts() -> Iterator[None]:
    """Take the shortcuts within a block."""
    from myst_nb import sphinx_ as myst_nb
    from pybtex import plugin
    from sphinx.pycode.parser import Parser
    from sphinx.transforms import SphinxSmartQuotes
    from sphinx.util.nodes import NodeMatcher

    plain_tokens = SphinxSmartQuotes.get_tokens
    taken: list[tuple[Any, str, Any]] = [
        # The installed packages are searched once for a plug-in, not once for a citation.
        (plugin, "_load_entry_point", cache_of_calls(plugin._load_entry_point)),
        # The reference needs what a module defines and in which order, not on which lines.
        (Parser, "parse_definition", lambda self: None),
        # The executed notebooks lie in the run; nobody reads the copies that MyST-NB writes.
        (myst_nb, "nbformat", SimpleNamespace(writes=lambda notebook: "")),
        (SphinxSmartQuotes, "get_tokens", lambda self, texts: _tokens(texts, lambda text: plain_tokens(self, [text]))),
        (nodes.Node, "_fast_findall", _descendants),
        (NodeMatcher, "findall", _matching),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in taken]
    for owner, name, shortcut in taken:
        setattr(owner, name, shortcut)
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _tokens(texts: Iterable[nodes.Text], tokens: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a bound method
    """Give the texts to the maker of typographic quotes: one without anything typed as it is."""
    for text in texts:
        if _TYPED.search(text):
            yield from tokens(text)
        else:
            yield "literal", text.astext()


def _descendants(self: nodes.Node, cls: type[nodes.Node] | tuple[type[nodes.Node], ...]) -> Iterator[nodes.Node]:
    """Return the nodes of a kind under a node, itself included, in their order: without one generator for each node."""
    if isinstance(self, cls):
        yield self
    open_nodes = [iter(self.children)]
    while open_nodes:
        for child in open_nodes[-1]:
            if isinstance(child, cls):
                yield child
            if child.children:
                open_nodes.append(iter(child.children))
                break
        else:
            open_nodes.pop()


def _matching(self: Any, node: nodes.Node) -> Iterator[nodes.Node]:  # noqa: ANN401 - Sphinx's matcher
    """Return the nodes under a node that a matcher matches: those of its classes are asked alone."""
    return (found for found in _descendants(node, self.classes or nodes.Node) if self.match(found))
