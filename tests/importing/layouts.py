"""A known cohort written as centers write: titles, two header lines, units in cells, orders of dates, code sets, delimiters, encodings."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import openpyxl

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Patient:
    """A made-up patient; days count from the pump."""

    number: int
    sex: str
    age: int
    bmi: float
    kras: str
    extrahepatic: str
    minutes: int
    long_mm: int
    perp_mm: int
    clavien: str
    pump: date
    progression: int | None
    last: int
    dead: bool


@dataclass
class Layout:
    """A file as it was written, and what a truthful person answers to questions about it."""

    path: Path
    truth: dict[str, list[str]]
    answers: dict[str, str] = field(default_factory=dict)


def cohort(rng: random.Random) -> list[Patient]:
    patients = []
    for number in range(1, 13):
        last = rng.randint(200, 1500)
        patients.append(
            Patient(
                number, rng.choice(["male", "female"]), rng.randint(30, 84), rng.randint(180, 390) / 10, rng.choice(["mutant", "wild_type"]),
                rng.choice(["yes", "no"]), rng.randint(150, 420), rng.randint(30, 95), rng.randint(12, 29), rng.choice(["0", "I", "II", "IIIa"]),
                date(2014, 1, 1) + timedelta(rng.randint(0, 2200)), rng.choice([None, rng.randint(40, 190)]), last, rng.random() < 0.6,
            )
        )  # fmt: skip
    return patients


def truth_of(patients: Sequence[Patient]) -> dict[str, list[str]]:
    """Return the columns of the cohort, computed from the patients alone."""
    ends = {
        "os": [(one.last, one.dead) for one in patients],
        "pfs": [(one.progression or one.last, bool(one.progression) or one.dead) for one in patients],
    }
    columns = {
        "sex": [one.sex for one in patients], "age_years": [str(one.age) for one in patients], "bmi_kg_m2": [str(one.bmi) for one in patients],
        "kras": [one.kras for one in patients], "extrahepatic_disease": [one.extrahepatic for one in patients],
        "operative_minutes": [str(one.minutes) for one in patients], "lesion1_baseline_long_mm": [str(one.long_mm) for one in patients],
        "lesion1_baseline_perp_mm": [str(one.perp_mm) for one in patients], "clavien_dindo": [one.clavien for one in patients],
        "pump_year": [str(one.pump.year) for one in patients],
    }  # fmt: skip
    for stem, outcomes in ends.items():
        columns[f"{stem}_months"] = [repr(days / DAYS_PER_MONTH) for days, _ in outcomes]
        columns[f"{stem}_event"] = [str(int(event)) for _, event in outcomes]
    return columns


DATES: Mapping[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "dmy": lambda day: day.strftime("%d/%m/%Y"),
    "mdy": lambda day: day.strftime("%m/%d/%Y"),
    "dots": lambda day: day.strftime("%d.%m.%Y"),
    "named": lambda day: day.strftime("%d-%b-%y"),
    "short": lambda day: day.strftime("%d/%m/%y"),
}
SEXES = (
    {"male": "M", "female": "F"},
    {"male": "male", "female": "female"},
    {"male": "1", "female": "2"},
    {"male": "m", "female": "w"},
)
GENES = (
    {"mutant": "mut", "wild_type": "WT"},
    {"mutant": "G12D", "wild_type": "wild type"},
    {"mutant": "1", "wild_type": "0"},
    {"mutant": "Mutated", "wild_type": "wt "},
)
BINARY = (
    {"yes": "yes", "no": "no"},
    {"yes": "Y", "no": "N"},
    {"yes": "1", "no": "0"},
    {"yes": "x", "no": ""},
    {"yes": "1", "no": "2"},
)
STATUS = (
    {True: "dead", False: "alive"},
    {True: "DOD", False: "NED"},
    {True: "2", False: "1"},
    {True: "1", False: "0"},
    {True: "Deceased", False: "Living"},
)
CLAVIEN = (
    {"0": "0", "I": "I", "II": "II", "IIIa": "IIIa"},
    {"0": "none", "I": "1", "II": "2", "IIIa": "3a"},
    {"0": "0", "I": "Grade I", "II": "Grade II", "IIIa": "Grade IIIa"},
)


def written(rng: random.Random, folder: Path) -> Layout:
    """Write the cohort in one of many layouts."""
    patients = cohort(rng)
    comma = rng.random() < 0.3
    number = (lambda text: text.replace(".", ",")) if comma else (lambda text: text)
    order = rng.choice([*DATES])
    sex, gene, binary, status, clavien = (rng.choice(kind) for kind in (SEXES, GENES, BINARY, STATUS, CLAVIEN))
    none = rng.choice(["", "-", "N/A", "none"])
    day = DATES[order]
    columns: dict[str, list[str]] = {
        rng.choice(["MRN", "Patient ID", "Study no"]): [f"{7000 + one.number}" for one in patients],
        "Name": [f"Surname{one.number}, Given" for one in patients],
        rng.choice(["Sex", "Gender"]): [sex[one.sex] for one in patients],
        **_age(rng, patients),
        rng.choice(["BMI", "BMI (kg/m2)"]): [number(str(one.bmi)) for one in patients],
        rng.choice(["KRAS", "KRAS status"]): [gene[one.kras] for one in patients],
        rng.choice(["Extrahepatic disease", "EHD"]): [binary[one.extrahepatic] for one in patients],
        **_minutes(rng, patients),
        **_lesions(rng, patients, number),
        "Clavien": [clavien[one.clavien] for one in patients],
        rng.choice(["Pump date", "Pump placed"]): [day(one.pump) for one in patients],
        rng.choice(["Date of progression", "Progression date"]): [day(one.pump + timedelta(one.progression)) if one.progression else none for one in patients],
        rng.choice(["Last follow-up", "Last contact"]): [day(one.pump + timedelta(one.last)) for one in patients],
        "Status": [status[one.dead] for one in patients],
    }  # fmt: skip
    answers = _answers(sex, gene, binary, status, clavien, "mdy" if order == "mdy" else "dmy")
    path = _saved(rng, folder, columns, comma)
    return Layout(path, truth_of(patients), answers)


def _age(rng: random.Random, patients: Sequence[Patient]) -> dict[str, list[str]]:
    kind = rng.randrange(3)
    cells = [f"{one.age} y" if kind == 1 or (kind == 2 and rng.random() < 0.3) else str(one.age) for one in patients]
    return {rng.choice(["Age", "Age at surgery", "Age (years)"]): cells}


def _minutes(rng: random.Random, patients: Sequence[Patient]) -> dict[str, list[str]]:
    def cell(minutes: int) -> str:
        kind = rng.randrange(4)
        return [str(minutes), f"{minutes} min", f"{minutes // 60}h {minutes % 60:02d}", str(minutes)][kind]

    return {rng.choice(["OR time", "Operative time (min)"]): [cell(one.minutes) for one in patients]}


def _lesions(rng: random.Random, patients: Sequence[Patient], number: Callable[[str], str]) -> dict[str, list[str]]:
    kind = rng.randrange(4)
    if kind == 0:
        return {"L1 baseline (cm)": [number(f"{one.long_mm / 10} x {one.perp_mm / 10}") for one in patients]}
    if kind == 1:
        return {"L1 baseline": [number(f"{one.long_mm / 10}x{one.perp_mm / 10} cm") for one in patients]}
    if kind == 2:
        return {"L1 baseline": [f"{one.long_mm} x {one.perp_mm}" for one in patients]}
    return {
        "Lesion 1 baseline long (cm)": [number(str(one.long_mm / 10)) for one in patients],
        "Lesion 1 baseline perp (cm)": [number(str(one.perp_mm / 10)) for one in patients],
    }


def _answers(
    sex: Mapping[str, str],
    gene: Mapping[str, str],
    binary: Mapping[str, str],
    status: Mapping[bool, str],
    clavien: Mapping[str, str],
    order: str,
) -> dict[str, str]:
    """Return what a truthful person answers, by the value that a question is about."""
    said = {f"sex {cell}": level for level, cell in sex.items()} | {
        f"kras {cell}": level for level, cell in gene.items()
    }
    said |= {f"extrahepatic {cell}": level for level, cell in binary.items()} | {"extrahepatic ": "no"}
    said |= {f"status {cell}": "dead" if dead else "alive" for dead, cell in status.items()}
    return said | {f"clavien {cell}": level for level, cell in clavien.items()} | {"order": order}


def _saved(rng: random.Random, folder: Path, columns: Mapping[str, Sequence[str]], comma: bool) -> Path:
    table: list[list[str]] = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    if rng.random() < 0.3:
        place = rng.randrange(len(table[0]) + 1)
        table = [[*row[:place], "", *row[place:]] for row in table]
    if rng.random() < 0.3:
        table.insert(rng.randrange(2, len(table)), [""] * len(table[0]))
    width = len(table[0])
    above = [["HAI pump patients", *[""] * (width - 1)]] if rng.random() < 0.4 else []
    above += [[""] * width] if above and rng.random() < 0.5 else []
    if rng.random() < 0.2:
        groups = [""] * width
        for place in (0, 4, 9):
            groups[place] = ["Patient", "Tumor", "Outcome"][place // 4]
        above.append(groups)
    below = [[""] * width, ["red = dead", *[""] * (width - 1)]] if rng.random() < 0.3 else []
    return _as_file(rng, folder, [*above, *table, *below], comma)


def _as_file(rng: random.Random, folder: Path, rows: Sequence[Sequence[str]], comma: bool) -> Path:
    if rng.random() < 0.3:
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
        path = folder / "export.xlsx"
        book.save(path)
        return path
    delimiter = rng.choice([";", "\t", "|"] if comma else [",", ";", "\t"])
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    path = folder / "export.csv"
    path.write_bytes(stream.getvalue().encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])))
    return path
