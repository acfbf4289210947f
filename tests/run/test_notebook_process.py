"""The process that runs the notebooks answers, passes errors on whole, and is gone when it is ended."""

from __future__ import annotations

import os
from multiprocessing import active_children

import pytest

from hai_utils.errors import BuildError, DataError
from hai_utils.run.notebook_process import NotebookProcess


def refuse() -> str:
    raise DataError(["line 2: one fault.", "line 3: another."])


def test_it_says_what_the_check_gives_and_is_gone_at_the_end() -> None:
    with NotebookProcess(1, lambda: "digest") as process:
        assert process.checked() == "digest"
    assert not active_children()


def test_a_refused_cohort_keeps_its_problems() -> None:
    with NotebookProcess(1, refuse) as process, pytest.raises(DataError) as caught:
        process.checked()
    assert caught.value.problems == ("line 2: one fault.", "line 3: another.")


def test_where_it_dies_this_is_said_in_a_sentence() -> None:
    with NotebookProcess(1, lambda: os._exit(9)) as process, pytest.raises(BuildError, match="ended unexpectedly"):
        process.checked()
