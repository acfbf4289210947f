"""The steps of survival endpoints: the table of who is at risk, and what is read off it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import numpy as np

from hai_utils.catalogue.endpoints import CENSORED
from hai_utils.catalogue.populations import POPULATIONS
from hai_utils.results.formatting import working_number as number
from hai_utils.results.table import Results
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.model import Piece, Steps, StepTable, by_name, numbers
from hai_utils.show.wording import population_name
from hai_utils.stats import survival
from hai_utils.stats.arrays import FloatArray, IntArray
from hai_utils.stats.crossing import crossings
from hai_utils.stats.normal import normal_quantile
from hai_utils.stats.rank_tests import WEIGHTS
from hai_utils.stats.risk_sets import RiskSets, risk_sets
from hai_utils.stats.survival import Curve

_NEAR = 1e-9
Pieces = Iterator[Piece]
# By endpoint and groups.
_AT_RISK: WeakKeyDictionary[Results, dict[tuple[str, tuple[str, ...] | None], StepTable]] = WeakKeyDictionary()


def _name(case: Case, group: str) -> str:
    return POPULATIONS[group].meaning if group in POPULATIONS else population_name(case.study, group)


def _about(case: Case, what: str, group: str = "") -> str:
    """Return the caption of a table."""
    whose = (
        _name(case, group or case.groups[0])
        if len(case.groups) == 1 or group
        else population_name(case.study, case.record.group)
    )
    return f"{what}: {case.record.label}, {whose}"  # fmt: skip


def _terms(n: IntArray, d: IntArray) -> FloatArray:
    """Return d/(n(n - d)), 0 where all have the event."""
    return np.divide(d, n * (n - d), out=np.zeros(len(n)), where=n > d)


def _grid(case: Case, group: str = "") -> StepTable:
    """Return who is at risk; many numbers rest on one such table."""
    known, place = _AT_RISK.setdefault(case.results, {}), (case.record.variable, case.members(group))
    if place not in known:
        known[place] = _at_risk(case.curve(group), _about(case, "At risk", group))
    return known[place]


def _at_risk(curve: Curve, caption: str) -> StepTable:
    columns = (
        curve.times, curve.at_risk, curve.events, curve.censored, curve.survival,
        np.cumsum(_terms(curve.at_risk, curve.events)), np.nan_to_num(curve.se),
    )  # fmt: skip
    heads = ("months", "n", "events d", "censored", "S", "Σ d/(n(n−d))", "se")
    return StepTable.of(caption, heads, columns)


def _counted(case: Case) -> Pieces:
    yield f"{'rows' if case.study.synthetic else 'patients'} with a time and a status", str(case.curve().n)
    yield _grid(case)


def _left_out(case: Case) -> Pieces:
    yield "landmark, months", number(case.months)


def _factors(curve: Curve, last: int) -> str:
    inside = [(n, d) for n, d in zip(curve.at_risk[: last + 1], curve.events[: last + 1], strict=True) if d]
    return "·".join(f"({n - d}/{n})" for n, d in inside) or "1"


def _survival_at(case: Case) -> Pieces:
    curve = case.curve()
    yield _grid(case)
    last = int(np.searchsorted(curve.times, case.months + _NEAR, side="right")) - 1
    if last < 0:
        yield "no event so far", "S = 1"
        return
    s, se = curve.survival[last], curve.se[last]
    yield f"last time up to {number(case.months)}", f"{number(curve.times[last])} months"
    yield "product", f"{_factors(curve, last)} = {number(s)}"
    if s > 0:
        yield "Greenwood's sum", number((se / s) ** 2)
        yield "se = S·√sum", f"{number(s)}·{number(se / s)} = {number(se)}"


def _survival_limits(case: Case) -> Pieces:
    yield from _survival_at(case)
    limits = survival.survival_at(
        case.curve(), case.months, method=case.record.method, confidence_level=case.confidence
    )
    if limits.lower is not None and limits.upper is not None:
        yield "z", number(normal_quantile(case.confidence))
        yield "limits", numbers(limits.lower, limits.upper)


def _survival_median(case: Case) -> Pieces:
    curve = case.curve()
    yield _grid(case)
    at_event = np.flatnonzero(curve.events > 0)
    first = int(at_event[curve.survival[at_event] <= 0.5 + _NEAR][0])
    time, s = curve.times[first], curve.survival[first]
    yield "S before it", number(curve.survival[first - 1] if first else 1)
    yield "first event time with S ≤ ½", f"{number(time)} months, S = {number(s)}"
    if case.record.method == "midpoint" and abs(s - 0.5) <= _NEAR:
        below = at_event[curve.survival[at_event] < 0.5 - _NEAR]
        end = curve.times[below[0]] if len(below) else curve.last_time
        yield "S stays at ½ until", f"{number(end)} months; the middle is {number((time + end) / 2)}"


def _brookmeyer_crowley(case: Case) -> Pieces:
    curve, kind = case.curve(), case.record.method.rpartition("_")[2]
    low, high = survival.pointwise_band(curve, method=kind, confidence_level=case.confidence)
    at = curve.events > 0
    yield "z", number(normal_quantile(case.confidence))
    for words, band in (
        ("lower limit of the median: lower limit of S falls to ½", low), ("upper: upper limit of S falls to ½", high),
    ):  # fmt: skip
        crossed = np.flatnonzero(band <= 0.5 + _NEAR)
        yield words, f"at {number(curve.times[crossed[0]])} months" if len(crossed) else "never"
    yield _grid(case)
    columns = (curve.times[at], low[at], high[at])
    yield StepTable.of(_about(case, f"Pointwise limits ({kind})"), ("months", "lower", "upper"), columns, missing="–")


def _percentile_wald(case: Case) -> Pieces:
    curve = case.curve()
    yield _grid(case)
    at = curve.events > 0
    t, s, se = curve.times[at], curve.survival[at], curve.se[at]
    m, low = (np.flatnonzero(s <= share + _NEAR)[0] for share in (0.5, 0.45))
    u = np.flatnonzero(s >= 0.55 - _NEAR)[-1]
    width, z = se[m] * (t[low] - t[u]) / (s[u] - s[low]), normal_quantile(case.confidence)
    yield "median t₅₀", f"{number(t[m])} months, se(S(t₅₀)) = {number(se[m])}"
    yield "u, last event time with S ≥ 0.55", f"{number(t[u])} months, S(u) = {number(s[u])}"
    yield "l, first event time with S ≤ 0.45", f"{number(t[low])} months, S(l) = {number(s[low])}"
    yield "se(t₅₀)", f"{number(se[m])}·({number(t[low])} − {number(t[u])})/({number(s[u])} − {number(s[low])}) = {number(width)}"  # fmt: skip
    yield "z", number(z)
    yield "limits", numbers(t[m] - z * width, t[m] + z * width)


def _areas(case: Case, group: str = "") -> tuple[StepTable, float, float]:
    """Return the areas under a curve until the time of the statistic, their sum, and its variance."""
    curve, tau = case.curve(group), case.months
    before = curve.times < tau
    knots, heights = np.r_[0.0, curve.times[before], tau], np.r_[1.0, curve.survival[before]]
    areas = heights * np.diff(knots)
    after = np.cumsum(areas[::-1])[::-1][1:]
    terms = after**2 * _terms(curve.at_risk[before], curve.events[before])
    columns = (knots[:-1], knots[1:], heights, areas, np.r_[np.nan, after], np.r_[0.0, terms])
    heads = ("from", "to", "S", "area", "A to τ", "A²d/(n(n−d))")
    return StepTable.of(_about(case, f"Areas to {number(tau)} months", group), heads, columns), areas.sum(), terms.sum()


def _restricted_mean(case: Case) -> Pieces:
    grid, value, variance = _areas(case)
    se, z = math.sqrt(variance), normal_quantile(case.confidence)
    yield "sum of the areas", number(value)
    yield "sum of A²d/(n(n−d))", number(variance)
    yield "se", number(se)
    yield "z", number(z)
    yield "limits", numbers(value - z * se, value + z * se)
    yield _grid(case)
    yield grid


def _restricted_mean_difference(case: Case) -> Pieces:
    (grid1, m1, v1), (grid2, m2, v2) = found = [_areas(case, group) for group in case.groups]
    se = math.sqrt(v1 + v2)
    for group, (_, mean, variance) in zip(case.groups, found, strict=True):
        yield f"area and se², {_name(case, group)}", f"{number(mean)}, {number(variance)}"
    yield "difference", number(m1 - m2)
    yield "se = √(sum)", number(se)
    yield "z", number((m1 - m2) / se) if se else "–"
    yield from (grid1, grid2)


def _follow_up(case: Case) -> Pieces:
    time, event = case.times()
    counts = risk_sets(time, event.astype(np.int64))
    c, d = counts.leaving[:, 0, 0], counts.leaving[:, 0, 1]
    exposed = counts.at_risk[:, 0] - (d if case.record.method == "reverse_km" else 0)
    g = np.cumprod(1 - c / np.maximum(exposed, 1))
    reached = np.flatnonzero(g <= 0.5 + _NEAR)[0]
    yield "first time with G ≤ ½", f"{number(counts.times[reached])} months, G = {number(g[reached])}"
    columns = [column[c > 0] for column in (counts.times, exposed, c, g)]
    heads = ("months", "exposed", "censored c", "G")
    yield StepTable.of(_about(case, f"Censorings ({case.record.method})"), heads, columns)


def _observed(case: Case) -> Pieces:
    times = np.sort(case.times()[0])
    for place in sorted({(len(times) + 1) // 2, len(times) // 2 + 1}):
        yield f"time at place {place} of {len(times)}", number(times[place - 1])


def _together(case: Case) -> tuple[FloatArray, IntArray, IntArray]:
    parts = [case.times(group) for group in case.groups]
    time, event = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    # The reference, last in the case, has code 0.
    code = np.repeat(np.arange(len(parts))[::-1], [len(part[0]) for part in parts])
    return time, event.astype(np.int64), code


def _at_events(case: Case) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the event times, and at each of them who of each group, the reference first, is at risk and has the event."""
    time, event, code = _together(case)
    counts: RiskSets = risk_sets(time, event, group=code, n_groups=len(case.groups))
    at = counts.leaving[:, :, 1].sum(axis=1) > 0
    return counts.times[at], counts.at_risk[at].astype(float), counts.leaving[at, :, 1].astype(float)


