"""One finished run: notebooks executed, results put together, provenance written."""

from __future__ import annotations

import io
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from hai_utils import __version__
from hai_utils.audit.checklists import read_answers
from hai_utils.catalogue.sizes import left_out
from hai_utils.errors import BuildError
from hai_utils.parameters import FILE_PARAMETERS, SETTLED, Parameters, as_plain, render, shown_files
from hai_utils.project import PARAMETER_FILE
from hai_utils.results.ard import ard_json
from hai_utils.results.files import Parts, write_results
from hai_utils.results.table import Results
from hai_utils.run.contents import book_notebooks
from hai_utils.run.inputs import Inputs
from hai_utils.run.notebooks import (
    SECONDS_PER_NOTEBOOK,
    Notebook,
    default_engine,
    has_results,
    leave_out,
    make_jobs,
    merge_results,
    run_notebooks,
)
from hai_utils.run.progress import Progress
from hai_utils.run.shared_analysis import analyse_shared
from hai_utils.run.sources import installed, sha256
from hai_utils.run.warming import WORKERS, Checked, Warm, warmed
from hai_utils.study.reading import STUDY, STUDY_FOLDER, StudyTexts, read_study, without_digest

# Notebooks for which an analysis of all chapters pays: most of them show one.
FEWEST_TO_SHARE = 3
# Inputs that hold patients.
PATIENTS = frozenset({"cohort", "scans"})


@dataclass(frozen=True, slots=True)
class Running:
    """How the notebooks of a run are run; nothing here changes what they give.

    Attributes
    ----------
    warm : Warm, optional
        The server where they run, with the inputs checked; it is ended with the last notebook. One is started unless
        given.
    engine : str, optional
        Papermill's engine; the platform's default unless given, empty for ordinary kernels.
    seconds : float
        How long one may take.
    progress : Progress, optional
        What is told how far the run is, and knows which notebooks took long before.
    meanwhile : callable
        Called once, while the notebooks run.
    workers : int
        How many processes the build may use at a time, for pages as for notebooks.
    """

    warm: Warm | None = None
    engine: str | None = None
    seconds: float = SECONDS_PER_NOTEBOOK
    progress: Progress | None = None
    meanwhile: Callable[[], None] = lambda: None
    workers: int = WORKERS


def prepare_run(inputs: Inputs, folder: Path, running: Running | None = None) -> Results:
    """Run the notebooks of the book into a folder.

    Parameters
    ----------
    inputs : Inputs
        The project, the choices of the run and the files that they name.
    folder : Path
        Where executed notebooks, results, parameters and provenance go.
    running : Running, optional
        How the notebooks are run.

    Raises
    ------
    DataError, ParameterError
        Before anything runs, where cohort or parameters are at fault.
    BuildError
        Where a notebook fails.
    """
    running = running or Running()
    with running.warm or warmed(inputs) as warm:
        checked = warm.checked()
        if running.progress:
            running.progress.warned(checked.warnings)
        engine = default_engine() if running.engine is None else running.engine
        jobs = chapters_to_run(inputs, folder, checked, engine, running.seconds)
        parts = Parts()
        _run(jobs, replace(running, warm=warm), warm, parts)
    return finish(inputs, checked, merge_results(jobs, parts), folder)


