"""Cells to values: numbers, units and dates, each read in one way or not at all."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.schema import bounds_of
from hai_utils.cohort.tables import clean
from hai_utils.importing.units import number_text, unit_of

DateOrder = Literal["dmy", "mdy", "ymd"]
DATE_ORDERS: tuple[DateOrder, ...] = get_args(DateOrder)
# "both": decimal points and commas in one file; a comma before three digits is then read as neither.
DecimalMark = Literal[".", ",", "both"]
DECIMAL_MARKS: tuple[DecimalMark, ...] = get_args(DecimalMark)
# What a date without its day, or without its month, is taken for: the 15th, the 1st of July, or not known.
PartialDates = Literal["month", "year", "missing"]

FIRST_YEAR, LAST_YEAR = 1900, 2100
# A year of birth in two digits: nobody in a cohort was born before 1910.
FIRST_BIRTH = 10

_EXPONENT = r"([eE][-+]?\d{1,2})?"
_NUMBER = {
    ".": re.compile(rf"-?(\d+(\.\d*)?|\.\d+){_EXPONENT}", re.ASCII),
    ",": re.compile(rf"-?(\d+(,\d*)?|,\d+){_EXPONENT}", re.ASCII),
    "both": re.compile(rf"-?(?!\d{{1,3}}([.,]\d{{3}})+$)(\d+([.,]\d*)?|[.,]\d+){_EXPONENT}", re.ASCII),
}
_PLAIN = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d{1,2})?", re.ASCII)
_WITH_UNIT = re.compile(r"([-\d.,eE]*\d[.,]?) ?([A-Za-zµμ/]+)\.?")
_CLOCK = re.compile(
    r"(\d{1,2}) ?(?:h|hr|hrs|hours?|std|:) ?(\d{1,2})? ?(?:m|min|mins|minutes)?(?::\d{2})?", re.IGNORECASE | re.ASCII
)
_SIZES = re.compile(r"([\d.,]+) ?([a-z]{2})? ?[x×*] ?([\d.,]+)(?: ?[x×*] ?[\d.,]+)? ?([a-z]{2})?", re.IGNORECASE)
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_PARTS = re.compile(rf"(\d{{1,4}})[-/. ](\d{{1,2}})[-/. ](\d{{1,4}}){_TIME}", re.ASCII)
_NAMED = re.compile(r"(\d{1,2})[-/. ]?([A-Za-zä]{3})[a-z]*\.?[-/. ,]*(\d{4}|\d{2})", re.ASCII | re.IGNORECASE)
_NAME_FIRST = re.compile(r"([A-Za-z]{3})[a-z]*\.? (\d{1,2}),? (\d{4})", re.ASCII)
_MONTH_ONLY = re.compile(
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})|(?P<m2>\d{1,2})[-/.](?P<y2>\d{4})|(?P<name>[A-Za-z]{3})[a-z]*[-/. ]+(?P<y3>\d{4})",
    re.ASCII,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), 1
    )
    for name in names.split()
}  # fmt: skip


def parse_number(cell: str, decimal: DecimalMark = ".") -> Decimal | None:
    """Read a plain number, or return None: no unit, no thousands separator, no sign but a leading minus.

    The length and the exponent are bounded, so that no cell costs more than it shows.
    """
    if len(cell) > 40 or not _NUMBER[decimal].fullmatch(cell):
        return None
    return Decimal(cell.replace(",", "."))


class Codes:
    """Codes as a person types them: letter case does not matter, and ``-999`` is also ``-999.0``."""

    def __init__(self, codes: Mapping[str, str] | Iterable[str]) -> None:
        codes = codes if isinstance(codes, Mapping) else dict.fromkeys(codes, "")
        self.listed = ", ".join(codes)
        self.exact = {clean(code): value for code, value in codes.items()}
        folded = Counter(code.casefold() for code in self.exact)
        self.folded = {code.casefold(): value for code, value in self.exact.items() if folded[code.casefold()] == 1}
        numbers = {parse_number(code): value for code, value in self.exact.items()}
        self.numbers = {number: value for number, value in numbers.items() if number is not None}

    def find(self, cell: str) -> str | None:
        """Return what a cell stands for, None where it is no code."""
        for known, key in ((self.exact, cell), (self.folded, cell.casefold())):
            if key in known:
                return known[key]
        number = parse_number(cell)
        return self.numbers.get(number) if number is not None else None

    def __contains__(self, cell: str) -> bool:
        """Say whether a cell is a code."""
        return self.find(cell) is not None


def kept_text(cell: str, value: Decimal) -> str:
    """Return a number's own text where a cohort file may hold it as it stands, else its plain form."""
    return cell if _PLAIN.fullmatch(cell) else number_text(value)


