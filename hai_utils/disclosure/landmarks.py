"""Curves from a landmark on: their groups are those of a response or a conversion, less those who left before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hai_utils.disclosure.counts import Counts, Tally
from hai_utils.disclosure.populations import Rule
from hai_utils.disclosure.release import Release
from hai_utils.disclosure.times import before

# What makes the groups, and which of them it makes.
SIDES = {
    "objective_response": {"responder": "yes", "non_responder": "no"},
    "converted_to_resection": {"converted": "yes", "not_converted": "no"},
}


@dataclass(frozen=True)
class Landmark:
    """The landmark analysis of one endpoint.

    Attributes
    ----------
    counts : Counts
        Events and censored from the landmark on, of each group.
    left_out : int
        Those analysed who left before it.
    months : float
        When it is.
    """

    counts: Counts
    left_out: int
    months: float

    def groups(self, rule: Rule, releases: Mapping[str, Release]) -> tuple[str, ...]:
        """Return the groups that may be published; the count of those left out goes with ``analysed``.

        Nothing is published where the endpoint itself may not be read at the landmark, or where a pair of groups
        leaves a small number beside it: not evaluable, or lost before.
        """
        endpoint = releases.get("os")
        if endpoint is None or "analysed" not in endpoint.read or self.months not in endpoint.months:
            return ()
        found: tuple[str, ...] = ("analysed",) if rule.safe([self.left_out]) else ()
        for source, sides in SIDES.items():
            if (
                found
                and set(sides) <= set(self.counts.cells)
                and self._fits(rule, endpoint, releases.get(source), sides)
            ):
                found = (*found, *sides)
        return found

    def _fits(self, rule: Rule, endpoint: Release, source: Release | None, sides: Mapping[str, str]) -> bool:
        cells = [self.counts.cells[side] for side in sides]
        steps = endpoint.steps["analysed"]
        earlier = before(steps, self.months)
        after = [endpoint.counts.cells["analysed"][place] - earlier[place] for place in (0, 1)]
        # Neither side: followed to the landmark, but not evaluable.
        neither = [after[place] - sum(cell[place] for cell in cells) for place in (0, 1)]
        lost = []
        if source is not None and "analysed" in source.populations_published:
            lost = [
                (source.counts.count("analysed", answer) or 0) - self.counts.recorded(side)
                for side, answer in sides.items()
            ]
        return all(map(rule.safe, (*cells, neither, lost)))


def read_landmark(tally: Tally, variable: str, months: float) -> Landmark:
    """Read a landmark analysis out of ungated results."""
    cells = {}
    for group in tally.populations(variable):
        events, n = (tally.value(variable, group, statistic) or 0 for statistic in ("events", "n"))
        cells[group] = (events, n - events, 0)
    left_out = tally.value(variable, "analysed", "left_out") or 0
    return Landmark(
        Counts(variable, ("events", "censored", "missing"), {**cells, "analysed": (0, left_out, 0)}), left_out, months
    )
