"""A validated cohort: typed columns, who is compared with whom, and who is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hai_utils.catalogue.endpoints import ENDPOINTS, OVERALL, Endpoint
from hai_utils.catalogue.statuses import AFTER_TIME_ZERO, STATUSES, Status
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.roles import declared_endpoints, declared_statuses, is_after_time_zero
from hai_utils.cohort.scans import LesionScan
from hai_utils.errors import DataError

# The value of `site` that marks a row as made up: it travels with every copy of the file.
SYNTHETIC_SITE = "synthetic"
# The levels of what is so or not, with what is printed for them.
YES_NO = {"yes": "Yes", "no": "No"}

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step from all rows to those analysed, as the code applied it.

    Attributes
    ----------
    kind : {'all', 'excluded', 'no_group', 'analysed', 'group'}
        What the step is.
    label : str
        Who is meant, in the dictionary's words.
    count : int
        Number of patients.
    """

    kind: Literal["all", "excluded", "no_group", "analysed", "group"]
    label: str
    count: int


@dataclass(frozen=True, eq=False)
class Cohort:
    """The rows of one cohort file with everything that the analyses need to know of them.

    Attributes
    ----------
    table : DataFrame
        One row a patient; numbers as float64 with nan for missing, categories as text with None for missing.
    variables : mapping of str to Variable
        Description of each column of `table`.
    group_by, reference : str
        The grouping column and its reference level.
    levels : tuple of str
        The groups, in dictionary order: those that occur, and the reference.
    excluded : boolean array
        Patients that an exclusion leaves out of the comparisons.
    flow : tuple of FlowStep
        From all patients to the groups.
    sha256 : str
        Of the file's bytes.
    reconstruction, published : bool
        Whether this is the project's own reconstruction, unchanged; and whether it is grouped as published too.
    warnings : tuple of Problem
        What was read in another than the plain form, or looks doubtful.
    scans : tuple of LesionScan, optional
        The dated scans of lesions; None where there is no table of scans.
    """

    table: pd.DataFrame
    variables: Mapping[str, Variable]
    group_by: str
    reference: str
    levels: tuple[str, ...]
    excluded: Mask
    flow: tuple[FlowStep, ...] = ()
    sha256: str = ""
    reconstruction: bool = False
    published: bool = False
    warnings: tuple[Problem, ...] = ()
    scans: tuple[LesionScan, ...] | None = None

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.table)

    @property
    def synthetic(self) -> bool:
        """Whether any row is marked as a reconstruction."""
        return self.has("site") and bool((self.table["site"] == SYNTHETIC_SITE).any())

    @property
    def group_variable(self) -> Variable:
        """Description of the grouping column."""
        return self.variables[self.group_by]

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The survival endpoints that hold a value, those of the cohort's own dictionary last."""
        known = (*ENDPOINTS, *declared_endpoints(self.variables))
        return tuple(endpoint for endpoint in known if self.has(endpoint.months, endpoint.status))

    @property
    def blank_endpoints(self) -> tuple[Endpoint, ...]:
        """The survival endpoints that the file has columns for, without a value in any row."""
        known = (*ENDPOINTS, *declared_endpoints(self.variables))
        columns = set(self.table.columns)
        return tuple(one for one in known if {one.months, one.status} <= columns and one not in self.endpoints)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """What patients reach during follow-up and the file records; empty without overall survival."""
        if OVERALL not in self.endpoints:
            return ()
        known = (*STATUSES, *declared_statuses(self.variables))
        return tuple(status for status in known if any(map(self.has, (status.column, *status.dates))))

    @property
    def groups_form_later(self) -> bool:
        """Whether the groups form after time zero: no curve from time zero may be drawn by them."""
        return self.group_by in AFTER_TIME_ZERO or is_after_time_zero(self.group_variable)

    @property
    def compared(self) -> tuple[str, ...]:
        """The levels other than the reference, each compared with it."""
        return tuple(level for level in self.levels if level != self.reference)

    def has(self, *names: str) -> bool:
        """Say whether all these columns exist and hold at least one value each."""
        return all(map(self._has_value, names))

    def _has_value(self, name: str) -> bool:
        if name not in self._values:
            self._values[name] = name in self.table.columns and bool(self.table[name].notna().any())
        return self._values[name]

    @cached_property
    def _values(self) -> dict[str, bool]:
        """Whether the columns that were asked for hold a value."""
        return {}

    def members(self, group: str) -> Mask:
        """Return who belongs to a group: a level (after the exclusions), or `analysed`, `excluded`, `all`."""
        if group == "all":
            return np.ones(self.size, dtype=bool)
        if group == "excluded":
            return self.excluded
        if group not in self._members:
            levels = self.table[self.group_by]
            chosen = levels.notna() if group == "analysed" else levels == group
            self._members[group] = chosen.to_numpy(dtype=bool) & ~self.excluded
        return self._members[group]

    @cached_property
    def _members(self) -> dict[str, Mask]:
        """The members of the groups that were asked for."""
        return {}

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups that statistics are given for, in the order in which they are printed."""
        return (*self.levels, "analysed", "excluded", "all")

    def group_label(self, group: str) -> str:
        """Return what is printed for a level of the grouping column."""
        label = self.group_variable.label_of(group)
        # "Yes" alone would not say of what, in a heading or a sentence.
        return f"{self.group_variable.plain_label}: {label.lower()}" if label in YES_NO.values() else label

    def with_columns(
        self, columns: Mapping[str, pd.Series[float] | pd.Series[str]], variables: Mapping[str, Variable]
    ) -> Cohort:
        """Return the cohort with derived columns added.

        Raises
        ------
        DataError
            Where a column of the cohort's own dictionary has the name of a derived one.
        """
        if taken := [name for name in columns if name in self.table]:
            raise DataError([f"The cohort's column '{taken[0]}' has the name of a derived variable. Rename it."])
        # No table is ever changed, so both may have the same columns; put together, a large cohort would be there twice.
        both = {**{str(name): column for name, column in self.table.items()}, **columns}
        table = pd.DataFrame(both, index=self.table.index, copy=False)
        return replace(self, table=table, variables={**self.variables, **variables})
