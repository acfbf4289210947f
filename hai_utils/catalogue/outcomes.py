"""The kinds of outcome: by which effect groups are compared, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hai_utils.catalogue.statistics import STATISTICS, Statistic

# Up to so many rows a cohort is small: the results with each patient left out in turn are given.
MOST_PATIENTS = 100
TOO_MANY = f"more than {MOST_PATIENTS} patients"
OutcomeKind = Literal["continuous", "binary", "survival"]


@dataclass(frozen=True, slots=True)
class ComparedOutcome:
    """What is known of a kind of outcome.

    Attributes
    ----------
    kind : OutcomeKind
        Its name.
    words : str
        Such outcomes in a sentence.
    effect : Statistic
        By which groups are compared.
    power : str
        The method by which the smallest effect that could be shown is found.
    counted : str
        The statistic that counts; empty where nothing is counted.
    """

    kind: OutcomeKind
    words: str
    effect: Statistic
    power: str
    counted: str = ""


# Outcomes that are good for a patient; of others a higher proportion is not called better or worse. A survival event is bad.
DESIRED = frozenset(
    {
        "objective_response",
        "objective_response_recist",
        "objective_response_confirmed",
        "converted_to_resection",
        "any_shrinkage",
        "alive",
    }
)
OUTCOMES: dict[OutcomeKind, ComparedOutcome] = {
    record.kind: record
    for record in (
        ComparedOutcome("survival", "survival endpoints", STATISTICS["hazard_ratio"], "power_logrank", "events"),
        ComparedOutcome("binary", "proportions", STATISTICS["risk_difference"], "power_fisher", "count"),
        ComparedOutcome("continuous", "continuous outcomes", STATISTICS["hodges_lehmann"], "power_t"),
    )
}
