"""A page waits for an analysis of the other process where it was promised, and for nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from hai_utils.page.live import study
from hai_utils.page.live.study import Coming, FromChanges
from hai_utils.parameters import Parameters
from hai_utils.profiles import resolve
from tests.conftest import ROOT

PARAMETERS = resolve(ROOT)
OTHER = PARAMETERS.model_copy(update={"confidence_level": 0.9})
PAGE = "notebooks/03_tumor_response"


class Chapters:
    """As much of an engine as a page asks: which chapters it lacks."""

    def __init__(self) -> None:
        self.lacks = ["03_tumor_response", "04_survival"]
        self.analysed: list[str] = []

    def at(self, parameters: Parameters) -> Parameters:
        return parameters

    def needs_of(self, docname: str) -> list[str]:
        return ["03_tumor_response", "04_survival"]

    def missing(self, inputs: Parameters, chapters: Sequence[str]) -> list[str]:
        return [chapter for chapter in chapters if chapter in self.lacks]

    def longest(self, chapters: Sequence[str]) -> list[str]:
        return list(chapters[-1:])

    def analyse(self, inputs: Parameters, chapters: Sequence[str]) -> None:
        self.analysed += chapters
        self.lacks = [chapter for chapter in self.lacks if chapter not in chapters]


@pytest.fixture
def chapters(monkeypatch: pytest.MonkeyPatch) -> Chapters:
    found = Chapters()
    # `lacks` is another list once the page has analyzed its own.
    monkeypatch.setattr(study, "take", lambda chapter: found.lacks.remove(chapter))
    return found


@pytest.fixture
def pipe() -> Iterator[tuple[Connection, Connection]]:
    ends = Pipe(duplex=False)
    yield ends
    for end in ends:
        end.close()


def seconds_of_sharing(handed: FromChanges, chapters: Any) -> float:
    start = time.monotonic()
    handed.share(chapters, PAGE, PARAMETERS)
    return time.monotonic() - start


def test_a_chapter_that_is_coming_is_taken(pipe: tuple[Connection, Connection], chapters: Chapters) -> None:
    pipe[1].send(Coming(PARAMETERS, ("03_tumor_response",)))
    pipe[1].send("03_tumor_response")
    assert seconds_of_sharing(FromChanges(pipe[0]), chapters) < study.PATIENCE
    assert (chapters.analysed, chapters.lacks) == (["04_survival"], [])


def test_the_word_may_come_before_the_page_is_asked_for(
    pipe: tuple[Connection, Connection], chapters: Chapters
) -> None:
    handed = FromChanges(pipe[0])
    pipe[1].send(Coming(PARAMETERS, ("03_tumor_response",)))
    handed.take_waiting()
    pipe[1].send("03_tumor_response")
    handed.share(chapters, PAGE, PARAMETERS)  # type: ignore[arg-type]  # as much of an engine as it asks
    assert chapters.lacks == []


@pytest.mark.parametrize(
    "said", [[], [Coming(OTHER, ("03_tumor_response",))], [Coming(PARAMETERS, ("01_cohort_description",))]]
)
def test_a_page_does_not_wait_for_what_was_not_promised(
    said: list[Coming], pipe: tuple[Connection, Connection], chapters: Chapters
) -> None:
    for one in said:
        pipe[1].send(one)
    assert seconds_of_sharing(FromChanges(pipe[0]), chapters) < study.PATIENCE / 2
    # Its cells analyze what it lacks.
    assert chapters.lacks == ["03_tumor_response"]


def test_patience_ends(
    pipe: tuple[Connection, Connection], chapters: Chapters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "PATIENCE", 0.05)
    pipe[1].send(Coming(PARAMETERS, ("03_tumor_response",)))
    assert seconds_of_sharing(FromChanges(pipe[0]), chapters) < 1.0
    assert chapters.lacks == ["03_tumor_response"]
