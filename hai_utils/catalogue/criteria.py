"""The response criteria: what each sums, its thresholds, and what it does with growth, new and other lesions.

``paper``
    Kolbeinsson HM et al., J Gastrointest Oncol 2022;13:163-170: the sum of the products of the two diameters of the
    target lesions, response from a threshold on, any growth over the baseline progression, judged at the greatest shrinkage.
``who_1979``
    World Health Organization, WHO handbook for reporting results of cancer treatment (1979), section 5; reprinted in
    Miller AB et al., Cancer 1981;47:207-214, "Reporting of response". It leaves open whether growth counts from the
    baseline or the smallest burden, and whether the sum or any lesion must grow.
``recist_1_1``
    Eisenhauer EA et al., Eur J Cancer 2009;45:228-247, section 4.3.1 (target lesions) and Tables 1-3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

CriterionName = Literal["paper", "who_1979", "recist_1_1"]
Measure = Literal["product", "longest"]
# Four weeks: the days after which a response is met again, where confirmation is asked for.
CONFIRMATION_DAYS = 28


@dataclass(frozen=True, slots=True)
class Criterion:
    """The rules of a response criterion.

    Attributes
    ----------
    name : str
        Value of the parameter ``response_criterion``.
    title : str
        Short name in captions and tables.
    measure : {'product', 'longest'}
        Sum over the target lesions of the product of the diameters (mm2), or of the longest diameter (mm).
    response_percent : float
        Smallest decrease from the baseline that is a partial response.
    progression_percent : float
        Smallest growth that is progression; 0 means any growth.
    progression_mm : float
        Growth of the sum in mm that is needed besides.
    growth_from : {'baseline', 'nadir'}
        What growth is measured against, unless `leaves_open` says that a run chooses.
    ended_by : {'progression', 'new_lesion'}
        After what no scan counts for the best response.
    counts_other_lesions : bool
        Whether a response is complete only where lesions that are no targets are gone as well; then disease that is seen
        after a complete response is progression.
    judges_others_alone : bool
        Whether lesions that are no targets are judged without any target (non-CR/non-PD).
    leaves_open : tuple of str
        Parameters of a run that decide what the criterion does not.
    reference : str
        Key of the source in the bibliography.
    """

    name: CriterionName
    title: str
    measure: Measure
    response_percent: float
    progression_percent: float
    progression_mm: float
    growth_from: Literal["baseline", "nadir"]
    ended_by: Literal["progression", "new_lesion"]
    counts_other_lesions: bool
    judges_others_alone: bool
    leaves_open: tuple[str, ...]
    reference: str

    @property
    def burden(self) -> str:
        """What is summed, in words."""
        return MEASURES[self.measure]

    @property
    def reduction(self) -> str:
        """Variable that holds the reduction of what is summed."""
        return REDUCTIONS[self.measure]


MEASURES: Mapping[Measure, str] = {
    "product": "sum of the products of diameters",
    "longest": "sum of the longest diameters",
}
REDUCTIONS: Mapping[Measure, str] = {"product": "reduction_percent", "longest": "reduction_percent_recist"}
CRITERIA: Mapping[CriterionName, Criterion] = {
    criterion.name: criterion
    for criterion in (
        Criterion(
            "paper", "the criterion of Kolbeinsson et al.", "product", 50.0, 0.0, 0.0, "baseline", "new_lesion", False, False,
            ("response_threshold_percent",), "Kolbeinsson2022",
        ),
        Criterion(
            "who_1979", "WHO 1979", "product", 50.0, 25.0, 0.0, "baseline", "progression", True, False,
            ("who_reference", "who_lesions"), "WHO1979",
        ),
        Criterion(
            "recist_1_1", "RECIST 1.1", "longest", 30.0, 20.0, 5.0, "nadir", "progression", True, True, (), "Eisenhauer2009",
        ),
    )
}  # fmt: skip
if tuple(CRITERIA) != get_args(CriterionName):
    raise TypeError("CriterionName and CRITERIA name different criteria")


def criteria_of(parameter: str) -> tuple[CriterionName, ...]:
    """Return the criteria that leave a parameter open; none for one that is no part of a criterion."""
    return tuple(name for name, criterion in CRITERIA.items() if parameter in criterion.leaves_open)


@cache
def in_force(
    name: CriterionName, threshold_percent: float = 50.0, reference: Literal["baseline", "nadir"] = "baseline"
) -> Criterion:
    """Return a criterion with what a run chose where the criterion leaves it open; other choices are not used."""
    criterion = CRITERIA[name]
    if "response_threshold_percent" in criterion.leaves_open:
        criterion = replace(criterion, response_percent=threshold_percent)
    if "who_reference" in criterion.leaves_open:
        criterion = replace(criterion, growth_from=reference)
    return criterion
