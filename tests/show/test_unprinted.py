"""What the article does not print is marked cell by cell and number by number, by the keys of its ledger."""

from __future__ import annotations

import pytest

from hai_utils.analyses import analyse
from hai_utils.results.table import Results
from hai_utils.show import sentences, tables
from hai_utils.show.content import Table, plain, to_plain
from hai_utils.show.tables.unprinted import is_printed
from tests.analyses.edge_samples import MONTHS, ONES, SIX, cohort_of, full

PAIR = "mutant_vs_wild_type"


def _rows(content: object) -> dict[str, list[str]]:
    assert isinstance(content, Table)
    return {plain(row.cells[0]).strip(): [plain(cell) for cell in row.cells[1:]] for row in content.rows}


@pytest.mark.parametrize(
    ("key", "method"),
    [
        (f"pfs.{PAIR}.p_value", "logrank"), ("pfs.mutant.median_lower", "percentile_wald"), ("sex.male.wild_type.count", ""),
        ("race.White.mutant.percent", ""), ("race.mutant.n", ""), ("hai_cycles.mutant.iqr", "type_6"),
    ],
)  # fmt: skip
def test_a_number_of_the_ledger_is_printed(results: Results, key: str, method: str) -> None:
    assert is_printed(results.study, key, method)


@pytest.mark.parametrize(
    ("key", "method"),
    [
        (f"pfs.{PAIR}.hazard_ratio", "cox_efron"), (f"pfs.{PAIR}.p_value", "peto_peto"), ("sex.male.mutant.count", ""),
        ("pfs.mutant.median", "midpoint"), (f"converted_to_resection.{PAIR}.risk_difference", ""), ("pfs.all.median", "first_at_or_below"),
    ],
)  # fmt: skip
def test_a_number_by_another_method_or_of_no_line_of_the_ledger_is_not(results: Results, key: str, method: str) -> None:
    assert not is_printed(results.study, key, method)


def test_of_the_table_of_baseline_only_the_share_of_males_that_cannot_be_is_marked(results: Results) -> None:
    marked = [(name, cell) for name, cells in _rows(tables.baseline(results)).items() for cell in cells if "†" in cell]
    assert marked == [("Sex: Male, n/N (%)", "3/11 (27%)†")]


def test_of_the_outcomes_the_effects_alone_are_marked(results: Results) -> None:
    for cells in _rows(tables.outcomes(results)).values():
        assert [("†" in cell) for cell in cells] == [False, False, True, False]


def test_where_less_is_printed_than_not_the_printed_is_marked(results: Results) -> None:
    rows = _rows(tables.survival_comparisons(results))
    assert [name for name, cells in rows.items() if any("‡" in cell for cell in cells)] == [
        "Overall survival", "Progression-free survival", "Hepatic progression-free survival",
    ]  # fmt: skip
    assert all("‡" not in cell for cells in rows.values() for place, cell in enumerate(cells) if place != 1)


def test_a_table_without_a_printed_number_says_so(results: Results) -> None:
    table = tables.competing_risks(results)
    assert isinstance(table, Table)
    assert plain(table.notes[-1]).startswith("The article prints none of the numbers in this table")


def test_sentences_mark_what_is_not_printed(results: Results) -> None:
    said = to_plain(sentences.baseline(results))
    assert "Male sex was recorded in 13 of 25 (52%)." in said
    assert "Liver metastases were synchronous in 20† of 25 (80%)." in said
    assert "† Not printed in the article" in said


def test_by_another_rule_of_response_no_count_is_the_articles() -> None:
    cohort, parameters = cohort_of(full(SIX, MONTHS, ONES), "response_threshold_percent=30")
    study = analyse(cohort, parameters).study
    assert not is_printed(study, "objective_response.mutant.count", "")


def test_a_cohort_of_patients_has_no_marks() -> None:
    cohort, parameters = cohort_of(full(SIX, MONTHS, ONES))
    results = analyse(cohort, parameters)
    text = "\n".join(to_plain(make(results)) for make in (tables.baseline, tables.outcomes, sentences.survival))
    assert "†" not in text
    assert "‡" not in text
