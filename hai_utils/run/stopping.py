"""Stop a build as a user or a system asks for it: what is private to it goes, and no process stays."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The exit code of each request; a library that catches everything while it is imported would lose the exception alone.
_requests: list[int] = []


def _stop(number: int, _: FrameType | None) -> None:
    _requests.append(128 + number)
    raise KeyboardInterrupt(128 + number)


def end_if_asked() -> None:
    """Stop here where a request to end did not come through; called between the steps of a build."""
    if _requests:
        raise KeyboardInterrupt(_requests[0])


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn a request to end into KeyboardInterrupt with the exit code as its argument, so that cleaning up happens."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _requests.clear()
    before = [(number, signal.signal(number, _stop)) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        _requests.clear()
