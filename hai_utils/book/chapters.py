"""An executed notebook as the page of a chapter: its words as text, nothing of what it does not show."""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Any

from hai_utils.show.narrative import MIME_TYPE

_SHOWS = "show("


def page_of(notebook: str) -> str:
    """Return an executed notebook as its page is read.

    Words that a cell shows become text, a cell that was to show something and did not is left out, and what a chapter says
    directly after its set-up stands above it: the introduction comes before the folded code.
    """
    raw = json.loads(notebook)
    cells = [cell for cell in raw["cells"] if not _shows_nothing(cell)]
    above = list(takewhile(lambda cell: cell["cell_type"] == "markdown", cells))
    set_up = list(takewhile(lambda cell: cell.get("outputs") == [], cells[len(above) :]))
    said = list(takewhile(_words, cells[len(above) + len(set_up) :]))
    rest = cells[len(above) + len(set_up) + len(said) :]
    raw["cells"] = [_as_text(cell) for cell in (*above, *said, *set_up, *rest)]
    return json.dumps(raw)


def _shows_nothing(cell: dict[str, Any]) -> bool:
    return cell.get("outputs") == [] and "".join(cell["source"]).startswith(_SHOWS)


def _words(cell: dict[str, Any]) -> str:
    """Return the words that a cell shows; empty for any other cell."""
    found = [output["data"][MIME_TYPE] for output in cell.get("outputs", ()) if MIME_TYPE in output.get("data", {})]
    return "".join(found[0]) if found else ""


def _as_text(cell: dict[str, Any]) -> dict[str, Any]:
    words = _words(cell)
    return {"cell_type": "markdown", "id": cell["id"], "metadata": {}, "source": words} if words else cell
