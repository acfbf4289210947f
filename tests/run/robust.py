"""A small book that builds in a few seconds and hangs, dies or fails where a test wants it to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import ROOT

TOC = "format: jb-book\nroot: book/references\nchapters:\n  - file: notebooks/02_complications\n"


def small_project(folder: Path) -> Path:
    """A project of one notebook and one page."""
    for name in ("notebooks", "data", "assets", "profiles"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "book").mkdir()
    for name in ("_config.yml", "params.yml", "requirements.lock", "book/references.md", "book/references.bib"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "_toc.yml").write_text(TOC, encoding="utf-8")
    notebook = folder / "notebooks" / "02_complications.ipynb"
    text = notebook.read_text(encoding="utf-8")
    raw = json.loads(text)
    raw["cells"][0]["source"] = "# Complications\n\n{cite}`Kolbeinsson2022`\n"
    notebook.write_text(json.dumps(raw), encoding="utf-8")
    return folder


def with_cell(project: Path, code: str) -> None:
    """Put code into the notebook's last cell."""
    notebook = project / "notebooks" / "02_complications.ipynb"
    raw = json.loads(notebook.read_text(encoding="utf-8"))
    last = [cell for cell in raw["cells"] if cell["cell_type"] == "code"][-1]
    last["source"] = code
    notebook.write_text(json.dumps(raw), encoding="utf-8")


def command(project: Path, out: Path, *words: str) -> list[str]:
    """The words of a build of a project."""
    return [sys.executable, "-m", "hai_utils.cli", "build", "--source", str(project), "--out", str(out), *words]


def start(words: Sequence[str]) -> subprocess.Popen[str]:
    """Start a build as the leader of a group of its own."""
    return subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def processes_that_name(text: str) -> list[int]:
    """The processes whose command line or working directory names a text."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                named = text in (folder / "cmdline").read_text(errors="replace")
                if state != "Z" and (named or text in str((folder / "cwd").readlink())):
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


def gone_within(text: str, seconds: float) -> bool:
    """Whether no process names a text any more, at the latest after some seconds."""
    deadline = time.monotonic() + seconds
    while processes_that_name(text):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def appears(folder: Path, pattern: str, seconds: float) -> bool:
    """Whether a file of a pattern is in a folder, at the latest after some seconds."""
    deadline = time.monotonic() + seconds
    while not any(folder.glob(pattern)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def end(build: subprocess.Popen[str], number: int, *, group: bool) -> tuple[int, str]:
    """Send a signal to a build, or to its whole group; return its exit code and what it said."""
    (os.killpg if group else os.kill)(build.pid, number)
    said = build.communicate(timeout=180)[1]
    return build.returncode, said
