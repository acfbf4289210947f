"""A REDCap export in the codes of its data dictionary, whether it was written with codes or with labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hai_utils.cohort.identifiers import describe, shown_header, words_of
from hai_utils.cohort.problems import Problem
from hai_utils.importing.applying import study_numbers
from hai_utils.importing.data_dictionary import CHOICE_TYPES, DataDictionary, Field, checkbox_column, plain_label
from hai_utils.importing.sheets import Sheet, fault, refuse
from hai_utils.importing.values import DecimalMark, parse_date, parse_number

Part = Literal["field", "event", "instrument", "instance", "other"]

_SYSTEM_COLUMNS: Mapping[str, Part] = {
    "redcap_event_name": "event",
    "Event Name": "event",
    "redcap_repeat_instrument": "instrument",
    "Repeat Instrument": "instrument",
    "redcap_repeat_instance": "instance",
    "Repeat Instance": "instance",
}
_SYSTEM_PREFIXES = ("redcap_", "Data Access Group", "Survey Identifier", "Survey Timestamp", "Complete?")
# In place of a number that cannot be read: the import will name its cell.
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_CHECKED = {"1": "Checked", "0": "Unchecked"}


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """What one column of an export holds: a field (or one choice of a checkbox), or a mark of REDCap's own."""

    part: Part
    name: str = ""
    field: Field | None = None
    choices: Mapping[str, str] | None = None  # code to label of closed answers


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One row of an export in the codes of the data dictionary; blank where another instrument's fields are."""

    record_id: str
    event: str
    cells: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Export:
    """An export with its columns understood and its cells brought to codes.

    Attributes
    ----------
    columns : tuple of str
        Names of the data columns; a choice of a checkbox is ``field___code``.
    records : tuple of Record
        The rows.
    guarded : mapping of str to str
        Columns that are never copied, and why.
    log : tuple of str
        How the file was read.
    """

    file_name: str
    dictionary: DataDictionary
    columns: tuple[str, ...]
    records: tuple[ExportRecord, ...]
    guarded: Mapping[str, str]
    log: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, str]:
        """Study numbers of the records, in the natural order of the record ids, whatever the order of the rows."""
        return study_numbers(sorted({record.record_id for record in self.records}, key=_natural))

    @property
    def by_record(self) -> dict[str, list[ExportRecord]]:
        """The rows of each record, in the order of the study numbers."""
        groups: dict[str, list[ExportRecord]] = {record_id: [] for record_id in self.numbers}
        for record in self.records:
            groups[record.record_id].append(record)
        return groups


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Order ``2`` before ``10`` and ``A2`` before ``A10``; equal numbers by their text, so that the order is one."""
    parts = re.findall(r"[0-9]{1,40}|[^0-9]+", text)
    return (*((0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts), (2, 0, text))


def read_export(
    sheet: Sheet,
    dictionary: DataDictionary,
    *,
    used: Collection[str] = (),
    missing: Sequence[str] = (),
    decimal: DecimalMark = ".",
    marked: bool = False,
) -> Export:
    """Understand the columns of an export and bring its cells to the codes of the dictionary.

    Parameters
    ----------
    used : collection of str
        Columns that are wanted; a cell that cannot be read is an error only there.
    missing : sequence of str
        Cells that mean 'not known'; they stay as they are.
    decimal : {'.', ','}
        Decimal sign that numbers are written with in the result.
    marked : bool
        Numbers that cannot be read are marked as `UNREADABLE`, for a plan; otherwise they are blank.

    Raises
    ------
    DataError
        With every fault, its line and column; never a cell.
    """
    columns = export_columns(sheet, dictionary)
    labelled = _are_labels(sheet, columns, missing)
    comma = _has_decimal_commas(sheet, columns)
    wanted = frozenset(name.partition("@")[0] for name in used)
    how = _Reading(labelled, comma, decimal, frozenset(missing), wanted, dictionary.record_id.name, [], marked)
    records = [_record(sheet, row, line, columns, how) for row, line in zip(sheet.rows, sheet.lines, strict=True)]
    refuse(how.problems, sheet.file_name)
    fields = [column for column in columns if column.field is not None]
    guarded = {column.name: column.field.guard for column in fields if column.field and column.field.guard}
    log = [*sheet.notes, f"The cells hold {'labels' if labelled else 'codes'}."]
    log += ["Numbers have a decimal comma; it was read as such."] if comma else []
    if unknown := _undescribed(sheet, columns, dictionary):
        log.append(f"Left out, as the data dictionary does not describe them: {', '.join(unknown)}.")
    names = tuple(column.name for column in fields)
    return Export(sheet.file_name, dictionary, names, tuple(records), guarded, tuple(log))


def _undescribed(sheet: Sheet, columns: Sequence[ExportColumn], dictionary: DataDictionary) -> list[str]:
    """Name the columns that are neither fields nor REDCap's own."""
    own = {f"{form}_{ending}" for form in dictionary.forms for ending in ("complete", "timestamp")}
    return [
        shown_header(name, position)
        for position, (name, column) in enumerate(zip(sheet.header, columns, strict=True), start=1)
        if column.part == "other" and not name.startswith(_SYSTEM_PREFIXES) and name not in own
    ]


