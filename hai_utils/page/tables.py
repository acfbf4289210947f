"""What the steps do with the files of a study, each a function that runs in a child: found, made, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.grid import read_grid
from hai_utils.cohort.identifiers import describe, header_kind, identifier_in, is_free_text
from hai_utils.cohort.levels import may_be_printed
from hai_utils.cohort.problems import (
    FAULTS,
    FILE,
    HEADER,
    PlacedError,
    Problem,
    UnreadableError,
    errors_of,
    worst_first,
)
from hai_utils.cohort.reading import full_dictionary, read_bytes, read_cohort
from hai_utils.cohort.report import check_file
from hai_utils.cohort.scans import SCAN_COLUMNS
from hai_utils.cohort.schema import IDENTIFIER
from hai_utils.cohort.tables import Cells, clean, is_workbook, sheets_with_cells
from hai_utils.importing.exports import plan_file, read_export_sheet
from hai_utils.importing.files import SCANS_FILE, import_file, import_redcap_file, plan_redcap_file
from hai_utils.importing.foreign import FOREIGN
from hai_utils.importing.language import MISSING, changed
from hai_utils.importing.mapping import ColumnMapping, parse_mapping, read_mapping
from hai_utils.importing.plan import ImportPlan
from hai_utils.importing.sheets import read_sheet
from hai_utils.importing.views import FIRST
from hai_utils.page.studies import Correction, Study
from hai_utils.response.conflicts import progression_conflicts
from hai_utils.untrusted import csv_text

# Rows with faults that the page shows at a time.
SHOWN_ROWS = 60
COHORT, CORRECTIONS, MAPPING = "cohort.csv", "corrections.csv", "mapping.yml"
# Kinds of faults whose line is one of the mapping.
OF_MAPPING = frozenset({"mapping", "source", "guarded", "line"})
Table = Literal["file", "cohort", "scans"]
# Stands before the columns of the table of scans.
SCANS = "scans."


def is_of_scans(column: str) -> bool:
    """Say whether a column is one of the table of scans; its name alone stands for the whole table."""
    return f"{column}.".startswith(SCANS)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds.

    Attributes
    ----------
    kind : {'cohort', 'plan', 'mapping'}
        A cohort as it stands; a file of which a cohort is made by its plan, or by a mapping of before.
    columns : tuple of (name, label, first cells)
        Of a cohort as it stands, and of a mapping: column of the cohort, its label, where it comes from.
    sheets : tuple of str
        The sheets that hold anything, where there are several.
    variables : mapping of str to Variable
        What columns of a cohort may mean.
    """

    kind: str
    rows: int = 0
    columns: tuple[tuple[str, str, str], ...] = ()
    plan: ImportPlan | None = None
    sheets: tuple[str, ...] = ()
    variables: Mapping[str, Variable] | None = None


def data_of(study: Study) -> Path:
    """Return the table of patients that was brought.

    Raises
    ------
    DataError
        Where there is none yet.
    """
    path = study.file("data")
    if path is None:
        raise PlacedError(
            ["There is no table of patients yet. Add it: the files that are here only go beside one."], []
        )
    return path


def find(study: Study) -> Found:
    """Look at the files of a study: a cohort as it stands, or what has to be asked before it is one.

    Raises
    ------
    DataError
        Where a file cannot be read, or holds no table.
    """
    data, variables = data_of(study), full_dictionary(study.dictionary)
    if (path := study.file("mapping")) is not None:
        mapping = read_mapping(path, variables)
        columns = [
            (one.target, variables[one.target].label, ", ".join(mapping.columns_of(one.source)))
            for one in mapping.rules
        ]
        return Found("mapping", columns=tuple(columns), variables=variables)
    if (redcap := study.file("redcap")) is not None:
        return Found(
            "plan", plan=plan_redcap_file(data, redcap, variables, meanings=study.meanings), variables=variables
        )
    content = b"" if data.suffix.lower() in FOREIGN else read_bytes(data)
    if content and not study.meanings and not study.sheet and (cohort := _as_it_stands(content, variables)):
        return cohort
    sheets = _sheets(content)
    plan = plan_file(data, variables, sheet=study.sheet, meanings=study.meanings)
    return Found("plan", plan=plan, sheets=sheets if len(sheets) > 1 else (), variables=variables)


