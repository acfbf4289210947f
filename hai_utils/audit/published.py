"""The printed numbers of the article as they stand in its table of published numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hai_utils.errors import DataError
from hai_utils.package_data import packaged_rows
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule

# The chapter that shows them all, and their table in the project.
CHAPTER = "06_published_and_recomputed"
PUBLISHED_NUMBERS = Path("data/published_numbers.csv")
LEDGER_COLUMNS = ("id", "section", "variable", "group", "statistic", "published", "value", "decimals", "unit")
PLACES = {
    "abstract": "Abstract", "methods": "Methods", "results": "Results", "discussion": "Discussion",
    "table1": "Table 1", "table2": "Table 2", "figure1": "Figure 1",
}  # fmt: skip


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
    keys = {row["id"]: row for row in packaged_rows("audit/ledger_keys.csv")}
    published = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
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


def _ledger_row(row: Mapping[str, str], structure: Mapping[str, str]) -> LedgerRow:
    rounding: RoundingRule = next((rule for rule in ROUNDING_RULES if rule == structure.get("rounding")), "half_up")
    return LedgerRow(
        **{name: row[name] for name in LEDGER_COLUMNS if name not in {"statistic", "decimals"}},
        statistic=structure.get("statistic") or row["statistic"],
        decimals=int(row["decimals"]),
        rounding=rounding,
        **{
            name: structure.get(name, "")
            for name in ("key", "method", "instead", "kind", "of", "within", "sum_of", "same_as")
        },
    )
