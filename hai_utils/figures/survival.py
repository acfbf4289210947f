"""Survival curves with the numbers behind them under the axis, after the KMunicate recommendations.

Morris TP, Jarvis CI, Cragg W, et al. Proposals on Kaplan-Meier plots in medical research and a survey of stakeholder
views: KMunicate. BMJ Open 2019;9:e030215.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hai_utils.content import Content, Figure, Notice, Text, join, key, plain
from hai_utils.figures.curves import Curve, axis_end, thinned, ticks
from hai_utils.figures.labels import Box, Outline, place
from hai_utils.figures.style import (
    BAND,
    CURVE,
    FAINT,
    INK,
    LANDMARK_STYLES,
    LINE,
    SMALL,
    WIDTH,
    GroupStyle,
    applied,
    axes_at,
    group_style,
    new_canvas,
    shorten,
    stroke,
    text_width,
    write,
)
from hai_utils.figures.svg import render
from hai_utils.figures.words import clause, interval, quoted, source_note
from hai_utils.formatting import Formatter, p_phrase
from hai_utils.keys import comparison
from hai_utils.results import Results
from hai_utils.study import Study
from hai_utils.wording import confidence_words, method_name, people

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LEFT, RIGHT = 84.0, 14.0
PLOT_HEIGHT = 300.0
ROW = 17.0
HEADING = 24.0
TITLE_ROW = 19.0
SAMPLE = 26.0
UNITS_PER_DIGIT = 11.0
COLUMNS = 1200
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)

ENDPOINT_WORDS = {
    "os": ("Overall survival", "death", "Those alive at last contact are censored there."),
    "pfs": (
        "Progression-free survival",
        "first progression anywhere, or death",
        "Those without either are censored at the last assessment.",
    ),
    "hepatic_pfs": (
        "Hepatic progression-free survival",
        "first progression in the liver, or death",
        "Those without either are censored at the last assessment; progression elsewhere is no event.",
    ),
}
LANDMARKS = {
    "response": (("responder", "Responders"), ("non_responder", "Non-responders"), "objective response"),
    "conversion": (
        ("converted", "Converted to resection"),
        ("not_converted", "Not converted"),
        "conversion to resection",
    ),
}
# Columns that only a cohort with a pump has: its standard dictionary counts time from pump placement.
PUMP_COLUMNS = ("pump_year", "hai_cycles", "hai_discontinued", "pump_complication")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a survival figure shows besides its curves.

    Attributes
    ----------
    name : str
        Label of the figure.
    endpoint : str
        Variable of the results, such as ``os``.
    title, vertical, horizontal : str
        Caption and the titles of the axes.
    pairs : tuple of (str, str)
        Each comparison as it stands in a key, and who is compared with whom; the latter empty for a single pair.
    """

    name: str
    endpoint: str
    title: str
    vertical: str
    horizontal: str
    pairs: tuple[tuple[str, str], ...]
    main: bool = False


def kaplan_meier(results: Results, endpoint: str) -> Content:
    """Figure 2 and its siblings: the curves of an endpoint by group.

    Parameters
    ----------
    results : Results
        With the curves of the endpoint.
    endpoint : {'os', 'pfs', 'hepatic_pfs'}
        Which one; overall survival is the main figure.

    Returns
    -------
    Content
        A notice where the cohort has no such endpoint. Groups that arise after time zero have no curves of their
        own, so that one curve over all is drawn.
    """
    study = results.study
    words = ENDPOINT_WORDS[endpoint]
    curves = _group_curves(results, endpoint)
    by = f", by {study.group_label}" if curves else ""
    if not curves:
        curves = _curves(results, endpoint, (("all", f"All {people(study)}", group_style(0)),))
    if not curves:
        return Notice(f"There are no curves of {words[0].lower()}: the cohort has no times and events of it.")
    labels = {group.level: group.label for group in study.groups}
    pairs = tuple(
        (
            comparison(group.level, study.reference),
            "" if len(study.compared) == 1 else f"{group.label} against {labels.get(study.reference, study.reference)}",
        )
        for group in study.compared
    )
    plan = Plan(
        f"figure-{endpoint.replace('_', '-')}", endpoint, f"{words[0]}{by}", words[0], f"Months since {time_zero(study)}",
        _estimated(results, endpoint, pairs), endpoint == "os",
    )  # fmt: skip
    rule = f"Time zero: {time_zero(study)}. Event: {words[1]}. {words[2]}"
    late = "" if by else f"Curves by {study.group_label} are not drawn: these groups form after time zero."
    return _figure(results, plan, curves, (rule, late))


