"""The manuscript and its tables as DOCX, written by Pandoc.

Pandoc is given its own tree of a document, not a text in any markup: a label can only be a string in it. It runs in its
sandbox, so that it reads no file and no address; drawings are handed over inside the tree.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.labelling import labelled_document
from hai_utils.book.manuscript.measuring import ColumnLayout, Width, lay_out
from hai_utils.errors import BuildError

# Millimetres of text on the page of the reference file, upright and turned.
ROOMS = (160.0, 247.0)
# Size of type in points, and what the styles of that size are called after.
SIZES = {8.5: "", 7.5: " Small", 6.5: " Smallest"}
FIGURE_MILLIMETRES = 135.0
# How much wider than the face that columns are measured in the type may run: 1.08 in Times New Roman, and so much in
# DejaVu Serif, the widest that a word processor without any face of Times' widths takes in its place.
WIDER = 1.36
REFERENCE = "reference.docx"
# The earliest date that an archive can hold: files made twice are the same.
STAMP = (1980, 1, 1, 0, 0, 0)
API = [1, 23, 1]
NO_ATTRIBUTES: list[Any] = ["", [], []]
NO_BREAK_SPACE = "\u00a0"
ROW_KINDS = {"body": "Table Text", "section": "Table Section", "indented": "Table Indented"}
LANDSCAPE = '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>'
PORTRAIT = '<w:pgSz w:w="11906" w:h="16838"/>'
MARGINS = (
    '<w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" w:header="708" w:footer="708" w:gutter="0"/>'
)
FOOT = re.compile(r"<w:footerReference [^>]*/>")
PAGE = re.compile(r"<w:sectPr>(?:(?!<w:sectPr>).)*</w:sectPr>\s*(?=</w:body>)", re.DOTALL)
TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
PARAGRAPH_STYLE = re.compile(r'<w:pStyle w:val="[^"]*" ?/>')
# Rows of a table, its heading included, that a page holds whole.
KEPT_ROWS = 20
ROW_START = re.compile(r"<w:tr>(?:<w:trPr>)?")
# Pandoc copies the address of a drawing, which is the drawing itself, into its description.
DRAWING_ADDRESS = re.compile(r'descr="data:image/png;base64,[^"]*"')
TABLE_MARK = "hai-table-"
MARKED = re.compile(
    rf'<w:bookmarkStart w:id="(\d+)" w:name="{TABLE_MARK}(\d+)" />(.*?)<w:bookmarkEnd w:id="\1" />', re.DOTALL
)
Node = dict[str, Any]


def _node(kind: str, content: Any) -> Node:  # noqa: ANN401 - a tree of JSON
    return {"t": kind, "c": content}


def _text(text: str) -> Node:
    return _node("Str", "".join(sign if sign.isprintable() or sign in "\u200c\u200d" else " " for sign in text))


def _line(line: model.Line) -> list[Node]:
    return [_words(words) for words in line]


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


def _empty(style: str) -> Node:
    """Return an empty paragraph, which Pandoc would leave out of its tree."""
    return _node("RawBlock", ["openxml", f'<w:p><w:pPr><w:pStyle w:val="{style.replace(" ", "")}"/></w:pPr></w:p>'])


def _blocks(block: model.Block, width: Width, drawings: Mapping[str, bytes]) -> list[Node]:
    match block:
        case model.Heading():
            return [_node("Header", [min(block.level, 3), [block.anchor, [], []], _line(block.text)])]
        case model.Paragraph():
            return [_styled("Absent" if block.kind == "absent" else "Body Text", _line(block.text))]
        case model.Listing():
            return [_node("BulletList", [[_node("Plain", _line(item))] for item in block.items])]
        case model.ReferenceEntry():
            number = [_text(f"{block.number}."), _node("RawInline", ["openxml", "<w:r><w:tab/></w:r>"])]
            return [_styled("Reference", [*number, *_line(block.text)], block.anchor)]
        case model.PrintedTable():
            return _table(block, _layout(block, width), block.name if block.number else "")
        case model.PageBreak():
            return [_node("RawBlock", ["openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'])]
        case model.PrintedFigure():
            return [_figure(block, drawings[block.name])]


def _caption(style: str, exhibit: model.PrintedTable | model.PrintedFigure) -> list[Node]:
    if not exhibit.number:
        return []
    return [_styled(style, [_node("Strong", [_text(f"{exhibit.number} ")]), *_line(exhibit.title)])]


def _section_end(page: str) -> Node:
    """End a section: what came before it stands on pages of this shape."""
    return _node(
        "RawBlock",
        ["openxml", f'<w:p><w:pPr><w:pStyle w:val="AfterExhibit"/><w:sectPr>{page}{MARGINS}</w:sectPr></w:pPr></w:p>'],
    )


def _layout(table: model.PrintedTable, width: Width) -> ColumnLayout:
    return lay_out(table, lambda text, bold: WIDER * width(text, bold), rooms=ROOMS, sizes=tuple(SIZES))


def _table(table: model.PrintedTable, layout: ColumnLayout, anchor: str) -> list[Node]:
    notes = [_styled("Table Note", _line(note)) for note in table.notes]
    whole = [*_caption("Table Caption", table), _grid(table, layout), *notes]
    box = _node("Div", [[anchor, [], []], whole])
    if layout.turned:
        return [_section_end(PORTRAIT), box, _section_end(LANDSCAPE)]
    return [box, _empty("After Exhibit")]


def _grid(table: model.PrintedTable, layout: ColumnLayout) -> Node:
    size = SIZES[layout.size]
    room = sum(layout.widths)
    columns = [[{"t": "AlignLeft"}, _node("ColWidth", part / room)] for part in layout.widths]
    head = [_cell(f"Table Heading{size}", column) for column in table.columns]
    rows = [_row(row, size) for row in table.rows]
    return _node(
        "Table",
        [
            NO_ATTRIBUTES, [None, []], columns, [NO_ATTRIBUTES, [[NO_ATTRIBUTES, head]]],
            [[NO_ATTRIBUTES, 1, [], rows]], [NO_ATTRIBUTES, []],
        ],
    )  # fmt: skip


def _row(row: model.PrintedRow, size: str) -> list[Any]:
    first, *others = row.cells
    body = "Table Section" if row.kind == "section" else "Table Text"
    cells = [_cell(f"{ROW_KINDS[row.kind]}{size}", first), *(_cell(f"{body}{size}", cell) for cell in others)]
    return [NO_ATTRIBUTES, cells]


def _cell(style: str, line: model.Line) -> list[Any]:
    # A cell without text would take the type of the text around the table, and its height.
    inlines = _line(line) if any(words.text for words in line) else [_text(NO_BREAK_SPACE)]
    return [NO_ATTRIBUTES, {"t": "AlignDefault"}, 1, 1, [_styled(style, inlines)]]


def _figure(figure: model.PrintedFigure, drawing: bytes) -> Node:
    address = f"data:image/png;base64,{base64.b64encode(drawing).decode()}"
    image = _node("Image", [["", [], [["width", f"{FIGURE_MILLIMETRES}mm"]]], [_text(figure.alt)], [address, ""]])
    notes = [_styled("Table Note", _line(note)) for note in figure.notes]
    parts = [_styled("Figure Drawing", [image]), *_caption("Figure Caption", figure), *notes]
    return _node("Div", [[figure.name, [], []], [*parts, _empty("After Exhibit")]])


def _meta(article: model.Article) -> dict[str, Node]:
    found = {"title": _node("MetaInlines", [_text(article.title)])}
    if article.subtitle:
        found["subtitle"] = _node("MetaInlines", [_text(article.subtitle)])
    if article.authors:
        found["author"] = _node("MetaList", [_node("MetaInlines", [_text(article.authors)])])
    return found


def manuscript_docx(article: model.Article, drawings: Mapping[str, bytes], width: Width, reference: Path) -> bytes:
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
    blocks = [_styled("Notice", [_text(article.notice)])] if article.notice else []
    for block in article.blocks:
        blocks += _blocks(block, width, drawings)
    parts = _pandoc(_meta(article), blocks, reference)
    parts["word/document.xml"] = _mended(parts["word/document.xml"].decode()).encode()
    return _packed(labelled_document(parts, article.notice.partition(". ")[0]))


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
    layouts = [_layout(table, width) for table in tables]
    blocks: list[Node] = []
    for place, (table, layout) in enumerate(zip(tables, layouts, strict=True)):
        blocks += _table(_without_links(table), replace(layout, turned=False), f"{TABLE_MARK}{place}")
    parts = _pandoc({}, blocks, reference)
    text = _mended(parts["word/document.xml"].decode())
    start, end = text.index("<w:body>") + len("<w:body>"), text.index("</w:body>")
    page = PAGE.search(text)
    assert page is not None
    found: dict[str, bytes] = {}
    for match in MARKED.finditer(text):
        place = int(match[2])
        shape = page[0].replace(PORTRAIT, LANDSCAPE) if layouts[place].turned else page[0]
        document = f"{text[:start]}{match[3]}{shape}{text[end:]}".encode()
        found[tables[place].name] = _packed(labelled_document({**parts, "word/document.xml": document}, label))
    return found


def _without_links(table: model.PrintedTable) -> model.PrintedTable:
    """Return a table whose words lead to no place outside it."""

    def line(words: model.Line) -> model.Line:
        return tuple(replace(word, target="" if word.target.startswith("#") else word.target) for word in words)

    rows = tuple(model.PrintedRow(tuple(map(line, row.cells)), row.kind) for row in table.rows)
    return replace(table, title=line(table.title), notes=tuple(map(line, table.notes)), rows=rows)


def _program() -> str:
    """Return the Pandoc that its Python package brings; another one of this machine may not read these trees."""
    package = find_spec("pypandoc")
    if package is None or package.origin is None:
        raise BuildError("The DOCX files need the Python package pypandoc_binary, which is not installed.")
    return str(Path(package.origin).with_name("files") / ("pandoc.exe" if sys.platform == "win32" else "pandoc"))


def _pandoc(meta: Mapping[str, Node], blocks: Iterable[Node], reference: Path) -> dict[str, bytes]:
    """Run Pandoc on a document's tree; return the parts of the archive that it writes."""
    tree = json.dumps({"pandoc-api-version": API, "meta": meta, "blocks": list(blocks)})
    command = [
        _program(),
        "--sandbox",
        "-f",
        "json",
        "-t",
        "docx",
        f"--reference-doc={reference}",
        "-o",
        "-",
    ]
    done = subprocess.run(
        command, input=tree.encode(), capture_output=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": "0"}
    )
    if done.returncode or done.stderr:
        raise BuildError(f"Pandoc could not write the DOCX: {done.stderr.decode(errors='replace').strip()[:500]}")
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _together(table: str) -> str:
    """Return a table that stays on one page where it is short: each row but the last keeps with the next."""
    *rows, last = table.split("<w:tr>")
    if len(rows) > KEPT_ROWS:
        return table
    return "<w:tr>".join([*(PARAGRAPH_STYLE.sub(r"\g<0><w:keepNext/>", row) for row in rows), last])


def _mended(text: str) -> str:
    """Return a document whose rows and short tables stay whole, whose sections share the foot, and whose last page has its shape."""
    text = TABLE.sub(lambda match: _together(match[0]), text)
    text = DRAWING_ADDRESS.sub('descr=""', text)
    text = ROW_START.sub(
        lambda match: f"<w:tr><w:trPr><w:cantSplit/>{'' if match[0].endswith('trPr>') else '</w:trPr>'}", text
    )
    page = PAGE.search(text)
    foot = FOOT.search(page[0]) if page else None
    if page is None or foot is None:
        raise BuildError("Pandoc wrote a DOCX without a page: its version does not fit this project.")
    sections = text[: page.start()].replace("<w:sectPr>", f"<w:sectPr>{foot[0]}")
    return f"{sections}<w:sectPr>{foot[0]}{PORTRAIT}{MARGINS}</w:sectPr>{text[page.end() :]}"


def _packed(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
