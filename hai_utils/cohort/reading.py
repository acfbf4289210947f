"""From a cohort file to a validated cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hai_utils.catalogue.populations import POPULATIONS
from hai_utils.cohort.cells import LOOSE_NUMBER
from hai_utils.cohort.checking import check_grid
from hai_utils.cohort.columns import Column
from hai_utils.cohort.dictionary import Variable, read_dictionary, standard_dictionary
from hai_utils.cohort.grid import read_grid
from hai_utils.cohort.levels import printable
from hai_utils.cohort.model import Cohort, FlowStep, Mask
from hai_utils.cohort.problems import Problem, UnreadableError, errors_of, of_scans, refusal, worst_first
from hai_utils.cohort.scan_table import read_scan_table
from hai_utils.cohort.scans import LesionScan
from hai_utils.cohort.tables import Source, read_source
from hai_utils.errors import DataError, ParameterError, nearest
from hai_utils.parameters import Parameters
from hai_utils.results.keys import PUBLISHED, comparison, key_part

PUBLISHED_COHORT = Path("data/cohort.csv")
PUBLISHED_GROUPING = ("kras", "wild_type", ("braf=mutant",))


def load_cohort(parameters: Parameters, root: Path) -> Cohort:
    """Read, check and group the cohort that the parameters name.

    Parameters
    ----------
    parameters : Parameters
        `data`, `dictionary`, `scans`, `group_by`, `reference_group` and `exclude` are used.
    root : Path
        Folder that relative paths count from, the project's root.

    Returns
    -------
    Cohort
        What was read in another than the plain form, or looks doubtful, stands in its `warnings`.

    Raises
    ------
    DataError
        With every fault of the files, worst first, each with line and column.
    ParameterError
        Where grouping, reference or an exclusion does not fit the columns.
    """
    path = root / parameters.data
    files = _kept.get(_paths(parameters, root)) or _read_files(parameters, root)
    source, reading, scans, doubts = files.source, files.reading, files.scans, files.doubts
    faults = refusal(errors_of(reading.problems), path.name).problems
    faults += refusal(errors_of(doubts), Path(parameters.scans).name).problems
    if faults:
        raise DataError(faults)
    own = root / PUBLISHED_COHORT
    grouping = (parameters.group_by, parameters.reference_group, parameters.exclude)
    reconstruction = own.is_file() and _source(own).sha256 == source.sha256
    cohort = group_cohort(reading.table, reading.variables, parameters)
    return replace(
        cohort,
        sha256=source.sha256,
        reconstruction=reconstruction,
        published=reconstruction and grouping == PUBLISHED_GROUPING and scans is None,
        warnings=(*source.problems, *reading.problems, *of_scans(doubts)),
        scans=scans,
    )


@dataclass(frozen=True, slots=True)
class _Files:
    source: Source
    reading: Reading
    scans: tuple[LesionScan, ...] | None
    doubts: tuple[Problem, ...]


# By the paths of cohort, dictionary and scans. Filled by `keep_files` alone.
_kept: dict[tuple[str, ...], _Files] = {}


def keep_files(parameters: Parameters, root: Path) -> None:
    """Read the files of a cohort now: neither this process nor those forked from it read them again."""
    _kept[_paths(parameters, root)] = _read_files(parameters, root)


def _paths(parameters: Parameters, root: Path) -> tuple[str, ...]:
    named = (parameters.data, parameters.dictionary, parameters.scans)
    return tuple(str(root / name) if name else "" for name in named)


def _read_files(parameters: Parameters, root: Path) -> _Files:
    dictionary = full_dictionary(root / parameters.dictionary if parameters.dictionary else None)
    source = _source(root / parameters.data)
    reading = read_cohort(source.content, dictionary)
    scans, doubts = _scans(root / parameters.scans, reading) if parameters.scans else (None, ())
    return _Files(source, reading, scans, doubts)


def _scans(path: Path, cohort: Reading) -> tuple[tuple[LesionScan, ...], tuple[Problem, ...]]:
    source = _source(path)
    found = read_scan_table(source.content, None if errors_of(cohort.problems) else cohort.table)
    return found.scans, tuple(worst_first([*source.problems, *found.problems]))


def full_dictionary(own: Path | None = None) -> dict[str, Variable]:
    """Return the standard dictionary, with a cohort's own columns behind it.

    Raises
    ------
    DataError
        Where the own dictionary has a fault.
    """
    return dict(standard_dictionary()) | (read_dictionary(own) if own is not None else {})


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes, or say in a sentence why they cannot be had.

    Raises
    ------
    DataError
        Where it is missing, a folder, no ordinary file, or larger than a cohort's file may be.
    """
    return _source(path).content


