"""Raw files as R and cBioPortal write them, with a short mapping each, give the numbers of R."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hai_utils.cohort.dictionary import read_dictionary, standard_dictionary
from hai_utils.importing.files import import_file
from hai_utils.importing.mapping import read_mapping
from hai_utils.stats.rank_tests import compare_survival
from hai_utils.stats.regression import cox
from hai_utils.stats.survival import kaplan_meier, median_survival

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "import"
VARIABLES = {**standard_dictionary(), **read_dictionary(FOLDER / "columns.csv")}
GROUPS = {"rotterdam": "chemotherapy", "veteran": "earlier_therapy"}
with (FOLDER / "expected.csv").open(encoding="utf-8") as stream:
    EXPECTED = list(csv.DictReader(stream))


@cache
def cohort(name: str) -> dict[str, tuple[str, ...]]:
    export = next(path for path in (FOLDER / f"{name}.csv", FOLDER / f"{name}.txt") if path.is_file())
    made = import_file(export, read_mapping(FOLDER / f"{name}.yml", VARIABLES), VARIABLES).cohort
    return dict(made.columns)


def arms(expected: dict[str, str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return times, events and membership of group b."""
    columns, endpoint = cohort(expected["data"]), expected["endpoint"]
    group = columns[GROUPS.get(expected["data"], "sex")]
    rows = list(zip(columns[f"{endpoint}_months"], columns[f"{endpoint}_event"], group, strict=True))
    known = [
        (float(time), int(event), int(name == expected["group_b"]))
        for time, event, name in rows
        if time and event and name
    ]
    times, events, second = zip(*known, strict=True)
    return np.array(times), np.array(events), np.array(second)


IDS = [f"{one['data']}-{one['endpoint']}" for one in EXPECTED]


@pytest.mark.parametrize("expected", EXPECTED, ids=IDS)
def test_patients_and_events_are_those_of_r(expected: dict[str, str]) -> None:
    times, events, _ = arms(expected)
    assert (len(times), int(events.sum())) == (int(expected["n"]), int(expected["events"]))


@pytest.mark.parametrize("expected", EXPECTED, ids=IDS)
def test_medians_are_those_of_r(expected: dict[str, str]) -> None:
    times, events, second = arms(expected)
    for member, name in ((0, "median_a"), (1, "median_b")):
        found = median_survival(kaplan_meier(times[second == member], events[second == member])).value
        assert (found is None) == (expected[name] == "NA")
        if found is not None:
            assert found == pytest.approx(float(expected[name]), rel=1e-9)


@pytest.mark.parametrize("expected", EXPECTED, ids=IDS)
def test_log_rank_p_and_hazard_ratio_are_those_of_r(expected: dict[str, str]) -> None:
    times, events, second = arms(expected)
    test = compare_survival(times, events, second, method="logrank")
    assert test.p_value == pytest.approx(float(expected["log_rank_p"]), rel=1e-6)
    assert cox(times, events, second).value == pytest.approx(float(expected["hazard_ratio_b_vs_a"]), rel=1e-6)


@pytest.mark.parametrize("name", sorted({one["data"] for one in EXPECTED}))
def test_a_mapping_has_at_most_fifteen_lines(name: str) -> None:
    assert len((FOLDER / f"{name}.yml").read_text(encoding="utf-8").splitlines()) <= 15
