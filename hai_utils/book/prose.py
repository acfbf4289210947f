"""Roles and directives by which prose quotes results, says what is in force, and keeps to what is true."""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from hai_utils import sentences
from hai_utils.book.conditions import holds
from hai_utils.book.nodes import content_nodes, quote_node, quoted_value
from hai_utils.book.pages import EXHIBITS
from hai_utils.book.state import BookRun
from hai_utils.content import Quote
from hai_utils.errors import ResultError, nearest
from hai_utils.formatting import WITHHELD, p_phrase
from hai_utils.study import Study
from hai_utils.wording import confidence_words, in_text, method_name, notice, people, size_words, time_zero

# Where the extension keeps the run on Sphinx's application.
RUN_ATTRIBUTE = "hai_run"


def run_of(app: Sphinx) -> BookRun:
    """Return the run that the application builds from, and note that the page being read asked for it."""
    run: BookRun = vars(app)[RUN_ATTRIBUTE]
    run.readers.add(app.env.temp_data.get("docname", ""))
    return run


class _Role(SphinxRole):
    """A role that looks something up in the run."""

    @property
    def book_run(self) -> BookRun:
        """The run behind the pages."""
        return run_of(self.env.app)

    def fault(self, message: str) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Note what is wrong with the page and print the raw text meanwhile."""
        line = self.get_source_info()[1]
        self.book_run.faults.append(f"{self.env.docname}, line {line}: {message}")
        return [nodes.Text(self.text)], []


class ValueRole(_Role):
    """``{val}`key```: the printed text of a result."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up."""
        results = self.book_run.results
        try:
            record, text = results.quote(self.text, results.study.formatter)
        except ResultError as error:
            return self.fault(str(error))
        return [quote_node(Quote(record.key, text, "" if record.reported else record.method))], []


class PValueRole(ValueRole):
    """``{p}`key```: the same with its letter, ``P=0.03`` or ``P<0.001``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up."""
        found, messages = super().run()
        printed = found[0].astext()
        before = p_phrase(printed).removesuffix(printed) if isinstance(found[0], quoted_value) else ""
        return [nodes.Text(before), *found], messages


class ParameterRole(_Role):
    """``{param}`name```: the value of a parameter of this run."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up."""
        study = self.book_run.results.study
        parameters = study.parameters
        if self.text not in parameters:
            return self.fault(f"no parameter '{self.text}'.{nearest(self.text, list(parameters))}")
        if self.text in {"significance_level", "confidence_level"}:
            return [nodes.Text(study.formatter.level(parameters[self.text]))], []
        value = parameters[self.text]
        listed = value if isinstance(value, list | tuple) else (value,)
        given = (study.formatter.as_given(str(part)) if isinstance(part, float) else str(part) for part in listed)
        return [nodes.Text(", ".join(given))], []


class GivenRole(_Role):
    """``{given}`66.7%```: a number that is no result, such as one that the article prints, in this run's number style."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Write it with the decimal mark in force."""
        return [nodes.Text(self.book_run.results.study.formatter.as_given(self.text))], []


class MethodRole(_Role):
    """``{method}`name```: in words, the method that a parameter selects."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up."""
        parameters = self.book_run.results.study.parameters
        if self.text not in parameters:
            return self.fault(f"no parameter '{self.text}'.{nearest(self.text, list(parameters))}")
        return [nodes.Text(method_name(str(parameters[self.text])))], []


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


class StudyRole(_Role):
    """``{study}`word```: what the cohort is called, or counts."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the text up."""
        if self.text not in STUDY_WORDS:
            return self.fault(f"no word '{self.text}' of the study. Known: {', '.join(STUDY_WORDS)}.")
        return [nodes.Text(STUDY_WORDS[self.text](self.book_run.results.study))], []


class WhenDirective(SphinxDirective):
    """``:::{when} published``: keep the content only where the condition holds."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        run = run_of(self.env.app)
        try:
            kept = holds(self.arguments[0], run)
        except ValueError as error:
            run.faults.append(f"{self.env.docname}, line {self.lineno}: {error}")
            return []
        if not kept:
            return []
        node = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, node)
        return list(node.children)


class SentencesDirective(SphinxDirective):
    """``{sentences} NAME``: paragraphs made from the results."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        run, name = run_of(self.env.app), self.arguments[0]
        if name not in sentences.SENTENCES:
            run.faults.append(
                f"{self.env.docname}, line {self.lineno}: no sentences '{name}'.{nearest(name, list(sentences.SENTENCES))}"
            )
            return []
        return [*content_nodes(sentences.SENTENCES[name](run.results), self.state.document)]


class ExhibitDirective(SphinxDirective):
    """``{exhibit} NAME``: a table about the run itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes that stand in the directive's place."""
        run, name = run_of(self.env.app), self.arguments[0]
        if name not in EXHIBITS:
            run.faults.append(
                f"{self.env.docname}, line {self.lineno}: no exhibit '{name}'.{nearest(name, list(EXHIBITS))}"
            )
            return []
        return [*content_nodes(EXHIBITS[name](run), self.state.document)]


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
    for name, directive in (("when", WhenDirective), ("sentences", SentencesDirective), ("exhibit", ExhibitDirective)):
        app.add_directive(name, directive)
