"""Read and check a long table of lesion scans.

The table is optional and comes beside a cohort, whose patients it names. It is checked as a cohort is: everything that is
wrong at once, with line and column, and no identifier in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.cohort.checking import check_column, with_decimal_points
from hai_utils.cohort.columns import Column, Verdict, columns_of
from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.dictionary import Bounds, Variable
from hai_utils.cohort.grid import Grid, read_grid
from hai_utils.cohort.headers import check_names
from hai_utils.cohort.problems import Problem, UnreadableError, limited, problem
from hai_utils.cohort.scans import (
    AXES,
    COHORT_LESIONS,
    LESION_COLUMNS,
    MAX_DAYS,
    SCAN_COLUMNS,
    SCAN_VARIABLES,
    VISITS,
    LesionScan,
    Role,
    baseline_day,
    by_patient,
    first_seen_later,
)
from hai_utils.cohort.schema import IDENTIFIER
from hai_utils.errors import nearest

_DAYS = Bounds(-float(MAX_DAYS), float(MAX_DAYS))
_CHECKED: Mapping[str, Variable] = {**SCAN_VARIABLES, "day": replace(SCAN_VARIABLES["day"], bounds=_DAYS)}
# Diameters may be left blank: what was not measured.
_NEEDED = ("patient_id", "day", "lesion", "role")
# Months are often written with one decimal: half of its unit may lie between the last day and the months.
MONTHS_ROUNDING = 0.05
SAME_MM = 1e-6
# RECIST 1.1, sections 3.1.1 (computed tomography with slices of at most 5 mm) and 3.2.
MOST_TARGETS, LEAST_TARGET_MM = 5, 10.0


@dataclass(frozen=True, slots=True)
class ScansReading:
    """What a table of scans holds, and everything that is wrong with it.

    Attributes
    ----------
    scans : tuple of LesionScan
        In the order of the file; to be used only where no problem is an error.
    problems : tuple of Problem
        Errors and warnings, in no order.
    rows, columns : int
        Rows and columns of the file; 0 where it could not be read that far.
    """

    scans: tuple[LesionScan, ...] = ()
    problems: tuple[Problem, ...] = ()
    rows: int = 0
    columns: int = 0


def read_scan_table(content: bytes, cohort: pd.DataFrame | None = None) -> ScansReading:
    """Read and check the bytes of a table of scans; whatever is wrong is returned, not raised.

    Parameters
    ----------
    cohort : DataFrame, optional
        The patients whom the scans belong to; not given where their own file could not be read.
    """
    try:
        grid = read_grid(content, SCAN_COLUMNS)
    except UnreadableError as error:
        return ScansReading(problems=error.problems)
    return check_scans(grid, cohort)


def check_scans(grid: Grid, cohort: pd.DataFrame | None = None) -> ScansReading:
    """Check the rows of a table of scans; see `read_scan_table`."""
    columns, problems = _checked_columns(grid)
    if len(columns) < len(SCAN_COLUMNS):
        return ScansReading((), tuple(problems), len(grid.lines), len(grid.header))
    # Whatever cell is wrong, the other rows are still held against each other.
    scans = tuple(_rows(columns, grid.lines))
    problems += limited(scan_faults(scans))
    if cohort is not None:
        problems += limited(_against_cohort(scans, cohort))
    return ScansReading(scans, tuple(problems), len(grid.lines), len(grid.header))


def _checked_columns(grid: Grid) -> tuple[dict[str, Column], list[Problem]]:
    names, found = check_names(grid, _CHECKED)
    problems = [
        *grid.problems,
        *(_undescribed(one, [name for name in SCAN_COLUMNS if name not in found]) for one in names),
    ]
    columns = columns_of(grid, _CHECKED)
    if found:
        problems += [
            problem("header_missing", grid.header_line, name, "A table of scans needs this column.")
            for name in SCAN_COLUMNS
            if name not in found
        ]
    if grid.delimiter in {";", "\t"}:
        columns, read = with_decimal_points(columns)
        problems += read
    for name, column in columns.items():
        blank = [i for i, value in enumerate(column.values) if not value and name in _NEEDED]
        problems += column.report(blank, lambda _: Verdict("scan_blank", "The cell is blank."))
        if name != IDENTIFIER:
            checked, faults = check_column(column.refused(blank))
            # A diameter that nobody could measure, or a column that is blank in every row, was told already.
            columns[name], faults = checked, [one for one in faults if not (blank and one.code == "column_empty")]
            problems += faults
    return columns, problems


def _undescribed(one: Problem, missing: Sequence[str]) -> Problem:
    """Tell what to do with a column that a table of scans does not have: it has no dictionary of one's own."""
    if one.code != "header_unknown":
        return one
    near = nearest(one.column, missing, 1)
    mend = f"{near} Write that name, or delete the column." if near else " Delete the column."
    return replace(one, message=f"A table of scans has no such column, and nothing reads it.{mend}")


