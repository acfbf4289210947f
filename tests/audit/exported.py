"""The tables of a built book in the draft format: the audit of a right book raises nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from hai_utils.audit.draft import METHODS, DraftRow, Kind, draft_csv
from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.catalogue.populations import VERSUS
from hai_utils.results.formatting import NOT_REACHED, round_number
from hai_utils.results.record import Record
from hai_utils.results.table import Results

AS_THEY_ARE = ("mean", "sd", "median", "min", "max", "q1", "q3", "iqr")
SURVIVAL = {
    "median": "median",
    "median_lower": "ci_lower",
    "median_upper": "ci_upper",
    "time_min": "min",
    "time_max": "max",
    "hazard_ratio": "hazard_ratio",
    "hazard_ratio_lower": "ci_lower",
    "hazard_ratio_upper": "ci_upper",
}
PROPORTION = {"proportion_lower": "ci_lower", "proportion_upper": "ci_upper"}
# The draft's limits are those of 95% intervals; of a median survival time only their order is checked.
LEVEL_OF_LIMITS = 0.95
_LIMITS_OF_A_LEVEL = frozenset({*PROPORTION, "hazard_ratio_lower", "hazard_ratio_upper"})


def export_tables(results: Results) -> str:
    """Write the reported counts, percentages, summaries, medians and P values of a run in the draft format.

    Parameters
    ----------
    results : Results
        Of any run. What could not be estimated is left out; a median that was not reached is ``NR``.

    Returns
    -------
    str
        A draft's CSV, every number as the book prints it.
    """
    return draft_csv(export_rows(results))


def export_rows(results: Results) -> tuple[DraftRow, ...]:
    """Return what `export_tables` writes, as rows of a draft."""
    reported = [record for record in results if record.reported]
    if results.study.parameters.get("confidence_level") != LEVEL_OF_LIMITS:
        reported = [record for record in reported if record.statistic not in _LIMITS_OF_A_LEVEL]
    binary = {(r.variable, r.group) for r in reported if r.statistic == "count" and not r.level}
    survival = {record.variable for record in reported if record.statistic == "time_max"}
    completed = _completed(reported, results)
    rows: list[DraftRow] = []
    for record in reported:
        if record.variable in survival:
            row = _survival_row(record, results)
        else:
            row = (
                None if record.level and (record.variable, record.group) in binary else _row(record, results, completed)
            )
        if row is not None:
            rows.append(row)
    # The total of the grouping column counts those who are in no group as well.
    return tuple(
        rows + list(_totals(rows, [record for record in reported if record.variable != results.study.group_by]))
    )


def _completed(reported: Sequence[Record], results: Results) -> frozenset[str]:
    """Name the variables whose extremes are cut to completed units, not rounded as the rest of the book is."""
    rule = results.study.formatter.rule
    cut = set()
    for record in reported:
        number = parse_printed(record.formatted) if record.statistic in {"min", "max"} else None
        if number is None or record.value is None:
            continue
        if round_number(float(record.value), number.decimals, rule=rule) != number.value:
            cut.add(record.variable)
    return frozenset(cut)


def _row(record: Record, results: Results, completed: frozenset[str]) -> DraftRow | None:
    statistic = {"count": "n", **PROPORTION}.get(record.statistic, record.statistic)
    number = parse_printed(record.formatted)
    if (
        statistic not in {"n", "percent", "p_value", "ci_lower", "ci_upper", *AS_THEY_ARE}
        or record.value is None
        or number is None
    ):
        return None
    if statistic == "p_value" and record.method and record.method not in METHODS:
        return None
    if record.statistic == "n":  # the number of patients with a value is the total of the other rows
        return None
    variable = record.variable
    if variable in completed and statistic in {"min", "max"}:
        variable += ", completed"
    label = results.study.variables.get(record.variable)
    kind: Kind = "integer" if label is not None and label.kind == "integer" else ""
    of = None if statistic == "p_value" else record.n
    return _draft_row(record, variable, statistic, number, of=of, kind=kind)


def _survival_row(record: Record, results: Results) -> DraftRow | None:
    statistic = SURVIVAL.get(record.statistic, "p_value" if record.statistic == "p_value" and not record.level else "")
    number = parse_printed(record.formatted)
    if not statistic or (number is None and record.formatted != NOT_REACHED):
        return None
    longest = record.key.removesuffix(record.statistic) + "time_max"
    # A limit by the Wald formula may lie beyond follow-up, a median that was reached may not.
    within = (
        (longest,)
        if statistic in {"median", "ci_lower", "ci_upper"}
        and longest in results
        and record.statistic in SURVIVAL
        and VERSUS not in record.group
        else ()
    )
    return _draft_row(record, record.variable, statistic, number, of=None, kind="survival", within=within)


def _draft_row(
    record: Record,
    variable: str,
    statistic: str,
    number: Printed | None,
    *,
    of: int | None,
    kind: Kind,
    within: tuple[str, ...] = (),
) -> DraftRow:
    return DraftRow(
        line=0, id=record.key, section=record.chapter, variable=variable, level=record.level,
        group=record.group.replace(VERSUS, " vs "), statistic=statistic, text=str(number) if number else NOT_REACHED,
        number=number, of=of, kind=kind, method=record.method, within=within,
    )  # fmt: skip


def _totals(rows: Sequence[DraftRow], reported: Sequence[Record]) -> Iterator[DraftRow]:
    """Give each variable with categories its total, as the sum of its categories."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row.statistic == "n" and row.level:
            parts[row.variable, row.group].append(row.id)
    levels = defaultdict(set)
    for row in rows:
        levels[row.variable].add(row.level)
    for record in reported:
        names = parts.get((record.variable, record.group), [])
        number = parse_printed(record.formatted)
        if (
            record.statistic == "n"
            and number is not None
            and names
            and len(names) == len(levels[record.variable] - {""})
        ):
            yield DraftRow(
                line=0, id=record.key, section=record.chapter, variable=f"{record.variable}, recorded", group=record.group,
                statistic="n", text=str(number), number=number, sum_of=tuple(names),
            )  # fmt: skip
