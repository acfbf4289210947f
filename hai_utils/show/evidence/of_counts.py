"""The steps of proportions and tables of counts."""

from __future__ import annotations

import math

import numpy as np

from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.model import Steps, StepTable, Worked, WorkingStep, by_name, numbers, steps
from hai_utils.show.wording import population_name
from hai_utils.stats import proportions
from hai_utils.stats.contingency import expected_counts, log_hypergeometric
from hai_utils.stats.multiplicity import holm as adjusted
from hai_utils.stats.normal import chi_square_p, normal_quantile

# Tables with the same margins that are listed; of more the sum alone is said.
MOST_LISTED = 40


def _pair(case: Case) -> tuple[int, int, int, int]:
    (x1, n1), (x2, n2) = (case.count(group) for group in case.groups)
    return x1, n1, x2, n2


def _first_column(case: Case) -> tuple[int, int, int, int]:
    (a, b), (c, d) = case.table.tolist()
    return a, a + b, c, c + d


def _recorded(case: Case) -> Worked:
    if case.sample is None and case.record.statistic == "n":
        return steps(("of each level", " + ".join(map(str, case.each_level()))))
    if case.sample is None or case.record.statistic == "n_missing" or case.record.variable not in case.results.samples:
        return steps(("counted", str(case.record.value)))
    column = "value" if "value" in case.sample.columns else "months"
    cells = case.texts(column)
    return steps(("rows of the group", str(len(cells))), ("of them with a recorded value", str(sum(map(bool, cells)))))


def _share(case: Case) -> Worked:
    x, n = case.count()
    return steps((f"{x}/{n}", number(x / n)) if n else ("rows", "0"))


def _interval(case: Case) -> Worked:
    x, n = case.count()
    method, level = case.record.method, case.confidence
    found = proportions.proportion(x, n, method=method, confidence_level=level)
    z, alpha = normal_quantile(level), 1 - level
    inner = {
        "wilson": (
            ("center (p + z²/2n)/(1 + z²/n)", number((x / n + z**2 / (2 * n)) / (1 + z**2 / n))),
            ("half width", number(z * math.sqrt(x / n * (1 - x / n) / n + z**2 / (4 * n**2)) / (1 + z**2 / n))),
        ),
        "clopper_pearson": (
            ("lower", f"quantile {number(alpha / 2)} of Beta({x}, {n - x + 1})" if x else "0, as x = 0"),
            ("upper", f"quantile {number(1 - alpha / 2)} of Beta({x + 1}, {n - x})" if x < n else "1, as x = n"),
        ),
        "jeffreys": (
            ("distribution", f"Beta({x} + ½, {n - x} + ½), quantiles {number(alpha / 2)} and {number(1 - alpha / 2)}"),
        ),
    }[method]
    return steps(
        ("p = x/n", f"{x}/{n} = {number(x / n)}"), ("z", number(z)), *inner,
        ("limits", numbers(found.lower or 0.0, 1.0 if found.upper is None else found.upper)),
    )  # fmt: skip


def _risk_difference(case: Case) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    return steps(
        (
            "p₁ − p₂",
            f"{x1}/{n1} − {x2}/{n2} = {number(x1 / n1)} − {number(x2 / n2)} = {number((x1 * n2 - x2 * n1) / (n1 * n2))}",
        )
    )


def _newcombe(case: Case) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    found = []
    for group, x, n in zip(case.groups, (x1, x2), (n1, n2), strict=True):
        limits = proportions.proportion(x, n, method="wilson", confidence_level=case.confidence)
        found.append(
            (limits.lower or 0.0, 1.0 if limits.upper is None else limits.upper, group, f"{x}/{n} = {number(x / n)}")
        )
    p1, p2, ((l1, u1, *_), (l2, u2, *_)) = x1 / n1, x2 / n2, found
    below, above = math.hypot(p1 - l1, u2 - p2), math.hypot(u1 - p1, p2 - l2)
    words = [(f"Wilson limits, {population_name(case.study, g)} ({of})", numbers(lo, up)) for lo, up, g, of in found]
    return steps(
        *words, ("d", number(p1 - p2)),
        ("below: √((p₁−l₁)² + (u₂−p₂)²)", number(below)), ("above: √((u₁−p₁)² + (p₂−l₂)²)", number(above)),
        ("limits", f"{number(p1 - p2)} − {number(below)} = {number(p1 - p2 - below)} to {number(p1 - p2)} + {number(above)} = {number(p1 - p2 + above)}"),
    )  # fmt: skip


def _miettinen_nurminen(case: Case) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    found = proportions.risk_difference(x1, n1, x2, n2, method="miettinen_nurminen", confidence_level=case.confidence)
    lines, z, d = [], normal_quantile(case.confidence), x1 / n1 - x2 / n2
    for words, delta in (("lower", found.lower), ("upper", found.upper)):
        p2 = proportions.restricted_proportion(x1, n1, x2, n2, delta or 0.0)
        p1 = p2 + (delta or 0.0)
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
        score = "" if variance <= 0 else f"; (d − Δ)²/variance = {number((d - (delta or 0.0)) ** 2 / variance)}"
        lines.append(
            (
                f"{words} limit Δ = {number(delta or 0.0)}",
                f"p̃₁ = {number(p1)}, p̃₂ = {number(p2)}, variance {number(variance)}{score}",
            )
        )
    return steps(("d", number(d)), ("z²", number(z**2)), *lines)


def _wald(case: Case) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    p1, p2 = x1 / n1, x2 / n2
    se = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    z = normal_quantile(case.confidence)
    return steps(
        ("d", number(p1 - p2)),
        ("se", number(se)),
        ("z", number(z)),
        ("limits", numbers(p1 - p2 - z * se, p1 - p2 + z * se)),
    )


