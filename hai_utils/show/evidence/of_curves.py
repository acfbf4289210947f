"""The steps of survival endpoints: the table of who is at risk, and what is read off it."""

from __future__ import annotations

import math

import numpy as np

from hai_utils.catalogue.populations import POPULATIONS
from hai_utils.results.formatting import working_number as number
from hai_utils.show.evidence.case import Array, Case
from hai_utils.show.evidence.model import Steps, StepTable, Worked, WorkingStep, by_name, numbers, steps
from hai_utils.show.wording import population_name
from hai_utils.stats import survival
from hai_utils.stats.arrays import IntArray
from hai_utils.stats.crossing import crossings
from hai_utils.stats.normal import normal_quantile
from hai_utils.stats.rank_tests import WEIGHTS
from hai_utils.stats.risk_sets import RiskSets, risk_sets
from hai_utils.stats.survival import Curve

_NEAR = 1e-9


def _name(case: Case, group: str) -> str:
    return POPULATIONS[group].meaning if group in POPULATIONS else population_name(case.study, group)


def _grid(case: Case, group: str, curve: Curve) -> StepTable:
    terms = np.divide(
        curve.events,
        curve.at_risk * (curve.at_risk - curve.events),
        out=np.zeros(len(curve.times)),
        where=curve.at_risk > curve.events,
    )
    columns = (
        curve.times,
        curve.at_risk,
        curve.events,
        curve.censored,
        curve.survival,
        np.cumsum(terms),
        np.nan_to_num(curve.se),
    )
    rows = tuple(tuple(map(number, row)) for row in zip(*(column.tolist() for column in columns), strict=True))
    return StepTable(
        f"At risk: {case.record.label}, {_name(case, group)}",
        ("months", "n", "events d", "censored", "S", "Σ d/(n(n−d))", "se"),
        rows,
    )


def _read(case: Case) -> tuple[Curve, list[StepTable]]:
    curve = case.curve()
    return curve, [_grid(case, case.groups[0], curve)]


def _counted(case: Case) -> Worked:
    curve, grids = _read(case)
    return [
        WorkingStep(
            "patients with a time and a status" if not case.study.synthetic else "rows with a time and a status",
            str(curve.n),
        )
    ], grids


def _left_out(case: Case) -> Worked:
    return steps(("landmark, months", number(case.months)))


def _at(curve: Curve, t: float) -> int:
    return int(np.searchsorted(curve.times, t + _NEAR, side="right")) - 1


def _factors(curve: Curve, last: int) -> str:
    inside = [(int(n), int(d)) for n, d in zip(curve.at_risk[: last + 1], curve.events[: last + 1], strict=True) if d]
    return "·".join(f"({n - d}/{n})" for n, d in inside) or "1"


def _survival_at(case: Case) -> Worked:
    curve, grids = _read(case)
    last = _at(curve, case.months)
    if last < 0:
        return [WorkingStep("no event so far", "S = 1")], grids
    s, se = float(curve.survival[last]), float(curve.se[last])
    found = [
        WorkingStep(f"last time up to {number(case.months)}", f"{number(float(curve.times[last]))} months"),
        WorkingStep("product", f"{_factors(curve, last)} = {number(s)}"),
    ]
    if s > 0:
        found += [
            WorkingStep("Greenwood's sum", number((se / s) ** 2)),
            WorkingStep("se = S·√sum", f"{number(s)}·{number(se / s)} = {number(se)}"),
        ]
    return found, grids


def _survival_limits(case: Case) -> Worked:
    found, grids = _survival_at(case)
    limits = survival.survival_at(
        case.curve(), case.months, method=case.record.method, confidence_level=case.confidence
    )
    z = normal_quantile(case.confidence)
    if limits.lower is not None and limits.upper is not None:
        found += [WorkingStep("z", number(z)), WorkingStep("limits", numbers(limits.lower, limits.upper))]
    return found, grids


def _survival_median(case: Case) -> Worked:
    curve, grids = _read(case)
    at_event = np.flatnonzero(curve.events > 0)
    reached = at_event[curve.survival[at_event] <= 0.5 + _NEAR]
    first = int(reached[0])
    before = float(curve.survival[first - 1]) if first else 1.0
    found = [
        WorkingStep("S before it", number(before)),
        WorkingStep(
            "first event time with S ≤ ½",
            f"{number(float(curve.times[first]))} months, S = {number(float(curve.survival[first]))}",
        ),
    ]
    below = at_event[curve.survival[at_event] < 0.5 - _NEAR]
    if case.record.method == "midpoint" and abs(curve.survival[first] - 0.5) <= _NEAR:
        end = float(curve.times[below[0]]) if len(below) else curve.last_time
        found.append(
            WorkingStep(
                "S stays at ½ until",
                f"{number(end)} months; the middle is {number((float(curve.times[first]) + end) / 2)}",
            )
        )
    return found, grids


