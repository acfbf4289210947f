"""The whole path: command line to finished run, its sameness, its errors, and what they leave untouched."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.files import read_results, results_csv
from hai_utils.run.build import Running, book_notebooks, prepare_run
from hai_utils.run.inputs import Inputs
from tests.conftest import ROOT, build, run_hai
from tests.run.robust import small_project

COHORT = ROOT / "data" / "cohort.csv"


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_run_has_all_its_parts(published_run: Path) -> None:
    for name in ("html/index.html", "results.csv", "series.csv", "params.yml", "provenance.json"):
        assert (published_run / name).is_file(), name
    assert len(list((published_run / "notebooks").glob("*.ipynb"))) == len(book_notebooks(ROOT))


def test_results_read_back_bit_for_bit(published_run: Path) -> None:
    assert results_csv(read_results(published_run)) == (published_run / "results.csv").read_text(encoding="utf-8")


def test_two_builds_are_byte_identical(published_run: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    done = run_hai("build", "--no-cache", "--out", str(again))
    assert done.returncode == 0, done.stderr
    first, second = digests(published_run), digests(again)
    differing = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    # How long it took may differ, and with its digits the size that the stamp holds of that file.
    assert differing <= {"provenance.json", "stamp.json"}


def test_nothing_changed_is_said_and_nothing_is_built(published_run: Path, tmp_path: Path) -> None:
    # A copy: another worker may be at the run itself, which a build locks.
    out = tmp_path / "run"
    shutil.copytree(published_run, out)
    before = digests(out)
    done = run_hai("build", "--out", str(out))
    assert done.returncode == 0
    assert "Nothing changed" in done.stdout
    assert digests(out) == before


def test_no_path_of_this_machine_is_in_a_run(published_run: Path, real_run: Path) -> None:
    needles = [str(ROOT).encode(), str(Path.home()).encode() + b"/", str(published_run.parent).encode()]
    for run in (published_run, real_run):
        for path in run.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not any(needle in content for needle in needles), path.name


def test_executed_notebooks_carry_no_times(published_run: Path) -> None:
    for path in (published_run / "notebooks").glob("*.ipynb"):
        raw = json.loads(path.read_text(encoding="utf-8"))
        assert "papermill" not in json.dumps(raw["metadata"])
        assert all("papermill" not in cell["metadata"] for cell in raw["cells"])


def test_tables_and_figures_carry_their_numbers(published_site: Path) -> None:
    """Tables 1-2 and Figures 1-2 are numbered so, and other pages refer to them by these numbers."""
    pages = {path.stem: path.read_text(encoding="utf-8") for path in published_site.rglob("*.html")}
    for label, number in (
        ("table-baseline", "Table 1"),
        ("table-outcomes", "Table 2"),
        ("figure-waterfall", "Figure 1"),
        ("figure-os", "Figure 2"),
    ):
        home = next(name for name, text in pages.items() if re.search(rf'id="{label}"', text))
        body = pages[home].split(f'id="{label}"', 1)[1]
        assert re.search(rf'<span class="caption-number">{number} ?</span>', body), label
        linked = [
            name for name, text in pages.items() if name != home and f"#{label}" in text and f">{number}<" in text
        ]
        assert linked, f"{number} is referred to from no other page"


def test_every_other_exhibit_belongs_to_the_supplement(published_site: Path) -> None:
    numbers = set()
    for path in published_site.rglob("*.html"):
        numbers |= set(re.findall(r'<span class="caption-number">([^<]*?) ?</span>', path.read_text(encoding="utf-8")))
    main = {number for number in numbers if not re.fullmatch(r"(Table|Figure) S\d+", number)}
    assert main == {"Table 1", "Table 2", "Figure 1", "Figure 2"}


def test_what_cannot_be_true_is_noted_under_table_1(published_site: Path) -> None:
    page = (published_site / "notebooks" / "01_cohort_description.html").read_text(encoding="utf-8")
    for words in ("which no number of 11 gives", "The range of age is in completed years: the youngest is"):
        assert words in page


@pytest.mark.slow
def test_both_engines_give_the_same_outputs(tmp_path: Path) -> None:
    """Cells run in a forked shell give what a kernel gives; of the other chapters, the tests of notebooks tell it."""
    project = small_project(tmp_path / "project")
    parameters = load_parameters([project / "params.yml"])
    for engine in ("hai_shell", ""):
        prepare_run(Inputs.of(project, parameters), tmp_path / (engine or "kernel"), Running(engine=engine))
    shell, kernel = (
        nbformat.read(tmp_path / folder / "notebooks" / "02_complications.ipynb", as_version=4)
        for folder in ("hai_shell", "kernel")
    )
    assert any(cell.get("outputs") for cell in shell.cells)
    assert [cell.get("outputs") for cell in shell.cells] == [cell.get("outputs") for cell in kernel.cells]
    assert (tmp_path / "hai_shell" / "results.csv").read_bytes() == (tmp_path / "kernel" / "results.csv").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "respons_threshold_percent=30"), "Did you mean 'response_threshold_percent'"),
        (("--set", "survival_test=logrnk"), "Did you mean 'logrank'"),
        (("--set", "response_threshold_percent=120"), "at most 100"),
        (("--set", "confirmation_days=28"), "confirmation needs dated scans"),
        (("--set", "response_threshold_percent"), "NAME=VALUE"),
        (("--set", "group_by=krs"), "Did you mean 'kras'"),
        (("--set", "reference_group=wildtype"), "Did you mean 'wild_type'"),
        (("--set", "exclude=braf=mutated"), "Levels: mutant, wild_type"),
        (("--data", "nowhere.csv"), "cannot be read"),
        (("--params", "nowhere.yml"), "cannot be read"),
        (("--profile", "recomended"), "Known: paper, recommended"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run_hai("build", *words, "--out", str(tmp_path / "run"))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("os_event", "os_evnt", "column 'os_evnt'"),
        (",os_months,os_event,", ",os_months,", "line 1"),
    ],
)
def test_a_wrong_header_is_named(old: str, new: str, place: str, tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    header, _, rows = COHORT.read_text(encoding="utf-8").partition("\n")
    path.write_text(header.replace(old, new, 1) + "\n" + rows, encoding="utf-8")
    done = run_hai("build", "--data", str(path), "--out", str(tmp_path / "run"))
    assert done.returncode == 1
    assert place in done.stderr
    assert "Traceback" not in done.stderr


def changed_cell(tmp_path: Path, column: str, value: str) -> Path:
    """A copy of the cohort with another value on its fourth line."""
    lines = COHORT.read_text(encoding="utf-8").splitlines()
    position = lines[0].split(",").index(column)
    cells = lines[3].split(",")
    cells[position] = value
    lines[3] = ",".join(cells)
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("column", "value"), [("os_event", "2"), ("os_months", "twelve"), ("kras", "mutated")])
def test_a_wrong_cell_is_named_by_line_and_column(column: str, value: str, tmp_path: Path) -> None:
    done = run_hai("build", "--data", str(changed_cell(tmp_path, column, value)), "--out", str(tmp_path / "run"))
    assert done.returncode == 1
    assert "line 4" in done.stderr
    assert f"'{column}'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failing_notebook_is_named_and_the_previous_run_is_untouched(tmp_path: Path) -> None:
    source, out = small_project(tmp_path / "a project"), tmp_path / "run"
    build(out, "--source", str(source), "--formats", "html")
    before = digests(out)
    path = source / "notebooks" / "02_complications.ipynb"
    raw = json.loads(path.read_text(encoding="utf-8"))
    raw["cells"][4]["source"] = "1 / 0"
    path.write_text(json.dumps(raw), encoding="utf-8")
    done = run_hai("build", "--source", str(source), "--out", str(out))
    assert done.returncode == 3
    assert "02_complications.ipynb, cell 5: ZeroDivisionError" in done.stderr
    assert digests(out) == before


def test_an_unknown_key_in_prose_fails_with_its_page_and_the_nearest_keys(tmp_path: Path) -> None:
    source = small_project(tmp_path / "project")
    page = source / "book" / "references.md"
    page.write_text("# Discussion\n\n{val}`minor_complicatio.mutant.count` and {val}`nothing`\n", encoding="utf-8")
    done = run_hai("build", "--source", str(source), "--out", str(tmp_path / "run"))
    assert done.returncode == 3
    assert "book/references" in done.stderr
    assert "Did you mean 'minor_complication.mutant.count'" in done.stderr
    assert "'nothing'" in done.stderr


def test_another_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear", encoding="utf-8")
    done = run_hai("build", "--out", str(tmp_path / "letters"))
    assert done.returncode == 1
    assert "other files" in done.stderr
    assert (tmp_path / "letters" / "letter.txt").read_text(encoding="utf-8") == "dear"


def test_version_is_said() -> None:
    done = run_hai("--version")
    assert done.returncode == 0
    assert re.fullmatch(r"hai \d+\.\d+\.\d+\n", done.stdout)


EVERYTHING_ELSE = (
    "response_criterion=recist_1_1",
    "continuous_test=welch_t",
    "categorical_test=barnard",
    "larger_table_test=likelihood_ratio",
    "quartile_method=tukey_hinges",
    "mean_difference_method=welch_t",
    "hodges_lehmann_method=asymptotic_cc",
    "proportion_interval=jeffreys",
    "risk_difference_interval=wald",
    "odds_ratio_method=haldane",
    "median_rule=midpoint",
    "median_interval=brookmeyer_crowley_log",
    "survival_interval=log",
    "follow_up_method=reverse_km_survfit",
    "survival_test=tarone_ware",
    "hazard_ratio_method=cox_firth",
    "proportional_hazards_test=schoenfeld_rank",
    "confidence_level=0.9",
    "significance_level=0.1",
    "time_grid_months=0, 3, 9, 15",
    "restricted_mean_months=9",
    "landmark_months=8",
    "seed=1",
    "style=lancet",
    "rounding=truncate",
    "exclude=",
    "outcomes=objective_response, os",
    "primary_endpoint=os",
    "baseline_variables=sex, age_years",
    "interquartile_variables=age_years",
)


@pytest.mark.slow
def test_notebooks_hand_on_every_parameter(tmp_path: Path) -> None:
    """With everything chosen otherwise, the notebooks together give what one call gives: none misses a parameter."""
    parameters = load_parameters([ROOT / "params.yml"], EVERYTHING_ELSE)
    together = prepare_run(Inputs.of(ROOT, parameters), tmp_path)
    at_once = analyse(load_cohort(parameters, ROOT), parameters)
    assert results_csv(together) == results_csv(at_once)


def test_the_recommended_methods_give_a_book(recommended_run: Path) -> None:
    assert (recommended_run / "manuscript.pdf").is_file()


@pytest.mark.long
def test_another_criterion_and_another_style_give_a_book(tmp_path: Path) -> None:
    words = ("--set", "response_criterion=who_1979", "--set", "style=jama", "--formats", "html")
    done = run_hai("build", *words, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
