"""Survival by a status reached during follow-up agrees with R's survival, and credits no time before the status to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hai_utils.stats.rank_tests import compare_survival
from hai_utils.stats.regression import cox
from hai_utils.stats.survival import landmark
from hai_utils.stats.time_dependent import cox_time_dependent, mantel_byar, simon_makuch, status_risk_sets

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "time_dependent"
EXPECTED = pd.read_csv(FOLDER / "expected.csv", dtype={"method": str}, keep_default_na=False)
TOLERANCE = 1e-6
NEVER = np.nan


def data_of(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = pd.read_csv(FOLDER / "data" / f"{name}.csv")
    return tuple(table[column].to_numpy(dtype=float) for column in ("time", "event", "onset"))


def expected(name: str, beginning: str) -> list[tuple[str, str, float]]:
    rows = EXPECTED[(EXPECTED["data"] == name) & EXPECTED["statistic"].str.startswith(beginning)]
    return [(row.statistic, row.method, float(row.value)) for row in rows.itertuples()]


@pytest.mark.parametrize("name", ["stanford", "stanford_months", "edges"])
def test_hazard_ratios_are_those_of_coxph_with_start_and_stop(name: str) -> None:
    for statistic, method, value in expected(name, "hazard_ratio"):
        ratio = cox_time_dependent(*data_of(name), ties=method)
        part = {"": ratio.value, "_lower": ratio.lower, "_upper": ratio.upper, "_p": ratio.p_value}
        assert part[statistic.removeprefix("hazard_ratio")] == pytest.approx(value, rel=TOLERANCE)


@pytest.mark.parametrize("name", ["stanford", "edges"])
def test_mantel_and_byars_test_is_the_score_test_of_the_discrete_model(name: str) -> None:
    test = mantel_byar(*data_of(name))
    found = {"statistic": test.value, "p_value": test.p_value}
    rows = [row for row in EXPECTED.itertuples() if row.data == name and row.method == "mantel_byar"]
    assert len(rows) == 2
    for row in rows:
        assert found[row.statistic] == pytest.approx(float(row.value), rel=TOLERANCE)


@pytest.mark.parametrize("name", ["stanford", "stanford_months", "edges"])
@pytest.mark.parametrize("status", [0, 1])
def test_curves_of_simon_and_makuch_are_those_of_survfit_with_delayed_entry(name: str, status: int) -> None:
    curve = simon_makuch(*data_of(name))[status]
    read = {"survival": curve.survival, "se": curve.se, "at_risk": curve.at_risk}
    rows = [row for what in read for row in expected(name, f"{what}_{status}")]
    assert rows
    for statistic, time, value in rows:
        place = int(np.searchsorted(curve.times, float(time)))
        found = read[statistic.removesuffix(f"_{status}")][place]
        assert (np.isnan(found) and np.isnan(value)) or found == pytest.approx(value, rel=TOLERANCE)


@pytest.mark.parametrize("name", ["stanford", "stanford_months", "edges"])
def test_a_landmark_groups_by_the_status_known_then(name: str) -> None:
    time, event, onset = data_of(name)
    for statistic, _, value in expected(name, "landmark_"):
        at = float(statistic.rpartition("_")[2])
        kept = landmark(time, event, at)
        group = (onset[kept] <= at).astype(int)
        rest = time[kept] - at, event[kept], group
        found = {
            "landmark_left_out": (~kept).sum(), "landmark_reached": group.sum(),
            "landmark_p": compare_survival(*rest, method="logrank").p_value, "landmark_hazard_ratio": cox(*rest).value,
        }[statistic.rpartition("_")[0]]  # fmt: skip
        assert found == pytest.approx(value, rel=TOLERANCE)


def test_a_status_reached_by_all_at_the_start_or_by_nobody_is_one_group() -> None:
    time, event = [1.0, 2.0, 3.0], [1, 1, 0]
    for onset in ([0.0, 0.0, 0.0], [NEVER] * 3, [1.0, 2.0, 3.0]):
        assert mantel_byar(time, event, onset).note == "one group"
        assert cox_time_dependent(time, event, onset).note == "one group"


def test_a_status_known_at_the_start_is_a_group() -> None:
    time, event, group = [2.0, 5.0, 3.0, 9.0, 4.0], [1, 1, 0, 1, 1], np.array([0, 1, 1, 1, 0])
    onset = np.where(group == 1, 0.0, NEVER)
    assert mantel_byar(time, event, onset).p_value == compare_survival(time, event, group, method="logrank").p_value
    assert cox_time_dependent(time, event, onset).value == cox(time, event, group).value


def test_everybody_is_at_risk_in_one_status() -> None:
    time, event, onset = data_of("stanford")
    counts = status_risk_sets(time, event, onset)
    assert counts.at_risk.sum(axis=1).tolist() == [(time >= t).sum() for t in counts.times]
    assert counts.leaving.sum() == time.size


def test_an_order_of_rows_changes_nothing() -> None:
    time, event, onset = data_of("stanford")
    order = np.random.default_rng(7).permutation(time.size)
    shuffled = cox_time_dependent(time[order], event[order], onset[order])
    assert shuffled == cox_time_dependent(time, event, onset)


@pytest.mark.parametrize("onset", [[-1.0, 1.0], [1.0]])
def test_an_impossible_onset_is_refused(onset: list[float]) -> None:
    with pytest.raises(ValueError, match="onset"):
        mantel_byar([2.0, 3.0], [1, 1], onset)
