"""How a page asks the run for something: each question is noted with its answer, so that a build knows what changed for whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sphinx.application import Sphinx

from hai_utils.book.state import BookRun
from hai_utils.errors import HaiError
from hai_utils.run.cache import digest

# Where the extension keeps the run on Sphinx's application.
RUN_ATTRIBUTE = "hai_run"
Answer = Callable[..., Any]
_ANSWERS: dict[str, Answer] = {}


def answers(kind: str) -> Callable[[Answer], Answer]:
    """Register a function of a run and texts as what answers a kind of question.

    What it returns is all that a page takes from the run: frozen, its `repr` the same for the same content.
    """

    def register(function: Answer) -> Answer:
        _ANSWERS[kind] = function
        return function

    return register


def ask(app: Sphinx, kind: str, *arguments: str) -> Any:  # noqa: ANN401 - whatever answers that kind of question
    """Return an answer of the run, and note that the page being read asked for it."""
    run: BookRun = vars(app)[RUN_ATTRIBUTE]
    question = json.dumps([kind, *arguments])
    answer = _answered(run, question)
    run.asked.setdefault(app.env.docname, {})[question] = digest([repr(answer)])
    return answer


def still_answered(run: BookRun, asked: dict[str, str]) -> bool:
    """Say whether a run answers questions as they were answered when they were noted."""
    try:
        return all(digest([repr(_answered(run, question))]) == known for question, known in asked.items())
    except (HaiError, LookupError, ValueError, OSError):
        # What is missing now, the page that is read again says with its place.
        return False


def _answered(run: BookRun, question: str) -> Any:  # noqa: ANN401 - whatever answers that kind of question
    if question not in run.answered:
        kind, *arguments = json.loads(question)
        run.answered[question] = _ANSWERS[kind](run, *arguments)
    return run.answered[question]
