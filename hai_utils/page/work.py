"""What may take long, done in a forked child: the page says what it does meanwhile, and a person can stop it."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

from hai_utils.errors import HaiError
from hai_utils.run.processes.job import DiedError, outcome_of
from hai_utils.run.processes.process import Process

T = TypeVar("T")
# Answers that are kept; what was forgotten is done again.
KEPT = 24


class WorkingError(Exception):
    """It is still being done; the page says so and asks again."""

    def __init__(self, what: str, seconds: float) -> None:
        self.what, self.seconds = what, seconds
        super().__init__(what)


class StoppedError(Exception):
    """The person stopped it."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a piece of work depends on: the same key is the same work.

    Attributes
    ----------
    study : str
        Name of the study.
    what : str
        What is done, in words for the person who waits: "Reading the file".
    given : hashable
        All that the answer depends on.
    """

    study: str
    what: str
    given: Hashable


@dataclass(slots=True)
class _Piece:
    process: Process
    answer: asyncio.Future[Any]
    start: float = field(default_factory=time.monotonic)


class Workshop:
    """The pieces of work that are under way, and the answers of those that were done, by a key that says all that they depend on."""

    def __init__(self) -> None:
        self._pieces: dict[Key, _Piece] = {}

    async def done(self, key: Key, work: Callable[[], T], patience: float) -> T:
        """Return the answer of a piece of work, started unless it is under way or was done.

        Parameters
        ----------
        key : Key
            What the answer depends on.
        work : callable
            A function of a module, or a partial of one.
        patience : float
            Seconds after which the page says that it is at work.

        Raises
        ------
        WorkingError
            Where it takes longer than `patience`.
        StoppedError
            Where it was stopped; asked for again, it starts again.
        HaiError
            As the work did.
        """
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = self._started(work)
            self._forget()
        try:
            return cast(T, await asyncio.wait_for(asyncio.shield(piece.answer), patience))
        except TimeoutError:
            if piece.answer.done():
                raise
            raise WorkingError(key.what, time.monotonic() - piece.start) from None
        except asyncio.CancelledError:
            if not piece.answer.cancelled():
                raise
            self._pieces.pop(key, None)
            raise StoppedError from None
        except HaiError:
            raise
        except Exception:
            # Neither a died process nor a fault of ours is an answer to keep.
            self._pieces.pop(key, None)
            raise

    def stop(self, study: str) -> None:
        """End what is under way for a study."""
        for key, piece in self._pieces.items():
            if key.study == study and not piece.answer.done():
                self._end(piece)
                piece.answer.cancel()

    def forget(self, study: str) -> None:
        """Forget the answers of a study: asked for again, they are worked out again."""
        for key in [key for key, piece in self._pieces.items() if key.study == study and piece.answer.done()]:
            del self._pieces[key]

    def _started(self, work: Callable[[], Any]) -> _Piece:
        loop = asyncio.get_running_loop()
        piece = _Piece(Process(partial(_answer, work)), loop.create_future())
        loop.add_reader(piece.process.connection.fileno(), self._arrived, piece)
        return piece

    def _arrived(self, piece: _Piece) -> None:
        try:
            outcome = piece.process.connection.recv()
        except (EOFError, OSError):
            error: Exception | None = DiedError()
        else:
            error = outcome.error
        self._end(piece)
        if piece.answer.done():
            return
        if error is None:
            piece.answer.set_result(outcome.value)
        else:
            piece.answer.set_exception(error)
            piece.answer.exception()  # seen here: that nobody asks for it any more is no fault

    def _end(self, piece: _Piece) -> None:
        asyncio.get_running_loop().remove_reader(piece.process.connection.fileno())
        piece.process.end()

    def _forget(self) -> None:
        done = [key for key, piece in self._pieces.items() if piece.answer.done()]
        for key in done[: max(0, len(self._pieces) - KEPT)]:
            del self._pieces[key]


def _answer(work: Callable[[], Any], connection: Connection) -> None:
    let_go_of_sockets(connection.fileno())
    connection.send(outcome_of(work))


def let_go_of_sockets(kept: int) -> None:
    """Give up the sockets of the server: what it closes would stay open here, and a browser would wait for an answer on it."""
    folder = Path("/proc/self/fd")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in [int(path.name) for path in folder.iterdir()] if folder.is_dir() else []:
        with suppress(OSError):
            if number != kept and stat.S_ISSOCK(os.fstat(number).st_mode):
                os.dup2(nothing, number)  # the number stays taken: an object of the server may close it once more
