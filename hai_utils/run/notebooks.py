"""Run the notebooks of a book by papermill and put their results together."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from hai_utils.errors import BuildError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, as_plain
from hai_utils.results import Results, read_results, write_results
from hai_utils.run.children import die_with_parent

RESULTS_PARAMETER = "results_dir"
# A notebook of this book takes seconds; one that takes this long hangs.
SECONDS_PER_NOTEBOOK = 600
WORKERS = 2
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
        Values for the parameters that it declares.
    shown : mapping
        What the executed copy shows for them: no path of this machine.
    folder : Path
        Working directory, the project's root.
    engine : str
        Papermill's engine; empty for an ordinary kernel.
    """

    source: Path
    target: Path
    results: Path
    parameters: Mapping[str, Any]
    shown: Mapping[str, Any]
    folder: Path
    engine: str

    @property
    def chapter(self) -> str:
        """The notebook's name without its ending."""
        return self.source.stem


def declared_parameters(notebook: Path) -> tuple[str, ...]:
    """Return the names that a notebook's parameters cell assigns."""
    import ast

    raw = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in raw["cells"]:
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            tree = ast.parse("".join(cell["source"]))
            targets = [
                node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                for node in tree.body
                if isinstance(node, ast.AnnAssign | ast.Assign)
            ]
            return tuple(target.id for target in targets if isinstance(target, ast.Name))
    return ()


def warm_up() -> None:
    """Import what the notebooks use, so that processes forked from this one have it."""
    import papermill  # noqa: F401

    import hai_utils.analyses
    import hai_utils.figures
    import hai_utils.notebook
    import hai_utils.run.shell_engine
    import hai_utils.sentences
    import hai_utils.tables  # noqa: F401


def default_engine() -> str:
    """Return the engine that suits this platform: forking is safe on Linux only."""
    return "hai_shell" if sys.platform == "linux" else ""


def make_jobs(notebooks: Sequence[Path], parameters: Parameters, root: Path, folder: Path, engine: str) -> list[Job]:
    """Return one job a notebook, with the values of the parameters that it declares."""
    values = as_plain(parameters)
    jobs = []
    for notebook in notebooks:
        declared = declared_parameters(notebook)
        given = {name: values[name] for name in declared if name in values}
        results = folder / "chapters" / notebook.stem
        injected = {**given, RESULTS_PARAMETER: str(results)} if RESULTS_PARAMETER in declared else given
        shown = {
            name: Path(value).name if name in FILE_PARAMETERS and Path(value).is_absolute() else value
            for name, value in given.items()
        }
        jobs.append(Job(notebook, folder / "notebooks" / notebook.name, results, injected, shown, root, engine))
    return jobs


def run_job(job: Job) -> str:
    """Run one notebook; return an empty text, or in a sentence which cell failed and why."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    if job.engine:
        import hai_utils.run.shell_engine  # noqa: F401 - registers the engine

    job.target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # papermill reports a name it does not know on stderr, but only declared ones are handed over.
        with redirect_stderr(StringIO()):
            papermill.execute_notebook(
                str(job.source), str(job.target), parameters=dict(job.parameters), engine_name=job.engine or None,
                kernel_name="python3", progress_bar=False, cwd=str(job.folder), log_output=False,
            )  # fmt: skip
    except PapermillExecutionError as error:
        job.target.unlink(missing_ok=True)
        return f"notebooks/{job.source.name}, cell {_cell_number(job, error.cell_index)}: {error.ename}: {error.evalue}"
    strip_notebook(job)
    return ""


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


def forked_executor(workers: int = WORKERS) -> Executor:
    """Return an executor whose processes are forked from this one, with the stack imported."""
    warm_up()
    return ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=die_with_parent)


def spawned_executor(workers: int = WORKERS) -> Executor:
    """Return an executor of fresh processes, for platforms where forking is unsafe."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def run_jobs(
    jobs: Sequence[Job],
    executor: Executor,
    progress: Callable[[str], None] = lambda _: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Run the jobs side by side.

    Raises
    ------
    BuildError
        Naming notebook, cell and error of each that failed, or the one that hangs.
    """
    futures: dict[Future[str], Job] = {executor.submit(run_job, job): job for job in jobs}
    failures: list[str] = []
    meanwhile()
    try:
        for future in as_completed(futures, timeout=SECONDS_PER_NOTEBOOK * len(jobs)):
            fault = future.result()
            if fault:
                failures.append(fault)
            else:
                progress(futures[future].chapter)
    except TimeoutError:
        hanging = ", ".join(sorted(job.source.name for future, job in futures.items() if not future.done()))
        raise BuildError(f"Still running after {SECONDS_PER_NOTEBOOK} s each, given up: {hanging}.") from None
    except Exception as error:
        raise BuildError(f"A notebook's process ended unexpectedly ({type(error).__name__}).") from error
    if failures:
        raise BuildError("\n".join(sorted(failures)))


def merge_results(jobs: Sequence[Job], folder: Path) -> Results:
    """Put the results of all notebooks together and write them beside the executed copies."""
    merged: Results | None = None
    for job in jobs:
        if (job.results / "results.csv").is_file():
            found = read_results(job.results)
            merged = found if merged is None else merged.merged(found)
    results = merged or Results.of([])
    write_results(results, folder)
    return results
