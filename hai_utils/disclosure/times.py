"""At which times of the grid a survival endpoint may be read: no small number leaves between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hai_utils.disclosure.counts import disclosed, with_remainders
from hai_utils.disclosure.populations import Rule
from hai_utils.disclosure.relations import NESTED_ENDPOINTS, STARTS_LATER
from hai_utils.keys import key_part
from hai_utils.results import COARSE, Point, Results

TIME_TOLERANCE = 1e-9
WIDER = (("analysed", "all"), ("all",), ("analysed",))
Leaving = Sequence[tuple[float, int, int]]


def leaving(results: Results, variable: str, group: str) -> Leaving | None:
    """Return (months, events, censored) of a group's curve; None where it has no curve."""
    points = results.series(f"{variable}.{key_part(group)}.curve")
    return [(point.x, point.events or 0, point.censored or 0) for point in points] if points else None


def of_populations(results: Results, variable: str, levels: Sequence[str], *, same: bool) -> dict[str, Leaving]:
    """Return who leaves when in each population with a curve; those analysed are the groups together.

    Parameters
    ----------
    same : bool
        Whether all rows are analysed.
    """
    found = {group: steps for group in (*levels, "all") if (steps := leaving(results, variable, group)) is not None}
    if same and "all" in found:
        found["analysed"] = found["all"]
    elif set(levels) <= set(found):
        found["analysed"] = [step for level in levels for step in found[level]]
    return found


def before(steps: Leaving, months: float, *, including: bool = False) -> tuple[int, int]:
    """Return the events and the censored before a time, or until and including it."""
    limit = months + TIME_TOLERANCE if including else months - TIME_TOLERANCE
    past = [(events, censored) for at, events, censored in steps if at < limit]
    return sum(events for events, _ in past), sum(censored for _, censored in past)


def _until(steps: Leaving, months: float) -> int:
    return before(steps, months, including=True)[0]


def remaining(steps: Leaving, months: float) -> int:
    """Return how many are followed at least until a time."""
    return sum(events + censored for at, events, censored in steps if at >= months - TIME_TOLERANCE)


@dataclass(eq=False)
class Times:
    """Chooses times endpoint by endpoint, from the innermost event to the widest.

    A time is taken where, since the last one taken, exactly at it, and after it, the events and the censored are each
    nobody or enough, in every population that is published and in what two of them leave; and where it tells no small
    difference to an endpoint chosen before.
    """

    rule: Rule
    grid: Sequence[float]

    def __post_init__(self) -> None:
        self._chosen: dict[str, tuple[tuple[float, ...], Mapping[str, Leaving]]] = {}
        # Published numbers of deaths within 90 days, of each population.
        self.early_deaths: dict[str, int] = {}

    def choose(
        self, variable: str, populations: Sequence[str], steps: Mapping[str, Leaving]
    ) -> tuple[tuple[float, ...], tuple[str, ...]]:
        """Return the times at which an endpoint may be read, and in which of these populations.

        Where no time after the first divides every population well, fewer and larger populations are read.
        """
        described = [population for population in populations if population in steps]
        narrower = [tuple(described), *(p for p in WIDER if set(p) < set(described))]
        found = [(self._taken(variable, read, steps), read) for read in narrower if read]
        times, read = next((each for each in found if any(each[0])), found[0] if found else ((), ()))
        self._chosen[variable] = (times, {population: steps[population] for population in read})
        return times, read

    def _taken(self, variable: str, populations: Sequence[str], steps: Mapping[str, Leaving]) -> tuple[float, ...]:
        taken: list[float] = []
        for months in self.grid:
            if self._splits(taken, months, populations, steps) and self._beside(variable, months, populations, steps):
                taken.append(months)
        return tuple(taken)

    def total_fits(self, variable: str, populations: Sequence[str], steps: Mapping[str, Leaving]) -> bool:
        """Say whether the number of events over all may stand beside the times of endpoints chosen before."""
        return self._beside(variable, float("inf"), [p for p in populations if p in steps], steps)

    def _splits(
        self, taken: Sequence[float], months: float, populations: Sequence[str], steps: Mapping[str, Leaving]
    ) -> bool:
        last = taken[-1] if taken else -1.0
        cells = {}
        for population in populations:
            start, until, at, end = (
                before(steps[population], time, including=inclusive)
                for time, inclusive in ((last, True), (months, False), (months, True), (float("inf"), False))
            )
            cells[population] = tuple(
                late[place] - early[place]
                for early, late in ((start, until), (until, at), (at, end))
                for place in (0, 1)
            )
        return all(self.rule.safe(counts) for counts in disclosed(populations, cells))

    def _beside(self, variable: str, months: float, populations: Sequence[str], steps: Mapping[str, Leaving]) -> bool:
        ordered = (*NESTED_ENDPOINTS, STARTS_LATER)
        if variable not in ordered:
            return True
        inner = ordered[: ordered.index(variable)]
        same_clock = variable != STARTS_LATER
        early = {
            population: before(steps[population], months, including=True)[0] - deaths
            for population, deaths in self.early_deaths.items()
            if population in populations
        }
        gaps = [early] if same_clock else []
        for name in inner:
            times, others = self._chosen.get(name, ((), {}))
            shared = [population for population in populations if population in others]
            for time in times:
                gaps.append(
                    {group: remaining(others[group], time) - remaining(steps[group], months) for group in shared}
                )
                if same_clock and time <= months:
                    gaps.append({group: _until(steps[group], months) - _until(others[group], time) for group in shared})
        return all(self.rule.safe(with_remainders(gap)) for gap in gaps)


def coarse_curve(results: Results, variable: str, group: str, times: Sequence[float], steps: Leaving) -> list[Point]:
    """Return a curve through the times that may be read, each point with who leaves from then until the next."""
    stem = f"{variable}.{key_part(group)}"
    found: list[tuple[float, float, float | None, float | None]] = []
    for months in times:
        name = f"{stem}.survival_at_{months:g}".replace(f"_{months:g}", f"_{months:g}".replace(".", "_"))
        survival, low, high = (results.get(name + ending).value for ending in ("", "_lower", "_upper"))
        if survival is not None:
            found.append((months, float(survival), _number(low), _number(high)))
    if not found or found[0][0] != 0:
        found.insert(0, (0.0, 1.0, 1.0, 1.0))
    points = []
    for place, (months, survival, low, high) in enumerate(found):
        until = found[place + 1][0] if place + 1 < len(found) else float("inf")
        events, censored = (
            late - early for early, late in zip(before(steps, months), before(steps, until), strict=True)
        )
        points.append(
            Point(f"{stem}.curve", months, survival, low, high, remaining(steps, months), events, censored, COARSE)
        )
    return points if len(points) > 1 else []


def _number(value: float | int | None) -> float | None:
    return None if value is None else float(value)
