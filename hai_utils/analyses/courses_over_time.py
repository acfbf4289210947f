"""Series of single courses over time, known by rank and group alone: lines of a spider plot, bars of a swimmer plot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hai_utils.catalogue.endpoints import OVERALL, PROGRESSION_FREE
from hai_utils.cohort.contradictions import DAYS_PER_MONTH
from hai_utils.cohort.model import Cohort
from hai_utils.parameters import Parameters
from hai_utils.response.courses import Course, courses
from hai_utils.response.derived import TIME_TOLERANCE, numbers_of
from hai_utils.response.rules import response_rules
from hai_utils.results.keys import key_part
from hai_utils.results.series import BarSeries, Point, Points

Array = NDArray[np.float64]
# What the bars of a swimmer plot are drawn from: overall survival, or where there is none, progression-free survival.
LENGTHS = (OVERALL, PROGRESSION_FREE)
# A bar, and the marks on it, each a series of its own.
MARKS = {"response": "time_to_response_months", "progression": PROGRESSION_FREE.months}
# How a bar ends, by what holds of it: the event counts 1, conversion 2.
_ENDS = ("censored", "event", "censored converted", "event converted")


def spider(cohort: Cohort, parameters: Parameters, level: str) -> list[Point]:
    """Return one line a patient of a group: months, change in percent of the burden that the criterion judges, marks.

    Rank 1 is the greatest reduction. A line starts at the baseline with 0 %; a scan at which a lesion was not measured
    is no point of it, and who has no other point has no line. The mark is the response at that scan, and ``new`` where a
    new lesion had appeared.
    """
    if cohort.scans is None:
        return []
    members = set(cohort.table["patient_id"][cohort.members(level)])
    found = courses([scan for scan in cohort.scans if scan.patient in members], response_rules(parameters))
    lines = sorted(line for line in map(_line, found) if len(line) > 1)
    lines.sort(key=lambda line: (min(change for _, change, _ in line[1:]), line))
    return [
        Point(f"tumor_change.{key_part(level)}.line_{rank}", months, change, mark=mark)
        for rank, line in enumerate(lines, start=1)
        for months, change, mark in line
    ]


def _line(course: Course) -> list[tuple[float, float, str]]:
    if course.baseline is None or course.baseline_day is None:
        return []
    start = (course.baseline_day / DAYS_PER_MONTH, 0.0, "baseline")
    later = [
        (
            point.day / DAYS_PER_MONTH,
            point.change_percent,
            f"{point.response} new" if point.new_lesion else point.response,
        )
        for point in course.points
        if point.change_percent is not None
    ]
    return [start, *later]


def swimmer(cohort: Cohort, group: str) -> Points:
    """Return one bar a patient of a group: rank, months on study, how it ends, and the marks that can be dated.

    Rank 1 is the longest. The mark of a bar is ``event`` or ``censored``, and ``converted`` where that is known; dated
    marks are series of their own by the same rank.
    """
    length = next((endpoint for endpoint in LENGTHS if endpoint in cohort.endpoints), None)
    points = Points()
    if length is None:
        return points
    months, event = (numbers_of(cohort, name) for name in (length.months, length.status))
    dated = {mark: numbers_of(cohort, column) for mark, column in MARKS.items()}
    progressed = numbers_of(cohort, PROGRESSION_FREE.status) == 1
    # A death that ends a bar is marked at its end and is no progression.
    died = (numbers_of(cohort, OVERALL.status) == 1) & (np.abs(months - dated["progression"]) <= TIME_TOLERANCE)
    dated["progression"] = np.where(progressed & ~died & (length == OVERALL), dated["progression"], np.nan)
    converted = _is_yes(cohort, "converted_to_resection")
    shown = np.flatnonzero(cohort.members(group) & ~np.isnan(months) & ~np.isnan(event))
    order = shown[np.lexsort((converted[shown], *(dated[mark][shown] for mark in MARKS), event[shown], -months[shown]))]
    stem = f"{length.name}.{key_part(group)}.bar"
    marked = (event[order] == 1) + 2 * converted[order]
    points += BarSeries.ranked(stem, months[order].tolist(), map(_ENDS.__getitem__, marked.tolist()))
    for mark, times in dated.items():
        known = np.flatnonzero(~np.isnan(times[order]))
        for place, month in zip((known + 1.0).tolist(), times[order][known].tolist(), strict=True):
            points.bar(f"{stem}_{mark}", place, month, "")
    return points


def _is_yes(cohort: Cohort, name: str) -> NDArray[np.bool_]:
    return (cohort.table[name] == "yes").to_numpy() if name in cohort.table else np.zeros(cohort.size, dtype=bool)
