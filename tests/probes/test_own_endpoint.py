"""An endpoint of a cohort's own needs its dictionary alone, and comes out wherever an endpoint of the report does."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from docx import Document

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.study import study_from_json, study_to_json
from hai_utils.results.table import Results
from hai_utils.show import figures, sentences, tables
from hai_utils.show.content import Figure, Notice, Paragraphs, Table, plain
from tests.conftest import ROOT, run_hai
from tests.probes.own_endpoints import write_cohort

OUTCOMES = "outcomes=[rfs,pump_failure]"
PAIR = "mutant_vs_wild_type"


def results_of(folder: Path, *settings: str) -> Results:
    data, dictionary = write_cohort(folder)
    words = (f"data={data}", f"dictionary={dictionary}", "exclude=", OUTCOMES, "primary_endpoint=rfs")
    parameters = load_parameters([ROOT / "params.yml"], [*words, *settings])
    return analyse(load_cohort(parameters, ROOT), parameters)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return results_of(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return results_of(tmp_path_factory.mktemp("gated"), "disclosure=small_cells")


def rows_of(content: object) -> list[str]:
    assert isinstance(content, Table)
    return [plain(row.cells[0]) for row in content.rows]


@pytest.mark.parametrize("name", ["rfs", "pump_failure"])
@pytest.mark.parametrize(
    "statistic",
    ["all.events", "mutant.median", "mutant.survival_at_12", f"{PAIR}.p_value", f"{PAIR}.hazard_ratio",
     f"{PAIR}.proportional_hazards_p", f"{PAIR}.rmst_difference_12", "event.all.cumulative_incidence_12",
     f"event.{PAIR}.p_value", "death.all.events"],
)  # fmt: skip
def test_it_has_the_results_of_an_endpoint(found: Results, name: str, statistic: str) -> None:
    assert found.get(f"{name}.{statistic}").label.startswith(("Relapse-free survival", "Time to pump failure"))


def test_a_competing_death_is_no_event_and_ends_the_time_at_risk(found: Results) -> None:
    study_rows = {level: found.get(f"pump_failure.{level}.all.events").value for level in ("event", "death")}
    assert study_rows["event"] == found.get("pump_failure.all.events").value
    assert study_rows["death"]
    assert study_rows["death"] + study_rows["event"] <= found.get("pump_failure.all.n").value


def test_a_death_that_is_an_event_is_told_apart_from_the_others(found: Results) -> None:
    causes = [found.get(f"rfs.{level}.all.events").value for level in ("event", "death")]
    assert all(causes)
    assert sum(causes) == found.get("rfs.all.events").value


def test_its_columns_are_no_baseline_variables(found: Results) -> None:
    assert "rfs_months.all.median" not in found
    assert isinstance(tables.characteristics(found), Notice)


def test_the_methods_say_from_when_to_what_it_counts_and_who_is_censored(found: Results) -> None:
    said = sentences.SENTENCES["own_endpoints"](found)
    assert isinstance(said, Paragraphs)
    relapse, failure = map(plain, said.texts)
    assert relapse.startswith("Relapse-free survival was counted from ")
    assert relapse.endswith(" to relapse or death. Those with neither are censored at the last scan.")
    assert " to pump failure; death without it is a competing event. " in failure


def test_it_has_a_row_of_table_2_where_the_outcomes_name_it(found: Results) -> None:
    rows = rows_of(tables.outcomes(found))
    assert [row.partition(",")[0] for row in rows] == ["Relapse-free survival", "Time to pump failure"]


@pytest.mark.parametrize("table", [tables.survival_estimates, tables.competing_risks, tables.survival_comparisons])
def test_it_stands_in_the_tables_of_survival(found: Results, table: object) -> None:
    assert any("Relapse-free survival" in row for row in rows_of(table(found)))  # type: ignore[operator]


def test_its_curves_name_event_and_censoring_as_the_dictionary_does(found: Results) -> None:
    relapse, failure = figures.own_endpoints(found)
    assert isinstance(relapse, Figure)
    assert isinstance(failure, Figure)
    assert (relapse.name, failure.name) == ("figure-rfs", "figure-pump-failure")
    notes = " ".join(map(plain, relapse.notes))
    assert "Event: relapse or death. Those with neither are censored at the last scan." in notes
    assert "A death without the event, which competes with it, is censored here." in " ".join(map(plain, failure.notes))


def test_a_sentence_tells_its_medians(found: Results) -> None:
    content = sentences.survival(found)
    assert isinstance(content, Paragraphs)
    assert any(plain(text).startswith("Median relapse-free survival was ") for text in content.texts)


def test_where_death_competes_the_cumulative_incidence_stands_for_the_median(found: Results) -> None:
    content = sentences.survival(found)
    assert isinstance(content, Paragraphs)
    said = " ".join(map(plain, content.texts))
    assert "The cumulative incidence of pump failure was " in said
    assert "edian time to pump failure" not in said
    assert rows_of(tables.outcomes(found))[1].startswith("Time to pump failure, events/N")
    _, failure = figures.own_endpoints(found)
    assert isinstance(failure, Figure)
    assert "median" not in " ".join([failure.alt, *map(plain, failure.notes)]).lower()


def test_a_study_is_read_back_with_it(found: Results) -> None:
    assert study_from_json(study_to_json(found.study)) == found.study


def test_the_gate_withholds_its_small_cells(found: Results, gated: Results) -> None:
    threshold = int(gated.study.parameters["disclosure_threshold"])
    own = [record for record in found if record.variable in {"rfs", "pump_failure"}]
    small = [record for record in own if record.statistic == "events" and record.value and record.value < threshold]
    assert all(gated.get(record.key, record.method).withheld for record in own if record.statistic == "time_max")
    assert all(gated.get(record.key, record.method).withheld for record in small)
    assert all(gated.get(f"{name}.event.all.cumulative_incidence_12").withheld for name in ("rfs", "pump_failure"))


def test_gated_curves_of_endpoints_leave_no_small_number_between_them(gated: Results) -> None:
    """At a time that is read in two endpoints, the numbers at risk are equal or differ by enough."""
    for months in gated.study.parameters["time_grid_months"]:
        at_risk = [gated.get(f"{name}.all.at_risk_{months:g}").value for name in ("os", "rfs", "pump_failure")]
        known = [value for value in at_risk if value is not None]
        assert all(a == b or abs(a - b) >= 5 for a in known for b in known)


@pytest.mark.slow
def test_a_build_shows_it_in_book_and_manuscript_and_a_number_has_a_card(tmp_path: Path) -> None:
    data, dictionary = write_cohort(tmp_path)
    out = tmp_path / "run"
    words = ("--data", str(data), "--dictionary", str(dictionary), "--set", OUTCOMES, "--set", "primary_endpoint=rfs")
    done = run_hai("build", *words, "--formats", "html,docx", "--out", str(out))
    assert done.returncode == 0, done.stderr
    page = (out / "html" / "notebooks" / "04_survival.html").read_text(encoding="utf-8")
    assert 'id="figure-rfs"' in page
    assert "Relapse-free survival, by" in page
    text = "\n".join(paragraph.text for paragraph in Document(str(out / "manuscript.docx")).paragraphs)
    assert "relapse-free survival" in text.lower()
    with (out / "results.csv").open(encoding="utf-8") as stream:
        printed = next(row["formatted"] for row in csv.DictReader(stream) if row["key"] == "rfs.all.median")
    card = run_hai("number", "rfs.all.median", "--run", str(out))
    assert card.returncode == 0, card.stderr
    assert re.search(rf"\b{re.escape(printed)}\b", card.stdout)
    assert "Relapse-free survival" in card.stdout
