"""A Python that has the command line loaded: each call is forked from it, and so begins in a moment.

What such a call prints, leaves and returns is what a Python started anew would; only the loading is done once.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

LONGEST = 600
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Warm:
    """The loaded Python, seen from the tests."""

    def __init__(self, root: Path) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.warm"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(self, words: tuple[str, ...], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the command line with these words in a folder, as a user of this environment."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
            asked = {"words": words, "cwd": str(cwd), "env": dict(os.environ), "files": [out.name, err.name]}
            print(json.dumps(asked), file=self._server.stdin, flush=True)
            code = int(self._server.stdout.readline())
            said = [Path(file.name).read_text(encoding="utf-8") for file in (out, err)]
        return subprocess.CompletedProcess(["hai", *words], code, *said)

    def end(self) -> None:
        """Let it go."""
        self._server.communicate()


def _serve() -> None:
    """Fork a process for each line of the input; return in that process, and at the end."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
            return
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    os._exit(0)


def _become(asked: dict[str, object]) -> None:
    """Take the words, the folder, the environment and the outputs of a call."""
    env, words, files = asked["env"], asked["words"], asked["files"]
    assert isinstance(env, dict)
    assert isinstance(words, list)
    assert isinstance(files, list)
    for name in set(os.environ) - {*env, *_THREADS}:
        del os.environ[name]
    os.environ.update(env)
    os.chdir(str(asked["cwd"]))
    for number, path in enumerate((os.devnull, *files)):
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["hai", *words]
    signal.alarm(LONGEST)


if __name__ == "__main__":
    import hai_utils.commands
    from hai_utils.cli import main

    for _found in pkgutil.iter_modules(hai_utils.commands.__path__):
        importlib.import_module(f"hai_utils.commands.{_found.name}")
    for _name in ("hai_utils.run.build", "hai_utils.analyses"):
        importlib.import_module(_name)
    _serve()
    main()
