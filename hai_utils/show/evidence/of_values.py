"""The steps of continuous variables."""

from __future__ import annotations

import math

import numpy as np

from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import Array, Case
from hai_utils.show.evidence.model import Steps, Worked, by_name, numbers, steps
from hai_utils.show.wording import population_name
from hai_utils.stats import location, one_group
from hai_utils.stats.normal import normal_quantile
from hai_utils.stats.sorted_differences import differences_at

# Where the quartiles lie among n sorted values, in words that hold of any n.
_PLACES = {
    "type_6": lambda n: ((n + 1) / 4, 3 * (n + 1) / 4),
    "type_7": lambda n: (1 + (n - 1) / 4, 1 + 3 * (n - 1) / 4),
}


def _spread(x: Array) -> float:
    return float(x.std(ddof=1)) if len(x) > 1 else 0.0


def _mean(case: Case) -> Worked:
    x = case.values()
    return steps(("Σx", number(math.fsum(x))), ("n", str(len(x))), ("Σx/n", number(math.fsum(x) / len(x))))


def _sd(case: Case) -> Worked:
    x = case.values()
    squares = math.fsum((x - x.mean()) ** 2)
    return steps(
        ("x̄", number(float(x.mean()))),
        ("Σ(x − x̄)²", number(squares)),
        ("n − 1", str(len(x) - 1)),
        ("root of the ratio", number(_spread(x))),
    )


def _median(case: Case) -> Worked:
    x = case.values()
    places = sorted({(len(x) + 1) // 2, len(x) // 2 + 1})
    return steps(*((f"value at place {place} of {len(x)}", number(float(x[place - 1]))) for place in places))


def _extreme(case: Case) -> Worked:
    x = case.values()
    return steps(("sorted", f"{number(float(x[0]))} … {number(float(x[-1]))}"))


def _quartile(case: Case) -> Worked:
    x, method = case.values(), case.record.method
    found = [float(q.value or 0.0) for q in one_group.quartiles(x, method=method)]
    places = _PLACES[method](len(x)) if method in _PLACES else ()
    where = [("places of the quartiles", " and ".join(map(number, places)))] if places else []
    return steps(
        ("n", str(len(x))),
        *where,
        ("first and third quartile", f"{number(found[0])} and {number(found[1])}"),
        ("difference", number(found[1] - found[0])),
    )


def _shapiro(case: Case) -> Worked:
    found = one_group.shapiro_wilk(case.values())
    return steps(("W", number(found.value or 0.0)), ("P", number(found.p_value or 0.0)))


def _both(case: Case) -> tuple[Array, Array]:
    return case.values(case.groups[0]), case.values(case.groups[1])


def _rank_sums(case: Case) -> Worked:
    x, y = _both(case)
    pooled = np.concatenate([x, y])
    distinct, sizes = np.unique(pooled, return_counts=True)
    ends = np.cumsum(sizes)
    rank = dict(zip(distinct.tolist(), (ends - (sizes - 1) / 2).tolist(), strict=True))
    ranks = [[rank[value] for value in group.tolist()] for group in (x, y)]
    n1, n2 = len(x), len(y)
    u, ties = math.fsum(ranks[0]) - n1 * (n1 + 1) / 2, sizes[sizes > 1].astype(float)
    total = n1 + n2
    variance = n1 * n2 / 12 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1))) if total > 1 else 0.0
    return steps(
        *((f"midranks, {population_name(case.study, g)}", ", ".join(map(number, r))) for g, r in zip(case.groups, ranks, strict=True)),
        ("rank sum W of the first", number(math.fsum(ranks[0]))), ("expected", number(n1 * (total + 1) / 2)),
        ("U = W − n₁(n₁ + 1)/2", number(u)), ("n₁n₂ − U", number(n1 * n2 - u)),
        ("sizes of ties", ", ".join(map(number, ties)) or "none"), ("s, corrected for ties", number(math.sqrt(variance))),
    )  # fmt: skip


def _t_test(case: Case) -> Worked:
    groups = _both(case)
    found = location.mean_difference(*groups, method=case.record.method, confidence_level=case.confidence)
    spreads = [_spread(x) ** 2 / len(x) for x in groups]
    df = float(sum(map(len, groups)) - 2)
    if case.record.method == "welch_t" and any(spreads):
        df = math.fsum(spreads) ** 2 / math.fsum(s**2 / (len(x) - 1) for s, x in zip(spreads, groups, strict=True))
    se = found.se or 0.0
    return steps(
        *((f"n, mean, sd, {population_name(case.study, g)}", f"{len(x)}, {number(float(x.mean()))}, {number(_spread(x))}") for g, x in zip(case.groups, groups, strict=True)),
        ("difference", number(found.value or 0.0)), ("se", number(se)), ("degrees of freedom", number(df)),
        ("t", number((found.value or 0.0) / se) if se else "–"), ("limits", numbers(found.lower or 0.0, found.upper or 0.0)), ("P", number(found.p_value or 0.0)),
    )  # fmt: skip


def _hodges_lehmann(case: Case) -> Worked:
    x, y = _both(case)
    pairs = len(x) * len(y)
    middle = differences_at(x, y, ((pairs - 1) // 2, pairs // 2))
    found = [
        ("differences n₁n₂", f"{len(x)}·{len(y)} = {pairs}"),
        (f"sorted, at ranks {(pairs + 1) // 2} and {pairs // 2 + 1}", numbers(*middle)),
    ]
    if case.record.method:
        limits = location.hodges_lehmann(x, y, method=case.record.method, confidence_level=case.confidence)
        s = np.sort(np.subtract.outer(x, y).ravel())
        k = (
            int(np.searchsorted(s, limits.lower or 0.0, side="left")) + 1,
            int(np.searchsorted(s, limits.lower or 0.0, side="right")),
        )
        rank = f"{k[0]}" if k[0] == k[1] else f"{k[0]} to {k[1]} (tied), k among them"
        found += [
            ("z" if case.record.method != "exact" else "α/2", number(normal_quantile(case.confidence) if case.record.method != "exact" else (1 - case.confidence) / 2)),
            ("lower limit, the difference at rank", f"{rank}: {number(limits.lower or 0.0)}"),
            ("upper limit, as far from the other end", number(limits.upper or 0.0)),
        ]  # fmt: skip
    return steps(*found)


def _standardised_means(case: Case) -> Worked:
    x, y = _both(case)
    return steps(
        ("means", f"{number(float(x.mean()))} and {number(float(y.mean()))}"), ("standard deviations", f"{number(_spread(x))} and {number(_spread(y))}"),
        ("√((s₁² + s₂²)/2)", number(math.sqrt((_spread(x) ** 2 + _spread(y) ** 2) / 2))),
    )  # fmt: skip


def _several(case: Case) -> Worked:
    groups = [(g, case.values(g)) for g in case.groups]
    found = location.compare_many_locations([x for _, x in groups], method=case.record.method)
    return steps(
        *((f"n, mean, sd, {population_name(case.study, g)}", f"{len(x)}, {number(float(x.mean()))}, {number(_spread(x))}") for g, x in groups if len(x)),
        ("statistic", number(found.value or 0.0)),
    )  # fmt: skip


STEPS: dict[str, Steps] = by_name(
    _mean,
    _sd,
    _median,
    _quartile,
    _shapiro,
    _rank_sums,
    _t_test,
    _hodges_lehmann,
    _standardised_means,
) | {"min": _extreme, "max": _extreme, "kruskal_wallis": _several, "anova": _several}
