"""The results table: one reported row a key, identical duplicates merge, and everything reads back."""

from __future__ import annotations

import csv
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from hai_utils.errors import ResultError
from hai_utils.results.files import read_parts, read_results, results_csv, series_csv, write_results
from hai_utils.results.formatting import Formatter
from hai_utils.results.keys import key_part, result_key
from hai_utils.results.record import Record
from hai_utils.results.series import BarSeries, Point, Points
from hai_utils.results.table import Results
from hai_utils.untrusted import FORMULA_SIGNS

RATE = Record("response", "", "a", "percent", chapter="03", value=63.49, n=11, unit="percent", formatted="63%")
P = Record("response", "", "a_vs_b", "p_value", "fisher_exact", value=0.031, n=24, formatted="0.03")
SHARE = Record("response", "", "a", "proportion", chapter="03", value=0.6349, n=11, unit="proportion", formatted="63%")
OTHER_P = replace(P, method="pearson_chi2", reported=False, value=0.017, formatted="0.02")


def test_keys_are_written_with_letters_digits_and_underscores() -> None:
    assert result_key("kras_codon", "codon 12", "wild type", "count") == "kras_codon.codon_12.wild_type.count"
    assert key_part("African  American/x") == "African_American_x"


def test_identical_duplicates_merge_and_differing_ones_fail() -> None:
    assert len(Results.of([RATE, RATE])) == 1
    with pytest.raises(ResultError, match=r"response\.a\.percent"):
        Results.of([RATE, replace(RATE, value=1.0)])


def test_a_key_has_exactly_one_reported_method() -> None:
    with pytest.raises(ResultError, match="reported"):
        Results.of([P, replace(OTHER_P, reported=True)])
    with pytest.raises(ResultError, match="reported"):
        Results.of([OTHER_P])


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(ResultError, match=r"Did you mean 'response\.a\.percent'"):
        Results.of([RATE]).get("respons.a.percent")


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("response.a.percent", "63%"),
        ("response.a.percent to 1 decimal", "63.5%"),
        ("response.a.proportion to 1 decimal", "63.5%"),
        ("response.a_vs_b.p_value", "0.03"),
        ("response.a_vs_b.p_value@pearson_chi2", "0.02"),
        ("response.a_vs_b.p_value@pearson_chi2 to 3 decimals", "0.017"),
    ],
)
def test_prose_quotes_by_key_method_and_precision(reference: str, text: str) -> None:
    assert Results.of([RATE, SHARE, P, OTHER_P]).quote(reference, Formatter.of("jgo"))[1] == text


def test_results_read_back_bit_for_bit(tmp_path: Path) -> None:
    odd = Record("x", 'a, "quoted"\nlevel', "g", "mean", value=0.1 + 0.2, n=3, formatted="0.3", note="line\nbreak")
    empty = Record("y", "", "g", "sd", value=None, n=1, formatted="NE", note="group of one")
    results = Results.of([odd, empty, RATE], [Point("c", 0.1, 1 / 3, None, 1.0, 5, 0, 0, "censored")])
    write_results(results, tmp_path)
    again = read_results(tmp_path)
    assert results_csv(again) == results_csv(results)
    assert series_csv(again) == series_csv(results)
    assert again.records == results.records


def test_a_point_comes_back_as_it_was_whatever_its_series_holds() -> None:
    bars = [Point("bars", float(rank), -rank / 3, mark="growth" * (rank % 2)) for rank in (1, 2, 3)]
    whole = [Point("whole", 1, 0)]
    mixed = [Point("mixed", 0.0, 1.0), Point("mixed", 2.0, 0.5, 0.25, 0.75, 9, 1, 0, "grid")]
    results = Results.of([RATE], [*whole, *bars[::-1], *mixed, *bars])
    for key, points in (("bars", bars), ("whole", whole), ("mixed", mixed)):
        assert list(map(repr, results.series(key))) == list(map(repr, points))
    assert results.series("bars")[-1] == bars[-1]
    assert len(results.points) == 6


@pytest.mark.parametrize("key", ["bars", 'odd, "key"'])
def test_bars_are_written_as_the_csv_of_their_points(key: str, tmp_path: Path) -> None:
    bars = [Point(key, float(rank), -rank / 3, mark=("", "a, b", "c")[rank % 3]) for rank in range(1, 7)]
    with (tmp_path / "plain.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["key", "x", "y", "lower", "upper", "at_risk", "events", "censored", "mark"])
        writer.writerows([one.key, one.x, one.y, "", "", "", "", "", one.mark] for one in bars)
    assert series_csv(Results.of([], bars)) == (tmp_path / "plain.csv").read_text(encoding="utf-8")


def test_what_is_put_into_a_shared_series_does_not_reach_the_others() -> None:
    first = Points(BarSeries.ranked("bars", [3.0, 2.0], ["a", ""]))
    second = Points(first)
    second.bar("bars", 3.0, 1.0, "")
    second += [Point("curve", 0.0, 1.0, 1.0, 1.0, 3, 0, 0)]
    third = Points(second)
    third += [Point("curve", 1.0, 0.5, 0.1, 0.9, 2, 1, 0)]
    assert [len(points) for points in (first, second, third)] == [2, 4, 5]


def test_chapters_that_show_the_same_series_give_each_point_once(tmp_path: Path) -> None:
    bars, more = BarSeries.ranked("bars", [3.0, 2.0, 1.0], ["", "a", ""]), [Point("more", 1.0, 2.0)]
    for name, points in (("one", [*bars]), ("two", [*bars, *more]), ("three", [*bars])):
        (tmp_path / name).mkdir()
        write_results(Results.of([RATE], points), tmp_path / name)
    found = read_parts([tmp_path / name for name in ("one", "two", "three")])
    assert list(found.points) == [*bars, *more]
    assert not read_results(tmp_path / "two", series=False).points


def test_a_bar_takes_less_than_thirty_bytes() -> None:
    count = 20_000
    tracemalloc.start()
    results = Results.of([RATE], (Point("bars", float(rank), rank / 7, mark="growth") for rank in range(count)))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(results.points) == count
    assert size / count < 30


def test_rows_are_sorted_whatever_their_order() -> None:
    assert results_csv(Results.of([P, OTHER_P, RATE])) == results_csv(Results.of([RATE, OTHER_P, P]))


@pytest.mark.parametrize("level", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "＝1", "'=1", "''+1", "'plain", "plain"])
def test_the_words_of_a_cohort_are_no_formula_and_read_back(level: str, tmp_path: Path) -> None:
    record = replace(RATE, level=level, group=level, label=level, note=level)
    write_results(Results.of([record]), tmp_path)
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as stream:
        (row,) = csv.DictReader(stream)
    for name in ("level", "group", "label", "note"):
        assert not row[name].startswith(FORMULA_SIGNS)
    assert read_results(tmp_path).records == (record,)
