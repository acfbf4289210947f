"""Markdown of an author, read into plain records: paragraphs, headings, lists, and roles that stand for something.

Only what an article's text needs is Markdown here. HTML is text; a table, an image or a directive that is not known is
refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

Mark = Literal["strong", "emphasis", "code"]
_MARKS: dict[str, Mark] = {"strong": "strong", "em": "emphasis"}
_DIRECTIVE = re.compile(r"^\{(\w+)\}\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of text, how it is printed, and the address that it leads to."""

    text: str
    marks: frozenset[Mark] = frozenset()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A role with what it names, and the line on which it stands."""

    name: str
    text: str
    line: int


Run = Said | Role
Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class TextParagraph:
    """A paragraph, the line on which it begins, and its Markdown on one line."""

    runs: Runs
    line: int
    markdown: str = ""


@dataclass(frozen=True, slots=True)
class TextHeading:
    """A heading: level 1 is ``#``."""

    level: int
    runs: Runs
    line: int


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one line an item, and the Markdown of each."""

    items: tuple[Runs, ...]
    line: int
    markdown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """``:::{when} condition`` with its content, or ``{sentences} name``."""

    name: str
    argument: str
    blocks: tuple[Block, ...]
    line: int


Block = TextParagraph | TextHeading | Bullets | Directive
Problems = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was read.

    Attributes
    ----------
    name : str
        Its file, as messages name it.
    blocks : tuple of Block
        What it says.
    problems : tuple of (int, str)
        Lines that cannot be read, and why.
    """

    name: str
    blocks: tuple[Block, ...]
    problems: tuple[tuple[int, str], ...] = ()


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).use(myst_role_plugin).use(colon_fence_plugin)


def read_text(text: str, name: str, *, first: int = 1, directives: Sequence[str] = ()) -> Text:
    """Read Markdown.

    Parameters
    ----------
    text : str
        What the file holds.
    name : str
        Its name in messages.
    first : int
        The line of the file on which the text begins.
    directives : sequence of str
        Those that it may have; an author's section has none.
    """
    problems: Problems = []
    blocks = tuple(_blocks(text, first, frozenset(directives), problems))
    return Text(name, blocks, tuple(problems))


def _blocks(text: str, first: int, directives: frozenset[str], problems: Problems) -> Iterator[Block]:
    tokens = _parser().parse(text)
    place = 0
    while place < len(tokens):
        token = tokens[place]
        line = first + (token.map[0] if token.map else 0)
        match token.type:
            case "paragraph_open":
                yield TextParagraph(_runs(tokens[place + 1], line, problems), line, _one_line(tokens[place + 1]))
                place += 3
            case "heading_open":
                yield TextHeading(int(token.tag[1]), _runs(tokens[place + 1], line, problems), line)
                place += 3
            case "bullet_list_open" | "ordered_list_open":
                end = _end(tokens, place)
                inside = tokens[place + 1 : end]
                items = _items(inside, first, problems)
                yield Bullets(items, line, tuple(_one_line(token) for token in inside if token.type == "inline"))
                place = end + 1
            case "fence" | "colon_fence" if (found := _DIRECTIVE.match(token.info.strip())) and found[1] in directives:
                content = token.content if found[1] == "when" else ""
                within = tuple(_blocks(content, line + 1, directives, problems))
                yield Directive(found[1], found[2].strip(), within, line)
                place += 1
            case _:
                problems.append(
                    (line, f"{_name(token)} cannot stand here. A section has paragraphs, headings and lists.")
                )
                place = _end(tokens, place) + 1


def _one_line(inline: Token) -> str:
    return " ".join(inline.content.split())


def _name(token: Token) -> str:
    return {
        "fence": "A block of code or a directive",
        "colon_fence": "A directive",
        "code_block": "An indented block of code",
    }.get(token.type, "This")


def _end(tokens: Sequence[Token], place: int) -> int:
    """Return where what opens at a place is closed."""
    depth = 0
    for at in range(place, len(tokens)):
        depth += tokens[at].nesting
        if depth <= 0:
            return at
    return len(tokens) - 1


def _items(tokens: Sequence[Token], first: int, problems: Problems) -> tuple[Runs, ...]:
    items: list[Runs] = []
    for token in tokens:
        if token.type == "inline":
            items.append(_runs(token, first + (token.map[0] if token.map else 0), problems))
        elif token.type in {"fence", "colon_fence", "code_block"}:
            problems.append((first + (token.map[0] if token.map else 0), f"{_name(token)} cannot stand in a list."))
    return tuple(items)


def _runs(inline: Token, line: int, problems: Problems) -> Runs:
    runs: list[Run] = []
    dress = Said("")
    for token in inline.children or ():
        match token.type:
            case "text":
                _say(runs, replace(dress, text=token.content))
            case "softbreak" | "hardbreak":
                _say(runs, replace(dress, text=" "))
                line += 1
            case "strong_open" | "em_open":
                dress = replace(dress, marks=dress.marks | {_MARKS[token.type.removesuffix("_open")]})
            case "strong_close" | "em_close":
                dress = replace(dress, marks=dress.marks - {_MARKS[token.type.removesuffix("_close")]})
            case "code_inline":
                _say(runs, Said(token.content, dress.marks | {"code"}))
            case "link_open":
                address = str(token.attrs.get("href", ""))
                if not address.startswith("https://"):
                    problems.append((line, "A link leads to an address that begins with https://."))
                dress = replace(dress, target=address if address.startswith("https://") else "")
            case "link_close":
                dress = replace(dress, target="")
            case "myst_role":
                runs.append(Role(str(token.meta["name"]), token.content, line))
                line += token.content.count("\n")
            case _:
                problems.append((line, "An image cannot stand here: {numref}`NAME` names a table or figure."))
    return tuple(runs)


def _say(runs: list[Run], said: Said) -> None:
    last = runs[-1] if runs else None
    if isinstance(last, Said) and (last.marks, last.target) == (said.marks, said.target):
        runs[-1] = replace(last, text=last.text + said.text)
    elif said.text:
        runs.append(said)


def under(text: Text, heading: str) -> tuple[Block, ...]:
    """Return what stands under a heading of a text, down to the next of its level."""
    found: list[Block] = []
    level = 0
    for block in text.blocks:
        if isinstance(block, TextHeading):
            said = "".join(run.text for run in block.runs)
            if level and block.level <= level:
                break
            if not level and said == heading:
                level = block.level
                continue
        if level:
            found.append(block)
    return tuple(found)


def each_role(blocks: Sequence[Block]) -> Iterator[Role]:
    """Return every role of a text in its order."""
    for block in blocks:
        match block:
            case TextParagraph() | TextHeading():
                yield from (run for run in block.runs if isinstance(run, Role))
            case Bullets():
                yield from (run for item in block.items for run in item if isinstance(run, Role))
            case Directive():
                yield from each_role(block.blocks)


def kept(blocks: Sequence[Block], holds: Callable[[str], bool]) -> Iterator[Block]:
    """Return the blocks with each ``when`` replaced by its content where it holds."""
    for block in blocks:
        if isinstance(block, Directive) and block.name == "when":
            if holds(block.argument):
                yield from kept(block.blocks, holds)
        else:
            yield block
