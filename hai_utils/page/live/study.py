"""What each process of an open study answers: pages, what changed, builds."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import TextIOBase
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, TextIO, cast

from hai_utils.analyses import CHAPTERS
from hai_utils.analyses.kept import Kept, kept, take
from hai_utils.book.site import set_up_once
from hai_utils.errors import ComparisonError, HaiError
from hai_utils.page.live.engine import Engine, State, drawn, write_state
from hai_utils.page.live.resident import Answers, answer, forked, linked, serve
from hai_utils.parameters import Parameters, validate
from hai_utils.results.table import Results
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.comparison import RunComparison
from hai_utils.run.comparison.conclusions import KINDS
from hai_utils.run.comparison.report import number_rows
from hai_utils.run.inputs import Inputs
from hai_utils.run.processes.process import Process

# How long a page waits for an analysis that the other process has said to make at the same time, seconds.
PATIENCE = 2.0


@dataclass(frozen=True)
class Coming:
    """What the process that says what changed has begun: the chapters that a page at these choices need not analyze."""

    parameters: Parameters
    chapters: tuple[str, ...]


class FromChanges:
    """What a page gets from the process that says what changed: analyses, and the word that some are coming."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._coming: Coming | None = None

    def take_waiting(self) -> None:
        """Take what is there."""
        while self.connection.poll():
            self._take()

    def _take(self) -> None:
        message = self.connection.recv()
        if isinstance(message, Coming):
            self._coming = message
        else:
            take(message)

    def share(self, engine: Engine, docname: str, parameters: Parameters) -> None:
        """Analyze of the chapters that a page needs the longest, and take the others where they are coming."""
        inputs, needed = engine.at(parameters), engine.needs_of(docname)
        missing = engine.missing(inputs, needed)
        if len(missing) < 2:
            return
        engine.analyse(inputs, engine.longest(missing))
        self.take_waiting()
        deadline = time.monotonic() + PATIENCE
        while self._is_coming(parameters, engine.missing(inputs, needed)):
            if not self.connection.poll(max(0.0, deadline - time.monotonic())):
                return
            self._take()

    def _is_coming(self, parameters: Parameters, chapters: Sequence[str]) -> bool:
        coming = self._coming
        return coming is not None and coming.parameters == parameters and not set(coming.chapters).isdisjoint(chapters)


def run_study(sockets: Mapping[str, socket.socket], request: Mapping[str, Any], pipe: Connection) -> None:
    """Open a study and answer for it; this is what its process does, with two more that are forked from it."""
    folder = Path(tempfile.mkdtemp())
    try:
        engine = Engine(Inputs.of(Path(request["root"]), validate(request["base"])), folder)
    except HaiError as error:
        refused = {"refused": str(error).split("\n")}
        for role in ("changes", "build"):
            forked(partial(_refuse, sockets[role], refused))
        _refuse(sockets["page"], refused, pipe)
        return
    gc.freeze()
    gc.disable()
    builder = forked(partial(_serve_builds, engine, sockets["build"]))
    with engine:
        gc.collect()
        gc.freeze()
        analyses, other = linked()
        changes = forked(partial(_serve_changes, engine, sockets["changes"], other))
        other.close()
        try:
            handed = FromChanges(analyses)
            serve(sockets["page"], partial(_page, engine, handed), analyses, handed.take_waiting, engine.put_right)
        finally:
            changes.end()
            builder.end()


def _refuse(waiting: socket.socket, refused: Mapping[str, Any], pipe: Connection) -> None:
    serve(waiting, lambda request: iter([refused]))


def _parameters(given: Mapping[str, Any]) -> Parameters:
    return validate(given)


# --- pages ---


def _page(engine: Engine, handed: FromChanges, request: Mapping[str, Any]) -> Answers:
    """Answer with the body of a page, then with its drawings."""
    docname, parameters = str(request["page"]), _parameters(request["parameters"])
    if docname not in engine.book.pages:
        yield {"absent": docname}
        return
    handed.take_waiting()
    if request.get("shared"):
        handed.share(engine, docname, parameters)
    shown = engine.page(docname, parameters)
    yield {
        "body": shown.body, "figures": list(shown.drawings), "keys": shown.keys, "same_structure": shown.same_structure,
    }  # fmt: skip
    for name, svg in drawn(shown):
        yield {"figure": name, "svg": svg}


# --- what changed ---


def _serve_changes(engine: Engine, waiting: socket.socket, analyses: Connection, pipe: Connection) -> None:
    # The page that is written meanwhile, the server and the browser go first.
    os.nice(5)
    serve(waiting, partial(_changes, engine, analyses), ahead=engine.draw_ahead)


def _changes(engine: Engine, analyses: Connection, request: Mapping[str, Any]) -> Answers:
    """Answer with what differs between two states, the cards of a page, or where a state was written."""
    now = _parameters(request["parameters"])
    later = _hand_on_analyses(engine, now, str(request.get("page", "")), analyses)
    try:
        yield from _answer_of(engine, request, now)
    finally:
        # The other process reads them once no page is asked of it; also where nobody waits for this answer any more.
        for one in later:
            analyses.send(one)


