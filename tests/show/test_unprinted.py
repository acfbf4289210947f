"""What the article does not print is marked cell by cell and number by number, by the keys of its ledger."""

from __future__ import annotations

import re

import pytest

from hai_utils.analyses import analyse
from hai_utils.audit.published import read_ledger
from hai_utils.results.table import Results
from hai_utils.show import sentences, tables
from hai_utils.show.content import Table, plain, to_plain
from hai_utils.show.tables.unprinted import origin
from tests.analyses.edge_samples import MONTHS, ONES, SIX, cohort_of, full
from tests.conftest import ROOT

PAIR = "mutant_vs_wild_type"


def _rows(content: object) -> dict[str, list[str]]:
    assert isinstance(content, Table)
    return {plain(row.cells[0]).strip(): [plain(cell) for cell in row.cells[1:]] for row in content.rows}


@pytest.mark.parametrize(
    ("key", "method"),
    [
        (f"pfs.{PAIR}.p_value", "logrank"), ("pfs.mutant.median_lower", "percentile_wald"), ("sex.male.wild_type.count", ""),
        ("race.White.mutant.percent", ""), ("race.mutant.n", ""), ("hai_cycles.mutant.iqr", "type_6"),
        ("hai_discontinued.all.percent", ""), ("progressed_on_therapy.all.count", ""),
    ],
)  # fmt: skip
def test_a_number_of_the_ledger_is_printed(results: Results, key: str, method: str) -> None:
    assert origin(results.study, key, method) == "printed"


@pytest.mark.parametrize(
    ("key", "method"),
    [
        (f"pfs.{PAIR}.hazard_ratio", "cox_efron"), (f"pfs.{PAIR}.p_value", "peto_peto"), ("sex.male.mutant.count", ""),
        ("pfs.mutant.median", "midpoint"), ("pfs.all.median", "first_at_or_below"), (f"converted_to_resection.{PAIR}.p_value_holm", "holm"),
        (f"pfs.{PAIR}.rmst_difference_12", ""), (f"objective_response_recist.{PAIR}.p_value", "fisher_exact"),
    ],
)  # fmt: skip
def test_a_number_by_another_method_or_of_no_line_of_the_ledger_is_not(results: Results, key: str, method: str) -> None:
    assert origin(results.study, key, method) == "made"


@pytest.mark.parametrize(
    ("key", "method"),
    [
        (f"converted_to_resection.{PAIR}.risk_difference", ""), ("any_complication.all.proportion_lower", "clopper_pearson"),
        (f"objective_response_with_excluded.{PAIR}.p_value", "fisher_exact"), ("os.mutant.events", ""), ("os.analysed.events", ""),
    ],
)  # fmt: skip
def test_what_printed_counts_determine_is_computed(results: Results, key: str, method: str) -> None:
    assert origin(results.study, key, method) == "computed"


def test_of_the_table_of_baseline_only_the_share_of_males_that_cannot_be_is_marked(results: Results) -> None:
    marked = [(name, cell) for name, cells in _rows(tables.baseline(results)).items() for cell in cells if "†" in cell]
    assert marked == [("Sex: Male, n/N (%)", "3/11 (27%)†")]


def test_of_the_outcomes_the_effects_alone_are_marked(results: Results) -> None:
    for cells in _rows(tables.outcomes(results)).values():
        assert [bool({"†", "‡"} & set(cell)) for cell in cells] == [False, False, True, False]


def test_an_effect_of_printed_counts_has_another_mark_than_one_of_the_rows(results: Results) -> None:
    table = tables.outcomes(results)
    assert isinstance(table, Table)
    effects = {name: cells[2][-1] for name, cells in _rows(table).items()}
    assert effects["Objective response, n/N (%)"] == "‡"
    assert effects["Tumor reduction, median [range]"] == "†"
    assert [plain(note)[:1] for note in table.notes[-2:]] == ["†", "‡"]


def test_where_less_is_printed_than_not_the_printed_is_marked(results: Results) -> None:
    rows = _rows(tables.survival_comparisons(results))
    assert [name for name, cells in rows.items() if any("§" in cell for cell in cells)] == [
        "Overall survival", "Progression-free survival", "Hepatic progression-free survival",
    ]  # fmt: skip
    assert all("§" not in cell for cells in rows.values() for place, cell in enumerate(cells) if place != 1)


def test_a_median_that_the_article_says_was_not_reached_is_printed(results: Results) -> None:
    table = tables.survival_estimates(results)
    assert isinstance(table, Table)
    (cell,) = {plain(row.cells[2]) for row in table.rows if plain(row.cells[2]).startswith("NR")}
    assert cell == "NR§"


