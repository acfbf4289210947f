"""An estimate with its limits and its P: what they can be together, told from the printed numbers alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Literal, cast

from scipy.special import ndtri

from hai_utils.audit.answer import Judgement, by_rule, decide, impossible, show
from hai_utils.audit.printed import Printed, Rules
from hai_utils.audit.ranges import in_order
from hai_utils.results.formatting import RoundingRule
from hai_utils.show.wording import method_name
from hai_utils.stats.normal import normal_quantile, two_sided_p
from hai_utils.stats.proportions import PROPORTION_INTERVALS, proportion

Scale = Literal["ratio", "difference"]
SCALES: tuple[Scale, ...] = ("ratio", "difference")

CLEARLY_APART = 1.2
"""Standard errors between the printed P and that of its interval from which no two tests of one effect can explain both."""

BY_ANOTHER_TEST = 0.5
"""Below this many, log-rank, likelihood-ratio, score and Wald tests of one small cohort differ as much."""

OTHER_METHODS_ADD = 0.02
"""How far limits of a proportion by further methods (bootstrap, mid-P, logit) lie outside those of the five tried."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate with its limits, as printed."""

    estimate: Printed
    lower: Printed
    upper: Printed

    def __str__(self) -> str:
        return f"{self.estimate} ({self.lower} to {self.upper})"


def limits_in_order(lower: Printed, upper: Printed) -> Judgement:
    """Answer whether a lower limit can be at most its upper one."""
    return in_order(lower, upper, "the lower limit is at most the upper limit")


def within_limits(printed: Estimated) -> Judgement:
    """Answer whether an estimate can lie between its limits; every interval of this field holds its estimate."""
    low = in_order(printed.lower, printed.estimate, "the lower limit is at most the estimate")
    if low.status != "possible":
        return low
    high = in_order(printed.estimate, printed.upper, "the estimate is at most the upper limit")
    return (
        high
        if high.status != "possible"
        else decide(
            low.rules & high.rules, f"{printed} is in order.", f"{printed} is not in order by any single rounding rule."
        )
    )


def ratio_interval(printed: Estimated, method: str = "") -> Judgement:
    """Answer what the interval of a ratio can be: a Wald interval has its estimate as the geometric mean of its limits.

    Hazard, odds and risk ratios are estimated on the log scale, so that their Wald limits lie symmetrically about the
    logarithm. Profile likelihood, exact and bootstrap limits need not: such an interval is no error, unless `method`
    says that its limits are Wald's.
    """
    if printed.lower.value < 0:
        return impossible(f"A ratio is above 0: {printed.lower} cannot be a limit of one.")
    if by_rule(lambda rule: _geometric(printed, rule)):
        return Judgement(
            "possible",
            f"{printed.estimate} is the geometric mean of {printed.lower} and {printed.upper}, as in a Wald interval.",
        )
    middle = show(math.sqrt(float(printed.lower.value * printed.upper.value)), max(printed.estimate.decimals, 2))
    if method in WALD_RATIOS:
        proof = f"The limits of {method_name(method)} have the estimate as geometric mean; of {printed.lower} and {printed.upper} it is {middle}."
        return impossible(proof, middle)
    text = (
        f"Not a Wald interval: the geometric mean of {printed.lower} and {printed.upper} is {middle}, not "
        f"{printed.estimate}. Profile likelihood, exact and bootstrap limits may be so."
    )
    return Judgement("possible", text, remark=True)


WALD_RATIOS = frozenset({"cox_efron", "cox_breslow", "cox_exact"})


def _geometric(printed: Estimated, rule: RoundingRule) -> bool:
    estimate, lower, upper = (number.span(rule) for number in (printed.estimate, printed.lower, printed.upper))
    least = max(lower.low, Fraction(0)) * max(upper.low, Fraction(0))
    return max(estimate.low, Fraction(0)) ** 2 <= lower.high * upper.high and estimate.high**2 >= least


# --- an interval and its P ---


