"""Survival curves with the numbers behind them under the axis, after the KMunicate recommendations.

Morris TP, Jarvis CI, Cragg W, et al. Proposals on Kaplan-Meier plots in medical research and a survey of stakeholder
views: KMunicate. BMJ Open 2019;9:e030215.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hai_utils.catalogue.endpoints import Endpoint
from hai_utils.results.formatting import p_phrase
from hai_utils.results.keys import comparison
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Figure, Notice, Text, clause, join, key, plain, sentence
from hai_utils.show.figures.curves import DrawnCurve, shown_until
from hai_utils.show.figures.style import GroupStyle, group_style
from hai_utils.show.figures.survival_drawing import Lettering, draw
from hai_utils.show.figures.svg import figure
from hai_utils.show.figures.words import SeriesRows, interval, quoted, source_note
from hai_utils.show.tables.cells import EMPTY_WORDS, below_zero, limit_text
from hai_utils.show.tables.hazards import beside_ratios, competes, ratio_words
from hai_utils.show.wording import between_groups, confidence_words, in_text, method_name, people, time_zero


@dataclass(frozen=True, slots=True)
class CurvesPlan:
    """What a survival figure shows.

    Attributes
    ----------
    name : str
        Label of the figure.
    endpoint : str
        Variable of the results, such as ``os``.
    title, vertical, horizontal : str
        Caption, and the titles of the axes.
    curves : tuple of DrawnCurve
        In the order in which they are listed.
    pairs : tuple of (str, str)
        Each comparison as it stands in a key, and who is compared with whom.
    rules : tuple of Text
        Time zero, event and censoring, for the caption.
    main : bool
        Whether it is a figure of the article itself.
    method : Text
        What the curves are and what stands under the axis, where they are not Kaplan-Meier estimates of fixed groups.
    """

    name: str
    endpoint: str
    title: str
    vertical: str
    horizontal: str
    curves: tuple[DrawnCurve, ...]
    pairs: tuple[tuple[str, str], ...]
    rules: tuple[Text, ...]
    main: bool = False
    method: Text = ()


def kaplan_meier(results: Results, endpoint: str) -> Content:
    """Figure 2 and its siblings: the curves of an endpoint by group.

    Parameters
    ----------
    results : Results
        With the curves of the endpoint.
    endpoint : str
        Which one of the catalogue or of the cohort's own dictionary; overall survival is the main figure.

    Returns
    -------
    Content
        A notice where the cohort has no such endpoint. Groups that form after time zero have no curves of their own:
        one curve over all is drawn instead, and the caption says so.
    """
    described = _described(results.study, endpoint)
    plan = plan_endpoint(results, endpoint)
    if plan is None and results.study.gated and results.has_data(endpoint):
        return too_few(results.study, f"of {described.within_text}")
    if plan is None:
        return Notice(f"There are no curves of {described.within_text}: the cohort has no times and events of it.")
    return figure_of(results, plan)


def own_endpoints(results: Results) -> tuple[Content, ...]:
    """Return the curves of each endpoint that the cohort's own dictionary adds, in its order."""
    return tuple(kaplan_meier(results, endpoint.name) for endpoint in results.study.own_endpoints)


def _described(study: Study, name: str) -> Endpoint:
    found = study.endpoint(name)
    if found is None:
        known = ", ".join(endpoint.name for endpoint in study.endpoints)
        raise ValueError(f"'{name}' is no endpoint. Known: {known}.")
    return found


def too_few(study: Study, curves: str) -> Notice:
    """Say that curves are withheld because their steps are single patients or a few."""
    return Notice(
        f"There are no curves {curves}: each of their steps is one or a few {people(study)}, and this run withholds small cells."
    )


def plan_endpoint(results: Results, endpoint: str) -> CurvesPlan | None:
    """Choose curves, titles and comparisons of an endpoint; None where it has no curve."""
    study = results.study
    described = _described(study, endpoint)
    name = described.label
    groups = [(group.level, group.label, group_style(place)) for place, group in enumerate(study.groups)]
    curves = curves_of(results, endpoint, groups)
    late: Text = ()
    if not curves:
        curves = curves_of(results, endpoint, [(study.overall, _everybody(study), group_style(0))])
        late = (_why_together(results, endpoint),)
    if not curves:
        return None
    pairs = [
        (comparison(group.level, study.reference), between_groups(study, group))
        for group in study.compared
        # Beside a curve of all, where groups would tell small cells, a comparison of them has nothing to refer to.
        if not (late and study.gated)
    ]
    zero = time_zero(study)
    return CurvesPlan(
        described.figure, endpoint, name if late else f"{name}, by {in_text(study.group_label)}", name,
        f"Months since {zero}", curves, estimated(results, endpoint, pairs),
        ((f"Time zero: {zero}. Event: {described.event}. {_censoring(described)}",), late), main=described.main,
    )  # fmt: skip


