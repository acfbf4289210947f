"""The plan of an import: what each column is, the mapping that follows, and the questions that only a person can answer.

One plan serves the mapping file that ``--guess`` writes, the questions that ``--ask`` puts one after another, and any
other face: it holds no terminal, and all of it is plain data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from hai_utils.cohort.problems import line_list
from hai_utils.errors import DataError, nearest
from hai_utils.importing.language import MISSING, REFERENCE, UNFILLED
from hai_utils.importing.values import parse_date, parse_number

Kind = Literal["blank", "dates", "sizes", "numbers", "codes", "identifier", "text"]
Free = Literal["", "number", "date"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A possible answer and what it means."""

    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not say.

    Attributes
    ----------
    name : str
        Its name in the mapping.
    text : str
        The question, in a sentence.
    column : str
        Header that it is about; empty for the whole file.
    lines : tuple of int
        The lines of the file that it touches.
    answers : tuple of Answer
        The possible answers, the usual one first.
    free : {'', 'number', 'date'}
        Which other answer may be given.
    answer : str
        The answer; empty while it is open.
    hint : str
        What else can be done on the command line.
    """

    name: str
    text: str
    column: str
    lines: tuple[int, ...]
    answers: tuple[Answer, ...]
    free: Free = ""
    answer: str = ""
    hint: str = ""

    def accepts(self, answer: str) -> bool:
        """Say whether an answer is possible."""
        if any(answer == one.value for one in self.answers):
            return True
        return (self.free == "number" and parse_number(answer) is not None) or (
            self.free == "date" and parse_date(answer, "ymd") is not None
        )

    @property
    def choices(self) -> str:
        """The possible answers in one line."""
        words = [f"{one.value} ({one.meaning})" if one.meaning else one.value for one in self.answers]
        return "; ".join(
            [*words, *({"number": ["or a number"], "date": ["or a date, year-month-day"], "": []}[self.free])]
        )


@dataclass(frozen=True, slots=True)
class Understood:
    """What a column of the export seems to hold.

    Attributes
    ----------
    values : tuple of str
        Its distinct values, where it is no identifier.
    title : str
        What it is called for people.
    first : tuple of str
        Its first cells; of one that may identify a person, what it is.
    """

    header: str
    kind: Kind
    filled: int
    unit: str = ""
    values: tuple[str, ...] = ()
    title: str = ""
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A column of the cohort: the rule that makes it, as a mapping file has it, and why."""

    target: str
    rule: Any
    reason: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How a file becomes a cohort.

    Attributes
    ----------
    settings : mapping
        Everything of the mapping beside its columns, as the file has it; ``$NAME`` stands for the answer to a question.
    columns : tuple of Understood
        The columns of the export.
    proposals : tuple of Proposal
        The columns of the cohort.
    questions : tuple of Question
        What only a person knows.
    notes : tuple of str
        What was found without a question that the user should know.
    ignored, unused, absent : tuple of str
        Columns that look like identifiers, columns that nothing is made of, columns of the dictionary that were not found.
    """

    file_name: str
    settings: Mapping[str, Any]
    columns: tuple[Understood, ...]
    proposals: tuple[Proposal, ...]
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return tuple(question for question in self.questions if not question.answer)

    @property
    def settled(self) -> ImportPlan:
        """The plan itself, where nothing is open.

        Raises
        ------
        DataError
            Naming the columns that questions are about, no value.
        """
        open_ones = self.open_questions
        if open_ones:
            about = ", ".join(dict.fromkeys(f"'{one.column}'" if one.column else "the whole file" for one in open_ones))
            count = f"{len(open_ones)} questions" if len(open_ones) > 1 else "a question"
            remedy = "Use --ask to answer now, or --guess, which writes a mapping with the questions at its top."
            raise DataError([f"{self.file_name}: {count} that only you can answer, about {about}. {remedy}"])
        return self

    def answered(self, answers: Mapping[str, str]) -> ImportPlan:
        """Return the plan with these answers.

        Raises
        ------
        DataError
            Where there is no such question, or an answer is not possible.
        """
        known = {question.name: question for question in self.questions}
        faults = [
            f"no question is named '{name}'.{nearest(name, list(known))}" for name in answers if name not in known
        ]
        faults += [
            f"{name}: '{answer}' is not possible. {known[name].text} Answers: {known[name].choices}."
            for name, answer in answers.items()
            if name in known and not known[name].accepts(answer)
        ]
        if faults:
            raise DataError(faults)
        return replace(
            self, questions=tuple(replace(one, answer=answers.get(one.name, one.answer)) for one in self.questions)
        )

    @property
    def mapping_text(self) -> str:
        """The mapping file: the questions first, then what follows from their answers."""
        lines = [f"# How {_comment(self.file_name)} becomes a cohort."]
        lines += [f"# {_comment(note)}" for note in self.notes]
        if self.questions:
            lines += [f"# Replace each {UNFILLED} by an answer; then import with this file.", "questions:"]
        for question in self.questions:
            lines += _question_lines(question)
        lines += [f"{name}: {flow(value)}" for name, value in self.settings.items() if value and name != "moments"]
        if moments := self.settings.get("moments"):
            lines += ["moments:", *(f"  {quoted(name)}: {flow(moment)}" for name, moment in moments.items())]
        lines.append("columns:")
        lines += [
            f"  {one.target}: {flow(one.rule)}" + (f"  # {_comment(one.reason)}" if one.reason else "")
            for one in self.proposals
        ]
        if self.ignored:
            lines.append(f"ignored: {flow(list(self.ignored))}  # they look like identifiers or free text")
        if self.unused:
            lines.append(
                f"# Not used, and left out unless you name them: {_comment(', '.join(map(quoted, self.unused)))}"
            )
        if self.absent:
            lines.append(f"# Not found in the export: {', '.join(self.absent)}")
        return "\n".join(lines) + "\n"


def _question_lines(question: Question) -> list[str]:
    where = f" ({line_list(question.lines)})" if question.lines else ""
    return [
        f"  # {_comment(f'{question.text} {question.hint}')}{where}",
        f"  #   {_comment(question.choices)}",
        f"  {question.name}: {quoted(question.answer) if question.answer else UNFILLED}",
    ]


def _comment(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def flow(value: Any) -> str:  # noqa: ANN401 - text, list or mapping
    """Write plain data as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    return quoted(str(value))


def quoted(text: str) -> str:
    """Write a text as YAML that reads back the same, quoted where it needs to be."""
    plain = re.fullmatch(r"\$?[A-Za-z0-9_-][A-Za-z0-9_ .()%/@-]*(?<! )", text) and not text.startswith(("- ", "---"))
    if plain and text != "-":
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


class Questions:
    """Collects questions while a plan is made, each under a name of its own."""

    def __init__(self) -> None:
        self.asked: dict[str, Question] = {}

    def ask(
        self,
        name: str,
        text: str,
        column: str,
        lines: Sequence[int],
        answers: Sequence[Answer | str],
        free: Free = "",
        hint: str = "",
    ) -> str:
        """Ask, and return what stands for the answer in the mapping; the same question is asked once."""
        options = tuple(
            one if isinstance(one, Answer) else Answer(one, "not known" if one == MISSING else "") for one in answers
        )
        base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "question"
        base = base if base[0].isalpha() else f"q_{base}"
        question = Question(base[:48], text, column, tuple(sorted(lines)), options, free, hint=hint)
        number = 1
        while (known := self.asked.get(question.name)) is not None and known.text != text:
            number += 1
            question = replace(question, name=f"{base[:45]}_{number}")
        self.asked.setdefault(question.name, question)
        return f"{REFERENCE}{question.name}"
