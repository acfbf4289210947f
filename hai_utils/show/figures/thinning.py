"""Which of many single courses are drawn, where not all can be told apart: evenly by rank, and said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hai_utils.results.study import Group, Study
from hai_utils.show.content import Text
from hai_utils.show.figures.style import GroupStyle, group_style

Course = TypeVar("Course")
LEAST_DRAWN = 5


@dataclass(frozen=True, slots=True)
class Thinned(Generic[Course]):
    """The courses of one group.

    Attributes
    ----------
    group : Group
        Level, printed label, and size.
    style : GroupStyle
        Its colour.
    courses : tuple
        All of them, in the order of their ranks.
    drawn : tuple
        Those that are drawn.
    """

    group: Group
    style: GroupStyle
    courses: tuple[Course, ...]
    drawn: tuple[Course, ...]

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks, from 1, of those that are drawn; the data given with the figure are theirs alone."""
        return even_ranks(len(self.courses), len(self.drawn))


def shares(counts: Sequence[int], most: int) -> tuple[int, ...]:
    """Divide a number of places among groups in proportion to their sizes; none with anybody gets less than five.

    Returns
    -------
    tuple of int
        How many of each group are drawn: all, where all fit.
    """
    total = sum(counts)
    if total <= most:
        return tuple(counts)
    return tuple(min(count, max(LEAST_DRAWN, most * count // total)) for count in counts)


def even_ranks(count: int, drawn: int) -> tuple[int, ...]:
    """Return the ranks, from 1, that stand for all: the first, the last, and the others evenly between them."""
    if drawn >= count or count < 2:
        return tuple(range(1, count + 1))
    return tuple(1 + round(place * (count - 1) / (drawn - 1)) for place in range(drawn))


def thinned(groups: Sequence[Group], courses: Sequence[Sequence[Course]], most: int) -> tuple[Thinned[Course], ...]:
    """Choose which of each group's courses, sorted by rank, are drawn where there are places for so many."""
    places = shares([len(found) for found in courses], most)
    return tuple(
        Thinned(group, group_style(at), tuple(found), tuple(found[rank - 1] for rank in even_ranks(len(found), drawn)))
        for at, (group, found, drawn) in enumerate(zip(groups, courses, places, strict=True))
    )


def thinned_notes(study: Study, groups: Sequence[Thinned[Course]], what: str) -> list[Text]:
    """Say of each group of which not all are drawn how many are."""
    count = study.formatter.count
    return [
        (f"{thin.group.label}: {count(len(thin.drawn))} of {count(len(thin.courses))} {what}.",)
        for thin in groups
        if len(thin.drawn) < len(thin.courses)
    ]
