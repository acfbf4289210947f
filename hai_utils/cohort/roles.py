"""What `needed_for` declares in a cohort's own dictionary: its endpoints, and what is known only after time zero.

The layout of a dictionary is fixed, and nothing is guessed from a name: the column ``needed_for`` says it.

- ``endpoint; death is an event``, on both columns of a pair ``NAME_months`` and ``NAME_event``: an endpoint that death
  ends as its event does (relapse-free survival).
- ``endpoint; death competes``, on both: after death the event can no longer happen (time to pump failure).
- ``no endpoint``, on a pair that has such names and is none.
- ``after_time_zero: yes``: a category that is known only some time after time zero.
- ``dates COLUMN``, on a number of months: when the answer of that category became ``yes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hai_utils.catalogue.endpoints import ENDPOINTS, IN_FILE, OWN_CAUSE, Death, Endpoint
from hai_utils.catalogue.outcomes import BY_SEX
from hai_utils.catalogue.statuses import CURRENT, LANDMARK, Status

if TYPE_CHECKING:
    from hai_utils.cohort.dictionary import Variable

ENDPOINT_WORDS: Mapping[str, Death] = {
    "endpoint; death is an event": "is an event",
    "endpoint; death competes": "competes",
}
NO_ENDPOINT = "no endpoint"
AFTER_TIME_ZERO = "after_time_zero: yes"
# Endpoints of the report: a column or an endpoint of the cohort's own with such a name would have their keys.
RESERVED_NAMES = tuple(endpoint.name for endpoint in ENDPOINTS)
RESERVED_BEGINNINGS = (LANDMARK, CURRENT, BY_SEX)
MONTHS, EVENT = "_months", "_event"
_DATES = re.compile(r"dates ([a-z][a-z0-9_]*)")
_MEANT = re.compile(r"(?i)\s*(no )?endpoint|after.?time.?zero|dates?\b")
_CHOICES = " or ".join(f"'{words}'" for words in ENDPOINT_WORDS)


def declared_endpoints(variables: Mapping[str, Variable]) -> tuple[Endpoint, ...]:
    """Return the endpoints that a cohort's own dictionary adds, in its order."""
    return tuple(
        _endpoint(name.removesuffix(MONTHS), variable, variables[name.removesuffix(MONTHS) + EVENT])
        for name, variable in variables.items()
        if _declares(variable) and name.endswith(MONTHS) and name.removesuffix(MONTHS) + EVENT in variables
    )


def file_endpoints(variables: Mapping[str, Variable]) -> tuple[Endpoint, ...]:
    """Return the endpoints that a cohort file may have: those of the standard dictionary and the cohort's own."""
    return (*IN_FILE, *declared_endpoints(variables))


def at_baseline(variable: Variable) -> bool:
    """Say whether a column of the cohort's own describes the patients at time zero."""
    return variable.own and not (
        _declares(variable) or is_after_time_zero(variable) or _DATES.fullmatch(variable.needed_for)
    )


def is_after_time_zero(variable: Variable) -> bool:
    """Say whether a category of the cohort's own is known only some time after time zero."""
    return variable.own and variable.needed_for == AFTER_TIME_ZERO


def dated_by(variables: Mapping[str, Variable], name: str) -> str:
    """Return the column of the cohort's own that dates a category; empty where none does."""
    found = (other.name for other in variables.values() if other.own and other.needed_for == f"dates {name}")
    return next(found, "")


def declared_statuses(variables: Mapping[str, Variable]) -> tuple[Status, ...]:
    """Return the statuses that a cohort's own dictionary adds: categories of yes and no, known after time zero."""
    return tuple(
        _status(variable, dated_by(variables, name))
        for name, variable in variables.items()
        if is_after_time_zero(variable) and variable.is_binary
    )


