"""The kinds of outcome: by which effect groups are compared, and what is counted."""

from __future__ import annotations

from collections.abc import Iterable
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
# Outcomes by sex are variables of their own, which begin so. Where small cells are withheld none is published: they divide the
# counts of outcomes and of the sexes, each published by itself, once more.
SEX, BY_SEX = "sex", "by_sex"
# Given by sex beside the primary endpoint and the outcomes of Table 2.
ALSO_BY_SEX = ("any_complication", "severe_complication", "os")
OUTCOMES: dict[OutcomeKind, ComparedOutcome] = {
    record.kind: record
    for record in (
        ComparedOutcome("survival", "survival endpoints", STATISTICS["hazard_ratio"], "power_logrank", "events"),
        ComparedOutcome("binary", "proportions", STATISTICS["risk_difference"], "power_fisher", "count"),
        ComparedOutcome("continuous", "continuous outcomes", STATISTICS["hodges_lehmann"], "power_t"),
    )
}


def by_sex(outcome: str) -> str:
    """Return the variable of an outcome by sex."""
    return f"{BY_SEX}_{outcome}"


def outcomes_by_sex(primary: str, outcomes: Iterable[str]) -> tuple[str, ...]:
    """Return the outcomes that are given by sex, in their order."""
    return tuple(dict.fromkeys((primary, *outcomes, *ALSO_BY_SEX)))
