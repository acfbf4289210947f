"""Chapter 5, methods compared: what is said of the results of the other chapters taken together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hai_utils.formatting import Formatter
from hai_utils.keys import comparison
from hai_utils.parameters import Parameters
from hai_utils.results import Record
from hai_utils.stats.multiplicity import holm

CHAPTER = "05_methods_compared"


def adjusted(records: Iterable[Record], parameters: Parameters, levels: Iterable[str]) -> list[Record]:
    """Return Holm's P values of the secondary outcomes, one family a comparison.

    Parameters
    ----------
    records : iterable of Record
        Of the chapters that report the outcomes.
    levels : iterable of str
        The groups that are compared with the reference.
    """
    formatter = Formatter.of(parameters.style, parameters.rounding)
    reported = {
        (record.variable, record.group): record
        for record in records
        if record.statistic == "p_value" and record.reported and not record.level
    }
    found: list[Record] = []
    for level in levels:
        group = comparison(level, parameters.reference_group)
        secondary = [name for name in parameters.outcomes if name != parameters.primary_endpoint]
        family = [reported[name, group] for name in secondary if (name, group) in reported]
        values = holm([None if record.value is None else float(record.value) for record in family])
        found += [_holm_record(record, value, formatter) for record, value in zip(family, values, strict=True)]
    return found


def _holm_record(record: Record, value: float | None, formatter: Formatter) -> Record:
    return replace(
        record,
        statistic="p_value_holm",
        method="holm",
        chapter=CHAPTER,
        value=value,
        formatted="NE" if value is None else formatter.p_value(value),
    )
