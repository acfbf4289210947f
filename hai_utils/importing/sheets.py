"""A table as a center keeps it: its rows below the header, and the line that each stands on.

The cells are those of `hai_utils.cohort.tables`. No message repeats one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hai_utils.cohort.identifiers import header_faults, shown_header
from hai_utils.cohort.problems import PlacedError, Problem, UnreadableError, line_list, problem, stop
from hai_utils.cohort.tables import (
    DEFAULT_OPTIONS,
    PADDING,
    UNCOMPUTED,
    RawTable,
    TableOptions,
    clean,
    column_place,
    read_source,
    read_table,
    refuse_damaged,
)
from hai_utils.errors import DataError
from hai_utils.importing.units import unit_of

MAX_FAULTS = 50
RawRows = Sequence[tuple[Sequence[str], int]]
# Name of a first column that has none: R writes the names of its rows so.
ROW_NAMES = "row"
# A program's own name for a column, as that of a checkbox with a long code (site___8140003): no datum looks like it.
FIELD_NAME = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]*")
# What a spreadsheet program shows in place of a value that it could not compute.
_ERROR_VALUE = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!)")
# What is read in another form so often that nobody needs to be told.
_UNSAID = frozenset({"byte_order_mark"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text cells without padding.

    Attributes
    ----------
    file_name : str
        Name of the file, for messages.
    header : tuple of str
        Names of the columns, spaces within collapsed; doubled names are possible.
    rows : tuple of tuple of str
        As many cells as the header has; a blank cell is an empty string.
    lines : tuple of int
        Line of the file on which each row starts.
    notes : tuple of str
        What was read in a way that the user should know.
    """

    file_name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """Return the cells below a header."""
        position = self.header.index(name)
        return [row[position] for row in self.rows]

    def shown(self, name: str) -> str:
        """Return a header as a message may show it."""
        return shown_header(name, self.header.index(name) + 1) if name in self.header else "the column"


def refuse(problems: Sequence[Problem], file_name: str) -> None:
    """Raise all problems at once, in the order of the file, the first fifty in full.

    Raises
    ------
    PlacedError
        Where there is any.
    """
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    sentences = [problem.sentence(file_name) for problem in ordered[:MAX_FAULTS]]
    if len(ordered) > MAX_FAULTS:
        sentences.append(f"{file_name}: and {len(ordered) - MAX_FAULTS} more.")
    raise PlacedError(sentences, ordered)


def fault(file_name: str, line: int, message: str, *, column: str = "", code: str = "file") -> DataError:
    """Return the error of one place in a file."""
    return DataError([Problem("error", line, column, code, message).sentence(file_name)])


def read_sheet(path: Path, options: TableOptions = DEFAULT_OPTIONS) -> Sheet:
    """Read an export, CSV or XLSX, into text cells.

    Raises
    ------
    DataError
        Naming line and column of every fault, never a cell's content.
    """
    try:
        source = read_source(path)
    except UnreadableError as error:
        raise error.named(path.name or str(path)) from None
    return parse_sheet(source.content, source.name, options)


