"""The notebooks run on whatever executor is given; what goes wrong in it is said in a sentence."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from hai_utils.errors import BuildError
from hai_utils.parameters import load_parameters
from hai_utils.results.files import results_csv
from hai_utils.run.build import Running, prepare_run
from hai_utils.run.watched import DiedError, run_side_by_side, run_watched
from tests.run.robust import small_project


class HereExecutor(Executor):
    """Runs everything at once, where it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*words, **named))
        return future


class DyingExecutor(ProcessPoolExecutor):
    """A process pool whose worker ends as soon as it has work."""

    def submit(self, fn: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:
        return super().submit(os._exit, 1)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("small") / "project")


def run_on(executor: Executor, project: Path, folder: Path) -> str:
    parameters = load_parameters([project / "params.yml"])
    with executor:
        return results_csv(prepare_run(project, parameters, folder, Running(executor=executor)))


def test_every_executor_gives_the_same_results(project: Path, tmp_path: Path) -> None:
    """Threads cannot fork safely, so there ordinary kernels stand in."""
    executors = (HereExecutor(), ThreadPoolExecutor(2), ProcessPoolExecutor(1))
    found = [run_on(executor, project, tmp_path / str(place)) for place, executor in enumerate(executors)]
    assert found[0].count("\n") > 100
    assert found[1] == found[0]
    assert found[2] == found[0]
    notebooks = {(tmp_path / str(place) / "notebooks" / "02_complications.ipynb").read_bytes() for place in range(3)}
    assert len(notebooks) == 1


def test_a_dead_worker_is_reported_in_a_sentence(project: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"ended unexpectedly.*02_complications\.ipynb"):
        run_on(DyingExecutor(1), project, tmp_path)


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
