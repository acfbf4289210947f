"""A mapping applied to an export: the cells of a cohort, and a log of what became of each column.

A cell that a rule does not cover is an error with its line and column; what is left blank is counted in the log. Neither
repeats a cell: it may be somebody's name in the wrong column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hai_utils.cohort.checking import OLDEST_AGE
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import describe, header_kind, identifier_in, is_free_text, words_of
from hai_utils.cohort.problems import Problem, line_list
from hai_utils.errors import nearest
from hai_utils.importing.language import EACH_ROW, AnyOf, Constant, Copy, Interval, Numbered, YearOf
from hai_utils.importing.mapping import ColumnMapping, Rule
from hai_utils.importing.moments import Moments
from hai_utils.importing.shaping import columns_as_tuples, one_row_each, shaped
from hai_utils.importing.sheets import Sheet, refuse, require_header
from hai_utils.importing.units import convert, known_units, number_text
from hai_utils.importing.values import (
    Codes,
    DecimalMark,
    kept_text,
    number_fault,
    parse_number,
    parse_quantity,
    parse_sizes,
)
from hai_utils.importing.vocabulary import happened
from hai_utils.untrusted import csv_text, table_cell

PATIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
POOLED_AGE = str(OLDEST_AGE + 1)
MARKS: tuple[DecimalMark, ...] = (".", ",")
ENDPOINTS = ("os", "pfs", "hepatic_pfs")


@dataclass(frozen=True, slots=True)
class Imported:
    """A cohort made from an export.

    Attributes
    ----------
    columns : mapping of str to tuple of str
        The cells of each column, in the order of the file that is written.
    lines : tuple of int
        Line of the export that each row comes from.
    log : tuple of str
        What was done, a sentence a line; no cell of an identifying column is in it.
    remarks : tuple of Problem
        Warnings: what contradicts itself and was read in the one way that the mapping says.
    """

    columns: Mapping[str, tuple[str, ...]]
    lines: tuple[int, ...]
    log: tuple[str, ...] = ()
    remarks: tuple[Problem, ...] = ()

    @property
    def csv_text(self) -> str:
        """The cohort file."""
        return csv_text(tuple(self.columns), list(zip(*self.columns.values(), strict=True)))

    @property
    def log_text(self) -> str:
        """The log, a sentence a line."""
        return "\n".join(self.log) + "\n"


def study_numbers(identifiers: Sequence[str]) -> dict[str, str]:
    """Give each distinct identifier a number, in their order: P001, P002 ... with as many digits as are needed."""
    distinct = list(dict.fromkeys(identifiers))
    width = max(3, len(str(len(distinct))))
    return {identifier: f"P{number:0{width}d}" for number, identifier in enumerate(distinct, start=1)}


def apply_mapping(
    sheet: Sheet,
    mapping: ColumnMapping,
    variables: Mapping[str, Variable],
    *,
    guarded: Mapping[str, str] | None = None,
    rules: Sequence[Rule] | None = None,
) -> Imported:
    """Make the columns of a cohort from an export.

    Parameters
    ----------
    variables : mapping of str to Variable
        What each target column may hold.
    guarded : mapping of str to str, optional
        Columns that are never copied, and why; they may count in a difference of dates.
    rules : sequence of Rule, optional
        Applied to the rows as they are, instead of the mapping's own (the scans of lesions have a block of their own).

    Raises
    ------
    DataError
        With every fault: of the mapping first, with its line; then of the export, with line and column.
    """
    require_header(sheet)
    of_patients, read = rules is None, len(sheet.rows)
    sheet = shaped(sheet, mapping) if of_patients else sheet
    chosen = mapping.rules if rules is None else tuple(rules)
    task = _Application(sheet, mapping, dict(guarded or {}))
    task.check_sources(chosen, mapping.settings.ignored if of_patients else ())
    task.check_headers(chosen, variables)
    columns: dict[str, Sequence[str]] = {rule.target: task.cells(rule, variables[rule.target]) for rule in chosen}
    lines = sheet.lines
    if of_patients:
        task.check_alive(columns, chosen)
        task.leave_out(columns, chosen)
        task.say_deaths(columns, chosen)
    if of_patients and "patient_id" in columns:
        columns, lines, log, problems = one_row_each(columns, sheet, mapping, variables)  # type: ignore[assignment]
        task.log += log
        task.problems += problems
    refuse(task.problems, sheet.file_name)
    log = [f"{read} rows were read from the export, and {len(lines)} written.", *sheet.notes, *task.log]
    return Imported(columns_as_tuples(columns), lines, tuple(log + task.left_out(chosen)), tuple(task.moments.remarks))


@dataclass(slots=True)
class _Application:
    """One run of a mapping over one export: its problems and its log."""

    sheet: Sheet
    mapping: ColumnMapping
    guarded: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    moments: Moments = field(init=False)

    def __post_init__(self) -> None:
        self.moments = Moments(self.sheet, self.mapping.settings, self.problems)

    def check_sources(self, rules: Sequence[Rule], ignored: Sequence[str]) -> None:
        """Refuse rules that name a column the export has not, or one that must not be copied."""
        faults = []
        names = [(rule.line, rule.target, name) for rule in rules for name in self.mapping.columns_of(rule.source)]
        names += [(1, "ignored", name) for name in ignored]
        for line, target, name in names:
            if name not in self.sheet.header:
                message = f"the export has no column '{name}'.{nearest(name, self.sheet.header)}"
                faults.append(Problem("error", line, target, "source", message))
        for rule in rules:
            if isinstance(rule.source, Copy) and (reason := self.guarded.get(rule.source.source)):
                message = f"'{rule.source.source}' is {reason} and is not copied."
                faults.append(Problem("error", rule.line, rule.target, "guarded", message))
        refuse(faults, self.mapping.file_name)

    def check_headers(self, rules: Sequence[Rule], variables: Mapping[str, Variable]) -> None:
        """Refuse to copy names, addresses and record numbers into a column that takes any text."""
        faults = []
        for rule in rules:
            source, variable = rule.source, variables[rule.target]
            takes_text = variable.kind in {"category", "string"} and not variable.levels
            kind = header_kind(source.source) if isinstance(source, Copy) and takes_text and not source.codes else None
            if kind and isinstance(source, Copy):
                numbered = f"Write 'patient_id: {{numbered: {source.source}}}'."
                remedy = numbered if rule.target == "patient_id" else "Give 'codes', or leave it out."
                message = f"'{source.source}' looks like a {kind} and is not copied. {remedy}"
                faults.append(Problem("error", rule.line, rule.target, "identifier", message))
        refuse(faults, self.mapping.file_name)

    def left_out(self, rules: Sequence[Rule]) -> list[str]:
        """Name the columns of the export that nothing was made from."""
        every = [*rules, *(rule for block in self.mapping.lesions for rule in block)]
        used = {name for rule in every for name in self.mapping.columns_of(rule.source)}
        names, said = self.sheet.header, self.mapping.settings.ignored
        ignored = [self.sheet.shown(name) for name in names if name in said]
        forgotten = [self.sheet.shown(name) for name in names if name not in used and name not in said]
        lines = [f"Left out as the mapping says: {', '.join(ignored)}."] if ignored else []
        return lines + ([f"Left out, as nothing is made of them: {', '.join(forgotten)}."] if forgotten else [])

    def complain(self, row: int, column: str, message: str, code: str = "cell") -> None:
        self.problems.append(Problem("error", self.sheet.lines[row], self.sheet.shown(column), code, message))

    def cells(self, rule: Rule, variable: Variable) -> list[str]:
        """Return the cells of one column of the cohort."""
        source = rule.source
        if isinstance(source, Constant):
            self.log.append(f"{rule.target}: '{table_cell(source.value)}' for every row.")
            return [source.value] * len(self.sheet.rows)
        if isinstance(source, Numbered):
            return self.numbered(source)
        if isinstance(source, Copy):
            return self.pooled(rule.target, variable, self.copied(rule, source, variable))
        if isinstance(source, Interval):
            cells, how = self.moments.intervals(source, variable)
        elif isinstance(source, YearOf):
            cells, how = self.moments.years(source.source), f"the year of '{self.sheet.shown(source.source)}'"
        else:
            cells, how = self.moments.events(source, variable)
        self.say(rule, how, cells)
        return self.pooled(rule.target, variable, cells)

    def say(self, rule: Rule, how: str, cells: Sequence[str]) -> None:
        blank = sum(1 for cell in cells if not cell)
        self.log.append(f"{rule.target}: {how}; {len(cells) - blank} values, {blank} blank.")

    def check_alive(self, columns: Mapping[str, Sequence[str]], rules: Sequence[Rule]) -> None:
        """Refuse a patient who is alive by one column and has a date of death in another."""
        source = next((rule.source for rule in rules if rule.target == "os_months"), None)
        status = columns.get("os_event")
        # Without a last contact beside it, the date may be that of the last contact.
        if not isinstance(source, Interval) or not source.otherwise or status is None:
            return
        for name in source.ends:
            days = self.moments.dates(name).days if name not in self.mapping.settings.moments else ()
            for row, day in enumerate(days):
                if day and status[row] == "0":
                    self.complain(
                        row,
                        name,
                        "a date of death, and the status says alive. Correct one of the two (in the mapping: cells).",
                        "alive",
                    )

    def leave_out(self, columns: dict[str, Sequence[str]], rules: Sequence[Rule]) -> None:
        """Leave out a time whose event is not known, and an event whose time is not; count them."""
        sources = {rule.target: rule.source for rule in rules}
        for stem in ENDPOINTS:
            time, event = f"{stem}_months", f"{stem}_event"
            wanted = self.mapping.settings.incomplete or isinstance(sources.get(event), AnyOf)
            if not wanted or time not in columns or event not in columns:
                continue
            pairs = list(zip(columns[time], columns[event], strict=True))
            half = [self.sheet.lines[row] for row, (when, what) in enumerate(pairs) if bool(when) != bool(what)]
            columns[time] = [when if what else "" for when, what in pairs]
            columns[event] = [what if when else "" for when, what in pairs]
            if half:
                self.log.append(
                    f"{time}, {event}: {len(half)} left out, as time or status is not known ({line_list(half)})."
                )

    def say_deaths(self, columns: Mapping[str, Sequence[str]], rules: Sequence[Rule]) -> None:
        """Say where progression-free survival is made without any column that tells of deaths."""
        for rule in rules:
            if rule.target.endswith("pfs_event") and isinstance(rule.source, AnyOf) and "os_event" not in columns:
                message = "deaths are not counted, for nothing in the mapping tells of them. This survival is progression or death: name a moment of death."
                self.moments.remarks.append(Problem("warning", 0, rule.target, "deaths_not_counted", message))

    def numbered(self, source: Numbered) -> list[str]:
        """Replace identifiers by study numbers, in the order of the lines."""
        if source.source == EACH_ROW:
            self.log.append("patient_id: each row is a patient; study numbers in the order of the rows.")
            return list(study_numbers(list(map(str, range(len(self.sheet.rows))))).values())
        cells = self.sheet.column(source.source)
        for row, cell in enumerate(cells):
            if not cell:
                self.complain(row, source.source, "the identifier is blank.", "identifier")
        numbers = study_numbers([cell for cell in cells if cell])
        shown = self.sheet.shown(source.source)
        self.log.append(f"patient_id: study numbers in place of '{shown}'; no list of who is who was written.")
        return [numbers.get(cell, "") for cell in cells]

    def copied(self, rule: Rule, source: Copy, variable: Variable) -> list[str]:
        """Copy a column; each distinct cell is read once."""
        cells = self.sheet.column(source.source)
        codes = Codes(source.codes)
        missing = Codes((*self.mapping.settings.missing, *source.missing))
        read = self.reader(rule, source, variable, codes)
        known: dict[str, tuple[str, str]] = {}
        result, not_known = [], 0
        for row, cell in enumerate(cells):
            if cell not in known:
                coded = codes.find(cell)
                if coded is None and (not cell or cell in missing):
                    coded = ""
                known[cell] = read(cell) if coded is None else (coded, "" if coded or not cell else "missing")
            text, wrong = known[cell]
            not_known += wrong == "missing"
            if wrong not in {"", "missing"}:
                self.complain(row, source.source, wrong)
            result.append(text)
        if source.given:
            boxes = [self.sheet.column(name) for name in source.given]
            checked = [any(happened(cell) == "yes" for cell in cells) for cells in zip(*boxes, strict=True)]
            not_known += checked.count(False)
            result = [text if known_here else "" for text, known_here in zip(result, checked, strict=True)]
        self.describe_copy(rule, source, variable, result, not_known)
        return result

    def reader(self, rule: Rule, source: Copy, variable: Variable, codes: Codes) -> Callable[[str], tuple[str, str]]:
        """Return the function that reads one cell: its value, and what is wrong with it."""
        if variable.kind in {"number", "integer"} and not (variable.levels and source.codes):
            return lambda cell: self.number(cell, source, variable)
        if source.codes:
            return lambda cell: (
                "",
                f"{describe(cell)} that is not among the codes ({codes.listed}). Add it there, or to 'missing'.",
            )
        if rule.target == "patient_id":
            return _study_identifier
        return _level(variable) if variable.levels else _open_text

    def number(self, cell: str, source: Copy, variable: Variable) -> tuple[str, str]:
        """Read a number with the unit that stands in the cell, or else with that of the column."""
        found = self.quantity(cell, source)
        if found is None:
            other = any(parse_number(cell, mark) is not None for mark in MARKS)
            remedy = (
                "State the decimal sign in the mapping (file: decimal)."
                if other
                else "Correct it, or give it in 'codes' or 'missing'."
            )
            return "", f"{describe(cell)}, where a plain number should stand. {remedy}"
        if kind := "" if source.part else identifier_in(cell):
            return "", f"{kind}, where a measurement should stand. Check the column, or add it to 'missing'."
        value, unit = found[0], found[1] or source.unit or variable.unit
        if found[1] and unit not in known_units(variable.unit):
            return "", f"a number with the unit {unit}, where {variable.unit or 'none'} should stand."
        same = unit == variable.unit
        text = (
            (number_text(value) if variable.kind == "integer" or source.part or found[1] else kept_text(cell, value))
            if same
            else convert(value, unit, variable.unit)
        )
        wrong = number_fault(text, variable)
        return text, f"the number {wrong}; check the column, its unit and its missing codes." if wrong else ""

    def quantity(self, cell: str, source: Copy) -> tuple[Decimal, str] | None:
        decimal = self.mapping.settings.file.decimal
        if not source.part:
            return parse_quantity(cell, decimal)
        sizes = parse_sizes(cell, decimal)
        if sizes is None and source.part == "longest":
            return parse_quantity(cell, decimal)
        return (sizes[0] if source.part == "longest" else sizes[1], sizes[2]) if sizes else None

    def describe_copy(self, rule: Rule, source: Copy, variable: Variable, cells: Sequence[str], not_known: int) -> None:
        how = f"from '{self.sheet.shown(source.source)}'"
        how += f", {source.part} diameter" if source.part else ""
        how += f", {source.unit} to {variable.unit}" if source.unit else ""
        if source.codes and variable.levels:
            counts = Counter(cells)
            levels = dict.fromkeys(source.codes.values())
            pairs = [f"{level} {counts[level]}" for level in levels if level]
            how += f" by its codes ({', '.join(pairs)})"
        how += f", {not_known} cells with a code for 'not known'" if not_known else ""
        original = self.sheet.column(source.source)
        spelt = sum(1 for cell, was in zip(cells, original, strict=True) if cell and cell != was)
        if variable.levels and not source.codes and spelt and variable.kind == "category":
            how += f", {spelt} cells differ from the level in letter case or spaces"
        self.say(rule, how, cells)
        if not variable.levels and variable.kind in {"category", "string"}:
            formulas = sum(1 for cell in cells if table_cell(cell) != cell)
            if formulas:
                self.log.append(
                    f"{rule.target}: {formulas} cells began like a formula and got an apostrophe before them."
                )

    def pooled(self, target: str, variable: Variable, cells: list[str]) -> list[str]:
        """Write every age above 89 as 90: the HIPAA Safe Harbor rule counts them as identifiers."""
        if variable.unit != "years" or "age" not in words_of(target).split("_"):
            return cells
        old = [bool(cell) and Decimal(cell) > OLDEST_AGE for cell in cells]
        if any(old):
            self.log.append(f"{target}: {sum(old)} ages above {OLDEST_AGE} were written as {POOLED_AGE}.")
        return [POOLED_AGE if is_old else cell for cell, is_old in zip(cells, old, strict=True)]


def _level(variable: Variable) -> Callable[[str], tuple[str, str]]:
    """Read a level; letter case, spaces and hyphens may differ where only one level fits."""
    plain: dict[str, set[str]] = {}
    for level in variable.levels:
        for form in (level, variable.label_of(level)):
            plain.setdefault(words_of(form), set()).add(level)

    def read(cell: str) -> tuple[str, str]:
        if cell in variable.levels:
            return cell, ""
        fitting = plain.get(words_of(cell), set())
        if len(fitting) == 1 and words_of(cell):
            return next(iter(fitting)), ""
        return (
            "",
            f"{describe(cell)}, where one of {', '.join(variable.levels)} should stand. Give 'codes' for this column.",
        )

    return read


def _open_text(cell: str) -> tuple[str, str]:
    if found := identifier_in(cell):
        return "", f"{found}; it may identify the patient and is not copied. Blank it, or give 'codes' for this column."
    if is_free_text(cell) or not cell.isprintable():
        return "", "free text, which may identify the patient. Give 'codes' for this column, or leave it out."
    return cell, ""


def _study_identifier(cell: str) -> tuple[str, str]:
    """Copy a study number; what has no digit may be a name, what has six in a row a record number."""
    safe = PATIENT_ID.fullmatch(cell) and any(map(str.isdigit, cell)) and not identifier_in(cell) and cell[0] != "-"
    if safe and (not cell.isdigit() or len(cell) < 6):
        return cell, ""
    return "", f"{describe(cell)} that may identify the patient. Write 'numbered' in place of 'from' in the mapping."