def test_a_table_without_a_printed_number_says_so(results: Results) -> None:
    table = tables.competing_risks(results)
    assert isinstance(table, Table)
    assert plain(table.notes[-1]).startswith("The article prints none of the cells without a mark whole")


def test_sentences_mark_what_is_not_printed(results: Results) -> None:
    said = to_plain(sentences.baseline(results))
    assert "Male sex was recorded in 13 of 25 (52%)." in said
    assert "Liver metastases were synchronous in 20 of 25 (80%)†." in said
    assert "† Not printed in the article" in said


def test_a_mark_stands_after_the_interval_of_an_estimate(results: Results) -> None:
    said = to_plain(sentences.survival(results))
    assert "hazard ratio 2.12 (95% CI 0.50–8.98)†, P=0.30 (log-rank test)" in said
    assert "32%; 95% CI 15–54%‡)" in to_plain(sentences.complications(results))


def test_a_sentence_says_what_the_article_prints_where_that_is_another_number(results: Results) -> None:
    printed = {row.id: row.published for row in read_ledger(ROOT / "data" / "published_numbers.csv")}
    youngest = f"34 in Table 1 and {printed['methods.age.min.all']} in its text"
    assert f"(range 34 to 77; the article prints {youngest})." in to_plain(sentences.baseline(results))
    said = to_plain(sentences.history(results))
    assert f"(72.7%; the article prints {printed['methods.codon12.percent']}) and codon 13 in 2 of 11 (18.2%)." in said
    assert f"(96%; the article prints “{printed['results.prior_chemo.n.all']}” in one place)." in said
    assert "P=0.047 (Fisher's exact test; the article prints 0.05)." in to_plain(sentences.response(results))


def test_of_a_list_the_text_tells_what_the_article_prints_and_where_the_excluded_row_is(results: Results) -> None:
    said = to_plain(sentences.history(results))
    assert "The first-line regimen was FOLFOX in 21 of 24 (88%)." in said
    assert "2 of 13 in the wild-type group and 1 of 1 excluded)." in said
    assert "†" not in said


def test_a_blank_of_the_rows_is_not_said_to_be_missing_in_the_study(results: Results) -> None:
    table = tables.baseline(results)
    assert isinstance(table, Table)
    notes = "\n".join(map(plain, table.notes))
    assert "Blank in the rows: Prior systemic chemotherapy cycles (KRAS-mutated 1); HAI cycles (KRAS-mutated 1" in notes
    assert "Not recorded" not in notes


def test_how_the_curves_of_the_rows_run_is_no_result_of_the_article(results: Results) -> None:
    table = tables.outcomes(results)
    assert isinstance(table, Table)
    text = to_plain(sentences.survival(results)) + "".join(map(plain, table.notes))
    assert "hazard ratio 0.83 (95% CI 0.33–2.05)†, P=0.68 (log-rank test)." in text
    assert not re.search(r"average|proportional|restricted|crossed", text)


def test_what_turns_the_primary_result_is_marked(results: Results) -> None:
    said = to_plain(sentences.SENTENCES["flips"](results))
    assert "P for tumor reduction is then 0.07† instead of 0.04" in said


@pytest.mark.parametrize("page", ["abstract", "introduction", "methods", "discussion"])
def test_a_paragraph_with_a_number_that_is_not_printed_says_of_what_it_is(results: Results, page: str) -> None:
    # The audit's counts are of the article's own numbers.
    paragraphs = (ROOT / "book" / f"{page}.md").read_text("utf-8").split("\n\n")
    for paragraph in paragraphs:
        names = [name.partition("@") for name in re.findall(r"\{(?:val|p)\}`([^` ]+)", paragraph)]
        found = [(key, method) for key, _, method in names if key in results and "published_number" not in key]
        records = [results.get(key, method) for key, method in found]
        origins = {origin(results.study, one.key, one.method) for one in records}
        if "made" in origins:
            assert re.search(r"reconstruct|\brows\b", paragraph), paragraph
        elif "computed" in origins:
            assert re.search(r"reconstruct|\brows\b|\bcounts\b", paragraph), paragraph


def test_by_another_rule_of_response_no_count_is_the_articles() -> None:
    cohort, parameters = cohort_of(full(SIX, MONTHS, ONES), "response_threshold_percent=30")
    study = analyse(cohort, parameters).study
    assert origin(study, "objective_response.mutant.count", "") == "made"


def test_a_cohort_of_patients_has_no_marks() -> None:
    cohort, parameters = cohort_of(full(SIX, MONTHS, ONES))
    results = analyse(cohort, parameters)
    text = "\n".join(to_plain(make(results)) for make in (tables.baseline, tables.outcomes, sentences.survival))
    assert not {"†", "‡", "§"} & set(text)
