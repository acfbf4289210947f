"""The author's own sections in the pages of the book, marked as the author's: what a section says is text, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from docutils import nodes

from hai_utils.book.manuscript.author_text import CITE, NUMREF, keys_of
from hai_utils.book.manuscript.citing import read_bibliography
from hai_utils.book.nodes import text_nodes
from hai_utils.book.roles import ROLES
from hai_utils.book.state import BookRun
from hai_utils.show.content import Reference
from hai_utils.study import prose

SIGNS = (".", ",", ";", ":")
MARKED = "From the author"
DRESS: Mapping[str, type[nodes.TextElement]] = {
    "strong": nodes.strong,
    "emphasis": nodes.emphasis,
    "code": nodes.literal,
}


def author_nodes(run: BookRun, name: str) -> list[nodes.Node]:
    """Return a section of the study file under the mark that it is the author's; nothing where it has none.

    Parameters
    ----------
    run : BookRun
        The run, with its study file.
    name : str
        Of the section, such as ``background``.
    """
    text = run.texts.texts.get(name)
    if text is None or name not in run.texts.file.sections:
        return []
    mark = nodes.paragraph("", MARKED, classes=["hai-author-mark"])
    return [nodes.container("", mark, *_blocks(run, text.blocks), classes=["hai-author"])]


def _blocks(run: BookRun, blocks: Iterable[prose.Block]) -> Iterator[nodes.Node]:
    for block in blocks:
        match block:
            case prose.TextParagraph():
                yield nodes.paragraph("", "", *_line(run, block.runs))
            case prose.TextHeading():
                # A heading of its own would end the page's section.
                yield nodes.paragraph("", "", nodes.strong("", "", *_line(run, block.runs)))
            case prose.Bullets():
                items = [nodes.list_item("", nodes.paragraph("", "", *_line(run, item))) for item in block.items]
                yield nodes.bullet_list("", *items)


def _line(run: BookRun, runs: prose.Runs) -> Iterator[nodes.Node]:
    sign = ""
    for place, part in enumerate(runs):
        if isinstance(part, prose.Role):
            yield from _role(run, part)
            yield nodes.Text(sign)
            sign = ""
            continue
        text, following = part.text, runs[place + 1 : place + 2]
        if text[-1:] in SIGNS and following and isinstance(following[0], prose.Role) and following[0].name == CITE:
            # Works by author and year stand before the sign that a raised number follows.
            text, sign = text[:-1], text[-1]
        node: nodes.Node = nodes.Text(text)
        for mark in sorted(part.marks):
            node = DRESS[mark]("", "", node)
        yield nodes.reference("", "", node, refuri=part.target) if part.target else node


def _role(run: BookRun, role: prose.Role) -> list[nodes.Node]:
    """Return what a role prints; the run was checked against the sections before its pages are made."""
    if role.name == CITE:
        return [nodes.Text(_cited(run, role.text))]
    if role.name == NUMREF:
        return text_nodes((Reference(role.text, ""),))
    return text_nodes(ROLES[role.name](run, role.text))


def _cited(run: BookRun, text: str) -> str:
    """Return works by author and year: the page's own list of references is the book's."""
    records = read_bibliography(run.texts.bibliography, run.texts.file.bibliography)
    return f" ({'; '.join(_work(records.get(key, {}), key) for key in keys_of(text))})"


def _work(record: Mapping[str, Any], key: str) -> str:
    names = [str(one.get("family", one.get("literal", ""))) for one in record.get("author", ())]
    year = str(record.get("issued", {}).get("date-parts", [[""]])[0][0])
    first = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{first}, {year}" if names and year else key
