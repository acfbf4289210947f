"""The analysis results dataset: the columns that cards documents, and every number of the results in it."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.ard import ard_json
from hai_utils.results.table import Results
from tests.conftest import ROOT

# The columns of an ARD as cards 0.6 describes them (its vignette "Getting started with ARDs"), those of levels as text.
CARDS = {
    "group1",
    "group1_level",
    "variable",
    "variable_level",
    "context",
    "stat_name",
    "stat_label",
    "stat",
    "warning",
    "error",
}


@cache
def results() -> Results:
    parameters = load_parameters([ROOT / "params.yml"])
    return analyse(load_cohort(parameters, ROOT), parameters)


@cache
def rows() -> list[dict[str, Any]]:
    return json.loads(ard_json(results()))


def only(**where: str | None) -> dict[str, Any]:
    found = [row for row in rows() if all(row[name] == value for name, value in where.items())]
    assert len(found) == 1, len(found)
    return found[0]


def test_every_row_has_the_columns_of_cards() -> None:
    assert all(row.keys() >= CARDS for row in rows())


def test_every_number_is_read_back_bit_for_bit() -> None:
    assert [row["stat"] for row in rows()] == [record.value for record in results()]


def test_no_two_rows_say_the_same_thing() -> None:
    names = ("group1", "group1_level", "variable", "variable_level", "context", "stat_name", "method")
    places = [(*tuple(row[name] for name in names), row["key"].split(".")[-2]) for row in rows()]
    assert len(set(places)) == len(places)


def test_a_percentage_stands_where_cards_looks_for_it() -> None:
    row = only(variable="objective_response", variable_level=None, group1_level="mutant", stat_name="p")
    assert (row["stat"], row["group1"], row["context"]) == (7 / 11, "kras", "tabulate")


def test_a_limit_belongs_to_its_estimate_and_method() -> None:
    row = only(
        variable="os",
        context="hazard_ratio",
        stat_name="conf.low",
        method="cox_efron",
        key="os.mutant_vs_wild_type.hazard_ratio_lower",
    )
    assert row["stat"] == results().get("os.mutant_vs_wild_type.hazard_ratio_lower", "cox_efron").value


def test_what_cannot_be_estimated_has_its_reason_as_a_warning() -> None:
    empty = [row for row in rows() if row["stat"] is None]
    assert empty
    assert all(row["warning"] for row in empty)
