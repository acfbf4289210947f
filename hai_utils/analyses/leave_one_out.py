"""How much the outcomes of a small cohort depend on single patients, and what so few could show at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from hai_utils.analyses.blocks import Array, column, counts, pairs
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.survival_blocks import SurvivalData
from hai_utils.catalogue.outcomes import MOST_PATIENTS, OUTCOMES, TOO_MANY, OutcomeKind
from hai_utils.catalogue.statistics import DETECTABLE, POWER, WITHOUT_ONE
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.results.keys import comparison
from hai_utils.stats import contingency, location, rank_tests, regression
from hai_utils.stats import power as smallest
from hai_utils.stats.estimate import Estimate
from hai_utils.stats.leave_one_out import Extremes, tables_without_one, times_without_one, values_without_one

NOT_WITHOUT_SOME = "not estimable without some of them"
# P and effect without one patient.
Without = Iterator[tuple[Estimate, Estimate]]


def is_headline(builder: Builder, name: str) -> bool:
    """Say whether a variable is the primary endpoint or an outcome of Table 2."""
    return name in (builder.parameters.primary_endpoint, *builder.parameters.outcomes)


def of_columns(builder: Builder, cohort: Cohort, names: Iterable[str]) -> None:
    """Add what a small cohort adds to each comparison of those columns that are outcomes."""
    for name in names:
        if is_headline(builder, name):
            for pair in pairs(cohort):
                _of_column(builder, cohort, cohort.variables[name], pair.name, (pair.level, pair.reference))


def _of_column(builder: Builder, cohort: Cohort, variable: Variable, group: str, levels: tuple[str, str]) -> None:
    small, test = cohort.size <= MOST_PATIENTS, builder.reported_test(variable.name, group)
    if variable.kind == "category":
        table = np.array([counts(cohort, variable.name, level)[0] for level in levels])
        found = _tables(table, test) if small else iter(())
        detectable = _smallest_risk_difference(builder, table) if small and variable.is_binary else Estimate()
        _add(builder, variable, group, "binary" if variable.is_binary else None, found, detectable, int(table.sum()))
        return
    x, y = (column(cohort, variable.name, level) for level in levels)
    found = _values(x, y, test, builder.parameters.hodges_lehmann_method) if small else iter(())
    detectable = smallest.detectable_shift(x, y, **_wanted(builder)) if small else Estimate()
    _add(builder, variable, group, "continuous", found, detectable, len(x) + len(y))


def of_endpoint(builder: Builder, cohort: Cohort, endpoint: SurvivalData) -> None:
    """Add what a small cohort adds to each comparison of a survival endpoint, where it is an outcome."""
    if not is_headline(builder, endpoint.variable.name):
        return
    small = cohort.size <= MOST_PATIENTS
    for level in endpoint.levels:
        if level == endpoint.reference:
            continue
        group = comparison(level, endpoint.reference)
        chosen, code = endpoint.coded((endpoint.reference, level))
        time, event = endpoint.time[chosen], endpoint.event[chosen]
        found = _times(builder, time, event, code) if small else iter(())
        n1, n2 = np.bincount(code, minlength=2).tolist()
        detectable = (
            smallest.detectable_hazard_ratio(int(event.sum()), n1, n2, **_wanted(builder)) if small else Estimate()
        )
        _add(builder, endpoint.variable, group, "survival", found, detectable, len(time))


class _Wanted(TypedDict):
    alpha: float
    power: float


def _wanted(builder: Builder) -> _Wanted:
    """Return the level and the power at which the smallest effect is asked for."""
    return {"alpha": builder.parameters.significance_level, "power": POWER}


def _tables(table: NDArray[np.int64], test: str) -> Without:
    for fewer in tables_without_one(table):
        known = fewer.shape[1] == 2 and fewer.sum(axis=1).all()
        shares = fewer[:, 0] / fewer.sum(axis=1) if known else (0.0, 0.0)
        p_value = contingency.compare_table(fewer, method=test) if fewer.shape[1] > 1 else Estimate(note="constant")
        yield p_value, Estimate(float(shares[0] - shares[1])) if known else Estimate()


def _smallest_risk_difference(builder: Builder, table: NDArray[np.int64]) -> Estimate:
    (_, n1), (events, n2) = ((int(row[0]), int(row.sum())) for row in table)
    return smallest.detectable_risk_difference(n1, n2, events / n2 if n2 else 0.0, **_wanted(builder))


def _values(x: Array, y: Array, test: str, limits: str) -> Without:
    for level, reference in values_without_one(x, y):
        shift = location.hodges_lehmann(level, reference, method=limits)
        yield location.compare_locations(level, reference, method=test), shift


def _times(builder: Builder, time: Array, event: Array, code: NDArray[np.int64]) -> Without:
    test = partial(rank_tests.compare_survival, method=builder.parameters.survival_test)
    ratio = partial(regression.cox, ties=builder.parameters.hazard_ratio_method)
    for sample in times_without_one(time, event, code):
        yield test(*sample), ratio(*sample)


def _add(
    builder: Builder,
    variable: Variable,
    group: str,
    kind: OutcomeKind | None,
    found: Without,
    detectable: Estimate,
    n: int,
) -> None:
    """Add the range of P and of the effect, and the smallest effect; empty rows where the cohort is too large."""
    pairs_found = list(found)
    too_many = TOO_MANY if not pairs_found and n else ""
    ranges = {"p_value": Extremes.of(p.p_value for p, _ in pairs_found)}
    if kind is not None:
        ranges[OUTCOMES[kind].effect.name] = Extremes.of(effect.value for _, effect in pairs_found)
    for statistic, extremes in ranges.items():
        for part, value in zip(WITHOUT_ONE, (extremes.least, extremes.greatest), strict=True):
            note = too_many or (NOT_WITHOUT_SOME if extremes.missing else "") or ("" if pairs_found else "no data")
            builder.add(variable, group, f"{statistic}_{part}", value, n=n, note=note)
    if kind is not None:
        name, note = f"{OUTCOMES[kind].effect.name}_{DETECTABLE}", too_many or detectable.note
        builder.add(variable, group, name, detectable.value, n=n, method=OUTCOMES[kind].power, note=note)
