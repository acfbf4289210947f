"""What patients reach during follow-up and survival is compared by: response, conversion, and a cohort's own.

No patient has such a status at time zero, and each who reaches it has lived until then. Survival by it is therefore compared
from a landmark on, by the status known then, or with the status as a covariate that changes; never from time zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from hai_utils.catalogue.statistics import month_suffix

# Beginnings of the variables of both analyses; what follows is the month, or the name of the status.
LANDMARK, CURRENT = "os_landmark", "os_by"
# Above so many patients neither is made: exact ties of a model with start and stop take too long.
MOST_PATIENTS = 50_000
NOT_DATED = "status not dated"
TOO_MANY = f"more than {MOST_PATIENTS:,} patients"
# Columns of the report whose groups form after time zero; a cohort's own are declared in its dictionary.
AFTER_TIME_ZERO = frozenset(
    {
        "converted_to_resection",
        "clavien_dindo",
        "pump_complication",
        "hai_discontinued",
        "objective_response",
        "best_response",
    }
)


@dataclass(frozen=True, slots=True)
class Status:
    """A status that is reached during follow-up.

    Attributes
    ----------
    name : str
        Ends the name of its variable, such as ``os_by_response``, and of its figures.
    column : str
        The category that says ``yes`` or ``no`` of each patient.
    dates : tuple of str
        The columns of months that may date it; the first that holds a value does.
    reached, before : str
        What patients with it and without it are called in a key.
    reached_label, before_label : str
        The same as printed.
    words : str
        What it is, within a sentence.
    own : bool
        Whether it comes from the cohort's own dictionary.
    """

    name: str
    column: str
    dates: tuple[str, ...]
    reached: str
    before: str
    reached_label: str
    before_label: str
    words: str
    own: bool = False

    @property
    def variable(self) -> str:
        """The variable of survival by the status as it changes."""
        return f"{CURRENT}_{self.name}"


def landmark_variable(months: float) -> str:
    """Return the variable of survival from a landmark on."""
    return f"{LANDMARK}_{month_suffix(months)}"


RESPONSE = Status(
    "response", "objective_response", ("time_to_response_months", "response_months"), "responder", "non_responder",
    "Responders", "Non-responders", "objective response",
)  # fmt: skip
CONVERSION = Status(
    "conversion", "converted_to_resection", ("converted_months",), "converted", "not_converted",
    "Converted to resection", "Not converted", "conversion to resection",
)  # fmt: skip
STATUSES = (RESPONSE, CONVERSION)
