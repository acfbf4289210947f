"""The notebooks are thin: parameters as params.yml has them, one thing shown a cell, nothing computed, no outputs."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from hai_utils.parameters import as_plain, cell_line, load_parameters
from hai_utils.run.build import book_notebooks
from tests.conftest import ROOT

NOTEBOOKS = book_notebooks(ROOT)
DEFAULTS = as_plain(load_parameters([ROOT / "params.yml"]))
LONGEST_CELL = 15


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
    *declared, last = parameters_cell(path)
    assert last.startswith('results_dir: str = ""')
    for line in declared:
        name = line.partition(":")[0]
        assert line == cell_line(name, DEFAULTS[name])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_is_stored_in_a_notebook(path: Path) -> None:
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_logic_is_in_a_notebook(path: Path) -> None:
    logic = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.With, ast.Lambda, ast.ListComp)
    for cell in code_cells(path):
        tree = ast.parse("".join(cell["source"]))
        assert not [node for node in ast.walk(tree) if isinstance(node, logic)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_are_short_and_say_what_they_do(path: Path) -> None:
    for cell in code_cells(path):
        tags = cell["metadata"].get("tags", [])
        assert "hide-input" in tags
        assert cell["metadata"]["mystnb"]["code_prompt_show"]
        if "parameters" not in tags:
            assert len("".join(cell["source"]).splitlines()) <= LONGEST_CELL