def landmark(results: Results, by: str) -> Content:
    """Overall survival from the landmark on, by response or by conversion.

    Parameters
    ----------
    results : Results
        With the curves from the landmark.
    by : {'response', 'conversion'}
        What the groups are, as known at the landmark.
    """
    study = results.study
    yes, no, what = LANDMARKS[by]
    months = float(study.parameters.get("landmark_months", 6))
    endpoint = f"os_landmark_{months:g}".replace(".", "_")
    sides = tuple((level, label, style) for (level, label), style in zip((yes, no), LANDMARK_STYLES, strict=True))
    curves = _curves(results, endpoint, sides)
    if not curves:
        return Notice(
            f"There are no curves from the landmark by {what}: the cohort does not have both, or nobody was left at month {months:g}."
        )
    pairs = _estimated(results, endpoint, ((comparison(yes[0], no[0]), ""),)) if len(curves) == 2 else ()
    plan = Plan(
        f"figure-landmark-{by}", endpoint, f"Overall survival from month {months:g}, by {what}", "Overall survival",
        f"Months since the landmark (month {months:g})", pairs,
    )  # fmt: skip
    rule = (
        f"Time zero: the landmark, month {months:g} since {time_zero(study)}. Event: death. {ENDPOINT_WORDS['os'][2]}"
    )
    left_out = quoted(results, f"{endpoint}.analysed.left_out")
    return _figure(
        results,
        plan,
        curves,
        (rule, clause(left_out, " dead or censored before the landmark left out.") if left_out else ""),
    )


def time_zero(study: Study) -> str:
    """Return from when times count: pump placement where there is a pump, else what the cohort file takes."""
    pump = any(name in study.variables for name in PUMP_COLUMNS)
    return "pump placement" if pump else "the start of follow-up"


def _group_curves(results: Results, endpoint: str) -> tuple[Curve, ...]:
    groups = results.study.groups
    return _curves(
        results, endpoint, tuple((group.level, group.label, group_style(at)) for at, group in enumerate(groups))
    )


def _curves(results: Results, endpoint: str, groups: Sequence[tuple[str, str, GroupStyle]]) -> tuple[Curve, ...]:
    found = (
        Curve(label, key(endpoint, level), style, results.series(key(endpoint, level, "curve")))
        for level, label, style in groups
    )
    return tuple(curve for curve in found if curve.points and curve.size)


def _estimated(results: Results, endpoint: str, pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if f"{key(endpoint, pair[0])}.p_value" in results)


def _figure(results: Results, plan: Plan, curves: tuple[Curve, ...], rules: Sequence[str | Text]) -> Figure:
    comparisons = tuple(_comparison(results, plan, pair) for pair in plan.pairs) + _overall(results, plan)
    alt = _describe(results, plan, curves, comparisons)
    with applied():
        canvas = draw(results, plan, curves)
        svg = render(canvas, plan.name, plan.title, alt)
    rule_text = join(*((rule,) if isinstance(rule, str) else rule for rule in rules if rule))
    found = (
        join(*(clause(_sentence(text), ".") for text in comparisons)),
        rule_text,
        _method_note(results, curves),
        source_note(results.study),
    )
    return Figure(plan.name, (plan.title,), alt, svg, tuple(note for note in found if note), main=plan.main)


def _sentence(text: Text) -> Text:
    first = text[0]
    return (first[:1].upper() + first[1:], *text[1:]) if isinstance(first, str) else text


def _comparison(results: Results, plan: Plan, pair: tuple[str, str]) -> Text:
    """Return hazard ratio with interval, then the test with its P value."""
    stem = key(plan.endpoint, pair[0])
    who = f" ({pair[1]})" if pair[1] else ""
    ratio = f"{stem}.hazard_ratio"
    limits = interval(results, ratio)
    effect: Text = ()
    if ratio in results:
        estimate = results.get(ratio)
        value: Text = ("not estimable",) if estimate.value is None else quoted(results, ratio)
        spelled = clause(" (", confidence_words(results.study), " ", limits, ")") if limits else ()
        effect = clause(f"hazard ratio{who} ", value, spelled, "; ")
    return clause(effect, _test(results, f"{stem}.p_value"))


