"""The paragraph on statistical methods says what is in force, and only what the cohort has."""

from __future__ import annotations

from hai_utils.analyses import analyse
from hai_utils.show.content import Paragraphs, plain
from hai_utils.show.sentences.methods import statistical_methods
from tests.analyses.edge_samples import SIX, Columns, cohort_of, full

MONTHS = (3, 5, 7, 9, 11, 13)
EVENTS = (1, 0, 1, 1, 0, 1)


def paragraph(columns: Columns, *settings: str) -> str:
    content = statistical_methods(analyse(*cohort_of(columns, *settings)))
    assert isinstance(content, Paragraphs)
    return plain(content.texts[0])


def test_the_paragraph_names_the_methods_in_force() -> None:
    text = paragraph(full(SIX, MONTHS, EVENTS), "survival_test=peto_peto", "categorical_test=fisher_mid_p")
    assert "Curves were compared by the Peto-Peto test, modified" in text
    assert "two-by-two tables by Fisher's exact test, mid-P" in text


def test_another_level_is_said() -> None:
    text = paragraph(full(SIX, MONTHS, EVENTS), "confidence_level=0.9", "significance_level=0.01")
    assert "Estimates are given with 90% confidence intervals (CIs)." in text
    assert "P below 0.01" in text


def test_survival_is_not_mentioned_where_there_is_none() -> None:
    text = paragraph({"kras": ["mutant"] * 3 + ["wild_type"] * 3, "converted_to_resection": ["yes", "no"] * 3,
                      "lesion1_baseline_long_mm": [10.0] * 6, "lesion1_baseline_perp_mm": [10.0] * 6,
                      "lesion1_best_long_mm": [5.0] * 6, "lesion1_best_perp_mm": [5.0] * 6})  # fmt: skip
    assert "Kaplan" not in text
    assert "two-by-two" in text
