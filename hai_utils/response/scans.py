"""What the dated scans of a patient say: response at each scan, best response, confirmation, nadir.

The criteria are those of the results contract.

``paper``
    Complete response at 0 mm, partial response from the threshold on, progression at any growth over the baseline, by
    the sum of the products of the two diameters; judged at the greatest shrinkage, whenever that was.
``who_1979``
    World Health Organization, WHO handbook for reporting results of cancer treatment (1979), section 5; reprinted in
    Miller AB et al., Cancer 1981;47:207-214, "Reporting of response": the same sum, partial response from 50 %,
    progression from 25 % growth; complete and partial response "by two observations not less than four weeks apart".
``recist_1_1``
    Eisenhauer EA et al., Eur J Cancer 2009;45:228-247. Section 4.3.1: sum of the longest diameters, partial response
    from 30 %, progression from 20 % and 5 mm above the smallest sum on study. Section 4.4.3 with Table 3: where
    confirmation is required, a response counts if its criteria are met at a subsequent scan, generally four weeks
    later, else it is stable disease. Section 4.4.4: a scan between the two that is not evaluable breaks nothing
    (PR-NE-PR). Section 4.6.2: a response dates from the scan at which CR or PR was first met.

A new lesion is progression under each of them. While a lesion that is no target remains, ``who_1979`` and
``recist_1_1`` know no complete response; its unequivocal progression (RECIST 1.1, section 4.3.2) is a reader's judgment
that no size gives, and is entered as a new lesion or not at all. No minimum duration of stable disease is asked for: RECIST 1.1 leaves it
to the protocol.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hai_utils.cohort.scans import LesionScan, baseline_day, by_patient
from hai_utils.parameters import Parameters

Criterion = Literal["paper", "who_1979", "recist_1_1"]
Response = Literal["CR", "PR", "SD", "PD", "NE"]

# Boundaries are inclusive within this much, as everywhere in the project.
TOLERANCE = 1e-9
CONFIRMATION_DAYS = 28
RESPONSES: tuple[Response, ...] = ("CR", "PR")


@dataclass(frozen=True, slots=True)
class ResponseRules:
    """By what a response is called.

    Attributes
    ----------
    criterion : {'paper', 'who_1979', 'recist_1_1'}
        See the module.
    threshold_percent : float
        Reduction that is a partial response under ``paper``.
    reference : {'baseline', 'nadir'}
        What growth is measured against under ``who_1979``; RECIST takes the nadir, the paper the baseline.
    lesions : {'sum', 'any'}
        Whether growth of any one lesion is progression under ``who_1979``.
    confirmation_days : int
        Days after which a response must still be there; 0 = it need not.
    """

    criterion: Criterion = "paper"
    threshold_percent: float = 50.0
    reference: Literal["baseline", "nadir"] = "baseline"
    lesions: Literal["sum", "any"] = "sum"
    confirmation_days: int = 0

    @property
    def uses_products(self) -> bool:
        """Whether products of diameters are summed rather than longest diameters."""
        return self.criterion != "recist_1_1"

    @property
    def response_percent(self) -> float:
        """Smallest reduction that is a partial response."""
        return {"paper": self.threshold_percent, "who_1979": 50.0, "recist_1_1": 30.0}[self.criterion]

    @property
    def uses_nadir(self) -> bool:
        """Whether growth is measured against the smallest sum so far."""
        return self.criterion == "recist_1_1" or (self.criterion == "who_1979" and self.reference == "nadir")

    def has_grown(self, size: float, reference: float) -> bool:
        """Say whether a burden has grown enough to be progression; from nothing, any growth is."""
        growth = size - reference
        if self.criterion == "paper" or reference == 0:
            enough = growth > TOLERANCE * max(reference, 1.0)
        else:
            percent = 25.0 if self.criterion == "who_1979" else 20.0
            enough = 100.0 * growth / reference >= percent - TOLERANCE
        return enough and (self.criterion != "recist_1_1" or growth >= 5.0 - TOLERANCE)


PAPER_RULES = ResponseRules()


def response_rules(parameters: Parameters) -> ResponseRules:
    """Return the rules that a run's parameters choose; scans have the days that a confirmation needs."""
    return ResponseRules(
        parameters.response_criterion,
        parameters.response_threshold_percent,
        parameters.who_reference,
        parameters.who_lesions,
        parameters.confirmation_days,
    )


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
        Sum at baseline, and the smallest sum from baseline on.
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

    def reduction_percent(self, until: int | None) -> float | None:
        """Return the greatest reduction up to a day (None: any); negative is growth, None where nothing was measured."""
        changes = [
            point.change_percent
            for point in self.points
            if point.change_percent is not None and (until is None or point.day <= until)
        ]
        return -min(changes) if changes else None


# Who has no scan at all.
NO_COURSE = Course("", (), None, None, None, None, "NE", None, None, None, None, (), {})


def courses(scans: Sequence[LesionScan], rules: ResponseRules) -> tuple[Course, ...]:
    """Judge the scans of each patient by a criterion, patients in the order of their identifiers."""
    return tuple(_course(patient, group, rules) for patient, group in sorted(by_patient(scans).items()))


def _size_of(scan: LesionScan, products: bool) -> float | None:
    """Return the size that a criterion sums: mm2 or mm, None where not measured; a lesion that is gone is 0."""
    if scan.long_mm == 0:
        return 0.0
    if not products:
        return scan.long_mm
    return None if scan.long_mm is None or scan.perp_mm is None else scan.long_mm * scan.perp_mm


