"""A process has a temporary folder of its own, and what killed ones left is removed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from hai_utils.run.processes import scratch as module
from hai_utils.run.processes.scratch import scratch, temporary_files_in


@pytest.fixture(autouse=True)
def above(tmp_path: Path) -> object:
    with temporary_files_in(tmp_path):
        yield


def old(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "cohort.csv").write_text("P001", encoding="ascii")
    (folder / module.MARK).touch()
    os.utime(folder, times=(time.time() - 2 * module.YOUNG,) * 2)
    return folder


def test_temporary_files_lie_in_it_and_go_with_it(tmp_path: Path) -> None:
    with scratch() as folder:
        assert Path(tempfile.mkdtemp()).parent == folder
        assert os.environ["TMPDIR"] == str(folder)
    assert not list(tmp_path.iterdir())
    assert tempfile.gettempdir() == str(tmp_path)


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    left = old(tmp_path / f"{module.PREFIX}left")
    with scratch():
        assert not left.exists()


def test_what_killed_resident_processes_of_the_local_page_left_goes_at_the_next_start(tmp_path: Path) -> None:
    killed = "import os, pathlib\nfrom hai_utils.page.live.client import resident\nwith resident(pathlib.Path()): os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == -9
    (left,) = tmp_path.iterdir()
    assert (left / "open").is_socket()
    os.utime(left, times=(time.time() - 2 * module.YOUNG,) * 2)
    deadline = time.monotonic() + 10
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        # The warm process, which has the lock too, is ended by the system a moment later.
        module.sweep()
    assert not list(tmp_path.iterdir())


def test_what_is_in_use_or_another_s_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = old(tmp_path / "another")
    users = tmp_path / f"{module.PREFIX}thesis"
    users.mkdir()
    os.utime(users, times=(time.time() - 2 * module.YOUNG,) * 2)
    with scratch() as used:
        old(used)
        with scratch():
            assert used.is_dir()
            assert other.is_dir()
            assert users.is_dir()
    left = old(tmp_path / f"{module.PREFIX}of-another-user")
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with scratch():
        assert left.is_dir()
