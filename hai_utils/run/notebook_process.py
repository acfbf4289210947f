"""The process that runs the notebooks of a build: it imports what they use while the build imports what pages need.

It is forked before the build has imported either, so both are done at the same time; notebooks are then forked from it.
It also checks the inputs, for which it has what is needed first. It is ended by a build that is stopped, and by the
system where the build ends in any other way.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from hai_utils.errors import HaiError
from hai_utils.run.stopping import end_if_asked
from hai_utils.run.watched import start_worker

if TYPE_CHECKING:
    from hai_utils.run.notebooks import Job

# Notebooks that it runs at a time.
WORKERS = 2
# How often progress is looked at, seconds.
LOOK = 0.1


class NotebookProcess:
    """The process as seen by the build; it starts at once. Linux only, as all forking here.

    Parameters
    ----------
    workers : int
        Notebooks that run at a time.
    check : callable, optional
        What it does first; `checked` returns the text that it gives.
    """

    def __init__(self, workers: int = WORKERS, check: Callable[[], str] | None = None) -> None:
        context = get_context("fork")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, self._connection, os.getpid(), workers, check))
        self._process.start()
        other.close()

    def checked(self) -> str:
        """Return, once and before anything runs, what the check gave.

        Raises
        ------
        HaiError
            As the check does.
        BuildError
            Where the process ended.
        """
        return str(self._received())

    def _received(self, unfinished: Iterable[Job] = ()) -> object:
        """Return what comes next; an error that comes is raised."""
        try:
            message = self._connection.recv()
        except (EOFError, ConnectionError):
            from hai_utils.run.notebooks import process_ended

            raise process_ended(unfinished) from None
        if isinstance(message, Exception):
            raise message
        return message

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End it, and with it what it runs."""
        self._process.kill()
        self._process.join()
        self._connection.close()

    def run(
        self,
        jobs: Sequence[Job],
        finished: Callable[[Job, float], None],
        meanwhile: Callable[[], None],
        watch: Callable[[Sequence[Job]], None],
    ) -> None:
        """Run the jobs side by side; see `hai_utils.run.notebooks.run_jobs`.

        Raises
        ------
        BuildError
            Naming notebook, cell and error of each that failed, hangs, or whose process ended.
        """
        waiting = {job.chapter: job for job in jobs}
        running: list[str] = []
        with suppress(ConnectionError):
            self._connection.send(list(jobs))
        meanwhile()
        while True:
            end_if_asked()
            if self._connection.poll(LOOK):
                message = self._received(waiting.values())
                if message is None:
                    return
                if isinstance(message, list):
                    running = message
                else:
                    chapter, seconds = cast(tuple[str, float], message)
                    finished(waiting.pop(chapter), seconds)
            watch([waiting[chapter] for chapter in running if chapter in waiting])


@contextmanager
def started_early(workers: int, check: Callable[[], str]) -> Iterator[NotebookProcess | None]:
    """Give a process that has started, and end it; None where forking is unsafe (not Linux)."""
    if sys.platform != "linux":
        yield None
        return
    with NotebookProcess(workers, check) as process:
        yield process


def _serve(
    connection: Connection, other: Connection, parent: int, workers: int, check: Callable[[], str] | None
) -> None:
    """Check the inputs, run the notebooks that are sent, and send back how they go; None at the end."""
    other.close()
    # Nobody listens any more where the build has ended.
    with suppress(EOFError, ConnectionError):
        try:
            start_worker(parent)
            if check:
                connection.send(check())
            _run_sent(connection, workers)
            connection.send(None)
        except HaiError as error:
            connection.send(error)


def _run_sent(connection: Connection, workers: int) -> None:
    from hai_utils.run.notebooks import own_executor, run_jobs, warm_up

    warm_up()
    jobs = connection.recv()
    from hai_utils.run.shared_analysis import analyse_shared

    analyse_shared(jobs)
    shown: list[str] = []

    def watch(running: Sequence[Job]) -> None:
        chapters = [job.chapter for job in running]
        if chapters != shown:
            shown[:] = chapters
            connection.send(chapters)

    with own_executor(workers, "fork") as executor:
        run_jobs(jobs, executor, lambda job, seconds: connection.send((job.chapter, seconds)), watch=watch)
