"""A gated center among open ones through the command line: the overview says of it what its own book says, and no more."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hai_utils.results.files import read_results
from hai_utils.results.keys import result_key
from tests.conftest import run_hai
from tests.sites.center_files import write_drawn

pytestmark = pytest.mark.slow
GATED, OPEN = "north", ("east", "south")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sites")
    write_drawn(folder / "centers", [GATED, *OPEN], patients=16)
    (folder / "centers" / f"{GATED}.params.yml").write_text("disclosure: small_cells\n", encoding="utf-8")
    done = run_hai("sites", str(folder / "centers"), "--out", str(folder / "out"), "--set", "permutation_draws=99")
    assert done.returncode == 0, done.stderr
    return folder / "out"


def rows(out: Path) -> Iterator[dict[str, str]]:
    with (out / "results.csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def test_no_number_of_the_gated_center_is_in_the_overview_that_its_own_book_withholds(out: Path) -> None:
    own = read_results(out / "centers" / GATED)
    said = [row for row in rows(out) if row["group"] == GATED and row["value"] and row["variable"] != "patients"]
    assert said
    for row in said:
        record = own.get(result_key(row["variable"], "", row["level"], row["statistic"]))
        assert not record.withheld, row["key"]
        assert record.value == float(row["value"]), row["key"]


def test_a_sum_over_centers_stands_only_where_every_part_of_it_does(out: Path) -> None:
    parts: dict[tuple[str, ...], list[str]] = {}
    for row in rows(out):
        if (
            row["statistic"] in {"n", "count", "events"}
            and row["group"] != "combined"
            and row["note"] != "not recorded"
        ):
            parts.setdefault((row["variable"], row["level"], row["statistic"]), []).append(row["value"])
    sums = {
        (row["variable"], row["level"], row["statistic"]): row["value"]
        for row in rows(out)
        if row["group"] == "combined"
    }
    hidden = [place for place, values in parts.items() if "" in values]
    assert hidden
    assert not [place for place in hidden if sums.get(place)]


def test_the_rows_of_the_gated_center_are_in_no_model_of_all_of_them(out: Path) -> None:
    models = [row for row in rows(out) if row["method"] == "cox_stratified" and row["value"]]
    sizes = {name: read_results(out / "centers" / name).get("os.analysed.n").value for name in OPEN}
    assert {int(row["n"]) for row in models if row["variable"] == "os"} <= {sum(sizes.values())}


def test_the_page_shows_a_dash_where_the_gated_center_withholds(out: Path) -> None:
    page = (out / "index.html").read_text(encoding="utf-8")
    withheld = {row["key"] for row in rows(out) if row["group"] == GATED and row["note"] in {"suppressed", "withheld"}}
    shown = {key: text for key, text in re.findall(r'data-key="([^"]+)"[^>]*>([^<]*)<', page) if key in withheld}
    assert shown
    assert not [text for text in shown.values() if re.search(r"\d", text)]
