"""Several centers put together, against R metafor and survival (tests/reference/meta_analysis)."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from hai_utils.stats.meta_analysis import (
    mantel_haenszel_risk_difference,
    mantel_haenszel_weights,
    random_effects,
    risk_differences,
)
from hai_utils.stats.regression import cox_stratified
from tests.conftest import REFERENCE_CASES

FOLDER = REFERENCE_CASES / "meta_analysis"


def rows(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


EXPECTED: dict[str, dict[str, float]] = {}
for _row in rows("output.csv"):
    EXPECTED.setdefault(_row["case"], {})[_row["statistic"]] = float(_row["value"])
TABLES: dict[str, list[list[int]]] = {}
for _row in rows("input.csv"):
    TABLES.setdefault(_row["case"], []).append(
        [int(_row[name]) for name in ("events_level", "n_level", "events_reference", "n_reference")]
    )


def listed(case, name):
    values = EXPECTED[case]
    return [values[f"{name}_{i}"] for i in range(1, 1 + sum(key.startswith(f"{name}_") for key in values))]


def in_r(case, name):
    return [EXPECTED[case][name + part] for part in ("", "_lower", "_upper", "_se")]


def numbers(estimate):
    return [estimate.value, estimate.lower, estimate.upper, estimate.se]


@pytest.mark.parametrize("case", TABLES)
def test_the_mantel_haenszel_difference_is_that_of_metafor(case):
    found = mantel_haenszel_risk_difference(TABLES[case])
    assert numbers(found) == pytest.approx(in_r(case, "mantel_haenszel"), abs=1e-12)


@pytest.mark.parametrize("case", TABLES)
def test_the_differences_by_center_are_those_of_metafor(case):
    y, v = risk_differences(TABLES[case])
    assert y.tolist() == pytest.approx(listed(case, "y"), abs=1e-12)
    assert v.tolist() == pytest.approx(listed(case, "v"), abs=1e-12)


@pytest.mark.parametrize("case", EXPECTED)
def test_random_effects_with_normal_limits_are_those_of_metafor(case):
    found, expected = random_effects(listed(case, "y"), listed(case, "v"), interval="normal"), EXPECTED[case]
    assert numbers(found.mean) == pytest.approx(in_r(case, "normal"), abs=1e-6)
    assert found.tau2 == pytest.approx(expected["tau2"], abs=1e-6)
    assert [found.q, found.q_p, found.i2] == pytest.approx([expected[name] for name in ("q", "q_p", "i2")], abs=1e-9)
    assert found.weights.tolist() == pytest.approx(listed(case, "weight"), abs=1e-6)


@pytest.mark.parametrize("case", EXPECTED)
def test_hartung_knapp_limits_are_those_of_metafor_and_never_narrower_than_the_normal_ones_deserve(case):
    found = random_effects(listed(case, "y"), listed(case, "v"))
    assert numbers(found.mean) == pytest.approx(in_r(case, "adhoc"), abs=1e-6)
    if found.tau2:
        assert numbers(found.mean) == pytest.approx(in_r(case, "knha"), abs=1e-6)


@pytest.mark.parametrize("case", [case for case in EXPECTED if case != "two_centers"])
def test_the_prediction_interval_is_that_of_metafor(case):
    found, expected = random_effects(listed(case, "y"), listed(case, "v")).prediction, EXPECTED[case]
    assert [found.lower, found.upper] == pytest.approx(
        [expected["adhoc_prediction_lower"], expected["adhoc_prediction_upper"]], abs=1e-6
    )


def test_two_centers_have_no_prediction_interval():
    found = random_effects([0.1, 0.3], [0.01, 0.02]).prediction
    assert found.lower is None
    assert found.note == "two centers"


def test_one_center_is_not_averaged():
    found = random_effects([0.1], [0.01])
    assert found.mean.value is None
    assert found.mean.note == "one center"
    assert found.tau2 is None


def test_a_center_without_one_of_the_groups_has_no_weight():
    tables = [[3, 10, 5, 9], [2, 4, 0, 0]]
    assert mantel_haenszel_weights(tables).tolist() == [1.0, 0.0]
    assert mantel_haenszel_risk_difference(tables) == mantel_haenszel_risk_difference(tables[:1])


def test_centers_where_nothing_happened_pull_the_difference_toward_nought_and_stay_in():
    with_event = mantel_haenszel_risk_difference([[3, 10, 6, 12]])
    found = mantel_haenszel_risk_difference([[3, 10, 6, 12], [0, 8, 0, 10]])
    assert with_event.value < found.value < 0


def test_no_event_anywhere_has_a_difference_and_no_limits():
    found = mantel_haenszel_risk_difference([[0, 8, 0, 10], [0, 5, 0, 5]])
    assert (found.value, found.lower, found.note) == (0.0, None, "constant")


def test_no_center_is_no_data():
    assert mantel_haenszel_risk_difference([]).note == "no data"


def test_more_events_than_patients_are_refused():
    with pytest.raises(ValueError, match="more events than patients"):
        mantel_haenszel_risk_difference([[5, 4, 1, 3]])


COX = {(row["case"], row["ties"]): row for row in rows("cox_output.csv")}


@pytest.mark.parametrize(("case", "ties"), COX)
def test_a_stratified_hazard_ratio_is_that_of_r(case, ties):
    chosen = [row for row in rows("cox_input.csv") if row["case"] == case]
    time, event, x, stratum = (
        np.array([float(row[name]) for row in chosen]) for name in ("time", "event", "x", "stratum")
    )
    found = cox_stratified(time, event, x, stratum, ties=f"cox_{ties}")
    expected = [float(COX[case, ties][name]) for name in ("hazard_ratio", "lower", "upper", "se", "p")]
    assert [found.value, found.lower, found.upper, found.se, found.p_value] == pytest.approx(expected, abs=1e-6)
