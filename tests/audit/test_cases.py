"""Drafts with planted faults that lie beside the project: each fault is found, and nothing else."""

from __future__ import annotations

import pytest

from hai_utils.audit.report import audit_file, report_text
from tests.conftest import SHARED

CASES = SHARED / "cases" / "audit"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project")


@pytest.mark.parametrize(
    ("name", "impossible"),
    [
        ("d6.csv", {"e12"}),
        ("d7.csv", {"a3", "b3", "c2", "d3"}),
        ("one_level.csv", {"d.p"}),
        (
            "draft.csv",
            {
                "n", "e1", "e2", "e5u", "e6p", "e7xu", "e8", "e9", "e10", "e11a", "e11b", "e12", "e13", "e14", "e15p", "e15u", "e17",
                "e18", "e19a", "e20c", "e21",
            },
        ),
    ],
)  # fmt: skip
def test_exactly_the_planted_faults_are_impossible(name: str, impossible: set[str]) -> None:
    assert {finding.row for finding in audit_file(CASES / name).impossible} == impossible


def test_an_unlikely_p_of_a_table_needs_an_assumption_and_an_odd_interval_is_no_fault() -> None:
    report = audit_file(CASES / "draft.csv")
    assert {finding.row for finding in report.assumptions} == {"e3"}
    assert "Not a Wald interval" in report.answer("e7u").reason
    assert report.answer("e7u").status == "possible"
    assert "TO NOTE  e7u" in report_text(report)


def test_a_number_that_nothing_was_held_against_is_counted_apart() -> None:
    assert "21 impossible, 1 needs an assumption, " in report_text(audit_file(CASES / "draft.csv"))
    assert audit_file(CASES / "one_level.csv").answer("n.a").status == "not_checked"
