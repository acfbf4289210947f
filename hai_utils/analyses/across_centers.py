"""Several centers side by side and together: from the results of each, and for one model from their rows.

A row of the overview keeps the contract's columns: `group` is the center or ``combined``, `level` is the group of
patients or the comparison within it. Everything but the stratified Cox model is made from what the centers' own books
print, so what a center withholds is withheld here too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hai_utils.analyses.builder import Builder
from hai_utils.analyses.survival import times_of, variable_of
from hai_utils.analyses.survival_blocks import Array
from hai_utils.catalogue.endpoints import IN_FILE, RESPONSE_DURATION
from hai_utils.catalogue.statistics import PROPORTIONAL
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import FILE_PARAMETERS, Parameters, as_plain
from hai_utils.results.keys import comparison, result_key
from hai_utils.results.record import Record
from hai_utils.results.study import Group, Label, Study
from hai_utils.results.table import Results
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.meta_analysis import (
    FEWEST_FOR_T,
    RandomEffects,
    mantel_haenszel_risk_difference,
    mantel_haenszel_weights,
    random_effects,
    risk_differences,
)
from hai_utils.stats.normal import normal_quantile
from hai_utils.stats.regression import cox_stratified

CHAPTER = "overview"
COMBINED = "combined"
RESPONSES = {"objective_response": "Objective response", "converted_to_resection": "Conversion to resection"}
# Endpoints of a cohort's own dictionary are not combined: each center may mean another.
ENDPOINTS = {endpoint.name: endpoint for endpoint in (*IN_FILE, RESPONSE_DURATION)}
NOT_RECORDED = "not recorded"
OTHER_GROUPS = "other groups"
WITHHELD = "withheld"
SUM_WITHHELD = "a center's count is withheld"
KEPT_APART = "rows are kept apart"
# Of each center, over all who are analysed: variable and statistic, summed where they are counts.
DESCRIBED = (
    *((name, statistic) for name in RESPONSES for statistic in ("n", "count", "percent")),
    *((name, statistic) for name in ENDPOINTS for statistic in ("n", "events", "median", "follow_up_median")),
)
SUMMED = ("n", "count", "events")
# The keys that are read of each center's results: the overview needs few of many thousands.
READ = frozenset({*RESPONSES, *ENDPOINTS})


@dataclass(frozen=True, eq=False)
class Center:
    """What the overview knows of one center.

    Attributes
    ----------
    name : str
        As its file is called.
    results : Results
        What its own book prints.
    cohort : Cohort or None
        Its rows, for the stratified Cox model alone; None where they may not be put together with others'.
    """

    name: str
    results: Results
    cohort: Cohort | None = None

    @property
    def study(self) -> Study:
        """The center's cohort as its book describes it."""
        return self.results.study

    def record(self, variable: str, group: str, statistic: str, method: str = "") -> Record | None:
        """Return a row of the center's results, or None where its book has none."""
        key = result_key(variable, "", group, statistic)
        return self.results.get(key, method) if key in self.results else None


def analyse_centers(centers: Sequence[Center], parameters: Parameters) -> Results:
    """Describe centers side by side, and combine what they compare.

    Parameters
    ----------
    centers : sequence of Center
        Those with a book; each name once.
    parameters : Parameters
        The choices shared by all. A center that groups otherwise than most is described and not combined.

    Returns
    -------
    Results
        The rows of the overview.
    """
    builder = Builder(CHAPTER, parameters)
    centers = sorted(centers, key=lambda center: center.name)  # sums in one order, in whatever order they finished
    study = _study(centers, parameters)
    for name, label in RESPONSES.items():
        for group in study.groups:
            if group.level != study.reference:
                _responses(builder, centers, study, Variable(name, label, "category"), group.level)
    for endpoint in ENDPOINTS.values():
        for group in study.groups:
            if group.level != study.reference:
                _hazards(builder, centers, study, variable_of(endpoint), group.level)
    _describe(builder, centers, study)
    return Results.of(builder.records, study=study)


def comparable(center: Center, study: Study) -> bool:
    """Say whether a center compares the groups that the overview combines."""
    return (center.study.group_by, center.study.reference) == (study.group_by, study.reference)


