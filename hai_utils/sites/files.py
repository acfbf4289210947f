"""Which centers a folder holds: one cohort file each, with parameters and a dictionary of its own where it has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hai_utils.errors import ParameterError, nearest
from hai_utils.results.keys import key_part

COHORTS = (".csv", ".xlsx")
PARAMETERS, DICTIONARY = ".params.yml", ".dictionary.csv"
LONGEST_NAME = 80
# What the overview calls all centers together.
RESERVED = ("combined",)
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class CenterFile:
    """The files of one center.

    Attributes
    ----------
    name : str
        The cohort file's name without its ending.
    data : Path
        The cohort.
    params, dictionary : Path or None
        ``NAME.params.yml`` and ``NAME.dictionary.csv`` beside it.
    """

    name: str
    data: Path
    params: Path | None
    dictionary: Path | None

    @property
    def folder(self) -> str:
        """Name of the folder of its book: the center's own where that is plain, else as it stands in keys."""
        return self.name if _PLAIN.fullmatch(self.name) else key_part(self.name)


def find_centers(folder: Path) -> tuple[CenterFile, ...]:
    """Return the centers of a folder, sorted by name.

    Raises
    ------
    ParameterError
        Where the folder holds no cohort, two centers have one name, a name cannot be used, or a file belongs to none.
    """
    if not folder.is_dir():
        raise ParameterError(f"{folder}: no such folder. Name the folder with one cohort file (CSV) a center.")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    own = [path for path in files if path.name.endswith((PARAMETERS, DICTIONARY))]
    cohorts = [path for path in files if path.suffix in COHORTS and path not in own]
    if not cohorts:
        raise ParameterError(f"{folder}: no cohort file there. Put one CSV a center into it, such as north.csv.")
    _check_names([path.stem for path in cohorts])
    _check_companions(own, [path.stem for path in cohorts])
    return tuple(CenterFile(path.stem, path, _beside(path, PARAMETERS), _beside(path, DICTIONARY)) for path in cohorts)


def _beside(cohort: Path, ending: str) -> Path | None:
    path = cohort.with_name(cohort.stem + ending)
    return path if path.is_file() else None


def _check_names(names: list[str]) -> None:
    taken: dict[str, str] = {}
    for name in names:
        place = key_part(name).casefold()
        if len(name) > LONGEST_NAME:
            raise ParameterError(
                f"{name[:LONGEST_NAME]}...: a center's name has at most {LONGEST_NAME} characters. Rename the file."
            )
        if place in RESERVED:
            raise ParameterError(f"{name}: this name stands for all centers together. Rename the file.")
        if place in taken:
            raise ParameterError(
                f"{taken[place]} and {name}: two centers whose names are the same but for signs other than letters and digits, case or "
                "file format. Rename one."
            )
        taken[place] = name


def _check_companions(own: list[Path], names: list[str]) -> None:
    for path in own:
        name = path.name.removesuffix(PARAMETERS).removesuffix(DICTIONARY)
        if name not in names:
            raise ParameterError(
                f"{path.name}: it belongs to no cohort, because there is no {name}.csv.{nearest(name, names)}"
            )
