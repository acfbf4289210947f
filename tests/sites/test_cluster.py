"""Centers built by workers of a real Dask cluster on this machine."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

import pytest

from hai_utils.commands.sites import SitesRequest, run_sites
from hai_utils.errors import BuildError
from hai_utils.parameters import Parameters
from hai_utils.run.inputs import Inputs
from hai_utils.sites import cluster
from hai_utils.sites.connection import Cluster
from hai_utils.sites.tasks import BuildEnd, Task
from tests.sites.center_files import write_conversions, write_drawn

distributed = pytest.importorskip("distributed")
NAMES = ("east", "north", "south", "west")
# What a cluster that loses workers says and leaves is its own affair.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
]


@pytest.fixture
def local_cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None, silence_logs=100
    ) as found:
        yield found


def kill_one(address: str, killed: list[int]) -> None:
    """Kill -9 a worker's process in the midst of its first center."""
    client = distributed.Client(address, set_as_default=False)
    try:
        for _ in range(600):
            busy = [worker for worker, keys in client.processing().items() if keys]
            if busy:
                killed.append(client.run(os.getpid, workers=busy[:1])[busy[0]])
                time.sleep(1)
                os.kill(killed[0], signal.SIGKILL)
                return
            time.sleep(0.1)
    finally:
        client.close()


@pytest.mark.long
def test_a_worker_that_is_killed_loses_nothing(local_cluster, tmp_path: Path) -> None:
    write_drawn(tmp_path / "centers", NAMES)
    copies = set(Path(tempfile.gettempdir()).glob("hai-center-*"))
    killed: list[int] = []
    thread = threading.Thread(target=kill_one, args=(local_cluster.scheduler_address, killed))
    thread.start()
    request = SitesRequest(tmp_path / "centers", out=tmp_path / "far", cluster=Cluster(local_cluster.scheduler_address))
    assert run_sites(request) == 0
    thread.join()
    assert killed
    assert run_sites(SitesRequest(tmp_path / "centers", out=tmp_path / "near")) == 0
    far, near = (
        {
            path.relative_to(tmp_path / side).as_posix(): path.read_bytes()
            for path in (tmp_path / side).rglob("*")
            if path.is_file() and path.name not in {"provenance.json", "stamp.json"}
        }
        for side in ("far", "near")
    )
    assert far == near
    assert not any(str(tmp_path).encode() in content for content in far.values())
    # Nor does the killed worker's machine keep a copy of the cohort.
    assert set(Path(tempfile.gettempdir()).glob("hai-center-*")) <= copies


class Pretended:
    """A client of a cluster whose workers answer as they are told."""

    def __init__(self, answers: dict[str, object]) -> None:
        self.answers = answers
        self.given: list[str] = []

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.answers, 1)

    def run(self, _: object, *, workers: list[str], on_error: str) -> dict[str, object]:
        assert on_error == "return"
        return {worker: self.answers[worker] for worker in workers}


def test_a_worker_with_another_version_is_refused_in_a_sentence(root: Path) -> None:
    ours = cluster.fingerprint(root)
    said: list[str] = []
    workers = cluster.Workers(ours, said.append)
    client = Pretended({"a": ours, "b": {**ours, "hai": "0.0.9"}, "c": ModuleNotFoundError("hai_utils")})
    assert workers.update(client) == {"a"}
    assert any("another version of hai" in sentence for sentence in said)
    assert any("has no hai that answers (ModuleNotFoundError)" in sentence for sentence in said)
    workers.update(client)
    assert len(said) == 2


def test_a_cluster_of_refused_workers_alone_ends_in_a_sentence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.0)
    ours = cluster.fingerprint(root)
    workers = cluster.Workers(ours, lambda _: None)
    with pytest.raises(BuildError, match=r"refused: it runs another version of numpy\. Install the same there"):
        cluster._distribute(Pretended({"a": {**ours, "numpy": "1.0"}}), [object()], workers, lambda *_: None)  # type: ignore[list-item]


def test_a_parcel_shows_nothing_of_a_cohort_and_names_no_path(
    tmp_path: Path, parameters: Parameters, root: Path
) -> None:
    path = write_conversions(tmp_path / "north.csv", (2, 5), (3, 6))
    parcel = cluster.make_parcel(Inputs.of(root, parameters.model_copy(update={"data": str(path)})))
    assert parcel.files["data"] == ("north.csv", path.read_bytes())
    assert str(tmp_path) not in str(dict(parcel.parameters))
    assert "P001" not in repr(parcel)


@pytest.mark.parametrize("spoil", ["pipe", "folder", "gone"])
def test_a_center_whose_file_became_something_else_is_refused_and_the_next_goes_on(
    spoil: str, tmp_path: Path, parameters: Parameters, root: Path
) -> None:
    north, south = (write_conversions(tmp_path / f"{name}.csv", (2, 5), (3, 6)) for name in ("north", "south"))
    tasks = [
        Task(path.stem, Inputs.of(root, parameters.model_copy(update={"data": str(path)})), tmp_path / path.stem, "")
        for path in (north, south)
    ]
    north.unlink()
    if spoil != "gone":
        (os.mkfifo if spoil == "pipe" else os.mkdir)(north)
    ended: dict[str, BuildEnd] = {}
    client = Pretended({})
    client.submit = lambda *_, **__: "future"  # type: ignore[attr-defined]
    found = cluster._submit_next(client, deque(tasks), "a", lambda task, end: ended.update({task.name: end}))
    assert found is not None
    assert found[0].name == "south"
    assert ended["north"].exit_code == 1
    assert str(tmp_path) not in str(ended["north"].reasons)


def test_whatever_goes_wrong_on_a_worker_is_an_answer_because_an_error_would_log_the_cohort() -> None:
    answer, content = cluster.build_parcel(cluster.Parcel({}, {"data": ("a/b.csv", b"P001")}))
    assert answer.exit_code == 3
    assert content == b""


def test_a_worker_that_is_gone_gives_its_center_back() -> None:
    class Future:
        status = "pending"
        cancelled = False

        def cancel(self) -> None:
            self.cancelled = True

    future = Future()
    assert not cluster._has_ended(future, gone=False)
    assert cluster._has_ended(future, gone=True)
    answer = cluster._answer(object(), future)  # type: ignore[arg-type]
    assert isinstance(answer, BuildEnd)
    assert answer.reasons
    assert future.cancelled
