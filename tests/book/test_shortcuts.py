"""Shortcuts in Sphinx's work find what it finds, and are taken within their block alone."""

from __future__ import annotations

import pytest
from docutils import nodes
from docutils.utils import smartquotes
from sphinx import addnodes
from sphinx.pycode.parser import Parser
from sphinx.transforms import SphinxSmartQuotes
from sphinx.util.nodes import NodeMatcher

from hai_utils.book.shortcuts import shortcuts


def tree() -> nodes.section:
    section = nodes.section("", nodes.title("", "", nodes.Text("One"), nodes.emphasis("", "two")))
    section += nodes.paragraph("", "", nodes.Text("three"), addnodes.pending_xref("", reftype="doc"), nodes.strong())
    section += nodes.section("", nodes.paragraph("", "", addnodes.pending_xref("", reftype="numref")))
    return section


@pytest.mark.parametrize("kind", [nodes.Node, nodes.Text, nodes.paragraph, nodes.section, nodes.image])
def test_the_nodes_of_a_kind_are_found_in_their_order(kind: type[nodes.Node]) -> None:
    root = tree()
    own = list(root.findall(kind))
    with shortcuts():
        assert [id(node) for node in root.findall(kind)] == [id(node) for node in own]


def test_what_is_put_into_a_node_that_was_just_found_is_found_too() -> None:
    def found() -> list[str]:
        root, names = tree(), []
        for node in root.findall(nodes.paragraph):
            names.append(node.astext())
            if len(names) == 1:
                node += nodes.paragraph("", "later")
        return names

    own = found()
    with shortcuts():
        assert found() == own
    assert "later" in own


@pytest.mark.parametrize(
    "matcher",
    [NodeMatcher(addnodes.pending_xref, reftype="numref"), NodeMatcher(nodes.title, nodes.strong), NodeMatcher()],
)
def test_a_matcher_finds_the_same(matcher: NodeMatcher[nodes.Node]) -> None:
    root = tree()
    own = list(matcher.findall(root))
    assert own
    with shortcuts():
        assert [id(node) for node in matcher.findall(root)] == [id(node) for node in own]


@pytest.mark.parametrize(
    "texts",
    [
        ["0.03 (95% CI 0.01 to 0.2)"],
        ['"Quoted"', " and 'single'", ", the patient", "'s own"],
        ["1--2", " and so on...", " . . .", "a-b", "5'", "a\\-b", "`x`"],
        ["", "plain", '"', "after", '"'],
    ],
)
def test_typographic_signs_come_out_the_same(texts: list[str]) -> None:
    block = nodes.paragraph("", "", *map(nodes.Text, texts))

    def educated() -> list[str]:
        tokens = SphinxSmartQuotes.get_tokens(None, list(block.children))
        return list(smartquotes.educate_tokens(tokens, attr="qDe", language="en"))

    own = educated()
    with shortcuts():
        assert educated() == own


def test_after_the_block_everything_is_as_before() -> None:
    before = (nodes.Node._fast_findall, NodeMatcher.findall, Parser.parse_definition, SphinxSmartQuotes.get_tokens)
    with pytest.raises(ZeroDivisionError), shortcuts():
        _ = 1 / 0
    assert before == (
        nodes.Node._fast_findall, NodeMatcher.findall, Parser.parse_definition, SphinxSmartQuotes.get_tokens,
    )  # fmt: skip
