"""What journals ask of an original article: one dated file a journal, with the source of every limit.

A limit that no source gave is ``unknown``: the check says so and judges nothing by it.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from hai_utils.safe_yaml import read_yaml

NO_LIMIT = 10**9
Part = Literal["background", "aim", "methods", "setting", "exposure", "outcomes", "results", "conclusions"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Record):
    """At least and at most so many, and where that was read: a key of the profile's sources."""

    least: int = 0
    most: int = NO_LIMIT
    source: str


class Statement(_Record):
    """A statement that a manuscript must have: a key of the study file, and where that was read."""

    key: str
    source: str


class AbstractSection(_Record):
    """A heading of the abstract and the parts that stand under it."""

    heading: str
    parts: tuple[Part, ...]


def _unknown(value: Any) -> Any:  # noqa: ANN401 - what a YAML file holds
    """Read ``unknown`` as no limit that is known; nothing else stands for it."""
    if value is None:
        raise ValueError("a limit has a source, or is 'unknown'")
    return None if value == "unknown" else value


Known = Annotated[Limit | None, BeforeValidator(_unknown)]


class Journal(_Record):
    """What a journal asks of an original article.

    Attributes
    ----------
    name, abbreviation : str
        As they are printed.
    read : str
        The day on which the sources were read.
    sources : mapping of str to str
        By a short key, what was read and where.
    csl, csl_source : str
        The citation style, and why it is this one.
    abstract : tuple of AbstractSection
        Its headings in order.
    abstract_source : str
        Where they were read.
    text_words, abstract_words, displays, references, keywords : Limit, optional
        None: unknown. Text is from the introduction to the conclusions.
    highlights, key_points : bool
        Whether the journal prints a box of highlights, or a question with its findings and meaning.
    statements : tuple of Statement
        Required declarations.
    """

    name: str
    abbreviation: str
    read: str
    sources: dict[str, str]
    csl: str
    csl_source: str
    abstract: tuple[AbstractSection, ...]
    abstract_source: str
    text_words: Known
    abstract_words: Known
    displays: Known
    references: Known
    keywords: Known
    title_words: Known
    running_title_letters: Known
    highlights: str = ""
    key_points: str = ""
    statements: tuple[Statement, ...] = ()

    @property
    def csl_file(self) -> Path:
        """The file of the citation style."""
        return _folder() / "csl" / f"{self.csl}.csl"


def _folder() -> Path:
    return Path(str(resources.files("hai_utils.study.journals")))


@cache
def journal_names() -> tuple[str, ...]:
    """Return the names by which a study file chooses a journal."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yml") if path.stem != "general"))


@cache
def read_journal(name: str) -> Journal:
    """Return a journal's profile; without a name, what clinical journals have in common."""
    return Journal.model_validate(read_yaml(_folder() / f"{name or 'general'}.yml"))
