"""A manuscript that was edited in a word processor, read back: its paragraphs, live numbers, comments and tables.

Tracked changes are read as if they were accepted. Word and LibreOffice write the same text in many ways; what counts
here is the text, its dress, the fields and the bookmarks that the manuscript was written with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.word.fields import LIVE, printed_name
from hai_utils.book.manuscript.word.marks import LISTED, Mark, cells_name
from hai_utils.book.manuscript.word.pieces import Piece, joined
from hai_utils.book.manuscript.word.properties import CUSTOM
from hai_utils.errors import DataError
from hai_utils.input_files import DOCX_BODY, UnusableFileError, read_docx

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STYLES, COMMENTS, LINKS = "word/styles.xml", "word/comments.xml", "word/_rels/document.xml.rels"
MOST_PARAGRAPHS = 20_000
# What holds runs or paragraphs, and is none itself.
WITHIN = {"ins", "moveTo", "smartTag", "hyperlink", "sdt", "sdtContent", "customXml", "dir", "bdo", "body"}
# LibreOffice (7.4) moves the words of a comment that was put on the result of a field, such as "Table 1", into that result.
NO_WORDS = "(no words; LibreOffice moves those of a comment on a cross-reference into the reference)"
OFF = {"0", "false", "off", "none"}
DRESS: tuple[tuple[str, model.Mark], ...] = (("b", "strong"), ("i", "emphasis"))
RAISED: dict[str, model.Mark] = {"superscript": "superscript", "subscript": "subscript"}
SIGNS = {"tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-"}


@dataclass
class EditedParagraph:
    """A paragraph as it came back.

    Attributes
    ----------
    style : str
        Name of its style, in small letters.
    pieces : list of Piece
        What it says.
    marks : list of str
        Bookmarks of the manuscript that it lies in.
    emptied : list of str
        Such bookmarks without any text: what they held was deleted, or moved without them.
    item : bool
        Whether it is an item of a list.
    comments : list of str
        What was remarked on it.
    """

    style: str = ""
    pieces: list[Piece] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    item: bool = False
    comments: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words alone."""
        return " ".join("".join(piece.text for piece in self.pieces).split())


@dataclass
class EditedDocument:
    """A document as it came back: its paragraphs, digests of its tables by bookmark, and the marks that it was written with."""

    paragraphs: list[EditedParagraph] = field(default_factory=list)
    tables: dict[str, str] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)


@dataclass
class _Field:
    """A field that is not closed yet."""

    instruction: str = ""
    shows: bool = False
    pieces: list[Piece] = field(default_factory=list)


def read_edited(path: Path) -> EditedDocument:
    """Read a DOCX that was written by this package and edited since.

    Raises
    ------
    DataError
        Where it is no DOCX, too large, or was not written as a manuscript of a run.
    """
    try:
        parts = read_docx(path, (DOCX_BODY, STYLES, COMMENTS, LINKS, CUSTOM))
        trees = {name: ElementTree.fromstring(content) for name, content in parts.items()}
    except UnusableFileError as error:
        raise DataError([f"{path.name}: {error.found}"]) from None
    except (ElementTree.ParseError, RecursionError):
        raise DataError([f"{path.name}: the document is damaged. Open it in Word and save it as .docx."]) from None
    reader = _Reader(trees)
    try:
        reader.read()
    except RecursionError:
        raise DataError([f"{path.name}: its parts are nested too deeply for a manuscript."]) from None
    if not any(mark for paragraph in reader.document.paragraphs for mark in paragraph.marks):
        raise DataError(
            [
                f"{path.name}: this is no manuscript that 'hai build' wrote, or the program that saved it dropped all "
                "bookmarks. Edit manuscript.docx of a run in Word or LibreOffice, and save it as .docx."
            ]
        )
    if len(reader.document.paragraphs) > MOST_PARAGRAPHS:
        raise DataError([f"{path.name}: more than {MOST_PARAGRAPHS:,} paragraphs."])
    return reader.document


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _value(element: ElementTree.Element | None, name: str = "val") -> str:
    return "" if element is None else element.get(f"{WORD}{name}", "")


