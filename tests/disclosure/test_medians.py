"""A median of survival tells no few who leave between it and the next time at which the curve is read."""

from __future__ import annotations

import pytest

from hai_utils.analyses import analyse
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from tests.analyses.edge_samples import M, W, cohort_of, survival
from tests.conftest import mostly_long
from tests.disclosure.between import told_between
from tests.disclosure.test_gate import GATED, THRESHOLD, results_of

NAMES = ("reconstruction", "scans", "preoperative_chemotherapy", "1", "3")
# Each kind of limits with a kind of follow-up.
METHODS = (
    ("percentile_wald", "observed"),
    ("brookmeyer_crowley_plain", "reverse_km"),
    ("brookmeyer_crowley_log", "observed"),
    ("brookmeyer_crowley_loglog", "reverse_km"),
)


@pytest.mark.parametrize("name", mostly_long(NAMES, "reconstruction", "preoperative_chemotherapy"))
@pytest.mark.parametrize(("limits", "follow_up"), METHODS)
def test_no_few_are_told_between_a_median_and_a_time(name: str, limits: str, follow_up: str) -> None:
    gated = results_of(name, GATED, f"median_interval={limits}", f"follow_up_method={follow_up}")
    assert told_between(gated, THRESHOLD) == []


def test_with_the_gate_open_the_few_are_told() -> None:
    assert len(told_between(results_of("reconstruction"), THRESHOLD)) > 20


def dying(*months: float, grid: str) -> Results:
    """Gated results of patients who all die, at these months."""
    size = len(months)
    columns = {"kras": [M, W] * (size // 2), **survival(months, [1] * size)}
    return analyse(*cohort_of(columns, "exclude=", f"time_grid_months={grid}", GATED))


def median(results: Results) -> Record:
    return results.get("os.all.median")


@pytest.mark.parametrize("months", ["22_5", "23_5", "16_5"])
def test_a_median_is_taken_before_a_time_few_deaths_away(months: str) -> None:
    """The twentieth of forty dies in month 20."""
    results = dying(*range(1, 41), grid=f"[0, {months.replace('_', '.')}]")
    assert not median(results).withheld
    assert results.get(f"os.all.survival_at_{months}").withheld


def test_a_median_stands_beside_a_time_by_which_enough_die() -> None:
    results = dying(*range(1, 41), grid="[0, 30.5]")
    assert not median(results).withheld
    assert not results.get("os.all.survival_at_30_5").withheld


def test_a_median_after_which_few_die_is_withheld() -> None:
    events = [1] * 9 + [0] * 3
    months = [10 + place for place in range(12)]
    columns = {"kras": [M, W] * 6, **survival(months, events)}
    results = analyse(*cohort_of(columns, "exclude=", GATED))
    assert median(results).withheld
