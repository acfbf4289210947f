"""What the overview computes: counts side by side, and effects put together."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.analyses.across_centers import Center, analyse_centers
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import Parameters
from hai_utils.results.files import results_csv
from hai_utils.results.table import Results
from hai_utils.show.content import plain
from hai_utils.sites.overview.exhibits import sentences
from tests.conftest import ROOT
from tests.sites.center_files import write_conversions, write_rows, write_survival
from tests.stats.test_meta_analysis import COX, EXPECTED, TABLES
from tests.stats.test_meta_analysis import rows as reference_rows

PAIR = "mutant_vs_wild_type"


def center(path: Path, parameters: Parameters, **own: object) -> Center:
    chosen = parameters.model_copy(update={"data": str(path), "permutation_draws": 99, **own})
    cohort = load_cohort(chosen, ROOT)
    return Center(path.stem, analyse(cohort, chosen, ("03_tumor_response", "04_survival")), cohort)


def from_tables(case: str, folder: Path, parameters: Parameters) -> list[Center]:
    """One center a 2x2 table of the reference case."""
    return [
        center(write_conversions(folder / f"{'abcdef'[place]}.csv", (x1, n1), (x0, n0)), parameters)
        for place, (x1, n1, x0, n0) in enumerate(TABLES[case])
    ]


def combined(results: Results, statistic: str, method: str = "", variable: str = "converted_to_resection") -> float:
    value = results.find(variable, "combined", statistic, level=PAIR, method=method).value
    assert value is not None
    return value


@pytest.fixture(scope="module")
def zero_cells(tmp_path_factory: pytest.TempPathFactory, parameters: Parameters) -> Results:
    """Five centers of which one has no event and two an empty cell."""
    return analyse_centers(from_tables("zero_cells", tmp_path_factory.mktemp("zero"), parameters), parameters)


@pytest.mark.parametrize("part", ["", "_lower", "_upper", "_se"])
def test_the_combined_difference_is_that_of_metafor(zero_cells: Results, part: str) -> None:
    found = combined(zero_cells, f"risk_difference{part}", "mantel_haenszel")
    assert found == pytest.approx(EXPECTED["zero_cells"][f"mantel_haenszel{part}"], abs=1e-12)


@pytest.mark.parametrize("part", ["", "_lower", "_upper"])
def test_the_mean_over_centers_is_that_of_metafor(zero_cells: Results, part: str) -> None:
    found = combined(zero_cells, f"risk_difference{part}", "paule_mandel_hartung_knapp")
    assert found == pytest.approx(EXPECTED["zero_cells"][f"adhoc{part}"], abs=1e-6)


@pytest.mark.parametrize(("statistic", "name"), [("tau2", "tau2"), ("i2", "i2"), ("heterogeneity_q", "q")])
def test_how_far_centers_differ_is_that_of_metafor(zero_cells: Results, statistic: str, name: str) -> None:
    assert combined(zero_cells, statistic) == pytest.approx(EXPECTED["zero_cells"][name], abs=1e-6)


def test_a_center_without_an_event_stays_in_with_its_counts(zero_cells: Results) -> None:
    name = "converted_to_resection"
    assert [zero_cells.find(name, "b", "count", level=group).value for group in ("mutant", "wild_type")] == [0, 0]
    assert zero_cells.find(name, "b", "risk_difference", level=PAIR).value == 0
    assert zero_cells.find(name, "b", "weight", level=PAIR).value > 0
    assert combined(zero_cells, "centers") == 5


def test_two_centers_have_no_hartung_knapp_interval_and_no_prediction(tmp_path: Path, parameters: Parameters) -> None:
    found = analyse_centers(from_tables("two_centers", tmp_path, parameters), parameters)
    key = f"converted_to_resection.{PAIR}.combined.risk_difference"
    assert {record.method for record in found.methods(key)} == {"mantel_haenszel", "paule_mandel"}
    assert found.get(f"{key}_prediction_lower").note == "two centers"
    assert found.get(key, "paule_mandel").value == pytest.approx(EXPECTED["two_centers"]["normal"], abs=1e-6)


def test_one_center_is_shown_and_nothing_combined(tmp_path: Path, parameters: Parameters) -> None:
    found = analyse_centers(from_tables("two_centers", tmp_path, parameters)[:1], parameters)
    record = found.find("converted_to_resection", "combined", "risk_difference", level=PAIR)
    assert (record.value, record.note) == (None, "one center")
    assert found.find("converted_to_resection", "a", "risk_difference", level=PAIR).value is not None


def test_a_center_without_one_group_is_not_estimable_and_keeps_its_row(tmp_path: Path, parameters: Parameters) -> None:
    centers = from_tables("three_centers", tmp_path, parameters)
    alone = center(write_conversions(tmp_path / "z.csv", (0, 0), (3, 9)), parameters)
    found = analyse_centers([*centers, alone], parameters)
    record = found.find("converted_to_resection", "z", "risk_difference", level=PAIR)
    assert (record.value, record.note) == (None, "nobody in KRAS-mutated")
    assert combined(found, "centers") == 3
    assert (
        found.find("converted_to_resection", "combined", "count", level="analysed").value
        == 5 + 9 + 11 + 10 + 3 + 14 + 3
    )


def test_a_center_that_groups_otherwise_is_described_and_not_combined(tmp_path: Path, parameters: Parameters) -> None:
    centers = from_tables("three_centers", tmp_path, parameters)
    rows = [(sex, answer, 12, 0) for sex, answer in (("male", "yes"), ("female", "no"), ("male", "no"))]
    path = write_rows(tmp_path / "z.csv", ("sex", "converted_to_resection", "os_months", "os_event"), rows)
    other = center(path, parameters, group_by="sex", reference_group="female")
    found = analyse_centers([*centers, other], parameters)
    assert found.find("converted_to_resection", "z", "risk_difference", level=PAIR).note == "other groups"
    assert found.find("converted_to_resection", "z", "count", level="analysed").value == 1
    expected = EXPECTED["three_centers"]["mantel_haenszel"]
    assert combined(found, "risk_difference") == pytest.approx(expected, abs=1e-12)


def test_groups_that_every_center_names_in_a_file_of_its_own_are_combined(
    tmp_path: Path, parameters: Parameters
) -> None:
    """Two centers compare by sex as their own parameter files say; one as the shared parameters say."""
    centers = []
    for name in "ab":
        rows = [(sex, answer, 12, 0) for sex in ("male", "female") for answer in ("yes", "no", "no")]
        path = write_rows(tmp_path / f"{name}.csv", ("sex", "converted_to_resection", "os_months", "os_event"), rows)
        centers.append(center(path, parameters, group_by="sex", reference_group="female"))
    other = center(write_conversions(tmp_path / "z.csv", (2, 5), (3, 6)), parameters)
    found = analyse_centers([*centers, other], parameters)
    assert (found.study.group_by, found.study.reference) == ("sex", "female")
    pair = "male_vs_female"
    assert found.find("converted_to_resection", "combined", "centers", level=pair).value == 2
    assert found.find("converted_to_resection", "z", "count", level="analysed").value == 5


def test_limits_of_a_difference_stay_within_what_proportions_can_have(tmp_path: Path, parameters: Parameters) -> None:
    centers = [
        center(write_conversions(tmp_path / f"{name}.csv", level, reference), parameters)
        for name, level, reference in (("a", (8, 8), (0, 8)), ("b", (1, 9), (7, 9)), ("c", (4, 8), (4, 8)))
    ]
    found = analyse_centers(centers, parameters)
    assert combined(found, "risk_difference_lower", "paule_mandel_hartung_knapp") == -1
    assert combined(found, "risk_difference_prediction_upper") == 1


@pytest.fixture(scope="module")
def institutions(tmp_path_factory: pytest.TempPathFactory, parameters: Parameters) -> list[Center]:
    """The institutions of R's lung data, in whole months, as centers."""
    folder = tmp_path_factory.mktemp("lung")
    strata: dict[str, list[tuple[str, float, int]]] = {}
    for row in reference_rows("cox_input.csv"):
        if row["case"] == "lung_in_months":
            group = "mutant" if row["x"] == "1" else "wild_type"
            strata.setdefault(row["stratum"], []).append((group, float(row["time"]), int(row["event"])))
    return [center(write_survival(folder / f"i{name}.csv", rows), parameters) for name, rows in sorted(strata.items())]


