"""What can be wrong with a cohort file, as records that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault, where it stands and how to mend it.

    Attributes
    ----------
    severity : {'error', 'warning'}
        An error stops the build; a warning is said and the value is used as described.
    line : int
        Line of the file, the header being line 1; 0 where the whole file is meant.
    column : str
        Header of the column; empty where the whole line or file is meant.
    code : str
        Short, stable name of the kind of fault.
    message : str
        What was found, why it matters and how to mend it; never an identifier.
    """

    severity: Severity
    line: int
    column: str
    code: str
    message: str

    def sentence(self, file_name: str) -> str:
        """Write the problem with its place."""
        place = file_name
        if self.line:
            place += f", line {self.line}"
        if self.column:
            place += f", column '{self.column}'"
        return f"{place}: {self.message}"


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that stop a build."""
    return [problem for problem in problems if problem.severity == "error"]
