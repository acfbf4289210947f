"""One function a derivation: from the columns of a cohort to the outcomes of each patient.

A missing measurement stays missing; nothing is taken for 0 mm, and nobody is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import YES_NO, Cohort
from hai_utils.parameters import Parameters
from hai_utils.response.derived import (
    RESPONSE_VARIABLES,
    TIME_TOLERANCE,
    derive_response,
    described,
    numbers_of,
    yes_no,
)
from hai_utils.response.judging import Array, Flags

EARLY_DEATH_DAYS = 90
MINOR_GRADES = ("I", "II")
SEVERE_GRADES = ("IIIa", "IIIb", "IVa", "IVb", "V")
BILIARY_EVENTS = ("biliary_stricture", "biloma")


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
        *RESPONSE_VARIABLES.values(),
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
        if coded.has(*needed):
            columns |= derivation(coded, parameters)
    series = {name: _series(name, values, coded.table.index) for name, values in columns.items()}
    response = described({name: values for name, values in columns.items() if name in RESPONSE_VARIABLES})
    return coded.with_columns(series, {name: response.get(name, DERIVED[name]) for name in columns})


def _categories(cohort: Cohort) -> list[str]:
    return [name for name in map(str, cohort.table) if cohort.variables[name].kind == "category"]


def _series(name: str, values: Array | Flags, index: pd.Index[int]) -> pd.Series[float] | pd.Series[str]:
    return pd.Series(values, index=index, dtype="category" if DERIVED[name].kind == "category" else None)


def _derive_lesion(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    return {
        "largest_lesion_cm2": numbers_of(cohort, "lesion1_baseline_long_mm")
        * numbers_of(cohort, "lesion1_baseline_perp_mm")
        / 100.0
    }


def _derive_prior(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    regimens = numbers_of(cohort, "prior_regimens")
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
    return {"hai_cycles_discontinued": np.where(stopped, numbers_of(cohort, "hai_cycles"), np.nan)}


def _derive_survival(cohort: Cohort, _: Parameters) -> dict[str, Array | Flags]:
    months, event = numbers_of(cohort, "os_months"), numbers_of(cohort, "os_event")
    return {
        "alive": yes_no(event == 0, ~np.isnan(event)),
        "death_90_days": death_within_90_days(months, event),
    }


Derivation = Callable[[Cohort, Parameters], dict[str, "Array | Flags"]]
_DERIVATIONS: tuple[tuple[tuple[str, ...], Derivation], ...] = (
    (("lesion1_baseline_long_mm", "lesion1_baseline_perp_mm"), _derive_lesion),
    ((), derive_response),
    (("prior_regimens",), _derive_prior),
    (("clavien_dindo",), _derive_complications),
    (("pump_complication",), _derive_pump),
    (("pump_complication", "hai_discontinued"), _derive_biliary_stop),
    (("hai_cycles", "hai_discontinued"), _derive_cycles_stopped),
    (("os_months", "os_event"), _derive_survival),
)
