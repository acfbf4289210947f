"""A comparison as text for a terminal, and as a table; what it quotes is shown as text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.run.comparison.conclusions import KINDS
from hai_utils.run.comparison.differences import Change, RunComparison, Setting
from hai_utils.run.comparison.noise import IN_WORDS
from hai_utils.run.comparison.phrases import told_apart
from hai_utils.run.comparison.runs import Run
from hai_utils.show.wording import method_name, people, population_name, statistic_name
from hai_utils.untrusted import one_line, table_cell

CSV_COLUMNS = (
    "section", "kind", "name", "what_differs", "method_a", "value_a", "printed_a", "n_a", "note_a",
    "method_b", "value_b", "printed_b", "n_b", "note_b", "words",
)  # fmt: skip
# A terminal shows so many rows a section; the table and the page show all.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: its heading, the heads of its columns, its rows as plain text."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def summary(comparison: RunComparison) -> str:
    """Say in a sentence how much differs, the flips first."""
    if comparison.same:
        return "The runs do not differ."
    flips, only = len(comparison.conclusions), len(comparison.only_a) + len(comparison.only_b)
    apart = f" {counted(only, 'row')} {'stands' if only == 1 else 'stand'} on one side only." if only else ""
    return (
        f"{counted(flips, 'conclusion')} {'flips' if flips == 1 else 'flip'}. "
        f"{counted(len(comparison.parameters), 'parameter')}, {counted(len(comparison.printed), 'printed number')}, "
        f"{counted(len(comparison.methods), 'number')} by other methods and {counted(len(comparison.series), 'series', 'series')} "
        f"of points differ.{apart}"
    )


def tolerance_sentence(comparison: RunComparison) -> str:
    """State what counts as equal, and how often it decided."""
    return (
        f"Two values are equal where they are written alike, or differ by at most {IN_WORDS}, which is the noise of a "
        f"computation: {counted(comparison.noise, 'row')} of this kind."
    )


def counted(number: int, word: str, many: str = "") -> str:
    """Count things in words."""
    return f"{number:,} {word if number == 1 else many or word + 's'}"


def names(comparison: RunComparison) -> str:
    """Say which run is which: its cohort, its groups, and the first short choices in which it differs from the other."""
    short = [one for one in comparison.parameters if max(len(one.a), len(one.b)) <= LONGEST_CHOICE]
    found = [one for one in short if one.name not in {"group_by", "reference_group", "study"}][:MOST_CHOICES]
    a = _run_words(comparison.a, [f"{one.name}={one.a or 'not set'}" for one in found])
    b = _run_words(comparison.b, [f"{one.name}={one.b or 'not set'}" for one in found])
    return one_line(f"A is {a}. B is {b}.")


def _run_words(run: Run, choices: Sequence[str]) -> str:
    study = run.results.study
    cohort = [f"{study.size:,} {people(study)}"] if study.size else []
    grouped = [f"grouped by {study.group_label or study.group_by}"]
    return f"'{run.name}' ({'; '.join((*cohort, *grouped, *choices))})"


def sections(comparison: RunComparison) -> list[Section]:
    """Return the parts that have something to say, in the order in which they are read."""
    found = [
        Section("Parameters", ("Parameter", "Meaning", "A", "B"), _setting_rows(comparison.parameters)),
        Section("Conclusions that flip", ("What", "How"), _conclusion_rows(comparison)),
        Section("Printed numbers", NUMBER_COLUMNS, number_rows(comparison, comparison.printed)),
        Section("Numbers by other methods", NUMBER_COLUMNS, number_rows(comparison, comparison.methods)),
        Section("Only in A", ALONE_COLUMNS, alone_rows(comparison.a.results, comparison.only_a)),
        Section("Only in B", ALONE_COLUMNS, alone_rows(comparison.b.results, comparison.only_b)),
        Section("Curves and bars", ("Series", "Points in A", "Points in B"), _series_rows(comparison)),
        Section("Programs", ("Program", "", "A", "B"), _setting_rows(comparison.versions)),
    ]
    return [section for section in found if section.rows]


# Of the choices in which two runs differ, so many are named where the runs are, if they are as short as this.
MOST_CHOICES, LONGEST_CHOICE = 3, 30
NUMBER_COLUMNS = ("Number", "A", "B", "What differs")
ALONE_COLUMNS = ("Number", "Value", "Key")


def _setting_rows(settings: Sequence[Setting]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(one_line, (one.name, one.meaning, one.a, one.b))) for one in settings)


def _conclusion_rows(comparison: RunComparison) -> tuple[tuple[str, ...], ...]:
    return tuple((KINDS[one.kind], one_line(one.sentence)) for one in comparison.conclusions)


def _series_rows(comparison: RunComparison) -> tuple[tuple[str, ...], ...]:
    return tuple((one_line(one.key), str(one.a), str(one.b)) for one in comparison.series)


def number_name(results: Results, record: Record) -> str:
    """Name a number in words."""
    label = record.label or record.variable
    population, number = population_name(results.study, record.group), statistic_name(results.study, record.statistic)
    return one_line(f"{label}, {population}: {number}")


def number_rows(comparison: RunComparison, changes: Iterable[Change]) -> tuple[tuple[str, ...], ...]:
    """Return a row for each number that differs."""
    first, second = comparison.a.results, comparison.b.results
    rows = []
    for change in changes:
        texts = told_apart(first, second, change.a, change.b)
        cells = [_printed(record, text) for record, text in zip((change.a, change.b), texts, strict=True)]
        rows.append((number_name(first, change.a), *cells, what_differs(change)))
    return tuple(rows)


def _printed(record: Record, text: str) -> str:
    method = f" ({method_name(record.method)})" if record.method else ""
    return one_line(f"{text}{method}")


def what_differs(change: Change) -> str:
    """Say in words in what two rows differ; the note and n with their contents."""
    a, b = change.a, change.b
    quoted = {
        "n": f"n {a.n if a.n is not None else 'none'} and {b.n if b.n is not None else 'none'}",
        "note": f"note '{a.note}' and '{b.note}'",
        "unit": f"unit '{a.unit}' and '{b.unit}'",
        "label": f"label '{a.label}' and '{b.label}'",
        "formatted": "print",
    }
    # That another value prints otherwise goes without saying.
    told = [name for name in change.what if name != "formatted" or "value" not in change.what]
    return one_line("; ".join(quoted.get(name, name) for name in told))


def alone_rows(results: Results, records: Iterable[Record]) -> tuple[tuple[str, ...], ...]:
    """Return a row for each number that one run alone has."""
    return tuple(
        (number_name(results, record), _printed(record, record.formatted), one_line(record.key)) for record in records
    )


# --- terminal ---


def report_text(comparison: RunComparison) -> str:
    """Write a comparison as plain text, the flips first; long parts are cut, with a word on where the rest is."""
    lines = [names(comparison), *map(one_line, comparison.remarks), summary(comparison), tolerance_sentence(comparison)]
    for section in sections(comparison):
        lines += ["", section.heading]
        lines += ["  " + " | ".join(filter(None, row)) for row in section.rows[:SHOWN]]
        lines += left_out(section)
    return "\n".join(lines) + "\n"


def left_out(section: Section) -> list[str]:
    """Say how many rows of a section are not shown on a terminal."""
    more = len(section.rows) - SHOWN
    return [f"  and {more:,} more: --csv and --html show all of them."] if more > 0 else []


# --- table ---


def report_csv(comparison: RunComparison) -> str:
    """Write everything that differs as CSV, values in full precision; no cell of it becomes a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in _csv_rows(comparison):
        writer.writerow([table_cell(one_line(cell)) for cell in row])
    return buffer.getvalue()


