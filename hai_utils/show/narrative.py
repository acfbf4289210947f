"""The words of the chapters that depend on the cohort: methods, headings and caveats of which a notebook shows one.

A notebook shows them as outputs of cells, so that JupyterLab, a run by papermill and the book say the same. The words are the
book's own; nothing of a cohort is in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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


def _said(*parts: tuple[bool, str]) -> Prose:
    """Return the parts that hold of the cohort, a paragraph each."""
    return Prose("\n\n".join(words for holds, words in parts if holds))


def description_method(found: Facts) -> Prose:
    """Say how variables at baseline are described and compared."""
    return _said(
        (
            not found.gated,
            "**Method.** Each variable is described in every group: continuous ones by the median with the range or the "
            "interquartile range, categories by counts and percentages of those recorded.",
        ),
        (
            found.gated,
            "**Method.** Each variable is described by group, overall, or not at all, as the rule for small cells allows "
            "([Methods](../book/methods.md)): continuous ones by the median, categories by counts and percentages of those "
            "recorded. No range is shown, and no number that could tell that something holds of a few only.",
        ),
        (
            found.compared,
            "Differences between the groups are given as standardized differences as well as P values, since with few "
            "observations a large P value does not show balance, nor a standardized difference imbalance.",
        ),
    )


def description_caveat(found: Facts) -> Prose:
    """Say what tests at baseline cannot show."""
    return _said(
        (
            found.published,
            "Operative duration, length of stay and HAI cycles became known only after pump placement; they stand among the "
            "characteristics because the article has them there.",
        ),
        (
            found.compared,
            "**Caveat.** Tests at baseline compare groups that were not formed by chance; they neither show nor exclude "
            "confounding, and their number makes some small P values likely.",
        ),
    )


def complications_caveat(found: Facts) -> Prose:
    """Say how far few or no complications can be trusted."""
    return _said(
        (
            found.complications,
            "**Caveat.** Where 0 of n is observed, the upper limit tells how common the event may still be, unless patients who "
            "had it were excluded when the cohort was selected.",
        ),
        (found.graded, "Complications gathered in retrospect are easily missed, minor ones most of all."),
    )


def response_caveat(found: Facts) -> Prose:
    """Say what response without confirmation, or without measurements, is worth."""
    return _said(
        (
            not found.response,
            "**Caveat.** Without measurements of the lesions, and without a record of who became resectable, nothing can be "
            "said of response; survival alone does not show it.",
        ),
        (
            found.reduction and not found.confirmed,
            "**Caveat.** Best response without confirmation includes responses that did not last.",
        ),
        (
            found.reduction and found.confirmed,
            "**Caveat.** A response counted only if a scan at least 28 days later confirmed it. Patients who were not scanned "
            "again have stable disease at best, so infrequent scans lower the response rate.",
        ),
        (
            found.conversion,
            "Conversion to resection is decided by clinicians who know the patient, and is possible only in patients who survive "
            "long enough.",
        ),
    )


def progression(found: Facts) -> Prose:
    """Head the curves of progression-free survival, or say that there are none."""
    return _said(
        (found.progression, "## Progression-free survival"),
        (
            found.overall_survival and not found.progression,
            "The file has no progression-free survival, so neither its curves nor competing events are shown.",
        ),
    )


def own_endpoints(found: Facts) -> Prose:
    """Head the curves of the endpoints of the cohort's own."""
    return _said(
        (
            found.own_endpoints,
            "## Endpoints of this cohort's own\n\n"
            "Their events and their censoring are those that the cohort's dictionary gives.",
        ),
    )


def competing_events(found: Facts) -> Prose:
    """Head the table of competing events."""
    return _said(
        (
            found.progression,
            "## Progression and death as competing events\n\n"
            "Death without progression is a competing event. Beside the endpoints with deaths as events, and hepatic "
            "progression with deaths censored, the table gives each as one of two competing events.",
        ),
        (
            found.own_endpoints and not found.progression,
            "## Death as a competing event\n\n"
            "Death without the event is a competing event. Beside the endpoints, the table gives each event and death "
            "without it as two competing events.",
        ),
    )


def each_course(found: Facts) -> Prose:
    """Head the plot of the time on study."""
    return _said(
        (
            found.survival,
            "## Individual time on study\n\n"
            "The swimmer plot shows individual courses and estimates nothing; groups are compared by the curves above.",
        ),
    )


def by_status(found: Facts) -> Prose:
    """Head survival by what patients reach during follow-up; say what is missing where nothing is recorded."""
    return _said(
        (
            found.statuses,
            "## Survival by a status reached during follow-up\n\n"
            "Patients must survive long enough to respond, or to become resectable. Survival by such a status can be compared "
            "only from a landmark on, by the status known then (patients who died or were censored before it are excluded and "
            "counted), or with the status as it changes; both need its dates. The naive comparison, by the final status from "
            "time zero, is not made.",
        ),
        (
            found.overall_survival and not found.statuses,
            "The file has no data on response or conversion, so no curves from a landmark are shown.",
        ),
    )


def survival_caveat(found: Facts) -> Prose:
    """Say how far a median of few observations can be trusted."""
    return _said(
        (
            found.survival,
            "**Caveat.** With few patients at risk, one event can shift the median by months; read it with its interval and the "
            "numbers at risk.",
        ),
    )


def other_choices_caveat(found: Facts) -> Prose:
    """Say what many analyses of the same data are worth."""
    return _said(
        (
            found.compared,
            "**Caveat.** Analyses of the same data are not independent, and none of them is more right for being one of many. "
            "The figure shows how far the result depends on these choices; it does not show which of them is right.",
        ),
    )


def methods_withheld(found: Facts) -> Prose:
    """Say that not every comparison is shown."""
    return _said(
        (
            found.gated,
            "This run withholds small cells ([Methods](../book/methods.md)): only those comparisons, tests and intervals are "
            "shown that could tell none.",
        ),
    )


def methods_caveat(found: Facts) -> Prose:
    """Say why no method is chosen by its P value."""
    return _said(
        (
            found.compared,
            "**Caveat.** Choosing the method with the smallest P value after seeing them all would make every P value here "
            "meaningless.",
        ),
    )
