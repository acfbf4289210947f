"""Estimates with limits and P: what contradicts itself is impossible, what is only unusual is not."""

from __future__ import annotations

import csv

import pytest

from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import parse_draft
from hai_utils.audit.estimates import Estimated, p_of_interval, proportion_interval, ratio_interval, within_limits
from hai_utils.audit.findings import AuditReport
from hai_utils.audit.printed import Printed, parse_printed
from tests.conftest import ROOT

TRIPLES = list(
    csv.DictReader(
        (ROOT / "tests" / "reference" / "published_ratios" / "triples.csv").read_text(encoding="utf-8").splitlines()
    )
)
HEADER = "id,section,variable,group,statistic,value,decimals,of,same_as,level,kind,method\n"


def printed(text: str) -> Printed:
    number = parse_printed(text)
    assert number is not None
    return number


def interval(estimate: str, lower: str, upper: str) -> Estimated:
    return Estimated(printed(estimate), printed(lower), printed(upper))


def audited(*lines: str) -> AuditReport:
    return audit_draft(parse_draft((HEADER + "\n".join(lines) + "\n").encode()))


def test_fifty_published_ratios_are_collected_each_with_its_doi() -> None:
    assert len(TRIPLES) >= 50
    assert all(row["doi"].startswith("10.") for row in TRIPLES)


@pytest.mark.parametrize("row", TRIPLES, ids=lambda row: f"{row['study']}, {row['endpoint']}")
def test_no_published_ratio_raises_an_alarm(row: dict[str, str]) -> None:
    lines = [f"{name},A,hazard of death,A vs B,{statistic},{row[column]},,," + ",,,"
             for name, statistic, column in (("e", "hazard_ratio", "estimate"), ("l", "ci_lower", "lower"),
                                             ("u", "ci_upper", "upper"), ("p", "p_value", "p_value")) if row[column]]  # fmt: skip
    report = audited(*lines)
    assert not [finding.answer.sentence for finding in (*report.impossible, *report.assumptions, *report.remarks)]
    assert "interval of a ratio" in {finding.check for finding in report.findings}


@pytest.mark.parametrize(
    ("numbers", "wald"),
    [
        (("0.599", "0.38", "0.93"), True), (("2.4", "1.1", "5.0"), True), (("0.61", "0.48", "0.77"), True),
        (("2.28", "1.77", "2.94"), True), (("0.17", "0.08", "0.26"), False), (("0.50", "0.30", "1.50"), False),
    ],
)  # fmt: skip
def test_an_interval_that_is_not_walds_is_called_so_and_never_wrong(numbers: tuple[str, str, str], wald: bool) -> None:
    answer = ratio_interval(interval(*numbers))
    assert answer.status == "possible"
    assert answer.remark is not wald
    assert ("Not a Wald interval" in answer.reason) is not wald


def test_an_interval_that_is_said_to_be_walds_and_is_not_is_impossible() -> None:
    answer = ratio_interval(interval("0.50", "0.30", "1.50"), "cox_efron")
    assert (answer.status, answer.nearest) == ("impossible", ("0.67",))


def test_a_ratio_below_zero_is_impossible() -> None:
    assert ratio_interval(interval("0.50", "-0.30", "1.50")).status == "impossible"


@pytest.mark.parametrize(
    "numbers", [("2.0", "2.5", "6.0"), ("64", "70", "90"), ("50.0", "55.0", "60.0"), ("8", "1", "6")]
)
def test_an_estimate_outside_its_limits_is_impossible(numbers: tuple[str, str, str]) -> None:
    assert within_limits(interval(*numbers)).status == "impossible"


@pytest.mark.parametrize(
    ("p", "numbers", "status"),
    [
        ("0.40", ("0.50", "0.30", "0.90"), "impossible"),  # excludes 1, and P says nothing of it
        ("<0.001", ("0.80", "0.40", "1.60"), "impossible"),  # includes 1 widely
        ("0.02", ("0.599", "0.38", "0.93"), "possible"),
        ("0.06", ("0.61", "0.37", "0.99"), "possible"),  # a log-rank test beside a Wald interval
        ("0.010", ("0.20", "0.10", "0.40"), "assumption"),  # the same side, far apart: another model
    ],
)  # fmt: skip
def test_a_p_is_held_against_its_interval(p: str, numbers: tuple[str, str, str], status: str) -> None:
    assert p_of_interval(printed(p), interval(*numbers), "ratio").status == status


def test_a_difference_is_held_against_zero() -> None:
    assert p_of_interval(printed("0.60"), interval("5.0", "2.0", "8.0"), "difference").status == "impossible"


@pytest.mark.parametrize(
    ("limits", "method"),
    # R 4.2.2 base: binom.test(7, 11), prop.test(7, 11, correct = FALSE), qbeta(c(.025, .975), 7.5, 4.5); the others by
    # their formulas (Agresti and Coull 1998).
    [(("31", "89"), "clopper_pearson"), (("35", "85"), "wilson"), (("35", "92"), "wald"), (("35", "86"), "jeffreys"),
     (("35", "85"), "agresti_coull")],
)  # fmt: skip
def test_each_of_five_intervals_of_a_proportion_is_known(limits: tuple[str, str], method: str) -> None:
    assert proportion_interval(7, 11, printed(limits[0]), printed(limits[1]), method).status == "possible"
    assert proportion_interval(7, 11, printed(limits[0]), printed(limits[1])).status == "possible"


def test_limits_that_no_method_gives_are_impossible_and_another_level_is_named() -> None:
    assert proportion_interval(7, 11, printed("55"), printed("70")).status == "impossible"
    other = proportion_interval(7, 11, printed("39"), printed("83"))
    assert (other.status, other.assumption) == ("assumption", "the level is 90%")


def test_a_p_of_zero_is_impossible_where_nothing_tells_how_small_it_is() -> None:
    report = audited("p,T,death,A vs B,p_value,0.000,3,,,,,logrank")
    assert report.answer("p").status == "impossible"
    assert report.answer("p").nearest == ("<0.001",)


def test_a_test_on_one_level_has_no_small_p() -> None:
    rows = ("a,T,dose,A,n_of_N,20/20,,,,no,,", "b,T,dose,B,n_of_N,15/15,,,,no,,")
    assert audited(*rows, "p,T,dose,A vs B,p_value,<0.001,,,,no,,").answer("p").status == "impossible"
    assert audited(*rows, "p,T,dose,A vs B,p_value,1.0,,,,no,,").answer("p").status == "possible"


def test_levels_that_exceed_their_patients_are_impossible_and_rounded_ones_are_not() -> None:
    rows = [f"{name},T,race,B,percent,{value}%,,13,,{name},," for name, value in (("w", 54), ("b", 31), ("a", 23))]
    assert [finding.row for finding in audited(*rows).impossible] == ["a"]
    thirds = [f"{name},T,site,B,percent,{value}%,,3,,{name},," for name, value in (("w", 33), ("b", 33), ("a", 33))]
    assert not audited(*thirds).impossible


def test_a_wrong_sum_does_not_acquit_its_parts() -> None:
    header = "id,section,variable,group,statistic,value,decimals,of,same_as,sum_of\n"
    rows = "n,M,patients,all,n,25,,,,a b\na,M,patients,A,n,11,,,,\nb,M,patients,B,n,13,,,,\nc,T,patients,A,n,12,,,a,\n"
    report = audit_draft(parse_draft((header + rows).encode()))
    assert {finding.row for finding in report.impossible} == {"n", "c"}