def _censoring(endpoint: Endpoint) -> str:
    """Say who is censored, and what that means where a death is among it."""
    competing = " A death without the event, which competes with it, is censored here."
    return f"{endpoint.censoring}{competing if endpoint.own and endpoint.death == 'competes' else ''}"


def _everybody(study: Study) -> str:
    return f"All {people(study)}" if study.overall == "all" else f"All {people(study)} compared"


def _why_together(results: Results, endpoint: str) -> str:
    """Say why one curve stands for all groups: they form after time zero, or nobody is in any of them."""
    study = results.study
    if study.gated:
        return f"No curves by {in_text(study.group_label)}: they could be read for a small number of {people(study)}."
    described = any(key(endpoint, group.level, "n") in results for group in study.groups)
    reason = "no group has anybody with this endpoint" if described else "these groups form after time zero"
    return f"No curves by {in_text(study.group_label)}: {reason}."


def curves_of(results: Results, endpoint: str, groups: Sequence[tuple[str, str, GroupStyle]]) -> tuple[DrawnCurve, ...]:
    """Return the curves of groups, each a level with its label and style; those without anybody are left out."""
    found = (
        DrawnCurve(label, key(endpoint, level), style, tuple(results.series(key(endpoint, level, "curve"))))
        for level, label, style in groups
    )
    return tuple(curve for curve in found if curve.points and curve.size)