def _log_rank(case: Case) -> Pieces:
    times, n_group, d_group = _at_events(case)
    n, d = n_group.sum(axis=1), d_group.sum(axis=1)
    w = WEIGHTS[case.record.method](n, d)
    heads, columns, two = ["months", "n", "d"], [times, n, d], len(case.groups) == 2
    for place, group in enumerate(case.groups[:-1] if two else case.groups):
        n1, d1 = (column[:, len(case.groups) - 1 - place] for column in (n_group, d_group))
        expected, v = d * n1 / n, d * (n1 / n) * (1 - n1 / n) * (n - d) / np.maximum(n - 1, 1)
        difference, variance = w * (d1 - expected), w**2 * v
        columns += [n1, d1, expected, difference, variance]
        heads += ["n₁", "d₁", "E = d·n₁/n", "w(O − E)", "w²V"]
        u, v2 = difference.sum(), variance.sum()
        yield f"{_name(case, group)}: ΣO, ΣE", f"{number(d1.sum())}, {number(expected.sum())}"
        yield "Σw(O − E), Σw²V", f"{number(u)}, {number(v2)}"
        if two:
            yield "χ² = (Σw(O − E))²/Σw²V, 1 degree of freedom", number(u**2 / v2) if v2 else "–"
    yield StepTable.of(_about(case, f"Observed and expected ({case.record.method})"), heads, columns)


