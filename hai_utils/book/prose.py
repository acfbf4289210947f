"""Roles and directives by which prose quotes results, says what is in force, and keeps to what is true."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from hai_utils.book.conditions import holds
from hai_utils.book.faults import note_fault
from hai_utils.book.nodes import content_nodes, quote_node, sourced
from hai_utils.book.pages import EXHIBITS
from hai_utils.book.state import BookRun, run_of
from hai_utils.errors import ResultError, nearest
from hai_utils.results.formatting import WITHHELD, p_phrase
from hai_utils.results.study import Study
from hai_utils.show import sentences
from hai_utils.show.content import Content, Quote
from hai_utils.show.wording import (
    confidence_percent,
    confidence_words,
    in_text,
    method_name,
    notice,
    people,
    size_words,
    time_zero,
)


class _Role(SphinxRole, ABC):
    """A role that looks something up in the run."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up; print it as it is where the run does not have it."""
        try:
            found = self.found(run_of(self.env.app))
            return [sourced("", "", *found, source=f"{{{self.name}}}`{self.text}`")], []
        except ResultError as error:
            note_fault(self.env, self.get_source_info()[1], str(error))
            return [nodes.Text(self.text)], []

    @abstractmethod
    def found(self, run: BookRun) -> list[nodes.Node]:
        """Return the nodes that stand in the role's place."""


class _Words(_Role):
    """A role in whose place a text stands."""

    def found(self, run: BookRun) -> list[nodes.Node]:
        """Return the text as a node."""
        return [nodes.Text(self.words(run))]

    @abstractmethod
    def words(self, run: BookRun) -> str:
        """Return the text that stands in the role's place."""


def _chosen(run: BookRun, name: str) -> Any:  # noqa: ANN401 - any parameter's value
    parameters = run.results.study.parameters
    if name not in parameters:
        raise ResultError(f"no parameter '{name}'.{nearest(name, list(parameters))}")
    return parameters[name]


class ValueRole(_Role):
    """``{val}`key```: the printed text of a result."""

    def found(self, run: BookRun) -> list[nodes.Node]:
        """Return the number."""
        return [quote_node(self.quote(run))]

    def quote(self, run: BookRun) -> Quote:
        """Return the number with its key and, where it is not the reported one, its method."""
        record, text = run.results.quote(self.text, run.results.study.formatter)
        return Quote(record.key, text, "" if record.reported else record.method)


class PValueRole(ValueRole):
    """``{p}`key```: the same with its letter, ``P=0.03`` or ``P<0.001``."""

    def found(self, run: BookRun) -> list[nodes.Node]:
        """Return the letter and the number."""
        quote = self.quote(run)
        return [nodes.Text(p_phrase(quote.text).removesuffix(quote.text)), quote_node(quote)]


class ParameterRole(_Words):
    """``{param}`name```: the value of a parameter of this run."""

    def words(self, run: BookRun) -> str:
        """Return the value, numbers in the run's style."""
        value, formatter = _chosen(run, self.text), run.results.study.formatter
        if self.text in {"significance_level", "confidence_level"}:
            return formatter.level(value)
        listed = value if isinstance(value, list | tuple) else (value,)
        return ", ".join(formatter.as_given(str(part)) if isinstance(part, float) else str(part) for part in listed)


class GivenRole(_Words):
    """``{given}`66.7%```: a number that is no result, such as one that the article prints, in this run's number style."""

    def words(self, run: BookRun) -> str:
        """Return the number."""
        return run.results.study.formatter.as_given(self.text)


class MethodRole(_Words):
    """``{method}`name```: in words, the method that a parameter selects."""

    def words(self, run: BookRun) -> str:
        """Return the method's name."""
        return method_name(str(_chosen(run, self.text)))


STUDY_WORDS: dict[str, Callable[[Study], str]] = {
    "size": size_words,
    "people": people,
    "group_label": lambda study: in_text(study.group_label),
    "reference_label": lambda study: study.reference_label,
    "groups": sentences.groups,
    "notice": notice,
    "interval": confidence_words,
    "confidence": confidence_percent,
    "time_zero": time_zero,
    "withheld": lambda _: f"“{WITHHELD}”",
    "sha256": lambda study: study.sha256 or f"“{WITHHELD}”",
}


class StudyRole(_Words):
    """``{study}`word```: what the cohort is called, or counts."""

    def words(self, run: BookRun) -> str:
        """Return what the word stands for."""
        if self.text not in STUDY_WORDS:
            raise ResultError(f"no word '{self.text}' of the study. Known: {', '.join(STUDY_WORDS)}.")
        return STUDY_WORDS[self.text](run.results.study)


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


def setup_prose(app: Sphinx) -> None:
    """Register roles and directives."""
    for name, role in (
        ("val", ValueRole),
        ("p", PValueRole),
        ("param", ParameterRole),
        ("given", GivenRole),
        ("method", MethodRole),
        ("study", StudyRole),
        ("reproduce", ReproduceRole),
    ):
        app.add_role(name, role())
    for name, directive in (("when", WhenDirective), *((name, ContentDirective) for name in CONTENT)):
        app.add_directive(name, directive)
