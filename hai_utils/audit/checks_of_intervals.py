"""Checks of the intervals of a draft: their order, their estimate, their method, and the P beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hai_utils.audit.answer import Judgement, with_fewer
from hai_utils.audit.checks_of_p import counts_of_row, versus
from hai_utils.audit.draft import RATIOS, DraftRow
from hai_utils.audit.estimates import (
    Estimated,
    Scale,
    limits_in_order,
    p_of_interval,
    proportion_interval,
    ratio_interval,
    within_limits,
)
from hai_utils.audit.findings import Auditor, Checks, Finding, number_of
from hai_utils.audit.intervals import MedianInterval, median_interval

ESTIMATES = ("median", "mean", *RATIOS, "difference", "other", "percent", "n_of_N")
"""What may stand before an interval; the first that a variable and group have in one section is taken."""

_RATIO_WORDS = frozenset({"hr", "or", "rr", "hazard", "odds", "ratio", "hazards"})
# An interval of these tests belongs to no effect that a P of theirs could contradict.
_OTHER_WEIGHTS = frozenset({"gehan_wilcoxon", "tarone_ware", "peto_peto", "fleming_harrington_1_0"})


def intervals(auditor: Auditor) -> Checks:
    """Check every interval, with the estimate and the P value that stand beside it."""
    for groups in auditor.groups.values():
        for rows in groups.values():
            for upper in auditor.sound(rows, "ci_upper"):
                lower = beside(auditor.sound(rows, "ci_lower"), upper)
                if lower is not None:
                    yield from _interval(auditor, rows, lower, upper)


def beside(rows: Sequence[DraftRow], row: DraftRow) -> DraftRow | None:
    """Return the row that stands in the same section, else the first."""
    return next((other for other in rows if other.section == row.section), rows[0] if rows else None)


def _interval(auditor: Auditor, rows: Sequence[DraftRow], lower: DraftRow, upper: DraftRow) -> Checks:
    order = limits_in_order(number_of(lower), number_of(upper))
    yield Finding(upper.id, "limits in order", order, (lower.id,))
    if order.status == "impossible":
        return
    estimate = _estimate(auditor, rows, upper)
    if estimate is None:
        return
    if estimate.statistic == "median":
        yield _of_median(auditor, estimate, lower, upper)
        return
    answers = list(_of_estimate(estimate, lower, upper))
    for check, answer in answers:
        yield Finding(upper.id, check, answer, (estimate.id, lower.id))
    if all(answer.status != "impossible" for _, answer in answers):
        yield from _p_beside(auditor, rows, (estimate, lower, upper))


def _estimate(auditor: Auditor, rows: Sequence[DraftRow], upper: DraftRow) -> DraftRow | None:
    for statistic in ESTIMATES:
        found = [row for row in auditor.sound(rows, statistic) if row.section == upper.section]
        if found:
            return found[0]
    return next((row for name in ESTIMATES for row in auditor.sound(rows, name)), None)


def _of_estimate(estimate: DraftRow, lower: DraftRow, upper: DraftRow) -> Iterator[tuple[str, Judgement]]:
    if estimate.statistic == "n_of_N":
        yield from _of_proportion(estimate, lower, upper)
        return
    printed = Estimated(number_of(estimate), number_of(lower), number_of(upper))
    order = within_limits(printed)
    yield "estimate within its limits", order
    if order.status == "impossible":
        return
    if estimate.statistic == "percent":
        yield from _of_proportion(estimate, lower, upper)
    elif _scale(estimate) == "ratio":
        yield "interval of a ratio", ratio_interval(printed, upper.method)


def _of_proportion(estimate: DraftRow, lower: DraftRow, upper: DraftRow) -> Iterator[tuple[str, Judgement]]:
    counts = counts_of_row(estimate)
    if counts is None or len(counts.any_rule) != 1 or not counts.of or estimate.kind == "survival":
        return
    count = counts.any_rule[0]
    yield (
        "interval of a proportion",
        with_fewer(
            lambda n: proportion_interval(min(count, n), n, number_of(lower), number_of(upper), upper.method),
            counts.of,
            at_most=False,
        ),
    )


def _scale(row: DraftRow) -> Scale | None:
    """Return the scale of an effect: as its statistic says, else as its variable is called, else unknown."""
    if row.statistic in RATIOS:
        return "ratio"
    if row.statistic in {"difference", "mean"}:
        return "difference"
    words = row.variable.casefold().replace("_", " ").replace("-", " ").split()
    return "ratio" if _RATIO_WORDS & set(words) and number_of(row).value > 0 else None


def _p_beside(auditor: Auditor, rows: Sequence[DraftRow], interval: tuple[DraftRow, DraftRow, DraftRow]) -> Checks:
    estimate, lower, upper = interval
    row = beside(auditor.sound(rows, "p_value"), upper)
    if row is None or versus(row.group) is None or row.method in _OTHER_WEIGHTS:
        return
    if estimate.statistic not in {*RATIOS, "difference", "other"}:
        return
    answer = p_of_interval(number_of(row), Estimated(*map(number_of, interval)), _scale(estimate))
    yield Finding(row.id, "P against the interval", answer, (estimate.id, lower.id, upper.id))


def _of_median(auditor: Auditor, median: DraftRow, lower: DraftRow, upper: DraftRow) -> Finding:
    references = [reference for row in (median, lower, upper) for reference in row.within]
    follow_up = auditor.draft.by_id[references[0]] if references else None
    if follow_up is not None and follow_up.id in auditor.bad:
        follow_up = None
    numbers = MedianInterval(
        number_of(median), number_of(lower), number_of(upper), follow_up.number if follow_up else None
    )
    answer = median_interval(numbers, upper.method)
    others = (median.id, lower.id, *([follow_up.id] if follow_up else []))
    return Finding(upper.id, "median with its interval", answer, others)
