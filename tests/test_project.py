"""Where the project lies, and how a new one is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from hai_utils.errors import ParameterError
from hai_utils.project import CHECKOUT, default_entries, find_root, is_project, runs_home, write_project
from tests.conftest import ROOT, run_hai


def test_a_checkout_is_found_from_anywhere(tmp_path: Path) -> None:
    assert find_root(tmp_path) == CHECKOUT == ROOT
    assert find_root(ROOT / "notebooks") == ROOT


def test_a_book_without_parameters_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("format: jb-book\n", encoding="utf-8")
    assert find_root(tmp_path) == ROOT


def test_a_new_project_is_the_default_one_and_is_found(tmp_path: Path) -> None:
    write_project(tmp_path / "mine")
    assert is_project(tmp_path / "mine")
    assert {path.name for path in (tmp_path / "mine").iterdir()} == set(default_entries())
    assert find_root(tmp_path / "mine" / "book") == tmp_path / "mine"
    assert (tmp_path / "mine" / "book" / "methods.md").read_bytes() == (ROOT / "book" / "methods.md").read_bytes()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ParameterError, match="something is there already"):
        write_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_runs_of_a_project_lie_in_it_and_those_of_the_package_s_own_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert runs_home(ROOT) == ROOT
    monkeypatch.setattr("hai_utils.project.PACKAGED", ROOT)
    assert runs_home(ROOT) == tmp_path


def test_hai_new_says_what_comes_next(tmp_path: Path) -> None:
    done = run_hai("new", str(tmp_path / "my project"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"Next: cd '{tmp_path}/my project' && hai build --data YOUR-COHORT.csv\n")
