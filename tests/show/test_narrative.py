"""The words of the chapters that depend on the cohort: each notebook says one of those that contradict each other."""

from __future__ import annotations

from itertools import product

import pytest

from hai_utils.results.study import Group, Study
from hai_utils.results.table import Record, Results
from hai_utils.show import narrative
from hai_utils.show.narrative import Facts, Prose, facts

FIELDS = tuple(Facts.__dataclass_fields__)
COHORTS = [Facts(*values) for values in product((True, False), repeat=len(FIELDS))]
CAVEATS = (
    narrative.description_caveat,
    narrative.complications_caveat,
    narrative.response_caveat,
    narrative.survival_caveat,
    narrative.methods_caveat,
)


def results(*keys: str, variables: tuple[str, ...] = (), **parameters: object) -> Results:
    rows = [Record(key, "", "all", "n", value=3, n=3, formatted="3") for key in keys]
    given = {"scans": "", "confirmation_days": 0, **parameters}
    groups = (Group("a", "A", 2), Group("b", "B", 1))
    study = Study(parameters=given, variables=dict.fromkeys(variables, ""), groups=groups, reference="b")
    return Results.of(rows, study=study)


@pytest.mark.parametrize("caveat", CAVEATS, ids=lambda caveat: caveat.__name__)
def test_no_cohort_is_given_two_caveats(caveat) -> None:
    assert {caveat(cohort).markdown.count("**Caveat.**") for cohort in COHORTS} == {0, 1}


def test_a_cohort_is_described_by_one_method() -> None:
    assert {narrative.description_method(cohort).markdown.count("**Method.**") for cohort in COHORTS} == {1}


def test_facts_are_those_of_the_results() -> None:
    found = facts(results("os", "death_90_days", variables=("reduction_percent",), scans="scans.csv"))
    assert {name for name in FIELDS if getattr(found, name)} == {
        "overall_survival", "complications", "reduction", "scans", "compared",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cohort", "words"),
    [
        (results(), "Without measurements of the lesions"),
        (results(variables=("reduction_percent",)), "may include responses that did not last unless it was confirmed"),
        (results(variables=("reduction_percent",), confirmation_days=28), "28 days later confirmed it"),
    ],
)
def test_the_caveat_on_response_is_the_cohort_s(cohort: Results, words: str) -> None:
    assert words in narrative.response_caveat(facts(cohort)).markdown


def test_without_the_book_citations_are_left_out() -> None:
    assert Prose("As in{cite}`Dindo2004` here.").plain_markdown == "As in here."
