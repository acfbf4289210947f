"""Runs with names stand side by side, on a page that holds nothing but text."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hai_utils.errors import UsageError
from hai_utils.results.files import read_results, write_results
from hai_utils.results.table import Results
from hai_utils.run.named_runs import NamedRun, named_folder, read_named_runs, runs_page, runs_text, write_runs_page
from tests.conftest import ROOT, run_hai


@pytest.fixture
def project(tmp_path: Path, published_run: Path) -> Path:
    """A project with two runs: the paper's profile, and what calls itself another choice."""
    (tmp_path / "_toc.yml").write_text("root: none\n", encoding="utf-8")
    shutil.copy(ROOT / "params.yml", tmp_path / "params.yml")
    shutil.copytree(ROOT / "data", tmp_path / "data")
    for name in ("paper", "strict"):
        shutil.copytree(published_run, named_folder(tmp_path, name))
    choices = named_folder(tmp_path, "strict") / "params.yml"
    text = choices.read_text(encoding="utf-8")
    choices.write_text(text.replace("confidence_level: 0.95", "confidence_level: 0.99"), encoding="utf-8")
    return tmp_path


def test_runs_are_listed_with_what_sets_them_apart(project: Path) -> None:
    paper, strict = read_named_runs(project)
    assert (paper.name, paper.changed) == ("paper", ())
    assert (strict.name, strict.changed) == ("strict", ("confidence_level: 0.99",))


def test_main_numbers_are_those_of_the_results(project: Path, published_run: Path) -> None:
    results = read_results(published_run)
    run = read_named_runs(project)[0]
    for key in ("objective_response.mutant.count", "objective_response.mutant_vs_wild_type.risk_difference"):
        assert any(results.get(key).formatted in line for line in run.endpoint), key
    assert any(
        line.startswith("Overall survival") and results.get("os.mutant_vs_wild_type.hazard_ratio").formatted in line
        for line in run.hazard_ratios
    )
    assert run.cohort == results.study.sha256[:8]


def test_the_page_links_every_run_and_loads_nothing(project: Path) -> None:
    text = write_runs_page(project).read_text(encoding="utf-8")
    for name in ("paper", "strict"):
        assert f'href="{name}/html/index.html"' in text
        assert (project / "_build" / "runs" / name / "html" / "index.html").is_file()
    assert "://" not in text
    assert "<script" not in text


def test_text_of_a_cohort_is_no_markup_on_the_page() -> None:
    bad = "<script>alert(1)</script>"
    text = runs_page([NamedRun("a", "today", "0", (bad,), (bad,), (bad,))])
    assert "<script" not in text
    assert text.count("&lt;script&gt;") == 3


def test_no_number_of_a_run_that_withholds_small_counts_stands_beside_another(tmp_path: Path, results: Results) -> None:
    gated = replace(results.study, parameters={**results.study.parameters, "disclosure": "small_cells"})
    folder = named_folder(tmp_path, "gated")
    folder.mkdir(parents=True)
    write_results(Results.of(results.records, study=gated), folder)
    for place in (folder, tmp_path):
        shutil.copy(ROOT / "params.yml", place / "params.yml")
    (folder / "stamp.json").write_text("", encoding="utf-8")
    run = read_named_runs(tmp_path)[0]
    assert not any(re.search(r"\d", line) for line in (*run.endpoint, *run.hazard_ratios))
    assert "withholds small counts" in run.endpoint[0]


def test_a_run_that_is_not_whole_is_left_out(project: Path) -> None:
    (named_folder(project, "strict") / "study.json").unlink()
    assert [run.name for run in read_named_runs(project)] == ["paper"]


@pytest.mark.parametrize("name", ["", "../out", ".hidden", "a/b", "a b", "x" * 65])
def test_a_name_that_could_leave_the_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="letters, digits"):
        named_folder(tmp_path, name)


def test_the_list_as_text_has_a_paragraph_a_run(project: Path) -> None:
    assert len(runs_text(read_named_runs(project)).split("\n\n")) == 2


def test_a_name_and_a_folder_are_wrong_usage(tmp_path: Path) -> None:
    done = run_hai("build", "--name", "strict", "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert "--name and --out" in done.stderr


def test_without_named_runs_the_list_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("root: none\n", encoding="utf-8")
    assert "hai build --name" in run_hai("runs", cwd=tmp_path).stdout
