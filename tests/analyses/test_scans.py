"""What dated scans add to the results: responses, times, series; each number counted by hand."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.analyses.endpoints import derive
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.errors import ParameterError
from hai_utils.importing.template import write_template
from hai_utils.parameters import Parameters, load_parameters
from hai_utils.results.files import series_csv
from hai_utils.results.table import Results
from hai_utils.show import sentences
from hai_utils.show.content import Paragraphs, plain
from tests.conftest import ROOT

# Days 61, 122, 183 and 244 are months 2.004 to 8.016 (days over 30.4375).
COHORT = """\
patient_id,kras,converted_to_resection,os_months,os_event,pfs_months,pfs_event
SMITH1,mutant,yes,20,1,10,1
SMITH2,mutant,no,12,0,12,0
SMITH3,wild_type,no,9,1,2,1
SMITH4,wild_type,yes,15,0,5,1
SMITH5,wild_type,,7,1,7,1
"""
# 1: 80, 40, 36 of 80 mm (PR at 61, confirmed at 122), then a new lesion. 2: 50, 30, 40 mm: PR at 61, not met again.
# 3: growth from 40 to 60 mm. 4: CR at 122 and 183. 5 has no scan after baseline.
SCANS = """\
patient_id,day,lesion,long_mm,perp_mm,role
SMITH1,-4,a,50,40,target
SMITH1,-4,b,30,20,target
SMITH1,61,a,25,20,target
SMITH1,61,b,15,10,target
SMITH1,122,a,22,18,target
SMITH1,122,b,14,10,target
SMITH1,244,a,20,18,target
SMITH1,244,b,12,10,target
SMITH1,244,n,9,8,new
SMITH2,0,a,50,50,target
SMITH2,61,a,30,30,target
SMITH2,122,a,40,40,target
SMITH3,-9,a,40,30,target
SMITH3,61,a,60,50,target
SMITH4,0,a,30,30,target
SMITH4,61,a,25,25,target
SMITH4,122,a,0,,target
SMITH4,183,a,0,,target
SMITH5,0,a,30,30,target
"""


def parameters_of(folder: Path, *settings: str, cohort: str = COHORT, scans: str = SCANS) -> Parameters:
    (folder / "cohort.csv").write_text(cohort, encoding="utf-8")
    (folder / "scans.csv").write_text(scans, encoding="utf-8")
    files = [f"data={folder / 'cohort.csv'}", f"scans={folder / 'scans.csv'}", "exclude="]
    return load_parameters([ROOT / "params.yml"], [*files, *settings])


def derived(folder: Path, *settings: str, **files: str) -> Cohort:
    parameters = parameters_of(folder, *settings, **files)
    return derive(load_cohort(parameters, ROOT), parameters)


def results_of(folder: Path, *settings: str, **files: str) -> Results:
    parameters = parameters_of(folder, *settings, **files)
    return analyse(load_cohort(parameters, ROOT), parameters)


def column(cohort: Cohort, name: str) -> list[object]:
    return [None if value != value else value for value in cohort.table[name].tolist()]


def test_recist_takes_longest_diameters_and_confirmation_what_is_met_again(tmp_path: Path) -> None:
    found = derived(tmp_path, "response_criterion=recist_1_1")
    assert column(found, "best_response") == ["PR", "PR", "PD", "CR", "NE"]
    assert column(found, "best_response_confirmed") == ["PR", "SD", "PD", "CR", "NE"]
    assert column(found, "objective_response") == ["yes", "yes", "no", "yes", None]
    assert column(found, "objective_response_confirmed") == ["yes", "no", "no", "yes", None]
    again = derived(tmp_path, "response_criterion=recist_1_1", "confirmation_days=28")
    assert column(again, "objective_response") == column(found, "objective_response_confirmed")


def test_the_reduction_is_by_products_and_by_longest_diameters(tmp_path: Path) -> None:
    found = derived(tmp_path, "response_criterion=recist_1_1")
    # 1: products 2600 to 360 + 120 = 480 and diameters 80 to 32, at the scan of the progression itself.
    assert column(found, "reduction_percent") == pytest.approx(
        [100 * (1 - 480 / 2600), 100 * (1 - 900 / 2500), 100 * (1 - 3000 / 1200), 100.0, None], rel=1e-12
    )
    assert column(found, "reduction_percent_recist") == pytest.approx([60.0, 40.0, -50.0, 100.0, None], rel=1e-12)
    assert column(found, "progressed_on_therapy") == ["no", "no", "yes", "no", None]


def test_times_count_from_time_zero_and_durations_from_the_first_response(tmp_path: Path) -> None:
    found = derived(tmp_path, "response_criterion=recist_1_1")
    month = 30.4375
    assert column(found, "time_to_response_months") == pytest.approx(
        [61 / month, 61 / month, None, 122 / month, None], rel=1e-12
    )
    # 1: a new lesion on day 244, before month 10; 2: 40 after 30 mm on day 122, though censored at month 12; 4: progression
    # at month 5, while the liver still shows a complete response.
    assert column(found, "duration_of_response_months") == pytest.approx(
        [183 / month, 61 / month, None, 5 - 122 / month, None], rel=1e-12
    )
    assert column(found, "duration_of_response_event") == [1.0, 1.0, None, 1.0, None]
    # 3 never had less than at baseline.
    assert column(found, "time_to_nadir_months") == pytest.approx(
        [244 / month, 61 / month, None, 122 / month, None], rel=1e-12
    )


def test_a_progression_before_the_response_leaves_no_duration(tmp_path: Path) -> None:
    cohort = COHORT.replace("SMITH1,mutant,yes,20,1,10,1", "SMITH1,mutant,yes,20,1,1.5,1")
    found = derived(tmp_path, "response_criterion=recist_1_1", cohort=cohort)
    assert column(found, "time_to_response_months")[0] is not None
    assert column(found, "duration_of_response_months")[0] is None


def test_a_response_seen_last_at_its_first_scan_is_censored_at_time_zero(tmp_path: Path) -> None:
    onset = repr(61 / 30.4375)
    once = "".join(row for row in SCANS.splitlines(keepends=True) if not row.startswith(("SMITH1,122", "SMITH1,244")))
    last_seen = COHORT.replace("SMITH1,mutant,yes,20,1,10,1", "SMITH1,mutant,yes,20,1,10,0")
    results = results_of(tmp_path, "response_criterion=recist_1_1", cohort=last_seen, scans=once)
    # R survival, tests/reference/duration_of_response/SOURCE.md: n 3, at risk 3 at 0, two events.
    assert results.get("duration_of_response.all.n").value == 3
    assert results.get("duration_of_response.all.at_risk_0").value == 3
    assert results.get("duration_of_response.all.events").value == 2
    progressed = COHORT.replace("SMITH1,mutant,yes,20,1,10,1", f"SMITH1,mutant,yes,20,1,{onset},1")
    assert (
        column(derived(tmp_path, "response_criterion=recist_1_1", cohort=progressed), "duration_of_response_months")[0]
        is None
    )


def test_duration_of_response_is_an_endpoint_without_competing_causes(tmp_path: Path) -> None:
    results = results_of(tmp_path, "response_criterion=recist_1_1")
    assert results.get("duration_of_response.all.n").value == 3
    assert results.get("duration_of_response.all.events").value == 3
    assert not [key for key in results.keys if key.startswith("duration_of_response.death")]


def test_scans_alone_tell_the_response_where_there_are_any(tmp_path: Path) -> None:
    """Lesion columns of a patient without scans are not used: two sources would be two definitions."""
    header, *rows = COHORT.splitlines()
    names = "lesion1_baseline_long_mm,lesion1_baseline_perp_mm,lesion1_best_long_mm,lesion1_best_perp_mm"
    cohort = "\n".join([f"{header},{names}", *(f"{row},,,," for row in rows), "SMITH6,mutant,no,9,0,9,0,30,20,10,5"])
    assert column(derived(tmp_path, cohort=cohort + "\n"), "best_response")[-1] == "NE"


def test_confirmation_without_scans_says_what_is_needed(parameters: Parameters, cohort: Cohort) -> None:
    with pytest.raises(ParameterError, match=r"'confirmation_days' cannot be 28.*--scans FILE.*hai template"):
        derive(cohort, parameters.model_copy(update={"confirmation_days": 28}))


def test_without_scans_nothing_of_them_is_in_the_results(results: Results) -> None:
    names = ("confirmed", "time_to_", "duration_of_response", "tumor_change")
    assert not [key for key in results.keys if any(name in key for name in names)]
    assert not [point for point in results.points if point.key.startswith("tumor_change")]


def test_a_line_is_known_by_rank_and_group(tmp_path: Path) -> None:
    results = results_of(tmp_path, "response_criterion=recist_1_1")
    first, second = (
        [
            (round(p.x * 30.4375), pytest.approx(p.y, abs=1e-9), p.mark)
            for p in results.series(f"tumor_change.mutant.line_{rank}")
        ]
        for rank in (1, 2)
    )
    assert first == [(-4, 0.0, "baseline"), (61, -50.0, "PR"), (122, -55.0, "PR"), (244, -60.0, "PD new")]
    assert second == [(0, 0.0, "baseline"), (61, -40.0, "PR"), (122, -20.0, "PD")]
    # Without a scan after baseline there is no line.
    assert not results.series("tumor_change.wild_type.line_3")


def test_bars_of_a_swimmer_are_the_longest_first_with_their_marks(tmp_path: Path) -> None:
    results = results_of(tmp_path, "response_criterion=recist_1_1")
    assert [(p.x, p.y, p.mark) for p in results.series("os.wild_type.bar")] == [
        (1.0, 15.0, "censored converted"), (2.0, 9.0, "event"), (3.0, 7.0, "event"),
    ]  # fmt: skip
    # The third died without progression: its end is marked as death alone.
    assert [(p.x, p.y) for p in results.series("os.wild_type.bar_progression")] == [(1.0, 5.0), (2.0, 2.0)]
    assert [(p.x, round(p.y, 3)) for p in results.series("os.mutant.bar_response")] == [(1.0, 2.004), (2.0, 2.004)]


def test_progression_free_survival_makes_the_bars_where_there_is_no_other(tmp_path: Path) -> None:
    cohort = "\n".join(",".join(row.split(",")[:3] + row.split(",")[5:]) for row in COHORT.splitlines()) + "\n"
    results = results_of(tmp_path, cohort=cohort)
    assert [(p.y, p.mark) for p in results.series("pfs.mutant.bar")] == [(12.0, "censored"), (10.0, "event converted")]
    assert not results.series("pfs.mutant.bar_progression")


def test_no_patient_is_named_in_a_series(tmp_path: Path) -> None:
    assert "SMITH" not in series_csv(results_of(tmp_path))


def test_the_order_of_rows_and_scans_changes_no_series(tmp_path: Path) -> None:
    generator = random.Random(3)
    texts = {}
    for name, text in (("cohort", COHORT), ("scans", SCANS)):
        header, *rows = text.splitlines(keepends=True)
        texts[name] = header + "".join(generator.sample(rows, len(rows)))
    assert series_csv(results_of(tmp_path)) == series_csv(results_of(tmp_path, **texts))


def test_every_new_key_has_its_letters_only(tmp_path: Path) -> None:
    for point in results_of(tmp_path).points:
        assert re.fullmatch(r"\w+(\.\w+)+", point.key)


def test_the_example_of_the_template_says_the_same_with_and_without_its_scans(tmp_path: Path) -> None:
    """Its lesion columns hold two lesions at baseline and at best, as the scans have them."""
    files = {path.name: path for path in write_template(tmp_path / "forms")}
    settings = [f"data={files['example_cohort.csv']}", "exclude="]
    scanned = [*settings, f"scans={files['example_lesion_scans.csv']}"]
    for name in ("best_response", "reduction_percent", "best_response_recist", "any_shrinkage"):
        columns, scans = (
            column(derive(load_cohort(parameters, ROOT), parameters), name)
            for parameters in (load_parameters([ROOT / "params.yml"], words) for words in (settings, scanned))
        )
        assert columns == scans


def test_a_sentence_says_why_fewer_responses_have_a_duration_than_there_are(tmp_path: Path) -> None:
    cohort = COHORT.replace("SMITH1,mutant,yes,20,1,10,1", "SMITH1,mutant,yes,20,1,1.5,1")
    said = spoken(results_of(tmp_path, "response_criterion=recist_1_1", cohort=cohort))
    assert "3 responded; 2 of them have a duration of response (the others had progressed" in said
    assert "Of 3 responses, 3 had ended" in spoken(results_of(tmp_path, "response_criterion=recist_1_1"))


def test_a_reduction_that_is_not_complete_does_not_read_as_100_percent(tmp_path: Path) -> None:
    """0.1 of 30 mm is left: 99.7 %, and no complete response."""
    scans = SCANS.replace("SMITH4,122,a,0,,", "SMITH4,122,a,0.1,0.1,").replace(
        "SMITH4,183,a,0,,", "SMITH4,183,a,0.1,0.1,"
    )
    assert "to 99.7%)" in spoken(results_of(tmp_path, "response_criterion=recist_1_1", scans=scans))
    assert "to 100%)" in spoken(results_of(tmp_path, "response_criterion=recist_1_1"))


def spoken(results: Results) -> str:
    content = sentences.response(results)
    assert isinstance(content, Paragraphs)
    return " ".join(plain(text) for text in content.texts)
