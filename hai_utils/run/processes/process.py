"""A process of this program, forked or, where forking is unsafe, started anew, with one connection to it.

It leads a group of its own, so that Ctrl-C reaches only the process that decides and what it starts ends with it. It
ends with the process that started it, however that ends: its connection closes, and Linux sends it a signal.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import subprocess

Method = Literal["fork", "spawn"]
Main = Callable[[Connection], None]
_PR_SET_PDEATHSIG = 1
_POLL = 0.002
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SPAWNED = "import sys; from hai_utils.run.processes.process import spawned; spawned(int(sys.argv[1]))"


def safe_method() -> Method:
    """Return how a process may be started here: forking is safe on Linux, and with no other thread."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def is_alone() -> bool:
    """Say whether the one thread here is all that there is, those of libraries counted.

    A process forked beside them lacks them: what needs them, as Typst does, would wait for them for ever.
    """
    return safe_method() == "fork" and len(list(Path("/proc/self/task").iterdir())) == 1


class Process:
    """A process at work, as seen by the one that started it.

    Parameters
    ----------
    main : callable
        What it does, with its end of the connection; where it is spawned, a function of a module.
    method : {"fork", "spawn"}, optional
        What is safe here unless given.
    orphaned : int
        The signal that Linux sends to a forked one when the process that started it ends.

    Attributes
    ----------
    connection : Connection
        To it; closed by `end`.
    """

    def __init__(self, main: Main, method: Method | None = None, orphaned: int = signal.SIGKILL) -> None:
        self.connection, other = Pipe()
        self._program: subprocess.Popen[bytes] | None = None
        if (method or safe_method()) == "fork":
            self._pid = self._fork(main, other, orphaned)
        else:
            self._program = _spawn(other)
            self._pid = self._program.pid
            self.connection.send(main)
        other.close()

    def _fork(self, main: Main, other: Connection, orphaned: int) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            self.connection.close()
            _do(main, other, parent, orphaned)
        with suppress(OSError):
            os.setpgid(child, child)
        return child

    @property
    def spawned(self) -> bool:
        """Whether it was started anew: it then has a temporary folder to remove."""
        return self._program is not None

    def end(self, patience: float = 0.0) -> None:
        """End it with all that it started, after giving it some seconds to see that the connection is closed."""
        self.connection.close()
        deadline = time.monotonic() + patience
        while not self.ended() and time.monotonic() < deadline:
            time.sleep(_POLL)
        with suppress(OSError):
            os.killpg(self._pid, signal.SIGKILL)
        while not self.ended():
            with suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(_POLL)

    def ended(self) -> bool:
        """Say whether it has ended; its connection may be open still, held by what it started."""
        if self._program is not None:
            return self._program.poll() is not None
        try:
            return os.waitpid(self._pid, os.WNOHANG)[0] != 0
        except OSError:
            return True


def _spawn(other: Connection) -> subprocess.Popen[bytes]:
    import subprocess

    paths = os.pathsep.join(dict.fromkeys(path for path in sys.path if path))
    return subprocess.Popen(
        [sys.executable, "-c", _SPAWNED, str(other.fileno())], pass_fds=[other.fileno()], start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **_ONE_THREAD, "PYTHONPATH": paths},
    )  # fmt: skip


def spawned(number: int) -> None:
    """Do in a process that was started anew what is sent first; the number is that of its connection's file."""
    from hai_utils.run.processes.scratch import scratch

    connection = Connection(number)
    with suppress(EOFError), scratch():
        connection.recv()(connection)


def _do(main: Main, connection: Connection, parent: int, orphaned: int) -> None:
    """Do the work in a process that was just forked; never return."""
    code = 1
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        _end_with(parent, orphaned)
        main(connection)
        code = 0
    finally:
        os._exit(code)


def _end_with(parent: int, orphaned: int) -> None:
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, orphaned)
    if os.getppid() != parent:
        # The parent went before it could be watched.
        os._exit(1)
