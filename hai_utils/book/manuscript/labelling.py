"""The label of rows that are no patients, in sight and in the metadata of every file that leaves the book."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from hai_utils.book.manuscript.drawings import size_of
from hai_utils.show.drawing import NAMESPACE

LINE, LETTERS = 18.0, 10.0
HEAD_ID, HEAD_PART = "rIdHead", "word/header1.xml"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
HEADER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
HEADER_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/header"
FOOT = re.compile(r"<w:footerReference [^>]*/>")


def labelled_drawing(svg: str, label: str) -> str:
    """Return a drawing with the label in a line under it, and in its metadata; the drawing itself without a label."""
    if not label:
        return svg
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(svg)
    width, height = size_of(svg)
    root.set("viewBox", f"0 0 {width:g} {height + LINE:g}")
    if root.get("height", "").replace(".", "", 1).isdigit():
        root.set("height", f"{height + LINE:g}")
    words = sum(child.tag in {f"{{{NAMESPACE}}}title", f"{{{NAMESPACE}}}desc"} for child in root)
    metadata = ElementTree.Element(f"{{{NAMESPACE}}}metadata")
    line = ElementTree.Element(
        f"{{{NAMESPACE}}}text",
        {
            "x": "2",
            "y": f"{height + LINE - 5:g}",
            "font-size": f"{LETTERS:g}",
            "fill": "currentColor",
            "stroke": "none",
        },
    )
    metadata.text = line.text = label
    root.insert(words, metadata)
    root.append(line)
    return ElementTree.tostring(root, encoding="unicode")


def label_of(svg: str) -> str:
    """Return the label in the metadata of a drawing; empty where it has none."""
    return ElementTree.fromstring(svg).findtext(f"{{{NAMESPACE}}}metadata", "")


def labelled_document(parts: Mapping[str, bytes], label: str, title: str = "") -> dict[str, bytes]:
    """Return the parts of a DOCX with running title and label at the head of each page, the label also in its properties."""
    lines = [escape(line) for line in (title, label) if line]
    if not lines:
        return dict(parts)
    words = escape(label)
    paragraphs = "".join(
        '<w:p><w:pPr><w:suppressLineNumbers/><w:jc w:val="center"/></w:pPr>'
        f'<w:r><w:rPr><w:sz w:val="16"/></w:rPr><w:t>{line}</w:t></w:r></w:p>'
        for line in lines
    )
    head = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:hdr xmlns:w="{WORD}">{paragraphs}</w:hdr>'
    reference = f'<w:headerReference w:type="default" r:id="{HEAD_ID}"/>'
    before = {
        "word/document.xml": (FOOT, rf"{reference}\g<0>"),
        "word/_rels/document.xml.rels": (
            re.compile("</Relationships>"),
            rf'<Relationship Id="{HEAD_ID}" Type="{HEADER_RELATION}" Target="header1.xml"/>\g<0>',
        ),
        "[Content_Types].xml": (
            re.compile("</Types>"),
            rf'<Override PartName="/{HEAD_PART}" ContentType="{HEADER_TYPE}"/>\g<0>',
        ),
    }
    found = {
        name: before[name][0].sub(before[name][1], content.decode()).encode() if name in before else content
        for name, content in parts.items()
    }
    core = found.get("docProps/core.xml", b"").decode()
    if core and words and "<dc:description>" not in core:
        found["docProps/core.xml"] = core.replace(
            "</cp:coreProperties>", f"<dc:description>{words}</dc:description></cp:coreProperties>"
        ).encode()
    return {**found, HEAD_PART: head.encode()}
