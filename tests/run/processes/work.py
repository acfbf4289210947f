"""Work that the servers of the tests are given; a process that is started anew imports it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from hai_utils.errors import DataError
from hai_utils.run.processes.job import Job
from hai_utils.run.processes.server import Server

REMEMBERED: list[str] = []


def remember(text: str) -> int:
    REMEMBERED.append(text)
    return len(REMEMBERED)


def remembered() -> str:
    return ",".join(REMEMBERED)


def echo(text: str) -> str:
    return text


def refuse() -> str:
    raise DataError(["line 2: one fault.", "line 3: another."])


def fail() -> str:
    raise ValueError("MRN 4711")


def die() -> str:
    os._exit(0)


def hang(sign: Path) -> str:
    """Start a program that hangs, say so, and hang."""
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", str(sign)])
    sign.write_text(str(os.getpid()), encoding="ascii")
    time.sleep(300)
    return ""


def leave_in_the_temporary_folder(sign: Path) -> str:
    sign.write_text(tempfile.mkdtemp(), encoding="utf-8")
    time.sleep(300)
    return ""


if __name__ == "__main__":
    # Owns a server at work, for a test that ends this process; the work is that of the module of this name.
    from tests.run.processes.work import hang as hanging

    # Where the tests run in the background of a shell, Ctrl-C is ignored by all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Server("fork" if sys.argv[1] == "fork" else "spawn") as server:
        list(server.run([Job(partial(hanging, Path(sys.argv[2])))], 1))
