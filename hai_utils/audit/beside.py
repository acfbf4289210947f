"""Any cohort's results beside the numbers that the article prints: rows of the results table, no sentence, no layout.

Only printed numbers are used, never the reconstruction's rows. The cohort is that of the file; the article's
patients are others, so that nothing is tested and nothing pooled: proportions get a difference with its interval,
medians stand side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hai_utils.audit.counts import counts_of_percent
from hai_utils.audit.ledger import printed
from hai_utils.audit.printed import parse_printed
from hai_utils.audit.published import CHAPTER, PLACES, PUBLISHED_NUMBERS, LedgerRow, read_ledger
from hai_utils.results.formatting import NOT_REACHED
from hai_utils.results.keys import PUBLISHED, comparison, result_key
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.stats.proportions import RiskDifferenceInterval, risk_difference

WHOLE = "all"
# The levels by which the article groups, in the column that a cohort must be grouped by for a comparison by group.
PUBLISHED_GROUPING = "kras"
PUBLISHED_LEVELS = ("mutant", "wild_type")
INTERVAL: RiskDifferenceInterval = "newcombe"

# What is set side by side, and the statistics that the article may print of it; the first must be printed.
KINDS: dict[str, tuple[str, ...]] = {
    "proportion": ("count", "percent"),
    "median": ("median", "min", "max"),
    "mean": ("mean", "min", "max"),
    "follow_up": ("follow_up_median", "time_min", "time_max"),
    "survival": ("median", "median_lower", "median_upper"),
}
# Printed, but of a part of the patients that no other cohort has, or bound to the follow-up of these very patients.
NOT_COMPARABLE = frozenset(
    {"alive", "kras", "kras_codon", "first_line", "second_line", "hai_cycles_discontinued", "pump_year"}
)
# The patients who stopped for a biliary complication are all of whom the article says that they stopped.
PRINTED_FOR = {"biliary_discontinued": "hai_discontinued"}
ADDED_UP = "added up"
CAUTIONS = {
    "prior_chemotherapy": "in another place the article says that all patients had it",
    "reduction_percent": "if reductions are whole percentages, the printed median fits 24 patients and not 25",
    "hai_discontinued": "both stopped for biliary complications",
}
# The printed numbers of patients, over all and by group: the totals of what is printed without one.
TOTALS = {"kras.all.n": WHOLE, "kras.mutant.all.count": "mutant", "kras.wild_type.analysed.count": "wild_type"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a printed number is about: a variable, possibly one level, and the article's group."""

    variable: str
    level: str
    group: str


