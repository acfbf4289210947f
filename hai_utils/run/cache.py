"""What finished steps of earlier builds left, kept beside the run, so that only what changed is done again.

An entry is the outputs of one step made from inputs with one digest. It holds nothing that a run does not hold, it is
readable by its owner alone, and only the entries of the last finished run (and, after a failed one, the newest beside
them) stay.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hai_utils.run.sources import sha256

CONTENTS = "contents.json"
CURRENT = "current.json"
TIMINGS = "timings.json"


def digest(parts: Iterable[bytes | str]) -> str:
    """Return one SHA-256 over a sequence of inputs."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "big") + raw)
    return total.hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a run that can be kept: what it is made from, what makes it, what it leaves.

    Attributes
    ----------
    name : str
        Unique among the steps; part of a file name.
    inputs : str
        `digest` over everything that the outputs depend on.
    work : callable
        Makes the outputs in the folder that it is given.
    outputs : tuple of str
        Files and folders that the work leaves, relative to the folder of the run.
    """

    name: str
    inputs: str
    work: Callable[[Path], None]
    outputs: tuple[str, ...]


class Cache:
    """The kept outputs of steps.

    Parameters
    ----------
    folder : Path
        Where they lie; made when something is first kept.
    enabled : bool
        Whether entries may be taken from it; it is filled either way.
    """

    def __init__(self, folder: Path, *, enabled: bool = True) -> None:
        self.folder = folder
        self._enabled = enabled
        self._used: dict[str, str] = {}

    def run(self, step: Step, folder: Path) -> bool:
        """Take a step's outputs into the folder of a run, or make and keep them; say whether they were kept already."""
        if self.restore(step.name, step.inputs, folder):
            return True
        step.work(folder)
        self.store(step.name, step.inputs, folder, step.outputs)
        return False

    def restore(self, name: str, inputs: str, folder: Path) -> bool:
        """Copy the kept outputs of a step into a folder, if they are there and whole; say so."""
        entry = self.entry(name, inputs)
        contents = _contents(entry) if self._enabled else None
        if contents is None:
            return False
        for path in contents:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(entry / path, folder / path)
        self._used[name] = inputs
        return True

    def store(self, name: str, inputs: str, folder: Path, outputs: Iterable[str]) -> None:
        """Keep the outputs of a step that lie in a folder; a cache that cannot be written to is no fault of the run."""
        with suppress(OSError):
            self._store(name, inputs, folder, outputs)
            self._used[name] = inputs

    def _store(self, name: str, inputs: str, folder: Path, outputs: Iterable[str]) -> None:
        entry = self.entry(name, inputs)
        entry.parent.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        private = Path(tempfile.mkdtemp(prefix=".", dir=entry.parent))
        try:
            contents = {}
            for path in sorted(_files(folder, outputs)):
                (private / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(folder / path, private / path)
                contents[path] = sha256((private / path).read_bytes())
            (private / CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
            if entry.exists():
                shutil.rmtree(entry)
            private.rename(entry)
        finally:
            shutil.rmtree(private, ignore_errors=True)
        self._prune_step(entry.parent, {inputs, self._current().get(name, "")})

    def entry(self, name: str, inputs: str) -> Path:
        """Return the folder of a step's outputs for given inputs, whether it is there or not."""
        return self.folder / name / inputs

    def timings(self) -> dict[str, float]:
        """Return the seconds that each step last took; empty where none is known."""
        return _read_json(self.folder / TIMINGS)

    def _current(self) -> Mapping[str, str]:
        return _read_json(self.folder / CURRENT)

    def _prune_step(self, folder: Path, keep: set[str]) -> None:
        for path in folder.iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True)

    def finished(self, timings: Mapping[str, float]) -> None:
        """Note that the run is whole: what it did not use goes; and how long each step took."""
        with suppress(OSError):
            if not self.folder.is_dir():
                return
            for name, content in ((CURRENT, self._used), (TIMINGS, {**self.timings(), **timings})):
                new = self.folder / f".{name}"
                new.write_text(json.dumps(content), encoding="utf-8")
                new.replace(self.folder / name)
            for path in self.folder.iterdir():
                if path.is_dir() and path.name not in self._used:
                    shutil.rmtree(path, ignore_errors=True)
                elif path.is_dir():
                    self._prune_step(path, {self._used[path.name]})


def _files(folder: Path, outputs: Iterable[str]) -> Iterable[str]:
    for output in outputs:
        path = folder / output
        if path.is_dir():
            for place, _, names in os.walk(path):
                yield from ((Path(place) / name).relative_to(folder).as_posix() for name in names)
        elif path.is_file():
            yield output


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _contents(entry: Path) -> list[str] | None:
    """Return the files of an entry; None where it is not there, or not as it was written."""
    try:
        contents: dict[str, str] = json.loads((entry / CONTENTS).read_text(encoding="utf-8"))
        whole = all(sha256((entry / path).read_bytes()) == known for path, known in contents.items())
    except (OSError, ValueError, AttributeError):
        return None
    return list(contents) if whole else None