def export_columns(sheet: Sheet, dictionary: DataDictionary) -> tuple[ExportColumn, ...]:
    """Say what each column is: by field names where the record id's is among the headers, else by labels.

    Raises
    ------
    DataError
        Where the record id is not among the columns, or a label cannot be told apart from another.
    """
    by_name: dict[str, list[ExportColumn]] = {}
    by_label: dict[str, list[ExportColumn]] = {}
    for field in dictionary.fields.values():
        for name, label in _headers(field):
            column = ExportColumn("field", name, field, _choices(field))
            by_name.setdefault(name, []).append(column)
            by_label.setdefault(label, []).append(column)
    uses_names = dictionary.record_id.name in sheet.header
    if not uses_names and dictionary.record_id.label not in map(plain_label, sheet.header):
        message = f"the record id, field '{dictionary.record_id.name}', is not among the columns. Do export and dictionary belong to one project?"
        raise fault(sheet.file_name, 1, message, code="record_id")
    return _assigned(sheet, by_name if uses_names else by_label)


def _headers(field: Field) -> list[tuple[str, str]]:
    """Return the headers that a field has, as name and as label."""
    if field.kind == "descriptive":
        return []
    if field.kind == "checkbox":
        return [(checkbox_column(field.name, code), f"{field.label} (choice={label})") for code, label in field.choices]
    return [(field.name, field.label)]


def _choices(field: Field) -> Mapping[str, str] | None:
    """Return code to label of closed answers; None where any text may stand."""
    if field.kind == "checkbox":
        return _CHECKED
    return dict(field.choices) if field.kind in CHOICE_TYPES else None


def _assigned(sheet: Sheet, known: Mapping[str, Sequence[ExportColumn]]) -> tuple[ExportColumn, ...]:
    """Pair headers with fields; equal labels follow the order of the dictionary, if all of them are there."""
    headers = [plain_label(name) for name in sheet.header]
    turn: dict[str, int] = {}
    columns: list[ExportColumn] = []
    problems: list[Problem] = []
    for position, name in enumerate(headers, start=1):
        fitting = known.get(name, ())
        if not fitting:
            columns.append(ExportColumn(_SYSTEM_COLUMNS.get(name, "other")))
            continue
        if headers.count(name) != len(fitting):
            message = f"{headers.count(name)} columns have this name, and {len(fitting)} fields. Export with field names as headers."
            problems.append(Problem("error", 1, shown_header(name, position), "header_double", message))
        columns.append(fitting[turn.get(name, 0) % len(fitting)])
        turn[name] = turn.get(name, 0) + 1
    refuse(problems, sheet.file_name)
    return tuple(columns)


def _are_labels(sheet: Sheet, columns: Sequence[ExportColumn], missing: Sequence[str]) -> bool:
    """Say whether cells hold labels rather than codes, from the cells of all fields with closed answers.

    Where neither fits every cell, the better one is taken: the cells at fault are named afterwards.
    """
    codes = labels = total = 0
    differ = False
    for position, column in enumerate(columns):
        known = column.choices
        if known is None:
            continue
        forms = set(known.values())
        for row in sheet.rows:
            cell = row[position]
            if cell and cell not in missing:
                total += 1
                codes += cell in known
                labels += plain_label(cell) in forms
                differ |= known.get(cell, cell) != cell
    if total and codes == labels == total and differ:
        raise fault(
            sheet.file_name,
            0,
            "the cells may be codes or labels. Write labels that are no codes into the data dictionary, and export the raw data.",
        )
    return labels > codes


