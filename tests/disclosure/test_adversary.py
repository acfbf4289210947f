"""The adversary is worth fearing: of any one kind of number that were left beside withheld counts, it tells the counts."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache

import pytest

from hai_utils.results.files import results_csv, series_csv
from hai_utils.results.study import study_to_json
from tests.disclosure.adversary import Adversary, Model, Sum, Unknown
from tests.disclosure.effects import FORMULAS
from tests.disclosure.test_gate import GATED, results_of

NAME = "minor_complication"
Row = dict[str, str]


@cache
def files() -> tuple[str, list[tuple[str, Row]], list[str], str, str]:
    """The results without the gate as lines, those of the variable with their cells, and the files of a gated run."""
    plain, gated = results_of("1"), results_of("1", GATED)
    (head, *rows), (_, *others) = (results_csv(results).splitlines(keepends=True) for results in (plain, gated))
    names = next(csv.reader([head]))
    cells = [dict(zip(names, next(csv.reader([line])), strict=True)) for line in rows]
    marked = [(line, row if row["variable"] == NAME else {}) for line, row in zip(rows, cells, strict=True)]
    return head, marked, others, series_csv(gated), study_to_json(gated.study)


def with_left(kept: Callable[[Row], bool]) -> Adversary:
    """Who holds a gated run in which some rows of one variable stand as they are without the gate."""
    head, rows, others, series, study = files()
    held = (line if row and kept(row) else other for (line, row), other in zip(rows, others, strict=True))
    return Adversary("".join([head, *held]), series, study)


def told(adversary: Adversary) -> bool:
    """Whether it tells how many of the first group have it, a small count."""
    value = results_of("1").get(f"{NAME}.mutant.count").value
    assert value in {1, 2, 3, 4}
    return adversary.model.most(adversary.sum(NAME, ["yes"], "mutant")) == value


def test_from_a_gated_run_it_cannot_tell_the_count() -> None:
    assert not told(with_left(lambda _: False))


@pytest.mark.parametrize("method", ["clopper_pearson", "jeffreys", "wilson"])
@pytest.mark.parametrize("side", ["lower", "upper"])
def test_a_limit_of_a_proportion_tells_the_count(method: str, side: str) -> None:
    def kept(row: Row) -> bool:
        return row["group"] == "mutant" and (row["statistic"], row["method"]) == (f"proportion_{side}", method)

    assert told(with_left(kept))


@pytest.mark.parametrize(("statistic", "method"), [place for place in FORMULAS if place[0] != "p_value"])
def test_an_effect_or_its_limit_tells_the_count(statistic: str, method: str) -> None:
    """The row says how many the comparison rests on, and the groups' sizes are published."""
    assert told(with_left(lambda row: (row["statistic"], row["method"]) == (statistic, method)))


@pytest.mark.parametrize("method", [method for statistic, method in FORMULAS if statistic == "p_value"])
def test_a_p_value_beside_the_total_tells_the_count(method: str) -> None:
    def kept(row: Row) -> bool:
        total = row["statistic"] in {"n", "count"} and row["group"] == "analysed"
        return total or (row["statistic"], row["method"]) == ("p_value", method)

    assert told(with_left(kept))


def test_the_greatest_value_is_one_that_the_rules_allow() -> None:
    """Seven of 13 and none of 10 fit all of these: a solver that says 2 makes a secret of what is none."""

    def sums(variable: str, *cells: str, groups: tuple[str, ...] = ("a", "b"), sign: int = 1) -> dict[Unknown, int]:
        return {(variable, cell, group): sign for cell in cells for group in groups}

    equal: list[tuple[Sum, int]] = [({("", "size", "a"): 1}, 13), ({("", "size", "b"): 1}, 10)]
    for variable, group in (("biliary", "a"), ("biliary", "b"), ("stopped", "b")):
        cells = sums(variable, "yes", "no", "missing", groups=(group,))
        equal.append((cells | {("", "size", group): -1}, 0))
    equal += [(sums("pump", "yes", "no"), 23), (sums("pump", "yes"), 12), (sums("biliary", "no"), 16)]
    ordered: list[Sum] = [
        sums("pump", "yes", groups=(group,)) | sums("biliary", "yes", groups=(group,), sign=-1) for group in "ab"
    ]
    ordered.append(sums("biliary", "yes", groups=("b",)) | sums("stopped", "yes", groups=("b",), sign=-1))
    assert Model(equal, ordered, 400).most({("biliary", "yes", "a"): 1}) == 7
