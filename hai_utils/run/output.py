"""Where a run goes: made in a private folder beside the output, and exchanged for the previous run at the end."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from hai_utils.errors import BuildError, ParameterError

STAMP = "stamp.json"
# Of Linux: paths count from the working directory; both names stay and change places.
_HERE, _RENAME_EXCHANGE = -100, 2


def is_current(out: Path, inputs: str) -> bool:
    """Say whether a folder holds a whole run of exactly these inputs: no file is missing, added or cut short."""
    try:
        if not is_trusted(out):
            return False
        stamp = json.loads((out / STAMP).read_text(encoding="utf-8"))
        return bool(stamp.get("inputs") == inputs and stamp.get("bytes") == _sizes(out))
    except (OSError, ValueError, AttributeError):
        return False


def is_trusted(out: Path) -> bool:
    """Say whether a finished run can only have been written by this user: the folder and its stamp are theirs alone."""
    try:
        folder, stamp = out.lstat(), (out / STAMP).lstat()
    except OSError:
        return False
    others = folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH) or stamp.st_mode & stat.S_IWOTH
    return not others and {folder.st_uid, stamp.st_uid} == {os.getuid()}


def write_stamp(folder: Path, inputs: str) -> None:
    """Note what a finished run was made from, and the size of each of its files."""
    (folder / STAMP).write_text(json.dumps({"inputs": inputs, "bytes": _sizes(folder)}) + "\n", encoding="utf-8")


def _sizes(folder: Path) -> dict[str, int]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / STAMP)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


def check_target(out: Path) -> None:
    """Refuse a folder that is not a run of ours: it would be replaced whole.

    Raises
    ------
    ParameterError
        Where the output is a file, or a folder with other things in it.
    """
    if out.is_file():
        raise ParameterError(f"--out {out}: this is a file; name a folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / STAMP).is_file():
        raise ParameterError(
            f"--out {out}: the folder holds other files and would be replaced. Name a new or empty one."
        )


@contextmanager
def private_folder(out: Path) -> Iterator[Path]:
    """Give a private folder beside the output; left-overs of killed builds go, and it goes itself at the end.

    Raises
    ------
    BuildError
        Where the place cannot be written to, or another build of the same output is under way.
    """
    with locked(out):
        for left_over in out.parent.glob(f".{out.name}.building-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        restore(out)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.building-", dir=out.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold an output for oneself; the lock goes with the process, however that ends.

    Raises
    ------
    BuildError
        Where the place cannot be written to, or another build of the same output is under way.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(out)
    except OSError as error:
        raise BuildError(f"--out {out}: the folder above cannot be written to ({error.strerror}).") from None
    with lock:
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                Path(lock.name).unlink()


def remove_left_overs(out: Path) -> None:
    """Remove what a killed build left beside an output; where another is under way, or may not, it stays."""
    if any(out.parent.glob(f".{out.name}.building-*")) or (out.parent / f".{out.name}.lock").exists():
        with contextlib.suppress(BuildError), private_folder(out):
            pass


def _locked(out: Path) -> IO[str]:
    """Return the lock of an output folder, held by this process until it is closed."""
    path = out.parent / f".{out.name}.lock"
    while True:
        lock = path.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A build that just ended may have removed the file that was opened here: another could then lock a new one.
            if os.fstat(lock.fileno()).st_ino == path.stat().st_ino:
                return lock
        except FileNotFoundError:
            pass
        except BlockingIOError:
            lock.close()
            raise BuildError(
                f"--out {out}: another build of this folder is under way. Wait for it, or name another --out."
            ) from None
        lock.close()


def _previous(out: Path) -> Path:
    return out.parent / f".{out.name}.previous"


def restore(out: Path) -> None:
    """Put the previous run back where a build was killed between the two steps of the exchange."""
    previous = _previous(out)
    if previous.is_dir():
        if out.exists():
            shutil.rmtree(previous, ignore_errors=True)
        else:
            previous.rename(out)


def exchange(folder: Path, out: Path) -> None:
    """Put a finished run in the place of the previous one, which goes; on Linux in one step that nothing interrupts."""
    folder.chmod(0o755)
    if not out.exists():
        folder.rename(out)
        return
    previous = _previous(out)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        if _exchange_names(folder, out):
            folder.rename(previous)
        else:
            out.rename(previous)
            folder.rename(out)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    shutil.rmtree(previous, ignore_errors=True)


def _exchange_names(one: Path, other: Path) -> bool:
    """Exchange the names of two folders; False where the system or the file system cannot."""
    if sys.platform != "linux":
        return False
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return bool(call(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _RENAME_EXCHANGE) == 0)
