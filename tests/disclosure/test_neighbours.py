"""Two cohorts that differ only in what is withheld give the same books, to the last byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.results.table import Results
from tests.analyses.edge_samples import Columns, cohort_of, csv_text
from tests.conftest import run_hai
from tests.disclosure.neighbours import contents, neighbour
from tests.disclosure.test_gate import GATED, made_up

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def pair() -> tuple[Columns, Columns]:
    columns = made_up(1)
    return columns, neighbour(columns, 1, GATED)


def small_counts(results: Results) -> dict[str, object]:
    return {
        record.key: record.value for record in results if record.statistic == "count" and record.value in {1, 2, 3, 4}
    }


def test_neighbours_differ_in_many_small_counts(pair: tuple[Columns, Columns]) -> None:
    one, other = (small_counts(analyse(*cohort_of(columns))) for columns in pair)
    assert len(one.items() - other.items()) > 20


def built(columns: Columns, folder: Path, *settings: str) -> dict[str, bytes]:
    folder.mkdir()
    (folder / "cohort.csv").write_text(csv_text(columns), encoding="utf-8")
    words = [word for setting in settings for word in ("--set", setting)]
    done = run_hai(
        "build", "--profile", "paper", "--data", str(folder / "cohort.csv"), *words, "--out", str(folder / "run")
    )
    assert done.returncode == 0, done.stderr
    return contents(folder / "run")


def test_the_books_of_neighbours_are_the_same_bytes(pair: tuple[Columns, Columns], tmp_path: Path) -> None:
    one, other = (built(columns, tmp_path / name, GATED) for name, columns in zip("ab", pair, strict=True))
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert {Path(name).suffix for name in one} >= {".html", ".ipynb", ".csv", ".docx", ".pdf", ".svg", ".xlsx", ".json"}


def test_with_the_gate_open_nearly_every_page_tells_them_apart(pair: tuple[Columns, Columns], tmp_path: Path) -> None:
    one, other = (built(columns, tmp_path / name) for name, columns in zip("ab", pair, strict=True))
    apart = {name for name in one if one[name] != other.get(name)}
    assert {"results.csv", "series.csv", "study.json", "manuscript.docx", "html/notebooks/04_survival.html"} <= apart
