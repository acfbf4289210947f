"""The number style of a journal reaches every text of the book, not only the numbers that are results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.conftest import REAL, REAL_SETTINGS, run_hai

DECIMAL = re.compile(r"\d\.\d")
# Choices that are printed as they were given, with decimals that the defaults do not have.
GIVEN = (
    "style=lancet", "confidence_level=0.975", "significance_level=0.025", "time_grid_months=0,7.5,12",
    "restricted_mean_months=12.5", "landmark_months=6.5",
)  # fmt: skip
CODE = "head, script, style, code, pre, a, footer"
# Published digits are judged as the article writes them; versions, and parameters as they are typed; code; references.
LITERAL = ("06_published_and_recomputed", "07_step_by_step", "this_run", "reference", "references")
VERSIONS = re.compile(r"RECIST 1\.1")


def shown(page: Path) -> str:
    """Return all that a page says: its text, and what a screen reader is told beside it."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    for element in soup.select(CODE):
        element.decompose()
    told = [str(element[name]) for name in ("alt", "aria-label") for element in soup.select(f"[{name}]")]
    return VERSIONS.sub("", " ".join([soup.get_text(" "), *told]))


def with_full_stops(site: Path, left_out: tuple[str, ...]) -> dict[str, list[str]]:
    """Return, by page, where a number has a full stop as its decimal mark."""
    pages = [path for folder in ("book", "notebooks") for path in (site / folder).glob("*.html")]
    texts = {path.stem: shown(path) for path in pages if path.stem not in left_out}
    assert len(texts) > 9
    found = {
        name: [text[max(0, hit.start() - 40) : hit.end() + 9] for hit in DECIMAL.finditer(text)]
        for name, text in texts.items()
    }
    return {name: places for name, places in found.items() if places}


@pytest.mark.slow
def test_the_raised_point_of_the_lancet_reaches_every_page(tmp_path: Path) -> None:
    settings = [word for setting in GIVEN for word in ("--set", setting)]
    done = run_hai("build", *settings, "--formats", "html", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    site = tmp_path / "run" / "html"
    assert with_full_stops(site, LITERAL) == {}
    assert "97·5% CI" in shown(site / "notebooks" / "04_survival.html")
    assert "no number of 11 gives" in shown(site / "notebooks" / "01_cohort_description.html")
    assert "66·7%" in shown(site / "book" / "discussion.html")


@pytest.mark.long
def test_it_reaches_the_numbers_of_the_article_beside_another_cohort(real_folder: Path, tmp_path: Path) -> None:
    settings = [word for setting in (*GIVEN, *REAL_SETTINGS) for word in ("--set", setting)]
    files = ("--data", str(REAL / "cohort.csv"), "--dictionary", str(REAL / "extra_columns.csv"))
    done = run_hai("build", *files, *settings, "--formats", "html", "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert with_full_stops(tmp_path / "run" / "html", LITERAL[1:]) == {}
