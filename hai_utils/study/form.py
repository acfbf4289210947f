"""An empty study file: every key with what it means, commented out."""

from __future__ import annotations

from pydantic import BaseModel

from hai_utils.study.journals import journal_names
from hai_utils.study.schema import SECTIONS, Abstract, Author, DataSource, DisplayChoice, KeyPoints, StudyFile

_PARTS: dict[str, type[BaseModel]] = {
    "authors": Author,
    "source": DataSource,
    "abstract": Abstract,
    "key_points": KeyPoints,
    "displays": DisplayChoice,
}
# Keys that a form has no use for.
_LEFT_OUT = frozenset({"belongs_to"})


def study_form() -> str:
    """Return the text of a study file in which nothing is given yet."""
    lines = [
        "# What only the author knows of this study. Take the # before a line away and write after the colon.",
        "# Texts may quote numbers, {val}`KEY` (the page All numbers lists the keys), name tables and figures,",
        "# {numref}`table-baseline`, and cite, {cite}`KEY`. What is not given is left out of the manuscript and asked for at its end.",
    ]
    for name, field in StudyFile.model_fields.items():
        if name in _LEFT_OUT:
            continue
        lines += ["", f"# {field.description}", *_key(name)]
    return "\n".join(lines) + "\n"


def _key(name: str) -> list[str]:
    if name == "journal":
        return [f"# known: {', '.join(journal_names())}", "#journal:"]
    if name == "sections":
        return ["#sections:", *(f"#  {section}: {section}.md" for section in SECTIONS)]
    if name not in _PARTS:
        return [f"#{name}:"]
    lead = "#  - " if name == "authors" else "#  "
    keys = [
        f"{lead if place == 0 else lead.replace('-', ' ')}{key}:"
        + (f"  # {field.description}" if field.description else "")
        for place, (key, field) in enumerate(_PARTS[name].model_fields.items())
    ]
    return [f"#{name}:", *keys]
