"""What a check of a cohort file found, for the person who mends it: on the terminal, as a table, as a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import pandas as pd

from hai_utils.cohort.dictionary import Variable, standard_dictionary
from hai_utils.cohort.problems import (
    Entry,
    Problem,
    Severity,
    UnreadableError,
    entries,
    errors_of,
    limited,
    of_scans,
    worst_first,
)
from hai_utils.cohort.reading import Reading, categories, read_cohort
from hai_utils.cohort.scan_table import ScansReading, read_scan_table
from hai_utils.cohort.scans import LesionScan
from hai_utils.cohort.tables import read_source
from hai_utils.html_page import document
from hai_utils.package_data import packaged_text
from hai_utils.untrusted import csv_text

CSV_COLUMNS = ("line", "column", "severity", "code", "message")
HEADINGS: Mapping[Severity, str] = {
    "error": "To be mended before a book can be built",
    "warning": "To be looked at; the book is built all the same",
}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that a check of one file found.

    Attributes
    ----------
    file_name : str
        Name of the file, without its folder; signs that cannot be seen are replaced.
    problems : tuple of Problem
        Worst first.
    rows, columns : int
        Rows that were taken for patients, and columns of the file; 0 where it could not be read that far.
    scans : str
        Name and size of the table of scans; empty where there is none.
    categories : tuple of str
        Columns that may form the groups.
    dividing : tuple of str
        Those of them that have two levels or more, so that something is compared.
    """

    file_name: str
    problems: tuple[Problem, ...]
    rows: int
    columns: int
    scans: str = ""
    categories: tuple[str, ...] = ()
    dividing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether a book can be built: there is no error."""
        return not errors_of(self.problems)

    @property
    def exit_code(self) -> int:
        """Exit code of the command line: 0 where a book can be built, 1 where not."""
        return 0 if self.passed else 1

    @property
    def verdict(self) -> str:
        """The outcome in a sentence."""
        errors = len(errors_of(self.problems))
        warnings = len(self.problems) - errors
        found = " and ".join(
            _count(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number
        )
        if errors:
            return f"Not ready: {found}."
        return f"Ready, with {found}." if warnings else "Ready: nothing was found."

    @property
    def size(self) -> str:
        """What was read, in a sentence."""
        beside = f" Scans ({self.scans}): their columns are named 'scans.' below." if self.scans else ""
        if not self.columns:
            return f"The file could not be read as a table.{beside}"
        return f"{_count(self.rows, 'row')}, {_count(self.columns, 'column')}.{beside}"

    def entries(self, severity: Severity) -> list[Entry]:
        """Return the problems of one severity, those in the same words at the same column, or of whole columns, together."""
        return entries(one for one in self.problems if one.severity == severity)

    def as_text(self) -> str:
        """Write the report for a terminal: plain text, one paragraph a fault."""
        parts = [f"{self.file_name}: {self.size}", self.verdict]
        for severity, heading in HEADINGS.items():
            found = self.entries(severity)
            if found:
                parts += ["", heading]
            for entry in found:
                parts += [f"  {entry.place}  [{entry.problem.code}]", f"    {entry.problem.message}"]
        return "\n".join(parts) + "\n"

    def as_csv(self) -> str:
        """Write the report as a table, one line a fault; no cell of it becomes a formula in a spreadsheet program."""
        cells = ([str(one.line or ""), one.column, one.severity, one.code, one.message] for one in self.problems)
        return csv_text(CSV_COLUMNS, cells)

    def as_html(self) -> str:
        """Write the report as a page that loads nothing."""
        title = "Check of a cohort"
        above = f"<h1>{escape(title)}</h1>\n<p>{escape(self.size)}</p>\n"
        verdict = f'<p class="verdict {self._outcome}">{escape(self.verdict)}</p>\n'
        return document(title, above + verdict + "".join(self._sections()), style=packaged_text("cohort/report.css"))

    @property
    def _outcome(self) -> str:
        return "error" if not self.passed else "warning" if self.problems else "good"

    def _sections(self) -> Iterator[str]:
        for severity, heading in HEADINGS.items():
            found = self.entries(severity)
            if found:
                rows = "".join(_row(entry) for entry in found)
                yield f'<h2 id="{severity}s">{escape(heading)}</h2>\n{_TABLE.format(severity=severity, rows=rows)}'


ScanCheck = Callable[[Sequence[LesionScan], pd.DataFrame], Iterable[Problem]]


def check_file(
    path: Path,
    dictionary: Mapping[str, Variable] | None = None,
    scans: Path | None = None,
    judge: ScanCheck = lambda scans, cohort: (),
) -> CheckReport:
    """Check a cohort file, CSV or XLSX, and report everything that is wrong with it; nothing is raised.

    Parameters
    ----------
    path : Path
        The file.
    dictionary : mapping of str to Variable, optional
        Columns that it may have (`hai_utils.cohort.reading.full_dictionary`); the standard ones unless given.
    scans : Path, optional
        Table of lesion scans that comes beside it; its columns are told from the cohort's by ``scans.`` before them.
    judge : callable, optional
        What else to hold the scans against the cohort by, once both can be read: `hai_utils.response.conflicts`.
    """
    try:
        source = read_source(path)
    except UnreadableError as error:
        report = CheckReport(_shown_name(path), error.problems, 0, 0)
        return report if scans is None else _with_scans(report, scans, None, judge)
    reading = read_cohort(source.content, standard_dictionary() if dictionary is None else dictionary)
    problems = tuple(worst_first([*source.problems, *reading.problems]))
    found = tuple(categories(reading.table, reading.variables))
    dividing = tuple(name for name in found if reading.table[name].nunique() > 1)
    report = CheckReport(
        _shown_name(path), problems, reading.rows, reading.columns, categories=found, dividing=dividing
    )
    return report if scans is None else _with_scans(report, scans, reading, judge)


def _shown_name(path: Path) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in path.name or str(path))


def _with_scans(report: CheckReport, path: Path, cohort: Reading | None, judge: ScanCheck) -> CheckReport:
    """Add what is wrong with a table of scans to the report on its cohort."""
    try:
        source = read_source(path)
        table = cohort.table if cohort is not None and report.passed else None
        linked, found = source.problems, read_scan_table(source.content, table)
    except UnreadableError as error:
        linked, found, table = (), ScansReading(problems=error.problems), None
    judged = judge(found.scans, table) if table is not None and not errors_of(found.problems) else ()
    named = of_scans([*linked, *found.problems, *limited(judged)])
    rows = _count(found.rows, "row") if found.columns else "could not be read as a table"
    return replace(
        report, problems=tuple(worst_first([*report.problems, *named])), scans=f"{_shown_name(path)}: {rows}"
    )


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _row(entry: Entry) -> str:
    words = (entry.where, ", ".join(entry.columns), entry.problem.message)
    place, column, message = (escape(word) for word in words)
    return (
        f'<tr><th scope="row">{place}</th><td><code>{column}</code></td>'
        f"<td>{message} <small>{escape(entry.problem.code)}</small></td></tr>\n"
    )


_TABLE = """<div class="wide" role="region" aria-labelledby="{severity}s" tabindex="0"><table>
<thead><tr><th scope="col">Where</th><th scope="col">Column</th><th scope="col">What, why, and how to mend it</th></tr></thead>
<tbody>
{rows}</tbody></table></div>
"""