def _answer_of(engine: Engine, request: Mapping[str, Any], now: Parameters) -> Answers:
    state = engine.state(now)
    if "folder" in request:
        _write(engine, state, Path(request["folder"]))
        yield {"written": request["folder"]}
        return
    if "evidence" in request:
        with tempfile.TemporaryDirectory() as folder:
            name = Path(str(request["evidence"])).name
            engine.evidence(Path(name).stem, state, Path(folder))
            path = Path(folder) / name
            yield {"evidence": path.read_text(encoding="utf-8")} if path.is_file() else {"absent": name}
    if "keys" in request:
        yield {"cards": engine.cards(str(request["page"]), state, request["keys"])}
    if "before" in request:
        yield {"same_structure": state.structure == engine.base.structure, **_difference(engine, request, now)}


def _hand_on_analyses(engine: Engine, parameters: Parameters, docname: str, analyses: Connection) -> list[Kept]:
    """Analyze every chapter; hand those on at once for which a page waits, but its longest, and return all others."""
    inputs = engine.at(parameters)
    needed = engine.missing(inputs, engine.needs_of(docname))
    awaited = [chapter for chapter in needed if chapter not in engine.longest(needed)]
    if awaited:
        analyses.send(Coming(parameters, tuple(awaited)))
    later = []
    for chapter in engine.missing(inputs, list(dict.fromkeys([*awaited, *reversed(CHAPTERS)]))):
        engine.analyse(inputs, [chapter])
        if chapter in awaited:
            analyses.send(kept()[-1])
        else:
            later.append(kept()[-1])
    return later


def _difference(engine: Engine, request: Mapping[str, Any], now: Parameters) -> dict[str, Any]:
    try:
        comparison = engine.changes(_parameters(request["before"]), now)
    except ComparisonError as error:
        return {"remarks": str(error).split("\n"), "numbers": [], "conclusions": []}
    return _told(comparison)


def _told(comparison: RunComparison) -> dict[str, Any]:
    rows = number_rows(comparison, comparison.printed)
    numbers = [[change.a.key, change.a.chapter, *row] for change, row in zip(comparison.printed, rows, strict=True)]
    flips = [[KINDS[flip.kind], flip.sentence, flip.a.key, flip.a.chapter] for flip in comparison.conclusions]
    alone = [len(comparison.only_a), len(comparison.only_b)]
    settings = [[one.name, one.meaning, one.a, one.b] for one in comparison.parameters]
    return {"numbers": numbers, "conclusions": flips, "alone": alone, "settings": settings}


def _write(engine: Engine, state: State, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    write_state(state, engine.at(state.parameters), engine.checked, folder)


# --- builds ---


class _Told(TextIOBase):
    """Sends each line of a build's progress to the one who waits."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, text: str) -> int:
        """Send what is said."""
        self._connection.sendall(json.dumps({"said": text.strip()}).encode() + b"\n")
        return len(text)


def _serve_builds(engine: Engine, waiting: socket.socket, pipe: Connection) -> None:
    """Start each build in a child of its own, which is ended when nobody waits for it any more."""
    # While nobody waits for a build: what the first pages compile, each build forked from here then has.
    set_up_once(engine.inputs.root)
    running: dict[Connection, Process] = {}
    while True:
        for ready in wait([waiting, *running]):
            if ready is waiting:
                connection, _ = waiting.accept()
                one = forked(partial(_build_in_child, engine, connection))
                running[one.connection] = one
                connection.close()
            else:
                running.pop(ready).end()  # type: ignore[arg-type]  # a connection of one that is done


def _build_in_child(engine: Engine, connection: socket.socket, pipe: Connection) -> None:
    # The system says when the other side is gone; a build ends in order as by any signal.
    signal.signal(signal.SIGIO, _end_in_order)
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    answer(connection, partial(_build, engine, connection))


def _end_in_order(*_: object) -> None:
    # What is interrupted may be where an error can only be written to the terminal.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    os.kill(os.getpid(), signal.SIGTERM)


def _build(engine: Engine, connection: socket.socket, request: Mapping[str, Any]) -> Answers:
    """Make the book of a state by the ordinary build, from cells that were run in memory, here or in the other process."""
    inputs = replace(engine.inputs, parameters=_parameters(request["parameters"]))
    out, draft = Path(request["out"]), Path(request["draft"]) if request.get("draft") else None
    fcntl.fcntl(connection, fcntl.F_SETFL, fcntl.fcntl(connection, fcntl.F_GETFL) | os.O_ASYNC)
    options = BookOptions(tuple(request["formats"]), stream=cast(TextIO, _Told(connection)))
    make_book(inputs, out, options, partial(_prepare, engine, draft))
    yield {"built": str(out)}


def _prepare(engine: Engine, draft: Path | None, inputs: Inputs, folder: Path) -> Results | None:
    if draft is None:
        state = engine.state(inputs.parameters)
        write_state(state, engine.at(state.parameters), engine.checked, folder)
        return state.run.results
    shutil.copytree(draft, folder, dirs_exist_ok=True)
    return None