def _brookmeyer_crowley(case: Case) -> Worked:
    curve, grids = _read(case)
    kind = case.record.method.rpartition("_")[2]
    low, high = survival.pointwise_band(curve, method=kind, confidence_level=case.confidence)
    at = curve.events > 0
    rows = tuple(
        tuple(number(float(v)) if v == v else "–" for v in row)
        for row in zip(curve.times[at], low[at], high[at], strict=True)
    )
    grid = StepTable(
        f"Pointwise limits ({kind}): {case.record.label}, {_name(case, case.groups[0])}",
        ("months", "lower", "upper"),
        rows,
    )
    found = []
    for words, band in (
        ("lower limit of the median: lower limit of S falls to ½", low),
        ("upper: upper limit of S falls to ½", high),
    ):
        crossed = np.flatnonzero(band <= 0.5 + _NEAR)
        found.append(
            WorkingStep(words, f"at {number(float(curve.times[crossed[0]]))} months" if len(crossed) else "never")
        )
    return [WorkingStep("z", number(normal_quantile(case.confidence))), *found], [*grids, grid]


def _percentile_wald(case: Case) -> Worked:
    curve, grids = _read(case)
    at = curve.events > 0
    t, s, se = curve.times[at], curve.survival[at], curve.se[at]
    m, u, low = (
        int(np.flatnonzero(s <= 0.5 + _NEAR)[0]),
        int(np.flatnonzero(s >= 0.55 - _NEAR)[-1]),
        int(np.flatnonzero(s <= 0.45 + _NEAR)[0]),
    )
    width, z = float(se[m] * (t[low] - t[u]) / (s[u] - s[low])), normal_quantile(case.confidence)
    return [
        WorkingStep("median t₅₀", f"{number(float(t[m]))} months, se(S(t₅₀)) = {number(float(se[m]))}"),
        WorkingStep("u, last event time with S ≥ 0.55", f"{number(float(t[u]))} months, S(u) = {number(float(s[u]))}"),
        WorkingStep("l, first event time with S ≤ 0.45", f"{number(float(t[low]))} months, S(l) = {number(float(s[low]))}"),
        WorkingStep("se(t₅₀)", f"{number(float(se[m]))}·({number(float(t[low]))} − {number(float(t[u]))})/({number(float(s[u]))} − {number(float(s[low]))}) = {number(width)}"),
        WorkingStep("z", number(z)), WorkingStep("limits", numbers(float(t[m]) - z * width, float(t[m]) + z * width)),
    ], grids  # fmt: skip


def _areas(curve: Curve, tau: float, caption: str) -> tuple[StepTable, float, float]:
    before = curve.times < tau
    knots, heights = np.r_[0.0, curve.times[before], tau], np.r_[1.0, curve.survival[before]]
    areas = heights * np.diff(knots)
    after = np.cumsum(areas[::-1])[::-1][1:]
    n, d = curve.at_risk[before].astype(float), curve.events[before]
    terms = np.where((d > 0) & (d < n), after**2 * d / np.where(d < n, n * (n - d), 1.0), 0.0)
    columns = zip(knots[:-1], knots[1:], heights, areas, np.r_[np.nan, after], np.r_[0.0, terms], strict=True)
    rows = tuple(tuple("" if v != v else number(float(v)) for v in row) for row in columns)
    return (
        StepTable(caption, ("from", "to", "S", "area", "A to τ", "A²d/(n(n−d))"), rows),
        float(areas.sum()),
        float(terms.sum()),
    )


def _restricted_mean(case: Case) -> Worked:
    curve, grids = _read(case)
    grid, value, variance = _areas(
        curve, case.months, f"Areas to {number(case.months)} months: {case.record.label}, {_name(case, case.groups[0])}"
    )
    se, z = math.sqrt(variance), normal_quantile(case.confidence)
    return [
        WorkingStep("sum of the areas", number(value)), WorkingStep("sum of A²d/(n(n−d))", number(variance)), WorkingStep("se", number(se)),
        WorkingStep("z", number(z)), WorkingStep("limits", numbers(value - z * se, value + z * se)),
    ], [*grids, grid]  # fmt: skip


def _restricted_mean_difference(case: Case) -> Worked:
    found, grids = [], []
    for group in case.groups:
        grid, value, variance = _areas(
            case.curve(group),
            case.months,
            f"Areas to {number(case.months)} months: {case.record.label}, {_name(case, group)}",
        )
        found.append((value, variance))
        grids.append(grid)
    (m1, v1), (m2, v2) = found
    se = math.sqrt(v1 + v2)
    return [
        *(WorkingStep(f"area and se², {_name(case, g)}", f"{number(m)}, {number(v)}") for g, (m, v) in zip(case.groups, found, strict=True)),
        WorkingStep("difference", number(m1 - m2)), WorkingStep("se = √(sum)", number(se)), WorkingStep("z", number((m1 - m2) / se) if se else "–"),
    ], grids  # fmt: skip


