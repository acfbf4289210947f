"""The R script that readers download from the chapter gives the book's numbers, and what it printed is recorded."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.profiles import resolve
from hai_utils.results.table import Results
from hai_utils.show.agreement import compared
from tests.conftest import REAL, REAL_SETTINGS, ROOT

SCRIPT = ROOT / "assets" / "r" / "step_by_step.R"
PUBLISHED = SCRIPT.with_suffix(".Rout")
RECORDED = ROOT / "tests" / "reference" / "step_by_step" / "tcia_crlm.Rout"


def printed(text: str) -> dict[str, float]:
    """Read what the script prints: one number a line after its name, nothing where it cannot be estimated."""
    lines = [line.split() for line in text.splitlines()]
    return {words[0]: float(words[1]) if len(words) > 1 else math.nan for words in lines}


def disagreements(results: Results, found: dict[str, float]) -> list[str]:
    """Return the numbers of the exhibits, and the points of curves and bars, for which the script has others or none."""
    every = compared(results, found, {})
    # The script prints what stands in tables, not under the axis, and no crossings.
    not_printed = ("at_risk_", "crossing")
    keyed = [one for one in every if one.printed and not any(mark in one.name for mark in not_printed)]
    faults = [one.name for one in keyed if not one.agrees]
    for level in results.study.levels:
        for series, name in (("reduction_percent", "bar"), ("os", "curve")):
            # The first point of a curve, at time 0, is none of survfit's unless somebody has this time.
            values = [point.y for point in results.series(f"{series}.{level}.{name}") if name == "bar" or point.x > 0]
            theirs = [found.get(f"{series}.{level}.{name}_{place}", math.nan) for place in range(1, len(values) + 1)]
            pairs = zip(values, theirs, strict=True)
            faults += [
                f"{series}.{level}.{name}" for ours, other in pairs if not math.isclose(ours, other, rel_tol=1e-9)
            ]
    return faults


def test_r_finds_the_numbers_of_the_reconstruction(results: Results) -> None:
    found = printed(PUBLISHED.read_text(encoding="utf-8"))
    assert len(found) > 250
    assert disagreements(results, found) == []


def test_r_finds_the_numbers_of_real_patients(real_folder: Path) -> None:
    files = {"data": str(real_folder / "cohort.csv"), "dictionary": str(real_folder / "extra_columns.csv")}
    parameters = resolve(ROOT, layers=[("in the test", files)], settings=REAL_SETTINGS)
    results = analyse(load_cohort(parameters, ROOT), parameters)
    assert disagreements(results, printed(RECORDED.read_text(encoding="utf-8"))) == []


def test_a_number_that_differs_is_named(results: Results) -> None:
    found = printed(PUBLISHED.read_text(encoding="utf-8")) | {"age_years.mutant.median": 57.4}
    assert disagreements(results, found) == ["age_years.mutant.median"]


@pytest.mark.slow
def test_what_is_recorded_is_what_r_prints() -> None:
    if shutil.which("Rscript") is None or not REAL.is_dir():
        pytest.skip("no R on this machine: the script was not run")
    runs = {
        PUBLISHED: ["data/cohort.csv"],
        RECORDED: [
            str(REAL / "cohort.csv"), "preoperative_chemotherapy", "no", "", "recommended", str(REAL / "extra_columns.csv"),
        ],
    }  # fmt: skip
    for recorded, words in runs.items():
        done = subprocess.run(["Rscript", str(SCRIPT), *words], cwd=ROOT, capture_output=True, text=True, check=True)
        again, before = printed(done.stdout), printed(recorded.read_text(encoding="utf-8"))
        assert list(again) == list(before)
        assert again == pytest.approx(before, rel=1e-9, abs=1e-12, nan_ok=True)