def _as_it_stands(content: bytes, variables: Mapping[str, Variable]) -> Found | None:
    """Return what a file holds that has the dictionary's own columns; None for any other."""
    reading = read_cohort(content, variables)
    if not reading.columns or any(FAULTS[one.code].rank in {FILE, HEADER} for one in errors_of(reading.problems)):
        return None
    grid = read_grid(content, variables)
    columns = [
        (name, variables[name].label, ", ".join(shown(name, cell, variables) for cell in _cells(one)[:FIRST]))
        for name, one in zip(grid.header, grid.columns, strict=True)
        if name in variables
    ]
    return Found("cohort", reading.rows, tuple(columns), variables=variables)


def _cells(column: Cells) -> list[str]:
    return [clean(column.texts[code]) for code in column.codes.tolist()]


def shown(column: str, cell: str, variables: Mapping[str, Variable]) -> str:
    """Return a cell as the page may show it: what may identify a person is told by what it is."""
    if column == IDENTIFIER:
        # A study number has a digit; a name has none.
        hidden = not any(map(str.isdigit, cell)) or " " in cell
    else:
        hidden = header_kind(column) is not None or is_free_text(cell)
        known = variables.get(column)
        hidden = hidden or (known is not None and (known.kind == "string" or not may_be_printed(known, cell)))
    return describe(cell) if cell and (hidden or identifier_in(cell)) else cell


def _sheets(content: bytes) -> tuple[str, ...]:
    try:
        return sheets_with_cells(content) if content else ()
    except UnreadableError:
        return ()


