"""Holm's adjustment against R p.adjust and by hand."""

from __future__ import annotations

import csv
import math

import pytest

from hai_utils.stats.multiplicity import holm
from tests.conftest import REFERENCE_CASES

REFERENCE = REFERENCE_CASES / "contingency" / "output.csv"


def references():
    families: dict[str, list[float]] = {}
    with REFERENCE.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["method"] == "holm":
                families.setdefault(row["case"], []).append(float(row["value"]))
    assert families
    return [pytest.param([float(p) for p in case.split()], adjusted, id=case) for case, adjusted in families.items()]


@pytest.mark.parametrize(("p_values", "adjusted"), references())
def test_holm_agrees_with_r_p_adjust(p_values, adjusted):
    assert holm(p_values) == pytest.approx(adjusted, rel=1e-12)


def test_missing_p_values_stay_missing_and_are_not_counted():
    # Two P values: 2 x 0.01, then max(0.02, 0.03)
    assert holm([None, 0.03, None, 0.01]) == [None, 0.03, None, 0.02]


def test_nothing_to_adjust():
    assert holm([]) == []
    assert holm([None]) == [None]


@pytest.mark.parametrize("p_value", [math.nan, -0.1, 1.1])
def test_what_is_no_p_value_is_refused(p_value):
    with pytest.raises(ValueError, match="P value"):
        holm([0.1, p_value])
