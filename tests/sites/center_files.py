"""Small cohorts of made-up rows for tests of several centers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import ROOT


def write_rows(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a cohort; patients are numbered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["patient_id", *header])
        writer.writerows([f"P{place:03d}", *row] for place, row in enumerate(rows, start=1))
    return path


def write_conversions(path: Path, mutant: tuple[int, int], wild_type: tuple[int, int]) -> Path:
    """Write a cohort that records conversion and nobody's death: so many converted of so many in each group."""
    rows = [
        (group, "yes" if place < count else "no", 12, 0)
        for group, (count, n) in (("mutant", mutant), ("wild_type", wild_type))
        for place in range(n)
    ]
    return write_rows(path, ("kras", "converted_to_resection", "os_months", "os_event"), rows)


def write_survival(path: Path, rows: Sequence[tuple[str, float, int]]) -> Path:
    """Write a cohort of group, months and death."""
    return write_rows(path, ("kras", "os_months", "os_event"), rows)


def write_drawn(folder: Path, names: Sequence[str], *, patients: int = 12) -> None:
    """Write cohorts of rows drawn from the reconstruction, each from a seed of its own."""
    import random

    with (ROOT / "data" / "cohort.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    header = [name for name in rows[0] if name != "patient_id"]
    for seed, name in enumerate(names):
        drawn = [rows[0], rows[1], *random.Random(seed).choices(rows, k=patients - 2)]
        write_rows(folder / f"{name}.csv", header, [[row[column] for column in header] for row in drawn])
