"""What ``hai open`` does: start the local page, say where it is, open the browser, serve until it is stopped."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import socket
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path

import uvicorn

from hai_utils.errors import UsageError
from hai_utils.page.application import application
from hai_utils.page.reading import resident
from hai_utils.page.safety import ADDRESS, Keys
from hai_utils.page.starting import brought
from hai_utils.page.studies import Studies
from hai_utils.project import find_root, runs_home

USUAL_PORT = 8730
STUDIES = "studies"


def run_open(cohort: Path | None, port: int, *, browser: bool) -> None:
    """Serve the page until Ctrl-C; the address stands in one line of the output."""
    root = find_root()
    store = Studies(runs_home(root) / STUDIES)
    listening = _listening(port)
    keys = Keys(secrets.token_urlsafe(24), store.secret(), listening.getsockname()[1])
    address = keys.address
    if cohort is not None:
        from hai_utils.cohort.reading import read_bytes

        study = brought(store, None, cohort.name, read_bytes(cohort))
        address = address.replace("/?", f"/study/{study.name}/understand?", 1)
    with listening, resident(root) as process:
        app = application(keys, store, root, process)
        config = uvicorn.Config(
            app, loop="asyncio", http="h11", ws="none", lifespan="off", log_config=None, access_log=False,
            proxy_headers=False, server_header=False, timeout_graceful_shutdown=1,
        )  # fmt: skip
        sys.stdout.write(f"The page: {address} (Ctrl-C ends it; studies lie in {store.home})\n")
        sys.stdout.flush()
        if browser:
            _open(address)
        gc.freeze()
        with suppress(KeyboardInterrupt):
            asyncio.run(uvicorn.Server(config).serve(sockets=[listening]))


def _open(address: str) -> None:
    # A machine without a window has the printed line: a browser of the terminal would take its place.
    if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
        return
    with suppress(webbrowser.Error):
        webbrowser.open(address)


def _listening(port: int) -> socket.socket:
    """Return a socket on this machine alone: at the port that is named, else at the usual one, else at any that is free.

    Raises
    ------
    UsageError
        Where the port that is named is taken.
    """
    for one in [port] if port else [USUAL_PORT, 0]:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((ADDRESS, one))
            listening.listen(128)  # from here on a browser may come: it waits until the server answers
        except OSError as error:
            listening.close()
            if one == port:
                raise UsageError(
                    f"--port {port}: it cannot be used ({error.strerror}). Name another, or none."
                ) from None
            continue
        return listening
    raise UsageError("No port of this machine is free.")
