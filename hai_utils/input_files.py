"""The bytes of a file that a user names: an ordinary file of bearable size, read once, or a sentence that says why not."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class UnusableFileError(Exception):
    """A path cannot be read as an ordinary file.

    Parameters
    ----------
    code : {'file_missing', 'file_folder', 'file_kind', 'file_large'}
        Short, stable name of the fault.
    found : str
        A sentence that says what was found.
    """

    def __init__(self, code: str, found: str) -> None:
        self.code, self.found = code, found
        super().__init__(found)


def read_regular(path: Path, most: int) -> bytes:
    """Return all bytes of an ordinary file; a pipe, a device or an endless file is refused without waiting for it.

    Parameters
    ----------
    most : int
        Bytes that it may have.

    Raises
    ------
    UnusableFileError
        Where it is missing, a folder, no ordinary file, or larger.
    """
    try:
        if path.is_dir():
            raise UnusableFileError("file_folder", "This is a folder.")
        # Opened without waiting, so that a pipe that nobody writes to does not hold the program.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnusableFileError("file_kind", "This is no ordinary file.")
            content = stream.read(most + 1) if status.st_size <= most else b""
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such name"
        raise UnusableFileError("file_missing", f"The file cannot be read ({reason}).") from None
    if max(status.st_size, len(content)) > most:
        size = f"{status.st_size / 2**20:,.0f} MB" if status.st_size > most else "no end"
        raise UnusableFileError("file_large", f"The file has {size}; at most {most // 2**20} MB are read.")
    return content
