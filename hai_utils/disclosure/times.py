"""At which times of the grid a survival endpoint may be read: no small number leaves between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from hai_utils.disclosure.counts import disclosed, with_remainders
from hai_utils.disclosure.populations import PopulationRule
from hai_utils.disclosure.relations import NESTED_ENDPOINTS, STARTS_LATER
from hai_utils.results.keys import key_part
from hai_utils.results.series import COARSE, Point
from hai_utils.results.table import Results

TIME_TOLERANCE = 1e-9
# More groups than this are taken one by one and all together, not in every combination.
MOST_GROUPS = 6
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


def _total(steps: Leaving) -> int:
    return _until(steps, float("inf"))


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

    rule: PopulationRule
    grid: Sequence[float]
    # Endpoints of the cohort's own: nobody knows which events contain theirs, so all are held against them.
    own: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._chosen: dict[str, tuple[tuple[float, ...], Mapping[str, Leaving]]] = {}
        # The medians that are published, of each endpoint and population.
        self._medians: dict[tuple[str, str], list[float]] = {}
        self._steps: dict[tuple[str, str], Leaving] = {}
        # Published numbers of deaths within 90 days, of each population.
        self.early_deaths: dict[str, int] = {}

    @property
    def ordered(self) -> tuple[str, ...]:
        """The endpoints in the order in which they are decided on."""
        return (*NESTED_ENDPOINTS, *self.own, STARTS_LATER)

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

    def add_median(self, variable: str, population: str, months: float, steps: Leaving) -> None:
        """Note that a median of an endpoint is published: its curve is read there too."""
        self._medians.setdefault((variable, population), []).append(months)
        self._steps[variable, population] = steps

    def medians(self, variable: str, population: str, besides: float) -> list[float]:
        """Return the medians that are published already, but for one at the same time."""
        known = self._medians.get((variable, population), ())
        return [time for time in known if abs(time - besides) > TIME_TOLERANCE]

    def read(self, variable: str, population: str) -> list[float]:
        """Return all times at which the curve of a population is read."""
        times, read = self._chosen.get(variable, ((), {}))
        return [*(times if population in read else ()), *self._medians.get((variable, population), ())]

    def steps_of(self, variable: str, population: str) -> Leaving | None:
        """Return who leaves when, where a curve is read at any time."""
        return self._chosen.get(variable, ((), {}))[1].get(population, self._steps.get((variable, population)))

    def _taken(self, variable: str, populations: Sequence[str], steps: Mapping[str, Leaving]) -> tuple[float, ...]:
        taken: list[float] = []
        for months in self.grid:
            if (
                self._splits(taken, months, populations, steps)
                and self._beside(variable, months, populations, steps)
                and self.rule.safe(self._beside_medians(variable, months, populations, steps))
            ):
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
        if variable not in self.ordered:
            return True
        inner = self.ordered[: self.ordered.index(variable)]
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
            if same_clock:
                gaps.append(self._since_medians(name, months, populations, steps))
            for time in times:
                gaps.append(
                    {group: remaining(others[group], time) - remaining(steps[group], months) for group in shared}
                )
                if same_clock and time <= months:
                    gaps.append({group: _until(steps[group], months) - _until(others[group], time) for group in shared})
        return all(self.rule.safe(with_remainders(gap)) for gap in gaps)

    def _beside_medians(
        self, variable: str, months: float, populations: Sequence[str], steps: Mapping[str, Leaving]
    ) -> Iterator[int]:
        """Yield how many leave between a time and the medians of a population, or of its groups."""
        for population in populations:
            for time in self._medians.get((variable, population), ()):
                left = before(steps[population], time, including=True)
                for inclusive in (False, True):
                    by_then = before(steps[population], months, including=inclusive)
                    yield from (one - other for one, other in zip(left, by_then, strict=True))
            until = _until(steps[population], months)
            if population in {"analysed", "all"}:
                for known in self._medians_of_groups(variable, populations):
                    past = [group for group, time in known.items() if time <= months]
                    yield until - sum(_until(steps[group], known[group]) for group in past)
                    yield (
                        _total(steps[population])
                        - until
                        - sum(
                            _total(steps[group]) - _until(steps[group], known[group])
                            for group in known.keys() - set(past)
                        )
                    )

    def _medians_of_groups(self, variable: str, read: Sequence[str]) -> Iterator[dict[str, float]]:
        """Yield the medians of each set of groups whose curves are not read at the times of the grid."""
        known = {
            group: times[0]
            for (name, group), times in self._medians.items()
            if name == variable and group not in {*read, "analysed", "all"}
        }
        for size in range(1, len(known) + 1) if len(known) <= MOST_GROUPS else (1, len(known)):
            yield from ({group: known[group] for group in chosen} for chosen in combinations(known, size))

    def _since_medians(
        self, inner: str, months: float, populations: Sequence[str], steps: Mapping[str, Leaving]
    ) -> dict[str, int]:
        """Return how many more have the event by a time than had that of an inner endpoint by its last median."""
        found = {}
        for population in populations:
            earlier = [time for time in self._medians.get((inner, population), ()) if time <= months]
            if earlier:
                inside = _until(self._steps[inner, population], max(earlier))
                found[population] = _until(steps[population], months) - inside
        return found


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
