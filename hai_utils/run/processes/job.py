"""A piece of work for another process, and how it ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from hai_utils.errors import HaiError

T = TypeVar("T")


class DiedError(Exception):
    """A process ended without an answer: it was killed, or memory ran out."""


class FailedError(Exception):
    """Work raised an error that is none of ours; the text is the name of its type, which tells nothing of a patient."""


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Work to be done in a process of its own.

    Attributes
    ----------
    work : callable
        Called without arguments; it and its answer travel as pickles: a function of a module, or a partial of one.
    seconds : float
        How long it may take.
    """

    work: Callable[[], T]
    seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class JobOutcome(Generic[T]):
    """How a piece of work ended.

    Attributes
    ----------
    value : object or None
        Its answer, if there is no error.
    error : Exception or None
        `HaiError` as raised; `FailedError` for any other error; `DiedError`; `TimeoutError` where it took too long.
    seconds : float
        How long it took.
    """

    value: T | None = None
    error: Exception | None = None
    seconds: float = 0.0

    def result(self) -> T:
        """Return the answer, or raise the error."""
        if self.error is not None:
            raise self.error
        return cast(T, self.value)


def outcome_of(work: Callable[[], T]) -> JobOutcome[T]:
    """Do the work here and now."""
    start = time.perf_counter()
    try:
        return JobOutcome(work(), None, time.perf_counter() - start)
    except HaiError as error:
        return JobOutcome(None, error, time.perf_counter() - start)
    except Exception as error:
        return JobOutcome(None, FailedError(type(error).__name__), time.perf_counter() - start)
