"""Which cells of a table the article does not print: decided number by number, from the keys of its ledger."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Literal

from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Quote, Row, Table, Text

DAGGER, DOUBLE_DAGGER = "†", "‡"
PROPERTY = "in the reconstruction it is a property of how the rows were made."
# The article's rule of response: by another, its counts are not these.
_RULE = {"response_criterion": "paper", "response_threshold_percent": 50}
_BY_RULE = ("objective_response", "progressed_on_therapy", "any_shrinkage")
# Numbers that say the same: with the count the article prints the share and of how many.
_SAME = frozenset({"count", "percent", "proportion", "n"})


@cache
def _ledger() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Return the methods under which each key is printed, and the stems of which a count or a share is."""
    text = (resources.files("hai_utils.audit") / "ledger_keys.csv").read_text("utf-8")
    methods: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["key"] and " " not in row["key"] and not row["key"].startswith("parameter:"):
            methods.setdefault(row["key"], set()).add(row["method"])
    stems = {name.rpartition(".")[0] for name in methods if name.rpartition(".")[2] in _SAME}
    return {name: frozenset(found) for name, found in methods.items()}, frozenset(stems)


def is_printed(study: Study, key: str, method: str) -> bool:
    """Say whether the article prints a number, by its key and the method that it was computed by."""
    methods, stems = _ledger()
    stem, _, statistic = key.rpartition(".")
    variable, group = stem.partition(".")[0], stem.rpartition(".")[2]
    if variable in _BY_RULE and any(study.parameters[name] != value for name, value in _RULE.items()):
        return False
    if statistic == "n":
        # Of how many: of any of the variable's levels in the group.
        return any(one.partition(".")[0] == variable and one.rpartition(".")[2] == group for one in stems)
    if statistic in _SAME:
        return stem in stems
    return key in methods and (method in methods[key] or methods[key] == {""})


def mark(results: Results, table: Table) -> Table:
    """Mark what the article does not print, or what it prints where that is less; a note says what the mark means."""
    study = results.study
    if not study.reconstruction:
        return table
    cells = [state for row in table.rows for cell in row.cells[1:] if (state := _state(results, cell)) is not None]
    whole, without = cells.count("all"), len(cells) - cells.count("all")
    if not without:
        return table
    if not whole:
        some = "at most a part of each cell" if "some" in cells else "none of the numbers in this table"
        return replace(
            table,
            notes=(
                *table.notes,
                (
                    f"The article prints {some}; what it does not print is a property of how the rows of the reconstruction were made.",
                ),
            ),
        )
    fewer = whole < without
    sign, note = (
        (DOUBLE_DAGGER, f"{DOUBLE_DAGGER} Printed in the article. It does not print the others, or not all of a cell; {PROPERTY}")
        if fewer
        else (DAGGER, f"{DAGGER} The article does not print this, or not all of it; {PROPERTY}")
    )  # fmt: skip
    rows = tuple(_marked_row(results, row, sign, marked=fewer) for row in table.rows)
    return replace(table, rows=rows, notes=(*table.notes, (note,)))


def _state(results: Results, cell: Text) -> Literal["all", "some", "none"] | None:
    """Say how much of a cell is printed in the article; None where the cell has no number."""
    quoted = [run for run in cell if isinstance(run, Quote) and _counts(run)]
    found = [is_printed(results.study, run.key, results.get(run.key, run.method).method) for run in quoted]
    return None if not found else "all" if all(found) else "some" if any(found) else "none"


def _counts(run: Quote) -> bool:
    """Say whether a quoted result is a number of the cohort: a sign for an empty value is none."""
    return any(sign.isdigit() for sign in run.text)


def _marked_row(results: Results, row: Row, sign: str, *, marked: bool) -> Row:
    """Put a sign at the cells that the article prints, or at those with numbers that it does not print."""
    states = [(cell, _state(results, cell)) for cell in row.cells[1:]]
    cells = ((*cell, sign) if state is not None and (state == "all") is marked else cell for cell, state in states)
    return replace(row, cells=(row.cells[0], *cells))
