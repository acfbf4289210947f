"""A raw table made safe to work with: what may identify a person is left out, and a report says what was done.

After the Safe Harbor method of the HIPAA privacy rule (45 CFR 164.514(b)(2)): names, places, contacts and record numbers
go, dates become days, ages above 89 are pooled. A column stays only where it is known to be harmless: numbers, codes,
and words of the clinic. Any other text is left out unless the user names the column, and even then not with a date, an
address or a number in it. This lowers the risk and does not replace the judgement of a data protection officer: rare
combinations of harmless values may still point to a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from hai_utils.cohort.checking import OLDEST_AGE
from hai_utils.cohort.dictionary import standard_dictionary
from hai_utils.cohort.identifiers import (
    HeaderKind,
    header_kind,
    identifier_in,
    is_free_text,
    is_row_identifier,
    words_of,
)
from hai_utils.cohort.levels import DRUGS, RACES
from hai_utils.cohort.problems import Problem, line_list
from hai_utils.importing.applying import study_numbers
from hai_utils.importing.sheets import Sheet, fault, refuse, require_header
from hai_utils.importing.units import unit_of
from hai_utils.importing.values import DateOrder, DecimalMark, completed_years, parse_date, parse_number
from hai_utils.importing.vocabulary import (
    CLINICAL_WORDS,
    LEVEL_WORDS,
    MISSING_WORDS,
    TIME_ZERO,
    YES_NO_WORDS,
    date_role,
    is_variant,
)
from hai_utils.untrusted import csv_text

AGE_WORDS = frozenset({"age", "alter", "edad", "eta", "leeftijd"})
MONTHS_PER_YEAR = 12
# Five digits that hardly repeat are a number of a person or a specimen, or a spreadsheet's count of days.
RECORD_DIGITS = 5
RECORD_SHARE = 0.9
RECORD_ROWS = 5
# So many unknown words of a column, or a tenth of its cells, may be blanked before the column is left out; never a fifth.
FEW_CELLS = 2
# Names that the guess of a mapping understands.
_DAYS_COLUMNS = {
    "hepatic_progression": "time_to_hepatic_progression (days)",
    "progression": "time_to_progression (days)",
    "death": "time_to_death (days)",
    "last_contact": "follow_up_time (days)",
}
_PARTS = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+|[^\w\s]")
_SIGNS = frozenset("<>≤≥~≈±+-/.,()?%×*:=")
_CODE = re.compile(r"[A-Za-z]{0,2}\d{1,2}[a-cA-C]?|[IVX]{1,4}[a-cA-C]?|[+-]")


@dataclass(frozen=True, slots=True)
class Deidentified:
    """A table without identifiers.

    Attributes
    ----------
    csv_text : str
        The table; its first column is the study number.
    report : tuple of str
        What became of each column, a sentence a line.
    """

    csv_text: str
    report: tuple[str, ...]

    @property
    def report_text(self) -> str:
        """The report, a sentence a line."""
        return "\n".join(self.report) + "\n"


def deidentify(
    sheet: Sheet,
    *,
    keep: Sequence[str] = (),
    since: str = "",
    dates: DateOrder | None = None,
    decimal: DecimalMark = ".",
) -> Deidentified:
    """Leave out or replace what may identify a person.

    Parameters
    ----------
    keep : sequence of str
        Columns of text to keep although they are not known to be harmless.
    since : str
        Column with the date from which days are counted; empty: the date of the pump or the operation, by its name.
    dates : {'dmy', 'mdy', 'ymd'}, optional
        Order of day, month and year where it is not year first.
    decimal : {'.', ','}
        Decimal sign of the table.

    Raises
    ------
    DataError
        Where the first line is no header, a named column does not exist, or one to keep holds identifiers.
    """
    require_header(sheet)
    _check_names(sheet, [*keep, *([since] if since else [])])
    task = _Task(sheet, frozenset(keep), dates, decimal)
    task.anchor(since)
    for name in sheet.header:
        task.column(name)
    task.ask_order()
    refuse(task.problems, sheet.file_name)
    header = ("patient_id", *task.kept)
    rows = list(zip(task.numbers(), *task.kept.values(), strict=True))
    count = f"{len(sheet.rows)} rows were read, and {len(rows)} written."
    report = (count, *sheet.notes, *task.report, f"{len(task.kept)} of {len(sheet.header)} columns are in the result.")
    return Deidentified(csv_text(header, rows), report)


def _check_names(sheet: Sheet, names: Sequence[str]) -> None:
    absent = [name for name in names if name not in sheet.header]
    if absent:
        raise fault(
            sheet.file_name, 1, f"the table has no column '{absent[0]}'; names are written as in its first line."
        )


@dataclass(slots=True)
class _Task:
    """One table on its way: the columns kept so far, the report, and what is refused."""

    sheet: Sheet
    keep: frozenset[str]
    order: DateOrder | None
    decimal: DecimalMark
    kept: dict[str, list[str]] = field(default_factory=dict)
    report: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    start_name: str = ""
    starts: list[date | None] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    unread: dict[str, list[int]] = field(default_factory=dict)

    def ask_order(self) -> None:
        """Refuse the dates that can be read in more than one way, all columns at once."""
        if not self.unread:
            return
        places = "; ".join(f"'{name}' ({line_list(lines)})" for name, lines in self.unread.items())
        remedy = (
            "Write each with four digits of the year."
            if self.order
            else "State the order once: --dates dmy, mdy or ymd."
        )
        message = f"dates that can be read in more than one way: {places}. {remedy}"
        self.problems.append(Problem("error", 0, "", "date", message))

    def anchor(self, since: str) -> None:
        """Find the column that days are counted from."""
        named = [name for name in self.sheet.header if self.is_dates(name) and date_role(name) == TIME_ZERO]
        self.start_name = since or (named[0] if named else "")
        self.starts = [None] * len(self.sheet.rows)
        if self.start_name:
            self.starts = self.dates(self.start_name)

    def is_dates(self, name: str) -> bool:
        cells = set(self.values(name))
        return bool(cells) and all(identifier_in(cell) == "a date" for cell in cells)

    def values(self, name: str) -> list[str]:
        """Return the cells that say something."""
        return [cell for cell in self.sheet.column(name) if cell and cell.lower() not in MISSING_WORDS]

    def dates(self, name: str) -> list[date | None]:
        """Read a column of dates; one that cannot be read in one way is refused with its line."""
        found: list[date | None] = []
        for cell, line in zip(self.sheet.column(name), self.sheet.lines, strict=True):
            day = parse_date(cell, self.order)
            if day is None and cell and cell.lower() not in MISSING_WORDS:
                self.unread.setdefault(self.sheet.shown(name), []).append(line)
            found.append(day)
        return found

    def numbers(self) -> list[str]:
        """Return the study number of each row: one for each identifier, else one a row."""
        if not self.identifiers:
            self.report.append("patient_id: study numbers, one a row; the table names no patient.")
            return list(study_numbers([str(line) for line in self.sheet.lines]).values())
        # A row without an identifier is a patient of its own.
        own = [cell or f"\0{line}" for cell, line in zip(self.identifiers, self.sheet.lines, strict=True)]
        numbers = study_numbers(own)
        return [numbers[cell] for cell in own]

    def say(self, name: str, what: str) -> None:
        """Report what became of a column."""
        self.report.append(f"'{self.sheet.shown(name)}': {what}.")

    def drop(self, name: str, why: str) -> None:
        self.say(name, f"left out ({why})")

    def column(self, name: str) -> None:
        """Decide on one column, the most telling sign first."""
        kind, cells = header_kind(name) or _birth_kind(name), self.values(name)
        if not self.identifiers and (is_row_identifier(name) or kind == "record number"):
            self.identifiers = self.sheet.column(name)
            self.say(name, "replaced by study numbers; no list of who is who was written")
        elif name in self.keep:
            self.keep_named(name)
        elif kind == "date of birth":
            self.birth(name)
        elif kind is not None or is_row_identifier(name):
            self.drop(name, kind or "record number")
        elif not cells:
            self.drop(name, "no cell is filled")
        elif self.is_dates(name):
            self.days(name)
        elif all(parse_number(cell, self.decimal) is not None for cell in cells):
            self.numeric(name, cells)
        else:
            self.words(name, cells)

    def store(self, name: str, cells: Sequence[str]) -> None:
        """Add a column under its name, made unique."""
        unique = name
        while unique in self.kept or unique == "patient_id":
            unique += "_2"
        self.kept[unique] = list(cells)

    def keep_named(self, name: str) -> None:
        """Keep a column that the user named, unless a cell or its header identifies a person."""
        kind = header_kind(name)
        if kind is not None:
            message = f"the column looks like a {kind} and is not kept."
            self.problems.append(Problem("error", 1, self.sheet.shown(name), "keep", message))
        for cell, line in zip(self.sheet.column(name), self.sheet.lines, strict=True):
            if found := identifier_in(cell) or ("free text" if is_free_text(cell) else ""):
                message = f"{found}; the column cannot be kept while it is there."
                self.problems.append(Problem("error", line, self.sheet.shown(name), "keep", message))
        self.say(name, "kept as asked for, without a check of its words")
        self.store(name, self.sheet.column(name))

    def birth(self, name: str) -> None:
        """Turn a date of birth into the age at the start, in completed years."""
        if not self.start_name or not self.is_dates(name):
            self.drop(name, "date of birth")
            return
        ages = [
            str(min(completed_years(born, start), OLDEST_AGE + 1)) if born and start else ""
            for born, start in zip(self.dates(name), self.starts, strict=True)
        ]
        pooled = ages.count(str(OLDEST_AGE + 1))
        self.store("age_years", ages)
        start = self.sheet.shown(self.start_name)
        self.say(
            name, f"became the age at '{start}' in completed years; {pooled} above {OLDEST_AGE} are {OLDEST_AGE + 1}"
        )

    def days(self, name: str) -> None:
        """Turn dates into days since the start; the start itself into its year."""
        if not self.start_name:
            self.drop(name, "dates, and no column to count from; name one with --since")
        elif name == self.start_name:
            self.store(
                "pump_year" if date_role(name) == TIME_ZERO else f"{words_of(name)}_year",
                [str(day.year) if day else "" for day in self.starts],
            )
            self.say(name, "only the year stays; days are counted from it")
        else:
            days = [
                str((end - start).days) if start and end else ""
                for start, end in zip(self.starts, self.dates(name), strict=True)
            ]
            blank = sum(1 for cell, day in zip(self.sheet.column(name), days, strict=True) if cell and not day)
            self.store(_DAYS_COLUMNS.get(date_role(name), f"{words_of(name)} (days)"), days)
            without = f"; {blank} without a start are blank" if blank else ""
            self.say(name, f"became days since '{self.sheet.shown(self.start_name)}'{without}")

    def numeric(self, name: str, cells: Sequence[str]) -> None:
        """Keep a measurement; leave out what may be a record number; pool high ages."""
        values = [parse_number(cell, self.decimal) or Decimal(0) for cell in cells]
        if any(identifier_in(cell) for cell in cells):
            self.drop(name, "a number as long as a telephone or record number")
        elif _are_record_numbers(values):
            self.drop(name, "numbers of five digits or more that hardly repeat, as record numbers do")
        elif AGE_WORDS & set(words_of(name).split("_")):
            self.ages(name)
        else:
            self.say(name, "numbers, kept")
            self.store(name, self.sheet.column(name))

    def ages(self, name: str) -> None:
        """Write every age above 89 as 90, in years or months."""
        words = words_of(name).split("_")
        limit = (OLDEST_AGE + 1) * (MONTHS_PER_YEAR if "months" in words else 1)
        cells = []
        pooled = 0
        for cell in self.sheet.column(name):
            value = parse_number(cell, self.decimal)
            is_old = value is not None and value > (OLDEST_AGE if limit == OLDEST_AGE + 1 else limit - 1)
            pooled += is_old
            cells.append(str(limit) if is_old else cell)
        self.say(name, f"ages, kept; {pooled} above {OLDEST_AGE} are {limit} now")
        self.store(name, cells)

    def words(self, name: str, cells: Sequence[str]) -> None:
        """Keep a column of text only where each word is known to be a code or a word of the clinic."""
        found = next((kind for cell in cells if (kind := identifier_in(cell))), "")
        strange = {cell for cell in cells if not _is_harmless(cell)}
        if found:
            self.drop(name, f"text with {found}")
        elif any(is_free_text(cell) for cell in cells):
            self.drop(name, "free text")
        elif (odd := sum(cell in strange for cell in cells)) > min(max(FEW_CELLS, len(cells) // 10), len(cells) // 5):
            self.drop(name, f"{len(strange)} texts that are not known to be harmless; --keep keeps the column")
        else:
            blank = f"; {odd} cells that are not known to be harmless are blank now" if odd else ""
            self.say(name, f"codes, sizes or clinical words, kept{blank}")
            self.store(name, ["" if cell in strange else cell for cell in self.sheet.column(name)])


def _birth_kind(name: str) -> HeaderKind | None:
    """Say whether a header speaks of a birth in other words: a year of birth tells an age above 89."""
    return "date of birth" if {"birth", "born", "yob"} & set(words_of(name).split("_")) else None


def _are_record_numbers(values: Sequence[Decimal]) -> bool:
    """Say whether whole numbers are long and hardly repeat."""
    long = [value for value in values if value == value.to_integral_value() and abs(value) >= 10 ** (RECORD_DIGITS - 1)]
    return (
        len(values) >= RECORD_ROWS
        and len(long) >= RECORD_SHARE * len(values)
        and len(set(long)) >= RECORD_SHARE * len(long)
    )


def _is_harmless(cell: str) -> bool:
    """Say whether a cell is a code, a variant, a word of the clinic, or a size or time with its unit."""
    if _CODE.fullmatch(cell) or is_variant(cell) or words_of(cell) in _HARMLESS:
        return True
    parts = _PARTS.findall(cell)
    return bool(parts) and parts[0] != "?" and all(_is_part(part) for part in parts)


def _is_part(part: str) -> bool:
    if part[0].isdigit():
        return len(re.split("[.,]", part)[0]) < RECORD_DIGITS
    return part in _SIGNS or part.lower() == "x" or bool(unit_of(part)) or words_of(part) in _HARMLESS


def _harmless_words() -> frozenset[str]:
    """Return the words that a clinical table may hold: levels and labels of the dictionary, and those of the clinic."""
    words = {*YES_NO_WORDS["yes"], *YES_NO_WORDS["no"], *CLINICAL_WORDS, *map(words_of, (*RACES, *DRUGS))}
    for variable in standard_dictionary().values():
        words |= {words_of(form) for level in variable.levels for form in (level, variable.label_of(level))}
    for levels in LEVEL_WORDS.values():
        words |= {word for forms in levels.values() for word in forms}
    return frozenset(words - {""})


_HARMLESS: frozenset[str] = _harmless_words()
