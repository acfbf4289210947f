"""The resident processes as the server of the page sees them: questions without a thread, and builds that go on by themselves."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hai_utils.errors import HaiError
from hai_utils.page.live.resident import OPENER, warm
from hai_utils.page.studies import Study
from hai_utils.page.work import let_go_of_sockets
from hai_utils.parameters import Parameters, as_plain
from hai_utils.project import USUAL_FORMATS
from hai_utils.run.processes.process import Process
from hai_utils.run.processes.scratch import scratch

# What is under way once a build has said that a step is done.
AFTER_STEP = {
    "reading": "Taking the numbers",
    "results": "Writing pages and documents",
    "site": "Finishing the documents",
}
# A line of an answer may hold a whole page.
LONGEST_LINE = 2**28


class LiveError(HaiError):
    """The resident process refuses, or is gone."""


@dataclass(eq=False)
class Build:
    """A build that is under way or done.

    Attributes
    ----------
    name : str
        Of the run.
    said : str
        What was said last.
    refused : tuple of str
        Why it failed; empty while it did not.
    made_from : str
        All that it depends on, as text.
    """

    name: str
    said: str = "Starting"
    refused: tuple[str, ...] = ()
    made_from: str = ""
    start: float = field(default_factory=time.monotonic)
    task: asyncio.Task[None] | None = None

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return time.monotonic() - self.start

    @property
    def done(self) -> bool:
        """Whether it ended."""
        return self.task is not None and self.task.done()


class Resident:
    """The warm process, and the studies that it has open.

    Parameters
    ----------
    folder : Path
        Where its sockets lie.
    root : Path
        The project.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder, self.root = folder, root
        self._process = _warm_process(folder)
        # By study and the name of a run: builds that somebody may ask about.
        self.builds: dict[tuple[str, str], Build] = {}
        # By study: the choices whose pages the open process has read, where other exhibits came than the study's own.
        self._bases: dict[str, Parameters] = {}

    async def lines(
        self, study: Study, role: str, request: Mapping[str, Any], base: Parameters | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield what a process of a study answers; it is opened first unless it is.

        Raises
        ------
        LiveError
            Where it refuses, or is gone.
        """
        base = base or self._bases.get(study.name) or study.resolved(self.root)
        name = _name(study, base)
        await self._open({"name": name, "root": str(self.root), "base": as_plain(base)})
        async for line in self._ask(f"{name}.{role}", request):
            if refused := line.get("refused"):
                raise LiveError("\n".join(refused))
            yield line

    def follow(self, study: Study, base: Parameters | None) -> None:
        """Let the pages of a study be read at other choices from now on; None: at the study's own."""
        self._bases.pop(study.name, None)
        if base is not None:
            self._bases[study.name] = base

    async def _open(self, request: Mapping[str, Any]) -> None:
        """Let the warm process open a study; where it is gone, it is started again."""
        for last in (False, True):
            if self._process.ended():
                self._process.end()
                self._process = _warm_process(self.folder)
            try:
                # The process that was opened holds the connection: its end does not come.
                async for _ in self._ask(OPENER, request):
                    return
            except LiveError:
                if last:
                    raise
                # What is ending refuses before it has ended.
                await asyncio.sleep(0.2)

    def end(self) -> None:
        """End the warm process with all that it opened."""
        self._process.end()

    async def _ask(self, role: str, request: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.folder / role), limit=LONGEST_LINE)
            with closing(writer):
                writer.write(json.dumps(request).encode() + b"\n")
                await writer.drain()
                while line := await reader.readline():
                    yield json.loads(line)
        except OSError:
            raise LiveError("The process that follows the choices is gone. Reload the page: it starts again.") from None

    # --- builds ---

    def build(self, study: Study, name: str, out: Path, parameters: Parameters, *, draft: bool) -> Build:
        """Start a build, unless one of this name is under way; `draft`: the cells of its chapters were run already."""
        known = self.builds.get((study.name, name))
        if known is not None and not known.done:
            return known
        build = self.builds[study.name, name] = Build(name)
        build.task = asyncio.get_running_loop().create_task(self._built(study, build, out, parameters, draft))
        return build

    async def _built(self, study: Study, build: Build, out: Path, parameters: Parameters, draft: bool) -> None:
        request: dict[str, Any] = {"parameters": as_plain(parameters), "out": str(out), "formats": USUAL_FORMATS}
        try:
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                if draft:
                    request["draft"] = str(Path(folder) / "draft")
                    build.said = "Writing the numbers"
                    given = {"parameters": request["parameters"], "folder": request["draft"]}
                    async for _ in self.lines(study, "changes", given):
                        pass
                async for line in self.lines(study, "build", request):
                    build.said = AFTER_STEP.get(str(line.get("said")).partition(" ")[0], build.said)
                    if "built" in line:
                        return
            build.refused = ("The build ended without a result; memory may have run out.",)
        except HaiError as error:
            build.refused = tuple(str(error).split("\n"))
        except asyncio.CancelledError:
            build.refused = ("It was stopped. What was there before is as it was.",)
        except OSError as error:
            build.refused = (f"A file could not be written: {error.strerror}.",)

    def stop(self, study: str, name: str = "") -> None:
        """End the builds of a study that are under way, or the one of a name."""
        for (of, known), build in self.builds.items():
            if of == study and build.task is not None and name in {"", known}:
                build.task.cancel()


def _warm_process(folder: Path) -> Process:
    """Start the warm process, and return it once it listens."""
    (folder / OPENER).unlink(missing_ok=True)
    process = Process(partial(_warm, folder))
    with suppress(EOFError):
        process.connection.recv()
    return process


def _warm(folder: Path, connection: Connection) -> None:
    let_go_of_sockets(connection.fileno())
    warm(folder, connection)


def _name(study: Study, base: Parameters) -> str:
    """Return the name of the process for a study at a base: other files or choices are another process."""
    words = json.dumps([as_plain(base), study.stamp(), study.made])
    return f"{study.name[:24]}-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


@contextmanager
def resident(root: Path) -> Iterator[Resident]:
    """Start the warm process, from a process that has one thread, and end it with all that it opened."""
    with scratch() as folder:
        live = Resident(folder, root)
        try:
            yield live
        finally:
            live.end()
