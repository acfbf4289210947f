"""Checks of the P values of a draft: on its tables of counts, its group sizes, its means."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from typing import cast

from hai_utils.audit import counts as counting
from hai_utils.audit.answer import Judgement, impossible
from hai_utils.audit.counts import Counts
from hai_utils.audit.draft import DraftRow
from hai_utils.audit.findings import Auditor, Checks, Finding, number_of, variable_of
from hai_utils.audit.p_values import Summary, Table, continuous_p, is_table_test, t_test_p, table_p
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule

MOST_TABLES = 100
"""Where printed percentages allow more tables than this, nothing is said of their P."""

FEWER_TRIED = 5
"""How many patients without a value are tried in each group."""

_VERSUS = re.compile(r"(?P<first>.+?)(?:\s+(?:vs?\.?|versus)\s+|_vs_)(?P<second>.+)", re.IGNORECASE)


def counts_of_row(row: DraftRow) -> Counts | None:
    """Return the counts that a row can stand for; None where its total is not printed."""
    if row.count is not None:
        return None if row.of is None else counting.printed_count(row.count, row.of)
    if row.statistic != "percent" or row.number is None or not row.of or row.of_at_most:
        return None
    return counting.counts_of_percent(row.number, row.of)


def p_values(auditor: Auditor) -> Checks:
    """Check every P of a comparison of two groups."""
    for row in auditor.sound(auditor.draft.rows, "p_value"):
        sides = versus(row.group)
        if sides is not None:
            yield from _p_value(auditor, row, sides)


Sides = tuple[str, str]


def versus(group: str) -> Sides | None:
    """Split the name of a comparison, ``A vs B``, into its two groups; None where it names one group."""
    match = _VERSUS.fullmatch(group)
    return (match["first"].strip().casefold(), match["second"].strip().casefold()) if match else None


def _p_value(auditor: Auditor, row: DraftRow, sides: Sides) -> Checks:
    if not row.method or is_table_test(row.method):
        tables, basis = _tables(auditor, row, sides)
        if any(tables.values()):
            yield Finding(row.id, "P of a table", table_p(number_of(row), tables, row.method), basis)
            return
    groups = auditor.groups[variable_of(row)]
    summaries = [_summary(auditor, groups.get(side, [])) for side in sides]
    if None not in summaries and row.method in {"", "student_t", "welch_t"}:
        one, other = cast(list[tuple[Summary, tuple[str, ...]]], summaries)
        yield Finding(
            row.id,
            "P of a t test",
            t_test_p(number_of(row), one[0], other[0], row.method),
            (*one[1], *other[1]),
        )
    elif row.method in _RANK_TESTS:
        yield from _rank_test(row, [groups.get(side, []) for side in sides])


_RANK_TESTS = frozenset({"", "mann_whitney_exact", "mann_whitney_exact_untied"})


def _summary(auditor: Auditor, rows: Sequence[DraftRow]) -> tuple[Summary, tuple[str, ...]] | None:
    mean, sd = (next(iter(auditor.sound(rows, name)), None) for name in ("mean", "sd"))
    if mean is None or sd is None or mean.of is None or mean.of < 2 or mean.of_at_most:
        return None
    return Summary(number_of(mean), number_of(sd), mean.of), (mean.id, sd.id)


_OF_VALUES = frozenset({"median", "mean", "min", "max", "q1", "q3", "iqr"})


def _rank_test(row: DraftRow, sides: Sequence[Sequence[DraftRow]]) -> Checks:
    first, second = (next((other for other in rows if _sizes_a_group(other)), None) for rows in sides)
    if first is None or second is None:
        return
    answer = continuous_p(number_of(row), cast(int, first.of), cast(int, second.of), row.method)
    if answer.status == "impossible":
        answer = next(_with_fewer_patients(row, answer, first, second), answer)
    yield Finding(row.id, "P of two groups", answer, (first.id, second.id))


def _sizes_a_group(row: DraftRow) -> bool:
    return bool(row.of) and row.statistic in _OF_VALUES and row.kind != "survival"


def _with_fewer_patients(row: DraftRow, answer: Judgement, first: DraftRow, second: DraftRow) -> Iterator[Judgement]:
    """Find the sizes nearest to those printed that make a P possible, where some patients may have no value."""
    sizes = [cast(int, side.of) for side in (first, second)]
    fewest = [
        size - FEWER_TRIED if side.of_at_most else size - 1 for side, size in zip((first, second), sizes, strict=True)
    ]
    tried = product(*(range(size, max(least, 0), -1) for size, least in zip(sizes, fewest, strict=True)))
    for n1, n2 in sorted(tried, key=sum, reverse=True):
        found = continuous_p(number_of(row), n1, n2, row.method)
        if found.status == "possible":
            assumption = f"only {n1} of {sizes[0]} and {n2} of {sizes[1]} have a value"
            reason = f"{answer.reason} {found.reason}"
            yield Judgement("assumption", reason, assumption=assumption, rules=found.rules, missing=True)


def _tables(auditor: Auditor, row: DraftRow, sides: Sides) -> tuple[dict[RoundingRule, list[Table]], tuple[str, ...]]:
    """Return the tables that a comparison's printed counts can stand for, and the rows they come from.

    The counts of the row's own level; where they are not printed and the row names none, of all levels of the variable.
    """
    variable = row.variable.casefold()
    levels = [row.level.casefold()]
    if not _has_counts(auditor, (variable, levels[0]), sides):
        levels = [] if row.level else auditor.levels_of(variable)
        levels = [level for level in levels if _has_counts(auditor, (variable, level), sides)]
    groups = [auditor.groups[variable, level] for level in levels]
    cells = [[cast(Cell, _first_counts(auditor, group.get(side, []))) for group in groups] for side in sides]
    basis = tuple(identity for line in cells for _, identity in line)
    if not levels or math.prod(len(counts.any_rule) for line in cells for counts, _ in line) > MOST_TABLES:
        return {}, ()
    return {rule: list(_tables_by(rule, cells)) for rule in ROUNDING_RULES}, basis


Cell = tuple[Counts, str]


def _has_counts(auditor: Auditor, key: tuple[str, str], sides: Sides) -> bool:
    group = auditor.groups.get(key, {})
    return all(_first_counts(auditor, group.get(side, [])) for side in sides)


def _first_counts(auditor: Auditor, rows: Sequence[DraftRow]) -> Cell | None:
    for row in (*auditor.sound(rows, "n", "n_of_N"), *auditor.sound(rows, "percent")):
        counts = counts_of_row(row)
        if counts is not None and counts.any_rule:
            return counts, row.id
    return None


def _tables_by(rule: RoundingRule, cells: Sequence[Sequence[Cell]]) -> Iterator[Table]:
    totals = [line[0][0].of for line in cells]
    for choice in product(*(counts.by_rule[rule] for line in cells for counts, _ in line)):
        width = len(cells[0])
        rows = (choice[:width], choice[width:])
        if width == 1:
            yield tuple((row[0], total - row[0]) for row, total in zip(rows, totals, strict=True))
        elif all(sum(row) == total for row, total in zip(rows, totals, strict=True)):
            yield rows


def p_of_zero(auditor: Auditor) -> Checks:
    """Name every P that is printed as 0: a small one, where the numbers beside it give it; else nothing tells how small."""
    recomputed = {finding.row for finding in auditor.findings}
    for row in auditor.sound(auditor.draft.rows, "p_value"):
        if number_of(row).value == 0:
            words = f"No P value is 0: what a program prints as {row.text} is a small P. Write P<0.001."
            told = row.id in recomputed
            answer = Judgement("possible", words, remark=True) if told else impossible(words, "<0.001")
            yield Finding(row.id, "a P of 0", answer, alone=True)


def patients_compared(auditor: Auditor) -> Checks:
    """Let a comparison take over who must be missing from the numbers of its groups."""
    missing: dict[tuple[str, str], list[tuple[str, Finding]]] = defaultdict(list)
    for finding in auditor.findings:
        row = auditor.draft.by_id[finding.row]
        if finding.answer.missing and row.statistic != "p_value":
            missing[variable_of(row)].append((row.group.casefold(), finding))
    for row in auditor.sound(auditor.draft.rows, "p_value"):
        sides = versus(row.group) or ()
        source = next((finding for group, finding in missing[variable_of(row)] if group in sides), None)
        if source is not None:
            group = auditor.draft.by_id[source.row].group
            reason = f"Compares the patients on whom {source.row} rests."
            answer = Judgement("assumption", reason, assumption=f"in {group} {source.answer.assumption}", missing=True)
            yield Finding(row.id, "patients compared", answer, (source.row,))
