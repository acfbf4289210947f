"""Chapter 3, tumor response: how far the tumors shrank, who responded, who became resectable."""

from __future__ import annotations

import numpy as np

from hai_utils.analyses.blocks import categorical, continuous, has_rows
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.by_sex import columns_by_sex
from hai_utils.analyses.courses_over_time import spider
from hai_utils.analyses.leave_one_out import of_columns
from hai_utils.catalogue.criteria import CRITERIA
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.roles import is_after_time_zero
from hai_utils.parameters import Parameters
from hai_utils.results.keys import key_part
from hai_utils.results.series import BarSeries

# By what holds of a bar: growth counts 1, conversion 2.
_MARKS = ("", "growth", "converted", "growth converted")

CHAPTER = "03_tumor_response"
CONTINUOUS = (
    "reduction_percent",
    "reduction_percent_recist",
    "time_to_response_months",
    "time_to_nadir_months",
)
CATEGORICAL = (
    "objective_response",
    "objective_response_conservative",
    "objective_response_recist",
    "objective_response_recist_conservative",
    "objective_response_confirmed",
    "best_response",
    "best_response_recist",
    "best_response_confirmed",
    "progressed_on_therapy",
    "any_shrinkage",
    "converted_to_resection",
)


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the records of the chapter, the bars of the waterfall plot and the lines of the spider plot."""
    builder = Builder(CHAPTER, parameters)
    lesions = tuple(name for name in cohort.variables if name.startswith("lesion"))
    for name in (*lesions, *CONTINUOUS):
        if has_rows(cohort, name):
            continuous(builder, cohort, name)
    late = (name for name, variable in cohort.variables.items() if is_after_time_zero(variable))
    for name in (*CATEGORICAL, *late):
        if has_rows(cohort, name) and name != cohort.group_by:
            categorical(builder, cohort, name)
    described = dict.fromkeys(record.variable for record in builder.records)
    of_columns(builder, cohort, described)
    columns_by_sex(builder, cohort, described)
    reduction = CRITERIA[parameters.response_criterion].reduction
    if has_rows(cohort, reduction):
        for level in cohort.levels:
            builder.points += waterfall(cohort, level, reduction)
            builder.points += spider(cohort, parameters, level)
    return builder


def waterfall(cohort: Cohort, level: str, reduction: str) -> BarSeries:
    """Return one bar a patient: rank within the group, change in percent (growth positive), marks; no identifier.

    `reduction` names the column of the burden that the criterion judges.
    """
    members = cohort.members(level)
    change = -cohort.table[reduction].to_numpy(dtype=np.float64)[members]
    growth = _flag(cohort, "progressed_on_therapy")[members]
    converted = _flag(cohort, "converted_to_resection")[members]
    shown = ~np.isnan(change)
    order = np.lexsort((converted[shown], -change[shown]))
    marked = growth[shown][order] + 2 * converted[shown][order]
    return BarSeries.ranked(
        f"{reduction}.{key_part(level)}.bar", change[shown][order].tolist(), map(_MARKS.__getitem__, marked.tolist())
    )


def _flag(cohort: Cohort, name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if name not in cohort.table:
        return np.zeros(cohort.size, dtype=bool)
    return (cohort.table[name] == "yes").to_numpy()
