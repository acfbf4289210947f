"""Run the notebooks of a book by papermill and put their results together."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from importlib import import_module
from io import StringIO
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

from hai_utils.errors import BuildError
from hai_utils.parameters import (
    BOOK_PARAMETERS,
    FILE_PARAMETERS,
    RESULTS_PARAMETER,
    Parameters,
    as_plain,
    load_parameters,
)
from hai_utils.project import PARAMETER_FILE
from hai_utils.results.table import Parts, Results
from hai_utils.run.contents import declared_parameters
from hai_utils.run.notebook_process import LOOK
from hai_utils.run.watched import DiedError, forking_is_safe, run_watched, start_worker
from hai_utils.show.reproduce import changed_parameters

# A notebook of this book takes seconds; one that takes this long hangs.
SECONDS_PER_NOTEBOOK = 600.0
# Below the folder of a run while it is made: what each notebook saved, and which cell it is at.
CHAPTERS = "chapters"
PARAMETERS_PROMPT = {"code_prompt_show": "Parameters of this chapter", "code_prompt_hide": "Hide the parameters"}


@dataclass(frozen=True, slots=True)
class Job:
    """One notebook to run.

    Attributes
    ----------
    source, target : Path
        The notebook as written, and where its executed copy goes.
    results : Path
        Folder for its results.
    parameters : mapping
        Values for all parameters of notebooks.
    shown : mapping
        Those that the executed copy shows: its own and those that the run changed; no path of this machine.
    folder : Path
        Working directory, the project's root.
    engine : str
        Papermill's engine; empty for an ordinary kernel.
    status : Path
        File in which the running notebook notes its cell.
    seconds : float
        How long it may take.
    """

    source: Path
    target: Path
    results: Path
    parameters: Mapping[str, Any]
    shown: Mapping[str, Any]
    folder: Path
    engine: str
    status: Path
    seconds: float = SECONDS_PER_NOTEBOOK

    @property
    def chapter(self) -> str:
        """The notebook's name without its ending."""
        return self.source.stem

    @property
    def outputs(self) -> tuple[Path, Path]:
        """What it leaves: the executed copy and the folder of its results."""
        return self.target, self.results


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a notebook went: what failed in a sentence (empty: nothing), and how long it took in seconds."""

    fault: str
    seconds: float


# What notebooks and the shell that runs them import when they first need it, beside what the engine imports itself.
_USED_BY_NOTEBOOKS = (
    "papermill",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "matplotlib.backends.backend_svg",
    "hai_utils.analyses",
    "hai_utils.audit.beside_chapter",
    "hai_utils.audit.chapter",
    "hai_utils.show.figures",
    "hai_utils.show.method_tables",
    "hai_utils.notebook",
    "hai_utils.audit.notebook",
    "hai_utils.run.shared_analysis",
    "hai_utils.run.shell_engine",
    "hai_utils.show.narrative",
    "hai_utils.show.sentences",
    "hai_utils.show.tables",
)


def warm_up() -> None:
    """Import what the notebooks use, so that processes forked from this one have it."""
    for name in _USED_BY_NOTEBOOKS:
        import_module(name)
    from nbformat.validator import get_validator

    # It makes the code that checks a notebook from a schema, once a process.
    get_validator()  # type: ignore[no-untyped-call]  # nbformat publishes no types


def default_engine() -> str:
    """Return the engine that suits this platform: forking is safe on Linux only."""
    return "hai_shell" if sys.platform == "linux" else ""


def make_jobs(
    notebooks: Sequence[Path],
    parameters: Parameters,
    root: Path,
    folder: Path,
    engine: str,
    seconds: float = SECONDS_PER_NOTEBOOK,
) -> list[Job]:
    """Return one job a notebook, with the values of all parameters; its copy shows its own and what the run changed."""
    values = {name: value for name, value in as_plain(parameters).items() if name not in BOOK_PARAMETERS}
    changed = changed_parameters(values, as_plain(load_parameters([root / PARAMETER_FILE])))
    jobs = []
    for notebook in notebooks:
        declared = declared_parameters(notebook)
        results = folder / CHAPTERS / notebook.stem
        injected = {**values, RESULTS_PARAMETER: str(results)} if declared else {}
        shown = {name: value for name, value in without_paths(values).items() if name in declared or name in changed}
        target, status = folder / "notebooks" / notebook.name, folder / CHAPTERS / f"{notebook.stem}.cell"
        jobs.append(Job(notebook, target, results, injected, shown, root, engine, status, seconds))
    return jobs


def without_paths(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with a file outside the project by its name alone."""
    return {
        name: Path(value).name if name in FILE_PARAMETERS and Path(value).is_absolute() else value
        for name, value in values.items()
    }


