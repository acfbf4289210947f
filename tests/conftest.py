"""What several tests share: the two cohorts, their results, and their built books.

Each book is built once a session, whatever the number of workers: `made_once` gives all of them the same folder.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import Parameters, load_parameters
from hai_utils.results.table import Results
from tests.warm import Warm

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
REFERENCE_CASES = ROOT / "tests" / "reference"
REAL = SHARED / "data" / "tcia_crlm"
WHOLE_BOOKS = {"published_run", "recommended_run", "gated_run", "real_run", "published_site", "real_site"}
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


def mostly_long(cases: Iterable[object], *quick: object) -> list[object]:
    """Return cases of which those that are not quick are left to ``make test-long``."""
    return [case if case in quick else pytest.param(case, marks=pytest.mark.long) for case in cases]


@cache
def warm() -> Warm:
    """The Python from which the command line is forked."""
    return Warm(ROOT)


def run_hai(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return warm().call(words, cwd)


def pytest_sessionfinish() -> None:
    """End what the tests started."""
    if warm.cache_info().currsize:
        warm().end()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Return a function that gives a folder of a name, made by the first worker that asks and shared by all."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        # The workers' own folders lie side by side in that of the session.
        base = base.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = base / f"shared-{name}", base / f"shared-{name}.made"
        with (base / f"shared-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return made


MadeOnce = Callable[[str, Callable[[Path], None]], Path]


def build(out: Path, *words: str) -> None:
    """Build a book by the command line; it must succeed."""
    done = run_hai("build", *words, "--out", str(out))
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def published_run(made_once: MadeOnce) -> Path:
    """A finished run of the reconstruction, built by the command line; tests that change it work on a copy."""
    return made_once("published", lambda folder: build(folder / "run")) / "run"


@pytest.fixture(scope="session")
def recommended_run(made_once: MadeOnce) -> Path:
    """A finished run of the reconstruction by the recommended methods."""
    return made_once("recommended", lambda folder: build(folder / "run", "--profile", "recommended")) / "run"


@pytest.fixture(scope="session")
def gated_run(made_once: MadeOnce) -> Path:
    """A finished run of the reconstruction with small cells withheld."""
    return made_once("gated", lambda folder: build(folder / "run", "--set", "disclosure=small_cells")) / "run"


@pytest.fixture(scope="session")
def real_run(made_once: MadeOnce, real_folder: Path) -> Path:
    """A finished run of the real cohort, built by the command line; tests that change it work on a copy."""
    settings = [word for setting in REAL_SETTINGS for word in ("--set", setting)]
    files = ("--data", str(real_folder / "cohort.csv"), "--dictionary", str(real_folder / "extra_columns.csv"))
    return made_once("real", lambda folder: build(folder / "run", *files, *settings)) / "run"


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


def given_to(item: pytest.Item) -> set[str]:
    """The words among a test's parameters: such a word may be the fixture that it asks for."""
    given = getattr(item, "callspec", None)
    return {value for value in given.params.values() if isinstance(value, str)} if given else set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take long tests, and those of whole books, for slow ones too; begin with their files, so that workers end together.

    The browser is opened last, its longest files first: its event loop runs on in this process, where others must fork
    and wait for children.
    """
    for item in items:
        named = {*getattr(item, "fixturenames", ()), *given_to(item)}
        if item.get_closest_marker("long") or named & WHOLE_BOOKS:
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    longest = ("test_site.py", "test_page.py")
    items.sort(key=lambda item: ("browser" in item.path.parts, item.path not in slow, item.path.name not in longest))
