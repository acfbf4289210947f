"""Build centers on this machine: one builder a core, each fed by a thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from hai_utils.sites.builder import Builder, BuilderDiedError
from hai_utils.sites.tasks import DIED, MOST_DEATHS, Answer, Done, Task, as_message


def build_locally(tasks: Sequence[Task], jobs: int, done: Done) -> None:
    """Build all tasks, so many at a time; `done` is called for each as it ends, in this thread."""
    builders: list[Builder] = []
    own = threading.local()

    def build(task: Task) -> Answer:
        for _ in range(MOST_DEATHS):
            if getattr(own, "builder", None) is None:
                own.builder = Builder()
                builders.append(own.builder)
            try:
                builder: Builder = own.builder
                return builder.build(as_message(task))
            except BuilderDiedError:
                own.builder = None
        return DIED

    executor = ThreadPoolExecutor(max(1, min(jobs, len(tasks))))
    try:
        futures = {executor.submit(build, task): task for task in tasks}
        for future in as_completed(futures):
            done(futures[future], future.result())
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for builder in builders:
            builder.close()
