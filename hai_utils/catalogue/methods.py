"""Every method by which a statistic is computed: its words, which choice it belongs to, above which size it does not do.

A new method is its function, named in the table of functions of its module in `hai_utils.stats`, and one row of ``methods.csv``.
A choice that a parameter makes has the parameter's name; the methods of a choice stand in the order in which they are
listed to users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hai_utils.catalogue.records import rows_of
from hai_utils.catalogue.statistics import LIMITS, VALUE, Part
from hai_utils.errors import ResultError, nearest

# Choices that no parameter makes.
SEVERAL_GROUPS, ADJUSTMENT, COMPETING, POOLING, PERMUTATION, CHANGING, DETECTING, ALL_ANALYSES = (
    "several_groups", "adjustment", "competing_risks", "pooling", "permutation", "changing_status", "smallest_difference",
    "all_analyses",
)  # fmt: skip
# Above so many patients, or tables with the same margins, an exact method is not computed.
MOST_PATIENTS = 200
MOST_TABLES = 10_000_000


@dataclass(frozen=True, slots=True)
class Method:
    """What is known of one method.

    Attributes
    ----------
    name : str
        As it stands in results and parameters.
    words : str
        In a table's note and in a sentence.
    choices : tuple of str
        What it is a choice of: parameters, or one of the choices that no parameter makes.
    reference : str
        Where it is defined.
    most_patients, most_tables : int, optional
        Above so many patients, or tables with the same margins, it is not computed.
    fallback : str
        The method that is reported in its place there.
    several : str
        The method that compares more than two groups where this one compares two.
    exact : bool
        Whether it is a test by the exact distribution, or by random permutations.
    """

    name: str
    words: str
    choices: tuple[str, ...]
    reference: str = ""
    most_patients: int | None = None
    most_tables: int | None = None
    fallback: str = ""
    several: str = ""
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a parameter chooses a method for.

    Attributes
    ----------
    name : str
        The parameter.
    statistic : str
        The statistic that the methods give, or whose limits they give.
    applies_to : str
        What it is computed for, in words.
    parts : tuple of Part
        What each method gives of the statistic; without the empty part, its value does not depend on the method.
    """

    name: str
    statistic: str
    applies_to: str
    parts: tuple[Part, ...] = LIMITS


CHOICES: Mapping[str, Choice] = {
    choice.name: choice
    for choice in (
        Choice("continuous_test", "p_value", "continuous variables", (VALUE,)),
        Choice("categorical_test", "p_value", "two-by-two tables", (VALUE,)),
        Choice("larger_table_test", "p_value", "larger tables", (VALUE,)),
        Choice("quartile_method", "iqr", "continuous variables", (VALUE,)),
        Choice("mean_difference_method", "mean_difference", "continuous variables", (VALUE, *LIMITS)),
        Choice("hodges_lehmann_method", "hodges_lehmann", "continuous variables"),
        Choice("proportion_interval", "proportion", "categories"),
        Choice("risk_difference_interval", "risk_difference", "yes/no variables"),
        Choice("odds_ratio_method", "odds_ratio", "yes/no variables", (VALUE, *LIMITS)),
        Choice("median_rule", "median", "survival endpoints", (VALUE,)),
        Choice("median_interval", "median", "survival endpoints"),
        Choice("survival_interval", "survival_at", "survival endpoints"),
        Choice("follow_up_method", "follow_up_median", "survival endpoints", (VALUE,)),
        Choice("survival_test", "p_value", "survival endpoints", (VALUE,)),
        Choice("hazard_ratio_method", "hazard_ratio", "survival endpoints", (VALUE, *LIMITS, "p")),
        Choice("proportional_hazards_test", "proportional_hazards_p", "survival endpoints", (VALUE,)),
    )
}


def _method(row: Mapping[str, str]) -> Method:
    return Method(
        row["name"],
        row["words"],
        tuple(row["choices"].split()),
        row["reference"],
        MOST_PATIENTS if row["most"] == "patients" else None,
        MOST_TABLES if row["most"] == "tables" else None,
        row["fallback"],
        row["several"],
        row["exact"] == "yes",
    )


METHODS: dict[str, Method] = {record.name: record for record in map(_method, rows_of("methods"))}


@cache
def choice_of(statistic: str) -> Choice | None:
    """Return the first choice of a method for a statistic; None where there is one way alone."""
    return next((choice for choice in CHOICES.values() if choice.statistic == statistic), None)


@cache
def methods_of(choice: str) -> tuple[str, ...]:
    """Return the names of the methods of a choice, in the order of the catalogue; empty where it is no choice."""
    return tuple(record.name for record in METHODS.values() if choice in record.choices)


def read_method(name: str) -> Method:
    """Return the record of a method.

    Raises
    ------
    ResultError
        Where the catalogue has none.
    """
    if name not in METHODS:
        raise ResultError(
            f"The method '{name}' is not in the catalogue.{nearest(name, tuple(METHODS))} "
            "Add its record to hai_utils/catalogue/methods.csv."
        )
    return METHODS[name]
