"""A column that is blank in every row has its rows, empty, with a note; nothing is shown of it."""

from __future__ import annotations

import pytest

from hai_utils.analyses import analyse
from hai_utils.results.record import BLANK
from hai_utils.results.table import Results
from hai_utils.show import narrative, sentences, tables
from hai_utils.show.content import to_plain
from tests.analyses.edge_samples import MONTHS, ONES, SIX, cohort_of, full

EMPTY = ("",) * 6
BLANKED = {"sex": EMPTY, "converted_to_resection": EMPTY, "pfs_months": EMPTY, "pfs_event": EMPTY}


@pytest.fixture(scope="module")
def blank() -> Results:
    cohort, parameters = cohort_of({**full(SIX, MONTHS, ONES), **BLANKED})
    return analyse(cohort, parameters)


@pytest.fixture(scope="module")
def filled() -> Results:
    sexes, yes = ("male", "female") * 3, ("yes", "no") * 3
    columns = {**full(SIX, MONTHS, ONES), "sex": sexes, "converted_to_resection": yes}
    cohort, parameters = cohort_of(columns)
    return analyse(cohort, parameters)


@pytest.mark.parametrize("variable", ["sex", "converted_to_resection", "pfs"])
def test_a_blank_column_has_the_keys_of_a_filled_one(blank: Results, filled: Results, variable: str) -> None:
    # The levels of competing events and the P of a family go with values.
    wanted = {record.key for record in filled if record.variable == variable and record.statistic != "p_value_holm"}
    assert {key for key in wanted if key not in blank and ".progression." not in key and ".death." not in key} == set()


@pytest.mark.parametrize("variable", ["sex", "converted_to_resection", "pfs"])
def test_its_rows_are_empty_and_say_why(blank: Results, variable: str) -> None:
    rows = [record for record in blank if record.variable == variable]
    assert {record.note for record in rows} == {BLANK}
    counts = {"n", "n_missing", "count", "events", "at_risk", "time_max", "crossings"}
    assert all(record.value is None for record in rows if not record.statistic.startswith(tuple(counts)))
    assert blank.get(f"{variable}.all.n").value == 0


def test_nothing_is_shown_of_it(blank: Results) -> None:
    assert not narrative.facts(blank).progression
    text = "\n".join(
        to_plain(make(blank))
        for make in (tables.baseline, tables.outcomes, tables.survival_estimates, sentences.survival)
    )
    assert "rogression-free" not in text
    assert "Sex" not in text
