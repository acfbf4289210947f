"""Which statistics of a variable may be published, once it is decided in which populations its counts may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hai_utils.disclosure.counts import Counts
from hai_utils.disclosure.populations import Populations, Rule
from hai_utils.disclosure.times import Leaving
from hai_utils.results.keys import comparison
from hai_utils.results.record import Record

# One person's value, or so close to a few persons' that it tells them.
NEVER = frozenset({"min", "max", "time_min", "time_max", "shapiro_w", "shapiro_p"})
QUARTILES = frozenset({"q1", "q3", "iqr"})
# What still stands of a variable of whole numbers: its mean, deviation and tests could be searched for its counts.
OF_WHOLE_NUMBERS = frozenset({"n", "n_missing", "median", *QUARTILES})
OF_MEDIANS = frozenset({"median", "median_lower", "median_upper", "median_se", "follow_up_median"})
_AT_TIME = re.compile(r"(?:survival_at|at_risk|rmst|rmst_difference)_(\d+(?:_\d+)?)(?:_se|_lower|_upper|_p)?$")
# Tests and ratios of survival are kept to so many decimals: in all their digits, and by every method, the order in
# which two groups have events can be searched, and with it how many of either had one by a time that is read.
DECIMALS_OF_COMPARISONS = 3
How = Literal["", "alone", "coarse", "whole"]


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

    rule: Rule
    populations: Populations
    counts: Counts
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
    """Say how a record is published: not at all, its value alone, or whole."""
    if record.statistic in NEVER or record.statistic.startswith("cumulative_incidence"):
        return ""
    if record.group not in release.counts.cells:
        if not _comparison_stands(release, record):
            return ""
        return _of_survival(record) if "events" in release.counts.names else "whole"
    where = release.causes if record.level in release.cause_levels else release.populations_published
    if record.group in where:
        return "whole" if _stands(release, record) else ""
    return "alone" if _location_alone(release, record) else ""


def _comparison_stands(release: Release, record: Record) -> bool:
    """Say whether both sides of a comparison are published, so that it tells nothing that they do not."""
    where = set(release.causes if record.level in release.cause_levels else release.populations_published)
    if release.whole_numbers:
        return False
    if _AT_TIME.match(record.statistic):
        where &= set(release.read) if _readable(release, record.statistic) else set()
    if record.group == "overall":
        return set(release.populations.levels) <= where
    return any(comparison(level, reference) == record.group for level in where for reference in where)


def _of_survival(record: Record) -> How:
    """Say how a comparison of survival stands: by the reported method alone."""
    return "coarse" if (record.reported or record.method == "holm") and record.statistic != "p_value_mc_se" else ""


def _stands(release: Release, record: Record) -> bool:
    """Say whether a statistic may stand in a population whose counts are published."""
    if _AT_TIME.match(record.statistic):
        return _readable(release, record.statistic) and record.group in release.read
    if "events" in release.counts.names:
        return _survival_stands(release, record)
    if release.counts.names == ("n", "missing"):
        if release.whole_numbers and record.statistic not in OF_WHOLE_NUMBERS:
            return False
        return _location_stands(release, record)
    return True


def _readable(release: Release, statistic: str) -> bool:
    """Say whether a curve may be read at the time in a name; for the area under it, at all times of the grid until then.

    Where the events of an interval are few, their mean and its standard error can tell in which half of it they lie.
    """
    name, months = statistic.split("_", 1)[0], _months(statistic)
    inside = [time for time in release.grid if time < months] if name == "rmst" else []
    return {months, *inside} <= set(release.months)


def _months(statistic: str) -> float:
    found = _AT_TIME.match(statistic)
    return float(found[1].replace("_", ".")) if found else 0.0


def _location_stands(release: Release, record: Record) -> bool:
    """Say whether enough people lie on either side of a median or quartile."""
    recorded, threshold = release.recorded(record.group), release.rule.threshold
    if record.statistic == "median":
        return not recorded or recorded >= 2 * threshold
    if record.statistic in QUARTILES:
        # Two rules of the same quartile together give the two values between which it lies.
        return not recorded or (record.reported and recorded >= 4 * threshold)
    return True


def _survival_stands(release: Release, record: Record) -> bool:
    if record.statistic in OF_MEDIANS:
        return (record.group, record.statistic, record.method) in release.medians
    return True


def _location_alone(release: Release, record: Record) -> bool:
    """Say whether a median or quartile may stand where it may not be said how many it rests on."""
    if release.counts.names != ("n", "missing") or record.statistic not in {"median", *QUARTILES}:
        return False
    may = release.populations
    known = record.group in may.levels or record.group == "analysed"
    remainder = release.counts.remainder()[0] if {"all", "analysed"} <= set(release.counts.cells) else 0
    permitted = (may.by_group and known) or (
        record.group == "all" and may.everybody and may.remainder and release.rule.safe([remainder])
    )
    return permitted and release.recorded(record.group) > 0 and _location_stands(release, record)
