"""Run a piece of work in a process of its own that is ended when it takes too long, or with the process that waits.

The work runs in a fork, so the calling process must have no other thread that could hold a lock meanwhile.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Ask Linux to end this process when its parent ends, however that ends; elsewhere this does nothing."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The parent went before it could be watched.
        os._exit(1)


def start_worker(parent: int) -> None:
    """Make a worker end with its parent, and leave Ctrl-C to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with(parent)


def forking_is_safe() -> bool:
    """Say whether this process may fork: on Linux, and with no other thread."""
    return sys.platform == "linux" and threading.active_count() == 1


class DiedError(Exception):
    """The process ended without an answer; the number is the signal that ended it, or 0."""


def run_watched(work: Callable[[], str], seconds: float) -> str:
    """Run work in a forked process and return its text.

    Parameters
    ----------
    work : callable
        Returns a text; what it raises ends the process without an answer.
    seconds : float
        How long it may take.

    Raises
    ------
    TimeoutError
        Where it took longer; it and all that it started are ended.
    DiedError
        Where it ended without an answer.
    """
    return run_side_by_side([work], seconds)[0]


def run_side_by_side(works: Sequence[Callable[[], str]], seconds: float) -> list[str]:
    """Run several works, each in a forked process of its own, and return their texts; see `run_watched`."""
    deadline = time.monotonic() + seconds
    children: list[tuple[int, int]] = []
    answers: list[str] = []
    try:
        for work in works:
            children.append(_start(work))
        while children:
            child, reader = children[0]
            answer = _read_until(reader, deadline)
            children.pop(0)
            os.close(reader)
            status = os.waitpid(child, 0)[1]
            if not answer:
                raise DiedError(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
            answers.append(answer[1:].decode())
    finally:
        for child, reader in children:
            os.close(reader)
            _end(child)
    return answers


def _start(work: Callable[[], str]) -> tuple[int, int]:
    """Start work in a forked process; return its number and the end of the pipe that its answer comes from."""
    reader, writer = os.pipe()
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(work, writer, parent)
    os.close(writer)
    with suppress(OSError):
        os.setpgid(child, child)
    return child, reader


def _answer(work: Callable[[], str], writer: int, parent: int) -> None:
    """Do the work and write its text, after a mark that says that there is one; never return."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        # A group of its own: what it starts is ended with it, and Ctrl-C is the business of the leader.
        os.setpgid(0, 0)
        end_with(parent)
        with os.fdopen(writer, "wb") as stream:
            stream.write(b"!" + work().encode())
        code = 0
    finally:
        os._exit(code)


def _read_until(reader: int, deadline: float) -> bytes:
    chunks: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            raise TimeoutError
        chunk = os.read(reader, 65536)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def _end(child: int) -> None:
    for end in (os.killpg, os.kill):
        with suppress(OSError):
            end(child, signal.SIGKILL)
    with suppress(OSError):
        os.waitpid(child, 0)
