"""A reader's own notebook, with drawings, DataFrames, printed text and magics, gives everywhere what JupyterLab gives."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hai_utils.project import write_project
from tests.book.manuscript.manuscript_text import dense, pdf_text
from tests.conftest import build, run_hai

pytestmark = pytest.mark.slow
CELLS = (
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport pandas as pd\nimport seaborn as sns",
    "from hai_utils.analyses import analyse\n"
    "from hai_utils.notebook import load, notebook_parameters, save, show, table\n"
    "parameters = notebook_parameters(globals())\ncohort = load(parameters)\n"
    "results = analyse(cohort, parameters)\nsave(results, results_dir)",
    "ages = pd.DataFrame({'group': ['<b>mutant', 'wild type'], 'mean': [52.25, 60.5], 'n': [11, 13]})\n"
    "print('rows of the frame:', len(ages))\nages",
    "sns.barplot(data=ages, x='group', y='mean')\nplt.show()",
    "sns.lineplot(data=ages, x='group', y='n')",
    "!echo words of a shell\n%env HAI_OWN_WORD",
    "object()",
    "show(table(ages, title='Age by group', decimals=1, index=False))",
)
ANNOUNCED = "rows of the frame: 2"
LANGUAGE = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose only chapter is the reader's own."""
    root = tmp_path_factory.mktemp("own") / "project"
    write_project(root)
    # Another cohort than the published one, whose texts name what the other chapters show.
    cohort = (root / "data" / "cohort.csv").read_text(encoding="utf-8")
    (root / "data" / "cohort.csv").write_text(cohort.replace("R01,synthetic,53.5", "R01,synthetic,53.6"), "utf-8")
    (root / "data" / "study.yml").unlink()
    (root / "book" / "start.md").write_text("# Start\n\nSee {numref}`table-own-age-by-group`.\n", encoding="utf-8")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/start\nparts:\n  - caption: Results\n    chapters:\n      - file: notebooks/own\n",
        encoding="utf-8",
    )
    parameters = new_code_cell("%pprint\nresults_dir = ''", metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# Own analysis"), parameters, *map(new_code_cell, CELLS)]
    nbformat.write(new_notebook(cells=cells, metadata=LANGUAGE), root / "notebooks" / "own.ipynb")
    return root


@pytest.fixture(scope="module")
def run(project: Path, monkeypatch_module: pytest.MonkeyPatch) -> Path:
    """Return the built book."""
    out = project.parent / "run"
    done = run_hai("build", "--formats", "html,docx,pdf", "--out", str(out), cwd=project)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def monkeypatch_module() -> Any:
    """Set the word that a magic of the notebook shows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAI_OWN_WORD", "word of the environment")
        yield patch


def outputs(notebook: Path) -> list[list[dict[str, Any]]]:
    """Return what each of the reader's cells gives out, streams joined and addresses left out."""
    code = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    found = []
    for cell in code[-len(CELLS) :]:
        text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
        rest = [dict(output.data) for output in cell.outputs if "data" in output]
        for data in rest:
            data["text/plain"] = data["text/plain"].partition(" at 0x")[0].rstrip(">")
        found.append([{"text": text}, *rest])
    return found


def test_it_gives_the_same_in_papermill(project: Path, run: Path, tmp_path: Path) -> None:
    alone = tmp_path / "out.ipynb"
    papermill.execute_notebook(project / "notebooks" / "own.ipynb", alone, cwd=project, progress_bar=False)
    assert outputs(alone) == outputs(run / "notebooks" / "own.ipynb")


def test_it_gives_the_same_in_a_kernel_of_jupyterlab(project: Path, run: Path, tmp_path: Path) -> None:
    words = ("nbconvert", "--to", "notebook", "--execute", "--output-dir", str(tmp_path), "notebooks/own.ipynb")
    subprocess.run([sys.executable, "-m", "jupyter", *words], cwd=project, check=True, capture_output=True)
    assert outputs(tmp_path / "own.ipynb") == outputs(run / "notebooks" / "own.ipynb")


def test_no_address_in_memory_is_kept(run: Path) -> None:
    assert "<object object>" in (run / "notebooks" / "own.ipynb").read_text(encoding="utf-8")


def test_its_page_has_drawings_frames_and_words(run: Path) -> None:
    page = (run / "html" / "notebooks" / "own.html").read_text(encoding="utf-8")
    assert page.count('src="../_images/') == 2
    assert 'alt="Drawing 1 by the code of this page"' in page
    assert ANNOUNCED in page
    assert "<td>&lt;b&gt;mutant</td>" in page
    assert "words of a shell" in page
    assert "word of the environment" in page


def test_a_frame_becomes_a_numbered_table_that_pages_refer_to(run: Path) -> None:
    assert "Table S1" in (run / "html" / "book" / "start.html").read_text(encoding="utf-8")
    assert (run / "html" / "_downloads" / "table-own-age-by-group.csv").is_file()


def test_the_word_document_has_drawings_frames_and_words(run: Path) -> None:
    with zipfile.ZipFile(run / "manuscript_supplement.docx") as archive:
        text = archive.read("word/document.xml").decode()
        drawings = [name for name in archive.namelist() if name.startswith("word/media/")]
    assert len(drawings) == 2
    assert ANNOUNCED in text
    assert "&lt;b&gt;mutant" in text
    assert "words of a shell" in text


def test_the_pdf_has_drawings_and_words(run: Path) -> None:
    text = pdf_text(run / "manuscript_supplement.pdf")
    assert (run / "manuscript_supplement.pdf").read_bytes().count(b"/Subtype/Image") == 2
    assert dense(ANNOUNCED) in text
    assert dense("<b>mutant") in text


def test_where_small_cells_are_withheld_only_results_stay(project: Path, tmp_path: Path) -> None:
    (project / "book" / "start.md").write_text("# Start\n", encoding="utf-8")
    build(tmp_path / "run", "--source", str(project), "--set", "disclosure=small_cells", "--formats", "html,docx")
    notebook = json.loads((tmp_path / "run" / "notebooks" / "own.ipynb").read_text(encoding="utf-8"))
    kept = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    assert ["What the code of this chapter gives out of itself is left out" in str(output) for output in kept] == [True]
    page = (tmp_path / "run" / "html" / "notebooks" / "own.html").read_text(encoding="utf-8")
    assert "52.25</td>" not in page
    assert "_images" not in page
