"""Work in a forked process that is watched."""

from __future__ import annotations

import os
import threading

import psutil
import pytest

from hai_utils.run.watched import DiedError, run_side_by_side, run_watched


def test_watched_work_gives_its_text_though_it_is_long() -> None:
    assert run_watched(lambda: "é" * 300_000, 20) == "é" * 300_000


def test_works_run_side_by_side_keep_their_order() -> None:
    assert run_side_by_side([lambda: "one", lambda: "", lambda: "three"], 20) == ["one", "", "three"]


def test_work_that_takes_too_long_is_ended() -> None:
    before = psutil.Process().children()
    with pytest.raises(TimeoutError):
        run_watched(lambda: str(threading.Event().wait(60)), 0.2)
    assert psutil.Process().children() == before


def test_work_that_dies_is_told_from_work_that_says_nothing() -> None:
    with pytest.raises(DiedError):
        run_watched(lambda: os._exit(0), 20)