def _rows(columns: Mapping[str, Column], lines: NDArray[np.int64]) -> Iterator[LesionScan]:
    """Yield the rows that can be placed: patient, day, lesion and role are sound."""
    texts = {name: columns[name].texts for name in ("patient_id", "lesion", "role")}
    refused = {name: columns[name].invalid[columns[name].codes] for name in ("lesion", "role")}
    numbers = {name: columns[name].numbers for name in ("day", "long_mm", "perp_mm")}
    sound = ~np.isnan(numbers["day"]) & ~refused["lesion"] & ~refused["role"]
    for row in map(int, np.flatnonzero(sound)):
        words = {name: cells[row] for name, cells in texts.items()}
        if all(words.values()):
            sizes = [None if np.isnan(size := numbers[name][row]) else float(size) for name in ("long_mm", "perp_mm")]
            yield LesionScan(
                words["patient_id"], int(numbers["day"][row]), words["lesion"], sizes[0], sizes[1], words["role"],
                int(lines[row]),
            )  # fmt: skip


def scan_faults(scans: Sequence[LesionScan]) -> Iterator[Problem]:
    """Yield what scans say against each other: a lesion twice at one scan or of two kinds, a size, a baseline."""
    seen: dict[tuple[str, int, str], int] = {}
    roles: dict[tuple[str, str], tuple[Role, int]] = {}
    groups = by_patient(scans)
    baselines = {patient: baseline_day(group) for patient, group in groups.items()}
    shown = {(scan.patient, scan.day, scan.lesion) for scan in scans}
    for scan in scans:
        place, lesion = (scan.patient, scan.day, scan.lesion), (scan.patient, scan.lesion)
        baseline = baselines[scan.patient]
        if place in seen:
            found = f"The same lesion and day stand on line {seen[place]}."
            yield problem("scan_double", scan.line, "lesion", found)
        role, line = roles.setdefault(lesion, (scan.role, scan.line))
        if role != scan.role:
            yield problem("scan_role", scan.line, "role", f"The lesion is {role} on line {line}.")
        if _is_longer(scan):
            yield problem("perpendicular_longer", scan.line, "perp_mm", "It is longer than the longest diameter.")
        if scan.role == "new" and scan.day <= 0:
            yield problem("scan_new", scan.line, "role", "A lesion on day 0 or before is called new.")
        unseen = baseline is not None and (scan.patient, baseline, scan.lesion) not in shown
        if scan.role == "target" and unseen:
            found = f"The scan of day {baseline}, the last before therapy, does not show this target lesion."
            yield problem("scan_target", scan.line, "lesion", found)
        seen.setdefault(place, scan.line)
    for patient, group in groups.items():
        yield from _recist_doubts(group, baselines[patient])
        if baselines[patient] is None:
            yield problem(
                "scan_no_baseline", min(one.line for one in group), "day", "The patient has no baseline scan."
            )


