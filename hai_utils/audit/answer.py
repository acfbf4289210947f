"""What a check says of a printed number: possible, impossible, or possible under a named assumption."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from hai_utils.audit.printed import ALL_RULES, NO_RULE, Rules, rules_text
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule, round_number
from hai_utils.show.wording import method_name

Status = Literal["possible", "impossible", "assumption", "not_checked"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer of one check.

    Attributes
    ----------
    status : {'possible', 'impossible', 'assumption', 'not_checked'}
        What holds of the number; the last where nothing printed could be held against it.
    reason : str
        How it can come about; for an impossible one the proof.
    nearest : tuple of str
        The nearest possible values, as they would be printed.
    assumption : str
        What must be assumed, where something must.
    rules : frozenset of RoundingRule
        The rounding rules under which it holds; none where it needs two rules at once.
    missing : bool
        Whether the assumption is that fewer patients have a value.
    remark : bool
        Whether a possible number deserves a word: an interval that is not of the usual kind.
    """

    status: Status
    reason: str
    nearest: tuple[str, ...] = ()
    assumption: str = ""
    rules: Rules = ALL_RULES
    missing: bool = False
    remark: bool = False

    @property
    def sentence(self) -> str:
        """The answer in words: the reason, what it assumes, what would be possible instead."""
        parts = [self.reason]
        if self.assumption:
            parts.append(f"Assumption: {self.assumption}.")
        if self.nearest:
            parts.append(f"Nearest possible: {', '.join(self.nearest)}.")
        if self.status == "possible" and self.rules != ALL_RULES:
            parts.append(f"Needs {rules_text(self.rules)}.")
        return " ".join(part for part in parts if part)


def impossible(proof: str, *nearest: str) -> Judgement:
    """Return the answer that no rounding rule allows a number, with the proof and the nearest possible values."""
    return Judgement("impossible", proof, nearest, rules=NO_RULE)


def decide(rules: Iterable[RoundingRule], reason: str, proof: str, nearest: Iterable[str] = ()) -> Judgement:
    """Answer ``possible`` where any rule is left, else ``impossible`` with the proof."""
    kept = frozenset(rules)
    return Judgement("possible", reason, rules=kept) if kept else impossible(proof, *nearest)


def with_fewer(check: Callable[[int], Judgement], n: int, *, at_most: bool, otherwise: str = "") -> Judgement:
    """Ask a check for n patients; where n is only an upper bound, for the most that make it possible.

    Parameters
    ----------
    check : callable
        From a number of patients to the answer.
    n : int
        Patients in the group.
    at_most : bool
        Whether some of them may have no value. Only then is a smaller number tried, and named as an assumption.
    otherwise : str, optional
        Another way out, named beside the missing values.
    """
    answer = check(n)
    if answer.status != "impossible" or not at_most:
        return answer
    for fewer in range(n - 1, max(0, n - FEWEST_TRIED), -1):
        found = check(fewer)
        if found.status == "possible":
            assumption = f"only {fewer} of the {n} have a value" + (f", or {otherwise}" if otherwise else "")
            return replace(
                found,
                status="assumption",
                reason=f"{answer.reason} {found.reason}",
                assumption=assumption,
                missing=True,
            )
    return answer


FEWEST_TRIED = 50
"""How many missing values are tried before a number is given up."""


def named(methods: Iterable[str], joint: str = " or ") -> str:
    """Name methods in words."""
    return joint.join(method_name(method) for method in methods)


def show(value: float, decimals: int = 2) -> str:
    """Print a value within a proof."""
    return f"{round_number(value, decimals):f}"


def by_rule(check: Callable[[RoundingRule], bool]) -> Rules:
    """Return the rounding rules for which a check holds."""
    return frozenset(rule for rule in ROUNDING_RULES if check(rule))
