"""The choices that could have been made otherwise: criteria of response, who is counted, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hai_utils.catalogue.criteria import CONFIRMATION_DAYS, CriterionName

# Above so many patients neither the switchboard nor the specification curve is made: every choice then gives nearly the
# same, and a drawing of single patients shows nothing.
MOST_PATIENTS = 500
# Readings of all measurements that are drawn; with dated scans each is judged scan by scan, so there are fewer.
READINGS, READINGS_OF_SCANS = 1_000, 200
# Cochran 1954: the chi-square approximation holds where no expected count is below 5; Campbell 2007: with N - 1, below 1.
LEAST_EXPECTED: Mapping[str, float] = {"pearson_chi2": 5, "yates_chi2": 5, "likelihood_ratio": 5, "n_minus_1_chi2": 1}
# Intervals that have no width, or a wrong one, where a cell of the table is empty (Newcombe 1998).
NEEDS_FULL_CELLS = frozenset({"wald"})
# How the names of its variables begin: where small cells are withheld none of their numbers is published, as responses by several
# criteria together could tell single patients.
BY_CRITERION, REREAD, ALL = "response_by_", "response_reread", "all_analyses"
WITHHELD_TOGETHER = (BY_CRITERION, REREAD, ALL)
PUT_BACK, AS_FAILURES = "including the excluded", "not evaluable as non-responders"
LEFT_OUT, EVALUABLE = "as reported", "evaluable only"


@dataclass(frozen=True, eq=False)
class Switch:
    """One way to call a response.

    Attributes
    ----------
    name : str
        As it stands in a key, after ``response_by_``.
    words : str
        In tables and figures.
    criterion : str
        The criterion.
    settings : mapping of str to value
        Other parameters of the run that it changes.
    needs_scans : bool
        Whether it can only be told from dated scans.
    """

    name: str
    words: str
    criterion: CriterionName
    settings: Mapping[str, str | int]
    needs_scans: bool = False

    @property
    def variable(self) -> str:
        """Name of the response by it among the results."""
        return f"{BY_CRITERION}{self.name}"

    def in_force(self, parameters: Mapping[str, object]) -> bool:
        """Say whether a run with these parameters calls its responses so."""
        return parameters["response_criterion"] == self.criterion and all(
            parameters[name] == value for name, value in self.settings.items()
        )


def _who(reference: str, lesions: str, days: int = 0) -> dict[str, str | int]:
    return {"who_reference": reference, "who_lesions": lesions, "confirmation_days": days}


# With two measurements a patient the nadir is the baseline, and nothing can be confirmed.
SWITCHES = (
    Switch("paper", "Kolbeinsson et al.", "paper", {"confirmation_days": 0}),
    Switch("who_sum", "WHO 1979 (sum of lesions)", "who_1979", _who("baseline", "sum")),
    Switch("who_any", "WHO 1979 (any lesion)", "who_1979", _who("baseline", "any")),
    Switch("who_sum_nadir", "WHO 1979 (sum, from the nadir)", "who_1979", _who("nadir", "sum"), needs_scans=True),
    Switch("who_any_nadir", "WHO 1979 (any lesion, from the nadir)", "who_1979", _who("nadir", "any"), needs_scans=True),
    Switch("who_confirmed", "WHO 1979 (sum, confirmed)", "who_1979", _who("baseline", "sum", CONFIRMATION_DAYS), needs_scans=True),
    Switch("recist", "RECIST 1.1", "recist_1_1", {"confirmation_days": 0}),
    Switch("recist_confirmed", "RECIST 1.1, confirmed", "recist_1_1", {"confirmation_days": CONFIRMATION_DAYS}, needs_scans=True),
)  # fmt: skip
