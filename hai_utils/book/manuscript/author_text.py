"""Prose with roles, of authors and of the book's own pages, as blocks of the manuscript.

What a role names and the run does not have is a fault at its file and line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hai_utils.book.conditions import holds
from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.converting import dressed, line_of
from hai_utils.book.roles import ROLES
from hai_utils.book.state import BookRun
from hai_utils.errors import ResultError, nearest
from hai_utils.show import sentences
from hai_utils.show.content import Paragraphs, plain
from hai_utils.show.tables.unprinted import MARKS
from hai_utils.study import prose

CITE, NUMREF = "cite", "numref"
# What the book's pages have; the author's sections are read from their own files.
DIRECTIVES = ("when", "sentences", "author")


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns prose into blocks.

    Attributes
    ----------
    run : BookRun
        Whose numbers are quoted.
    displays : collection of str
        Tables and figures that the manuscript has.
    records : mapping
        The bibliography, by keys.
    problems : list of str
        What cannot be printed, at file and line; filled while reading.
    """

    run: BookRun
    displays: Collection[str]
    records: Mapping[str, Mapping[str, Any]]
    problems: list[str] = field(default_factory=list)

    def blocks(self, text: Sequence[prose.Block], name: str, *, own: bool = True) -> tuple[model.Block, ...]:
        """Return blocks of prose; `own`: an author's, whose Markdown each remembers."""
        return tuple(self._blocks(text, name, own))

    def _blocks(self, text: Sequence[prose.Block], name: str, own: bool) -> Iterator[model.Block]:
        for block in prose.kept(text, self._holds):
            match block:
                case prose.TextParagraph():
                    yield model.Paragraph(self.line(block.runs, name), passage=block.markdown if own else "")
                case prose.TextHeading():
                    yield model.Heading(min(block.level + 1, 3), self.line(block.runs, name))
                case prose.Bullets():
                    items = tuple(self.line(item, name) for item in block.items)
                    yield model.Listing(items, block.markdown if own else ())
                case prose.Directive(name="sentences"):
                    made = sentences.SENTENCES[block.argument](self.run.results)
                    if isinstance(made, Paragraphs):
                        # What a mark of the reconstruction means is said once, under the Results.
                        texts = (text for text in made.texts if not plain(text).startswith(MARKS))
                        yield from (model.Paragraph(line_of(text)) for text in texts)

    def _holds(self, condition: str) -> bool:
        return holds(condition, self.run, self.displays)

    def line(self, runs: prose.Runs, name: str) -> model.Line:
        """Return a line of prose of a file."""
        found: list[model.Words] = []
        for run in runs:
            if isinstance(run, prose.Said):
                found.append(model.Words(run.text, frozenset(run.marks), run.target))
            else:
                found += self._role(run, f"{name}, line {run.line}")
        return dressed(found)

    def _role(self, role: prose.Role, where: str) -> list[model.Words]:
        source = f"{{{role.name}}}`{role.text}`"
        makers: dict[str, Callable[[str], list[model.Words]]] = {CITE: self._cited, NUMREF: self._named}
        if role.name not in makers and role.name not in ROLES:
            known = [*ROLES, *makers]
            self.problems.append(
                f"{where}: no role '{role.name}'.{nearest(role.name, known)} Known: {', '.join(known)}."
            )
            return []
        try:
            words = (
                makers[role.name](role.text)
                if role.name in makers
                else list(line_of(ROLES[role.name](self.run, role.text)))
            )
        except ResultError as error:
            self.problems.append(f"{where}: {error}")
            return []
        return [replace(word, source=source) for word in words]

    def _cited(self, text: str) -> list[model.Words]:
        for key in keys_of(text):
            if key not in self.records:
                raise ResultError(f"no reference '{key}' in the bibliography.{nearest(key, list(self.records))}")
        # What is printed is known once all citations are.
        return [model.Words("?")]

    def _named(self, text: str) -> list[model.Words]:
        if text not in self.displays:
            known = ", ".join(sorted(self.displays))
            raise ResultError(
                f"the manuscript has no table or figure '{text}'.{nearest(text, list(self.displays))} It has {known}."
            )
        return [model.Words("?", frozenset({"unbroken"}), f"#{text}")]


def keys_of(text: str) -> tuple[str, ...]:
    """Return the keys of a citation."""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def without_citations(line: model.Line) -> model.Line:
    """Return a line as an abstract has it: without references."""
    kept = [words for words in line if not words.source.startswith(f"{{{CITE}}}")]
    return dressed(replace(words, text=words.text) for words in kept)


def words_in(line: model.Line) -> int:
    """Count the words of a line, as word processors do."""
    return sum(any(sign.isalnum() for sign in word) for word in model.plain(line).split())


def first_sentence(line: model.Line) -> model.Line:
    """Return a line up to the end of its first sentence."""
    found: list[model.Words] = []
    for words in line:
        at = words.text.find(". ")
        if at >= 0 and not words.source:
            return (*found, replace(words, text=words.text[: at + 1]))
        found.append(words)
    return tuple(found)


def joined(lines: Sequence[model.Line]) -> model.Line:
    """Join lines by spaces."""
    found: list[model.Words] = []
    for line in lines:
        if line:
            found += [model.Words(" "), *line] if found else list(line)
    return dressed(found)
