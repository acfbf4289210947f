"""Only what changed is done again, and what comes out is, byte for byte, what a build without a cache gives."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hai_utils.parameters import Parameters, load_parameters
from hai_utils.run.build import book_notebooks
from hai_utils.run.dependencies import ImportGraph, notebook_code
from hai_utils.run.notebooks import make_jobs
from hai_utils.run.stamps import notebook_stamp
from tests.conftest import ROOT, run_hai
from tests.test_build import copied_project, digests

CHAPTERS = [path.stem for path in book_notebooks(ROOT)]
SITE = {"provenance.json", "stamp.json"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, its package included, that a test may change."""
    folder = copied_project(tmp_path / "project")
    shutil.copytree(ROOT / "hai_utils", folder / "hai_utils", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def stamps(project: Path, *settings: str) -> dict[str, str]:
    parameters: Parameters = load_parameters([project / "params.yml"], settings)
    graph = ImportGraph(project, project / "hai_utils")
    jobs = make_jobs(book_notebooks(project), parameters, project, project / "run", "hai_shell")
    return {job.chapter: notebook_stamp(job, project, graph) for job in jobs}


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name[:2] for name in CHAPTERS if before[name] != after[name]]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


ALL = ["01", "02", "03", "04", "05", "06"]


@pytest.mark.parametrize(
    ("setting", "again"),
    [
        ("title=Another", []),
        ("authors=A. Author", []),
        ("landmark_months=8", ALL),
        ("disclosure=small_cells", ALL),
    ],
)
def test_a_parameter_runs_all_notebooks_unless_it_is_of_the_book_alone(
    setting: str, again: list[str], project: Path
) -> None:
    assert changed(stamps(project), stamps(project, setting)) == again


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("data/cohort.csv", ALL),
        ("data/published_numbers.csv", ["06"]),
        ("requirements.lock", ALL),
        ("hai_utils/show/method_tables.py", ["05"]),
        ("hai_utils/audit/detective.py", ["06"]),
        ("hai_utils/audit/ledger_keys.csv", ["06"]),
        ("hai_utils/show/figures/waterfall.py", ["01", "03", "04"]),
        ("hai_utils/stats/survival.py", ALL),
        ("hai_utils/cohort/dictionary.csv", ALL),
        ("hai_utils/run/shell_engine.py", ALL),
        ("hai_utils/importing/redcap.py", []),
        ("hai_utils/book/nodes.py", []),
        ("hai_utils/cli.py", []),
        ("book/methods.md", []),
        ("assets/static/report.css", []),
        ("_config.yml", []),
        ("params.yml", []),
        *((f"notebooks/{name}.ipynb", [name[:2]]) for name in CHAPTERS),
    ],
)
def test_a_file_runs_the_notebooks_that_rest_on_it(name: str, again: list[str], project: Path) -> None:
    before = stamps(project)
    path = project / name
    if path.suffix == ".ipynb":
        edit(path, '"# ', '"#  ')
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    assert changed(before, stamps(project)) == again


def test_a_dictionary_of_the_cohort_s_own_runs_all(project: Path) -> None:
    own = project / "data" / "own.csv"
    own.write_text("one\n", encoding="utf-8")
    before = stamps(project, "dictionary=data/own.csv")
    own.write_text("two\n", encoding="utf-8")
    assert changed(before, stamps(project, "dictionary=data/own.csv")) == ALL


def test_where_the_cohort_lies_does_not_matter(project: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        shutil.copy(project / "data" / "cohort.csv", tmp_path / folder / "cohort.csv")
    one, two = (stamps(project, f"data={tmp_path / folder / 'cohort.csv'}") for folder in ("one", "two"))
    assert one == two


def test_every_module_that_a_notebook_loads_is_in_the_graph() -> None:
    """What Python itself loads for a notebook's imports is found without importing it."""
    import subprocess
    import sys

    graph = ImportGraph(ROOT)
    code = notebook_code((ROOT / "notebooks" / "06_published_and_recomputed.ipynb").read_text(encoding="utf-8"))
    imports = "\n".join(line for line in code.splitlines() if line.startswith("from hai_utils"))
    names = "import sys; print(*[m.__file__ for n, m in sys.modules.items() if n.startswith('hai_utils')], sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", f"{imports}\n{names}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {Path(name) for name in done.stdout.splitlines()}
    assert loaded <= graph.files_of_code(code)


class Book:
    """A project under change, its run, and which notebooks each build ran."""

    def __init__(self, project: Path, out: Path) -> None:
        self.project, self.out = project, out

    def build(self, *words: str) -> list[str]:
        done = run_hai("build", "--source", str(self.project), "--out", str(self.out), *words)
        assert done.returncode == 0, done.stderr
        return sorted(re.findall(r"notebook (\d\d)_", done.stderr))

    def assert_as_cold(self, cold: Path, *words: str) -> None:
        """A build without a cache of the same inputs has the same bytes."""
        done = run_hai("build", "--no-cache", "--source", str(self.project), "--out", str(cold), *words)
        assert done.returncode == 0, done.stderr
        first, second = digests(self.out), digests(cold)
        assert {n for n in first.keys() | second.keys() if first.get(n) != second.get(n)} <= SITE


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """One book, changed by one test after another."""
    folder = tmp_path_factory.mktemp("reuse")
    book = Book(copied_project(folder / "project"), folder / "run")
    assert book.build() == ALL
    return book


def page_text(book: Book) -> None:
    edit(book.project / "book" / "introduction.md", "\n\n", "\n\nOne more sentence.\n\n")


def hidden_exhibit(book: Book) -> None:
    """A numbered table less: the numbers of those that follow change on other pages too."""
    path = book.project / "notebooks" / "02_complications.ipynb"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"] = [cell for cell in raw["cells"] if "tables.complications" not in "".join(cell["source"])]
    path.write_text(json.dumps(raw), encoding="utf-8")


def cell(book: Book) -> None:
    edit(book.project / "data" / "cohort.csv", "R02,synthetic,55.0", "R02,synthetic,56.0")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "words", "again"),
    [
        ((page_text, hidden_exhibit), (), ["02"]),
        ((cell,), (), ALL),
        (
            (),
            ("--set", "landmark_months=8", "--set", "title=One & 'more'", "--set", "baseline_variables=age_years"),
            ALL,
        ),
    ],
    ids=lambda value: "-".join(getattr(item, "__name__", str(item)) for item in value) if value else "none",
)
def test_a_build_after_a_change_equals_a_cold_one(
    changes: tuple[Callable[[Book], None], ...], words: tuple[str, ...], again: list[str], book: Book, tmp_path: Path
) -> None:
    for change in changes:
        change(book)
    assert book.build(*words) == again
    book.assert_as_cold(tmp_path / "cold", *words)


@pytest.mark.slow
def test_a_failed_build_keeps_what_it_finished_and_what_was_there(book: Book) -> None:
    path = book.project / "notebooks" / "02_complications.ipynb"
    text = path.read_text(encoding="utf-8")
    raw = json.loads(text)
    raw["cells"][4]["source"] = "1 / 0"
    path.write_text(json.dumps(raw), encoding="utf-8")
    done = run_hai(
        "build", "--source", str(book.project), "--out", str(book.out), "--set", "baseline_variables=age_years"
    )
    assert done.returncode == 3
    path.write_text(text, encoding="utf-8")
    assert book.build("--set", "baseline_variables=age_years") == []
