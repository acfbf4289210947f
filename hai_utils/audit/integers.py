"""Statistics of whole numbers: which medians, quartiles and means n whole numbers can have at all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from hai_utils.audit.answer import Judgement, by_rule, decide, impossible, named
from hai_utils.audit.printed import Printed
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule, round_number
from hai_utils.stats.one_group import QUARTILE_METHODS, QuartileMethod, quartiles

Quartile = Literal["q1", "q3", "iqr"]
_WORDS = {"q1": "a lower quartile", "q3": "an upper quartile", "iqr": "an interquartile range"}
_PERIOD = 4  # the fraction at which a quartile falls depends on n modulo 4 only
_LARGE = 8  # from here on no order statistic takes part in both quartiles


@lru_cache(maxsize=256)
def quartile_weights(n: int, method: QuartileMethod, quartile: Quartile = "iqr") -> tuple[float, ...]:
    """Return how far a quartile moves when everything above the i-th gap of a sorted sample moves by one.

    Quartiles are linear in the sorted values, so samples of 0s and 1s tell the whole of a rule. Multiples of 1/4.
    """
    weights = []
    for below in range(1, n):
        lower, upper = quartiles([0.0] * below + [1.0] * (n - below), method=method)
        assert lower.value is not None
        assert upper.value is not None
        weights.append({"q1": lower.value, "q3": upper.value, "iqr": upper.value - lower.value}[quartile])
    return tuple(weights)


def _equivalent(n: int) -> int:
    return n if n < _LARGE + _PERIOD else _LARGE + (n - _LARGE) % _PERIOD


def quartile_step(n: int, method: QuartileMethod, quartile: Literal["q1", "q3"]) -> Fraction:
    """Return the step of a quartile of n whole numbers: it is a multiple of 1, 1/2 or 1/4."""
    weights = quartile_weights(_equivalent(n), method, quartile)
    if any(weight % 0.5 for weight in weights):
        return Fraction(1, 4)
    return Fraction(1, 2) if any(weight % 1 for weight in weights) else Fraction(1)


def attainable_iqrs(n: int, method: QuartileMethod, up_to: int) -> tuple[Fraction, ...]:
    """List every interquartile range, up to a bound, that n whole numbers can have: all sums of weighted gaps."""
    return tuple(Fraction(quarters, 4) for quarters in range(4 * up_to + 1) if _is_iqr(quarters, n, method))


def _is_iqr(quarters: int, n: int, method: QuartileMethod) -> bool:
    """Whether n whole numbers can have an interquartile range of so many quarters."""
    weights = frozenset(int(4 * weight) for weight in quartile_weights(_equivalent(n), method)) - {0}
    reached = _sums(weights)
    # Weights are 1 to 4 quarters: past the first few sums the pattern repeats with their least common multiple.
    if quarters >= len(reached):
        quarters = len(reached) - _REPEAT + (quarters - len(reached)) % _REPEAT
    return quarters >= 0 and reached[quarters]


_REPEAT = 12


@lru_cache(maxsize=64)
def _sums(weights: frozenset[int]) -> tuple[bool, ...]:
    """Enumerate which numbers are sums of weights, each used any number of times."""
    reached = [True] + [False] * (5 * _REPEAT - 1)
    for total in range(1, len(reached)):
        reached[total] = any(weight <= total and reached[total - weight] for weight in weights)
    return tuple(reached)


def whole_number(value: Printed) -> Judgement:
    """Answer whether a minimum, a maximum or a count of whole numbers can be printed so."""
    return _of_step(value, Fraction(1), "A whole number.", f"Each value is a whole number; {value} is none.")


def median_of_integers(median: Printed, n: int) -> Judgement:
    """Answer whether n whole numbers can have this median.

    Parameters
    ----------
    median : Printed
        As printed.
    n : int
        Patients with a value, at least 1.
    """
    if n % 2:
        middle = f"the {_ordinal((n + 1) // 2)} of them"
        return _of_step(
            median, Fraction(1), f"Of {n} it is {middle}.",
            f"The median of {n} whole numbers is {middle}, a whole number; no whole number prints as {median}.",
        )  # fmt: skip
    pair = f"the mean of the {_ordinal(n // 2)} and the {_ordinal(n // 2 + 1)}"
    proof = f"The median of {n} whole numbers is {pair}, so it ends in .0 or .5; none such prints as {median}."
    return _of_step(median, Fraction(1, 2), f"Of {n} it is {pair}.", proof)


def mean_of_integers(mean: Printed, n: int) -> Judgement:
    """Answer whether n whole numbers can have this mean: some total divided by n must print so.

    References
    ----------
    Brown NJL, Heathers JAJ. The GRIM test. Soc Psychol Personal Sci 2017;8:363-369.
    """
    proof = f"No total of {n} whole numbers divided by {n} prints as {mean}."
    return _of_step(mean, Fraction(1, n), f"A total of whole numbers divided by {n}.", proof)


def quartile_of_integers(value: Printed, n: int, quartile: Quartile, method: QuartileMethod | None = None) -> Judgement:
    """Answer whether n whole numbers can have this quartile or interquartile range.

    Parameters
    ----------
    value : Printed
        As printed.
    n : int
        Patients with a value, at least 1.
    quartile : {'q1', 'q3', 'iqr'}
        Which of the three.
    method : QuartileMethod, optional
        The rule of the quartiles; unless named, all four are tried.
    """
    methods = QUARTILE_METHODS if method is None else (method,)
    kept = {name: by_rule(lambda rule, name=name: _prints(value, n, quartile, name, rule)) for name in methods}  # type: ignore[misc]
    fitting = [name for name in methods if kept[name]]
    if fitting:
        reason = f"{n} whole numbers can have {_WORDS[quartile]} of {value} by {named(fitting)}."
        return Judgement("possible", reason, rules=frozenset(rule for name in fitting for rule in kept[name]))
    return _no_quartile(value, n, quartile, methods)


def _no_quartile(value: Printed, n: int, quartile: Quartile, methods: Sequence[QuartileMethod]) -> Judgement:
    near = sorted(
        dict.fromkeys(text for name in methods for text in _nearest_quartiles(value, n, quartile, name)),
        key=lambda text: (abs(float(text) - float(value.value)), float(text)),
    )
    others = [
        name for name in QUARTILE_METHODS if any(_prints(value, n, quartile, name, rule) for rule in ROUNDING_RULES)
    ]
    way_out = f" By {named(others)} they can." if others else ""
    proof = f"No {n} whole numbers have {_WORDS[quartile]} that prints as {value} by {named(methods)}.{way_out}"
    return impossible(proof, *tuple(near[:2]))


def _prints(value: Printed, n: int, quartile: Quartile, method: QuartileMethod, rule: RoundingRule) -> bool:
    if quartile != "iqr":
        return bool(value.multiples(quartile_step(n, method, quartile), rule))
    return any(_is_iqr(quarters, n, method) for quarters in value.multiples(Fraction(1, 4), rule))


def _nearest_quartiles(value: Printed, n: int, quartile: Quartile, method: QuartileMethod) -> list[str]:
    center = Fraction(value.value)
    if quartile != "iqr":
        return _nearest_multiples(value, quartile_step(n, method, quartile))
    start = max(int(center * 4), 0)
    below = next((k for k in range(start, -1, -1) if k < center * 4 and _is_iqr(k, n, method)), None)
    above = next((k for k in range(start, start + 2 * _REPEAT) if k > center * 4 and _is_iqr(k, n, method)), None)
    return [_exact(Fraction(k, 4)) for k in (below, above) if k is not None]


def _of_step(value: Printed, step: Fraction, reason: str, proof: str) -> Judgement:
    rules = by_rule(lambda rule: bool(value.multiples(step, rule)))
    return decide(rules, reason, proof, [] if rules else _nearest_multiples(value, step))


def _nearest_multiples(value: Printed, step: Fraction) -> list[str]:
    center = Fraction(value.value)
    below = center // step * step
    found = [x for x in (below, below + step) if x != center] if below != center else [below - step, below + step]
    decimals = max(
        value.decimals, 0 if step == 1 else 2 if step in {Fraction(1, 2), Fraction(1, 4)} else value.decimals
    )
    texts = [_exact(x) if 4 % step.denominator == 0 else f"{round_number(float(x), decimals):f}" for x in found]
    return list(dict.fromkeys(texts))


def _exact(value: Fraction) -> str:
    """Print a multiple of 1/4 without loss."""
    text = f"{round_number(float(value), 2):f}"
    return text.removesuffix("00").removesuffix(".") if text.endswith(".00") else text.removesuffix("0")


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
