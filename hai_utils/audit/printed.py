"""A printed number: what stands on the page, and which true values print as it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from hai_utils.results.formatting import MINUS, ROUNDING_RULES, RoundingRule, round_number

Rules = frozenset[RoundingRule]
ALL_RULES: Rules = frozenset(ROUNDING_RULES)
NO_RULE: Rules = frozenset()
MOST_DECIMALS = 12
_NUMBER = re.compile(r"([<>]?)(-?(?:[0-9]{1,12}(?:\.[0-9]{1,12})?|\.[0-9]{1,12}))%?")
_RULE_WORDS: dict[RoundingRule, str] = {
    "half_up": "rounding half up",
    "half_even": "rounding half to even",
    "truncate": "truncation",
}


@dataclass(frozen=True, slots=True)
class Span:
    """The true values between two ends, each end in or out."""

    low: Fraction
    high: Fraction
    low_closed: bool
    high_closed: bool

    def starts_below(self, other: Span) -> bool:
        """Whether some value of this span is at most some value of the other."""
        return self.low < other.high or (self.low == other.high and self.low_closed and other.high_closed)

    def meets(self, other: Span) -> bool:
        """Whether both spans share a value."""
        return self.starts_below(other) and other.starts_below(self)

    def holds(self, value: Fraction) -> bool:
        """Whether a value lies in the span."""
        above = self.low < value or (self.low == value and self.low_closed)
        return above and (value < self.high or (value == self.high and self.high_closed))

    def minus(self, other: Span) -> Span:
        """Return the differences between a value of this span and one of the other."""
        return Span(
            self.low - other.high,
            self.high - other.low,
            self.low_closed and other.high_closed,
            self.high_closed and other.low_closed,
        )


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it is printed.

    Attributes
    ----------
    value : Decimal
        With exactly `decimals` decimals.
    decimals : int
        Decimals that are printed.
    bound : {'', '<', '>'}
        Whether only a bound is printed, as in P<0.001.
    """

    value: Decimal
    decimals: int
    bound: str = ""

    def __str__(self) -> str:
        return f"{self.bound}{self.value:f}"

    @property
    def unit(self) -> Fraction:
        """One unit of the last printed decimal."""
        return Fraction(1, 10**self.decimals)

    def rules_for(self, true_value: float) -> Rules:
        """Return the rounding rules under which a true value prints as this number."""
        if self.bound:
            inside = true_value < self.value if self.bound == "<" else true_value > self.value
            return ALL_RULES if inside else NO_RULE
        return frozenset(r for r in ROUNDING_RULES if round_number(true_value, self.decimals, rule=r) == self.value)

    def span(self, rule: RoundingRule) -> Span:
        """Return the true values that print as this number under a rule, exactly; a bound has no span of its own."""
        return _span(self.value, self.decimals, rule)

    def multiples(self, step: Fraction, rule: RoundingRule) -> range:
        """Return the whole numbers k for which k x step prints as this number under a rule; they are consecutive."""
        return _multiples(self.value, self.decimals, step, rule)


# The same numbers are asked for again and again by different checks.
@lru_cache(maxsize=65_536)
def _span(value: Decimal, decimals: int, rule: RoundingRule) -> Span:
    exact, unit = Fraction(value), Fraction(1, 10**decimals)
    if rule == "truncate":
        low, high = (exact - unit if exact <= 0 else exact), (exact + unit if exact >= 0 else exact)
        return Span(low, high, exact > 0, exact < 0)
    half = unit / 2
    if rule == "half_up":  # a half goes away from zero
        return Span(exact - half, exact + half, exact > 0, exact < 0)
    even = int(exact / unit) % 2 == 0
    return Span(exact - half, exact + half, even, even)


@lru_cache(maxsize=65_536)
def _multiples(value: Decimal, decimals: int, step: Fraction, rule: RoundingRule) -> range:
    span = _span(value, decimals, rule)
    first, last = -(-span.low // step), span.high // step
    # The ends, and the noise of a float in the last of twelve digits, are settled by the rounding itself.
    near = {*range(first - 1, first + 2), *range(last - 1, last + 2)}
    kept = [k for k in near if round_number(float(k * step), decimals, rule=rule) == value]
    return range(min(kept), max(kept) + 1) if kept else range(0)


def parse_printed(text: str, decimals: int | None = None) -> Printed | None:
    """Read a printed number; None where the text is none.

    Parameters
    ----------
    text : str
        Digits with a decimal point, an optional minus (``-`` or U+2212), ``%``, and ``<`` or ``>`` before a bound.
    decimals : int, optional
        Decimals that were printed, where the text may have lost trailing zeros (a spreadsheet makes 0.3 of 0.30).
    """
    match = _NUMBER.fullmatch(text.strip().replace(MINUS, "-").replace("·", "."))
    if match is None:
        return None
    bound, number = match.groups()
    shown = len(number.partition(".")[2])
    places = shown if decimals is None else decimals
    if not shown <= places <= MOST_DECIMALS:
        return None
    value = Decimal(number).quantize(Decimal(1).scaleb(-places))
    return Printed(abs(value) if value == 0 else value, places, bound)


def rules_text(rules: Iterable[RoundingRule]) -> str:
    """Name rounding rules in words."""
    chosen = set(rules)
    return " or ".join(_RULE_WORDS[rule] for rule in ROUNDING_RULES if rule in chosen)
