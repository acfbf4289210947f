"""The bookmark around each passage of the manuscript: which passage it is, and what it said when it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.word.fields import digest
from hai_utils.book.manuscript.word.pieces import canonical, pieces_of

OWN, MADE = "own", "made"
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
    said = canonical(pieces_of(line, exhibits))
    return f"hai_{OWN if passage else MADE}_{passage_name(passage or said)}_{said_name(said)}"