def p_of_interval(
    p: Printed, printed: Estimated, scale: Scale | None = None, *, confidence_level: float = 0.95
) -> Judgement:
    """Answer whether a P can belong to an estimate with these limits.

    Parameters
    ----------
    p : Printed
        As printed, possibly a bound.
    printed : Estimated
        The effect with its limits.
    scale : {'ratio', 'difference'}, optional
        Whether 1 or 0 is no effect; unless known, the scale is taken that fits better.
    confidence_level : float
        Of the limits.

    Notes
    -----
    The limits tell the standard error, hence the P of a Wald test. Another test of the same effect (log-rank,
    likelihood ratio) gives another P, but not one far on the other side of 1 - `confidence_level`.
    """
    scales = [scale] if scale else [name for name in SCALES if name == "difference" or printed.lower.value > 0]
    implied = {name: _implied(printed, name, confidence_level) for name in scales}
    known = {name: ends for name, ends in implied.items() if ends is not None}
    if not known:
        return Judgement("not_checked", "Its interval tells no standard error.")
    name, ends = min(known.items(), key=lambda item: _distance(p, item[1]))
    apart = _distance(p, ends)
    shown = f"{printed} implies {_p_range(ends)} by a Wald test"
    if apart == 0:
        return Judgement("possible", f"{shown}.")
    null = 1 if name == "ratio" else 0
    excludes = float(printed.lower.value) > null or float(printed.upper.value) < null
    contradicts = _sides(p, 1 - confidence_level) == {excludes}
    if contradicts and apart > CLEARLY_APART:
        side = "excludes" if excludes else "includes"
        return impossible(f"{shown} and {side} {null}; P={p} says the opposite.".replace("=<", "<"))
    if apart > CLEARLY_APART or (contradicts and apart > BY_ANOTHER_TEST):
        return Judgement(
            "assumption", f"{shown}, not {p}.", assumption="P and interval come from different tests or models"
        )
    return Judgement("possible", f"{shown}; P {p} is by another test of the same effect.", remark=contradicts)


def _sides(p: Printed, level: float) -> set[bool]:
    """Return what a P says of an interval that excludes no effect: {True} where it is surely above the level."""
    low, high = _p_ends(p)
    return {True} if low > level else {False} if high < level else set()


def _p_ends(p: Printed) -> tuple[float, float]:
    if p.bound == "<":
        return 0.0, float(p.value)
    if p.bound == ">":
        return float(p.value), 1.0
    half, cut = p.span("half_up"), p.span("truncate")
    return max(float(half.low), 0.0), min(max(float(half.high), float(cut.high)), 1.0)


def _implied(printed: Estimated, scale: Scale, confidence_level: float) -> tuple[float, float] | None:
    """Return the least and the greatest z that an estimate with its limits implies; None where a limit is no number."""
    ends = [_on_scale(number, scale) for number in (printed.estimate, printed.lower, printed.upper)]
    if None in ends:
        return None
    (e0, e1), (l0, l1), (u0, u1) = cast(list[tuple[float, float]], ends)
    effects = sorted((abs(e0), abs(e1))) if e0 * e1 > 0 else [0.0, max(abs(e0), abs(e1))]
    # The standard error by the whole width, and by the half that lies towards no effect.
    halves = [(u0 - l1) / 2, (u1 - l0) / 2, *((e0 - l1, e1 - l0) if e0 > 0 else (u0 - e1, u1 - e0))]
    errors = [half / normal_quantile(confidence_level) for half in halves if half > 0]
    return (effects[0] / max(errors), effects[1] / min(errors)) if errors else None


def _on_scale(number: Printed, scale: Scale) -> tuple[float, float] | None:
    """Return the ends of what is behind a printed number, of a ratio their logarithms; None where there are none."""
    span = number.span("half_up")
    low, high = float(span.low), float(span.high)
    if scale == "difference":
        return low, high
    return (math.log(low), math.log(high)) if low > 0 else None


def _distance(p: Printed, implied: tuple[float, float]) -> float:
    """Return how many standard errors lie between a printed P and the z of an interval; 0 where they meet."""
    low, high = _p_ends(p)
    nearest_one, farthest = _z(high), _z(low)
    return max(implied[0] - farthest, nearest_one - implied[1], 0.0)


