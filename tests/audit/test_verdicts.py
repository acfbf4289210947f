"""Verdicts over the published numbers: reached by code, never read from what the ledger says of a number."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from hai_utils.audit.ledger import (
    VERDICTS,
    JudgedNumber,
    Verdict,
    agrees,
    judge,
    ledger_draft,
    printed,
    recompute,
    summary,
)
from hai_utils.audit.published import LedgerRow, read_ledger
from hai_utils.errors import DataError
from hai_utils.results.table import Results
from tests.conftest import ROOT

PUBLISHED = ROOT / "data" / "published_numbers.csv"
# What the compiler of the ledger thought of each number by hand; the code under test never reads this column.
BY_HAND = {
    "unattainable": "impossible",
    "conflicting": "conflict",
    "needs-assumption": "assumption",
    "attainable": "identical",
}
# Where the code says more: a limit beyond the longest follow-up is read off no curve, and a date is not computed.
MORE = {"results.os.ci_upper.kras_mut": "assumption", "methods.study_window.start": "not_computed"}


@pytest.fixture(scope="module")
def ledger() -> tuple[LedgerRow, ...]:
    """Return the published numbers."""
    return read_ledger(PUBLISHED)


@pytest.fixture(scope="module")
def judged(ledger: tuple[LedgerRow, ...], results: Results) -> dict[str, JudgedNumber]:
    """Return their verdicts."""
    return {item.row.id: item for item in judge(ledger, results)}


def with_value(ledger: Sequence[LedgerRow], row: str, value: str) -> tuple[LedgerRow, ...]:
    assert any(item.id == row for item in ledger)
    return tuple(replace(item, value=value) if item.id == row else item for item in ledger)


def verdicts(ledger: Sequence[LedgerRow], results: Results) -> dict[str, Verdict]:
    return {item.row.id: item.verdict for item in judge(ledger, results)}


def test_the_verdicts_are_those_reached_by_hand(judged: dict[str, JudgedNumber]) -> None:
    with PUBLISHED.open(encoding="utf-8", newline="") as stream:
        by_hand = {row["id"]: BY_HAND[row["attainability"]] for row in csv.DictReader(stream)} | MORE
    assert {row: item.verdict for row, item in judged.items()} == by_hand


def test_nothing_is_called_impossible_but_what_is_proved(judged: dict[str, JudgedNumber]) -> None:
    impossible = {row: item for row, item in judged.items() if item.verdict == "impossible"}
    assert set(impossible) == {"table1.male.percent.kras_mut", "methods.codon12.percent", "results.prior_chemo.n.all"}
    assert "3/11 = 27.27, 4/11 = 36.36" in impossible["table1.male.percent.kras_mut"].reason
    assert impossible["table1.male.percent.kras_mut"].nearest == ("27 (3/11)", "36 (4/11)")
    assert "12 (8/12)" in impossible["methods.codon12.percent"].reason
    assert "14 + 10 is 24, not 25" in impossible["results.prior_chemo.n.all"].reason
    assert impossible["results.prior_chemo.n.all"].nearest == ("24",)


def test_what_cannot_be_recomputed_shows_what_stands_instead(judged: dict[str, JudgedNumber]) -> None:
    assert judged["table1.male.percent.kras_mut"].text == "27"
    assert judged["methods.codon12.percent"].text == "72.7"
    assert judged["results.prior_chemo.n.all"].text == "24"


def test_conflicts_are_linked_both_ways(judged: dict[str, JudgedNumber]) -> None:
    for one, other in (
        ("abstract.conversion.percent.all", "discussion.conversion.percent.all"),
        ("abstract.study_year.end", "methods.study_window.end"),
    ):
        assert judged[one].verdict == judged[other].verdict == "conflict"
        assert other in judged[one].links
        assert one in judged[other].links
    assert "10/24 = 42%; 10/25 = 40%" in judged["abstract.conversion.percent.all"].reason


def test_every_link_stands_on_both_sides(judged: dict[str, JudgedNumber]) -> None:
    links = {(row, link) for row, item in judged.items() for link in item.links}
    assert links
    assert links == {(link, row) for row, link in links}


def test_a_true_number_that_a_false_one_contradicts_is_linked_with_it(judged: dict[str, JudgedNumber]) -> None:
    assert judged["abstract.prior_chemo.n.all"].verdict == "identical"
    assert "results.prior_chemo.n.all" in judged["abstract.prior_chemo.n.all"].links


@pytest.mark.parametrize(
    ("row", "assumption"),
    [
        ("table1.prior_cycles.median.kras_mut", "only 10 of the 11 have a value"),
        ("table1.prior_cycles.p", "in kras_mut only 10 of the 11 have a value"),
        ("table1.hai_cycles.iqr.kras_mut", "only 10 of the 11 have a value"),
        ("abstract.reduction.median.all", "only 24 of the 25 have a value"),
        ("methods.age.min.all", "truncation for 34"),
        ("table1.age.min.wild_type", "rounding half up for 35"),
        ("table1.white.p", "more categories than are printed"),
        ("results.os.ci_upper.kras_mut", "a Wald interval (SPSS)"),
    ],
)
def test_an_assumption_is_named(judged: dict[str, JudgedNumber], row: str, assumption: str) -> None:
    assert judged[row].verdict == "assumption"
    assert assumption in judged[row].reason


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ("table2.conversion.percent.kras_mut", "10"),
        ("table2.orr.percent.kras_mut", "10"),
        ("abstract.os_alive.percent.kras_mut", "10"),
        ("table1.extrahepatic.percent.kras_mut", "10"),
        ("table2.conversion.n.kras_mut", "12"),
        ("table1.lesions.min.kras_mut", "3.5"),
    ],
)
def test_an_impossible_number_flips_its_verdict_alone(
    ledger: tuple[LedgerRow, ...], results: Results, judged: dict[str, JudgedNumber], row: str, value: str
) -> None:
    changed = tuple(
        replace(r, decimals=1) if r.id == row and "." in value else r for r in with_value(ledger, row, value)
    )
    flipped = verdicts(changed, results)
    assert flipped[row] == "impossible"
    assert {name: verdict for name, verdict in flipped.items() if name != row} == {
        name: item.verdict for name, item in judged.items() if name != row
    }


def test_a_possible_number_that_another_place_contradicts_is_a_conflict(
    ledger: tuple[LedgerRow, ...], results: Results
) -> None:
    changed = verdicts(with_value(ledger, "table2.reduction.median.kras_mut", "57"), results)
    assert changed["table2.reduction.median.kras_mut"] == "conflict"
    assert changed["abstract.reduction.median.kras_mut"] == "conflict"


def test_a_number_that_the_cohort_does_not_give_is_said_to_differ(
    ledger: tuple[LedgerRow, ...], results: Results
) -> None:
    assert (
        verdicts(with_value(ledger, "table1.bmi.max.wild_type", "40.2"), results)["table1.bmi.max.wild_type"]
        == "differs"
    )


def test_a_repaired_number_is_identical(ledger: tuple[LedgerRow, ...], results: Results) -> None:
    repaired = [
        replace(row, value="27", key=row.instead) if row.id == "table1.male.percent.kras_mut" else row for row in ledger
    ]
    assert verdicts(repaired, results)["table1.male.percent.kras_mut"] == "identical"


def test_the_verdict_never_depends_on_what_the_ledger_says_of_a_number(
    tmp_path: Path, results: Results, judged: dict[str, JudgedNumber]
) -> None:
    with PUBLISHED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    path = tmp_path / "ledger.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows({**row, "attainability": "attainable", "how": "", "note": ""} for row in rows)
    assert verdicts(read_ledger(path), results) == {row: item.verdict for row, item in judged.items()}


def test_the_summary_counts_every_number(judged: dict[str, JudgedNumber]) -> None:
    counts = summary(list(judged.values()))
    assert sum(counts.values()) == 244
    assert list(counts) == [verdict for verdict in VERDICTS if verdict in counts]
    assert (counts["impossible"], counts["conflict"]) == (3, 4)


def test_every_number_has_a_place_and_is_in_the_draft_once(
    ledger: tuple[LedgerRow, ...], judged: dict[str, JudgedNumber]
) -> None:
    assert [row.id for row in ledger_draft(ledger).rows] == [row.id for row in ledger]
    assert {item.place for item in judged.values()} == {
        "Abstract", "Methods", "Results", "Discussion", "Table 1", "Table 2", "Figure 1",
    }  # fmt: skip


def test_a_number_is_printed_as_the_article_has_it(ledger: tuple[LedgerRow, ...]) -> None:
    by_id = {row.id: row for row in ledger}
    assert str(printed(by_id["table1.male.p"])) == "0.10"
    assert printed(by_id["abstract.orr.n.all"]) == "20/25"
    assert printed(by_id["results.os.median.wild_type"]) == "NR"


def test_a_count_of_a_total_and_a_median_not_reached_are_recomputed_as_text(
    ledger: tuple[LedgerRow, ...], results: Results
) -> None:
    by_id = {row.id: row for row in ledger}
    assert recompute(by_id["abstract.orr.n.all"], results) == "20/25"
    assert recompute(by_id["results.os.median.wild_type"], results) == "NR"
    assert recompute(by_id["methods.study_window.start"], results) is None
    assert agrees(by_id["results.os.median.wild_type"], "NR")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,section\na,b\n", "the column 'variable' is absent"),
        (
            "id,section,variable,group,statistic,published,value,decimals,unit\na,b,c,d,n,1,1,x,\n",
            "line 2, column 'decimals'",
        ),
        (
            "id,section,variable,group,statistic,published,value,decimals,unit\na,b,c,d,n,1,1,0,\na,b,c,d,n,1,1,0,\n",
            "line 3: the id 'a' stands twice",
        ),
    ],
)
def test_a_faulty_ledger_gets_a_clear_error(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=says):
        read_ledger(path)
