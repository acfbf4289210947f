"""A book of a made-up cohort with scans, built by the command line: what it says of confirmation, and what it never shows."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
from pathlib import Path

import pytest

from hai_utils.parameters import load_parameters
from hai_utils.run.inputs import Inputs
from tests.conftest import ROOT, run_hai

pytestmark = pytest.mark.slow

HOSTILE_LESION = "<img src=x onerror=alert(1)>"
NAME = "a <b>{val}`x` scans.csv"


def write_cohort(folder: Path) -> tuple[Path, Path]:
    """Forty patients of two groups, most of them scanned every ten weeks."""
    generator = random.Random(1979)
    cohort: list[list[object]] = [
        ["patient_id", "kras", "converted_to_resection", "os_months", "os_event", "pfs_months", "pfs_event"]
    ]
    scans: list[list[object]] = [["patient_id", "day", "lesion", "long_mm", "perp_mm", "role"]]
    for number in range(40):
        patient, months = f"IDENT{number:03}", round(generator.uniform(4, 40), 2)
        ended = generator.random() < 0.6
        progression = round(months * generator.uniform(0.3, 0.9), 2)
        cohort.append([patient, ("mutant", "wild_type")[number % 2], "no", months, int(ended), progression, 1])
        size, rate = generator.uniform(20, 70), generator.uniform(0.55, 1.05)
        for visit in range(5 if number % 8 else 0):
            day = 70 * visit - generator.randint(0, 9)
            if day > months * 30:
                break
            long = round(size * (rate**visit if visit < 3 else rate**2 * (1 + 0.2 * (visit - 2))), 1)
            scans.append([patient, day, HOSTILE_LESION, long, round(0.8 * long, 1), "target"])
    paths = folder / "cohort.csv", folder / NAME
    for path, rows in zip(paths, (cohort, scans), strict=True):
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows(rows)
    return paths


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_cohort(tmp_path_factory.mktemp("scanned"))


@pytest.fixture(scope="module")
def run(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("book") / "run"
    done = run_hai(
        "build", "--data", str(files[0]), "--scans", str(files[1]), "--set", "response_criterion=recist_1_1",
        "--set", "confirmation_days=28", "--set", "exclude=", "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out


def page(run: Path, name: str) -> str:
    return (run / "html" / f"{name}.html").read_text(encoding="utf-8")


def test_the_pages_say_that_response_was_confirmed(run: Path) -> None:
    methods = page(run, "book/methods")
    assert "Response was confirmed" in methods
    assert "Response was not confirmed" not in methods
    assert "Best response without confirmation" not in page(run, "notebooks/03_tumor_response")
    assert "Best response without confirmation" not in page(run, "book/discussion")


def test_both_figures_are_in_their_chapters_as_supplementary_ones(run: Path) -> None:
    for chapter, figure in (("03_tumor_response", "spider"), ("04_survival", "swimmer")):
        body = page(run, f"notebooks/{chapter}").split(f'id="figure-{figure}"', 1)[1]
        assert re.search(r'<span class="caption-number">Figure S\d+', body)


def test_the_scans_are_among_the_hashed_inputs(run: Path, files: tuple[Path, Path]) -> None:
    digests = json.loads((run / "provenance.json").read_text(encoding="utf-8"))["sha256"]
    assert digests["scans"] == hashlib.sha256(files[1].read_bytes()).hexdigest()
    assert digests["scans"] in page(run, "book/this_run")


def test_a_changed_scan_is_a_changed_input(files: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "scans.csv"
    copy.write_bytes(files[1].read_bytes())
    parameters = load_parameters([ROOT / "params.yml"], [f"scans={copy}"])
    before = Inputs.of(ROOT, parameters).digest(())
    copy.write_bytes(files[1].read_bytes() + b"\n")
    assert Inputs.of(ROOT, parameters).digest(()) != before


def test_no_identifier_no_path_and_no_markup_of_the_scans_is_in_the_run(run: Path, files: tuple[Path, Path]) -> None:
    needles = (b"IDENT0", str(files[1].parent).encode(), HOSTILE_LESION.encode(), b"a <b>{val}`x`")
    for path in run.rglob("*"):
        if path.is_file() and path.suffix not in {".yml", ".ipynb", ".json", ".csv"}:
            content = path.read_bytes()
            assert not [needle for needle in needles if needle in content], path.name
        elif path.is_file():
            assert not [needle for needle in needles[:3] if needle in path.read_bytes()], path.name


def test_the_check_finds_the_two_files_ready(files: tuple[Path, Path]) -> None:
    done = run_hai("check", str(files[0]), "--scans", str(files[1]))
    assert done.returncode == 0, done.stdout
    assert "5 of 40 patients of the cohort have no scan" in done.stdout
