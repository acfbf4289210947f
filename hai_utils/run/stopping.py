"""Stop a build as a user or a system asks for it: what is private to it goes, and no process stays."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Those that end a process at once unless it does something about them; Ctrl-C raises KeyboardInterrupt by itself.
SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def _stop(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(128 + number)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn a request to end into KeyboardInterrupt with the exit code as its argument, so that cleaning up happens."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(number, signal.signal(number, _stop)) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
