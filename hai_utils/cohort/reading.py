"""From a cohort file to a validated cohort."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from hai_utils.cohort.checking import check_columns, check_headers, check_rows, parse_numbers
from hai_utils.cohort.dictionary import Variable, read_dictionary, standard_dictionary
from hai_utils.cohort.model import RESERVED_GROUPS, Cohort, FlowStep, Mask
from hai_utils.cohort.problems import Problem, errors_of
from hai_utils.errors import DataError, ParameterError, nearest
from hai_utils.keys import key_part
from hai_utils.parameters import Parameters

PUBLISHED_COHORT = Path("data/cohort.csv")
PUBLISHED_GROUPING = ("kras", "wild_type", ("braf=mutant",))


def load_cohort(parameters: Parameters, root: Path) -> Cohort:
    """Read, check and group the cohort that the parameters name.

    Parameters
    ----------
    parameters : Parameters
        `data`, `dictionary`, `group_by`, `reference_group` and `exclude` are used.
    root : Path
        Folder that relative paths count from, the project's root.

    Raises
    ------
    DataError
        With every fault of the file, each with line and column.
    ParameterError
        Where grouping, reference or an exclusion does not fit the columns.
    """
    path = root / parameters.data
    content = read_bytes(path)
    dictionary = dict(standard_dictionary())
    if parameters.dictionary:
        dictionary |= read_dictionary(root / parameters.dictionary)
    table, variables = parse_cohort(content, path.name, dictionary)
    sha256 = hashlib.sha256(content).hexdigest()
    own = root / PUBLISHED_COHORT
    grouping = (parameters.group_by, parameters.reference_group, parameters.exclude)
    published = grouping == PUBLISHED_GROUPING and own.is_file() and _sha256(own) == sha256
    return replace(group_cohort(table, variables, parameters), sha256=sha256, published=published)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, or say in a sentence why they cannot be had."""
    if path.is_dir():
        raise DataError([f"{path}: this is a folder; name the cohort file in it."])
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError([f"{path}: the cohort file cannot be read ({error.strerror})."]) from None


def parse_cohort(
    content: bytes, file_name: str, dictionary: Mapping[str, Variable]
) -> tuple[pd.DataFrame, dict[str, Variable]]:
    """Turn a CSV file's bytes into typed columns, or refuse it with every fault at once.

    Returns
    -------
    table : DataFrame
        Columns in the dictionary's order.
    variables : dict
        Description of each column, with the decimals that its values carry.
    """
    header, rows, lines = split_rows(content, file_name)
    problems: list[Problem] = check_headers(header, dictionary)
    _refuse(problems, file_name)
    cells = {name: [row[position].strip() for row in rows] for position, name in enumerate(header)}
    problems += check_columns(cells, lines, dictionary)
    _refuse(problems, file_name)
    table = _typed(cells, dictionary)
    problems += check_rows(table, lines)
    _refuse(problems, file_name)
    variables = {name: replace(dictionary[name], decimals=_decimals(dictionary[name], cells[name])) for name in table}
    return table, variables


