"""Conditions on a run, by which a page keeps or leaves out a passage."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hai_utils.book.state import BookRun
from hai_utils.results.keys import comparison
from hai_utils.results.record import BLANK
from hai_utils.show.content import MIME_TYPE
from hai_utils.show.tables.by_status import dated


def holds(condition: str, run: BookRun) -> bool:
    """Say whether a condition holds of this run.

    Parameters
    ----------
    condition : str
        ``published``, ``synthetic``, ``compared``, ``gated``, ``own-endpoints``, ``has-statuses``, ``dated-statuses``, ``has KEY``, ``has-variable NAME``, ``lists PARAMETER``
        (not empty), ``chosen PARAMETER VALUE``, ``exhibit NAME`` (a chapter shows it), ``estimates STATISTIC`` (of a comparison of the groups, with
        a value), each possibly after ``not``, joined by ``and``, and such joined by ``or``.

    Raises
    ------
    ValueError
        Where a condition is none of these.
    """
    return any(
        all(_holds_one(part.strip(), run) for part in either.split(" and ")) for either in condition.split(" or ")
    )


def _holds_one(condition: str, run: BookRun) -> bool:
    study = run.results.study
    if condition.startswith("not "):
        return not _holds_one(condition.removeprefix("not "), run)
    word, _, argument = condition.partition(" ")
    simple = {
        "published": study.published,
        "synthetic": study.synthetic,
        "compared": bool(study.compared),
        "gated": study.gated,
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
    if word == "has" and argument:
        return argument in run.results and run.results.get(argument).note != BLANK
    if word == "has-variable" and argument:
        return argument in study.variables
    if word == "exhibit" and argument:
        return argument in exhibit_names(run)
    if word == "estimates" and argument:
        return _estimates(argument, run)
    raise ValueError(
        f"'{condition}' is no condition. Known: published, synthetic, compared, gated, own-endpoints, has-statuses, dated-statuses, has KEY, has-variable NAME, "
        "lists PARAMETER, chosen PARAMETER VALUE, exhibit NAME, estimates STATISTIC."
    )


def _estimates(statistic: str, run: BookRun) -> bool:
    """Say whether any comparison of the groups has a value of a statistic, and not only its row."""
    study = run.results.study
    ends = tuple(f".{comparison(group.level, study.reference)}.{statistic}" for group in study.compared)
    return any(record.value is not None and record.key.endswith(ends) for record in run.results)


def exhibit_names(run: BookRun) -> frozenset[str]:
    """Return the labels of the tables and figures that the chapters of a run show."""
    if run.shown is None:
        run.shown = frozenset(name for chapter in run.chapters() for name in _shown_in(run.executed(chapter)))
    return run.shown


def _shown_in(notebook: str) -> Iterator[str]:
    for cell in json.loads(notebook)["cells"]:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(MIME_TYPE)
            if content:
                shown = json.loads(content) if isinstance(content, str) else content
                yield str(shown.get("name", ""))
