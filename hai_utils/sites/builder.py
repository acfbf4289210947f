"""A process that has everything imported and builds one book after another, each in a child forked from it.

It is a program of its own rather than a worker of a pool: it can be started within any other process (a worker of a
cluster is a daemon and has threads, neither of which may fork), it ends when whoever started it ends, and its death
costs one center's work. A fresh child a center leaves nothing of a book behind for the next.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

from hai_utils.errors import DataError, HaiError
from hai_utils.run.children import die_with_parent
from hai_utils.sites.tasks import Answer

_LENGTH = struct.Struct(">Q")


class BuilderDiedError(Exception):
    """The builder's process ended before it answered."""


class Builder:
    """A builder as seen by whoever started it."""

    def __init__(self) -> None:
        package = str(Path(__file__).resolve().parent.parent.parent)
        paths = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        # Its own group, so that Ctrl-C reaches the one who decides; it ends when its stdin closes.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hai_utils.sites.builder"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True, env={**os.environ, **threads, "PYTHONPATH": paths},
        )  # fmt: skip

    def build(self, message: dict[str, Any]) -> Answer:
        """Build one book and wait for it.

        Raises
        ------
        BuilderDiedError
            Where the process is gone.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            _send(self._process.stdin, message)
            answer = _receive(self._process.stdout)
        except (OSError, EOFError):
            self.close()
            raise BuilderDiedError from None
        assert isinstance(answer, Answer)
        return answer

    def close(self) -> None:
        """End the process, and the build that it may be at."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # What was still to be sent has no reader.
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _send(stream: IO[bytes], content: object) -> None:
    raw = pickle.dumps(content)
    stream.write(_LENGTH.pack(len(raw)) + raw)
    stream.flush()


def _receive(stream: IO[bytes]) -> object:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    raw = stream.read(length)
    if len(raw) < length:
        raise EOFError
    return pickle.loads(raw)


# --- the process itself ---


def build_one(message: dict[str, Any]) -> Answer:
    """Build one book in this process; whatever goes wrong is an answer."""
    from hai_utils.commands.build import CENTER_BUILD, build_into
    from hai_utils.parameters import validate

    try:
        parameters = validate(message["parameters"])
        build_into(Path(message["root"]), parameters, Path(message["out"]), CENTER_BUILD, workers=1, keep_parts=False)
    except DataError as error:
        return Answer(error.problems, error.exit_code)
    except HaiError as error:
        return Answer((str(error),), error.exit_code)
    except OSError as error:
        return Answer((f"The build failed: {error.strerror or type(error).__name__}.",), 3)
    except Exception as error:
        return Answer((f"The build failed ({type(error).__name__}).",), 3)
    return Answer()


def _in_child(message: dict[str, Any], pipe: Connection) -> None:
    die_with_parent()
    pipe.send(build_one(message))
    pipe.close()


def _forked(message: dict[str, Any], gone: Callable[[], bool]) -> Answer | None:
    """Build in a forked child; None where whoever asked has gone meanwhile."""
    context = get_context("fork")
    reading, writing = context.Pipe(duplex=False)
    child = context.Process(target=_in_child, args=(message, writing))
    child.start()
    writing.close()
    try:
        while not wait([reading], timeout=0.2):
            if gone():
                return None
        answer = reading.recv()
        assert isinstance(answer, Answer)
        return answer
    except EOFError:
        return Answer(("The build's process ended unexpectedly; it may need more memory than there is.",), 3)
    finally:
        if child.is_alive() and gone():
            child.kill()
        child.join()


def main() -> None:
    """Read messages from stdin, write answers to stdout, until stdin closes."""
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    # What a library prints must not run into the answers; what a build says goes nowhere.
    for place in (0, 1, 2):
        os.dup2(nowhere, place)
    from hai_utils.commands.build import import_sphinx
    from hai_utils.run.notebooks import warm_up

    warm_up()
    import_sphinx()
    # A child that looks for garbage need not look at, and so copy, what is here once and for all.
    gc.collect()
    gc.freeze()

    def gone() -> bool:
        # Nothing is sent before the answer to the last message: what can be read now is the end.
        return bool(wait([source.fileno()], timeout=0))

    while True:
        try:
            message = _receive(source)
        except EOFError:
            return
        assert isinstance(message, dict)
        answer = _forked(message, gone) if sys.platform == "linux" else build_one(message)
        if answer is None:
            # A worker that was killed cannot clean up: the copy of the cohort that it had goes with its builder.
            if message.get("private"):
                shutil.rmtree(message["private"], ignore_errors=True)
            return
        _send(target, answer)


if __name__ == "__main__":
    main()
