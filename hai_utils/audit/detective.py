"""The method detective: which methods can be behind the article's printed P values and intervals.

Three columns: what is published, the method that the printed numbers reveal, and what would be chosen today.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from hai_utils.audit.answer import show
from hai_utils.audit.checks import audit_draft
from hai_utils.audit.checks_of_p import Sides, versus
from hai_utils.audit.counts import Counts, counts_of_percent, printed_count
from hai_utils.audit.draft import Draft, DraftRow
from hai_utils.audit.intervals import MedianInterval
from hai_utils.audit.ledger import ledger_draft, printed
from hai_utils.audit.p_values import (
    Candidate,
    Table,
    candidate,
    finer_tables,
    mann_whitney_candidates,
    table_2x2,
    table_candidates,
)
from hai_utils.audit.printed import ALL_RULES, NO_RULE, Printed, Rules
from hai_utils.audit.published import LedgerRow
from hai_utils.results.table import Results
from hai_utils.show.wording import method_name
from hai_utils.stats.survival import MEDIAN_INTERVALS

Family = Literal["table", "larger table", "continuous", "survival", "interval"]
FAMILIES: dict[Family, str] = {
    "table": "2x2 tables",
    "larger table": "Larger tables",
    "continuous": "Continuous variables",
    "survival": "Survival curves",
    "interval": "Intervals of a median survival time",
}
RECOMMENDED: dict[Family, str] = {
    "table": "fisher_mid_p",
    "larger table": "fisher_exact",
    "continuous": "mann_whitney_exact",
    "survival": "logrank",
    "interval": "brookmeyer_crowley_loglog",
}
# A curve's P may have been computed on who had died, ignoring when.
CRUDE = {"os": "os_alive"}
P_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Clue:
    """One published P value or interval and what can be behind it.

    Attributes
    ----------
    ids : tuple of str
        The ledger rows that print it.
    variable, published : str
        What it is of, and what is printed.
    family : Family
        The kind of comparison.
    candidates : tuple of Candidate
        Every method that was tried, with its P and whether that prints as published.
    inferred, recommended : str
        The method that fits, the most frequent of its family first; and what would be chosen today.
    inferred_text, recommended_text : str
        What they give.
    notes : tuple of str
        What else the numbers say.
    """

    ids: tuple[str, ...]
    variable: str
    published: str
    family: Family
    candidates: tuple[Candidate, ...]
    inferred: str = ""
    inferred_text: str = ""
    recommended: str = ""
    recommended_text: str = ""
    notes: tuple[str, ...] = ()

    @property
    def fitting(self) -> tuple[str, ...]:
        """The methods that print as published, each once."""
        return tuple(dict.fromkeys(c.method for c in self.candidates if c.fits))


def detect(rows: Sequence[LedgerRow], results: Results) -> tuple[Clue, ...]:
    """Find the methods behind every published P and every interval of a median.

    Parameters
    ----------
    rows : sequence of LedgerRow
        The ledger.
    results : Results
        Of a run on the reconstructed cohort: what needs rows of patients (ties, log-rank) is taken from there.

    Notes
    -----
    What the printed numbers alone give (a 2x2, the lattice of an exact rank test) stands beside what the cohort gives.
    A method is inferred where it prints as published; of several the one that fits most numbers of its family.
    """
    draft = ledger_draft(rows)
    # What the percentages tell of the rounding holds for the P values too; nothing is told where they tell nothing.
    rules = audit_draft(draft).rules or ALL_RULES
    clues = [*_p_clues(rows, draft, rules, results), *_interval_clues(rows, results)]
    votes = {
        family: Counter(name for clue in clues if clue.family == family for name in clue.fitting) for family in FAMILIES
    }
    return tuple(_inferred(clue, votes[clue.family], rows, results) for clue in clues)


def _inferred(clue: Clue, votes: Mapping[str, int], rows: Sequence[LedgerRow], results: Results) -> Clue:
    fitting = [name for name in clue.fitting if name != _CRUDE_NAME]
    # Among equals the order of trial decides: it lists the methods of the results table first.
    best = max(fitting, key=lambda name: votes[name], default="")
    recommended = RECOMMENDED[clue.family]
    key = next(row.key for row in rows if row.id == clue.ids[0])
    return replace(
        clue,
        inferred=best,
        inferred_text=next((_text(c) for c in clue.candidates if c.method == best and c.fits), ""),
        recommended=recommended,
        recommended_text=_recommended_text(clue, recommended, key, results),
    )


_CRUDE_NAME = "crude table"


def _text(found: Candidate) -> str:
    return found.basis if found.p_value is None else show(found.p_value, P_DECIMALS)


def _recommended_text(clue: Clue, method: str, key: str, results: Results) -> str:
    if clue.family == "interval":
        return next((c.basis for c in clue.candidates if c.method == method), "")
    value = next((record.value for record in results.methods(key) if record.method == method), None)
    return "" if value is None else show(float(value), P_DECIMALS)


# --- P values ---


def _p_clues(rows: Sequence[LedgerRow], draft: Draft, rules: Rules, results: Results) -> Iterator[Clue]:
    keyed: dict[str, list[LedgerRow]] = {}
    for row in rows:
        if row.statistic == "p_value" and row.key:
            keyed.setdefault(row.key, []).append(row)
    for key, same in keyed.items():
        number = printed(same[0])
        if isinstance(number, Printed):
            yield _p_clue(key, same, _Published(number, rules, draft.rows), results)


@dataclass(frozen=True, slots=True)
class _Published:
    """A published P with the rounding rules of its article and the article's other numbers."""

    p: Printed
    rules: Rules
    rows: tuple[DraftRow, ...]

    def of(self, variable: str | None) -> list[DraftRow]:
        """Return the numbers that are printed of a variable."""
        return [row for row in self.rows if row.variable == variable]


