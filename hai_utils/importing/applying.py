"""A mapping applied to an export: the cells of a cohort, and a log of what became of each column.

Every row of the export gives one row of the cohort. A cell that a rule does not cover is an error with its line and
column; what is left blank is counted in the log. Neither repeats a cell: it may be somebody's name in the wrong column.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.identifiers import describe, header_kind, identifier_in, is_free_text, words_of
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.tables import clean
from hai_utils.errors import nearest
from hai_utils.importing.mapping import (
    AnyOf,
    ColumnMapping,
    Constant,
    Copy,
    Interval,
    Numbered,
    Rule,
    YearOf,
    columns_of,
)
from hai_utils.importing.sheets import Sheet, csv_text, refuse, require_header
from hai_utils.importing.values import (
    OLDEST_AGE,
    DateOrder,
    convert,
    interval,
    kept_text,
    number_fault,
    number_text,
    parse_date,
    parse_number,
)
from hai_utils.untrusted import table_cell

PATIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
POOLED_AGE = str(OLDEST_AGE + 1)
ORDER_WORDS = {"dmy": "day, month, year", "mdy": "month, day, year", "ymd": "year, month, day"}


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
    """

    columns: Mapping[str, tuple[str, ...]]
    lines: tuple[int, ...]
    log: tuple[str, ...] = ()

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
    sheet : Sheet
        The export, one row a patient.
    variables : mapping of str to Variable
        What each target column may hold.
    guarded : mapping of str to str, optional
        Columns that are never copied, and why; they may count in a difference of dates.
    rules : sequence of Rule, optional
        Applied instead of the mapping's own (the scans of lesions have a block of their own).

    Raises
    ------
    DataError
        With every fault: of the mapping first, with its line; then of the export, with line and column.
    """
    require_header(sheet)
    chosen = mapping.rules if rules is None else tuple(rules)
    task = _Application(sheet, mapping, dict(guarded or {}))
    task.check_sources(chosen)
    task.check_headers(chosen, variables)
    columns = {rule.target: tuple(task.cells(rule, variables[rule.target])) for rule in chosen}
    if rules is None:
        task.check_distinct(columns, chosen)
    refuse(task.problems, sheet.file_name)
    log = [f"{len(sheet.rows)} rows were read from the export, and {len(sheet.rows)} written.", *sheet.notes, *task.log]
    return Imported(columns, sheet.lines, tuple(log + task.left_out(chosen)))


@dataclass(slots=True)
class _Application:
    """One run of a mapping over one export: its problems and its log."""

    sheet: Sheet
    mapping: ColumnMapping
    guarded: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    read_dates: dict[str, list[date | None]] = field(default_factory=dict)

    def check_sources(self, rules: Sequence[Rule]) -> None:
        """Refuse rules that name a column the export has not, or one that must not be copied."""
        faults = []
        names = [(rule.line, rule.target, name) for rule in rules for name in columns_of(rule.source)]
        names += [(1, "ignored", name) for name in self.mapping.ignored]
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
                remedy = (
                    f"Write 'patient_id: {{numbered: {source.source}}}'."
                    if rule.target == "patient_id"
                    else "Give 'codes', or leave it out."
                )
                message = f"'{source.source}' looks like a {kind} and is not copied. {remedy}"
                faults.append(Problem("error", rule.line, rule.target, "identifier", message))
        refuse(faults, self.mapping.file_name)

    def left_out(self, rules: Sequence[Rule]) -> list[str]:
        """Name the columns of the export that nothing was made from."""
        used = {name for rule in (*rules, *self.mapping.lesions) for name in columns_of(rule.source)}
        ignored = [self.sheet.shown(name) for name in self.sheet.header if name in self.mapping.ignored]
        forgotten = [
            self.sheet.shown(name)
            for name in self.sheet.header
            if name not in used and name not in self.mapping.ignored
        ]
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
        if isinstance(source, Interval):
            return self.pooled(rule.target, variable, self.intervals(rule, source, variable))
        if isinstance(source, YearOf):
            years = [str(day.year) if day else "" for day in self.dates(source.source)]
            self.say(rule, f"the year of '{self.sheet.shown(source.source)}'", years)
            return years
        if isinstance(source, AnyOf):
            return self.events(rule, source, variable)
        return self.pooled(rule.target, variable, self.copied(rule, source, variable))

    def say(self, rule: Rule, how: str, cells: Sequence[str]) -> None:
        blank = sum(1 for cell in cells if not cell)
        self.log.append(f"{rule.target}: {how}; {len(cells) - blank} values, {blank} blank.")

    def numbered(self, source: Numbered) -> list[str]:
        """Replace identifiers by study numbers, in the order of the lines."""
        cells = self.sheet.column(source.source)
        for row, cell in enumerate(cells):
            if not cell:
                self.complain(row, source.source, "the identifier is blank.", "identifier")
        numbers = study_numbers([cell for cell in cells if cell])
        self.log.append(
            f"patient_id: study numbers in place of '{self.sheet.shown(source.source)}'; no list of who is who was written."
        )
        return [numbers.get(cell, "") for cell in cells]

    def check_distinct(self, columns: Mapping[str, Sequence[str]], rules: Sequence[Rule]) -> None:
        """Refuse an export with two rows of one patient."""
        origin = next((columns_of(rule.source) for rule in rules if rule.target == "patient_id"), ())
        if not origin:
            return
        first: dict[str, int] = {}
        for row, cell in enumerate(columns["patient_id"]):
            if cell and cell in first:
                where = self.sheet.lines[first[cell]]
                self.complain(
                    row, origin[0], f"the same patient stands on line {where}; keep one row a patient.", "duplicate"
                )
            first.setdefault(cell, row)

    def copied(self, rule: Rule, source: Copy, variable: Variable) -> list[str]:
        """Copy a column; each distinct cell is read once."""
        cells = self.sheet.column(source.source)
        missing = _Codes(dict.fromkeys((*self.mapping.missing, *source.missing), ""))
        read = self.reader(rule, source, variable)
        known: dict[str, tuple[str, str]] = {}
        result, not_known = [], 0
        for row, cell in enumerate(cells):
            if cell not in known:
                is_missing = cell != "" and missing.find(cell) is not None
                known[cell] = ("", "missing") if is_missing else read(cell) if cell else ("", "")
            text, wrong = known[cell]
            not_known += wrong == "missing"
            if wrong not in {"", "missing"}:
                self.complain(row, source.source, wrong)
            result.append(text)
        self.describe_copy(rule, source, variable, result, not_known)
        return result

    def reader(self, rule: Rule, source: Copy, variable: Variable) -> Callable[[str], tuple[str, str]]:
        """Return the function that reads one cell: its value, and what is wrong with it."""
        if source.codes:
            return _coded(_Codes(source.codes))
        if rule.target == "patient_id":
            return _study_identifier
        if variable.kind in {"number", "integer"}:
            return lambda cell: self.number(cell, source, variable)
        return _level(variable) if variable.levels else _open_text

    def number(self, cell: str, source: Copy, variable: Variable) -> tuple[str, str]:
        value = parse_number(cell, self.mapping.decimal)
        if value is None:
            other = parse_number(cell, "," if self.mapping.decimal == "." else ".")
            remedy = (
                "State the decimal sign in the mapping (file: decimal)."
                if other is not None
                else "Correct it, or add it to 'missing'."
            )
            return "", f"{describe(cell)}, where a plain number should stand. {remedy}"
        if found := identifier_in(cell):
            return "", f"{found}, where a measurement should stand. Check the column, or add it to 'missing'."
        text = convert(value, source.unit, variable.unit) if source.unit else _plain(cell, value, variable)
        wrong = number_fault(text, variable)
        return text, f"the number {wrong}; check the column, its unit and its missing codes." if wrong else ""

    def describe_copy(self, rule: Rule, source: Copy, variable: Variable, cells: Sequence[str], not_known: int) -> None:
        how = f"from '{self.sheet.shown(source.source)}'"
        how += f", {source.unit} to {variable.unit}" if source.unit else ""
        if source.codes:
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

    def dates(self, name: str) -> list[date | None]:
        """Read a column of dates once, however many rules use it; blank and missing codes are None."""
        if name not in self.read_dates:
            self.read_dates[name] = self.parsed_dates(name)
        return self.read_dates[name]

    def parsed_dates(self, name: str) -> list[date | None]:
        order: DateOrder | None = self.mapping.dates
        missing = _Codes(dict.fromkeys(self.mapping.missing, ""))
        words = (
            f"in the order {ORDER_WORDS[order]}"
            if order
            else "in the order year, month, day (state another: 'dates: dmy')"
        )
        cells = self.sheet.column(name)
        known = {cell: parse_date(cell, order) if cell else None for cell in set(cells)}
        wrong = {cell for cell, day in known.items() if cell and day is None and missing.find(cell) is None}
        for row, cell in enumerate(cells if wrong else ()):
            if cell in wrong:
                message = f"{describe(cell)}, where a date {words} with four digits of the year should stand."
                self.complain(row, name, message, "date")
        return [known[cell] for cell in cells]

    def first_of(self, names: Sequence[str], otherwise: str) -> list[date | None]:
        """Return the first of several dates of each row, or the other one where there is none."""
        columns = [self.dates(name) for name in names]
        others = self.dates(otherwise) if otherwise else [None] * len(self.sheet.rows)
        rows = zip(zip(*columns, strict=True), others, strict=True)
        return [min((day for day in days if day), default=other) for days, other in rows]

    def intervals(self, rule: Rule, source: Interval, variable: Variable) -> list[str]:
        """Count from one date to another, in the unit of the column."""
        ends, starts = self.first_of(source.ends, source.otherwise), self.dates(source.since)
        since = self.sheet.shown(source.since)
        result = []
        for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
            text = interval(start, end, variable.unit) if start and end else ""
            if start and end and end < start and variable.bounds.low is not None:
                self.complain(
                    row,
                    source.ends[0],
                    f"the date lies before that in '{since}'; one of the two is wrong.",
                    "date_order",
                )
            elif text and (wrong := number_fault(text, variable)):
                self.complain(row, source.ends[0], f"the time since '{since}' {wrong}.", "date_order")
            result.append(text)
        ends_shown = ", ".join(self.sheet.shown(name) for name in (*source.ends, source.otherwise) if name)
        unit = "completed years" if variable.unit == "years" else variable.unit
        self.say(rule, f"{unit} from '{since}' to '{ends_shown}'", result)
        return result

    def events(self, rule: Rule, source: AnyOf, variable: Variable) -> list[str]:
        """Say whether something happened, from the dates of what may happen."""
        happened, not_yet = ("1", "0") if "1" in variable.levels else ("yes", "no")
        columns = [self.dates(name) for name in source.dates]
        others = self.dates(source.otherwise)
        result = [
            happened if any(days) else (not_yet if other else "")
            for days, other in zip(zip(*columns, strict=True), others, strict=True)
        ]
        shown = ", ".join(self.sheet.shown(name) for name in source.dates)
        self.say(rule, f"{happened} where one of '{shown}' has a date", result)
        return result


class _Codes:
    """Codes as a person types them: letter case does not matter, and ``-999`` is also ``-999.0``."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self.listed = ", ".join(codes)
        self.exact = {clean(code): value for code, value in codes.items()}
        folded = Counter(code.casefold() for code in self.exact)
        self.folded = {code.casefold(): value for code, value in self.exact.items() if folded[code.casefold()] == 1}
        numbers = {parse_number(code): value for code, value in self.exact.items()}
        self.numbers = {number: value for number, value in numbers.items() if number is not None}

    def find(self, cell: str) -> str | None:
        """Return what a cell stands for, None where it is no code."""
        for known, key in ((self.exact, cell), (self.folded, cell.casefold())):
            if key in known:
                return known[key]
        number = parse_number(cell)
        return self.numbers.get(number) if number is not None else None


def _coded(codes: _Codes) -> Callable[[str], tuple[str, str]]:
    def read(cell: str) -> tuple[str, str]:
        value = codes.find(cell)
        if value is None:
            return "", f"{describe(cell)} that is not among the codes ({codes.listed}). Add it there, or to 'missing'."
        return value, "" if value else "missing"

    return read


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


def _plain(cell: str, value: Decimal, variable: Variable) -> str:
    """Keep a number's own text; a whole number loses its zeros, for an event is 1 and not 1.0."""
    return number_text(value) if variable.kind == "integer" else kept_text(cell, value)
