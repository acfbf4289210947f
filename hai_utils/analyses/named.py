"""Parameters that are lists of names, each item held against the cohort's columns and the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hai_utils.analyses.endpoints import DERIVED
from hai_utils.catalogue.endpoints import ENDPOINTS
from hai_utils.cohort.dictionary import Variable, standard_dictionary
from hai_utils.cohort.identifiers import words_of
from hai_utils.cohort.model import Cohort
from hai_utils.errors import ParameterError, nearest
from hai_utils.parameters import Parameters


def check_names(cohort: Cohort, parameters: Parameters) -> None:
    """Refuse names in the lists of variables and outcomes that neither the dictionary nor the catalogue knows.

    A column that is known and absent from this cohort is no fault: the report says that it is not recorded.

    Raises
    ------
    ParameterError
        One sentence for each item, with what was probably meant.
    """
    columns = {**standard_dictionary(), **DERIVED, **cohort.variables}
    endpoints = {one.name: one.label for one in (*ENDPOINTS, *cohort.endpoints)}
    labels = {name: variable.label for name, variable in columns.items()}
    faults = [
        *_unknown("baseline_variables", (rule.partition("=")[0] for rule in parameters.baseline_variables), labels),
        *_unknown("interquartile_variables", iter(parameters.interquartile_variables), labels),
        *_unknown("outcomes", iter(parameters.outcomes), endpoints | labels),
        *_unknown("primary_endpoint", iter([parameters.primary_endpoint]), endpoints | labels),
        *_unknown_levels(parameters, columns),
    ]
    if faults:
        raise ParameterError("\n".join(faults))


def _unknown(parameter: str, names: Iterator[str], known: Mapping[str, str]) -> Iterator[str]:
    for name in names:
        if name in known:
            continue
        words = words_of(name)
        meant = [
            each
            for each, label in known.items()
            if words in {each, words_of(label), words_of(label.rpartition(",")[0])}
        ]
        near = f" Did you mean '{meant[0]}'?" if meant else nearest(words, tuple(known))
        yield f"Parameter '{parameter}': no column, outcome or endpoint is named '{name}'.{near}"


def _unknown_levels(parameters: Parameters, columns: Mapping[str, Variable]) -> Iterator[str]:
    for rule in parameters.baseline_variables:
        name, mark, level = rule.partition("=")
        if mark and name in columns and columns[name].levels and level not in columns[name].levels:
            near = nearest(level, columns[name].levels) or f" Levels: {', '.join(columns[name].levels)}."
            yield f"Parameter 'baseline_variables': '{level}' is no level of '{name}'.{near}"
