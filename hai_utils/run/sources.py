"""The project's own files that a book is made from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# What the numbers depend on beside the project and the package; the page on the run names each with its version.
SOFTWARE = ("numpy", "scipy", "pandas", "matplotlib", "papermill", "jupyter-book", "sphinx", "myst-nb")


def installed() -> dict[str, str]:
    """Return the installed versions of the software that the numbers depend on."""
    return {name: version(name) for name in SOFTWARE}


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


SOURCE_FOLDERS = ("book", "notebooks", "hai_utils", "assets")
# The last two can be downloaded from the pages.
SOURCE_FILES = ("_config.yml", "_toc.yml", "requirements.lock", "data/README.md", "data/published_numbers.csv")


def source_files(root: Path, folders: Sequence[str] = SOURCE_FOLDERS) -> list[Path]:
    """Return every file of the project that the book is made from, sorted."""
    found = [root / name for name in SOURCE_FILES if (root / name).is_file()]
    for folder in folders:
        found += [path for path in (root / folder).rglob("*") if path.is_file() and not _ignored(path)]
    return sorted(found)


def _ignored(path: Path) -> bool:
    return "__pycache__" in path.parts or ".ipynb_checkpoints" in path.parts or path.suffix == ".pyc"


def sources_digest(root: Path) -> str:
    """Return one SHA-256 over the names and contents of all source files."""
    total = hashlib.sha256()
    for path in source_files(root):
        total.update(path.relative_to(root).as_posix().encode() + b"\0" + sha256(path.read_bytes()).encode() + b"\n")
    return total.hexdigest()


def package_digest() -> str:
    """Return one SHA-256 over the package that is running, which need not be that of the project's folder."""
    package = Path(__file__).resolve().parent.parent
    total = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.is_file() and not _ignored(path)):
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + sha256(path.read_bytes()).encode() + b"\n")
    return total.hexdigest()
