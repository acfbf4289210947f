"""Survival by what patients reach during follow-up: curves from each landmark on, and by the status as it changes."""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.catalogue.endpoints import OVERALL
from hai_utils.catalogue.statistics import month_suffix
from hai_utils.catalogue.statuses import NOT_DATED, Status, landmark_variable
from hai_utils.results.keys import comparison
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Text, clause, key
from hai_utils.show.figures.style import LANDMARK_STYLES
from hai_utils.show.figures.survival import CurvesPlan, curves_of, estimated, figure_of, too_few
from hai_utils.show.figures.words import quoted
from hai_utils.show.wording import confidence_words, method_name, people, time_zero


def by_status(results: Results) -> tuple[Content, ...]:
    """Return the curves by each status that the cohort records: from each landmark on, then as it changes.

    A notice stands where there is no comparison: the status has no dates, or all patients are on one side of it.
    """
    return tuple(content for status in results.study.statuses for content in _of_status(results, status))


def _of_status(results: Results, status: Status) -> Iterator[Content]:
    why = results.get(f"{key(status.variable, status.before)}.n").note
    if results.study.gated:
        yield too_few(results.study, f"of {OVERALL.within_text} by {status.words}")
    elif why:
        yield Notice(_why_none(status, why))
    else:
        for months in results.study.parameters["landmark_months"]:
            yield _drawn(
                results, plan_landmark(results, status, months), f"from month {_print(results, months)} on", status
            )
        yield _drawn(results, plan_changing(results, status), "at any time", status)


def _why_none(status: Status, why: str) -> str:
    """Say why a status makes no comparison, and which column would allow one."""
    if why != NOT_DATED:
        return f"Survival is not compared by {status.words}: the cohort has {why}."
    column = status.dates[-1] if status.dates else f"{status.column}_months"
    scans = " or a table of lesion scans" if status.dates[1:] else ""
    return (
        f"Survival is not compared by {status.words}, because its date is not recorded; a comparison from time zero "
        f"would credit it with the time before it was reached. A column “{column}”{scans} would allow the comparison."
    )


def _drawn(results: Results, plan: CurvesPlan | None, when: str, status: Status) -> Content:
    if plan is not None:
        return figure_of(results, plan)
    return Notice(
        f"There is no comparison {when} by {status.words}: all {people(results.study)} followed then are on one side of it."
    )


def _print(results: Results, months: float) -> str:
    return results.study.formatter.as_given(f"{months:g}")


def plan_landmark(results: Results, status: Status, months: float) -> CurvesPlan | None:
    """Choose curves, titles and the comparison from a landmark on; None where a side has nobody."""
    endpoint, at = landmark_variable(months), _print(results, months)
    left_out = quoted(results, f"{endpoint}.analysed.left_out")
    zero = (
        f"Time zero: the landmark, month {at} since {time_zero(results.study)}; the groups are the status known then."
    )
    rules: tuple[Text, ...] = (
        (f"{zero} Event: {OVERALL.event}. {OVERALL.censoring}",),
        clause("Excluded as dead or censored before the landmark: ", left_out, ".") if left_out else (),
    )
    name = f"figure-landmark-{status.name}-{month_suffix(months)}".replace("_", "-")
    title, horizontal = (
        f"{OVERALL.label} from month {at}, by {status.words} until then",
        f"Months since the landmark (month {at})",
    )
    return _plan(results, status, endpoint, name, title, horizontal, rules)


def plan_changing(results: Results, status: Status) -> CurvesPlan | None:
    """Choose curves, titles and the comparison by the status as it changes; None where a side has nobody."""
    study = results.study
    zero = time_zero(study)
    rules: tuple[Text, ...] = (
        (
            f"Time zero: {zero}. Event: {OVERALL.event}. {OVERALL.censoring} Each of the {people(study)} counts without the status until it is "
            "reached, and with it from then on.",
        ),
    )
    name = f"figure-changing-{status.name}".replace("_", "-")
    title = f"{OVERALL.label} by {status.words}, as it changes"
    return _plan(results, status, status.variable, name, title, f"Months since {zero}", rules, _changing_note(results))


def _changing_note(results: Results) -> Text:
    study = results.study
    return (
        f"Simon-Makuch estimates with pointwise {confidence_words(study)} ({method_name(study.parameters['survival_interval'])}); the hazard ratio is of a model with the status as a "
        "time-dependent covariate. Under the axis: those at risk by their status at that time, which rise as the status is "
        "reached, and those censored or with an event before it.",
    )


def _plan(
    results: Results,
    status: Status,
    endpoint: str,
    name: str,
    title: str,
    horizontal: str,
    rules: tuple[Text, ...],
    method: Text = (),
) -> CurvesPlan | None:
    sides = zip(
        (status.reached, status.before), (status.reached_label, status.before_label), LANDMARK_STYLES, strict=True
    )
    curves = curves_of(results, endpoint, list(sides))
    if len(curves) < 2:
        return None
    pairs = [(comparison(status.reached, status.before), f"{status.reached_label} versus {status.before_label}")]
    return CurvesPlan(
        name,
        endpoint,
        title,
        OVERALL.label,
        horizontal,
        curves,
        estimated(results, endpoint, pairs),
        rules,
        method=method,
    )
