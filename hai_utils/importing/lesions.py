"""Scans of lesions, one lesion at one scan a row: best response, nadir, confirmation, and the lines of a spider plot.

The criteria are those of the results contract. ``paper``: complete response at 0 mm, partial response from the
threshold on, progression at any growth, by the sum of the products of the two diameters. ``who_1979`` (Miller et al.,
Cancer 1981;47:207-214): the same sum, partial response from 50 %, progression from 25 % growth. ``recist_1_1``
(Eisenhauer et al., Eur J Cancer 2009;45:228-247): sum of the longest diameters, partial response from 30 %, progression
from 20 % and 5 mm above the nadir. A new lesion is progression under each of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, get_args

from hai_utils.cohort.dictionary import Bounds, Variable
from hai_utils.cohort.identifiers import describe
from hai_utils.cohort.problems import Problem
from hai_utils.importing.sheets import Sheet, csv_text, refuse, require_header
from hai_utils.importing.values import DAYS_PER_MONTH, number_text, parse_number

if TYPE_CHECKING:
    from hai_utils.parameters import Parameters

Role = Literal["target", "non_target", "new"]
ROLES: tuple[Role, ...] = get_args(Role)
Criterion = Literal["paper", "who_1979", "recist_1_1"]
Response = Literal["CR", "PR", "SD", "PD", "NE"]

# Boundaries are inclusive within this much, as everywhere in the project.
TOLERANCE = 1e-9
CONFIRMATION_DAYS = 28
COHORT_LESIONS = 2
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
COHORT_COLUMNS = tuple(
    f"lesion{number}_{visit}_{size}_mm"
    for number in (1, 2)
    for visit in ("baseline", "best")
    for size in ("long", "perp")
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
        Whether a response was still there 28 days later or more; None without a response.
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
    points: tuple[ScanPoint, ...]
    measured: Mapping[tuple[int, str], tuple[float | None, float | None]]


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
    problems: list[Problem] = []
    seen: dict[tuple[str, int, str], int] = {}
    roles: dict[tuple[str, str], Role] = {}
    baselines = {patient: _baseline_day(group) for patient, group in by_patient(scans).items()}
    measured = {(scan.patient, scan.day, scan.lesion) for scan in scans}
    for scan in scans:
        place, lesion = (scan.patient, scan.day, scan.lesion), (scan.patient, scan.lesion)
        baseline = baselines[scan.patient]
        for wrong, column, message in (
            (place in seen, "lesion", f"the same lesion and day stand on line {seen.get(place)}. Keep one."),
            (
                roles.setdefault(lesion, scan.role) != scan.role,
                "role",
                "the lesion has another kind in an earlier row.",
            ),
            (_is_longer(scan), "perp_mm", "it is longer than the longest diameter; exchange or correct them."),
            (scan.role == "new" and scan.day <= 0, "role", "a lesion before therapy is not new."),
            (
                scan.role == "target"
                and baseline is not None
                and (scan.patient, baseline, scan.lesion) not in measured,
                "lesion",
                f"a target lesion that the scan of day {baseline} does not show. Call it new, or add its baseline.",
            ),
        ):
            if wrong:
                problems.append(Problem("error", scan.line, column, "scan", message))
        seen.setdefault(place, scan.line)
    refuse(problems, file_name)


def by_patient(scans: Sequence[LesionScan]) -> dict[str, list[LesionScan]]:
    """Group scans by patient, each group in time."""
    groups: dict[str, list[LesionScan]] = {}
    for scan in scans:
        groups.setdefault(scan.patient, []).append(scan)
    return {patient: sorted(group, key=lambda scan: (scan.day, scan.lesion)) for patient, group in groups.items()}


def _is_longer(scan: LesionScan) -> bool:
    return scan.perp_mm is not None and scan.long_mm is not None and scan.perp_mm > scan.long_mm


def _baseline_day(scans: Sequence[LesionScan]) -> int | None:
    """Return the day of the last scan before therapy that shows a target lesion."""
    return max((scan.day for scan in scans if scan.day <= 0 and scan.role == "target"), default=None)


def courses(scans: Sequence[LesionScan], rules: ResponseRules) -> tuple[Course, ...]:
    """Judge the scans of each patient by a criterion, patients in the order of their identifiers."""
    return tuple(_course(patient, group, rules) for patient, group in sorted(by_patient(scans).items()))


def size_of(scan: LesionScan, products: bool) -> float | None:
    """Return the size that a criterion sums: mm2 or mm, None where not measured; a lesion that is gone is 0."""
    if scan.long_mm == 0:
        return 0.0
    if not products:
        return scan.long_mm
    return None if scan.long_mm is None or scan.perp_mm is None else scan.long_mm * scan.perp_mm


def _course(patient: str, scans: Sequence[LesionScan], rules: ResponseRules) -> Course:
    day = _baseline_day(scans)
    sizes = {(scan.day, scan.lesion): size_of(scan, rules.uses_products) for scan in scans}
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
        called: Response = "PD" if any(point.new_lesion for point in points) else "NE"
        return Course(patient, targets, day, None, None, None, called, None, None, points, measured)
    points = _points(scans, sizes, targets, day, baseline, rules)
    counted = _counted(points, rules)
    called, confirmed = _best(counted, rules)
    sums = [(day, baseline), *((point.day, point.burden) for point in points if point.burden is not None)]
    nadir_day, nadir = min(sums, key=lambda item: (item[1], item[0]))
    shrunk = [(point.burden, point.day) for point in counted if point.burden is not None]
    best_day = min(shrunk)[1] if shrunk else None
    return Course(patient, targets, day, baseline, nadir, nadir_day, called, best_day, confirmed, points, measured)


def _sum(sizes: Sequence[float | None]) -> float | None:
    known = [size for size in sizes if size is not None]
    return math.fsum(known) if len(known) == len(sizes) else None


def _has_new(scans: Sequence[LesionScan], day: int) -> bool:
    return any(scan.role == "new" and scan.day <= day and scan.long_mm != 0 for scan in scans)


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
        points.append(ScanPoint(day, burden, change, new, _called(burden, change, grown or new, rules)))
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


def _best(points: Sequence[ScanPoint], rules: ResponseRules) -> tuple[Response, bool | None]:
    """Return the best response and whether it was still there four weeks later.

    Where confirmation is required, an unconfirmed response is stable disease (RECIST 1.1, Table 3).
    """
    days = rules.confirmation_days or CONFIRMATION_DAYS
    if any(point.response == "CR" for point in points):
        confirmed = _is_confirmed(points, ("CR",), ("CR",), days)
        if confirmed or not rules.confirmation_days:
            return "CR", confirmed
    if any(point.response in {"CR", "PR"} for point in points):
        confirmed = _is_confirmed(points, ("CR", "PR"), ("CR", "PR"), days)
        if confirmed or not rules.confirmation_days:
            return "PR", confirmed
        return "SD", False
    for called in ("SD", "PD"):
        if any(point.response == called for point in points):
            return called, None
    return "NE", None


def _is_confirmed(points: Sequence[ScanPoint], first: tuple[str, ...], later: tuple[str, ...], days: int) -> bool:
    return any(
        point.response in first and any(other.day >= point.day + days and other.response in later for other in points)
        for point in points
    )


def cohort_cells(course: Course) -> dict[str, str]:
    """Return the lesion columns of a cohort: the two largest target lesions at baseline and at the greatest response."""
    cells = dict.fromkeys(COHORT_COLUMNS, "")
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


SPIDER_COLUMNS = ("line", "day", "months", "change_percent", "new_lesion", "response")


def spider_csv(found: Sequence[Course]) -> str:
    """Write the lines of a spider plot: one row a scan, baseline at 0 %, numbered by nadir and without identifiers."""
    drawn = [course for course in found if course.baseline and course.points]
    drawn.sort(key=lambda course: ((course.nadir or 0.0) / (course.baseline or 1.0), course.patient))
    rows = []
    for number, course in enumerate(drawn, start=1):
        start = course.baseline_day or 0
        rows.append([str(number), str(start), _text(start / DAYS_PER_MONTH), "0", "no", ""])
        for point in course.points:
            new = "yes" if point.new_lesion else "no"
            months = _text(point.day / DAYS_PER_MONTH)
            rows.append([str(number), str(point.day), months, _text(point.change_percent), new, point.response])
    return csv_text(SPIDER_COLUMNS, rows)
