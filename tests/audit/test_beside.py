"""Any cohort beside the printed numbers: the article's side as printed, the difference as R gives it, nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.audit import beside_chapter
from hai_utils.audit.beside import Beside, Place, beside_published, published_numbers
from hai_utils.audit.published import read_ledger
from hai_utils.cohort.reading import load_cohort
from hai_utils.errors import ParameterError
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results
from hai_utils.show.content import Notice, Paragraphs, Table, plain
from tests.analyses.edge_samples import Columns, cohort_of, lesions, survival
from tests.conftest import REFERENCE_CASES, ROOT

REFERENCE = REFERENCE_CASES / "beside_published"


def beside_of(columns: Columns, *settings: str) -> Beside:
    cohort, parameters = cohort_of(columns, *settings)
    return beside_published(analyse(cohort, parameters), ROOT)


def yes_of(count: int, total: int) -> list[str]:
    return ["yes"] * count + ["no"] * (total - count)


def reference(name: str) -> dict[str, dict[str, str]]:
    with (REFERENCE / name).open(newline="", encoding="utf-8") as stream:
        return {row["key"]: row for row in csv.DictReader(stream)}


def cohort_with(variable: str, count: int, total: int) -> Columns:
    """A cohort in which so many of so many have the outcome."""
    kras = ["mutant", "wild_type"] * total
    columns: dict[str, list[object]] = {"kras": list(kras[:total]), "os_months": [12] * total, "os_event": [0] * total}
    others = total - count
    if variable == "any_complication":
        return columns | {"clavien_dindo": ["II"] * count + ["0"] * others}
    if variable == "sex":
        return columns | {"sex": ["male"] * count + ["female"] * others}
    return columns if variable == "death_90_days" else columns | {variable: yes_of(count, total)}


@pytest.mark.parametrize("key", [key for key in reference("input.csv") if ".all_vs" in key])
def test_differences_equal_those_of_r(key: str) -> None:
    row, expected = reference("input.csv")[key], reference("output.csv")[key]
    results = beside_of(cohort_with(key.split(".")[0], int(row["count"]), int(row["total"]))).added
    numbers = [results.get(f"{key}.risk_difference{side}").value for side in ("", "_lower", "_upper")]
    assert numbers == pytest.approx([float(expected[name]) for name in ("difference", "lower", "upper")], abs=1e-12)
    assert results.get(f"{key}.risk_difference").method == ""
    assert results.get(f"{key}.risk_difference_lower").method == "newcombe"
    assert results.get(f"{key}.risk_difference").n == int(row["total"]) + int(row["printed_total"])


def test_groups_by_kras_stand_beside_those_of_the_article() -> None:
    columns = {
        "kras": ["mutant"] * 6 + ["wild_type"] * 5,
        "converted_to_resection": yes_of(1, 6) + yes_of(5, 5),
        **survival([12] * 11, [0] * 11),
    }
    results = beside_of(columns).added
    for key in (key for key in reference("input.csv") if ".all_vs" not in key):
        expected = reference("output.csv")[key]
        numbers = [results.get(f"{key}.risk_difference{side}").value for side in ("", "_lower", "_upper")]
        assert numbers == pytest.approx([float(expected[name]) for name in ("difference", "lower", "upper")], abs=1e-12)


# Counts of the article, read off its pages: Abstract, Methods, Table 1 (percentages of 11 and 13, added up), Results.
PRINTED_COUNTS = {
    ("objective_response", ""): (20, 25),
    ("converted_to_resection", ""): (10, 25),
    ("sex", "male"): (13, 25),
    ("prior_chemotherapy", ""): (24, 25),
    ("primary_resection", "prior"): (12, 25),
    ("primary_resection", "synchronous"): (8, 25),
    ("any_complication", ""): (8, 25),
    ("minor_complication", ""): (7, 25),
    ("severe_complication", ""): (1, 25),
    ("death_90_days", ""): (0, 25),
    ("any_pump_complication", ""): (4, 25),
    ("pump_complication", "pocket_infection"): (1, 25),
    ("biliary_complication", ""): (3, 25),
    ("hai_discontinued", ""): (2, 25),
    ("braf", "mutant"): (1, 25),
    ("synchronous_metastases", ""): (9 + 10, 24),
    ("extrahepatic_disease", ""): (4 + 4, 24),
    ("race", "White"): (10 + 11, 24),
}


def test_the_counts_of_the_article_are_those_on_its_pages() -> None:
    numbers = published_numbers(read_ledger(ROOT / "data" / "published_numbers.csv"))
    whole = {
        (place.variable, place.level): (found.count, found.total)
        for place, found in numbers.items()
        if place.group == "all" and found.count is not None
    }
    assert whole == PRINTED_COUNTS


def test_a_percentage_that_no_count_gives_is_no_count() -> None:
    numbers = published_numbers(read_ledger(ROOT / "data" / "published_numbers.csv"))
    assert Place("sex", "male", "wild_type") in numbers
    assert Place("sex", "male", "mutant") not in numbers


def full_cohort(*settings: str) -> Beside:
    columns = {
        "kras": ["mutant"] * 4 + ["wild_type"] * 4,
        "primary_site": ["rectum", "left_colon"] * 4,
        "age_years": [51, 62, 47, 70, 58, 66, 44, 71],
        "hai_cycles": [2, 4, 6, 8, 3, 5, 7, 9],
        "site": ["elsewhere"] * 8,
        **lesions([5, 14, 19, 22, 10, 16, 8, 12]),
        **survival([3, 8, 14, 5, 11, 20, 26, 30], [1, 1, 1, 1, 1, 1, 0, 0]),
        **survival([2, 6, 10, 4, 9, 15, 20, 22], [1, 1, 1, 1, 1, 1, 0, 0], "pfs"),
    }
    return beside_of(columns, *settings)


def test_medians_stand_beside_medians_without_a_comparison() -> None:
    results = full_cohort().results
    printed = {
        "os.published.median": (23.7, "23.7"), "os.published.median_lower": (14.3, "14.3"),
        "os.published.median_upper": (33.1, "33.1"), "os.published.follow_up_median": (14.6, "14.6"),
        "hai_cycles.published.median": (6, "6"), "age_years.published.mean": (59, "59"),
        "reduction_percent.published.median": (63.5, "63.5%"), "pfs.published_mutant.median": (8.9, "8.9"),
    }  # fmt: skip
    for key, (value, text) in printed.items():
        assert (results.get(key).value, results.get(key).formatted) == (value, text), key
        assert ": " in results.get(key).note
    assert (results.get("os.published_wild_type.median").value, results.get("os.published_wild_type.median").note) == (
        None, "not reached",
    )  # fmt: skip


def test_nothing_of_the_chapter_tests_or_takes_a_ratio() -> None:
    added = full_cohort().added
    assert len(added) > 30
    assert {record.chapter for record in added} == {"06_published_and_recomputed"}
    statistics = {record.statistic for record in added}
    assert not [name for name in statistics if "p_value" in name or "ratio" in name or name.endswith("_p")]
    assert {record.method for record in added} == {"", "newcombe"}
    assert {record.statistic for record in added if "_vs_" in record.group} == {
        "risk_difference", "risk_difference_lower", "risk_difference_upper",
    }  # fmt: skip


def test_other_groups_are_not_set_beside_those_of_the_article() -> None:
    beside = full_cohort("group_by=primary_site", "reference_group=rectum")
    assert {compared.place.group for compared in beside.comparisons} == {"all"}
    assert isinstance(beside_chapter.whole(beside), Table)
    assert isinstance(beside_chapter.by_group(beside), Notice)


def test_a_cohort_with_nothing_in_common_says_so() -> None:
    beside = beside_of(
        {"race": ["Asian", "Mixed"], **survival([5, 6], [1, 0], "pfs")}, "group_by=race", "reference_group=Asian"
    )
    assert beside.comparisons == ()
    assert len(beside.added) == 0
    assert beside_chapter.overview(beside) == beside_chapter.NOTHING_IN_COMMON
    assert beside_chapter.whole(beside) == beside_chapter.NOTHING_IN_COMMON


def test_an_empty_column_is_no_result() -> None:
    beside = beside_of({"kras": ["mutant", "wild_type"], "sex": ["", ""], **survival([5, 6], [1, 0])})
    assert "sex" not in {compared.place.variable for compared in beside.comparisons}


@pytest.mark.parametrize("settings", [(), ("group_by=primary_site", "reference_group=rectum"), ("exclude=",)])
def test_the_reconstruction_is_never_set_beside_its_own_source(settings: tuple[str, ...]) -> None:
    parameters = load_parameters([ROOT / "params.yml"], settings)
    beside = beside_published(analyse(load_cohort(parameters, ROOT), parameters), ROOT)
    assert beside.comparisons == ()
    for show in (beside_chapter.overview, beside_chapter.whole, beside_chapter.by_group):
        assert show(beside) == beside_chapter.THE_RECONSTRUCTION


def words(beside: Beside) -> str:
    content = beside_chapter.overview(beside)
    assert isinstance(content, Paragraphs)
    return " ".join(plain(text) for text in content.texts)


def test_made_up_rows_are_said_to_be_made_up() -> None:
    beside = beside_of({"kras": ["mutant", "wild_type"], "site": ["synthetic"] * 2, **survival([5, 6], [1, 0])})
    assert words(beside).startswith("The file marks its rows as made up.")
    assert "made up" not in words(full_cohort())


def test_another_rule_of_response_is_said() -> None:
    assert "is defined as in the article" in words(full_cohort())
    for setting in ("response_threshold_percent=30", "response_criterion=recist_1_1"):
        assert "is defined otherwise here than in the article" in words(full_cohort(setting))


def test_time_zero_of_both_is_said() -> None:
    assert "here as in the article at pump placement" in words(full_cohort())
    without_pump = beside_of({"kras": ["mutant", "wild_type"], **survival([5, 6], [1, 0])})
    assert "in the article at pump placement, here at the start of follow-up" in words(without_pump)


def test_the_table_shows_both_sides_and_where_the_article_prints_its_own() -> None:
    table = beside_chapter.whole(full_cohort())
    assert isinstance(table, Table)
    rows = {plain(row.cells[0]): [plain(cell) for cell in row.cells[1:]] for row in table.rows}
    assert rows["HAI cycles"] == ["5.5 [2–9]", "6 [3–12]", "", "Abstract"]
    assert rows["Objective response"][1] == "20/25 (80%)"
    assert rows["Overall survival"][1] == "23.7 (14.3–33.1)"
    assert table.columns[3] == "Difference, percentage points (95% CI)"
    assert "%" not in rows["Objective response"][2]


@pytest.mark.parametrize("level", ["published", "all_vs_published"])
def test_a_group_with_the_name_of_the_article_is_refused(level: str) -> None:
    columns = {"race": [level, "Asian"], **survival([5, 6], [1, 0])}
    with pytest.raises(ParameterError, match=f"level '{level}' of 'race' has a reserved name"):
        cohort_of(columns, "group_by=race", "reference_group=Asian", free=["race"])


def test_records_read_back(tmp_path: Path) -> None:
    beside = full_cohort()
    beside_chapter.save(beside, str(tmp_path))
    assert (tmp_path / "results.csv").is_file()
    assert isinstance(beside.results, Results)
    empty = Beside((), Results.of([]), Results.of([]))
    beside_chapter.save(empty, str(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()
