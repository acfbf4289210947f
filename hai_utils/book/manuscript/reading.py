"""A table or figure of a page as Sphinx resolved it, for its files: what is read is what the site prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from docutils import nodes

from hai_utils.book.manuscript.model import (
    Line,
    Mark,
    PrintedFigure,
    PrintedRow,
    PrintedTable,
    RowKind,
    Words,
    merged,
)
from hai_utils.book.nodes import quoted_value, supplementary_figure, supplementary_table

MARKS: dict[type[nodes.Node], Mark] = {
    nodes.strong: "strong",
    nodes.emphasis: "emphasis",
    nodes.superscript: "superscript",
    nodes.subscript: "subscript",
    nodes.literal: "code",
}


def read_exhibit(node: Any, number: str) -> PrintedTable | PrintedFigure:  # noqa: ANN401 - a table or figure of docutils
    """Return a table or figure of a resolved page, under its printed number."""
    return _table(node, number) if isinstance(node, nodes.table) else _figure(node, number)


def _table(node: nodes.table, number: str) -> PrintedTable:
    title = next((child for child in node.children if isinstance(child, nodes.title)), None)
    box = node.parent
    notes = [part for part in box.findall(nodes.container) if "hai-notes" in part["classes"]] if box else []
    head, *body = list(node.findall(nodes.row))
    return PrintedTable(
        next(iter(node["ids"]), ""),
        number,
        _line(title) if title is not None else (),
        tuple(_line(line) for note in notes for line in note.children),
        not isinstance(node, supplementary_table),
        tuple(map(_line, head.children)),
        tuple(PrintedRow(tuple(map(_line, row.children)), _row_kind(row)) for row in body),
    )


def _figure(node: nodes.figure, number: str) -> PrintedFigure:
    caption, legend = (next(iter(node.findall(kind)), None) for kind in (nodes.caption, nodes.legend))
    return PrintedFigure(
        next(iter(node["ids"]), ""),
        number,
        _line(caption) if caption is not None else (),
        tuple(map(_line, legend.children)) if legend is not None else (),
        not isinstance(node, supplementary_figure),
        next((part.astext() for part in node.findall(nodes.raw)), ""),
        str(node.get("alt", "")),
        tuple(node.get("data", ())),
    )


def _line(node: nodes.Node) -> Line:
    """Return the words of a node, neighbors in one dress joined; lines of the source are no lines of the text."""
    return merged(
        word if "code" in word.marks else replace(word, text=word.text.replace("\n", " "))
        for word in _words(node, Words(""))
    )


def _words(node: nodes.Node, dress: Words) -> Iterator[Words]:
    for place, child in enumerate(node.children):
        if isinstance(child, nodes.Text):
            yield replace(dress, text=str(child))
        elif isinstance(child, nodes.paragraph | nodes.line) and place:
            yield replace(dress, text=" ")
            yield from _words(child, dress)
        elif not isinstance(child, nodes.raw):
            yield from _words(child, _dressed(child, dress))


def _dressed(node: nodes.Node, dress: Words) -> Words:
    if mark := MARKS.get(type(node)):
        dress = replace(dress, marks=dress.marks | {mark})
    match node:
        case quoted_value():
            return replace(dress, key=node["key"], method=node.get("method", ""))
        case nodes.inline() if "hai-unbroken" in node["classes"]:
            return replace(dress, marks=dress.marks | {"unbroken"})
        case nodes.reference() if str(node.get("refuri", "")).startswith("https://"):
            # A place of the site is none of a file.
            return replace(dress, target=str(node["refuri"]))
    return dress


def _row_kind(row: nodes.row) -> RowKind:
    classes = row["classes"]
    return "section" if "hai-section" in classes else "indented" if "hai-indented" in classes else "body"
