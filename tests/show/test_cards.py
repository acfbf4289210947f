"""All that is known of one number, gathered from results that are written here by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hai_utils.errors import ResultError
from hai_utils.results.record import Record
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.cards import Cell, computing_cell, make_card
from hai_utils.show.wording import population_name, statistic_name

STUDY = Study(reference="b", groups=(Group("a", "Group A", 4), Group("b", "Group B", 5)))
SURVIVAL = Record("os", "", "a", "median", "by_rule", chapter="04", label="Survival", value=2.5, n=4, unit="months")


def results_of(*records: Record) -> Results:
    return Results.of(records, study=STUDY)


def record(statistic: str, method: str, value: float | None, *, reported: bool = True, note: str = "") -> Record:
    return replace(
        SURVIVAL, statistic=statistic, method=method, value=value, formatted=f"<{value}>", reported=reported, note=note
    )


MEDIAN = results_of(
    record("median", "rule", 2.5),
    record("median", "other_rule", 2.75, reported=False),
    record("median_lower", "wald", 0.1),
    record("median_upper", "wald", 4.9),
    record("median_lower", "log", 1.1, reported=False),
    record("median_upper", "log", None, reported=False, note="not reached"),
)


def test_the_reported_estimate_stands_first_in_full_precision() -> None:
    card = make_card(results_of(record("median", "rule", 0.1 + 0.2)), "os.a.median")
    assert card.estimates[0].value == "0.30000000000000004"
    assert (card.label, card.statistic, card.population) == ("Survival", "median", "Group A")


def test_an_interval_by_a_method_of_its_own_stands_beside_the_estimate() -> None:
    card = make_card(MEDIAN, "os.a.median")
    assert card.interval is not None
    assert (card.interval.method, card.interval.lower, card.interval.upper) == ("wald", "0.1", "4.9")


def test_every_other_method_of_estimate_and_limits_is_an_alternative() -> None:
    methods = [estimate.method for estimate in make_card(MEDIAN, "os.a.median").estimates]
    assert methods == ["rule", "other_rule", "wald", "log"]


def test_an_open_limit_is_empty_and_says_why() -> None:
    log = make_card(MEDIAN, "os.a.median_upper").by_method("log")
    assert (log.value, log.lower, log.upper, log.note) == ("", "1.1", "", "not reached")


def test_a_limit_names_the_estimate_it_belongs_to() -> None:
    card = make_card(MEDIAN, "os.a.median_lower")
    assert card.limit_of is not None
    assert card.limit_of.value == "2.5"
    assert card.statistic == "lower limit of the median"


def test_an_estimate_and_its_limits_by_one_method_are_one() -> None:
    card = make_card(
        results_of(
            record("hazard_ratio", "efron", 2.0),
            record("hazard_ratio_lower", "efron", 0.5),
            record("hazard_ratio_upper", "efron", 8.0),
        ),
        "os.a.hazard_ratio",
    )
    assert card.interval is None
    assert (card.estimates[0].lower, card.estimates[0].upper) == ("0.5", "8.0")


def test_a_percentage_has_the_interval_of_its_proportion() -> None:
    share = replace(SURVIVAL, variable="response", unit="proportion", method="exact")
    card = make_card(
        results_of(
            replace(share, statistic="percent", method="", unit="percent", value=50.0),
            replace(share, statistic="proportion", method="", value=0.5),
            replace(share, statistic="proportion_lower", value=0.1),
            replace(share, statistic="proportion_upper", value=0.9),
        ),
        "response.a.percent",
    )
    assert card.interval is not None
    assert (card.interval.lower, card.interval.upper, card.interval_unit) == ("0.1", "0.9", "proportion")


def test_what_cannot_be_estimated_has_no_value_but_its_note() -> None:
    card = make_card(results_of(record("median", "rule", None, note="not reached")), "os.a.median")
    assert (card.estimates[0].value, card.estimates[0].note) == ("", "not reached")


def test_an_unknown_key_names_its_neighbors() -> None:
    with pytest.raises(ResultError, match=r"os\.a\.median"):
        make_card(MEDIAN, "os.a.medan")


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        ("p_value", "P value"),
        ("p_value_holm", "P value, adjusted by Holm"),
        ("survival_at_6", "survival at 6 months"),
        ("survival_at_4_5_lower", "lower limit of the survival at 4.5 months"),
        ("rmst_difference_12_p", "P of the difference in restricted mean survival time to 12 months"),
        ("median_se", "standard error of the median"),
        ("hazard_ratio_upper", "upper limit of the hazard ratio"),
    ],
)
def test_a_statistic_has_a_name_in_words(statistic: str, words: str) -> None:
    assert statistic_name(STUDY, statistic) == words


def test_the_months_in_a_name_have_the_decimal_mark_of_the_style() -> None:
    assert statistic_name(replace(STUDY, parameters={"style": "lancet"}), "survival_at_4_5") == "survival at 4·5 months"


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("a", "Group A"),
        ("a_vs_b", "Group A versus Group B"),
        ("overall", "all groups compared"),
        ("all", "All patients"),
        ("responder_vs_non_responder", "responder versus non-responder"),
    ],
)
def test_a_population_has_a_name_in_words(group: str, words: str) -> None:
    assert population_name(STUDY, group) == words


def notebook(*cells: tuple[str, str, list[str]]) -> str:
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": "code",
                    "source": [code],
                    "metadata": {"tags": tags, "mystnb": {"code_prompt_show": title}},
                }
                for title, code, tags in cells
            ]
        }
    )


def test_the_computing_cell_is_the_last_that_hands_results_on() -> None:
    declared = ("Parameters", 'results_dir: str = ""', ["parameters"])
    made = ("Compute", "save(analyse(cohort), results_dir)", ["hide-input"])
    shown = ("Show", "show(tables.baseline(results))", ["hide-input"])
    assert computing_cell(notebook(declared, made, shown)) == Cell("Compute", "save(analyse(cohort), results_dir)")


def test_a_notebook_that_hands_nothing_on_has_no_computing_cell() -> None:
    assert computing_cell(notebook(("Parameters", 'results_dir: str = ""', ["parameters"]))) is None
