"""One finished run: notebooks executed, results put together, provenance written."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from hai_utils import __version__
from hai_utils.audit.checklists import ANSWERS, read_answers
from hai_utils.errors import BuildError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, as_plain, render
from hai_utils.project import PARAMETER_FILE
from hai_utils.results.files import Parts, write_results
from hai_utils.results.table import Results
from hai_utils.run.cache import Cache
from hai_utils.run.contents import book_notebooks
from hai_utils.run.dependencies import import_graph
from hai_utils.run.notebooks import (
    SECONDS_PER_NOTEBOOK,
    Notebook,
    default_engine,
    has_results,
    make_jobs,
    merge_results,
    run_notebooks,
)
from hai_utils.run.progress import Progress
from hai_utils.run.shared_analysis import analyse_shared
from hai_utils.run.sources import installed, sha256, sources_digest
from hai_utils.run.stamps import notebook_stamp
from hai_utils.run.warming import WORKERS, Checked, Warm, warmed

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
    cache : Cache, optional
        What earlier runs left; without one, all are run and nothing is kept.
    progress : Progress, optional
        What is told how far the run is.
    meanwhile : callable
        Called once, while the notebooks run.
    workers : int
        How many processes the build may use at a time, for pages as for notebooks.
    """

    warm: Warm | None = None
    engine: str | None = None
    seconds: float = SECONDS_PER_NOTEBOOK
    cache: Cache | None = None
    progress: Progress | None = None
    meanwhile: Callable[[], None] = lambda: None
    workers: int = WORKERS


def prepare_run(root: Path, parameters: Parameters, folder: Path, running: Running | None = None) -> Results:
    """Run into a folder the notebooks of the book that the cache does not have.

    Parameters
    ----------
    root : Path
        The project's root.
    parameters : Parameters
        The choices of the run.
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
    with running.warm or warmed(parameters, root) as warm:
        checked = warm.checked()
        if running.progress:
            running.progress.warned(checked.warnings)
        folder.mkdir(parents=True, exist_ok=True)
        if parameters.checklist_answers:
            answers = root / parameters.checklist_answers
            read_answers(answers)
            (folder / ANSWERS).write_bytes(answers.read_bytes())
        engine = default_engine() if running.engine is None else running.engine
        jobs = make_jobs(book_notebooks(root), parameters, root, folder, engine, running.seconds)
        parts = Parts()
        _run_changed(jobs, root, folder, replace(running, warm=warm), parts)
    return _finish(root, parameters, checked, merge_results(jobs, parts), folder)


def _run_changed(jobs: Sequence[Notebook], root: Path, folder: Path, running: Running, parts: Parts) -> None:
    """Take from the cache what did not change and run the rest; each is kept, and its results read, once it is done."""
    cache, progress, warm = running.cache, running.progress, running.warm
    graph = import_graph(root)
    stamps = {job.chapter: notebook_stamp(job, root, graph) for job in jobs} if cache else {}
    changed = [job for job in jobs if not (cache and cache.restore(job.chapter, stamps[job.chapter], folder))]
    if progress:
        progress.planned([job.chapter for job in changed], [job.chapter for job in jobs if job not in changed])
    if not changed or warm is None:
        running.meanwhile()
        return

    def finished(job: Notebook, seconds: float) -> None:
        if cache:
            outputs = [path.relative_to(folder).as_posix() for path in job.outputs]
            cache.store(job.chapter, stamps[job.chapter], folder, outputs)
        if progress:
            progress.notebook(job.chapter, seconds)
        if has_results(job):
            parts.read(job.results)

    # The longest first: two processes then end at nearly the same time. A new one counts as long as later chapters do.
    order = changed[::-1]
    expected = cache.timings() if cache else {}
    order.sort(key=lambda job: -expected.get(job.chapter, 0.0))
    warm.server.prepare(partial(analyse_shared, order))
    watch = progress.watch if progress else lambda running: None
    run_notebooks(order, warm.server, running.workers, finished, running.meanwhile, watch)


def _finish(root: Path, parameters: Parameters, checked: Checked, merged: Results, folder: Path) -> Results:
    if not len(merged):
        raise BuildError("The notebooks saved no results: none of them calls save(results, results_dir).")
    # Each notebook knows only the parameters that it declares; the run knows them all.
    results = Results.of(
        merged.records, merged.points, replace(merged.study, parameters=as_plain(shown_parameters(parameters)))
    )
    write_results(results, folder)
    (folder / PARAMETER_FILE).write_text(render(shown_parameters(parameters)), encoding="utf-8")
    (folder / "provenance.json").write_text(
        json.dumps(provenance(root, parameters, checked), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return results


def shown_parameters(parameters: Parameters) -> Parameters:
    """Return the parameters as they may be shown: a file outside the project by its name alone."""
    names = {
        name: Path(value).name for name in FILE_PARAMETERS if Path(value := getattr(parameters, name)).is_absolute()
    }
    return parameters.model_copy(update=names)


def provenance(root: Path, parameters: Parameters, checked: Checked) -> dict[str, Any]:
    """Return hashes, the warnings of the check, versions and platform; no path, user or host.

    Where small cells are withheld there is no hash of data and no warning, which counts patients.
    """
    shown = shown_parameters(parameters)
    digests = {"cohort": checked.sha256, "parameters": sha256(render(shown).encode())}
    for name in FILE_PARAMETERS[1:]:
        if getattr(parameters, name):
            digests[name] = sha256((root / getattr(parameters, name)).read_bytes())
    if parameters.disclosure != "none":
        # Whoever lists what a small file may hold knows by its digest which of them it is.
        digests = {name: digest for name, digest in digests.items() if name not in PATIENTS}
    digests["sources"] = sources_digest(root)
    return {
        "sha256": digests,
        "warnings": list(checked.warnings) if parameters.disclosure == "none" else [],
        "versions": {
            "hai-utils": __version__,
            "python": platform.python_version(),
            **installed(),
        },
        "platform": f"{platform.system()} {platform.machine()}",
    }
