"""The bookmark around each passage of the manuscript: which passage it is, and what it said when it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.word.fields import bookmark_name, digest
from hai_utils.book.manuscript.word.pieces import canonical, pieces_of

OWN, MADE = "own", "made"
# The properties in which a document names its marks, each of so many letters: what was deleted is missed by them.
LISTED, LONGEST_PROPERTY = "hai marks", 240
MARK = re.compile(rf"hai_(?P<kind>{OWN}|{MADE})_(?P<passage>[a-z2-7]{{10}})_(?P<said>[a-z2-7]{{8}})(?:_\d+)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a bookmark tells of its passage.

    Attributes
    ----------
    own : bool
        Whether it is made from Markdown, or from the results.
    passage : str
        Short name of its Markdown.
    said : str
        Short name of what was printed, numbers apart.
    """

    own: bool
    passage: str
    said: str

    @classmethod
    def read(cls, name: str) -> Mark | None:
        """Return the mark that a bookmark is; None where it is none."""
        found = MARK.fullmatch(name)
        return cls(found["kind"] == OWN, found["passage"], found["said"]) if found else None


def passage_name(markdown: str) -> str:
    """Return the short name of a passage's Markdown."""
    return digest(markdown, 10)


def said_name(text: str) -> str:
    """Return the short name of what a passage says."""
    return digest(text, 8)


def mark_of(line: model.Line, passage: str, exhibits: Iterable[str]) -> str:
    """Return the name of the bookmark around a passage."""
    # The dress of what the run makes is no author's: LibreOffice takes the bold type from the number of a caption.
    said = canonical(pieces_of(line, exhibits), dressed=bool(passage))
    return f"hai_{OWN if passage else MADE}_{passage_name(passage or said)}_{said_name(said)}"


def table_mark(table: model.PrintedTable) -> str:
    """Return what a document lists for a table: the bookmark of its number, and a digest of its cells."""
    cells = [model.plain(cell) for cells in (table.columns, *(row.cells for row in table.rows)) for cell in cells]
    return f"{bookmark_name(table.name)}={cells_name(cells)}"


def cells_name(cells: Iterable[str]) -> str:
    """Return the short name of what the cells of a table say."""
    return digest("|".join("".join(cell.split()) for cell in cells), 8)


def listed(marks: Sequence[str]) -> dict[str, str]:
    """Return the properties of a document that name its marks."""
    lines: list[str] = []
    for mark in marks:
        if lines and len(lines[-1]) + len(mark) < LONGEST_PROPERTY:
            lines[-1] += f" {mark}"
        else:
            lines.append(mark)
    return {f"{LISTED} {place}": line for place, line in enumerate(lines, start=1)}
