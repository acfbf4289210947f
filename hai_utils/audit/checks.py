"""All checks over a draft: each number by itself, then numbers that belong together.

A number that is impossible by itself, or that contradicts another, takes part in no further check: one error is one
finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise, product
from typing import cast

from hai_utils.audit import counts as counting
from hai_utils.audit import integers, ranges
from hai_utils.audit.answer import Judgement, impossible, with_fewer
from hai_utils.audit.checks_of_intervals import intervals
from hai_utils.audit.checks_of_p import counts_of_row, p_of_zero, p_values, patients_compared
from hai_utils.audit.checks_of_spread import levels_within_patients, spreads
from hai_utils.audit.counts import Counts
from hai_utils.audit.draft import Draft, DraftRow
from hai_utils.audit.findings import Auditor, AuditReport, Checks, Finding, number_of
from hai_utils.audit.intervals import within_follow_up
from hai_utils.audit.printed import Printed
from hai_utils.stats.one_group import QUARTILE_METHODS

ALL = "all"
MOST_PAIRS = 400
"""Pairs of rows of one variable and group that are compared; a quantity is not printed more than twenty times."""

_ASCENDING = ("min", "q1", "median", "q3", "max")
_WORDS = {"min": "minimum", "q1": "lower quartile", "median": "median", "q3": "upper quartile", "max": "maximum"}


def audit_draft(draft: Draft) -> AuditReport:
    """Run every check over a draft."""
    auditor = Auditor(draft)
    for check in (
        _own,
        _counts_with_percents,
        _orders,
        _nested,
        _sums,
        _repeats,
        spreads,
        levels_within_patients,
        intervals,
        p_values,
        p_of_zero,
        patients_compared,
    ):
        auditor.run(check)
    return auditor.report()


# --- each number by itself ---


def _own(auditor: Auditor) -> Checks:
    for row in auditor.draft.rows:
        if row.number is not None:
            for check, answer in _own_answers(row, row.number):
                yield Finding(row.id, check, answer, alone=True)


def _own_answers(row: DraftRow, number: Printed) -> Iterator[tuple[str, Judgement]]:
    statistic = row.statistic
    low, high = _BOUNDS.get(statistic, (None, None))
    if (low is not None and number.value < low) or (high is not None and number.value > high):
        text = f"{number} lies outside {low} to {high}." if high is not None else f"{number} is below {low}."
        yield "range of the statistic", impossible(text)
        return
    if row.count is not None and row.of is not None:
        yield "count of a total", counting.count_of_total(row.count, row.of)
    if statistic == "percent" and row.of is not None:
        yield "percentage of n", with_fewer(lambda n: counting.percentage(number, n), row.of, at_most=row.of_at_most)
    if row.kind == "integer":
        yield from _of_integers(row, number)


_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "percent": (0, 100), "p_value": (0, 1), "n": (0, None), "sd": (0, None), "iqr": (0, None),
}  # fmt: skip


def _of_integers(row: DraftRow, number: Printed) -> Iterator[tuple[str, Judgement]]:
    if row.statistic in {"min", "max"}:
        yield "whole numbers", integers.whole_number(number)
    if row.of is None or row.statistic not in _INTEGER_CHECKS:
        return
    if row.of == 0:
        yield "whole numbers", impossible("No patient, no value.")
        return
    yield (
        f"{_WORDS.get(row.statistic, row.statistic)} of whole numbers",
        with_fewer(
            lambda n: _integer_answer(row, number, n),
            row.of,
            at_most=row.of_at_most,
            otherwise="the values are not all whole numbers",
        ),
    )


_INTEGER_CHECKS = frozenset({"median", "mean", "q1", "q3", "iqr"})


def _integer_answer(row: DraftRow, number: Printed, n: int) -> Judgement:
    if row.statistic == "median":
        return integers.median_of_integers(number, n)
    if row.statistic == "mean":
        return integers.mean_of_integers(number, n)
    method = row.method if row.method in QUARTILE_METHODS else None
    return integers.quartile_of_integers(number, n, cast(integers.Quartile, row.statistic), method)


# --- a count and its percentage ---


def _counts_with_percents(auditor: Auditor) -> Checks:
    for rows in auditor.together():
        for percent, row in islice(
            product(auditor.sound(rows, "percent"), auditor.sound(rows, "n", "n_of_N")), MOST_PAIRS
        ):
            of = percent.of if percent.of is not None else row.of
            count = cast(int, row.count)
            if of and count <= of and (row.of in {None, of} or percent.of_at_most):
                yield _count_with_percent(percent, row, count, of)


def _count_with_percent(percent: DraftRow, row: DraftRow, count: int, of: int) -> Finding:
    answer = with_fewer(
        lambda n: counting.count_with_percent(count, n, number_of(percent)), of, at_most=percent.of_at_most
    )
    return Finding(percent.id, "count with its percentage", answer, (row.id,))


# --- minimum to maximum ---


def _orders(auditor: Auditor) -> Checks:
    for rows in auditor.together():
        first = {row.statistic: row for row in reversed(auditor.sound(rows, *_ASCENDING, "mean", "iqr"))}
        if len(first) > 1:
            yield from _order(first)


def _order(first: Mapping[str, DraftRow]) -> Checks:
    present = [first[name] for name in _ASCENDING if name in first]
    for low, high in pairwise(present):
        whole = {low.kind, high.kind} == {"integer"} and {low.statistic, high.statistic} == {"min", "max"}
        words = f"the {_WORDS[low.statistic]} is at most the {_WORDS[high.statistic]}"
        yield Finding(
            low.id,
            "order",
            ranges.in_order(number_of(low), number_of(high), words, integers=whole),
            (high.id,),
        )
    if {"iqr", "q1", "q3"} <= first.keys():
        answer = ranges.iqr_of_quartiles(*(number_of(first[name]) for name in ("iqr", "q1", "q3")))
        yield Finding(
            first["iqr"].id,
            "interquartile range of its quartiles",
            answer,
            (first["q1"].id, first["q3"].id),
        )
    if {"mean", "min", "max"} <= first.keys():
        yield _mean(first)


def _mean(first: Mapping[str, DraftRow]) -> Finding:
    mean, low, high = first["mean"], first["min"], first["max"]
    middle = first.get("median")
    if middle is not None and mean.of is not None and mean.of >= 3 and not mean.of_at_most:
        answer = ranges.mean_within(number_of(mean), mean.of, number_of(low), number_of(middle), number_of(high))
        return Finding(mean.id, "mean within its range", answer, (low.id, middle.id, high.id))
    answer = ranges.in_order(number_of(low), number_of(mean), "the minimum is at most the mean")
    if answer.status == "possible":
        answer = ranges.in_order(number_of(mean), number_of(high), "the mean is at most the maximum")
    return Finding(mean.id, "mean within its range", answer, (low.id, high.id))


# --- a part and the whole ---


def _nested(auditor: Auditor) -> Checks:
    for groups in auditor.groups.values():
        wholes = groups.get(ALL, [])
        for name, rows in groups.items() if wholes else ():
            if name != ALL:
                for part, whole in islice(product(rows, wholes), MOST_PAIRS):
                    if part.statistic == whole.statistic or {part.statistic, whole.statistic} <= _COUNTED:
                        yield from _part(auditor, part, whole)
    for row in auditor.draft.rows:
        for reference in row.within:
            yield from _part(auditor, row, auditor.draft.by_id[reference])


_COUNTED = frozenset({"n", "n_of_N", "percent"})


def _part(auditor: Auditor, part: DraftRow, whole: DraftRow) -> Checks:
    if part.number is None or whole.number is None or {part.id, whole.id} & auditor.bad:
        return
    integer = part.kind == whole.kind == "integer"
    answer: Judgement | None = None
    if part.statistic == "min" and whole.statistic == "min":
        answer = ranges.nested_minimum(part.number, whole.number, integers=integer)
    elif part.statistic == "max" and whole.statistic == "max":
        answer = ranges.nested_maximum(part.number, whole.number, integers=integer)
    elif part.statistic == "median" and whole.statistic == "max":
        answer = within_follow_up(part.number, whole.number)
    elif {part.statistic, whole.statistic} <= _COUNTED:
        one, other = counts_of_row(part), counts_of_row(whole)
        if one is not None and other is not None and one.of <= other.of:
            answer = counting.nested_counts(one, other)
    if answer is not None:
        yield Finding(part.id, "part of the whole", answer, (whole.id,))


# --- sums and repetitions ---


def _sums(auditor: Auditor) -> Checks:
    for row in auditor.draft.rows:
        parts = [auditor.draft.by_id[reference] for reference in row.sum_of]
        if not parts or {row.id, *row.sum_of} & auditor.bad:
            continue
        numbers = [_summand(part) for part in (row, *parts)]
        if None not in numbers:
            whole, *rest = cast(list[Counts], numbers)
            answer = counting.sum_of_counts(whole, rest)
            yield _blamed(
                auditor,
                row,
                rest,
                Finding(row.id, "sum of its parts", answer, row.sum_of, others_stay=True),
            )


def _summand(row: DraftRow) -> Counts | None:
    if row.count is not None:
        return counting.printed_count(row.count, max(row.count, row.of or 0))
    return counts_of_row(row)


def _blamed(auditor: Auditor, row: DraftRow, parts: Sequence[Counts], finding: Finding) -> Finding:
    """Say whose fault a wrong sum is: the whole's, where the same quantity is printed elsewhere as what the parts give."""
    if finding.answer.status != "impossible":
        return finding
    for other in auditor.draft.rows:
        same = other.id in row.same_as or row.id in other.same_as
        number = _summand(other) if same else None
        if number is not None and counting.sum_of_counts(number, parts).status == "possible":
            proof = f"{finding.answer.reason} The parts agree with {number.text}, as the same quantity is printed in {other.id}."
            answer = impossible(proof, str(number.any_rule[0]))
            return Finding(row.id, finding.check, answer, (other.id, *finding.others), alone=True)
    return finding