def _permutation(case: Case) -> Pieces:
    time, event, code = _together(case)
    counts = risk_sets(time, event)
    hazard = np.cumsum(counts.leaving[:, 0, 1] / counts.at_risk[:, 0])
    score = event - hazard[np.searchsorted(counts.times, time - _NEAR)]
    yield "O − E of the first group", number(score[code == 1].sum())
    yield "ways to form the groups", f"C({len(time)}, {code.sum()}) = {math.comb(len(time), int(code.sum()))}"
    yield "listed", case.record.note or "complete enumeration"


def _cox(case: Case) -> Pieces:
    if case.record.method == "cox_exact":
        yield from _model(case)
        return
    times, n, d = _at_events(case)
    ratio, efron = _estimate(case), case.record.method == "cox_efron"
    beta, rows = math.log(ratio), []
    for (n0, n1), (d0, d1) in zip(n.tolist(), d.tolist(), strict=True):
        total = int(d0 + d1)
        gone = [r / total if efron else 0.0 for r in range(total)]
        shares = [(n1 - g * d1) * math.exp(beta) / ((n1 - g * d1) * math.exp(beta) + n0 - g * d0) for g in gone]
        rows.append((n1, n0, d1, d0, sum(shares), d1 - sum(shares), sum(p * (1 - p) for p in shares)))
    columns = [times, *(np.array(column) for column in zip(*rows, strict=True))]
    score, information = (math.fsum(column) for column in columns[-2:])
    se, z = 1 / math.sqrt(information), normal_quantile(case.confidence)
    yield "β = ln HR", number(beta)
    yield "score ΣU at β", "0 (within rounding)" if abs(score) < 1e-6 else number(score)
    yield "information ΣI", number(information)
    yield "se = 1/√ΣI", number(se)
    yield "z", number(z)
    yield "limits", numbers(math.exp(beta - z * se), math.exp(beta + z * se))
    yield "β/se", number(beta / se)
    heads = ("months", "n₁", "n₀", "d₁", "d₀", "expected d₁", "U", "I")
    yield StepTable.of(_about(case, f"Partial likelihood at the estimate ({case.record.method})"), heads, columns)


