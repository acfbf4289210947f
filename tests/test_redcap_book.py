"""From a raw export of a REDCap project to the results: the numbers are those of the same patients as a cohort file."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from hai_utils.analyses import analyse
from hai_utils.cohort.reading import load_cohort
from hai_utils.parameters import load_parameters
from hai_utils.results.files import results_csv
from hai_utils.results.table import Results
from tests.conftest import ROOT, run_hai

DAYS_PER_MONTH = 30.4375
# What a center adds to the template's dictionary: its dates, and a field of checkboxes.
ADDED = (
    ("pump_date", "cohort", "text", "Pump placed", "", "date_dmy", "y"),
    ("last_seen", "cohort", "text", "Last seen", "", "date_dmy", ""),
    ("progression", "cohort", "text", "First progression", "", "date_dmy", ""),
    ("course", "cohort", "checkbox", "Course", "1, Became resectable | 2, Died", "", ""),
    ("scan_date", "lesion_scans", "text", "Date of the scan", "", "date_dmy", ""),
)
MAPPING = """\
since: pump_date
columns:
  patient_id: {numbered: patient_id}
  kras: kras
  sex: sex
  age_years: age_years
  bmi_kg_m2: bmi_kg_m2@baseline
  converted_to_resection: course___1
  os_months: {date: last_seen}
  os_event: course___2
  pfs_months: {date: [progression], otherwise: last_seen}
  pfs_event: {any_of: [progression], otherwise: last_seen}
lesions:
  date: scan_date
  lesion: scan_lesion
  long_mm: scan_long_mm
  perp_mm: scan_perp_mm
  role: scan_role
