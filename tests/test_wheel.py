"""With the wheel alone, in an empty folder: a book of the example and of a real cohort, and a project of one's own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest

from tests.conftest import REAL_SETTINGS, ROOT

# What the command `jupyter-book` runs.
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
Hai = Callable[..., subprocess.CompletedProcess[str]]


def run(*words: str, cwd: Path, program: Path | str = sys.executable) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(
        [str(program), *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel installed, and what it rests on; the checkout is nowhere on its path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder))
    built = run(*build, str(ROOT), cwd=folder)
    assert built.returncode == 0, built.stderr
    assert run("-m", "venv", "--without-pip", str(folder / "venv"), cwd=folder).returncode == 0
    found = folder / "venv" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "venv"), "platbase": str(folder / "venv")}))
    # A path in such a file is searched, but the files of that kind in it, which lead to the checkout, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (wheel,) = folder.glob("*.whl")
    install = ("-m", "pip", "--python", str(found), "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    installed = run(*install, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    return found


@pytest.fixture
def hai(python: Path, tmp_path: Path) -> Hai:
    """The command line of the wheel, called from an empty folder."""
    return lambda *words, cwd=tmp_path: run("-m", "hai_utils.cli", *words, cwd=cwd, program=python)


@pytest.mark.slow
def test_the_wheel_runs_its_own_code(python: Path, tmp_path: Path) -> None:
    where = run("-c", "import hai_utils; print(hai_utils.__file__)", cwd=tmp_path, program=python).stdout
    assert str(python.parent.parent) in where


@pytest.mark.slow
def test_an_empty_folder_gets_the_book_of_the_example_and_of_ones_own_form(hai: Hai, tmp_path: Path) -> None:
    done = hai("build", "--formats", "html,docx")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "_build" / "hai" / "html" / "index.html").is_file()
    assert (tmp_path / "_build" / "hai" / "manuscript.docx").is_file()
    assert "Nothing changed." in hai("build", "--formats", "html,docx").stdout
    assert {path.name for path in tmp_path.iterdir()} == {"_build"}
    assert hai("template", "forms").returncode == 0
    checked = hai("check", "forms/example_cohort.csv")
    assert checked.returncode == 0, checked.stderr
    named = hai("build", "--set", "data=forms/example_cohort.csv", "--formats", "html", "--name", "mine")
    assert named.returncode == 0, named.stderr
    assert (tmp_path / "_build" / "runs" / "mine" / "results.csv").is_file()
    assert "mine" in hai("runs").stdout


@pytest.mark.long
def test_an_empty_folder_gets_the_book_of_a_real_cohort(hai: Hai, tmp_path: Path, real_folder: Path) -> None:
    settings = [word for setting in REAL_SETTINGS for word in ("--set", setting)]
    files = ("--data", str(real_folder / "cohort.csv"), "--dictionary", str(real_folder / "extra_columns.csv"))
    done = hai("build", *files, *settings, "--formats", "html", "--out", "book")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "book" / "html" / "notebooks" / "04_survival.html").is_file()


@pytest.mark.slow
def test_a_new_project_is_built_by_hai_and_by_plain_jupyter_book(hai: Hai, python: Path, tmp_path: Path) -> None:
    assert hai("new", "mine").returncode == 0
    page = tmp_path / "mine" / "book" / "discussion.md"
    page.write_text("# What we think\n\nOf {val}`age_years.all.n` {study}`people`.\n", encoding="utf-8")
    done = hai("build", "--formats", "html", cwd=tmp_path / "mine")
    assert done.returncode == 0, done.stderr
    built = tmp_path / "mine" / "_build" / "hai" / "html" / "book" / "discussion.html"
    assert "What we think" in built.read_text(encoding="utf-8")
    plain = run("-c", JUPYTER_BOOK, "build", ".", cwd=tmp_path / "mine", program=python)
    assert plain.returncode == 0, plain.stderr
    assert "What we think" in (tmp_path / "mine/_build/html/book/discussion.html").read_text(encoding="utf-8")
    assert "WARNING" not in plain.stderr


@pytest.mark.slow
def test_an_empty_folder_gets_the_page_with_its_studies(python: Path, tmp_path: Path) -> None:
    command = [str(python), "-m", "hai_utils.cli", "open", "--no-browser", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = next(word for word in process.stdout.readline().split() if word.startswith("http"))
            with build_opener(ProxyHandler({}), HTTPCookieProcessor()).open(address, timeout=60) as answer:
                assert "Bring your table" in answer.read().decode()
        finally:
            process.terminate()
    assert {path.name for path in tmp_path.iterdir()} == {"studies"}
