"""A cohort is data: whatever its cells, headers, labels and file name hold shows as text on every page."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from hai_utils.untrusted import table_cell
from tests.conftest import run_hai

HOSTILE = "<script>alert(1)</script>{val}`x`{{ config }}$\\frac{a}{b}$ [link](javascript:alert(2)) =1+1 <img src=x onerror=alert(1)>"
pytestmark = pytest.mark.slow
LEVELS = ("<b>arm</b> A {val}`os`", "=cmd|' /C calc'!A0 ${{7*7}}")


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of a cohort that is hostile wherever text is allowed."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = [["patient_id", "arm", "race", "age_years", "os_months", "os_event"]]
    for number in range(24):
        rows.append(
            [
                f"P{number:02}",
                LEVELS[number % 2],
                HOSTILE if number % 3 else "White",
                str(40 + number),
                f"{number + 1}.5",
                str(number % 2),
            ]
        )
    cohort, dictionary = folder / "a <b> {val} cohort.csv", folder / "own.csv"
    with cohort.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    columns = ["column", "label", "type", "unit", "allowed", "needed_for", "description", "level_labels"]
    with dictionary.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([columns, ["arm", HOSTILE[:110], "category", "", "free level", "", "", ""]])
    out = folder / "run"
    done = run_hai(
        "build", "--data", str(cohort), "--dictionary", str(dictionary), "--set", "group_by=arm",
        "--set", f"reference_group={LEVELS[0]}", "--formats", "html", "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def test_no_markup_of_a_cohort_is_live(hostile_run: Path) -> None:
    pages = list((hostile_run / "html").rglob("*.html"))
    assert len(pages) > 8
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert(1)" not in text, page.name
        assert "<img src=x" not in text, page.name
        assert "<b>arm" not in text, page.name
        assert 'href="javascript:' not in text, page.name


def test_the_text_of_a_cohort_is_shown_as_it_stands(hostile_run: Path) -> None:
    page = (hostile_run / "html" / "notebooks" / "01_cohort_description.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ config }}" in page
    assert "{val}" in page
    assert not re.search(r'class="[^"]*math[^"]*"[^>]*>[^<]*frac', page)


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|x", "-cmd|x", "\t=1", "\uff1d1+1", "-5+A1", "-1%%", "-inf"])
def test_a_table_has_no_formula(cell: str) -> None:
    assert table_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-5", "+5", "-5.5", "-5,5", "-257%", "-1e-05", "-", "wild_type", "<0.001", ""])
def test_numbers_and_words_stay_in_a_table_as_they_are(cell: str) -> None:
    assert table_cell(cell) == cell