"""
CHOICES = ("exclude=", "confirmation_days=28", "response_criterion=recist_1_1")


@dataclass(frozen=True)
class Patient:
    """A made-up patient; days count from the placement of the pump."""

    kras: str
    sex: str
    age: int
    bmi: float
    pump: date
    last: int
    progression: int | None
    died: bool
    converted: bool
    scans: tuple[tuple[int, str, float, float], ...]  # day, lesion, longest diameter, its perpendicular

    @property
    def lesions(self) -> list[str]:
        """The names of the lesions."""
        return sorted({lesion for _, lesion, *_ in self.scans})


def made_up(generator: random.Random, place: int) -> Patient:
    last = generator.randint(150, 1200)
    progressed = generator.random() < 0.7
    visits = [70 * visit - generator.randint(0, 9) for visit in range(5)]
    scans = []
    for lesion in "12"[: 1 + place % 2]:
        size, rate = generator.uniform(20, 70), generator.uniform(0.5, 1.1)
        for visit, day in enumerate(visits):
            if day < last:
                long = round(size * rate ** min(visit, 3), 1)
                scans.append((day, lesion, long, round(0.7 * long, 1)))
    return Patient(
        kras=("mutant", "wild_type")[place % 2], sex=("female", "male")[place // 2 % 2], age=generator.randint(35, 80),
        bmi=round(generator.uniform(19, 38), 1), pump=date(2018, 1, 9) + timedelta(days=37 * place), last=last,
        progression=generator.randint(60, last) if progressed else None, died=progressed and generator.random() < 0.6,
        converted=generator.random() < 0.3, scans=tuple(scans),
    )  # fmt: skip


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *rows])
    return path


def as_cohort(folder: Path, patients: Sequence[Patient]) -> dict[str, str]:
    """Write the patients as a cohort file with its table of scans; return the names of both."""
    header = "patient_id kras sex age_years bmi_kg_m2 converted_to_resection os_months os_event pfs_months pfs_event"
    lesions = [f"lesion{n}_{at}_{what}_mm" for n in "12" for at in ("baseline", "best") for what in ("long", "perp")]
    rows = [
        (
            f"A{place}", one.kras, one.sex, one.age, one.bmi, "yes" if one.converted else "no",
            repr(one.last / DAYS_PER_MONTH), int(one.died), repr((one.progression or one.last) / DAYS_PER_MONTH),
            int(one.progression is not None), *diameters(one),
        )
        for place, one in enumerate(patients)
    ]  # fmt: skip
    scans = [(f"A{place}", *scan, "target") for place, one in enumerate(patients) for scan in one.scans]
    data = write(folder / "direct.csv", [*header.split(), *lesions], rows)
    table = write(folder / "direct_scans.csv", ("patient_id", "day", "lesion", "long_mm", "perp_mm", "role"), scans)
    return {"data": data.name, "scans": table.name}


def diameters(one: Patient) -> list[float | str]:
    """Return the diameters of the larger and the smaller lesion at baseline, and at the least sum of products after it."""
    first, *later = sorted({day for day, *_ in one.scans})
    at = {(day, lesion): (long, across) for day, lesion, long, across in one.scans}
    best = min(later, key=lambda day: sum(at[day, lesion][0] * at[day, lesion][1] for lesion in one.lesions))
    blank: tuple[str, str] = ("", "")
    larger, *smaller = sorted(one.lesions, key=lambda lesion: -at[first, lesion][0])
    both = (larger, *(smaller or ["none"]))
    return [cell for lesion in both for day in (first, best) for cell in at.get((day, lesion), blank)]


def as_redcap_writes(project: Path, folder: Path, patients: Sequence[Patient]) -> tuple[Path, Path]:
    """Add the center's fields to the template's dictionary, and write a raw export as REDCap does for that project."""
    header, *fields = csv.reader(project.read_text(encoding="utf-8").splitlines())
    places = [header.index(name) for name in header if name.startswith(("Variable", "Form Name", "Field Type", "Field Label", "Choices", "Text Validation Type", "Identifier"))]  # fmt: skip
    for added in ADDED:
        cells = [""] * len(header)
        for place, cell in zip(places, added, strict=True):
            cells[place] = cell
        fields.append(cells)
    dictionary = write(folder / "project.csv", header, fields)
    names = [field[0] for field in fields if field[0] != "course"]
    columns = [
        names[0], "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", *names[1:],
        "course___1", "course___2", "cohort_complete", "lesion_scans_complete",
    ]  # fmt: skip
    rows = [row for place, one in enumerate(patients, start=1) for row in redcap_rows(str(place), one)]
    cells = [[row.get(name, "") for name in columns] for row in rows]
    return write(folder / "export.csv", columns, cells, delimiter=";"), dictionary


def redcap_rows(record: str, one: Patient) -> list[dict[str, str]]:
    """Return the rows of a record: one an event, then one a repeated scan, with decimal commas and dates of the day first."""

    def day(after: int) -> str:
        return (one.pump + timedelta(days=after)).strftime("%d-%m-%Y")

    def number(value: float) -> str:
        return str(value).replace(".", ",")

    follow_up = {"patient_id": record, "redcap_event_name": "follow_up_arm_1"}
    baseline = {
        "patient_id": record, "redcap_event_name": "baseline_arm_1", "kras": one.kras, "sex": one.sex,
        "age_years": str(one.age), "bmi_kg_m2": number(one.bmi), "pump_date": day(0), "cohort_complete": "2",
    }  # fmt: skip
    later = {
        **follow_up, "last_seen": day(one.last), "progression": day(one.progression) if one.progression else "",
        "bmi_kg_m2": number(round(one.bmi - 1.5, 1)), "course___1": str(int(one.converted)),
        "course___2": str(int(one.died)), "cohort_complete": "2",
    }  # fmt: skip
    scans = [
        {
            **follow_up, "redcap_repeat_instrument": "lesion_scans", "redcap_repeat_instance": str(place),
            "scan_date": day(scan), "scan_lesion": lesion, "scan_long_mm": number(long), "scan_perp_mm": number(across),
            "scan_role": "target", "lesion_scans_complete": "2",
        }
        for place, (scan, lesion, long, across) in enumerate(one.scans, start=1)
    ]  # fmt: skip
    return [baseline, later, *scans]


def hai(*words: str, cwd: Path) -> str:
    done = run_hai(*words, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def results_of(folder: Path, files: dict[str, str]) -> Results:
    parameters = load_parameters([ROOT / "params.yml"], [*(f"{name}={folder / file}" for name, file in files.items()), *CHOICES])  # fmt: skip
    return analyse(load_cohort(parameters, folder), parameters)


def test_a_redcap_export_gives_the_numbers_of_the_same_cohort(tmp_path: Path) -> None:
    generator = random.Random(20180109)
    patients = [made_up(generator, place) for place in range(36)]
    hai("template", "forms", cwd=tmp_path)
    export, dictionary = as_redcap_writes(tmp_path / "forms" / "redcap_data_dictionary.csv", tmp_path, patients)
    (tmp_path / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    hai("import-redcap", str(export), str(dictionary), "--mapping", "mapping.yml", "--out", "imported", cwd=tmp_path)
    imported = {"data": "imported/cohort.csv", "scans": "imported/lesion_scans.csv"}
    hai("check", imported["data"], "--scans", imported["scans"], cwd=tmp_path)
    from_redcap, direct = results_of(tmp_path, imported), results_of(tmp_path, as_cohort(tmp_path, patients))
    assert len(from_redcap) > 1000
    assert results_csv(from_redcap) == results_csv(direct)
