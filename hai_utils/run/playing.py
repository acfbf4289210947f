"""The cells of a chapter at given choices, run as a build runs them, without a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from hai_utils.analyses.kept import keep_analyses
from hai_utils.errors import BuildError
from hai_utils.results.files import handed_on_in_memory
from hai_utils.results.table import Results
from hai_utils.run.build import chapters_to_run, finish
from hai_utils.run.inputs import Inputs
from hai_utils.run.notebooks import PARAMETERS_PROMPT, Notebook, notebook_text, stripped
from hai_utils.run.shell_engine import outputs_of
from hai_utils.run.warming import check_inputs
from hai_utils.show.drawing import Drawings, drawn_later, place_of


@dataclass(frozen=True, eq=False)
class Played:
    """A chapter whose cells were run.

    Attributes
    ----------
    executed : str
        The notebook as a run keeps it but on one line, each drawing by its place.
    results : Results or None
        What it handed on.
    drawings : mapping of str to callable
        By figure, what draws it.
    """

    executed: str
    results: Results | None
    drawings: Mapping[str, Callable[[], str]]


def written(job: Notebook) -> Any:  # noqa: ANN401 - a notebook of nbformat
    """Return the notebook of a job as papermill reads it."""
    return load_notebook_node(str(job.source))


def play(job: Notebook, source: Any, *, draw_now: bool = False) -> Played:  # noqa: ANN401 - a notebook of nbformat
    """Run the cells of a chapter here and now.

    Parameters
    ----------
    job : Notebook
        With the parameters of the run.
    source : notebook
        As `written` returns it; it is left as it is.
    draw_now : bool
        Whether drawings are made at once, where they stand.

    Raises
    ------
    BuildError
        Naming notebook, cell and error.
    """
    told = parameterize_notebook(deepcopy(source), dict(job.parameters), kernel_name="python3", language="python")
    code = [cell for cell in told.cells if cell.cell_type == "code" and cell.source.strip()]
    with handed_on_in_memory() as results, _now() if draw_now else drawn_later() as drawings:
        for number, (cell, (outputs, fault)) in enumerate(
            zip(code, outputs_of([cell.source for cell in code]), strict=True), start=1
        ):
            if fault:
                raise BuildError(f"notebooks/{job.source.name}, code cell {number}: {fault}")
            cell.outputs, cell.execution_count = outputs, number
    return Played(
        json.dumps(stripped(told, job), ensure_ascii=False, sort_keys=True), results[-1] if results else None, drawings
    )


def with_drawings_in(executed: str, drawings: Mapping[str, str]) -> str:
    """Return an executed notebook with its drawings in their places, written as papermill writes it."""
    for name, svg in drawings.items():
        executed = executed.replace(place_of(name), json.dumps(svg, ensure_ascii=False)[1:-1])
    lines = json.loads(nbformat.writes(nbformat.from_dict(json.loads(executed))))  # type: ignore[no-untyped-call]  # nbformat publishes no types
    for cell in lines["cells"]:
        # The runner writes this cell itself.
        if cell["metadata"].get("mystnb") == PARAMETERS_PROMPT:
            cell["source"] = "".join(cell["source"])
    return notebook_text(lines)


@contextmanager
def _now() -> Iterator[Drawings]:
    yield {}


def play_book(inputs: Inputs, folder: Path, without: Collection[str] = ()) -> Results:
    """Make a run in this very process, which it has to itself: no server is started, and no result is read again.

    Parameters
    ----------
    inputs, folder : Inputs, Path
        As for `prepare_run`, which gives the same files.
    without : collection of str
        Chapters that are left out.

    Raises
    ------
    DataError, ParameterError, BuildError
        As `prepare_run` does.
    """
    # Notebooks find the project from where they run.
    os.chdir(inputs.root)
    keep_analyses()
    checked = check_inputs(inputs)
    jobs = [job for job in chapters_to_run(inputs, folder, checked, "") if job.chapter not in without]
    played = [play(job, written(job), draw_now=True) for job in jobs]
    (folder / "notebooks").mkdir(exist_ok=True)
    for job, chapter in zip(jobs, played, strict=True):
        job.target.write_text(notebook_text(json.loads(chapter.executed)), encoding="utf-8")
    return finish(inputs, checked, merged(played), folder)


def merged(played: Sequence[Played]) -> Results:
    """Put the results of the chapters together, as a run does."""
    found = [chapter.results for chapter in played if chapter.results is not None]
    records = (record for results in found for record in results)
    points = (point for results in found for point in results.points)
    samples = {name: sample for results in found for name, sample in results.samples.items()}
    return Results.of(records, points, found[0].study, samples) if found else Results.of([])
