"""The results as an analysis results dataset in the columns of the R package cards (pharmaverse): ``ard.json``.

One statistic a row, as in ``results.csv``: ``group1`` and ``group1_level``, ``variable`` and ``variable_level``, ``context``
(what the statistic belongs to), ``stat_name`` by cards' own names, ``stat_label``, ``stat``, and ``warning`` for why there is no
number. Behind them stand what cards has no column for: the method, the printed text, the key.
"""

from __future__ import annotations

import json
from functools import cache

from hai_utils.catalogue.populations import POPULATIONS, VERSUS
from hai_utils.catalogue.statistics import Named, Print, read_statistic
from hai_utils.results.record import Record
from hai_utils.results.table import Results

COLUMNS = (
    "group1", "group1_level", "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "stat_fmt",
    "warning", "error", "method", "reported", "key",
)  # fmt: skip
# cards' names of what the catalogue calls otherwise; of an effect the value is its estimate.
NAMES = {"n": "N", "count": "n", "proportion": "p", "q1": "p25", "q3": "p75", "n_missing": "N_miss"}
PARTS = {"": "estimate", "lower": "conf.low", "upper": "conf.high", "se": "std.error", "p": "p.value"}


_encoded = json.JSONEncoder(ensure_ascii=False).encode


def ard_json(results: Results) -> str:
    """Return the text of ``ard.json``: a list of rows, one a line, the same bytes for the same results."""
    return "[\n" + ",\n".join(_line(results, record) for record in results) + "\n]\n"


def _line(results: Results, record: Record) -> str:
    row = (
        *_group(results, record), record.variable, record.level or None, *_statistic(record.statistic), record.value,
        record.formatted, record.note or None, None, record.method or None, record.reported, record.key,
    )  # fmt: skip
    return _encoded(dict(zip(COLUMNS, row, strict=True)))


def _group(results: Results, record: Record) -> tuple[str | None, str | None]:
    """Return the grouping column and the level; a comparison has no level, and what is said over all no group."""
    study = results.study
    if VERSUS in record.group or record.group == "overall":
        return study.group_by, None
    if record.group == "all":
        return None, None
    return ("population" if record.group in POPULATIONS else study.group_by), record.group


@cache
def _statistic(name: str) -> tuple[str, str, str]:
    """Return what a statistic is part of, cards' name of it, and its label."""
    named = read_statistic(name)
    label = named.words(f"{named.months:g}" if named.months is not None else "")
    return _context(named, name), _name(named), label


def _name(named: Named) -> str:
    if named.part or named.no_effect is not None:
        return PARTS.get(named.part, named.part)
    return "p.value" if named.is_p_value else NAMES.get(named.record.name, named.record.name)


def _context(named: Named, statistic: str) -> str:
    """Return what a statistic is part of: cards' tabulate, summary and missing; else its own name with its time."""
    if named.record.name == "n_missing":
        return "missing"
    if named.part or named.no_effect is not None or named.months is not None:
        return statistic.removesuffix(f"_{named.part}") if named.part else statistic
    if named.is_p_value:
        return named.record.name
    return "tabulate" if named.prints in (Print.COUNT, Print.SHARE) else "summary"
