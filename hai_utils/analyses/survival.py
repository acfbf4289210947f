"""Chapter 4, survival: how long patients lived, and lived without progression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hai_utils.analyses.blocks import categorical, has_rows
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.courses_over_time import swimmer
from hai_utils.analyses.endpoints import AFTER_TIME_ZERO
from hai_utils.analyses.survival_blocks import (
    CAUSES,
    Array,
    Endpoint,
    Mask,
    compare,
    competing_risks,
    describe,
)
from hai_utils.catalogue.statistics import month_suffix
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters
from hai_utils.response.derived import TIME_TOLERANCE
from hai_utils.stats.survival import landmark

CHAPTER = "04_survival"
ENDPOINTS = {
    "os": "Overall survival",
    "pfs": "Progression-free survival",
    "hepatic_pfs": "Hepatic progression-free survival",
    "duration_of_response": "Duration of response",
}
# Groups that form during follow-up, each with what its two sides are called in a key.
LANDMARK_GROUPS = {
    "objective_response": ("responder", "non_responder"),
    "converted_to_resection": ("converted", "not_converted"),
}


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the records of the chapter the steps of its curves and the bars of the swimmer plot."""
    builder = Builder(CHAPTER, parameters)
    for name, label in ENDPOINTS.items():
        if cohort.has(f"{name}_months", f"{name}_event"):
            endpoint(builder, cohort, Variable(name, f"{label}, months", "number", "months", decimals=1))
    for name in ("alive",):
        if has_rows(cohort, name):
            categorical(builder, cohort, name)
    for group in ("all",) if cohort.group_by in AFTER_TIME_ZERO else cohort.levels:
        builder.points += swimmer(cohort, group)
    if cohort.has("os_months", "os_event"):
        _landmarks(builder, cohort)
    return builder


def endpoint(builder: Builder, cohort: Cohort, variable: Variable) -> None:
    """Add everything that is said of one endpoint; `variable` names its columns without their endings."""
    time, event = (cohort.table[f"{variable.name}_{part}"].to_numpy(dtype=np.float64) for part in ("months", "event"))
    # Patients who form a group during follow-up had to live until then: without a landmark there is no such curve.
    late = cohort.group_by in AFTER_TIME_ZERO
    groups = [group for group in cohort.groups if not late or group not in cohort.levels]
    times = Endpoint(
        variable, time, event, {group: cohort.members(group) for group in groups},
        () if late else cohort.levels, cohort.reference, _causes(cohort, variable.name, time, event),
    )  # fmt: skip
    describe(builder, times, curves=("all",) if late else (*cohort.levels, "all"))
    compare(builder, times)
    competing_risks(builder, times)
    if variable.name == "hepatic_pfs" and times.cause is not None:
        _deaths_censored(builder, times)


def _causes(cohort: Cohort, name: str, time: Array, event: Array) -> Array | None:
    """Return 0 censored, 1 progression, 2 death at that time; None for death itself or where deaths are not known."""
    # Response starts a clock of its own, on which the time of death is another.
    if name in {"os", "duration_of_response"} or not cohort.has("os_months", "os_event"):
        return None
    os_time, os_event = (cohort.table[f"os_{part}"].to_numpy(dtype=np.float64) for part in ("months", "event"))
    died = (event == 1) & (os_event == 1) & (np.abs(os_time - time) <= TIME_TOLERANCE)
    cause: Array = np.where(
        np.isnan(event), np.nan, np.where(event == 0, 0.0, np.where(died, CAUSES["death"], CAUSES["progression"]))
    )
    return cause


def _deaths_censored(builder: Builder, endpoint: Endpoint) -> None:
    """Add hepatic progression with deaths censored, beside the endpoint with deaths as events."""
    assert endpoint.cause is not None
    variable = replace(
        endpoint.variable, name="hepatic_progression", label="Hepatic progression, deaths censored, months"
    )
    event = np.where(np.isnan(endpoint.cause), np.nan, (endpoint.cause == CAUSES["progression"]).astype(np.float64))
    censored = replace(endpoint, variable=variable, event=event, cause=None)
    describe(builder, censored, curves=())
    compare(builder, censored)


def _landmarks(builder: Builder, cohort: Cohort) -> None:
    """Add overall survival from the landmark on, by response and by conversion, among those analysed."""
    months = builder.parameters.landmark_months
    time, event = (cohort.table[f"os_{part}"].to_numpy(dtype=np.float64) for part in ("months", "event"))
    known = ~np.isnan(time) & ~np.isnan(event)
    still = np.zeros(cohort.size, dtype=bool)
    still[known] = landmark(time[known], event[known], months)
    variable = Variable(
        f"os_landmark_{month_suffix(months)}",
        f"Overall survival from month {builder.formatter.as_given(months)}, months",
        "number",
        "months",
        decimals=1,
    )
    analysed = cohort.members("analysed")
    groups: dict[str, Mask] = {}
    levels: list[tuple[str, str]] = []
    for name, sides in LANDMARK_GROUPS.items():
        if has_rows(cohort, name):
            for side, answer in zip(sides, ("yes", "no"), strict=True):
                groups[side] = analysed & still & (cohort.table[name] == answer).to_numpy()
            levels.append(sides)
    if not levels:
        return
    since = np.where(still, time - months, np.nan)
    from_landmark = Endpoint(variable, since, np.where(still, event, np.nan), groups, (), "")
    builder.add(
        variable, "analysed", "left_out", int((analysed & known & ~still).sum()), n=int((analysed & known).sum())
    )
    describe(builder, from_landmark, curves=tuple(groups))
    for yes, no in levels:
        compare(builder, replace(from_landmark, levels=(yes, no), reference=no))