def parse_quantity(cell: str, decimal: DecimalMark = ".") -> tuple[Decimal, str] | None:
    """Read a number with the unit that stands behind it (``57 y``, ``375 min``, ``3h 20``); None for anything else.

    Returns
    -------
    tuple of Decimal and str, or None
        The number and its unit, empty where the cell names none. Hours and minutes are minutes.
    """
    if (value := parse_number(cell, decimal)) is not None:
        return value, ""
    if (match := _CLOCK.fullmatch(cell)) and (match[2] or "h" in cell.lower() or "s" in cell.lower()):
        minutes = int(match[2] or 0)
        return (Decimal(60 * int(match[1]) + minutes), "min") if minutes < 60 else None
    match = _WITH_UNIT.fullmatch(cell)
    unit = unit_of(match[2]) if match else ""
    value = parse_number(match[1], decimal) if match and unit else None
    return None if value is None else (value, unit)


def parse_sizes(cell: str, decimal: DecimalMark = ".") -> tuple[Decimal, Decimal, str] | None:
    """Read two diameters in one cell (``4.2 x 3.1 cm``): the longer, the shorter, the unit where one stands.

    A third diameter is not read: which two lie in one plane only a person knows.
    """
    match = _SIZES.fullmatch(cell)
    if not match or len(re.findall("[x×*]", cell.lower())) > 1:
        return None
    one, two = parse_number(match[1], decimal), parse_number(match[3], decimal)
    units = {unit_of(form) for form in (match[2], match[4]) if form}
    if one is None or two is None or len(units) > 1 or "" in units:
        return None
    return max(one, two), min(one, two), next(iter(units), "")


def parse_date(cell: str, order: DateOrder | None, *, born: bool = False) -> date | None:
    """Read a date, or return None.

    Year-month-day and a month by its name (``3 Feb 2020``, ``11-Nov-20``) are read in any file; two numbers and a year
    only in the order that was stated. A time of day is left out.

    Parameters
    ----------
    born : bool
        A year in two digits lies in 1910-2009; otherwise it is the last such year that has come.
    """
    if match := _NAMED.fullmatch(cell):
        return _date(_year(match[3], born), _MONTHS.get(match[2].lower(), 0), int(match[1]))
    if match := _NAME_FIRST.fullmatch(cell):
        return _date(int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2]))
    match = _PARTS.fullmatch(cell)
    if not match:
        return None
    first, second, third = match[1], match[2], match[3]
    if len(first) == 4 and len(third) <= 2:
        return _date(int(first), int(second), int(third))
    if len(third) not in {2, 4} or len(first) > 2 or order not in {"dmy", "mdy"}:
        return None
    day, month = (first, second) if order == "dmy" else (second, first)
    return _date(_year(third, born), int(month), int(day))


def _year(digits: str, born: bool) -> int:
    if len(digits) == 4:
        return int(digits)
    first = FIRST_BIRTH if born else date.today().year % 100 + 1
    return 1900 + int(digits) if int(digits) >= first else 2000 + int(digits)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def partial_date(cell: str) -> tuple[date, PartialDates] | None:
    """Read a month (``2018-03``, ``03/2018``, ``Mar 2018``) as its 15th, a year as its first of July; else None."""
    if re.fullmatch(r"\d{4}", cell, re.ASCII):
        day = _date(int(cell), 7, 1)
        return (day, "year") if day else None
    if match := _MONTH_ONLY.fullmatch(cell):
        month = _MONTHS.get((match["name"] or "").lower()) or int(match["m"] or match["m2"] or 0)
        day = _date(int(match["y"] or match["y2"] or match["y3"]), month, 15)
        return (day, "month") if day else None
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
