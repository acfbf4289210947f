"""Content to docutils nodes: numbered tables and figures, quoted numbers, notices."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, cast, overload

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from hai_utils.show.content import (
    Content,
    Figure,
    Label,
    Link,
    Notice,
    Paragraphs,
    Quote,
    Reference,
    Row,
    Run,
    Table,
    Text,
    plain,
)

# Columns share the width; the first, a heading in words, gets more.
FIRST_COLUMN_WIDTH = 30
COLUMN_WIDTH = 14
# Longer cells are sentences and wrap as text does.
LONGEST_NUMBER = 40
# A heading without numbers beside it runs over their columns, up to this length.
LONGEST_HEADING = 60
PAGE = "page "
_BEFORE_BRACKET = re.compile(r" (?=[(\[])")


class supplementary_table(nodes.table):  # noqa: N801 - docutils names its nodes so
    """A table of the supplement, in a numbered sequence of its own."""


class supplementary_figure(nodes.figure):  # noqa: N801 - docutils names its nodes so
    """A figure of the supplement, in a numbered sequence of its own."""


class quoted_value(nodes.inline):  # noqa: N801 - docutils names its nodes so
    """A number in the text, with the key it comes from."""


class PackedRows(Sequence[tuple[str, ...]]):
    """Rows of text in one text: Sphinx unpickles a page anew for each reference to an exhibit of it."""

    def __init__(self, rows: Sequence[tuple[str, ...]]) -> None:
        self._text, self._count = json.dumps(list(rows), ensure_ascii=False), len(rows)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return map(tuple, json.loads(self._text))

    @overload
    def __getitem__(self, place: int) -> tuple[str, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[tuple[str, ...], ...]: ...
    def __getitem__(self, place: int | slice) -> tuple[str, ...] | tuple[tuple[str, ...], ...]:
        return tuple(self)[place]


class folded_code(nodes.Element):  # noqa: N801 - docutils names its nodes so
    """The code of a cell, folded under the words that say what it does."""


def text_nodes(text: Text) -> list[nodes.Node]:
    """Return a text's runs as nodes; every string is plain text."""
    return [_run_node(run) for run in text]


def _run_node(run: Run) -> nodes.Node:
    match run:
        case Quote():
            return quote_node(run)
        case Link():
            return nodes.reference("", run.text, internal=True, refid=nodes.make_id(run.anchor))
        case Reference():
            return _reference(run)
        case Label():
            return nodes.strong("", run.text)
        case _:
            return nodes.Text(run)


def _reference(run: Reference) -> addnodes.pending_xref:
    """Return a reference that Sphinx resolves: to a page by its title, to an exhibit by its number."""
    page = run.target.removeprefix(PAGE)
    kind = (
        {"reftype": "doc", "reftarget": f"/{page}"} if page != run.target else {"reftype": "numref", "reftarget": page}
    )
    words = nodes.inline("", run.text, classes=["xref", "std"])
    # An exhibit says its number; the words stand in only where it has none.
    explicit = kind["reftype"] == "doc" and bool(run.text)
    return addnodes.pending_xref("", words, refdomain="std", refexplicit=explicit, refwarn=True, refdoc="", **kind)


class NumbersOnce(SphinxPostTransform):
    """Find the number of each exhibit once a page: Sphinx reads the exhibit's whole page for every reference to it."""

    # Before Sphinx resolves references itself, which is at 10.
    default_priority = 9

    def run(self, **_: Any) -> None:  # noqa: ANN401 - Sphinx's signature
        """Put what the first reference to an exhibit becomes in the place of those that repeat it."""
        found: dict[tuple[str, str], nodes.Element | None] = {}
        domain = self.env.get_domain("std")
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node["reftype"] != "numref" or node.get("refexplicit"):
                continue
            key = node["reftarget"], node.astext()
            if key not in found:
                words = cast(nodes.Element, node[0].deepcopy())
                found[key] = domain.resolve_xref(
                    self.env, self.env.docname, self.app.builder, "numref", key[0], node, words
                )
            # What has none, Sphinx itself looks for next, and says so.
            if (made := found[key]) is not None:
                node.replace_self(made.deepcopy())


def quote_node(quote: Quote) -> quoted_value:
    """Return a quoted number as a node that remembers its key and method."""
    node = quoted_value("", quote.text, classes=["hai-value"])
    node["key"], node["method"] = quote.key, quote.method
    return node


def content_nodes(content: Content, document: nodes.document) -> list[nodes.Element]:
    """Return content as nodes, its label registered with the document."""
    made = _made(content, document)
    for node in made:
        for reference in node.findall(addnodes.pending_xref):
            reference["refdoc"] = document.settings.env.docname
    return made


def _made(content: Content, document: nodes.document) -> list[nodes.Element]:
    match content:
        case Table():
            return [_exhibit(_table(content, document), content.notes, "table")]
        case Figure():
            return [_figure(content, document)]
        case Paragraphs():
            return [nodes.paragraph("", "", *text_nodes(text)) for text in content.texts]
        case Notice():
            return [nodes.paragraph("", content.text, classes=["hai-absent"])]


def _exhibit(node: nodes.Element, notes: tuple[Text, ...], kind: str) -> nodes.container:
    box = nodes.container("", node, classes=["hai-exhibit", f"hai-{kind}"])
    if notes:
        lines = [nodes.paragraph("", "", *text_nodes(note)) for note in notes]
        box += nodes.container("", *lines, classes=["hai-notes"])
    return box


