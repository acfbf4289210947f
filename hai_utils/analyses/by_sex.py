"""Outcomes by sex, as the SAGER guidelines ask: described in all rows, and not compared.

Both levels of the dictionary have their rows wherever the cohort has the column: that they are there tells of nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from hai_utils.analyses.blocks import describe_levels, describe_values, levels_of, sample_of
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.survival_blocks import SurvivalData, events_and_median
from hai_utils.catalogue.outcomes import SEX, by_sex, outcomes_by_sex
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort


def columns_by_sex(builder: Builder, cohort: Cohort, names: Iterable[str]) -> None:
    """Describe those of these columns that are outcomes."""
    sexes = _in_sexes(cohort)
    for name in names:
        if not sexes or name not in _outcomes(builder):
            continue
        builder.add_sample(by_sex(name), partial(sample_of, sexes, name))
        describe = describe_levels if cohort.variables[name].kind == "category" else describe_values
        for sex in sexes.levels:
            describe(builder, _named(cohort.variables[name]), sexes, name, sex)


def endpoint_by_sex(builder: Builder, cohort: Cohort, endpoint: SurvivalData) -> None:
    """Give the events and the median of an endpoint that is an outcome."""
    sexes = _in_sexes(cohort)
    if not sexes or endpoint.variable.name not in _outcomes(builder):
        return
    groups = {sex: sexes.members(sex) for sex in sexes.levels}
    found = replace(endpoint, variable=_named(endpoint.variable), groups=groups, levels=(), cause=None)
    builder.add_sample(found.variable.name, found.rows)
    for sex in groups:
        events_and_median(builder, found, sex)


def _outcomes(builder: Builder) -> tuple[str, ...]:
    return outcomes_by_sex(builder.parameters.primary_endpoint, builder.parameters.outcomes)


def _in_sexes(cohort: Cohort) -> Cohort | None:
    """Return the cohort grouped by sex with nobody left out; None without the column, or where the groups are the sexes."""
    if SEX not in cohort.table or cohort.group_by == SEX:
        return None
    levels = levels_of(cohort, SEX)
    return replace(cohort, group_by=SEX, reference=levels[0], levels=levels, excluded=np.zeros(cohort.size, dtype=bool))


def _named(variable: Variable) -> Variable:
    return replace(variable, name=by_sex(variable.name))
