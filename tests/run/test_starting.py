"""What is asked for often starts at once: nothing heavy is imported for it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

HEAVY = {"numpy", "pandas", "scipy", "matplotlib", "sphinx", "docutils", "papermill", "nbformat", "IPython", "jinja2"}


def imported_by(*words: str) -> set[str]:
    code = (
        "import sys\nfrom hai_utils.cli import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print('imported:', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("imported: ")[2].split())


def test_help_imports_nothing_heavy() -> None:
    assert not imported_by("--help") & {*HEAVY, "pydantic", "yaml"}


def test_a_build_with_nothing_to_do_imports_nothing_heavy(published_run: Path, tmp_path: Path) -> None:
    # A copy: another worker may be at the run itself, which a build locks.
    shutil.copytree(published_run, tmp_path / "run")
    assert not imported_by("build", "--out", str(tmp_path / "run")) & HEAVY


def test_listing_parameters_imports_nothing_heavy() -> None:
    assert not imported_by("params", "--table") & HEAVY


def test_the_pages_of_a_book_are_written_without_the_statistics() -> None:
    # Of a large cohort, what the process of the pages holds beside those of the notebooks is what a machine must have.
    code = "import sys\nimport hai_utils.book.extension\nprint(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"numpy", "scipy", "pandas", "matplotlib"}