@dataclass(frozen=True, slots=True)
class LinedTable:
    """A table with the line of each row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def corrected(
        self, table: Table, corrections: Collection[Correction], lines_out: Collection[int] = ()
    ) -> LinedTable:
        """Return it with cells put right that are said to be of a table, and with lines left out."""
        values = {(one.line, one.column): one.value for one in corrections if one.table == table}
        kept = [
            (tuple(values.get((line, name), cell) for name, cell in zip(self.header, row, strict=True)), line)
            for row, line in zip(self.rows, self.lines, strict=True)
            if line not in lines_out
        ]
        return LinedTable(self.header, tuple(row for row, _ in kept), tuple(line for _, line in kept))

    def at(
        self, lines: Collection[int], variables: Mapping[str, Variable], before: str = ""
    ) -> dict[int, dict[str, str]]:
        """Return the cells of some lines as the page may show them, the names of their columns with something before."""
        found = [(line, row) for line, row in zip(self.lines, self.rows, strict=True) if line in lines][:SHOWN_ROWS]
        return {
            line: {f"{before}{name}": shown(name, cell, variables) for name, cell in zip(self.header, row, strict=True)}
            for line, row in found
        }


@dataclass(frozen=True, slots=True)
class CheckedCohort:
    """The cohort that was made, and all that is wrong with it, by the lines of the file that was brought.

    Attributes
    ----------
    table : {'file', 'cohort'}
        Whether the other faults are of the file, of which no cohort could be made yet, or of the cohort.
    header : tuple of str
        The columns of the table.
    rows : mapping
        For the lines with faults, the cells by column.
    scans : mapping
        The same of the table of scans, whose columns are called ``scans.``.
    scan_header : tuple of str
        Its columns.
    made : str
        Name of the cohort's file; empty where a fault stops it.
    patients : int
        Rows of the cohort.
    log : tuple of str
        What became of each column.
    """

    problems: tuple[Problem, ...]
    table: Table
    header: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]
    made: str = ""
    patients: int = 0
    log: tuple[str, ...] = ()
    scans: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    scan_header: tuple[str, ...] = ()

    def cells_of(self, column: str) -> Mapping[int, Mapping[str, str]]:
        """Return the shown lines of the table that a column belongs to."""
        return self.scans if is_of_scans(column) else self.rows

    def correction(self, line: str, column: str, value: str) -> Correction | None:
        """Return what a person says of a cell as a correction; None where there is no such column."""
        if not line.isdecimal() or column not in (*self.header, *self.scan_header):
            return None
        table: Table = "scans" if is_of_scans(column) else self.table
        return Correction(table, column.removeprefix(SCANS), int(line), value.strip())


def make(study: Study, mapping_text: str, made: str) -> CheckedCohort:
    """Make the cohort of a study as the person said, write it into the study's folder, and check it.

    Parameters
    ----------
    mapping_text : str
        The mapping with its answers; empty where the file is a cohort as it stands.
    made : str
        Folder of the study for what is made; its name tells all that it was made from.

    Raises
    ------
    DataError
        Where a file cannot be read at all.
    """
    variables = full_dictionary(study.dictionary)
    folder = study.folder / made
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        name, table, remarks, log = (_imported if mapping_text else _copied)(study, mapping_text, variables, folder)
    except PlacedError as error:
        return _refused(study, mapping_text, variables, error)
    scans = _scans(study, folder)
    (folder / CORRECTIONS).write_text(corrections_csv(study), encoding="utf-8")
    name = f"{made}/{name}"
    report = check_file(study.folder / name, variables, replace(study, made=name).scans, progression_conflicts)
    written = table.lines if mapping_text or _is_changed(study) else ()
    every = tuple(worst_first([*remarks, *(_of_file(one, written, scans) for one in report.problems)]))
    of_scans = {one.line for one in every if is_of_scans(one.column)}
    rows = table.at({one.line for one in every if not is_of_scans(one.column)}, variables)
    return CheckedCohort(
        every, "cohort", _faulty_first(table.header, every), rows, name if report.passed else "", len(table.lines), log,
        scans.table.at(of_scans, {}, SCANS), tuple(f"{SCANS}{column}" for column in scans.table.header),
    )  # fmt: skip


def _is_changed(study: Study) -> bool:
    return bool(study.lines_out) or any(one.table == "cohort" for one in study.corrections)


def _of_file(problem: Problem, cohort: Sequence[int], scans: ScansTable) -> Problem:
    """Return a problem at its line of the file that was brought; a file that was written anew has others."""
    lines = scans.written if is_of_scans(problem.column) else cohort
    return replace(problem, line=lines[problem.line - 2]) if 2 <= problem.line < len(lines) + 2 else problem


@dataclass(frozen=True, slots=True)
class ScansTable:
    """The table of scans, and the line of each row that was written anew; none where the file is as it was."""

    table: LinedTable
    written: tuple[int, ...] = ()


def _scans(study: Study, folder: Path) -> ScansTable:
    """Return the table of scans as it was brought or made, what was put right in it written down beside the cohort."""
    made = folder / SCANS_FILE
    path = made if made.is_file() else study.file("scans")
    try:
        grid = read_grid(read_bytes(path), SCAN_COLUMNS) if path else None
    except UnreadableError:
        grid = None
    if grid is None:
        return ScansTable(LinedTable((), (), ()))
    table = LinedTable(grid.header, tuple(zip(*map(_cells, grid.columns), strict=True)), tuple(grid.lines.tolist()))
    told = [one for one in study.corrections if one.table == "scans"]
    if not told:
        return ScansTable(table)
    table = table.corrected("scans", told, {one.line for one in told if not one.column})
    made.write_text(csv_text(table.header, table.rows), encoding="utf-8")
    return ScansTable(table, table.lines)


def _faulty_first(header: tuple[str, ...], problems: Collection[Problem]) -> tuple[str, ...]:
    """Return the columns in the order in which the page shows them: those at fault stand where they are seen."""
    faulty = {one.column for one in problems}
    return tuple(sorted(header, key=lambda name: (name != IDENTIFIER, name not in faulty)))


def _imported(
    study: Study, text: str, variables: Mapping[str, Variable], folder: Path
) -> tuple[str, LinedTable, tuple[Problem, ...], tuple[str, ...]]:
    """Import the file that was brought; the cohort, its scans and the log are written down."""
    mapping, data = _mapping(study, text, variables), data_of(study)
    redcap, scans = study.file("redcap"), study.file("scans")
    if redcap is not None:
        result = import_redcap_file(data, redcap, variables, mapping=mapping, scans=scans)
    else:
        result = import_file(data, mapping, variables, scans=scans)
    columns = result.cohort.columns
    rows = tuple(zip(*columns.values(), strict=True))
    table = LinedTable(tuple(columns), rows, result.cohort.lines).corrected("cohort", study.corrections)
    files = {**result.files, COHORT: csv_text(table.header, table.rows), MAPPING: text}
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return COHORT, table, result.cohort.remarks, result.cohort.log


def _mapping(study: Study, text: str, variables: Mapping[str, Variable]) -> ColumnMapping:
    """Return the mapping with the cells of the file that were put right, and without the lines that are no patients."""
    mapping = parse_mapping(text, MAPPING, variables)
    cells = {name: dict(at) for name, at in mapping.settings.cells.items()}
    for one in study.corrections:
        if one.table == "file":
            cells.setdefault(one.column, {})[one.line] = one.value or MISSING
    rows = changed(mapping.settings.rows, leave_out=(*mapping.settings.rows.leave_out, *study.lines_out))
    return replace(mapping, settings=changed(mapping.settings, cells=cells, rows=rows))


def _copied(
    study: Study, _: str, variables: Mapping[str, Variable], folder: Path
) -> tuple[str, LinedTable, tuple[Problem, ...], tuple[str, ...]]:
    """Take the file for the cohort, byte for byte unless a cell was put right."""
    data = data_of(study)
    content = read_bytes(data)
    try:
        grid = read_grid(content, variables)
    except UnreadableError as error:
        raise error.named(data.name) from None
    rows = tuple(zip(*map(_cells, grid.columns), strict=True))
    table = LinedTable(grid.header, rows, tuple(grid.lines.tolist()))
    if _is_changed(study):
        table = table.corrected("cohort", study.corrections, study.lines_out)
        (folder / COHORT).write_text(csv_text(table.header, table.rows), encoding="utf-8")
        return COHORT, table, (), ()
    name = "cohort.xlsx" if is_workbook(content) else COHORT
    (folder / name).write_bytes(content)
    return name, table, (), ()


def _refused(study: Study, text: str, variables: Mapping[str, Variable], error: PlacedError) -> CheckedCohort:
    """Return the faults of a file of which no cohort can be made yet, with its rows."""
    header: tuple[str, ...] = ()
    rows: Mapping[int, Mapping[str, str]] = {}
    problems = tuple(replace(one, line=0) if one.code in OF_MAPPING else one for one in error.places)
    if any(one.line > 1 for one in problems):
        mapping = _mapping(replace(study, corrections=()), text, variables)
        redcap = study.file("redcap") is not None
        sheet = (
            read_sheet(data_of(study))
            if redcap
            else read_export_sheet(data_of(study), mapping.settings.file, mapping.options)
        )
        header = sheet.header
        rows = LinedTable(sheet.header, sheet.rows, sheet.lines).at({one.line for one in problems}, {})
    return CheckedCohort(problems, "file", _faulty_first(header, problems), rows)


def done_to(one: Correction) -> str:
    """Say what was done to a cell or a line."""
    return "corrected" if one.value else "left blank" if one.column else "the line was left out"


def corrections_csv(study: Study) -> str:
    """Write what was put right as a table, for the log of a run."""
    return csv_text(
        ("line", "table", "column", "what", "value"),
        [
            *((str(one.line), one.table, one.column, done_to(one), one.value) for one in study.corrections),
            *((str(line), "file", "", "no patient: the line was left out", "") for line in study.lines_out),
        ],
    )  # fmt: skip
