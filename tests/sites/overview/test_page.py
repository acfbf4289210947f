"""The page of the overview: what it says, and that whatever a center is called stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from hai_utils.analyses.across_centers import analyse_centers
from hai_utils.parameters import Parameters
from hai_utils.results.table import Results
from hai_utils.sites.overview.exhibits import centers_table, sentences
from hai_utils.sites.overview.page import Refusal, overview_page
from tests.analyses.test_across_centers import center, from_tables
from tests.sites.center_files import write_conversions

HOSTILE = '<img src=x onerror="alert(1)"> & \u202eabc'


def of(folder: Path, parameters: Parameters, case: str, names: Sequence[str] = ()) -> tuple[Results, list[str]]:
    centers = from_tables(case, folder, parameters)
    centers += [center(write_conversions(folder / f"{name}.csv", (2, 5), (3, 6)), parameters) for name in names]
    return analyse_centers(centers, parameters), [one.name for one in centers]


def said(results: Results, names: Sequence[str]) -> str:
    from hai_utils.show.content import plain

    return " ".join(plain(text) for text in sentences(results, "converted_to_resection", "mutant", names))


def test_effect_and_interval_come_before_the_p_of_heterogeneity(tmp_path: Path, parameters: Parameters) -> None:
    text = said(*of(tmp_path, parameters, "far_apart"))
    assert re.search(r"is −\d+ percentage points \(95% CI −\d+ to −?\d+\) over all centers \(Mantel-Haenszel\)", text)
    assert text.index("95% CI") < text.index("(P")


def test_two_centers_are_said_to_be_too_few(tmp_path: Path, parameters: Parameters) -> None:
    assert "two centers are too few" in said(*of(tmp_path, parameters, "two_centers"))


def test_a_single_center_is_not_combined(tmp_path: Path, parameters: Parameters) -> None:
    one = center(write_conversions(tmp_path / "a.csv", (2, 5), (3, 6)), parameters)
    assert (
        said(analyse_centers([one], parameters), ["a"])
        == "Only one center can be compared, so that nothing is combined."
    )


def test_a_center_without_an_estimate_is_named_with_the_reason(tmp_path: Path, parameters: Parameters) -> None:
    centers = from_tables("three_centers", tmp_path, parameters)
    centers.append(center(write_conversions(tmp_path / "z.csv", (0, 0), (3, 9)), parameters))
    text = said(analyse_centers(centers, parameters), ["a", "b", "c", "z"])
    assert "Without an estimate of its own: z (nobody in KRAS-mutated)." in text


def test_the_table_has_a_row_a_center_and_one_for_all(tmp_path: Path, parameters: Parameters) -> None:
    results, names = of(tmp_path, parameters, "three_centers")
    rows = centers_table(results, names).rows
    assert [row.cells[0][0] for row in rows] == ["a", "b", "c", "All centers"]


@pytest.fixture
def page(tmp_path: Path, parameters: Parameters) -> str:
    results, names = of(tmp_path, parameters, "three_centers", [HOSTILE.replace("/", "")])
    refused = [Refusal("west<script>", ("line 4, column 'os_event': '<b>2</b>' is neither 0 nor 1.",))]
    return overview_page(
        results, names, refused, {"a": "centers/a b/html/index.html"}, [f"{HOSTILE} compares other groups."]
    )


def test_no_name_becomes_markup(page: str) -> None:
    assert "<img" not in page
    assert "<script" not in page
    assert "<b>2" not in page
    assert "\u202e" not in page


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"https?://(?!www\.w3\.org/)", page)


def test_a_link_leads_to_the_book(page: str) -> None:
    assert 'href="centers/a%20b/html/index.html"' in page


def test_a_refused_center_is_listed_with_its_reasons(page: str) -> None:
    assert "Centers without a book" in page
    assert "is neither 0 nor 1." in page


def test_the_same_centers_give_the_same_bytes(tmp_path: Path, parameters: Parameters) -> None:
    pages = [overview_page(*of(tmp_path / name, parameters, "three_centers"), [], {}) for name in ("one", "other")]
    assert pages[0] == pages[1]


def test_every_quoted_number_is_a_row_of_the_results(tmp_path: Path, parameters: Parameters) -> None:
    results, names = of(tmp_path, parameters, "three_centers")
    keys = set(re.findall(r'data-key="([^"]+)"', overview_page(results, names, [], {})))
    assert keys
    assert keys <= set(results.keys)


def test_where_every_center_is_refused_the_page_still_says_why(parameters: Parameters) -> None:
    refused = [Refusal("west", ("west.csv, line 1: no column 'kras'.",))]
    page = overview_page(analyse_centers([], parameters), [], refused, {})
    assert "0 centers" in page
    assert "no column" in page


def test_centers_of_real_patients_are_called_patients(tmp_path: Path, parameters: Parameters) -> None:
    results, names = of(tmp_path, parameters, "two_centers")
    assert ">2 centers, 50 patients.<" in overview_page(results, names, [], {})


def test_one_group_alone_is_said_to_compare_nothing(tmp_path: Path, parameters: Parameters) -> None:
    centers = [center(write_conversions(tmp_path / f"{name}.csv", (0, 0), (3, 9)), parameters) for name in "ab"]
    page = overview_page(analyse_centers(centers, parameters), ["a", "b"], [], {})
    assert "There is one group only, so that nothing is compared." in page


def test_three_groups_are_each_compared_with_the_reference(tmp_path: Path, parameters: Parameters) -> None:
    from tests.sites.center_files import write_rows

    groups = ("right_colon", "left_colon", "rectum")
    header = ("primary_site", "converted_to_resection", "os_months", "os_event")
    rows = [(group, "yes" if place % 3 else "no", 5 + place, place % 2) for group in groups for place in range(6)]
    chosen = {"group_by": "primary_site", "reference_group": "rectum"}
    centers = [center(write_rows(tmp_path / f"{name}.csv", header, rows), parameters, **chosen) for name in "ab"]
    results = analyse_centers(centers, parameters.model_copy(update=chosen))
    page = overview_page(results, ["a", "b"], [], {})
    assert all(f"<h3>{label} versus Rectum</h3>" in page for label in ("Right colon", "Left colon"))
