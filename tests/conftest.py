"""What several tests share: the two cohorts, their results, and their built books (each made once a session)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import Parameters, load_parameters
from hai_utils.results.table import Results

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
REFERENCE_CASES = ROOT / "tests" / "reference"
REAL = SHARED / "data" / "tcia_crlm"
REAL_SETTINGS = ("group_by=preoperative_chemotherapy", "reference_group=no")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    """The paper's profile."""
    return load_parameters([ROOT / "params.yml"])


@pytest.fixture(scope="session")
def cohort(parameters: Parameters) -> Cohort:
    """The reconstruction."""
    return load_cohort(parameters, ROOT)


@pytest.fixture(scope="session")
def results(cohort: Cohort, parameters: Parameters) -> Results:
    """All results of the reconstruction."""
    return analyse(cohort, parameters)


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """The folder of the real cohort; tests that need it are skipped where it is absent."""
    if not (REAL / "cohort.csv").is_file():
        pytest.skip(f"the real cohort is not beside the project ({REAL.name})")
    return REAL


def run_hai(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "hai_utils.cli", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="session")
def published_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of the reconstruction, built by the command line."""
    out = tmp_path_factory.mktemp("published") / "run"
    done = run_hai("build", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory, real_folder: Path) -> Path:
    """A finished run of the real cohort, built by the command line."""
    out = tmp_path_factory.mktemp("real") / "run"
    settings = [word for setting in REAL_SETTINGS for word in ("--set", setting)]
    files = ("--data", str(real_folder / "cohort.csv"), "--dictionary", str(real_folder / "extra_columns.csv"))
    done = run_hai("build", *files, *settings, "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def published_site(published_run: Path) -> Path:
    """The pages of the reconstruction's book."""
    return published_run / "html"


@pytest.fixture(scope="session")
def real_site(real_run: Path) -> Path:
    """The pages of the real cohort's book."""
    return real_run / "html"


def pytest_sessionstart() -> None:
    """Numbers of the tests must not depend on the number of threads."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Open the browser last: its event loop runs on in this process, where others must fork and wait for children."""
    items.sort(key=lambda item: "browser" in item.path.parts)
