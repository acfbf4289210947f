"""The statistics of one survival endpoint, in every group and comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hai_utils.analyses.builder import Builder
from hai_utils.catalogue.endpoints import CENSORED, DEATH
from hai_utils.catalogue.methods import methods_of
from hai_utils.catalogue.populations import POPULATIONS
from hai_utils.catalogue.statistics import FEW_STEPS, STATISTICS
from hai_utils.cohort.dictionary import Variable
from hai_utils.parameters import Parameters
from hai_utils.results.keys import comparison, key_part
from hai_utils.results.series import Point
from hai_utils.stats import competing, rank_tests, regression, survival
from hai_utils.stats.crossing import crossings, few_steps
from hai_utils.stats.estimate import Estimate

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Codes of a competing event: the one of interest, and death.
OF_INTEREST, DIED = 1, 2
AT_RISK, SURVIVAL_AT, RMST, RMST_DIFFERENCE, CUMULATIVE_INCIDENCE = (
    STATISTICS[name] for name in ("at_risk", "survival_at", "rmst", "rmst_difference", "cumulative_incidence")
)


@dataclass(frozen=True, eq=False)
class SurvivalData:
    """Times and events of one endpoint in a set of named groups.

    Attributes
    ----------
    variable : Variable
        Its name, label and unit (months).
    time, event : array, shape (n,)
        Months from time zero, and 1 for the event; nan where missing.
    groups : mapping of str to boolean array
        Who belongs to each group that is described.
    levels : tuple of str
        The groups that are compared; the last argument of each comparison is `reference`.
    reference : str
        The group that the others are compared with.
    cause : array, shape (n,), optional
        0 censored, 1 the event, 2 death, where the two compete.
    cause_level : str
        The level under which the event is reported there.
    """

    variable: Variable
    time: Array
    event: Array
    groups: Mapping[str, Mask]
    levels: tuple[str, ...]
    reference: str
    cause: Array | None = None
    cause_level: str = ""

    def within(self, mask: Mask) -> tuple[Array, Array]:
        """Return times and events of those in a mask who have both."""
        known = mask & ~np.isnan(self.time) & ~np.isnan(self.event)
        return self.time[known], self.event[known]

    def rows(self) -> dict[str, Sequence[object]]:
        """Return who is in which group with time, event and cause: the rows behind the numbers of the endpoint."""
        group = np.full(len(self.time), "", dtype=object)
        named = [name for name in self.groups if name not in POPULATIONS]
        for name in (*(name for name in ("analysed", "excluded") if name in self.groups), *named):
            group[self.groups[name]] = name
        shown = np.flatnonzero((group != "") | ("all" in self.groups))
        columns: dict[str, Sequence[object]] = {
            "row": (shown + 1).tolist(),
            "group": group[shown].tolist(),
            "months": self.time[shown].tolist(),
            "event": self.event[shown].tolist(),
        }
        if self.cause is not None:
            words = {0: CENSORED, OF_INTEREST: self.cause_level, DIED: DEATH}
            columns["cause"] = [None if np.isnan(code) else words[int(code)] for code in self.cause[shown]]
        return columns

    def coded(self, levels: Sequence[str]) -> tuple[Mask, NDArray[np.int64]]:
        """Return who is in any of these groups, and each one's place in the sequence."""
        known = ~np.isnan(self.time) & ~np.isnan(self.event)
        member = np.zeros(len(self.time), dtype=bool)
        code = np.zeros(len(self.time), dtype=np.int64)
        for place, level in enumerate(levels):
            member |= self.groups[level]
            code[self.groups[level]] = place
        chosen = member & known
        return chosen, code[chosen]


def describe(builder: Builder, endpoint: SurvivalData, *, curves: Sequence[str]) -> None:
    """Add what is said of each group: events, medians, survival at the times of the grid, restricted means."""
    builder.add_sample(endpoint.variable.name, endpoint.rows)
    for group, mask in endpoint.groups.items():
        curve, variable = events_and_median(builder, endpoint, group), endpoint.variable
        time, event = endpoint.within(mask)
        n = curve.n
        for statistic, reduce in (("time_min", np.min), ("time_max", np.max)):
            value = float(reduce(time)) if n else None
            builder.add(variable, group, statistic, value, n=n, note="" if n else "no data")
        _survival_at_times(builder, variable, group, curve)
        _restricted_means(builder, variable, group, curve)
        follow_ups = {
            method: survival.follow_up_median(time, event, method=method) for method in methods_of("follow_up_method")
        }
        builder.add_choice("follow_up_method", variable, group, follow_ups, n=n)
        if group in curves:
            builder.points += curve_points(f"{variable.name}.{key_part(group)}.curve", curve, builder.parameters)


