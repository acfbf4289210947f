"""Differences are level minus reference, ratios level to reference, in every kind of comparison."""

from __future__ import annotations

import numpy as np
import pytest

from hai_utils.cohort.model import Cohort
from hai_utils.results.table import Results

PAIR = "mutant_vs_wild_type"


def values(cohort: Cohort, column: str, group: str) -> np.ndarray:
    numbers = cohort.table[column].to_numpy(dtype=float)[cohort.members(group)]
    return numbers[~np.isnan(numbers)]


@pytest.mark.parametrize(
    "column", ["age_years", "bmi_kg_m2", "operative_minutes", "length_of_stay_days", "n_liver_lesions"]
)
def test_continuous_comparisons_are_level_minus_reference(column: str, cohort: Cohort, results: Results) -> None:
    level, reference = values(cohort, column, "mutant"), values(cohort, column, "wild_type")
    pairs = level[:, None] - reference[None, :]
    assert results.get(f"{column}.{PAIR}.mean_difference").value == pytest.approx(level.mean() - reference.mean())
    assert results.get(f"{column}.{PAIR}.hodges_lehmann").value == pytest.approx(np.median(pairs))
    assert results.get(f"{column}.{PAIR}.u_statistic").value == (pairs > 0).sum() + (pairs == 0).sum() / 2


def test_proportions_are_level_minus_reference(results: Results) -> None:
    assert results.get(f"objective_response.{PAIR}.risk_difference").value == pytest.approx(7 / 11 - 13 / 13)
    assert results.get(f"converted_to_resection.{PAIR}.odds_ratio", "sample").value == pytest.approx((2 / 9) / (8 / 5))


def test_hazard_ratio_is_level_to_reference(results: Results) -> None:
    """The group with more deaths a month at risk has the higher hazard."""
    rates = [
        float(results.get(f"os.{group}.events").value or 0) / float(results.get(f"os.{group}.rmst_24").value or 1)
        for group in ("mutant", "wild_type")
    ]
    ratio = results.get(f"os.{PAIR}.hazard_ratio").value
    assert ratio is not None
    assert (ratio > 1) == (rates[0] > rates[1])
