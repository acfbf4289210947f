"""Which statistics of a variable may be published, once it is decided in which populations its counts may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hai_utils.catalogue.statistics import Named, Tells, known_statistic
from hai_utils.disclosure.counts import PublishedCounts
from hai_utils.disclosure.populations import PopulationRule, Populations
from hai_utils.disclosure.times import Leaving
from hai_utils.results.keys import comparison
from hai_utils.results.record import Record

# What never stands, for the reason that the catalogue states: one patient's value, or what nobody has examined.
DENIED = frozenset({Tells.NOT_EXAMINED, Tells.ONE_PATIENT, Tells.BETWEEN_CAUSES, Tells.RANDOM_DRAWS, Tells.CENTERS})
# What stands beside the counts of its population, and what only compares groups.
BESIDE_COUNTS = frozenset({Tells.RECORDED, Tells.COUNT, Tells.SHARE})
COMPARING = frozenset({Tells.COMPARISON, Tells.UNTIL_TIME})
READ_OFF_A_CURVE = frozenset({Tells.AT_TIME, Tells.UNTIL_TIME})
LYING_AMONG_VALUES = frozenset({Tells.MIDDLE, Tells.QUARTER})
# Tests and ratios of survival are kept to so many decimals: in all their digits, and by every method, the order in
# which two groups have events can be searched, and with it how many of either had one by a time that is read.
DECIMALS_OF_COMPARISONS = 3
# A median of an odd number is one patient's value, and a quartile lies next to one: they stand as they are printed.
How = Literal["", "as_printed", "coarse", "whole"]


@dataclass(frozen=True)
class Release:
    """What is published of one variable.

    Attributes
    ----------
    rule, populations
        In force for the whole run.
    counts : Counts
        Ungated.
    populations_published : tuple of str
        Where its counts are published.
    causes : tuple of str
        Where the counts of its competing events are.
    cause_levels : tuple of str
        The levels under which these are reported; empty where nothing competes.
    grid, months : tuple of float
        The times at which its curve would be read, and those at which it may.
    read : tuple of str
        The populations in which it may.
    steps : mapping
        Who leaves when, where known.
    medians : set of (population, statistic, method)
        The medians of survival that may stand, with their limits, and the median follow-ups.
    whole_numbers : bool
        Whether counts could be searched from its mean or a test: of whole numbers, or of what is cut at limits.
    """

    rule: PopulationRule
    populations: Populations
    counts: PublishedCounts
    populations_published: tuple[str, ...]
    causes: tuple[str, ...] = ()
    cause_levels: tuple[str, ...] = ()
    grid: tuple[float, ...] = ()
    months: tuple[float, ...] = ()
    read: tuple[str, ...] = ()
    steps: Mapping[str, Leaving] = field(default_factory=dict)
    medians: frozenset[tuple[str, str, str]] = frozenset()
    whole_numbers: bool = False

    def recorded(self, group: str) -> int:
        """Return how many of a population have the variable."""
        return self.counts.recorded(group)


def released(release: Release, record: Record) -> How:
    """Say how a record is published: not at all, as it is printed, to few decimals, or whole.

    A list of what may be published: the kind of what a statistic tells, as the catalogue states it, decides. A statistic
    that the catalogue does not describe, or whose record does not say what it tells, is withheld.
    """
    named = known_statistic(record.statistic)
    if named is None or named.tells in DENIED:
        return ""
    if record.group not in release.counts.cells:
        return _comparison(release, record, named)
    where = release.causes if record.level in release.cause_levels else release.populations_published
    return _in_population(release, record, named) if record.group in where else ""


def _comparison(release: Release, record: Record, named: Named) -> How:
    """Say how a comparison stands: where both sides are published, so that it tells nothing that they do not.

    Of survival by the reported method alone, to few decimals.
    """
    if named.tells not in COMPARING or release.whole_numbers:
        return ""
    where = set(release.causes if record.level in release.cause_levels else release.populations_published)
    if named.tells in READ_OFF_A_CURVE:
        where &= set(release.read) if _readable(release, named) else set()
    sides = [
        {level, reference} for level in where for reference in where if comparison(level, reference) == record.group
    ]
    if record.group == "overall":
        sides = [set(release.populations.levels)]
    if not any(side <= where for side in sides):
        return ""
    if "events" not in release.counts.names:
        return "whole"
    return "coarse" if record.reported or record.method == "holm" else ""


def _in_population(release: Release, record: Record, named: Named) -> How:
    """Say how a statistic stands in a population whose counts are published."""
    tells, survival = named.tells, "events" in release.counts.names
    if tells in BESIDE_COUNTS:
        return "whole"
    if tells in READ_OFF_A_CURVE:
        return "whole" if _readable(release, named) and record.group in release.read else ""
    if tells is Tells.SUM:
        return "" if release.whole_numbers else "whole"
    if tells in LYING_AMONG_VALUES and survival:
        return "as_printed" if (record.group, record.statistic, record.method) in release.medians else ""
    if tells in LYING_AMONG_VALUES:
        return "as_printed" if _enough_on_either_side(release, record, tells) else ""
    return ""


def _readable(release: Release, named: Named) -> bool:
    """Say whether a curve may be read at a statistic's time; for the area under it, at all times of the grid until then.

    Where the events of an interval are few, their mean and its standard error can tell in which half of it they lie.
    """
    months = named.months or 0.0
    inside = [time for time in release.grid if time < months] if named.tells is Tells.UNTIL_TIME else []
    return {months, *inside} <= set(release.months)


def _enough_on_either_side(release: Release, record: Record, tells: Tells) -> bool:
    """Say whether enough patients lie on either side of a median or quartile."""
    recorded, threshold = release.recorded(record.group), release.rule.threshold
    if not recorded:
        return True
    if tells is Tells.MIDDLE:
        return recorded >= 2 * threshold
    # Two rules of the same quartile together give the two values between which it lies.
    return record.reported and recorded >= 4 * threshold