def _estimate(case: Case) -> float:
    return float(case.results.get(case.stem, case.record.method).value or 1.0)


def _model(case: Case) -> Pieces:
    _, event, code = _together(case)
    for group, c in zip(case.groups, range(len(case.groups))[::-1], strict=True):
        yield f"rows and events, {_name(case, group)}", f"{(code == c).sum()}, {event[code == c].sum()}"
    if case.named.record.name == "hazard_ratio":
        yield "β = ln HR", number(math.log(_estimate(case)))


def _crossings(case: Case) -> Pieces:
    one, other = map(case.curve, case.groups)
    yield "times at which the curves cross, months", ", ".join(map(number, crossings(one, other))) or "none"
    for group in case.groups:
        yield _grid(case, group)


def _status(case: Case) -> Pieces:
    assert case.sample is not None
    yield "rows", str(len(case.sample.rows))
    onsets = sum(map(bool, case.sample.column("onset")))
    yield "of them with a time at which the status was reached", str(onsets)


def _causes_counted(case: Case) -> Pieces:
    causes = case.texts("cause")
    yield from ((cause, str(causes.count(cause))) for cause in sorted(set(causes) - {""}))


def _cumulative_incidence(case: Case) -> Pieces:
    both = [(float(t), c) for t, c in zip(case.texts("months"), case.texts("cause"), strict=True) if t and c]
    time, status = (
        np.array([t for t, _ in both]),
        [(c == case.level) + 2 * (c not in (case.level, CENSORED)) for _, c in both],
    )
    counts = risk_sets(time, np.array(status, dtype=np.int64), n_statuses=3)
    n, d, other = counts.at_risk[:, 0], counts.leaving[:, 0, 1], counts.leaving[:, 0, 2]
    before = np.r_[1.0, np.cumprod(1 - (d + other) / n)][:-1]
    total = np.cumsum(before * d / n)
    at = counts.times <= case.months + _NEAR
    yield "F", number(final := float(total[at][-1]) if at.any() else 0.0)
    if 0 < final < 1 - _NEAR:
        # The share that is without any event afterwards; of tied events each counts less, as in cmprsk.
        after, later = before * (1 - (d + other) / n), total - final
        ahead = np.divide(later, after, out=np.zeros(len(after)), where=after > 0)
        less_d, less_other = (x * (1 - np.clip(x - 1, 0, None) / np.clip(n - 1, 1, None)) for x in (d, other))
        terms = (before / n) ** 2 * (less_d * (1 + ahead) ** 2 + less_other * (after > 0) * ahead**2)
        error, z = float(terms[at].sum()) ** 0.5, normal_quantile(case.confidence)
        power = z * error / (final * math.log(final))
        yield "se = √Σ", number(error)
        yield "z·se/(F·ln F)", number(power)
        yield "limits", numbers(final ** math.exp(-power), final ** math.exp(power))
    heads = ("months", "n", "d", "other events", "S before", "F")
    columns = [column[at] for column in (counts.times, n, d, other, before, total)]
    yield StepTable.of(_about(case, f"Cumulative incidence to {number(case.months)} months"), heads, columns)


STEPS: dict[str, Steps] = by_name(
    _counted, _left_out, _survival_at, _survival_limits, _survival_median, _brookmeyer_crowley, _percentile_wald, _restricted_mean,
    _restricted_mean_difference, _follow_up, _observed, _log_rank, _permutation, _crossings, _status, _cox, _model, _causes_counted,
    _cumulative_incidence,
) | {"firth": _model, "proportional_hazards": _model, "gray": _causes_counted}  # fmt: skip
