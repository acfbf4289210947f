"""Where a manuscript says what an item of a checklist asks: searched in its text, section by section."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources

from hai_utils.book.manuscript import model

TITLE, EXHIBIT, NOTES = "Title", "Exhibit", "Exhibit notes"
ALL_OF, ONE_OF = " && ", " | "
# Headings under which nothing is the author's statement: what is asked there is not yet said.
NOT_SAID = frozenset({"For the author", "References"})


@dataclass(frozen=True, slots=True)
class Stated:
    """Where something stands.

    Attributes
    ----------
    block : int
        The place of its block in the body of the article; -1 is the title.
    line : int
        Which line of the block: of a paragraph 0, of a list the item, of an exhibit 0 for its title, then its notes.
    start : int
        The letter at which it begins.
    own : bool
        Whether its words are the author's own.
    exhibit : str
        The number of the table or figure that it is, or stands under.
    """

    block: int
    line: int = 0
    start: int = 0
    own: bool = False
    exhibit: str = ""


Key = tuple[str, str]


@lru_cache(maxsize=1)
def searched() -> dict[Key, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, by checklist and item, the sections that are searched and the patterns that all have to be found."""
    text = (resources.files("hai_utils.book.manuscript.checklists") / "passages.csv").read_text("utf-8")
    return {
        (row["checklist"], row["item"]): (tuple(row["within"].split(ONE_OF)), tuple(row["words"].split(ALL_OF)))
        for row in csv.DictReader(io.StringIO(text))
    }


def find_passages(article: model.Article) -> dict[Key, tuple[Stated, ...]]:
    """Find the passages of an article for every item, one a block; an item of which anything is not found is left out."""
    sections = _sections(article)
    found: dict[Key, tuple[Stated, ...]] = {}
    for key, (within, patterns) in searched().items():
        places = [_first(article, sections, within, pattern) for pattern in patterns]
        stated = [place for place in places if place is not None]
        if len(stated) == len(patterns):
            first: dict[int, Stated] = {}
            for place in stated:
                first.setdefault(place.block, place)
            found[key] = tuple(first.values())
    return found


def _sections(article: model.Article) -> dict[str, list[int]]:
    """Return the blocks under each heading of the first level."""
    found: dict[str, list[int]] = {}
    here: list[int] = []
    for place, block in enumerate(article.body):
        if isinstance(block, model.Heading) and block.level == 1:
            here = found.setdefault(model.plain(block.text), [])
        else:
            here.append(place)
    return {name: places for name, places in found.items() if name not in NOT_SAID}


def _first(
    article: model.Article, sections: dict[str, list[int]], within: Sequence[str], pattern: str
) -> Stated | None:
    search = re.compile(pattern, re.IGNORECASE)
    for name in within:
        if name == TITLE and search.search(article.title):
            return Stated(-1, own=True)
        if name == EXHIBIT and (shown := _exhibit(article, pattern.split(ONE_OF))) is not None:
            return shown
        places = range(len(article.body)) if name == NOTES else sections.get(name, ())
        for place in places:
            if (found := _in_block(article.body[place], place, search, notes=name == NOTES)) is not None:
                return found
    return None


def _in_block(block: model.Block, place: int, search: re.Pattern[str], *, notes: bool) -> Stated | None:
    for line, own, words in _lines(block, notes=notes):
        match = search.search(model.plain(words))
        if match:
            number = block.number if isinstance(block, model.PrintedTable | model.PrintedFigure) else ""
            return Stated(place, line, match.start(), own, number)
    return None


def _lines(block: model.Block, *, notes: bool) -> Iterator[tuple[int, bool, model.Line]]:
    """Give the lines of a block: which, whether the author's own, and its words."""
    match block:
        case model.PrintedTable() | model.PrintedFigure() if notes and block.number:
            for place, note in enumerate(block.notes, start=1):
                yield place, False, note
        case model.Paragraph(kind="body") if not notes:
            yield 0, bool(block.passage), block.text
        case model.Listing() if not notes:
            owned = block.passages or ("",) * len(block.items)
            for place, (item, passage) in enumerate(zip(block.items, owned, strict=True)):
                yield place, bool(passage), item


def _exhibit(article: model.Article, names: Sequence[str]) -> Stated | None:
    for name in names:
        for place, block in enumerate(article.body):
            if isinstance(block, model.PrintedTable | model.PrintedFigure) and block.number and block.name == name:
                return Stated(place, exhibit=block.number)
    return None


def marked(article: model.Article, passages: Mapping[Key, Sequence[Stated]]) -> model.Article:
    """Return the article with a mark at every passage, by which a typesetter tells where it stands."""
    body = list(article.body)
    each = [(name_of(key, place), one) for key, found in passages.items() for place, one in enumerate(found)]
    # From the end, so that what was found stays where it was found.
    for name, passage in sorted(each, key=lambda one: -one[1].start):
        if passage.block >= 0:
            body[passage.block] = _with_mark(body[passage.block], passage, name)
    return replace(article, body=tuple(body))


def name_of(key: Key, place: int = 0) -> str:
    """Return the name of the mark of an item's first passage, or of a later one."""
    return ".".join((*key, str(place)))


def _with_mark(block: model.Block, passage: Stated, name: str) -> model.Block:
    mark = model.Words(name, frozenset({"place"}))
    match block:
        case model.Paragraph():
            return replace(block, text=_split(block.text, passage.start, mark))
        case model.Listing():
            items = [
                _split(item, passage.start, mark) if place == passage.line else item
                for place, item in enumerate(block.items)
            ]
            return replace(block, items=tuple(items))
        case model.PrintedTable() | model.PrintedFigure():
            return replace(block, title=(mark, *block.title))
    return block


def _split(line: model.Line, start: int, mark: model.Words) -> model.Line:
    """Put a mark behind a letter of a line: before it, it could be left at the end of the line above."""
    found: list[model.Words] = []
    passed, waiting = 0, True
    for words in line:
        length = 0 if "place" in words.marks else len(words.text)
        if waiting and passed <= start < passed + length:
            cut = start - passed + 1
            parts = (replace(words, text=words.text[:cut]), mark, replace(words, text=words.text[cut:]))
            found += [part for part in parts if part.text]
            waiting = False
        else:
            found.append(words)
        passed += length
    return (mark, *found) if waiting else tuple(found)
