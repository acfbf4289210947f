"""Findings of an audit, and what runs the checks that make them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hai_utils.audit.answer import Judgement, Status
from hai_utils.audit.draft import Draft, DraftRow
from hai_utils.audit.printed import ALL_RULES, NO_RULE, Printed, Rules

_RANK: dict[Status, int] = {"not_checked": -1, "possible": 0, "assumption": 1, "impossible": 2}
NOT_CHECKED = Judgement("not_checked", "Nothing to check it against.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says of one row.

    Attributes
    ----------
    row : str
        Id of the row.
    check : str
        Name of the check, in a few words.
    answer : Answer
        What it found.
    others : tuple of str
        Ids of the rows that it was compared with.
    alone : bool
        Whether an impossible row is proved false by itself; otherwise the rows contradict each other.
    others_stay : bool
        Whether the others are checked further even so: a wrong sum says nothing of any one of its parts.
    """

    row: str
    check: str
    answer: Judgement
    others: tuple[str, ...] = ()
    alone: bool = False
    others_stay: bool = False

    @property
    def suspects(self) -> tuple[str, ...]:
        """The other rows that take no part in further checks where this one is impossible."""
        return () if self.alone or self.others_stay else self.others


@dataclass(frozen=True, slots=True)
class Mixture:
    """Rows that no single rounding rule can print.

    Attributes
    ----------
    needs : mapping of rounding rules to ids
        The rows that need each set of rules; the sets share no rule.
    """

    needs: Mapping[Rules, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The answers for a draft.

    Attributes
    ----------
    draft : Draft
        What was read.
    findings : tuple of Finding
        Of every check, in the order of the draft's rows.
    rules : frozenset of RoundingRule
        The rounding rules under which everything that is possible is so at once.
    mixture : Mixture, optional
        Where there is no such rule.
    compared : frozenset of str
        Ids of the rows that a check of another row was made with.
    """

    draft: Draft
    findings: tuple[Finding, ...]
    rules: Rules = ALL_RULES
    mixture: Mixture | None = None
    compared: frozenset[str] = frozenset()
    _of_row: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict, repr=False)

    def of_row(self, row: str) -> tuple[Finding, ...]:
        """Return a row's findings, the weightiest first."""
        return self._of_row.get(row, ())

    def answer(self, row: str) -> Judgement:
        """Return what is said of a row: its weightiest answer, else whether another row was checked with it."""
        found = self.of_row(row)
        if found:
            return found[0].answer
        return (
            Judgement("possible", "Agrees with, or is named by, another row's check.")
            if row in self.compared
            else NOT_CHECKED
        )

    @property
    def impossible(self) -> tuple[Finding, ...]:
        """The findings that something cannot be true."""
        return tuple(finding for finding in self.findings if finding.answer.status == "impossible")

    @property
    def remarks(self) -> tuple[Finding, ...]:
        """The findings that something is possible but deserves a word."""
        return tuple(finding for finding in self.findings if finding.answer.remark)

    @property
    def assumptions(self) -> tuple[Finding, ...]:
        """The findings that something holds under an assumption only."""
        return tuple(finding for finding in self.findings if finding.answer.status == "assumption")

    @property
    def exit_code(self) -> int:
        """0 where nothing is impossible, else 1."""
        return 1 if self.impossible else 0


Checks = Iterable[Finding]


class Auditor:
    """Runs checks in order and leaves out of the later ones what an earlier one found impossible.

    Attributes
    ----------
    draft : Draft
        What is audited.
    findings : list of Finding
        Of the checks that were run.
    bad : set of str
        Ids of the rows that are impossible, or contradict another.
    groups : dict
        The rows by variable and level, then by group.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.findings: list[Finding] = []
        self.bad: set[str] = set()
        self.groups: dict[tuple[str, str], dict[str, list[DraftRow]]] = {}
        self._levels: dict[str, dict[str, None]] = {}
        for row in draft.rows:
            self._levels.setdefault(row.variable.casefold(), {})[row.level.casefold()] = None
            self.groups.setdefault(variable_of(row), {}).setdefault(row.group.casefold(), []).append(row)

    def levels_of(self, variable: str) -> list[str]:
        """Return the levels of a variable, in the order of the draft."""
        return list(self._levels.get(variable, {}))

    def together(self) -> Iterator[list[DraftRow]]:
        """Yield the rows of each variable, level and group."""
        for groups in self.groups.values():
            yield from groups.values()

    def run(self, check: Callable[[Auditor], Checks]) -> None:
        """Take up what a check finds."""
        for finding in check(self):
            self.findings.append(finding)
            if finding.answer.status == "impossible":
                self.bad |= {finding.row, *finding.suspects}

    def sound(self, rows: Iterable[DraftRow], *statistics: str) -> list[DraftRow]:
        """Return the rows of these statistics that nothing was found against and that hold a number."""
        wanted = set(statistics)
        return [row for row in rows if row.statistic in wanted and row.id not in self.bad and row.number is not None]

    def report(self) -> AuditReport:
        """Put the findings in the order of the draft's rows, with the rounding that explains them."""
        order = {row.id: place for place, row in enumerate(self.draft.rows)}
        compared = {other for f in self.findings if f.answer.status != "not_checked" for other in f.others}
        findings = tuple(
            sorted(self.findings, key=lambda f: (order[f.row], -_RANK[f.answer.status], not f.answer.remark))
        )
        of_row: dict[str, list[Finding]] = defaultdict(list)
        for finding in findings:
            of_row[finding.row].append(finding)
        rules, mixture = _common_rules(findings)
        kept = {row: tuple(found) for row, found in of_row.items()}
        return AuditReport(self.draft, findings, rules, mixture, frozenset(compared), kept)


def variable_of(row: DraftRow) -> tuple[str, str]:
    """Return what rows of one variable and level share."""
    return row.variable.casefold(), row.level.casefold()


def number_of(row: DraftRow) -> Printed:
    """Return the number of a row that is known to hold one."""
    assert row.number is not None
    return row.number


def _common_rules(findings: Sequence[Finding]) -> tuple[Rules, Mixture | None]:
    needs: dict[Rules, list[str]] = defaultdict(list)
    for finding in findings:
        rules = finding.answer.rules
        if finding.answer.status == "possible" and rules != ALL_RULES and finding.row not in needs[rules]:
            needs[rules].append(finding.row)
    common = ALL_RULES.intersection(*needs) if needs else ALL_RULES
    if common:
        return common, None
    return NO_RULE, Mixture({rules: tuple(rows) for rules, rows in needs.items()})
