"""Build centers on the workers of a Dask cluster.

A center's cohort and dictionary travel as bytes with its task, from here over the scheduler to one worker that has
proved to run the same code, and the finished book travels back the same way; nothing is written outside a private
folder of the worker, which goes when the book is done. Each worker is given one center at a time, whatever its threads,
so that one that dies loses one center's work and that center is given to another.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from hai_utils import __version__
from hai_utils.errors import BuildError, HaiError
from hai_utils.input_files import UnusableFileError
from hai_utils.parameters import validate
from hai_utils.project import find_root
from hai_utils.run.inputs import Inputs, run_digest
from hai_utils.run.output import check_target, exchange, private_folder, write_stamp
from hai_utils.run.processes.job import DiedError, Job
from hai_utils.run.processes.server import Server
from hai_utils.run.sources import installed, sources_digest
from hai_utils.sites.building import CENTER_BOOK, build_center, ready_for_books
from hai_utils.sites.connection import Cluster, connected
from hai_utils.sites.tasks import DIED, MOST_DEATHS, BuildEnd, Done, Task

# How long to wait for a first usable worker, or for another when all have gone.
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.2
Say = Callable[[str], None]


def fingerprint(root: Path) -> dict[str, str]:
    """Return what must be the same here and on a worker for both to make the same book."""
    import platform

    found = {"hai": __version__, "the project's files": sources_digest(root), "Python": platform.python_version()}
    return {**found, **installed()}


# --- on a worker ---


def identify() -> dict[str, str]:
    """Return a worker's fingerprint."""
    return fingerprint(find_root())


# A worker has threads and may not fork: its server is started anew, once.
_servers: list[Server] = []
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Parcel:
    """All that a worker needs of a center. It shows nothing of itself: a cluster writes arguments into its logs.

    Attributes
    ----------
    parameters : mapping
        All choices; no path.
    files : mapping of str to (str, bytes)
        Name and content of each file that a parameter names.
    """

    parameters: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, tuple[str, bytes]] = field(repr=False)
    study: Mapping[str, bytes] = field(repr=False, default_factory=dict)


def build_parcel(parcel: Parcel) -> tuple[BuildEnd, bytes]:
    """Build one center's book on a worker, and return it as a compressed tar; nothing is raised."""
    with _one_at_a_time:
        try:
            if not _servers:
                _servers.append(Server("spawn"))
                _servers[0].prepare(ready_for_books)
            _, outcome = next(_servers[0].run([Job(partial(_build_packed, parcel))], 1))
            return outcome.result()
        except DiedError:
            while _servers:
                _servers.pop().end()
            return DIED, b""
        except Exception as error:
            return BuildEnd((f"The worker failed ({type(error).__name__}).",), 3), b""