def run_job(job: Job) -> Outcome:
    """Run one notebook, watched, in whatever process this is; an ordinary kernel stands in where forking is unsafe or fails."""
    start = time.perf_counter()
    for folder in (job.target.parent, job.status.parent):
        folder.mkdir(parents=True, exist_ok=True)
    if job.engine and forking_is_safe():
        try:
            fault = run_watched(lambda: execute(job), job.seconds)
        except TimeoutError:
            fault = _hangs(job)
        except DiedError:
            fault = execute(replace(job, engine=""))
    else:
        fault = execute(replace(job, engine=""))
    return Outcome(fault, time.perf_counter() - start)


def execute(job: Job) -> str:
    """Execute a notebook here and now; return an empty text, or in a sentence which cell failed and why."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from hai_utils.run.shell_engine import KERNEL_ENGINE

    # Only a kernel can be timed from within; the shell is watched from outside.
    limit = {} if job.engine else {"execution_timeout": max(1, round(job.seconds))}
    try:
        # papermill reports a name it does not know on stderr, but only declared ones are handed over.
        with redirect_stderr(StringIO()):
            papermill.execute_notebook(
                str(job.source), str(job.target), parameters=dict(job.parameters),
                engine_name=job.engine or KERNEL_ENGINE, kernel_name="python3", progress_bar=False,
                cwd=str(job.folder), log_output=False, request_save_on_cell_execute=False, status=str(job.status), **limit,
            )  # fmt: skip
        strip_notebook(job)
    except PapermillExecutionError as error:
        job.target.unlink(missing_ok=True)
        return f"notebooks/{job.source.name}, cell {_cell_number(job, error.cell_index)}: {error.ename}: {error.evalue}"
    except CellTimeoutError:
        return _hangs(job)
    except DeadKernelError:
        return (
            f"notebooks/{job.source.name}{running_cell(job)}: its process ended unexpectedly; memory may have run out."
        )
    except OSError as error:
        return f"notebooks/{job.source.name}: {error.strerror or error}."
    return ""


def _hangs(job: Job) -> str:
    return (
        f"notebooks/{job.source.name}{running_cell(job)}: still running after {job.seconds:g} s, so it was ended. "
        "Give it longer with --timeout SECONDS, or mend the cell."
    )


def running_cell(job: Job) -> str:
    """Return ``", cell 4 of 12"`` for a notebook that is running, empty where nothing is known."""
    try:
        index, count = map(int, job.status.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return ""
    return f", cell {_cell_number(job, index)} of {count - bool(job.parameters)}"


def _cell_number(job: Job, executed_index: int) -> int:
    """Return the number, from 1, that a cell has in the notebook as written: the injected cell does not count."""
    written = json.loads(job.source.read_text(encoding="utf-8"))["cells"]
    parameters = next(
        (i for i, cell in enumerate(written) if "parameters" in cell["metadata"].get("tags", [])), len(written)
    )
    injected_before = bool(job.parameters) and executed_index > parameters
    return executed_index + 1 - injected_before


def strip_notebook(job: Job) -> None:
    """Take times, paths and papermill's own metadata out of an executed notebook."""
    raw = json.loads(job.target.read_text(encoding="utf-8"))
    raw["metadata"] = {"kernelspec": raw["metadata"].get("kernelspec", {}), "language_info": {"name": "python"}}
    for place, cell in enumerate(raw["cells"]):
        tags = cell["metadata"].get("tags", [])
        cell["metadata"] = {
            name: value for name, value in cell["metadata"].items() if name not in {"papermill", "execution"}
        }
        cell["id"] = f"cell-{place}"
        if "parameters" in tags and job.parameters:
            # The values in force follow in the next cell; the defaults stand in the notebook as written.
            cell["metadata"]["tags"] = [*tags, "remove-cell"]
        if "injected-parameters" in tags:
            cell["metadata"] = {"tags": [*tags, "hide-input"], "mystnb": PARAMETERS_PROMPT}
            cell["source"] = "# Parameters of this run\n" + "\n".join(
                f"{name} = {value!r}" for name, value in job.shown.items()
            )
    job.target.write_text(json.dumps(raw, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@contextmanager
def own_executor(workers: int, method: str) -> Iterator[Executor]:
    """Give an executor of processes of this machine; where the build is stopped, they are ended and not waited for.

    Parameters
    ----------
    workers : int
        Processes.
    method : str
        ``"fork"`` from this process, which has imported what notebooks use, or ``"spawn"`` where forking is unsafe.
    """
    before = {child.pid for child in active_children()}
    executor = ProcessPoolExecutor(
        workers, mp_context=get_context(method), initializer=start_worker, initargs=(os.getpid(),)
    )
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in active_children():
            if child.pid not in before:
                child.kill()
        raise
    executor.shutdown()


def run_jobs(
    jobs: Sequence[Job],
    executor: Executor,
    finished: Callable[[Job, float], None] = lambda job, seconds: None,
    meanwhile: Callable[[], None] = lambda: None,
    watch: Callable[[Sequence[Job]], None] = lambda running: None,
) -> None:
    """Run the jobs side by side.

    Parameters
    ----------
    jobs : sequence of Job
        Submitted in this order: the longest first end soonest.
    executor : Executor
        Any of `concurrent.futures`' kind whose workers see the same files.
    finished : callable
        Called with each job that went well and the seconds it took.
    meanwhile : callable
        Called once, while the jobs run.
    watch : callable
        Called now and then with the jobs that are not done.

    Raises
    ------
    BuildError
        Naming notebook, cell and error of each that failed, hangs, or whose process ended.
    """
    waiting: dict[Future[Outcome], Job] = {executor.submit(run_job, job): job for job in jobs}
    deadline = time.monotonic() + sum(job.seconds for job in jobs) + SECONDS_PER_NOTEBOOK
    failures: list[str] = []
    try:
        meanwhile()
        while waiting:
            for future in wait(waiting, timeout=LOOK, return_when=FIRST_COMPLETED).done:
                outcome = _outcome(future)
                job = waiting.pop(future)
                if outcome.fault:
                    failures.append(outcome.fault)
                else:
                    finished(job, outcome.seconds)
            watch([job for future, job in waiting.items() if future.running()])
            if time.monotonic() > deadline:
                raise BuildError(f"Given up: {', '.join(sorted(job.source.name for job in waiting.values()))}.")
    except BrokenExecutor:
        raise process_ended(waiting.values()) from None
    finally:
        for future in waiting:
            future.cancel()
    if failures:
        raise BuildError("\n".join(sorted(failures)))


def process_ended(unfinished: Iterable[Job]) -> BuildError:
    """Return the error that says which notebooks were not finished when a process that runs them ended."""
    names = ", ".join(sorted(f"{job.source.name}{running_cell(job)}" for job in unfinished))
    return BuildError(
        f"A process that runs notebooks ended unexpectedly; memory may have run out. Not finished: {names or 'one'}. "
        "What is finished is kept: build again."
    )


def _outcome(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as error:
        raise BuildError(f"A notebook could not be run ({type(error).__name__}: {error}).") from error


def merge_results(jobs: Sequence[Job], parts: Parts | None = None) -> Results:
    """Put the results of all notebooks together; `parts` has read some of them already."""
    folders = [job.results for job in jobs if has_results(job)]
    return (parts or Parts()).together(folders) if folders else Results.of([])


def has_results(job: Job) -> bool:
    """Say whether a notebook that was run saved results."""
    return (job.results / "results.csv").is_file()
