"""A server answers, keeps errors whole, watches its jobs, and leaves no process behind whatever ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from hai_utils.errors import DataError
from hai_utils.run.processes.job import DiedError, FailedError, Job
from hai_utils.run.processes.process import Method
from hai_utils.run.processes.server import Server
from tests.conftest import ROOT
from tests.run.processes import work
from tests.run.robust import appears, gone_within

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at as Linux shows them")


@pytest.fixture(params=["fork", "spawn"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    before = set(psutil.Process().children())
    with Server(request.param) as found:
        yield found
    # Python's own tracker of resources stays with the test runner.
    left = set(psutil.Process().children()) - before
    assert not [child for child in left if "resource_tracker" not in " ".join(child.cmdline())]


def outcomes(server: Server, *jobs: Job[object], at_a_time: int = 2) -> list[object]:
    found = dict(server.run(jobs, at_a_time))
    return [found[place].error or found[place].value for place in range(len(jobs))]


def test_jobs_are_answered_by_their_place_though_an_answer_is_long(server: Server) -> None:
    texts = ["one", "é" * 3_000_000, ""]
    assert outcomes(server, *(Job(partial(work.echo, text)) for text in texts)) == texts


def test_a_job_finds_what_was_prepared_and_leaves_nothing_of_its_own(server: Server) -> None:
    prepared = server.prepare(partial(work.remember, "prepared"))
    jobs = Job(partial(work.remember, "by a job")), Job(work.remembered)
    assert outcomes(server, *jobs, at_a_time=1) == [2, "prepared"]
    assert prepared.result() == 1


def test_what_is_refused_keeps_its_problems(server: Server) -> None:
    with pytest.raises(DataError) as caught:
        server.prepare(work.refuse).result()
    assert caught.value.problems == ("line 2: one fault.", "line 3: another.")


def test_any_other_error_is_named_by_its_type_alone(server: Server) -> None:
    with pytest.raises(FailedError, match=r"^ValueError$"):
        server.prepare(work.fail).result()


def test_a_job_that_dies_is_told_from_one_that_says_nothing(server: Server) -> None:
    died, silent = outcomes(server, Job(work.die), Job(partial(work.echo, "")))
    assert isinstance(died, DiedError)
    assert silent == ""


def test_a_job_that_takes_too_long_is_ended_with_all_that_it_started(server: Server, tmp_path: Path) -> None:
    slow, quick = outcomes(server, Job(partial(work.hang, tmp_path / "sign"), 2.0), Job(partial(work.echo, "done")))
    assert isinstance(slow, TimeoutError)
    assert quick == "done"
    assert gone_within(str(tmp_path), 5)


def test_no_more_jobs_run_at_a_time_than_may(server: Server) -> None:
    seen: list[int] = []
    jobs = [Job(partial(time.sleep, 0.3)) for _ in range(3)]
    list(server.run(jobs, 2, lambda running: seen.append(len(running))))
    assert max(seen) == 2


def test_where_the_server_dies_its_owner_is_told(server: Server) -> None:
    with pytest.raises(DiedError):
        server.prepare(work.die).result()
    with pytest.raises(DiedError):
        list(server.run([Job(work.remembered)], 1))


def test_an_owner_that_leaves_in_the_midst_ends_all(server: Server, tmp_path: Path) -> None:
    server.run([Job(partial(work.hang, tmp_path / "sign"))], 1)
    assert appears(tmp_path, "sign", 20)
    server.end()
    assert gone_within(str(tmp_path), 5)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_whatever_ends_the_owner_ends_the_server_and_its_jobs(method: Method, number: int, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    words = [sys.executable, "-m", "tests.run.processes.work", method, str(sign)]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.DEVNULL) as owner:
        assert appears(tmp_path, "sign", 60)
        os.kill(owner.pid, number)
    assert gone_within(str(sign), 10)


def test_what_a_job_left_in_the_temporary_folder_goes_with_a_server_that_was_started_anew(tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    with Server("spawn") as server:
        server.run([Job(partial(work.leave_in_the_temporary_folder, sign))], 1)
        assert appears(tmp_path, "sign", 20)
        time.sleep(0.1)
        left = Path(sign.read_text(encoding="utf-8"))
        assert left.is_dir()
    assert not left.exists()
