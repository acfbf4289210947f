"""What a run is made from: read once, so that what is hashed is what is checked, analyzed and shown."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hai_utils.input_files import read_regular
from hai_utils.parameters import FILE_PARAMETERS, Parameters, render
from hai_utils.profiles import study_of
from hai_utils.run.sources import digest, installed, source_files, sources_digest
from hai_utils.study.reading import STUDY, named_files

PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The project, the choices and the files that they name.

    Attributes
    ----------
    root : Path
        The project's root, or of a private copy of it.
    parameters : Parameters
        The choices as given.
    files : mapping of str to Path
        By parameter, where the file that it names is read.
    sources : str
        Digest of the project and of the code that runs.
    study : mapping of str to Path
        The study file, as ``study.yml``, and the files that it names, by their paths below its folder.
    """

    root: Path
    parameters: Parameters
    files: Mapping[str, Path]
    sources: str
    study: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Path, parameters: Parameters, sources: str = "") -> Inputs:
        """Return the inputs where they lie; `sources` is the project's digest where it is known."""
        named = (name for name in FILE_PARAMETERS if name != "study")
        files = {name: root / value for name in named if (value := getattr(parameters, name))}
        path = study_of(root, parameters)
        study = {STUDY: path, **named_files(path)} if path is not None else {}
        return cls(root, parameters, files, sources or sources_digest(root), study)

    @property
    def readable(self) -> Parameters:
        """The choices, with files named where they are read."""
        return self.parameters.model_copy(update={name: str(path.absolute()) for name, path in self.files.items()})

    @property
    def all_files(self) -> tuple[Path, ...]:
        """Every file that parameters and the study file name."""
        return (*self.files.values(), *self.study.values())

    def digest(self, formats: Iterable[str]) -> str:
        """Return the digest that a finished run of these inputs in these formats carries."""
        return run_digest(self.parameters, self.sources, map(_content, self.all_files), formats)

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of each file that parameters name; see `study_contents` for those of the study file.

        Raises
        ------
        UnusableFileError
            Where one is gone, no ordinary file, or larger than a cohort's file may be.
        """
        return _contents(self.files)

    def study_contents(self) -> dict[str, bytes]:
        """Return the bytes of the study file and of those that it names; raises as `contents` does."""
        return _contents(self.study)

    def copied(self, folder: Path) -> Inputs:
        """Return a copy in a private folder: nothing that happens to the originals changes it."""
        root = folder / PROJECT
        for path in source_files(self.root):
            _copy(path, root / path.relative_to(self.root))
        return replace(self.with_copied_files(folder), root=root, sources=sources_digest(root))

    def with_copied_files(self, folder: Path) -> Inputs:
        """Return these inputs with a private copy of the files that parameters name; the project stays where it is."""
        files = dict(self.files)
        for name, path in self.files.items():
            # What is missing or no ordinary file is refused where it is read, by its own name.
            if path.is_file():
                files[name] = folder / name / path.name
                _copy(path, files[name])
        study = {name: folder / "study" / name for name in self.study}
        for name, path in self.study.items():
            if path.is_file():
                _copy(path, study[name])
        return replace(self, files=files, study=study)


def run_digest(parameters: Parameters, sources: str, contents: Iterable[bytes], formats: Iterable[str]) -> str:
    """Return one digest over all that a run is made from: choices, sources, contents of the named files, formats."""
    return digest([render(parameters), sys.version, repr(installed()), sources, *contents, *formats])


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _contents(files: Mapping[str, Path]) -> dict[str, bytes]:
    # It brings pandas, for which a build on this machine has no use.
    from hai_utils.cohort.tables import MAX_BYTES

    return {name: read_regular(path, MAX_BYTES) for name, path in files.items()}
