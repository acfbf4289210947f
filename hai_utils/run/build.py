"""One finished run: notebooks executed, results put together, provenance written."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from importlib.metadata import version
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
from hai_utils.run.notebook_process import WORKERS, NotebookProcess
from hai_utils.run.notebooks import (
    SECONDS_PER_NOTEBOOK,
    Job,
    default_engine,
    has_results,
    make_jobs,
    merge_results,
    own_executor,
    run_jobs,
)
from hai_utils.run.sources import sha256, sources_digest
from hai_utils.run.stamps import notebook_stamp

# What the numbers depend on; the page on the run names each with its version.
# Inputs that hold patients.
PATIENTS = frozenset({"cohort", "scans"})
SOFTWARE = ("numpy", "scipy", "pandas", "matplotlib", "papermill", "jupyter-book", "sphinx", "myst-nb")


@dataclass(frozen=True)
class Running:
    """How the notebooks of a run are run; nothing here changes what they give.

    Attributes
    ----------
    engine : str, optional
        Papermill's engine; the platform's default unless given, empty for ordinary kernels.
    executor : Executor, optional
        Where they run; processes of this machine unless given. It is not shut down.
    process : NotebookProcess, optional
        Where they run if there is no executor, with the inputs checked; it is ended with the last notebook. One is
        started unless given.
    seconds : float
        How long one may take.
    cache : Cache, optional
        What earlier runs left; without one, all are run and nothing is kept.
    planned : callable
        Called with the names of the notebooks that will run, and of those taken from the cache.
    finished : callable
        Called with the name of each notebook that is done, and the seconds that it took.
    meanwhile : callable
        Called once, while the notebooks run.
    watch : callable
        Called now and then with the jobs under way.
    expected : mapping
        Seconds that notebooks took before; the longest start first.
    workers : int
        How many processes the build may use at a time, for pages as for notebooks.
    """

    engine: str | None = None
    executor: Executor | None = None
    process: NotebookProcess | None = None
    seconds: float = SECONDS_PER_NOTEBOOK
    cache: Cache | None = None
    planned: Callable[[Sequence[str], Sequence[str]], None] = lambda to_run, kept: None
    finished: Callable[[str, float], None] = lambda name, seconds: None
    meanwhile: Callable[[], None] = lambda: None
    watch: Callable[[Sequence[Job]], None] = lambda running: None
    expected: Mapping[str, float] = field(default_factory=dict)
    workers: int = WORKERS


def check_inputs(parameters: Parameters, root: Path) -> str:
    """Check what a run is made from and return the SHA-256 of the cohort.

    Raises
    ------
    DataError, ParameterError
        Where cohort or parameters are at fault.
    """
    # Both import pandas, which the process of a build itself has no other use for.
    from hai_utils.cohort.reading import load_cohort
    from hai_utils.response.rules import check_choices

    check_choices(parameters)
    return load_cohort(parameters, root).sha256


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
    cohort = running.process.checked() if running.process else check_inputs(parameters, root)
    folder.mkdir(parents=True, exist_ok=True)
    if parameters.checklist_answers:
        answers = root / parameters.checklist_answers
        read_answers(answers)
        (folder / ANSWERS).write_bytes(answers.read_bytes())
    engine = default_engine() if running.engine is None else running.engine
    jobs = make_jobs(book_notebooks(root), parameters, root, folder, engine, running.seconds)
    parts = Parts()
    _run_changed(jobs, root, folder, running, parts)
    return _finish(root, parameters, cohort, merge_results(jobs, parts), folder)


def _run_changed(jobs: Sequence[Job], root: Path, folder: Path, running: Running, parts: Parts) -> None:
    """Take from the cache what did not change and run the rest; each is kept, and its results read, once it is done."""
    graph = import_graph(root)
    cache = running.cache
    stamps = {job.chapter: notebook_stamp(job, root, graph) for job in jobs} if cache else {}
    changed = [job for job in jobs if not (cache and cache.restore(job.chapter, stamps[job.chapter], folder))]
    running.planned([job.chapter for job in changed], [job.chapter for job in jobs if job not in changed])
    if not changed:
        if running.process:
            running.process.end()
        running.meanwhile()
        return

    def finished(job: Job, seconds: float) -> None:
        if cache:
            outputs = [path.relative_to(folder).as_posix() for path in job.outputs]
            cache.store(job.chapter, stamps[job.chapter], folder, outputs)
        running.finished(job.chapter, seconds)
        if has_results(job):
            parts.read(job.results)

    # The longest first: two processes then end at nearly the same time. A new one counts as long as later chapters do.
    order = changed[::-1]
    order.sort(key=lambda job: -running.expected.get(job.chapter, 0.0))
    given = running.executor
    if given is None and jobs[0].engine:
        with running.process or NotebookProcess(running.workers) as process:
            process.run(order, finished, running.meanwhile, running.watch)
    else:
        with nullcontext(given) if given is not None else own_executor(running.workers, "spawn") as executor:
            run_jobs(order, executor, finished, running.meanwhile, running.watch)


def _finish(root: Path, parameters: Parameters, cohort: str, merged: Results, folder: Path) -> Results:
    if not len(merged):
        raise BuildError("The notebooks saved no results: none of them calls save(results, results_dir).")
    # Each notebook knows only the parameters that it declares; the run knows them all.
    results = Results.of(
        merged.records, merged.points, replace(merged.study, parameters=as_plain(shown_parameters(parameters)))
    )
    write_results(results, folder)
    (folder / PARAMETER_FILE).write_text(render(shown_parameters(parameters)), encoding="utf-8")
    (folder / "provenance.json").write_text(
        json.dumps(provenance(root, parameters, cohort), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return results


def shown_parameters(parameters: Parameters) -> Parameters:
    """Return the parameters as they may be shown: a file outside the project by its name alone."""
    names = {
        name: Path(value).name for name in FILE_PARAMETERS if Path(value := getattr(parameters, name)).is_absolute()
    }
    return parameters.model_copy(update=names)


def provenance(root: Path, parameters: Parameters, cohort: str) -> dict[str, Any]:
    """Return hashes, that of the cohort as given, versions and platform; no path, user or host.

    Where small cells are withheld there is no hash of data.
    """
    shown = shown_parameters(parameters)
    digests = {"cohort": cohort, "parameters": sha256(render(shown).encode())}
    for name in FILE_PARAMETERS[1:]:
        if getattr(parameters, name):
            digests[name] = sha256((root / getattr(parameters, name)).read_bytes())
    if parameters.disclosure != "none":
        # Whoever lists what a small file may hold knows by its digest which of them it is.
        digests = {name: digest for name, digest in digests.items() if name not in PATIENTS}
    digests["sources"] = sources_digest(root)
    return {
        "sha256": digests,
        "versions": {
            "hai-utils": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in SOFTWARE},
        },
        "platform": f"{platform.system()} {platform.machine()}",
    }
