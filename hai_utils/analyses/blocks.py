"""The statistics of one kind of variable: what every chapter asks of a column, in every group and comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.analyses.builder import Builder, Chosen
from hai_utils.analyses.endpoints import DERIVED
from hai_utils.catalogue.methods import SEVERAL_GROUPS, choice_of, methods_of, read_method
from hai_utils.catalogue.statistics import VALUE
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.model import Cohort
from hai_utils.results.keys import comparison
from hai_utils.stats import contingency, location, one_group, proportions
from hai_utils.stats.estimate import Estimate

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups to compare: a level and the reference."""

    level: str
    reference: str

    @property
    def name(self) -> str:
        """The name of the comparison in a key."""
        return comparison(self.level, self.reference)


def pairs(cohort: Cohort) -> tuple[Pair, ...]:
    """Return each level with the reference."""
    return tuple(Pair(level, cohort.reference) for level in cohort.compared)


def column(cohort: Cohort, name: str, group: str) -> Array:
    """Return a number's values in a group, missing ones left out."""
    values = cohort.table[name].to_numpy(dtype=np.float64)[cohort.members(group)]
    present: Array = values[~np.isnan(values)]
    return present


def counts(cohort: Cohort, name: str, group: str) -> tuple[NDArray[np.int64], int]:
    """Return how many of a group have each level, in order, and how many have none recorded."""
    coded = pd.Categorical(cohort.table[name])
    codes = coded.codes[cohort.members(group)]
    tally = np.bincount(codes + 1, minlength=len(coded.categories) + 1)[1:]
    by_level = dict(zip(coded.categories, tally.tolist(), strict=True))
    found = np.array([by_level.get(level, 0) for level in levels_of(cohort, name)], dtype=np.int64)
    return found, int(len(codes) - found.sum())


def has_rows(cohort: Cohort, name: str) -> bool:
    """Say whether a variable has rows: a column of the file, even one that is blank in every row, or a derivation."""
    return name in cohort.table


def has_values(cohort: Cohort, name: str) -> bool:
    """Say whether a variable is shown: a column with a value, or a derivation, even one that leaves all empty."""
    return cohort.has(name) or (name in DERIVED and name in cohort.table)


def placed(cohort: Cohort) -> dict[str, Sequence[object]]:
    """Return for each row of a cohort its place in the file, and its group, ``excluded``, or none."""
    kept = zip(cohort.table[cohort.group_by].tolist(), cohort.excluded.tolist(), strict=True)
    return {
        "row": list(range(1, cohort.size + 1)),
        "group": ["excluded" if excluded else group for group, excluded in kept],
    }


def sample_of(cohort: Cohort, name: str) -> dict[str, Sequence[object]]:
    """Return the rows behind a column: where each stands, its group and its value."""
    return {**placed(cohort), "value": cohort.table[name].tolist()}


def levels_of(cohort: Cohort, name: str) -> tuple[str, ...]:
    """Return a variable's levels: the dictionary's, else those that occur, sorted."""
    return cohort.variables[name].levels or tuple(sorted(cohort.table[name].dropna().unique()))


def continuous(builder: Builder, cohort: Cohort, name: str, *, baseline: bool = False) -> None:
    """Add everything that is said of a continuous variable."""
    variable = cohort.variables[name]
    builder.add_sample(name, lambda: sample_of(cohort, name))
    for group in cohort.groups:
        describe_values(builder, variable, cohort, name, group)
    for pair in pairs(cohort):
        level, reference = column(cohort, name, pair.level), column(cohort, name, pair.reference)
        _compare_locations(builder, variable, pair.name, level, reference)
        if baseline:
            difference = location.standardised_difference(level, reference)
            n = len(level) + len(reference)
            builder.add(variable, pair.name, "standardised_difference", difference.value, n=n, note=difference.note)
    if len(cohort.levels) > 2:
        groups = [column(cohort, name, level) for level in cohort.levels]
        _compare_many(builder, variable, groups)


def describe_values(builder: Builder, variable: Variable, cohort: Cohort, name: str, group: str) -> None:
    """Add what is said of the numbers of a column in one group, under the name of a variable."""
    values = column(cohort, name, group)
    n = len(values)
    builder.add(variable, group, "n", n, n=n)
    builder.add(variable, group, "n_missing", int(cohort.members(group).sum()) - n, n=n)
    for statistic, describe in one_group.DESCRIPTIONS.items():
        builder.add_interval(variable, group, statistic, describe(values), n=n, parts=(VALUE,))
    shapiro = one_group.shapiro_wilk(values)
    builder.add(variable, group, "shapiro_w", shapiro.value, n=n, note=shapiro.note)
    builder.add(variable, group, "shapiro_p", shapiro.p_value, n=n, note=shapiro.note)
    for method in methods_of("quartile_method"):
        q1, q3 = one_group.quartiles(values, method=method)
        spread = None if q1.value is None or q3.value is None else q3.value - q1.value
        for statistic, value in (("q1", q1.value), ("q3", q3.value), ("iqr", spread)):
            builder.add(
                variable, group, statistic, value, n=n, method=method, note=q1.note,
                reported=Chosen("quartile_method"),
            )  # fmt: skip


