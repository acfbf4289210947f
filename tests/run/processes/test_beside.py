"""Work that is done in a process beside this one."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import typst

from hai_utils.errors import BuildError
from hai_utils.run.processes import watchdog
from hai_utils.run.processes.watchdog import beside, dealt


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this process, in which numerical libraries have threads, for one that has a single thread."""
    monkeypatch.setattr(watchdog, "is_alone", lambda: True)


@pytest.mark.usefixtures("alone")
def test_work_beside_is_done_in_another_process_and_its_answer_returned() -> None:
    with beside(os.getpid) as answer:
        assert answer() != os.getpid()


def test_work_that_may_not_be_apart_is_done_here_when_it_is_asked_for() -> None:
    done: list[int] = []
    with beside(lambda: done.append(1), apart=False) as answer:
        assert not done
        answer()
    assert done == [1]


def test_beside_threads_of_a_library_which_a_fork_would_lack_the_work_is_done_here() -> None:
    typst.compile(b"Some words", format="pdf")
    with beside(os.getpid) as answer:
        assert answer() == os.getpid()


@pytest.mark.usefixtures("alone")
def test_an_error_of_ours_is_raised_where_the_answer_is_asked_for() -> None:
    def work() -> None:
        raise BuildError("no page")

    with beside(work) as answer, pytest.raises(BuildError, match="no page"):
        answer()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("fault", ["killed", "raised"])
def test_work_whose_process_died_or_failed_is_done_again_here(fault: str) -> None:
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            if fault == "raised":
                raise ZeroDivisionError
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    with beside(work) as answer:
        assert answer() == "done"


@pytest.mark.usefixtures("alone")
def test_the_process_ends_with_what_was_done_beside_it(tmp_path: Path) -> None:
    said = tmp_path / "number"

    def work() -> None:
        said.write_text(str(os.getpid()))
        signal.pause()

    with pytest.raises(KeyError), beside(work):  # noqa: PT012 - the error is what ends it
        while not said.is_file() or not said.read_text():
            time.sleep(0.01)
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(int(said.read_text()), 0)


@pytest.mark.usefixtures("alone")
def test_what_is_dealt_goes_to_one_process_each() -> None:
    things = [f"figure {place}" for place in range(300)]

    def work() -> list[str]:
        return list(taken)

    with dealt(things) as taken, beside(work) as answer:
        here = [next(taken), *taken]
        there = answer()
    assert sorted([*here, *there]) == sorted(things)
    assert here[0] == things[0] or there[0] == things[0]


def test_nothing_is_dealt_of_nothing() -> None:
    with dealt([]) as taken:
        assert list(taken) == []