def _has_decimal_commas(sheet: Sheet, columns: Sequence[ExportColumn]) -> bool:
    """Say whether the whole export was made with decimal commas: some number has one, and none has a point."""
    commas = points = 0
    for position, column in enumerate(columns):
        if column.field is not None and column.field.is_numeric and not column.field.has_decimal_comma:
            commas += sum("," in row[position] for row in sheet.rows)
            points += sum("." in row[position] for row in sheet.rows)
    return commas > 0 and points == 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the cells of one export are read, and what is wrong with them."""

    labelled: bool
    comma: bool
    decimal: DecimalMark
    missing: frozenset[str]
    wanted: frozenset[str]
    record_id: str
    problems: list[Problem]
    marked: bool = False


def _record(
    sheet: Sheet, row: Sequence[str], line: int, columns: Sequence[ExportColumn], how: _Reading
) -> ExportRecord:
    """Bring one row to codes."""
    cells: dict[str, str] = {}
    event = ""
    for position, (cell, column) in enumerate(zip(row, columns, strict=True)):
        if column.part == "event":
            event = event_name(cell)
        elif column.field is not None:
            cells[column.name], wrong = _code(cell, column, how)
            if wrong and how.marked and column.field.is_numeric:
                cells[column.name] = UNREADABLE
            if wrong and column.name in how.wanted:
                shown = shown_header(sheet.header[position], position + 1)
                how.problems.append(Problem("error", line, shown, "cell", wrong))
    if not cells[how.record_id]:
        how.problems.append(Problem("error", line, how.record_id, "record_id", "the record id is blank."))
    return ExportRecord(cells[how.record_id], event, cells, line)


def event_name(text: str) -> str:
    """Write an event alike from its unique name and from its label.

    ``enrollment_arm_1`` and ``Enrollment`` are ``enrollment``; ``Enrollment (Arm 2: Drug)`` is ``enrollment_arm_2``.
    """
    match = re.fullmatch(r"(.*) \(Arm (\d+): .*\)", text)
    name = f"{words_of(match[1])}_arm_{match[2]}" if match else words_of(text)
    return name.removesuffix("_arm_1")


def _code(cell: str, column: ExportColumn, how: _Reading) -> tuple[str, str]:
    """Bring a cell to the code of the dictionary: its value, and what is wrong with it."""
    field = column.field
    if not cell or cell in how.missing or field is None:
        return cell, ""
    if column.choices is not None:
        return _choice(cell, column.choices, how.labelled)
    if field.date_order:
        day = parse_date(cell, field.date_order)
        wrong = f"{describe(cell)}, where a date of the field's kind ({field.validation}) should stand."
        return (day.isoformat(), "") if day else ("", wrong)
    if field.is_numeric:
        return _numeric(cell, field, how)
    return cell, ""


def _choice(cell: str, known: Mapping[str, str], labelled: bool) -> tuple[str, str]:
    if not labelled:
        return (cell, "") if cell in known else ("", f"{describe(cell)}, which is none of the field's codes.")
    fitting = [code for code, label in known.items() if label == plain_label(cell)]
    if len(fitting) == 1:
        return fitting[0], ""
    what = "which is the label of several codes. Export raw data" if fitting else "which is none of the field's labels"
    return "", f"{describe(cell)}, {what}."


def _numeric(cell: str, field: Field, how: _Reading) -> tuple[str, str]:
    """Read a number in the field's own decimal sign; a point in a field with commas could be a thousands separator."""
    mark: DecimalMark = "," if how.comma or field.has_decimal_comma else "."
    if parse_number(cell, mark) is None:
        sign = "comma" if mark == "," else "point"
        return "", f"{describe(cell)}, where a number with a decimal {sign} should stand."
    return cell.replace(mark, how.decimal), ""