def _overall(results: Results, plan: Plan) -> tuple[Text, ...]:
    name = f"{plan.endpoint}.overall.p_value"
    return (clause("all groups: ", _test(results, name)),) if len(plan.pairs) > 1 and name in results else ()


def _test(results: Results, name: str) -> Text:
    record = results.get(name)
    test = method_name(record.method)
    if record.value is None:
        return (f"{test}, P not estimable",)
    phrase = p_phrase(record.formatted)
    return clause(f"{test}, {phrase.removesuffix(record.formatted)}", quoted(results, name))


def _median(results: Results, curve: Curve) -> Text:
    """Return ``median 23.7 months (95% CI 2.8–44.6)``, or that it was not reached."""
    name = f"{curve.key}.median"
    if name not in results:
        return ()
    record = results.get(name)
    if record.value is None:
        return ("median not reached",) if record.note == "not reached" else ("median not estimable",)
    limits = interval(results, name)
    return clause(
        "median ",
        quoted(results, name),
        " months",
        clause(f" ({confidence_words(results.study)} ", limits, ")") if limits else (),
    )


def _method_note(results: Results, curves: Sequence[Curve]) -> Text:
    """Name the methods of the curves, bands and medians, and explain the numbers under the axis."""
    study = results.study
    band = method_name(study.parameters["survival_interval"])
    text = (
        f"Curves: Kaplan-Meier estimates with pointwise {confidence_words(study)} ({band}); vertical ticks: censored. "
    )
    name = f"{curves[0].key}.median"
    if name in results and f"{name}_lower" in results:
        text += (
            f"Medians: {method_name(results.get(name).method)}; {method_name(results.get(f'{name}_lower').method)}. "
        )
    return (
        text
        + f"Under the axis: {people(study)} at risk at that time, and those censored and with an event before it; each column adds up to all of the group.",
    )


def _describe(results: Results, plan: Plan, curves: Sequence[Curve], comparisons: Sequence[Text]) -> str:
    """Say in words what the curves show, with their numbers."""
    study = results.study
    parts = []
    for curve in curves:
        events = sum(point.events or 0 for point in curve.points)
        last = study.formatter.percent(100 * curve.points[-1].y, 0)
        end = study.formatter.number(curve.end, 1)
        parts.append(
            f"{curve.label}: {curve.size} {people(study, curve.size)}, {events} event{'' if events == 1 else 's'}, {plain(_median(results, curve))}; "
            f"the curve ends at {last} at month {end}."
        )
    compared = " ".join(plain(clause(_sentence(text), ".")) for text in comparisons)
    return f"Kaplan-Meier curves. {plan.title}. {' '.join(parts)} {compared}".strip()


def draw(results: Results, plan: Plan, curves: Sequence[Curve]) -> Canvas:
    """Draw the curves, and under the axis those at risk, censored and with an event."""
    study = results.study
    headers = [plain(_sentence(_comparison(results, plan, pair))) for pair in plan.pairs]
    headers += [plain(_sentence(text)) for text in _overall(results, plan)]
    last = max(curve.end for curve in curves)
    largest = max(len(study.formatter.count(curve.size)) for curve in curves)
    most = max(3, int((WIDTH - LEFT - RIGHT) / (UNITS_PER_DIGIT * max(4, largest + 1))))
    times = ticks(study.parameters["time_grid_months"], last, most=min(most, 13))
    top = 22.0 + TITLE_ROW * len(headers) + 14.0
    table = top + PLOT_HEIGHT + 48.0
    canvas = new_canvas(table + len(curves) * (HEADING + 3 * ROW) + 4.0)
    axes = axes_at(canvas, LEFT, top, WIDTH - LEFT - RIGHT, PLOT_HEIGHT)
    _prepare(axes, times, axis_end(times, last), study.formatter)
    for row, header in enumerate(headers):
        write(canvas, 0, 16 + TITLE_ROW * row, shorten(header, WIDTH))
    write(canvas, 0, top - 14, plan.vertical, fontweight="bold")
    write(canvas, LEFT + (WIDTH - LEFT - RIGHT) / 2, top + PLOT_HEIGHT + 42, plan.horizontal, ha="center")
    _draw_curves(axes, results, curves)
    _name_curves(axes, curves)
    for row, curve in enumerate(curves):
        _draw_counts(canvas, axes, results, curve, table + row * (HEADING + 3 * ROW), times)
    return canvas


