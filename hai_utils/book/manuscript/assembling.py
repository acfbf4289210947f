"""From the pages of the book to one article: what stands where, how deep its headings are, where its links lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.reading import anchor_of

# Parts of the table of contents that are about the book and not about the cohort.
LEFT_OUT_PARTS = frozenset({"About this book"})
# The part whose pages are chapters of one section of the article.
CHAPTERS_PART = "Results"
# Pages of it that a journal prints as supplementary text.
SUPPLEMENT_PAGES = frozenset({"notebooks/05_methods_compared", "notebooks/06_published_and_recomputed"})
ABSTRACT, SUPPLEMENT = "Abstract", "Supplementary material"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over the article."""

    title: str
    subtitle: str = ""
    authors: str = ""
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the table of contents: its caption, and the names of its pages."""

    caption: str
    pages: tuple[str, ...]


def assemble(
    head: Head, first: str, parts: Sequence[Part], pages: Mapping[str, tuple[model.Block, ...]]
) -> model.Article:
    """Put the pages together in the order of an article.

    Parameters
    ----------
    head : Head
        Title and what stands under it.
    first : str
        The page that is the abstract.
    parts : sequence of Part
        The table of contents after it.
    pages : mapping of str to tuple of Block
        Each page as it was read.

    Returns
    -------
    Article
        Supplementary tables and figures stand at its end, the main ones where the site has them. A link to what the
        article leaves out is plain text.
    """
    body: list[model.Block] = [model.Heading(1, (model.Words(ABSTRACT),), anchor_of(first)), *pages[first][1:]]
    extra: list[model.Block] = []
    for part in parts:
        if part.caption in LEFT_OUT_PARTS:
            continue
        chapters = part.caption == CHAPTERS_PART
        if chapters:
            body.append(model.Heading(1, (model.Words(part.caption),), ""))
        for page in part.pages:
            supplementary = page in SUPPLEMENT_PAGES
            (extra if supplementary else body).extend(_deeper(pages[page], 1 if chapters else 0))
    text, exhibits = _apart(body)
    more, others = _apart(extra)
    supplement = [*more, *_in_order([*exhibits, *others])]
    if supplement:
        supplement.insert(0, model.Heading(1, (model.Words(SUPPLEMENT),), anchor_of("supplement")))
    places = _places(pages, [*text, *supplement])
    return model.Article(
        head.title,
        head.subtitle,
        head.authors,
        head.notice,
        tuple(_linked(block, places) for block in text),
        tuple(_linked(block, places) for block in supplement),
    )


def _deeper(blocks: Iterable[model.Block], levels: int) -> list[model.Block]:
    return [
        replace(block, level=block.level + levels) if isinstance(block, model.Heading) else block for block in blocks
    ]


def _apart(blocks: Iterable[model.Block]) -> tuple[list[model.Block], list[model.Block]]:
    """Part the text, with its main exhibits, from the supplementary exhibits; each is named where the site shows it."""
    text: list[model.Block] = []
    exhibits: list[model.Block] = []
    for numbered, together in groupby(blocks, key=_is_exhibit):
        if not numbered:
            text.extend(together)
            continue
        here = [block for block in together if isinstance(block, model.PrintedTable | model.PrintedFigure)]
        text += [_pointer(here), *(block for block in here if block.main)]
        exhibits += [block for block in here if not block.main]
    return _without_empty_sections(text), exhibits


def _is_exhibit(block: model.Block) -> bool:
    return isinstance(block, model.PrintedTable | model.PrintedFigure) and bool(block.number)


def _pointer(exhibits: Sequence[model.PrintedTable | model.PrintedFigure]) -> model.Paragraph:
    """Name exhibits in the text: pages of paper show them elsewhere, and a journal asks for it."""
    line: list[model.Words] = [model.Words("See ")]
    for place, exhibit in enumerate(exhibits):
        if place:
            line.append(model.Words(" and " if place == len(exhibits) - 1 else ", "))
        line.append(model.Words(exhibit.number, frozenset({"unbroken"}), target=f"#{exhibit.name}"))
    return model.Paragraph((*line, model.Words(".")))


def _without_empty_sections(blocks: Sequence[model.Block]) -> list[model.Block]:
    """Leave out a heading under which there is nothing."""
    kept: list[model.Block] = []
    for block in reversed(blocks):
        following = kept[-1] if kept else None
        if isinstance(block, model.Heading) and (
            following is None or (isinstance(following, model.Heading) and following.level <= block.level)
        ):
            continue
        kept.append(block)
    return kept[::-1]


def _in_order(exhibits: Sequence[model.Block]) -> list[model.Block]:
    """Return tables before figures, each as numbered."""
    tables = [block for block in exhibits if isinstance(block, model.PrintedTable)]
    return [*tables, *(block for block in exhibits if isinstance(block, model.PrintedFigure))]


def _places(pages: Mapping[str, tuple[model.Block, ...]], blocks: Iterable[model.Block]) -> dict[str, str]:
    """Return each anchor that the article has, by the names under which pages link to it."""
    places: dict[str, str] = {}
    names: set[str] = set()
    for block in blocks:
        if isinstance(block, model.Heading | model.ReferenceEntry) and block.anchor:
            places[block.anchor] = block.anchor
        elif isinstance(block, model.PrintedTable | model.PrintedFigure) and block.number:
            names.add(block.name)
            places[block.name] = block.name
    for page, content in pages.items():
        for block in content:
            if isinstance(block, model.PrintedTable | model.PrintedFigure) and block.name in names:
                places[anchor_of(page, block.name)] = block.name
    return places


def _linked(block: model.Block, places: Mapping[str, str]) -> model.Block:
    """Return a block whose links lead to places of the article."""

    def line(words: model.Line) -> model.Line:
        return tuple(
            replace(word, target=f"#{places[word.target[1:]]}" if word.target[1:] in places else "")
            if word.target.startswith("#")
            else word
            for word in words
        )

    match block:
        case model.Heading() | model.Paragraph() | model.ReferenceEntry():
            return replace(block, text=line(block.text))
        case model.Listing():
            return replace(block, items=tuple(map(line, block.items)))
        case model.PrintedFigure():
            return replace(block, title=line(block.title), notes=tuple(map(line, block.notes)))
        case model.PrintedTable():
            rows = tuple(model.PrintedRow(tuple(map(line, row.cells)), row.kind) for row in block.rows)
            return replace(block, title=line(block.title), notes=tuple(map(line, block.notes)), rows=rows)
        case model.Preformatted():
            return block