def _z(p: float) -> float:
    return float(-ndtri(p / 2)) if p > 0 else math.inf


def _p_range(implied: tuple[float, float]) -> str:
    low, high = (two_sided_p(z) for z in (implied[1], implied[0]))
    texts = [show(value, 3) if value >= 0.0005 else "<0.001" for value in (low, high)]
    return f"P={texts[0]}".replace("=<", "<") if texts[0] == texts[1] else f"P between {texts[0]} and {texts[1]}"


# --- a proportion and its limits ---


def proportion_interval(count: int, total: int, lower: Printed, upper: Printed, method: str = "") -> Judgement:
    """Answer whether limits, in percent, can be those of a count of a total.

    Parameters
    ----------
    count, total : int
        Patients with the outcome, and all whose outcome is known.
    lower, upper : Printed
        0 to 100.
    method : str, optional
        The method that is stated; unless stated, Wald, Wilson, Clopper-Pearson, Agresti-Coull and Jeffreys are tried.
    """
    limits = _limits(count, total, 0.95)
    tried = {name: limits[name] for name in limits if method in {"", name}} or limits
    fitting = [name for name, ends in tried.items() if _print_as(ends, lower, upper)]
    listed = "; ".join(f"{NAMES[name]} {_percents(ends, lower.decimals)}" for name, ends in tried.items())
    if fitting:
        names = " or ".join(NAMES[name] for name in fitting)
        return Judgement("possible", f"{lower} to {upper}% of {count}/{total} by {names}.")
    for level in (0.9, 0.99):
        other = [name for name, ends in _limits(count, total, level).items() if _print_as(ends, lower, upper)]
        if other:
            return Judgement(
                "assumption",
                f"No 95% interval of {count}/{total}: {listed}.",
                assumption=f"the level is {100 * level:g}%",
            )
    if not method and _near_all(limits, lower, upper):
        return Judgement(
            "possible", f"By none of five methods ({listed}), but as near as another method may come.", remark=True
        )
    return impossible(f"No interval of {count}/{total} is {lower} to {upper}%: {listed}.")


# The names of the intervals that are tried; the draft format knows them as methods of a limit.
NAMES = {
    "wald": "Wald",
    "wilson": "Wilson",
    "clopper_pearson": "Clopper-Pearson",
    "agresti_coull": "Agresti-Coull",
    "jeffreys": "Jeffreys",
}


@cache
def _limits(count: int, total: int, level: float) -> Mapping[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for method in PROPORTION_INTERVALS:
        estimate = proportion(count, total, method=method, confidence_level=level)
        found[method] = (float(estimate.lower or 0.0), float(estimate.upper or 0.0))
    z = normal_quantile(level)
    # Agresti A, Coull BA. Am Stat 1998;52:119-126: Wald's limits about Wilson's center.
    for name, x, n in (("wald", float(count), float(total)), ("agresti_coull", count + z**2 / 2, total + z**2)):
        p = x / n
        half = z * math.sqrt(p * (1 - p) / n)
        found[name] = (p - half, p + half)
    return {name: found[name] for name in NAMES}


def _print_as(ends: tuple[float, float], lower: Printed, upper: Printed) -> Rules:
    def rules(value: float, printed: Printed) -> Rules:
        # Limits beyond 0 and 1 are often cut there.
        return printed.rules_for(100 * value) | printed.rules_for(100 * min(max(value, 0.0), 1.0))

    return rules(ends[0], lower) & rules(ends[1], upper)


def _near_all(limits: Mapping[str, tuple[float, float]], lower: Printed, upper: Printed) -> bool:
    return all(
        min(ends[i] for ends in limits.values()) - OTHER_METHODS_ADD
        <= float(printed.value) / 100
        <= max(ends[i] for ends in limits.values()) + OTHER_METHODS_ADD
        for i, printed in ((0, lower), (1, upper))
    )


def _percents(ends: tuple[float, float], decimals: int) -> str:
    return f"{show(100 * ends[0], decimals)} to {show(100 * ends[1], decimals)}%"
