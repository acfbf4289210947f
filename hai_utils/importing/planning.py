"""From a file to its plan: the table found, the columns understood, the mapping proposed, the questions listed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import header_kind
from hai_utils.importing.endpoints import Endpoints, date_order
from hai_utils.importing.guessing import Guess
from hai_utils.importing.language import REFERENCE
from hai_utils.importing.plan import ImportPlan, Question, Questions, flow
from hai_utils.importing.sheets import Sheet, require_header
from hai_utils.importing.views import View, decimal_mark, meant, views_of

# The order of the blocks of a mapping file.
ORDER = ("file", "rows", "dates", "partial_dates", "since", "missing", "incomplete", "cells", "lesions", "moments")


def plan_table(
    sheet: Sheet,
    variables: Mapping[str, Variable],
    *,
    groups: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    questions: Questions | None = None,
    titles: Mapping[str, str] | None = None,
    meanings: Mapping[str, str] | None = None,
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
    titles : mapping of str to str, optional
        What columns are called for people, where the file says so.
    meanings : mapping of str to str, optional
        What a person says of columns: a column of the cohort, a role of dates, or `LEFT_OUT`.

    Raises
    ------
    DataError
        Where the first line is no header: the plan would print data.
    """
    require_header(sheet)
    given = {key: dict(value) if isinstance(value, Mapping) else value for key, value in (settings or {}).items()}
    every = views_of(sheet, groups, titles)
    views = meant(every, meanings or {})
    guess = Guess(views, variables, questions or Questions(), settings=given, notes=list(sheet.notes))
    guess.find_nines()
    guess.identify()
    if (mark := decimal_mark(sheet)) != ".":
        guess.settings["file"] = {**guess.settings.get("file", {}), "decimal": mark}
    if guess.missing:
        guess.settings["missing"] = guess.missing
    return plan_views(sheet.file_name, guess, every, sheet.header)


def plan_views(file_name: str, guess: Guess, views: Mapping[str, View], header: Sequence[str]) -> ImportPlan:
    """Finish a guess: what is copied, what is about time, and what was not used.

    Parameters
    ----------
    header : sequence of str
        The columns of the export, in their order.
    """
    guess.direct()
    Endpoints.of(guess).propose()
    date_order(guess)
    used = {name for proposal in guess.proposals.values() for name in proposal.columns} | {
        guess.settings.get("since", "")
    }
    left = [name for name in header if name not in used]
    persons = [name for name in left if name in views and header_kind(views[name].title) is not None]
    order = list(guess.variables)
    return ImportPlan(
        file_name=file_name,
        settings={name: guess.settings[name] for name in ORDER if guess.settings.get(name)},
        columns=tuple(view.understood() for view in views.values()),
        proposals=tuple(sorted(guess.proposals.values(), key=lambda one: order.index(one.target))),
        questions=_referred(guess),
        notes=tuple(guess.notes),
        ignored=tuple(persons),
        unused=tuple(name for name in left if name not in persons),
        absent=tuple(name for name in order if name not in guess.proposals),
    )


def _referred(guess: Guess) -> tuple[Question, ...]:
    """Return the questions that the mapping refers to: what nothing is made of is not asked."""
    text = " ".join(flow(value) for value in (guess.settings, [one.rule for one in guess.proposals.values()]))
    names = set(re.findall(re.escape(REFERENCE) + r"([a-z][a-z0-9_]*)", text))
    return tuple(question for name, question in guess.questions.asked.items() if name in names)
