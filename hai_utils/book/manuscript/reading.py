"""From a page as Sphinx resolved it to blocks of the manuscript: what is read is what the site prints.

The resolved tree has every number, citation and cross-reference in its final text; reading it leaves nothing to be
made a second time, and nothing to be parsed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from docutils import nodes

from hai_utils.book.manuscript.model import (
    Block,
    Heading,
    Line,
    Listing,
    Mark,
    Paragraph,
    PrintedFigure,
    PrintedRow,
    PrintedTable,
    ReferenceEntry,
    RowKind,
    Words,
)
from hai_utils.book.nodes import quoted_value, supplementary_figure, supplementary_table

MARKS: dict[type[nodes.Node], Mark] = {
    nodes.strong: "strong",
    nodes.emphasis: "emphasis",
    nodes.superscript: "superscript",
    nodes.subscript: "subscript",
    nodes.literal: "code",
}
# What only the site needs: code, the title's own lines, contents, live code.
LEFT_OUT = ("cell_input", "hai-subtitle", "hai-notice", "toctree-wrapper", "hai-under", "hai-filter")
LEFT_OUT_SECTIONS = frozenset({"how-to-read-this-book"})
Numbering = Callable[[str, nodes.Element], str]


def anchor_of(docname: str, identifier: str = "") -> str:
    """Return the name of a place in the manuscript: pages have the same ids, so the page's name is part of it."""
    return "-".join(part for part in (*docname.split("/"), identifier) if part).replace("_", "-")


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads one resolved page.

    Attributes
    ----------
    docname : str
        The page's name in Sphinx.
    number_of : callable
        From the label of an exhibit and its node to its printed number; empty where it has none.
    """

    docname: str
    number_of: Numbering

    def read(self, doctree: nodes.Node) -> tuple[Block, ...]:
        """Return the page's blocks in their order; the first is its title."""
        return tuple(self._blocks(doctree, 0))

    def _blocks(self, node: nodes.Node, depth: int) -> Iterator[Block]:
        for child in node.children:
            yield from self._block(child, depth)

    def _block(self, node: nodes.Node, depth: int) -> Iterator[Block]:
        if not isinstance(node, nodes.Element) or set(node.get("classes", ())) & set(LEFT_OUT):
            return
        match node:
            case nodes.section():
                if not LEFT_OUT_SECTIONS & set(node["ids"]):
                    yield from self._blocks(node, depth + 1)
            case nodes.title():
                identifier = "" if depth == 1 else next(iter(node.parent["ids"]), "") if node.parent else ""
                yield Heading(depth, self._line(node), anchor_of(self.docname, identifier))
            case nodes.paragraph():
                kind = "absent" if "hai-absent" in node["classes"] else "body"
                yield Paragraph(self._line(node), kind)  # type: ignore[arg-type]  # one of the two kinds
            case nodes.bullet_list() | nodes.enumerated_list():
                yield Listing(tuple(self._line(item) for item in node.children))
            case nodes.citation():
                yield self._reference(node)
            case nodes.table():
                yield self._table(node)
            case nodes.figure():
                yield self._figure(node)
            case nodes.container() if "hai-notes" in node["classes"]:
                return
            case nodes.raw() | nodes.literal_block() | nodes.comment() | nodes.target():
                return
            case _:
                yield from self._blocks(node, depth)

    def _reference(self, node: nodes.citation) -> ReferenceEntry:
        number = next(iter(node.findall(nodes.label))).astext()
        text = [self._line(child) for child in node.children if isinstance(child, nodes.paragraph)]
        return ReferenceEntry(number, text[0], anchor_of(self.docname, node["ids"][0]))

    def _table(self, node: nodes.table) -> PrintedTable:
        title = next((child for child in node.children if isinstance(child, nodes.title)), None)
        name = next(iter(node["ids"]), "")
        box = node.parent
        notes = [part for part in box.findall(nodes.container) if "hai-notes" in part["classes"]] if box else []
        head, *body = list(node.findall(nodes.row))
        return PrintedTable(
            name,
            self.number_of(name, node),
            self._line(title) if title is not None else (),
            tuple(self._line(line) for note in notes for line in note.children),
            not isinstance(node, supplementary_table),
            tuple(self._line(cell) for cell in head.children),
            tuple(PrintedRow(tuple(self._line(cell) for cell in row.children), _row_kind(row)) for row in body),
        )

    def _figure(self, node: nodes.figure) -> PrintedFigure:
        name = next(iter(node["ids"]), "")
        drawing = next((part.astext() for part in node.findall(nodes.raw)), "")
        caption = next(iter(node.findall(nodes.caption)), None)
        legend = next(iter(node.findall(nodes.legend)), None)
        return PrintedFigure(
            name,
            self.number_of(name, node),
            self._line(caption) if caption is not None else (),
            tuple(self._line(line) for line in legend.children) if legend is not None else (),
            not isinstance(node, supplementary_figure),
            drawing,
            str(node.get("alt", "")),
            tuple(node.get("data", ())),
        )

    def _line(self, node: nodes.Node) -> Line:
        return _tidied(self._words(node, Words("")))

    def _words(self, node: nodes.Node, dress: Words) -> Iterator[Words]:
        for place, child in enumerate(node.children):
            if isinstance(child, nodes.Text):
                yield replace(dress, text=str(child))
            elif isinstance(child, nodes.paragraph | nodes.line) and place:
                yield replace(dress, text=" ")
                yield from self._words(child, dress)
            elif not isinstance(child, nodes.raw):
                yield from self._words(child, self._dressed(child, dress))

    def _dressed(self, node: nodes.Node, dress: Words) -> Words:
        mark = MARKS.get(type(node))
        if mark:
            dress = replace(dress, marks=dress.marks | {mark})
        match node:
            case quoted_value():
                return replace(dress, key=node["key"], method=node.get("method", ""))
            case nodes.inline() if "hai-unbroken" in node["classes"]:
                return replace(dress, marks=dress.marks | {"unbroken"})
            case nodes.reference():
                return replace(dress, target=self._target(node))
        return dress

    def _target(self, node: Any) -> str:  # noqa: ANN401 - a reference of docutils or of Sphinx
        """Return where a link leads: a place that some page of the book has, or an address."""
        if node.get("refid"):
            return f"#{anchor_of(self.docname, node['refid'])}"
        address = str(node.get("refuri", ""))
        if not node.get("internal"):
            return address if address.startswith("https://") else ""
        page, _, identifier = address.partition("#")
        docname = posixpath.normpath(posixpath.join(posixpath.dirname(self.docname), page)).removesuffix(".html")
        return f"#{anchor_of(docname if page else self.docname, identifier)}"


def _row_kind(row: nodes.row) -> RowKind:
    classes = row["classes"]
    return "section" if "hai-section" in classes else "indented" if "hai-indented" in classes else "body"


def _tidied(words: Iterator[Words]) -> Line:
    """Join neighbours in one dress; lines of the source are no lines of the text."""
    found: list[Words] = []
    for word in words:
        text = " ".join(word.text.replace("\n", " ").split(" ")) if "code" not in word.marks else word.text
        if found and replace(found[-1], text="") == replace(word, text="") and not word.key:
            found[-1] = replace(word, text=found[-1].text + text)
        elif text:
            found.append(replace(word, text=text))
    return tuple(found)