def parse_sheet(content: bytes, file_name: str, options: TableOptions = DEFAULT_OPTIONS) -> Sheet:
    """Turn the bytes of an export into text cells; see `read_sheet`."""
    try:
        table = read_table(content, options)
        refuse_damaged(table)
    except UnreadableError as error:
        raise error.named(file_name) from None
    return Raw.of(table).sheet(file_name, (options.header_line,))[0]


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows of one table of a file.

    Attributes
    ----------
    name : str
        Name of the sheet; empty for a file that has none.
    rows : sequence of (cells, line)
        The rows that hold anything, without padding.
    table : RawTable or None
        Where they come from, for a CSV or XLSX.
    titles : mapping of str to str
        What a column is called for people, where the file says so (SPSS, Stata).
    said : mapping
        How the file was read, as a mapping file says it.
    """

    name: str
    rows: RawRows
    table: RawTable | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    said: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, table: RawTable, name: str = "", notes: Iterable[str] = (), said: Mapping[str, Any] | None = None
    ) -> Raw:
        """Return the rows of a table that was read."""
        cleaned = [clean(text) for text in table.texts]
        ends = (table.starts + table.widths).tolist()
        places = zip(table.starts.tolist(), ends, table.lines.tolist(), strict=True)
        rows = [([cleaned[code] for code in table.cells[start:end].tolist()], line) for start, end, line in places]
        return cls(name, rows, table, notes=tuple(notes), said=said or {})

    def sheet(self, file_name: str, header: Sequence[int]) -> tuple[Sheet, tuple[str, ...]]:
        """Take the table below a header.

        Parameters
        ----------
        header : sequence of int
            Its line, or both of its lines; where one is blank, the next that holds anything.

        Returns
        -------
        sheet : Sheet
            Nameless columns without a value are cut; a nameless first column is called ``row``.
        groups : tuple of str
            What stands above each name, where the header has two lines.

        Raises
        ------
        DataError
            Where the header or a row is not there, a row has another width, a value stands in a column without a name, or
            cells are merged or have no value that can be told.
        """
        try:
            if self.table is not None:
                refuse_cells(self.table, max(header))
            sheet, groups = self._below(file_name, header)
        except UnreadableError as error:
            raise error.named(file_name) from None
        above = [line for _, line in self.rows if line < min(header)]
        notes = [*self.notes, *(notes_of(self.table) if self.table is not None else ())]
        notes += [f"Lines above the header were passed over ({line_list(above)})."] if above else []
        return replace(sheet, notes=tuple(notes)), groups

    def _below(self, file_name: str, header: Sequence[int]) -> tuple[Sheet, tuple[str, ...]]:
        at = [next((place for place, (_, line) in enumerate(self.rows) if line >= wanted), None) for wanted in header]
        if None in at:
            raise stop("no_header", min(header), "The line of the header is beyond the end of the file.")
        heads = [self.rows[place][0] for place in dict.fromkeys(at) if place is not None]
        line, below = self.rows[at[-1] or 0][1], self.rows[(at[-1] or 0) + 1 :]
        if not below:
            raise stop("no_rows", line, "The file has only a header.")
        width = max(map(len, heads))
        names, groups = joined_names([[*cells, *[""] * (width - len(cells))] for cells in heads])
        used = {place for cells, _ in below for place, cell in enumerate(cells[:width]) if cell}
        if not names[0] and 0 in used:
            names[0] = ROW_NAMES
        kept = [place for place, name in enumerate(names) if name]
        faults = [
            problem("header_blank", line, column_place(place + 1), "The column has values and no name.")
            for place in sorted(used - set(kept))
        ]
        faults += [
            problem("ragged", at_line, "", f"The row has {len(cells)} cells where the header has {len(heads[-1])}.")
            for cells, at_line in below
            if len(cells) <= max(kept, default=0) or any(cells[width:])
        ]
        if faults:
            raise UnreadableError(faults)
        rows = tuple(tuple(cells[place] for place in kept) for cells, _ in below)
        sheet = Sheet(file_name, tuple(names[place] for place in kept), rows, tuple(one for _, one in below))
        return sheet, tuple(groups[place] for place in kept)


def joined_names(heads: Sequence[Sequence[str]]) -> tuple[list[str], list[str]]:
    """Join two lines of names: the lower one where it is enough, both where it is a unit or stands twice."""
    *above, lower = ([re.sub(f"[{PADDING}]+", " ", cell) for cell in cells] for cells in heads)
    if not above:
        return lower, [""] * len(lower)
    upper = above[0]
    if are_units(lower):
        return [
            f"{name} ({unit.strip('()[]')})" if name and unit else name for name, unit in zip(upper, lower, strict=True)
        ], [""] * len(upper)
    groups, group = [], ""
    for name in upper:
        group = name or group
        groups.append(group)
    counts = Counter(lower)
    joined = [
        own if below == "" else below if counts[below] == 1 else f"{group} {below}".strip()
        for own, group, below in zip(upper, groups, lower, strict=True)
    ]
    return joined, groups


def are_units(cells: Sequence[str]) -> bool:
    """Say whether a row holds units, most of its cells blank or not."""
    given = [cell for cell in cells if cell]
    return len(given) > 1 and sum(bool(unit_of(cell)) for cell in given) >= 0.6 * len(given)


def refuse_cells(table: RawTable, header_line: int) -> None:
    """Refuse cells of a workbook that hold no value of their own: merged, never computed, or an error."""
    found = [
        problem("merged", block.first, "", f"The sheet has merged cells ({block.name}).")
        for block in table.merged
        if block.last >= header_line
    ]
    empty = [code for code, text in enumerate(table.texts) if text == UNCOMPUTED or _ERROR_VALUE.fullmatch(text)]
    if empty and not table.delimiter:
        for line, position, text in table.places_of(empty):
            code, words = (
                ("uncomputed", "The cell holds a formula without a value.")
                if text == UNCOMPUTED
                else ("mangled", "The cell holds an error value of the spreadsheet program.")
            )
            found.append(problem(code, line, column_place(position), words))
    if found:
        raise UnreadableError(found)


def notes_of(table: RawTable) -> Iterator[str]:
    """Say what was read in another than the plain form."""
    for one in table.problems:
        if one.code not in _UNSAID:
            yield one.message
    padded = [code for code, text in enumerate(table.texts) if text != clean(text) and clean(text)]
    if padded:
        yield f"Spaces around a value were left out in {sum(1 for _ in table.places_of(padded))} cells."
    if len(table.blank_lines):
        blank = table.blank_lines.tolist()
        yield f"{len(blank)} blank rows were left out ({line_list(blank)})."


def require_header(sheet: Sheet) -> None:
    """Refuse a table whose first line is data or whose names are doubled: neither can be mapped.

    Raises
    ------
    DataError
        With every fault; a doubled name is told by its positions.
    """
    problems = [
        Problem("error", 1, "", "header_data", f"{words}. The first line must name the columns.")
        for words in header_faults(["" if FIELD_NAME.fullmatch(name) else name for name in sheet.header])
    ]
    counts = Counter(sheet.header)
    for name in (name for name, count in counts.items() if count > 1):
        places = [str(i) for i, other in enumerate(sheet.header, start=1) if other == name]
        message = f"columns {', '.join(places)} have the same name. Rename all but one."
        problems.append(Problem("error", 1, "", "header_double", message))
    refuse(problems, sheet.file_name)


def write_new(path: Path, content: str | bytes) -> Path:
    """Write a file that does not exist yet.

    Raises
    ------
    DataError
        Where it exists, or the folder cannot be written to.
    """
    try:
        with path.open("xb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
    except FileExistsError:
        raise fault(
            path.name, 0, "the file exists already and was left as it is. Name another, or move it away."
        ) from None
    except OSError as error:
        raise fault(path.name, 0, f"the file cannot be written ({error.strerror}).") from None
    return path


def write_all(folder: Path, contents: Mapping[str, str | bytes]) -> list[Path]:
    """Write files into a folder, which is made where it does not exist; none where one of them is there already.

    Raises
    ------
    DataError
        Where one of the files exists, or the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError([f"{folder}: the folder cannot be made ({error.strerror})."]) from None
    if taken := [name for name in contents if (folder / name).exists()]:
        raise DataError([f"{folder}: {', '.join(taken)} exists already there. Name an empty folder."])
    return [write_new(folder / name, content) for name, content in contents.items()]
