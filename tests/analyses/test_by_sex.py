"""Outcomes by sex are those of a run that is grouped by sex, and never stand where small cells are withheld."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.catalogue.outcomes import BY_SEX, outcomes_by_sex
from hai_utils.cohort.reading import load_cohort
from hai_utils.disclosure import withhold_small_cells
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results


@pytest.fixture(scope="module")
def grouped(root: Path) -> Results:
    """The reconstruction with the sexes as its groups and nobody left out."""
    parameters = load_parameters([root / "params.yml"], ["group_by=sex", "reference_group=female", "exclude=[]"])
    return analyse(load_cohort(parameters, root), parameters, ["02_complications", "03_tumor_response", "04_survival"])


def by_sex(results: Results) -> list[str]:
    return [key for key in results.keys if key.startswith(f"{BY_SEX}_")]


def test_each_number_is_that_of_a_run_grouped_by_sex(results, grouped):
    keys = by_sex(results)
    assert len(keys) > 200
    for key in keys:
        for record in results.methods(key):
            other = grouped.get(key.removeprefix(f"{BY_SEX}_"), record.method)
            assert (record.value, record.n, record.formatted) == (other.value, other.n, other.formatted), key


def test_every_outcome_of_the_study_is_there_for_both_sexes(results):
    names = outcomes_by_sex(results.study.parameters["primary_endpoint"], results.study.parameters["outcomes"])
    assert {"objective_response", "pfs", "os", "any_complication"} <= set(names)
    for name in names:
        for sex in ("female", "male"):
            assert f"{BY_SEX}_{name}.{sex}.n" in results


def test_a_cohort_grouped_by_sex_has_its_outcomes_once(grouped):
    assert by_sex(grouped) == []


def test_where_small_cells_are_withheld_none_stands_though_every_cell_is_large(results):
    gated = withhold_small_cells(results, 3)
    assert by_sex(gated) == by_sex(results)
    assert all(gated.get(key).withheld for key in by_sex(gated))