def _label(node: nodes.Element, name: str, document: nodes.document) -> None:
    node["names"].append(name)
    document.note_explicit_target(node, node)


def _table(table: Table, document: nodes.document) -> nodes.table:
    node = (nodes.table if table.main else supplementary_table)("", classes=["hai-results"])
    node += nodes.title("", "", *text_nodes(table.title))
    group = nodes.tgroup("", cols=len(table.columns))
    for place in range(len(table.columns)):
        width = table.widths[place] if table.widths else COLUMN_WIDTH if place else FIRST_COLUMN_WIDTH
        group += nodes.colspec("", colwidth=width, **({} if place else {"stub": 1}))
    head = nodes.row("", *(_cell((column,), place) for place, column in enumerate(table.columns)))
    group += nodes.thead("", head)
    group += nodes.tbody("", *(_row(row) for row in table.rows))
    node += group
    _label(node, table.name, document)
    return node


def _row(row: Row) -> nodes.row:
    cells = [_cell(cell, place) for place, cell in enumerate(row.cells)]
    anchor = {"ids": [nodes.make_id(row.anchor)]} if row.anchor else {}
    classes = [f"hai-{row.kind}", *(["hai-alone"] if _stands_alone(row) else [])]
    return nodes.row("", *cells, classes=classes, **anchor)


def _stands_alone(row: Row) -> bool:
    """Say whether a row is a heading that may run over the empty cells beside it."""
    first, *others = map(plain, row.cells)
    return row.kind == "section" and len(first) <= LONGEST_HEADING and not any(others)


def _cell(text: Text, place: int) -> nodes.entry:
    # Where a reference leads gives it words that are not known yet.
    if not place or len(plain(text)) > LONGEST_NUMBER or any(isinstance(run, Reference) for run in text):
        return nodes.entry("", nodes.paragraph("", "", *text_nodes(text)))
    return nodes.entry("", nodes.paragraph("", "", *_unbroken(text)), classes=["hai-number"])


def _unbroken(text: Text) -> list[nodes.Node]:
    """Return a cell's runs so that it breaks only before a bracket: an interval stays on one line."""
    chunks: list[list[Run]] = [[]]
    for run in text:
        parts = _BEFORE_BRACKET.split(run) if isinstance(run, str) else [run]
        for place, part in enumerate(parts):
            if place:
                chunks.append([])
            if part != "":
                chunks[-1].append(part)
    found: list[nodes.Node] = []
    for place, chunk in enumerate(chunks):
        if place:
            found.append(nodes.Text(" "))
        found.append(nodes.inline("", "", *text_nodes(tuple(chunk)), classes=["hai-unbroken"]))
    return found


def _figure(figure: Figure, document: nodes.document) -> nodes.figure:
    cls = nodes.figure if figure.main else supplementary_figure
    drawings = [nodes.raw("", svg, format="html") for svg in (figure.svg, figure.narrow) if svg]
    node = cls("", *drawings, classes=["hai-exhibit", "hai-figure"])
    # For the files that are made from the page; the writers of the page do not see them.
    node["alt"], node["data"] = figure.alt, PackedRows(figure.data)
    node += nodes.caption("", "", *text_nodes(figure.title))
    if figure.notes:
        node += nodes.legend("", *(nodes.paragraph("", "", *text_nodes(note)) for note in figure.notes))
    _label(node, figure.name, document)
    return node


def visit_quoted_value(self: Any, node: quoted_value) -> None:  # noqa: ANN401 - Sphinx's translator
    """Open the number's element with its key as data."""
    attributes = {"data-key": node["key"]}
    if node.get("method"):
        attributes["data-method"] = node["method"]
    self.body.append(self.starttag(node, "span", "", **attributes))


def depart_quoted_value(self: Any, node: quoted_value) -> None:  # noqa: ANN401 - Sphinx's translator
    """Close the number's element."""
    self.body.append("</span>")


def visit_folded_code(self: Any, node: folded_code) -> None:  # noqa: ANN401 - Sphinx's translator
    """Open the fold; its summary is called by the words that it shows."""
    self.body.append('<details class="hide above-input">\n<summary>\n')
    for state in ("collapsed", "expanded"):
        self.body.append(f'<p class="{state} admonition-title">{escape(node[state])}</p>\n')
    self.body.append("</summary>\n")


def depart_folded_code(self: Any, node: folded_code) -> None:  # noqa: ANN401 - Sphinx's translator
    """Close the fold."""
    self.body.append("</details>\n")


def setup_nodes(app: Sphinx) -> None:
    """Register the nodes with the HTML writer, and the supplement's two sequences with Sphinx."""

    def visit(name: str) -> tuple[Any, Any]:
        return (
            lambda self, node: getattr(self, f"visit_{name}")(node),
            lambda self, node: getattr(self, f"depart_{name}")(node),
        )

    app.add_enumerable_node(supplementary_table, "supplementary-table", html=visit("table"))
    app.add_enumerable_node(supplementary_figure, "supplementary-figure", html=visit("figure"))
    app.add_post_transform(NumbersOnce)
    app.add_node(quoted_value, html=(visit_quoted_value, depart_quoted_value))
    app.add_node(folded_code, html=(visit_folded_code, depart_folded_code))
