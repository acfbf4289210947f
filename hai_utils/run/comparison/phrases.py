"""The parts of the sentences that quote two runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hai_utils.results.keys import result_key
from hai_utils.results.printing import format_record, in_points
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.wording import confidence_words, method_name, population_name
from hai_utils.untrusted import one_line

_MOST_DECIMALS = 10


def subject(results: Results, record: Record) -> str:
    """Say what a number is about: the variable and the group."""
    label = results.study.variables.get(record.variable)
    # Endpoints stand in no dictionary; their labels end with the unit.
    name = label.plain if label and not record.level else (record.label or record.variable).removesuffix(", months")
    return one_line(f"{name}, {population_name(results.study, record.group)}")


def numbers(a: Results, b: Results, key: str, apart: Sequence[float] = ()) -> tuple[str, str]:
    """Return both numbers as printed, with more decimals where the print hides what is said of them.

    Parameters
    ----------
    apart : sequence of float, optional
        A value for each run from which its number must be told, such as the level of significance.
    """
    first, second = a.get(key), b.get(key)
    texts = (
        (told_from(a, first, apart[0]), told_from(b, second, apart[1])) if apart else told_apart(a, b, first, second)
    )
    return _with_unit(texts[0], first), _with_unit(texts[1], second)


def told_apart(a: Results, b: Results, first: Record, second: Record) -> tuple[str, str]:
    """Print the numbers of two runs with as many decimals as tell them apart."""
    texts = first.formatted, second.formatted
    if first.value is None or second.value is None or first.value == second.value:
        return texts
    for decimals in _more_decimals(texts[0]):
        if texts[0] != texts[1]:
            break
        texts = (
            format_record(first, a.study.formatter, decimals=decimals),
            format_record(second, b.study.formatter, decimals=decimals),
        )
    return texts


def told_from(results: Results, record: Record, other: float) -> str:
    """Print a number with as many decimals as tell it from another; as it stands where it is the other."""
    text, formatter = record.formatted, results.study.formatter
    alike = replace(record, value=other)
    shown = {format_record(alike, formatter, decimals=decimals) for decimals in range(3)}
    if record.value is None or record.value == other or text not in shown:
        return text
    for decimals in _more_decimals(text):
        text = format_record(record, formatter, decimals=decimals)
        if text != format_record(alike, formatter, decimals=decimals):
            break
    return text


def _more_decimals(text: str) -> range:
    """Return numbers of decimals that are more than a printed number has, whatever its style's decimal mark."""
    shown = re.search(r"\d*[.·,](\d+)", text)
    return range(len(shown[1]) + 1 if shown else 1, _MOST_DECIMALS + 1)


def printed(record: Record) -> str:
    """Return what a book prints for a record, with its unit."""
    return _with_unit(record.formatted, record)


def _with_unit(text: str, record: Record) -> str:
    if record.value is None:
        return one_line(text)
    if in_points(record):
        return one_line(f"{text} percentage points")
    return one_line(text if record.unit in {"", "proportion", "percent"} else f"{text} {record.unit}")


def not_available(record: Record) -> str:
    """Say why a number is not there."""
    if record.note == "not reached":
        return record.note
    return "not estimable" + (f" ({one_line(record.note)})" if record.note not in {"", "not estimable"} else "")


def both(texts: Sequence[str], a: Record, b: Record) -> str:
    """Name the numbers of both runs with their methods; a method that both used is named once."""
    if a.method == b.method:
        return with_method(a, f"{texts[0]} in A, {texts[1]} in B")
    return f"{with_method(a, f'{texts[0]} in A')}, {with_method(b, f'{texts[1]} in B')}"


def with_method(record: Record, text: str) -> str:
    """Name the method after a text, where there was a choice."""
    return f"{text} ({one_line(method_name(record.method))})" if record.method else text


def effect_with_interval(results: Results, record: Record, text: str, null: float | None) -> str:
    """Put an interval after an estimate; a limit near no effect has the decimals that tell it from it."""
    ends = []
    for name in ("lower", "upper"):
        key = result_key(record.variable, record.level, record.group, f"{record.statistic}_{name}")
        if key not in results:
            return text
        limit = results.get(key)
        infinite = limit.value is None and limit.note == "infinite"
        told = limit.formatted if null is None else told_from(results, limit, null)
        ends.append("infinite" if infinite else one_line(told))
    interval = results.study.formatter.range(ends[0], ends[1])
    return f"{text} ({confidence_words(results.study)} {interval})"
