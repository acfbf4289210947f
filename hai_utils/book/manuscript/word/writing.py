"""The manuscript and its tables as documents of a word processor: blocks of an article to Pandoc's tree."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.labelling import labelled_document
from hai_utils.book.manuscript.measuring import ColumnLayout, Width, lay_out
from hai_utils.book.manuscript.word.fields import (
    NO_BREAK_SPACE,
    Fields,
    Node,
    field_around,
    live_instruction,
    passages,
    raw,
)
from hai_utils.book.manuscript.word.marks import listed, mark_of, table_mark
from hai_utils.book.manuscript.word.pandoc import (
    LANDSCAPE,
    LINE_NUMBERS,
    PAGE,
    PORTRAIT,
    mended,
    packed,
    pandoc,
    section_end,
)
from hai_utils.book.manuscript.word.properties import with_properties

# Millimetres of text on the page of the reference file, upright and turned.
ROOMS = (160.0, 247.0)
# Size of type in points, and what the styles of that size are called after.
SIZES = {8.5: "", 7.5: " Small", 6.5: " Smallest"}
FIGURE_MILLIMETRES = 135.0
# How much wider than the face that columns are measured in the type may run: 1.08 in Times New Roman, and so much in
# DejaVu Serif, the widest that a word processor without any face of Times' widths takes in its place.
WIDER = 1.36
REFERENCE = "reference.docx"
# Signs that print nothing and stay: two joiners, and the space at which no line breaks.
KEPT = f"\u200c\u200d{NO_BREAK_SPACE}"
NO_ATTRIBUTES: list[Any] = ["", [], []]
PARAGRAPHS: dict[model.ParagraphKind, str] = {"body": "Body Text", "absent": "Absent", "front": "Front"}
ROW_KINDS = {"body": "Table Text", "section": "Table Section", "indented": "Table Indented"}
# Levels of headings in a table of contents.
CONTENTS_LEVELS = 2
TABLE_MARK = "hai-table-"
MARKED = re.compile(
    rf'<w:bookmarkStart w:id="(\d+)" w:name="{TABLE_MARK}(\d+)" />(.*?)<w:bookmarkEnd w:id="\1" />', re.DOTALL
)


def _node(kind: str, content: Any) -> Node:  # noqa: ANN401 - a tree of JSON
    return {"t": kind, "c": content}


def _text(text: str) -> Node:
    return _node("Str", "".join(sign if sign.isprintable() or sign in KEPT else " " for sign in text))


def _lines(text: str) -> list[Node]:
    """Return the lines of a text that was printed."""
    lines = [_node("Code", [NO_ATTRIBUTES, _text(line)["c"]]) for line in text.splitlines()]
    return [node for line in lines for node in (line, {"t": "LineBreak"})][:-1]


def _words(words: model.Words) -> Node:
    text = words.text.replace(" ", NO_BREAK_SPACE) if "unbroken" in words.marks else words.text
    found = _text(text)
    if "code" in words.marks:
        found = _node("Code", [NO_ATTRIBUTES, found["c"]])
    for mark, kind in (
        ("strong", "Strong"),
        ("emphasis", "Emph"),
        ("superscript", "Superscript"),
        ("subscript", "Subscript"),
    ):
        if mark in words.marks:
            found = _node(kind, [found])
    return _node("Link", [NO_ATTRIBUTES, [found], [words.target, ""]]) if words.target else found


def _styled(style: str, inlines: list[Node], anchor: str = "") -> Node:
    """Return a paragraph in a style of the reference file."""
    return _node("Div", [[anchor, [], [["custom-style", style]]], [_node("Para", inlines)]])


def _empty(style: str, run: str = "") -> Node:
    """Return an empty paragraph, which Pandoc would leave out of its tree."""
    properties = f'<w:pPr><w:pStyle w:val="{style.replace(" ", "")}"/></w:pPr>'
    return _node("RawBlock", ["openxml", f"<w:p>{properties}{run}</w:p>"])


def _section_end(shape: str) -> Node:
    return _node("RawBlock", ["openxml", section_end(shape)])


@dataclass
class _Writer:
    """Writes the blocks of one document.

    Attributes
    ----------
    width : callable
        See `hai_utils.book.manuscript.measuring.measure_of`.
    fields : Fields
        Of this document.
    drawings : mapping of str to bytes
        The drawing of each figure as PNG, by the figure's name.
    """

    width: Width
    fields: Fields
    drawings: Mapping[str, bytes] = field(default_factory=dict)

    def blocks(self, block: model.Block) -> list[Node]:
        """Return a block as nodes of Pandoc's tree."""
        match block:
            case model.Heading():
                return [_node("Header", [min(block.level, 3), [block.anchor, [], []], self.marked(block.text)])]
            case model.Paragraph():
                return [_styled(PARAGRAPHS[block.kind], self.prose(block.text, block.passage))]
            case model.Listing():
                sources = block.passages or ("",) * len(block.items)
                items = [[_node("Plain", self.prose(*item))] for item in zip(block.items, sources, strict=True)]
                return [_node("BulletList", items)]
            case model.PageBreak():
                return [_empty("After Exhibit", '<w:r><w:br w:type="page"/></w:r>')]
            case model.Preformatted():
                return [_styled("Source Code", _lines(block.text))]
            case model.ReferenceEntry():
                number = [_text(f"{block.number}."), raw("<w:r><w:tab/></w:r>")]
                line = self.marked(block.text, (model.Words(f"{block.number}. "),), number)
                return [_styled("Reference", line, block.anchor)]
            case model.PrintedTable():
                return self.table(block, self.layout(block), block.name if block.number else "")
            case model.PrintedFigure():
                return [self.figure(block)]

    def line(self, line: model.Line) -> list[Node]:
        """Return a line whose cross-references are fields."""
        return [node for words in line for node in self._linked(words)]

    def _linked(self, words: model.Words) -> list[Node]:
        exhibit = self.fields.crossed(words)
        if not exhibit:
            return [_words(words)]
        # A link within the field would be read twice; the words are those of the caption to the last space.
        return self.fields.reference(exhibit, _words(replace(words, target="", marks=words.marks | {"unbroken"})))

    def prose(self, line: model.Line, passage: str) -> list[Node]:
        """Return running text: its numbers are live, and its bookmark leads an edited passage home."""
        nodes: list[Node] = []
        for source, words in passages(line):
            plain = self.line(tuple(words))
            live = source and not self.fields.crossed(words[0])
            nodes += field_around(live_instruction(source, model.plain(tuple(words))), plain) if live else plain
        return self.fields.bookmarked(mark_of(line, passage, self.fields.exhibits), nodes)

    def marked(self, line: model.Line, before: model.Line = (), nodes: Sequence[Node] = ()) -> list[Node]:
        """Return a line whose bookmark tells whether it was changed, after nodes that print what stands before it."""
        return self.fields.bookmarked(
            mark_of(tuple(replace(words, key="", source="") for words in (*before, *line)), "", self.fields.exhibits),
            [*nodes, *self.line(line)],
        )

    def caption(self, style: str, exhibit: model.PrintedTable | model.PrintedFigure) -> list[Node]:
        """Return the caption of an exhibit that has a number."""
        if not exhibit.number:
            return []
        number = self.fields.number(exhibit, lambda text: _node("Strong", [_text(text)]))
        before = (model.Words(exhibit.number, frozenset({"strong"})), model.Words(" "))
        return [_styled(style, self.marked(exhibit.title, before, [*number, _text(" ")]))]

    def layout(self, table: model.PrintedTable) -> ColumnLayout:
        """Return the widths of a table's columns in a serif face."""
        return lay_out(table, lambda text, bold: WIDER * self.width(text, bold), rooms=ROOMS, sizes=tuple(SIZES))

    def table(self, table: model.PrintedTable, layout: ColumnLayout, anchor: str) -> list[Node]:
        """Return a table under its caption, on a turned page where it is wide."""
        notes = [_styled("Table Note", self.marked(note)) for note in table.notes]
        whole = [*self.caption("Table Caption", table), self._grid(table, layout), *notes]
        if table.number:
            self.fields.marks.append(table_mark(table))
        box = _node("Div", [[anchor, [], []], whole])
        if layout.turned:
            return [_section_end(PORTRAIT), box, _section_end(LANDSCAPE)]
        return [box, _empty("After Exhibit")]

    def _grid(self, table: model.PrintedTable, layout: ColumnLayout) -> Node:
        size = SIZES[layout.size]
        room = sum(layout.widths)
        columns = [[{"t": "AlignLeft"}, _node("ColWidth", part / room)] for part in layout.widths]
        head = [self._cell(f"Table Heading{size}", column) for column in table.columns]
        rows = [self._row(row, size) for row in table.rows]
        return _node(
            "Table",
            [
                NO_ATTRIBUTES, [None, []], columns, [NO_ATTRIBUTES, [[NO_ATTRIBUTES, head]]],
                [[NO_ATTRIBUTES, 1, [], rows]], [NO_ATTRIBUTES, []],
            ],
        )  # fmt: skip

    def _row(self, row: model.PrintedRow, size: str) -> list[Any]:
        first, *others = row.cells
        body = "Table Section" if row.kind == "section" else "Table Text"
        cells = [
            self._cell(f"{ROW_KINDS[row.kind]}{size}", first),
            *(self._cell(f"{body}{size}", cell) for cell in others),
        ]
        return [NO_ATTRIBUTES, cells]

    def _cell(self, style: str, line: model.Line) -> list[Any]:
        # A cell without text would take the type of the text around the table, and its height.
        inlines = self.line(line) if any(words.text for words in line) else [_text(NO_BREAK_SPACE)]
        return [NO_ATTRIBUTES, {"t": "AlignDefault"}, 1, 1, [_styled(style, inlines)]]

    def figure(self, figure: model.PrintedFigure) -> Node:
        """Return a figure over its caption, with what it shows in words for those who listen."""
        address = f"data:image/png;base64,{base64.b64encode(self.drawings[figure.name]).decode()}"
        image = _node("Image", [["", [], [["width", f"{FIGURE_MILLIMETRES}mm"]]], [_text(figure.alt)], [address, ""]])
        notes = [_styled("Table Note", self.marked(note)) for note in figure.notes]
        parts = [_styled("Figure Drawing", [image]), *self.caption("Figure Caption", figure), *notes]
        return _node("Div", [[figure.name, [], []], [*parts, _empty("After Exhibit")]])


