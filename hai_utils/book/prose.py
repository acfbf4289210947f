"""Roles and directives by which prose quotes results, says what is in force, and keeps to what is true."""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from hai_utils.book.author import author_nodes
from hai_utils.book.conditions import holds
from hai_utils.book.faults import note_fault
from hai_utils.book.nodes import content_nodes, text_nodes
from hai_utils.book.pages import EXHIBITS
from hai_utils.book.roles import ROLES
from hai_utils.book.state import BookRun, run_of
from hai_utils.errors import ResultError, nearest
from hai_utils.show import sentences
from hai_utils.show.content import Content


class _Role(SphinxRole):
    """A role that looks something up in the run."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up; print it as it is where the run does not have it."""
        try:
            return self.found(run_of(self.env.app)), []
        except ResultError as error:
            note_fault(self.env, self.get_source_info()[1], str(error))
            return [nodes.Text(self.text)], []

    def found(self, run: BookRun) -> list[nodes.Node]:
        """Return the nodes that stand in the role's place: by default what the role of this name prints."""
        return text_nodes(ROLES[self.name](run, self.text))


class ReproduceRole(_Role):
    """``{reproduce}`run```: the command that makes the run again."""

    def found(self, run: BookRun) -> list[nodes.Node]:
        """Return the command as code."""
        if self.text != "run":
            raise ResultError(f"no way to reproduce '{self.text}'. Known: run.")
        return [nodes.literal("", run.command)]


class WhenDirective(SphinxDirective):
    """``:::{when} published``: keep the content only where the condition holds."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        try:
            kept = holds(self.arguments[0], run_of(self.env.app))
        except ValueError as error:
            note_fault(self.env, self.lineno, str(error))
            return []
        if not kept:
            return []
        node = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, node)
        return list(node.children)


def _sentences(run: BookRun, name: str) -> Content:
    if name not in sentences.SENTENCES:
        raise ResultError(f"no sentences '{name}'.{nearest(name, list(sentences.SENTENCES))}")
    return sentences.SENTENCES[name](run.results)


def _exhibit(run: BookRun, name: str) -> Content:
    if name not in EXHIBITS:
        raise ResultError(f"no exhibit '{name}'.{nearest(name, list(EXHIBITS))}")
    return EXHIBITS[name](run)


CONTENT: dict[str, Callable[[BookRun, str], Content]] = {"sentences": _sentences, "exhibit": _exhibit}


class ContentDirective(SphinxDirective):
    """``{sentences} NAME``: paragraphs made from the results; ``{exhibit} NAME``: a table about the run itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        try:
            content = CONTENT[self.name](run_of(self.env.app), self.arguments[0])
        except ResultError as error:
            note_fault(self.env, self.lineno, str(error))
            return []
        return [*content_nodes(content, self.state.document)]


class AuthorDirective(SphinxDirective):
    """``{author} NAME``: a section of the author's own, where the study file has it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        return author_nodes(run_of(self.env.app), self.arguments[0])


def setup_prose(app: Sphinx) -> None:
    """Register roles and directives."""
    for name in ROLES:
        app.add_role(name, _Role())
    app.add_role("reproduce", ReproduceRole())
    for name, directive in (
        ("when", WhenDirective),
        ("author", AuthorDirective),
        *((name, ContentDirective) for name in CONTENT),
    ):
        app.add_directive(name, directive)
