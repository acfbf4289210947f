"""The rules that a cohort file must keep, each fault with its line, its column and the way to mend it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem
from hai_utils.errors import nearest

PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
PATIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
ENDPOINTS = {"overall survival": "os", "progression-free survival": "pfs", "hepatic progression-free survival": "hepatic_pfs"}
RESPONSE_PAIR = ("lesion1_baseline_long_mm", "lesion1_best_long_mm")
# Months are whole days over 30.4375, written in decimals: an order of times holds within this much.
TIME_TOLERANCE = 1e-6


def parse_numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    """Return cells as float64, nan for blank; every other cell must be a plain number."""
    return np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float64)


def check_headers(header: Sequence[str], dictionary: Mapping[str, Variable]) -> list[Problem]:
    """Check the names of the columns against the dictionary."""
    problems: list[Problem] = []
    for name, count in Counter(header).items():
        if not name:
            problems.append(Problem("error", 1, "", "header_blank", "a column has no header. Name it or delete it."))
        elif count > 1:
            problems.append(Problem("error", 1, name, "header_double", f"the column stands {count} times. Keep one."))
        if name and name not in dictionary:
            near = nearest(name.lower().strip().replace(" ", "_").replace("-", "_"), list(dictionary))
            remedy = near.strip() or "Describe it in a dictionary of your own (--dictionary), or delete it."
            problems.append(Problem("error", 1, name, "header_unknown", f"no dictionary describes this column. {remedy}"))
    return problems + _check_required(set(header))


def _check_required(present: set[str]) -> list[Problem]:
    problems = []
    if "patient_id" not in present:
        problems.append(Problem("error", 1, "patient_id", "header_missing", "the column is missing; each row needs a study identifier."))
    for words, stem in ENDPOINTS.items():
        time, event = f"{stem}_months", f"{stem}_event"
        if (time in present) != (event in present):
            absent, given = (event, time) if time in present else (time, event)
            problems.append(Problem("error", 1, absent, "header_missing", f"'{given}' is there without it; {words} needs both."))
    endpoint = any(f"{stem}_months" in present for stem in ENDPOINTS.values())
    outcome = endpoint or set(RESPONSE_PAIR) <= present
    if not outcome:
        problems.append(Problem("error", 1, "", "no_outcome", "the cohort has neither a survival endpoint (os_months with os_event) nor lesion measurements."))
    return problems


def check_columns(
    cells: Mapping[str, Sequence[str]], lines: Sequence[int], dictionary: Mapping[str, Variable]
) -> list[Problem]:
    """Check each cell by itself: numbers, events, levels, identifiers."""
    problems: list[Problem] = []
    for name, column in cells.items():
        variable = dictionary[name]
        if name == "patient_id":
            problems += _check_identifiers(column, lines)
        elif variable.kind in {"number", "integer"}:
            problems += _check_numbers(variable, column, lines)
        elif variable.levels:
            problems += _check_levels(variable, column, lines)
    return problems


def _check_identifiers(column: Sequence[str], lines: Sequence[int]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for cell, line in zip(column, lines, strict=True):
        if not PATIENT_ID.fullmatch(cell):
            what = "is blank" if not cell else "has a sign other than letters, digits, - and _, or more than 32"
            yield Problem("error", line, "patient_id", "identifier", f"the identifier {what}. Use a study number such as P01.")
        elif cell in first:
            yield Problem("error", line, "patient_id", "duplicate", f"the same identifier stands on line {first[cell]}. Keep one row a patient.")
        first.setdefault(cell, line)


def _check_numbers(variable: Variable, column: Sequence[str], lines: Sequence[int]) -> Iterator[Problem]:
    for cell, line in zip(column, lines, strict=True):
        if cell:
            fault = _number_fault(variable, cell)
            if fault:
                yield Problem("error", line, variable.name, *fault)


def _number_fault(variable: Variable, cell: str) -> tuple[str, str] | None:
    shown = cell if len(cell) <= 30 else cell[:30] + "..."
    if variable.levels:
        if cell not in variable.levels:
            return "event", f"'{shown}' is not {' or '.join(variable.levels)}. Code 1 for the event, 0 for none."
        return None
    if not PLAIN_NUMBER.fullmatch(cell) or not np.isfinite(float(cell)):
        return "not_a_number", f"'{shown}' is not a plain number. Write digits with a point, without unit; leave it blank if unknown."
    value = float(cell)
    if variable.kind == "integer" and not value.is_integer():
        return "not_whole", f"'{shown}' is not a whole number."
    if not variable.bounds.contain(value):
        return "out_of_range", f"'{shown}' is outside what is possible ({variable.allowed})."
    return None


def _check_levels(variable: Variable, column: Sequence[str], lines: Sequence[int]) -> Iterator[Problem]:
    legal = set(variable.levels)
    for cell, line in zip(column, lines, strict=True):
        if cell and cell not in legal:
            shown = cell if len(cell) <= 30 else cell[:30] + "..."
            near = nearest(cell.lower().replace(" ", "_"), variable.levels, 1)
            yield Problem("error", line, variable.name, "level_unknown", f"'{shown}' is no level. Allowed: {', '.join(variable.levels)}.{near}")


def check_rows(table: pd.DataFrame, lines: Sequence[int]) -> list[Problem]:
    """Check what the cells of one row say together: times, events, diameters."""
    problems: list[Problem] = []

    def report(bad: pd.Series[bool], column: str, code: str, message: str) -> None:
        problems.extend(Problem("error", lines[row], column, code, message) for row in np.flatnonzero(bad.to_numpy()))

    for stem in ENDPOINTS.values():
        time, event = f"{stem}_months", f"{stem}_event"
        if time in table:
            report(table[time].isna() & table[event].notna(), time, "event_without_time", f"'{event}' is given without a time.")
            report(table[time].notna() & table[event].isna(), event, "time_without_event", f"'{time}' is given without 0 or 1 for the event.")
    for earlier, later in (("pfs_months", "hepatic_pfs_months"), ("pfs_months", "os_months"), ("hepatic_pfs_months", "os_months")):
        if earlier in table and later in table:
            report(table[earlier] > table[later] + TIME_TOLERANCE, earlier, "time_order", f"it is later than '{later}'; one of the two is wrong.")
    for stem in ("pfs", "hepatic_pfs"):
        if f"{stem}_months" in table and "os_months" in table:
            at_death = (table["os_event"] == 1) & ((table["os_months"] - table[f"{stem}_months"]).abs() <= TIME_TOLERANCE)
            report(at_death & (table[f"{stem}_event"] == 0), f"{stem}_event", "death_not_event", "it is 0 although the patient died at this time; death is an event of this endpoint. Code 1.")
    for lesion in ("lesion1", "lesion2"):
        for visit in ("baseline", "best"):
            long, perp = f"{lesion}_{visit}_long_mm", f"{lesion}_{visit}_perp_mm"
            if long in table and perp in table:
                report(table[perp] > table[long], perp, "perpendicular_longer", f"it is longer than '{long}', the longest diameter; exchange or correct them.")
    return problems