def _compare_locations(builder: Builder, variable: Variable, group: str, level: Array, reference: Array) -> None:
    n, confidence = len(level) + len(reference), builder.parameters.confidence_level
    tests = {
        method: location.compare_locations(level, reference, method=method) for method in methods_of("continuous_test")
    }
    builder.add_tests("continuous_test", variable, group, tests, n=n)
    for statistic, compare in location.COMPARISONS.items():
        builder.add_interval(variable, group, statistic, compare(level, reference), n=n)
    means = {
        method: location.mean_difference(level, reference, method=method, confidence_level=confidence)
        for method in methods_of("mean_difference_method")
    }
    builder.add_choice("mean_difference_method", variable, group, means, n=n)
    shifts = {
        method: location.hodges_lehmann(level, reference, method=method, confidence_level=confidence)
        for method in methods_of("hodges_lehmann_method")
    }
    shift = shifts["asymptotic_cc"]
    builder.add(variable, group, "hodges_lehmann", shift.value, n=n, note=shift.note)
    builder.add_choice("hodges_lehmann_method", variable, group, shifts, n=n)


def _compare_many(builder: Builder, variable: Variable, groups: Sequence[Array]) -> None:
    tests = {method: location.compare_many_locations(groups, method=method) for method in methods_of(SEVERAL_GROUPS)}
    chosen = read_method(builder.parameters.continuous_test).several
    builder.add_tests(SEVERAL_GROUPS, variable, "overall", tests, n=sum(map(len, groups)), reported=chosen)


def categorical(builder: Builder, cohort: Cohort, name: str, *, baseline: bool = False) -> None:
    """Add everything that is said of a categorical variable; a yes/no variable counts its yes without a level too."""
    variable = cohort.variables[name]
    builder.add_sample(name, lambda: sample_of(cohort, name))
    for group in cohort.groups:
        describe_levels(builder, variable, cohort, name, group)
    for pair in pairs(cohort):
        table = np.array([counts(cohort, name, level)[0] for level in (pair.level, pair.reference)])
        compare_counts(builder, variable, pair.name, table, baseline=baseline)
    if len(cohort.levels) > 2:
        table = np.array([counts(cohort, name, level)[0] for level in cohort.levels])
        _compare_table(builder, variable, "overall", table, larger=True)


def describe_levels(builder: Builder, variable: Variable, cohort: Cohort, name: str, group: str) -> None:
    """Add the counts of each level of a column in one group, under the name of a variable."""
    found, missing = counts(cohort, name, group)
    total = int(found.sum())
    builder.add(variable, group, "n", total, n=total)
    builder.add(variable, group, "n_missing", missing, n=total)
    for level, count in zip(levels_of(cohort, name), found.tolist(), strict=True):
        _count(builder, variable, group, level, count, total)
    if variable.is_binary:
        _count(builder, variable, group, "", int(found[0]), total)


def _count(builder: Builder, variable: Variable, group: str, level: str, count: int, total: int) -> None:
    note = "" if total else "no data"
    share = count / total if total else None
    builder.add(variable, group, "count", count, n=total, level=level)
    percentage = 100.0 * count / total if total else None
    builder.add(variable, group, "percent", percentage, n=total, level=level, note=note)
    builder.add(variable, group, "proportion", share, n=total, level=level, note=note)
    confidence = builder.parameters.confidence_level
    intervals = {
        method: proportions.proportion(count, total, method=method, confidence_level=confidence)
        for method in methods_of("proportion_interval")
    }
    builder.add_choice("proportion_interval", variable, group, intervals, n=total, level=level)


def compare_counts(
    builder: Builder, variable: Variable, group: str, table: NDArray[np.int64], *, baseline: bool = False
) -> None:
    """Add the tests and effects of one comparison; `table` has the level's counts first, then the reference's."""
    n = int(table.sum())
    # Levels that neither group has are no part of the table: what is left of many may be a 2x2 table.
    occurring = int((table.sum(axis=0) > 0).sum())
    _compare_table(builder, variable, group, table, larger=table.shape[1] > 2 and occurring != 2)
    if baseline:
        difference = location.standardised_difference_proportions(table[0], table[1])
        builder.add(variable, group, "standardised_difference", difference.value, n=n, note=difference.note)
    if variable.is_binary:
        _effects(builder, variable, group, table)


def _compare_table(builder: Builder, variable: Variable, group: str, table: NDArray[np.int64], *, larger: bool) -> None:
    choice = "larger_table_test" if larger else "categorical_test"
    constant = Estimate(note="constant")
    tests = {
        method: constant if table.shape[1] < 2 else contingency.compare_table(table, method=method)
        for method in methods_of(choice)
    }
    builder.add_tests(choice, variable, group, tests, n=int(table.sum()))


def _effects(builder: Builder, variable: Variable, group: str, table: NDArray[np.int64]) -> None:
    parameters, n = builder.parameters, int(table.sum())
    cells = (int(table[0, 0]), int(table[0].sum()), int(table[1, 0]), int(table[1].sum()))
    known = cells[1] > 0 and cells[3] > 0
    value = cells[0] / cells[1] - cells[2] / cells[3] if known else None
    builder.add(variable, group, "risk_difference", value, n=n, note="" if known else "no data")
    for statistic, functions in proportions.EFFECTS.items():
        estimates = {
            method: proportions.effect(
                *cells, statistic=statistic, method=method, confidence_level=parameters.confidence_level
            )
            for method in functions
        }
        if choice := choice_of(statistic):
            builder.add_choice(choice.name, variable, group, estimates, n=n)
        else:
            builder.add_interval(variable, group, statistic, estimates[proportions.ONE_WAY], n=n)
    fragility = contingency.fragility_index(table, alpha=parameters.significance_level)
    builder.add(variable, group, "fragility_index", fragility.value, n=n, note=fragility.note)
