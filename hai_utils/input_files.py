"""The bytes of a file that a user names: an ordinary file of bearable size, read once, or a sentence that says why not."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path

LARGEST_DOCX = 50_000_000  # bytes
LARGEST_UNPACKED = 200_000_000  # bytes
MOST_PARTS = 5_000
# A part of text may shrink to a hundredth; what shrinks more than this was made to.
MOST_SHRUNK = 300
SHRUNK_FROM = 2**20
DOCX_BODY = "word/document.xml"


class UnusableFileError(Exception):
    """A path cannot be read as an ordinary file.

    Parameters
    ----------
    code : {'file_missing', 'file_folder', 'file_kind', 'file_large', 'file_damaged'}
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


def read_docx(path: Path, wanted: Collection[str] = (DOCX_BODY,)) -> dict[str, bytes]:
    """Return parts of a Word document, unpacked within bounds; a part that declares entities is refused.

    Parameters
    ----------
    wanted : collection of str
        The parts, of which only the body has to be there.

    Raises
    ------
    UnusableFileError
        Where it is no ordinary file, no DOCX, or unpacks to more than a manuscript holds.
    """
    content = read_regular(path, LARGEST_DOCX)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            swollen = [part for part in parts if part.file_size > max(SHRUNK_FROM, MOST_SHRUNK * part.compress_size)]
            if swollen or len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise UnusableFileError("file_large", "The file unpacks to more than a manuscript holds.")
            names = {part.filename for part in parts}
            if DOCX_BODY not in names:
                raise UnusableFileError("file_kind", "This is no Word document. Save it as .docx.")
            found = {name: archive.read(name) for name in wanted if name in names}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise UnusableFileError(
            "file_damaged", "The file is no DOCX, damaged, or protected by a password. Save it as .docx."
        ) from None
    for part in found.values():
        # Entities can make a few bytes expand to gigabytes; no word processor declares any. A NUL means UTF-16.
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"\0" in part:
            raise UnusableFileError("file_kind", "The file declares XML entities, which no word processor writes.")
    return found