def _conditional_odds_ratio(case: Case) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    low = max(0, x1 + x2 - n2)
    return steps(
        ("events in both groups", f"{x1} + {x2} = {x1 + x2}"),
        ("possible numbers among the first", f"{low} to {min(n1, x1 + x2)}, observed {x1}"),
    )


def _woolf(case: Case) -> Worked:
    return _with_added(case, 0.0)


def _haldane(case: Case) -> Worked:
    return _with_added(case, 0.5)


def _with_added(case: Case, add: float) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    a, b, c, d = x1 + add, n1 - x1 + add, x2 + add, n2 - x2 + add
    ratio, se, z = a * d / (b * c), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), normal_quantile(case.confidence)
    return steps(
        ("ad/(bc)", f"{number(a)}·{number(d)}/({number(b)}·{number(c)}) = {number(ratio)}"), ("ln OR", number(math.log(ratio))),
        ("se", number(se)), ("z", number(z)), ("limits", numbers(ratio * math.exp(-z * se), ratio * math.exp(z * se))),
    )  # fmt: skip


def _fisher(case: Case) -> Worked:
    if case.table.shape != (2, 2):
        return steps(("margins", f"rows {_listed(case.table.sum(axis=1))}; columns {_listed(case.table.sum(axis=0))}"))
    x1, n1, x2, n2 = _first_column(case)
    low, logs = log_hypergeometric(n1, n2, x1 + x2)
    p = np.exp(logs) / np.exp(logs).sum()
    observed = p[x1 - low]
    extreme = p <= observed * (1 + 1e-7)
    equal = np.abs(p - observed) <= observed * 1e-7
    rows = tuple((str(low + i), number(float(p[i])), "yes" if extreme[i] else "no") for i in range(len(p)))
    grids = [
        StepTable(
            f"Tables with first cell k of {n1} and {n2}, {x1 + x2} in the first column",
            ("k", "P(k)", "as extreme"),
            rows,
        )
    ]
    found = [
        WorkingStep("probability of the observed table", number(float(observed))),
        WorkingStep("sum over the tables less likely", number(float(p[extreme & ~equal].sum()))),
        WorkingStep("sum over those equally likely", number(float(p[equal].sum()))),
    ]
    return found, grids if len(rows) <= MOST_LISTED else []


def _listed(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    return ", ".join(map(str, values.tolist()))


def _chi_square(case: Case) -> Worked:
    table, method = case.table, case.record.method
    expected, total = expected_counts(table), int(table.sum())
    rows = "; ".join(", ".join(map(number, row)) for row in expected.tolist())
    pearson = float(((table - expected) ** 2 / expected).sum())
    likely = 2 * float((table[table > 0] * np.log(table[table > 0] / expected[table > 0])).sum())
    statistic = {"n_minus_1_chi2": pearson * (total - 1) / total, "likelihood_ratio": likely}.get(method, pearson)
    if method == "yates_chi2":
        (a, b), (c, d) = table.tolist()
        statistic = total * max(0.0, abs(a * d - b * c) - total / 2) ** 2 / math.prod([a + b, c + d, a + c, b + d])
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    return steps(
        ("expected counts, row by row", rows), ("statistic", number(statistic)), ("degrees of freedom", str(df)),
        ("P", number(chi_square_p(statistic, df))),
    )  # fmt: skip


def _unconditional(case: Case) -> Worked:
    x1, n1, x2, n2 = _first_column(case)
    return steps(
        ("observed", f"{x1}/{n1} and {x2}/{n2}"),
        ("tables with these group sizes", f"{n1 + 1}·{n2 + 1} = {(n1 + 1) * (n2 + 1)}"),
    )


def _fragility(case: Case) -> Worked:
    x1, n1, x2, n2 = _pair(case)
    return steps(
        ("observed", f"{x1}/{n1} and {x2}/{n2}"),
        ("level of significance", number(float(case.study.parameters["significance_level"]))),
    )


def _standardised_proportions(case: Case) -> Worked:
    shares = case.table / case.table.sum(axis=1, keepdims=True)
    return steps(
        *((population_name(case.study, g), numbers(*row)) for g, row in zip(case.groups, shares.tolist(), strict=True))
    )


def family(case: Case) -> list[tuple[str, float]]:
    """Return the P values that are adjusted together, by variable, in the order of the outcomes."""
    parameters, record = case.study.parameters, case.record
    names = [name for name in dict.fromkeys(parameters["outcomes"]) if name != parameters["primary_endpoint"]]
    found = [(name, case.results.find_key(f"{name}.{case.record.key.split('.')[-2]}.p_value")) for name in names]
    return [
        (name, float(p.value)) for name, p in found if p is not None and p.value is not None and p.group == record.group
    ]


def _holm(case: Case) -> Worked:
    found = family(case)
    ordered = sorted(found, key=lambda pair: pair[1])
    after = dict(zip([name for name, _ in found], adjusted([p for _, p in found]), strict=True))
    return steps(
        *(
            (f"{place}. {name}", f"{number(p)}·{len(ordered) - place + 1} = {number(p * (len(ordered) - place + 1))}; adjusted {number(after[name] or 0.0)}")
            for place, (name, p) in enumerate(ordered, start=1)
        )
    )  # fmt: skip


STEPS: dict[str, Steps] = by_name(
    _recorded,
    _share,
    _risk_difference,
    _newcombe,
    _miettinen_nurminen,
    _wald,
    _conditional_odds_ratio,
    _woolf,
    _haldane,
    _fisher,
    _chi_square,
    _unconditional,
    _fragility,
    _standardised_proportions,
    _holm,
) | dict.fromkeys(proportions.PROPORTION_INTERVALS, _interval)
