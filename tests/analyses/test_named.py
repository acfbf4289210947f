"""Parameters that are lists: each item is a column, an outcome or an endpoint, or the near one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.analyses.named import check_names
from hai_utils.cohort.model import Cohort
from hai_utils.errors import ParameterError
from hai_utils.parameters import Parameters
from tests.conftest import run_hai


@pytest.mark.parametrize(
    ("name", "items", "meant"),
    [
        ("baseline_variables", ("age_years", "primary site"), "primary_site"),
        ("baseline_variables", ("Age",), "age_years"),
        ("baseline_variables", ("sex=men",), "Levels: female, male"),
        ("interquartile_variables", ("hai_cycle",), "hai_cycles"),
        ("outcomes", ("objective_response", "pfs", "overall_survival"), "os"),
        ("outcomes", ("objective_responce",), "objective_response"),
        ("primary_endpoint", "Overall survival", "os"),
    ],
)
def test_an_unknown_item_is_refused_with_the_near_one(
    cohort: Cohort, parameters: Parameters, name: str, items: object, meant: str
) -> None:
    with pytest.raises(ParameterError, match=f"Parameter '{name}'") as refused:
        check_names(cohort, parameters.model_copy(update={name: items}))
    assert meant in str(refused.value)


def test_a_known_column_that_the_cohort_lacks_is_no_fault(cohort: Cohort, parameters: Parameters) -> None:
    check_names(cohort, parameters.model_copy(update={"baseline_variables": ("age_years", "converted_to_resection")}))


def test_a_build_refuses_unknown_items_all_at_once(tmp_path: Path) -> None:
    settings = ("baseline_variables=[age_years, primary site]", "outcomes=[objective_response,pfs,overall_survival]")
    words = [word for setting in settings for word in ("--set", setting)]
    done = run_hai("build", "--out", str(tmp_path / "run"), *words)
    assert done.returncode == 1
    assert "Did you mean 'primary_site'?" in done.stderr
    assert "Did you mean 'os'?" in done.stderr