def _csv_rows(comparison: RunComparison) -> Iterator[list[str]]:
    for one in comparison.parameters:
        yield _setting_cells("parameter", one)
    for flip in comparison.conclusions:
        yield ["conclusion", flip.kind, flip.a.key, "", *_record_cells(flip.a), *_record_cells(flip.b), flip.sentence]
    for section, changes in (("printed", comparison.printed), ("method", comparison.methods)):
        for change in changes:
            words = number_name(comparison.a.results, change.a)
            cells = [*_record_cells(change.a), *_record_cells(change.b), words]
            yield [section, "", change.a.key, " ".join(change.what), *cells]
    for row in comparison.only_a:
        yield ["only in A", "", row.key, "", *_record_cells(row), *[""] * 5, number_name(comparison.a.results, row)]
    for row in comparison.only_b:
        yield ["only in B", "", row.key, "", *[""] * 5, *_record_cells(row), number_name(comparison.b.results, row)]
    for series in comparison.series:
        points = [["", "", "", str(number), ""] for number in (series.a, series.b)]
        yield ["series", "", series.key, "", *points[0], *points[1], ""]
    for one in comparison.versions:
        yield _setting_cells("program", one)


def _setting_cells(section: str, one: Setting) -> list[str]:
    return [section, "", one.name, "", "", one.a, "", "", "", "", one.b, "", "", "", one.meaning]


def _record_cells(record: Record) -> list[str]:
    value = "" if record.value is None else repr(record.value)
    return [record.method, value, record.formatted, "" if record.n is None else str(record.n), record.note]
