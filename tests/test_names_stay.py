"""Names planted in every column, in a level and in the name of the file: none is in anything that check and build leave."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, run_hai

NAME = "Quatermass"
OPEN = ("race", "kras_codon", "first_line", "second_line", "site", "ward")


def planted(folder: Path, *columns: str) -> Path:
    """The reconstruction with a name in some columns, in a file with the name."""
    header, *rows = csv.reader((ROOT / "data" / "cohort.csv").read_text(encoding="utf-8").splitlines())
    header, rows = [*header, "ward"], [[*row, "north"] for row in rows]
    # Patients with a mutation, for only they have a variant.
    chosen = [row for row in rows if row[header.index("kras")] == "mutant"][:2]
    for row in chosen:
        for column in columns:
            row[header.index(column)] = f"Mary {NAME}"
    path = folder / f"{NAME}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    (folder / "own.csv").write_text(
        "column,label,type,unit,allowed,needed_for,description,level_labels\nward,Ward,category,,,,,\n",
        encoding="utf-8",
    )
    return path


def content_of(path: Path) -> bytes:
    """All bytes of a file, those of an archive, as a DOCX is, unpacked."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return b"".join(map(archive.read, archive.namelist()))


def files_with_the_name(folder: Path) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and (NAME.encode() in content_of(path) or NAME in path.name)
    ]


def test_no_report_of_a_check_repeats_a_name(tmp_path: Path) -> None:
    header = (ROOT / "data" / "cohort.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    path = planted(tmp_path, *header, "ward")
    out = tmp_path / "out"
    out.mkdir()
    words = ("--csv", str(out / "report.csv"), "--html", str(out / "report.html"))
    done = run_hai("check", str(path), "--dictionary", str(tmp_path / "own.csv"), *words)
    assert done.returncode == 1
    assert f"Mary {NAME}" not in done.stdout + done.stderr
    assert files_with_the_name(out) == []


@pytest.mark.slow
def test_no_file_of_a_build_holds_a_name(tmp_path: Path) -> None:
    path, out = planted(tmp_path, *OPEN), tmp_path / "out" / "run"
    own = ("--dictionary", str(tmp_path / "own.csv"), "--set", "baseline_variables=[age_years, race, first_line]")
    done = run_hai(
        "build", "--data", str(path), *own, "--set", "evidence=rows", "--formats", "html,docx", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert f"Mary {NAME}" not in done.stdout + done.stderr
    assert files_with_the_name(out.parent) == []
    assert list((out / "html" / "evidence").glob("*.csv"))
    assert "Unlisted level 1" in (out / "html" / "notebooks" / "01_cohort_description.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_file_of_a_center_or_of_the_overview_holds_a_name(tmp_path: Path) -> None:
    centers = tmp_path / "centers"
    centers.mkdir()
    for name in ("north", "south"):
        path = planted(tmp_path, *OPEN)
        path.rename(centers / f"{name}.csv")
        (tmp_path / "own.csv").rename(centers / f"{name}.dictionary.csv")
    broken = (centers / "south.csv").read_text(encoding="utf-8")
    (centers / "east.csv").write_text(broken.replace(",mutant,", f",{NAME},", 1), encoding="utf-8")
    done = run_hai("sites", str(centers), "--out", str(tmp_path / "out"))
    assert "2 of 3 centers have a book" in done.stdout, done.stderr
    assert NAME not in done.stdout + done.stderr
    assert files_with_the_name(tmp_path / "out") == []
