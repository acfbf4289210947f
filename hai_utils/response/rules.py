"""A criterion with what a run chose where the criterion leaves it open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hai_utils.catalogue.criteria import CRITERIA, Criterion, CriterionName, in_force
from hai_utils.errors import ParameterError
from hai_utils.parameters import Parameters

# Boundaries are inclusive within this much: exactly 50 % is a response.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ResponseRules:
    """By what a response is called.

    Attributes
    ----------
    criterion : {'paper', 'who_1979', 'recist_1_1'}
        See `hai_utils.catalogue.criteria`.
    threshold_percent : float
        Reduction that is a partial response under ``paper``.
    reference : {'baseline', 'nadir'}
        What growth is measured against under ``who_1979``.
    lesions : {'sum', 'any'}
        Whether growth of any one lesion is progression under ``who_1979``.
    confirmation_days : int
        Days after which a response must still be there; 0 = it need not.
    """

    criterion: CriterionName = "paper"
    threshold_percent: float = 50.0
    reference: Literal["baseline", "nadir"] = "baseline"
    lesions: Literal["sum", "any"] = "sum"
    confirmation_days: int = 0

    @property
    def record(self) -> Criterion:
        """The criterion with what this run chose."""
        return in_force(self.criterion, self.threshold_percent, self.reference)

    @property
    def uses_products(self) -> bool:
        """Whether products of diameters are summed rather than longest diameters."""
        return self.record.measure == "product"

    @property
    def response_percent(self) -> float:
        """Smallest reduction that is a partial response."""
        return self.record.response_percent

    @property
    def uses_nadir(self) -> bool:
        """Whether growth is measured against the smallest sum so far."""
        return self.record.growth_from == "nadir"

    @property
    def judges_each_lesion(self) -> bool:
        """Whether growth of any one lesion is progression."""
        return "who_lesions" in self.record.leaves_open and self.lesions == "any"

    def has_grown(self, size: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which sizes have grown enough to be progression; from nothing, any growth is enough percent.

        Arrays of one shape, mm or mm2; where either is nan, nothing has grown.
        """
        growth = size - reference
        with np.errstate(invalid="ignore", divide="ignore"):
            percent = 100.0 * growth / reference
        least = self.record.progression_percent
        enough = percent >= least - TOLERANCE if least else percent > TOLERANCE
        grown: NDArray[np.bool_] = enough & (growth >= self.record.progression_mm - TOLERANCE)
        return grown


PAPER_RULES = ResponseRules()
RECIST_RULES = ResponseRules("recist_1_1")


def response_rules(parameters: Parameters) -> ResponseRules:
    """Return the rules that a run's parameters choose."""
    return ResponseRules(
        parameters.response_criterion,
        parameters.response_threshold_percent,
        parameters.who_reference,
        parameters.who_lesions,
        parameters.confirmation_days,
    )


def check_choices(parameters: Parameters) -> None:
    """Refuse choices that need dated scans where there are none, or that do not belong to the criterion.

    Raises
    ------
    ParameterError
        Naming the parameter, why it cannot be, and what to do.
    """
    if parameters.confirmation_days and not parameters.scans:
        raise ParameterError(
            f"Parameter 'confirmation_days' cannot be {parameters.confirmation_days}: confirmation needs dated scans, and the cohort holds one best response a patient. "
            "Give a table of scans (--scans FILE; 'hai template' writes an empty one), or use 0."
        )
    criterion = CRITERIA[parameters.response_criterion]
    default = CRITERIA["paper"].response_percent
    if "response_threshold_percent" not in criterion.leaves_open and parameters.response_threshold_percent != default:
        raise ParameterError(
            f"Parameter 'response_threshold_percent' belongs to response_criterion=paper; {criterion.name} has a threshold of its own. Leave it at {default:g}."
        )
