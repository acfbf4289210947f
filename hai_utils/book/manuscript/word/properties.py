"""What a document says of itself in its properties: title, authors, keywords, how many words, and its dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from hai_utils.book.manuscript import model

CORE, APPLICATION, CUSTOM = "docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"
CUSTOM_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}</Properties>'
)
FORMAT_OF_TEXT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
DAY = re.compile(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b")
# A custom property, as Word shows it, and the letters that it may have.
DATES, LONGEST = "Dates of the data", 255
APPLICATION_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Words>{words}</Words><Application>Microsoft Office Word</Application></Properties>"
)


def word_count(article: model.Article) -> int:
    """Count the words of an article's running text: without headings, exhibits, references and supplement."""
    lines: list[model.Line] = []
    for block in article.body:
        if isinstance(block, model.Paragraph) and block.kind == "body":
            lines.append(block.text)
        elif isinstance(block, model.Listing):
            lines += block.items
    return sum(len(model.plain(line).split()) for line in lines)


def with_properties(parts: Mapping[str, bytes], article: model.Article, custom: Mapping[str, str]) -> dict[str, bytes]:
    """Return the parts of a DOCX with what its article says of itself, and further properties by name.

    It is dated by the day to which the data go, where that is known: the hour of a build says nothing.
    """
    core = re.sub(r"<dcterms:(created|modified)\b.*?</dcterms:\1>", "", parts[CORE].decode())
    for name, text in (
        ("dc:title", article.title),
        ("dc:creator", article.authors),
        ("cp:keywords", ", ".join(article.keywords)),
    ):
        core = re.sub(rf"<{name}>.*?</{name}>|<{name} ?/>", "", core)
        words = escape("".join(sign if sign.isprintable() else " " for sign in text))
        core = core.replace("</cp:coreProperties>", f"<{name}>{words}</{name}></cp:coreProperties>") if text else core
    if day := max(DAY.findall(article.dates), default=""):
        stamp = f'xsi:type="dcterms:W3CDTF">{day}T00:00:00Z'
        stamps = "".join(f"<dcterms:{name} {stamp}</dcterms:{name}>" for name in ("created", "modified"))
        core = core.replace("</cp:coreProperties>", f"{stamps}</cp:coreProperties>")
    dates = {DATES: article.dates[:LONGEST]} if article.dates else {}
    more = "".join(
        f'<property fmtid="{FORMAT_OF_TEXT}" pid="{place}" name="{escape(name)}"><vt:lpwstr>{escape(text)}</vt:lpwstr></property>'
        for place, (name, text) in enumerate({**dates, **custom}.items(), start=2)
    )
    application = APPLICATION_XML.format(words=word_count(article))
    return {
        **parts, CUSTOM: CUSTOM_XML.format(more).encode(), CORE: core.encode(), APPLICATION: application.encode()
    }  # fmt: skip
