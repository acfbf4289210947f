"""Counts and their percentages: which k of N prints so, what adds up, what can be a part of what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from hai_utils.audit.answer import Judgement, by_rule, decide, impossible, show
from hai_utils.audit.printed import Printed
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule, round_number

NEARBY_DENOMINATORS = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts that a printed count or percentage can stand for.

    Attributes
    ----------
    of : int
        Number of patients that are counted among.
    by_rule : mapping of RoundingRule to range
        The possible counts under each rounding rule; consecutive, possibly none.
    text : str
        What is printed.
    """

    of: int
    by_rule: Mapping[RoundingRule, range]
    text: str

    @property
    def any_rule(self) -> tuple[int, ...]:
        """The counts that are possible under some rule, ascending."""
        return tuple(sorted({count for counts in self.by_rule.values() for count in counts}))


def printed_count(count: int, of: int) -> Counts:
    """Return a count that is printed as such; none where it exceeds its total."""
    found = range(count, count + 1) if 0 <= count <= of else range(0)
    return Counts(of, dict.fromkeys(ROUNDING_RULES, found), str(count))


def counts_of_percent(percent: Printed, of: int) -> Counts:
    """Return every k for which k/of prints as a percentage, under each rounding rule."""
    found = {}
    for rule in ROUNDING_RULES:
        possible = percent.multiples(Fraction(100, of), rule) if of and not percent.bound else range(0)
        found[rule] = range(max(possible.start, 0), min(possible.stop, of + 1))
    return Counts(of, found, f"{percent}%")


def attainable_percentages(of: int, decimals: int = 0, *, rule: RoundingRule = "half_up") -> tuple[str, ...]:
    """List what each k/of prints as, k = 0 ... of: the whole enumeration behind a proof."""
    return tuple(f"{round_number(100 * k / of, decimals, rule=rule):f}" for k in range(of + 1))


def percentage(percent: Printed, of: int) -> Judgement:
    """Answer whether a percentage of `of` patients can be printed so.

    Parameters
    ----------
    percent : Printed
        0 to 100.
    of : int
        The denominator, at least 1.
    """
    counts = counts_of_percent(percent, of)
    kept = by_rule(lambda rule: bool(counts.by_rule[rule]))
    if kept:
        found = " or ".join(f"{k}/{of}" for k in counts.any_rule[:3])
        return Judgement("possible", f"{found} = {percent}%.", rules=kept)
    return _no_percentage(percent, of)


def _no_percentage(percent: Printed, of: int) -> Judgement:
    below = min(max(math.floor(percent.value * of / 100), 0), of - 1) if of else 0
    beside = [k for k in (below, below + 1) if 0 <= k <= of] if of else []
    shown = ", ".join(f"{k}/{of} = {show(100 * k / of)}" for k in beside)
    proof = f"No k/{of} prints as {percent}%: {shown}." if of else "There is no percentage of 0 patients."
    others = _denominators(percent, of)
    by_distance = sorted(beside, key=lambda k: abs(100 * k / of - float(percent.value)))
    nearest = tuple(f"{round_number(100 * k / of, percent.decimals):f} ({k}/{of})" for k in by_distance)
    return impossible(proof + (f" It would be possible of {others}." if others else ""), *nearest)


def _denominators(percent: Printed, of: int) -> str:
    """Name the nearest denominators that would make a percentage possible: one patient in or out explains many."""
    for distance in range(1, NEARBY_DENOMINATORS + 1):
        near = [n for n in (of - distance, of + distance) if n > 0]
        fits = [(n, counts_of_percent(percent, n).by_rule["half_up"]) for n in near]
        found = [f"{n} ({counts[0]}/{n})" for n, counts in fits if counts]
        if found:
            return " or ".join(found)
    return ""


def count_of_total(count: int, of: int) -> Judgement:
    """Answer whether so many patients can be counted among so many."""
    kept = ROUNDING_RULES if 0 <= count <= of else ()
    return decide(kept, f"{count} of {of}.", f"{count} cannot be counted among {of}.", [f"0 to {of}"])


def count_with_percent(count: int, of: int, percent: Printed) -> Judgement:
    """Answer whether a count and its percentage belong together."""
    value = 100 * count / of if of else 0.0
    kept = percent.rules_for(value) if of else ()
    proof = f"{count}/{of} is {show(value)}%, which no rule prints as {percent}."
    return decide(kept, f"{count}/{of} = {percent}%.", proof, [f"{round_number(value, percent.decimals):f}%"])


def sum_of_counts(whole: Counts, parts: Sequence[Counts]) -> Judgement:
    """Answer whether parts can add up to a whole, all printed by one rule.

    Each part is a set of consecutive counts, so that every sum between the least and the greatest can be had.
    """
    sums = {rule: _sums([part.by_rule[rule] for part in parts]) for rule in ROUNDING_RULES}
    kept = by_rule(lambda rule: bool(set(whole.by_rule[rule]) & set(sums[rule])))
    listed = " + ".join(part.text for part in parts)
    reachable = sorted({total for totals in sums.values() for total in totals})
    proof = f"{listed} is {_between(reachable)}, not {whole.text}."
    return decide(kept, f"{listed} = {whole.text}.", proof, [_between(reachable)] if reachable else [])


def _sums(parts: Sequence[range]) -> range:
    if not all(parts):
        return range(0)
    return range(sum(part[0] for part in parts), sum(part[-1] for part in parts) + 1)


def _between(counts: Sequence[int]) -> str:
    if not counts:
        return "no count"
    return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"


def nested_counts(part: Counts, whole: Counts) -> Judgement:
    """Answer whether one group's count can be a part of the whole's.

    Neither may the part exceed the whole, nor what is left of the count the patients who are left.
    """

    def fits(rule: RoundingRule) -> bool:
        if not part.by_rule[rule] or not whole.by_rule[rule]:
            return False
        least, most = part.by_rule[rule][0], part.by_rule[rule][-1]
        return least <= whole.by_rule[rule][-1] and most + whole.of - part.of >= whole.by_rule[rule][0]

    proof = (
        f"{part.text} (of {part.of}) cannot be a part of {whole.text} (of {whole.of}): "
        f"{_between(part.any_rule)} within {_between(whole.any_rule)}, with {whole.of - part.of} other patients."
    )
    return decide(by_rule(fits), f"{part.text} within {whole.text}.", proof)
