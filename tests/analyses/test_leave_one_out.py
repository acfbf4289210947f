"""What a small cohort adds to its outcomes, as rows, a table and a line; what a large or a withheld one shows instead."""

from __future__ import annotations

from hai_utils.analyses import analyse
from hai_utils.catalogue.outcomes import MOST_PATIENTS
from hai_utils.catalogue.statistics import WITHOUT_ONE
from hai_utils.results.table import Results
from hai_utils.show import sentences
from hai_utils.show.content import Notice, Table, to_plain
from hai_utils.show.tables.leave_one_out import leave_one_out
from tests.analyses.edge_samples import MONTHS, ONES, SIX, cohort_of, full, survival

STEM = "objective_response.mutant_vs_wild_type"
RANGES = tuple(f"p_value_{part}" for part in WITHOUT_ONE)


def _large() -> Results:
    size = MOST_PATIENTS + 2
    columns = {"kras": ["mutant", "wild_type"] * (size // 2), **survival(range(1, size + 1), [1] * size)}
    cohort, parameters = cohort_of(columns, "outcomes=[os]", "primary_endpoint=os")
    return analyse(cohort, parameters)


def test_the_range_of_p_encloses_p(results: Results) -> None:
    low, high = (float(results.get(f"{STEM}.{name}").value or 0) for name in RANGES)
    assert low < float(results.get(f"{STEM}.p_value").value or 0) < high


def test_every_outcome_has_its_line_and_its_row(results: Results) -> None:
    table = leave_one_out(results)
    assert isinstance(table, Table)
    lines = to_plain(sentences.single_patients(results))
    assert len(table.rows) == lines.count("omitted in turn") == 5
    assert (
        "Objective response, with each of the rows omitted in turn: P 0.02 to 0.07, risk difference −40 to −30 percentage "
        "points; fragility index 1; 4 exact tests, P from 0.015 to 0.031; smallest risk difference that could be shown "
        "with 80% power, 45 percentage points."
    ) in lines


def test_above_the_size_of_the_catalogue_it_is_not_made_and_a_line_says_so() -> None:
    results = _large()
    low = results.get("os.mutant_vs_wild_type.p_value_without_one_min")
    assert (low.value, low.note) == (None, f"more than {MOST_PATIENTS} patients")
    line = f"are given for at most {MOST_PATIENTS} patients; there are more here."
    assert to_plain(sentences.single_patients(results)).endswith(line)
    shown = leave_one_out(results)
    assert isinstance(shown, Notice)
    assert line in shown.text


def test_the_ends_of_a_range_tell_of_one_patient_and_are_withheld() -> None:
    columns = full(SIX * 10, [*MONTHS] * 10, [*ONES] * 10)
    cohort, parameters = cohort_of(columns, "disclosure=small_cells", "outcomes=[os]", "primary_endpoint=os")
    results = analyse(cohort, parameters)
    ranges = [record for record in results if "without_one" in record.statistic]
    assert ranges
    assert all(record.withheld for record in ranges)


def test_an_effect_that_cannot_be_had_without_somebody_is_noted() -> None:
    events = (1, 0, 0, 1, 1, 1)
    cohort, parameters = cohort_of({"kras": SIX, **survival(MONTHS, events)}, "outcomes=[os]", "primary_endpoint=os")
    results = analyse(cohort, parameters)
    assert (
        results.get("os.mutant_vs_wild_type.hazard_ratio_without_one_min").note == "not estimable without some of them"
    )
