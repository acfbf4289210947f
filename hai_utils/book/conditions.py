"""Conditions on a run, by which a page keeps or leaves out a passage."""

from __future__ import annotations

from collections.abc import Collection

from hai_utils.book.state import BookRun
from hai_utils.results.keys import comparison
from hai_utils.results.record import BLANK
from hai_utils.show.tables.by_status import dated


def holds(condition: str, run: BookRun, displays: Collection[str] | None = None) -> bool:
    """Say whether a condition holds of this run.

    Parameters
    ----------
    condition : str
        ``book`` (a page, not the manuscript), ``published``, ``synthetic``, ``compared``, ``gated``, ``marker`` (a tumor marker forms the groups), ``whole`` (with evidence and files), ``own-endpoints``, ``has-statuses``, ``dated-statuses``, ``has KEY``, ``has-variable NAME``, ``lists PARAMETER``
        (not empty), ``section NAME`` (the author gave it), ``chosen PARAMETER VALUE``, ``chapter NAME`` (the study has it), ``exhibit NAME`` (a chapter shows it), ``estimates STATISTIC`` (of a comparison of the groups, with
        a value), each possibly after ``not``, joined by ``and``, and such joined by ``or``.

    run : BookRun
        The run.
    displays : collection of str, optional
        The tables and figures that a manuscript has: given, it is judged, and not the book.

    Raises
    ------
    ValueError
        Where a condition is none of these.
    """
    return any(
        all(_holds_one(part.strip(), run, displays) for part in either.split(" and "))
        for either in condition.split(" or ")
    )


def _holds_one(condition: str, run: BookRun, displays: Collection[str] | None) -> bool:
    study = run.results.study
    if condition.startswith("not "):
        return not _holds_one(condition.removeprefix("not "), run, displays)
    word, _, argument = condition.partition(" ")
    simple = {
        "book": displays is None,
        "published": study.published,
        "synthetic": study.synthetic,
        "compared": bool(study.compared),
        "gated": study.gated,
        "marker": run.by_marker,
        "whole": run.whole,
        "own-endpoints": bool(study.own_endpoints),
        "has-statuses": bool(study.statuses),
        "dated-statuses": dated(run.results),
    }
    if word in simple and not argument:
        return simple[word]
    if word == "lists" and argument in study.parameters:
        return bool(study.parameters[argument])
    if word == "chosen" and argument.partition(" ")[0] in study.parameters:
        name, _, value = argument.partition(" ")
        return str(study.parameters[name]) == value
    if word == "section" and argument:
        return argument in run.texts.file.sections
    if word == "has" and argument:
        return argument in run.results and run.results.get(argument).note != BLANK
    if word == "has-variable" and argument:
        return argument in study.variables
    if word == "chapter" and argument:
        return argument in run.chapters()
    if word == "exhibit" and argument:
        return argument in (run.exhibits if displays is None else displays)
    if word == "estimates" and argument:
        return _estimates(argument, run)
    raise ValueError(
        f"'{condition}' is no condition. Known: book, published, synthetic, compared, gated, marker, whole, own-endpoints, has-statuses, dated-statuses, has KEY, has-variable NAME, "
        "lists PARAMETER, section NAME, chosen PARAMETER VALUE, chapter NAME, exhibit NAME, estimates STATISTIC."
    )


def _estimates(statistic: str, run: BookRun) -> bool:
    """Say whether any comparison of the groups has a value of a statistic, and not only its row."""
    study = run.results.study
    ends = tuple(f".{comparison(group.level, study.reference)}.{statistic}" for group in study.compared)
    return any(record.value is not None and record.key.endswith(ends) for record in run.results)