def test_the_combined_hazard_ratio_is_that_of_r_stratified_by_center(
    institutions: list[Center], parameters: Parameters
) -> None:
    found = analyse_centers(institutions, parameters)
    expected = COX["lung_in_months", "efron"]
    for part, name in (("", "hazard_ratio"), ("_lower", "lower"), ("_upper", "upper"), ("_p", "p")):
        value = combined(found, f"hazard_ratio{part}", "cox_stratified", variable="os")
        assert value == pytest.approx(float(expected[name]), abs=1e-6)


def test_rows_that_must_stay_apart_are_left_out_of_the_stratified_model_and_this_is_said(
    institutions: list[Center], parameters: Parameters
) -> None:
    kept = [replace(institutions[0], cohort=None), *institutions[1:]]
    record = analyse_centers(kept, parameters).find("os", "combined", "hazard_ratio", level=PAIR)
    assert record.note == "without 1 center whose rows are kept apart"
    assert record.n == sum(one.cohort.size for one in institutions[1:] if one.cohort is not None)


def test_a_withheld_count_withholds_the_sum_and_the_center(tmp_path: Path, parameters: Parameters) -> None:
    first, *others = from_tables("three_centers", tmp_path, parameters)
    hidden = [
        replace(record, value=None, formatted="<5", note="small count")
        if record.variable == "converted_to_resection" and record.statistic == "count"
        else record
        for record in first.results
    ]
    gated = replace(first, results=Results.of(hidden, study=first.study), cohort=None)
    found = analyse_centers([gated, *others], parameters)
    assert found.find("converted_to_resection", "combined", "count", level="analysed").value is None
    assert found.find("converted_to_resection", "a", "risk_difference", level=PAIR).note == "withheld"
    assert combined(found, "centers") == 2


