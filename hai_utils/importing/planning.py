"""From a file to its plan: the table found, the columns understood, the mapping proposed, the questions listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import header_kind
from hai_utils.importing.endpoints import Endpoints, date_order
from hai_utils.importing.guessing import Guess
from hai_utils.importing.plan import ImportPlan, Questions
from hai_utils.importing.sheets import Sheet, require_header
from hai_utils.importing.views import View, decimal_mark, views_of

# The order of the blocks of a mapping file.
ORDER = ("file", "rows", "dates", "partial_dates", "since", "missing", "incomplete", "cells", "moments")


def plan_table(
    sheet: Sheet,
    variables: Mapping[str, Variable],
    *,
    groups: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    questions: Questions | None = None,
    views: Mapping[str, View] | None = None,
) -> ImportPlan:
    """Make the plan of a table.

    Parameters
    ----------
    variables : mapping of str to Variable
        The columns to look for: the standard dictionary and the cohort's own.
    groups : sequence of str
        What stands above each name, where the header has two lines.
    settings : mapping, optional
        How the file was read, as a mapping file says it.
    questions : Questions, optional
        What was asked before, of sheets.
    views : mapping, optional
        The columns, where more is known of them than the table says.

    Raises
    ------
    DataError
        Where the first line is no header: the plan would print data.
    """
    require_header(sheet)
    guess = Guess(views if views is not None else views_of(sheet, groups), variables, questions or Questions())
    guess.settings.update({key: dict(value) if isinstance(value, Mapping) else value for key, value in (settings or {}).items()})
    guess.notes += sheet.notes
    guess.find_nines()
    guess.identify()
    guess.direct()
    Endpoints.of(guess).propose()
    date_order(guess)
    if (mark := decimal_mark(sheet)) != ".":
        guess.settings["file"] = {**guess.settings.get("file", {}), "decimal": mark}
    if guess.missing:
        guess.settings["missing"] = guess.missing
    return _plan(sheet, guess)


def _plan(sheet: Sheet, guess: Guess) -> ImportPlan:
    used = {name for proposal in guess.proposals.values() for name in proposal.columns} | {guess.settings.get("since", "")}
    left = [name for name in sheet.header if name not in used]
    persons = [name for name in left if header_kind(guess.views[name].title) is not None]
    order = list(guess.variables)
    return ImportPlan(
        file_name=sheet.file_name,
        settings={name: guess.settings[name] for name in ORDER if guess.settings.get(name)},
        columns=tuple(view.understood() for view in guess.views.values()),
        proposals=tuple(sorted(guess.proposals.values(), key=lambda one: order.index(one.target))),
        questions=tuple(guess.questions.asked.values()),
        notes=tuple(guess.notes),
        ignored=tuple(persons),
        unused=tuple(name for name in left if name not in persons),
        absent=tuple(name for name in order if name not in guess.proposals),
    )
