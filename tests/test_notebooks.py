"""The notebooks are thin and true by themselves: run alone, each shows what the book shows of the same cohort."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from hai_utils.book.chapters import page_of
from hai_utils.errors import ParameterError
from hai_utils.notebook import notebook_parameters
from hai_utils.parameters import Parameters, as_plain, load_parameters
from hai_utils.run.build import book_notebooks
from hai_utils.show.narrative import MIME_TYPE
from tests.conftest import REAL, REAL_SETTINGS, ROOT
from tests.test_build import EVERYTHING_ELSE

NOTEBOOKS = book_notebooks(ROOT)
# One chapter shows its code as an analysis by public packages; the others call what the package has, a line a cell.
THIN = [path for path in NOTEBOOKS if path.stem != "07_step_by_step"]
DEFAULTS = as_plain(load_parameters([ROOT / "params.yml"]))
LONGEST_CELL = 15
MOST_PARAMETERS = 12


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in cells(path) if cell["cell_type"] == "code"]


def parameters_cell(path: Path) -> list[str]:
    (cell,) = [cell for cell in code_cells(path) if "parameters" in cell["metadata"].get("tags", [])]
    return "".join(cell["source"]).splitlines()


def test_every_notebook_of_the_folder_is_in_the_book() -> None:
    assert sorted(NOTEBOOKS) == sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_parameters_stand_as_in_params_yml(path: Path) -> None:
    *declared, last = (line for line in parameters_cell(path) if not line.startswith("#"))
    assert last.startswith('results_dir: str = ""')
    for line in declared:
        name = line.partition(":")[0]
        value, field = DEFAULTS[name], Parameters.model_fields[name]
        assert line == f"{name}: {type(value).__name__} = {value!r}  # {field.description}"


def own_parameters(path: Path) -> list[str]:
    return [line.partition(":")[0] for line in parameters_cell(path) if not line.startswith("#")][:-1]


def test_a_parameter_is_decided_by_one_chapter_at_most() -> None:
    own = [name for path in NOTEBOOKS for name in own_parameters(path)]
    assert len(set(own)) == len(own)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_parameters_cell_is_short_and_names_where_the_others_are(path: Path) -> None:
    assert len(own_parameters(path)) <= MOST_PARAMETERS
    assert "come from params.yml" in parameters_cell(path)[1]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_is_stored_in_a_notebook(path: Path) -> None:
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", THIN, ids=lambda path: path.stem)
def test_no_logic_is_in_a_notebook(path: Path) -> None:
    logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.With, ast.Lambda, ast.ListComp)
    for cell in code_cells(path):
        tree = ast.parse("".join(cell["source"]))
        assert not [node for node in ast.walk(tree) if isinstance(node, logic)]


@pytest.mark.parametrize("path", THIN, ids=lambda path: path.stem)
def test_cells_are_short_and_say_what_they_do(path: Path) -> None:
    for cell in code_cells(path):
        tags = cell["metadata"].get("tags", [])
        assert "hide-input" in tags
        assert cell["metadata"]["mystnb"]["code_prompt_show"]
        if "parameters" not in tags:
            assert len("".join(cell["source"]).splitlines()) <= LONGEST_CELL


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_link_has_words(path: Path) -> None:
    assert "[](" not in path.read_text(encoding="utf-8")


# --- what a notebook is given ----------------------------------------------------------------------------------------


def test_a_parameter_that_no_notebook_declares_is_taken() -> None:
    assert notebook_parameters({"In": ["", "# Parameters\nstyle = 'lancet'\n"], "style": "lancet"}).style == "lancet"


def test_a_name_that_is_no_parameter_is_refused_with_its_neighbor() -> None:
    given = {"In": ["# Parameters\nlandmark_month = 8"], "landmark_month": 8}
    with pytest.raises(ParameterError, match=r"'landmark_month' \(in this notebook\).* Did you mean 'landmark_months'"):
        notebook_parameters(given)


def test_a_name_of_the_reader_s_own_is_none_of_the_parameters() -> None:
    given = {"In": ["# Parameters of mine\nseed = 1", "note = 'mine'"], "seed": 1, "note": "mine", "results_dir": ""}
    assert notebook_parameters(given).seed == 1


# --- run alone, by papermill and an ordinary kernel ------------------------------------------------------------------


def run_alone(path: Path, target: Path, **given: Any) -> list[dict[str, Any]]:
    """Run a notebook as `papermill NOTEBOOK OUT -p NAME VALUE` does; return its cells."""
    papermill.execute_notebook(path, target, given, cwd=ROOT, progress_bar=False, kernel_name="python3")
    return cells(target)


def caveats(found: list[dict[str, Any]]) -> int:
    """Count the caveats that a reader sees: those of the text, and those that cells show."""
    shown = [output.get("data", {}).get("text/markdown", "") for cell in found for output in cell.get("outputs", [])]
    text = ["".join(cell["source"]) for cell in found if cell["cell_type"] == "markdown"]
    return sum("".join(words).count("**Caveat.**") for words in (*shown, *text))


def words_shown(found: list[dict[str, Any]]) -> list[str]:
    return [
        "".join(output["data"][MIME_TYPE])
        for cell in found
        for output in cell.get("outputs", [])
        if MIME_TYPE in output.get("data", {})
    ]


def real_parameters() -> dict[str, Any]:
    files = {"data": str(REAL / "cohort.csv"), "dictionary": str(REAL / "extra_columns.csv")}
    return files | dict(setting.split("=", 1) for setting in REAL_SETTINGS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cohort", "path"),
    [
        *(pytest.param("published_run", path, id=f"published_run-{path.stem}") for path in NOTEBOOKS),
        *(pytest.param("real_run", path, id=f"real_run-{path.stem}", marks=() if path.stem[:2] in {"04", "08"} else pytest.mark.long) for path in NOTEBOOKS),
    ],
)  # fmt: skip
def test_run_alone_a_notebook_says_what_the_book_says(
    cohort: str, path: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run: Path = request.getfixturevalue(cohort)
    alone = run_alone(path, tmp_path / path.name, **({} if cohort == "published_run" else real_parameters()))
    in_book = cells(run / "notebooks" / path.name)
    # The caveat of other choices is about a figure, which stands where patients may be shown one by one.
    expected = 0 if path.stem == "08_other_choices" and cohort == "real_run" else 1
    assert caveats(alone) == expected
    assert words_shown(alone) == words_shown(in_book)
    page = json.loads(page_of((run / "notebooks" / path.name).read_text(encoding="utf-8")))["cells"]
    texts = ["".join(cell["source"]) for cell in page if cell["cell_type"] == "markdown"]
    assert any("**Caveat.**" in text for text in texts) is bool(expected)


@pytest.mark.slow
def test_every_parameter_can_be_given_by_papermill(tmp_path: Path) -> None:
    other = as_plain(load_parameters([ROOT / "params.yml"], EVERYTHING_ELSE))
    alone = run_alone(NOTEBOOKS[1], tmp_path / "out.ipynb", **{**other, "results_dir": str(tmp_path / "results")})
    assert caveats(alone) == 1
    kept = json.loads((tmp_path / "results" / "study.json").read_text(encoding="utf-8"))["parameters"]
    # An empty profile becomes the one that the cohort has.
    assert {name: kept[name] for name in other} == {**other, "profile": "paper"}


@pytest.mark.slow
def test_an_unknown_parameter_stops_a_notebook_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError, match="Unknown parameter 'respons_criterion'") as caught:
        run_alone(NOTEBOOKS[2], tmp_path / "out.ipynb", respons_criterion="recist_1_1")
    assert caught.value.ename == "ParameterError"
    assert "Did you mean 'response_criterion'" in caught.value.evalue
