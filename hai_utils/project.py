"""Where the project lies, where its runs go, and how a new one is written."""

from __future__ import annotations

import shutil
import tomllib
from functools import cache
from pathlib import Path

from hai_utils.errors import ParameterError, RunError

MARKER = "_toc.yml"
PARAMETER_FILE = "params.yml"
PROFILES = "profiles"
DEFAULT_RUN = "_build/hai"
# What a build makes unless it is told otherwise.
USUAL_FORMATS = ("html", "docx", "pdf")
# Without these a folder is no finished run.
RUN_FILES = ("results.csv", "series.csv", "study.json", "params.yml", "provenance.json")
_HERE = Path(__file__).resolve().parent
# The default project as an installed package has it, and the checkout that an editable installation runs from.
PACKAGED = _HERE / "default_project"
CHECKOUT = _HERE.parent


def is_project(folder: Path) -> bool:
    """Say whether a folder is a project: a book with parameters."""
    return (folder / MARKER).is_file() and (folder / PARAMETER_FILE).is_file()


def find_root(start: Path | None = None) -> Path:
    """Return the nearest project at or above `start` (the working directory).

    Where there is none, the checkout that this package runs from, or the project that it brings.

    Raises
    ------
    ParameterError
        Where there is none of these.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, CHECKOUT, PACKAGED):
        if is_project(folder):
            return folder
    raise ParameterError(
        f"No project found: no folder at or above {here} has a {MARKER} and a {PARAMETER_FILE}. Name it with --source."
    )


def runs_home(root: Path) -> Path:
    """Return the folder that a project's runs go below: the project, or where one stands with that of the package."""
    return Path.cwd() if root == PACKAGED else root


def default_entries() -> dict[str, Path]:
    """Return the files and folders of the default project, by name; the build of the package takes the same."""
    if PACKAGED.is_dir():
        return {path.name: path for path in sorted(PACKAGED.iterdir())}
    return {name: CHECKOUT / name for name in _entries_of_checkout()}


@cache
def _entries_of_checkout() -> tuple[str, ...]:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["default-project"])


def write_project(folder: Path) -> None:
    """Write the default project into a new or empty folder.

    Raises
    ------
    ParameterError
        Where the folder is a file, or holds something.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ParameterError(f"{folder}: something is there already. Name a new or empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in default_entries().items():
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        else:
            shutil.copyfile(path, folder / name)


def finished_run(run: Path | None = None) -> Path:
    """Return the folder of a finished run: the one that is named, else the project's own.

    Raises
    ------
    RunError
        Where no finished run lies there; the message names the folder, not where it lies.
    """
    folder = run if run is not None else runs_home(find_root()) / DEFAULT_RUN
    missing = [file for file in RUN_FILES if not (folder / file).is_file()]
    if missing:
        name = DEFAULT_RUN if run is None else run.resolve().name
        what = f"no finished run: it has no {', '.join(missing)}" if folder.is_dir() else "no such folder"
        raise RunError(
            f"'{name}': {what}. Name the output folder of a build: 'hai build' makes {DEFAULT_RUN}, "
            "'hai build --name NAME' makes _build/runs/NAME, 'hai build --out FOLDER' makes FOLDER."
        )
    return folder
