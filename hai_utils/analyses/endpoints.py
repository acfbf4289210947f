"""One function a derivation: from the columns of a cohort to the outcomes of each patient.

A missing measurement stays missing; nothing is taken for 0 mm, and nobody is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import YES_NO, Cohort
from hai_utils.cohort.scans import LesionScan
from hai_utils.errors import ParameterError
from hai_utils.parameters import Parameters
from hai_utils.response.scans import (
    CONFIRMATION_DAYS,
    NO_COURSE,
    PAPER_RULES,
    Course,
    ResponseRules,
    courses,
    response_rules,
)

Array = NDArray[np.float64]
Flags = NDArray[np.object_]

# Boundaries of a response are inclusive within this much: exactly 50 % is a response.
THRESHOLD_TOLERANCE = 1e-9
TIME_TOLERANCE = 1e-9
DAYS_PER_MONTH = 30.4375
EARLY_DEATH_DAYS = 90
MINOR_GRADES = ("I", "II")
SEVERE_GRADES = ("IIIa", "IIIb", "IVa", "IVb", "V")
BILIARY_EVENTS = ("biliary_stricture", "biloma")
RESPONSE_LEVELS = ("CR", "PR", "SD", "PD", "NE")
RESPONSE_LABELS = {
    "CR": "Complete response",
    "PR": "Partial response",
    "SD": "Stable disease",
    "PD": "Progressive disease",
    "NE": "Not evaluable",
}
# Groups that form after pump placement: a survival curve by them needs a landmark.
AFTER_TIME_ZERO = frozenset(
    {
        "converted_to_resection",
        "clavien_dindo",
        "pump_complication",
        "hai_discontinued",
        "objective_response",
        "best_response",
    }
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """The rules of a response criterion, in one readable place.

    Attributes
    ----------
    name : str
        What the book calls it.
    measure : {'product', 'longest'}
        Sum over the target lesions of the product of the diameters, or of the longest diameter.
    response_percent : float
        Smallest decrease that is a partial response.
    progression_percent : float
        Smallest growth that is progression; 0 means any growth.
    progression_mm : float
        Growth of the sum in mm that is needed besides.
    source : str
        Where the rules come from, as the key of a reference.
    """

    name: str
    measure: Literal["product", "longest"]
    response_percent: float
    progression_percent: float
    progression_mm: float
    source: str


def criterion(parameters: Parameters) -> Criterion:
    """Return the rules of the criterion in force.

    Raises
    ------
    ParameterError
        Where a choice needs dated scans and there is no table of them, or does not belong to the criterion.
    """
    if parameters.confirmation_days and not parameters.scans:
        raise ParameterError(
            f"Parameter 'confirmation_days' cannot be {parameters.confirmation_days}: confirmation needs dated scans, and the cohort holds one best response a patient. "
            "Give a table of scans (--scans FILE; 'hai template' writes an empty one), or use 0."
        )
    if parameters.response_criterion == "paper":
        return Criterion(
            "the study's criterion", "product", parameters.response_threshold_percent, 0.0, 0.0, "Kolbeinsson2022"
        )
    if parameters.response_threshold_percent != 50:
        raise ParameterError(
            f"Parameter 'response_threshold_percent' belongs to response_criterion=paper; {parameters.response_criterion} has a threshold of its own. Leave it at 50."
        )
    if parameters.response_criterion == "who_1979":
        return Criterion("WHO 1979", "product", 50.0, 25.0, 0.0, "WHO1979")
    return RECIST


RECIST = Criterion("RECIST 1.1", "longest", 30.0, 20.0, 5.0, "Eisenhauer2009")


@dataclass(frozen=True, slots=True)
class Burden:
    """Tumor burden of each patient, lesion by lesion.

    Attributes
    ----------
    baseline, best : array of shape (n, 2)
        Products in mm2 or longest diameters in mm at the two visits; nan = not measured.
    unknown : boolean array of shape (n,)
        Patients with a lesion that exists but was not measured in full at baseline: never evaluable.
    """

    baseline: Array
    best: Array
    unknown: NDArray[np.bool_]

    @property
    def expected(self) -> NDArray[np.bool_]:
        """Lesions that have a baseline value."""
        return ~np.isnan(self.baseline)

    @property
    def evaluable(self) -> NDArray[np.bool_]:
        """Lesion 1 measured at both visits, and lesion 2 where it has a baseline."""
        both = self.expected & ~np.isnan(self.best)
        result: NDArray[np.bool_] = both[:, 0] & (both[:, 1] | ~self.expected[:, 1]) & ~self.unknown
        return result

    @property
    def baseline_sum(self) -> Array:
        """Sum over the target lesions at baseline."""
        total: Array = np.where(self.expected[:, 0] & ~self.unknown, np.nansum(self.baseline, axis=1), np.nan)
        return total

    @property
    def best_sum(self) -> Array:
        """Sum over those target lesions at best response, of what was measured."""
        total: Array = np.nansum(np.where(self.expected, self.best, np.nan), axis=1)
        return total

    @property
    def reduction_percent(self) -> Array:
        """100 (baseline - best) / baseline, positive for shrinkage; nan where not evaluable."""
        safe = np.where(self.evaluable, self.baseline_sum, np.nan)
        reduction: Array = 100.0 * (safe - self.best_sum) / safe
        return reduction


def _column(cohort: Cohort, name: str) -> Array:
    if name not in cohort.table:
        return np.full(cohort.size, np.nan)
    return cohort.table[name].to_numpy(dtype=np.float64)


def burden(cohort: Cohort, measure: Literal["product", "longest"]) -> Burden:
    """Return the burden of the two target lesions, as products of diameters (mm2) or longest diameters (mm)."""
    visits = {}
    half_measured = np.zeros(cohort.size, dtype=bool)
    for visit in ("baseline", "best"):
        lesions = []
        for lesion in ("lesion1", "lesion2"):
            size = _column(cohort, f"{lesion}_{visit}_long_mm")
            if measure == "product":
                perpendicular = _column(cohort, f"{lesion}_{visit}_perp_mm")
                if visit == "baseline":
                    half_measured |= np.isnan(size) != np.isnan(perpendicular)
                size = size * perpendicular
            lesions.append(size)
        visits[visit] = np.column_stack(lesions)
    return Burden(visits["baseline"], visits["best"], half_measured)


def best_response(lesions: Burden, rules: Criterion, *, any_lesion: bool = False) -> Flags:
    """Call each patient's best response by a criterion.

    Parameters
    ----------
    lesions : Burden
        In the measure of the criterion.
    any_lesion : bool
        Judge progression on any lesion instead of on the sum (WHO 1979 allows both readings).

    Returns
    -------
    array of object
        ``CR``, ``PR``, ``SD``, ``PD`` or ``NE``; NE where a lesion is not measured, unless what was measured alone
        proves progression.
    """
    base, best, evaluable = lesions.baseline_sum, lesions.best_sum, lesions.evaluable
    reduction = lesions.reduction_percent
    growth = _has_grown(base, best, rules)
    if any_lesion:
        single = [_has_grown(lesions.baseline[:, i], lesions.best[:, i], rules) for i in (0, 1)]
        growth = growth | single[0] | single[1]
    # What was not measured can only add to the best sum, so growth of the measured part proves progression.
    called = np.full(len(base), "NE", dtype=object)
    called[evaluable] = "SD"
    called[evaluable & (reduction >= rules.response_percent - THRESHOLD_TOLERANCE)] = "PR"
    called[growth] = "PD"
    called[evaluable & (best == 0)] = "CR"
    return called


def _has_grown(base: Array, best: Array, rules: Criterion) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = 100.0 * (best - base) / base
        if rules.progression_percent == 0:
            grown = percent > THRESHOLD_TOLERANCE
        else:
            grown = percent >= rules.progression_percent - THRESHOLD_TOLERANCE
        result: NDArray[np.bool_] = grown & (best - base >= rules.progression_mm - THRESHOLD_TOLERANCE)
    return result


# Every row refers to these: texts made for each row would take as much memory as the cohort itself.
_ANSWERS: Flags = np.array(["no", "yes", None], dtype=object)


def yes_no(condition: NDArray[np.bool_], known: NDArray[np.bool_]) -> Flags:
    """Return ``yes``/``no``, None where it is not known."""
    return _ANSWERS[np.where(known, condition.astype(np.intp), 2)]


def objective_response(called: Flags) -> Flags:
    """Return whether a patient responded (CR or PR), None where not evaluable."""
    return yes_no(np.isin(called, ("CR", "PR")), called != "NE")


def conservative(response: Flags) -> Flags:
    """Return the response with the not evaluable as non-responders."""
    return yes_no(response == "yes", np.ones(len(response), dtype=bool))


def among(column: pd.Series[str], levels: tuple[str, ...]) -> Flags:
    """Return whether a level is one of these, None where it is missing."""
    return yes_no(column.isin(levels).to_numpy(), column.notna().to_numpy())


def death_within_90_days(months: Array, event: Array) -> Flags:
    """Return death with months <= 90/30.4375; None for those censored earlier."""
    limit = EARLY_DEATH_DAYS / DAYS_PER_MONTH + TIME_TOLERANCE
    died = (event == 1) & (months <= limit)
    return yes_no(died, ~np.isnan(months) & (died | (months >= EARLY_DEATH_DAYS / DAYS_PER_MONTH - TIME_TOLERANCE)))


def _binary(name: str, label: str) -> Variable:
    return Variable(name, label, "category", levels=tuple(YES_NO), level_labels=YES_NO)


def _response(name: str, label: str) -> Variable:
    return Variable(name, label, "category", levels=RESPONSE_LEVELS, level_labels=RESPONSE_LABELS)


DERIVED: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("largest_lesion_cm2", "Size of the largest lesion, cm²", "number", "cm2", decimals=1),
        _binary("prior_chemotherapy", "Prior systemic chemotherapy"),
        _binary("any_complication", "Any perioperative complication"),
        _binary("minor_complication", "Minor complication (Clavien-Dindo I–II)"),
        _binary("severe_complication", "Severe complication (Clavien-Dindo IIIa or higher)"),
        _binary("any_pump_complication", "Any long-term pump-related complication"),
        _binary("biliary_complication", "Biliary complication (stricture or biloma)"),
        _binary("biliary_discontinued", "HAI stopped for a biliary complication"),
        Variable("hai_cycles_discontinued", "HAI cycles before HAI was stopped for a complication", "integer"),
        _binary("death_90_days", "Death within 90 days"),
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
        Variable("time_to_response_months", "Time to response, months", "number", "months", decimals=1),
        Variable("time_to_nadir_months", "Time to the smallest tumor burden, months", "number", "months", decimals=1),
        Variable("duration_of_response_months", "Duration of response, months", "number", "months", decimals=1),
        Variable("duration_of_response_event", "Progression or death after response", "integer", levels=("0", "1")),
        _binary("progressed_on_therapy", "Growth on therapy"),
        _binary("any_shrinkage", "Any shrinkage"),
        _binary("alive", "Alive at last contact"),
    )
}


def derive(cohort: Cohort, parameters: Parameters) -> Cohort:
    """Add every derived variable that the cohort's columns allow.

    Categories are coded on the way: in a large cohort comparing codes takes a hundredth of comparing texts.
    """
    table = cohort.table.astype(dict.fromkeys(_categories(cohort), "category"), copy=False)
    coded = replace(cohort, table=table)
    columns: dict[str, Array | Flags] = {}
    for needed, derivation in _DERIVATIONS:
        if coded.has(*needed) and not (derivation is _derive_response and cohort.scans is not None):
            columns |= derivation(coded, parameters)
    if cohort.scans is not None:
        columns |= _derive_from_scans(coded, cohort.scans, parameters)
    series = {name: _series(name, values, coded.table.index) for name, values in columns.items()}
    return coded.with_columns(series, {name: DERIVED[name] for name in columns})


def _categories(cohort: Cohort) -> list[str]:
    return [name for name in map(str, cohort.table) if cohort.variables[name].kind == "category"]


def _series(name: str, values: Array | Flags, index: pd.Index[int]) -> pd.Series[float] | pd.Series[str]:
    return pd.Series(values, index=index, dtype="category" if DERIVED[name].kind == "category" else None)


def _derive_response(cohort: Cohort, parameters: Parameters) -> dict[str, Array | Flags]:
    rules = criterion(parameters)
    products, longest = burden(cohort, "product"), burden(cohort, "longest")
    called = best_response(
        products if rules.measure == "product" else longest,
        rules,
        any_lesion=parameters.response_criterion == "who_1979" and parameters.who_lesions == "any",
    )
    recist = best_response(longest, RECIST)
    reduction = products.reduction_percent
    known = ~np.isnan(reduction)
    return {
        "reduction_percent": reduction,
        "reduction_percent_recist": longest.reduction_percent,
        "best_response": called,
        "best_response_recist": recist,
        "objective_response": objective_response(called),
        "objective_response_conservative": conservative(objective_response(called)),
        "objective_response_recist": objective_response(recist),
        "objective_response_recist_conservative": conservative(objective_response(recist)),
        "progressed_on_therapy": yes_no(reduction < 0, known),
        "any_shrinkage": yes_no(reduction > 0, known),
    }


def _derive_from_scans(cohort: Cohort, scans: Sequence[LesionScan], parameters: Parameters) -> dict[str, Array | Flags]:
    """Derive the response from dated scans alone: who has none is not evaluable, whatever the lesion columns hold."""
    criterion(parameters)
    rules = response_rules(parameters)
    by_recist, again = replace(rules, criterion="recist_1_1"), replace(rules, confirmation_days=CONFIRMATION_DAYS)
    by_products = rules if rules.uses_products else PAPER_RULES
    # Rules that are the same are judged once.
    found = {each: _courses_by_row(cohort, scans, each) for each in {rules, by_recist, again, by_products}}
    judged, recist, confirmed, products = (found[each] for each in (rules, by_recist, again, by_products))
    # Which scans count is for the criterion in force to say, whatever is summed.
    reduction = _numbers(course.reduction_percent(own.ended_day) for course, own in zip(products, judged, strict=True))
    called, called_recist, called_again = (
        np.array([course.best_response for course in courses], dtype=object) for courses in (judged, recist, confirmed)
    )
    known = ~np.isnan(reduction)
    return {
        "reduction_percent": reduction,
        "reduction_percent_recist": _numbers(course.reduction_percent(course.ended_day) for course in recist),
        "best_response": called,
        "best_response_recist": called_recist,
        "best_response_confirmed": called_again,
        "objective_response": objective_response(called),
        "objective_response_conservative": conservative(objective_response(called)),
        "objective_response_recist": objective_response(called_recist),
        "objective_response_recist_conservative": conservative(objective_response(called_recist)),
        "objective_response_confirmed": objective_response(called_again),
        "progressed_on_therapy": yes_no(reduction < 0, known),
        "any_shrinkage": yes_no(reduction > 0, known),
        "time_to_nadir_months": _months(
            None if course.nadir_day == course.baseline_day else course.nadir_day for course in judged
        ),
        **_durations(cohort, _months(course.response_day for course in judged)),
    }


def _courses_by_row(cohort: Cohort, scans: Sequence[LesionScan], rules: ResponseRules) -> list[Course]:
    """Return the course of each row of the cohort; one without points where a patient has no scan."""
    found = {course.patient: course for course in courses(scans, rules)}
    return [found.get(patient, NO_COURSE) for patient in cohort.table["patient_id"]]


def _numbers(values: Iterable[float | None]) -> Array:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _months(days: Iterable[float | None]) -> Array:
    months: Array = _numbers(days) / DAYS_PER_MONTH
    return months


def _durations(cohort: Cohort, onset: Array) -> dict[str, Array | Flags]:
    """Return the time to response, and from there to progression or death (RECIST 1.1, section 4.6.2).

    It ends as progression-free survival does, so that progression outside the liver and death count. Who was last seen
    at the first scan with a response is censored at time 0; who progressed by that column before it, or at it, or was
    last seen before it, has no duration.
    """
    times: dict[str, Array | Flags] = {"time_to_response_months": onset}
    if cohort.has("pfs_months", "pfs_event"):
        since, event = _column(cohort, "pfs_months") - onset, _column(cohort, "pfs_event")
        at_once = (np.abs(since) <= TIME_TOLERANCE) & (event == 0)
        counted = (since > TIME_TOLERANCE) | at_once
        times["duration_of_response_months"] = np.where(counted, np.where(at_once, 0.0, since), np.nan)
        times["duration_of_response_event"] = np.where(counted, event, np.nan)
    return times


def _derive_lesion(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    return {
        "largest_lesion_cm2": _column(cohort, "lesion1_baseline_long_mm")
        * _column(cohort, "lesion1_baseline_perp_mm")
        / 100.0
    }


def _derive_prior(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    regimens = _column(cohort, "prior_regimens")
    return {"prior_chemotherapy": yes_no(regimens >= 1, ~np.isnan(regimens))}


def _derive_complications(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    grades = cohort.table["clavien_dindo"]
    return {
        "any_complication": among(grades, MINOR_GRADES + SEVERE_GRADES),
        "minor_complication": among(grades, MINOR_GRADES),
        "severe_complication": among(grades, SEVERE_GRADES),
    }


def _derive_pump(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    events = cohort.table["pump_complication"]
    return {
        "any_pump_complication": yes_no((events != "none").to_numpy(), events.notna().to_numpy()),
        "biliary_complication": among(events, BILIARY_EVENTS),
    }


def _derive_biliary_stop(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    events, stopped = cohort.table["pump_complication"], cohort.table["hai_discontinued"]
    biliary = events.isin(BILIARY_EVENTS).to_numpy() & (stopped == "yes").to_numpy()
    return {"biliary_discontinued": yes_no(biliary, (events.notna() & stopped.notna()).to_numpy())}


def _derive_cycles_stopped(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    stopped = (cohort.table["hai_discontinued"] == "yes").to_numpy()
    return {"hai_cycles_discontinued": np.where(stopped, _column(cohort, "hai_cycles"), np.nan)}


def _derive_survival(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    months, event = _column(cohort, "os_months"), _column(cohort, "os_event")
    return {
        "alive": yes_no(event == 0, ~np.isnan(event)),
        "death_90_days": death_within_90_days(months, event),
    }


Derivation = Callable[[Cohort, Parameters], dict[str, "Array | Flags"]]
_DERIVATIONS: tuple[tuple[tuple[str, ...], Derivation], ...] = (
    (("lesion1_baseline_long_mm", "lesion1_baseline_perp_mm"), _derive_lesion),
    (("lesion1_baseline_long_mm", "lesion1_best_long_mm"), _derive_response),
    (("prior_regimens",), _derive_prior),
    (("clavien_dindo",), _derive_complications),
    (("pump_complication",), _derive_pump),
    (("pump_complication", "hai_discontinued"), _derive_biliary_stop),
    (("hai_cycles", "hai_discontinued"), _derive_cycles_stopped),
    (("os_months", "os_event"), _derive_survival),
)
