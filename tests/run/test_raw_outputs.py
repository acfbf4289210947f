"""What an executed notebook keeps."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from hai_utils.run.notebooks import Notebook, execute
from hai_utils.run.raw_outputs import steadied
from tests.conftest import ROOT

CELLS = ("data = ''", "print('before')", "raise KeyError('Miller')", "print('after')")


def run(folder: Path, data: str, metadata: dict[str, object]) -> tuple[str, str]:
    """Run a notebook whose third cell fails; return what is said, and what is kept."""
    cells = [new_code_cell(text) for text in CELLS]
    cells[0].metadata["tags"] = ["parameters"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata={**kernel, **metadata}), folder / "own.ipynb")
    target = folder / "out" / "own.ipynb"
    given = {"data": data}
    said = execute(Notebook(folder / "own.ipynb", target, folder, given, given, folder, "hai_shell", folder / "cell"))
    return said, target.read_text(encoding="utf-8") if target.exists() else ""


def test_a_chapter_that_only_checks_ends_in_a_sentence_for_another_cohort(tmp_path: Path) -> None:
    said, kept = run(tmp_path, "other.csv", {"hai": {"may_fail": True}})
    assert said == ""
    assert "The code of this page ends here for this cohort (KeyError in cell 3)." in kept
    shown = [output for cell in json.loads(kept)["cells"] for output in cell["outputs"]]
    assert ["".join(output.get("text", "")) for output in shown] == ["before\n", ""]


def test_what_an_error_says_is_not_kept(tmp_path: Path) -> None:
    _, kept = run(tmp_path, "other.csv", {"hai": {"may_fail": True}})
    assert "Miller" not in "".join(line for line in kept.splitlines() if "raise" not in line)


def test_no_place_of_the_machine_is_kept() -> None:
    said = f"{ROOT}/.venv/lib/python3.11/site-packages/statsmodels/base/model.py:607: Warning"
    (kept,) = steadied([{"output_type": "stream", "name": "stderr", "text": [said, "<object object at 0x7f00aa>"]}])
    assert kept["text"] == ["statsmodels/base/model.py:607: Warning", "<object object>"]


@pytest.mark.parametrize(
    ("data", "metadata"),
    [(str(ROOT / "data" / "cohort.csv"), {"hai": {"may_fail": True}}), ("other.csv", {})],
    ids=["the project's own cohort", "any other chapter"],
)
def test_any_other_failure_fails_the_build(tmp_path: Path, data: str, metadata: dict[str, object]) -> None:
    said, kept = run(tmp_path, data, metadata)
    assert said == "notebooks/own.ipynb, cell 3: KeyError: 'Miller'"
    assert kept == ""