def _contents(blocks: Iterable[model.Block]) -> list[Node]:
    """Return a table of contents, which a word processor gives the numbers of the pages when it updates its fields."""
    headings = [block for block in blocks if isinstance(block, model.Heading) and block.level <= CONTENTS_LEVELS]
    if not headings:
        return []
    entries = [
        _styled(
            f"toc {block.level}",
            [_words(model.Words(model.plain(block.text), target=f"#{block.anchor}" if block.anchor else ""))],
        )
        for block in headings
    ]
    start, *_, end = field_around(f'TOC \\o "1-{CONTENTS_LEVELS}" \\h \\z \\u', [], dirty=True)
    entries[0]["c"][1][0]["c"].insert(0, start)
    entries[-1]["c"][1][0]["c"].append(end)
    return [_styled("TOC Heading", [_text("Contents")]), *entries]


def _meta(article: model.Article) -> dict[str, Node]:
    found = {"title": _node("MetaInlines", [_text(article.title)])}
    if article.subtitle:
        found["subtitle"] = _node("MetaInlines", [_text(article.subtitle)])
    return found


def manuscript_docx(
    article: model.Article,
    drawings: Mapping[str, bytes],
    width: Width,
    reference: Path,
) -> bytes:
    """Write the manuscript.

    Parameters
    ----------
    article : Article
        What is printed.
    drawings : mapping of str to bytes
        The drawing of each figure as PNG, by the figure's name.
    width : callable
        See `hai_utils.book.manuscript.measuring.measure_of`.
    reference : Path
        The file with the styles.

    Returns
    -------
    bytes
        The same bytes for the same article.
    """
    writer = _Writer(width, Fields({block.name: block.number for block in article.exhibits}), drawings)
    blocks = [_styled("Notice", [_text(article.notice)])] if article.notice else []
    blocks += _contents(article.blocks) if article.contents else []
    above: model.Block | None = None
    for block in article.blocks:
        made = writer.blocks(block)
        # A heading goes with the turned table that it stands over.
        turned = made[0] == _section_end(PORTRAIT) and isinstance(above, model.Heading)
        blocks += [made[0], blocks.pop(), *made[1:]] if turned else made
        above = block
    parts = pandoc(_meta(article), blocks, reference)
    document = mended(parts["word/document.xml"].decode(), LINE_NUMBERS if article.line_numbers else "")
    parts = {**parts, "word/document.xml": document.encode()}
    parts = with_properties(parts, article, listed(writer.fields.marks))
    return packed(labelled_document(parts, article.label, article.running_head))


