"""A chapter that a large cohort would take hours for is left out, and its page says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hai_utils.catalogue.sizes import MOST_PATIENTS, left_out
from hai_utils.run.notebooks import Notebook, leave_out


@pytest.mark.parametrize("chapter", MOST_PATIENTS)
def test_a_chapter_is_left_out_above_its_size_alone(chapter: str) -> None:
    most = MOST_PATIENTS[chapter]
    assert not left_out(chapter, most)
    assert f"at most {most:,} patients" in left_out(chapter, most + 1)
    assert not left_out("04_survival", 10**6)


def test_its_page_has_its_title_and_the_reason(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": ["# Title\n", "Words."]}, {"cell_type": "code", "source": ["1/0"]}]
    source, target = tmp_path / "a.ipynb", tmp_path / "out" / "a.ipynb"
    source.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    leave_out(Notebook(source, target, tmp_path, {}, {}, tmp_path, "", tmp_path), "Why not.")
    (cell,) = json.loads(target.read_text(encoding="utf-8"))["cells"]
    assert cell["source"] == "# Title\n\nWhy not."
