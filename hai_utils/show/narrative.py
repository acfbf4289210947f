"""The words of the chapters that depend on the cohort: methods, headings and caveats of which a notebook shows one.

A notebook shows them as outputs of cells, so that JupyterLab, a run by papermill and the book say the same. The words are the
book's own; nothing of a cohort is in them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files

from hai_utils.results.table import Results
from hai_utils.show.tables.by_status import dated

MIME_TYPE = "application/vnd.hai.prose"
_ROLE = re.compile(r"\{\w+\}`[^`]*`")


@dataclass(frozen=True, slots=True)
class Prose:
    """Words as the Markdown of the book (MyST); empty: nothing is shown."""

    markdown: str

    @property
    def plain_markdown(self) -> str:
        """The words for a reader without the book: citations left out."""
        return _ROLE.sub("", self.markdown)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a cohort has, as far as the words of the chapters depend on it.

    Attributes
    ----------
    published, gated, compared : bool
        Whether it is the reconstruction grouped as published; small cells are withheld; groups are compared.
    complications, graded : bool
        Whether complications or early deaths are recorded; the grade of complications is.
    reduction, conversion, objective_response : bool
        Whether lesions were measured twice; conversion to resection is recorded; response is known.
    scans, confirmed : bool
        Whether there is a table of scans; a response had to be confirmed.
    overall_survival, progression, own_endpoints : bool
        Whether there is overall survival; progression-free survival, anywhere or in the liver; endpoints of the
        cohort's own.
    statuses, dated : bool
        Whether a status is recorded that survival may be compared by; whether it is known when one was reached.
    """

    published: bool
    gated: bool
    compared: bool
    complications: bool
    graded: bool
    reduction: bool
    conversion: bool
    objective_response: bool
    scans: bool
    confirmed: bool
    overall_survival: bool
    progression: bool
    own_endpoints: bool
    statuses: bool
    dated: bool

    @property
    def another_cohort(self) -> bool:
        """Any cohort but the published one."""
        return not self.published

    @property
    def response(self) -> bool:
        """Measured lesions, or a record of conversion."""
        return self.reduction or self.conversion

    @property
    def survival(self) -> bool:
        """Any endpoint with curves."""
        return self.overall_survival or self.competing

    @property
    def competing(self) -> bool:
        """Endpoints for which death is a competing event."""
        return self.progression or self.own_endpoints


def facts(results: Results) -> Facts:
    """Return what the cohort of these results has."""
    study = results.study
    recorded = study.variables
    complications = {"any_complication", "any_pump_complication", "hai_discontinued"}
    return Facts(
        published=study.published,
        gated=study.gated,
        compared=bool(study.compared),
        complications=bool(complications & set(recorded)) or results.has_data("death_90_days"),
        graded="clavien_dindo" in recorded,
        reduction="reduction_percent" in recorded,
        conversion="converted_to_resection" in recorded,
        objective_response="objective_response" in recorded,
        scans=bool(study.parameters["scans"]),
        confirmed=bool(study.parameters["confirmation_days"]),
        overall_survival=results.has_data("os"),
        progression=results.has_data("pfs") or results.has_data("hepatic_pfs"),
        own_endpoints=bool(study.own_endpoints),
        statuses=bool(study.statuses),
        dated=dated(results),
    )


def _parts(name: str) -> tuple[tuple[str, str], ...]:
    """Return the parts of a passage, each with what has to hold of the cohort; a line's end within a paragraph is a space."""
    return tuple((part["when"], re.sub(r"(?<!\n)\n(?!\n)", " ", part["words"].strip("\n"))) for part in _WORDS[name])


def _holds(condition: str, found: Facts) -> bool:
    """Say whether each fact of a condition, such as ``reduction and not confirmed``, is so."""
    return all(
        bool(getattr(found, name.removeprefix("not "))) != name.startswith("not ") for name in condition.split(" and ")
    )


class Passage:
    """A passage of a chapter, of which each cohort is told the parts that hold of it."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self._parts = _parts(name)

    def __call__(self, found: Facts) -> Prose:
        """Return the parts that hold of the cohort, a paragraph each."""
        return Prose("\n\n".join(words for condition, words in self._parts if _holds(condition, found)))


_WORDS = tomllib.loads((files("hai_utils.show") / "narrative.toml").read_text(encoding="utf-8"))
description_method = Passage("description_method")
"""Say how variables at baseline are described and compared."""
description_caveat = Passage("description_caveat")
"""Say what tests at baseline cannot show."""
complications_caveat = Passage("complications_caveat")
"""Say how far few or no complications can be trusted."""
response_caveat = Passage("response_caveat")
"""Say what response without confirmation, or without measurements, is worth."""
progression = Passage("progression")
"""Head the curves of progression-free survival, or say that there are none."""
own_endpoints = Passage("own_endpoints")
"""Head the curves of the endpoints of the cohort's own."""
competing_events = Passage("competing_events")
"""Head the table of competing events."""
each_course = Passage("each_course")
"""Head the plot of the time on study."""
by_status = Passage("by_status")
"""Head survival by what patients reach during follow-up; say what is missing where nothing is recorded."""
survival_caveat = Passage("survival_caveat")
"""Say how far a median of few observations can be trusted."""
other_choices_caveat = Passage("other_choices_caveat")
"""Say what many analyses of the same data are worth."""
methods_withheld = Passage("methods_withheld")
"""Say that not every comparison is shown."""
methods_caveat = Passage("methods_caveat")
"""Say why no method is chosen by its P value."""
