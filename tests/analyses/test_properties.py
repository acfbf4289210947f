"""What must hold of any cohort: order, names, direction and unit change nothing but what they should."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hai_utils.analyses import analyse
from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.reading import group_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.files import results_csv, series_csv
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from tests.analyses.edge_samples import ROOT, Columns, cohort_of, csv_text, lesions, survival
from tests.cohort.cohort_files import parse_cohort

pytestmark = pytest.mark.slow

CHAPTERS = ("01_cohort_description", "03_tumor_response", "04_survival")
GRID = "time_grid_months=0, 6, 12"
QUICK = (GRID, "restricted_mean_months=12", "permutation_draws=99")
# Without the phase that explains a failure: it traces every line, for minutes.
few = settings(max_examples=6, deadline=None, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])
FORWARD, BACKWARD = "mutant_vs_wild_type", "wild_type_vs_mutant"


@st.composite
def cohorts(draw: st.DrawFn, *, complete: bool = False) -> Columns:
    """Ten to fourteen rows with ties everywhere; without blanks where `complete`."""
    size = draw(st.integers(10, 14))

    def column(*values: object) -> list[object]:
        return draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))

    blank = () if complete else ("",)
    months = column(0.5, 3, 6, 8.5, 12, 17, 30)
    events = column(0, 1, 1)
    halved = column(True, False)
    pfs = [month / 2 if early else month for month, early in zip(months, halved, strict=True)]
    pfs_events = [1 if early else event for event, early in zip(events, halved, strict=True)]
    return {
        "age_years": column(41, 55, 55.5, 63, 70, *blank),
        "sex": column("female", "male", *blank),
        "race": column("White", "Asian", "Other"),
        "kras": ["mutant", "mutant", "wild_type", "wild_type", *column("mutant", "wild_type", *blank)[4:]],
        **lesions(column(0, 8, 14, 20, 22, *blank)),
        "converted_to_resection": column("yes", "no"),
        **survival(months, events),
        **survival(pfs, pfs_events, "pfs"),
    }


def results_of(columns: Columns, *more: str, chapters: Sequence[str] = CHAPTERS) -> Results:
    return analyse(*cohort_of(columns, *QUICK, *more), chapters)


def reordered(columns: Columns, order: Sequence[int]) -> Columns:
    return {name: [values[place] for place in order] for name, values in columns.items()}


# --- order and names ------------------------------------------------------------------------------------------------


@few
@given(columns=cohorts(), seed=st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(columns: Columns, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(columns["kras"])).tolist()
    before, after = results_of(columns), results_of(reordered(columns, order))
    assert results_csv(after) == results_csv(before)
    assert series_csv(after) == series_csv(before)


def test_the_order_of_the_rows_changes_nothing_in_the_reconstruction() -> None:
    """With all chapters and the random permutations, whose draws must not depend on the order either."""
    with (ROOT / "data" / "cohort.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    parameters = load_parameters([ROOT / "params.yml"])

    def analysed(lines: list[list[str]]) -> Results:
        text = "\n".join(",".join(line) for line in [header, *lines])
        table, variables = parse_cohort(text.encode(), standard_dictionary())
        return analyse(group_cohort(table, variables, parameters), parameters)

    before = analysed(rows)
    after = analysed([rows[place] for place in np.random.default_rng(7).permutation(len(rows)).tolist()])
    assert any("random permutations" in record.note for record in before)
    assert results_csv(after) == results_csv(before)
    assert series_csv(after) == series_csv(before)


@few
@given(columns=cohorts())
def test_the_names_of_the_patients_change_nothing(columns: Columns) -> None:
    size = len(columns["kras"])
    renamed = csv_text(columns)
    for place in range(size, 0, -1):
        renamed = renamed.replace(f"\nP{place},", f"\nZ-{size - place:03d},")
    parameters = load_parameters([ROOT / "params.yml"], QUICK)
    table, variables = parse_cohort(renamed.encode(), standard_dictionary())
    assert "Z-000" in set(table["patient_id"])
    after = analyse(group_cohort(table, variables, parameters), parameters, CHAPTERS)
    assert results_csv(after) == results_csv(results_of(columns))


# --- direction ------------------------------------------------------------------------------------------------------

DIFFERENCES = (
    "mean_difference", "hodges_lehmann", "risk_difference", "rmst_difference_12", "standardised_difference",
)  # fmt: skip
RATIOS = ("odds_ratio", "hazard_ratio")
# Found by bisection or profile; the rest are sums of the same terms.
LOOSE = {"boschloo": 1e-6, "barnard": 1e-6, "cox_firth": 1e-6, "miettinen_nurminen": 1e-9}


def mirrored(statistic: str) -> str:
    """The limit on the other side."""
    if "_without_one_" in statistic and not statistic.startswith("p_value"):
        # What is least from one side is greatest from the other.
        return statistic[:-3] + {"min": "max", "max": "min"}[statistic[-3:]]
    stem, _, end = statistic.rpartition("_")
    return {"lower": f"{stem}_upper", "upper": f"{stem}_lower"}.get(end, statistic)


def turned(record: Record, opposite: Results) -> tuple[float | None, float | None]:
    """The value, and what the opposite comparison makes of it."""
    back = opposite.find(
        record.variable, BACKWARD, mirrored(record.statistic), level=record.level, method=record.method
    )
    if record.statistic.startswith(RATIOS) and not record.statistic.endswith("_p"):
        # A ratio of 0 is an infinite one from the other side, which is empty.
        return record.value or None, 1 / back.value if back.value else None
    signed = record.statistic.startswith(DIFFERENCES) and not record.statistic.endswith(("_se", "_p"))
    if not signed or (record.statistic == "standardised_difference" and record.variable == "race"):
        return record.value, back.value
    return record.value, None if back.value is None else -back.value


@few
@given(columns=cohorts())
def test_swapping_level_and_reference_turns_every_comparison_round(columns: Columns) -> None:
    forward, backward = results_of(columns), results_of(columns, "reference_group=mutant")
    # The difference that could be shown starts from the proportion of the reference, or has no sign.
    unlike = ("u_statistic", "_detectable")
    compared = [record for record in forward if record.group == FORWARD and not record.statistic.endswith(unlike)]
    assert len(compared) > 200
    for record in compared:
        ours, theirs = turned(record, backward)
        if ours is None or theirs is None:
            assert ours is theirs, (record.key, record.method)
        else:
            assert ours == pytest.approx(theirs, rel=LOOSE.get(record.method, 1e-10), abs=1e-12), (
                record.key,
                record.method,
            )


@few
@given(columns=cohorts())
def test_u_of_one_group_and_u_of_the_other_add_up_to_all_pairs(columns: Columns) -> None:
    chapters = ("01_cohort_description", "03_tumor_response")
    forward = results_of(columns, chapters=chapters)
    backward = results_of(columns, "reference_group=mutant", chapters=chapters)
    for variable in ("age_years", "reduction_percent"):
        n1, n2 = (forward.find(variable, group, "n").value for group in ("mutant", "wild_type"))
        u = forward.find(variable, FORWARD, "u_statistic").value
        if n1 and n2:
            assert u + backward.find(variable, BACKWARD, "u_statistic").value == n1 * n2


@few
@given(columns=cohorts())
def test_each_group_keeps_its_own_numbers_when_the_reference_changes(columns: Columns) -> None:
    forward, backward = results_of(columns), results_of(columns, "reference_group=mutant")
    alone = [record for record in forward if record.group in {"mutant", "wild_type", "analysed", "all"}]
    assert alone
    for record in alone:
        assert backward.get(record.key, record.method) == record


# --- unit of time ---------------------------------------------------------------------------------------------------

STRETCH = 2
TIMES = ("median", "rmst", "time_", "follow_up_median", "last_crossing")
AT = {"0": "0", "6": "12", "12": "24"}


def stretched(columns: Columns) -> Columns:
    return {
        name: [STRETCH * float(str(value)) for value in values] if name.endswith("_months") else values
        for name, values in columns.items()
    }


def renamed_statistic(statistic: str) -> str:
    """The same statistic at the stretched time: ``survival_at_6_se`` becomes ``survival_at_12_se``."""
    parts = statistic.split("_")
    return "_".join(AT.get(part, part) for part in parts)


@few
@given(columns=cohorts())
def test_stretching_time_stretches_times_and_leaves_the_rest(columns: Columns) -> None:
    once = results_of(columns, chapters=["04_survival"])
    twice = analyse(
        *cohort_of(
            stretched(columns), "time_grid_months=0, 12, 24", "restricted_mean_months=24", "landmark_months=12",
            "permutation_draws=99",
        ),
        ["04_survival"],
    )  # fmt: skip
    compared = 0
    for record in once:
        if record.variable == "alive":
            continue
        variable = record.variable.replace("landmark_6", "landmark_12")
        other = twice.find(
            variable, record.group, renamed_statistic(record.statistic), level=record.level, method=record.method
        )
        factor = STRETCH if record.statistic.startswith(TIMES) and not record.statistic.endswith("_p") else 1
        if record.value is None or other.value is None:
            assert record.value is other.value, (record.key, record.method)
        else:
            assert other.value == pytest.approx(factor * record.value, rel=1e-9, abs=1e-12), (record.key, record.method)
        compared += 1
    assert compared > 500
