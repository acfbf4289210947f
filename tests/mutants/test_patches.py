"""The planted faults still fit the code, and each names tests that exist."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

PATCHES = sorted((ROOT / "tests" / "mutants").glob("*.patch"))


def test_there_are_at_least_twenty_faults() -> None:
    assert len(PATCHES) >= 20


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_fault_still_fits_the_code(patch: Path) -> None:
    done = subprocess.run(
        ["git", "apply", "--check", str(patch)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("patch", PATCHES, ids=lambda path: path.stem)
def test_a_fault_names_the_tests_that_catch_it(patch: Path) -> None:
    why, tests, blank = patch.read_text(encoding="utf-8").splitlines()[:3]
    assert why
    assert blank == ""
    assert any((ROOT / name).exists() for name in tests.removeprefix("tests: ").split())