def _source(path: Path) -> Source:
    try:
        return read_source(path)
    except UnreadableError as error:
        raise error.named(str(path)) from None


@dataclass(frozen=True, eq=False)
class Reading:
    """What a cohort file holds, and everything that is wrong with it.

    Attributes
    ----------
    table : DataFrame
        Typed columns in the dictionary's order; to be used only where no problem is an error.
    variables : dict
        Description of each column.
    problems : tuple of Problem
        Errors and warnings, worst first.
    rows, columns : int
        Rows that were taken for patients, and columns of the file; 0 where it could not be read that far.
    """

    table: pd.DataFrame
    variables: dict[str, Variable]
    problems: tuple[Problem, ...]
    rows: int
    columns: int


def read_cohort(content: bytes, dictionary: Mapping[str, Variable]) -> Reading:
    """Read and check the bytes of a CSV or XLSX file; whatever is wrong is returned, not raised."""
    try:
        grid = read_grid(content, dictionary)
    except UnreadableError as error:
        return Reading(pd.DataFrame(), {}, tuple(worst_first(error.problems)), 0, 0)
    columns, problems = check_grid(grid, dictionary)
    chosen = []
    for name in dictionary:
        if name in columns:
            column, unlisted = printable(columns[name])
            chosen.append(column)
            problems += unlisted
    # Each column stays the array that it is: put together, all of them would be there twice for a while.
    cells = {column.name: column.numbers if column.is_number else column.texts for column in chosen}
    table = pd.DataFrame(cells, copy=False)
    variables = {column.name: replace(column.variable, decimals=_decimals(column)) for column in chosen}
    return Reading(table, variables, tuple(worst_first([*grid.problems, *problems])), len(grid.lines), len(grid.header))


def _refuse(problems: Sequence[Problem], file_name: str) -> None:
    faults = errors_of(problems)
    if faults:
        raise refusal(faults, file_name)


def _decimals(column: Column) -> int:
    """Count the decimals that a column was recorded with, at most 1 (months are recorded in days)."""
    if column.variable.kind == "number":
        return 1 if column.variable.unit == "months" or any("." in cell for cell in column.values) else 0
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
        raise ParameterError(
            f"Parameter 'group_by': the cohort has no column '{name}'.{nearest(name, list(variables))} {_choose(table, variables)}"
        )
    variable = variables[name]
    if variable.kind != "category":
        raise ParameterError(
            f"Parameter 'group_by': column '{name}' holds a {variable.kind}; only a category can group. {_choose(table, variables)}"
        )
    present = set(table[name].dropna())
    legal = variable.levels or tuple(sorted(present))
    if reference not in legal:
        raise ParameterError(
            f"Parameter 'reference_group': '{reference}' is no level of '{name}'.{nearest(reference, legal)} Levels: {', '.join(legal)}.{_unlisted(variable)} Choose one: --set reference_group=LEVEL."
        )
    _check_level_names(name, present | {reference}, reference)
    excluded = _excluded(table, variables, parameters.exclude)
    remaining = set(table.loc[~excluded, name].dropna())
    levels = tuple(level for level in legal if level in remaining or level == reference)
    cohort = Cohort(table, dict(variables), name, reference, levels, excluded)
    return replace(cohort, flow=_flow(cohort, parameters.exclude))


def _unlisted(variable: Variable) -> str:
    """Say how the own names of levels are told, where numbers stand for them."""
    if not any(level.startswith("unlisted_") for level in variable.level_labels or {}):
        return ""
    return " To name its levels, list them in a dictionary ('a | b' under 'allowed'; --dictionary)."


def categories(table: pd.DataFrame, variables: Mapping[str, Variable]) -> list[str]:
    """Return the columns that may form the groups."""
    return [name for name, variable in variables.items() if variable.kind == "category" and name in table]


