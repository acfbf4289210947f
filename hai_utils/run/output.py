"""Where a run goes: made in a private folder beside the output, and exchanged for the previous run at the end."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hai_utils.errors import BuildError, ParameterError

STAMP = "stamp.json"
CONTENTS = ("html/index.html", "results.csv", "series.csv", "params.yml", "provenance.json")


def digest(parts: Sequence[bytes | str]) -> str:
    """Return one SHA-256 over all inputs of a run."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(len(raw).to_bytes(8, "big") + raw)
    return total.hexdigest()


def is_current(out: Path, inputs: str) -> bool:
    """Say whether a folder holds a whole run of exactly these inputs."""
    try:
        stamp = json.loads((out / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return stamp.get("inputs") == inputs and all((out / name).is_file() for name in CONTENTS)


def write_stamp(folder: Path, inputs: str) -> None:
    """Note what a run was made from."""
    (folder / STAMP).write_text(json.dumps({"inputs": inputs}) + "\n", encoding="utf-8")


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
        lock = (out.parent / f".{out.name}.lock").open("w")
    except OSError as error:
        raise BuildError(f"--out {out}: the folder above cannot be written to ({error.strerror}).") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BuildError(
                f"--out {out}: another build of this folder is under way. Wait for it, or name another --out."
            ) from None
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                Path(lock.name).unlink()


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
    """Put a finished run in the place of the previous one."""
    folder.chmod(0o755)
    previous = _previous(out)
    if out.exists():
        out.rename(previous)
    folder.rename(out)
    shutil.rmtree(previous, ignore_errors=True)
