"""Overall survival by what patients reach during follow-up: from landmarks on, and by the status as it changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from hai_utils.analyses.builder import Builder
from hai_utils.analyses.survival_blocks import AT_RISK, Array, Mask, SurvivalData, compare, curve_points, describe
from hai_utils.catalogue.endpoints import OVERALL
from hai_utils.catalogue.methods import methods_of
from hai_utils.catalogue.statuses import MOST_PATIENTS, NOT_DATED, TOO_MANY, Status, landmark_variable
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.results.keys import comparison, key_part
from hai_utils.stats import survival
from hai_utils.stats.time_dependent import cox_time_dependent, mantel_byar, simon_makuch

TIME_TOLERANCE = 1e-9


def by_status(builder: Builder, cohort: Cohort) -> None:
    """Add overall survival by each status that the cohort records, among those analysed.

    Without dates of a status, or above the size that the catalogue states, its rows are there and empty, with a note.
    """
    statuses = cohort.statuses
    if not statuses:
        return
    why = TOO_MANY if cohort.size > MOST_PATIENTS else NOT_DATED
    for months in builder.parameters.landmark_months:
        _left_out(builder, cohort, months, "" if any(dated(cohort, status) for status in statuses) else NOT_DATED)
        for status in statuses:
            _add(builder, why, cohort, status, partial(_from_landmark, months=months))
    for status in statuses:
        _add(builder, why, cohort, status, _as_it_changes)


def dated(cohort: Cohort, status: Status) -> bool:
    """Say whether it is known when the status was reached: from scans, or from a column of months."""
    from_scans = cohort.scans is not None and status.dates[0] in cohort.table and not status.own
    return from_scans or any(cohort.has(name) for name in status.dates)


class _Data(NamedTuple):
    """Patients analysed with a known status: times, events, and when the status was reached (nan: never)."""

    known: Mask
    time: Array
    event: Array
    onset: Array


def _add(
    builder: Builder, why: str, cohort: Cohort, status: Status, add: Callable[[Builder, Status, _Data], None]
) -> None:
    """Add an analysis, or its rows without values."""
    if why != TOO_MANY and dated(cohort, status):
        add(builder, status, _data(cohort, status))
        return
    rows = Builder(builder.chapter, builder.parameters)
    nobody = np.empty(0)
    add(rows, status, _Data(np.empty(0, dtype=bool), nobody, nobody, nobody))
    builder.add_without_values(rows, why)


def _data(cohort: Cohort, status: Status) -> _Data:
    """Return what both analyses rest on.

    A patient of whom it is said that the status was reached, but not when, belongs to neither side.
    """
    time, event = (cohort.table[name].to_numpy(dtype=np.float64) for name in (OVERALL.months, OVERALL.status))
    date = next((name for name in status.dates if cohort.has(name)), status.dates[0])
    onset = cohort.table[date].to_numpy(dtype=np.float64)
    known = cohort.members("analysed") & ~np.isnan(time) & ~np.isnan(event)
    if cohort.has(status.column):
        answer = cohort.table[status.column]
        reached = (answer == "yes").to_numpy(dtype=bool)
        known &= answer.notna().to_numpy(dtype=bool) & ~(reached & np.isnan(onset))
        onset = np.where(reached, onset, np.nan)
    return _Data(known, time, event, onset)


def _variable(name: str, label: str) -> Variable:
    return Variable(name, label, "number", "months", decimals=1)


def _landmark_variable(builder: Builder, months: float) -> Variable:
    # A whole number is the same in every style.
    month = f"{months:g}" if float(months).is_integer() else builder.formatter.as_given(months)
    label = f"{OVERALL.label} from month {month}, months"
    return _variable(landmark_variable(months), label)


def _left_out(builder: Builder, cohort: Cohort, months: float, note: str) -> None:
    """Count those who were dead or lost before the landmark."""
    time, event = (cohort.table[name].to_numpy(dtype=np.float64) for name in (OVERALL.months, OVERALL.status))
    known = cohort.members("analysed") & ~np.isnan(time) & ~np.isnan(event)
    still = survival.landmark(time[known], event[known], months)
    value = None if note else int((~still).sum())
    builder.add(_landmark_variable(builder, months), "analysed", "left_out", value, n=int(known.sum()), note=note)


def _from_landmark(builder: Builder, status: Status, data: _Data, months: float) -> None:
    """Add survival from the landmark on, in the groups of the status known then."""
    known, time, event, onset = data
    still = known.copy()
    still[known] = survival.landmark(time[known], event[known], months)
    reached = onset <= months + TIME_TOLERANCE
    groups = {status.reached: still & reached, status.before: still & ~reached}
    since, happened = np.where(still, time - months, np.nan), np.where(still, event, np.nan)
    variable = _landmark_variable(builder, months)
    groupwise = SurvivalData(variable, since, happened, groups, (status.reached, status.before), status.before)
    describe(builder, groupwise, curves=tuple(groups))
    compare(builder, groupwise)


def _as_it_changes(builder: Builder, status: Status, data: _Data) -> None:
    """Add Mantel and Byar's test, Cox models with the status as a covariate that changes, and Simon-Makuch curves."""
    label = f"{OVERALL.label} by {status.words} as it changes, months"
    variable = _variable(status.variable, label)
    time, event, onset = (column[data.known] for column in data[1:])
    builder.add_sample(
        status.variable,
        lambda: {
            "row": (np.flatnonzero(data.known) + 1).tolist(),
            "group": ["analysed"] * len(time),
            "months": time.tolist(),
            "event": event.tolist(),
            "onset": onset.tolist(),
        },
    )
    n, pair = len(time), comparison(status.reached, status.before)
    in_status = onset < time - TIME_TOLERANCE
    without, reached = simon_makuch(time, event, onset)
    for group, curve, patients in (
        (status.reached, reached, int(in_status.sum())),
        (status.before, without, n),
    ):
        builder.add(variable, group, "n", patients, n=patients)
        builder.add(variable, group, "events", int(curve.events.sum()), n=patients)
        for months in builder.parameters.time_grid_months:
            builder.add(variable, group, AT_RISK.at(months), survival.at_risk(curve, months), n=patients)
        if patients:
            builder.points += curve_points(f"{variable.name}.{key_part(group)}.curve", curve, builder.parameters)
    test = mantel_byar(time, event, onset)
    builder.add(variable, pair, "p_value", test.p_value, n=n, method="mantel_byar", note=test.note)
    confidence = builder.parameters.confidence_level
    ratios = {
        method: cox_time_dependent(time, event, onset, ties=method, confidence_level=confidence)
        for method in methods_of("hazard_ratio_method")
    }
    builder.add_choice("hazard_ratio_method", variable, pair, ratios, n=n)
