"""Sentences are true and grammatical of any cohort: none, one or several of everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hai_utils.analyses import analyse
from hai_utils.results.study import Label, Study
from hai_utils.results.table import Results
from hai_utils.show import sentences, tables
from hai_utils.show.content import Content, Notice, Paragraphs, Table, plain
from hai_utils.show.sentences.methods import statistical_methods
from hai_utils.show.tables.cells import continuous_cell
from hai_utils.show.tables.methods import medians, robustness, sensitivity
from hai_utils.show.wording import RECONSTRUCTION_NOTICE, SYNTHETIC_NOTICE, notice, time_zero
from tests.analyses.edge_samples import COHORTS, MONTHS, NOBODY, ONES, SIX, Columns, cohort_of, full, survival


def results_of(columns: Columns, *settings: str) -> Results:
    cohort, parameters = cohort_of(columns, *settings)
    return analyse(cohort, parameters)


def edge(name: str) -> Results:
    columns, settings = COHORTS[name]
    return results_of(columns, *settings)


def text_of(content: Content) -> str:
    assert isinstance(content, Paragraphs)
    return "\n".join(plain(text) for text in content.texts)


def cells_of(content: Content) -> list[list[str]]:
    assert isinstance(content, Table)
    return [[plain(cell) for cell in row.cells] for row in content.rows]


def test_no_event_is_said_once_and_nothing_is_compared() -> None:
    said = text_of(sentences.survival(edge("all censored")))
    assert (
        "Median overall survival was not reached: no event was recorded in either group, so there is nothing to compare."
        in said
    )
    assert "hazard ratio" not in said
    assert "Death occurred" not in said


def test_medians_that_no_group_reached_are_said_once() -> None:
    columns = full(SIX, MONTHS, (1, 0, 0, 1, 0, 0))
    said = text_of(sentences.survival(results_of(columns)))
    assert "Median overall survival was not reached in either group; hazard ratio" in said


def test_three_groups_are_not_either_group() -> None:
    columns = {**full(SIX, MONTHS, NOBODY), "primary_site": ("rectum", "rectum", "left_colon", "left_colon", "right_colon", "right_colon")}  # fmt: skip
    said = text_of(sentences.survival(results_of(columns, "group_by=primary_site", "reference_group=rectum")))
    assert "no event was recorded in any of the 3 groups" in said


def test_one_group_without_an_event_has_no_comparison_to_miss() -> None:
    said = text_of(sentences.survival(results_of(full(("wild_type",) * 6, MONTHS, NOBODY))))
    assert "no event was recorded in the wild-type group." in said
    assert "compare" not in said


def test_a_limit_below_zero_is_explained() -> None:
    columns = full(SIX, (1, 20, 21, 1, 2, 30), ONES)
    results = results_of(columns)
    lower = [results.get(f"os.{group.level}.median_lower").value for group in results.study.groups]
    assert any(value is not None and value < 0 for value in lower)
    assert "A limit below 0 shows that Wald's interval" in text_of(sentences.survival(results))


def test_a_difference_of_percentages_is_in_percentage_points() -> None:
    results = results_of(
        {"kras": SIX, "converted_to_resection": ("yes", "no", "no", "yes", "yes", "no"), **survival(MONTHS, ONES)}
    )
    record = results.get("converted_to_resection.mutant_vs_wild_type.risk_difference")
    assert (record.value, record.unit, record.formatted) == (pytest.approx(-1 / 3), "proportion", "−33")
    assert "risk difference −33 percentage points (95% CI −" in text_of(sentences.response(results))
    (row,) = [row for row in cells_of(tables.outcomes(results)) if row[0].startswith("Conversion")]
    assert row[3].startswith("−33 pp (−")
    assert "%" not in row[3]
    _, text = results.quote(
        "converted_to_resection.mutant_vs_wild_type.risk_difference to 1 decimal", results.study.formatter
    )
    assert text == "−33.3"


def test_a_difference_of_a_percentage_that_is_measured_is_in_percentage_points_too() -> None:
    results = edge("only lesions")
    record = results.get("reduction_percent.mutant_vs_wild_type.hodges_lehmann")
    assert record.unit == "percent"
    assert record.value is not None
    assert "%" not in record.formatted
    assert f"Hodges-Lehmann difference {record.formatted} percentage points" in text_of(sentences.response(results))


def test_one_percentage_point_is_one() -> None:
    rows = [("mutant", "yes")] * 50 + [("mutant", "no")] * 50 + [("wild_type", "yes")] * 49 + [("wild_type", "no")] * 51
    groups, converted = zip(*rows, strict=True)
    said = text_of(
        sentences.response(
            results_of({"kras": groups, "converted_to_resection": converted, **survival([9] * 200, [0] * 200)})
        )
    )
    assert "risk difference 1 percentage point (" in said


def test_a_single_patient_has_neither_a_quartile_nor_a_range() -> None:
    results = edge("a group of one")
    assert plain(continuous_cell(results, "hai_cycles", "mutant", interquartile=True)) == "2"
    rows = [row for row in cells_of(tables.survival_estimates(results)) if row[0] == "KRAS-mutated"]
    assert {row[3] for row in rows} == {"3.0"}
    assert "is a single patient" in text_of(sentences.limitations(results))


def test_a_median_without_limits_prints_them_once() -> None:
    for row in cells_of(medians(edge("all censored"))):
        assert "–" not in row[1], row


def test_nobody_with_a_complication_has_no_kind_of_it() -> None:
    columns = full(SIX, MONTHS, ONES) | {
        "clavien_dindo": ("0",) * 6,
        "pump_complication": ("none",) * 6,
        "hai_discontinued": ("no",) * 6,
    }
    said = text_of(sentences.complications(results_of(columns)))
    assert "Perioperative complications were recorded in 0 of 6 (0%; 95% CI 0–46%)." in said
    for words in ("were minor", "biliary", "of these"):
        assert words not in said


def test_three_groups_have_a_standardized_difference_each() -> None:
    table = tables.characteristics(edge("three groups"))
    assert isinstance(table, Table)
    assert table.columns[-2:] == ("Standardized difference, Right colon", "Standardized difference, Left colon")
    assert any("versus the rectum group" in plain(note) for note in table.notes)


def test_few_deaths_are_counted_in_words_that_agree() -> None:
    one = text_of(sentences.limitations(results_of(full(SIX, MONTHS, (1, 0, 0, 0, 0, 0)))))
    assert "With 1 death among those compared, no multivariable model is supported" in one
    none = text_of(sentences.limitations(results_of(full(SIX, MONTHS, NOBODY))))
    assert "No death among those compared" in none


def test_a_group_called_yes_is_named_by_its_column() -> None:
    columns = {**full(SIX, MONTHS, ONES), "extrahepatic_disease": ("yes", "yes", "no", "no", "no", "no")}
    results = results_of(columns, "group_by=extrahepatic_disease", "reference_group=no")
    assert [group.label for group in results.study.groups] == ["Extrahepatic disease: yes", "Extrahepatic disease: no"]


def test_a_median_whose_interval_cannot_be_given_says_so() -> None:
    results = results_of(full(SIX, MONTHS, (0, 1, 0, 0, 0, 0)))
    bare = [
        group.level
        for group in results.study.groups
        if results.get(f"os.{group.level}.median").value is not None
        and results.get(f"os.{group.level}.median_lower").value is None
    ]
    assert bare, "no group of the sample has a median without limits"
    assert "months (95% CI not estimable)" in text_of(sentences.survival(results))
    assert any(row[2].endswith("(NE)") for row in cells_of(tables.survival_estimates(results)))


def test_the_paragraph_on_methods_names_no_test_that_was_not_made() -> None:
    two_groups = results_of({"kras": SIX, "age_years": (51, 62, 47, 70, 58, 66), **survival(MONTHS, ONES)})
    said = text_of(statistical_methods(two_groups))
    assert "Continuous variables were compared by the exact Mann-Whitney test" in said
    assert "larger tables" not in said
    assert "two-by-two tables" not in said


def test_where_all_are_counted_alike_no_other_population_is_shown() -> None:
    assert isinstance(sensitivity(results_of(full(SIX, MONTHS, ONES))), Notice)


def test_a_column_that_no_outcome_fills_is_left_out() -> None:
    table = robustness(results_of({"kras": SIX, "pfs_months": MONTHS, "pfs_event": ONES, **survival(MONTHS, ONES)}))
    assert isinstance(table, Table)
    assert table.columns == ("Outcome", "P value", "P, Holm")
    assert "primary" not in plain(table.notes[0])


def test_whoever_has_no_group_counts_among_the_not_recorded_of_all() -> None:
    columns = {**full(SIX, MONTHS, ONES), "age_years": (51, None, 47, 70, 58, None), "kras": (*SIX[:5], None)}
    table = tables.characteristics(results_of(columns))
    assert isinstance(table, Table)
    assert any("Age (All patients 2, " in plain(note) for note in table.notes)


def test_made_up_rows_are_called_a_reconstruction_only_where_they_are_one() -> None:
    study = Study(synthetic=True)
    assert notice(study) == SYNTHETIC_NOTICE
    assert notice(replace(study, reconstruction=True)) == RECONSTRUCTION_NOTICE
    assert notice(Study()) == ""
    assert "reconstruction" not in SYNTHETIC_NOTICE


def test_time_starts_at_the_pump_only_where_there_is_one() -> None:
    pump = Label("HAI cycles", "HAI cycles", "", "integer")
    assert time_zero(Study(variables={"hai_cycles": pump})) == "pump placement"
    assert time_zero(Study()) == "the start of follow-up"