def _study(centers: Sequence[Center], parameters: Parameters) -> Study:
    group_by, reference = _grouping(centers, parameters)
    bare = Study(group_by=group_by, reference=reference)
    alike = [center.study for center in centers if comparable(center, bare)]
    groups: dict[str, Group] = {}
    # The center with most groups gives their order; what only others have follows.
    for study in sorted(alike, key=lambda study: -len(study.groups)):
        for group in study.groups:
            known = groups.get(group.level, replace(group, n=0))
            # A withheld size counts for nothing here, and the table withholds the sum.
            groups[group.level] = replace(known, n=(known.n or 0) + (group.n or 0))
    names = {**RESPONSES, **{name: endpoint.variable_label for name, endpoint in ENDPOINTS.items()}}
    return replace(
        bare,
        size=sum(center.study.size or 0 for center in centers),
        synthetic=any(center.study.synthetic for center in centers),
        group_label=alike[0].group_label if alike else group_by,
        groups=tuple(groups.values()),
        variables={name: Label(label, label.removesuffix(", months"), "", "category") for name, label in names.items()},
        parameters={
            **as_plain(parameters),
            **dict.fromkeys(FILE_PARAMETERS, ""),
            "group_by": group_by,
            "reference_group": reference,
        },
    )


def _grouping(centers: Sequence[Center], parameters: Parameters) -> tuple[str, str]:
    """Return the column and the reference level that most centers compare by, whatever file said so.

    Of groupings that are as frequent, that of the shared parameters goes first.
    """
    shared = parameters.group_by, parameters.reference_group
    found = Counter((center.study.group_by, center.study.reference) for center in centers)
    return max(found, key=lambda grouping: (found[grouping], grouping == shared, grouping), default=shared)


# --- side by side ---


def _describe(builder: Builder, centers: Sequence[Center], study: Study) -> None:
    """Add who is in each center and what happened to them, with the sums over centers."""
    patients = Variable("patients", "Rows" if study.synthetic else "Patients", "integer")
    for level in ("", *(group.level for group in study.groups)):
        sizes = [_size(center, study, level) for center in centers]
        for center, (size, note) in zip(centers, sizes, strict=True):
            builder.add(patients, center.name, "n", size, level=level, n=size or 0, note=note)
        known = [size for size, note in sizes if size is not None]
        total = None if any(note == WITHHELD for _, note in sizes) else sum(known)
        builder.add(
            patients, COMBINED, "n", total, level=level, n=sum(known), note="" if total is not None else SUM_WITHHELD
        )
    for name, statistic in DESCRIBED:
        found = [_quote(builder, center, name, "analysed", statistic) for center in centers]
        if statistic in SUMMED:
            _sum(builder, name, statistic, found)


def _size(center: Center, study: Study, level: str) -> tuple[int | None, str]:
    """Return how many are in a center, or in one of its groups, and why it is not said."""
    if level and not comparable(center, study):
        return None, OTHER_GROUPS
    groups = {group.level: group.n for group in center.study.groups}
    size = groups.get(level, 0) if level else center.study.size
    return size, "" if size is not None else WITHHELD


def _sum(builder: Builder, name: str, statistic: str, found: Sequence[Record]) -> None:
    values = [int(record.value) for record in found if record.value is not None]
    withheld = any(record.value is None and record.note != NOT_RECORDED for record in found)
    total = sum(values) if values and not withheld else None
    note = "" if total is not None else SUM_WITHHELD if withheld else NOT_RECORDED
    n = sum(record.n or 0 for record in found)
    variable = Variable(name, _label(name), "category")
    builder.add(variable, COMBINED, statistic, total, n=n, level="analysed", note=note)
    if statistic == "count":
        percent = 100 * total / n if total is not None and n else None
        builder.add(
            variable,
            COMBINED,
            "percent",
            percent,
            n=n,
            level="analysed",
            note=note or "" if n else note,
        )


def _label(name: str) -> str:
    return RESPONSES.get(name) or ENDPOINTS[name].variable_label


def _quote(builder: Builder, center: Center, name: str, group: str, statistic: str, method: str = "") -> Record:
    """Take over a row of a center's results, or say that it has none."""
    record = center.record(name, group, statistic, method)
    if record is None:
        builder.add(
            Variable(name, _label(name), "category"), center.name, statistic, None,
            n=0, level=group, method=method, note=NOT_RECORDED,
        )  # fmt: skip
    else:
        builder.records.append(
            replace(record, level=group, group=center.name, chapter=CHAPTER, reported=True, label=_label(name))
        )
    return builder.records[-1]


# --- together ---