def table_documents(
    tables: Sequence[model.PrintedTable], width: Width, reference: Path, label: str = ""
) -> dict[str, bytes]:
    """Write each table as a document of its own, under its label; Pandoc writes them all at once, and they are taken apart.

    Returns
    -------
    dict of str to bytes
        By the table's name.
    """
    if not tables:
        return {}
    blocks: list[Node] = []
    layouts: list[ColumnLayout] = []
    for place, table in enumerate(tables):
        # Each counts its captions by itself.
        writer = _Writer(width, Fields({}))
        layouts.append(writer.layout(table))
        blocks += writer.table(table, replace(layouts[-1], turned=False), f"{TABLE_MARK}{place}")
    parts = pandoc({}, blocks, reference)
    text = mended(parts["word/document.xml"].decode())
    start, end = text.index("<w:body>") + len("<w:body>"), text.index("</w:body>")
    page = PAGE.search(text)
    assert page is not None
    found: dict[str, bytes] = {}
    for match in MARKED.finditer(text):
        place = int(match[2])
        shape = page[0].replace(PORTRAIT, LANDSCAPE) if layouts[place].turned else page[0]
        document = f"{text[:start]}{match[3]}{shape}{text[end:]}".encode()
        found[tables[place].name] = packed(labelled_document({**parts, "word/document.xml": document}, label))
    return found
