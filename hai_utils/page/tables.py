"""What the steps do with the files of a study, each a function that runs in a child: found, made, checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
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
from hai_utils.cohort.schema import IDENTIFIER
from hai_utils.cohort.tables import Cells, clean, is_workbook, sheets_with_cells
from hai_utils.importing.exports import plan_file, read_export_sheet
from hai_utils.importing.files import import_file, import_redcap_file, plan_redcap_file
from hai_utils.importing.foreign import FOREIGN
from hai_utils.importing.language import MISSING, changed
from hai_utils.importing.mapping import ColumnMapping, parse_mapping, read_mapping
from hai_utils.importing.plan import ImportPlan
from hai_utils.importing.sheets import csv_text, read_sheet
from hai_utils.importing.views import FIRST
from hai_utils.page.studies import Correction, Study
from hai_utils.response.conflicts import progression_conflicts

# Rows with faults that the page shows at a time.
SHOWN_ROWS = 60
COHORT, CORRECTIONS, MAPPING = "cohort.csv", "corrections.csv", "mapping.yml"
# Kinds of faults whose line is one of the mapping.
OF_MAPPING = frozenset({"mapping", "source", "guarded", "line"})


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

    def corrected(self, corrections: Collection[Correction], lines_out: Collection[int]) -> LinedTable:
        """Return it with cells put right and lines left out."""
        values = {(one.line, one.column): one.value for one in corrections if one.table == "cohort"}
        kept = [
            (tuple(values.get((line, name), cell) for name, cell in zip(self.header, row, strict=True)), line)
            for row, line in zip(self.rows, self.lines, strict=True)
            if line not in lines_out
        ]
        return LinedTable(self.header, tuple(row for row, _ in kept), tuple(line for _, line in kept))

    def at(self, lines: Collection[int], variables: Mapping[str, Variable]) -> dict[int, dict[str, str]]:
        """Return the cells of some lines as the page may show them."""
        found = [(line, row) for line, row in zip(self.lines, self.rows, strict=True) if line in lines][:SHOWN_ROWS]
        return {
            line: {name: shown(name, cell, variables) for name, cell in zip(self.header, row, strict=True)}
            for line, row in found
        }


@dataclass(frozen=True, slots=True)
class CheckedCohort:
    """The cohort that was made, and all that is wrong with it, by the lines of the file that was brought.

    Attributes
    ----------
    table : {'file', 'cohort'}
        Whether the faults are of the file, of which no cohort could be made yet, or of the cohort.
    header : tuple of str
        The columns of the table.
    rows : mapping
        For the lines with faults, the cells by column.
    made : str
        Name of the cohort's file; empty where a fault stops it.
    patients : int
        Rows of the cohort.
    log : tuple of str
        What became of each column.
    """

    problems: tuple[Problem, ...]
    table: Literal["file", "cohort"]
    header: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]
    made: str = ""
    patients: int = 0
    log: tuple[str, ...] = ()


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
    (folder / CORRECTIONS).write_text(corrections_csv(study), encoding="utf-8")
    name = f"{made}/{name}"
    report = check_file(study.folder / name, variables, replace(study, made=name).scans, progression_conflicts)
    problems = [
        replace(one, line=table.lines[one.line - 2])
        if one.line > 1 and not one.column.startswith("scans") and one.line - 2 < len(table.lines)
        else one
        for one in report.problems
    ]
    every = tuple(worst_first([*remarks, *problems]))
    rows = table.at({one.line for one in every if not one.column.startswith("scans")}, variables)
    return CheckedCohort(
        every, "cohort", _faulty_first(table.header, every), rows, name if report.passed else "", len(table.lines), log
    )


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
    table = LinedTable(tuple(columns), rows, result.cohort.lines).corrected(study.corrections, ())
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
    if study.corrections or study.lines_out:
        table = table.corrected(study.corrections, study.lines_out)
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


def corrections_csv(study: Study) -> str:
    """Write what was put right as a table, for the log of a run."""
    return csv_text(
        ("line", "table", "column", "what", "value"),
        [
            *((str(one.line), one.table, one.column, "corrected" if one.value else "left blank", one.value) for one in study.corrections),
            *((str(line), "file", "", "no patient: the line was left out", "") for line in study.lines_out),
        ],
    )  # fmt: skip
