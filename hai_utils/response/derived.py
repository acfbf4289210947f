"""From the lesion columns or the dated scans of a cohort to the response of each patient, as derived columns.

Two measurements of a lesion, at baseline and at best response, are a course of two scans: both come to
`hai_utils.response.judging`. A missing measurement stays missing; nothing is taken for 0 mm, and nobody is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from hai_utils.catalogue.criteria import CONFIRMATION_DAYS
from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.headers import RESPONSE_PAIR
from hai_utils.cohort.model import YES_NO, Cohort
from hai_utils.cohort.scans import AXES, COHORT_LESIONS, VISITS, LesionScan
from hai_utils.parameters import Parameters
from hai_utils.response.courses import NO_COURSE, Course, courses
from hai_utils.response.judging import OTHERS_ONLY, RESPONSE_LEVELS, RESPONSES, Array, Flags, Lesions, Mask, judge
from hai_utils.response.rules import PAPER_RULES, RECIST_RULES, ResponseRules, check_choices, response_rules

Found = TypeVar("Found")
TIME_TOLERANCE = 1e-9
RESPONSE_LABELS = {
    "CR": "Complete response",
    "PR": "Partial response",
    "SD": "Stable disease",
    "non_CR_non_PD": "Non-complete response/non-progressive disease",
    "PD": "Progressive disease",
    "NE": "Not evaluable",
}


def _binary(name: str, label: str) -> Variable:
    return Variable(name, label, "category", levels=tuple(YES_NO), level_labels=YES_NO)


def _response(name: str, label: str) -> Variable:
    return Variable(name, label, "category", levels=RESPONSE_LEVELS, level_labels=RESPONSE_LABELS)


def described(columns: Mapping[str, Array | Flags]) -> dict[str, Variable]:
    """Describe columns about response; the level of patients without target lesions is one only where it occurs."""
    found = {}
    for name, values in columns.items():
        variable = RESPONSE_VARIABLES[name]
        if variable.level_labels is RESPONSE_LABELS and OTHERS_ONLY in values:
            variable = replace(variable, levels=tuple(RESPONSE_LABELS))
        found[name] = variable
    return found


def _months(name: str, label: str) -> Variable:
    return Variable(name, f"{label}, months", "number", "months", decimals=1)


RESPONSE_VARIABLES: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("reduction_percent", "Tumor reduction, %", "number", "percent", decimals=0),
        Variable(
            "reduction_percent_recist", "Tumor reduction by longest diameters, %", "number", "percent", decimals=0
        ),
        _response("best_response", "Best response"),
        _response("best_response_recist", "Best response by RECIST 1.1"),
        _binary("objective_response", "Objective response"),
        _binary("objective_response_conservative", "Objective response, not evaluable as non-responders"),
        _binary("objective_response_recist", "Objective response by RECIST 1.1"),
        _binary(
            "objective_response_recist_conservative",
            "Objective response by RECIST 1.1, not evaluable as non-responders",
        ),
        _response("best_response_confirmed", "Best response, confirmed after 28 days"),
        _binary("objective_response_confirmed", "Objective response, confirmed after 28 days"),
        _months("time_to_response_months", "Time to response"),
        _months("time_to_nadir_months", "Time to the smallest tumor burden"),
        _months("duration_of_response_months", "Duration of response"),
        Variable("duration_of_response_event", "Progression or death after response", "integer", levels=("0", "1")),
        _binary("progressed_on_therapy", "Growth on therapy"),
        _binary("any_shrinkage", "Any shrinkage"),
    )
}


@dataclass(frozen=True, slots=True)
class Best:
    """Best response of each patient of a cohort (array of object), and the reduction of the burden in percent (nan: not evaluable)."""

    response: Flags
    reduction_percent: Array


# Every row refers to these: texts made for each row would take as much memory as the cohort itself.
_ANSWERS: Flags = np.array(["no", "yes", None], dtype=object)


def yes_no(condition: Mask, known: Mask) -> Flags:
    """Return ``yes``/``no``, None where it is not known."""
    return _ANSWERS[np.where(known, condition.astype(np.intp), 2)]


def objective_response(called: Flags) -> Flags:
    """Return whether a patient responded (CR or PR), None where not evaluable."""
    return yes_no(np.isin(called, RESPONSES), called != "NE")


def conservative(response: Flags) -> Flags:
    """Return the response with the not evaluable as non-responders."""
    return yes_no(response == "yes", np.ones(len(response), dtype=bool))


def derive_response(cohort: Cohort, parameters: Parameters) -> dict[str, Array | Flags]:
    """Return the columns about response that a cohort allows: by its scans where there are any, else by its lesion columns.

    A patient without scans is then not evaluable, whatever the lesion columns hold: two sources would be two definitions.

    Raises
    ------
    ParameterError
        Where a choice needs dated scans and there is no table of them, or does not belong to the criterion.
    """
    if cohort.scans is not None:
        check_choices(parameters)
        return _from_scans(cohort, cohort.scans, response_rules(parameters))
    if cohort.has(*RESPONSE_PAIR):
        check_choices(parameters)
        return _from_columns(cohort, response_rules(parameters))
    return {}


def _columns(own: Best, recist: Best, products: Array) -> dict[str, Array | Flags]:
    known = ~np.isnan(own.reduction_percent)
    return {
        "reduction_percent": products,
        "reduction_percent_recist": recist.reduction_percent,
        "best_response": own.response,
        "best_response_recist": recist.response,
        "objective_response": objective_response(own.response),
        "objective_response_conservative": conservative(objective_response(own.response)),
        "objective_response_recist": objective_response(recist.response),
        "objective_response_recist_conservative": conservative(objective_response(recist.response)),
        "progressed_on_therapy": yes_no(own.reduction_percent < 0, known),
        "any_shrinkage": yes_no(own.reduction_percent > 0, known),
    }


def _once(judge_by: Callable[[ResponseRules], Found], *rules: ResponseRules) -> list[Found]:
    """Judge by several rules, by those that are the same only once."""
    found = {each: judge_by(each) for each in dict.fromkeys(rules)}
    return [found[each] for each in rules]


def _by_products(rules: ResponseRules) -> ResponseRules:
    return rules if rules.uses_products else PAPER_RULES


# --- two measurements -------------------------------------------------------------------------------------------------


def _from_columns(cohort: Cohort, rules: ResponseRules) -> dict[str, Array | Flags]:
    own, recist, products = _once(lambda each: _two_scans(cohort, each), rules, RECIST_RULES, _by_products(rules))
    return _columns(own, recist, products.reduction_percent)


def _two_scans(cohort: Cohort, rules: ResponseRules) -> Best:
    judged = judge(lesions_of_columns(cohort, rules), rules)
    return Best(judged.response[:, 0], 0.0 - judged.change_percent[:, 0])


def lesions_of_columns(cohort: Cohort, rules: ResponseRules) -> Lesions:
    """Return the two target lesions of a cohort's columns as a course of two scans.

    Lesion 1 must be measured; by products a lesion with one diameter at baseline exists, but was not measured in full.
    """
    long, perp = ({visit: _sizes(cohort, visit, axis) for visit in VISITS} for axis in AXES)
    sizes, half = dict(long), np.zeros(cohort.size, dtype=bool)
    if rules.uses_products:
        sizes = {visit: np.where(long[visit] == 0, 0.0, long[visit] * perp[visit]) for visit in VISITS}
        half = (np.isnan(long["baseline"]) != np.isnan(perp["baseline"])).any(axis=1)
    none, nobody = np.zeros((cohort.size, 1), dtype=bool), np.zeros(cohort.size, dtype=bool)
    baseline, best = (sizes[visit] for visit in VISITS)
    return Lesions(baseline, ~np.isnan(baseline[:, 0]) & ~half, best[:, None, :], none, none, none, nobody)


def _sizes(cohort: Cohort, visit: str, axis: str) -> Array:
    """Return one diameter of the lesions at a visit, of shape (n, lesions), mm."""
    names = [f"lesion{number}_{visit}_{axis}_mm" for number in range(1, COHORT_LESIONS + 1)]
    return np.column_stack([numbers_of(cohort, name) for name in names])


def numbers_of(cohort: Cohort, name: str) -> Array:
    """Return a column as numbers; nan throughout where the cohort has no such column."""
    if name not in cohort.table:
        return np.full(cohort.size, np.nan)
    return cohort.table[name].to_numpy(dtype=np.float64)


# --- dated scans ------------------------------------------------------------------------------------------------------


def _from_scans(cohort: Cohort, scans: Sequence[LesionScan], rules: ResponseRules) -> dict[str, Array | Flags]:
    judged, recist, confirmed, products = _once(
        lambda each: _by_row(cohort, scans, each),
        rules,
        replace(rules, criterion="recist_1_1"),
        replace(rules, confirmation_days=CONFIRMATION_DAYS),
        _by_products(rules),
    )
    # Which scans count is for the criterion in force to say, whatever is summed.
    reduction = _numbers(course.reduction_percent(own.ended_day) for course, own in zip(products, judged, strict=True))
    again = _called(confirmed)
    return {
        **_columns(_best(judged), _best(recist), reduction),
        "best_response_confirmed": again,
        "objective_response_confirmed": objective_response(again),
        "time_to_nadir_months": _in_months(
            None if course.nadir_day == course.baseline_day else course.nadir_day for course in judged
        ),
        **_durations(cohort, judged),
    }


def _called(found: Sequence[Course]) -> Flags:
    return np.array([course.best_response for course in found], dtype=object)


def _best(found: Sequence[Course]) -> Best:
    return Best(_called(found), _numbers(course.reduction_percent(course.ended_day) for course in found))


def _by_row(cohort: Cohort, scans: Sequence[LesionScan], rules: ResponseRules) -> list[Course]:
    """Return the course of each row of the cohort; one without points where a patient has no scan."""
    found = {course.patient: course for course in courses(scans, rules)}
    return [found.get(patient, NO_COURSE) for patient in cohort.table["patient_id"]]


def _numbers(values: Iterable[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _in_months(days: Iterable[float | None]) -> Array:
    months: Array = _numbers(days) / DAYS_PER_MONTH
    return months


def _durations(cohort: Cohort, judged: Sequence[Course]) -> dict[str, Array | Flags]:
    """Return the time to response, and from there to progression or death (RECIST 1.1, section 4.6.2).

    It ends at the first progression that the scans show after the response, or at the event of progression-free survival
    (so that progression outside the liver and death count), whichever is first; without either it is censored at the last
    scan that could be judged, or where progression-free survival is censored before. A patient whose progression-free
    survival ends before the response, or with an event at it, has no duration.
    """
    onset, relapse, last = (
        _in_months(getattr(course, day) for course in judged) for day in ("response_day", "relapse_day", "last_day")
    )
    times: dict[str, Array | Flags] = {"time_to_response_months": onset}
    if cohort.has("pfs_months", "pfs_event"):
        months, event = numbers_of(cohort, "pfs_months"), numbers_of(cohort, "pfs_event") == 1
        documented = np.fmin(relapse, np.where(event, months, np.nan))
        ended = ~np.isnan(documented)
        since = np.where(ended, documented, np.fmin(last, months)) - onset
        at_once = (np.abs(since) <= TIME_TOLERANCE) & ~ended
        counted = (since > TIME_TOLERANCE) | at_once
        times["duration_of_response_months"] = np.where(counted, np.where(at_once, 0.0, since), np.nan)
        times["duration_of_response_event"] = np.where(counted, ended.astype(float), np.nan)
    return times
