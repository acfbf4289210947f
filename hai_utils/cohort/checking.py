"""The rules that a cohort file must keep: its headers, each cell by itself, and who stands in it how often."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.catalogue.endpoints import OVERALL, Endpoint
from hai_utils.catalogue.populations import POPULATIONS
from hai_utils.cohort.cells import (
    DECIMAL_COMMA,
    DECIMAL_POINT,
    THOUSANDS,
    explain_level,
    explain_number,
    explain_text,
    explain_unseen,
    is_loose_number,
    is_lost,
    text_fault,
    unseen_positions,
)
from hai_utils.cohort.columns import Column, Explain, Verdict, at_lines, columns_of
from hai_utils.cohort.contradictions import contradictions
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.grid import Grid
from hai_utils.cohort.headers import RESPONSE_PAIR, check_headers
from hai_utils.cohort.identifiers import SUMMARY_WORDS
from hai_utils.cohort.plausible import (
    beyond_today,
    plausible_range,
    suspected_codes,
    whole_column,
    without_consequences,
)
from hai_utils.cohort.problems import Problem, problem
from hai_utils.cohort.roles import file_endpoints
from hai_utils.cohort.schema import IDENTIFIER, misfits
from hai_utils.cohort.tables import UNCOMPUTED
from hai_utils.results.keys import key_part

MAX_CELL = 500

OLDEST_AGE = 89
# Fewer cells in common than this may be chance.
CELLS_OF_A_TWIN = 8


def check_grid(grid: Grid, dictionary: Mapping[str, Variable]) -> tuple[dict[str, Column], list[Problem]]:
    """Check a file's cells against the dictionary.

    Returns
    -------
    columns : dict of str to Column
        Those that the dictionary describes; commas are decimal points where the whole file writes them so.
    problems : list of Problem
        Every fault, in no order.
    """
    problems = check_headers(grid, dictionary)
    columns = columns_of(grid, dictionary)
    if not len(grid.lines):
        return columns, problems
    if grid.delimiter in {";", "\t"}:
        columns, read = with_decimal_points(columns)
        problems += read
    for name, column in columns.items():
        checked, found = check_column(column)
        columns[name] = checked
        problems += found
    columns, problems = suspected_codes(columns, problems)
    problems += _check_patients(columns, grid.lines)
    endpoints = file_endpoints(dictionary)
    problems += contradictions(columns, endpoints)
    problems += beyond_today(columns, endpoints)
    problems += _check_outcome(columns, endpoints)
    problems += _check_deaths(columns, endpoints)
    return columns, without_consequences(problems)


def with_decimal_points(columns: Mapping[str, Column]) -> tuple[dict[str, Column], list[Problem]]:
    """Read decimal commas where every fraction of the file has one and at least one cannot be a thousands mark."""
    cells = [value for column in columns.values() if column.is_number for value in column.values]
    commas = [cell for cell in cells if DECIMAL_COMMA.fullmatch(cell)]
    if any(DECIMAL_POINT.fullmatch(cell) for cell in cells) or all(THOUSANDS.fullmatch(cell) for cell in commas):
        return dict(columns), []
    changed, problems = dict(columns), []
    for name, column in columns.items():
        positions = [i for i, value in enumerate(column.values) if column.is_number and DECIMAL_COMMA.fullmatch(value)]
        if positions:
            values = [
                value.replace(",", ".") if i in set(positions) else value for i, value in enumerate(column.values)
            ]
            changed[name] = Column(column.variable, values, column.codes, column.lines, column.padded, column.invalid)
            line = int(column.lines[np.argmax(column.rows_of(positions))])
            problems.append(problem("decimal_comma_read", line, name, "The column is written with a decimal comma."))
    return changed, problems


def check_column(column: Column) -> tuple[Column, list[Problem]]:
    """Check the cells of one column, each by itself; what is wrong is refused in the column that comes back."""
    padded = column.lines[np.flatnonzero(column.padded)]
    problems = list(at_lines("padded", column.name, padded, "Spaces stand around the value."))
    if not any(column.values):
        problems.append(problem("column_empty", int(column.lines[0]), column.name, "The column has no value."))
        return column, problems
    long = [i for i, value in enumerate(column.values) if len(value) > MAX_CELL]
    unseen = [i for i in unseen_positions(column.values) if i not in set(long)]
    problems += column.report(long, lambda _: Verdict("cell_long", f"The cell has more than {MAX_CELL:,} signs."))
    problems += column.report(unseen, explain_unseen)
    uncomputed = [i for i, value in enumerate(column.values) if value == UNCOMPUTED]
    problems += column.report(uncomputed, lambda _: Verdict("uncomputed", "The cell holds a formula without a value."))
    column = column.refused([*long, *unseen, *uncomputed])
    if column.name == IDENTIFIER:
        return column, problems + list(_check_identifiers(column))
    misfit = [i for i in misfits(column.variable, column.values) if not column.invalid[i]]
    if column.is_number:
        return _check_numbers(column, misfit, problems)
    problems += column.report(misfit, lambda cell: explain_level(cell, column.variable))
    column = column.refused(misfit)
    for positions, explain in _level_faults(column):
        found = list(column.report(positions, explain))
        problems += found
        column = column.refused(positions if any(one.severity == "error" for one in found) else ())
    return column, problems


def _check_numbers(column: Column, misfit: Sequence[int], problems: list[Problem]) -> tuple[Column, list[Problem]]:
    variable, values = column.variable, column.values
    loose = [i for i in misfit if is_loose_number(values[i], variable)]
    wrong = sorted(set(misfit) - set(loose))
    if found := whole_column(column):
        return column.refused(range(len(values))), [*problems, found]
    column = column.refused(wrong)
    lost = [int(i) for i in np.flatnonzero(column.value_numbers == 0) if is_lost(values[i])]
    wrong += lost
    problems += column.report(wrong, lambda cell: explain_number(cell, variable))
    problems += column.report(loose, lambda _: Verdict("number_form", "The number is written in an unusual form."))
    # Codes that more than one patient has are another coding: what 0 and 1 mean in it is not known either.
    recoded = column.name.endswith("_event") and column.rows_of(wrong).sum() > 1
    column = column.refused(range(len(values)) if recoded else lost)
    return column, problems + list(_implausible(column))


def _implausible(column: Column) -> Iterator[Problem]:
    low, high = plausible_range(column.variable)
    numbers = column.value_numbers
    odd = np.flatnonzero((numbers < low) | (numbers > high))
    yield from column.report(odd, lambda _: Verdict("implausible", f"The value is outside {low:g} to {high:g}."))
    if column.name == "age_years":
        old = np.flatnonzero(numbers > OLDEST_AGE)
        yield from column.report(old, lambda _: Verdict("age_above_89", f"The age is above {OLDEST_AGE}."))


def _level_faults(column: Column) -> Iterator[tuple[list[int], Explain]]:
    """Yield values of text with what is wrong with them: what is printed must be a category and identify nobody."""
    filled = [i for i, value in enumerate(column.values) if value and not column.invalid[i]]
    if column.variable.kind == "category":
        yield from _key_faults(column, filled)
    if column.variable.levels:
        return
    doubtful: dict[str, list[int]] = {}
    for i in filled:
        if code := text_fault(column.values[i]):
            doubtful.setdefault(code, []).append(i)
    yield from ((positions, explain_text) for positions in doubtful.values())


def _key_faults(column: Column, positions: Sequence[int]) -> Iterator[tuple[list[int], Explain]]:
    """Yield levels that differ in capitals, spaces or punctuation only, and those that mean something else in a key."""
    counts = np.bincount(column.codes, minlength=len(column.values))
    keys = {i: key_part(column.values[i]) for i in positions}
    reserved = [i for i, key in keys.items() if key in POPULATIONS]
    nameless = [i for i, key in keys.items() if not key.strip("_")]
    common: dict[str, int] = {}
    twins: dict[str, int] = {}
    for i in sorted(set(positions) - set(nameless), key=lambda i: (-counts[i], i)):
        value = column.values[i]
        # A closed list says itself that two spellings are two levels; only the keys must differ.
        alike = {keys[i]} if column.variable.levels else {" ".join(value.casefold().split()), keys[i].casefold()}
        other = next((common[form] for form in sorted(alike) if form in common), None)
        if other is None:
            common.update(dict.fromkeys(alike, i))
        else:
            twins[value] = other
            if counts[i] == counts[other]:
                # Neither is the usual one, so both are named.
                twins.setdefault(column.values[other], i)

    def explain_twin(cell: str) -> Verdict:
        other = twins[cell]
        found = f"The level differs from that of line {column.first_line(other)} in capitals, spaces or marks only."
        return Verdict("level_twin", found)

    words = ", ".join(sorted(POPULATIONS))
    yield [i for i in positions if column.values[i] in twins], explain_twin
    yield reserved, lambda _: Verdict("level_reserved", f"The level is reserved ({words}).")
    yield nameless, lambda _: Verdict("level_blank_key", "The level has none of the signs that a key keeps.")


def _check_identifiers(column: Column) -> Iterator[Problem]:
    """Check the study numbers; none is repeated in a message."""
    wrong = [i for i in misfits(column.variable, column.values) if not column.invalid[i]]
    yield from column.report(wrong, _explain_identifier)
    counts = np.bincount(column.codes, minlength=len(column.values))
    doubled = [i for i, value in enumerate(column.values) if value and counts[i] > 1]
    again = column.rows_of(doubled)
    first = np.unique(column.codes, return_index=True)[1]
    again[first] = False
    rows = np.flatnonzero(again)
    firsts = column.lines[first[column.codes[rows]]]
    yield from at_lines(
        "duplicate",
        IDENTIFIER,
        column.lines[rows],
        lambda place: f"The same identifier stands on line {firsts[place]}.",
    )
    yield from _doubtful_identifiers(column, first)


def _explain_identifier(cell: str) -> Verdict:
    what = "has a sign other than letters, digits, - and _, or more than 32 signs" if cell else "is blank"
    return Verdict("identifier", f"The identifier {what}.")


def _form(identifier: str) -> str:
    """Return an identifier without capitals and leading noughts."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", identifier.casefold())


