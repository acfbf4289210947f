"""What the dated scans of a patient say: response at each scan, best response, confirmation, nadir.

The criteria stand in `hai_utils.catalogue.criteria`, what a scan is called in `hai_utils.response.judging`. RECIST 1.1
(Eisenhauer EA et al., Eur J Cancer 2009;45:228-247), section 4.4.3 with Table 3: where confirmation is required, a response
counts if its criteria are met at a subsequent scan, generally four weeks later, else it is stable disease. Section 4.4.4: a
scan between the two that is not evaluable breaks nothing (PR-NE-PR). Section 4.6.2: a response dates from the scan at
which CR or PR was first met. WHO 1979 asks for complete and partial response "by two observations not less than four weeks
apart". The unequivocal progression of a lesion that is no target (RECIST 1.1, section 4.3.2) is a reader's judgment that no
size gives, and is entered as a new lesion or not at all. No minimum duration of stable disease is asked for: RECIST 1.1
leaves it to the protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hai_utils.catalogue.criteria import CONFIRMATION_DAYS
from hai_utils.cohort.scans import LesionScan, baseline_day, by_patient, first_seen_later
from hai_utils.response.judging import OTHERS_ONLY, RESPONSES, JudgedScan, Lesions, Response, judge
from hai_utils.response.rules import ResponseRules


@dataclass(frozen=True, slots=True)
class ScanPoint:
    """One scan of a patient after baseline.

    Attributes
    ----------
    day : int
        Days since pump placement.
    burden : float or None
        Sum over the target lesions, mm or mm2; None where one of them is not measured.
    change_percent : float or None
        Change from baseline; negative is shrinkage.
    new_lesion : bool
        Whether a new lesion was there, at this scan or before.
    response : {'CR', 'PR', 'SD', 'PD', 'NE'}
        The response at this scan.
    """

    day: int
    burden: float | None
    change_percent: float | None
    new_lesion: bool
    response: Response


@dataclass(frozen=True, slots=True)
class Course:
    """What the scans of one patient say.

    Attributes
    ----------
    patient : str
        Study identifier.
    targets : tuple of str
        Target lesions with a baseline, the largest first.
    baseline_day : int or None
        Day of the last scan before therapy; None = no baseline, nothing is evaluable.
    baseline, nadir : float or None
        Sum at baseline, and the smallest sum from baseline on to the last scan that counts.
    nadir_day : int or None
        Day of the nadir, the first where it was reached again.
    best_response : {'CR', 'PR', 'SD', 'PD', 'NE'}
        Over all scans, under the criterion; later than progression nothing counts, except under ``paper``.
    best_day : int or None
        Day of the greatest response.
    confirmed : bool or None
        Whether a response was met again 28 days later or more; None without a response.
    response_day : int or None
        Day on which the best response, where it is one, was first CR or PR.
    ended_day : int or None
        Day after which no scan counts for the best response; None = all count.
    points : tuple of ScanPoint
        The scans after baseline, in time.
    measured : mapping
        ``(day, lesion)`` to long and perpendicular diameter, for the columns of a cohort.
    """

    patient: str
    targets: tuple[str, ...]
    baseline_day: int | None
    baseline: float | None
    nadir: float | None
    nadir_day: int | None
    best_response: Response
    best_day: int | None
    confirmed: bool | None
    response_day: int | None
    ended_day: int | None
    points: tuple[ScanPoint, ...]
    measured: Mapping[tuple[int, str], tuple[float | None, float | None]]

    @property
    def last_day(self) -> int | None:
        """Day of the last scan that could be judged; None without one."""
        return max((point.day for point in self.points if point.response != "NE"), default=None)

    @property
    def relapse_day(self) -> int | None:
        """Day of the first scan with progression after the first response; None without either."""
        return None if self.response_day is None else self.progression_day(after=self.response_day)

    def progression_day(self, after: int = 0) -> int | None:
        """Return the day of the first scan with progression after a day; None without one."""
        return next((point.day for point in self.points if point.response == "PD" and point.day > after), None)

    def reduction_percent(self, until: int | None) -> float | None:
        """Return the greatest reduction up to a day (None: any); negative is growth, None where nothing was measured."""
        changes = [
            point.change_percent
            for point in self.points
            if point.change_percent is not None and (until is None or point.day <= until)
        ]
        return 0.0 - min(changes) if changes else None


# The course of a patient without any scan.
NO_COURSE = Course("", (), None, None, None, None, "NE", None, None, None, None, (), {})


@dataclass(frozen=True, slots=True)
class _Patient:
    """The scans of one patient, sorted out: targets at baseline, the largest first, and the days that follow."""

    name: str
    scans: Sequence[LesionScan]
    baseline_day: int | None
    targets: tuple[str, ...]
    days: tuple[int, ...]
    others: frozenset[str]
    new: frozenset[str]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.days), len(self.targets)

    def listed(self, day: int) -> set[str]:
        """Lesions that a scan says something of."""
        return {scan.lesion for scan in self.scans if scan.day == day}

    def present(self, day: int) -> set[str]:
        """Lesions that a scan lists and does not call gone; a lesion that is no target need not be measured."""
        return {scan.lesion for scan in self.scans if scan.day == day and scan.long_mm != 0}

    def has_new(self, day: int) -> bool:
        """Say whether a new lesion was there by a day."""
        return any(scan.lesion in self.new and scan.day <= day and scan.long_mm != 0 for scan in self.scans)


def courses(scans: Sequence[LesionScan], rules: ResponseRules) -> tuple[Course, ...]:
    """Judge the scans of each patient by a criterion, patients in the order of their identifiers."""
    alike: dict[tuple[int, int], list[_Patient]] = {}
    for name, group in by_patient(scans).items():
        patient = _sorted_out(name, group)
        alike.setdefault(patient.shape, []).append(patient)
    found: list[Course] = []
    for patients in alike.values():
        judged = judge(_lesions(patients, rules), rules)
        found += [_course(patient, judged, row, rules) for row, patient in enumerate(patients)]
    return tuple(sorted(found, key=lambda course: course.patient))


def _sorted_out(name: str, scans: Sequence[LesionScan]) -> _Patient:
    start = baseline_day(scans)
    targets = [scan for scan in scans if scan.day == start and scan.role == "target"]
    targets.sort(key=lambda scan: (-(scan.long_mm or 0), -(scan.perp_mm or 0), scan.lesion))
    days = sorted({scan.day for scan in scans if scan.day > (start or 0)})
    others = {
        scan.lesion for scan in scans if scan.role == "non_target" and scan.day <= (start or 0) and scan.long_mm != 0
    }
    return _Patient(
        name, scans, start, tuple(scan.lesion for scan in targets), tuple(days), frozenset(others),
        frozenset(first_seen_later(scans)),
    )  # fmt: skip


def _lesions(patients: Sequence[_Patient], rules: ResponseRules) -> Lesions:
    """Return the sizes of patients with equally many targets and scans as arrays."""
    scans, targets = patients[0].shape
    baseline, later = np.full((len(patients), targets), np.nan), np.full((len(patients), scans, targets), np.nan)
    new, left, unseen = np.zeros((3, len(patients), scans), dtype=bool)
    for row, patient in enumerate(patients):
        rank = {lesion: place for place, lesion in enumerate(patient.targets)}
        when = {day: place for place, day in enumerate(patient.days)}
        for scan in patient.scans:
            if scan.lesion in rank and scan.day in when:
                later[row, when[scan.day], rank[scan.lesion]] = size_of(scan, rules)
            elif scan.lesion in rank and scan.day == patient.baseline_day:
                baseline[row, rank[scan.lesion]] = size_of(scan, rules)
        new[row] = [patient.has_new(day) for day in patient.days]
        left[row] = [bool(patient.others & patient.present(day)) for day in patient.days]
        unseen[row] = [not patient.others <= patient.listed(day) for day in patient.days]
    complete = ~np.isnan(baseline).any(axis=1) & (targets > 0)
    alone = np.array([targets == 0 and bool(patient.others) for patient in patients])
    return Lesions(baseline, complete, later, new, left, unseen, alone)


def size_of(scan: LesionScan, rules: ResponseRules) -> float:
    """Return the size that a criterion sums: mm2 or mm, nan where not measured; a lesion that is gone is 0."""
    long, perp = (np.nan if size is None else size for size in (scan.long_mm, scan.perp_mm))
    return long * perp if rules.uses_products and long else long


def _points(patient: _Patient, judged: JudgedScan, row: int) -> Iterator[ScanPoint]:
    for scan, day in enumerate(patient.days):
        burden, change = judged.burden[row, scan], judged.change_percent[row, scan]
        known = not np.isnan(burden)
        yield ScanPoint(
            day, float(burden) if known else None, float(change) if known else None, patient.has_new(day),
            judged.response[row, scan],
        )  # fmt: skip


def _course(patient: _Patient, judged: JudgedScan, row: int, rules: ResponseRules) -> Course:
    points = tuple(_points(patient, judged, row))
    counted = _counted(points, rules)
    called, confirmed, response_day = _best(counted, rules, "SD" if patient.targets else OTHERS_ONLY)
    start, baseline = patient.baseline_day, float(judged.baseline[row])
    known = not np.isnan(baseline)
    nadir, nadir_day = _smallest([(baseline, start), *_sums(counted)] if known and start is not None else [])
    return Course(
        patient.name, patient.targets, start, baseline if known else None, nadir, nadir_day, called,
        _smallest(_sums(counted))[1], confirmed, response_day,
        counted[-1].day if len(counted) < len(points) else None, points,
        {(scan.day, scan.lesion): (scan.long_mm, scan.perp_mm) for scan in patient.scans},
    )  # fmt: skip


def _sums(points: Sequence[ScanPoint]) -> list[tuple[float, int]]:
    return [(point.burden, point.day) for point in points if point.burden is not None]


def _smallest(sums: Sequence[tuple[float, int]]) -> tuple[float, int] | tuple[None, None]:
    """Return the smallest sum and the first day on which it was reached."""
    return min(sums, default=(None, None))


def _counted(points: Sequence[ScanPoint], rules: ResponseRules) -> tuple[ScanPoint, ...]:
    """Return the scans that may give the best response: up to the first progression, or all under ``paper``.

    The paper's criterion calls the response at the greatest shrinkage, whenever that was; a new lesion ends it too.
    """
    ended = [
        i
        for i, point in enumerate(points)
        if (point.new_lesion if rules.record.ended_by == "new_lesion" else point.response == "PD")
    ]
    return tuple(points[: ended[0] + 1]) if ended else tuple(points)


def _best(
    points: Sequence[ScanPoint], rules: ResponseRules, lesser: Response
) -> tuple[Response, bool | None, int | None]:
    """Return the best response, whether it was met again four weeks later, and the day on which it was first met.

    Where confirmation is required, an unconfirmed response is stable disease (RECIST 1.1, Table 3), and a complete
    response that is met again as a partial one is a partial one.
    """
    days = rules.confirmation_days or CONFIRMATION_DAYS
    best: tuple[tuple[Response, tuple[Response, ...]], ...] = (("CR", ("CR",)), ("PR", RESPONSES))
    for called, accepted in best:
        met = [place for place, point in enumerate(points) if point.response in accepted]
        if not met:
            continue
        confirmed = any(_is_confirmed(points, place, accepted, days) for place in met)
        if confirmed or not rules.confirmation_days:
            return called, confirmed, _first_day(points, rules)
    if any(point.response in RESPONSES for point in points):
        return lesser, False, None
    found = {point.response for point in points}
    return next((level for level in (lesser, "PD") if level in found), "NE"), None, None


def _first_day(points: Sequence[ScanPoint], rules: ResponseRules) -> int:
    """Return the day on which CR or PR was first met, as a confirmed response where that is required."""
    days = rules.confirmation_days
    return next(
        point.day
        for place, point in enumerate(points)
        if point.response in RESPONSES and (not days or _is_confirmed(points, place, RESPONSES, days))
    )


def _is_confirmed(points: Sequence[ScanPoint], place: int, accepted: tuple[Response, ...], days: int) -> bool:
    """Say whether a response is met again so many days later, with nothing lesser in between.

    A scan that is not evaluable breaks nothing (RECIST 1.1, section 4.4.4); one that meets the criteria too early
    neither confirms nor breaks.
    """
    for later in points[place + 1 :]:
        if later.response == "NE":
            continue
        if later.response not in accepted:
            return False
        if later.day - points[place].day >= days:
            return True
    return False
