"""Cells to values: numbers, units and dates, each read in one way or not at all."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.schema import bounds_of

DateOrder = Literal["dmy", "mdy", "ymd"]
DATE_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)
DecimalMark = Literal[".", ","]
DECIMAL_MARKS: tuple[DecimalMark, ...] = get_args(DecimalMark)

# 365.25 / 12, as the cohort dictionary counts months.
DAYS_PER_MONTH = 30.4375
FIRST_YEAR, LAST_YEAR = 1900, 2100
OLDEST_AGE = 89

_NUMBER = {
    ".": re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,2})?", re.ASCII),
    ",": re.compile(r"-?(\d+(,\d*)?|,\d+)([eE][-+]?\d{1,2})?", re.ASCII),
}
_PLAIN = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d{1,2})?", re.ASCII)
_PARTS = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?", re.ASCII)
_NAMED = re.compile(r"(\d{1,2})[-/. ]?([A-Za-z]{3})[a-z]*\.?[-/. ,]*(\d{4})", re.ASCII)
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Factor from a unit to the dictionary's unit, as numerator and denominator: a division is done once, in floating point,
# so that whole days give the months that every other part of the project gives.
_UNITS: dict[str, dict[str, tuple[str, str]]] = {
    "mm": {"cm": ("10", "1"), "m": ("1000", "1"), "inch": ("25.4", "1")},
    "cm": {"mm": ("1", "10")},
    "months": {"days": ("1", "30.4375"), "weeks": ("7", "30.4375"), "years": ("12", "1")},
    "years": {"months": ("1", "12"), "days": ("1", "365.25")},
    "days": {"weeks": ("7", "1"), "hours": ("1", "24")},
    "min": {"h": ("60", "1"), "hours": ("60", "1"), "s": ("1", "60")},
    "ng/ml": {"ug/l": ("1", "1"), "µg/l": ("1", "1")},
}


def parse_number(cell: str, decimal: DecimalMark = ".") -> Decimal | None:
    """Read a plain number, or return None: no unit, no thousands separator, no sign but a leading minus.

    The length and the exponent are bounded, so that no cell costs more than it shows.
    """
    if len(cell) > 40 or not _NUMBER[decimal].fullmatch(cell):
        return None
    return Decimal(cell.replace(",", "."))


def number_text(value: Decimal) -> str:
    """Write a number without loss and without needless zeros (``23.0`` becomes ``23``)."""
    if value == 0:
        return "0"
    whole = value.to_integral_value()
    return f"{whole:f}" if value == whole else repr(float(value))


def kept_text(cell: str, value: Decimal) -> str:
    """Return a number's own text where a cohort file may hold it as it stands, else its plain form."""
    return cell if _PLAIN.fullmatch(cell) else number_text(value)


def known_units(unit: str) -> tuple[str, ...]:
    """Return the units that convert to a unit of the dictionary, itself first."""
    return (unit, *_UNITS.get(unit, {}))


def convert(value: Decimal, unit: str, target: str) -> str:
    """Write a number in the dictionary's unit.

    Parameters
    ----------
    value : Decimal
        In `unit`, one of ``known_units(target)`` and not `target` itself.
    """
    numerator, denominator = _UNITS[target][unit]
    product = value * Decimal(numerator)
    if denominator == "1":
        return number_text(product)
    return number_text(Decimal(repr(float(product) / float(denominator))))


def parse_date(cell: str, order: DateOrder | None) -> date | None:
    """Read a date, or return None.

    Year-month-day and a month by its English name (``3 Feb 2020``) are read in any file; two numbers and a year only
    in the order that was stated. A year has four digits: two would have to be guessed. A time of day is left out.
    """
    if match := _NAMED.fullmatch(cell):
        name = match[2].lower()
        return _date(int(match[3]), _MONTH_NAMES.index(name) + 1, int(match[1])) if name in _MONTH_NAMES else None
    match = _PARTS.fullmatch(cell)
    if not match:
        return None
    first, second, third = match[1], match[2], match[3]
    if len(first) == 4 and len(third) <= 2:
        return _date(int(first), int(second), int(third))
    if len(third) != 4 or len(first) > 2 or order not in {"dmy", "mdy"}:
        return None
    day, month = (first, second) if order == "dmy" else (second, first)
    return _date(int(third), int(month), int(day))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def months_between(start: date, end: date) -> str:
    """Write the months from one date to another: whole days over 30.4375, in full precision."""
    return number_text(Decimal(repr((end - start).days / DAYS_PER_MONTH)))


def completed_years(start: date, end: date) -> int:
    """Return the birthdays passed between two dates; someone born on 29 February has theirs on 1 March."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def interval(start: date, end: date, unit: str) -> str:
    """Write the time between two dates in a unit of the dictionary: ``months``, ``days`` or completed ``years``."""
    if unit == "years":
        return str(completed_years(start, end))
    return months_between(start, end) if unit == "months" else str((end - start).days)


def number_fault(text: str, variable: Variable) -> str:
    """Say why a number cannot stand in a column, without repeating it; an empty string where it can."""
    value = float(text)
    if not math.isfinite(value):
        return "is too large"
    if variable.levels:
        return "" if text in variable.levels else f"is not {' or '.join(variable.levels)}"
    if variable.kind == "integer" and not value.is_integer():
        return "is not a whole number"
    if not bounds_of(variable).contain(value):
        return f"is outside what is possible ({variable.allowed}{' ' + variable.unit if variable.unit else ''})"
    return ""