def split_rows(content: bytes, file_name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Split a CSV file into header, rows and the line on which each row starts.

    Raises
    ------
    DataError
        Where the file is no UTF-8 CSV with a header and at least one row of the same width.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError([f"{file_name}, line {line}: not UTF-8 text. Save the file as 'CSV UTF-8'."]) from None
    if "\0" in text:
        raise DataError([f"{file_name}: the file has NUL characters and is no CSV text. Save it as 'CSV UTF-8'."])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError([f"{file_name}, line {start}: not valid CSV ({error}). Look for an unclosed quote."]) from None
    if len(rows) < 2:
        raise DataError([f"{file_name}: {'only a header' if rows else 'the file is empty'}; a cohort has a header and one row a patient."])
    header = [name.strip() for name in rows[0]]
    if len(header) == 1:
        raise DataError([f"{file_name}, line 1: one column only. Separate the columns by commas."])
    ragged = [
        f"{file_name}, line {line}: {len(row)} cells where the header has {len(header)}."
        for row, line in zip(rows[1:], lines[1:], strict=True)
        if len(row) != len(header)
    ]
    if ragged:
        raise DataError(ragged)
    return header, rows[1:], lines[1:]


def _refuse(problems: Sequence[Problem], file_name: str) -> None:
    faults = errors_of(problems)
    if faults:
        raise DataError([problem.sentence(file_name) for problem in sorted(faults, key=lambda p: (p.line, p.column))])


def _typed(cells: Mapping[str, list[str]], dictionary: Mapping[str, Variable]) -> pd.DataFrame:
    columns: dict[str, object] = {}
    for name in (name for name in dictionary if name in cells):
        if dictionary[name].kind in {"number", "integer"}:
            columns[name] = parse_numbers(cells[name])
        else:
            columns[name] = np.array([cell or None for cell in cells[name]], dtype=object)
    return pd.DataFrame(columns)


def _decimals(variable: Variable, cells: Sequence[str]) -> int:
    """Count the decimals that a column was recorded with, at most 1 (months are recorded in days)."""
    if variable.kind == "number":
        return 1 if variable.unit == "months" or any("." in cell for cell in cells) else 0
    return 0


def group_cohort(table: pd.DataFrame, variables: Mapping[str, Variable], parameters: Parameters) -> Cohort:
    """Put the rows into groups and apply the exclusions.

    A blank group puts a patient into no group; an exclusion on an absent or blank column excludes nobody.

    Raises
    ------
    ParameterError
        Where the grouping column or a level does not exist, or a level has a reserved name.
    """
    name, reference = parameters.group_by, parameters.reference_group
    if name not in table:
        raise ParameterError(f"Parameter 'group_by': the cohort has no column '{name}'.{nearest(name, list(table))} Columns: {', '.join(table)}.")
    variable = variables[name]
    if variable.kind != "category":
        raise ParameterError(f"Parameter 'group_by': column '{name}' holds a {variable.kind}; only a category can group.")
    present = set(table[name].dropna())
    legal = variable.levels or tuple(sorted(present))
    if reference not in legal:
        raise ParameterError(
            f"Parameter 'reference_group': '{reference}' is no level of '{name}'.{nearest(reference, legal)} Levels: {', '.join(legal)}."
        )
    _check_level_names(name, present | {reference})
    excluded = _excluded(table, variables, parameters.exclude)
    remaining = set(table.loc[~excluded, name].dropna())
    levels = tuple(level for level in legal if level in remaining or level == reference)
    cohort = Cohort(table, dict(variables), name, reference, levels, excluded)
    return replace(cohort, flow=_flow(cohort, parameters.exclude))


def _check_level_names(column: str, levels: set[str]) -> None:
    seen: dict[str, str] = {}
    for level in sorted(levels):
        part = key_part(level)
        if part in RESERVED_GROUPS:
            raise ParameterError(f"Parameter 'group_by': level '{level}' of '{column}' has a reserved name ({', '.join(RESERVED_GROUPS)}). Rename it.")
        if part in seen:
            raise ParameterError(f"Parameter 'group_by': levels '{seen[part]}' and '{level}' of '{column}' both become '{part}' in a key. Rename one.")
        seen[part] = level


def _excluded(table: pd.DataFrame, variables: Mapping[str, Variable], rules: Sequence[str]) -> Mask:
    excluded = np.zeros(len(table), dtype=bool)
    for rule in rules:
        column, _, level = rule.partition("=")
        if column not in table:
            known = [*standard_dictionary(), *variables]
            if column not in known:
                raise ParameterError(f"Parameter 'exclude': no dictionary knows a column '{column}'.{nearest(column, known)}")
            continue
        levels = variables[column].levels
        if levels and level not in levels:
            raise ParameterError(f"Parameter 'exclude': '{level}' is no level of '{column}'. Levels: {', '.join(levels)}.")
        excluded |= (table[column].astype(object).map(_as_level) == level).to_numpy(dtype=bool)
    return excluded


def _as_level(value: object) -> object:
    """Write a whole number as its level is written (1.0 as ``1``)."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else value


def _flow(cohort: Cohort, rules: Sequence[str]) -> tuple[FlowStep, ...]:
    steps = [FlowStep("all", "All patients", cohort.size)]
    taken = np.zeros(cohort.size, dtype=bool)
    for rule in rules:
        column, _, level = rule.partition("=")
        mask = np.zeros(cohort.size, dtype=bool)
        label = f"{column}: {level}"
        if column in cohort.table:
            mask = (cohort.table[column].astype(object).map(_as_level) == level).to_numpy(dtype=bool) & ~taken
            label = f"{cohort.variables[column].label}: {cohort.variables[column].label_of(level)}"
        taken |= mask
        steps.append(FlowStep("excluded", label, int(mask.sum())))
    blank = cohort.table[cohort.group_by].isna().to_numpy() & ~cohort.excluded
    if blank.any():
        steps.append(FlowStep("no_group", f"{cohort.group_variable.label} not recorded", int(blank.sum())))
    steps.append(FlowStep("analysed", "Analysed", int(cohort.members("analysed").sum())))
    steps += [FlowStep("group", cohort.group_label(level), int(cohort.members(level).sum())) for level in cohort.levels]
    return tuple(steps)
