"""A median survival time with its interval: what the interval can be, told from the printed numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

from hai_utils.audit.answer import Judgement, by_rule, decide, impossible
from hai_utils.audit.printed import Printed, Span
from hai_utils.audit.ranges import in_order
from hai_utils.results.formatting import RoundingRule
from hai_utils.show.wording import method_name
from hai_utils.stats.normal import normal_quantile

READ_OFF = ("brookmeyer_crowley_plain", "brookmeyer_crowley_log", "brookmeyer_crowley_loglog")
WALD = "percentile_wald"


@dataclass(frozen=True, slots=True)
class MedianInterval:
    """A median with its limits as printed, and the longest follow-up where that is printed.

    Attributes
    ----------
    median, lower, upper : Printed
        In one unit of time.
    follow_up : Printed, optional
        The longest observed time of anybody.
    """

    median: Printed
    lower: Printed
    upper: Printed
    follow_up: Printed | None = None

    def center(self, rule: RoundingRule) -> Span:
        """Return the middles between the limits that can be behind the print."""
        low, high = self.lower.span(rule), self.upper.span(rule)
        closed = low.low_closed and high.low_closed, low.high_closed and high.high_closed
        return Span((low.low + high.low) / 2, (low.high + high.high) / 2, *closed)

    @property
    def symmetric(self) -> bool:
        """Whether the median can be the middle of the limits, as it is in a Wald interval."""
        return bool(by_rule(lambda rule: self.median.span(rule).meets(self.center(rule))))

    def wald_median(self, rule: RoundingRule = "half_up") -> Span | None:
        """Return the medians that a symmetric interval leaves; None where there is none.

        Narrower than the print: 9.8 (6.4-13.1) leaves [9.75, 9.80), so those times were finer than 0.1.
        """
        median, center = self.median.span(rule), self.center(rule)
        if not median.meets(center):
            return None
        low, high = max(median.low, center.low), min(median.high, center.high)
        return Span(low, high, median.holds(low) and center.holds(low), median.holds(high) and center.holds(high))

    @property
    def beyond_follow_up(self) -> bool:
        """Whether the upper limit lies beyond the longest follow-up by any rounding: no curve was read there."""
        if self.follow_up is None:
            return False
        follow_up = self.follow_up
        return not by_rule(lambda rule: self.upper.span(rule).starts_below(follow_up.span(rule)))

    def standard_error(self, confidence_level: float = 0.95) -> float:
        """Return the standard error that a Wald interval of this width implies."""
        return float(self.upper.value - self.lower.value) / 2 / normal_quantile(confidence_level)


def median_interval(numbers: MedianInterval, method: str = "") -> Judgement:
    """Answer what the interval of a median can be.

    Parameters
    ----------
    numbers : MedianInterval
        As printed.
    method : str, optional
        The method that is stated for the interval, in the words of the results table.

    Notes
    -----
    A limit that is read off the curve or its band (Brookmeyer and Crowley 1982) is an observed time, so it lies within
    follow-up and not below 0. A Wald interval (SPSS; Collett, Modelling survival data, section 2.4) is symmetric.
    """
    for low, high, words in (
        (numbers.lower, numbers.median, "the lower limit is at most the median"),
        (numbers.median, numbers.upper, "the median is at most the upper limit"),
    ):
        order = in_order(low, high, words)
        if order.status != "possible":
            return order
    off_curve = numbers.beyond_follow_up or numbers.lower.value < 0
    text = f"{numbers.median} ({numbers.lower} to {numbers.upper})"
    if method == WALD and not numbers.symmetric:
        return impossible(f"A Wald interval is symmetric about the median; {text} is not.")
    if not off_curve:
        symmetry = (
            "symmetric about the median, as a Wald interval is"
            if numbers.symmetric
            else "not symmetric, so no Wald interval"
        )
        return decide(by_rule(lambda _: True), f"{text} is {symmetry}.", "")
    where = (
        f"{numbers.upper} lies beyond the longest follow-up of {numbers.follow_up}"
        if numbers.beyond_follow_up
        else "a limit is negative"
    )
    if method in READ_OFF:
        return impossible(f"{where.capitalize()}: no {method_name(method)} can.")
    if method:
        return decide(by_rule(lambda _: True), f"{where.capitalize()}, which {method_name(method)} allow.", "")
    kinds = "a Wald interval (SPSS)" if numbers.symmetric else "a parametric interval"
    return Judgement(
        "assumption", f"{where.capitalize()}: no limit was read off the curve.", assumption=f"{kinds} about the median"
    )


def within_follow_up(time: Printed, follow_up: Printed) -> Judgement:
    """Answer whether a median that was reached can be within the longest follow-up."""
    return in_order(time, follow_up, "a median that was reached is at most the longest follow-up")
