"""What cells give out that no results stand behind: made steady, and left out where small cells are withheld."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from hai_utils.show.content import MIME_TYPE, OWN, Notice, to_html, to_json, to_plain
from hai_utils.show.narrative import MIME_TYPE as PROSE_TYPE

LEFT_OUT = (
    "What the code of this chapter gives out of itself is left out: this run withholds small cells, and only results are "
    "known to tell of no single patient."
)
# Where an object lies in memory, as Python prints it, another place in each run; and where packages lie on this machine.
_PLACE = re.compile(r" at 0x[0-9a-fA-F]+(?=>)|[^\s\"']*/site-packages/")


def steadied(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return outputs of a cell without places of this machine and its memory, so that two runs give the same."""
    return [_steady(output) for output in outputs]


def _steady(output: dict[str, Any]) -> dict[str, Any]:
    if "text" in output:
        return {**output, "text": _without_places(output["text"])}
    words = output.get("data", {}).get("text/plain")
    if words is None:
        return output
    return {**output, "data": {**output["data"], "text/plain": _without_places(words)}}


def _without_places(text: str | list[str]) -> str | list[str]:
    return _PLACE.sub("", text) if isinstance(text, str) else [_PLACE.sub("", line) for line in text]


def leave_out_raw(cells: Iterable[dict[str, Any]]) -> None:
    """Take out of an executed notebook's cells all that did not pass the disclosure gate; the first says so in a sentence."""
    said = False
    for cell in cells:
        kept = [output for output in cell.get("outputs", ()) if _passed(output)]
        if kept == cell.get("outputs", []):
            continue
        if not said:
            kept.append(_notice(LEFT_OUT))
            said = True
        cell["outputs"] = kept


def end_early(notebook: dict[str, Any], failed: int, error: str) -> None:
    """Leave out of an executed notebook what followed a cell that failed; a sentence stands there.

    Parameters
    ----------
    notebook : dict
        As papermill left it; changed in place.
    failed : int
        Number of the cell among those executed.
    error : str
        The class of the error: its words may hold a value of the cohort.
    """
    cells = [cell for cell in notebook["cells"] if not any("papermill-error" in tag for tag in _tags(cell))]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    stopped = next(place for place, cell in enumerate(code) if _has_failed(cell))
    code[stopped]["outputs"] = [_notice(f"The code of this page ends here for this cohort ({error} in cell {failed}).")]
    for cell in code[stopped + 1 :]:
        cell["outputs"] = []
    notebook["cells"] = cells


def _tags(cell: dict[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", ()))


def _has_failed(cell: dict[str, Any]) -> bool:
    return any(output["output_type"] == "error" for output in cell["outputs"])


def _notice(text: str) -> dict[str, Any]:
    notice = Notice(text)
    data = {MIME_TYPE: to_json(notice), "text/html": to_html(notice), "text/plain": to_plain(notice)}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _passed(output: dict[str, Any]) -> bool:
    data = output.get("data", {})
    if PROSE_TYPE in data:
        return True
    content = data.get(MIME_TYPE)
    shown = json.loads(content) if isinstance(content, str) else content
    return bool(shown) and not str(shown.get("name", "")).startswith(OWN)
