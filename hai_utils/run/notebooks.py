"""Run the notebooks of a book by papermill and put their results together."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from hai_utils.errors import BuildError
from hai_utils.parameters import BOOK_PARAMETERS, RESULTS_PARAMETER, SETTLED, as_plain, shown_files
from hai_utils.profiles import defaults_beside, is_published
from hai_utils.results.files import Parts
from hai_utils.results.table import Results
from hai_utils.run.contents import declared_parameters
from hai_utils.run.inputs import Inputs
from hai_utils.run.processes.job import DiedError, Job, JobOutcome
from hai_utils.run.processes.server import Server
from hai_utils.run.raw_outputs import end_early, leave_out_raw, steadied
from hai_utils.run.stopping import end_if_asked
from hai_utils.show.reproduce import changed_parameters

# A notebook of this book takes seconds; one that takes this long hangs.
SECONDS_PER_NOTEBOOK = 600.0
# Below the folder of a run while it is made: what each notebook saved, and which cell it is at.
CHAPTERS = "chapters"
# The cells' code as IPython's, so that a magic is no error of the page.
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
# Beside a choice that is left to the cohort.
AUTOMATIC = "  # automatic: This run has the values"
PARAMETERS_PROMPT = {"code_prompt_show": "Parameters of this chapter", "code_prompt_hide": "Hide the parameters"}


@dataclass(frozen=True, slots=True)
class Notebook:
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
    withholds : bool
        Whether small cells are withheld, so that the executed copy keeps nothing but results.
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
    withholds: bool = False

    @property
    def chapter(self) -> str:
        """The notebook's name without its ending."""
        return self.source.stem

    @property
    def outputs(self) -> tuple[Path, Path]:
        """What it leaves: the executed copy and the folder of its results."""
        return self.target, self.results


def default_engine() -> str:
    """Return the engine that suits this platform: forking is safe on Linux only."""
    return "hai_shell" if sys.platform == "linux" else ""


def make_jobs(
    notebooks: Sequence[Path],
    inputs: Inputs,
    folder: Path,
    engine: str,
    seconds: float = SECONDS_PER_NOTEBOOK,
) -> list[Notebook]:
    """Return the notebooks to run, given all parameters; a copy shows its own and those that the run changed."""
    given, asked = (
        {name: value for name, value in as_plain(values).items() if name not in BOOK_PARAMETERS}
        for values in (inputs.readable, inputs.parameters)
    )
    changed = changed_parameters(asked, defaults_beside(inputs.root, asked))
    withholds = asked["disclosure"] != "none"
    jobs = []
    for notebook in notebooks:
        declared = declared_parameters(notebook)
        results = folder / CHAPTERS / notebook.stem
        injected = {**given, RESULTS_PARAMETER: str(results)} if declared else {}
        shown = {name: value for name, value in shown_files(asked).items() if name in declared or name in changed}
        target, status = folder / "notebooks" / notebook.name, folder / CHAPTERS / f"{notebook.stem}.cell"
        jobs.append(
            Notebook(notebook, target, results, injected, shown, inputs.root, engine, status, seconds, withholds)
        )
    return jobs


def execute(job: Notebook) -> str:
    """Execute a notebook here and now; return an empty text, or in a sentence which cell failed and why."""
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from hai_utils.run.shell_engine import KERNEL_ENGINE

    for folder in (job.target.parent, job.status.parent):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        # papermill reports a name it does not know on stderr, but only declared ones are handed over.
        with redirect_stderr(StringIO()):
            papermill.execute_notebook(
                str(job.source), str(job.target), parameters=dict(job.parameters),
                engine_name=job.engine or KERNEL_ENGINE, kernel_name="python3", progress_bar=False,
                cwd=str(job.folder), log_output=False, request_save_on_cell_execute=False, status=str(job.status),
            )  # fmt: skip
        strip_notebook(job)
    except PapermillExecutionError as error:
        if _may_fail(job):
            _end_early(job, error.cell_index, error.ename)
            return ""
        job.target.unlink(missing_ok=True)
        return f"notebooks/{job.source.name}, cell {_cell_number(job, error.cell_index)}: {error.ename}: {error.evalue}"
    except DeadKernelError:
        return _died(job)
    except OSError as error:
        return f"notebooks/{job.source.name}: {error.strerror or error}."
    return ""


def _may_fail(job: Notebook) -> bool:
    """Say whether a notebook only checks others, and what it checks is no cohort of this project's own."""
    metadata = json.loads(job.source.read_text(encoding="utf-8"))["metadata"]
    return bool(metadata.get("hai", {}).get("may_fail")) and not is_published(Path(job.parameters["data"]))


def _end_early(job: Notebook, cell: int, error: str) -> None:
    raw = json.loads(job.target.read_text(encoding="utf-8"))
    end_early(raw, _cell_number(job, cell), error)
    job.target.write_text(json.dumps(raw), encoding="utf-8")
    strip_notebook(job)