def _choose(table: pd.DataFrame, variables: Mapping[str, Variable]) -> str:
    """Say how the groups are chosen, for a message."""
    found = categories(table, variables)
    if not found:
        return "No column of this cohort has categories; one is needed to form the groups."
    return (
        f"Choose one: --set group_by=COLUMN --set reference_group=LEVEL. Columns with categories: {', '.join(found)}."
    )


def _check_level_names(column: str, levels: set[str], reference: str) -> None:
    """Refuse levels whose keys mean something else: a group of the report, another level, or a comparison."""
    names: dict[str, str] = {}
    reserved = (*POPULATIONS, PUBLISHED, comparison("all", PUBLISHED))
    for level in sorted(levels):
        part = key_part(level)
        if part in reserved:
            raise ParameterError(
                f"Parameter 'group_by': level '{level}' of '{column}' has a reserved name ({', '.join(reserved)}). Rename it."
            )
        if part in names:
            raise ParameterError(
                f"Parameter 'group_by': levels '{names[part]}' and '{level}' of '{column}' both become '{part}' in a key. Rename one."
            )
        names[part] = level
    for level in sorted(levels - {reference}):
        part = key_part(comparison(level, reference))
        if part in names:
            raise ParameterError(
                f"Parameter 'group_by': level '{names[part]}' of '{column}' has the name of a comparison. Rename it."
            )


def _excluded(table: pd.DataFrame, variables: Mapping[str, Variable], rules: Sequence[str]) -> Mask:
    excluded = np.zeros(len(table), dtype=bool)
    for rule in rules:
        column, _, level = rule.partition("=")
        if column in table:
            excluded |= _rule_mask(table, variables[column], level)
            continue
        known = [*standard_dictionary(), *variables]
        if column not in known:
            raise ParameterError(
                f"Parameter 'exclude': no dictionary knows a column '{column}'.{nearest(column, known)}"
            )
    return excluded


def _rule_mask(table: pd.DataFrame, variable: Variable, level: str) -> Mask:
    """Return the rows that an exclusion means.

    Raises
    ------
    ParameterError
        Where the column cannot have the level.
    """
    if variable.levels and level not in variable.levels:
        raise ParameterError(
            f"Parameter 'exclude': '{level}' is no level of '{variable.name}'. Levels: {', '.join(variable.levels)}."
        )
    cells = table[variable.name]
    if variable.kind in {"number", "integer"}:
        if not LOOSE_NUMBER.fullmatch(level):
            raise ParameterError(f"Parameter 'exclude': column '{variable.name}' holds numbers, and '{level}' is none.")
        return (cells == float(level)).to_numpy(dtype=bool)
    return (cells == level).to_numpy(dtype=bool)


def _reason(variable: Variable, level: str) -> str:
    """Name an exclusion: by the level alone where that names its column, as in ``BRAF V600E``."""
    label = variable.label_of(level)
    first = variable.label.split(" ", 1)[0]
    return label if label.split(" ", 1)[0].split("-", 1)[0] == first else f"{variable.label}: {label}"


def _flow(cohort: Cohort, rules: Sequence[str]) -> tuple[FlowStep, ...]:
    steps = [FlowStep("all", "All patients", cohort.size)]
    taken = np.zeros(cohort.size, dtype=bool)
    for rule in rules:
        column, _, level = rule.partition("=")
        if column not in cohort.table:
            # A rule on a column that the file does not have leaves nobody out, and there is nothing to show.
            continue
        variable = cohort.variables[column]
        mask = _rule_mask(cohort.table, variable, level) & ~taken
        taken |= mask
        steps.append(FlowStep("excluded", _reason(variable, level), int(mask.sum())))
    blank = cohort.table[cohort.group_by].isna().to_numpy() & ~cohort.excluded
    if blank.any():
        steps.append(FlowStep("no_group", f"{cohort.group_variable.label} not recorded", int(blank.sum())))
    steps.append(FlowStep("analysed", "Analysed", int(cohort.members("analysed").sum())))
    steps += [FlowStep("group", cohort.group_label(level), int(cohort.members(level).sum())) for level in cohort.levels]
    return tuple(steps)
