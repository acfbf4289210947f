"""What cells show and prose says, as blocks of the manuscript: the same words, numbers and cells that the site prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hai_utils.book.genes import GENES
from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.labelling import labelled_drawing
from hai_utils.show.content import Figure, Label, Link, Quote, Reference, Row, Run, Table, Text, plain

# Longer cells are sentences and wrap as text does.
LONGEST_NUMBER = 40
ITALIC = frozenset[model.Mark]({"emphasis"})
_BEFORE_BRACKET = re.compile(r" (?=[(\[])")
_TYPED = (
    (re.compile(r"(?<=\w)'"), "’"),
    (re.compile(r"(^|(?<=[\s(\[]))\"(?=\S)"), "“"),
    (re.compile(r"\""), "”"),
    (re.compile(r"(?<![-<!])--(?!-)"), "–"),
)


def line_of(text: Text) -> model.Line:
    """Return a text with its quoted numbers, typographic signs, and the symbols of genes in italics."""
    return dressed(_words(run) for run in text)


def _words(run: Run) -> model.Words:
    match run:
        case Quote():
            return model.Words(run.text, key=run.key, method=run.method)
        case Label():
            return model.Words(run.text, frozenset({"strong"}))
        case Reference() | Link():
            return model.Words(run.text)
        case _:
            return model.Words(run)


def dressed(line: Iterable[model.Words]) -> model.Line:
    """Return words with typographic signs, symbols of genes in italics, and neighbors in one dress joined."""
    return model.merged(part for words in line for part in _with_genes(words))


def _with_genes(words: model.Words) -> Iterator[model.Words]:
    if "code" in words.marks:
        yield words
        return
    text = words.text
    for pattern, sign in _TYPED:
        text = pattern.sub(sign, text)
    for place, part in enumerate(GENES.split(text)):
        marks = words.marks | ITALIC if place % 2 else words.marks
        yield replace(words, text=part, marks=marks)


def table_of(table: Table, number: str) -> model.PrintedTable:
    """Return a table under its number in the manuscript; empty: it has none."""
    return model.PrintedTable(
        table.name, number, line_of(table.title), tuple(map(line_of, table.notes)), table.main,
        tuple(line_of((column,)) for column in table.columns), tuple(map(_row, table.rows)),
    )  # fmt: skip


def _row(row: Row) -> model.PrintedRow:
    return model.PrintedRow(tuple(_cell(cell, place) for place, cell in enumerate(row.cells)), row.kind)


def _cell(text: Text, place: int) -> model.Line:
    if not place or len(plain(text)) > LONGEST_NUMBER:
        return line_of(text)
    return tuple(_unbroken(line_of(text)))


def _unbroken(line: model.Line) -> Iterator[model.Words]:
    """Keep a cell on one line but before a bracket: an interval stays whole."""
    for words in line:
        for place, part in enumerate(_BEFORE_BRACKET.split(words.text)):
            if place:
                yield model.Words(" ")
            if part:
                yield replace(words, text=part, marks=words.marks | {"unbroken"})


def figure_of(figure: Figure, number: str, label: str) -> model.PrintedFigure:
    """Return a figure under its number in the manuscript, the label of rows that are no patients in its drawing."""
    return model.PrintedFigure(
        figure.name, number, line_of(figure.title), tuple(map(line_of, figure.notes)), figure.main,
        labelled_drawing(figure.svg, label), figure.alt, tuple(figure.data),
    )  # fmt: skip
