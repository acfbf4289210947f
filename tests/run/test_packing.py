"""A study as one file: it comes back as it was, and nothing of a planted one is written."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hai_utils.errors import DataError
from hai_utils.profiles import resolve
from hai_utils.run.inputs import Inputs
from hai_utils.run.packing import pack, unpack
from hai_utils.run.sources import source_files, sources_digest
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "study.zip"
    settings = ["response_threshold_percent=30", f"data={ROOT / 'data' / 'cohort.csv'}"]
    path.write_bytes(pack(Inputs.of(ROOT, resolve(ROOT, settings=settings)), with_data=True))
    return path


def test_a_packed_study_has_the_same_choices_and_files(study: Path, tmp_path: Path) -> None:
    packed = unpack(study, tmp_path)
    parameters = resolve(packed.project, files=[packed.parameters], settings=[f"data={packed.files['data']}"])
    asked = resolve(ROOT, settings=["response_threshold_percent=30", f"data={ROOT / 'data' / 'cohort.csv'}"])
    assert parameters.model_copy(update={"data": ""}) == asked.model_copy(update={"data": ""})
    assert packed.files["data"].read_bytes() == (ROOT / "data" / "cohort.csv").read_bytes()


def test_the_same_study_gives_the_same_file() -> None:
    inputs = Inputs.of(ROOT, resolve(ROOT))
    assert pack(inputs, with_data=True) == pack(inputs, with_data=True)


def test_without_data_no_patient_goes_along(tmp_path: Path) -> None:
    path = tmp_path / "study.zip"
    cohort = tmp_path / "mine.csv"
    cohort.write_text((ROOT / "data" / "cohort.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    path.write_bytes(pack(Inputs.of(ROOT, resolve(ROOT, settings=[f"data={cohort}"])), with_data=False))
    packed = unpack(path, tmp_path / "out")
    assert "data" not in packed.files
    assert set(packed.digests) == {"data"}


def test_of_a_study_that_withholds_small_cells_no_digest_of_the_data_goes_along(tmp_path: Path) -> None:
    content = (ROOT / "data" / "cohort.csv").read_bytes() + b"\n"
    digest = hashlib.sha256(content).hexdigest()
    (tmp_path / "cohort.csv").write_bytes(content)
    (tmp_path / "study.yml").write_text(
        f"title: A study\nbelongs_to:\n  cohort_sha256: {digest}\n  instead: Write your own.\n", encoding="utf-8"
    )

    def parts(*more: str) -> bytes:
        settings = [f"data={tmp_path / 'cohort.csv'}", *more]
        packed = pack(Inputs.of(ROOT, resolve(ROOT, settings=settings)), with_data=False)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return b"".join(map(archive.read, archive.namelist()))

    assert digest.encode() in parts()
    assert digest.encode() not in parts("disclosure=small_cells")


def test_a_cohort_of_one_s_own_in_the_place_of_the_published_one_is_no_source(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for path in source_files(ROOT):
        target = project / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert project / "data" / "cohort.csv" in source_files(project)
    before = sources_digest(project)
    with (project / "data" / "cohort.csv").open("ab") as stream:
        stream.write(b"\n")
    assert project / "data" / "cohort.csv" not in source_files(project)
    other = sources_digest(project)
    assert other != before
    with (project / "data" / "cohort.csv").open("ab") as stream:
        stream.write(b"\n")
    assert sources_digest(project) == other


def link(archive: zipfile.ZipFile) -> None:
    entry = zipfile.ZipInfo("files/scans.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(entry, "/etc/passwd")


PLANTED: dict[str, Callable[[zipfile.ZipFile], None]] = {
    "a path upwards": lambda archive: archive.writestr("files/../../outside.txt", "x"),
    "an absolute path": lambda archive: archive.writestr("/tmp/outside.txt", "x"),
    "a path of another system": lambda archive: archive.writestr("files\\..\\outside.txt", "x"),
    "a drive": lambda archive: archive.writestr("C:outside.txt", "x"),
    "a part beside": lambda archive: archive.writestr("outside.txt", "x"),
    "a link": link,
    "a folder": lambda archive: archive.writestr("files/more/", ""),
    "a bomb": lambda archive: archive.writestr("files/scans.csv", b"0" * 50_000_000, zipfile.ZIP_DEFLATED),
    "many parts": lambda archive: [archive.writestr(f"files/{n}", "") for n in range(2_001)] and None,
    "names that are one": lambda archive: [archive.writestr(name, "x") for name in ("files/A", "files/a")] and None,
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_part_is_refused_and_nothing_is_written(planted: str, study: Path, tmp_path: Path) -> None:
    path, folder = tmp_path / "planted.zip", tmp_path / "in" / "out"
    path.write_bytes(study.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        PLANTED[planted](archive)
    with pytest.raises(DataError, match="Nothing of it was written"):
        unpack(path, folder)
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "study.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"study\.zip"):
        unpack(path, tmp_path / "out")


def test_a_file_named_outside_is_refused(study: Path, tmp_path: Path) -> None:
    path = tmp_path / "changed.zip"
    with zipfile.ZipFile(study) as given, zipfile.ZipFile(path, "w") as archive:
        for part in given.infolist():
            content = given.read(part)
            if part.filename == "hai-study.json":
                content = content.replace(b"files/data.csv", b"../../../etc/passwd")
            archive.writestr(part, content)
    with pytest.raises(DataError, match="another version of hai, or changed"):
        unpack(path, tmp_path / "out")
