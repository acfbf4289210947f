"""Chapter 1, cohort description: who the patients are, and whether the groups are alike at baseline."""

from __future__ import annotations

from hai_utils.analyses.blocks import categorical, continuous, placed
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.endpoints import DERIVED
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.roles import at_baseline
from hai_utils.parameters import Parameters

CHAPTER = "01_cohort_description"
DERIVED_AT_BASELINE = ("largest_lesion_cm2", "prior_chemotherapy")
OTHER_CHAPTERS = ("clavien_dindo", "pump_complication", "hai_discontinued", "converted_to_resection")


def variables(cohort: Cohort) -> tuple[str, ...]:
    """Return the names of the variables at baseline that hold a value, in the dictionary's order."""
    return tuple(
        name for name, variable in cohort.variables.items() if _is_baseline(cohort, name) and variable.kind != "string"
    )


def _is_baseline(cohort: Cohort, name: str) -> bool:
    if name in DERIVED_AT_BASELINE or cohort.variables[name].own:
        return name != cohort.group_by and (name in DERIVED_AT_BASELINE or at_baseline(cohort.variables[name]))

    elsewhere = name in OTHER_CHAPTERS or name in DERIVED or name == cohort.group_by
    return not elsewhere and not name.startswith("lesion") and not name.endswith(("_months", "_event"))


def analyse(cohort: Cohort, parameters: Parameters) -> Builder:
    """Compute the records of the chapter."""
    builder = Builder(CHAPTER, parameters)
    for name in variables(cohort):
        block = categorical if cohort.variables[name].kind == "category" else continuous
        block(builder, cohort, name, baseline=True)
    _group_sizes(builder, cohort)
    return builder


def _group_sizes(builder: Builder, cohort: Cohort) -> None:
    """Count the groups themselves, as a share of all rows and of those analysed."""
    variable = cohort.group_variable
    value = cohort.table[cohort.group_by].tolist()
    builder.add_sample(variable.name, lambda: {**placed(cohort), "value": value})
    for population in ("all", "analysed"):
        members = cohort.members(population)
        total = int(members.sum())
        for level in cohort.levels:
            mask = (cohort.table[cohort.group_by] == level).to_numpy() & members
            count = int(mask.sum())
            builder.add(variable, population, "count", count, n=total, level=level)
            builder.add(
                variable, population, "percent", 100.0 * count / total if total else None,
                n=total, level=level, note="" if total else "no data",
            )  # fmt: skip
    recorded = cohort.table[cohort.group_by].notna().to_numpy()
    for group in ("all", "analysed", "excluded", *cohort.levels):
        members = cohort.members(group)
        size = int((members & recorded).sum())
        builder.add(variable, group, "n", size, n=size)
        builder.add(variable, group, "n_missing", int(members.sum()) - size, n=size)
