"""The manuscript between the pages and its files: frozen text, tables and figures, numbered as on the site.

Whatever a cohort's labels hold is a string in here; no writer takes a string for markup.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

RUNNING_TITLE = 125
"""Letters that fit into one line at the head of a page."""
Mark = Literal["strong", "emphasis", "superscript", "subscript", "code", "unbroken", "place"]


# Without slots: pages hold tens of thousands, and Python keeps an object with slots at a tenth of the speed.
@dataclass(frozen=True)
class Words:
    """A stretch of text in one dress.

    Attributes
    ----------
    text : str
        What is printed.
    marks : frozenset of Mark
        How; ``unbroken`` stays on one line; a ``place`` prints nothing: its text is the name by which it is found.
    target : str
        Where it leads: ``#`` and an anchor of the manuscript, an address, or nowhere.
    key, method : str
        The result that is quoted, and its method where it is not the reported one.
    source : str
        What an author types for it where it is a role, such as ``{p}`KEY```.
    """

    text: str
    marks: frozenset[Mark] = frozenset()
    target: str = ""
    key: str = ""
    method: str = ""
    source: str = ""

    @property
    def dress(self) -> tuple[object, ...]:
        """All but the text."""
        return self.marks, self.target, self.key, self.method, self.source


Line = tuple[Words, ...]
ParagraphKind = Literal["body", "absent", "front"]
RowKind = Literal["body", "section", "indented"]


def plain(line: Line) -> str:
    """Return a line without its dress."""
    return "".join(words.text for words in line if "place" not in words.marks)


def merged(line: Iterable[Words]) -> Line:
    """Return words without the empty ones, neighbors in one dress joined; a quoted number and a role stay apart."""
    found: list[Words] = []
    for words in line:
        apart = words.key or words.source
        if found and not apart and found[-1].dress == words.dress:
            found[-1] = replace(words, text=found[-1].text + words.text)
        elif words.text or words.target:
            found.append(words)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: level 1 is a section of the article."""

    level: int
    text: Line
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text, a line of the title page, or the sentence that says why something is not there.

    `passage` is the Markdown that it is made from; empty where it is made from the results.
    """

    text: Line
    kind: ParagraphKind = "body"
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with bullets, one line an item; `passages` has the Markdown of each, as a paragraph has its own."""

    items: tuple[Line, ...]
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Text that a cell printed, its lines as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """One row of a table; the first cell is its heading."""

    cells: tuple[Line, ...]
    kind: RowKind = "body"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What tables and figures share.

    Attributes
    ----------
    name : str
        Label by which the text refers to it, its anchor, and the stem of its files; empty for a table without number.
    number : str
        Such as ``Table 1`` or ``Figure S2``, as on the site.
    title : Line
        Its caption.
    notes : tuple of Line
        Printed under it.
    main : bool
        Whether it stands in the article or in the supplement.
    """

    name: str
    number: str
    title: Line
    notes: tuple[Line, ...]
    main: bool


@dataclass(frozen=True, slots=True)
class PrintedTable(Exhibit):
    """A table as it is printed."""

    columns: tuple[Line, ...]
    rows: tuple[PrintedRow, ...]


@dataclass(frozen=True, slots=True)
class PrintedFigure(Exhibit):
    """A figure as it is printed: its drawing as SVG, what it shows in words, and what it is drawn from.

    `data` are the rows of its CSV, the header first; empty where the figure does not say.
    """

    svg: str
    alt: str
    data: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ReferenceEntry:
    """One entry of the list of references."""

    number: str
    text: Line
    anchor: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a page."""


Block = Heading | Paragraph | Listing | Preformatted | PrintedTable | PrintedFigure | ReferenceEntry | PageBreak


@dataclass(frozen=True, slots=True)
class Article:
    """A document: the article, or its supplement.

    Attributes
    ----------
    title, subtitle, authors, notice : str
        The head of the first page; only the title is never empty.
    body : tuple of Block
        Everything under it, in the order in which it is printed.
    running_title : str
        At the head of each page.
    keywords : tuple of str
        For the properties of the files.
    dates : str
        Those of the data, as the author gives them.
    line_numbers : bool
        Whether lines are numbered.
    contents : bool
        Whether the DOCX begins with a table of contents.
    name : str
        The stem of its files.
    """

    title: str
    subtitle: str
    authors: str
    notice: str
    body: tuple[Block, ...]
    running_title: str = ""
    keywords: tuple[str, ...] = ()
    dates: str = ""
    line_numbers: bool = False
    contents: bool = False
    name: str = "manuscript"

    @property
    def label(self) -> str:
        """What every page says of rows that are no patients: the beginning of the notice."""
        return f"{self.notice.partition(', and')[0]}." if self.notice else ""

    @property
    def running_head(self) -> str:
        """What stands at the head of each page, in one line."""
        return textwrap.shorten(self.running_title or self.title, RUNNING_TITLE, placeholder=" …")

    @property
    def blocks(self) -> Iterator[Block]:
        """Everything in the order in which it is printed."""
        yield from self.body

    @property
    def figures(self) -> tuple[PrintedFigure, ...]:
        """Everything that is drawn, numbered or not."""
        return tuple(block for block in self.blocks if isinstance(block, PrintedFigure))

    @property
    def exhibits(self) -> tuple[PrintedTable | PrintedFigure, ...]:
        """Every numbered table and figure."""
        return tuple(block for block in self.body if isinstance(block, PrintedTable | PrintedFigure) and block.number)
