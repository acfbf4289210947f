"""The counts behind a variable's records, population by population, as they are before anything is withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hai_utils.catalogue.endpoints import DEATH
from hai_utils.disclosure.populations import PopulationRule
from hai_utils.disclosure.relations import APART
from hai_utils.results.record import Record
from hai_utils.results.table import Results


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """How one variable divides each population.

    Attributes
    ----------
    variable : str
        Its name.
    names : tuple of str
        What each cell is called; the last is ``missing``.
    cells : mapping of str to tuple of int
        Counts of each population, in the order of `names`; they add up to its size.
    """

    variable: str
    names: tuple[str, ...]
    cells: Mapping[str, tuple[int, ...]]

    def recorded(self, population: str) -> int:
        """Return how many of a population have the variable."""
        return sum(self.cells[population][:-1])

    def count(self, population: str, cell: str) -> int | None:
        """Return one cell, or with ``n`` all that are recorded; None where the variable has no such cell."""
        if cell == "n":
            return self.recorded(population)
        return self.cells[population][self.names.index(cell)] if cell in self.names else None

    def remainder(self) -> tuple[int, ...]:
        """Return the cells of those who are in all rows but not analysed."""
        return difference(self.cells["all"], self.cells["analysed"])


def difference(whole: Sequence[int], part: Sequence[int]) -> tuple[int, ...]:
    """Return what is left of each cell."""
    return tuple(a - b for a, b in zip(whole, part, strict=True))


def disclosed(populations: Sequence[str], cells: Mapping[str, Sequence[int]]) -> list[Sequence[int]]:
    """Return the cells of every population that is published, or is a subtraction of two that are."""
    found = [cells[population] for population in populations]
    if {"all", "analysed"} <= set(populations):
        remainder = difference(cells["all"], cells["analysed"])
        found.append(remainder)
        if "excluded" in populations:
            found.append(difference(remainder, cells["excluded"]))
    return found


def safe(rule: PopulationRule, populations: Sequence[str], cells: Mapping[str, Sequence[int]]) -> bool:
    """Say whether these populations may be published together."""
    return all(rule.safe(counts) for counts in disclosed(populations, cells))


class Tally:
    """Reads the counts of variables out of ungated results."""

    def __init__(self, results: Results) -> None:
        self._values: dict[tuple[str, str, str, str], int] = {}
        self._populations: dict[str, dict[str, None]] = {}
        self._levels: dict[str, dict[str, None]] = {}
        self._study = results.study
        for record in results:
            self._note(record)

    def _note(self, record: Record) -> None:
        if record.statistic not in {"n", "n_missing", "count", "events", "left_out"} or record.value is None:
            return
        self._values[record.variable, record.level, record.group, record.statistic] = int(record.value)
        if record.statistic == "n" and not record.level:
            self._populations.setdefault(record.variable, {})[record.group] = None
        if record.statistic == "count" and record.level:
            self._levels.setdefault(record.variable, {})[record.level] = None

    def value(self, variable: str, group: str, statistic: str, level: str = "") -> int | None:
        """Return a count by the parts of its key."""
        return self._values.get((variable, level, group, statistic))

    def populations(self, variable: str) -> tuple[str, ...]:
        """Return the populations in which a variable is described."""
        return tuple(self._populations.get(variable, ()))

    def counts(self, variable: str) -> PublishedCounts:
        """Return a variable's cells: its levels, else event and censored, else recorded, and those not recorded."""
        if variable in self._levels:
            names = tuple(self._levels[variable])
        elif self.value(variable, "all", "events") is not None:
            names = ("events", "censored")
        else:
            names = ("n",)
        cells = {group: self._cells(variable, group, names) for group in self.populations(variable)}
        return PublishedCounts(variable, (*names, "missing"), cells)

    def _cells(self, variable: str, group: str, names: Sequence[str]) -> tuple[int, ...]:
        n, missing = (self.value(variable, group, statistic) or 0 for statistic in ("n", "n_missing"))
        if names == ("n",):
            return (n, missing)
        if names[0] == "events":
            events = self.value(variable, group, "events") or 0
            return (events, n - events, missing)
        return (*(self.value(variable, group, "count", level) or 0 for level in names), missing)

    def causes(self, variable: str) -> PublishedCounts | None:
        """Return the competing events of an endpoint; None where it has none."""
        endpoint = self._study.endpoint(variable)
        if endpoint is None or self.value(variable, "all", "events", endpoint.cause) is None or not endpoint.cause:
            return None
        names, cells = (endpoint.cause, DEATH), {}
        for group in self.populations(variable):
            found = tuple(self.value(variable, group, "events", cause) or 0 for cause in names)
            n, missing = (self.value(variable, group, statistic) or 0 for statistic in ("n", "n_missing"))
            cells[group] = (*found, n - sum(found), missing)
        return PublishedCounts(variable, (*names, "censored", "missing"), cells)


