"""The bytes of a file, read once: what is checked and analyzed is what was hashed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from hai_utils.cohort.problems import Problem, problem, stop
from hai_utils.cohort.tables.limits import MAX_BYTES
from hai_utils.input_files import UnusableFileError, read_regular


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was when it was read.

    Attributes
    ----------
    name : str
        Its name, without its folder.
    content : bytes
        All of it.
    problems : tuple of Problem
        A warning where the path was a link.
    """

    name: str
    content: bytes
    problems: tuple[Problem, ...] = ()

    @property
    def sha256(self) -> str:
        """The digest of `content`."""
        return hashlib.sha256(self.content).hexdigest()


def read_source(path: Path) -> Source:
    """Read a regular file of bearable size; a pipe, a device and an endless file are refused without being read.

    Raises
    ------
    UnreadableError
        Where it is missing, a folder, no ordinary file, or larger than `MAX_BYTES`.
    """
    try:
        linked, content = path.is_symlink(), read_regular(path, MAX_BYTES)
    except UnusableFileError as error:
        raise stop(error.code, 0, error.found) from None
    except OSError:
        raise stop("file_missing", 0, "The file cannot be read (no such name).") from None
    warnings = (problem("file_link", 0, "", "This is a link to another file."),) if linked else ()
    return Source(path.name or str(path), content, warnings)
