"""A mapping file read and checked: against the words of the language, the dictionary, and itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.scans import SCAN_VARIABLES
from hai_utils.cohort.tables import TableOptions, clean
from hai_utils.errors import nearest
from hai_utils.importing.language import (
    EACH_ROW,
    MISSING,
    REFERENCE,
    UNFILLED,
    VERBS,
    AnyOf,
    Constant,
    Copy,
    Interval,
    LesionColumns,
    MappingFile,
    Moment,
    Numbered,
    Source,
    YearOf,
    changed,
    words_known,
)
from hai_utils.importing.sheets import fault, refuse
from hai_utils.importing.units import known_units, unit_of
from hai_utils.importing.values import number_fault, parse_number
from hai_utils.importing.vocabulary import happened, level_of
from hai_utils.safe_yaml import YamlError, compose, read_yaml_text

_REFERENCE = re.compile(re.escape(REFERENCE) + r"([a-z][a-z0-9_]*)")
Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one column of the cohort comes from, and the line of the mapping that says so."""

    target: str
    source: Source
    line: int = 0


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A mapping, read and checked against the dictionary.

    Attributes
    ----------
    rules : tuple of Rule
        One a column of the cohort; codes are levels of the dictionary, blank for 'not known'.
    settings : MappingFile
        Everything else that the file says.
    lesions : tuple of tuple of Rule
        For each lesion of a scan, where the columns of the table of scans come from.
    """

    file_name: str
    rules: tuple[Rule, ...]
    settings: MappingFile = field(default_factory=lambda: MappingFile(columns={}))
    lesions: tuple[tuple[Rule, ...], ...] = ()

    @property
    def options(self) -> TableOptions:
        """How the export is written."""
        said = self.settings.file
        return TableOptions(
            said.encoding, "\t" if said.delimiter == "tab" else said.delimiter, said.sheet, said.header_line[-1]
        )

    def columns_of(self, source: Source) -> tuple[str, ...]:
        """Return the columns of the export that a rule reads, those of its moments among them."""
        moments = self.settings.moments
        names = [column for name in names_of(source) for column in columns_of_name(name, moments)]
        since = source.since or self.settings.since if isinstance(source, Interval) else ""
        return tuple(dict.fromkeys([*names, since] if since else names))


def names_of(source: Source) -> tuple[str, ...]:
    """Return the columns and moments that a rule names."""
    if isinstance(source, Interval):
        return tuple(name for name in (*source.ends, source.otherwise) if name)
    if isinstance(source, AnyOf):
        return tuple(name for name in (*source.dates, source.otherwise) if name)
    if isinstance(source, Constant) or source.source == EACH_ROW:
        return ()
    return (source.source, *source.given) if isinstance(source, Copy) else (source.source,)


def columns_of_name(name: str, moments: Mapping[str, Moment]) -> tuple[str, ...]:
    """Return the columns of the export that a moment reads; a column stands for itself."""
    if name not in moments:
        return (name,)
    moment = moments[name]
    of = columns_of_name(moment.of, {one: other for one, other in moments.items() if one != name}) if moment.of else ()
    return (*of, *(column for column in (*moment.date, *moment.time, moment.where) if column))


def read_mapping(path: Path, variables: Mapping[str, Variable]) -> ColumnMapping:
    """Read a mapping file; see `parse_mapping`."""
    try:
        text = read_yaml_text(path)
    except YamlError as error:
        raise fault(path.name, error.line, error.what) from None
    return parse_mapping(text, path.name, variables)


def parse_mapping(text: str, file_name: str, variables: Mapping[str, Variable]) -> ColumnMapping:
    """Read a mapping and check it against the dictionary.

    Parameters
    ----------
    variables : mapping
        The columns that a cohort may have: the standard dictionary and the cohort's own.

    Raises
    ------
    DataError
        With every fault and its line.
    """
    document = _Document(file_name)
    data = document.data(_compose(text, file_name))
    refuse(document.problems, file_name)
    try:
        parsed = TypeAdapter(MappingFile).validate_python(data)
    except ValidationError as error:
        document.problems += [document.told(dict(one)) for one in error.errors(include_url=False)]
        refuse(document.problems, file_name)
        raise
    checker = _Checker(document, parsed, variables)
    mapping = checker.mapping()
    refuse(document.problems, file_name)
    return mapping


def _compose(text: str, file_name: str) -> yaml.MappingNode:
    """Parse YAML into nodes that know their lines."""
    try:
        node = compose(text, file_name)
    except YamlError as error:
        raise fault(file_name, error.line, error.what) from None
    if not isinstance(node, yaml.MappingNode):
        raise fault(file_name, 1, "a mapping has lines such as 'columns:' and below it 'age_years: Age'.")
    return node


class _Document:
    """The text of a mapping as plain data, with the line of each entry and what is wrong with it."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.problems: list[Problem] = []
        self.lines: dict[Path_, int] = {}
        self.answers: dict[str, Any] = {}

    def complain(self, path: Path_, column: str, message: str) -> None:
        """Note a fault at the line of an entry, or of the nearest entry around it."""
        while path and path not in self.lines:
            path = path[:-1]
        self.problems.append(Problem("error", self.lines.get(path, 1), column, "mapping", message))

    def data(self, node: yaml.MappingNode) -> dict[str, Any]:
        """Return the whole file, each reference to a question replaced by its answer."""
        top: dict[str, Any] = self.plain(node, ())
        answers = top.get("questions")
        for name, answer in answers.items() if isinstance(answers, dict) else ():
            if answer in ("", UNFILLED, [UNFILLED]):
                self.complain(("questions", name), name, f"the question is not answered yet. Replace {UNFILLED}.")
            else:
                self.answers[name] = answer
        if self.answers and not self.problems:
            top = {key: value if key == "questions" else self.answered(value, (key,)) for key, value in top.items()}
        for path in [path for path, text in self.unfilled(top, ()) if path[0] != "questions"]:
            self.complain(path, str(path[1]) if len(path) > 1 else "", f"'{UNFILLED}' is still to be filled in.")
        return top

    def plain(self, node: yaml.Node, path: Path_) -> Any:  # noqa: ANN401 - text, list or dict, as the file has it
        """Return a node as text, list or dict; a name that stands twice is a fault."""
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, place)) for place, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            tab = path == ("file", "delimiter") and node.value == "\t"
            return "\t" if tab else re.sub(r"\s+", " ", clean(node.value))
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = re.sub(r"\s+", " ", clean(key.value)) if isinstance(key, yaml.ScalarNode) else ""
            if name in found:
                self.lines[(*path, name)] = key.start_mark.line + 1
                self.complain((*path, name), _column(path) or name, f"'{name}' stands here twice. Keep one.")
            found[name] = self.plain(value, (*path, name))
            self.lines[(*path, name)] = key.start_mark.line + 1
        return found

    def answered(self, value: Any, path: Path_) -> Any:  # noqa: ANN401 - as above
        """Replace references to questions; an answer of several values is spliced into a list."""
        if isinstance(value, dict):
            return {key: self.answered(one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            new = [self.answered(one, (*path, place)) for place, one in enumerate(value)]
            return [item for one in new for item in (one if isinstance(one, list) else [one])]
        match = _REFERENCE.fullmatch(value)
        if match and match[1] not in self.answers:
            self.complain(
                path, _column(path), f"no question is named '{match[1]}'.{nearest(match[1], list(self.answers))}"
            )
        return self.answers.get(match[1], value) if match else value

    def unfilled(self, value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:  # noqa: ANN401 - as above
        """Yield the places that are still to be filled in."""
        if isinstance(value, dict):
            for key, one in value.items():
                yield from self.unfilled(one, (*path, key))
        elif isinstance(value, list):
            for place, one in enumerate(value):
                yield from self.unfilled(one, (*path, place))
        elif value == UNFILLED:
            yield path, value

    def told(self, error: Mapping[str, Any]) -> Problem:
        """Say what pydantic found, in the words of this file: the place without the names of Python's own types."""
        path: Path_ = tuple(error["loc"])
        name, around = str(path[-1]) if path else "", path[:-1]
        said = self.said(error, name, around)
        before = len(self.problems)
        self.complain(path, _column(path), said)
        return self.problems.pop(before)

    def said(self, error: Mapping[str, Any], name: str, around: Path_) -> str:
        kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
        strange = (
            sorted(set(value) - set(words_known((*around, name, ""))))
            if kind == "verb" and isinstance(value, dict)
            else []
        )
        if kind == "unexpected_keyword_argument" or strange:
            known, word = words_known((*around, name, "") if strange else around), strange[0] if strange else name
            if word in known:
                return f"'{word}' does not go with '{around[-1]}'."
            return f"'{word}' is not known here." + (nearest(word, known) or f" Known: {', '.join(known)}.")
        if kind == "literal_error":
            expected = context["expected"].replace("'', ", "").replace("'", "")
            return f"'{value}' is not one of {expected}."
        if kind in {"string_type", "tuple_type"}:
            return (
                "one value is expected here, not a list." if isinstance(value, list) else "one value is expected here."
            )
        return {
            "verb": f"say where it comes from by one of: {', '.join(VERBS)}.",
            "missing": f"the entry '{name}:' is missing.",
            "string_too_short": "the name of a column of the export is expected here.",
            "too_short": "the name of a column of the export is expected here.",
            "int_parsing": f"'{value}' is no line number.",
            "greater_than_equal": f"'{value}' is no line number: the first line is 1.",
        }.get(kind, "'name: value' lines are expected here.")


def _column(path: Path_) -> str:
    """Return the column of the cohort that a place in the file is about."""
    return str(path[1]) if len(path) > 1 and path[0] == "columns" else str(path[0]) if path else ""


@dataclass(frozen=True, slots=True)
class _Checker:
    """Checks what a mapping says against the dictionary, and turns its codes into levels."""

    document: _Document
    parsed: MappingFile
    variables: Mapping[str, Variable]

    def complain(self, path: Path_, column: str, message: str) -> None:
        self.document.complain(path, column, message)

    def mapping(self) -> ColumnMapping:
        """Return the checked mapping."""
        columns = self.parsed.columns
        for target in columns:
            if target not in self.variables:
                remedy = (
                    nearest(target, list(self.variables)) or " Describe it in a dictionary of your own (--dictionary)."
                )
                self.complain(("columns", target), target, f"no dictionary describes this column.{remedy}")
        if "patient_id" not in columns:
            self.complain(
                (),
                "patient_id",
                f"the column is missing. Write 'patient_id: {{numbered: COLUMN}}', or {EACH_ROW} for COLUMN.",
            )
        known = {target: source for target, source in columns.items() if target in self.variables}
        rules = tuple(
            self.rule(self.variables[target], source, ("columns", target)) for target, source in known.items()
        )
        moments = {name: self.moment(moment, ("moments", name)) for name, moment in self.parsed.moments.items()}
        lesions = tuple(self.lesion(block, ("lesions",)) for block in self.parsed.lesions)
        return ColumnMapping(self.document.file_name, rules, changed(self.parsed, moments=moments), lesions)

    def rule(self, variable: Variable, source: Source, path: Path_) -> Rule:
        """Check one rule against the column it makes."""
        name = variable.name
        if isinstance(source, Copy):
            source = self.copy(variable, source, path)
        elif isinstance(source, Constant):
            self.level(variable, source.value, path)
            if name == "patient_id":
                self.complain(path, name, "each patient needs an identifier of their own.")
        elif isinstance(source, Numbered) and name != "patient_id":
            self.complain(path, name, "'numbered' is for patient_id.")
        elif isinstance(source, Interval):
            self.interval(variable, source, path)
        elif isinstance(source, YearOf) and variable.unit != "year":
            self.complain(path, name, "'year_of' is for a column that holds a year.")
        elif isinstance(source, AnyOf):
            self.event(variable, source, path)
        return Rule(name, source, self.document.lines.get(path, 0))

    def copy(self, variable: Variable, source: Copy, path: Path_) -> Copy:
        """Turn the codes into levels; check unit and source."""
        if not source.source:
            self.complain(path, variable.name, "the name of a column of the export is expected here.")
        codes = {cell: self.level(variable, word, (*path, "codes", cell)) for cell, word in source.codes.items()}
        units = known_units(variable.unit) if variable.unit else ()
        unit = unit_of(source.unit) or source.unit
        if unit and (variable.kind not in {"number", "integer"} or unit not in units):
            message = f"the unit '{unit}' cannot be converted. Units of this column: {', '.join(units) or 'none'}."
            self.complain(path, variable.name, message)
        return changed(source, codes=codes, unit="" if unit == variable.unit else unit)

    def level(self, variable: Variable, word: str, path: Path_) -> str:
        """Return the level, number or blank that a word of a mapping stands for."""
        if word in ("", MISSING):
            return ""
        if variable.levels:
            level = word if word in variable.levels else level_of(variable, word)
            if level is None:
                remedy = nearest(word, variable.levels, 1)
                self.complain(
                    path, variable.name, f"'{word}' is no level. Allowed: {', '.join(variable.levels)}.{remedy}"
                )
            return level or ""
        number = parse_number(word) if variable.kind in {"number", "integer"} else None
        if variable.kind in {"number", "integer"} and (number is None or number_fault(word, variable)):
            self.complain(path, variable.name, f"'{word}' is no number that the column may hold.")
        return word

    def interval(self, variable: Variable, source: Interval, path: Path_) -> None:
        if variable.unit not in {"months", "days", "years"}:
            self.complain(path, variable.name, "'date' is for a column in months, days or years.")
        needs_date = any(not self.timed(name) for name in names_of(source))
        if needs_date and not (source.since or self.parsed.since):
            self.complain(
                path, variable.name, "say from which date to count ('since: COLUMN', here or for the whole file)."
            )

    def timed(self, name: str) -> bool:
        """Say whether a moment, or that of which it is one kind, is given by a time and needs no time zero."""
        moment = self.parsed.moments.get(name)
        return moment is not None and (bool(moment.time) or (moment.of not in ("", name) and self.timed(moment.of)))

    def event(self, variable: Variable, source: AnyOf, path: Path_) -> None:
        if variable.levels not in {("0", "1"), ("yes", "no")}:
            self.complain(path, variable.name, "'any_of' is for an event (0 or 1) or for yes and no.")
        known = all(name in self.parsed.moments and self.parsed.moments[name].where for name in source.dates)
        if not source.otherwise and not known:
            self.complain(
                path, variable.name, "'any_of' needs 'otherwise: COLUMN', the date until which nothing happened."
            )

    def moment(self, moment: Moment, path: Path_) -> Moment:
        """Turn the codes of a moment into yes, no and blank."""
        if sum(map(bool, (moment.date, moment.time, moment.of))) > 1 or not (
            moment.date or moment.time or moment.where
        ):
            self.complain(path, "moments", "a moment has 'where', or one of 'date', 'time' and 'of', or both.")
        whole = self.parsed.moments.get(moment.of)
        if moment.of and (not moment.where or (whole and whole.of)):
            self.complain(
                path,
                "moments",
                "'of' names a column of dates or a moment without 'of'; 'where' says which kind it was.",
            )
        unit = unit_of(moment.unit)
        if moment.unit and unit not in known_units("months"):
            self.complain(path, "moments", f"'{moment.unit}' is no unit of time: {', '.join(known_units('months'))}.")
        codes = {}
        for cell, word in moment.codes.items():
            codes[cell] = "" if word in ("", MISSING) else happened(word)
            if codes[cell] is None:
                self.complain(
                    (*path, "codes", cell), "moments", f"'{word}' says neither yes nor no. Write yes, no or {MISSING}."
                )
        return changed(moment, unit=unit, codes={cell: word or "" for cell, word in codes.items()})

    def lesion(self, block: LesionColumns, path: Path_) -> tuple[Rule, ...]:
        """Return the rules of one lesion; ``date`` stands for ``day``, counted from time zero."""
        if bool(block.date) == bool(block.day):
            self.complain(path, "lesions", "one of 'day' and 'date' must be given.")
        if block.date and not self.parsed.since:
            self.complain(path, "lesions", "'date' counts from 'since: COLUMN', which the file does not name.")
        given = {
            name: getattr(block, name)
            for name in ("lesion", "long_mm", "perp_mm", "role", "day")
            if getattr(block, name)
        }
        if block.date:
            given["day"] = Interval((block.date,))
        return tuple(self.rule(SCAN_VARIABLES[name], source, (*path, name)) for name, source in given.items())
