"""A value of the results table as text: by what the catalogue says of its statistic, and by its unit."""

from __future__ import annotations

from hai_utils.catalogue.statistics import Named, Print, read_statistic
from hai_utils.results.formatting import NOT_ESTIMABLE, Formatter
from hai_utils.results.record import Record

# Completed years: an age is cut, not rounded, as people state it. By variable and statistic.
COMPLETED = frozenset({("age_years", "min"), ("age_years", "max")})
SHARES = frozenset({"percent", "proportion"})


def in_points(record: Record) -> bool:
    """Say whether a record prints in percentage points, whose name the caller adds."""
    return record.unit in SHARES and read_statistic(record.statistic).is_difference


def print_value(formatter: Formatter, named: Named, unit: str, value: float, decimals: int | None) -> str:
    """Print a value; without decimals as the style prints such a number."""
    if named.is_p_value:
        return formatter.p_value(value, decimals)
    if unit in SHARES:
        percentage = 100.0 * value if unit == "proportion" else value
        return (formatter.points if named.is_difference else formatter.percent)(percentage, decimals)
    return formatter.number(value, (0 if named.prints is Print.COUNT else 1) if decimals is None else decimals)


def format_record(record: Record, formatter: Formatter, *, decimals: int) -> str:
    """Print a record's value to so many decimals; what is missing prints as `formatted` says."""
    if record.value is None:
        return record.formatted or NOT_ESTIMABLE
    return print_value(formatter, read_statistic(record.statistic), record.unit, record.value, decimals)
