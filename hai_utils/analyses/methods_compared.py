"""Chapter 5, methods compared: the outcomes under other choices, and adjusted for their number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from hai_utils.analyses.blocks import categorical, continuous, has_rows
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.survival_blocks import SurvivalData, compare, describe
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters
from hai_utils.results.formatting import Formatter
from hai_utils.results.keys import comparison
from hai_utils.results.record import Record
from hai_utils.stats.multiplicity import holm

CHAPTER = "05_methods_compared"
# The variable of an outcome when those left out of the comparisons are put back.
PUT_BACK = "_with_excluded"


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the outcomes of Table 2 with the excluded put back into their groups."""
    builder = Builder(CHAPTER, parameters)
    everybody = put_back(cohort)
    if everybody is None:
        return builder
    for name in parameters.outcomes:
        _outcome(builder, everybody, name)
    return builder


def put_back(cohort: Cohort) -> Cohort | None:
    """Return the cohort without exclusions; None where nobody with a group was left out."""
    if not (cohort.excluded & cohort.table[cohort.group_by].notna().to_numpy()).any():
        return None
    present = set(cohort.table[cohort.group_by].dropna())
    legal = cohort.group_variable.levels or tuple(sorted(present))
    levels = tuple(level for level in legal if level in present or level == cohort.reference)
    return replace(cohort, excluded=np.zeros(cohort.size, dtype=bool), levels=levels)


def _outcome(builder: Builder, cohort: Cohort, name: str) -> None:
    described = next(
        (endpoint for endpoint in (*cohort.endpoints, *cohort.blank_endpoints) if endpoint.name == name), None
    )
    if described and not cohort.groups_form_later:
        columns = (described.months, described.status)
        time, event = (cohort.table[column].to_numpy(dtype=np.float64) for column in columns)
        label = f"{described.label}, including the excluded, months"
        variable = Variable(name + PUT_BACK, label, "number", "months", decimals=1)
        groups = {level: cohort.members(level) for level in cohort.levels}
        endpoint = SurvivalData(variable, time, event, groups, cohort.levels, cohort.reference)
        describe(builder, endpoint, curves=())
        compare(builder, endpoint)
    elif has_rows(cohort, name) and name != cohort.group_by:
        renamed = name + PUT_BACK
        variable = cohort.variables[name]
        again = replace(variable, name=renamed, label=f"{variable.label}, including the excluded")
        block = categorical if variable.kind == "category" else continuous
        block(builder, cohort.with_columns({renamed: cohort.table[name]}, {renamed: again}), renamed)


def adjusted(records: Iterable[Record], parameters: Parameters, levels: Iterable[str]) -> list[Record]:
    """Return Holm's P values of the secondary outcomes, one family a comparison and one of the tests over all groups.

    Parameters
    ----------
    records : iterable of Record
        Of the chapters that report the outcomes.
    levels : iterable of str
        The groups that are compared with the reference.
    """
    formatter = Formatter.of(parameters.style, parameters.rounding, parameters.significance_level)
    reported = {
        (record.variable, record.group): record
        for record in records
        if record.statistic == "p_value" and record.reported and not record.level
    }
    found: list[Record] = []
    compared = [comparison(level, parameters.reference_group) for level in levels]
    secondary = [name for name in dict.fromkeys(parameters.outcomes) if name != parameters.primary_endpoint]
    for group in (*compared, "overall"):
        family = [reported[name, group] for name in secondary if (name, group) in reported]
        values = holm([None if record.value is None else float(record.value) for record in family])
        found += [_holm_record(record, value, formatter) for record, value in zip(family, values, strict=True)]
    return found


def _holm_record(record: Record, value: float | None, formatter: Formatter) -> Record:
    return replace(
        record,
        statistic="p_value_holm",
        method="holm",
        chapter=CHAPTER,
        value=value,
        formatted="NE" if value is None else formatter.p_value(value),
    )
