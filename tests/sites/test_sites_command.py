"""``hai sites`` as a consortium uses it: books, refusals, resumption."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import nbformat
import pytest

from hai_utils.commands.sites import SitesRequest, run_sites
from hai_utils.run.processes.job import DiedError, JobOutcome
from hai_utils.sites import local
from hai_utils.sites.tasks import DIED, BuildEnd, Task
from tests.conftest import ROOT, SHARED, run_hai
from tests.sites.center_files import write_conversions, write_drawn
from tests.test_build import digests

HOSTILE = "we're <b>here"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three centers that can be built, one that cannot, one with choices of its own."""
    found = tmp_path_factory.mktemp("sites") / "centers"
    write_drawn(found, ["east", HOSTILE])
    write_conversions(found / "own.csv", (2, 5), (3, 6))
    (found / "own.params.yml").write_text("style: lancet\n", encoding="utf-8")
    path = write_conversions(found / "refused.csv", (2, 5), (3, 6))
    path.write_text(path.read_text(encoding="utf-8").replace("P003,mutant", "SECRET-77,mutnt"), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def built(folder: Path) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The books and their overview."""
    out = folder.parent / "out"
    return out, run_hai("sites", str(folder), "--out", str(out), "--set", "permutation_draws=99")


@pytest.mark.slow
def test_a_refused_center_is_listed_while_the_others_are_done(built) -> None:
    out, done = built
    assert done.returncode == 1, done.stderr
    assert "3 of 4 centers have a book" in done.stdout
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "Centers without a book" in page
    assert "kras" in page
    assert "mutnt" not in page
    assert sorted(path.name for path in (out / "centers").iterdir()) == ["east", "own", "we_re_b_here"]


@pytest.mark.slow
def test_nothing_that_identifies_is_in_the_overview_or_said(built, folder: Path) -> None:
    out, done = built
    texts = [path.read_text(encoding="utf-8") for path in out.iterdir() if path.is_file()]
    for text in (*texts, done.stderr):
        assert "SECRET-77" not in text
        assert str(folder) not in text
    assert not any(str(ROOT) in text for text in texts)


@pytest.mark.slow
def test_a_center_s_own_choices_hold_for_its_book_alone(built) -> None:
    out, _ = built
    assert "style: lancet" in (out / "centers" / "own" / "params.yml").read_text(encoding="utf-8")
    assert "style: jgo" in (out / "centers" / "east" / "params.yml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_center_s_book_has_the_chapters_of_hai_build_and_says_which_it_lacks(built, folder: Path) -> None:
    alone, own = folder.parent / "alone", built[0] / "centers" / "east"
    data = str(folder / "east.csv")
    done = run_hai("build", "--data", data, "--out", str(alone), "--set", "permutation_draws=99", "--formats", "html")
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (own / "notebooks").iterdir())
    assert [name[:2] for name in names] == ["01", "02", "03", "04"]
    for name in names:
        one, other = (nbformat.read(run / "notebooks" / name, as_version=4) for run in (alone, own))
        assert [(cell.source, cell.get("outputs")) for cell in one.cells] == [
            (cell.source, cell.get("outputs")) for cell in other.cells
        ]
    for name in ("results.csv", "series.csv"):
        assert set((own / name).read_text().splitlines()) <= set((alone / name).read_text().splitlines())
    page = (own / "html" / "book" / "this_run.html").read_text(encoding="utf-8")
    assert "makes the whole book of the center" in page
    assert not list((own / "html").rglob("evidence")) + list((own / "html").rglob("_downloads"))


@pytest.mark.slow
def test_a_second_run_builds_nothing_and_changes_nothing(built, folder: Path) -> None:
    out, _ = built
    before = digests(out)
    done = run_hai("sites", str(folder), "--out", str(out), "--set", "permutation_draws=99")
    assert "3 of 4 are there already" in done.stderr
    assert digests(out) == before


@pytest.mark.slow
def test_results_are_in_the_contract_s_columns(built) -> None:
    out, _ = built
    with (out / "results.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["group"] for row in rows} == {"east", "own", HOSTILE, "combined"}
    assert {row["chapter"] for row in rows} == {"overview"}
    assert len({(row["key"], row["method"]) for row in rows}) == len(rows)


@pytest.mark.long
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path) -> None:
    folder, out = tmp_path / "centers", tmp_path / "out"
    write_drawn(folder, ["a", "b", "c"])
    words = [sys.executable, "-m", "hai_utils.cli", "sites", str(folder), "--out", str(out), "--jobs", "1"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(1200):
            if (out / "centers" / "a" / "stamp.json").is_file():
                break
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
    first = (out / "centers" / "a" / "provenance.json").stat().st_mtime_ns
    time.sleep(2)
    done = run_hai(*words[3:])
    assert done.returncode == 0, done.stderr
    assert "1 of 3 are there already" in done.stderr
    assert (out / "centers" / "a" / "provenance.json").stat().st_mtime_ns == first
    assert not list((out / "centers").glob(".*building*"))


def test_a_run_of_the_same_folder_waits_its_turn_in_a_sentence(tmp_path: Path) -> None:
    from hai_utils.run.output import locked

    write_drawn(tmp_path / "centers", ["a"])
    with locked(tmp_path / "out"):
        done = run_hai("sites", str(tmp_path / "centers"), "--out", str(tmp_path / "out"))
    assert done.returncode == 3
    assert "another build of this folder is under way" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere",), 1, "no such folder"),
        ((".",), 1, "no cohort file there"),
        (("data", "--set", "survival_test=logrnk"), 1, "Did you mean 'logrank'"),
        (("data", "--out", "book"), 1, "the folder holds other files"),
        (("data", "--cluster", "tcp://10.0.0.5:8786"), 2, "plain tcp:// to another machine is refused"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(
    words: tuple[str, ...], code: int, said: str, tmp_path: Path
) -> None:
    out = () if "--out" in words else ("--out", str(tmp_path / "out"))
    done = run_hai("sites", *words, *out)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("dies", ["the process of a center", "the server"])
def test_a_center_that_kills_its_process_is_given_up_in_the_end(dies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "Server", partial(DyingServer, dies == "the server"))
    ended: dict[str, BuildEnd] = {}
    local.build_locally([named("a"), named("killer")], 1, lambda task, answer: ended.update({task.name: answer}))
    assert ended == {"a": BuildEnd(), "killer": DIED}


class DyingServer:
    """A server whose second center of two, or only one, kills its process or the server itself."""

    def __init__(self, whole: bool) -> None:
        self._whole = whole

    def __enter__(self) -> DyingServer:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def prepare(self, _: object) -> None:
        pass

    def run(self, jobs: Sequence[object], _: int, watch: Callable[[Sequence[int]], None]) -> Iterator[object]:
        for place in range(len(jobs) - 1):
            yield place, JobOutcome(BuildEnd())
        watch([len(jobs) - 1])
        if self._whole:
            raise DiedError
        yield len(jobs) - 1, JobOutcome(error=DiedError())


def named(name: str) -> Task:
    return Task(name, None, ROOT, "")  # type: ignore[arg-type]


def test_a_parameter_file_that_unfolds_without_end_stops_no_other_center(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bomb = SHARED / "cases" / "hostile" / "bomb9.yml"
    if not bomb.is_file():
        pytest.skip("the case is not beside the project")
    centers = tmp_path / "centers"
    write_drawn(centers, ["east", "north"])
    (centers / "east.params.yml").write_bytes(bomb.read_bytes())
    given: list[str] = []

    def build(tasks: Sequence[Task], at_a_time: int, done: Callable[[Task, BuildEnd], None]) -> None:
        for task in tasks:
            given.append(task.name)
            done(task, DIED)

    monkeypatch.setattr(local, "build_locally", build)
    start = time.monotonic()
    assert run_sites(SitesRequest(centers, out=tmp_path / "out")) != 0
    assert time.monotonic() - start < 30
    assert given == ["north"]
    assert "References" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
