"""A resident process as tests ask it, without a server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hai_utils.page.live.resident import OPENER, warm
from hai_utils.parameters import Parameters, as_plain
from hai_utils.profiles import resolve
from hai_utils.run.processes.process import Process
from hai_utils.show.drawing import place_of
from tests.conftest import ROOT


class Asked:
    """The processes of studies, asked one question at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lines(self, role: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(self.folder / role))
            with asking.makefile("rwb") as stream:
                stream.write(json.dumps(request).encode() + b"\n")
                stream.flush()
                for line in stream:
                    yield json.loads(line)

    def open(self, name: str, base: Parameters) -> None:
        next(self.lines(OPENER, {"name": name, "root": str(ROOT), "base": as_plain(base)}))

    def page(self, name: str, docname: str, parameters: Parameters) -> tuple[str, list[str], bool]:
        """Return the body of a page with its drawings, the keys that it quotes, and whether its exhibits are the base's."""
        body, keys, same = "", [], True
        for line in self.lines(f"{name}.page", {"page": docname, "parameters": as_plain(parameters)}):
            assert "refused" not in line, line
            if "body" in line:
                body, keys, same = line["body"], line["keys"], line["same_structure"]
            else:
                body = body.replace(place_of(line["figure"]), line["svg"])
        return body, keys, same

    def changes(self, name: str, **request: Any) -> dict[str, Any]:
        return self._whole(f"{name}.changes", request)

    def build(self, name: str, **request: Any) -> dict[str, Any]:
        return self._whole(f"{name}.build", request)

    def _whole(self, role: str, request: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for line in self.lines(role, request):
            assert "refused" not in line, line
            found |= line
        return found


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("s")
    # Not forked: what a test before has left in this process, such as Typst without its threads, would wait for ever there.
    process = Process(partial(warm, folder), "spawn")
    process.connection.recv()
    yield Asked(folder)
    process.end()


@pytest.fixture(scope="session")
def study(asked: Asked) -> str:
    """The published study, open at its own choices."""
    asked.open("published", resolve(ROOT))
    return "published"
