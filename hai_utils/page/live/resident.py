"""The resident processes: one that is warm, and for each study that is open three forked from it.

Each serves a socket of its own in a private folder, one request a connection, a line of JSON each way and as many lines back
as there are. One writes pages, one knows all results and says what changed, one starts builds, each in a child of its own.
They end with the program, however that ends.
"""

from __future__ import annotations

import gc
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

from hai_utils.errors import HaiError
from hai_utils.run.processes.process import Process

Answers = Iterator[Mapping[str, Any]]
Handler = Callable[[Mapping[str, Any]], Answers]
OPENER = "open"
ROLES = ("page", "changes", "build")
# Studies that are kept open; the one that was opened first goes.
MOST_OPEN = 2
# Seconds without a question after which a person is taken to read.
PAUSE = 1.0
FAILED = "The live numbers failed here ({}). What was kept is as it was; reload the page, or build the study."


def listening(path: Path) -> socket.socket:
    """Return a socket that waits at a path."""
    waiting = socket.socket(socket.AF_UNIX)
    waiting.bind(str(path))
    waiting.listen(16)
    return waiting


def serve(
    waiting: socket.socket,
    handler: Handler,
    link: Connection | None = None,
    take: Callable[[], object] = gc.collect,
    ahead: Callable[[], bool] = lambda: False,
) -> None:
    """Answer one connection after the other; what is left of an answer is dropped once nobody waits for it.

    Parameters
    ----------
    waiting : socket
        Where they come in.
    handler : callable
        Answers a request.
    link : Connection, optional
        From another process; `take` is called when something can be read there.
    ahead : callable
        Does a small piece of what may be asked for next, and says whether any is left; called once nobody has asked for a second.
    """
    patience: float | None = None
    while True:
        ready = wait([waiting] if link is None else [waiting, link], patience)
        if not ready:
            try:
                patience = 0.0 if ahead() else None
            except Exception:
                # What fails ahead fails again where it is asked for, and is said there.
                patience = None
        elif waiting not in ready:
            take()
        else:
            connection, _ = waiting.accept()
            with connection, suppress(OSError):
                answer(connection, handler)
            # While nobody waits.
            gc.collect()
            patience = PAUSE


def answer(connection: socket.socket, handler: Handler) -> None:
    """Answer the request of a connection; an error of ours is an answer, and so is that there was another one."""
    with connection.makefile("rwb") as stream:
        request = json.loads(stream.readline() or "{}")
        try:
            for line in handler(request):
                stream.write(json.dumps(line).encode() + b"\n")
                stream.flush()
                if _gone(connection):
                    return
        except HaiError as error:
            stream.write(json.dumps({"refused": str(error).split("\n")}).encode() + b"\n")
        except Exception as error:
            # The type alone: a text could hold what a cell of the cohort holds.
            stream.write(json.dumps({"refused": [FAILED.format(type(error).__name__)]}).encode() + b"\n")


def _gone(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


# --- the warm process ---


def warm(folder: Path, pipe: Connection) -> None:
    """Import what studies need, then open them as they are asked for; this is what the warm process does."""
    waiting = listening(folder / OPENER)
    pipe.send(True)
    from hai_utils.run.warming import import_for_notebooks, import_for_pages

    import_for_notebooks()
    import_for_pages()
    import hai_utils.page.live.study  # noqa: F401 - with all that it imports

    gc.freeze()
    opened: dict[str, Process] = {}
    serve(waiting, partial(_opened, folder, opened))


def _opened(folder: Path, opened: dict[str, Process], request: Mapping[str, Any]) -> Answers:
    """Open a study, unless it is open; the answer comes at once, and what the study is asked waits until it is ready."""
    from hai_utils.page.live.study import run_study

    name = str(request["name"])
    if name in opened and opened[name].connection.poll():
        # It says nothing as long as it lives.
        opened.pop(name).end()
    if name not in opened:
        while len(opened) >= MOST_OPEN:
            opened.pop(next(iter(opened))).end()
        for role in ROLES:
            (folder / f"{name}.{role}").unlink(missing_ok=True)
        sockets = {role: listening(folder / f"{name}.{role}") for role in ROLES}
        opened[name] = Process(partial(run_study, sockets, request), "fork")
        for waiting in sockets.values():
            waiting.close()
    yield {"open": name}


def forked(main: Callable[[Connection], None]) -> Process:
    """Start a process that ends with this one."""
    return Process(main, "fork")


def linked() -> tuple[Connection, Connection]:
    """Return the ends of a pipe between processes that are forked from this one: to read, to write."""
    return Pipe(duplex=False)
