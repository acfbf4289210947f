"""Chapter 4, survival: how long patients lived, and lived without progression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hai_utils.analyses.blocks import categorical, has_rows
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.by_sex import endpoint_by_sex
from hai_utils.analyses.by_status import by_status
from hai_utils.analyses.courses_over_time import swimmer
from hai_utils.analyses.leave_one_out import of_endpoint
from hai_utils.analyses.survival_blocks import (
    DIED,
    OF_INTEREST,
    Array,
    SurvivalData,
    compare,
    competing_risks,
    describe,
)
from hai_utils.catalogue.endpoints import CHAPTER, HEPATIC, HEPATIC_PROGRESSION, OVERALL, Endpoint
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters
from hai_utils.response.derived import TIME_TOLERANCE


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the records of the chapter the steps of its curves and the bars of the swimmer plot."""
    builder = Builder(CHAPTER, parameters)
    for each in (*cohort.endpoints, *cohort.blank_endpoints):
        endpoint(builder, cohort, each)
    for name in ("alive",):
        if has_rows(cohort, name):
            categorical(builder, cohort, name)
    for group in ("all",) if cohort.groups_form_later else cohort.levels:
        builder.points += swimmer(cohort, group)
    by_status(builder, cohort)
    return builder


def variable_of(endpoint: Endpoint) -> Variable:
    """Return the variable of an endpoint's results."""
    return Variable(endpoint.name, endpoint.variable_label, "number", "months", decimals=1)


def times_of(cohort: Cohort, endpoint: Endpoint) -> tuple[Array, Array]:
    """Return the columns of an endpoint: times, and 1 for an event; nan where missing."""
    time, event = (cohort.table[name].to_numpy(dtype=np.float64) for name in (endpoint.months, endpoint.status))
    return time, event


def endpoint(builder: Builder, cohort: Cohort, described: Endpoint) -> None:
    """Add everything that is said of one endpoint."""
    time, event = times_of(cohort, described)
    # Patients who form a group during follow-up had to live until then: without a landmark there is no such curve.
    late = cohort.groups_form_later
    groups = [group for group in cohort.groups if not late or group not in cohort.levels]
    times = SurvivalData(
        variable_of(described), time, event, {group: cohort.members(group) for group in groups},
        () if late else cohort.levels, cohort.reference, causes_of(cohort, described, time, event), described.cause,
    )  # fmt: skip
    describe(builder, times, curves=("all",) if late else (*cohort.levels, "all"))
    compare(builder, times)
    of_endpoint(builder, cohort, times)
    endpoint_by_sex(builder, cohort, times)
    competing_risks(builder, times)
    if described == HEPATIC and times.cause is not None:
        _deaths_censored(builder, times)


def causes_of(cohort: Cohort, endpoint: Endpoint, time: Array, event: Array) -> Array | None:
    """Return 0 censored, 1 the event, 2 death without it; None where nothing competes or deaths are not known."""
    # Response starts a clock of its own, on which the time of death is another.
    if not endpoint.cause or not cohort.has(OVERALL.months, OVERALL.status):
        return None
    os_time, os_event = times_of(cohort, OVERALL)
    # A death that is one of the endpoint's events was recorded as an event, one that competes with it as none.
    recorded = 1 if endpoint.death == "is an event" else 0
    died = (event == recorded) & (os_event == 1) & (np.abs(os_time - time) <= TIME_TOLERANCE)
    happened = np.where(event == 1, float(OF_INTEREST), 0.0)
    cause: Array = np.where(np.isnan(event), np.nan, np.where(died, float(DIED), happened))
    return cause


def _deaths_censored(builder: Builder, endpoint: SurvivalData) -> None:
    """Add hepatic progression with deaths censored, beside the endpoint with deaths as events."""
    assert endpoint.cause is not None
    event = np.where(np.isnan(endpoint.cause), np.nan, (endpoint.cause == OF_INTEREST).astype(np.float64))
    censored = replace(endpoint, variable=variable_of(HEPATIC_PROGRESSION), event=event, cause=None)
    describe(builder, censored, curves=())
    compare(builder, censored)
