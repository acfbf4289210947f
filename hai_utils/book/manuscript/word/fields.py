"""Fields and bookmarks of a word processor, as raw parts of Pandoc's tree.

A caption counts by SEQ, a cross-reference repeats it by REF, and a live number stands in an ADDIN field, which no word
processor updates: its instruction tells which number it is, and a digest of what was printed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from hai_utils.book.manuscript import model

Node = dict[str, Any]
NO_BREAK_SPACE = "\u00a0"
NUMBERED = re.compile(r"(?P<label>\w+) (?P<prefix>\D*)(?P<number>\d+)")
# The longest name that a bookmark may have.
LONGEST_NAME = 40
# Bookmarks of Pandoc count from 1.
FIRST_BOOKMARK = 500_000
LIVE = "HAI"


def digest(text: str, letters: int) -> str:
    """Return a short name for a text: letters and digits, the same on every machine."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower()[:letters]


def raw(xml: str) -> Node:
    """Return a stretch of WordprocessingML among inlines."""
    return {"t": "RawInline", "c": ["openxml", xml]}


def field_around(instruction: str, inlines: Iterable[Node], *, dirty: bool = False, bold: bool = False) -> list[Node]:
    """Return inlines as the result of a field; LibreOffice gives the result the type of the field's own runs."""
    mark = ' w:dirty="true"' if dirty else ""
    run = f"<w:r>{'<w:rPr><w:b/><w:bCs/></w:rPr>' if bold else ''}"
    start = (
        f'{run}<w:fldChar w:fldCharType="begin"{mark}/></w:r>'
        f'{run}<w:instrText xml:space="preserve"> {escape(instruction)} </w:instrText></w:r>'
        f'{run}<w:fldChar w:fldCharType="separate"/></w:r>'
    )
    return [raw(start), *inlines, raw(f'{run}<w:fldChar w:fldCharType="end"/></w:r>')]


def bookmark_name(anchor: str) -> str:
    """Return the bookmark of an exhibit's number: a word processor takes letters, digits and low lines alone."""
    name = "hai_" + re.sub(r"\W", "_", anchor, flags=re.ASCII)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 9]}_{digest(anchor, 8)}"


@dataclass
class Fields:
    """Writes the fields of one document: counts its captions and bookmarks.

    Attributes
    ----------
    exhibits : mapping of str to str
        The printed number of each exhibit of the document, by its name.
    marks : list of str
        Every bookmark that was given, for the document to list.
    """

    exhibits: Mapping[str, str]
    marks: list[str] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _bookmarks: int = FIRST_BOOKMARK
    _names: Counter[str] = field(default_factory=Counter)

    def bookmarked(self, name: str, inlines: Iterable[Node]) -> list[Node]:
        """Return inlines between the ends of a bookmark; a name that was given before gets a number."""
        self._bookmarks += 1
        self._names[name] += 1
        unique = name if self._names[name] == 1 else f"{name}_{self._names[name]}"
        self.marks.append(unique)
        start = f'<w:bookmarkStart w:id="{self._bookmarks}" w:name="{escape(unique)}"/>'
        return [raw(start), *inlines, raw(f'<w:bookmarkEnd w:id="{self._bookmarks}"/>')]

    def number(self, exhibit: model.Exhibit, text: Any) -> list[Node]:  # noqa: ANN401 - a function to a node
        """Return the number of a caption, counted by the word processor: the same as here once it counts."""
        found = NUMBERED.fullmatch(exhibit.number)
        if not found:
            return [text(exhibit.number)]
        sequence = f"{'Supplementary_' if found['prefix'] else ''}{found['label']}"
        number = int(found["number"])
        self._counts[sequence] += 1
        restart = "" if self._counts[sequence] == number else f" \\r {number}"
        self._counts[sequence] = number
        counted = field_around(f"SEQ {sequence} \\* ARABIC{restart}", [text(found["number"])], bold=True)
        return self.bookmarked(
            bookmark_name(exhibit.name), [text(f"{found['label']}{NO_BREAK_SPACE}{found['prefix']}"), *counted]
        )

    def crossed(self, words: model.Words) -> str:
        """Return the name of the exhibit whose number the words repeat; empty for any other words."""
        name = words.target.removeprefix("#")
        repeats = self.exhibits.get(name) == words.text.replace(NO_BREAK_SPACE, " ")
        return name if words.target.startswith("#") and repeats else ""

    def reference(self, name: str, inline: Node) -> list[Node]:
        """Return a cross-reference to an exhibit: a field that repeats its number."""
        return field_around(f"REF {bookmark_name(name)} \\h", [inline])


def source_of(words: model.Words) -> str:
    """Return what an author types for a live passage; empty for plain words."""
    if words.source:
        return words.source
    if not words.key:
        return ""
    return f"{{val}}`{words.key}{'@' + words.method if words.method else ''}`"


def live_instruction(source: str, printed: str) -> str:
    """Return the instruction of the field of a live passage: its short name, and a digest of what was printed."""
    return f"ADDIN {LIVE} {digest(source, 10)} {printed_name(printed)}"


def printed_name(text: str) -> str:
    """Return the short name of what a live passage printed, whatever its spaces."""
    return digest(" ".join(text.split()), 6)


def passages(line: model.Line) -> Iterator[tuple[str, Sequence[model.Words]]]:
    """Part a line into live passages, each with its source, and plain words between them."""
    for source, words in groupby(line, source_of):
        yield source, list(words)
