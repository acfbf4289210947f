"""A request to stop a build comes through, also where a library takes the exception for its own."""

from __future__ import annotations

import os
import signal

import pytest

from hai_utils.run.stopping import end_if_asked, stopped_by_signals


def ask(number: int) -> None:
    """Ask this process to end, while something catches whatever is raised."""
    try:
        os.kill(os.getpid(), number)
        signal.sigtimedwait([], 1)
    except BaseException:
        return


def code_of_stop() -> int | None:
    """Return the exit code with which the next step ends the build; None where it goes on."""
    try:
        end_if_asked()
    except KeyboardInterrupt as stop:
        return int(stop.args[0])
    return None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_request_that_was_swallowed_ends_the_build_at_the_next_step(number: int, code: int) -> None:
    with stopped_by_signals():
        ask(number)
        assert code_of_stop() == code


def test_a_request_is_forgotten_after_its_build() -> None:
    with stopped_by_signals():
        ask(signal.SIGTERM)
    assert code_of_stop() is None
    with stopped_by_signals():
        assert code_of_stop() is None