def events_and_median(builder: Builder, endpoint: SurvivalData, group: str) -> survival.Curve:
    """Add the events and the median of one group, and return its curve."""
    time, event = endpoint.within(endpoint.groups[group])
    curve, variable = survival.kaplan_meier(time, event), endpoint.variable
    builder.add(variable, group, "n", curve.n, n=curve.n)
    builder.add(variable, group, "n_missing", int(endpoint.groups[group].sum()) - curve.n, n=curve.n)
    builder.add(variable, group, "events", int(event.sum()), n=curve.n)
    _medians(builder, variable, group, curve)
    return curve


def _medians(builder: Builder, variable: Variable, group: str, curve: survival.Curve) -> None:
    confidence = builder.parameters.confidence_level
    medians = {rule: survival.median_survival(curve, method=rule) for rule in methods_of("median_rule")}
    builder.add_choice("median_rule", variable, group, medians, n=curve.n)
    intervals = {
        method: survival.median_interval(curve, method=method, confidence_level=confidence)
        for method in methods_of("median_interval")
    }
    builder.add_choice("median_interval", variable, group, intervals, n=curve.n)
    wald = intervals["percentile_wald"]
    builder.add(variable, group, "median_se", wald.se, n=curve.n, method="percentile_wald", note=wald.note)


def _survival_at_times(builder: Builder, variable: Variable, group: str, curve: survival.Curve) -> None:
    confidence = builder.parameters.confidence_level
    for months in builder.parameters.time_grid_months:
        builder.add(variable, group, AT_RISK.at(months), survival.at_risk(curve, months), n=curve.n)
        estimates = {
            method: survival.survival_at(curve, months, method=method, confidence_level=confidence)
            for method in methods_of("survival_interval")
        }
        name = SURVIVAL_AT.at(months)
        builder.add_interval(variable, group, name, next(iter(estimates.values())), n=curve.n, parts=("", "se"))
        builder.add_choice("survival_interval", variable, group, estimates, n=curve.n, months=months)


def _why(value: float | None) -> str:
    return "" if value is not None else "not estimable"


def _restricted_means(builder: Builder, variable: Variable, group: str, curve: survival.Curve) -> None:
    for months in builder.parameters.restricted_mean_months:
        estimate = survival.restricted_mean(curve, months, confidence_level=builder.parameters.confidence_level)
        builder.add_interval(variable, group, RMST.at(months), estimate, n=curve.n)


def curve_points(key: str, curve: survival.Curve, parameters: Parameters) -> list[Point]:
    """Return the steps of a curve with its pointwise band; it starts at (0, 1) with everybody at risk."""
    band = survival.pointwise_band(
        curve, method=parameters.survival_interval, confidence_level=parameters.confidence_level
    )
    start = [] if curve.n and curve.times[0] == 0 else [Point(key, 0.0, 1.0, 1.0, 1.0, curve.n, 0, 0)]
    lower, upper = (np.where(np.isnan(side), None, side.astype(object)) for side in band)  # type: ignore[call-overload]
    # Lists of Python numbers at once: a large cohort has hundreds of thousands of steps.
    columns = (curve.times, curve.survival, lower, upper, curve.at_risk, curve.events, curve.censored)
    steps = zip(*(column.tolist() for column in columns), strict=True)
    return [
        *start,
        *(Point(key, x, y, low, high, n, d, c, "censored" if c else "") for x, y, low, high, n, d, c in steps),
    ]


def compare(builder: Builder, endpoint: SurvivalData) -> None:
    """Add each comparison with the reference, and one test over all groups where there are more than two."""
    for level in endpoint.levels:
        if level == endpoint.reference:
            continue
        group = comparison(level, endpoint.reference)
        chosen, code = endpoint.coded((endpoint.reference, level))
        time, event = endpoint.time[chosen], endpoint.event[chosen]
        _rank_tests(builder, endpoint.variable, group, time, event, code)
        _permutation(builder, endpoint.variable, group, time, event, code)
        _hazard_ratios(builder, endpoint.variable, group, time, event, code)
        curves = [
            survival.kaplan_meier(*endpoint.within(endpoint.groups[name])) for name in (level, endpoint.reference)
        ]
        _restricted_mean_differences(builder, endpoint.variable, group, curves)
        _crossings(builder, endpoint.variable, group, curves)
    if len(endpoint.levels) > 2:
        chosen, code = endpoint.coded(endpoint.levels)
        _rank_tests(builder, endpoint.variable, "overall", endpoint.time[chosen], endpoint.event[chosen], code)


def _rank_tests(
    builder: Builder, variable: Variable, group: str, time: Array, event: Array, code: NDArray[np.int64]
) -> None:
    tests = {
        method: rank_tests.compare_survival(time, event, code, method=method) for method in methods_of("survival_test")
    }
    builder.add_tests("survival_test", variable, group, tests, n=len(time))


