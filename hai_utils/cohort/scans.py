"""Scans of lesions, one lesion at one scan a row, as they come beside a cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from hai_utils.cohort.dictionary import Bounds, Variable

Role = Literal["target", "non_target", "new"]
ROLES: tuple[Role, ...] = get_args(Role)
# No lesion of a liver is a metre long; no scan is a century away.
MAX_MM = 1000.0
MAX_DAYS = 36_525

SCAN_VARIABLES: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("patient_id", "Patient", "string"),
        Variable("day", "Day of the scan, counted from pump placement", "integer", "days"),
        Variable("lesion", "Number or letter of the lesion", "string"),
        Variable("long_mm", "Longest diameter, mm", "number", "mm", "0 to 1000", bounds=Bounds(0.0, MAX_MM)),
        Variable(
            "perp_mm", "Longest perpendicular, mm", "number", "mm", "0 to 1000, <= long", bounds=Bounds(0.0, MAX_MM)
        ),
        Variable("role", "Kind of lesion", "category", levels=ROLES),
    )
}
SCAN_COLUMNS = tuple(SCAN_VARIABLES)
COHORT_LESIONS = 2
VISITS, AXES = ("baseline", "best"), ("long", "perp")
LESION_COLUMNS = tuple(
    f"lesion{number}_{visit}_{axis}_mm" for number, visit, axis in product(range(1, COHORT_LESIONS + 1), VISITS, AXES)
)


@dataclass(frozen=True, slots=True)
class LesionScan:
    """One lesion at one scan.

    Attributes
    ----------
    patient : str
        Study identifier.
    day : int
        Days since pump placement; 0 and below is before therapy.
    lesion : str
        Number or letter of the lesion, the same at every scan.
    long_mm, perp_mm : float or None
        Longest diameter and its perpendicular; 0 = gone, None = not measured.
    role : {'target', 'non_target', 'new'}
        New: not there at baseline.
    line : int
        Line of the table, for messages.
    """

    patient: str
    day: int
    lesion: str
    long_mm: float | None
    perp_mm: float | None
    role: Role
    line: int = 0


def by_patient(scans: Sequence[LesionScan]) -> dict[str, list[LesionScan]]:
    """Group scans by patient, each group in time."""
    groups: dict[str, list[LesionScan]] = {}
    for scan in scans:
        groups.setdefault(scan.patient, []).append(scan)
    return {patient: sorted(group, key=lambda scan: (scan.day, scan.lesion)) for patient, group in groups.items()}


def baseline_day(scans: Sequence[LesionScan]) -> int | None:
    """Return the day of the last scan before therapy that shows a target lesion, or where there is none, another lesion."""
    before = [scan for scan in scans if scan.day <= 0]
    return max(
        (scan.day for scan in before if scan.role == "target"), default=max((scan.day for scan in before), default=None)
    )


def first_seen_later(scans: Sequence[LesionScan]) -> dict[str, int]:
    """Return the lesions of a patient that first appear after therapy began, with the line on which they do.

    They are new disease, also where they are called no target; without a scan before therapy only those that are called
    new can be known to be.
    """
    listed = {scan.lesion for scan in scans if scan.day <= 0}
    roles = {"new", "non_target"} if listed else {"new"}
    later = [scan for scan in scans if scan.lesion not in listed and scan.role in roles and scan.long_mm != 0]
    return {scan.lesion: scan.line for scan in sorted(later, key=lambda scan: -scan.day)}
