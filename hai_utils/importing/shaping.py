"""Which rows of an export are patients: cells put right, rows left out, and several rows of one patient brought together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem
from hai_utils.errors import nearest
from hai_utils.importing.language import EACH_ROW, MISSING, Copy, RowRules
from hai_utils.importing.mapping import ColumnMapping
from hai_utils.importing.sheets import Sheet, fault, refuse
from hai_utils.importing.values import parse_date, parse_number

OF_ONE = "@"


def shaped(sheet: Sheet, mapping: ColumnMapping) -> Sheet:
    """Return the rows that are patients, as the mapping says; what was left out stands in the notes.

    Raises
    ------
    DataError
        Where a column or a line is named that the export has not.
    """
    rows = mapping.settings.rows
    named = [*mapping.settings.cells, *rows.where, *filter(None, (rows.order, rows.by))]
    refuse([_no_column(name, sheet) for name in named if name not in sheet.header], mapping.file_name)
    sheet = _corrected(sheet, mapping)
    sheet = _kept(sheet, rows, mapping.file_name)
    return _widened(sheet, rows, mapping) if rows.by else sheet


def _no_column(name: str, sheet: Sheet) -> Problem:
    message = f"the export has no column '{name}'.{nearest(name, sheet.header)}"
    return Problem("error", 1, "rows", "source", message)


def _corrected(sheet: Sheet, mapping: ColumnMapping) -> Sheet:
    """Put single cells right; see `MappingFile.cells`."""
    cells = mapping.settings.cells
    if not cells:
        return sheet
    places = {line: row for row, line in enumerate(sheet.lines)}
    wrong = [
        f"line {line} of '{name}' is no row of the export."
        for name, at in cells.items()
        for line in at
        if line not in places
    ]
    refuse([Problem("error", 1, "cells", "line", message) for message in wrong], mapping.file_name)
    table = [list(row) for row in sheet.rows]
    for name, at in cells.items():
        for line, value in at.items():
            table[places[line]][sheet.header.index(name)] = "" if value == MISSING else value
    count = sum(map(len, cells.values()))
    note = f"{count} cells were put right as the mapping says: {', '.join(cells)}."
    return replace(sheet, rows=tuple(map(tuple, table)), notes=(*sheet.notes, note))


def _kept(sheet: Sheet, rows: RowRules, mapping_name: str) -> Sheet:
    """Leave out lines that are no patients, and rows that do not hold one of the wanted values."""
    absent = sorted(set(rows.leave_out) - set(sheet.lines))
    refuse(
        [Problem("error", 1, "rows", "line", f"line {line} is no row of the export.") for line in absent], mapping_name
    )
    wanted = [(sheet.header.index(name), {value.casefold() for value in values}) for name, values in rows.where.items()]
    keep = [
        line not in rows.leave_out and all(row[place].casefold() in values for place, values in wanted)
        for row, line in zip(sheet.rows, sheet.lines, strict=True)
    ]
    if all(keep):
        return sheet
    if not any(keep):
        raise fault(sheet.file_name, 0, "no row is left by what the mapping says of rows ('where', 'leave_out').")
    notes = [f"{len(rows.leave_out)} lines were left out as the mapping says."] if rows.leave_out else []
    notes += [f"Rows were kept by '{name}' alone: {sum(keep)} of {len(keep)}." for name in rows.where]
    return replace(
        sheet,
        rows=tuple(row for row, wanted_row in zip(sheet.rows, keep, strict=True) if wanted_row),
        lines=tuple(line for line, wanted_row in zip(sheet.lines, keep, strict=True) if wanted_row),
        notes=(*sheet.notes, *notes),
    )


def _widened(sheet: Sheet, rows: RowRules, mapping: ColumnMapping) -> Sheet:
    """Make one row a patient: ``COLUMN@VALUE`` is the cell of the row whose `by` column holds the value."""
    patient = next(
        (name for rule in mapping.rules if rule.target == "patient_id" for name in mapping.columns_of(rule.source)),
        EACH_ROW,
    )
    if patient not in sheet.header:
        raise fault(mapping.file_name, 1, "'by' brings the rows of a patient together: patient_id must name a column.")
    used = {name for rule in mapping.rules for name in mapping.columns_of(rule.source)}
    groups = _rows_by(sheet.column(patient))
    kinds = sheet.column(rows.by)
    asked = sorted(name for name in used if OF_ONE in name and name.rpartition(OF_ONE)[0] in sheet.header)
    names = [*sheet.header, *asked]
    problems: list[Problem] = []

    def cell_of(name: str, members: Sequence[int]) -> str:
        place = sheet.header.index(name if name in sheet.header else name.rpartition(OF_ONE)[0])
        cells = [(sheet.rows[row][place], sheet.lines[row]) for row in _rows_of(name, members, kinds, sheet)]
        return only_value(cells, name, problems, f"Name the row: '{name}{OF_ONE}VALUE'.") if name in used else ""

    table = tuple(tuple(cell_of(name, members) for name in names) for members in groups.values())
    refuse(problems, sheet.file_name)
    lines = tuple(sheet.lines[members[0]] for members in groups.values())
    note = (
        f"The rows of each patient were brought together by '{rows.by}': {len(sheet.rows)} rows, {len(table)} patients."
    )
    return replace(sheet, header=tuple(names), rows=table, lines=lines, notes=(*sheet.notes, note))


def _rows_by(cells: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        groups.setdefault(cell, []).append(row)
    return groups


def _rows_of(name: str, members: Sequence[int], kinds: Sequence[str], sheet: Sheet) -> list[int]:
    if name in sheet.header:
        return list(members)
    return [row for row in members if kinds[row] == name.rpartition(OF_ONE)[2]]


def without_lines(sheet: Sheet, lines: Collection[int]) -> Sheet:
    """Return a table without some of its lines."""
    keep = [place for place, line in enumerate(sheet.lines) if line not in lines]
    return replace(
        sheet, rows=tuple(sheet.rows[place] for place in keep), lines=tuple(sheet.lines[place] for place in keep)
    )


def only_value(cells: Iterable[tuple[str, int]], name: str, problems: list[Problem], remedy: str) -> str:
    """Return a patient's only value of a column, given each cell with its line; several that differ are an error."""
    given = [(cell, line) for cell, line in cells if cell]
    if len({cell for cell, _ in given}) > 1:
        lines = ", ".join(str(line) for _, line in given[:6])
        message = f"a patient has several values of this column (lines {lines}). {remedy}"
        problems.append(Problem("error", given[0][1], name, "several_values", message))
    return given[0][0] if given else ""


