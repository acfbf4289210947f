"""A center that withholds small counts among others that do not: what is combined tells none of its counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.analyses.across_centers import COMBINED, SUMMED, Center, analyse_centers
from hai_utils.cohort.reading import load_cohort
from hai_utils.commands.sites import may_pool
from hai_utils.parameters import Parameters
from hai_utils.results.files import results_csv
from hai_utils.results.table import Results
from tests.conftest import ROOT
from tests.sites.center_files import write_conversions

# Converted of those of either group: the gated center has 3 of 14, which may not be told.
GATED_TABLE, OPEN_TABLES = ((3, 14), (9, 21)), (((4, 9), (5, 11)), ((2, 8), (6, 13)))
OTHERS = ("b", "c")


@pytest.fixture(scope="module")
def overview(tmp_path_factory: pytest.TempPathFactory, parameters: Parameters) -> Results:
    folder = tmp_path_factory.mktemp("centers")
    made = [center(folder, "a", GATED_TABLE, parameters, "small_cells")]
    made += [center(folder, name, table, parameters, "none") for name, table in zip(OTHERS, OPEN_TABLES, strict=True)]
    return analyse_centers(made, parameters)


def center(
    folder: Path, name: str, table: tuple[tuple[int, int], tuple[int, int]], shared: Parameters, gate: str
) -> Center:
    path = write_conversions(folder / f"{name}.csv", *table)
    chosen = shared.model_copy(update={"data": str(path), "permutation_draws": 99, "disclosure": gate})
    cohort = load_cohort(chosen, ROOT)
    results = analyse(cohort, chosen, ("03_tumor_response", "04_survival"))
    return Center(name, results, cohort if may_pool(results) else None)


def test_no_sum_holds_a_part_that_is_withheld(overview: Results) -> None:
    sums = [record for record in overview if record.group == COMBINED and record.statistic in SUMMED and record.value]
    assert sums
    for total in sums:
        parts = [
            r for r in overview if (r.variable, r.level, r.statistic) == (total.variable, total.level, total.statistic)
        ]
        known = [r.value for r in parts if r.group != COMBINED and r.value is not None]
        unknown = [r for r in parts if r.group != COMBINED and r.value is None]
        assert total.value == sum(known)
        assert all(record.note == "not recorded" for record in unknown)


def test_what_is_combined_is_what_the_others_give_without_the_center(
    overview: Results, tmp_path: Path, parameters: Parameters
) -> None:
    alone = analyse_centers(
        [center(tmp_path, name, table, parameters, "none") for name, table in zip(OTHERS, OPEN_TABLES, strict=True)],
        parameters,
    )
    for record in overview:
        if record.group == COMBINED and record.statistic.startswith(("risk_difference", "hazard_ratio", "tau2", "i2")):
            other = alone.find(record.variable, COMBINED, record.statistic, method=record.method, level=record.level)
            assert (record.value, record.n) == (other.value, other.n), record.key


def test_the_center_s_hidden_count_is_nowhere(overview: Results) -> None:
    converted = overview.find("converted_to_resection", "a", "count", level="mutant")
    assert converted.value is None
    assert converted.n is None
    rows = [line for line in results_csv(overview).splitlines() if line.startswith("converted_to_resection")]
    everybody = str(GATED_TABLE[0][0] + sum(table[0][0] for table in OPEN_TABLES))
    assert not [row for row in rows if ",mutant,combined,count," in row and f",{everybody}," in row]
