"""Where the test of proportional hazards rejects, everything that shows the hazard ratio says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.catalogue.statistics import FEW_STEPS
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results
from hai_utils.show import figures, sentences, tables
from hai_utils.show.content import Figure, Table, plain, to_plain
from tests.conftest import REAL_SETTINGS, ROOT

AVERAGE = "so that the hazard ratio is an average over the follow-up"


def _real(folder: Path, *settings: str) -> Results:
    parameters = load_parameters(
        [ROOT / "params.yml", ROOT / "profiles" / "recommended.yml"], [*REAL_SETTINGS, *settings]
    )
    files = {"data": str(folder / "cohort.csv"), "dictionary": str(folder / "extra_columns.csv")}
    parameters = parameters.model_copy(update=files)
    return analyse(load_cohort(parameters, ROOT), parameters)


@pytest.fixture(scope="module")
def rejecting(real_folder: Path) -> Results:
    return _real(real_folder, "group_by=preoperative_chemotherapy", "reference_group=no")


def _caption(results: Results, endpoint: str) -> str:
    figure = figures.kaplan_meier(results, endpoint)
    assert isinstance(figure, Figure)
    return " ".join(map(plain, figure.notes))


def test_the_sentence_calls_the_ratio_an_average_and_gives_what_needs_no_proportional_hazards(
    rejecting: Results,
) -> None:
    said = to_plain(sentences.survival(rejecting))
    assert (
        "average hazard ratio 1.56 (95% CI 1.10–2.22), P=0.01 (log-rank test). The hazards were not proportional (P=0.02, "
        in said
    )
    assert "difference in restricted mean survival time was −10.1 months (95% CI −16.5 to −3.7) to month 60" in said
    assert "Progression-free survival was 62% (95% CI 53–70%) at 12 months" in said
    assert said.count(AVERAGE) == 2


@pytest.mark.parametrize(("endpoint", "p_value"), [("pfs", "P=0.02"), ("hepatic_pfs", "P=0.003")])
def test_the_caption_says_it_beside_the_curves(rejecting: Results, endpoint: str, p_value: str) -> None:
    caption = _caption(rejecting, endpoint)
    assert f"The hazards were not proportional ({p_value}, " in caption
    assert AVERAGE in caption
    assert "Average hazard ratio" in caption
    assert "difference in restricted mean" in caption
    assert "at 12 months" not in caption


def test_the_note_of_table_2_says_it_of_each_endpoint(rejecting: Results) -> None:
    table = tables.outcomes(rejecting)
    assert isinstance(table, Table)
    notes = " ".join(map(plain, table.notes))
    assert notes.count(AVERAGE) == 2
    assert "Progression-free survival: The hazards were not proportional" in notes
    assert "restricted mean" not in notes


def test_the_table_of_comparisons_names_the_endpoints(rejecting: Results) -> None:
    table = tables.survival_comparisons(rejecting)
    assert isinstance(table, Table)
    assert "an average over the follow-up: Progression-free survival; Hepatic progression-free survival." in plain(
        table.notes[0]
    )


def test_where_it_does_not_reject_the_ratio_is_a_hazard_ratio(rejecting: Results) -> None:
    caption = _caption(rejecting, "os")
    assert "Hazard ratio" in caption
    assert "not proportional" not in caption


def test_the_level_of_the_run_decides(real_folder: Path) -> None:
    results = _real(real_folder, "group_by=preoperative_chemotherapy", "reference_group=no", "significance_level=0.01")
    said = to_plain(sentences.survival(results))
    assert said.count(AVERAGE) == 1
    assert "hazard ratio 1.56" in said
    assert "average hazard ratio 1.56" not in said


def test_curves_that_cross_amid_their_steps_are_said_to(results: Results) -> None:
    assert "The curves crossed three times, last at month 12.1." in _caption(results, "pfs")


def test_a_crossing_of_one_or_two_steps_is_noise_and_is_not_told(rejecting: Results, results: Results) -> None:
    assert "crossed" not in _caption(rejecting, "hepatic_pfs") + _caption(results, "os")
    assert results.get("os.mutant_vs_wild_type.crossings").note == FEW_STEPS


def test_where_death_competes_the_table_has_cumulative_incidences_and_no_median(rejecting: Results) -> None:
    table = tables.survival_estimates(rejecting)
    assert isinstance(table, Table)
    rows = [[plain(cell) for cell in row.cells] for row in table.rows]
    at = next(place for place, row in enumerate(rows) if row[0] == "Hepatic progression, cumulative incidence")
    incidence = rejecting.get("hepatic_pfs.progression.yes.cumulative_incidence_12").formatted
    assert rows[at + 1][2] == ""
    assert rows[at + 1][4].startswith(incidence)
    assert any("Aalen-Johansen estimate; no median" in plain(note) for note in table.notes)


def test_with_deaths_censored_no_restricted_means_are_compared(rejecting: Results) -> None:
    table = tables.survival_comparisons(rejecting)
    assert isinstance(table, Table)
    last = [plain(cell) for cell in table.rows[-1].cells]
    assert last[0].startswith("Hepatic progression, deaths censored")
    assert last[3:5] == ["", ""]


def test_a_follow_up_of_five_years_is_read_at_five_years(rejecting: Results) -> None:
    said = to_plain(sentences.survival(rejecting))
    assert "61% (95% CI 49–71%) at 60 months in the group without preoperative chemotherapy" in said


def test_the_range_of_observed_times_is_named_beside_a_reverse_median(rejecting: Results, results: Results) -> None:
    assert "102.4 months (reverse Kaplan-Meier estimate; observed times, range 3.8 to 131.9)." in to_plain(
        sentences.survival(rejecting)
    )
    assert "14.6 months (range 4.0 to 36.6; median of the observed times)." in to_plain(sentences.survival(results))


def test_methods_say_why_restricted_means_end_where_they_do(rejecting: Results, results: Results) -> None:
    said = to_plain(sentences.SENTENCES["restricted_means"](rejecting))
    assert said.startswith(
        "Restricted mean survival time was compared to month 60 and month 108, the middle and the last of"
    )
    assert "at least a tenth of the patients were still at risk for overall survival" in said
    given = to_plain(sentences.SENTENCES["restricted_means"](results))
    assert given == "Restricted mean survival time was compared to month 12 and month 24."
