"""Standard deviations: which of them n whole numbers, a range, or a mean and a median leave possible."""

from __future__ import annotations

import math
from fractions import Fraction

from hai_utils.audit.answer import Judgement, by_rule, decide, impossible, show
from hai_utils.audit.printed import Printed, Span
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule

MOST_TOTALS = 500
"""Where the printed mean allows more totals than this, nothing is said of the standard deviation."""

SMALLEST_WITHOUT_GAPS = 5
"""From this size on, whole numbers can have every sum of squares of the right parity above the least one."""


def sd_of_integers(mean: Printed, sd: Printed, n: int) -> Judgement:
    """Answer whether n whole numbers can have both this mean and this standard deviation.

    Parameters
    ----------
    mean, sd : Printed
        As printed; the standard deviation is that of a sample (divisor n - 1), else of a population (divisor n).
    n : int
        Patients with a value, at least 2.

    Notes
    -----
    Let d be the deviations from the whole part of the mean and r their sum. The sum of their squares is a whole number
    of the parity of r, at least r, and the sum of squares about the mean is that number less r squared over n.

    References
    ----------
    Anaya J. The GRIMMER test. PeerJ Preprints 2016;4:e2400v1. Allard A. Analytic-GRIMMER, 2018.
    """
    sample, population = (
        by_rule(lambda rule, divisor=divisor: _has_sum_of_squares(mean, sd, n, divisor, rule))  # type: ignore[misc]
        for divisor in (n - 1, n)
    )
    if sample:
        return Judgement("possible", f"{n} whole numbers can have mean {mean} and SD {sd}.", rules=sample)
    proof = f"No {n} whole numbers with mean {mean} have an SD that prints as {sd}."
    if population:
        return Judgement(
            "assumption", proof, assumption="the sum of squares was divided by n, not n - 1", rules=population
        )
    return impossible(proof)


def _has_sum_of_squares(mean: Printed, sd: Printed, n: int, divisor: int, rule: RoundingRule) -> bool:
    totals = mean.multiples(Fraction(1, n), rule)
    if len(totals) > MOST_TOTALS:
        return True
    span = _squared(sd.span(rule), divisor)
    return any(_reaches(total % n, n, span) for total in totals)


def _squared(span: Span, divisor: int) -> Span:
    """Return the sums of squares about the mean behind the standard deviations of a span."""
    low = max(span.low, Fraction(0))
    return Span(low**2 * divisor, span.high**2 * divisor, span.low_closed or span.low < 0, span.high_closed)


def _reaches(rest: int, n: int, span: Span) -> bool:
    """Whether n whole numbers whose sum leaves a rest have a sum of squares about the mean within a span."""
    shift = Fraction(rest**2, n)
    first = max(rest, math.ceil(span.low + shift))
    first += (first - rest) % 2
    return any(
        span.holds(squares - shift) and (n >= SMALLEST_WITHOUT_GAPS or _representable(n, rest, squares))
        for squares in range(first, math.floor(span.high + shift) + 1, 2)
    )


def _representable(n: int, total: int, squares: int) -> bool:
    """Whether n whole numbers, fewer than five, have this sum and this sum of squares."""
    if n == 1:
        return total**2 == squares
    most = math.isqrt(squares)
    return any(_representable(n - 1, total - x, squares - x**2) for x in range(-most, most + 1))


def sd_within_range(
    sd: Printed, n: int, low: Printed, high: Printed, mean: Printed | None = None, *, integers: bool = False
) -> Judgement:
    """Answer whether n >= 2 values between a minimum and a maximum, both taken, can have this standard deviation.

    With `integers` a minimum and a maximum without decimals are taken as they stand: whole numbers are not rounded.
    The largest has all values at the two ends, in the proportion that gives the mean (Bhatia and Davis, Am Math Mon
    2000;107:353-357); the smallest has all but one at each end in the middle.
    """
    bottom, top = (
        (float(number.value),) * 2 if integers and not number.decimals else _ends(number) for number in (low, high)
    )
    largest = _largest_sd(n, bottom[0], top[1], mean)
    smallest = max(top[0] - bottom[1], 0.0) / math.sqrt(2 * (n - 1))
    kept = by_rule(
        lambda rule: float(sd.span(rule).low) <= largest + 1e-12 and float(sd.span(rule).high) >= smallest - 1e-12
    )
    places = max(sd.decimals, 1)
    beside = f", mean {mean}" if mean is not None else ""
    words = f"the SD of {n} values with minimum {low}{beside} and maximum {high} lies between {show(smallest, places)} and {show(largest, places)}"
    nearest = show(largest if float(sd.value) > largest else smallest, places)
    return decide(kept, f"{words.capitalize()}.", f"{words[0].upper()}{words[1:]}, not at {sd}.", [nearest])


def _largest_sd(n: int, bottom: float, top: float, mean: Printed | None) -> float:
    middle = (bottom + top) / 2
    if mean is not None:
        least, most = _ends(mean)
        middle = min(max(middle, least), most)
    return math.sqrt(max((top - middle) * (middle - bottom), 0.0) * n / (n - 1))


def _ends(number: Printed) -> tuple[float, float]:
    """Return the least and the greatest value that prints as a number under some rounding rule."""
    spans = [number.span(rule) for rule in ROUNDING_RULES]
    return float(min(span.low for span in spans)), float(max(span.high for span in spans))


def mean_and_median(mean: Printed, median: Printed, sd: Printed, n: int) -> Judgement:
    """Answer whether a mean and a median can lie as far apart as they are printed.

    No median is further from the mean than one standard deviation (divisor n). Hotelling and Solomons, Ann Math Stat
    1932;3:141-142.
    """
    most = _ends(sd)[1] * math.sqrt((n - 1) / n)
    (mean_low, mean_high), (median_low, median_high) = _ends(mean), _ends(median)
    apart = max(mean_low - median_high, median_low - mean_high, 0.0)
    words = f"a mean lies at most one SD from its median ({show(most, max(sd.decimals, 1))} here)"
    kept = by_rule(lambda _: apart <= most + 1e-12)
    return decide(kept, f"{words.capitalize()}.", f"A{words[1:]}; {mean} and {median} are further apart.")
