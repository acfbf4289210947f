"""The steps of continuous variables."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.model import Piece, Steps, by_name, numbers
from hai_utils.show.wording import population_name
from hai_utils.stats import location, one_group
from hai_utils.stats.arrays import FloatArray
from hai_utils.stats.normal import normal_quantile
from hai_utils.stats.sorted_differences import differences_at

Pieces = Iterator[Piece]
# Where the quartiles lie among n sorted values, in words that hold of any n.
_PLACES = {
    "type_6": lambda n: ((n + 1) / 4, 3 * (n + 1) / 4),
    "type_7": lambda n: (1 + (n - 1) / 4, 1 + 3 * (n - 1) / 4),
}


def _spread(x: FloatArray) -> float:
    return float(x.std(ddof=1)) if len(x) > 1 else 0.0


def _mean(case: Case) -> Pieces:
    x = case.values()
    yield "Σx", number(math.fsum(x))
    yield "n", str(len(x))
    yield "Σx/n", number(math.fsum(x) / len(x))


def _sd(case: Case) -> Pieces:
    x = case.values()
    yield "x̄", number(x.mean())
    yield "Σ(x − x̄)²", number(math.fsum((x - x.mean()) ** 2))
    yield "n − 1", str(len(x) - 1)
    yield "root of the ratio", number(_spread(x))


def _median(case: Case) -> Pieces:
    x = case.values()
    for place in sorted({(len(x) + 1) // 2, len(x) // 2 + 1}):
        yield f"value at place {place} of {len(x)}", number(x[place - 1])


def _extreme(case: Case) -> Pieces:
    x = case.values()
    yield "sorted", f"{number(x[0])} … {number(x[-1])}"


def _quartile(case: Case) -> Pieces:
    x, method = case.values(), case.record.method
    first, third = (q.value or 0.0 for q in one_group.quartiles(x, method=method))
    yield "n", str(len(x))
    if method in _PLACES:
        yield "places of the quartiles", " and ".join(map(number, _PLACES[method](len(x))))
    yield "first and third quartile", f"{number(first)} and {number(third)}"
    yield "difference", number(third - first)


def _shapiro(case: Case) -> Pieces:
    found = one_group.shapiro_wilk(case.values())
    yield "W", number(found.value or 0.0)
    yield "P", number(found.p_value or 0.0)


def _groups(case: Case) -> list[FloatArray]:
    return [case.values(group) for group in case.groups]


def _described(case: Case) -> Pieces:
    for group, x in zip(case.groups, _groups(case), strict=True):
        if len(x):
            words = f"n, mean, sd, {population_name(case.study, group)}"
            yield words, f"{len(x)}, {number(x.mean())}, {number(_spread(x))}"


def _rank_sums(case: Case) -> Pieces:
    x, y = _groups(case)
    distinct, sizes = np.unique(np.concatenate([x, y]), return_counts=True)
    midranks = np.cumsum(sizes) - (sizes - 1) / 2
    ranks = [midranks[np.searchsorted(distinct, group)].tolist() for group in (x, y)]
    n1, n2, ties = len(x), len(y), sizes[sizes > 1].astype(float)
    total, w = n1 + n2, math.fsum(ranks[0])
    u = w - n1 * (n1 + 1) / 2
    variance = n1 * n2 / 12 * (total + 1 - (ties**3 - ties).sum() / (total * (total - 1))) if total > 1 else 0.0
    for group, its in zip(case.groups, ranks, strict=True):
        yield f"midranks, {population_name(case.study, group)}", ", ".join(map(number, its))
    yield "rank sum W of the first", number(w)
    yield "expected", number(n1 * (total + 1) / 2)
    yield "U = W − n₁(n₁ + 1)/2", number(u)
    yield "n₁n₂ − U", number(n1 * n2 - u)
    yield "sizes of ties", ", ".join(map(number, ties)) or "none"
    yield "s, corrected for ties", number(math.sqrt(variance))


def _t_test(case: Case) -> Pieces:
    groups = _groups(case)
    found = location.mean_difference(*groups, method=case.record.method, confidence_level=case.confidence)
    spreads = [_spread(x) ** 2 / len(x) for x in groups]
    df = float(sum(map(len, groups)) - 2)
    if case.record.method == "welch_t" and any(spreads):
        df = math.fsum(spreads) ** 2 / math.fsum(s**2 / (len(x) - 1) for s, x in zip(spreads, groups, strict=True))
    value, se = found.value or 0.0, found.se or 0.0
    yield from _described(case)
    yield "difference", number(value)
    yield "se", number(se)
    yield "degrees of freedom", number(df)
    yield "t", number(value / se) if se else "–"
    yield "limits", numbers(found.lower or 0.0, found.upper or 0.0)
    yield "P", number(found.p_value or 0.0)


def _hodges_lehmann(case: Case) -> Pieces:
    (x, y), method = _groups(case), case.record.method
    pairs = len(x) * len(y)
    yield "differences n₁n₂", f"{len(x)}·{len(y)} = {pairs}"
    middle = differences_at(x, y, ((pairs - 1) // 2, pairs // 2))
    yield f"sorted, at ranks {(pairs + 1) // 2} and {pairs // 2 + 1}", numbers(*middle)
    if not method:
        return
    limits = location.hodges_lehmann(x, y, method=method, confidence_level=case.confidence)
    s, lower = np.sort(np.subtract.outer(x, y).ravel()), limits.lower or 0.0
    first, last = np.searchsorted(s, lower, side="left") + 1, np.searchsorted(s, lower, side="right")
    rank = f"{first}" if first == last else f"{first} to {last} (tied), k among them"
    exact = method == "exact"
    yield ("α/2", number((1 - case.confidence) / 2)) if exact else ("z", number(normal_quantile(case.confidence)))
    yield "lower limit, the difference at rank", f"{rank}: {number(lower)}"
    yield "upper limit, as far from the other end", number(limits.upper or 0.0)


def _standardised_means(case: Case) -> Pieces:
    x, y = _groups(case)
    yield "means", f"{number(x.mean())} and {number(y.mean())}"
    yield "standard deviations", f"{number(_spread(x))} and {number(_spread(y))}"
    yield "√((s₁² + s₂²)/2)", number(math.sqrt((_spread(x) ** 2 + _spread(y) ** 2) / 2))


def _several(case: Case) -> Pieces:
    yield from _described(case)
    found = location.compare_many_locations(_groups(case), method=case.record.method)
    yield "statistic", number(found.value or 0.0)


STEPS: dict[str, Steps] = by_name(
    _mean, _sd, _median, _quartile, _shapiro, _rank_sums, _t_test, _hodges_lehmann, _standardised_means
) | {"min": _extreme, "max": _extreme, "kruskal_wallis": _several, "anova": _several}