def one_row_each(
    columns: Mapping[str, Sequence[str]], sheet: Sheet, mapping: ColumnMapping, variables: Mapping[str, Variable]
) -> tuple[dict[str, tuple[str, ...]], tuple[int, ...], list[str], list[Problem]]:
    """Bring the rows of each patient together after the rules were applied.

    Returns
    -------
    columns, lines, log, problems
        One row a patient, in the order of their first lines; a column whose values differ and for which nothing says
        which counts is a problem.
    """
    groups = _rows_by(columns["patient_id"])
    settings = mapping.settings.rows
    takes = {
        rule.target: rule.source.take if isinstance(rule.source, Copy) and rule.source.take else settings.several
        for rule in mapping.rules
    }
    origin = next((rule.target for rule in mapping.rules if rule.target == "patient_id"), "")
    if not any(takes.values()):
        doubles = [(members[0], row) for members in groups.values() for row in members[1:]]
        return (
            dict(columns_as_tuples(columns)),
            sheet.lines,
            [],
            [_double(sheet, first, row, mapping, origin) for first, row in doubles],
        )
    ranks = _ranks(sheet, settings.order)
    problems: list[Problem] = []
    taken = {
        name: tuple(
            _taken(
                [(cells[row], ranks[row], sheet.lines[row]) for row in members],
                takes.get(name, ""),
                variables[name],
                problems,
            )
            for members in groups.values()
        )
        for name, cells in columns.items()
    }
    several = sum(len(members) > 1 for members in groups.values())
    log = [f"{several} patients have several rows; {len(sheet.rows)} rows became {len(groups)}."]
    return taken, tuple(sheet.lines[members[0]] for members in groups.values()), log, problems


def columns_as_tuples(columns: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return columns with cells that cannot be changed."""
    return {name: tuple(cells) for name, cells in columns.items()}


def _double(sheet: Sheet, first: int, row: int, mapping: ColumnMapping, target: str) -> Problem:
    names = next((mapping.columns_of(rule.source) for rule in mapping.rules if rule.target == target), ())
    message = (
        f"the same patient stands on line {sheet.lines[first]}. Keep one row a patient, or say in the mapping which counts "
        "(rows: several: first, last or worst; or by: COLUMN)."
    )
    return Problem("error", sheet.lines[row], sheet.shown(names[0]) if names else "", "duplicate", message)


def _ranks(sheet: Sheet, order: str) -> list[tuple[float, int]]:
    """Return what first and last are told by: a column of dates or numbers, else the lines."""
    if not order:
        return [(0.0, row) for row in range(len(sheet.rows))]
    ranks = []
    for row, cell in enumerate(sheet.column(order)):
        day, number = parse_date(cell, "ymd"), parse_number(cell)
        if cell and day is None and number is None:
            raise fault(
                sheet.file_name,
                sheet.lines[row],
                "neither a number nor a date year-month-day, by which rows are put in order.",
                column=sheet.shown(order),
            )
        ranks.append((float(day.toordinal()) if day else float(number) if number is not None else float("-inf"), row))
    return ranks


def _taken(
    cells: Sequence[tuple[str, tuple[float, int], int]], take: str, variable: Variable, problems: list[Problem]
) -> str:
    """Return the value that counts among those of one patient: each a cell, its rank and its line."""
    given = [(cell, rank, line) for cell, rank, line in cells if cell]
    if len({cell for cell, _, _ in given}) < 2:
        return given[0][0] if given else ""
    if take in {"first", "last"}:
        chosen: Callable[..., tuple[str, tuple[float, int], int]] = min if take == "first" else max
        return chosen(given, key=lambda one: one[1])[0]
    if take == "worst":
        return max(given, key=lambda one: badness(one[0], variable))[0]
    lines = ", ".join(str(line) for _, _, line in given[:6])
    message = f"a patient has several values (lines {lines}). Say which counts: take: first, last or worst."
    problems.append(Problem("error", given[0][2], variable.name, "several_values", message))
    return ""


def badness(cell: str, variable: Variable) -> float:
    """Rank a value: later levels of the dictionary are worse, `yes` is worse than `no`, a larger number is worse."""
    if variable.is_binary:
        return float(cell == "yes")
    if variable.levels:
        return float(variable.levels.index(cell))
    number = parse_number(cell)
    return float(number) if number is not None else 0.0
