"""Roles and directives by which prose quotes results, says what is in force, and keeps to what is true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from hai_utils.book.asking import RUN_ATTRIBUTE, answers, ask
from hai_utils.book.conditions import holds
from hai_utils.book.nodes import content_nodes, quote_node
from hai_utils.book.pages import EXHIBITS
from hai_utils.book.state import BookRun
from hai_utils.errors import ResultError, nearest
from hai_utils.results.formatting import WITHHELD, p_phrase
from hai_utils.results.study import Study
from hai_utils.show import sentences
from hai_utils.show.content import Content, Quote
from hai_utils.show.wording import confidence_words, in_text, method_name, notice, people, size_words, time_zero


def note_fault(app: Sphinx, line: int, message: str) -> None:
    """Note what is wrong with the page being read."""
    run: BookRun = vars(app)[RUN_ATTRIBUTE]
    run.faults.append(f"{app.env.docname}, line {line}: {message}")


class _Role(SphinxRole):
    """A role that looks something up in the run."""

    kind: ClassVar[str]

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up; print it as it is where the run does not have it."""
        try:
            answer = ask(self.env.app, self.kind, self.text)
        except ResultError as error:
            note_fault(self.env.app, self.get_source_info()[1], str(error))
            return [nodes.Text(self.text)], []
        return self.shown(answer), []

    def shown(self, answer: Any) -> list[nodes.Node]:  # noqa: ANN401 - whatever answers this kind of question
        """Return the nodes that stand in the role's place."""
        return [nodes.Text(answer)]


@answers("value")
def _value(run: BookRun, reference: str) -> Quote:
    record, text = run.results.quote(reference, run.results.study.formatter)
    return Quote(record.key, text, "" if record.reported else record.method)


@answers("parameter")
def _parameter(run: BookRun, name: str) -> str:
    value, formatter = _chosen(run, name), run.results.study.formatter
    if name in {"significance_level", "confidence_level"}:
        return formatter.level(value)
    listed = value if isinstance(value, list | tuple) else (value,)
    return ", ".join(formatter.as_given(str(part)) if isinstance(part, float) else str(part) for part in listed)


@answers("given")
def _given(run: BookRun, number: str) -> str:
    return run.results.study.formatter.as_given(number)


@answers("method")
def _method(run: BookRun, name: str) -> str:
    return method_name(str(_chosen(run, name)))


def _chosen(run: BookRun, name: str) -> Any:  # noqa: ANN401 - any parameter's value
    parameters = run.results.study.parameters
    if name not in parameters:
        raise ResultError(f"no parameter '{name}'.{nearest(name, list(parameters))}")
    return parameters[name]


class ValueRole(_Role):
    """``{val}`key```: the printed text of a result."""

    kind = "value"

    def shown(self, answer: Quote) -> list[nodes.Node]:
        """Return the number."""
        return [quote_node(answer)]


class PValueRole(ValueRole):
    """``{p}`key```: the same with its letter, ``P=0.03`` or ``P<0.001``."""

    def shown(self, answer: Quote) -> list[nodes.Node]:
        """Return the letter and the number."""
        return [nodes.Text(p_phrase(answer.text).removesuffix(answer.text)), quote_node(answer)]


class ParameterRole(_Role):
    """``{param}`name```: the value of a parameter of this run."""

    kind = "parameter"


class GivenRole(_Role):
    """``{given}`66.7%```: a number that is no result, such as one that the article prints, in this run's number style."""

    kind = "given"


class MethodRole(_Role):
    """``{method}`name```: in words, the method that a parameter selects."""

    kind = "method"


STUDY_WORDS: dict[str, Callable[[Study], str]] = {
    "size": size_words,
    "people": people,
    "group_label": lambda study: in_text(study.group_label),
    "reference_label": lambda study: study.reference_label,
    "groups": sentences.groups,
    "notice": notice,
    "interval": confidence_words,
    "time_zero": time_zero,
    "withheld": lambda _: f"“{WITHHELD}”",
    "sha256": lambda study: study.sha256 or f"“{WITHHELD}”",
}


@answers("study")
def _study(run: BookRun, word: str) -> str:
    if word not in STUDY_WORDS:
        raise ResultError(f"no word '{word}' of the study. Known: {', '.join(STUDY_WORDS)}.")
    return STUDY_WORDS[word](run.results.study)


class StudyRole(_Role):
    """``{study}`word```: what the cohort is called, or counts."""

    kind = "study"


@answers("when")
def _when(run: BookRun, condition: str) -> bool:
    return holds(condition, run)


class WhenDirective(SphinxDirective):
    """``:::{when} published``: keep the content only where the condition holds."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        try:
            kept = ask(self.env.app, "when", self.arguments[0])
        except ValueError as error:
            note_fault(self.env.app, self.lineno, str(error))
            return []
        if not kept:
            return []
        node = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, node)
        return list(node.children)


@answers("sentences")
def _sentences(run: BookRun, name: str) -> Content:
    if name not in sentences.SENTENCES:
        raise ResultError(f"no sentences '{name}'.{nearest(name, list(sentences.SENTENCES))}")
    return sentences.SENTENCES[name](run.results)


@answers("exhibit")
def _exhibit(run: BookRun, name: str) -> Content:
    if name not in EXHIBITS:
        raise ResultError(f"no exhibit '{name}'.{nearest(name, list(EXHIBITS))}")
    return EXHIBITS[name](run)


class ContentDirective(SphinxDirective):
    """``{sentences} NAME``: paragraphs made from the results; ``{exhibit} NAME``: a table about the run itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        try:
            content = ask(self.env.app, self.name, self.arguments[0])
        except ResultError as error:
            note_fault(self.env.app, self.lineno, str(error))
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
    ):
        app.add_role(name, role())
    for name, directive in (("when", WhenDirective), ("sentences", ContentDirective), ("exhibit", ContentDirective)):
        app.add_directive(name, directive)
