"""Pandoc as its Python package brings it, always in its sandbox: it reads no file and no address but those named to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from hai_utils.errors import BuildError


def pandoc_program() -> str:
    """Return the Pandoc that its Python package brings; another one of this machine may not read these trees."""
    package = find_spec("pypandoc")
    if package is None or package.origin is None:
        raise BuildError("The manuscript needs the Python package pypandoc_binary, which is not installed.")
    return str(Path(package.origin).with_name("files") / ("pandoc.exe" if sys.platform == "win32" else "pandoc"))


def run_pandoc(arguments: Sequence[str], content: bytes) -> tuple[bytes, str]:
    """Run Pandoc on some bytes; return what it writes, and what it complains of (empty where all is well)."""
    done = subprocess.run(
        [pandoc_program(), "--sandbox", *arguments],
        input=content, capture_output=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": "0"},
    )  # fmt: skip
    said = done.stderr.decode(errors="replace").strip()
    return done.stdout, said or ("" if done.returncode == 0 else f"it ended with {done.returncode}")
