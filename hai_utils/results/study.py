"""What tables, figures and sentences may know of a cohort: labels, groups and choices, never a patient."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from hai_utils.catalogue.endpoints import ENDPOINTS, Endpoint
from hai_utils.catalogue.populations import POPULATIONS
from hai_utils.catalogue.statuses import Status
from hai_utils.results.formatting import Formatter
from hai_utils.results.keys import comparison


@dataclass(frozen=True, slots=True)
class Group:
    """A level of the grouping column, its printed label and its size after the exclusions; None where it is withheld."""

    level: str
    label: str
    n: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the flow of patients; see `hai_utils.cohort.model.FlowStep`; the count is None where it is withheld."""

    kind: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed for a variable.

    Attributes
    ----------
    label, plain, unit : str
        With and without the unit, and the unit itself.
    kind : str
        ``number``, ``integer`` or ``category``.
    levels : tuple of (str, str)
        Each level with its label.
    own : bool
        Whether it describes the patients at baseline and comes from the cohort's own dictionary.
    chapter : str
        The chapter that reports it.
    description : str
        What the cohort's own dictionary says of it, where that is more than its label.
    """

    label: str
    plain: str
    unit: str
    kind: str
    levels: tuple[tuple[str, str], ...] = ()
    own: bool = False
    chapter: str = ""
    description: str = ""

    @property
    def is_binary(self) -> bool:
        """Whether the levels are yes and no."""
        return {level for level, _ in self.levels} == {"yes", "no"}


@dataclass(frozen=True, slots=True)
class Study:
    """A cohort as its book describes it.

    Attributes
    ----------
    size : int, optional
        Rows of the file; None where the number is withheld.
    reconstruction, published, synthetic : bool
        Whether it is the project's reconstruction; whether that is grouped as published; whether any rows are made up.
    sha256 : str
        Of the cohort file.
    group_by, group_label, reference : str
        The grouping column, its label, its reference level.
    groups : tuple of Group
        In the order in which they are printed.
    flow : tuple of Step
        From all rows to the groups.
    variables : mapping of str to Label
        Every column and derived variable that is reported.
    parameters : mapping
        The resolved parameters of the run.
    own_endpoints : tuple of Endpoint
        Those that the cohort's own dictionary adds and its file holds.
    statuses : tuple of Status
        What patients reach during follow-up and the file records, where it has overall survival.
    """

    size: int | None = 0
    reconstruction: bool = False
    published: bool = False
    synthetic: bool = False
    sha256: str = ""
    group_by: str = ""
    group_label: str = ""
    reference: str = ""
    groups: tuple[Group, ...] = ()
    flow: tuple[Step, ...] = ()
    variables: Mapping[str, Label] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    own_endpoints: tuple[Endpoint, ...] = ()
    statuses: tuple[Status, ...] = ()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The survival endpoints that a report may speak of, whether or not the cohort has them."""
        in_file = [endpoint for endpoint in ENDPOINTS if endpoint.in_file]
        return (*in_file, *self.own_endpoints, *(endpoint for endpoint in ENDPOINTS if not endpoint.in_file))

    def endpoint(self, name: str) -> Endpoint | None:
        """Return an endpoint by its name; None where there is none of it."""
        return next((endpoint for endpoint in self.endpoints if endpoint.name == name), None)

    @property
    def primary(self) -> str:
        """The primary endpoint, whether or not the cohort has it."""
        return str(self.parameters.get("primary_endpoint", ""))

    @property
    def formatter(self) -> Formatter:
        """The number style in force; the published cohort has P values with the digits of the article."""
        chosen = self.parameters
        level = None if self.published else float(chosen.get("significance_level", 0.05))
        return Formatter.of(chosen.get("style", "jgo"), chosen.get("rounding", "half_up"), level)

    @property
    def gated(self) -> bool:
        """Whether the disclosure gate has withheld small cells."""
        return str(self.parameters.get("disclosure", "none")) != "none"

    @property
    def overall(self) -> str:
        """The population that is described over all: every row, or those analysed where only they may be counted."""
        return "all" if self.size is not None else "analysed"

    @property
    def overall_size(self) -> int | None:
        """How many belong to `overall`; None where that is withheld too."""
        analysed = next((step.count for step in self.flow if step.kind == "analysed"), None)
        return analysed if self.size is None else self.size

    @property
    def levels(self) -> tuple[str, ...]:
        """The groups, as they stand in the data."""
        return tuple(group.level for group in self.groups)

    @property
    def described(self) -> tuple[str, ...]:
        """The populations that tables describe: each group, and all."""
        return (*self.levels, self.overall)

    @property
    def pairs(self) -> tuple[tuple[Group, str], ...]:
        """Each group that is compared with the reference, and the name of the comparison."""
        return tuple((group, comparison(group.level, self.reference)) for group in self.compared)

    @property
    def compared(self) -> tuple[Group, ...]:
        """The groups other than the reference."""
        return tuple(group for group in self.groups if group.level != self.reference)

    @property
    def reference_label(self) -> str:
        """The printed label of the reference group."""
        return next((group.label for group in self.groups if group.level == self.reference), self.reference)

    def label_of(self, group: str) -> str:
        """Return what is printed for a group."""
        if group in POPULATIONS:
            return POPULATIONS[group].label.format("rows" if self.synthetic else "patients")
        return next((g.label for g in self.groups if g.level == group), group)


def study_to_json(study: Study) -> str:
    """Write a study as JSON, the same bytes for the same study."""
    return json.dumps(asdict(study), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def study_from_json(text: str) -> Study:
    """Read back what `study_to_json` wrote."""
    raw = json.loads(text)
    labels = {
        name: Label(**{**entry, "levels": tuple((level, label) for level, label in entry["levels"])})
        for name, entry in raw.pop("variables").items()
    }
    groups = tuple(Group(**group) for group in raw.pop("groups"))
    flow = tuple(Step(**step) for step in raw.pop("flow"))
    own = tuple(Endpoint(**endpoint) for endpoint in raw.pop("own_endpoints", ()))
    statuses = tuple(Status(**{**status, "dates": tuple(status["dates"])}) for status in raw.pop("statuses", ()))
    return Study(**raw, groups=groups, flow=flow, variables=labels, own_endpoints=own, statuses=statuses)
