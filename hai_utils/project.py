"""Where the project lies: relative paths of parameters and notebooks count from its root."""

from __future__ import annotations

from pathlib import Path

from hai_utils.errors import ParameterError, RunError

MARKER = "_toc.yml"
PARAMETER_FILE = "params.yml"
PROFILES = "profiles"
DEFAULT_RUN = "_build/hai"
# Without these a folder is no finished run.
RUN_FILES = ("results.csv", "series.csv", "study.json", "params.yml", "provenance.json")


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


def finished_run(run: Path | None = None) -> Path:
    """Return the folder of a finished run: the one that is named, else the project's own.

    Raises
    ------
    RunError
        Where no finished run lies there; the message names the folder, not where it lies.
    """
    folder = run if run is not None else find_root() / DEFAULT_RUN
    missing = [file for file in RUN_FILES if not (folder / file).is_file()]
    if missing:
        name = DEFAULT_RUN if run is None else run.resolve().name
        what = f"no finished run: it has no {', '.join(missing)}" if folder.is_dir() else "no such folder"
        raise RunError(
            f"'{name}': {what}. Name the output folder of a build: 'hai build' makes {DEFAULT_RUN}, "
            "'hai build --name NAME' makes _build/runs/NAME, 'hai build --out FOLDER' makes FOLDER."
        )
    return folder
