"""The words that a run shows: of its pages, its documents as DOCX and as PDF, and what is drawn in its figures."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from docx import Document
from docx.table import Table
from lxml import etree, html

# Names of parameters, methods and keys are no sentences: code, commands, the listing of parameters, the list of all keys.
CODE = "|".join(
    f".//{path}"
    for path in (
        "script", "style", "pre", "code", "kbd", "annotation",
        "*[contains(@class,'highlight')]", "*[@id='table-parameters']", "*[@id='table-differences']",
    )
)  # fmt: skip
CODE_PAGES = frozenset({"07_step_by_step", "keys"})
LINE_NUMBER = re.compile(r"^ *\d+(?= {2,}|$)", re.MULTILINE)
BLOCKS = frozenset(
    [
        "p",
        "li",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "table",
        "div",
        "figcaption",
        "caption",
        "section",
        "summary",
        "details",
        "dt",
        "dd",
        "title",
        "text",
        "desc",
    ]
)


def words_of_run(run: Path) -> dict[str, str]:
    """Return the words of each page and document of a run, by its place."""
    pages = [page for page in sorted((run / "html").rglob("*.html")) if "_static" not in page.parts]
    found = {str(page.relative_to(run)): of_page(page) for page in pages if page.stem not in CODE_PAGES}
    found |= {path.name: of_docx(path) for path in sorted(run.glob("*.docx"))}
    if shutil.which("pdftotext") is not None:
        found |= {path.name: of_pdf(path) for path in sorted(run.glob("*.pdf"))}
    return found


def of_page(path: Path) -> str:
    """Return the words of a page without its code, a block a line."""
    tree = html.parse(str(path)).getroot()
    for element in tree.xpath(CODE):
        element.drop_tree()
    lines = re.split(r"\n+", "".join(_runs(tree)))
    return "\n".join(" ".join(line.split()) for line in lines if line.strip())


def _runs(element: etree._Element) -> Iterator[str]:
    if not isinstance(element.tag, str):
        return
    block = "\n" if element.tag.rpartition("}")[2] in BLOCKS else ""
    yield block + " ".join(f" {element.text or ''} ".split(" "))[1:-1].replace("\n", " ")
    for child in element:
        yield from _runs(child)
        yield (child.tail or "").replace("\n", " ")
    yield block


def of_docx(path: Path) -> str:
    """Return the words of a document, a paragraph or a row of a table a line."""
    lines = []
    for block in Document(str(path)).iter_inner_content():
        rows = [" ".join(cell.text for cell in row.cells) for row in block.rows] if isinstance(block, Table) else None
        lines += [block.text] if rows is None else rows
    return "\n".join(lines)


def of_pdf(path: Path) -> str:
    """Return the words of a PDF as one line: where a line breaks is the program's affair."""
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(re.sub(r"-\s*\n\s*", "-", LINE_NUMBER.sub("", done.stdout)).split())
