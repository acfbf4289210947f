"""Whatever ends a build, the previous run stays whole, no process stays behind, and the next build succeeds."""

from __future__ import annotations

import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from hai_utils.run import output
from tests.conftest import mostly_long
from tests.run.robust import appears, command, end, gone_within, small_project, start, with_cell
from tests.test_build import digests


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("small") / "project")


@pytest.fixture(scope="module")
def built(project: Path) -> tuple[Path, float]:
    """A finished run of the small project, and the seconds that it took."""
    out = project.parent / "runs" / "run"
    begun = time.monotonic()
    done = subprocess.run(command(project, out), cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out, time.monotonic() - begun


def assert_next_build_succeeds(project: Path, out: Path) -> None:
    done = subprocess.run(command(project, out), cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    left = sorted(path.name for path in out.parent.iterdir())
    assert left == [out.name]


@pytest.mark.slow
@pytest.mark.parametrize("kills", mostly_long([2, 10], 2))
def test_killed_at_any_moment_the_previous_run_is_whole(kills: int, project: Path, built: tuple[Path, float]) -> None:
    out, seconds = built
    moments = random.Random(20220228)
    for _ in range(kills):
        before = digests(out)
        build = start(command(project, out, "--no-cache"))
        time.sleep(moments.uniform(0, seconds))
        code, _ = end(build, signal.SIGKILL, group=False)
        assert gone_within(str(project), 10)
        if code != 0:
            after = digests(out)
            # A build that was killed at its very end may have put the new run in place: the same but for its timings.
            assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} <= {
                "provenance.json",
                "stamp.json",
            }
    assert_next_build_succeeds(project, out)


# A keyboard stops the whole group, a scheduler the leader: these two are quick, the other six are left to the long tests.
STOPS = list(product(("chapters", ".doctrees"), (signal.SIGINT, signal.SIGTERM), ("group", "leader")))
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.slow
@pytest.mark.parametrize(
    "stop",
    mostly_long(STOPS, ("chapters", signal.SIGINT, "group"), (".doctrees", signal.SIGTERM, "leader")),
    ids=lambda stop: " ".join(str(part) for part in stop),
)
def test_stopped_a_build_cleans_up_and_says_so(
    stop: tuple[str, signal.Signals, str], project: Path, built: tuple[Path, float]
) -> None:
    sign, number, whom = stop
    out, _ = built
    before = digests(out)
    build = start(command(project, out, "--no-cache"))
    assert appears(out.parent, f".{out.name}.building-*/{sign}", 120)
    found, said = end(build, number, group=whom == "group")
    assert found == CODES[number], said
    assert said.rstrip().endswith("Stopped. The previous run is untouched.")
    assert "Traceback" not in said
    assert gone_within(str(project), 10)
    assert digests(out) == before
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_hanging_cell_is_ended_and_named(project: Path, tmp_path: Path) -> None:
    hanging = small_project(tmp_path / "project")
    with_cell(hanging, "import time\ntime.sleep(600)")
    done = subprocess.run(
        command(hanging, tmp_path / "run", "--timeout", "10"), capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 3
    assert "02_complications.ipynb, cell 7 of 7: still running after 10 s" in done.stderr
    assert gone_within(str(hanging), 10)
    assert not (tmp_path / "run").exists()


def test_a_notebook_that_kills_its_process_is_reported_in_a_sentence(tmp_path: Path) -> None:
    dying = small_project(tmp_path / "project")
    with_cell(dying, "import os\nos.kill(os.getpid(), 9)")
    done = subprocess.run(command(dying, tmp_path / "run"), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 3
    assert "02_complications.ipynb, cell 7 of 7: its process ended unexpectedly" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_only_a_forked_process_dies_of_is_run_in_a_kernel(tmp_path: Path) -> None:
    dying = small_project(tmp_path / "project")
    with_cell(dying, "import os, sys\n'ipykernel' in sys.modules and get_ipython().kernel or os.kill(os.getpid(), 9)")
    done = subprocess.run(command(dying, tmp_path / "run"), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_of_two_builds_of_one_folder_the_second_is_refused(project: Path, built: tuple[Path, float]) -> None:
    out, _ = built
    first = start(command(project, out, "--no-cache"))
    assert appears(out.parent, f".{out.name}.building-*", 120)
    second = subprocess.run(command(project, out, "--no-cache"), capture_output=True, text=True, check=False)
    assert first.wait(timeout=120) == 0
    first.communicate()
    assert second.returncode == 3
    assert "another build of this folder is under way" in second.stderr
    assert_next_build_succeeds(project, out)


def refused_by_a_small_limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_files_that_cannot_grow_leave_the_previous_run(project: Path, built: tuple[Path, float]) -> None:
    out, _ = built
    before = digests(out)
    done = subprocess.run(
        command(project, out, "--no-cache"), capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=refused_by_a_small_limit,
    )  # fmt: skip
    assert done.returncode == 3
    assert "too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert digests(out) == before
    assert_next_build_succeeds(project, out)


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    return folder


def test_a_full_disk_is_said_and_leaves_nothing(project: Path, small_disk: Path) -> None:
    try:
        done = subprocess.run(
            command(project, small_disk / "run"), capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 3
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(small_disk.iterdir())
    finally:
        subprocess.run(["umount", str(small_disk)], check=True)


def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    """As an ordinary user: the administrator may write everywhere."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from hai_utils.errors import BuildError\nfrom hai_utils.run.output import private_folder\n"
        f"{'os.setgroups([]); os.setgid(65534); os.setuid(65534)' if os.getuid() == 0 else ''}\n"
        "try:\n    with private_folder(Path(sys.argv[1])): pass\n"
        "except BuildError as error: print(error)"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(closed / "run")], capture_output=True, text=True, check=False
    )
    assert "cannot be written to (Permission denied)" in done.stdout, done.stderr


@pytest.fixture(params=["in one step", "in two steps"])
def stepwise(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in two steps":
        monkeypatch.setattr(output, "_exchange_names", lambda *_: False)


def run_folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "text").write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("stepwise")
def test_the_new_run_takes_the_place_of_the_previous(tmp_path: Path) -> None:
    out, folder = run_folder(tmp_path / "run", "old"), run_folder(tmp_path / ".run.building-1", "new")
    output.exchange(folder, out)
    assert (out / "text").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_killed_between_the_two_steps_the_previous_run_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system cannot exchange in one step, the next build puts the previous run back."""
    out, folder = run_folder(tmp_path / "run", "old"), run_folder(tmp_path / ".run.building-1", "new")
    monkeypatch.setattr(output, "_exchange_names", lambda *_: False)
    rename: Callable[..., Path] = Path.rename

    def once(self: Path, target: Path) -> Path:
        if self == folder:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(KeyboardInterrupt):
        output.exchange(folder, out)
    monkeypatch.undo()
    assert not out.exists()
    with output.private_folder(out):
        assert (out / "text").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.skipif(sys.platform != "linux", reason="exchanging names in one step is Linux's")
def test_linux_exchanges_in_one_step(tmp_path: Path) -> None:
    one, other = run_folder(tmp_path / "one", "1"), run_folder(tmp_path / "other", "2")
    if not output._exchange_names(one, other):
        pytest.skip("this file system cannot exchange names")
    assert (one / "text").read_text(encoding="utf-8") == "2"
    assert (other / "text").read_text(encoding="utf-8") == "1"
