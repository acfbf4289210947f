"""Chapter 2, complications: early morbidity, early deaths, and what the pump did later."""

from __future__ import annotations

from hai_utils.analyses.blocks import categorical, continuous, has_rows
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.by_sex import columns_by_sex
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters

CHAPTER = "02_complications"
VARIABLES = (
    "clavien_dindo",
    "any_complication",
    "minor_complication",
    "severe_complication",
    "death_90_days",
    "pump_complication",
    "any_pump_complication",
    "biliary_complication",
    "hai_discontinued",
    "biliary_discontinued",
)


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the records of the chapter."""
    builder = Builder(CHAPTER, parameters)
    for name in VARIABLES:
        if has_rows(cohort, name) and name != cohort.group_by:
            categorical(builder, cohort, name)
    columns_by_sex(builder, cohort, dict.fromkeys(record.variable for record in builder.records))
    if has_rows(cohort, "hai_cycles_discontinued"):
        continuous(builder, cohort, "hai_cycles_discontinued")
    return builder
