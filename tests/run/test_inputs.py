"""What is hashed is what is analyzed and shown, whatever happens to the files during a build."""

from __future__ import annotations

import csv
import json
import os
import pickle
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hai_utils.parameters import load_parameters
from hai_utils.run.inputs import Inputs
from hai_utils.run.output import STAMP, is_current, is_trusted, write_stamp
from tests.conftest import ROOT, mostly_long
from tests.run.robust import command, end, small_project, start
from tests.test_build import digests

TIMED = {"provenance.json", STAMP}
MOMENTS = 3


def replace(path: Path, change: Callable[[str], str]) -> None:
    """Replace a file in one step, as editors and exports do."""
    new = path.with_name("new")
    new.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    new.replace(path)


CHANGES: dict[str, Callable[[str], str]] = {
    "data/own.csv": lambda text: text.replace("R02,synthetic,55.0", "R02,synthetic,56.0"),
    "data/own_columns.csv": lambda text: text.replace("Phase of the trial", "Phase of this trial"),
    "data/scans.csv": lambda text: text.replace(",60,", ",61,"),
    "params.yml": lambda text: text.replace("confidence_level: 0.95", "confidence_level: 0.9"),
    "notebooks/02_complications.ipynb": lambda text: text.replace("# Complications", "# Complications found"),
}
SCANS = "patient_id,day,lesion,long_mm,perp_mm,role\nR01,-3,one,40,30,target\nR01,60,one,30,20,target\n"
DICTIONARY = (
    "column,label,type,unit,allowed,needed_for,description,level_labels\n"
    "phase,Phase of the trial,category,,early | late,,,early = Early | late = Late\n"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with every kind of input: the cohort's lesions are in its table of scans."""
    folder = small_project(tmp_path_factory.mktemp("small") / "project")
    with (folder / "data" / "cohort.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (folder / "data" / "own.csv").open("w", encoding="utf-8", newline="") as stream:
        names = [*(name for name in rows[0] if not name.startswith("lesion")), "phase"]
        writer = csv.DictWriter(stream, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "phase": ("early", "late")[place % 2]} for place, row in enumerate(rows))
    (folder / "data" / "scans.csv").write_text(SCANS, encoding="utf-8")
    (folder / "data" / "own_columns.csv").write_text(DICTIONARY, encoding="utf-8")
    return folder


def words(project: Path, out: Path) -> list[str]:
    data = project / "data"
    files = ("--data", data / "own.csv", "--dictionary", data / "own_columns.csv", "--scans", data / "scans.csv")
    return command(project, out, *map(str, files), "--formats", "html")


def book(out: Path) -> dict[str, object]:
    """What a run is: the digest of each of its files, and of each input as it says."""
    said = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["sha256"]
    stamp = json.loads((out / STAMP).read_text(encoding="utf-8"))["inputs"]
    return {name: value for name, value in digests(out).items() if name not in TIMED} | {"said": said, "stamp": stamp}


def built(project: Path, out: Path) -> tuple[dict[str, object], float]:
    """Build, and return what the run is and the seconds that it took."""
    begun = time.monotonic()
    done = subprocess.run(words(project, out), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return book(out), time.monotonic() - begun


@pytest.mark.slow
@pytest.mark.parametrize("name", mostly_long(CHANGES, "data/own.csv"))
def test_a_file_replaced_during_a_build_gives_the_old_book_or_the_new_one_whole(
    name: str, project: Path, tmp_path: Path
) -> None:
    path = project / name
    before = path.read_text(encoding="utf-8")
    try:
        old, _ = built(project, tmp_path / "old")
        replace(path, CHANGES[name])
        new, seconds = built(project, tmp_path / "new")
        assert old != new
        for moment in range(MOMENTS):
            path.write_text(before, encoding="utf-8")
            build = start([*words(project, tmp_path / "run"), "--no-cache"])
            time.sleep(seconds * moment / MOMENTS)
            replace(path, CHANGES[name])
            _, said = build.communicate(timeout=300)
            assert build.returncode == 0, said
            assert book(tmp_path / "run") in (old, new)
    finally:
        path.write_text(before, encoding="utf-8")


@pytest.mark.slow
def test_a_cohort_spoiled_during_a_build_is_refused_or_not_looked_at_again(project: Path, tmp_path: Path) -> None:
    path = project / "data" / "own.csv"
    before = path.read_text(encoding="utf-8")
    _, seconds = built(project, tmp_path / "run")
    codes = set()
    for moment in range(MOMENTS):
        path.write_text(before, encoding="utf-8")
        build = start([*words(project, tmp_path / "run"), "--no-cache"])
        time.sleep(seconds * moment / MOMENTS)
        replace(path, lambda text: text.replace("R02,synthetic", "R02,neither"))
        build.communicate(timeout=300)
        codes.add(build.returncode)
    path.write_text(before, encoding="utf-8")
    assert codes <= {0, 1}


def copied(project: Path, folder: Path) -> Inputs:
    parameters = load_parameters([project / "params.yml"], [f"data={project / 'data' / 'own.csv'}"])
    return Inputs.of(project, parameters).copied(folder)


def test_a_copy_does_not_change_with_its_original_and_has_the_same_digest(project: Path, tmp_path: Path) -> None:
    private = copied(project, tmp_path / "copy")
    digest = private.digest(["html"])
    parameters = private.parameters
    assert digest == Inputs.of(project, parameters).digest(["html"])
    before = {name: (project / name).read_text(encoding="utf-8") for name in CHANGES if (project / name).is_file()}
    try:
        for name, text in before.items():
            (project / name).write_text(text + "\n", encoding="utf-8")
            assert Inputs.of(project, parameters).digest(["html"]) != digest, name
        assert private.digest(["html"]) == digest
        assert Path(private.readable.data).read_text(encoding="utf-8") == before["data/own.csv"]
    finally:
        for name, text in before.items():
            (project / name).write_text(text, encoding="utf-8")


def test_a_page_outside_the_usual_folders_is_an_input_with_what_lies_beside_it(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "project")
    (tmp_path / "project" / "appendix").mkdir()
    for name in ("more.md", "picture.svg"):
        (tmp_path / "project" / "appendix" / name).write_text("# More\n", encoding="utf-8")
    toc = tmp_path / "project" / "_toc.yml"
    toc.write_text(toc.read_text(encoding="utf-8") + "  - file: appendix/more\n", encoding="utf-8")
    private = copied(tmp_path / "project", tmp_path / "copy")
    assert sorted(path.name for path in (private.root / "appendix").iterdir()) == ["more.md", "picture.svg"]


def test_a_file_that_is_missing_or_no_file_keeps_its_name_for_the_refusal(project: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("missing.csv", "pipe.csv"):
        parameters = load_parameters([project / "params.yml"], [f"data={tmp_path / name}"])
        assert Inputs.of(project, parameters).copied(tmp_path / name[0]).readable.data == str(tmp_path / name)


def finished(folder: Path) -> Path:
    folder.mkdir()
    (folder / "page.html").write_text("text", encoding="utf-8")
    write_stamp(folder, "inputs")
    return folder


def test_a_finished_run_of_the_same_inputs_is_current(tmp_path: Path) -> None:
    assert is_current(finished(tmp_path / "run"), "inputs")


def test_a_run_that_another_user_could_have_written_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(tmp_path / "run")
    run.chmod(0o777)
    assert not is_current(run, "inputs")
    run.chmod(0o755)
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    assert not is_trusted(run)
    assert not is_current(run, "inputs")


class Planted:
    """Code that runs where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (Path.write_text, (Path("planted"), "ran"))


@pytest.mark.slow
def test_a_planted_cache_is_passed_by_with_a_line(project: Path, tmp_path: Path) -> None:
    cache = tmp_path / ".run.cache"
    for name in ("current.json", "timings.json", "pages.json", "environment.pickle", "site/article.pickle"):
        (cache / name).parent.mkdir(parents=True, exist_ok=True)
        (cache / name).write_bytes(pickle.dumps(Planted()))
    done = subprocess.run(words(project, tmp_path / "run"), capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert ".run.cache is not read" in done.stderr
    assert not (tmp_path / "planted").exists()


@pytest.mark.slow
def test_killed_while_documents_are_made_a_build_leaves_nothing_for_long(project: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    documents = [word for word in words(project, tmp_path / "runs" / "run") if word not in ("--formats", "html")]
    build = subprocess.Popen(documents, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert build.stderr is not None
    for line in build.stderr:
        if line.startswith("  site"):
            break
    end(build, 9, group=False)
    done = subprocess.run(documents, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["run"]
    assert not list(temporary.iterdir())
