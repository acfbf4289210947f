"""What dated scans say against the columns of a cohort, once they are judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.problems import Problem, problem
from hai_utils.cohort.scan_table import MONTHS_ROUNDING
from hai_utils.cohort.scans import LesionScan
from hai_utils.cohort.schema import IDENTIFIER
from hai_utils.response.courses import courses
from hai_utils.response.rules import RECIST_RULES, ResponseRules


def progression_conflicts(
    scans: Sequence[LesionScan], cohort: pd.DataFrame, rules: ResponseRules = RECIST_RULES
) -> Iterator[Problem]:
    """Yield the scans that show progression while the cohort still counts the patient as progression-free.

    Parameters
    ----------
    scans : sequence of LesionScan
        With the lines of their table, on which a problem is reported.
    cohort : DataFrame
        With ``patient_id`` and ``pfs_months``; without them there is nothing to compare.
    rules : ResponseRules
        What is called progression; RECIST 1.1 unless given.
    """
    if not {IDENTIFIER, "pfs_months"} <= set(cohort):
        return
    free_until = dict(zip(cohort[IDENTIFIER], cohort["pfs_months"].astype(float), strict=True))
    for course in courses(scans, rules):
        day = course.progression_day()
        if day is not None and free_until.get(course.patient, 0.0) > day / DAYS_PER_MONTH + MONTHS_ROUNDING:
            line = min(scan.line for scan in scans if scan.patient == course.patient and scan.day == day)
            found = f"By {rules.record.title} this scan shows progression; 'pfs_months' counts the patient as progression-free for longer."
            yield problem("progression_conflict", line, "day", found)
