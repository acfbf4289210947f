"""Which statistics of a variable may be published, once it is decided in which populations its counts may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hai_utils.disclosure.counts import CAUSES, Counts
from hai_utils.disclosure.populations import Populations, Rule
from hai_utils.disclosure.times import Leaving, before, remaining
from hai_utils.keys import comparison
from hai_utils.results import Record

# One person's value, or so close to a few persons' that it tells them.
NEVER = frozenset({"min", "max", "time_min", "time_max", "shapiro_w", "shapiro_p"})
QUARTILES = frozenset({"q1", "q3", "iqr"})
# What still stands of a variable of whole numbers: its mean, deviation and tests could be searched for its counts.
OF_WHOLE_NUMBERS = frozenset({"n", "n_missing", "median", *QUARTILES})
_AT_TIME = re.compile(r"(?:survival_at|at_risk|rmst|rmst_difference)_(\d+(?:_\d+)?)(?:_se|_lower|_upper|_p)?$")
How = Literal["", "alone", "whole"]


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
    months : tuple of float
        The times at which its curve may be read.
    read : tuple of str
        The populations in which it may.
    steps : mapping
        Who leaves when, where known.
    whole_numbers : bool
        Whether its counts could be searched from a mean or a test.
    """

    rule: Rule
    populations: Populations
    counts: Counts
    populations_published: tuple[str, ...]
    causes: tuple[str, ...] = ()
    months: tuple[float, ...] = ()
    read: tuple[str, ...] = ()
    steps: Mapping[str, Leaving] = field(default_factory=dict)
    whole_numbers: bool = False

    def recorded(self, group: str) -> int:
        """Return how many of a population have the variable."""
        return self.counts.recorded(group)

    def on_both_sides(self, group: str, months: float) -> bool:
        """Say whether enough had the event by a time, and enough were followed so far."""
        if group not in self.steps:
            return False
        events = before(self.steps[group], months, including=True)[0]
        return min(events, remaining(self.steps[group], months)) >= self.rule.threshold


def released(release: Release, record: Record) -> How:
    """Say how a record is published: not at all, its value alone, or whole."""
    if record.statistic in NEVER or record.statistic.startswith("cumulative_incidence"):
        return ""
    if record.group not in release.counts.cells:
        return "whole" if _comparison_stands(release, record) else ""
    where = release.causes if record.level in CAUSES else release.populations_published
    if record.group in where:
        return "whole" if _stands(release, record) else ""
    return "alone" if _location_alone(release, record) else ""


def _comparison_stands(release: Release, record: Record) -> bool:
    """Say whether both sides of a comparison are published, so that it tells nothing that they do not."""
    where = set(release.causes if record.level in CAUSES else release.populations_published)
    if release.whole_numbers:
        return False
    if at_time := _AT_TIME.match(record.statistic):
        where &= set(release.read) if _months(at_time[1]) in release.months else set()
    if record.group == "overall":
        return set(release.populations.levels) <= where
    return any(comparison(level, reference) == record.group for level in where for reference in where)


def _stands(release: Release, record: Record) -> bool:
    """Say whether a statistic may stand in a population whose counts are published."""
    at_time = _AT_TIME.match(record.statistic)
    if at_time:
        return _months(at_time[1]) in release.months and record.group in release.read
    if "events" in release.counts.names:
        return _survival_stands(release, record)
    if release.counts.names == ("n", "missing"):
        if release.whole_numbers and record.statistic not in OF_WHOLE_NUMBERS:
            return False
        return _location_stands(release, record)
    return True


def _months(suffix: str) -> float:
    return float(suffix.replace("_", "."))


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
    statistic = record.statistic
    if statistic == "follow_up_median":
        events, censored, _ = release.counts.cells[record.group]
        return record.value is None or min(events + censored, 2 * censored) >= 2 * release.rule.threshold
    if statistic in {"median", "median_lower", "median_upper"} and record.method != "percentile_wald":
        return record.value is None or release.on_both_sides(record.group, float(record.value))
    return record.method != "percentile_wald" or record.group in release.steps


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
