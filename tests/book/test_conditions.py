"""What a page asks of a run is answered; a question that no run can answer is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from hai_utils.book.conditions import holds
from hai_utils.book.state import BookRun
from hai_utils.results.record import Record
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results

RESULTS = Results.of([Record("os", "", "all", "n", value=3, n=3, formatted="3")], study=Study(synthetic=True))
RUN = cast(BookRun, SimpleNamespace(results=RESULTS, whole=True, by_marker=True))


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ("synthetic", True),
        ("not synthetic", False),
        ("marker", True),
        ("has os.all.n", True),
        ("has pfs.all.n or has os.all.n", True),
        ("has pfs.all.n or has hepatic_pfs.all.n", False),
        # and binds before or
        ("published and has os.all.n or synthetic", True),
        ("published and has os.all.n or not synthetic", False),
        ("synthetic and not published and not compared", True),
    ],
)
def test_conditions_are_joined_by_and_and_these_by_or(condition: str, answer: bool) -> None:
    assert holds(condition, RUN) is answer


@pytest.mark.parametrize("condition", ["", "synthetc", "has", "published or nonsense", "lists nothing"])
def test_a_condition_that_is_none_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="is no condition"):
        holds(condition, RUN)


@pytest.mark.parametrize(("value", "answer"), [(2.1, True), (None, False)])
def test_a_statistic_is_estimated_where_a_comparison_has_its_value(value: float | None, answer: bool) -> None:
    row = Record(
        "os", "", "a_vs_b", "hazard_ratio", value=value, n=3, formatted="2.1", note="" if value else "no event"
    )
    study = Study(groups=(Group("a", "A", 2), Group("b", "B", 1)), reference="b")
    run = cast(BookRun, SimpleNamespace(results=Results.of([row], study=study), whole=True, by_marker=False))
    assert holds("estimates hazard_ratio", run) is answer
    assert not holds("estimates risk_difference", run)
