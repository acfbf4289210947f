"""Whole drafts: each planted error is found once and nothing else is; right tables raise nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import COLUMNS, parse_draft
from hai_utils.audit.findings import AuditReport
from hai_utils.results.formatting import ROUNDING_RULES, RoundingRule
from hai_utils.stats.one_group import QUARTILE_METHODS
from tests.audit.simulated import simulate

# Two groups of 11 and 14. Counts, percentages and the P are by hand or from R 4.2 (fisher.test), medians and quartiles
# of made-up whole numbers.
RIGHT = """\
id,section,variable,group,statistic,value,decimals,of,same_as,level,kind,method,within,sum_of
n,Methods,patients,all,n,25,0,,,,,,,n.a n.b
n.a,Methods,patients,A,n,11,0,n,,,,,,
n.b,Methods,patients,B,n,14,0,n,,,,,,
male.a,Table 1,sex,A,percent,27%,0,11,,male,,,,
male.b,Table 1,sex,B,percent,71%,0,14,,male,,,,
male.p,Table 1,sex,A vs B,p_value,0.047,3,,,male,,fisher_exact,,
stage.a,Table 1,stage III,A,n,4,0,11,,,,,,
response.a,Abstract,response,A,n_of_N,7/11,,,,,,,,
response.a.percent,Table 2,response,A,percent,64%,0,11,,,,,,
cycles.all.min,Table 1,cycles,all,min,3,0,25,,,integer,,,
cycles.all.max,Table 1,cycles,all,max,12,0,25,,,integer,,,
cycles.a.min,Table 1,cycles,A,min,3,0,11,,,integer,,,
cycles.a.max,Table 1,cycles,A,max,9,0,11,,,integer,,,
cycles.a.median,Table 1,cycles,A,median,5,0,11,,,integer,,,
cycles.a.iqr,Table 1,cycles,A,iqr,2.0,1,11,,,integer,type_6,,
cycles.b.mean,Table 1,cycles,B,mean,6.21,2,14,,,integer,,,
lesions.all.min,Table 1,lesions,all,min,1,0,25,,,integer,,,
lesions.b.min,Table 1,lesions,B,min,2,0,14,,,integer,,,
site.b,Table 1,site,B,n,14,0,,,,,,,site.b.right site.b.left site.b.rectum
site.b.right,Table 1,site,B,n,5,0,14,,right,,,,
site.b.left,Table 1,site,B,n,6,0,14,,left,,,,
site.b.rectum,Table 1,site,B,n,3,0,14,,rectum,,,,
age.b.min,Table 1,age,B,min,34.2,1,14,,,,,,
age.b.median,Table 1,age,B,median,55.0,1,14,,,,,,
follow_up.max,Results,follow-up,all,max,36.6,1,25,,,,,,
os.b.median,Results,overall survival,B,median,23.7,1,14,,,survival,,follow_up.max,
os.b.lower,Results,overall survival,B,ci_lower,10.2,1,14,,,survival,,,
os.b.upper,Results,overall survival,B,ci_upper,30.9,1,14,,,survival,,,
os.a.median,Results,overall survival,A,median,14.3,1,11,,,survival,,follow_up.max,
reduction.a,Abstract,reduction,A,median,58%,0,11,reduction.a.table,,,,,
reduction.a.table,Table 2,reduction,A,median,58.3%,1,11,,,,,,
"""

PLANTED = {
    "male.b": ("72%", "percentage of n"),  # 10/14 = 71.4
    "stage.a": ("12", "count of a total"),
    "response.a.percent": ("55%", "count with its percentage"),  # 6/11
    "cycles.a.median": ("4.5", "median of whole numbers"),
    "cycles.a.iqr": ("1.5", "iqr of whole numbers"),
    "cycles.b.mean": ("6.25", "mean of whole numbers"),  # 87/14 = 6.214, 88/14 = 6.286
    "cycles.a.max": ("13", "part of the whole"),
    "lesions.b.min": ("0", "part of the whole"),
    "site.b": ("15", "sum of its parts"),
    "age.b.min": ("56.2", "order"),
    "os.b.upper": ("20.9", "median with its interval"),
    "reduction.a": ("57%", "printed in several places"),
}
# A thirteenth that would spoil its neighbor's counts stands alone.
WRONG_P = {"male.p": ("0.028", "P of a table")}  # Pearson's P printed as Fisher's


def audited(changes: Mapping[str, tuple[str, str]] | None = None, text: str = RIGHT) -> AuditReport:
    lines = []
    for line in text.splitlines():
        cells = line.split(",")
        if changes and cells[0] in changes:
            cells[COLUMNS.index("value") if cells[0] == "id" else 5] = changes[cells[0]][0]
            cells[6] = ""
        lines.append(",".join(cells))
    return audit_draft(parse_draft("\n".join(lines).encode()))


def found(report: AuditReport) -> list[tuple[str, str]]:
    return sorted((finding.row, finding.check) for finding in report.impossible)


def test_a_right_draft_raises_nothing() -> None:
    report = audited()
    assert not report.impossible
    assert not report.assumptions
    assert report.mixture is None
    assert report.exit_code == 0


def test_twelve_planted_errors_are_found_and_only_they() -> None:
    report = audited(PLANTED)
    assert found(report) == sorted((row, check) for row, (_, check) in PLANTED.items())
    assert len(report.impossible) == 12
    assert not report.assumptions
    assert report.exit_code == 1


@pytest.mark.parametrize("row", [*PLANTED, *WRONG_P])
def test_each_planted_error_is_one_finding(row: str) -> None:
    change = {**PLANTED, **WRONG_P}[row]
    assert found(audited({row: change})) == [(row, change[1])]


def test_an_impossible_percentage_spoils_no_other_check() -> None:
    report = audited({"male.a": ("28%", "")})
    assert found(report) == [("male.a", "percentage of n")]
    assert not any(finding.row == "male.p" for finding in report.findings)


def test_contradicting_numbers_name_each_other() -> None:
    finding = audited({"reduction.a": ("57%", "")}).impossible[0]
    assert finding.others == ("reduction.a.table",)
    assert not finding.alone


def rows(*lines: str) -> AuditReport:
    header = "id,section,variable,group,statistic,value,decimals,of,same_as,level,kind,method,within,sum_of"
    filled = [line + "," * (13 - line.count(",")) for line in lines]
    return audit_draft(parse_draft("\n".join([header, *filled]).encode()))


def test_a_mixture_of_rounding_rules_is_a_finding() -> None:
    report = rows("a,T,response,A,percent,61%,,13", "b,T,response,B,percent,62%,,13")
    assert report.mixture is not None
    assert set(report.mixture.needs.values()) == {("a",), ("b",)}
    assert report.exit_code == 0
    assert not report.rules


def test_one_rule_that_explains_all_is_named() -> None:
    assert rows("a,T,response,A,percent,61%,,13", "b,T,sex,A,percent,38%,,13").rules == {"truncate"}  # 5/13 = 38.46
    assert rows("a,T,response,A,percent,12%,,8", "b,T,sex,A,percent,38%,,8").rules == {"half_even"}  # 12.5, 37.5


def test_a_total_may_be_an_upper_bound() -> None:
    report = rows("a,T,cycles,A,median,7.5,,<=11,,,integer")
    assert report.answer("a").status == "assumption"
    assert report.answer("a").assumption == "only 10 of the 11 have a value, or the values are not all whole numbers"
    assert rows("a,T,cycles,A,median,7.5,,11,,,integer").exit_code == 1


def test_a_comparison_takes_over_who_must_be_missing() -> None:
    report = rows(
        "a,T,cycles,A,median,7.5,,<=11,,,integer",
        "b,T,cycles,B,median,6,,<=13,,,integer",
        "p,T,cycles,A vs B,p_value,0.76",
    )
    assert report.answer("p").status == "assumption"
    assert "in A only 10 of the 11" in report.answer("p").assumption


def test_a_p_of_no_stated_test_that_fits_none_needs_an_assumption() -> None:
    report = rows(
        "a,T,race,A,percent,91%,,11,,White",
        "b,T,race,B,percent,85%,,13,,White",
        "p,T,race,A vs B,p_value,0.41,,,,White",
    )
    assert report.answer("p").status == "assumption"


def test_a_larger_table_is_put_together_from_its_levels() -> None:
    lines = [f"{g}{i},T,race,{g},n,{k},,{n},,{level}" for g, n, ks in (("A", 11, (10, 1, 0, 0)), ("B", 13, (11, 0, 1, 1)))
             for i, (k, level) in enumerate(zip(ks, ("White", "Black", "Asian", "Hispanic"), strict=True))]  # fmt: skip
    # R: chisq.test(rbind(c(10, 1, 0, 0), c(11, 0, 1, 1)))$p.value = 0.4071
    assert rows(*lines, "p,T,race,A vs B,p_value,0.41,,,,,,pearson_chi2").answer("p").status == "possible"
    assert rows(*lines, "p,T,race,A vs B,p_value,0.64,,,,,,pearson_chi2").answer("p").status == "impossible"


def test_groups_are_matched_however_a_comparison_is_written() -> None:
    for group in ("A vs B", "a vs. b", "A v B", "A versus B", "A_vs_B"):
        report = rows("a,T,x,A,n,7,,11", "b,T,x,B,n,13,,13", f"p,T,x,{group},p_value,0.017,,,,,,fisher_exact")
        assert report.answer("p").status == "impossible", group


def test_a_wrong_sum_is_blamed_on_the_whole_where_it_is_printed_right_elsewhere() -> None:
    lines = ("w,T,chemotherapy,all,n,25,,25,o,,,,,one two", "o,A,chemotherapy,all,n,24,,25")
    report = rows(*lines, "one,T,chemotherapy,all,n,14,,25,,one", "two,T,chemotherapy,all,n,10,,25,,two")
    assert [(f.row, f.alone, f.others) for f in report.impossible] == [("w", True, ("o", "one", "two"))]


def test_a_date_and_a_year_agree_as_far_as_the_year_tells() -> None:
    assert rows("a,A,period,all,other,2019,,", "b,M,period,all,other,2019-12-31,,,a").exit_code == 0
    assert rows("a,A,period,all,other,2019,,", "b,M,period,all,other,2020-09-01,,,a").exit_code == 1
    assert rows("a,A,period,all,other,2019-01-01,,", "b,M,period,all,other,2019-12-31,,,a").exit_code == 1


@pytest.mark.parametrize(
    "line",
    [
        "a,T,x,A vs B,p_value,1.2",
        "a,T,x,A,percent,101%,,50",
        "a,T,x,A,iqr,-1",
        "a,T,x,A,sd,-0.1",
        "a,T,x,A,median,4,,0,,,integer",
    ],
)
def test_what_no_statistic_can_be_is_impossible(line: str) -> None:
    assert rows(line).exit_code == 1


def test_what_cannot_be_checked_is_not_called_possible() -> None:
    report = rows(
        "a,T,os,A,median,NR,,,,,survival", "b,T,os,A vs B,p_value,0.30,,,,,,logrank", "c,T,hazard,A vs B,other,1.52"
    )
    assert [report.answer(row).status for row in "abc"] == ["not_checked"] * 3
    assert report.answer("a").reason == "Nothing to check it against."


# 1,000 tables in all: every rounding rule with every kind of quartile.
BATCHES = [(rule, method) for rule in ROUNDING_RULES for method in QUARTILE_METHODS]


@pytest.mark.parametrize(("rule", "method"), BATCHES, ids=lambda value: str(value))
def test_tables_that_are_right_by_construction_raise_no_alarm(rule: RoundingRule, method: str) -> None:
    batch = BATCHES.index((rule, method))  # type: ignore[arg-type]
    for place in range(84 if batch < 4 else 83):
        report = audit_draft(simulate(1000 * batch + place, rule, method))  # type: ignore[arg-type]
        alarms = [
            (finding.row, finding.check, finding.answer.sentence)
            for finding in (*report.impossible, *report.assumptions)
        ]
        assert not alarms
        assert rule in report.rules, report.mixture
