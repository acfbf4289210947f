"""The mapping file: how the columns of an export become the columns of a cohort.

A mapping is a small YAML file. Every scalar is text, so ``no``, ``01`` and ``-999`` stay what they are::

    file:                      # how the export is written; leave out what shows by itself
      encoding: windows-1252
      delimiter: ";"
      decimal: ","
      sheet: 1                 # name or number of a workbook's sheet
      header_line: 1
    dates: dmy                 # order of day, month and year: dmy, mdy or ymd
    since: Pump placed         # the column with the date that months count from
    missing: [-999, NA]        # cells that mean 'not known', in every column
    columns:                   # column of the cohort: where it comes from
      patient_id: {numbered: MRN}               # becomes P001, P002 ...; 'from' copies a study number
      site: {value: Grand Rapids}               # the same for every patient
      age_years: {date: Pump placed, since: Born}   # completed years from the one to the other
      sex: {from: Gender, codes: {1: male, 2: female}}
      lesion1_baseline_long_mm: {from: Lesion 1 (cm), unit: cm}
      bmi_kg_m2: {from: BMI, missing: [0]}      # besides those for every column
      pump_year: {year_of: Pump placed}
      os_months: {date: Last seen}              # months since the pump
      os_event: {from: Status, codes: {dead: 1, alive: 0}}
      pfs_months: {date: [Progression, Death], otherwise: Last seen}   # the first of the dates, else the other
      pfs_event: {any_of: [Progression, Death], otherwise: Last seen}  # 1 with a date, 0 with the other alone
    lesions:                   # optional, with import-redcap: the fields of the repeating scans
      day: scan_day            # or date: scan_date, counted from 'since'
      lesion: scan_lesion
      long_mm: {from: scan_long, unit: cm}
      perp_mm: {from: scan_perp, unit: cm}
      role: {from: scan_role, codes: {1: target, 2: new}}
    ignored: [Remarks]         # columns left out on purpose

``name: Column`` is short for ``name: {from: Column}``. Columns of the export that are not named are left out, and the
log says so. No row is ever left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.tables import DEFAULT_OPTIONS, DELIMITERS, ENCODINGS, Encoding, TableOptions, clean
from hai_utils.errors import nearest
from hai_utils.importing.sheets import fault, refuse
from hai_utils.importing.values import DATE_ORDERS, DECIMAL_MARKS, DateOrder, DecimalMark, known_units
from hai_utils.safe_yaml import YamlError, compose, read_yaml_text

UNFILLED = "FILL_IN"
LESION_COLUMNS = ("patient_id", "day", "lesion", "long_mm", "perp_mm", "role")


@dataclass(frozen=True, slots=True)
class Copy:
    """A column taken over cell by cell.

    Attributes
    ----------
    source : str
        Header in the export.
    codes : mapping of str to str
        What each cell becomes; empty: cells stay. A code that becomes blank means 'not known'.
    unit : str
        Unit in the export; empty: the dictionary's.
    missing : tuple of str
        Cells that mean 'not known', besides those for every column.
    """

    source: str
    codes: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every patient."""

    value: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """Study numbers P001, P002 ... in place of the identifiers of a column."""

    source: str


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from one date to the first of others, or to a last one where there is none."""

    ends: tuple[str, ...]
    otherwise: str
    since: str


@dataclass(frozen=True, slots=True)
class YearOf:
    """The calendar year of a date."""

    source: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """An event: it happened where any of the dates is there, it did not where only the other date is."""

    dates: tuple[str, ...]
    otherwise: str


Source = Copy | Constant | Numbered | Interval | YearOf | AnyOf


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one column of the cohort comes from, and the line of the mapping that says so."""

    target: str
    source: Source
    line: int = 0


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A mapping file, read and checked against the dictionary."""

    file_name: str
    rules: tuple[Rule, ...]
    options: TableOptions = DEFAULT_OPTIONS
    decimal: DecimalMark = "."
    dates: DateOrder | None = None
    since: str = ""
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    lesions: tuple[Rule, ...] = ()


def columns_of(source: Source) -> tuple[str, ...]:
    """Return the columns of the export that a rule reads."""
    if isinstance(source, Interval):
        return tuple(name for name in (*source.ends, source.otherwise, source.since) if name)
    if isinstance(source, AnyOf):
        return tuple(name for name in (*source.dates, source.otherwise) if name)
    return () if isinstance(source, Constant) else (source.source,)


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
    reader = _Reader(file_name, variables)
    mapping = reader.mapping(_compose(text, file_name))
    refuse(reader.problems, file_name)
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


class _Reader:
    """Walks the nodes of one mapping and collects what is wrong with it."""

    def __init__(self, file_name: str, variables: Mapping[str, Variable]) -> None:
        self.file_name = file_name
        self.variables = variables
        self.problems: list[Problem] = []
        self.since = ""

    def complain(self, line: int, column: str, message: str) -> None:
        self.problems.append(Problem("error", line, column, "mapping", message))

    def entries(self, node: yaml.Node, column: str, known: tuple[str, ...] = ()) -> dict[str, yaml.Node]:
        """Return the entries of a block, refusing doubled and unknown names."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(node.start_mark.line + 1, column, "'name: value' lines are expected here.")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name, line = self.text(key, column), key.start_mark.line + 1
            if name in found:
                self.complain(line, column or name, f"'{name}' stands here twice. Keep one.")
            elif known and name not in known:
                remedy = nearest(name, known) or f" Known: {', '.join(known)}."
                self.complain(line, column, f"'{name}' is not known here.{remedy}")
            else:
                found[name] = value
        return found

    def text(self, node: yaml.Node | None, column: str = "") -> str:
        """Return a single value."""
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.complain(node.start_mark.line + 1, column, "one value is expected here.")
            return ""
        value = re.sub(r"\s+", " ", clean(node.value))
        if value == UNFILLED:
            self.complain(node.start_mark.line + 1, column, f"'{UNFILLED}' is still to be filled in.")
        return value

    def texts(self, node: yaml.Node | None, column: str = "") -> tuple[str, ...]:
        """Return a list of values; a single value is a list of one."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(item, column) for item in node.value)
        return (self.text(node, column),) if node is not None else ()

    def sources(self, node: yaml.Node, column: str) -> tuple[str, ...]:
        """Return the names of columns of the export; none may be blank."""
        names = self.texts(node, column)
        if not names or not all(names):
            self.complain(node.start_mark.line + 1, column, "the name of a column of the export is expected here.")
        return names or ("",)

    def one_source(self, node: yaml.Node | None, column: str) -> str:
        """Return the name of one column of the export; empty where the entry is absent."""
        if node is None:
            return ""
        names = self.sources(node, column)
        if len(names) > 1:
            self.complain(node.start_mark.line + 1, column, "one column of the export is expected here, not a list.")
        return names[0]

    def choice(self, node: yaml.Node | None, known: tuple[str, ...], default: str) -> str:
        """Return one of the known words."""
        value = self.text(node)
        if node is None or value in known:
            return value or default
        if value != UNFILLED:
            self.complain(node.start_mark.line + 1, "", f"'{value}' is not one of {', '.join(known)}.")
        return default

    def mapping(self, node: yaml.MappingNode) -> ColumnMapping:
        """Read the whole file."""
        names = ("file", "dates", "since", "missing", "columns", "lesions", "ignored")
        top = self.entries(node, "", names)
        self.since = self.text(top.get("since"))
        options, decimal = self.options(top.get("file"))
        if "columns" not in top:
            self.complain(1, "", "the block 'columns:' is missing; it names the columns of the cohort.")
        rules = self.rules(top["columns"], self.variables) if "columns" in top else ()
        if rules and "patient_id" not in {rule.target for rule in rules}:
            self.complain(1, "patient_id", "the column is missing. Write 'patient_id: {numbered: COLUMN}'.")
        return ColumnMapping(
            file_name=self.file_name,
            rules=rules,
            options=options,
            decimal=decimal,
            dates=cast("DateOrder | None", self.choice(top.get("dates"), DATE_ORDERS, "") or None),
            since=self.since,
            missing=self.texts(top.get("missing")),
            ignored=self.texts(top.get("ignored")),
            lesions=self.lesion_rules(top.get("lesions")),
        )

    def options(self, node: yaml.Node | None) -> tuple[TableOptions, DecimalMark]:
        """Read how the export is written."""
        if node is None:
            return TableOptions(), "."
        entries = self.entries(node, "file", ("encoding", "delimiter", "decimal", "sheet", "header_line"))
        delimiter = self.delimiter(entries.get("delimiter"))
        line = self.text(entries.get("header_line")) or "1"
        if not re.fullmatch(r"[1-9]\d{0,4}", line):
            self.complain(node.start_mark.line + 1, "file", "'header_line' is a line number, 1 or more.")
            line = "1"
        encoding = cast("Encoding", self.choice(entries.get("encoding"), ENCODINGS, ""))
        decimal = self.choice(entries.get("decimal"), DECIMAL_MARKS, ".")
        return TableOptions(encoding, delimiter, self.text(entries.get("sheet")), int(line)), cast(
            "DecimalMark", decimal
        )

    def delimiter(self, node: yaml.Node | None) -> str:
        # A tab is padding, so the value is read as it stands; the word is what a person would write.
        value = getattr(node, "value", "")
        value = "\t" if value == "tab" else value
        if node is not None and value not in DELIMITERS:
            self.complain(node.start_mark.line + 1, "file", '\'delimiter\' is one of ",", ";", "|" or tab.')
            return ""
        return value

    def rules(self, node: yaml.Node, variables: Mapping[str, Variable]) -> tuple[Rule, ...]:
        """Read a block of target columns."""
        rules = []
        for target, value in self.entries(node, "columns").items():
            line = value.start_mark.line + 1
            if target not in variables:
                remedy = nearest(target, list(variables)) or " Describe it in a dictionary of your own (--dictionary)."
                self.complain(line, target, f"no dictionary describes this column.{remedy}")
            elif (source := self.source(variables[target], value, line)) is not None:
                rules.append(Rule(target, source, line))
        return tuple(rules)

    def source(self, variable: Variable, node: yaml.Node, line: int) -> Source | None:
        """Read where one column comes from."""
        if isinstance(node, yaml.ScalarNode):
            name = self.text(node, variable.name)
            return Copy(name) if name else self.nothing(line, variable.name)
        known = (
            "from",
            "codes",
            "unit",
            "missing",
            "value",
            "numbered",
            "date",
            "since",
            "otherwise",
            "year_of",
            "any_of",
        )
        entries = self.entries(node, variable.name, known)
        verbs = [name for name in ("from", "value", "numbered", "date", "year_of", "any_of") if name in entries]
        if len(verbs) != 1:
            return self.nothing(line, variable.name)
        readers: dict[str, Callable[[Variable, Mapping[str, yaml.Node], int], Source]] = {
            "from": self.copy, "value": self.constant, "numbered": self.numbered,
            "date": self.interval, "year_of": self.year, "any_of": self.event,
        }  # fmt: skip
        allowed = {"from": ("codes", "unit", "missing"), "date": ("since", "otherwise"), "any_of": ("otherwise",)}
        for stray in set(entries) - {verbs[0], *allowed.get(verbs[0], ())}:
            self.complain(line, variable.name, f"'{stray}' does not go with '{verbs[0]}'.")
        return readers[verbs[0]](variable, entries, line)

    def nothing(self, line: int, column: str) -> Source | None:
        self.complain(line, column, "say where it comes from by one of: from, value, numbered, date, year_of, any_of.")
        return None

    def copy(self, variable: Variable, entries: Mapping[str, yaml.Node], line: int) -> Copy:
        """Read ``from`` with codes, unit and missing codes."""
        codes = {}
        if "codes" in entries:
            pairs = self.entries(entries["codes"], variable.name)
            codes = {code: self.text(node, variable.name) for code, node in pairs.items()}
        for level in codes.values():
            self.check_level(variable, level, line)
        unit = self.text(entries.get("unit"), variable.name)
        if unit and (variable.kind not in {"number", "integer"} or unit not in known_units(variable.unit)):
            units = ", ".join(known_units(variable.unit)) if variable.unit else "none"
            self.complain(line, variable.name, f"the unit '{unit}' cannot be converted. Units of this column: {units}.")
        return Copy(
            self.one_source(entries["from"], variable.name), codes, "" if unit == variable.unit else unit,
            self.texts(entries.get("missing"), variable.name),
        )  # fmt: skip

    def check_level(self, variable: Variable, level: str, line: int) -> None:
        if level and level != UNFILLED and variable.levels and level not in variable.levels:
            remedy = nearest(level, variable.levels, 1)
            message = f"'{level}' is no level. Allowed: {', '.join(variable.levels)}.{remedy}"
            self.complain(line, variable.name, message)

    def constant(self, variable: Variable, entries: Mapping[str, yaml.Node], line: int) -> Constant:
        value = self.text(entries["value"], variable.name)
        self.check_level(variable, value, line)
        if variable.name == "patient_id":
            self.complain(line, variable.name, "each patient needs an identifier of their own.")
        return Constant(value)

    def numbered(self, variable: Variable, entries: Mapping[str, yaml.Node], line: int) -> Numbered:
        if variable.name != "patient_id":
            self.complain(line, variable.name, "'numbered' is for patient_id.")
        return Numbered(self.one_source(entries["numbered"], variable.name))

    def interval(self, variable: Variable, entries: Mapping[str, yaml.Node], line: int) -> Interval:
        if variable.unit not in {"months", "days", "years"}:
            self.complain(line, variable.name, "'date' is for a column in months, days or years.")
        since = self.one_source(entries.get("since"), variable.name) or self.since
        if not since:
            self.complain(
                line, variable.name, "say from which date to count ('since: COLUMN', here or for the whole file)."
            )
        return Interval(
            self.sources(entries["date"], variable.name),
            self.one_source(entries.get("otherwise"), variable.name),
            since,
        )

    def year(self, variable: Variable, entries: Mapping[str, yaml.Node], line: int) -> YearOf:
        if variable.unit != "year":
            self.complain(line, variable.name, "'year_of' is for a column that holds a year.")
        return YearOf(self.one_source(entries["year_of"], variable.name))

    def event(self, variable: Variable, entries: Mapping[str, yaml.Node], line: int) -> AnyOf:
        if variable.levels not in {("0", "1"), ("yes", "no")}:
            self.complain(line, variable.name, "'any_of' is for an event (0 or 1) or for yes and no.")
        if "otherwise" not in entries:
            self.complain(
                line, variable.name, "'any_of' needs 'otherwise: COLUMN', the date until which nothing happened."
            )
        return AnyOf(
            self.sources(entries["any_of"], variable.name), self.one_source(entries.get("otherwise"), variable.name)
        )

    def lesion_rules(self, node: yaml.Node | None) -> tuple[Rule, ...]:
        """Read the fields of the repeating scans; ``date`` stands for ``day``, counted from the pump."""
        if node is None:
            return ()
        from hai_utils.cohort.scans import SCAN_VARIABLES

        rules = []
        for name, value in self.entries(node, "lesions", (*LESION_COLUMNS[1:], "date")).items():
            line = value.start_mark.line + 1
            if name == "date":
                if not self.since:
                    self.complain(line, "lesions", "'date' counts from 'since: COLUMN', which the file does not name.")
                rules.append(Rule("day", Interval((self.one_source(value, "lesions"),), "", self.since), line))
            elif (source := self.source(SCAN_VARIABLES[name], value, line)) is not None:
                rules.append(Rule(name, source, line))
        targets = [rule.target for rule in rules]
        for name in ("day", "lesion", "long_mm", "role"):
            if targets.count(name) != 1:
                self.complain(node.start_mark.line + 1, "lesions", f"'{name}' must be given once.")
        return tuple(rules)
