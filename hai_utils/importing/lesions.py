"""Scans of lesions as an export holds them: read, checked, and made into the files of a cohort."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from hai_utils.cohort.grid import Grid
from hai_utils.cohort.problems import errors_of
from hai_utils.cohort.scan_table import check_scans
from hai_utils.cohort.scans import (
    COHORT_LESIONS,
    LESION_COLUMNS,
    SCAN_COLUMNS,
    LesionScan,
)
from hai_utils.cohort.tables import Cells
from hai_utils.importing.sheets import Sheet, refuse, require_header
from hai_utils.importing.units import number_text
from hai_utils.response.courses import Course
from hai_utils.untrusted import csv_text


def read_scans(sheet: Sheet) -> tuple[LesionScan, ...]:
    """Read a long table with the columns patient_id, day, lesion, long_mm, perp_mm and role, by the checks of a cohort's.

    Raises
    ------
    DataError
        With line and column of every fault; no cell is repeated.
    """
    require_header(sheet)
    names = tuple(name for name in SCAN_COLUMNS if name in sheet.header)
    places = tuple(sheet.header.index(name) + 1 for name in names)
    columns = tuple(_cells(_roles(sheet.column(name)) if name == "role" else sheet.column(name)) for name in names)
    found = check_scans(Grid(names, places, 1, columns, np.array(sheet.lines, dtype=np.int64), "", ()))
    refuse(errors_of(found.problems), sheet.file_name)
    return found.scans


def _cells(column: Sequence[str]) -> Cells:
    codes, texts = pd.factorize(np.array(column, dtype=object))
    return Cells(list(texts), codes.astype(np.int32))


def _roles(column: Sequence[str]) -> list[str]:
    return [cell.lower().replace("-", "_").replace(" ", "_") for cell in column]


def scans_csv(scans: Sequence[LesionScan]) -> str:
    """Write scans as the table that comes beside a cohort, in the order of patient, day and lesion."""
    ordered = sorted(scans, key=lambda scan: (scan.patient, scan.day, scan.lesion))
    rows = [
        [scan.patient, str(scan.day), scan.lesion, _text(scan.long_mm), _text(scan.perp_mm), scan.role]
        for scan in ordered
    ]
    return csv_text(SCAN_COLUMNS, rows)


def cohort_cells(course: Course) -> dict[str, str]:
    """Return the lesion columns of a cohort: the two largest target lesions at baseline and at the greatest response."""
    cells = dict.fromkeys(LESION_COLUMNS, "")
    for number, lesion in enumerate(course.targets[:COHORT_LESIONS], start=1):
        for visit, day in (("baseline", course.baseline_day), ("best", course.best_day)):
            if day is None:
                continue
            for size, value in zip(("long", "perp"), course.measured.get((day, lesion), (None, None)), strict=True):
                gone = size == "perp" and value is None and cells[f"lesion{number}_{visit}_long_mm"] == "0"
                cells[f"lesion{number}_{visit}_{size}_mm"] = "0" if gone else _text(value)
    return cells


def _text(value: float | None) -> str:
    return "" if value is None else number_text(Decimal(repr(value)))
