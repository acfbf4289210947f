"""A page is read again where the run answers another way something that the page asked, and only there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import hai_utils.book.extension  # noqa: F401 - registers what answers
from hai_utils.book.asking import RUN_ATTRIBUTE, ask, still_answered
from hai_utils.book.state import BookRun
from hai_utils.results.table import Results
from tests.conftest import ROOT

QUESTIONS = (
    ("value", "age_years.all.median"),
    ("parameter", "landmark_months"),
    ("study", "size"),
    ("when", "has age_years.all.median"),
    ("sentences", "flow"),
    ("exhibit", "parameters"),
    ("keys",),
    ("printed", "age_years.all.median"),
    ("chapter command", "03_tumor_response"),
)


@pytest.fixture
def run(published_run: Path) -> BookRun:
    return BookRun.read(published_run, ROOT)


def asked(run: BookRun, *question: str) -> dict[str, str]:
    app: Any = SimpleNamespace(env=SimpleNamespace(docname="page"))
    vars(app)[RUN_ATTRIBUTE] = run
    ask(app, *question)
    return run.asked["page"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_the_same_run_answers_the_same(question: tuple[str, ...], run: BookRun, published_run: Path) -> None:
    assert still_answered(BookRun.read(published_run, ROOT), asked(run, *question))


@pytest.mark.parametrize(
    ("question", "same"),
    [
        (("value", "age_years.all.median"), False),
        (("value", "age_years.all.mean"), True),
        (("keys",), False),
        (("parameter", "landmark_months"), True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_one_other_number_matters_to_who_asked_for_it(question: tuple[str, ...], same: bool, run: BookRun) -> None:
    known = asked(run, *question)
    records = [
        replace(record, formatted="another") if record.key == "age_years.all.median" else record
        for record in run.results
    ]
    other = BookRun(run.folder, Results.of(records, run.results.points, run.results.study), run.provenance, ROOT)
    assert still_answered(other, known) is same


def test_a_result_that_is_gone_counts_as_another_answer(run: BookRun) -> None:
    known = asked(run, "value", "age_years.all.median")
    other = BookRun(run.folder, Results.of([], study=run.results.study), run.provenance, ROOT)
    assert not still_answered(other, known)
