"""Pandoc on a document's tree, and what has to be mended in the DOCX that it writes.

Pandoc is given its own tree of a document, not a text in any markup: a label can only be a string in it. It runs in its
sandbox, so that it reads no file and no address; drawings are handed over inside the tree.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from hai_utils.book.manuscript.programs import run_pandoc
from hai_utils.book.manuscript.word.fields import Node
from hai_utils.errors import BuildError

# The earliest date that an archive can hold: files made twice are the same.
STAMP = (1980, 1, 1, 0, 0, 0)
API = [1, 23, 1]
# A turned page has less above and below, 2 cm: two tables of the supplement stand on one, whatever the word processor's face.
LANDSCAPE, PORTRAIT = (
    f'<w:pgSz w:w="{wide}" w:h="{high}"{turned}/><w:pgMar w:top="{above}" w:right="1417" w:bottom="{above}" w:left="1417" '
    'w:header="708" w:footer="708" w:gutter="0"/>'
    for wide, high, turned, above in ((16838, 11906, ' w:orient="landscape"', 1134), (11906, 16838, "", 1417))
)
LINE_NUMBERS = '<w:lnNumType w:countBy="1" w:distance="283" w:restart="continuous"/>'
FOOT = re.compile(r"<w:footerReference [^>]*/>")
PAGE = re.compile(r"<w:sectPr>(?:(?!<w:sectPr>).)*</w:sectPr>\s*(?=</w:body>)", re.DOTALL)
TABLE = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
PARAGRAPH_STYLE = re.compile(r'<w:pStyle w:val="[^"]*" ?/>')
# Rows of a table, its heading included, that a page holds whole.
KEPT_ROWS = 20
# A note under a table or figure, and the line above it, which must not part from it.
NOTE_NEXT = re.compile(r'\s*(?:<w:bookmark[^>]*/>\s*)*<w:p>\s*<w:pPr>\s*<w:pStyle w:val="TableNote" ?/>')
BEFORE_NOTE = re.compile(
    rf'<w:pStyle w:val="(?:TableNote|FigureCaption)" ?/>(?=(?:(?!</w:p>).)*</w:p>{NOTE_NEXT.pattern})', re.DOTALL
)
ROW_START = re.compile(r"<w:tr>(?:<w:trPr>)?")
# Pandoc copies the address of a drawing, which is the drawing itself, into its description.
DRAWING_ADDRESS = re.compile(r'descr="data:image/png;base64,[^"]*"')


def pandoc(meta: Mapping[str, Node], blocks: Iterable[Node], reference: Path) -> dict[str, bytes]:
    """Run Pandoc on a document's tree; return the parts of the archive that it writes."""
    tree = json.dumps({"pandoc-api-version": API, "meta": meta, "blocks": list(blocks)})
    arguments = ["-f", "json", "-t", "docx", f"--reference-doc={reference}", "-o", "-"]
    content, said = run_pandoc(arguments, tree.encode())
    if said:
        raise BuildError(f"Pandoc could not write the DOCX: {said[:500]}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def section_end(shape: str) -> str:
    """Return the paragraph that ends a section: what came before it stands on pages of this shape."""
    return f'<w:p><w:pPr><w:pStyle w:val="AfterExhibit"/><w:sectPr>{shape}</w:sectPr></w:pPr></w:p>'


def _together(table: str, noted: bool) -> str:
    """Return a table whose last row keeps with its notes; where it is short, each row keeps with the next."""
    *rows, last = table.split("<w:tr>")
    kept = [PARAGRAPH_STYLE.sub(r"\g<0><w:keepNext/>", row) for row in (*rows, last)]
    return "<w:tr>".join([*(rows if len(rows) > KEPT_ROWS else kept[:-1]), kept[-1] if noted else last])


def mended(text: str, line_numbers: str = "") -> str:
    """Keep rows, short tables and notes whole; give all sections the foot and the numbers of lines, the last page its shape."""
    text = TABLE.sub(lambda match: _together(match[0], NOTE_NEXT.match(text, match.end()) is not None), text)
    text = BEFORE_NOTE.sub(r"\g<0><w:keepNext/><w:keepLines/>", text)
    text = DRAWING_ADDRESS.sub('descr=""', text)
    text = ROW_START.sub(
        lambda match: f"<w:tr><w:trPr><w:cantSplit/>{'' if match[0].endswith('trPr>') else '</w:trPr>'}", text
    )
    page = PAGE.search(text)
    foot = FOOT.search(page[0]) if page else None
    if page is None or foot is None:
        raise BuildError("Pandoc wrote a DOCX without a page: its version does not fit this project.")
    before, shape = text[: page.start()].rstrip(), PORTRAIT
    # Turned tables that follow one another share a page; after a turned last one there would be an empty page.
    before = EMPTY_SECTION.sub(AFTER_EXHIBIT, before)
    if LAST_SECTION.search(before):
        before, shape = LAST_SECTION.sub(r"\1", before), LANDSCAPE
    made = f"{before}<w:sectPr>{shape}</w:sectPr>{text[page.end() :]}"
    return made.replace("<w:sectPr>", f"<w:sectPr>{foot[0]}").replace("</w:sectPr>", f"{line_numbers}</w:sectPr>")


ENDS_OF_BOOKMARKS = r"(?:\s*<w:bookmarkEnd [^>]*/>)*"
LAST_SECTION = re.compile(rf"{re.escape(section_end(LANDSCAPE))}({ENDS_OF_BOOKMARKS})\s*$")
EMPTY_SECTION = re.compile(rf"{re.escape(section_end(LANDSCAPE))}\s*{re.escape(section_end(PORTRAIT))}")
AFTER_EXHIBIT = '<w:p><w:pPr><w:pStyle w:val="AfterExhibit"/></w:pPr></w:p>'


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return the parts as an archive, the same bytes for the same parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
