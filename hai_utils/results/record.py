"""One row of the results table.

The layout is that of the results contract (after the analysis results data of CDISC ARS): long, the number in
full precision, its printed text beside it, and the reason where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from operator import attrgetter

from hai_utils.results.keys import result_key

Value = float | int | None
# The note of a number that the disclosure gate withholds.
BLANK = "blank in every row"
SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Record:
    """One statistic of one variable in one group by one method; see the results contract for each field."""

    variable: str
    level: str
    group: str
    statistic: str
    method: str = ""
    reported: bool = True
    chapter: str = ""
    label: str = ""
    value: Value = None
    n: int | None = None
    unit: str = ""
    formatted: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """The name that prose uses."""
        return result_key(self.variable, self.level, self.group, self.statistic)

    def __reduce__(self) -> tuple[type[Record], tuple[object, ...]]:
        # Thousands go from one process to another, and the state of a dataclass takes twice as long.
        return Record, _values(self)

    @property
    def withheld(self) -> bool:
        """Whether the disclosure gate withholds the number: it exists, and is not published."""
        return self.note == SUPPRESSED


_values = attrgetter(*(field.name for field in fields(Record)))
COLUMNS = (
    "key", "method", "reported", "chapter", "variable", "level", "group", "statistic",
    "label", "value", "n", "unit", "formatted", "note",
)  # fmt: skip
