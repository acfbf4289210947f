"""The tables of a built book in the draft's format: the audit of a right book raises nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import parse_draft
from hai_utils.audit.findings import AuditReport
from hai_utils.catalogue.styles import STYLES
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.table import Results
from tests.audit.exported import export_tables
from tests.conftest import ROOT


def audited(results: Results) -> AuditReport:
    return audit_draft(parse_draft(export_tables(results).encode(), "book"))


def raised(report: AuditReport) -> list[str]:
    return [f"{f.row}: {f.answer.sentence}" for f in (*report.impossible, *report.assumptions)]


def test_the_reconstructions_book_raises_nothing(results: Results) -> None:
    report = audited(results)
    assert not raised(report)
    assert report.mixture is None
    assert "half_up" in report.rules
    checks = {finding.check for finding in report.findings}
    assert {
        "percentage of n", "count with its percentage", "median of whole numbers", "part of the whole", "order",
        "sum of its parts", "P of a table", "P of two groups", "median with its interval",
    } <= checks  # fmt: skip


def test_the_real_cohorts_book_raises_nothing(real_folder: Path) -> None:
    settings = [
        f"data={real_folder / 'cohort.csv'}", f"dictionary={real_folder / 'extra_columns.csv'}",
        "group_by=preoperative_chemotherapy", "reference_group=no", "exclude=[]",
    ]  # fmt: skip
    parameters = load_parameters([ROOT / "params.yml"], settings)
    report = audited(analyse(load_cohort(parameters, ROOT), parameters))
    assert len(report.draft.rows) > 200
    assert not raised(report)
    assert report.mixture is None


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("rounding", ["half_even", "truncate"])
def test_every_style_and_rounding_raises_nothing(style: str, rounding: str) -> None:
    parameters = load_parameters([ROOT / "params.yml"], [f"style={style}", f"rounding={rounding}"])
    chapters = ("01_cohort_description", "03_tumor_response")
    report = audited(analyse(load_cohort(parameters, ROOT), parameters, chapters))
    assert not raised(report)
    assert rounding in report.rules


def test_a_wrong_number_in_a_book_is_found(results: Results) -> None:
    key = "objective_response.mutant.percent"
    wrong = Results.of(
        [replace(record, formatted="65%") if record.key == key else record for record in results], study=results.study
    )
    assert [finding.row for finding in audited(wrong).impossible] == [key]