def test_where_all_rows_are_kept_apart_there_is_no_stratified_model(
    institutions: list[Center], parameters: Parameters
) -> None:
    found = analyse_centers([replace(one, cohort=None) for one in institutions], parameters)
    record = found.find("os", "combined", "hazard_ratio", level=PAIR, method="cox_stratified")
    assert (record.value, record.note) == (None, "rows are kept apart")
    assert combined(found, "hazard_ratio", "paule_mandel_hartung_knapp", variable="os") > 0


def test_the_order_of_centers_does_not_matter(tmp_path: Path, parameters: Parameters) -> None:
    centers = from_tables("far_apart", tmp_path, parameters)
    one, other = (results_csv(analyse_centers(order, parameters)) for order in (centers, centers[::-1]))
    assert one == other


def test_every_row_reads_back(zero_cells: Results) -> None:
    rows = list(csv.DictReader(results_csv(zero_cells).splitlines()))
    assert len(rows) == len(zero_cells)
    assert all(row["value"] or row["note"] for row in rows)


def test_the_combined_hazard_ratio_is_called_an_average_where_a_center_rejects_proportional_hazards(
    institutions: list[Center], parameters: Parameters
) -> None:
    names = [one.name for one in institutions]
    said = []
    for level in (1e-9, 1 - 1e-9):
        found = analyse_centers(institutions, parameters.model_copy(update={"significance_level": level}))
        said.append(" ".join(plain(text) for text in sentences(found, "os", "mutant", names)))
    assert "Proportional hazards, which the combined ratio assumes, are not rejected in any of the" in said[0]
    assert "so that the combined hazard ratio is an average over the follow-up." in said[1]
