"""The rows behind the numbers of a variable, known by their place in the file: what evidence of a number is made from.

Groups, levels and causes are written as they stand in keys, so that no word of a cohort file reaches code or a spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

FILE = "rows.csv"
# Above so many patients no rows are shown.
MOST_PATIENTS = 200
ROW, GROUP = "row", "group"


@dataclass(frozen=True, slots=True)
class Sample:
    """All rows of a cohort with what one variable has of them.

    Attributes
    ----------
    columns : tuple of str
        ``row`` and ``group``, then ``value``; of an endpoint ``months``, ``event`` and possibly ``cause``; of a status that
        changes ``months``, ``event`` and ``onset``.
    rows : tuple of tuple of str
        Cells as in a CSV, sorted by group and value; empty where something is not recorded. The group is empty for those
        who have none, and ``excluded`` for those whom a parameter leaves out of comparisons.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[object]]) -> Sample:
        """Make a sample of columns of equal length; None and nan are what is not recorded."""
        cells = (tuple(map(as_cell, row)) for row in zip(*columns.values(), strict=True))
        names = tuple(columns)
        return cls(names, tuple(sorted(cells, key=lambda row: _order(names, row))))

    def joined(self, other: Sample) -> Sample:
        """Return the rows of both, as where patients are grouped in two ways."""
        return replace(self, rows=(*self.rows, *other.rows))

    def column(self, name: str, groups: Iterable[str] | None = None) -> list[str]:
        """Return a column, of all rows or of those in some groups."""
        place, group = self.columns.index(name), self.columns.index(GROUP)
        wanted = None if groups is None else frozenset(groups)
        return [row[place] for row in self.rows if wanted is None or row[group] in wanted]

    @property
    def csv(self) -> str:
        """The text of its CSV."""
        return _csv([self.columns, *self.rows])


def as_cell(value: object) -> str:
    """Return a value as it stands in a CSV; nothing for None and nan."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _order(names: Sequence[str], row: Sequence[str]) -> tuple[str, float, str, int]:
    """Sort by group and value, what is not recorded last."""
    cell = row[2] if len(row) > 2 else ""
    try:
        number = float(cell) if cell else float("inf")
    except ValueError:
        number = 0.0
    return row[names.index(GROUP)], number, cell or "\U0010ffff", int(row[names.index(ROW)])


def _csv(rows: Iterable[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def write_samples(samples: Mapping[str, Sample], folder: Path) -> None:
    """Write the rows of all variables into one file of a folder, a block of lines a variable; nothing without rows."""
    if samples:
        blocks = ((name, "", *samples[name].columns) for name in sorted(samples))
        lines = [line for head in blocks for line in (head, *((head[0], *row) for row in samples[head[0]].rows))]
        (folder / FILE).write_text(_csv(lines), encoding="utf-8", newline="")


def read_samples(folder: Path) -> dict[str, Sample]:
    """Read back what `write_samples` wrote; empty where there is no such file."""
    found: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {}
    if (folder / FILE).is_file():
        with (folder / FILE).open(encoding="utf-8", newline="") as stream:
            for name, *cells in csv.reader(stream):
                if name not in found:
                    found[name] = tuple(cells[1:]), []
                else:
                    found[name][1].append(tuple(cells))
    return {name: Sample(columns, tuple(rows)) for name, (columns, rows) in found.items()}
