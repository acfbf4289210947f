"""Raised letters at the P values of a table, and the test that each stands for in the notes, as journals print them."""

from __future__ import annotations

from dataclasses import replace

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.converting import dressed
from hai_utils.results.table import Results
from hai_utils.show.content import sentence
from hai_utils.show.tables.parts import P_NOTE
from hai_utils.show.wording import method_name

P_VALUE = ".p_value"
RAISED = frozenset[model.Mark]({"superscript", "unbroken"})
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def lettered(table: model.PrintedTable, results: Results) -> model.PrintedTable:
    """Return a table whose P values name their tests by letters; one whose notes name no test as it is.

    Parameters
    ----------
    table : PrintedTable
        Of the manuscript; its note on the tests lists the rows of each.
    results : Results
        Which know by what method each P value was computed.
    """
    places = [at for at, note in enumerate(table.notes) if model.plain(note).startswith(P_NOTE)]
    methods = list(dict.fromkeys(filter(None, (_method(cell, results) for row in table.rows for cell in row.cells))))
    if len(places) != 1 or not methods or len(methods) > len(LETTERS):
        return table
    letters = dict(zip(methods, LETTERS, strict=False)) if len(methods) > 1 else {}
    rows = tuple(
        replace(row, cells=tuple(_with_letter(cell, letters.get(_method(cell, results), "")) for cell in row.cells))
        for row in table.rows
    )
    over = model.plain(table.notes[places[0]]).partition(": ")[0].removeprefix(P_NOTE)
    notes = (*table.notes[: places[0]], *_notes(methods, letters, over), *table.notes[places[0] + 1 :])
    return replace(table, rows=rows, notes=notes)


def _method(cell: model.Line, results: Results) -> str:
    """Return the method of the P value in a cell; empty where it has none."""
    keys = [words.key for words in cell if words.key.endswith(P_VALUE)]
    return results.get(keys[0]).method if keys and results.get(keys[0]).value is not None else ""


def _with_letter(cell: model.Line, letter: str) -> model.Line:
    return (*cell, model.Words(letter, RAISED)) if letter else cell


def _notes(methods: list[str], letters: dict[str, str], over: str) -> tuple[model.Line, ...]:
    if not letters:
        return (dressed([model.Words(f"{P_NOTE}{over}: {method_name(methods[0])}.")]),)
    return tuple(
        dressed([model.Words(letters[method], RAISED), model.Words(f" {_named(method)}{over}.")]) for method in methods
    )


def _named(method: str) -> str:
    (name,) = sentence((method_name(method),))
    return str(name)