_DATE = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")


def _repeats(auditor: Auditor) -> Checks:
    for row in auditor.draft.rows:
        for reference in row.same_as:
            other = auditor.draft.by_id[reference]
            if not {row.id, other.id} & auditor.bad:
                yield Finding(row.id, "printed in several places", _repeated(row, other), (other.id,))


def _repeated(row: DraftRow, other: DraftRow) -> Judgement:
    if row.number is not None and other.number is not None:
        answer = ranges.repeated(row.number, other.number)
        if answer.status == "impossible" and row.of is not None and other.of is not None:
            return _denominators(answer, row, other)
        return answer
    dates = [_DATE.fullmatch(text) for text in (row.text, other.text)]
    # A date and a year are the same as far as the year tells.
    year_only = (dates[0] is None) != (dates[1] is None)
    one, two = (
        date[1] if date and year_only else text for date, text in zip(dates, (row.text, other.text), strict=True)
    )
    if one == two:
        return Judgement("possible", f"{row.text} and {other.text} agree.")
    return impossible(f"The same quantity is printed {row.text} and {other.text}, which cannot both be true.")


def _denominators(answer: Judgement, row: DraftRow, other: DraftRow) -> Judgement:
    """Add to a contradiction which counts would explain each side, where both are percentages."""
    if row.statistic != "percent" or other.statistic != "percent":
        return answer
    sides = [_on_its_denominator(side).reason.split(". ")[-1].rstrip(".") for side in (row, other)]
    return impossible(f"{answer.reason.rstrip('.')} of one denominator. Each fits its own: {'; '.join(sides)}.")


def _on_its_denominator(row: DraftRow) -> Judgement:
    return with_fewer(lambda n: counting.percentage(number_of(row), n), cast(int, row.of), at_most=row.of_at_most)