def running_cell(job: Notebook) -> str:
    """Return ``", cell 4 of 12"`` for a notebook that is running, empty where nothing is known."""
    try:
        index, count = map(int, job.status.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return ""
    return f", cell {_cell_number(job, index)} of {count - bool(job.parameters)}"


def _cell_number(job: Notebook, executed_index: int) -> int:
    """Return the number, from 1, that a cell has in the notebook as written: the injected cell does not count."""
    written = json.loads(job.source.read_text(encoding="utf-8"))["cells"]
    parameters = next(
        (i for i, cell in enumerate(written) if "parameters" in cell["metadata"].get("tags", [])), len(written)
    )
    injected_before = bool(job.parameters) and executed_index > parameters
    return executed_index + 1 - injected_before


def strip_notebook(job: Notebook) -> None:
    """Take times, paths, papermill's own metadata and what may not be shown out of an executed notebook."""
    raw = stripped(json.loads(job.target.read_text(encoding="utf-8")), job)
    job.target.write_text(notebook_text(raw), encoding="utf-8")


def notebook_text(raw: object) -> str:
    """Return a notebook as the text of a file, its names in one order."""
    return json.dumps(raw, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def stripped(raw: dict[str, Any], job: Notebook) -> dict[str, Any]:
    """Return an executed notebook as a run keeps it: without times, paths, papermill's own metadata and what may not be shown."""
    raw["metadata"] = {"kernelspec": raw["metadata"].get("kernelspec", {}), "language_info": LANGUAGE}
    for place, cell in enumerate(raw["cells"]):
        tags = cell["metadata"].get("tags", [])
        cell["metadata"] = {
            name: value for name, value in cell["metadata"].items() if name not in {"papermill", "execution"}
        }
        cell["id"] = f"cell-{place}"
        if "outputs" in cell:
            cell["outputs"] = steadied(cell["outputs"])
        if "parameters" in tags and job.parameters:
            # The values in force follow in the next cell; the defaults stand in the notebook as written.
            cell["metadata"]["tags"] = [*tags, "remove-cell"]
        if "injected-parameters" in tags:
            cell["metadata"] = {"tags": [*tags, "hide-input"], "mystnb": PARAMETERS_PROMPT}
            cell["source"] = "# Parameters of this run\n" + "\n".join(
                f"{name} = {value!r}{AUTOMATIC if name in SETTLED and not value else ''}"
                for name, value in job.shown.items()
            )
    if job.withholds:
        leave_out_raw(raw["cells"])
    return raw


def leave_out(job: Notebook, reason: str) -> None:
    """Write, instead of an executed copy, a notebook with the chapter's title and the reason why there is no more."""
    raw = json.loads(job.source.read_text(encoding="utf-8"))
    title = next(cell for cell in raw["cells"] if cell["cell_type"] == "markdown")
    heading = "".join(title["source"]).partition("\n")[0]
    raw["cells"] = [{"cell_type": "markdown", "id": "cell-0", "metadata": {}, "source": f"{heading}\n\n{reason}"}]
    job.target.parent.mkdir(parents=True, exist_ok=True)
    job.target.write_text(json.dumps(raw, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def run_notebooks(
    jobs: Sequence[Notebook],
    server: Server,
    at_a_time: int,
    finished: Callable[[Notebook, float], None] = lambda job, seconds: None,
    meanwhile: Callable[[], None] = lambda: None,
    watch: Callable[[Sequence[Notebook]], None] = lambda running: None,
) -> None:
    """Run notebooks side by side; one whose process dies of itself is run again in an ordinary kernel.

    Parameters
    ----------
    jobs : sequence of Notebook
        Started in this order: the longest first end soonest.
    server : Server
        Where they run.
    at_a_time : int
        How many.
    finished : callable
        Called with each notebook that went well and the seconds it took.
    meanwhile : callable
        Called once, while they run.
    watch : callable
        Called now and then with those that are running.

    Raises
    ------
    BuildError
        Naming notebook, cell and error of each that failed, hangs, or whose process ended.
    """

    def look(running: Sequence[int]) -> None:
        end_if_asked()
        watch([jobs[place] for place in running])

    ended = server.run([Job(partial(execute, job), job.seconds) for job in jobs], at_a_time, look)
    meanwhile()
    died, failures, unfinished = [], [], list(jobs)
    try:
        for place, outcome in ended:
            job = jobs[place]
            unfinished.remove(job)
            if isinstance(outcome.error, DiedError) and job.engine:
                died.append(replace(job, engine=""))
            elif fault := _fault(job, outcome):
                failures.append(fault)
            else:
                finished(job, outcome.seconds)
    except DiedError:
        raise _server_died(unfinished) from None
    if failures:
        raise BuildError("\n".join(sorted(failures)))
    if died:
        run_notebooks(died, server, at_a_time, finished, watch=watch)


def _fault(job: Notebook, outcome: JobOutcome[str]) -> str:
    """Return in a sentence what went wrong with a notebook; nothing where it went well."""
    if isinstance(outcome.error, TimeoutError):
        return (
            f"notebooks/{job.source.name}{running_cell(job)}: still running after {job.seconds:g} s, so it was ended. "
            "Give it longer with --timeout SECONDS, or mend the cell."
        )
    if isinstance(outcome.error, DiedError):
        return _died(job)
    if outcome.error is not None:
        return f"notebooks/{job.source.name}: it could not be run ({outcome.error})."
    return outcome.result()


def _died(job: Notebook) -> str:
    return f"notebooks/{job.source.name}{running_cell(job)}: its process ended unexpectedly; memory may have run out."


def _server_died(unfinished: Sequence[Notebook]) -> BuildError:
    names = ", ".join(sorted(f"{job.source.name}{running_cell(job)}" for job in unfinished))
    return BuildError(
        f"The process that runs notebooks ended unexpectedly; memory may have run out. Not finished: {names}. "
        "Close other programs and build again."
    )


def merge_results(jobs: Sequence[Notebook], parts: Parts | None = None) -> Results:
    """Put the results of all notebooks together; `parts` has read some of them already."""
    folders = [job.results for job in jobs if has_results(job)]
    return (parts or Parts()).together(folders) if folders else Results.of([])


def has_results(job: Notebook) -> bool:
    """Say whether a notebook that was run saved results."""
    return (job.results / "results.csv").is_file()
