"""The passages of a Markdown file: its paragraphs and items of lists, each with the lines where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"\s*(`{3,}|~{3,})")
# Lines that are no prose: marks of a directive, headings, comments, targets, tables, rules, options of a directive.
NO_PROSE = re.compile(r"\s*(:{3,}|#{1,6}\s|%|\(\S+\)=\s*$|\||-{3,}\s*$|\+{3}|:[\w-]+:|<!--)")
ITEM = re.compile(r"(\s*(?:[-*+]|\d+[.)])\s+)\S")


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage.

    Attributes
    ----------
    start, end : int
        Its lines, from 0, the last one not included.
    lead : str
        What stands before its words: the mark of an item.
    text : str
        Its Markdown on one line.
    """

    start: int
    end: int
    lead: str
    text: str


def passages_of(markdown: str) -> tuple[Passage, ...]:
    """Return the passages of a text in their order; what directives with backticks hold is none."""
    found: list[Passage] = []
    lines = markdown.splitlines()
    start: int | None = None
    for place, line in _prose(lines):
        ends = line is None or ITEM.match(line)
        if start is not None and ends:
            found.append(_passage(lines, start, place))
            start = None
        if line is not None and start is None:
            start = place
    return tuple(found)


def _prose(lines: list[str]) -> Iterator[tuple[int, str | None]]:
    """Give each line with its place; None for what is no prose, and once after the last."""
    fence = ""
    for place, line in enumerate(lines):
        opening = FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
            yield place, None
        elif opening:
            fence = opening[1]
            yield place, None
        else:
            yield place, line if line.strip() and not NO_PROSE.match(line) else None
    yield len(lines), None


def _passage(lines: list[str], start: int, end: int) -> Passage:
    item = ITEM.match(lines[start])
    lead = item[1] if item else ""
    text = " ".join(" ".join(lines[start:end])[len(lead) :].split())
    return Passage(start, end, lead, text)
