"""Where the project lies: relative paths of parameters and notebooks count from its root."""

from __future__ import annotations

from pathlib import Path

from hai_utils.errors import ParameterError, UsageError

MARKER = "_toc.yml"
PARAMETER_FILE = "params.yml"
PROFILES = "profiles"
DEFAULT_RUN = "_build/hai"


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder at or above `start` (the working directory) that has ``_toc.yml``.

    Where there is none, the checkout that this package was installed from.

    Raises
    ------
    ParameterError
        Where neither is a project.
    """
    here = (start or Path.cwd()).resolve()
    checkout = Path(__file__).resolve().parent.parent
    for folder in (here, *here.parents, checkout):
        if (folder / MARKER).is_file():
            return folder
    raise ParameterError(f"No project found: no folder at or above {here} has a {MARKER}. Name it with --source.")


def finished_run(run: Path | None) -> Path:
    """Return the folder of a finished run: the one that is named, else the project's own.

    Raises
    ------
    UsageError
        Where no finished run lies there.
    """
    folder = run if run is not None else find_root() / DEFAULT_RUN
    if not (folder / "results.csv").is_file():
        raise UsageError(
            f"{run or DEFAULT_RUN}: no finished run there (no results.csv). 'hai build' makes one; "
            "the run of 'hai build --name NAME' lies in _build/runs/NAME."
        )
    return folder
