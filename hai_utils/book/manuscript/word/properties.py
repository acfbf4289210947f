"""What a document says of itself in its properties: title, authors, keywords, how many words, and its dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hai_utils.book.manuscript import model

CORE, APPLICATION, CUSTOM = "docProps/core.xml", "docProps/app.xml", "docProps/custom.xml"
CUSTOM_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}</Properties>'
)
FORMAT_OF_TEXT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
# A custom property, as Word shows it, and the letters that it may have.
DATES, LONGEST = "Dates of the data", 255
APPLICATION_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Words>{words}</Words><Application>Microsoft Office Word</Application></Properties>"
)


@dataclass(frozen=True, slots=True)
class Properties:
    """Properties of a document.

    Attributes
    ----------
    title : str
        Of the article.
    authors : tuple of str
        Each by name.
    keywords : tuple of str
        As the author gives them.
    words : int
        Words of the running text.
    date : str
        The day to which the data go, ``YYYY-MM-DD``; empty where it is not known: the hour of a build says nothing.
    dates : str
        The dates of the data in words.
    """

    title: str
    authors: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    words: int = 0
    date: str = ""
    dates: str = ""

    @classmethod
    def of(cls, article: model.Article) -> Properties:
        """Return what an article says of itself."""
        authors = (article.authors,) if article.authors else ()
        days = re.findall(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b", article.dates)
        return cls(article.title, authors, article.keywords, word_count(article), max(days, default=""), article.dates)


def word_count(article: model.Article) -> int:
    """Count the words of an article's running text: without headings, exhibits, references and supplement."""
    lines: list[model.Line] = []
    for block in article.body:
        if isinstance(block, model.Paragraph) and block.kind == "body":
            lines.append(block.text)
        elif isinstance(block, model.Listing):
            lines += block.items
    return sum(len(model.plain(line).split()) for line in lines)


def with_properties(parts: Mapping[str, bytes], properties: Properties, custom: Mapping[str, str]) -> dict[str, bytes]:
    """Return the parts of a DOCX with its properties, and further ones by name."""
    core = parts[CORE].decode()
    core = re.sub(r"<dcterms:(created|modified)\b.*?</dcterms:\1>", "", core)
    for name, text in (
        ("dc:title", properties.title),
        ("dc:creator", "; ".join(properties.authors)),
        ("cp:keywords", ", ".join(properties.keywords)),
    ):
        core = re.sub(rf"<{name}>.*?</{name}>|<{name} ?/>", "", core)
        words = escape("".join(sign if sign.isprintable() else " " for sign in text))
        core = core.replace("</cp:coreProperties>", f"<{name}>{words}</{name}></cp:coreProperties>") if text else core
    if properties.date:
        stamp = f'xsi:type="dcterms:W3CDTF">{escape(properties.date)}T00:00:00Z'
        stamps = "".join(f"<dcterms:{name} {stamp}</dcterms:{name}>" for name in ("created", "modified"))
        core = core.replace("</cp:coreProperties>", f"{stamps}</cp:coreProperties>")
    application = APPLICATION_XML.format(words=properties.words)
    dates = {DATES: properties.dates[:LONGEST]} if properties.dates else {}
    more = "".join(
        f'<property fmtid="{FORMAT_OF_TEXT}" pid="{place}" name="{escape(name)}"><vt:lpwstr>{escape(text)}</vt:lpwstr></property>'
        for place, (name, text) in enumerate({**dates, **custom}.items(), start=2)
    )
    parts = {**parts, CUSTOM: CUSTOM_XML.format(more).encode()}
    return {**parts, CORE: core.encode(), APPLICATION: application.encode()}
