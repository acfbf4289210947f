"""Stamps: one digest over all that a notebook depends on, so that it runs again when, and only when, one of them changed."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from hai_utils.parameters import RESULTS_PARAMETER
from hai_utils.run.cache import digest
from hai_utils.run.dependencies import ImportGraph, notebook_code
from hai_utils.run.notebooks import Notebook, without_paths

LOCK = "requirements.lock"
# These decide what an executed copy looks like, whatever the notebook imports.
RUNNER = ("notebooks.py", "shell_engine.py")


def environment(root: Path) -> str:
    """Return the locked versions, Python's and the machine's kind."""
    lock = root / LOCK
    return digest([lock.read_bytes() if lock.is_file() else b"", sys.version, platform.machine()])


def contents(files: Iterable[Path]) -> str:
    """Return one digest over names and contents of files; where the folders lie does not matter."""
    known = sorted(((path.parent.name, path.name), path) for path in files)
    return digest(part for name, path in known for part in ("/".join(name), path.read_bytes()))


def notebook_stamp(job: Notebook, root: Path, graph: ImportGraph) -> str:
    """Return the digest over all that an executed notebook and its results depend on.

    Parameters
    ----------
    job : Notebook
        The notebook with the values of its parameters.
    root : Path
        From which relative paths count.
    graph : ImportGraph
        Which files each module rests on.

    Returns
    -------
    str
        Over the notebook as written, the values of its parameters, the content of each file that a parameter names
        (cohort, dictionary), the modules that it imports and the files they read, the locked versions and Python's.
    """
    source = job.source.read_bytes()
    given = {name: value for name, value in job.parameters.items() if name != RESULTS_PARAMETER}
    named = [root / value for value in given.values() if isinstance(value, str) and value]
    inputs = [path.read_bytes() for path in named if _is_file(path)]
    runner = [graph.package / "run" / name for name in RUNNER]
    modules = graph.files_of_code(notebook_code(source.decode()))
    return digest(
        [
            environment(root),
            source,
            json.dumps([without_paths(given), list(job.shown)]),
            *inputs,
            contents(modules),
            contents(runner),
        ]
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
