"""Numbers that must be in order, within each other, or the same: minimum to maximum, a part and the whole, repeats."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from hai_utils.audit.answer import Judgement, by_rule, decide, show
from hai_utils.audit.printed import ALL_RULES, NO_RULE, Printed, Span, rules_text
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule


def in_order(low: Printed, high: Printed, words: str, *, integers: bool = False) -> Judgement:
    """Answer whether the true value behind one number can be at most that behind another.

    Parameters
    ----------
    low, high : Printed
        What must be the smaller, what the larger.
    words : str
        What must hold, as it is said in the proof: ``the minimum is at most the median``.
    integers : bool
        Whether both are whole numbers, printed as they are: then no rounding can put them in order.
    """
    if integers and low.decimals == high.decimals == 0:
        kept = ALL_RULES if low.value <= high.value else NO_RULE
        return decide(
            kept, f"{low} ≤ {high}.", f"{words.capitalize()}: {low} > {high}, and whole numbers are not rounded."
        )
    kept = by_rule(lambda rule: low.span(rule).starts_below(high.span(rule)))
    if kept:
        return decide(kept, f"{low} ≤ {high}.", "")
    pairs = [(a, b) for a, b in product(ROUNDING_RULES, repeat=2) if low.span(a).starts_below(high.span(b))]
    if pairs:
        # Of several ways out the widest is named: 34 and 35 are truncated and rounded, not two rules for one half.
        one, two = max(pairs, key=lambda pair: high.span(pair[1]).high - low.span(pair[0]).low)
        reason = f"{words.capitalize()}: {low} > {high}."
        return _two_rules(reason, (low, one), (high, two), low.span(one).low, high.span(two).high)
    return decide(NO_RULE, "", f"{words.capitalize()}: {low} > {high} by any rounding.")


def _two_rules(
    reason: str,
    first: tuple[Printed, RoundingRule],
    second: tuple[Printed, RoundingRule],
    low: Fraction,
    high: Fraction,
) -> Judgement:
    assumption = (
        f"two rounding rules, {rules_text([first[1]])} for {first[0]} and {rules_text([second[1]])} for {second[0]}, "
        f"and a value between {_end(low)} and {_end(high)}"
    )
    return Judgement("assumption", reason + " No single rounding rule allows it.", assumption=assumption, rules=NO_RULE)


def _end(value: Fraction) -> str:
    """Print the end of a span: a decimal with few digits."""
    text = show(float(value), 12)
    return text.rstrip("0").rstrip(".")


def nested_minimum(part: Printed, whole: Printed, *, integers: bool = False) -> Judgement:
    """Answer whether a group's minimum can be at least that of the whole."""
    return in_order(whole, part, "a group's minimum is not below the whole's", integers=integers)


def nested_maximum(part: Printed, whole: Printed, *, integers: bool = False) -> Judgement:
    """Answer whether a group's maximum can be at most that of the whole."""
    return in_order(part, whole, "a group's maximum is not above the whole's", integers=integers)


def repeated(first: Printed, second: Printed) -> Judgement:
    """Answer whether two printed numbers can be the same quantity, each to its own precision."""
    kept = by_rule(lambda rule: _same(first, second, rule))
    if kept:
        return decide(kept, f"{first} and {second} agree.", "")
    pairs = [(a, b) for a, b in product(ROUNDING_RULES, repeat=2) if _span(first, a).meets(_span(second, b))]
    # One place further rounded, another cut off: a way out only where the precision differs at all.
    if pairs and first.decimals != second.decimals:
        one, two = max(pairs, key=lambda pair: _overlap(_span(first, pair[0]), _span(second, pair[1])))
        a, b = _span(first, one), _span(second, two)
        reason = f"The same quantity is printed {first} and {second}."
        return _two_rules(reason, (first, one), (second, two), max(a.low, b.low), min(a.high, b.high))
    return decide(NO_RULE, "", f"The same quantity is printed {first} and {second}, which cannot both be true.")


def _same(first: Printed, second: Printed, rule: RoundingRule) -> bool:
    return _span(first, rule).meets(_span(second, rule))


def _overlap(first: Span, second: Span) -> Fraction:
    return min(first.high, second.high) - max(first.low, second.low)


def _span(number: Printed, rule: RoundingRule) -> Span:
    if not number.bound:
        return number.span(rule)
    value, far = Fraction(number.value), Fraction(10**13)
    return Span(-far, value, True, False) if number.bound == "<" else Span(value, far, False, True)


def iqr_of_quartiles(iqr: Printed, q1: Printed, q3: Printed) -> Judgement:
    """Answer whether an interquartile range can be the difference of two quartiles, all printed by one rule."""
    kept = by_rule(lambda rule: iqr.span(rule).meets(q3.span(rule).minus(q1.span(rule))))
    difference = q3.value - q1.value
    return decide(kept, f"{q3} - {q1} = {iqr}.", f"{q3} - {q1} is {difference}, not {iqr}.", [f"{difference}"])


def mean_within(mean: Printed, n: int, low: Printed, middle: Printed, high: Printed) -> Judgement:
    """Answer whether a mean can stand beside a minimum, a median and a maximum of n >= 3 values.

    The least possible mean has everything below the median at the minimum and, but for the maximum, everything above
    at the median; the greatest the reverse.
    """

    def fits(rule: RoundingRule) -> bool:
        bottom, center, top = low.span(rule), middle.span(rule), high.span(rule)
        least, most = (
            _mean_bounds(n, bottom.low, center.low, top.low)[0],
            _mean_bounds(n, bottom.high, center.high, top.high)[1],
        )
        return mean.span(rule).meets(Span(least, most, True, True))

    least, most = _mean_bounds(n, *(Fraction(number.value) for number in (low, middle, high)))
    shown = f"{show(float(least), mean.decimals + 1)} and {show(float(most), mean.decimals + 1)}"
    words = f"the mean of {n} values with minimum {low}, median {middle} and maximum {high} lies between {shown}"
    return decide(by_rule(fits), f"{words.capitalize()}.", f"{words.capitalize()}, not at {mean}.", [f"{shown}"])


def _mean_bounds(n: int, low: Fraction, middle: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Least and greatest mean of n >= 3 values; where n is even both middle values are taken at the median."""
    half = n // 2
    ends = half - 1 + n % 2
    return (ends * low + half * middle + high) / n, (low + half * middle + ends * high) / n