def _why_not(center: Center, study: Study, level: str, counts: Sequence[Record]) -> str:
    """Say in the table's words why a center has no estimate; empty where it can have one."""
    if not comparable(center, study):
        return OTHER_GROUPS
    if any(record.note == NOT_RECORDED for record in counts):
        absent = {level, study.reference} - {group.level for group in center.study.groups}
        return f"nobody in {study.label_of(absent.pop())}" if len(absent) == 1 else NOT_RECORDED
    if any(record.value is None for record in counts):
        return WITHHELD
    empty = [group for group, record in zip((level, study.reference), counts[-2:], strict=True) if not record.value]
    return f"nobody in {study.label_of(empty[0])}" if empty else ""


def _responses(builder: Builder, centers: Sequence[Center], study: Study, variable: Variable, level: str) -> None:
    """Add the risk differences of one outcome: of each center, Mantel-Haenszel, and random effects."""
    pair = comparison(level, study.reference)
    tables: dict[str, list[int]] = {}
    for center in centers:
        counts = [
            _quote(builder, center, variable.name, group, statistic)
            for statistic in ("count", "n")
            for group in (level, study.reference)
        ]
        reason = _why_not(center, study, level, counts)
        _effect(builder, center, variable, pair, "risk_difference", reason)
        if not reason:
            x1, x0, n1, n0 = (int(record.value or 0) for record in counts)
            tables[center.name] = [x1, n1, x0, n0]
    rows = list(tables.values())
    n = sum(row[1] + row[3] for row in rows)
    confidence = builder.parameters.confidence_level
    common = mantel_haenszel_risk_difference(rows, confidence_level=confidence) if len(rows) > 1 else _alone(len(rows))
    builder.add_interval(
        variable, COMBINED, "risk_difference", common, n=n, level=pair, method="mantel_haenszel",
    )  # fmt: skip
    for name, weight in zip(tables, mantel_haenszel_weights(rows).tolist(), strict=True):
        builder.add(variable, name, "weight", 100 * weight, n=n, level=pair, method="mantel_haenszel")
    _random_effects(builder, _Pool(variable, pair, "risk_difference", tuple(tables), *risk_differences(rows), n))


def _hazards(builder: Builder, centers: Sequence[Center], study: Study, variable: Variable, level: str) -> None:
    """Add the hazard ratios of one endpoint: of each center, of the model stratified by center, and random effects."""
    pair = comparison(level, study.reference)
    logarithms: dict[str, tuple[float, float]] = {}
    patients = 0
    for center in centers:
        counts = [
            _quote(builder, center, variable.name, group, statistic)
            for statistic in ("events", "n")
            for group in (level, study.reference)
        ]
        reason = _why_not(center, study, level, counts)
        ratio = _effect(builder, center, variable, pair, "hazard_ratio", reason, "cox_efron")
        if not reason:
            _quote(builder, center, variable.name, pair, PROPORTIONAL)
        if not reason and (spread := _log_ratio(ratio, center)) is not None:
            logarithms[center.name] = spread
            patients += sum(int(record.value or 0) for record in counts[2:])
    _stratified(builder, centers, study, variable, level)
    effects, variances = (np.array([pair_[part] for pair_ in logarithms.values()]) for part in (0, 1))
    _random_effects(builder, _Pool(variable, pair, "hazard_ratio", tuple(logarithms), effects, variances, patients))


def _effect(
    builder: Builder, center: Center, variable: Variable, pair: str, statistic: str, reason: str, method: str = ""
) -> list[Record]:
    """Take over a center's estimate and its limits; where it has none, say why."""
    if not reason:
        return [
            _quote(builder, center, variable.name, pair, statistic + part, method) for part in ("", "_lower", "_upper")
        ]
    for part in ("", "_lower", "_upper"):
        builder.add(variable, center.name, statistic + part, None, n=0, level=pair, method=method, note=reason)
    return builder.records[-3:]


def _log_ratio(ratio: Sequence[Record], center: Center) -> tuple[float, float] | None:
    """Return the logarithm of a Wald hazard ratio and its variance, read off the limits that the center prints."""
    value, lower, upper = (record.value for record in ratio)
    if not value or not lower or not upper:
        return None
    z = normal_quantile(float(center.study.parameters.get("confidence_level", 0.95)))
    return math.log(value), ((math.log(upper) - math.log(lower)) / (2 * z)) ** 2


