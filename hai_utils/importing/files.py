"""Exports on disk made into the files of a cohort: the only place where the parts of an import meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem
from hai_utils.cohort.reading import read_cohort
from hai_utils.cohort.scans import LesionScan
from hai_utils.cohort.tables import DEFAULT_OPTIONS
from hai_utils.importing.applying import Imported, apply_mapping
from hai_utils.importing.data_dictionary import parse_dictionary
from hai_utils.importing.exports import read_export_sheet
from hai_utils.importing.lesion_columns import join_scans
from hai_utils.importing.lesions import scans_csv
from hai_utils.importing.mapping import ColumnMapping
from hai_utils.importing.plan import ImportPlan
from hai_utils.importing.redcap import import_redcap
from hai_utils.importing.redcap_plan import plan_redcap
from hai_utils.importing.sheets import read_sheet

SCANS_FILE = "lesion_scans.csv"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import gives.

    Attributes
    ----------
    cohort : Imported
        The cohort and the log.
    problems : tuple of Problem
        What the check of a cohort says of it, each with the line of the export; an error stops a build.
    scans : tuple of LesionScan
        The scans of lesions, by study number.
    """

    cohort: Imported
    problems: tuple[Problem, ...]
    scans: tuple[LesionScan, ...] = ()

    @property
    def files(self) -> dict[str, str]:
        """The files to write, by name: the cohort, the log, and where there are scans, these."""
        files = {"cohort.csv": self.cohort.csv_text, "import_log.txt": self.cohort.log_text}
        if self.scans:
            files[SCANS_FILE] = scans_csv(self.scans)
        return files


def check_at_source(made: Imported, variables: Mapping[str, Variable]) -> tuple[Problem, ...]:
    """Check a cohort that was made, and name the lines of the export in place of its own."""
    found = read_cohort(made.csv_text.encode(), variables).problems
    at_source = (replace(one, line=made.lines[one.line - 2]) if one.line > 1 else one for one in found)
    return (*made.remarks, *at_source)


def import_file(
    export: Path,
    mapping: ColumnMapping,
    variables: Mapping[str, Variable],
    *,
    scans: Path | None = None,
) -> ImportResult:
    """Import a spreadsheet or CSV by a mapping file, with a long table of lesion scans where there is one.

    Raises
    ------
    DataError
        Where a file cannot be read, or a cell is not covered by the mapping.
    """
    sheet = read_export_sheet(export, mapping.settings.file, mapping.options)
    made = apply_mapping(sheet, mapping, variables)
    if scans is None:
        return ImportResult(made, check_at_source(made, variables))
    made, found = join_scans(made, sheet, mapping, read_sheet(scans))
    return ImportResult(made, check_at_source(made, variables), found)


def import_redcap_file(
    export: Path,
    dictionary: Path,
    variables: Mapping[str, Variable],
    *,
    mapping: ColumnMapping | None = None,
    scans: Path | None = None,
) -> ImportResult:
    """Import a REDCap export by its data dictionary; see `import_redcap`.

    Raises
    ------
    DataError
        Where a file cannot be read, or a cell does not fit its field.
    """
    sheet = read_sheet(export, mapping.options if mapping is not None else DEFAULT_OPTIONS)
    fields = parse_dictionary(read_sheet(dictionary))
    table = read_sheet(scans) if scans is not None else None
    done = import_redcap(sheet, fields, variables, mapping=mapping, scans=table)
    return ImportResult(done.cohort, check_at_source(done.cohort, variables), done.scans)


def plan_redcap_file(
    export: Path, dictionary: Path, variables: Mapping[str, Variable], *, meanings: Mapping[str, str] | None = None
) -> ImportPlan:
    """Make the plan of a REDCap export by its data dictionary; see `plan_redcap`.

    Raises
    ------
    DataError
        Where a file cannot be read, or the two do not belong together.
    """
    return plan_redcap(read_sheet(export), parse_dictionary(read_sheet(dictionary)), variables, meanings=meanings)