def _doubtful_identifiers(column: Column, first: NDArray[np.intp]) -> Iterator[Problem]:
    # Hardly any two forms are alike: their hashes tell which may be, so that not all of them are kept.
    hashes = np.fromiter((hash(_form(value)) for value in column.values), dtype=np.int64, count=len(column.values))
    _, places, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    seen: dict[str, int] = {}
    alike: dict[str, int] = {}
    for i in map(int, np.flatnonzero(counts[places] > 1)):
        value = column.values[i]
        form = _form(value)
        if value and form in seen:
            alike[value] = seen[form]
        seen.setdefault(form, i)

    def explain(cell: str) -> Verdict:
        line = column.lines[first[alike[cell]]]
        return Verdict(
            "duplicate_case", f"The identifier differs from that of line {line} in capitals or noughts only."
        )

    yield from column.report([i for i, value in enumerate(column.values) if value in alike], explain)
    filled = [i for i, value in enumerate(column.values) if value and not column.invalid[i]]
    long = [i for i in filled if re.fullmatch(r"\d{6,}", column.values[i])]
    words = [i for i in filled if not re.search(r"\d", column.values[i])]
    for chosen, found in ((long, "Most identifiers are long numbers."), (words, "Most identifiers are words.")):
        if chosen and 2 * len(chosen) > len(filled):
            yield problem("record_number", column.first_line(chosen[0]), IDENTIFIER, found)


