"""Which values a run's parameters have where nobody set them: those of a profile.

The published cohort has the paper's methods, ``params.yml`` as the package brings it. Any other cohort has the profile
``recommended``, unless another one is named. What a project's own ``params.yml`` changes, wins over the profile; a
parameter file and single settings win over both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hai_utils.errors import ParameterError, nearest
from hai_utils.parameters import Layer, Parameters, as_plain, merged, read_values
from hai_utils.project import PARAMETER_FILE, PROFILES, default_entries
from hai_utils.study.reading import find_study, read_study_file

PAPER, RECOMMENDED = "paper", "recommended"
DATA, PROFILE, EVIDENCE = "data", "profile", "evidence"


def resolve(
    root: Path,
    *,
    profile: str = "",
    files: Iterable[Path] = (),
    layers: Sequence[Layer] = (),
    settings: Iterable[str] = (),
) -> Parameters:
    """Return the parameters of a run: the profile's, then the project's own, then those of files, layers and settings.

    Parameters
    ----------
    root : Path
        The project's root; its ``params.yml`` and ``profiles/`` count.
    profile : str
        Unless given, as the other sources say, else `PAPER` for the published cohort and `RECOMMENDED` for any other.
    files : iterable of Path
        Parameter files, later ones winning.
    layers : sequence of Layer
        Values with the words that say where they come from; they win over files.
    settings : iterable of str
        ``NAME=VALUE``; they win over all.

    Raises
    ------
    ParameterError
        Naming parameter, value and where it was given.
    """
    paper, settings = _paper(), list(settings)
    project = read_values(root / PARAMETER_FILE)
    own = {name: value for name, value in project.items() if name not in paper or value != paper[name]}
    given = [(f"in {PARAMETER_FILE}", own), *((f"in {path.name}", read_values(path)) for path in files), *layers]
    chosen = profile or _given(PROFILE, given, settings) or _usual(root, _given(DATA, given, settings) or paper[DATA])
    shown = usual_evidence(root, _given(DATA, given, settings) or paper[DATA])
    base = [
        ("in the package", paper), (f"in the profile {chosen}", profile_values(root, chosen)), ("", {EVIDENCE: shown}),
    ]  # fmt: skip
    settings = [s for s in settings if not s.startswith(f"{PROFILE}=")]
    parameters = merged([*base, *given, ("", {PROFILE: chosen})], settings)
    return (
        parameters
        if parameters.time_zero
        else parameters.model_copy(update={"time_zero": _time_zero(root, parameters)})
    )


def study_of(root: Path, parameters: Parameters) -> Path | None:
    """Return the study file of a run; None where there is none."""
    return find_study(root, parameters.study, parameters.data, parameters.group_by)


def _time_zero(root: Path, parameters: Parameters) -> str:
    path = study_of(root, parameters)
    return read_study_file(path).time_zero if path is not None else ""


def profile_values(root: Path, name: str) -> Mapping[str, Any]:
    """Return what a profile sets otherwise than the paper.

    Raises
    ------
    ParameterError
        Where the project has no such profile; the message lists those that there are.
    """
    found = profiles(root)
    if name not in found:
        raise ParameterError(
            f"--profile {name}: no such profile. Known: {', '.join(found)}.{nearest(name, tuple(found))}"
        )
    path = found[name]
    return {} if path is None else read_values(path)


def profiles(root: Path) -> dict[str, Path | None]:
    """Return the profiles of a project by name: the paper's, which is ``params.yml`` itself, and its files."""
    return {PAPER: None} | {path.stem: path for path in sorted((root / PROFILES).glob("*.yml"))}


def defaults_beside(root: Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run's parameters would be by its profile and its project alone, from which its own settings differ."""
    usual = as_plain(resolve(root, profile=str(parameters.get(PROFILE) or PAPER)))
    # A file outside the project stands by its role alone, and is not the reconstruction.
    return usual | {EVIDENCE: usual_evidence(root, str(parameters.get(DATA, "")))}


def is_published(path: Path) -> bool:
    """Say whether a file is the published cohort: the same bytes as the one that the package brings."""
    ours = default_entries()["data"] / "cohort.csv"
    try:
        return path.stat().st_size == ours.stat().st_size and _digest(path) == _digest(ours)
    except OSError:
        return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def usual_evidence(root: Path, data: str) -> str:
    """Return what evidence shows where nobody says: rows of the reconstruction alone, never those of patients."""
    return "rows" if is_published(root / data) else "sums"


def _usual(root: Path, data: str) -> str:
    return PAPER if is_published(root / data) else RECOMMENDED


def _given(name: str, layers: Iterable[Layer], settings: Iterable[str]) -> str:
    """Return the last value that is given for a parameter; empty where none is."""
    values = [str(layer[name]) for _, layer in layers if layer.get(name)]
    values += [s.partition("=")[2].strip() for s in settings if s.partition("=")[0].strip() == name]
    return values[-1] if values else ""


@cache
def _paper() -> Mapping[str, Any]:
    return read_values(default_entries()[PARAMETER_FILE])