def _p_clue(key: str, same: Sequence[LedgerRow], published: _Published, results: Results) -> Clue:
    stem = same[0].id.split(".")[1]
    rows, sides = published.of(stem), versus(same[0].group) or ("", "")
    methods = {record.method for record in results.methods(key)}
    family: Family = next((name for name, method in _TELLING.items() if method in methods), "larger table")
    candidates, notes = list(_of_cohort(key, published, results)), list[str]()
    if family in {"table", "larger table"}:
        candidates, notes = _table_clues(published, rows, sides, candidates)
    elif family == "continuous":
        n1, n2 = (_size(rows, side) for side in sides)
        candidates += mann_whitney_candidates(published.p, n1, n2, published.rules)
    else:
        for table in _tables(published.of(CRUDE.get(stem)), sides):
            crude = table_candidates(table, published.p, published.rules)
            candidates += [replace(c, method=_CRUDE_NAME, basis=f"{method_name(c.method)} on {c.basis}") for c in crude]
    ids, text = tuple(row.id for row in same), f"P={same[0].published}"
    return Clue(ids, same[0].variable, text, family, tuple(candidates), notes=tuple(notes))


# A method that exists in one family only.
_TELLING: dict[Family, str] = {"survival": "logrank", "continuous": "mann_whitney_exact", "table": "fisher_mid_p"}


def _of_cohort(key: str, published: _Published, results: Results) -> Iterator[Candidate]:
    for record in results.methods(key):
        value = None if record.value is None else float(record.value)
        yield candidate(record.method, value, published.p, published.rules, "the cohort")


def _table_clues(
    published: _Published, rows: Sequence[DraftRow], sides: Sides, of_cohort: Sequence[Candidate]
) -> tuple[list[Candidate], list[str]]:
    """Try every test on the printed counts; where none fits, on every finer division of the second category."""
    tables = list(_tables(rows, sides))
    candidates = [c for table in tables for c in table_candidates(table, published.p, published.rules)]
    if not tables or any(c.fits for c in candidates):
        # A count that cannot be true as printed leaves several tables; the P narrows them down.
        fitting = [f"{c.basis} by {method_name(c.method)}" for c in candidates if c.fits]
        return candidates or list(of_cohort), [f"Fits {', '.join(fitting)}."] if len(tables) > 1 else []
    finer = [c for table in tables for c in _finer_candidates(table, published)]
    hits = [c for c in finer if c.fits]
    does = "does" if len(hits) == 1 else "do"
    notes = [f"No test of the printed 2x2 gives it; of {len(finer)} tests of finer tables {len(hits)} {does}."]
    return [*candidates, *(hits or of_cohort)], notes


def _finer_candidates(table: Table, published: _Published) -> Iterator[Candidate]:
    for finer in finer_tables(table):
        if len(finer[0]) > 2:
            yield from table_candidates(finer, published.p, published.rules)


