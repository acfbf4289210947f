"""Scans of lesions as an export holds them: read, checked, and made into the files of a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hai_utils.cohort.identifiers import describe
from hai_utils.cohort.problems import Problem, errors_of
from hai_utils.cohort.scan_table import scan_faults
from hai_utils.cohort.scans import (
    COHORT_LESIONS,
    LESION_COLUMNS,
    MAX_DAYS,
    MAX_MM,
    ROLES,
    SCAN_COLUMNS,
    LesionScan,
)
from hai_utils.importing.sheets import Sheet, csv_text, refuse, require_header
from hai_utils.importing.units import number_text
from hai_utils.importing.values import parse_number
from hai_utils.response.courses import Course
from hai_utils.response.rules import ResponseRules


def read_scans(sheet: Sheet) -> tuple[LesionScan, ...]:
    """Read a long table with the columns patient_id, day, lesion, long_mm, perp_mm and role.

    Raises
    ------
    DataError
        With line and column of every fault; no cell is repeated.
    """
    require_header(sheet)
    missing = [name for name in SCAN_COLUMNS if name not in sheet.header]
    problems = [
        Problem("error", 1, name, "header_missing", "the table of scans needs this column.") for name in missing
    ]
    refuse(problems, sheet.file_name)
    scans = []
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        cells = dict(zip(sheet.header, row, strict=True))
        if (scan := _scan(cells, line, problems)) is not None:
            scans.append(scan)
    refuse(problems, sheet.file_name)
    check_scans(scans, sheet.file_name)
    return tuple(scans)


def _scan(cells: Mapping[str, str], line: int, problems: list[Problem]) -> LesionScan | None:
    before = len(problems)

    def complain(column: str, message: str) -> None:
        problems.append(Problem("error", line, column, "scan", message))

    for name in ("patient_id", "lesion"):
        if not cells[name]:
            complain(name, "the cell is blank.")
    day = parse_number(cells["day"])
    if day is None or day != day.to_integral_value() or abs(day) > MAX_DAYS:
        complain("day", f"{describe(cells['day'])}, where a whole number of days since the pump should stand.")
    sizes: list[float | None] = []
    for name in ("long_mm", "perp_mm"):
        size = parse_number(cells[name])
        if cells[name] and (size is None or not 0 <= size <= MAX_MM):
            complain(name, f"{describe(cells[name])}, where a length in mm should stand; 0 for a lesion that is gone.")
        sizes.append(None if size is None else float(size))
    role = next((role for role in ROLES if role == cells["role"].lower().replace("-", "_").replace(" ", "_")), None)
    if role is None:
        complain("role", f"{describe(cells['role'])}, where one of {', '.join(ROLES)} should stand.")
    if len(problems) > before or day is None or role is None:
        return None
    return LesionScan(cells["patient_id"], int(day), cells["lesion"], sizes[0], sizes[1], role, line)


def check_scans(scans: Sequence[LesionScan], file_name: str) -> None:
    """Refuse scans that contradict each other.

    Raises
    ------
    DataError
        Where a lesion stands twice at one scan, changes its kind, is longer across than along, is called new before
        therapy, or is a target that no scan before therapy shows.
    """
    refuse(errors_of(scan_faults(scans)), file_name)


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


RESPONSE_COLUMNS = (
    "patient_id", "target_lesions", "baseline_day", "baseline", "nadir_day", "nadir", "nadir_change_percent",
    "best_response", "best_response_day", "confirmed", "unit",
)  # fmt: skip


def responses_csv(found: Sequence[Course], rules: ResponseRules) -> str:
    """Write one row a patient: baseline, nadir, best response, confirmation."""
    rows = []
    for course in found:
        change = None if course.nadir is None or not course.baseline else 100.0 * (course.nadir / course.baseline - 1.0)
        confirmed = {True: "yes", False: "no", None: ""}[course.confirmed]
        days = ["" if day is None else str(day) for day in (course.baseline_day, course.nadir_day, course.best_day)]
        rows.append(
            [
                course.patient, str(len(course.targets)), days[0], _text(course.baseline), days[1], _text(course.nadir),
                _text(change), course.best_response, days[2], confirmed, "mm2" if rules.uses_products else "mm",
            ]
        )  # fmt: skip
    return csv_text(RESPONSE_COLUMNS, rows)
