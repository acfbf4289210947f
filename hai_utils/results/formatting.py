"""Numbers to text: the only rounding in the project.

A style says how a journal prints a number; a rounding rule says what happens to a half. Everything that is
printed, in a sentence, a table or a figure, passes through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Literal, SupportsFloat, get_args

from hai_utils.catalogue.styles import STYLES, NumberStyle

RoundingRule = Literal["half_up", "half_even", "truncate"]
ROUNDING_RULES: tuple[RoundingRule, ...] = get_args(RoundingRule)

NOT_REACHED = "NR"
NOT_ESTIMABLE = "NE"
# What stands for a number that the disclosure gate withholds.
WITHHELD = "–"
MINUS = "−"

# Decimals that a P value beside the level of significance may have beyond those of its style.
MORE_DECIMALS = 4

_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "truncate": ROUND_DOWN}
# A float carries about 16 digits; the last ones are noise of the computation. Twelve keep 0.285, computed as
# 0.28499999999999998, a half.
_SIGNIFICANT = Context(prec=12)
# Wide enough for any of them with its decimals.
_WIDE = Context(prec=60)


@cache
def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)


def round_number(value: float, decimals: int, *, rule: RoundingRule = "half_up") -> Decimal:
    """Round to a number of decimals by a named rule.

    Parameters
    ----------
    value : float
        A finite number.
    decimals : int
        Decimals to keep, 0 or more.
    rule : {'half_up', 'half_even', 'truncate'}
        ``half_up`` takes a half away from zero, as a hand calculator, SPSS and SAS do; ``half_even`` to the even
        neighbour (IEC 60559, R's ``round``); ``truncate`` cuts off, as completed years do.

    Returns
    -------
    Decimal
        With exactly ``decimals`` decimals; never a negative zero.
    """
    exact = _SIGNIFICANT.create_decimal(repr(float(value)))
    rounded = exact.quantize(_step(decimals), rounding=_MODES[rule], context=_WIDE)
    return abs(rounded) if rounded == 0 else rounded


@dataclass(frozen=True, slots=True)
class Formatter:
    """Numbers to text in one style and with one rounding rule.

    Attributes
    ----------
    style : NumberStyle
        How the journal prints numbers.
    rule : RoundingRule
        What happens to a half.
    significance : float, optional
        Level of significance, beside which P has the decimals that show on which side it lies; None: as the style has it.
    """

    style: NumberStyle
    rule: RoundingRule = "half_up"
    significance: float | None = None

    @classmethod
    def of(cls, style: str, rule: RoundingRule = "half_up", significance: float | None = None) -> Formatter:
        """Return the formatter of a named style."""
        return cls(STYLES[style], rule, significance)

    def number(self, value: float, decimals: int, *, rule: RoundingRule | None = None) -> str:
        """Print a number with so many decimals, the minus as U+2212.

        Parameters
        ----------
        rule : RoundingRule, optional
            Overrides the formatter's own rule, as for completed years.
        """
        text = f"{round_number(value, decimals, rule=rule or self.rule):f}"
        return text.replace("-", MINUS).replace(".", self.style.decimal_mark)

    def percent(self, value: float, decimals: int | None = None) -> str:
        """Print a percentage (0-100) with its sign."""
        return self.number(value, self.style.percent_decimals if decimals is None else decimals) + "%"

    def points(self, value: float, decimals: int | None = None) -> str:
        """Print a difference of percentages in percentage points, without their name, as months are without theirs."""
        return self.number(value, self.style.percent_decimals if decimals is None else decimals)

    def p_value(self, value: float, decimals: int | None = None) -> str:
        """Print a P value, without the letter P."""
        style = self.style
        if value < style.p_smallest:
            smallest = f"{Decimal(repr(style.p_smallest)):f}"
            return "<" + self._p_text(smallest)
        if decimals is None:
            decimals = self._p_decimals(value)
        rounded = round_number(value, decimals, rule=self.rule)
        return style.p_one if rounded == 1 else self._p_text(f"{rounded:f}")

    def _p_decimals(self, value: float) -> int:
        """Return the decimals of the style, or as many more as show on which side of the level P lies."""
        decimals = next(places for bound, places in self.style.p_decimals if value < bound)
        level = self.significance
        if level is None or value == level:
            return decimals
        sides = (
            (places, round_number(value, places, rule=self.rule))
            for places in range(decimals, decimals + MORE_DECIMALS)
        )
        border = Decimal(repr(level))
        return next(
            (places for places, shown in sides if shown != border and (shown < border) == (value < level)), decimals
        )

    def level(self, value: float) -> str:
        """Print a level of significance as it was given, in the style of a P value."""
        return self._p_text(f"{value:g}")

    def as_given(self, number: float | str) -> str:
        """Print a number as it was given, a parameter or what another article prints, with the style's decimal mark."""
        text = number if isinstance(number, str) else f"{number:g}"
        return text.replace(".", self.style.decimal_mark)

    def _p_text(self, text: str) -> str:
        if not self.style.p_leading_zero and text.startswith("0."):
            text = text[1:]
        return text.replace(".", self.style.decimal_mark)

    def range(self, low: str, high: str) -> str:
        """Join the printed ends of a range or an interval."""
        dashed = self.style.range_separator
        # A dash before a minus cannot be read: the article prints (-257-94%), which is the fault to avoid.
        separator = " to " if low.startswith(MINUS) or high.startswith(MINUS) else dashed
        return f"{low}{separator}{high}"

    def count(self, value: float) -> str:
        """Print a count."""
        return self.number(value, 0)


def p_phrase(text: str) -> str:
    """Join P and its printed value as a sentence does: ``P=0.03``, ``P<0.001``."""
    return f"P{text}" if text[:1] in "<>" else f"P={text}"


def working_number(value: SupportsFloat) -> str:
    """Print an intermediate value of a working: seven significant digits, without zeros that say nothing."""
    rounded = Context(prec=7).create_decimal(repr(float(value))).normalize()
    if rounded == 0:
        return "0"
    return f"{rounded:f}" if -6 < rounded.adjusted() < 9 else f"{rounded:e}"


def full_precision(value: float | None) -> str:
    """Return a number so that it reads back bit for bit, as in ``results.csv``; empty for a missing one."""
    return "" if value is None else repr(value)