@dataclass(frozen=True, slots=True)
class PrintedNumbers:
    """What the article prints of one variable in one group.

    Attributes
    ----------
    rows : mapping of str to LedgerRow
        By statistic; empty where the counts of the groups were added up.
    total : int
        Patients that the numbers are about.
    count : int or None
        Of them, those with the level; None where it is no count.
    source : str
        Where the count is printed, and as what.
    """

    rows: Mapping[str, LedgerRow]
    total: int
    count: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variable of the cohort that the article prints too.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    place : Place
        The variable, level and group.
    """

    kind: str
    place: Place

    @property
    def published(self) -> str:
        """The group of the records that hold the printed numbers."""
        return PUBLISHED if self.place.group == WHOLE else f"{PUBLISHED}_{self.place.group}"

    @property
    def pair(self) -> str:
        """The group of the records of the difference."""
        return comparison(self.place.group, self.published)

    def key(self, group: str, statistic: str) -> str:
        """Return the key of a result of the variable."""
        return result_key(self.place.variable, self.place.level, group, statistic)

    def stem(self, group: str) -> str:
        """Return the part of the keys that stands before the statistic."""
        return self.key(group, "").removesuffix(".")


@dataclass(frozen=True, eq=False)
class Beside:
    """A cohort beside the article.

    Attributes
    ----------
    comparisons : tuple of Comparison
        What both have, in the order of the article; empty where nothing can be compared.
    results : Results
        The cohort's own results with those of this chapter, so that a table can quote both.
    added : Results
        Those of this chapter alone.
    """

    comparisons: tuple[Comparison, ...]
    results: Results
    added: Results


def beside_published(results: Results, root: Path) -> Beside:
    """Set a cohort's results beside the printed numbers of the article.

    Parameters
    ----------
    results : Results
        Of all chapters.
    root : Path
        The project's root, where the published numbers lie.

    Returns
    -------
    Beside
        Empty for the reconstruction, however grouped: its rows were made from the printed numbers.

    References
    ----------
    Newcombe RG. Stat Med 1998;17:873-890, method 10.
    """
    ledger = () if results.study.reconstruction else read_ledger(root / PUBLISHED_NUMBERS)
    found: list[Comparison] = []
    records: list[Record] = []
    for place, numbers in published_numbers(ledger).items():
        for compared in _comparisons(place, numbers, results):
            found.append(compared)
            records += (_proportion if compared.kind == "proportion" else _quoted)(compared, numbers, results)
    added = Results.of(records, study=results.study)
    return Beside(tuple(found), results.merged(added), added)


def published_numbers(ledger: Sequence[LedgerRow]) -> dict[Place, PrintedNumbers]:
    """Collect the printed numbers by what they are about, the first print of each.

    Returns
    -------
    dict of Place to PrintedNumbers
        A percentage stands for the only count that prints so. What is printed for both groups but not for all
        patients is added up under `WHOLE`, with the patients of the groups as its total.
    """
    totals = {TOTALS[row.key]: int(float(row.value)) for row in ledger if row.key in TOTALS}
    rows: dict[Place, dict[str, LedgerRow]] = {}
    for row in ledger:
        variable, *level, group, statistic = row.key.split(".") if row.key.count(".") in {2, 3} else ("", "", "")
        if variable and variable not in NOT_COMPARABLE and group in totals:
            place = Place(PRINTED_FOR.get(variable, variable), "".join(level), group)
            rows.setdefault(place, {}).setdefault(statistic, row)
    found = {place: _numbers(place, printed_rows, totals[place.group]) for place, printed_rows in rows.items()}
    for first in [place for place in found if place.group == PUBLISHED_LEVELS[0]]:
        parts = [found.get(replace(first, group=level)) for level in PUBLISHED_LEVELS]
        whole = replace(first, group=WHOLE)
        counted = [part for part in parts if part is not None and part.count is not None]
        if whole not in found and len(counted) == len(parts):
            found[whole] = _added_up(counted)
    return found


def _numbers(place: Place, rows: Mapping[str, LedgerRow], total: int) -> PrintedNumbers:
    counted = rows.get("count") or rows.get("percent")
    count = _count(counted, total) if counted else None
    return PrintedNumbers(rows, total, count, _source(counted, place) if counted else "")


def _source(row: LedgerRow, place: Place) -> str:
    """Say where in the article a number is printed, as what, and what else the article says of it."""
    where = f"{PLACES.get(row.section, row.section)}: {row.published}"
    caution = CAUTIONS.get(place.variable, "") if place.group == WHOLE else ""
    return f"{where}; {caution}" if caution else where


def _added_up(parts: Sequence[PrintedNumbers]) -> PrintedNumbers:
    source = " and ".join(f"{part.source.rpartition(': ')[2]} of {part.total}" for part in parts)
    where = parts[0].source.partition(":")[0]
    count = sum(part.count or 0 for part in parts)
    return PrintedNumbers({}, sum(part.total for part in parts), count, f"{where}: {source}, {ADDED_UP}")


def _count(row: LedgerRow, total: int) -> int | None:
    """Return the count behind a printed count, ``7/11`` or percentage; None where several counts print so, or none."""
    number = parse_printed(row.value.partition("/")[0], row.decimals if "/" not in row.value else None)
    if number is None:
        return None
    if row.statistic != "percent":
        return int(number.value)
    possible = counts_of_percent(number, total).by_rule["half_up"]
    return possible.start if len(possible) == 1 else None


def _comparisons(place: Place, numbers: PrintedNumbers, results: Results) -> list[Comparison]:
    """Return what can be compared of one variable; nothing where the cohort has it not, or is not so grouped."""
    study = results.study
    grouped = study.group_by == PUBLISHED_GROUPING and place.group in {group.level for group in study.groups}
    if place.group != WHOLE and not grouped:
        return []
    return [
        compared
        for kind, (first, *_) in KINDS.items()
        if (numbers.count is not None if kind == "proportion" else first in numbers.rows)
        and _has(compared := Comparison(kind, place), first, results)
    ]


def _has(compared: Comparison, statistic: str, results: Results) -> bool:
    """Say whether the cohort has what the article prints, in at least one patient."""
    own, events = compared.key(compared.place.group, statistic), compared.key(compared.place.group, "events")
    is_survival = events in results
    return own in results and bool(results.get(own).n) and is_survival == (compared.kind in {"survival", "follow_up"})


def _patients(compared: Comparison, numbers: PrintedNumbers, results: Results) -> Record:
    """Return the record of how many patients the article has."""
    place = compared.place
    own = results.get(compared.key(place.group, KINDS[compared.kind][0]))
    return Record(
        place.variable, place.level, compared.published, "n", chapter=CHAPTER, label=own.label,
        value=numbers.total, n=numbers.total, formatted=results.study.formatter.count(numbers.total),
    )  # fmt: skip


def _proportion(compared: Comparison, numbers: PrintedNumbers, results: Results) -> list[Record]:
    """Return the printed count and percentage, and the difference of the cohort's proportion with its limits."""
    patients, study = _patients(compared, numbers, results), results.study
    formatter, known, total = study.formatter, numbers.count or 0, numbers.total
    own = results.get(compared.key(compared.place.group, "count"))
    of = int(own.n or 0)
    level = float(study.parameters["confidence_level"])
    difference = risk_difference(int(own.value or 0), of, known, total, method=INTERVAL, confidence_level=level)
    share = 100.0 * known / total
    limits = (
        ("", difference.value, ""),
        ("_lower", difference.lower, INTERVAL),
        ("_upper", difference.upper, INTERVAL),
    )
    base = replace(patients, note=numbers.source)
    return [
        patients,
        replace(base, statistic="count", value=known, formatted=formatter.count(known)),
        replace(base, statistic="percent", value=share, unit="percent", formatted=formatter.percent(share)),
        *(
            replace(
                patients, group=compared.pair, statistic=f"risk_difference{side}", method=method, value=value,
                n=of + total, unit="proportion", formatted=formatter.points(100 * (value or 0.0)),
            )
            for side, value, method in limits
        ),
    ]  # fmt: skip


def _quoted(compared: Comparison, numbers: PrintedNumbers, results: Results) -> list[Record]:
    """Return the printed numbers of a continuous variable or an endpoint, to the decimals that are printed."""
    patients, formatter = _patients(compared, numbers, results), results.study.formatter
    records = [patients]
    for statistic in KINDS[compared.kind]:
        if statistic not in numbers.rows:
            continue
        row = numbers.rows[statistic]
        number = printed(row)
        base = replace(patients, statistic=statistic, note=_source(row, compared.place))
        if isinstance(number, str):
            records.append(replace(base, value=None, formatted=NOT_REACHED, note="not reached"))
            continue
        value = float(number.value)
        unit = results.get(compared.key(compared.place.group, statistic)).unit
        text = formatter.percent(value, row.decimals) if row.unit == "%" else formatter.number(value, row.decimals)
        records.append(replace(base, value=value, unit=unit, formatted=text))
    return records
