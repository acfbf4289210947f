"""The printed numbers of the article, one by one: where each stands, what the cohort gives, and a verdict."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import cast

from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.errors import DataError, ResultError
from hai_utils.formatting import ROUNDING_RULES, RoundingRule, round_number
from hai_utils.results import Record, Results

LEDGER_COLUMNS = ("id", "section", "variable", "group", "statistic", "published", "value", "decimals", "unit")
_PARAMETER = "parameter:"
NOT_REACHED = "NR"


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One printed number with what the project knows of its structure; nothing here says whether it is true.

    Attributes
    ----------
    id, section, variable, group, statistic, published, value, unit : str
        As in the table of published numbers; `value` is the number that `published` stands for.
    decimals : int
        Decimals printed.
    key, method : str
        The result that recomputes it, see `recompute`; empty where no result can.
    rounding : RoundingRule
        The rule by which it was printed; ``half_up`` unless the article itself needs another.
    instead : str
        For a number that no result can give: the result that stands nearest to what it says.
    kind, of, within, sum_of, same_as : str
        Structure, in the words of the draft format.
    """

    id: str
    section: str
    variable: str
    group: str
    statistic: str
    published: str
    value: str
    decimals: int
    unit: str
    key: str = ""
    method: str = ""
    rounding: RoundingRule = "half_up"
    instead: str = ""
    kind: str = ""
    of: str = ""
    within: str = ""
    sum_of: str = ""
    same_as: str = ""


def read_ledger(path: Path) -> tuple[LedgerRow, ...]:
    """Read a table of published numbers, each joined with the key of the result that recomputes it.

    Raises
    ------
    DataError
        Naming every line that is not as it must be: a column absent, an id twice, decimals that are no number.
    """
    keys = {row["id"]: row for row in _rows((resources.files("hai_utils.audit") / "ledger_keys.csv").read_text("utf-8"))}
    published = _rows(path.read_text(encoding="utf-8-sig"))
    absent = [name for name in LEDGER_COLUMNS if published and name not in published[0]]
    problems = [f"{path.name}: the column '{name}' is absent." for name in absent]
    seen: set[str] = set()
    for line, row in enumerate(published if not absent else (), start=2):
        if row["id"] in seen:
            problems.append(f"{path.name}, line {line}: the id '{row['id']}' stands twice.")
        if not row["decimals"].isdecimal():
            problems.append(f"{path.name}, line {line}, column 'decimals': '{row['decimals']}' is no whole number.")
        seen.add(row["id"])
    if problems:
        raise DataError(problems)
    return tuple(_ledger_row(row, keys.get(row["id"], {})) for row in published)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def _ledger_row(row: Mapping[str, str], structure: Mapping[str, str]) -> LedgerRow:
    rounding = structure.get("rounding") or "half_up"
    assert rounding in ROUNDING_RULES
    return LedgerRow(
        **{name: row[name] for name in LEDGER_COLUMNS if name not in {"statistic", "decimals"}},
        statistic=structure.get("statistic") or row["statistic"],
        decimals=int(row["decimals"]),
        rounding=cast(RoundingRule, rounding),
        **{
            name: structure.get(name, "")
            for name in ("key", "method", "instead", "kind", "of", "within", "sum_of", "same_as")
        },
    )


def printed(row: LedgerRow) -> Printed | str:
    """Return what is printed: a number, or the text of ``7/11``, of ``NR`` and of a date."""
    return parse_printed(row.value, row.decimals) or row.value


def recompute(row: LedgerRow, results: Results) -> float | str | None:
    """Compute a printed number again from the results of a run.

    Returns
    -------
    float, str or None
        In full precision; ``count/total`` for n of N, ``NR`` for a median that was not reached; None where the row
        has no key, or where the run has no such result or could not estimate it.
    """
    return _recomputed(row, row.key, results) if row.key else None


def recompute_instead(row: LedgerRow, results: Results) -> float | str | None:
    """Return what the cohort gives in place of a number that it cannot give."""
    return _recomputed(row, row.instead, results) if row.instead else None


def agrees(row: LedgerRow, recomputed: float | str | None) -> bool:
    """Whether a recomputed value prints as the published one, by the row's rounding rule."""
    number = printed(row)
    if recomputed is None or isinstance(recomputed, str) or isinstance(number, str):
        return recomputed == number
    return round_number(recomputed, row.decimals, rule=row.rounding) == number.value


def _recomputed(row: LedgerRow, key: str, results: Results) -> float | str | None:
    if key.startswith(_PARAMETER):
        value = results.study.parameters.get(key.removeprefix(_PARAMETER))
        return None if value is None else float(value)
    if "#" in key:
        return _bar(key, results)
    records = _records(key.split(" - "), row.method, results)
    if not records:
        return None
    if records[0].note == "not reached":
        return NOT_REACHED
    values = [record.value for record in records]
    if None in values:
        return None
    value = float(cast(float, values[0])) - sum(float(cast(float, other)) for other in values[1:])
    return f"{value:.0f}/{records[0].n}" if row.statistic == "n_of_N" else value


def _records(keys: Sequence[str], method: str, results: Results) -> list[Record]:
    try:
        return [results.get(key, method) for key in keys]
    except ResultError:
        return []


def _bar(key: str, results: Results) -> float | None:
    series, _, rank = key.partition("#")
    return next((point.y for point in results.series(series) if point.x == float(rank)), None)
