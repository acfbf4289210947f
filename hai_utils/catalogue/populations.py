"""The populations that results are about besides the groups of a cohort, and what stands between two that are compared."""

from __future__ import annotations

from dataclasses import dataclass

VERSUS = "_vs_"


@dataclass(frozen=True, slots=True)
class Population:
    """What is known of a population.

    Attributes
    ----------
    name : str
        As it stands in a key; no level of a cohort may have it.
    label : str
        In a heading; ``{}`` stands for what the rows are called, patients or rows.
    meaning : str
        Who belongs to it.
    """

    name: str
    label: str
    meaning: str


POPULATIONS: dict[str, Population] = {
    record.name: record
    for record in (
        Population("all", "All {}", "every row of the cohort file"),
        Population("analysed", "Analyzed", "the groups together, after the exclusions"),
        Population("excluded", "Excluded", "those whom a parameter leaves out of comparisons"),
        Population("overall", "All groups compared", "one test over all groups"),
    )
}
