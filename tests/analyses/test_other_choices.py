"""Other choices: responses by each criterion, other readings, and all admissible analyses, against direct computation."""

from __future__ import annotations

import csv
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from hai_utils.analyses import analyse, other_choices
from hai_utils.analyses.endpoints import derive
from hai_utils.analyses.specifications import Asked, permutation_p
from hai_utils.catalogue.other_choices import MOST_PATIENTS, WITHHELD_TOGETHER
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.files import results_csv, series_csv
from hai_utils.results.table import Results
from hai_utils.show.content import plain
from hai_utils.show.sentences.other_choices import all_analyses
from hai_utils.stats.rank_tests import logrank_scores
from tests.analyses.test_scans import results_of
from tests.conftest import ROOT

PAIR = "mutant_vs_wild_type"


@cache
def results(*settings: str) -> Results:
    parameters = load_parameters([ROOT / "params.yml"], settings)
    return analyse(load_cohort(parameters, ROOT), parameters, ["03_tumor_response", other_choices.CHAPTER])


@cache
def rows() -> list[dict[str, str]]:
    with (ROOT / "data" / "cohort.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def burden(row: dict[str, str], visit: str, *, products: bool) -> float:
    """The sum over the lesions that were there at baseline, as the criterion takes it."""
    total = 0.0
    for lesion in (1, 2):
        long, perp = (row[f"lesion{lesion}_{visit}_{axis}_mm"] for axis in ("long", "perp"))
        if row[f"lesion{lesion}_baseline_long_mm"]:
            total += float(long) * (float(perp or 0) if products else 1)
    return total


def directly(level: str, *, products: bool, percent: float) -> tuple[int, int]:
    """Responders and evaluable patients of a group, counted in a loop over the file."""
    members = [
        row for row in rows() if row["kras"] == level and row["lesion1_best_long_mm"] and row["braf"] != "mutant"
    ]
    change = [
        1 - burden(row, "best", products=products) / burden(row, "baseline", products=products) for row in members
    ]
    return sum(100 * value >= percent - 1e-9 for value in change), len(change)


@pytest.mark.parametrize(
    ("switch", "products", "percent"), [("paper", True, 50), ("who_sum", True, 50), ("recist", False, 30)]
)
@pytest.mark.parametrize("level", ["mutant", "wild_type"])
def test_responders_by_each_criterion_are_those_counted_in_the_file(
    switch: str, products: bool, percent: float, level: str
) -> None:
    stem = f"response_by_{switch}.{level}"
    found = (results().get(f"{stem}.count").value, results().get(f"{stem}.n").value)
    assert found == directly(level, products=products, percent=percent)


def test_by_the_criterion_of_the_run_nobody_changes() -> None:
    assert results().get("response_by_paper.analysed.changed").value == 0
    other = results("response_criterion=recist_1_1")
    assert other.get("response_by_recist.analysed.changed").value == 0
    assert (
        other.get("response_by_paper.analysed.changed").value
        == results().get("response_by_recist.analysed.changed").value
    )


def test_a_reader_without_error_finds_what_was_found() -> None:
    found = results("reader_variability=0.000001")
    for part in ("", "_lower", "_upper"):
        assert found.get(f"response_reread.mutant.reread_rate{part}").value == 7 / 11


def test_dated_scans_give_more_criteria_and_are_read_again_too(tmp_path: Path) -> None:
    """Five patients of whom three respond by RECIST 1.1, two of them at a confirmed scan; without error nothing changes."""
    found = results_of(tmp_path, "response_criterion=recist_1_1", "reader_variability=0.000001")
    assert found.get("response_by_recist.analysed.count").value == 3
    assert found.get("response_by_recist_confirmed.analysed.count").value == 2
    assert found.get("response_reread.analysed.reread_rate").value == 3 / 4


def test_chances_of_response_agree_with_a_direct_simulation() -> None:
    """Each patient's chance by 4,000 readings in a loop of its own is within four standard errors of the one shown."""
    members = [
        row for row in rows() if row["kras"] == "mutant" and row["lesion1_best_long_mm"] and row["braf"] != "mutant"
    ]
    generator, draws = np.random.default_rng(1), 4000
    direct = []
    for row in members:
        sums = {}
        for visit in ("baseline", "best"):
            sums[visit] = np.zeros(draws)
            for lesion in (1, 2):
                if row[f"lesion{lesion}_baseline_long_mm"]:
                    sizes = [float(row[f"lesion{lesion}_{visit}_{axis}_mm"] or 0) for axis in ("long", "perp")]
                    sums[visit] += np.prod([size * np.exp(generator.normal(0, 0.12, draws)) for size in sizes], axis=0)
        direct.append(float((1 - sums["best"] / sums["baseline"] >= 0.5).mean()))
    shown = [point.y for point in results().points if point.key == "response_reread.mutant.chance"]
    assert len(shown) == len(direct)
    for one, other in zip(sorted(shown), sorted(direct), strict=True):
        assert abs(one - other) <= 4 * np.sqrt(max(other * (1 - other), 0.0025) / 1000)


def test_the_same_seed_makes_the_same_bytes_and_another_does_not() -> None:
    assert (results_csv(results()), series_csv(results())) == (
        results_csv(results("style=jgo")),
        series_csv(results("style=jgo")),
    )
    assert series_csv(results("seed=1")) != series_csv(results())


# --- all admissible analyses ------------------------------------------------------------------------------------------


def analyses(found: Results) -> list[list[str]]:
    return [point.mark.split("|") for point in found.series(f"all_analyses.{PAIR}.effect")]


def test_there_are_a_hundred_analyses_and_one_of_them_is_the_reported_one() -> None:
    found = analyses(results())
    assert len(found) == results().get(f"all_analyses.{PAIR}.analyses").value >= 100
    marked = [words for words in found if words[-1]]
    assert [words[:5] for words in marked] == [
        ["Kolbeinsson et al.", "evaluable only", "as reported", "Fisher's exact test", "Newcombe interval"]
    ]
    place = found.index(marked[0])
    p_value = results().series(f"all_analyses.{PAIR}.p")[place].y
    assert p_value == results().get("objective_response.mutant_vs_wild_type.p_value").value


def test_no_two_analyses_are_the_same() -> None:
    found = [tuple(words[:5]) for words in analyses(results())]
    assert len(set(found)) == len(found)


def test_chi_square_tests_are_left_out_where_counts_are_small_and_stay_where_they_are_reported() -> None:
    words = {one[3] for one in analyses(results())}
    assert not {"Pearson's chi-square test", "chi-square test with Yates' correction", "likelihood-ratio test"} & words
    kept = [one for one in analyses(results("categorical_test=pearson_chi2")) if one[3] == "Pearson's chi-square test"]
    assert [one[-1] for one in kept] == ["reported"]


def test_analyses_below_the_level_are_those_with_so_small_a_p() -> None:
    found = sum(point.y < 0.05 for point in results().series(f"all_analyses.{PAIR}.p"))
    assert results().get(f"all_analyses.{PAIR}.analyses_significant").value == found


def test_a_survival_endpoint_is_analyzed_by_every_test_and_model() -> None:
    found = results("primary_endpoint=os")
    assert found.get(f"all_analyses.{PAIR}.analyses").value == 2 * 5 * 4
    assert found.get(f"all_analyses.{PAIR}.hazard_ratio").method == "median_of_analyses"


def test_one_p_for_all_agrees_with_all_labellings() -> None:
    """Of 3 and 4 patients all 35 labellings are listed by hand; the random ones agree within four standard errors."""
    flags = [np.array([1, 1, 0, 0, 0, 0, 1.0]), np.array([1, 1, 1, 0, 0, 0, 0.0])]
    level = np.array([True] * 3 + [False] * 4)
    questions = [Asked(("", "", ""), level, ~level, flag, False) for flag in flags]

    def median(members: tuple[int, ...]) -> float:
        chosen = np.isin(np.arange(7), members)
        return float(np.median([flag[chosen].mean() - flag[~chosen].mean() for flag in flags]))

    every = [abs(median(members)) for members in combinations(range(7), 3)]
    exact = sum(value >= abs(median((0, 1, 2))) - 1e-9 for value in every) / len(every)
    found = permutation_p(questions, [2, 2], np.random.default_rng(3), 20_000)
    assert abs(found - exact) < 4 * np.sqrt(exact * (1 - exact) / 20_000)


def test_logrank_scores_are_events_less_the_hazard_until_then() -> None:
    """Times 1, 2+, 3, 3: the hazard is 1/4 at 1 and 1/4 + 2/2 at 3."""
    assert logrank_scores([1, 2, 3, 3], [1, 0, 1, 1]).tolist() == [0.75, -0.25, -0.25, -0.25]


def test_where_small_cells_are_withheld_every_number_of_the_chapter_is() -> None:
    found = results("disclosure=small_cells")
    chapter = [record for record in found if record.chapter == other_choices.CHAPTER]
    assert chapter
    assert all(record.withheld for record in chapter)
    assert not [point.key for point in found.points if point.key.startswith(WITHHELD_TOGETHER)]


def test_readings_do_not_depend_on_the_order_of_the_rows(tmp_path: Path) -> None:
    lines = (ROOT / "data" / "cohort.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "turned.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    turned = results(f"data={tmp_path / 'turned.csv'}", "profile=paper")
    for key in ("response_reread.analysed.reread_rate_lower", f"all_analyses.{PAIR}.p_value"):
        assert turned.get(key).value == results().get(key).value


def test_nothing_is_made_above_the_size_that_the_catalogue_states(tmp_path: Path) -> None:
    lines = ["patient_id,kras,os_months,os_event"]
    lines += [
        f"P{place},{('mutant', 'wild_type')[place % 2]},{1 + place % 50},{place % 3 % 2}"
        for place in range(MOST_PATIENTS + 1)
    ]
    (tmp_path / "large.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    parameters = load_parameters(
        [ROOT / "params.yml"], [f"data={tmp_path / 'large.csv'}", "exclude=", "primary_endpoint=os"]
    )
    cohort = load_cohort(parameters, ROOT)
    assert other_choices.analyse(derive(cohort, parameters), parameters).records == []


def test_the_sentence_is_made_whatever_sign_a_journal_puts_before_decimals() -> None:
    said = " ".join(map(plain, all_analyses(results("style=lancet")).texts))
    assert "Monte Carlo standard error 0·" in said