def _check_patients(columns: Mapping[str, Column], lines: NDArray[np.int64]) -> list[Problem]:
    """Find rows that are no patient, that hold nothing, or that repeat another row under another number."""
    others = [column for name, column in columns.items() if name != IDENTIFIER]
    filled = np.zeros(len(lines), dtype=np.int64)
    for column in others:
        filled += ~column.is_blank
    problems: list[Problem] = []
    note = np.zeros(len(lines), dtype=bool)
    if IDENTIFIER in columns:
        column = columns[IDENTIFIER]
        summary = [i for i, value in enumerate(column.values) if value.casefold().strip(" :") in SUMMARY_WORDS]
        wrong = [i for i in misfits(column.variable, column.values) if column.values[i]]
        note = column.rows_of(summary) | (column.rows_of(wrong) & (filled == 0))
        problems += at_lines("footer", "", lines[note], "The row looks like a note or a sum.")
        found = "The row has an identifier and nothing else."
        problems += at_lines("row_without_data", "", lines[(filled == 0) & ~note], found)
    return problems + list(_twin_rows(others, filled, lines))


def _twin_rows(columns: Sequence[Column], filled: NDArray[np.int64], lines: NDArray[np.int64]) -> Iterator[Problem]:
    """Find rows that agree in everything but the identifier: in a time to the day, and so many cells, hardly by chance."""
    times = [column for column in columns if column.name.endswith("_months")]
    if not times:
        return
    timed = ~np.logical_and.reduce([column.is_blank for column in times])
    rows = np.flatnonzero(timed & (filled >= CELLS_OF_A_TWIN))
    # Column after column, rows that are alike up to there keep one number, in the order of their first row.
    alike = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        alike, _ = pd.factorize(alike * len(column.values) + column.codes[rows])
    first = np.unique(alike, return_index=True)[1][alike]
    twins = np.flatnonzero(first != np.arange(len(rows)))
    firsts = lines[rows[first[twins]]]
    yield from at_lines(
        "duplicate_row", "", lines[rows[twins]],
        lambda place: f"All values but the identifier are those of line {firsts[place]}.",
    )  # fmt: skip


def _check_outcome(columns: Mapping[str, Column], endpoints: Sequence[Endpoint]) -> Iterator[Problem]:
    """Refuse a cohort whose outcome columns are all blank."""
    names = [endpoint.months for endpoint in endpoints] + [RESPONSE_PAIR[1]]
    given = [columns[name] for name in names if name in columns]
    if given and not any(any(column.values) for column in given):
        yield problem("no_outcome", 0, "", "Every survival time and every lesion is blank.")


def _check_deaths(columns: Mapping[str, Column], endpoints: Sequence[Endpoint]) -> Iterator[Problem]:
    """Warn of the first endpoint of which death is an event, where no column tells of deaths."""
    if {OVERALL.months, OVERALL.status} & set(columns):
        return
    for endpoint in endpoints:
        if endpoint.death == "is an event" and endpoint.status in columns and any(columns[endpoint.status].values):
            yield problem(
                "deaths_unknown", 0, endpoint.status, "Death is an event here, and no column tells of deaths."
            )
            return
