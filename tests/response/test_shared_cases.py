"""Small cohorts on which response was once called wrongly; the right value of each has its reason in ../shared/cases."""

from __future__ import annotations

import pytest

from hai_utils.analyses import analyse
from hai_utils.analyses.endpoints import derive
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import full_dictionary, load_cohort
from hai_utils.cohort.report import CheckReport, check_file
from hai_utils.parameters import Parameters, load_parameters
from hai_utils.response.conflicts import progression_conflicts
from hai_utils.show import sentences
from hai_utils.show.content import Figure, Notice, Paragraphs, Table, plain
from hai_utils.show.figures.by_status import by_status
from hai_utils.show.figures.waterfall import waterfall
from hai_utils.show.tables.survival import survival_comparisons
from tests.conftest import ROOT, SHARED

MONTH = 30.4375
CASES = SHARED / "cases" / "inference"


@pytest.fixture(autouse=True)
def _cases_are_there() -> None:
    if not CASES.is_dir():
        pytest.skip(f"the small cases are not beside the project ({CASES.name})")


def parameters_of(name: str, *settings: str) -> Parameters:
    files = [f"data={CASES / f'{name}_cohort.csv'}", f"scans={CASES / f'{name}_scans.csv'}", "exclude="]
    return load_parameters([ROOT / "params.yml"], [*files, "response_criterion=recist_1_1", *settings])


def derived(name: str, *settings: str) -> Cohort:
    parameters = parameters_of(name, *settings)
    return derive(load_cohort(parameters, ROOT), parameters)


def of_patient(cohort: Cohort, patient: str, column: str) -> object:
    value = cohort.table.set_index("patient_id")[column].astype(object)[patient]
    return None if value != value else value


def checked(name: str) -> CheckReport:
    cohort, scans = (CASES / f"{name}_{kind}.csv" for kind in ("cohort", "scans"))
    return check_file(cohort, full_dictionary(), scans, progression_conflicts)


def found(report: CheckReport, code: str) -> list[tuple[int, str]]:
    return sorted((problem.line, problem.column) for problem in report.problems if problem.code == code)


def test_a_response_lasts_until_progression_that_the_scans_document() -> None:
    cohort = derived("pd")
    assert of_patient(cohort, "A", "duration_of_response_months") == pytest.approx(30 / MONTH, rel=1e-12)
    assert of_patient(cohort, "A", "duration_of_response_event") == 1


def test_a_response_without_a_later_scan_is_censored_there() -> None:
    cohort = derived("pd")
    assert of_patient(cohort, "B", "duration_of_response_months") == 0
    assert of_patient(cohort, "B", "duration_of_response_event") == 0


def test_a_check_names_scans_that_contradict_progression_free_survival() -> None:
    assert found(checked("pd"), "progression_conflict") == [(4, "scans.day"), (9, "scans.day")]


def test_a_conflict_is_told_without_a_cells_value() -> None:
    (message,) = {one.message for one in checked("pd").problems if one.code == "progression_conflict"}
    assert "pfs_months" in message
    assert not {"34.9", "90", "60"} & set(message.replace(".", " ").split())


def test_a_non_target_lesion_first_seen_on_therapy_is_new_disease_and_asked_about() -> None:
    assert of_patient(derived("pd"), "C", "best_response") == "PD"
    assert found(checked("pd"), "scan_later_other") == [(10, "scans.lesion")]


def test_more_than_five_targets_and_targets_under_10_mm_are_warned_of() -> None:
    report = checked("pd")
    assert found(report, "scan_many_targets") == [(16, "scans.role")]
    assert [line for line, _ in found(report, "scan_small_target")] == [11, 12, 13, 14, 15, 16]
    assert report.passed


def test_non_target_lesions_alone_can_respond_completely() -> None:
    cohort = derived("nt", "confirmation_days=28")
    assert of_patient(cohort, "P01", "best_response") == "CR"
    assert not found(checked("nt"), "scan_no_baseline")


def test_disease_after_a_complete_response_is_progression() -> None:
    assert of_patient(derived("nt"), "P04", "best_response") == "CR"
    assert of_patient(derived("nt"), "P04", "duration_of_response_months") == pytest.approx(30 / MONTH, rel=1e-12)
    assert of_patient(derived("nt", "confirmation_days=28"), "P04", "best_response") == "SD"


def test_the_first_response_is_dated_by_the_scans() -> None:
    months = derived("lm").table["time_to_response_months"].dropna()
    # Every response comes on day 300 to 600: nobody has responded by month 6.
    assert 300 / MONTH <= min(months) <= max(months) <= 600 / MONTH


def test_longest_diameters_alone_make_reduction_waterfall_and_sentence_by_recist() -> None:
    settings = [f"data={CASES / 'noperp.csv'}", "exclude=", "response_criterion=recist_1_1"]
    parameters = load_parameters([ROOT / "params.yml"], settings)
    results = analyse(load_cohort(parameters, ROOT), parameters)
    figure, said = waterfall(results), sentences.response(results)
    assert isinstance(figure, Figure)
    assert isinstance(said, Paragraphs)
    assert "median reduction in the sum of the longest diameters" in plain(said.texts[0])
    assert "reduction_percent_recist" in results.study.parameters["outcomes"]
    assert results.get("progressed_on_therapy.all.n").value == results.get("reduction_percent_recist.all.n").value


def test_no_landmark_comparison_is_made_where_nobody_has_responded_by_then() -> None:
    parameters = parameters_of("lm")
    results = analyse(load_cohort(parameters, ROOT), parameters)
    assert results.get("os_landmark_6.responder.n").value == 0
    assert results.get("os_landmark_6.responder_vs_non_responder.p_value").value is None
    shown = [content for content in by_status(results) if isinstance(content, Notice)]
    assert any("There is no comparison from month 6 on by objective response" in notice.text for notice in shown)
    # As it changes, those who respond later count from then on.
    assert results.get("os_by_response.responder_vs_non_responder.hazard_ratio").value is not None


def test_response_is_never_compared_without_the_analysis_by_the_status_as_it_changes() -> None:
    parameters = parameters_of("lm")
    results = analyse(load_cohort(parameters, ROOT), parameters)
    compared = {record.variable for record in results if record.group == "responder_vs_non_responder"}
    assert compared == {"os_landmark_6", "os_by_response"}


def test_horizons_with_fractions_fill_every_column_of_the_comparisons() -> None:
    parameters = parameters_of("lm", "restricted_mean_months=[7.5,15]")
    results = analyse(load_cohort(parameters, ROOT), parameters)
    table = survival_comparisons(results)
    assert isinstance(table, Table)
    assert [heading.split(",")[0] for heading in table.columns[3:5]] == [
        "Restricted mean to month 7.5",
        "Restricted mean to month 15",
    ]
    assert all(plain(cell) for row in table.rows for cell in row.cells)
    assert results.get("os.mutant_vs_wild_type.rmst_difference_7_5").value is not None
