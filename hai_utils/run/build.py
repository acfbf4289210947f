"""One finished run: notebooks executed, results put together, provenance written."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from hai_utils import __version__
from hai_utils.audit.checklists import ANSWERS, read_answers
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.reading import load_cohort
from hai_utils.endpoints import criterion
from hai_utils.errors import BuildError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, as_plain, render
from hai_utils.project import MARKER, PARAMETER_FILE
from hai_utils.results import Results, write_results
from hai_utils.run.notebooks import (
    WORKERS,
    default_engine,
    forked_executor,
    make_jobs,
    merge_results,
    run_jobs,
    spawned_executor,
)
from hai_utils.run.sources import sha256, sources_digest

# What the numbers depend on; the page on the run names each with its version.
SOFTWARE = ("numpy", "scipy", "pandas", "matplotlib", "papermill", "jupyter-book", "sphinx", "myst-nb")
Progress = Callable[[str], None]


def book_notebooks(root: Path) -> list[Path]:
    """Return the notebooks that the table of contents names, in its order."""
    toc = yaml.safe_load((root / MARKER).read_text(encoding="utf-8"))
    names = [str(entry["file"]) for entry in _entries(toc) if str(entry.get("file", "")).startswith("notebooks/")]
    return [root / f"{name.removesuffix('.ipynb')}.ipynb" for name in names]


def _entries(node: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a YAML tree
    if isinstance(node, dict):
        found = [node] if "file" in node else []
        return found + [entry for value in node.values() for entry in _entries(value)]
    return [entry for item in node for entry in _entries(item)] if isinstance(node, list) else []


def prepare_run(
    root: Path,
    parameters: Parameters,
    folder: Path,
    *,
    engine: str | None = None,
    workers: int = WORKERS,
    progress: Progress = lambda _: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Results:
    """Run all notebooks of the book into a folder.

    Parameters
    ----------
    root : Path
        The project's root.
    parameters : Parameters
        The choices of the run.
    folder : Path
        Where executed notebooks, results, parameters and provenance go.
    engine : str, optional
        Papermill's engine; the platform's default unless given, empty for ordinary kernels.
    workers : int
        Notebooks that run at a time.
    progress : callable
        Called with a line for each finished step.
    meanwhile : callable
        Called once the notebooks are running, for work that need not wait for them.

    Raises
    ------
    DataError, ParameterError
        Before anything runs, where cohort or parameters are at fault.
    BuildError
        Where a notebook fails.
    """
    criterion(parameters)
    cohort = load_cohort(parameters, root)
    folder.mkdir(parents=True, exist_ok=True)
    if parameters.checklist_answers:
        answers = root / parameters.checklist_answers
        read_answers(answers)
        (folder / ANSWERS).write_bytes(answers.read_bytes())
    chosen = default_engine() if engine is None else engine
    jobs = make_jobs(book_notebooks(root), parameters, root, folder, chosen)
    executor = forked_executor(workers) if chosen else spawned_executor(workers)
    with executor:
        run_jobs(jobs, executor, lambda chapter: progress(f"notebook {chapter}"), meanwhile)
    return _finish(root, parameters, cohort, merge_results(jobs, folder), folder)


def _finish(root: Path, parameters: Parameters, cohort: Cohort, merged: Results, folder: Path) -> Results:
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


def provenance(root: Path, parameters: Parameters, cohort: Cohort) -> dict[str, Any]:
    """Return hashes, versions and platform; no path, user or host."""
    shown = shown_parameters(parameters)
    digests = {"cohort": cohort.sha256, "parameters": sha256(render(shown).encode())}
    for name in FILE_PARAMETERS[1:]:
        if getattr(parameters, name):
            digests[name] = sha256((root / getattr(parameters, name)).read_bytes())
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