def chapters_to_run(
    inputs: Inputs, folder: Path, checked: Checked, engine: str, seconds: float = SECONDS_PER_NOTEBOOK
) -> list[Notebook]:
    """Keep the study file in the run, and return the notebooks of its chapters but those that are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    study = keep_study(inputs, folder).file
    every = make_jobs(book_notebooks(inputs.root, study.chapters), inputs, folder, engine, seconds)
    return [job for job in every if not _is_left_out(job, checked.patients)]


def keep_study(inputs: Inputs, folder: Path) -> StudyTexts:
    """Check the study file with all that it names, keep a copy in the run, and return it."""
    if STUDY not in inputs.study:
        return StudyTexts()
    study = read_study(inputs.study[STUDY])
    if answers := study.file.checklist_answers:
        read_answers(inputs.study[answers])
    for name, path in inputs.study.items():
        target = folder / STUDY_FOLDER / name
        target.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        gated = inputs.parameters.disclosure != "none"
        target.write_bytes(without_digest(content) if gated and name == STUDY else content)
    return study


def _is_left_out(job: Notebook, patients: int) -> bool:
    """Say whether a chapter is not made for so many patients; its page then says so."""
    if reason := left_out(job.chapter, patients):
        leave_out(job, reason)
    return bool(reason)


def _run(jobs: Sequence[Notebook], running: Running, warm: Warm, parts: Parts) -> None:
    """Run notebooks; the results of each are read once it is done."""
    progress = running.progress or Progress(stream=io.StringIO())
    progress.planned([job.chapter for job in jobs])

    def finished(job: Notebook, seconds: float) -> None:
        progress.notebook(job.chapter, seconds)
        if has_results(job):
            parts.read(job.results)

    # The longest first: two processes then end at nearly the same time. A new one counts as long as later chapters do.
    order = list(reversed(jobs))
    order.sort(key=lambda job: -progress.expected_of(job.chapter))
    if len(order) >= FEWEST_TO_SHARE:
        warm.server.prepare(partial(analyse_shared, order[0]))
    run_notebooks(order, warm.server, running.workers, finished, running.meanwhile, progress.watch)


def finish(inputs: Inputs, checked: Checked, merged: Results, folder: Path) -> Results:
    """Write what a run leaves beside its executed notebooks, and return its results.

    Raises
    ------
    BuildError
        Where the notebooks saved none.
    """
    if not len(merged):
        raise BuildError("The notebooks saved no results: none of them calls save(results, results_dir).")
    results = described(merged, inputs.parameters)
    write_run(inputs, checked, results, folder)
    return results


def write_run(inputs: Inputs, checked: Checked, results: Results, folder: Path) -> None:
    """Write what a run leaves beside its executed notebooks: results, parameters, provenance."""
    write_results(results, folder)
    (folder / "ard.json").write_text(ard_json(results), encoding="utf-8", newline="")
    (folder / PARAMETER_FILE).write_text(render(shown_parameters(inputs.parameters)), encoding="utf-8")
    (folder / "provenance.json").write_text(
        json.dumps(provenance(inputs, checked), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def described(merged: Results, parameters: Parameters) -> Results:
    """Return the results of a run with all its parameters: each notebook knows only those that it declares."""
    # What was left to the cohort stands as the notebooks settled it.
    settled = {name: merged.study.parameters[name] for name in SETTLED if name in merged.study.parameters}
    study = replace(merged.study, parameters=as_plain(shown_parameters(parameters)) | settled)
    return replace(merged, study=study)


def shown_parameters(parameters: Parameters) -> Parameters:
    """Return the parameters as they may be shown: a file outside the project by its role alone."""
    return parameters.model_copy(update=shown_files({name: getattr(parameters, name) for name in FILE_PARAMETERS}))


def provenance(inputs: Inputs, checked: Checked) -> dict[str, Any]:
    """Return hashes, the warnings of the check, versions and platform; no path, user or host.

    Where small cells are withheld there is no hash of data and no warning, which counts patients.
    """
    shown = shown_parameters(inputs.parameters)
    digests = {"cohort": checked.sha256, "parameters": sha256(render(shown).encode())}
    digests |= {name: sha256(path.read_bytes()) for name, path in inputs.files.items() if name != "data"}
    gated = shown.disclosure != "none"
    for name, path in inputs.study.items():
        content = path.read_bytes()
        digests[f"study: {name}"] = sha256(without_digest(content) if gated and name == STUDY else content)
    if gated:
        # A digest tells which of the possible small files this one is, to anyone who can list them.
        digests = {name: digest for name, digest in digests.items() if name not in PATIENTS}
    digests["sources"] = inputs.sources
    return {
        "sha256": digests,
        "warnings": list(checked.warnings) if shown.disclosure == "none" else [],
        "versions": {
            "hai-utils": __version__,
            "python": platform.python_version(),
            **installed(),
        },
        "platform": f"{platform.system()} {platform.machine()}",
    }