def _status(variable: Variable, date: str) -> Status:
    labels = [variable.label_of(level) for level in ("yes", "no")]
    # "Yes" alone would not say of what.
    yes, no = labels if labels[0].lower() != "yes" else [f"{variable.label}: {label.lower()}" for label in labels]
    words = variable.label[:1].lower() + variable.label[1:] if variable.label[1:2].islower() else variable.label
    name = variable.name
    return Status(name, name, (date,) if date else (), name, f"not_{name}", yes, no, words, own=True)


def _declares(variable: Variable) -> bool:
    return variable.own and variable.needed_for in ENDPOINT_WORDS


def _endpoint(name: str, months: Variable, status: Variable) -> Endpoint:
    death = ENDPOINT_WORDS[months.needed_for]
    event = status.label[:1].lower() + status.label[1:] if status.label[1:2].islower() else status.label
    return Endpoint(
        name,
        months.plain_label,
        event,
        event,
        status.description or "Those without it are censored at last assessment.",
        death,
        OWN_CAUSE,
        "event other than death" if death == "is an event" else event,
        own=True,
    )


def role_faults(own: Mapping[str, Variable]) -> Iterator[tuple[str, str]]:
    """Yield the column and the fault of each declaration that is incomplete or not understood."""
    for name, variable in own.items():
        fault = _role_fault(variable, own)
        if fault:
            yield name, f"column '{name}': {fault}"


def _role_fault(variable: Variable, own: Mapping[str, Variable]) -> str:
    words = variable.needed_for
    if words in ENDPOINT_WORDS:
        return _endpoint_fault(variable, own)
    if words == AFTER_TIME_ZERO:
        return "" if variable.kind == "category" else f"'{AFTER_TIME_ZERO}' is for a category."
    if match := _DATES.fullmatch(words):
        return _date_fault(variable, own.get(match[1]), match[1])
    if words != NO_ENDPOINT and _MEANT.match(words):
        return f"'needed_for' is {words!r}; write {_CHOICES}, '{NO_ENDPOINT}', '{AFTER_TIME_ZERO}' or 'dates COLUMN'."
    partner = _partner(variable.name)
    if words != NO_ENDPOINT and partner in own and own[partner].needed_for not in ENDPOINT_WORDS:
        return f"with '{partner}' it looks like an endpoint. Write {_CHOICES} in 'needed_for' of both, or '{NO_ENDPOINT}' of both."
    return ""


def _partner(name: str) -> str:
    for ending, other in ((MONTHS, EVENT), (EVENT, MONTHS)):
        if name.endswith(ending):
            return name.removesuffix(ending) + other
    return ""


def _endpoint_fault(variable: Variable, own: Mapping[str, Variable]) -> str:
    partner = _partner(variable.name)
    if not partner:
        return f"an endpoint has two columns, NAME{MONTHS} and NAME{EVENT}; this is neither."
    if partner not in own:
        return f"an endpoint needs '{partner}' as well, described in this dictionary."
    if own[partner].needed_for != variable.needed_for:
        return f"it is declared as '{variable.needed_for}', and '{partner}' is not. Write the same in 'needed_for' of both."
    stem = variable.name.removesuffix(MONTHS).removesuffix(EVENT)
    if stem in own or stem in RESERVED_NAMES or stem.startswith(RESERVED_BEGINNINGS):
        return f"the report uses the name '{stem}' for something else. Choose another."
    if variable.name.endswith(EVENT):
        codes = variable.kind == "integer" and variable.levels == ("0", "1")
        return "" if codes else "the event of an endpoint has type integer and 'allowed' 0 | 1."
    return _months_fault(variable)


def _months_fault(variable: Variable) -> str:
    if variable.kind != "number" or variable.unit != "months":
        return "a time has type number and unit months."
    low = variable.bounds.low
    return "" if low is not None and low >= 0 else "no time is negative; write '>= 0' in 'allowed'."


def _date_fault(variable: Variable, dated: Variable | None, name: str) -> str:
    if dated is None or dated.needed_for != AFTER_TIME_ZERO or not dated.is_binary:
        return f"it dates '{name}', which must be a category of this dictionary with yes | no and '{AFTER_TIME_ZERO}' in 'needed_for'."
    return _months_fault(variable)