class _Reader:
    """Walks through a document; fields and bookmarks may reach over paragraphs."""

    def __init__(self, trees: dict[str, ElementTree.Element]) -> None:
        self.document = EditedDocument()
        self._trees = trees
        self._styles = _style_names(trees.get(STYLES))
        self._comments = _comment_texts(trees.get(COMMENTS))
        self._links = _addresses(trees.get(LINKS))
        self._fields: list[_Field] = []
        self._open: dict[str, str] = {}
        self._filled: set[str] = set()
        self._here = EditedParagraph()
        self._joins = False
        self._caption = ""

    def read(self) -> None:
        """Read the body and the list of marks."""
        self._blocks(self._trees[DOCX_BODY])
        custom = self._trees.get(CUSTOM)
        for one in custom if custom is not None else ():
            if one.get("name", "").startswith(LISTED):
                self.document.listed += "".join(one.itertext()).split()

    def _blocks(self, parent: ElementTree.Element) -> None:
        for child in parent:
            match _local(child):
                case "p":
                    self._paragraph(child)
                case "tbl":
                    self._table(child)
                case "bookmarkStart" | "bookmarkEnd":
                    self._bookmark(child)
                case name if name in WITHIN:
                    self._blocks(child)

    def _table(self, table: ElementTree.Element) -> None:
        cells = [
            "".join(text.text or "" for text in _kept(cell) if _local(text) == "t")
            for row in table.iter(f"{WORD}tr")
            for cell in row.iter(f"{WORD}tc")
        ]
        if self._caption:
            self.document.tables[self._caption] = cells_name(cells)
            self._caption = ""

    def _paragraph(self, element: ElementTree.Element) -> None:
        properties = element.find(f"{WORD}pPr")
        if not self._joins:
            self._caption = ""
            self._here = EditedParagraph(self._style_of(properties), item=_is_item(properties))
            self._here.marks += list(self._open.values())
        self._inlines(element, "")
        # A deleted end joins a paragraph with the next one.
        self._joins = properties is not None and properties.find(f"{WORD}rPr/{WORD}del") is not None
        if self._joins:
            return
        here = self._here
        here.pieces = joined(here.pieces)
        # Of what was cut and not pasted, or stands in a table of contents, nothing is left to read.
        if (here.text or here.emptied) and not any(one.instruction.startswith("TOC") for one in self._fields):
            self.document.paragraphs.append(here)

    def _style_of(self, properties: ElementTree.Element | None) -> str:
        name = _value(properties.find(f"{WORD}pStyle")) if properties is not None else ""
        return self._styles.get(name, name).lower()

    def _inlines(self, parent: ElementTree.Element, link: str) -> None:
        for child in parent:
            name = _local(child)
            match name:
                case "r":
                    self._run(child, link)
                case "bookmarkStart" | "bookmarkEnd":
                    self._bookmark(child)
                case "commentRangeStart":
                    self._remark(child)
                case "fldSimple":
                    self._fields.append(_Field(_value(child, "instr").strip(), shows=True))
                    self._inlines(child, link)
                    self._close()
                case _ if name in WITHIN:
                    self._inlines(child, self._links.get(child.get(RELATION, ""), "") if name == "hyperlink" else link)

    def _run(self, run: ElementTree.Element, link: str) -> None:
        dress = _dress(run.find(f"{WORD}rPr"), self._styles)
        for child in run:
            name = _local(child)
            match name:
                case "fldChar":
                    self._mark_of_field(_value(child, "fldCharType"))
                case "instrText":
                    if self._fields:
                        self._fields[-1].instruction += child.text or ""
                case "t" | "tab" | "br" | "cr" | "noBreakHyphen":
                    text = SIGNS.get(name, child.text or "")
                    self._say(
                        Piece("".join(c if c.isprintable() or c.isspace() else " " for c in text), dress, link=link)
                    )
                case "commentReference":
                    self._remark(child)

    def _mark_of_field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(_Field())
        elif self._fields and kind == "separate":
            self._fields[-1].shows = True
        elif self._fields and kind == "end":
            self._close()

    def _close(self) -> None:
        """End a field: a live passage or a cross-reference is one piece, any other field is its text."""
        closed = self._fields.pop()
        words = closed.instruction.split()
        shown = "".join(piece.text for piece in closed.pieces)
        if words[:2] == ["ADDIN", LIVE] and len(words) > 3:
            for piece in _live(shown, words[2], words[3]):
                self._say(piece)
        elif words[:1] == ["REF"] and len(words) > 1 and words[1].startswith("hai_"):
            self._say(Piece(shown, live=words[1]))
        else:
            for piece in closed.pieces:
                self._say(piece)

    def _say(self, piece: Piece) -> None:
        if self._fields:
            if self._fields[-1].shows:
                self._fields[-1].pieces.append(piece)
            return
        self._here.pieces.append(piece)
        if piece.text.strip():
            self._filled |= self._open.keys()

    def _bookmark(self, element: ElementTree.Element) -> None:
        number, name = _value(element, "id"), _value(element, "name")
        if _local(element) == "bookmarkStart":
            if name.startswith("hai_"):
                if Mark.read(name):
                    self._open[number] = name
                    self._filled.discard(number)
                    self._here.marks.append(name)
                else:
                    self._caption = name
            return
        ended = self._open.pop(number, "")
        if ended and number not in self._filled and ended in self._here.marks:
            self._here.marks.remove(ended)
            self._here.emptied.append(ended)

    def _remark(self, element: ElementTree.Element) -> None:
        text = self._comments.get(_value(element, "id"), "")
        if text and text not in self._here.comments:
            self._here.comments.append(text)


