"""What can be wrong with a cohort file, as records that a person can act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hai_utils.errors import DataError
from hai_utils.package_data import packaged_rows

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


# What a fault touches, the worst first: what hides the rest of the file, who is counted, what contradicts itself, a single
# cell; and of the warnings what may be wrong, then what was read in the one way that it can be read.
GROUPS = ("file", "header", "patient", "logic", "cell", "doubt", "read_as")
FILE, HEADER, DOUBT = (GROUPS.index(group) for group in ("file", "header", "doubt"))


def _fault(row: Mapping[str, str]) -> Fault:
    rank = GROUPS.index(row["group"])
    return Fault("warning" if rank >= DOUBT else "error", rank, row["why"], row["mend"])


# The kinds of faults, one a line of the table: what it touches, why it matters, how it is mended.
FAULTS: Mapping[str, Fault] = {row["code"]: _fault(row) for row in packaged_rows("cohort/faults.csv")}


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
