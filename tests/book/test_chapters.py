"""What becomes of an executed notebook where its page is read."""

from __future__ import annotations

import json
from typing import Any

from hai_utils.book.chapters import page_of
from hai_utils.show.narrative import MIME_TYPE


def text(words: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": words, "metadata": {}, "source": words}


def code(source: str, *outputs: dict[str, str]) -> dict[str, Any]:
    shown = [{"output_type": "display_data", "data": data, "metadata": {}} for data in outputs]
    return {"cell_type": "code", "id": source, "metadata": {}, "source": source, "outputs": shown}


def page(*cells: dict[str, Any]) -> list[str]:
    found = json.loads(page_of(json.dumps({"cells": list(cells)})))["cells"]
    return [f"{cell['cell_type']} {cell['source']}" for cell in found]


def test_words_that_a_cell_shows_are_text_of_the_page() -> None:
    assert page(text("# One"), code("show(table)", {"text/html": "<table>"}), code("show(a)", {MIME_TYPE: "Words."})) == [
        "markdown # One", "code show(table)", "markdown Words.",
    ]  # fmt: skip


def test_a_cell_that_shows_nothing_is_left_out() -> None:
    assert page(text("# One"), code("show(a, where=False)"), code("x = 1")) == ["markdown # One", "code x = 1"]


def test_the_introduction_stands_above_the_set_up() -> None:
    cells = page(text("# One"), code("x = 1"), code("y = 2"), code("show(m)", {MIME_TYPE: "Method."}), text("## Two"))
    assert cells == ["markdown # One", "markdown Method.", "code x = 1", "code y = 2", "markdown ## Two"]


def test_a_heading_after_the_set_up_stays_below_it() -> None:
    assert page(text("# One"), code("x = 1"), text("## Two")) == ["markdown # One", "code x = 1", "markdown ## Two"]


def test_a_title_may_be_an_output() -> None:
    assert page(code("x = 1"), code("show(t)", {MIME_TYPE: "# Title"})) == ["markdown # Title", "code x = 1"]
