"""The record of a working."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hai_utils.catalogue.statistics import Part

# What code begins with: how it reads the rows, or where these are not shown the counts.
Data = Literal[
    "value", "pair of values", "groups of values", "count", "count of all", "pair of counts", "table", "curve", "pair of curves", "groups of curves",
    "causes", "groups of causes", "status", "pair of variables", "several P", "analyses", "draws",
]  # fmt: skip
# What stands in the code as numbers of the results, not of the rows.
INLINE: tuple[Data, ...] = ("several P", "analyses", "draws")
Kind = Literal["values", "levels", "times", "causes", "status"]
_KINDS: dict[str, tuple[Kind, ...]] = {
    "value": ("values",),
    "pair of values": ("values",),
    "groups of values": ("values",),
    "count": ("levels",),
    "count of all": ("levels",),
    "pair of counts": ("levels",),
    "table": ("levels",),
    "causes": ("causes",),
    "groups of causes": ("causes",),
    "status": ("status",),
    "pair of variables": ("levels",),
    **dict.fromkeys(INLINE, ("values", "levels", "times")),
}


@dataclass(frozen=True, slots=True)
class Working:
    """What is known of a working.

    Attributes
    ----------
    statistic, method : str
        As in the catalogue; the method is empty where there is one way alone.
    parts : tuple of Part
        What it gives, in the order in which its code prints them; the empty part is the value itself.
    data : str
        What code begins with.
    steps : str
        The function of `hai_utils.show.evidence.steps` that gives each intermediate value.
    formula : str
        In the textbook's letters.
    r, python : str
        The lines that follow those which read the data; ``$`` names stand for what depends on the number. Empty where no
        package has the method; then `without` says so.
    source : str
        The function that computes it, within `hai_utils.stats`; empty where it is counted alone.
    without : str
        Why there is no code in one of the languages.
    """

    statistic: str
    data: Data
    steps: str
    formula: str
    method: str = ""
    parts: tuple[Part, ...] = ("",)
    r: str = ""
    python: str = ""
    source: str = ""
    without: str = ""

    @property
    def needs(self) -> tuple[Kind, ...]:
        """The kinds of rows that it is made for."""
        return _KINDS.get(self.data, ("times",))

    @property
    def from_counts(self) -> bool:
        """Whether it can be shown from counts alone."""
        return self.data in ("count", "count of all", "pair of counts", "table")

    @property
    def from_moments(self) -> bool:
        """Whether it can be shown from the number, mean and standard deviation of each group."""
        return self.steps in ("t_test", "standardised_means", "anova", "power_t")
