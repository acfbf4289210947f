"""Columns that are wrong as a whole: another unit, another coding, or a program's codes for missing values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hai_utils.catalogue.endpoints import Endpoint
from hai_utils.cohort.cells import LOOSE_NUMBER
from hai_utils.cohort.columns import Column, Verdict, at_lines
from hai_utils.cohort.contradictions import MEASURABLE_MM
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.headers import LESIONS
from hai_utils.cohort.problems import Problem, problem
from hai_utils.cohort.schema import NUMBER_LENGTH, bounds_of

# What is seldom outside; beyond it stands a warning for a value, a refusal for most of a column.
PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "age_years": (18, 120),
    "operative_minutes": (20, 1_440),
    "length_of_stay_days": (0, 180),
    "n_liver_lesions": (1, 150),
    "prior_regimens": (0, 10),
    "prior_chemo_cycles": (0, 100),
    "hai_cycles": (0, 60),
    **{f"{lesion}_{visit}_{axis}_mm": (0.0, 300.0) for lesion in LESIONS for visit in ("baseline", "best") for axis in ("long", "perp")},
}  # fmt: skip
PLAUSIBLE_MONTHS = (0.0, 360.0)
FEWEST_VALUES = 3
_OF_A_VALUE = frozenset({"implausible", "age_above_89"})
_DAYS = "They seem to be days: divide them by 30.4375, or let 'hai import' do it (unit: days)."
_CENTIMETERS = "They seem to be centimeters: multiply them by 10, or let 'hai import' do it (unit: cm)."
_HOURS = "They seem to be hours: multiply them by 60, or let 'hai import' do it (unit: h)."
_BIRTHS = "They seem to be years of birth: give the age at pump placement instead."
_MONTHS_OLD = "They seem to be months: divide them by 12, or let 'hai import' do it (unit: months)."
_OTHER = "They seem to be in another unit: see the column's description in the dictionary."
# Codes that statistics programs use for 'not known', each larger than what the column can hold.
CODES = ("9", "99", "999", "9999", "99999")


def plausible_range(variable: Variable) -> tuple[float, float]:
    """Return the limits that values of a column are seldom outside of."""
    otherwise = PLAUSIBLE_MONTHS if variable.unit == "months" else (-np.inf, np.inf)
    return PLAUSIBLE.get(variable.name, otherwise)


def whole_column(column: Column) -> Problem | None:
    """Refuse a column of which more than half cannot be, and say what it probably is; None where it may be right."""
    numbers = _numbers(column)
    if column.name.endswith("_event"):
        return _status(column)
    low, high = plausible_range(column.variable)
    bounds = bounds_of(column.variable)
    odd = (numbers < low) | (numbers > high) | np.array([not bounds.contain(value) for value in numbers])
    if column.name.endswith("_baseline_long_mm"):
        odd |= numbers < MEASURABLE_MM
    rows = column.codes
    known = ~np.isnan(numbers)[rows] if len(numbers) else np.zeros(0, dtype=bool)
    many, count = int((odd & ~np.isnan(numbers))[rows].sum()), int(known.sum())
    if column.variable.levels or count < FEWEST_VALUES or 2 * many <= count:
        return None
    found = f"{many:,} of {count:,} values are outside what is plausible ({_limits(column, low, high)})."
    middle = float(np.median(numbers[rows][known]))
    return problem("column_unit", 0, column.name, found, _likely(column, middle))


def beyond_today(columns: Mapping[str, Column], endpoints: Sequence[Endpoint]) -> Iterator[Problem]:
    """Yield times that reach beyond today even where the pump was placed on the first day of its year."""
    if "pump_year" not in columns:
        return
    today, years = date.today(), columns["pump_year"].numbers
    for endpoint in endpoints:
        if (column := columns.get(endpoint.months)) is None:
            continue
        months = column.numbers
        late = np.flatnonzero(months > (today.year - years) * 12 + today.month)
        count = int((~np.isnan(months + years)).sum())
        if count >= FEWEST_VALUES and 2 * len(late) > count:
            found = f"With 'pump_year', {len(late):,} of {count:,} values lie after today."
            yield problem("column_unit", 0, column.name, found, _DAYS)
            continue
        found = "'pump_year' and these months together lie after today."
        yield from at_lines("future", column.name, column.lines[late], found)


def without_consequences(problems: Sequence[Problem]) -> list[Problem]:
    """Leave out that a value is unusual where it is refused."""
    refused = {(one.line, one.column) for one in problems if one.severity == "error"}
    return [one for one in problems if one.code not in _OF_A_VALUE or (one.line, one.column) not in refused]


def _limits(column: Column, low: float, high: float) -> str:
    if column.name.endswith("_baseline_long_mm"):
        low = MEASURABLE_MM
    unit = f" {column.variable.unit}" if column.variable.unit not in {"", "year"} else ""
    if np.isfinite(low) and np.isfinite(high):
        return f"{low:g} to {high:g}{unit}"
    return f"{column.variable.allowed.split(';')[0]}{unit}"


def _likely(column: Column, middle: float) -> str:
    """Say which unit the values of a column probably have, by the value in their middle."""
    if column.name == "age_years":
        return _BIRTHS if 1900 <= middle <= 2100 else _MONTHS_OLD if 216 <= middle <= 1_440 else _OTHER
    if column.variable.unit == "months" and middle > 0:
        return _DAYS
    if column.variable.unit == "mm" and middle < MEASURABLE_MM:
        return _CENTIMETERS
    return _HOURS if column.variable.unit == "min" and middle < 20 else _OTHER


def _numbers(column: Column) -> NDArray[np.float64]:
    """Return each distinct value as a number, be it possible or not; nan where it is none."""
    usable = (len(cell) <= NUMBER_LENGTH and LOOSE_NUMBER.fullmatch(cell) for cell in column.values)
    pairs = zip(column.values, usable, strict=True)
    return np.array([float(cell) if known else np.nan for cell, known in pairs], dtype=float)


def _status(column: Column) -> Problem | None:
    """Tell a status of 1 and 2 from an event of 0 and 1: its ones are those who live."""
    codes = {cell for cell in column.values if cell}
    if codes != {"1", "2"}:
        return None
    found = "The column has the codes 1 and 2, as a status that is 1 = alive and 2 = dead."
    return problem("event_codes", 0, column.name, found)


def suspected_codes(
    columns: Mapping[str, Column], problems: Sequence[Problem]
) -> tuple[dict[str, Column], list[Problem]]:
    """Refuse 9, 99, 999 wherever they may stand for 'not known', once a column of the file certainly uses one so.

    Returns
    -------
    columns : dict of str to Column
        The suspected values refused.
    problems : list of Problem
        Those that were given, and one for each suspected cell.
    """
    suspects = {name: found for name, column in columns.items() if (found := _suspects(column))}
    if not any(_is_certain(columns[name], found) for name, found in suspects.items()):
        return dict(columns), list(problems)
    changed, new = dict(columns), list[Problem]()
    for name, positions in suspects.items():
        new += columns[name].report(positions, _explain)
        changed[name] = columns[name].refused(positions)
    return changed, [*problems, *new]


def _explain(cell: str) -> Verdict:
    mend = f"Leave the cell blank if it is one; if it is a measurement, write {cell}.0."
    return Verdict("suspected_code", f"The cell is {cell}, which this file uses for 'not known'.", mend)


def _suspects(column: Column) -> list[int]:
    """Return the positions of codes that are larger than every other value of a column of numbers."""
    if not column.is_number or column.variable.levels:
        return []
    numbers = column.value_numbers
    coded = [i for i, cell in enumerate(column.values) if cell in CODES and not column.invalid[i]]
    others = np.delete(numbers, coded)
    others = others[~np.isnan(others)]
    largest = others.max() if len(others) else -np.inf
    return [i for i in coded if numbers[i] > largest]


def _is_certain(column: Column, positions: Sequence[int]) -> bool:
    """Say whether such a code is a value that hardly any patient has."""
    low, high = plausible_range(column.variable)
    return any(not low <= column.value_numbers[i] <= high for i in positions)
