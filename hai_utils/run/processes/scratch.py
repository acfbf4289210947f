"""A temporary folder of a process and all that it starts; what killed processes left goes when the next one is made."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "hai-scratch-"
# Says that a folder is one of these: another one of such a name is nobody's to remove.
MARK = ".made-by-hai"
# A folder this young may be one that its process is about to lock, seconds.
YOUNG = 60.0


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder of one's own the temporary folder, for programs that are started too, and remove it at the end."""
    above = sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=above, ignore_cleanup_errors=True) as name:
        lock = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (Path(name) / MARK).touch()
            with temporary_files_in(Path(name)):
                yield Path(name)
        finally:
            os.close(lock)


@contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Let temporary files lie in a folder: those of this process and of programs that it starts."""
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        os.environ.pop("TMPDIR")
        if before[0] is not None:
            os.environ["TMPDIR"] = before[0]
        tempfile.tempdir = before[1]


def sweep() -> Path:
    """Remove such folders of this user whose process is gone, as the lock went with it; return where they lie."""
    above = Path(tempfile.gettempdir())
    for folder in above.glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if not (folder / MARK).is_file() or about.st_uid != os.getuid() or time.time() - about.st_mtime < YOUNG:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
    return above
