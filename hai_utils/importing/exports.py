"""A file of any kind as an export: its tables found for a plan, or read as a mapping says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import UnreadableError
from hai_utils.cohort.tables import (
    DEFAULT_OPTIONS,
    DELIMITERS,
    Encoding,
    RawTable,
    TableOptions,
    read_source,
    read_table,
    refuse_damaged,
    sheets_with_cells,
)
from hai_utils.errors import nearest
from hai_utils.importing.foreign import FOREIGN, foreign_tables
from hai_utils.importing.language import ALL_SHEETS, FileOptions
from hai_utils.importing.layout import Layout, find_table, one_below_the_other
from hai_utils.importing.plan import Answer, ImportPlan, Questions
from hai_utils.importing.planning import plan_table
from hai_utils.importing.shaping import without_lines
from hai_utils.importing.sheets import Raw, Sheet, fault

# The encoding of a table that is no UTF-8: what Windows writes in western Europe and America.
OLD_ENCODING: Encoding = "windows-1252"


def raw_tables(path: Path, options: TableOptions = DEFAULT_OPTIONS) -> list[Raw]:
    """Return the tables of a file: one for each sheet with cells, or the one that the options name.

    Raises
    ------
    DataError
        Where the file cannot be read.
    """
    try:
        source = read_source(path)
        if path.suffix.lower() in FOREIGN:
            return _chosen(foreign_tables(source.content, path), options.sheet, source.name)
        names = (
            [options.sheet]
            if options.sheet and options.sheet != ALL_SHEETS
            else list(sheets_with_cells(source.content)) or [""]
        )
        return [_raw(source.content, replace(options, sheet=name)) for name in names]
    except UnreadableError as error:
        raise error.named(path.name or str(path)) from None


def _chosen(tables: list[Raw], wanted: str, file_name: str) -> list[Raw]:
    if not wanted or wanted == ALL_SHEETS:
        return tables
    named = [one for place, one in enumerate(tables, start=1) if wanted in (one.name, str(place))]
    if not named:
        raise fault(file_name, 0, f"the file has no sheet '{wanted}'.{nearest(wanted, [one.name for one in tables])}")
    return named


def _raw(content: bytes, options: TableOptions) -> Raw:
    """Read one sheet; a text that is no UTF-8 is read as Windows writes it, and the mapping says so."""
    said: dict[str, Any] = {}
    table = _split(content, options, said)
    try:
        refuse_damaged(table)
    except UnreadableError as error:
        if options.encoding or {one.code for one in error.problems} != {"encoding"}:
            raise
        table, said["encoding"] = _split(content, replace(options, encoding=OLD_ENCODING), said), OLD_ENCODING
    notes = [f"The file is no UTF-8; it was read as {OLD_ENCODING}."] if said.get("encoding") else []
    return Raw.of(table, table.sheet or options.sheet, notes, said)


def _split(content: bytes, options: TableOptions, said: dict[str, Any]) -> RawTable:
    """Read a table; where two delimiters fit, take the one under which the table is widest."""
    try:
        return read_table(content, options)
    except UnreadableError as error:
        if options.delimiter or {one.code for one in error.problems} != {"delimiter"}:
            raise
    tried = {}
    for sign in DELIMITERS:
        try:
            tried[sign] = read_table(content, replace(options, delimiter=sign))
        except UnreadableError:
            continue
    widest = max(tried, key=lambda sign: int(tried[sign].given.max()))
    said["delimiter"] = "tab" if widest == "\t" else widest
    return tried[widest]


def read_export_sheet(path: Path, file: FileOptions, options: TableOptions) -> Sheet:
    """Read an export as its mapping says.

    Raises
    ------
    DataError
        Naming line and column of every fault, never a cell's content.
    """
    raws = raw_tables(path, options)
    if len(raws) > 1 and file.sheet != ALL_SHEETS:
        raise fault(
            path.name, 0, f"the workbook has {len(raws)} sheets with cells. Name one in the mapping (file: sheet)."
        )
    sheets = []
    for raw in raws:
        header = file.header_line
        if file.sheet == ALL_SHEETS:
            layout = find_table(raw.rows)
            if layout is None:
                continue
            header = layout.header
        sheets.append((raw.name, raw.sheet(path.name, header)[0]))
    return sheets[0][1] if len(sheets) == 1 else one_below_the_other(sheets)


def plan_file(
    path: Path, variables: Mapping[str, Variable], *, sheet: str = "", meanings: Mapping[str, str] | None = None
) -> ImportPlan:
    """Make the plan of a file.

    Parameters
    ----------
    sheet : str
        Name or number of a workbook's sheet; empty: the only one with a table, or a question.
    meanings : mapping of str to str, optional
        What a person says of columns; see `plan_table`.

    Raises
    ------
    DataError
        Where the file cannot be read, or holds no table.
    """
    raws = raw_tables(path, TableOptions(sheet=sheet))
    found = [(raw, layout) for raw in raws if (layout := find_table(raw.rows)) is not None]
    if not found:
        raise fault(
            path.name,
            1,
            "no row looks like the names of columns. Put their names above the patients.",
            code="no_header",
        )
    questions = Questions()
    raw, layout = (
        max(found, key=lambda one: len(one[0].rows) * max(len(cells) for cells, _ in one[0].rows))
        if len(found) > 1
        else found[0]
    )
    said: dict[str, Any] = dict(raw.said)
    if len(raws) > 1:
        said["sheet"] = _ask_sheet(found, raw, path, questions) if len(found) > 1 else raw.name
    elif sheet:
        said["sheet"] = sheet
    table, groups = raw.sheet(path.name, layout.header)
    if said.get("sheet", "").startswith("$") and _alike(found):
        table, groups = one_below_the_other([(one.name, _patients(one, where, path.name)) for one, where in found]), ()
    else:
        table = without_lines(table, layout.left_out)
    if layout.header != (1,):
        said["header_line"] = [str(line) for line in layout.header] if len(layout.header) > 1 else str(layout.header[0])
    settings: dict[str, Any] = {"file": said} if said else {}
    if layout.left_out:
        settings["rows"] = {"leave_out": [str(line) for line in layout.left_out]}
    others = [one.name for one in raws if one is not raw and one not in [each for each, _ in found]]
    notes = [f"Sheets without a table were passed over: {len(others)}."] if others else []
    table = replace(table, notes=(*table.notes, *layout.notes, *notes))
    return plan_table(
        table, variables, groups=groups, settings=settings, questions=questions, titles=raw.titles, meanings=meanings
    )


def _patients(raw: Raw, layout: Layout, file_name: str) -> Sheet:
    return without_lines(raw.sheet(file_name, layout.header)[0], layout.left_out)


def _alike(found: list[tuple[Raw, Layout]]) -> bool:
    """Say whether all tables have one header."""
    heads = [
        {cell for cells, line in raw.rows if line == layout.header[-1] for cell in cells if cell}
        for raw, layout in found
    ]
    return all(head == heads[0] for head in heads)


def _ask_sheet(found: list[tuple[Raw, Layout]], chosen: Raw, path: Path, questions: Questions) -> str:
    """Ask which sheet holds the patients; several with one header may be put below each other."""
    names = [raw.name for raw, _ in found]
    if _alike(found):
        options = [Answer(ALL_SHEETS, "the patients of all, one sheet below the other"), *map(Answer, names)]
        return questions.ask(
            "sheet", f"{len(names)} sheets have the same columns. Which hold the patients?", "", [], options
        )
    others = ", ".join(f"'{name}'" for name in names if name != chosen.name)
    text = f"Is '{chosen.name}' the sheet of the patients?"
    hint = f"(For another, {others}: hai import {path.name} --guess --sheet NAME.)"
    return questions.ask("sheet", text, "", [], [Answer(chosen.name)], hint=hint)
