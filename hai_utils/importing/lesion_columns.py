"""The scans of lesions joined to a cohort: its lesion columns, filled for the patients who have scans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hai_utils.cohort.problems import Problem
from hai_utils.cohort.scans import COHORT_LESIONS, LESION_COLUMNS, LesionScan
from hai_utils.importing.applying import Imported
from hai_utils.importing.lesions import cohort_cells, read_scans
from hai_utils.importing.mapping import ColumnMapping
from hai_utils.importing.sheets import Sheet, refuse
from hai_utils.response.courses import courses
from hai_utils.response.rules import PAPER_RULES


def join_scans(
    made: Imported, export: Sheet, mapping: ColumnMapping, scans: Sheet
) -> tuple[Imported, tuple[LesionScan, ...]]:
    """Join a long table of scans to a cohort that a mapping made.

    Parameters
    ----------
    scans : Sheet
        Its patients are named as in the export, or by their study numbers.

    Raises
    ------
    DataError
        Where a scan's patient is not in the export, or scans and columns disagree.
    """
    source = next(
        name for rule in mapping.rules if rule.target == "patient_id" for name in mapping.columns_of(rule.source)
    )
    numbers = dict(zip(export.column(source), made.columns["patient_id"], strict=True))
    found = with_study_numbers(read_scans(scans), numbers, scans.file_name)
    return with_lesions(made, found, export.file_name), found


def with_study_numbers(
    found: Sequence[LesionScan], numbers: Mapping[str, str], file_name: str
) -> tuple[LesionScan, ...]:
    """Give the scans of a table of their own the study numbers of the records."""
    known = dict(numbers)
    if not any(scan.patient in known for scan in found):
        known = {number: number for number in numbers.values()}
    problems = [
        Problem("error", scan.line, "patient_id", "scan", "the export has no such record.")
        for scan in found
        if scan.patient not in known
    ]
    refuse(problems, file_name)
    return tuple(replace(scan, patient=known[scan.patient]) for scan in found)


def with_lesions(made: Imported, scans: Sequence[LesionScan], file_name: str) -> Imported:
    """Fill the lesion columns of a cohort from the scans; a diameter that was given otherwise is an error.

    Patients without scans keep what the export says. The columns hold the greatest response, as the paper calls it.
    """
    judged = courses(scans, PAPER_RULES)
    cells = {course.patient: cohort_cells(course) for course in judged}
    patients = made.columns["patient_id"]
    problems, columns = [], dict(made.columns)
    for name in LESION_COLUMNS:
        given = made.columns.get(name, ("",) * len(patients))
        filled = tuple(
            cells[patient][name] if patient in cells else old for patient, old in zip(patients, given, strict=True)
        )
        problems += [
            Problem(
                "error", line, name, "scan", "the scans give another diameter than this field. Leave one of them out."
            )
            for line, old, new in zip(made.lines, given, filled, strict=True)
            if old and (not new or float(old) != float(new))
        ]
        columns[name] = filled
    refuse(problems, file_name)
    log = [f"Lesions: {len(judged)} patients have scans; the columns hold their two largest target lesions."]
    more = sum(1 for course in judged if len(course.targets) > COHORT_LESIONS)
    new = sum(1 for course in judged if any(point.new_lesion for point in course.points))
    log += (
        [f"Lesions: {more} patients have more than two target lesions; the responses count all, the columns two."]
        if more
        else []
    )
    log += (
        [f"Lesions: {new} patients have a new lesion, which the columns cannot show; the responses count it."]
        if new
        else []
    )
    return Imported(columns, made.lines, (*made.log, *log))