def _course(patient: str, scans: Sequence[LesionScan], rules: ResponseRules) -> Course:
    day = baseline_day(scans)
    sizes = {(scan.day, scan.lesion): _size_of(scan, rules.uses_products) for scan in scans}
    measured = {(scan.day, scan.lesion): (scan.long_mm, scan.perp_mm) for scan in scans}
    at_baseline = [scan for scan in scans if scan.day == day and scan.role == "target"]
    at_baseline.sort(key=lambda scan: (-(scan.long_mm or 0), -(scan.perp_mm or 0), scan.lesion))
    targets = tuple(scan.lesion for scan in at_baseline)
    whole = [sizes[scan.day, scan.lesion] for scan in at_baseline]
    baseline = _sum(whole) if whole else None
    if day is None or baseline is None or baseline <= 0:
        points = tuple(
            ScanPoint(when, None, None, _has_new(scans, when), "PD" if _has_new(scans, when) else "NE")
            for when in sorted({scan.day for scan in scans if scan.day > (day or 0)})
        )
        grown = next((point.day for point in points if point.new_lesion), None)
        called: Response = "NE" if grown is None else "PD"
        return Course(patient, targets, day, None, None, None, called, None, None, None, grown, points, measured)
    points = _points(scans, sizes, targets, day, baseline, rules)
    counted = _counted(points, rules)
    called, confirmed, response_day = _best(counted, rules)
    sums = [(day, baseline), *((point.day, point.burden) for point in points if point.burden is not None)]
    nadir_day, nadir = min(sums, key=lambda item: (item[1], item[0]))
    shrunk = [(point.burden, point.day) for point in counted if point.burden is not None]
    best_day = min(shrunk)[1] if shrunk else None
    ended_day = counted[-1].day if len(counted) < len(points) else None
    return Course(
        patient, targets, day, baseline, nadir, nadir_day, called, best_day, confirmed, response_day, ended_day, points,
        measured,
    )  # fmt: skip


def _sum(sizes: Sequence[float | None]) -> float | None:
    known = [size for size in sizes if size is not None]
    return math.fsum(known) if len(known) == len(sizes) else None


def _has_new(scans: Sequence[LesionScan], day: int) -> bool:
    return any(scan.role == "new" and scan.day <= day and scan.long_mm != 0 for scan in scans)


def _others_remain(scans: Sequence[LesionScan], start: int, day: int) -> bool:
    """Say whether a lesion that is no target is still there, or was not looked at: then no response is complete.

    RECIST 1.1, Table 1: target lesions gone, others not or not evaluated: PR. WHO: "disappearance of all known disease".
    """
    others = {scan.lesion for scan in scans if scan.role == "non_target" and scan.day <= start and scan.long_mm != 0}
    gone = {scan.lesion for scan in scans if scan.day == day and scan.long_mm == 0}
    return not others <= gone


def _points(
    scans: Sequence[LesionScan],
    sizes: Mapping[tuple[int, str], float | None],
    targets: Sequence[str],
    baseline_day: int,
    baseline: float,
    rules: ResponseRules,
) -> tuple[ScanPoint, ...]:
    """Judge each scan after baseline, carrying the nadir of the sum and of each lesion along."""
    nadir = baseline
    smallest = {lesion: sizes[baseline_day, lesion] or 0.0 for lesion in targets}
    points = []
    for day in sorted({scan.day for scan in scans if scan.day > baseline_day}):
        now = {lesion: size for lesion in targets if (size := sizes.get((day, lesion))) is not None}
        burden = math.fsum(now.values()) if len(now) == len(targets) else None
        # What was not measured can only add, so growth of the measured part alone proves progression.
        grown = rules.has_grown(math.fsum(now.values()), nadir if rules.uses_nadir else baseline)
        if rules.criterion == "who_1979" and rules.lesions == "any":
            grown |= any(rules.has_grown(size, smallest[lesion]) for lesion, size in now.items())
        new = _has_new(scans, day)
        change = None if burden is None else 100.0 * (burden - baseline) / baseline
        called = _called(burden, change, grown or new, rules)
        if called == "CR" and rules.criterion != "paper" and _others_remain(scans, baseline_day, day):
            called = "PR"
        points.append(ScanPoint(day, burden, change, new, called))
        nadir = min(nadir, baseline if burden is None else burden)
        if rules.uses_nadir:
            smallest |= {lesion: min(size, smallest[lesion]) for lesion, size in now.items()}
    return tuple(points)


def _called(burden: float | None, change: float | None, progressed: bool, rules: ResponseRules) -> Response:
    if progressed:
        return "PD"
    if burden is None or change is None:
        return "NE"
    if burden == 0:
        return "CR"
    return "PR" if -change >= rules.response_percent - TOLERANCE else "SD"


def _counted(points: Sequence[ScanPoint], rules: ResponseRules) -> tuple[ScanPoint, ...]:
    """Return the scans that may give the best response: up to the first progression, or all under ``paper``.

    The paper's criterion calls the response at the greatest shrinkage, whenever that was; a new lesion ends it too.
    """
    ended = [
        i
        for i, point in enumerate(points)
        if (point.new_lesion if rules.criterion == "paper" else point.response == "PD")
    ]
    return tuple(points[: ended[0] + 1]) if ended else tuple(points)


def _best(points: Sequence[ScanPoint], rules: ResponseRules) -> tuple[Response, bool | None, int | None]:
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
        return "SD", False, None
    found = {point.response for point in points}
    return ("SD" if "SD" in found else "PD" if "PD" in found else "NE"), None, None


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
