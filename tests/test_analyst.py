"""The analyst's way in: the examples of the documentation hold, and arrays and rows are those of the analysis."""

from __future__ import annotations

import doctest
import re
from typing import Any

import numpy as np
import pytest

from hai_utils.analyst import StudyCohort, study_cohort
from hai_utils.errors import ParameterError
from hai_utils.parameters import Parameters
from hai_utils.results.table import Results
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def ours(parameters: Parameters) -> StudyCohort:
    """Return the reconstruction as a notebook reads it."""
    return study_cohort(parameters, ROOT)


@pytest.mark.parametrize("documented", [StudyCohort.patients, StudyCohort.survival, Results.__getitem__, Results.frame])
def test_an_example_holds(documented: Any, ours: StudyCohort, results: Results) -> None:
    (example,) = doctest.DocTestFinder(recurse=False).find(
        documented, documented.__name__, module=False, globs={"cohort": ours, "results": results}
    )
    assert example.examples
    assert doctest.DocTestRunner().run(example).failed == 0


def test_the_code_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "cohort.patients()" in block]
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert len(names["patients"]) == 25


def test_the_rows_are_those_of_the_file(ours: StudyCohort) -> None:
    patients = ours.patients()
    assert list(patients.index) == list(ours.table["patient_id"])
    assert patients["analysed"].sum() == ours.members("analysed").sum()
    assert patients["nras"].isna().sum() == ours.table["nras"].isna().sum()


def test_the_response_is_that_of_the_run(parameters: Parameters) -> None:
    strict = study_cohort(parameters.model_copy(update={"response_threshold_percent": 75.0}), ROOT)
    lenient = study_cohort(parameters.model_copy(update={"response_threshold_percent": 25.0}), ROOT)
    assert (strict.patients()["objective_response"] == "yes").sum() < (
        lenient.patients()["objective_response"] == "yes"
    ).sum()


def test_a_population_may_be_chosen(ours: StudyCohort) -> None:
    everyone, mutant = ours.survival("os", "all"), ours.survival("os", "mutant")
    assert len(everyone.months) == 25
    assert set(mutant.group) == {"mutant"}
    assert np.isin(mutant.months, everyone.months).all()


def test_an_endpoint_that_is_not_there_is_named(ours: StudyCohort) -> None:
    with pytest.raises(ParameterError, match=r"no endpoint 'ps'; it has os, pfs, hepatic_pfs.* Did you mean 'pfs'"):
        ours.survival("ps")
