"""A process that keeps what it has imported and read, and forks from itself a process for each job that it is sent.

A server is started before its owner imports anything heavy or has a thread. It first prepares: imports, checks, analyses
made once. Each job then starts at once with all of that, and leaves nothing of itself behind for the next.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from hai_utils.run.processes.job import DiedError, Job, JobOutcome, outcome_of
from hai_utils.run.processes.process import Method, Process
from hai_utils.run.processes.watchdog import Ended, Started, run_watched

T = TypeVar("T")
# How often the owner looks up while jobs run, seconds.
LOOK = 0.1
# A server whose owner is done has so long to end its jobs and remove what they left, seconds.
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class _Prepare:
    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class _Run:
    jobs: Sequence[Job[Any]]
    at_a_time: int


@dataclass(frozen=True, slots=True)
class _Prepared:
    outcome: JobOutcome[Any]


class Prepared(Generic[T]):
    """The answer of something that a server prepares."""

    def __init__(self, server: Server, place: int) -> None:
        self._server, self._place = server, place

    def result(self) -> T:
        """Wait for it and return it.

        Raises
        ------
        HaiError, FailedError
            As the work did.
        DiedError
            Where the server is gone.
        """
        return cast(T, self._server.prepared(self._place).result())


class Server:
    """A server as seen by its owner, one thread of one process.

    Parameters
    ----------
    method : {"fork", "spawn"}, optional
        How it is started: what is safe here unless given.
    """

    def __init__(self, method: Method | None = None) -> None:
        self._process = Process(serve, method, signal.SIGTERM)
        self._asked = 0
        self._has_run = False
        self._answers: list[JobOutcome[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End it, and with it what it runs; a second time does nothing."""
        if not self._process.connection.closed:
            self._process.end(PATIENCE if self._has_run or self._process.spawned else 0.0)

    def prepare(self, work: Callable[[], T]) -> Prepared[T]:
        """Let the server itself do something, after what it was asked before; what it leaves in memory, jobs find."""
        self._send(_Prepare(work))
        self._asked += 1
        return Prepared(self, self._asked - 1)

    def prepared(self, place: int) -> JobOutcome[Any]:
        """Return the outcome of what it prepared at this place."""
        while len(self._answers) <= place:
            self._receive()
        return self._answers[place]

    def run(
        self,
        jobs: Sequence[Job[T]],
        at_a_time: int,
        watch: Callable[[Sequence[int]], None] = lambda running: None,
    ) -> Iterator[tuple[int, JobOutcome[T]]]:
        """Send jobs now; return what gives the place of each as it ends, and its outcome.

        Parameters
        ----------
        jobs : sequence of Job
            Started in this order.
        at_a_time : int
            How many.
        watch : callable
            Called now and then with the places of those that are running.

        Raises
        ------
        DiedError
            Where the server is gone.
        """
        self._has_run = True
        self._send(_Run(jobs, at_a_time))
        return self._ended(len(jobs), watch)

    def _ended(self, left: int, watch: Callable[[Sequence[int]], None]) -> Iterator[tuple[int, JobOutcome[Any]]]:
        running: list[int] = []
        while left:
            message = self._receive() if self._process.connection.poll(LOOK) else None
            if isinstance(message, Started):
                running.append(message.place)
            elif isinstance(message, Ended):
                running.remove(message.place)
                left -= 1
                yield message.place, message.outcome
            watch(running)

    def _send(self, message: object) -> None:
        # That the server is gone is noticed where its answer is waited for.
        with suppress(ConnectionError):
            self._process.connection.send(message)

    def _receive(self) -> object:
        try:
            message = self._process.connection.recv()
        except (EOFError, ConnectionError):
            raise DiedError from None
        if isinstance(message, _Prepared):
            self._answers.append(message.outcome)
        return message


def serve(connection: Connection) -> None:
    """Prepare and run what is sent until the connection closes; this is what the server's process does."""
    # Where its owner is killed, it still ends its jobs in order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with suppress(EOFError, ConnectionError):
        while True:
            message = connection.recv()
            if isinstance(message, _Prepare):
                connection.send(_Prepared(outcome_of(message.work)))
            else:
                # What is here once and for all is neither searched for garbage by jobs nor, by that, copied.
                gc.freeze()
                run_watched(message.jobs, message.at_a_time, connection, connection.send)
