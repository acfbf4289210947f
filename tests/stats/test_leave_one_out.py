"""Leaving out each patient in turn, the smallest difference that can be shown, and crossings: against R.

tests/reference/leave_one_out/ holds the script and what it wrote; SOURCE.md says where the inputs come from.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable

import numpy as np
import pytest

from hai_utils.stats.contingency import compare_table, fisher_p_values
from hai_utils.stats.crossing import crossings
from hai_utils.stats.leave_one_out import Extremes, tables_without_one, times_without_one, values_without_one
from hai_utils.stats.location import compare_locations, hodges_lehmann
from hai_utils.stats.power import detectable_hazard_ratio, detectable_risk_difference, detectable_shift
from hai_utils.stats.rank_tests import compare_survival
from hai_utils.stats.regression import cox
from hai_utils.stats.survival import kaplan_meier
from tests.conftest import REFERENCE_CASES

TOLERANCE = 1e-9
WANTED = {"alpha": 0.05, "power": 0.8}
TABLES = {"kras": [[7, 4], [13, 0]], "few": [[1, 9], [6, 5]], "even": [[10, 10], [3, 17]]}
VALUES = {
    "sleep": ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]),
    "tied": ([1, 2, 2, 3, 5, 5], [2, 4, 5, 6, 6, 7, 9]),
}  # fmt: skip


def _expected() -> dict[tuple[str, str], float]:
    with (REFERENCE_CASES / "leave_one_out" / "expected.csv").open() as file:
        return {(row["case"], row["statistic"]): float(row["value"]) for row in csv.DictReader(file)}


EXPECTED = _expected()


def _times(case: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (REFERENCE_CASES / "survival" / "data" / f"{case}.csv").open() as file:
        rows = list(csv.DictReader(file))
    time, event, group = (np.array([float(row[name]) for row in rows]) for name in ("time", "event", "group"))
    return time, event.astype(int), group.astype(int)


def _agree(case: str, statistic: str, numbers: Iterable[float | None]) -> None:
    found = Extremes.of(numbers)
    assert not found.missing
    assert found.least == pytest.approx(EXPECTED[case, f"{statistic}_min"], rel=TOLERANCE)
    assert found.greatest == pytest.approx(EXPECTED[case, f"{statistic}_max"], rel=TOLERANCE)


@pytest.mark.parametrize("case", ["aml", "ovarian", "freireich", "kidney"])
def test_the_logrank_test_without_each_patient_agrees_with_r(case: str) -> None:
    samples = times_without_one(*_times(case))
    _agree(case, "p_value", [compare_survival(*sample, method="logrank").p_value for sample in samples])


@pytest.mark.parametrize("case", ["aml", "ovarian", "freireich", "kidney"])
def test_the_hazard_ratio_without_each_patient_agrees_with_r(case: str) -> None:
    _agree(case, "hazard_ratio", [cox(*sample).value for sample in times_without_one(*_times(case))])


@pytest.mark.parametrize("case", TABLES)
def test_fishers_test_and_the_risk_difference_without_each_patient_agree_with_r(case: str) -> None:
    fewer = list(tables_without_one(TABLES[case]))
    _agree(case, "p_value", [compare_table(table, method="fisher_exact").p_value for table in fewer])
    shares = [table[:, 0] / table.sum(axis=1) for table in fewer]
    _agree(case, "risk_difference", [float(share[0] - share[1]) for share in shares])


@pytest.mark.parametrize("case", VALUES)
def test_the_exact_test_and_the_shift_without_each_patient_agree_with_r(case: str) -> None:
    fewer = list(values_without_one(*VALUES[case]))
    _agree(case, "p_value", [compare_locations(*pair, method="mann_whitney_exact").p_value for pair in fewer])
    _agree(case, "hodges_lehmann", [hodges_lehmann(*pair, method="exact").value for pair in fewer])


@pytest.mark.parametrize("case", TABLES)
def test_the_smallest_risk_difference_agrees_with_r(case: str) -> None:
    (a, b), (c, d) = TABLES[case]
    found = detectable_risk_difference(a + b, c + d, c / (c + d), **WANTED)
    assert found.value == pytest.approx(EXPECTED[case, "risk_difference_detectable"], abs=1e-9)


@pytest.mark.parametrize("case", VALUES)
def test_the_smallest_shift_agrees_with_r(case: str) -> None:
    found = detectable_shift(*VALUES[case], **WANTED)
    assert found.value == pytest.approx(EXPECTED[case, "hodges_lehmann_detectable"], rel=1e-8)


@pytest.mark.parametrize("case", ["aml", "ovarian", "freireich", "kidney"])
def test_the_smallest_hazard_ratio_agrees_with_r(case: str) -> None:
    _, event, group = _times(case)
    n1, n2 = np.bincount(group)
    found = detectable_hazard_ratio(int(event.sum()), int(n1), int(n2), **WANTED)
    assert found.value == pytest.approx(EXPECTED[case, "hazard_ratio_detectable"], rel=TOLERANCE)


@pytest.mark.parametrize("case", ["veteran", "lung", "kidney", "aml"])
def test_crossings_agree_with_r(case: str) -> None:
    time, event, group = _times(case)
    found = crossings(*(kaplan_meier(time[group == code], event[group == code]) for code in (1, 0)))
    assert len(found) == EXPECTED[case, "crossings"]
    assert (found[-1:] or (None,))[0] == EXPECTED.get((case, "last_crossing"))


def test_patients_who_are_alike_are_left_out_once() -> None:
    assert len(list(times_without_one([1, 1, 2, 2], [1, 1, 0, 1], [0, 0, 1, 1]))) == 3


def test_what_cannot_be_computed_without_somebody_is_said() -> None:
    assert Extremes.of([0.2, None, 0.4]) == Extremes(0.2, 0.4, missing=True)


def test_where_no_proportion_has_the_power_no_difference_can_be_shown() -> None:
    assert detectable_risk_difference(2, 2, 0.5, **WANTED).note == "not attainable"


def test_fishers_p_of_every_table_is_that_of_each() -> None:
    table = fisher_p_values(4, 6)
    assert table.shape == (5, 7)
    each = compare_table([[3, 1], [1, 5]], method="fisher_exact")
    assert table[3, 1] == pytest.approx(each.p_value, rel=1e-12)