def _live(shown: str, name: str, printed: str) -> Iterator[Piece]:
    """Return a live passage, and apart from it what was typed at either end of its field."""
    for place in range(len(shown) + 1):
        if printed_name(shown[:place]) == printed and shown[:place].strip():
            yield Piece(shown[:place], live=name, printed=printed)
            if shown[place:]:
                yield Piece(shown[place:])
            return
        if printed_name(shown[place:]) == printed and shown[place:].strip():
            yield Piece(shown[:place])
            yield Piece(shown[place:], live=name, printed=printed)
            return
    if shown.strip():
        yield Piece(shown, live=name, printed=printed)


def _kept(parent: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Give what is within an element but for deleted parts."""
    for child in parent:
        if _local(child) not in {"del", "moveFrom"}:
            yield child
            yield from _kept(child)


def _is_item(properties: ElementTree.Element | None) -> bool:
    number = properties.find(f"{WORD}numPr/{WORD}numId") if properties is not None else None
    return number is not None and _value(number) != "0"


def _on(properties: ElementTree.Element, name: str) -> bool:
    found = properties.find(f"{WORD}{name}")
    return found is not None and _value(found).lower() not in OFF


def _dress(properties: ElementTree.Element | None, styles: dict[str, str]) -> frozenset[model.Mark]:
    if properties is None:
        return frozenset()
    found: set[model.Mark] = {mark for name, mark in DRESS if _on(properties, name)}
    raised = _value(properties.find(f"{WORD}vertAlign"))
    if raised in RAISED:
        found.add(RAISED[raised])
    style = _value(properties.find(f"{WORD}rStyle"))
    if styles.get(style, style) == "Verbatim Char":
        found.add("code")
    return frozenset(found)


def _style_names(tree: ElementTree.Element | None) -> dict[str, str]:
    styles = tree.iter(f"{WORD}style") if tree is not None else ()
    return {_value(style, "styleId"): _value(style.find(f"{WORD}name")) for style in styles}


def _comment_texts(tree: ElementTree.Element | None) -> dict[str, str]:
    """Return what each comment says, after the name of its author."""
    found = {}
    for comment in tree.iter(f"{WORD}comment") if tree is not None else ():
        words = " ".join("".join(part.text or "" for part in comment.iter(f"{WORD}t")).split())
        found[_value(comment, "id")] = f"{_value(comment, 'author') or 'Someone'}: {words or NO_WORDS}"
    return found


def _addresses(tree: ElementTree.Element | None) -> dict[str, str]:
    """Return the addresses of links, by the names of their relations; only those that a page may lead to."""
    found = {one.get("Id", ""): one.get("Target", "") for one in tree} if tree is not None else {}
    return {name: address for name, address in found.items() if address.startswith("https://")}
