"""The columns of an export as a guess sees them: what each value is, how often and on which lines it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from hai_utils.cohort.identifiers import describe, header_kind, identifier_in, is_free_text, words_of
from hai_utils.importing.plan import Kind, Understood
from hai_utils.importing.sheets import Sheet
from hai_utils.importing.units import unit_in
from hai_utils.importing.values import (
    DATE_ORDERS,
    DecimalMark,
    parse_date,
    parse_number,
    parse_quantity,
    parse_sizes,
    partial_date,
)
from hai_utils.importing.vocabulary import NO_DATE, happened, is_missing, phrase_of

MAX_VALUES = 30
SHARE = 0.8
HALF = 0.5
CODE_LENGTH = 40
SHORT = 4
# Rows that a plan shows of a column.
FIRST = 3
# What a person says of a column of which nothing is to be made.
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class View:
    """One column.

    Attributes
    ----------
    name : str
        Its name in a mapping.
    title : str
        What it is called for people: the header, or the label of a field.
    group : str
        What stands above it, where the header has two lines.
    lines : mapping of str to list of int
        The lines of each distinct value; the blank cell is one.
    guard : str
        Why it is never copied; empty where it may be.
    stated : Kind or ''
        What it holds, where its program says so.
    meaning : str
        What a person says that it is: a column of the cohort, or a role of dates; empty where nobody said.
    """

    name: str
    title: str
    group: str
    lines: Mapping[str, Sequence[int]]
    decimal: DecimalMark = "."
    guard: str = ""
    stated: Kind | Literal[""] = ""
    meaning: str = ""

    @property
    def phrase(self) -> str:
        """What a person says that it means, else the title in the words of the vocabulary."""
        return self.meaning or phrase_of(self.title)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often each value stands, without blanks and without the words for 'not known'."""
        return {value: len(lines) for value, lines in self.lines.items() if value and not is_missing(value)}

    @cached_property
    def given(self) -> Mapping[str, int]:
        """How often each value stands, without blanks."""
        return {value: len(lines) for value, lines in self.lines.items() if value}

    @cached_property
    def kind(self) -> Kind:
        """What the column seems to hold."""
        telling = {value: count for value, count in self.counts.items() if value.lower() not in NO_DATE}
        if self.given and not telling and "date" in words_of(self.title).split("_"):
            return "dates"
        values = telling or self.counts
        rows = sum(values.values())
        if self.stated and rows:
            return self.stated
        if not rows:
            return "blank" if not self.given else "codes"
        dates = sum(count for value, count in values.items() if is_date(value) or identifier_in(value) == "a date")
        if dates >= SHARE * rows or (
            dates and dates + sum(n for v, n in values.items() if partial_date(v)) >= SHARE * rows
        ):
            return "dates"
        if sum(count for value, count in values.items() if parse_sizes(value, self.decimal)) >= HALF * rows:
            return "sizes"
        numbers = sum(count for value, count in values.items() if parse_quantity(value, self.decimal) is not None)
        if header_kind(self.title) is not None:
            return "identifier"
        if numbers >= HALF * rows:
            return "numbers"
        texts = sum(count for value, count in values.items() if is_free_text(value) or identifier_in(value))
        return "codes" if len(values) <= MAX_VALUES and texts <= rows / 10 else "text"

    @property
    def unit(self) -> str:
        """The unit that the title names, or else what stands above it."""
        return unit_in(self.title) or unit_in(self.group)

    def shows(self, value: str) -> bool:
        """Say whether a value may be repeated: several rows share it, or it is a short code, a number, a known word."""
        plain = len(value) <= SHORT or is_missing(value) or happened(value) is not None or any(map(str.isdigit, value))
        return (self.given.get(value, 0) > 1 or plain) and len(value) <= CODE_LENGTH and not identifier_in(value)

    def lines_of(self, *values: str) -> list[int]:
        """Return the lines of some values."""
        return [line for value in values for line in self.lines.get(value, ())]

    @cached_property
    def by_line(self) -> Mapping[int, str]:
        """The value of each line."""
        return {line: value for value, lines in self.lines.items() for line in lines}

    def understood(self) -> Understood:
        """Return what is known of the column, as a plan shows it."""
        shown = (
            self.kind in {"codes", "numbers", "sizes"}
            and len(self.given) <= MAX_VALUES
            and header_kind(self.title) is None
            and not self.guard
        )
        values = tuple(filter(self.shows, sorted(self.given))) if shown else ()
        return Understood(self.name, self.kind, sum(self.given.values()), self.unit, values, self.title, self.first())

    def first(self) -> tuple[str, ...]:
        """Return the first cells, one that may identify a person by what it is."""
        cells = [cell for _, cell in sorted(self.by_line.items())[:FIRST]]
        hidden = self.kind in {"identifier", "dates", "text"} or header_kind(self.title) is not None or bool(self.guard)
        return tuple(describe(cell) if cell and (hidden or not self.shows(cell)) else cell for cell in cells)


def is_date(value: str) -> bool:
    """Say whether a value is a date in some order."""
    return any(parse_date(value, order) is not None for order in DATE_ORDERS)


def views_of(
    sheet: Sheet,
    groups: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    guards: Mapping[str, str] | None = None,
) -> dict[str, View]:
    """Return the columns of an export by name."""
    decimal = decimal_mark(sheet)
    views = {}
    for place, name in enumerate(sheet.header):
        lines: dict[str, list[int]] = {}
        for row, line in zip(sheet.rows, sheet.lines, strict=True):
            lines.setdefault(row[place], []).append(line)
        group = groups[place] if place < len(groups) else ""
        views[name] = View(name, (titles or {}).get(name, name), group, lines, decimal, (guards or {}).get(name, ""))
    return views


def meant(views: Mapping[str, View], meanings: Mapping[str, str]) -> dict[str, View]:
    """Return the columns with what a person says that they mean, without those that are to be left out."""
    said = {name: replace(view, meaning=meanings.get(name, "")) for name, view in views.items()}
    return {name: view for name, view in said.items() if view.meaning != LEFT_OUT}


def decimal_mark(sheet: Sheet) -> DecimalMark:
    """Tell the decimal sign from all cells; ``both`` where both are used and no comma can stand for thousands."""
    cells = {cell for row in sheet.rows for cell in row if "," in cell or "." in cell}
    commas = sum(1 for cell in cells if "," in cell and (parse_number(cell, ",") is not None or parse_sizes(cell, ",")))
    points = sum(1 for cell in cells if "." in cell and (parse_number(cell) is not None or parse_sizes(cell)))
    return "both" if commas and points else "," if commas else "."