def _recist_doubts(scans: Sequence[LesionScan], baseline: int | None) -> Iterator[Problem]:
    """Yield target lesions that RECIST 1.1 (sections 3.1.1 and 3.2) does not allow, and other lesions first seen later."""
    targets = [scan for scan in scans if scan.day == baseline and scan.role == "target"]
    if len(targets) > MOST_TARGETS:
        found = f"The baseline scan has more than {MOST_TARGETS} target lesions."
        yield problem("scan_many_targets", targets[MOST_TARGETS].line, "role", found)
    for scan in targets:
        if scan.long_mm is not None and scan.long_mm < LEAST_TARGET_MM:
            found = f"A target lesion is smaller than {LEAST_TARGET_MM:g} mm at baseline."
            yield problem("scan_small_target", scan.line, "long_mm", found)
    new = {scan.lesion for scan in scans if scan.role == "new"}
    for lesion, line in first_seen_later(scans).items():
        if lesion not in new:
            yield problem("scan_later_other", line, "lesion", "A lesion called non_target is first listed on therapy.")


def _is_longer(scan: LesionScan) -> bool:
    return scan.perp_mm is not None and scan.long_mm is not None and scan.perp_mm > scan.long_mm


def _against_cohort(scans: Sequence[LesionScan], cohort: pd.DataFrame) -> Iterator[Problem]:
    """Yield what scans say against the cohort: who is not in it, when somebody was seen last, what a lesion measured."""
    if IDENTIFIER not in cohort:
        return
    rows = {patient: row for row, patient in enumerate(cohort[IDENTIFIER].tolist())}
    groups = by_patient(scans)
    ends = _last_contact(cohort)
    for scan in scans:
        row = rows.get(scan.patient)
        if row is None:
            yield problem("scan_patient", scan.line, IDENTIFIER, "The cohort has no patient with this study number.")
        elif scan.day > (ends[row] + MONTHS_ROUNDING) * DAYS_PER_MONTH:
            found = (
                f"Day {scan.day} lies after death or last contact ('os_months', day {ends[row] * DAYS_PER_MONTH:.0f})."
            )
            yield problem("scan_after_end", scan.line, "day", found)
    lesions = {name: cohort[name].to_numpy(dtype=float) for name in LESION_COLUMNS if name in cohort}
    for patient, group in groups.items():
        if patient in rows:
            yield from _against_lesions(group, {name: float(cells[rows[patient]]) for name, cells in lesions.items()})
    without = sum(patient not in groups for patient in rows)
    if without and scans:
        yield problem("scan_none", 0, "", f"{without:,} of {len(rows):,} patients of the cohort have no scan.")


def _last_contact(cohort: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the months of death or last contact; without end where they are not known."""
    months = cohort["os_months"].to_numpy(dtype=float) if "os_months" in cohort else np.full(len(cohort), np.nan)
    return np.where(np.isnan(months), np.inf, months)


def _against_lesions(scans: Sequence[LesionScan], given: Mapping[str, float]) -> Iterator[Problem]:
    """Yield lesions of the cohort's columns that no target lesion of the scans can be, at either visit."""
    first, start = min(scan.line for scan in scans), baseline_day(scans)
    targets = {scan.lesion for scan in scans if scan.role == "target"}
    for number in range(1, COHORT_LESIONS + 1):
        fitting = targets
        for visit in VISITS:
            sizes = tuple(given.get(f"lesion{number}_{visit}_{axis}_mm", np.nan) for axis in AXES)
            if np.isnan(sizes).all():
                continue
            fitting = {
                scan.lesion
                for scan in scans
                if scan.lesion in fitting and (scan.day == start) == (visit == "baseline") and _is_same(scan, sizes)
            }
            if not fitting:
                column = f"lesion{number}_{visit}_long_mm"
                found = f"No scan of a target lesion of this patient has the size that the cohort gives in '{column}'."
                yield problem("scan_contradiction", first, "long_mm", found)
                break


def _is_same(scan: LesionScan, sizes: Sequence[float]) -> bool:
    """Say whether a scan has the diameters that are given; a lesion that is gone needs no perpendicular."""
    gone = 0.0 if scan.long_mm == 0 else None
    measured = (scan.long_mm, scan.perp_mm if scan.perp_mm is not None else gone)
    return all(
        np.isnan(size) or (own is not None and abs(own - size) <= SAME_MM)
        for own, size in zip(measured, sizes, strict=True)
    )
