"""What can be wrong with a cohort file, as records that a person can act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hai_utils.errors import DataError

Severity = Literal["error", "warning"]

# A fault that many lines share is listed so often, then counted: a file of 100,000 wrong cells stays readable.
MAX_ALIKE = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault, where it stands and how to mend it.

    Attributes
    ----------
    severity : {'error', 'warning'}
        An error stops the build; a warning is said and the value is used as described.
    line : int
        Line of the file, the header being line 1; 0 where the whole file is meant.
    column : str
        Header of the column; empty where the whole line or file is meant.
    code : str
        Short, stable name of the kind of fault.
    message : str
        What was found, why it matters and how to mend it; never an identifier.
    """

    severity: Severity
    line: int
    column: str
    code: str
    message: str

    def sentence(self, file_name: str) -> str:
        """Write the problem with its place."""
        place = file_name
        if self.line:
            place += f", line {self.line}"
        if self.column:
            place += f", column '{self.column}'"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What holds for every fault of one kind.

    Attributes
    ----------
    severity : {'error', 'warning'}
        Whether it stops the build.
    rank : int
        Smaller is worse; `worst_first` sorts by it.
    why : str
        Why it matters.
    mend : str
        How it is mended, where the place itself says nothing better.
    """

    severity: Severity
    rank: int
    why: str
    mend: str


# Errors: what hides the rest of the file, who is counted, what contradicts itself, what a single cell holds.
FILE, HEADER, PATIENT, LOGIC, CELL = range(5)
# Warnings: what may be wrong, then what was read in the one way that it can be read.
DOUBT, READ_AS = 5, 6


def _error(rank: int, why: str, mend: str) -> Fault:
    return Fault("error", rank, why, mend)


def _warning(rank: int, why: str, mend: str) -> Fault:
    return Fault("warning", rank, why, mend)


_SAVE_AS_CSV = "Save the table as 'CSV UTF-8' or as XLSX."
_GUESS = "let 'hai import FILE --guess' find the table and propose what each column is"
_BLANK = "Leave the cell blank if the value is not known."
_NUMBER = "Write digits with a decimal point, nothing else; leave the cell blank if the value is not known."

FAULTS: Mapping[str, Fault] = {
    "file_missing": _error(FILE, "", "Check the name and the folder."),
    "file_folder": _error(FILE, "", "Name the file in it."),
    "file_kind": _error(FILE, "Only a CSV or XLSX file can be read.", _SAVE_AS_CSV),
    "file_large": _error(FILE, "No cohort of this kind needs that.", "Keep the columns of the dictionary only."),
    "file_empty": _error(FILE, "A cohort has a header and one row a patient.", "Export the table again."),
    "bomb": _error(FILE, "A small file that unpacks to very much can stop the machine.", _SAVE_AS_CSV),
    "workbook": _error(FILE, "", "Open it in a spreadsheet program and save it again as XLSX or as 'CSV UTF-8'."),
    "sheet": _error(
        FILE,
        "Which one holds the patients would be a guess.",
        f"Leave one sheet whose first row has 'patient_id', or {_GUESS}.",
    ),
    "merged": _error(
        FILE, "A merged cell holds its value once; the others read as blank.", "Unmerge the cells and fill each."
    ),
    "sheet_unknown": _error(FILE, "", "Write the name of one of its sheets as it stands, or its number, from 1."),
    "column_unit": _error(FILE, "The column is in another unit, or holds something else.", ""),
    "event_codes": _error(
        FILE,
        "Here 1 means the event and 0 none.",
        "Write 0 where it is 1 and 1 where it is 2; see that these codes mean that.",
    ),
    "suspected_code": _error(CELL, "A code for 'not known' would be counted as a value.", "Leave the cell blank."),
    "future": _error(
        LOGIC,
        "Nobody can have been followed beyond today.",
        "Correct the year or the months; see whether these are days.",
    ),
    "uncomputed": _error(
        FILE,
        "The file was written by a program that computes nothing.",
        "Open the workbook in Excel or LibreOffice, save it, and try again.",
    ),
    "delimiter": _error(FILE, "Where a cell ends would be a guess.", "Separate the columns by commas throughout."),
    "quote": _error(
        FILE, "From there on cells cannot be told apart.", "Close the quotation mark, or double it inside a cell."
    ),
    "encoding": _error(
        FILE, "The file is not UTF-8 text, and which letter was meant would be a guess.", "Save it as 'CSV UTF-8'."
    ),
    "nul": _error(FILE, "Text has no such sign; the file is damaged or no text.", "Save it as 'CSV UTF-8'."),
    "control": _error(
        CELL, "It cannot be seen, and makes two equal words differ.", "Type the cell again, on one line."
    ),
    "cell_long": _error(FILE, "No column of a cohort needs that.", "Look for a quotation mark that is not closed."),
    "no_rows": _error(FILE, "A cohort has a header and one row a patient.", "Add the patients."),
    "no_header": _error(
        HEADER,
        "Without names the columns cannot be told apart.",
        f"Put the dictionary's column names on line 1, or {_GUESS}.",
    ),
    "header_line": _error(HEADER, "The header must come first.", f"Delete the lines above it, or {_GUESS}."),
    "header_blank": _error(HEADER, "Its values cannot be used.", "Name it as in the dictionary, or delete it."),
    "header_double": _error(HEADER, "Which one counts would be a guess.", "Keep one."),
    "header_near": _error(HEADER, "A column is found by its exact name only.", "Correct the header."),
    "header_unknown": _error(
        HEADER, "No dictionary describes it.", "Describe it in a dictionary of your own (--dictionary), or delete it."
    ),
    "header_identifier": _error(HEADER, "It identifies patients and must not reach a report.", "Delete the column."),
    "header_missing": _error(HEADER, "", "Add the column."),
    "no_outcome": _error(
        HEADER,
        "There is nothing to report on.",
        "Give os_months with os_event, or the lesions at baseline and at best response.",
    ),
    "ragged": _error(
        PATIENT,
        "Cells may stand under the wrong header.",
        "Look for a comma inside a cell (put the cell in quotation marks) or for a missing one.",
    ),
    "footer": _error(
        PATIENT, "Every row is counted as a patient.", "Delete the row; notes and sums belong in another file."
    ),
    "identifier": _error(PATIENT, "Each row needs a study number of its own.", "Use a study number such as P01."),
    "duplicate": _error(PATIENT, "A patient who stands twice is counted twice.", "Keep one row a patient."),
    "time_order": _error(LOGIC, "One of the two times is wrong.", "Correct it from the record."),
    "event_without_time": _error(
        LOGIC, "An event counts only at its time.", "Fill in the months, or leave both cells blank."
    ),
    "time_without_event": _error(
        LOGIC, "Without it, who was followed and who had the event would be a guess.", "Fill in 0 or 1."
    ),
    "death_not_event": _error(LOGIC, "Death is an event of this endpoint.", "Code 1."),
    "event_not_counted": _error(
        LOGIC, "Progression in the liver is progression.", "Code 1, or correct the liver's column."
    ),
    "death_grade": _error(LOGIC, "Grade V is death within 30 days.", "Correct the grade or the survival."),
    "perpendicular_longer": _error(
        LOGIC,
        "The perpendicular is the shorter diameter.",
        "Exchange the two, or see whether one is in cm (2.4 cm is 24 mm).",
    ),
    "no_baseline": _error(
        LOGIC, "A change needs both sizes.", "Fill in the baseline, or leave the lesion blank at both visits."
    ),
    "no_diameter": _error(
        LOGIC, "A perpendicular belongs to a longest diameter.", "Fill in the longest diameter, or blank both."
    ),
    "centimetres": _error(
        LOGIC, "It looks like centimetres among millimetres.", "Write millimetres throughout (2.4 cm is 24)."
    ),
    "codon_wild_type": _error(LOGIC, "A wild type has no variant.", "Correct one of the two."),
    "scan_patient": _error(
        PATIENT, "A scan belongs to a patient of the cohort.", "Correct the study number, or delete the row."
    ),
    "scan_double": _error(LOGIC, "Which size counts would be a guess.", "Keep one."),
    "scan_role": _error(LOGIC, "A lesion is of one kind at every scan.", "Write the same role in each of its rows."),
    "scan_new": _error(LOGIC, "A new lesion is one that appeared on therapy.", "Call it target or non_target."),
    "scan_target": _error(
        LOGIC, "The change of a target lesion counts from its baseline.", "Call it new, or add its baseline."
    ),
    "scan_after_end": _error(LOGIC, "Nobody is scanned after death or last contact.", "Correct the day or the months."),
    "scan_contradiction": _error(
        LOGIC, "One of the two files is wrong.", "Correct it, or leave the lesion columns of the cohort blank."
    ),
    "scan_blank": _error(CELL, "Without it the row cannot be placed.", "Fill it in, or delete the row."),
    "event": _error(CELL, "Which value means the event would be a guess.", "Code 1 for the event and 0 for none."),
    "missing_code": _error(CELL, "A code for a missing value would be counted as a value.", "Leave the cell blank."),
    "mangled": _error(
        CELL, "What stood there before would be a guess.", "Format the column as text, then type the value again."
    ),
    "date": _error(
        CELL,
        "A full date identifies a patient and is no measurement.",
        "Give the interval in the column's unit; 'hai deidentify' and 'hai import' compute it.",
    ),
    "percent": _error(CELL, "Whether 50% means 50 or 0.5 would be a guess.", "Write the number in the column's unit."),
    "decimal_comma": _error(
        CELL, "A comma may stand for the decimals or for the thousands.", "Write a decimal point, and no thousands."
    ),
    "not_finite": _error(CELL, "No patient has it.", _BLANK),
    "digits": _error(CELL, "It looks like a number, and another program would read it as text.", "Write 0-9, - and ."),
    "unit": _error(CELL, "The unit stands in the dictionary.", _NUMBER),
    "not_exact": _error(CELL, "A limit or a range is no measurement.", "Write the measured value, or leave it blank."),
    "not_a_number": _error(CELL, "The column holds numbers.", _NUMBER),
    "not_whole": _error(CELL, "The column counts.", "Write a whole number."),
    "out_of_range": _error(CELL, "No patient has it.", "See whether a digit, the unit or the column is wrong."),
    "level_unknown": _error(
        CELL, "The level is not in the dictionary; what was meant would be a guess.", "Write one of the levels."
    ),
    "level_unlisted": _warning(
        DOUBT,
        "A word may be a name, so a number stands for each (unlisted level 1, 2 ...).",
        "In a dictionary of your own (--dictionary), list the levels under 'allowed' ('a | b'), or write 'free level' there.",
    ),
    "level_twin": _error(
        CELL, "The two would be counted as different levels.", "Write the same level in the same way."
    ),
    "level_reserved": _error(CELL, "The report uses this word for a group of its own.", "Rename the level."),
    "level_blank_key": _error(
        CELL, "A level's name in the table of results keeps letters a-z, digits and _ alone.", "Rename the level."
    ),
    "identifier_in_cell": _error(
        CELL, "It may identify a patient, and levels are printed.", "Replace it by a category, or leave it blank."
    ),
    "duplicate_case": _warning(DOUBT, "They may be the same patient.", "Give each patient one number."),
    "duplicate_row": _warning(
        DOUBT, "The same patient may stand under two numbers.", "Delete one if it is the same patient."
    ),
    "record_number": _warning(
        DOUBT, "A record number or a name identifies a patient.", "Use study numbers such as P01, and keep the key."
    ),
    "age_above_89": _warning(DOUBT, "An age above 89 is an identifier.", "Pool such ages ('hai deidentify' does)."),
    "implausible": _warning(DOUBT, "It is unusual for this column.", "See whether a digit or the unit is wrong."),
    "small_diameter": _warning(DOUBT, "It may be centimetres among millimetres.", "Write millimetres throughout."),
    "not_evaluable": _warning(
        DOUBT,
        "The patient counts as not evaluable for the response by area.",
        "Fill in the missing diameter, if known.",
    ),
    "scan_no_baseline": _warning(
        DOUBT,
        "The patient counts as not evaluable for response.",
        "Add the last scan before therapy (day 0 or below) with its target lesions.",
    ),
    "scan_many_targets": _warning(
        DOUBT,
        "RECIST 1.1 follows at most five target lesions; the sum takes all that are listed.",
        "Call the others non_target.",
    ),
    "scan_small_target": _warning(
        DOUBT,
        "A target lesion of RECIST 1.1 measures at least 10 mm.",
        "Call it non_target, or see whether these are centimetres.",
    ),
    "scan_later_other": _warning(
        DOUBT,
        "It counts as new disease, which is progression.",
        "If it was there before therapy, add it to the baseline scan; if not, call it new.",
    ),
    "progression_conflict": _warning(
        DOUBT,
        "The duration of response ends at the earlier of the two.",
        "Compare with the record: correct the scan, or the months and the event.",
    ),
    "scan_none": _warning(
        DOUBT,
        "With a table of scans, who has none counts as not evaluable for response.",
        "Add the scans, if there are any.",
    ),
    "deaths_unknown": _warning(
        DOUBT,
        "A death that is not among its events would count as alive.",
        "Add 'os_months' and 'os_event'; otherwise see that each death is an event here.",
    ),
    "contradiction": _warning(DOUBT, "One of the two may be wrong.", "Compare with the record."),
    "free_text": _warning(
        DOUBT, "A sentence is no category, and may hold what identifies a patient.", "Write a short category instead."
    ),
    "date_like": _warning(DOUBT, "A date identifies a patient.", "See that it is none."),
    "missing_word": _warning(
        DOUBT, "It is counted as a level of its own.", "Leave the cell blank if it means missing."
    ),
    "lost_letter": _warning(
        DOUBT, "An earlier conversion lost the letter.", "Type the cell again and save as 'CSV UTF-8'."
    ),
    "column_empty": _warning(DOUBT, "The book says that it is not recorded.", "Fill it in, or delete the column."),
    "row_without_data": _warning(DOUBT, "The patient counts in the total alone.", "Delete the row if it is none."),
    "file_link": _warning(READ_AS, "The file that it leads to was read.", "Name that file itself to be sure."),
    "byte_order_mark": _warning(READ_AS, "It was left out.", "Nothing needs to be done."),
    "encoding_read": _warning(
        READ_AS, "It was read as such.", "Nothing needs to be done; 'CSV UTF-8' is the usual form."
    ),
    "delimiter_read": _warning(READ_AS, "The file was read so.", "Nothing needs to be done."),
    "decimal_comma_read": _warning(READ_AS, "It was read as the decimal mark.", "Nothing needs to be done."),
    "number_form": _warning(READ_AS, "It was read as that number.", "Nothing needs to be done."),
    "padded": _warning(READ_AS, "They were left out.", "Nothing needs to be done."),
    "row_blank": _warning(READ_AS, "It is not counted as a patient.", "See that no patient is missing there."),
    "column_blank": _warning(READ_AS, "It was left out.", "See that no column is missing there."),
    "formula": _warning(
        READ_AS, "Their last computed values were read.", "See that the workbook was saved after them."
    ),
    "hidden": _warning(READ_AS, "They were read like the others.", "Delete them if they do not belong to the cohort."),
    "other_sheets": _warning(READ_AS, "Only the sheet with 'patient_id' was read.", "See that no patient is there."),
    "more": _error(CELL, "", "Mend the listed ones first, then check again."),
    "more_warnings": _warning(READ_AS, "", "See the listed ones first, then check again."),
}


class UnreadableError(Exception):
    """The file cannot be taken for a table at all; what was found until then is in `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.code for problem in problems))

    def named(self, file_name: str) -> DataError:
        """Return the error for the user, each problem with the name of the file."""
        return refusal(self.problems, file_name)


class PlacedError(DataError):
    """A refusal that knows the places of its problems, for what shows them there.

    Parameters
    ----------
    problems : sequence of str
        One sentence each.
    places : sequence of Problem
        The problems.
    """

    def __init__(self, problems: Sequence[str], places: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.places = tuple(places)

    def __reduce__(self) -> tuple[type[PlacedError], tuple[tuple[str, ...], tuple[Problem, ...]]]:  # type: ignore[override]  # it is made of two things
        """Say how it is made again in another process."""
        return type(self), (self.problems, self.places)


def problem(code: str, line: int, column: str, found: str, mend: str = "") -> Problem:
    """Return the record of a fault: what was found, why it matters, how to mend it.

    Parameters
    ----------
    code : str
        A key of `FAULTS`.
    found : str
        The first sentence, with its full stop.
    mend : str
        Replaces the general advice where the place itself says something better.
    """
    fault = FAULTS[code]
    message = " ".join(part for part in (found, fault.why, mend or fault.mend) if part)
    return Problem(fault.severity, line, column, code, message)


def stop(code: str, line: int, found: str, mend: str = "") -> UnreadableError:
    """Return the error of a file that cannot be read further."""
    return UnreadableError([problem(code, line, "", found, mend)])


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that stop a build."""
    return [problem for problem in problems if problem.severity == "error"]


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Sort problems: errors before warnings, what hides or miscounts patients first, then by line and column.

    An import has kinds of its own, which stand in no list; they come before what was merely read in the one way.
    """
    return sorted(problems, key=lambda p: (p.severity, _rank(p), p.line, p.column, p.code))


def _rank(problem: Problem) -> int:
    return FAULTS[problem.code].rank if problem.code in FAULTS else DOUBT


def limited(problems: Iterable[Problem]) -> list[Problem]:
    """Keep the first thousand faults of one kind in one column, and count the others in a line that says so."""
    kept: list[Problem] = []
    counts: Counter[tuple[str, str]] = Counter()
    beyond: dict[tuple[str, str], int] = {}
    for one in problems:
        place = (one.column, one.code)
        counts[place] += 1
        if counts[place] <= MAX_ALIKE:
            kept.append(one)
        else:
            beyond.setdefault(place, one.line)
    for (column, code), line in beyond.items():
        more = "more" if FAULTS[code].severity == "error" else "more_warnings"
        count = counts[column, code] - MAX_ALIKE
        kept.append(problem(more, line, column, f"{count:,} more lines from here on have the fault '{code}'."))
    return kept


def line_list(lines: Sequence[int], most: int = 12) -> str:
    """Write lines as ``lines 2, 5-9 and 30``; beyond `most` runs the rest is counted."""
    runs: list[list[int]] = []
    for line in sorted(set(lines)):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    words = [str(first) if first == last else f"{first}-{last}" for first, last in runs[:most]]
    rest = sum(last - first + 1 for first, last in runs[most:])
    if rest:
        words.append(f"{rest:,} more")
    label = "line" if len(set(lines)) == 1 else "lines"
    return f"{label} {words[0]}" if len(words) == 1 else f"{label} {', '.join(words[:-1])} and {words[-1]}"


# Faults of whole columns: no line of theirs says more than another.
OF_COLUMNS = frozenset({"column_empty", "level_unlisted", "column_unit", "event_codes"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One fault with every line that has it in the same words, or every column that has it as a whole."""

    problem: Problem
    lines: tuple[int, ...]
    columns: tuple[str, ...]

    @property
    def where(self) -> str:
        """The lines; ``the file`` or ``the whole column`` where no line is meant."""
        if self.problem.code in OF_COLUMNS:
            return "the whole column"
        return line_list(self.lines) if any(self.lines) else "the file"

    @property
    def place(self) -> str:
        """Where it stands, as ``lines 2, 5-7, column 'os_event'``; ``the file`` where the whole of it is meant."""
        named = ", ".join(f"'{column}'" for column in self.columns)
        column = f"column{'s' if len(self.columns) > 1 else ''} {named}" if named else ""
        if self.problem.code in OF_COLUMNS:
            return column
        return f"{self.where}, {column}" if any(self.lines) and column else column or self.where

    def sentence(self, file_name: str) -> str:
        """Write the fault with every place that has it."""
        return f"{file_name}, {self.place}: {self.problem.message}".replace(", the file:", ":")


def entries(problems: Iterable[Problem]) -> list[Entry]:
    """Put problems in the same words at the same column, or of whole columns, together; in the order of the first of each."""
    alike: dict[tuple[str, str, str], list[Problem]] = {}
    for one in problems:
        column = "" if one.code in OF_COLUMNS else one.column
        alike.setdefault((column, one.code, one.message), []).append(one)
    return [
        Entry(same[0], tuple(one.line for one in same), tuple(dict.fromkeys(one.column for one in same if one.column)))
        for same in alike.values()
    ]


def of_scans(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems of a table of scans so that their columns are told from the cohort's."""
    return tuple(replace(one, column=f"scans.{one.column}" if one.column else "scans") for one in problems)


def refusal(problems: Iterable[Problem], file_name: str) -> DataError:
    """Return the error for the user: each fault once, with the name of the file and all its places."""
    return DataError([entry.sentence(file_name) for entry in entries(problems)])
