"""A cohort in which every response comes after month 10: no time before it may be credited to responders."""

from __future__ import annotations

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results
from tests.conftest import ROOT, SHARED

CASE = SHARED / "cases" / "inference"
PAIR = "responder_vs_non_responder"


@pytest.fixture(scope="module")
def late_responses() -> Results:
    if not CASE.is_dir():
        pytest.skip("the cases are not beside the project")
    files = (f"data={CASE / 'lm_cohort.csv'}", f"scans={CASE / 'lm_scans.csv'}")
    parameters = load_parameters([ROOT / "params.yml"], [*files, "landmark_months=[6, 18]"])
    return analyse(load_cohort(parameters, ROOT), parameters, ["04_survival"])


def test_nobody_has_responded_by_month_6_so_there_is_nothing_to_compare(late_responses: Results) -> None:
    assert late_responses.get("os_landmark_6.responder.n").value == 0
    assert late_responses.get(f"os_landmark_6.{PAIR}.hazard_ratio").value is None
    assert late_responses.get(f"os_landmark_6.{PAIR}.p_value").value is None


def test_with_response_as_it_changes_the_hazard_hardly_differs(late_responses: Results) -> None:
    ratio = late_responses.get(f"os_by_response.{PAIR}.hazard_ratio").value
    assert ratio == pytest.approx(0.88, abs=0.005)  # by the final status from month 6 it was 0.07
    assert late_responses.get(f"os_by_response.{PAIR}.p_value").method == "mantel_byar"