def _tables(rows: Sequence[DraftRow], sides: Sides) -> Iterator[Table]:
    """List the 2x2 tables that the printed counts of two groups allow, none twice."""
    found = [_group_counts(rows, side) for side in sides]
    sizes = [_size(rows, side) for side in sides]
    if not all(sizes) or not any(found):
        return
    whole = _group_counts(rows, "all")
    rest = max(_size(rows, "all") - sum(sizes), 0)
    for first in found[0] or range(sizes[0] + 1):
        for second in found[1] or range(sizes[1] + 1):
            if not whole or any(first + second <= total <= first + second + rest for total in whole):
                yield table_2x2(first, sizes[0], second, sizes[1])


def _group_counts(rows: Sequence[DraftRow], group: str) -> tuple[int, ...]:
    """Return the counts that a group's printed numbers allow; none where they print none, or an impossible one."""
    for row in rows:
        if row.group.casefold() == group and row.of:
            counts: Counts | None = None
            if row.count is not None:
                counts = printed_count(row.count, row.of)
            elif row.statistic == "percent" and row.number is not None:
                counts = counts_of_percent(row.number, row.of)
            if counts is not None and counts.by_rule["half_up"]:
                return tuple(counts.by_rule["half_up"])
    return ()


def _size(rows: Iterable[DraftRow], group: str) -> int:
    return next((row.of for row in rows if row.group.casefold() == group and row.of), 0)


# --- intervals ---


def _interval_clues(rows: Sequence[LedgerRow], results: Results) -> Iterator[Clue]:
    by_key: dict[str, list[LedgerRow]] = {}
    for row in rows:
        if row.kind == "survival":
            by_key.setdefault(row.key, []).append(row)
    number_of = {row.id: printed(row) for row in rows}
    for key, medians in by_key.items():
        lowers, uppers = by_key.get(f"{key}_lower", []), by_key.get(f"{key}_upper", [])
        if not key.endswith(".median") or not lowers or not uppers:
            continue
        median, lower, upper = (number_of[same[0].id] for same in (medians, lowers, uppers))
        follow_up = number_of.get(medians[0].within)
        if isinstance(median, Printed) and isinstance(lower, Printed) and isinstance(upper, Printed):
            numbers = MedianInterval(median, lower, upper, follow_up if isinstance(follow_up, Printed) else None)
            ids = tuple(row.id for row in (*medians, *lowers, *uppers))
            yield _interval_clue(ids, medians[0], numbers, key, results)


def _interval_clue(ids: tuple[str, ...], row: LedgerRow, numbers: MedianInterval, key: str, results: Results) -> Clue:
    candidates = []
    for method in MEDIAN_INTERVALS:
        limits = [_limit(results, f"{key}_{side}", method) for side in ("lower", "upper")]
        rules = _rules(numbers.lower, limits[0]) & _rules(numbers.upper, limits[1])
        shown = " to ".join(
            "not estimable" if limit is None else show(limit, numbers.lower.decimals) for limit in limits
        )
        candidates.append(Candidate(method, None, rules, shown))
    published = f"{numbers.median} ({numbers.lower} to {numbers.upper})"
    variable = f"{row.variable}, {row.group}"
    return Clue(ids, variable, published, "interval", tuple(candidates), notes=tuple(_interval_notes(numbers)))


def _limit(results: Results, key: str, method: str) -> float | None:
    value = next((record.value for record in results.methods(key) if record.method == method), None)
    return None if value is None else float(value)


def _rules(number: Printed, value: float | None) -> Rules:
    return NO_RULE if value is None else number.rules_for(value)


def _interval_notes(numbers: MedianInterval) -> Iterator[str]:
    yield "Symmetric about the median." if numbers.symmetric else "Not symmetric about the median: no Wald interval."
    if numbers.beyond_follow_up:
        yield f"{numbers.upper} lies beyond the longest follow-up of {numbers.follow_up}: no limit was read off the curve."
    if numbers.symmetric:
        yield f"As a Wald interval its standard error is {show(numbers.standard_error())}."
        span, value = numbers.wald_median(), numbers.median.value
        if span is not None and not span.holds(Fraction(value)):
            yield f"Symmetric only with a median in [{show(float(span.low))}, {show(float(span.high))}), not {value} itself: times were finer than printed."