def _prepare(axes: Axes, times: Sequence[float], end: float, formatter: Formatter) -> None:
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.02)
    axes.set_xticks(times, [formatter.number(time, 0 if float(time).is_integer() else 1) for time in times])
    axes.set_yticks(QUARTERS, [formatter.percent(100 * share, 0) for share in QUARTERS])
    axes.spines["left"].set_bounds(0, 1)


def _draw_curves(axes: Axes, results: Results, curves: Sequence[Curve]) -> None:
    end = axes.get_xlim()[1]
    medians = [
        record.value
        for curve in curves
        if f"{curve.key}.median" in results and (record := results.get(f"{curve.key}.median")).value is not None
    ]
    if medians:
        axes.plot([0, max(medians)], [0.5, 0.5], color=INK, alpha=FAINT, linewidth=LINE, linestyle=(0, (1, 3)))
    for median in medians:
        axes.plot([median, median], [0, 0.5], color=INK, alpha=FAINT, linewidth=LINE, linestyle=(0, (1, 3)))
    for curve in curves:
        drawn = Curve(curve.label, curve.key, curve.style, thinned(curve.points, end, columns=COLUMNS))
        band = drawn.band
        if band:
            times, lower, upper = zip(*band, strict=True)
            axes.fill_between(times, lower, upper, step="post", color=curve.style.colour, alpha=BAND, linewidth=0)
        xs, ys = zip(*drawn.steps, strict=True)
        axes.plot(
            xs,
            ys,
            color=curve.style.colour,
            linewidth=CURVE,
            linestyle=_dashes(curve.style),
            label=printable_label(curve),
            clip_on=False,
        )
        if drawn.censored:
            axes.plot(
                *zip(*drawn.censored, strict=True),
                linestyle="",
                marker="|",
                markersize=9,
                markeredgewidth=1.3,
                color=curve.style.colour,
                clip_on=False,
            )


def printable_label(curve: Curve) -> str:
    """Return the name under which a curve's line is found; a leading underscore would hide it."""
    return f"curve {curve.key}"


def _dashes(style: GroupStyle) -> str | tuple[float, tuple[float, ...]]:
    return (0.0, style.dashes) if style.dashes else "-"


def _name_curves(axes: Axes, curves: Sequence[Curve]) -> None:
    """Write each group's name beside its curve, where there is room; under the axis it stands in any case."""
    if len(curves) == 1:
        return
    across, up = (WIDTH - LEFT - RIGHT) / axes.get_xlim()[1], PLOT_HEIGHT / axes.get_ylim()[1]
    outlines = [
        Outline(tuple(x * across for x, _ in curve.steps), tuple(y * up for _, y in curve.steps)) for curve in curves
    ]
    plot = Box(4.0, 2.0, WIDTH - LEFT - RIGHT, PLOT_HEIGHT)
    taken: list[Box] = []
    for own, curve in enumerate(curves):
        name = shorten(curve.label, 0.6 * plot.right)
        box = place(text_width(name, bold=True), own, outlines, taken, plot)
        if box is not None:
            taken.append(box)
            axes.text(
                box.left / across,
                (box.bottom + 2) / up,
                name,
                fontsize=SMALL,
                fontweight="bold",
                va="baseline",
                ha="left",
            )


def _draw_counts(
    canvas: Canvas, axes: Axes, results: Results, curve: Curve, top: float, times: Sequence[float]
) -> None:
    """Write a group's heading with a sample of its line and its median, and three rows of numbers."""
    formatter = results.study.formatter
    base = top + HEADING - 6
    stroke(
        canvas,
        (0, SAMPLE),
        (base - 5, base - 5),
        color=curve.style.colour,
        linewidth=CURVE,
        linestyle=_dashes(curve.style),
    )
    median = plain(_median(results, curve))
    name = shorten(curve.label, WIDTH - SAMPLE - 20 - text_width(median))
    write(canvas, SAMPLE + 8, base, name, fontweight="bold")
    write(canvas, SAMPLE + 8 + text_width(name, bold=True) + 10, base, median)
    counts = [(curve.at_risk(time), *curve.before(time)) for time in times]
    for row, heading in enumerate(("At risk", "Censored", "Events")):
        baseline = base + ROW * (row + 1)
        write(canvas, 0, baseline, heading)
        for time, column in zip(times, counts, strict=True):
            left = LEFT + (WIDTH - LEFT - RIGHT) * time / axes.get_xlim()[1]
            write(canvas, left, baseline, formatter.count(column[row]), ha="center")
