"""Run jobs some at a time, each in a process of its own that is ended when it takes too long."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from hai_utils.run.processes.job import DiedError, FailedError, Job, JobOutcome, outcome_of
from hai_utils.run.processes.process import Process, is_alone

T = TypeVar("T")
# Bytes of a place in a pipe, which holds 64 KiB.
_PLACE = 4


@dataclass(frozen=True, slots=True)
class Started:
    """A job has been started: its place among the jobs."""

    place: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A job has ended: its place among the jobs, and how."""

    place: int
    outcome: JobOutcome[Any]


@dataclass(frozen=True, slots=True)
class _Running:
    place: int
    process: Process
    start: float
    deadline: float


def run_watched(
    jobs: Sequence[Job[Any]], at_a_time: int, asker: Connection, tell: Callable[[Started | Ended], None]
) -> None:
    """Run jobs in their order, so many at a time.

    Parameters
    ----------
    jobs : sequence of Job
        What to run.
    at_a_time : int
        How many processes may be at work.
    asker : Connection
        To the process that asked for it, which sends nothing meanwhile: what can be read is its end.
    tell : callable
        Called as jobs start and end.

    Raises
    ------
    EOFError
        Where the asker has gone; all that runs is ended.
    """
    waiting = deque(enumerate(jobs))
    running: dict[Connection, _Running] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_a_time:
                one = _start(*waiting.popleft())
                running[one.process.connection] = one
                tell(Started(one.place))
            left = min(one.deadline for one in running.values()) - time.monotonic()
            ready = wait([asker, *running], None if left == float("inf") else max(0.0, left))
            if asker in ready:
                raise EOFError
            now = time.monotonic()
            for connection in [c for c, one in running.items() if c in ready or now >= one.deadline]:
                one = running.pop(connection)
                tell(Ended(one.place, _outcome(one, connection in ready)))
    finally:
        for one in running.values():
            one.process.end()


@contextmanager
def beside(work: Callable[[], T], *, apart: bool = True, yielding: int = 0) -> Iterator[Callable[[], T]]:
    """Do some work in a process forked from this one while something else is done here.

    Parameters
    ----------
    work : callable
        What to do; what it changes in memory is lost with its process.
    apart : bool
        Whether a process may be taken; otherwise, and where forking is unsafe, the work is done when it is asked for.
    yielding : int
        How far it lets other processes go first, as `os.nice` counts: for work that is wanted last.

    Yields
    ------
    callable
        Waits for the answer and returns it, or raises the error of the work.
    """
    if not apart or not is_alone():
        yield work
        return
    one = _start(0, Job(partial(_yielding, work, yielding)))
    try:
        yield partial(_answer_of, one, work)
    finally:
        one.process.end()


@contextmanager
def dealt(things: Sequence[T]) -> Iterator[Iterator[T]]:
    """Deal things out one by one, among this process and those forked from it within: each gets the next when it asks.

    What a process took that then died is with nobody.
    """
    places, into = os.pipe()
    try:
        with os.fdopen(into, "wb") as file:
            file.writelines(place.to_bytes(_PLACE) for place in range(len(things)))
        yield (things[int.from_bytes(place)] for place in iter(partial(os.read, places, _PLACE), b""))
    finally:
        os.close(places)


def _answer_of(one: _Running, work: Callable[[], T]) -> T:
    try:
        return _outcome(one, answered=True).result()  # type: ignore[no-any-return]  # the answer of this very work
    except (DiedError, FailedError):
        # Of what went wrong there a name came here at most: done again, it says itself what it is.
        return work()


def _yielding(work: Callable[[], T], steps: int) -> T:
    os.nice(steps)
    return work()


def _start(place: int, job: Job[Any]) -> _Running:
    start = time.monotonic()
    return _Running(place, Process(partial(_answer, job)), start, start + job.seconds)


def _answer(job: Job[Any], connection: Connection) -> None:
    connection.send(outcome_of(job.work))


def _outcome(one: _Running, answered: bool) -> JobOutcome[Any]:
    """Return how a job ended whose process has answered or died, or has run out of time; end the process."""
    try:
        outcome: JobOutcome[Any] = one.process.connection.recv() if answered else JobOutcome(error=TimeoutError())
    except (EOFError, OSError):
        outcome = JobOutcome(error=DiedError())
    one.process.end()
    return outcome if outcome.seconds else JobOutcome(None, outcome.error, time.monotonic() - one.start)
