"""Build centers on this machine, one a core at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from hai_utils.run.processes.job import DiedError, Job
from hai_utils.run.processes.server import Server
from hai_utils.sites.building import build_center, ready_for_books
from hai_utils.sites.tasks import DIED, MOST_DEATHS, Done, Task


def build_locally(tasks: Sequence[Task], at_a_time: int, done: Done) -> None:
    """Build all tasks, so many at a time; `done` is called for each as it ends, in this thread."""
    deaths: Counter[str] = Counter()
    left = list(tasks)
    while left:
        with Server() as server:
            server.prepare(ready_for_books)
            suspects = _round(server, left, at_a_time, done)
        deaths.update(task.name for task in suspects)
        for task in suspects:
            if deaths[task.name] == MOST_DEATHS:
                left.remove(task)
                done(task, DIED)


def _round(server: Server, left: list[Task], at_a_time: int, done: Done) -> list[Task]:
    """Build tasks on a server and take those that are done off the list; return those that may have killed a process."""
    tasks, running, died = list(left), list[int](), []

    def watch(places: Sequence[int]) -> None:
        running[:] = places

    try:
        for place, outcome in server.run([Job(partial(build_center, task)) for task in tasks], at_a_time, watch):
            if isinstance(outcome.error, DiedError):
                died.append(tasks[place])
            else:
                left.remove(tasks[place])
                done(tasks[place], outcome.result())
    except DiedError:
        # The server itself: where nothing ran, every center is as suspect as the others.
        died += [tasks[place] for place in running] or [task for task in left if task not in died]
    return died
