"""A table as a center keeps it: its rows below the header, and the line that each stands on.

The cells are those of `hai_utils.cohort.tables`. No message repeats one.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hai_utils.cohort.identifiers import header_faults, shown_header
from hai_utils.cohort.problems import PlacedError, Problem, UnreadableError, line_list, problem
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
from hai_utils.untrusted import table_cell

MAX_FAULTS = 50
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
        return sheet_of(table, file_name, options.header_line)
    except UnreadableError as error:
        raise error.named(file_name) from None


def sheet_of(table: RawTable, file_name: str, header_line: int = 1) -> Sheet:
    """Take the rows from a line on for a header and the patients below it.

    Raises
    ------
    UnreadableError
        Where there are no rows, rows of another width, a column without a name, merged cells, or cells without a value
        that can be told.
    """
    first = sum(1 for line in table.lines.tolist() if line < header_line)
    if len(table) < first + 2:
        line = int(table.lines[-1]) if len(table) > first else 0
        raise UnreadableError([problem("no_rows", line, "", "The file has only a header.")])
    refuse_cells(table, header_line)
    header = [re.sub(f"[{PADDING}]+", " ", clean(name)) for name in table.row(first)]
    width = max((i for i, name in enumerate(header, start=1) if name), default=0)
    cleaned = [clean(text) for text in table.texts]
    rows, lines, ragged = [], [], []
    for i in range(first + 1, len(table)):
        codes = table.cells[table.starts[i] : table.starts[i] + table.widths[i]].tolist()
        row, line = tuple(cleaned[code] for code in codes), int(table.lines[i])
        if len(row) < width or any(row[width:]):
            ragged.append(problem("ragged", line, "", f"The row has {len(row)} cells where the header has {width}."))
        rows.append(row[:width])
        lines.append(line)
    nameless = [
        problem("header_blank", int(table.lines[first]), column_place(position), "The column has no name.")
        for position, name in enumerate(header[:width], start=1)
        if not name
    ]
    if ragged or nameless:
        raise UnreadableError([*nameless, *ragged])
    above = [f"Lines 1 to {header_line - 1} stand above the header and were left out."] if first else []
    notes = (*above, *notes_of(table))
    return Sheet(file_name, tuple(header[:width]), tuple(rows), tuple(lines), notes)


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


def csv_text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table as CSV: commas, one line feed a line; no cell becomes a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([table_cell(name) for name in header])
    writer.writerows([table_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()


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
