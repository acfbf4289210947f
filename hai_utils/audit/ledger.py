"""The printed numbers of the article, one by one: what the cohort gives, and a verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import KINDS, STATISTICS, Draft, DraftRow
from hai_utils.audit.findings import AuditReport, Finding
from hai_utils.audit.printed import Printed, parse_printed
from hai_utils.audit.published import PLACES, PUBLISHED_NUMBERS, LedgerRow
from hai_utils.errors import ResultError
from hai_utils.results.formatting import NOT_REACHED, round_number
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.stats.one_group import QUARTILE_METHODS

_PARAMETER = "parameter:"


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


# --- verdicts ---

Verdict = Literal["identical", "assumption", "conflict", "impossible", "differs", "not_computed"]
VERDICTS: dict[Verdict, str] = {
    "identical": "Identical to the printed precision",
    "assumption": "Equal under a stated assumption",
    "conflict": "In conflict with another printed number",
    "impossible": "Cannot be true as printed",
    "differs": "Not what the cohort gives",
    "not_computed": "Not computed",
}


@dataclass(frozen=True, slots=True)
class JudgedNumber:
    """A printed number with its verdict.

    Attributes
    ----------
    row : LedgerRow
        The number.
    recomputed : float, str or None
        What the cohort gives, in full precision.
    text : str
        The same as the article would print it; for a number that no result can give, what stands instead.
    verdict : Verdict
        Reached by the checks and the comparison alone.
    reason : str
        The proof, the assumption or the contradiction in words; empty for an identical number that nothing is said of.
    nearest : tuple of str
        Possible values nearest to an impossible one.
    links : tuple of str
        Ids of the numbers that it contradicts, or that its proof rests on; every link stands on both sides.
    """

    row: LedgerRow
    recomputed: float | str | None
    text: str
    verdict: Verdict
    reason: str = ""
    nearest: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where the number is printed."""
        return PLACES.get(self.row.section, self.row.section)


def ledger_draft(rows: Sequence[LedgerRow]) -> Draft:
    """Write the ledger in the draft format, so that the checks of any manuscript are those of the article.

    Two rows that one result recomputes print one quantity.
    """
    first: dict[tuple[str, str], str] = {}
    known = {row.id for row in rows}
    drafted = []
    for line, row in enumerate(rows, start=2):
        same = [name for name in row.same_as.split() if name in known]
        if row.key:
            same += [first[row.key, row.method]] if (row.key, row.method) in first else []
            first.setdefault((row.key, row.method), row.id)
        drafted.append(_draft_row(row, line, tuple(same), known))
    return Draft.of(drafted, PUBLISHED_NUMBERS.name)


def _draft_row(row: LedgerRow, line: int, same_as: tuple[str, ...], known: Collection[str]) -> DraftRow:
    stem, *rest = row.id.split(".")[1:] or [row.variable]
    count, slash, total = row.value.partition("/")
    of = total if slash else row.of.removeprefix("<=")
    return DraftRow(
        line=line, id=row.id, section=row.section, variable=stem, group=row.group,
        # Two numbers of regimens are two levels of one variable; every other name tells its numbers apart.
        level=rest[0] if rest and rest[0] in {"one", "two"} else "",
        statistic=row.statistic if row.statistic in STATISTICS else "other", text=row.value,
        number=parse_printed(count, None if slash else row.decimals), of=int(of) if of.isdecimal() else None,
        of_at_most=row.of.startswith("<="), same_as=same_as,
        # SPSS, which Methods names, has one rule of quartiles; no test and no interval is taken as stated.
        method=row.method if row.method in QUARTILE_METHODS else "", kind=next(kind for kind in KINDS if kind == row.kind),
        within=tuple(name for name in row.within.split() if name in known),
        sum_of=tuple(row.sum_of.split()) if set(row.sum_of.split()) <= set(known) else (),
    )  # fmt: skip


def judge(rows: Sequence[LedgerRow], results: Results) -> tuple[JudgedNumber, ...]:
    """Reach a verdict on every printed number.

    Parameters
    ----------
    rows : sequence of LedgerRow
        The ledger.
    results : Results
        Of a run on the reconstructed cohort.

    Notes
    -----
    In this order: what is proved false by itself is impossible; numbers that contradict each other are in conflict;
    what prints as recomputed is identical, or equal under the assumption that a check found it to need.
    """
    report = audit_draft(ledger_draft(rows))
    links = _links(report)
    return tuple(_judged(row, results, report, links.get(row.id, ())) for row in rows)


def _links(report: AuditReport) -> dict[str, tuple[str, ...]]:
    linked: dict[str, dict[str, None]] = defaultdict(dict)
    for finding in report.findings:
        if finding.answer.status == "possible":
            continue
        for other in finding.others:
            linked[finding.row][other] = None
            linked[other][finding.row] = None
    return {row: tuple(others) for row, others in linked.items()}


def _judged(row: LedgerRow, results: Results, report: AuditReport, links: tuple[str, ...]) -> JudgedNumber:
    recomputed = recompute(row, results)
    shown = _shown(row, recompute_instead(row, results) if row.instead else recomputed)
    own = [finding for finding in report.impossible if finding.row == row.id and finding.alone]
    contradictions = [f for f in report.impossible if not f.alone and row.id in {f.row, *f.others}]
    if own:
        return JudgedNumber(row, recomputed, shown, "impossible", own[0].answer.reason, own[0].answer.nearest, links)
    if contradictions:
        return JudgedNumber(
            row, recomputed, shown, "conflict", _why(contradictions), contradictions[0].answer.nearest, links
        )
    if recomputed is None:
        reason = f"No result of a run says this. {_why(report.of_row(row.id))}".strip()
        return JudgedNumber(row, recomputed, shown, "not_computed", reason, (), links)
    if not agrees(row, recomputed):
        return JudgedNumber(row, recomputed, shown, "differs", f"The cohort gives {shown}.", (), links)
    assumed = [f for f in report.assumptions if row.id == f.row or (row.id in f.others and f.check in _SHARED)]
    verdict: Verdict = "assumption" if assumed else "identical"
    return JudgedNumber(row, recomputed, shown, verdict, _why(assumed), (), links)


_SHARED = frozenset({"part of the whole"})
"""Checks whose assumption is about both numbers: two rounding rules for a minimum and the whole's."""


def _why(findings: Sequence[Finding]) -> str:
    return " ".join(dict.fromkeys(finding.answer.sentence for finding in findings))


def _shown(row: LedgerRow, value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{round_number(value, row.decimals, rule=row.rounding):f}"


def summary(judged: Sequence[JudgedNumber]) -> dict[Verdict, int]:
    """Count the verdicts, in the order in which they are explained; those that nobody has are left out."""
    found = Counter(item.verdict for item in judged)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}