def estimated(results: Results, endpoint: str, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the comparisons that have a P value."""
    return tuple(pair for pair in pairs if results.shows(f"{key(endpoint, pair[0])}.p_value"))


def lettering(results: Results, plan: CurvesPlan) -> Lettering:
    """Return what is written in a figure besides numbers and names of groups."""
    chosen = results.study.parameters
    shown = comparisons(results, plan) if chosen.get("figure_statistics") == "figure" else ()
    return Lettering(
        tuple((plain(effect), who) for effect, who in shown),
        plan.vertical,
        plan.horizontal,
        tuple(plain(median(results, curve)) for curve in plan.curves),
        tuple(_median_months(results, curve) for curve in plan.curves),
        chosen.get("figure_band", "filled"),
    )


def figure_of(results: Results, plan: CurvesPlan) -> Figure:
    """Draw a plan, with its caption and what it shows in words."""
    study = results.study
    alt, end = describe(results, plan), drawn_until(study, plan.curves)
    grid = study.parameters["time_grid_months"]
    compared = join(*_compared(results, plan))
    beside = beside_ratios(results, plan.endpoint, [pair for pair, _ in plan.pairs], "means", drawn_until=end)
    found = (
        join(compared, beside),
        join(*plan.rules),
        plan.method or _method_note(results, plan.curves),
        _below_zero(results, plan.curves),
        _ends_note(study, plan.curves, end),
        source_note(study),
    )
    data = SeriesRows([(curve.label, curve.points) for curve in plan.curves])
    return figure(
        lambda: draw(plan.curves, lettering(results, plan), grid, study.formatter, end), plan.name, (plan.title,), alt, found,
        data=data, main=plan.main,
    )  # fmt: skip


def drawn_until(study: Study, curves: Sequence[DrawnCurve]) -> float | None:
    """Return as far as the curves are drawn; None: to the end, as in the article, or where they are read at few times alone."""
    if study.published or any(curve.coarse for curve in curves):
        return None
    return shown_until(curves, study.parameters["time_grid_months"])


def _ends_note(study: Study, curves: Sequence[DrawnCurve], end: float | None) -> Text:
    """Say where the drawing ends before the follow-up does."""
    last = max(curve.end for curve in curves)
    if end is None or last <= end:
        return ()
    number = study.formatter.number
    return (
        f"Drawn to month {number(end, 0 if float(end).is_integer() else 1)}, as long as a tenth of the {people(study)} are at risk; the last observation is at month "
        f"{number(last, 1)}.",
    )


def comparisons(results: Results, plan: CurvesPlan) -> tuple[tuple[Text, str], ...]:
    """Return effect and test of each comparison with who is compared, and the test over all groups."""
    found = [(_effect(results, plan.endpoint, pair), who) for pair, who in plan.pairs]
    overall = f"{plan.endpoint}.overall.p_value"
    if len(plan.pairs) > 1 and results.shows(overall):
        found.append((sentence(_test(results, overall)), "all groups"))
    return tuple(found)


def _effect(results: Results, endpoint: str, pair: str) -> Text:
    """Return the hazard ratio with its interval, then the test with its P value."""
    stem = key(endpoint, pair)
    test = _test(results, f"{stem}.p_value")
    name = f"{stem}.hazard_ratio"
    if name not in results:
        return sentence(test)
    if results.get(name).value is None:
        return clause("Hazard ratio not estimable; ", test)
    limits = interval(results, name)
    spelled = clause(f" ({confidence_words(results.study)} ", limits, ")") if limits else ()
    return sentence(clause(f"{ratio_words(results, stem)} ", quoted(results, name), spelled, "; ", test))


def _compared(results: Results, plan: CurvesPlan) -> tuple[Text, ...]:
    return tuple(clause(effect, f" ({who}).") for effect, who in comparisons(results, plan))


def _test(results: Results, name: str) -> Text:
    record = results.get(name)
    test = method_name(record.method)
    if record.value is None:
        return (f"{test}, P not estimable",)
    phrase = p_phrase(record.formatted)
    return clause(f"{test}, {phrase.removesuffix(record.formatted)}", quoted(results, name))


def median(results: Results, curve: DrawnCurve) -> Text:
    """Return ``median 23.7 months (95% CI 2.8–44.6)``, or that it was not reached."""
    name = f"{curve.key}.median"
    if not results.shows(name) or _has_no_median(results, curve):
        return ()
    record = results.get(name)
    if record.value is None:
        return ("median not reached",) if record.note == "not reached" else ("median not estimable",)
    limits = interval(results, name)
    spelled = clause(f" ({confidence_words(results.study)} ", limits, ")") if limits else ()
    return clause("median ", quoted(results, name), " months", spelled)


def _has_no_median(results: Results, curve: DrawnCurve) -> bool:
    """Say whether deaths, which the curve censors, make its median too early."""
    return competes(results.study.endpoint(curve.key.partition(".")[0]))


def _median_months(results: Results, curve: DrawnCurve) -> float | None:
    name = f"{curve.key}.median"
    if _has_no_median(results, curve):
        return None
    # Off a coarse curve, which need not pass one half where the estimate does.
    value = results.get(name).value if name in results and not curve.coarse else None
    return None if value is None else float(value)


def _method_note(results: Results, curves: Sequence[DrawnCurve]) -> Text:
    """Name the methods of the curves, bands and medians, and explain the numbers under the axis."""
    study = results.study
    band = method_name(study.parameters["survival_interval"])
    if curves[0].coarse:
        return (_coarse_note(study),)
    text = f"Kaplan-Meier estimates with pointwise {confidence_words(study)} ({band}); a tick marks a censored time. "
    names = [f"{curve.key}.median" for curve in curves if not _has_no_median(results, curve)]
    reached = [name for name in names if name in results and results.get(name).value is not None]
    if reached and f"{reached[0]}_lower" in results:
        rule, limits = results.get(reached[0]).method, results.get(f"{reached[0]}_lower").method
        text += f"Medians, dotted: {method_name(rule)}; {method_name(limits)}. {_open_limits(results, reached)}"
    return (
        f"{text}Under the axis: {people(study)} at risk at that time, and those censored or with an event before it; "
        "each column adds up to the group.",
    )


def _open_limits(results: Results, medians: Sequence[str]) -> str:
    """Explain the signs of limits that have no value."""
    signs = {limit_text(results.get(f"{name}_{side}")) for name in medians for side in ("lower", "upper")}
    words = [f"{sign}, {words}" for sign, words in EMPTY_WORDS.items() if sign in signs]
    return f"{'; '.join(words)}. " if words else ""


def _below_zero(results: Results, curves: Sequence[DrawnCurve]) -> Text:
    stems = [curve.key for curve in curves if not _has_no_median(results, curve)]
    return () if curves[0].coarse else below_zero(results, stems)


def _coarse_note(study: Study) -> str:
    """Explain a curve that may be read only at its points."""
    fewest = study.parameters["disclosure_threshold"]
    return (
        f"Kaplan-Meier estimates with pointwise {confidence_words(study)} ({method_name(study.parameters['survival_interval'])}) "
        f"at the times under the axis alone, joined by straight lines: between two of them, events and censored are each none "
        f"or at least {fewest}. Under the axis: {people(study)} at risk at that time, and those censored or with an event before it; "
        "each column adds up to the group."
    )


def describe(results: Results, plan: CurvesPlan) -> str:
    """Say in words what the curves show, with their numbers."""
    changing = bool(plan.method)
    parts = [_describe_curve(results, curve, changing=changing) for curve in plan.curves]
    compared = [plain(text) for text in _compared(results, plan)]
    return " ".join(
        ["Simon-Makuch curves." if changing else "Kaplan-Meier curves.", f"{plan.title}.", *parts, *compared]
    )


def _describe_curve(results: Results, curve: DrawnCurve, *, changing: bool) -> str:
    study = results.study
    events = sum(point.events or 0 for point in curve.points)
    middle = plain(median(results, curve))
    last, end = study.formatter.percent(100 * curve.points[-1].y, 0), study.formatter.number(curve.end, 1)
    ending = "is last read" if curve.coarse else "ends"
    return (
        f"{curve.label}: {'at most ' if changing else ''}{study.formatter.count(curve.size)} {people(study, curve.size)}{' at a time' if changing else ''}, "
        f"{study.formatter.count(events)} {'event' if events == 1 else 'events'}{', ' if middle else ''}{middle}; "
        f"the curve {ending} at {last} at month {end}."
    )
