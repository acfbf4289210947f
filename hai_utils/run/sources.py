"""The project's own files that a book is made from, and the code that makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import hai_utils
from hai_utils.profiles import is_published
from hai_utils.project import MARKER, PARAMETER_FILE, PROFILES
from hai_utils.run.contents import named_files

# What the numbers depend on beside the project and the package; the page on the run names each with its version.
SOFTWARE = ("numpy", "scipy", "pandas", "matplotlib", "papermill", "jupyter-book", "sphinx", "myst-nb")
SOURCE_FOLDERS = ("book", "notebooks", "assets", PROFILES)
# The last two can be downloaded from the pages.
SOURCE_FILES = (
    "_config.yml", MARKER, PARAMETER_FILE, "requirements.lock", "data/README.md", "data/published_numbers.csv",
)  # fmt: skip


# Beside them, where it is the published cohort: another one is no source, and no digest of it is one of sources.
PUBLISHED_COHORT = "data/cohort.csv"


@cache
def installed() -> Mapping[str, str]:
    """Return the installed versions of the software that the numbers depend on."""
    return {name: version(name) for name in SOFTWARE}


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def digest(parts: Iterable[bytes | str]) -> str:
    """Return one SHA-256 over a sequence of inputs."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "big") + raw)
    return total.hexdigest()


def source_files(root: Path) -> list[Path]:
    """Return every file of the project that the book is made from, sorted: also beside pages that lie elsewhere."""
    found = {root / name for name in SOURCE_FILES if (root / name).is_file()}
    if is_published(root / PUBLISHED_COHORT):
        found.add(root / PUBLISHED_COHORT)
    named = named_files(root)
    for name in named:
        found |= {path for path in (root / name).parent.glob(f"{Path(name).stem}.*") if path.is_file()}
    for folder in {*SOURCE_FOLDERS, *(Path(name).parts[0] for name in named if len(Path(name).parts) > 1)}:
        found.update(_files(root / folder))
    return sorted(found)


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not _ignored(path))


def _ignored(path: Path) -> bool:
    return "__pycache__" in path.parts or ".ipynb_checkpoints" in path.parts or path.suffix == ".pyc"


def sources_digest(root: Path) -> str:
    """Return one SHA-256 over names and contents of the project's files and of the package that is running."""
    package = Path(hai_utils.__file__).resolve().parent
    return digest([*_named(root, source_files(root)), *_named(package, sorted(_files(package)))])


def _named(root: Path, files: Iterable[Path]) -> Iterable[bytes]:
    for path in files:
        yield path.relative_to(root).as_posix().encode()
        yield path.read_bytes()