def _follow_up(case: Case) -> Worked:
    time, event = case.times()
    counts = risk_sets(time, event.astype(np.int64))
    c, d = counts.leaving[:, 0, 0], counts.leaving[:, 0, 1]
    exposed = counts.at_risk[:, 0] - (d if case.record.method == "reverse_km" else 0)
    g = np.cumprod(1 - c / np.maximum(exposed, 1))
    rows = tuple(
        (number(float(t)), str(int(n)), str(int(k)), number(float(s)))
        for t, n, k, s in zip(counts.times[c > 0], exposed[c > 0], c[c > 0], g[c > 0], strict=True)
    )
    grid = StepTable(
        f"Censorings ({case.record.method}): {case.record.label}, {_name(case, case.groups[0])}",
        ("months", "exposed", "censored c", "G"),
        rows,
    )
    reached = np.flatnonzero(g <= 0.5 + _NEAR)
    return [
        WorkingStep(
            "first time with G ≤ ½",
            f"{number(float(counts.times[reached[0]]))} months, G = {number(float(g[reached[0]]))}",
        )
    ], [grid]


def _observed(case: Case) -> Worked:
    times = np.sort(case.times()[0])
    places = sorted({(len(times) + 1) // 2, len(times) // 2 + 1})
    return steps(*((f"time at place {place} of {len(times)}", number(float(times[place - 1]))) for place in places))


def _together(case: Case) -> tuple[Array, IntArray, IntArray]:
    parts = [case.times(group) for group in case.groups]
    time, event = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    # The reference, last in the case, has code 0.
    code = np.repeat(np.arange(len(parts))[::-1], [len(part[0]) for part in parts])
    return time, event.astype(np.int64), code


def _counts(case: Case) -> RiskSets:
    time, event, code = _together(case)
    return risk_sets(time, event, group=code, n_groups=len(case.groups))


def _log_rank(case: Case) -> Worked:
    counts = _counts(case)
    at = counts.leaving[:, :, 1].sum(axis=1) > 0
    n_group, d_group = counts.at_risk[at].astype(float), counts.leaving[at, :, 1].astype(float)
    n, d = n_group.sum(axis=1), d_group.sum(axis=1)
    w = WEIGHTS[case.record.method](n, d)
    caption = f"Observed and expected ({case.record.method}): {case.record.label}, {population_name(case.study, case.record.group)}"
    found, columns, heads = [], [counts.times[at], n, d], ["months", "n", "d"]
    for place, group in enumerate(case.groups[:-1] if len(case.groups) == 2 else case.groups):
        code = len(case.groups) - 1 - place
        n1, d1 = n_group[:, code], d_group[:, code]
        expected, v = d * n1 / n, d * (n1 / n) * (1 - n1 / n) * (n - d) / np.maximum(n - 1, 1)
        columns += [n1, d1, expected, w * (d1 - expected), w**2 * v]
        heads += ["n₁", "d₁", "E = d·n₁/n", "w(O − E)", "w²V"]
        found.append(
            WorkingStep(f"{_name(case, group)}: ΣO, ΣE", f"{number(float(d1.sum()))}, {number(float(expected.sum()))}")
        )
        found.append(
            WorkingStep(
                "Σw(O − E), Σw²V", f"{number(float((w * (d1 - expected)).sum()))}, {number(float((w**2 * v).sum()))}"
            )
        )
    if len(case.groups) == 2:
        u, v2 = float((w * (d1 - expected)).sum()), float((w**2 * v).sum())
        found.append(WorkingStep("χ² = (Σw(O − E))²/Σw²V, 1 degree of freedom", number(u**2 / v2) if v2 else "–"))
    rows = tuple(tuple(map(number, row)) for row in zip(*(column.tolist() for column in columns), strict=True))
    return found, [StepTable(caption, tuple(heads), rows)]


def _permutation(case: Case) -> Worked:
    time, event, code = _together(case)
    counts = risk_sets(time, event)
    hazard = np.cumsum(counts.leaving[:, 0, 1] / counts.at_risk[:, 0])
    score = event - hazard[np.searchsorted(counts.times, time - _NEAR)]
    return steps(
        ("O − E of the first group", number(float(score[code == 1].sum()))),
        ("ways to form the groups", f"C({len(time)}, {int(code.sum())}) = {math.comb(len(time), int(code.sum()))}"),
        ("listed", case.record.note or "complete enumeration"),
    )


def _cox(case: Case) -> Worked:
    if case.record.method == "cox_exact":
        return _model(case)
    counts = _counts(case)
    at = counts.leaving[:, :, 1].sum(axis=1) > 0
    n, d = counts.at_risk[at].astype(float), counts.leaving[at, :, 1].astype(float)
    beta, efron = math.log(float(_estimate(case))), case.record.method == "cox_efron"
    rows, score, information = [], 0.0, 0.0
    for t, (n0, n1), (d0, d1) in zip(counts.times[at].tolist(), n.tolist(), d.tolist(), strict=True):
        total = int(d0 + d1)
        gone = [r / total if efron else 0.0 for r in range(total)]
        shares = [(n1 - g * d1) * math.exp(beta) / ((n1 - g * d1) * math.exp(beta) + n0 - g * d0) for g in gone]
        u, i = d1 - sum(shares), sum(p * (1 - p) for p in shares)
        score, information = score + u, information + i
        rows.append(
            (number(t), number(n1), number(n0), number(d1), number(d0), number(sum(shares)), number(u), number(i))
        )
    caption = f"Partial likelihood at the estimate ({case.record.method}): {case.record.label}, {population_name(case.study, case.record.group)}"
    se, z = 1 / math.sqrt(information), normal_quantile(case.confidence)
    grid = StepTable(caption, ("months", "n₁", "n₀", "d₁", "d₀", "expected d₁", "U", "I"), tuple(rows))
    return [
        WorkingStep("β = ln HR", number(beta)), WorkingStep("score ΣU at β", "0 (within rounding)" if abs(score) < 1e-6 else number(score)), WorkingStep("information ΣI", number(information)),
        WorkingStep("se = 1/√ΣI", number(se)), WorkingStep("z", number(z)), WorkingStep("limits", numbers(math.exp(beta - z * se), math.exp(beta + z * se))), WorkingStep("β/se", number(beta / se)),
    ], [grid]  # fmt: skip


def _estimate(case: Case) -> float:
    stem = case.record.key.removesuffix("_lower").removesuffix("_upper").removesuffix("_p")
    return float(case.results.get(stem, case.record.method).value or 1.0)


def _model(case: Case) -> Worked:
    _, event, code = _together(case)
    lines = [
        (f"rows and events, {_name(case, g)}", f"{int((code == c).sum())}, {int(event[code == c].sum())}")
        for g, c in zip(case.groups, range(len(case.groups))[::-1], strict=True)
    ]
    if case.named.record.name == "hazard_ratio":
        lines.append(("β = ln HR", number(math.log(_estimate(case)))))
    return steps(*lines)


def _crossings(case: Case) -> Worked:
    one, other = (case.curve(group) for group in case.groups)
    found = crossings(one, other)
    grids = [_grid(case, group, case.curve(group)) for group in case.groups]
    return [WorkingStep("times at which the curves cross, months", ", ".join(map(number, found)) or "none")], grids


def _status(case: Case) -> Worked:
    assert case.sample is not None
    onset = [cell for cell in case.sample.column("onset") if cell]
    return steps(
        ("rows", str(len(case.sample.rows))), ("of them with a time at which the status was reached", str(len(onset)))
    )


def _causes_counted(case: Case) -> Worked:
    causes = case.texts("cause")
    return steps(*((cause, str(causes.count(cause))) for cause in sorted(set(causes) - {""})))


def _cumulative_incidence(case: Case) -> Worked:
    both = [(float(t), c) for t, c in zip(case.texts("months"), case.texts("cause"), strict=True) if t and c]
    rows, free, total = [], 1.0, 0.0
    for t in sorted({t for t, _ in both}):
        n = sum(other >= t - _NEAR for other, _ in both)
        here = [cause for other, cause in both if abs(other - t) <= _NEAR]
        own, gone = here.count(case.level), sum(cause != "censored" for cause in here)
        total, before, free = total + free * own / n, free, free * (1 - gone / n)
        if t <= case.months + _NEAR:
            rows.append((number(t), str(n), str(own), str(gone - own), number(before), number(total)))
    grid = StepTable(
        f"Cumulative incidence to {number(case.months)} months: {case.record.label}, {_name(case, case.groups[0])}",
        ("months", "n", "d", "other events", "S before", "F"),
        tuple(rows),
    )
    return [WorkingStep("F", rows[-1][-1] if rows else "0")], [grid]


STEPS: dict[str, Steps] = by_name(
    _counted,
    _left_out,
    _survival_at,
    _survival_limits,
    _survival_median,
    _brookmeyer_crowley,
    _percentile_wald,
    _restricted_mean,
    _restricted_mean_difference,
    _follow_up,
    _observed,
    _log_rank,
    _permutation,
    _crossings,
    _status,
    _cox,
    _model,
    _causes_counted,
    _cumulative_incidence,
) | {"firth": _model, "proportional_hazards": _model, "gray": _causes_counted}
