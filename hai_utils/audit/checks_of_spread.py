"""Checks of the standard deviations of a draft, and of levels that together exceed their patients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from hai_utils.audit import spread
from hai_utils.audit.answer import Judgement, impossible, with_fewer
from hai_utils.audit.checks_of_p import counts_of_row
from hai_utils.audit.counts import Counts
from hai_utils.audit.draft import DraftRow
from hai_utils.audit.findings import Auditor, Checks, Finding, number_of


def spreads(auditor: Auditor) -> Checks:
    """Check every standard deviation against the mean, median, minimum and maximum beside it."""
    for rows in auditor.together():
        first = {row.statistic: row for row in reversed(auditor.sound(rows, "sd", "mean", "median", "min", "max"))}
        sd = first.get("sd")
        n = next((row.of for row in (sd, first.get("mean")) if row is not None and row.of), None)
        if sd is not None and n is not None and n >= 2:
            yield from _spread(first, sd, n)


def _spread(first: Mapping[str, DraftRow], sd: DraftRow, n: int) -> Checks:
    for check, names, answer in _answers(first, sd, n):
        yield Finding(sd.id, check, answer, tuple(first[name].id for name in names))
        if answer.status == "impossible":
            return


def _answers(first: Mapping[str, DraftRow], sd: DraftRow, n: int) -> Iterator[tuple[str, tuple[str, ...], Judgement]]:
    mean = first.get("mean")
    at_most = any(row.of_at_most for row in first.values())
    if mean is not None and mean.kind == sd.kind == "integer":
        answer = with_fewer(
            lambda size: spread.sd_of_integers(number_of(mean), number_of(sd), max(size, 2)), n, at_most=at_most,
            otherwise="the values are not all whole numbers",
        )  # fmt: skip
        yield "SD of whole numbers", ("mean",), answer
    if at_most:
        return
    if {"min", "max"} <= first.keys():
        names = ("min", "max") if mean is None else ("min", "mean", "max")
        yield (
            "SD within its range",
            names,
            _within_range(first, sd, n),
        )
    if mean is not None and "median" in first:
        yield (
            "mean and median",
            ("mean", "median"),
            spread.mean_and_median(number_of(mean), number_of(first["median"]), number_of(sd), n),
        )


def _within_range(first: Mapping[str, DraftRow], sd: DraftRow, n: int) -> Judgement:
    low, high, mean = first["min"], first["max"], first.get("mean")
    integers = low.kind == high.kind == "integer"
    return spread.sd_within_range(
        number_of(sd), n, number_of(low), number_of(high), mean.number if mean else None, integers=integers
    )


def levels_within_patients(auditor: Auditor) -> Checks:
    """Check that the levels of a variable, which exclude one another, do not exceed the patients of a group."""
    levels: dict[tuple[str, str, int], dict[str, DraftRow]] = {}
    for (variable, level), groups in auditor.groups.items():
        for group, rows in groups.items() if level else ():
            for row in (*auditor.sound(rows, "n", "n_of_N"), *auditor.sound(rows, "percent")):
                if row.of and not row.of_at_most and not row.sum_of:
                    levels.setdefault((variable, group, row.of), {}).setdefault(level, row)
    for (_, _, of), found in levels.items():
        if len(found) > 1:
            yield from _together(list(found.values()), of)


def _together(rows: Sequence[DraftRow], of: int) -> Checks:
    counts = [counts_of_row(row) for row in rows]
    if any(found is None or not found.any_rule for found in counts):
        return
    known = cast(list[Counts], counts)
    least = sum(found.any_rule[0] for found in known)
    listed = " + ".join(found.text for found in known)
    last, *others = reversed(rows)
    if least <= of:
        answer = Judgement("possible", f"{listed}: at least {least} of {of}.")
    else:
        proof = (
            f"{listed} are at least {least} of {of} patients, and the levels of a variable exclude one another. Where a "
            "patient may have several, write each as a variable of its own."
        )
        answer = impossible(proof)
    yield Finding(last.id, "levels within the patients", answer, tuple(row.id for row in others))
