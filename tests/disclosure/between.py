"""What medians of survival tell of the few who leave a curve between them and the times at which it is read.

Half of those followed have left by a median. Whoever knows how many were at risk at a time before, and how many left
until one after, lists the numbers of events by the median that are possible, whatever the order of events and
censorings. Two deaths at one time are taken to be two times. Nothing of the gate or of the statistics is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from hai_utils.results.record import Record
from hai_utils.results.table import Results

CLOSE = 1e-9
TRANSFORMS = {
    "plain": (lambda s: s, lambda s: 1.0),
    "log": (math.log, lambda s: 1 / s),
    "loglog": (lambda s: math.log(-math.log(s)), lambda s: 1 / (s * math.log(s))),
}


@dataclass(frozen=True)
class Interval:
    """From one time at which a curve is read until the next: how many are at risk, have the event, are censored."""

    start: float
    end: float
    survival: float
    variance: float
    at_risk: int
    events: int
    censored: int


def told_between(results: Results, threshold: int) -> list[str]:
    """Return each small count of those who leave between a median and a time next to it that the results tell."""
    found = []
    for record in results:
        if record.withheld or record.value is None or record.level or "median" not in record.statistic:
            continue
        if f"{record.variable}.{record.group}.events" not in results or record.variable.startswith("os_landmark"):
            continue
        for interval in intervals(results, record):
            if interval.start < float(record.value) - CLOSE and float(record.value) < interval.end - CLOSE:
                total, possible = counted(record, interval, results)
                sides = [set(possible), {total - number for number in possible}]
                found += [record.key + "@" + record.method for side in sides if side and _told(side, threshold)]
    return found


def _told(side: set[int], threshold: int) -> bool:
    return min(side) > 0 and max(side) < threshold


def intervals(results: Results, record: Record) -> Iterator[Interval]:
    """Yield what is published of a curve."""
    stem = f"{record.variable}.{record.group}"
    points = [point for point in results.points if point.key == f"{stem}.curve"]
    n, events = results.get(f"{stem}.n").value, results.get(f"{stem}.events").value
    if n is None or events is None:
        return
    if not points or points[0].mark != "grid":
        yield Interval(-1.0, math.inf, 1.0, 0.0, int(n), int(events), int(n) - int(events))
        return
    ends = [*(point.x for point in points[1:]), math.inf]
    for point, end in zip(points, ends, strict=True):
        name = f"{stem}.survival_at_{point.x:g}_se"
        se = float(results.get(name).value or 0)
        variance = (se / point.y) ** 2 if point.y else 0.0
        start = point.x if point.x else -1.0
        yield Interval(start, end, point.y, variance, point.at_risk or 0, point.events or 0, point.censored or 0)


def counted(record: Record, interval: Interval, results: Results) -> tuple[int, list[int]]:
    """Return how many of those whom a median counts leave in an interval, and how many may have left by the median."""
    if record.statistic == "follow_up_median":
        if record.method == "observed":
            gone = int(record.n or 0) - interval.at_risk
            return interval.events + interval.censored, [math.ceil(int(record.n or 0) / 2) - gone]
        return interval.censored, []
    if record.statistic == "median":
        return interval.events, [k for k in range(1, interval.events + 1) if _reached(interval, k, _survival)]
    side = {"median_lower": -1, "median_upper": 1}.get(record.statistic)
    kind = record.method.removeprefix("brookmeyer_crowley_")
    if side is None or kind not in TRANSFORMS:
        return interval.events, []
    z = NormalDist().inv_cdf(0.5 + float(results.study.parameters["confidence_level"]) / 2)

    def limit(survival: float, variance: float) -> float:
        return _limit(survival, variance, kind, side * z)

    return interval.events, [k for k in range(1, interval.events + 1) if _reached(interval, k, limit)]


def _survival(survival: float, variance: float) -> float:
    return survival


def _limit(survival: float, variance: float, kind: str, z: float) -> float:
    if survival <= 0 or survival >= 1:
        return survival
    to, slope = TRANSFORMS[kind]
    spread = z * math.sqrt(variance) * survival * abs(slope(survival))
    if kind == "plain":
        return survival + spread
    if kind == "log":
        return math.exp(to(survival) + spread)
    return math.exp(-math.exp(to(survival) - spread))


def _reached(interval: Interval, events: int, read: object) -> bool:
    """Say whether a curve can come down to a half with an event of this number, by some order of those who leave."""
    assert callable(read)
    for censored in range(interval.censored + 1):
        values = _path(interval, events, censored)
        if len(values) > 1 and read(*values[-1]) <= 0.5 + CLOSE < read(*values[-2]) + 2 * CLOSE:
            return True
    return False


def _path(interval: Interval, events: int, censored: int) -> Sequence[tuple[float, float]]:
    survival, variance, at_risk = interval.survival, interval.variance, interval.at_risk - censored
    values = [(survival, variance)]
    for place in range(events):
        now = at_risk - place
        if now < 1:
            return []
        survival *= (now - 1) / now
        variance += 1 / (now * (now - 1)) if now > 1 else 0.0
        values.append((survival, variance))
    return values