def _permutation(
    builder: Builder, variable: Variable, group: str, time: Array, event: Array, code: NDArray[np.int64]
) -> None:
    parameters = builder.parameters
    # Each comparison has a stream of its own, so that adding an endpoint changes no other's draws.
    stream = np.random.default_rng([parameters.seed, *f"{variable.name}.{group}".encode()])
    test = rank_tests.logrank_permutation(time, event, code, generator=stream, draws=parameters.permutation_draws)
    for statistic, value in (("p_value", test.p_value), ("p_value_mc_se", test.se)):
        builder.add(
            variable, group, statistic, value, n=len(time), method="logrank_permutation",
            note=test.note or _why(value), reported=statistic != "p_value",
        )  # fmt: skip


def _hazard_ratios(
    builder: Builder, variable: Variable, group: str, time: Array, event: Array, code: NDArray[np.int64]
) -> None:
    n, confidence = len(time), builder.parameters.confidence_level
    ratios = {
        method: regression.cox(time, event, code, ties=method, confidence_level=confidence)
        for method in methods_of("hazard_ratio_method")
    }
    builder.add_choice("hazard_ratio_method", variable, group, ratios, n=n)
    tests = {
        transform: regression.proportional_hazards_test(time, event, code, transform=transform)
        for transform in methods_of("proportional_hazards_test")
    }
    builder.add_tests("proportional_hazards_test", variable, group, tests, n=n)


def _restricted_mean_differences(
    builder: Builder, variable: Variable, group: str, curves: Sequence[survival.Curve]
) -> None:
    for months in builder.parameters.restricted_mean_months:
        difference = survival.restricted_mean_difference(
            curves[0], curves[1], months, confidence_level=builder.parameters.confidence_level
        )
        n = curves[0].n + curves[1].n
        builder.add_interval(variable, group, RMST_DIFFERENCE.at(months), difference, n=n)


def _crossings(builder: Builder, variable: Variable, group: str, curves: Sequence[survival.Curve]) -> None:
    """Add how often two curves cross as far as both are followed, and when last."""
    known = curves[0].n and curves[1].n
    found, n = crossings(curves[0], curves[1]), curves[0].n + curves[1].n
    note = "no data" if not known else FEW_STEPS if found and few_steps(curves, found[-1]) else ""
    builder.add(variable, group, "crossings", len(found) if known else None, n=n, note=note)
    why = "" if found else "the curves do not cross" if known else "no data"
    builder.add(variable, group, "last_crossing", found[-1] if found else None, n=n, note=why)


def competing_risks(builder: Builder, endpoint: SurvivalData) -> None:
    """Add the cumulative incidence of the event and of death without it, each in the presence of the other."""
    if endpoint.cause is None:
        return
    known = ~np.isnan(endpoint.time) & ~np.isnan(endpoint.cause)
    for level, code in ((endpoint.cause_level, OF_INTEREST), (DEATH, DIED)):
        for group, mask in endpoint.groups.items():
            chosen = mask & known
            _cumulative_incidence(builder, endpoint, group, level, code, chosen)
        for group, levels in _comparisons(endpoint):
            chosen, place = endpoint.coded(levels)
            test = _gray(endpoint, chosen, place, code)
            builder.add(
                endpoint.variable,
                group,
                "p_value",
                test.p_value,
                n=int(chosen.sum()),
                level=level,
                method="gray",
                note=test.note,
            )


def _comparisons(endpoint: SurvivalData) -> list[tuple[str, tuple[str, ...]]]:
    others = [level for level in endpoint.levels if level != endpoint.reference]
    found: list[tuple[str, tuple[str, ...]]] = [
        (comparison(level, endpoint.reference), (endpoint.reference, level)) for level in others
    ]
    return [*found, ("overall", endpoint.levels)] if len(others) > 1 else found


def _gray(endpoint: SurvivalData, chosen: Mask, place: NDArray[np.int64], code: int) -> Estimate:
    assert endpoint.cause is not None
    return competing.gray_test(
        endpoint.time[chosen], endpoint.cause[chosen].astype(np.int64), place, cause_of_interest=code
    )


def _cumulative_incidence(
    builder: Builder, endpoint: SurvivalData, group: str, level: str, code: int, chosen: Mask
) -> None:
    assert endpoint.cause is not None
    time, cause = endpoint.time[chosen], endpoint.cause[chosen].astype(np.int64)
    builder.add(endpoint.variable, group, "events", int((cause == code).sum()), n=len(time), level=level)
    grid = builder.parameters.time_grid_months
    estimates = competing.cumulative_incidences(
        time, cause, grid, cause_of_interest=code, confidence_level=builder.parameters.confidence_level
    )
    for months, estimate in zip(grid, estimates, strict=True):
        builder.add_interval(
            endpoint.variable, group, CUMULATIVE_INCIDENCE.at(months), estimate,
            n=len(time), level=level, method="aalen_johansen",
        )  # fmt: skip
