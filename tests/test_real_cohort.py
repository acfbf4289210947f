"""The real cohort's numbers equal those that R 4.2.2 with survival 3.5-3 gives (expected.csv beside the cohort)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.keys import result_key
from hai_utils.results.table import Results

# The grouping of each block of expected.csv, with the reference that its comparisons name.
REFERENCES = {"preoperative_chemotherapy": "no", "clinical_risk": "low", "extrahepatic_disease": "no"}
RELATIVE = 1e-6


def expected_rows(folder: Path, grouping: str) -> list[dict[str, str]]:
    with (folder / "expected.csv").open(newline="", encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["grouping"] == grouping]


def results_by(folder: Path, root: Path, grouping: str) -> Results:
    settings = [
        f"data={folder / 'cohort.csv'}",
        f"dictionary={folder / 'extra_columns.csv'}",
        f"group_by={grouping}",
        f"reference_group={REFERENCES[grouping]}",
    ]
    parameters = load_parameters([root / "params.yml"], settings)
    return analyse(load_cohort(parameters, root), parameters, ["04_survival"])


@pytest.mark.parametrize("grouping", sorted(REFERENCES))
def test_survival_numbers_equal_those_of_r(grouping: str, real_folder: Path, root: Path) -> None:
    results = results_by(real_folder, root, grouping)
    rows = expected_rows(real_folder, grouping)
    assert len(rows) >= 100
    wrong = []
    for row in rows:
        key = result_key(row["variable"], "", row["group"], row["statistic"])
        value = results.get(key, row["method"]).value
        if row["value"] in {"", "NA"}:
            same = value is None
        else:
            same = value is not None and value == pytest.approx(float(row["value"]), rel=RELATIVE)
        if not same:
            wrong.append((key, row["method"], value, row["value"]))
    assert wrong == []


def test_real_book_says_what_it_has_not(real_site: Path) -> None:
    page = (real_site / "notebooks" / "03_tumor_response.html").read_text(encoding="utf-8")
    assert "neither lesion measurements" in page


def test_real_book_has_no_word_of_the_reconstruction(real_site: Path) -> None:
    for page in real_site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "No row is a patient" not in text, page.name
        assert "KRAS-mutated" not in text, page.name


def test_every_page_of_the_reconstruction_says_what_it_is(published_site: Path) -> None:
    pages = list((published_site / "book").glob("*.html")) + list((published_site / "notebooks").glob("*.html"))
    assert len(pages) >= 10
    for page in pages:
        assert "No row is a patient" in page.read_text(encoding="utf-8"), page.name


def test_the_chapter_has_two_faces(published_site: Path, real_site: Path) -> None:
    page = Path("notebooks") / "06_published_and_recomputed.html"
    published, real = ((site / page).read_text(encoding="utf-8") for site in (published_site, real_site))
    assert "Published against recomputed" in published
    assert "This cohort beside the published study" not in published
    assert "This cohort beside the published study" in real
    assert 'id="table-beside"' in real
    assert 'id="table-verdicts"' in published
    assert 'id="table-verdicts"' not in real
    assert 'id="table-beside"' not in published