def _build_packed(parcel: Parcel) -> tuple[BuildEnd, bytes]:
    """Build in a private folder; it lies in that of the server, which removes it even where this process is killed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        values = dict(parcel.parameters)
        for parameter, (file_name, content) in parcel.files.items():
            path = folder / parameter / file_name
            path.parent.mkdir()
            path.write_bytes(content)
            values[parameter] = str(path)
        for name, content in parcel.study.items():
            # Beside the cohort it is found.
            path = folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        out = folder / "book"
        answer = build_center(Task("", Inputs.of(find_root(), validate(values)), out, ""))
        return answer, b"" if answer.reasons else _packed(out)


def _packed(folder: Path) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        archive.add(folder, arcname=".")
    return stream.getvalue()


# --- here ---


def make_parcel(inputs: Inputs) -> Parcel:
    """Return what travels of a center.

    Raises
    ------
    UnusableFileError
        Where one of its files is gone, no ordinary file any more, or larger than a cohort's file may be.
    """
    files = {name: (inputs.files[name].name, content) for name, content in inputs.contents().items()}
    study = inputs.study_contents()
    # No path of this machine travels.
    names = {"study": "", **{name: path.name for name, path in inputs.files.items()}}
    return Parcel({**inputs.parameters.model_dump(), **names}, files, study)


def unpack(task: Task, content: bytes) -> None:
    """Put a book from a worker in its place, whole or not at all."""
    check_target(task.out)
    with private_folder(task.out) as folder:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            archive.extractall(folder, filter="data")
        # The worker knew other paths; what the run was made from is known here.
        write_stamp(folder, task.stamp)
        exchange(folder, task.out)


@dataclass(eq=False)
class Workers:
    """Which workers of a cluster may be given centers.

    Attributes
    ----------
    ours : mapping of str to str
        Fingerprint that they must have.
    say : callable
        Called with a sentence for each that is refused.
    """

    ours: Mapping[str, str]
    say: Say
    usable: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    def update(self, client: Any) -> set[str]:  # noqa: ANN401 - distributed publishes no types
        """Look who is there now, ask the new ones what they run, and return those that can be used."""
        present = set(client.nthreads())
        for address in sorted(present - self.usable - set(self.refused)):
            reason = self._why_not(client, address)
            if reason is None:
                continue
            if reason:
                self.refused[address] = reason
                self.say(f"Worker {len(self.refused) + len(self.usable)} is not used: {reason}")
            else:
                self.usable.add(address)
        self.usable &= present
        return self.usable

    def _why_not(self, client: Any, address: str) -> str | None:  # noqa: ANN401 - distributed publishes no types
        """Return why a worker cannot be used, an empty text where it can, None where it has gone meanwhile."""
        try:
            theirs = client.run(identify, workers=[address], on_error="return")[address]
        except (KeyError, OSError, ValueError):
            return None
        if isinstance(theirs, BaseException):
            return f"it has no hai that answers ({type(theirs).__name__}). Install the same version there."
        differing = [name for name, value in self.ours.items() if theirs.get(name) != value]
        return f"it runs another version of {', '.join(differing)}. Install the same there." if differing else ""


def build_on_cluster(tasks: Sequence[Task], cluster: Cluster, root: Path, say: Say, done: Done) -> None:
    """Build all tasks on the workers of a cluster; `done` is called for each as it ends.

    Raises
    ------
    UsageError
        Where there is no cluster, or it should not be used so.
    BuildError
        Where no worker can be used for a minute, or the scheduler goes.
    """
    with connected(cluster) as client:
        try:
            _distribute(client, tasks, Workers(fingerprint(root), say), done)
        except HaiError:
            raise
        except OSError as error:
            raise BuildError(
                f"--cluster {cluster.address}: the scheduler is gone ({type(error).__name__}). What is finished is kept; run the same again to go on."
            ) from None


def _distribute(client: Any, tasks: Sequence[Task], workers: Workers, done: Done) -> None:  # noqa: ANN401 - as above
    waiting = deque(tasks)
    running: dict[str, tuple[Task, Any]] = {}
    deaths: dict[str, int] = {}
    last_seen = time.monotonic()
    while waiting or running:
        usable = workers.update(client)
        if usable:
            last_seen = time.monotonic()
        elif time.monotonic() - last_seen > PATIENCE_SECONDS:
            raise BuildError(_nobody(workers))
        places = [place for place, (_, future) in running.items() if _has_ended(future, gone=place not in usable)]
        ended = [running.pop(place) for place in places]
        # First the workers get their next centers: they build while here the last ones are unpacked.
        for address in sorted(usable - set(running)):
            if submitted := _submit_next(client, waiting, address, done):
                running[address] = submitted
        for task, future in ended:
            answer = _answer(task, future)
            if answer != DIED:
                done(task, answer)
                continue
            deaths[task.name] = deaths.get(task.name, 0) + 1
            if deaths[task.name] < MOST_DEATHS:
                waiting.appendleft(task)
            else:
                done(task, DIED)
        if not ended:
            _wait_for_one([future for _, future in running.values()])


def _wait_for_one(futures: Sequence[Any]) -> None:
    """Wait until a center has ended, but not so long that a worker that goes or comes is not seen."""
    until = time.monotonic() + _POLL_SECONDS
    while time.monotonic() < until and all(future.status == "pending" for future in futures):
        time.sleep(_POLL_SECONDS / 10)


def _submit_next(client: Any, waiting: deque[Task], address: str, done: Done) -> tuple[Task, Any] | None:  # noqa: ANN401 - as above
    """Give a worker the next center whose files can be read; None where there is none."""
    while waiting:
        task = waiting.popleft()
        try:
            return _submit(client, task, address)
        except UnusableFileError as error:
            done(task, BuildEnd((f"A file of it was refused. {error.found}",), 1))
    return None


def _submit(client: Any, task: Task, address: str) -> tuple[Task, Any]:  # noqa: ANN401 - as above
    parcel = make_parcel(task.inputs)
    future = client.submit(build_parcel, parcel, workers=[address], allow_other_workers=False, pure=False, retries=0)
    # What travels is what is hashed, whatever happens to the files meanwhile.
    contents = [*(content for _, content in parcel.files.values()), *parcel.study.values()]
    stamp = run_digest(task.inputs.parameters, task.inputs.sources, contents, CENTER_BOOK.formats)
    return replace(task, stamp=stamp), future


def _has_ended(future: Any, *, gone: bool) -> bool:  # noqa: ANN401 - as above
    return gone or future.status != "pending"


def _answer(task: Task, future: Any) -> BuildEnd:  # noqa: ANN401 - as above
    """Return how a center ended that has: `DIED` where its worker or builder died."""
    if future.status != "finished":
        future.cancel()
        return DIED
    try:
        answer, content = future.result(timeout=PATIENCE_SECONDS)
    except Exception:  # the worker went between its end and the handing over
        future.cancel()
        return DIED
    future.release()
    if not answer.reasons:
        unpack(task, content)
    assert isinstance(answer, BuildEnd)
    return answer


def _nobody(workers: Workers) -> str:
    reasons = " ".join(dict.fromkeys(workers.refused.values()))
    why = f"Every worker was refused: {reasons}" if reasons else "None came."
    return f"No worker of the cluster could be used for {PATIENCE_SECONDS:g} seconds. {why} What is finished is kept; run the same again to go on."