def _stratified(builder: Builder, centers: Sequence[Center], study: Study, variable: Variable, level: str) -> None:
    """Add the hazard ratio of one model in which every center keeps a baseline hazard of its own."""
    alike = [center for center in centers if comparable(center, study)]
    allowed = [center.cohort for center in alike if center.cohort is not None]
    parts = [rows for cohort in allowed if (rows := _rows(cohort, variable.name, level, study.reference))[0].size]
    left_out = len(alike) - len(allowed)
    note = f"without {left_out} {'center' if left_out == 1 else 'centers'} whose {KEPT_APART}" if left_out else ""
    if len(parts) > 1:
        time, event, code = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        stratum = np.repeat(np.arange(len(parts)), [part[0].size for part in parts])
        ratio = cox_stratified(time, event, code, stratum, confidence_level=builder.parameters.confidence_level)
    else:
        ratio = Estimate(note=KEPT_APART) if left_out else _alone(len(parts))
    builder.add_interval(
        variable, COMBINED, "hazard_ratio", replace(ratio, note=ratio.note or note), n=sum(part[0].size for part in parts),
        level=comparison(level, study.reference), method="cox_stratified",
    )  # fmt: skip


def _rows(cohort: Cohort, name: str, level: str, reference: str) -> tuple[Array, Array, Array]:
    """Return months, events and 1 for the level of those of a center who are in either group and have both."""
    empty = np.empty(0)
    endpoint = ENDPOINTS[name]
    if endpoint not in cohort.endpoints:
        return empty, empty, empty
    time, event = times_of(cohort, endpoint)
    of_level = cohort.members(level)
    chosen = (of_level | cohort.members(reference)) & ~np.isnan(time) & ~np.isnan(event)
    return time[chosen], event[chosen], of_level[chosen].astype(np.float64)


def _possible_difference(value: float) -> float:
    """Return a difference that two proportions can have: limits by t may lie beyond."""
    return min(1.0, max(-1.0, value))


def _alone(count: int) -> Estimate:
    return Estimate(note="one center" if count else "no center")


@dataclass(frozen=True, eq=False)
class _Pool:
    """What a random-effects analysis rests on: an effect a center, on the scale of the model, and its variance."""

    variable: Variable
    pair: str
    statistic: str
    names: tuple[str, ...]
    effects: Array
    variances: Array
    n: int

    def back(self, estimate: Estimate) -> Estimate:
        """Bring an estimate to the scale of the report; its standard error stays behind."""
        to = _possible_difference if self.statistic == "risk_difference" else math.exp
        value, lower, upper = (None if x is None else to(x) for x in (estimate.value, estimate.lower, estimate.upper))
        return Estimate(value, lower, upper, note=estimate.note)


def _random_effects(builder: Builder, pool: _Pool) -> None:
    """Add the mean over centers by both intervals, how far centers differ, and what a new center may see."""
    variable, pair, n = pool.variable, pool.pair, pool.n
    confidence = builder.parameters.confidence_level
    normal = random_effects(pool.effects, pool.variances, interval="normal", confidence_level=confidence)
    wide = random_effects(pool.effects, pool.variances, interval="hartung_knapp", confidence_level=confidence)
    methods = {"paule_mandel": normal}
    if len(pool.names) >= FEWEST_FOR_T:
        methods["paule_mandel_hartung_knapp"] = wide
    for method, found in methods.items():
        builder.add_interval(
            variable, COMBINED, pool.statistic, pool.back(found.mean), n=n, level=pair, method=method, reported=False, parts=("", "lower", "upper")
        )  # fmt: skip
    builder.add_interval(
        variable, COMBINED, f"{pool.statistic}_prediction", pool.back(wide.prediction), n=n, level=pair,
        method="paule_mandel_hartung_knapp", parts=("lower", "upper"),
    )  # fmt: skip
    _heterogeneity(builder, variable, pair, normal, len(pool.names), n)
    for name, weight in zip(pool.names, normal.weights.tolist(), strict=True):
        builder.add(
            variable, name, "weight", 100 * weight, n=n, level=pair, method="paule_mandel",
            reported=pool.statistic != "risk_difference",
        )  # fmt: skip


def _heterogeneity(builder: Builder, variable: Variable, pair: str, found: RandomEffects, count: int, n: int) -> None:
    note = found.mean.note
    builder.add(variable, COMBINED, "centers", count, n=n, level=pair)
    builder.add(variable, COMBINED, "heterogeneity_df", max(0, count - 1), n=n, level=pair)
    for name, value, method in (
        ("tau2", found.tau2, "paule_mandel"),
        ("i2", found.i2, ""),
        ("heterogeneity_q", found.q, ""),
        ("heterogeneity_p", found.q_p, ""),
    ):
        builder.add(variable, COMBINED, name, value, n=n, level=pair, method=method, note=note)
