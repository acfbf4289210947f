"""Which medians of survival may stand: each tells, at one more time, how many have left a curve by then.

Half of those followed have the event by their median; between it and the next time at which the curve is read lies a
number of people as between two such times. So do the limits of the median, where the band about the curve reaches a
half, and the median follow-up, by which half have left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from hai_utils.disclosure.populations import PopulationRule
from hai_utils.disclosure.relations import STARTS_LATER
from hai_utils.disclosure.times import MOST_GROUPS, TIME_TOLERANCE, Leaving, Times, before, remaining
from hai_utils.results.record import Record

EVENTS, CENSORED = 0, 1
WALD = "percentile_wald"
# Medians are taken before the times of the grid, for most is asked after them; limits and follow-ups after.
FIRST, LATER = ("median",), ("median_lower", "median_upper", "follow_up_median")
# The standard error of such a median is the slope between survival of 0.55 and 0.45: about a tenth of all.
PART_OF_SLOPE = 10
Place = tuple[str, str, str]


@dataclass
class Medians:
    """Takes medians endpoint by endpoint, each where it tells no small number beside what is read already.

    Attributes
    ----------
    rule, levels
        In force for the whole run.
    times : Times
        The times of the grid chosen so far; told of each median that is taken.
    """

    rule: PopulationRule
    levels: Sequence[str]
    times: Times
    _steps: Mapping[str, Leaving] = field(default_factory=dict)

    def choose(
        self, variable: str, statistics: Sequence[str], steps: Mapping[str, Leaving], records: Sequence[Record]
    ) -> frozenset[Place]:
        """Return (population, statistic, method) of the medians, limits or follow-ups that may stand.

        Parameters
        ----------
        variable : str
            An endpoint.
        statistics : sequence of str
            `FIRST` or `LATER`.
        steps : mapping
            Who leaves when in each population in which the endpoint's counts are published.
        records : sequence of Record
            All of the endpoint. Only the reported method of each may stand: two rules of the same median together
            give the two times between which it lies.
        """
        self._steps = steps
        wanted = [r for r in records if r.statistic in statistics and r.reported and r.method != WALD]
        found = set()
        for record in sorted(wanted, key=lambda r: (statistics.index(r.statistic), r.group in self.levels)):
            if record.group in steps and (record.value is None or self._fits(variable, record)):
                found.add((record.group, record.statistic, record.method))
                if record.value is not None:
                    self.times.add_median(variable, record.group, float(record.value), steps[record.group])
        return frozenset(place for place in found if not _alone(place, found))

    def wald(self, records: Sequence[Record], taken: frozenset[Place]) -> frozenset[Place]:
        """Return the limits about medians that stand: they are no times of the curve, but their middle is the median."""
        limits = [record for record in records if record.method == WALD]
        reported = {record.group for record in limits if record.statistic == "median_lower" and record.reported}
        return frozenset(
            (record.group, record.statistic, record.method)
            for record in limits
            if record.group in reported
            and (record.group, "median", "first_at_or_below") in taken
            and (record.n or 0) >= PART_OF_SLOPE * self.rule.threshold
        )

    def _fits(self, variable: str, record: Record) -> bool:
        months = float(record.value or 0)
        if record.group not in self._steps or remaining(self._steps[record.group], months) < self.rule.threshold:
            return False
        # A median counts the events, a follow-up the censored or both; from survival in all its digits, the order of
        # events and censorings can be searched, and with it the one number from the other.
        gaps = [
            gap
            for kinds in ((EVENTS,), (CENSORED,), (EVENTS, CENSORED))
            for beside in (self._beside_times, self._beside_populations, self._beside_endpoints)
            for gap in beside(variable, record.group, months, kinds)
        ]
        return self.rule.safe(gaps) and self._apart(variable, record.group, months)

    def _apart(self, variable: str, population: str, months: float) -> bool:
        """Say whether enough leave between a time and each other median: the two values in the middle are two people's."""
        steps = self._steps[population]
        left = [sum(before(steps, time, including=True)) for time in self.times.medians(variable, population, months)]
        here = sum(before(steps, months, including=True))
        return all(abs(here - other) >= self.rule.threshold for other in left)

    def _beside_times(self, variable: str, population: str, months: float, kinds: Sequence[int]) -> Iterator[int]:
        """Yield how many leave since the time read before, and until the one after."""
        steps, read = self._steps[population], self._read(variable, population)
        if any(abs(time - months) <= TIME_TOLERANCE for time in read):
            return
        here = _until(steps, months, kinds)
        earlier, later = [t for t in read if t < months], [t for t in read if t > months]
        yield here - (_until(steps, max(earlier), kinds) if earlier else 0)
        yield (
            _until(steps, min(later), kinds, including=False) if later else _until(steps, float("inf"), kinds)
        ) - here

    def _beside_populations(self, variable: str, population: str, months: float, kinds: Sequence[int]) -> Iterator[int]:
        """Yield how many of a larger population, but not of those in it who are read too, leave before or after."""
        for outer, inner in self._pairs():
            for past in (True, False):
                if population == outer:
                    yield self._gap(variable, outer, inner, months, {}, kinds, past=past)
                elif population in inner:
                    limits = self._nearest(variable, outer, months, later=past)
                    if limits is not None:
                        yield self._gap(variable, outer, inner, limits, {population: months}, kinds, past=past)

    def _pairs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        levels = [level for level in self.levels if level in self._steps]
        sizes = range(1, len(levels) + 1) if len(levels) <= MOST_GROUPS else sorted({1, len(levels)})
        groups = [chosen for size in sizes for chosen in combinations(levels, size)]
        for outer in ("analysed", "all"):
            if outer in self._steps:
                yield from ((outer, inner) for inner in groups)
        if {"analysed", "all"} <= set(self._steps):
            yield "all", ("analysed",)

    def _gap(
        self, variable: str, outer: str, inner: Sequence[str], months: float, known: Mapping[str, float],
        kinds: Sequence[int], *, past: bool,
    ) -> int:  # fmt: skip
        """Return how many left the outer population by a time less those of the inner ones; or, not `past`, after it."""
        total = self._side(outer, months, kinds, past=past)
        for population in inner:
            time = known.get(population, self._nearest(variable, population, months, later=not past))
            if time is not None:
                total -= self._side(population, time, kinds, past=past)
        return total

    def _side(self, population: str, months: float, kinds: Sequence[int], *, past: bool) -> int:
        steps = self._steps[population]
        until = _until(steps, months, kinds)
        return until if past else _until(steps, float("inf"), kinds) - until

    def _nearest(self, variable: str, population: str, months: float, *, later: bool) -> float | None:
        """Return the time read last up to a time, or first from it on."""
        read = self._read(variable, population)
        if later:
            return min((time for time in read if time >= months - TIME_TOLERANCE), default=None)
        return max((time for time in read if time <= months + TIME_TOLERANCE), default=None)

    def _beside_endpoints(self, variable: str, population: str, months: float, kinds: Sequence[int]) -> Iterator[int]:
        """Yield how many more have this endpoint's event, or fewer are followed, than an endpoint's that it contains."""
        ordered, steps = self.times.ordered, self._steps[population]
        for name in ordered[: ordered.index(variable)] if variable in ordered else ():
            others = self.times.steps_of(name, population)
            time = self._nearest(name, population, months, later=False)
            if others is None or time is None:
                continue
            if kinds == (EVENTS,) and variable != STARTS_LATER:
                yield _until(steps, months, kinds) - _until(others, time, kinds)
            if len(kinds) > 1:
                yield remaining(others, time) - remaining(steps, months)
        same_clock = variable in ordered and variable != STARTS_LATER
        if kinds == (EVENTS,) and same_clock and population in self.times.early_deaths:
            yield _until(steps, months, kinds) - self.times.early_deaths[population]

    def _read(self, variable: str, population: str) -> list[float]:
        return self.times.read(variable, population)


def _alone(place: Place, found: set[Place]) -> bool:
    """Say whether a place is a limit of which the other one may not stand."""
    group, statistic, method = place
    other = {"median_lower": "median_upper", "median_upper": "median_lower"}.get(statistic)
    return other is not None and (group, other, method) not in found


def _until(steps: Leaving, months: float, kinds: Sequence[int], *, including: bool = True) -> int:
    left = before(steps, months, including=including)
    return sum(left[kind] for kind in kinds)
