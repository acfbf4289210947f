"""`hai number`: one number of a finished run, with all that is known of it."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hai_utils.cli import app
from hai_utils.project import RUN_FILES

KEY = "objective_response.mutant_vs_wild_type.p_value"


def say(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["number", *words])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def rows(published_run: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (published_run / "results.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["key"], row["method"]): row for row in csv.DictReader(stream)}


def test_it_prints_what_the_table_of_results_holds(
    published_run: Path, rows: dict[tuple[str, str], dict[str, str]]
) -> None:
    code, out, _ = say(KEY, "--run", str(published_run))
    row = rows[KEY, "fisher_exact"]
    assert code == 0
    assert out.startswith(f"{KEY}\n")
    for words in (
        row["formatted"],
        row["value"],
        "Fisher's exact test (fisher_exact)",
        "KRAS-mutated versus Wild type",
    ):
        assert words in out
    others = {method: other for (key, method), other in rows.items() if key == KEY and method != "fisher_exact"}
    assert len(others) == 7
    assert all(f"({method}): " in out and other["value"] in out for method, other in others.items())


def test_it_names_the_cell_and_the_commands(published_run: Path) -> None:
    _, out, _ = say(KEY, "--run", str(published_run))
    assert "notebooks/03_tumor_response.ipynb, cell “Read the cohort, compute the results”" in out
    assert "hai build\n" in out
    assert "papermill notebooks/03_tumor_response.ipynb out.ipynb" in out


@pytest.mark.parametrize("words", [[f"{KEY}@yates_chi2"], [KEY, "--method", "yates_chi2"]])
def test_a_method_is_named_after_the_key_or_by_the_option(
    words: list[str], published_run: Path, rows: dict[tuple[str, str], dict[str, str]]
) -> None:
    code, out, _ = say(*words, "--run", str(published_run))
    assert code == 0
    assert f"value          {rows[KEY, 'yates_chi2']['value']}\n" in out


def test_a_median_prints_the_interval_of_its_own_method(
    published_run: Path, rows: dict[tuple[str, str], dict[str, str]]
) -> None:
    _, out, _ = say("os.mutant.median", "--run", str(published_run))
    low, high = (rows[f"os.mutant.median_{end}", "percentile_wald"]["value"] for end in ("lower", "upper"))
    assert (
        f"{low} to {high} months; Wald limits from the Greenwood standard error, as computed by SPSS (percentile_wald)"
        in out
    )


def test_no_path_of_a_file_outside_the_project_is_printed(real_run: Path, real_folder: Path) -> None:
    code, out, _ = say("os.no.median", "--run", str(real_run))
    assert code == 0
    assert "--data data.csv --dictionary dictionary.csv --set group_by=preoperative_chemotherapy" in out
    assert not [words for words in (str(real_folder), real_folder.name, "cohort.csv", "extra_columns") if words in out]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["os.mutant.medan"], "os.mutant.median"),
        (["os.mutant.median", "--method", "wilson"], "first_at_or_below"),
        (["objective_response.mutant.count", "--method", "wilson"], "it has none that is named"),
        (["nothing"], "The page 'All numbers' of the book lists every key."),
    ],
)
def test_what_the_run_does_not_have_is_wrong_usage_and_its_neighbors_are_named(
    words: list[str], named: str, published_run: Path
) -> None:
    code, _, err = say(*words, "--run", str(published_run))
    assert code == 2
    assert named in err


@pytest.fixture
def copied(published_run: Path, tmp_path: Path) -> Path:
    """The files of a run that a test may change."""
    for file in RUN_FILES:
        shutil.copy(published_run / file, tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words", [("number", KEY, "--run", "FOLDER"), ("checklist", "FOLDER"), ("compare", "FOLDER", "FOLDER")]
)
def test_every_command_refuses_a_folder_without_a_finished_run_as_it_refuses_missing_data(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    for folder, said in (
        (tmp_path, "no finished run: it has no results.csv"),
        (tmp_path / "nowhere", "no such folder"),
    ):
        done = CliRunner().invoke(app, [word.replace("FOLDER", str(folder)) for word in words])
        assert done.exit_code == 1
        assert f"'{folder.name}': {said}" in done.stderr
        assert "'hai build' makes" in done.stderr
        assert str(tmp_path.parent) not in done.stderr


def test_a_broken_table_of_results_is_refused_without_a_traceback(copied: Path) -> None:
    (copied / "results.csv").write_text("not,a,table\n1,2,3\n", encoding="utf-8")
    code, _, err = say(KEY, "--run", str(copied))
    assert code == 1
    assert "the run cannot be read" in err


def test_the_cell_is_the_one_that_the_book_of_this_run_shows(published_run: Path) -> None:
    _, out, _ = say("published_number.identical.all.count", "--run", str(published_run))
    assert (
        "notebooks/06_published_and_recomputed.ipynb, cell “Judge every printed number, or set the results beside them”"
        in out
    )


def test_a_withheld_number_says_why_and_gives_none(published_run: Path, copied: Path) -> None:
    from hai_utils.disclosure import withhold_small_cells
    from hai_utils.results.files import read_results, write_results

    write_results(withhold_small_cells(read_results(published_run), 5), copied)
    code, out, _ = say(KEY, "--run", str(copied))
    assert code == 0
    assert "withheld, as it could tell that something holds of fewer than 5" in out
    assert not re.search(r"^  (n|95% CI) ", out, re.MULTILINE)
    assert re.search(r"^  value +none$", out, re.MULTILINE)
