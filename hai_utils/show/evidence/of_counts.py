"""The steps of proportions and tables of counts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.model import Piece, Steps, StepTable, by_name, numbers
from hai_utils.show.wording import population_name
from hai_utils.stats import proportions
from hai_utils.stats.contingency import expected_counts, log_hypergeometric
from hai_utils.stats.multiplicity import holm as adjusted
from hai_utils.stats.normal import chi_square_p, normal_quantile

Pieces = Iterator[Piece]
# Tables with the same margins that are listed; of more the sum alone is said.
MOST_LISTED = 40


def _pair(case: Case) -> tuple[int, int, int, int]:
    (x1, n1), (x2, n2) = (case.count(group) for group in case.groups)
    return x1, n1, x2, n2


def _first_column(case: Case) -> tuple[int, int, int, int]:
    (a, b), (c, d) = case.table.tolist()
    return a, a + b, c, c + d


def _recorded(case: Case) -> Pieces:
    sample, statistic = case.sample, case.record.statistic
    if sample is None and statistic == "n":
        yield "of each level", " + ".join(map(str, case.each_level()))
    elif sample is None or statistic == "n_missing" or case.record.variable not in case.results.samples:
        yield "counted", str(case.record.value)
    else:
        cells = case.texts("value" if "value" in sample.columns else "months")
        yield "rows of the group", str(len(cells))
        yield "of them with a recorded value", str(sum(map(bool, cells)))


def _share(case: Case) -> Pieces:
    x, n = case.count()
    yield (f"{x}/{n}", number(x / n)) if n else ("rows", "0")


def _interval(case: Case) -> Pieces:
    x, n = case.count()
    method, level = case.record.method, case.confidence
    found = proportions.proportion(x, n, method=method, confidence_level=level)
    z, p = normal_quantile(level), x / n
    tails = [number((1 - level) / 2), number(1 - (1 - level) / 2)]
    yield "p = x/n", f"{x}/{n} = {number(p)}"
    if method == "wilson":
        yield "z", number(z)
        yield "center (p + z²/2n)/(1 + z²/n)", number((p + z**2 / (2 * n)) / (1 + z**2 / n))
        yield "half width", number(z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n))
    elif method == "clopper_pearson":
        yield "lower", f"quantile {tails[0]} of Beta({x}, {n - x + 1})" if x else "0, as x = 0"
        yield "upper", f"quantile {tails[1]} of Beta({x + 1}, {n - x})" if x < n else "1, as x = n"
    else:
        yield "distribution", f"Beta({x} + ½, {n - x} + ½), quantiles {' and '.join(tails)}"
    yield "limits", numbers(found.lower or 0.0, 1.0 if found.upper is None else found.upper)


def _risk_difference(case: Case) -> Pieces:
    x1, n1, x2, n2 = _pair(case)
    difference = number((x1 * n2 - x2 * n1) / (n1 * n2))
    yield "p₁ − p₂", f"{x1}/{n1} − {x2}/{n2} = {number(x1 / n1)} − {number(x2 / n2)} = {difference}"


def _newcombe(case: Case) -> Pieces:
    sides = []
    for group in case.groups:
        x, n = case.count(group)
        found = proportions.proportion(x, n, method="wilson", confidence_level=case.confidence)
        low, high = found.lower or 0.0, 1.0 if found.upper is None else found.upper
        sides.append((x / n, low, high))
        yield f"Wilson limits, {population_name(case.study, group)} ({x}/{n} = {number(x / n)})", numbers(low, high)
    (p1, l1, u1), (p2, l2, u2) = sides
    d, below, above = p1 - p2, math.hypot(p1 - l1, u2 - p2), math.hypot(u1 - p1, p2 - l2)
    yield "d", number(d)
    yield "below: √((p₁−l₁)² + (u₂−p₂)²)", number(below)
    yield "above: √((u₁−p₁)² + (p₂−l₂)²)", number(above)
    ends = (
        f"{number(d)} − {number(below)} = {number(d - below)}",
        f"{number(d)} + {number(above)} = {number(d + above)}",
    )
    yield "limits", " to ".join(ends)


def _miettinen_nurminen(case: Case) -> Pieces:
    x1, n1, x2, n2 = _pair(case)
    found = proportions.risk_difference(x1, n1, x2, n2, method="miettinen_nurminen", confidence_level=case.confidence)
    z, d = normal_quantile(case.confidence), x1 / n1 - x2 / n2
    yield "d", number(d)
    yield "z²", number(z**2)
    for words, delta in (("lower", found.lower or 0.0), ("upper", found.upper or 0.0)):
        p2 = proportions.restricted_proportion(x1, n1, x2, n2, delta)
        p1 = p2 + delta
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
        score = "" if variance <= 0 else f"; (d − Δ)²/variance = {number((d - delta) ** 2 / variance)}"
        text = f"p̃₁ = {number(p1)}, p̃₂ = {number(p2)}, variance {number(variance)}{score}"
        yield f"{words} limit Δ = {number(delta)}", text


def _wald(case: Case) -> Pieces:
    x1, n1, x2, n2 = _pair(case)
    p1, p2, z = x1 / n1, x2 / n2, normal_quantile(case.confidence)
    se = math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    yield "d", number(p1 - p2)
    yield "se", number(se)
    yield "z", number(z)
    yield "limits", numbers(p1 - p2 - z * se, p1 - p2 + z * se)


def _conditional_odds_ratio(case: Case) -> Pieces:
    x1, n1, x2, n2 = _pair(case)
    yield "events in both groups", f"{x1} + {x2} = {x1 + x2}"
    least, most = max(0, x1 + x2 - n2), min(n1, x1 + x2)
    yield "possible numbers among the first", f"{least} to {most}, observed {x1}"


def _logarithmic(case: Case) -> Pieces:
    """Show an odds ratio with limits on the scale of its logarithm, by Haldane with ½ added to each count."""
    x1, n1, x2, n2 = _pair(case)
    a, b, c, d = (count + 0.5 * (case.record.method == "haldane") for count in (x1, n1 - x1, x2, n2 - x2))
    ratio, se, z = a * d / (b * c), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d), normal_quantile(case.confidence)
    yield "ad/(bc)", f"{number(a)}·{number(d)}/({number(b)}·{number(c)}) = {number(ratio)}"
    yield "ln OR", number(math.log(ratio))
    yield "se", number(se)
    yield "z", number(z)
    yield "limits", numbers(ratio * math.exp(-z * se), ratio * math.exp(z * se))


def _fisher(case: Case) -> Pieces:
    if case.table.shape != (2, 2):
        rows, columns = (", ".join(map(str, case.table.sum(axis=axis))) for axis in (1, 0))
        yield "margins", f"rows {rows}; columns {columns}"
        return
    x1, n1, x2, n2 = _first_column(case)
    low, logs = log_hypergeometric(n1, n2, x1 + x2)
    p = np.exp(logs) / np.exp(logs).sum()
    observed = p[x1 - low]
    extreme = p <= observed * (1 + 1e-7)
    equal = np.abs(p - observed) <= observed * 1e-7
    yield "probability of the observed table", number(observed)
    yield "sum over the tables less likely", number(p[extreme & ~equal].sum())
    yield "sum over those equally likely", number(p[equal].sum())
    if len(p) <= MOST_LISTED:
        caption = f"Tables with first cell k of {n1} and {n2}, {x1 + x2} in the first column"
        listed = ((str(low + i), number(p[i]), "yes" if extreme[i] else "no") for i in range(len(p)))
        yield StepTable(caption, ("k", "P(k)", "as extreme"), tuple(listed))


def _chi_square(case: Case) -> Pieces:
    table, method = case.table, case.record.method
    expected, total = expected_counts(table), int(table.sum())
    statistic = float(((table - expected) ** 2 / expected).sum())
    if method == "n_minus_1_chi2":
        statistic *= (total - 1) / total
    elif method == "likelihood_ratio":
        statistic = 2 * float((table[table > 0] * np.log(table[table > 0] / expected[table > 0])).sum())
    elif method == "yates_chi2":
        (a, b), (c, d) = table.tolist()
        statistic = total * max(0.0, abs(a * d - b * c) - total / 2) ** 2 / math.prod([a + b, c + d, a + c, b + d])
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    yield "expected counts, row by row", "; ".join(", ".join(map(number, row)) for row in expected.tolist())
    yield "statistic", number(statistic)
    yield "degrees of freedom", str(df)
    yield "P", number(chi_square_p(statistic, df))


def _unconditional(case: Case) -> Pieces:
    x1, n1, x2, n2 = _first_column(case)
    yield "observed", f"{x1}/{n1} and {x2}/{n2}"
    yield "tables with these group sizes", f"{n1 + 1}·{n2 + 1} = {(n1 + 1) * (n2 + 1)}"


def _fragility(case: Case) -> Pieces:
    x1, n1, x2, n2 = _pair(case)
    yield "observed", f"{x1}/{n1} and {x2}/{n2}"
    yield "level of significance", number(case.alpha)


def _standardised_proportions(case: Case) -> Pieces:
    for group, row in zip(case.groups, case.table / case.table.sum(axis=1, keepdims=True), strict=True):
        yield population_name(case.study, group), numbers(*row)


def family(case: Case) -> list[tuple[str, float]]:
    """Return the P values that are adjusted together, by variable, in the order of the outcomes."""
    parameters, record = case.study.parameters, case.record
    names = [name for name in dict.fromkeys(parameters["outcomes"]) if name != parameters["primary_endpoint"]]
    found = [(name, case.results.find_key(f"{name}.{case.record.key.split('.')[-2]}.p_value")) for name in names]
    return [
        (name, float(p.value)) for name, p in found if p is not None and p.value is not None and p.group == record.group
    ]


def _holm(case: Case) -> Pieces:
    found = family(case)
    after = dict(zip([name for name, _ in found], adjusted([p for _, p in found]), strict=True))
    for place, (name, p) in enumerate(sorted(found, key=lambda pair: pair[1])):
        left = len(found) - place
        yield f"{place + 1}. {name}", f"{number(p)}·{left} = {number(p * left)}; adjusted {number(after[name] or 0.0)}"


STEPS: dict[str, Steps] = by_name(
    _recorded, _share, _risk_difference, _newcombe, _miettinen_nurminen, _wald, _conditional_odds_ratio, _logarithmic, _fisher,
    _chi_square, _unconditional, _fragility, _standardised_proportions, _holm,
) | dict.fromkeys(proportions.PROPORTION_INTERVALS, _interval)  # fmt: skip