class Published:
    """The related counts that are published so far, so that none contains another but for a few."""

    def __init__(self, rule: PopulationRule) -> None:
        self.rule = rule
        self._values: dict[tuple[str, str], dict[str, int]] = {}
        self._populations: dict[str, set[str]] = {}

    def fits(
        self, counts: PublishedCounts, populations: Sequence[str], related: Sequence[Sequence[tuple[str, str]]]
    ) -> bool:
        """Say whether a variable's cells may stand beside those related to them that are published already."""
        for family in related:
            own = [_values(counts, populations, cell) for name, cell in family if name == counts.variable]
            others = [self._values.get(place, {}) for place in family if place[0] != counts.variable]
            for one in own:
                for other in others:
                    gaps = {population: one[population] - other[population] for population in one.keys() & other.keys()}
                    if not self.rule.safe(with_remainders(gaps)):
                        return False
        return True

    def fits_sums(
        self, counts: PublishedCounts, populations: Sequence[str], sums: Sequence[Sequence[tuple[str, str]]]
    ) -> bool:
        """Say whether a variable's cells may stand beside wholes and parts published already, of which few are left."""
        for whole, *parts in sums:
            if counts.variable not in {whole[0], *(name for name, _ in parts)}:
                continue
            first, *rest = [self._known(counts, populations, place) for place in (whole, *parts)]
            shared = set(first).intersection(*rest)
            left = {population: first[population] - sum(part[population] for part in rest) for population in shared}
            if not self.rule.safe(with_remainders(left)):
                return False
        return True

    def _known(self, counts: PublishedCounts, populations: Sequence[str], place: tuple[str, str]) -> dict[str, int]:
        if place[0] == counts.variable:
            return _values(counts, populations, place[1])
        return self._values.get(place, {})

    def allowed(self, counts: PublishedCounts, related: Sequence[Sequence[tuple[str, str]]]) -> set[str]:
        """Return the populations in which all related variables decided before are published.

        Two parts that are published where their whole is not would add up to it there.
        """
        found = set(counts.cells)
        for family in related:
            names = {name for name, _ in family}
            if counts.variable in names:
                for name in names & set(self._populations) - {counts.variable} - APART:
                    found &= self._populations[name]
        return found

    def add(self, counts: PublishedCounts, populations: Sequence[str]) -> None:
        """Note what is published of a variable."""
        self._populations.setdefault(counts.variable, set(populations))
        for cell in ("n", *counts.names[:-1]):
            values = self._values.setdefault((counts.variable, cell), {})
            values |= _values(counts, populations, cell)


def _values(counts: PublishedCounts, populations: Sequence[str], cell: str) -> dict[str, int]:
    return {group: value for group in populations if (value := counts.count(group, cell)) is not None}


def with_remainders(numbers: Mapping[str, int]) -> list[int]:
    """Return the numbers of populations, and those of the patients in one of two of them but not in the other."""
    found = list(numbers.values())
    if {"all", "analysed"} <= set(numbers):
        remainder = numbers["all"] - numbers["analysed"]
        found += [remainder, remainder - numbers.get("excluded", 0)]
    return found
