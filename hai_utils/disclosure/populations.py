"""Which populations may be spoken of at all: groups, those analysed, those left out, all rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hai_utils.results.study import Study


@dataclass(frozen=True, slots=True)
class PopulationRule:
    """What counts as a small cell.

    Attributes
    ----------
    threshold : int
        The smallest count above 0 that may be published.
    """

    threshold: int

    def small(self, count: int) -> bool:
        """Say whether so many people, or a difference of so many, are a small cell."""
        return 0 < abs(count) < self.threshold

    def safe(self, counts: Iterable[int]) -> bool:
        """Say whether none of these is a small cell."""
        return not any(self.small(count) for count in counts)


@dataclass(frozen=True, slots=True)
class Populations:
    """The populations that may be published, decided once for the whole run.

    Attributes
    ----------
    levels : tuple of str
        The groups.
    by_group : bool
        Whether groups may be told apart: each is empty or large enough.
    everybody, analysed : bool
        Whether all rows, and those analysed, may be spoken of. Where few are left out, only one of the two may:
        the other is a subtraction away.
    remainder : bool
        Whether those left out are nobody or enough, so that both may stand.
    parts : bool
        Whether those left out may be told apart by the reason.
    """

    levels: tuple[str, ...]
    by_group: bool
    everybody: bool
    analysed: bool
    remainder: bool
    parts: bool

    @classmethod
    def of(cls, study: Study, rule: PopulationRule) -> Populations:
        """Decide from the flow of patients; the study must be ungated."""
        sizes = [group.n or 0 for group in study.groups]
        left_out = [step.count or 0 for step in study.flow if step.kind in {"excluded", "no_group"}]
        analysed, remainder = sum(sizes), rule.safe([sum(left_out)])
        by_group = bool(sizes) and analysed >= rule.threshold and rule.safe(sizes)
        large = (study.size or 0) >= rule.threshold
        return cls(
            levels=tuple(group.level for group in study.groups),
            by_group=by_group,
            everybody=large and (remainder or not by_group),
            analysed=by_group or (large and remainder and rule.safe([analysed])),
            remainder=remainder,
            parts=large and remainder and rule.safe(left_out),
        )

    def choices(self, present: Sequence[str]) -> tuple[tuple[str, ...], ...]:
        """Return the sets of populations to try for a variable, the richest first and nothing last.

        Parameters
        ----------
        present : sequence of str
            The populations in which the variable is described; groups that form after time zero have no survival.
        """
        grouped = self.by_group and set(self.levels) <= set(present)
        found: list[tuple[str, ...]] = []
        if grouped and self.everybody:
            found += [(*self.levels, "analysed", "all", "excluded")] if self.parts else []
            found.append((*self.levels, "analysed", "all"))
        if grouped:
            found.append((*self.levels, "analysed"))
        if self.everybody and self.analysed and self.remainder:
            found.append(("analysed", "all"))
        found += [("all",)] if self.everybody else []
        found += [("analysed",)] if self.analysed else []
        return (*found, ())
