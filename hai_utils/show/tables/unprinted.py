"""Which numbers the article does not print: decided number by number, from the keys of its ledger."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Literal

from hai_utils.catalogue.populations import VERSUS
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Quote, Row, Table, Text

Origin = Literal["printed", "computed", "made"]
SIGNS: dict[Origin, str] = {"made": "†", "computed": "‡", "printed": "§"}
MARKS = tuple(SIGNS.values())
"""Signs of a reconstruction, with which the notes begin that explain them."""
_MEANING: dict[Origin, str] = {
    "made": "Not printed in the article; in the reconstruction it is a property of how the rows were made.",
    "computed": "Not printed in the article; computed from counts that it prints.",
    "printed": "Printed in the article, the whole cell; what has no mark is, in the reconstruction, a property of how the rows were made.",
}
NONE_WHOLE = "The article prints none of the cells without a mark whole; they are a property of how the rows of the reconstruction were made."
# The article's rule of response: by another, its counts are not these.
_RULE = {"response_criterion": "paper", "response_threshold_percent": 50}
_BY_RULE = ("objective_response", "progressed_on_therapy", "any_shrinkage")
# Numbers that say the same: with the count the article prints the share and of how many.
SAME = frozenset({"count", "percent", "proportion", "n"})
_EXCLUDED_TOO = "_with_excluded"
# Counts that the article prints of a part and says to be the whole: who grew is named under its Figure 1, and only biliary complications stopped HAI.
_THE_WHOLE = {
    "progressed_on_therapy.all": "progressed_on_therapy.mutant", "hai_discontinued.all": "biliary_discontinued.all",
}  # fmt: skip


@cache
def _ledger() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Return the methods under which each key is printed, and the stems of which a count or a share is."""
    text = (resources.files("hai_utils.audit") / "ledger_keys.csv").read_text("utf-8")
    methods: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["key"] and " " not in row["key"] and not row["key"].startswith("parameter:"):
            methods.setdefault(row["key"], set()).add(row["method"])
    stems = {name.rpartition(".")[0] for name in methods if name.rpartition(".")[2] in SAME}
    return {name: frozenset(found) for name, found in methods.items()}, frozenset(stems)


def origin(study: Study, key: str, method: str) -> Origin:
    """Say whether the article prints a number, its counts determine it, or the rows alone: by key and method."""
    methods, stems = _ledger()
    stem, _, statistic = key.rpartition(".")
    stem = _THE_WHOLE.get(stem, stem)
    variable, group = stem.partition(".")[0], stem.rpartition(".")[2]
    if variable in _BY_RULE and any(study.parameters[name] != value for name, value in _RULE.items()):
        return "made"
    if statistic == "n":
        # Of how many: of any of the variable's levels in the group, or of all in it, whom an endpoint counts.
        found = study.endpoint(variable) is not None or any(
            one.partition(".")[0] == variable and one.rpartition(".")[2] == group for one in stems
        )
    elif statistic in SAME:
        found = stem in stems
    else:
        found = key in methods and (method in methods[key] or methods[key] == {""})
    return "printed" if found else "computed" if _of_counts(study, stem, statistic, stems) else "made"


def _of_counts(study: Study, stem: str, statistic: str, stems: frozenset[str]) -> bool:
    """Say whether counts that the article prints determine a number: a limit of a share, deaths, two shares compared."""
    of, _, group = stem.rpartition(".")
    if VERSUS not in group:
        alive = [one.level for one in study.groups] if group == "analysed" else [group]
        deaths = of == "os" and statistic == "events" and all(f"alive.{one}" in stems for one in alive)
        return deaths or (statistic.startswith("proportion") and stem in stems)
    counted = of.removesuffix(_EXCLUDED_TOO)
    groups = [*group.split(VERSUS), *(["all"] if counted != of else [])]
    # Holm's adjustment needs the P values of other outcomes.
    return statistic != "p_value_holm" and all(f"{counted}.{one}" in stems for one in groups)


def least(origins: Iterable[Origin]) -> Origin:
    """Return the origin of numbers that are marked together: of the one that the article supports least."""
    return min(origins, key=tuple(SIGNS).index)


def meanings(found: Iterable[Origin]) -> tuple[Text, ...]:
    """Return a note for each mark that is in use."""
    used = set(found)
    return tuple((f"{sign} {_MEANING[origin]}",) for origin, sign in SIGNS.items() if origin in used)


def mark(results: Results, table: Table) -> Table:
    """Mark what the article does not print, or what it prints where that is less; notes say what the marks mean."""
    if not results.study.reconstruction:
        return table
    found = [one for row in table.rows for cell in row.cells[1:] if (one := _origin(results, cell)) is not None]
    if set(found) <= {"printed"}:
        return table
    marked: set[Origin] = {"made", "computed"} if 2 * found.count("printed") >= len(found) else {"printed", "computed"}
    notes = meanings(marked & set(found))
    if "printed" in marked - set(found):
        notes = (*notes, (NONE_WHOLE,))
    rows = tuple(_marked_row(results, row, marked) for row in table.rows)
    return replace(table, rows=rows, notes=(*table.notes, *notes))


def _origin(results: Results, cell: Text) -> Origin | None:
    """Say from where the numbers of a cell are; None where it has none."""
    quoted = [run for run in cell if isinstance(run, Quote) and _counts(run)]
    found = [origin(results.study, run.key, results.get(run.key, run.method).method) for run in quoted]
    return least(found) if found else "printed" if _says_not_reached(results, cell) else None


def _says_not_reached(results: Results, cell: Text) -> bool:
    """Say whether a cell has no number but a median that the article says was not reached."""
    quoted = [results.get(run.key, run.method) for run in cell if isinstance(run, Quote)]
    return any(one.note == "not reached" and origin(results.study, one.key, one.method) == "printed" for one in quoted)


def _counts(run: Quote) -> bool:
    """Say whether a quoted result is a number of the cohort: a sign for an empty value is none."""
    return any(sign.isdigit() for sign in run.text)


def _marked_row(results: Results, row: Row, marked: set[Origin]) -> Row:
    """Put its sign at each cell of a marked origin."""
    states = [(cell, _origin(results, cell)) for cell in row.cells[1:]]
    cells = ((*cell, SIGNS[state]) if state in marked else cell for cell, state in states)
    return replace(row, cells=(row.cells[0], *cells))
