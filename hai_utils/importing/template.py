"""Empty forms for a cohort: a CSV, a workbook with drop-downs and notes, a REDCap project, and a worked example.

All of them are made from the cohort dictionary, so that they cannot differ from what is checked. The example's rows
are made up and say so in their column ``site``, which travels with every copy.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.cohort.dictionary import Variable, standard_dictionary
from hai_utils.cohort.model import SYNTHETIC_SITE
from hai_utils.cohort.scans import SCAN_COLUMNS, SCAN_VARIABLES
from hai_utils.errors import DataError
from hai_utils.importing.data_dictionary import DICTIONARY_HEADER
from hai_utils.importing.redcap import SCAN_FIELDS
from hai_utils.importing.sheets import csv_text, fault
from hai_utils.importing.units import convert

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation
    from openpyxl.worksheet.worksheet import Worksheet

TEMPLATE_ROWS = 500
FORM = "cohort"
SCAN_FORM = "lesion_scans"
# A spreadsheet's file carries a date; a fixed one keeps the bytes the same.
_STAMP = datetime(2000, 1, 1)
# Limits of a spreadsheet's drop-down list, in signs, and of a column's width.
_LIST_LIMIT = 255
_WIDTH = 16
# REDCap shows longer lists better as a drop-down.
_RADIO_CHOICES = 4


def write_template(folder: Path) -> list[Path]:
    """Write the empty forms and the worked example into a folder, which is made where it does not exist.

    Returns
    -------
    list of Path
        The files, in the order in which a user would open them.

    Raises
    ------
    DataError
        Where one of the files exists already, or the folder cannot be written to; nothing is written then.
    """
    contents = template_files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fault(folder.name, 0, f"the folder cannot be made ({error.strerror}).") from None
    taken = [name for name in contents if (folder / name).exists()]
    if taken:
        raise DataError(
            [f"{name}: the file exists already and was left as it is. Choose an empty folder." for name in taken]
        )
    paths = []
    for name, content in contents.items():
        path = folder / name
        try:
            path.write_bytes(content)
        except OSError as error:
            raise fault(name, 0, f"the file cannot be written ({error.strerror}).") from None
        paths.append(path)
    return paths


def template_files() -> dict[str, bytes]:
    """Return the files of the template by name."""
    variables = standard_dictionary()
    texts = {
        "cohort.csv": csv_text(tuple(variables), []),
        "redcap_data_dictionary.csv": redcap_dictionary(variables),
        "lesion_scans.csv": csv_text(SCAN_COLUMNS, []),
        "example_cohort.csv": csv_text(tuple(variables), example_rows(variables)),
        "example_lesion_scans.csv": csv_text(SCAN_COLUMNS, EXAMPLE_SCANS),
    }
    files = {name: text.encode() for name, text in texts.items()}
    return {"cohort.csv": files.pop("cohort.csv"), "cohort.xlsx": workbook(variables), **files}


def note(variable: Variable) -> str:
    """Say in a few lines what a column holds: for a cell's note and for REDCap."""
    lines = [variable.description or variable.plain_label]
    if variable.unit and variable.kind in {"number", "integer"} and variable.unit != "year":
        lines.append(f"Unit: {variable.unit}")
    if variable.levels:
        lines.append("One of: " + ", ".join(_named(variable)))
    elif variable.allowed:
        lines.append(f"Allowed: {variable.allowed}")
    if variable.needed_for:
        lines.append(f"Needed for: {variable.needed_for}" if variable.needed_for != "always" else "Needed always")
    lines.append(
        "Leave the cell blank where it is not known." if variable.name != "patient_id" else "One row a patient."
    )
    return "\n".join(lines)


def _named(variable: Variable) -> list[str]:
    """Write each level, with its label where that says more."""
    return [
        level if variable.label_of(level).lower() == level.lower() else f"{level} ({variable.label_of(level)})"
        for level in variable.levels
    ]


def redcap_dictionary(variables: Mapping[str, Variable]) -> str:
    """Write a REDCap data dictionary: one form with the columns of the cohort, one for repeated scans of lesions.

    The codes of a choice are the levels themselves, so that a raw export is a cohort already. The form
    ``lesion_scans`` is enabled as a repeating instrument where it is wanted; it may stay unused.
    """
    rows = [_redcap_row(variable, variable.name, FORM) for variable in variables.values()]
    rows += [_redcap_row(SCAN_VARIABLES[name], field, SCAN_FORM) for name, field in SCAN_FIELDS.items()]
    return csv_text(DICTIONARY_HEADER, rows)


def _redcap_row(variable: Variable, name: str, form: str) -> list[str]:
    choices = " | ".join(f"{level}, {variable.label_of(level)}" for level in variable.levels)
    kind = "text" if not choices else "radio" if len(variable.levels) <= _RADIO_CHOICES else "dropdown"
    validation = {"number": "number", "integer": "integer"}.get(variable.kind, "") if not choices else ""
    low, high = (_limit(bound) for bound in (variable.bounds.low, variable.bounds.high))
    cells = {
        "Variable / Field Name": name,
        "Form Name": form,
        "Field Type": kind,
        "Field Label": variable.label,
        "Choices, Calculations, OR Slider Labels": choices,
        "Field Note": _field_note(variable),
        "Text Validation Type OR Show Slider Number": validation,
        "Text Validation Min": low if validation else "",
        "Text Validation Max": high if validation else "",
    }
    return [cells.get(column, "") for column in DICTIONARY_HEADER]


def _field_note(variable: Variable) -> str:
    """Write the note of a REDCap field on one line; its choices stand beside it already."""
    allowed = f"Allowed: {variable.allowed}" if variable.allowed and not variable.levels else ""
    return ". ".join(part for part in (variable.description, allowed) if part)


def _limit(bound: float | None) -> str:
    return "" if bound is None else f"{bound:g}"


def workbook(variables: Mapping[str, Variable]) -> bytes:
    """Write an XLSX file to fill in.

    Each header has a note that describes its column. A column with closed levels has a drop-down list, a number its
    limits; text columns are formatted as text, or a spreadsheet program would turn ``3-2`` into a date.
    """
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    if sheet is None:  # a new workbook has one sheet; its type allows none
        sheet = book.create_sheet()
    sheet.title = "cohort"
    sheet.freeze_panes = "B2"
    for position, variable in enumerate(variables.values(), start=1):
        _fill_column(sheet, position, variable)
    book.properties.creator = "hai_utils"
    book.properties.created = book.properties.modified = _STAMP
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill_column(sheet: Worksheet, position: int, variable: Variable) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(position)
    header = sheet.cell(row=1, column=position, value=variable.name)
    header.font = Font(bold=True)
    comment = Comment(f"{variable.label}\n{note(variable)}", "hai_utils")
    comment.width, comment.height = 320, 160
    header.comment = comment
    sheet.column_dimensions[letter].width = max(_WIDTH, len(variable.name) + 2)
    if variable.kind in {"category", "string"}:
        # The column's own format: a format of blank cells would make rows of them.
        sheet.column_dimensions[letter].number_format = "@"
    rule = _validation(variable)
    if rule is not None:
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{TEMPLATE_ROWS + 1}")


def _validation(variable: Variable) -> DataValidation | None:
    """Return what a spreadsheet program lets into a column; None where it cannot be said."""
    from openpyxl.worksheet.datavalidation import DataValidation

    listed = ",".join(variable.levels)
    if variable.levels and len(listed) <= _LIST_LIMIT:
        rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
    elif variable.kind in {"number", "integer"} and variable.bounds.low is not None:
        low, high, kind = (
            variable.bounds.low,
            variable.bounds.high,
            "whole" if variable.kind == "integer" else "decimal",
        )
        limits = (
            {"operator": "between", "formula2": _limit(high)}
            if high is not None
            else {"operator": "greaterThanOrEqual"}
        )
        rule = DataValidation(type=kind, formula1=_limit(low), allow_blank=True, **limits)  # type: ignore[arg-type]
    else:
        return None
    rule.errorTitle = variable.plain_label[:30]
    rule.error = note(variable).replace("\n", ". ")[:220]
    rule.showErrorMessage = True
    return rule


def example_rows(variables: Mapping[str, Variable]) -> list[list[str]]:
    """Return the worked example's rows for the columns of a dictionary; a column without an example stays blank."""
    patients = range(len(EXAMPLE_PATIENTS))
    return [[_example(name, patient) for name in variables] for patient in patients]


def _example(column: str, patient: int) -> str:
    if column == "patient_id":
        return EXAMPLE_PATIENTS[patient]
    if column == "site":
        return SYNTHETIC_SITE
    if column in EXAMPLE_DAYS:
        days = EXAMPLE_DAYS[column][patient]
        return "" if days is None else convert(Decimal(days), "days", "months")
    return EXAMPLE_CELLS[column].split(",")[patient] if column in EXAMPLE_CELLS else ""


EXAMPLE_PATIENTS = ("EXAMPLE-1", "EXAMPLE-2", "EXAMPLE-3", "EXAMPLE-4")
EXAMPLE_CELLS: Mapping[str, str] = {
    "age_years": "61,54,72,47",
    "sex": "female,male,male,female",
    "race": "White,White,Black,",
    "bmi_kg_m2": "24.8,31.2,27.0,22.4",
    "synchronous_metastases": "yes,yes,no,yes",
    "kras": "mutant,wild_type,wild_type,mutant",
    "nras": "wild_type,wild_type,wild_type,wild_type",
    "braf": "wild_type,wild_type,wild_type,",
    "kras_codon": "G12D,,,codon 13",
    "primary_site": "left_colon,rectum,right_colon,rectum",
    "primary_resection": "prior,synchronous,prior,none",
    "pump_year": "2021,2021,2022,2022",
    "operative_minutes": "245,310,198,267",
    "length_of_stay_days": "6,8,5,7",
    "n_liver_lesions": "7,12,4,9",
    "extrahepatic_disease": "no,no,yes,no",
    "prior_regimens": "1,1,2,0",
    "prior_chemo_cycles": "8,6,14,0",
    "first_line": "FOLFOX,FOLFIRI,FOLFOX,",
    "second_line": ",,FOLFIRI,",
    "hai_cycles": "6,5,4,1",
    "hai_discontinued": "no,no,no,yes",
    "lesion1_baseline_long_mm": "52,44,38,61",
    "lesion1_baseline_perp_mm": "40,31,30,47",
    "lesion2_baseline_long_mm": "27,,22,35",
    "lesion2_baseline_perp_mm": "19,,18,28",
    "lesion1_best_long_mm": "20,0,36,",
    "lesion1_best_perp_mm": "14,0,29,",
    "lesion2_best_long_mm": "11,,24,",
    "lesion2_best_perp_mm": "8,,18,",
    "converted_to_resection": "yes,no,no,no",
    "clavien_dindo": "0,II,0,IIIa",
    "pump_complication": "none,none,biliary_stricture,arterial",
    "os_event": "0,0,1,1",
    "pfs_event": "1,0,1,1",
    "hepatic_pfs_event": "1,0,1,1",
}
# Days since pump placement, None where it did not happen; the cohort holds months.
EXAMPLE_DAYS: Mapping[str, tuple[int | None, ...]] = {
    "converted_months": (195, None, None, None),
    "response_months": (90, 84, None, None),
    "os_months": (913, 761, 502, 88),
    "pfs_months": (640, 761, 187, 88),
    "hepatic_pfs_months": (798, 761, 250, 88),
}
# The scans behind the lesion columns of the example: patient, day, lesion, longest diameter, perpendicular, kind.
EXAMPLE_SCANS: Sequence[Sequence[str]] = tuple(
    row.split(",")
    for row in (
        "EXAMPLE-1,-14,1,52,40,target",
        "EXAMPLE-1,-14,2,27,19,target",
        "EXAMPLE-1,90,1,30,22,target",
        "EXAMPLE-1,90,2,16,12,target",
        "EXAMPLE-1,181,1,20,14,target",
        "EXAMPLE-1,181,2,11,8,target",
        "EXAMPLE-1,272,1,24,17,target",
        "EXAMPLE-1,272,2,12,9,target",
        "EXAMPLE-2,-21,1,44,31,target",
        "EXAMPLE-2,84,1,18,12,target",
        "EXAMPLE-2,175,1,0,0,target",
        "EXAMPLE-3,-10,1,38,30,target",
        "EXAMPLE-3,-10,2,22,18,target",
        "EXAMPLE-3,88,1,36,29,target",
        "EXAMPLE-3,88,2,24,18,target",
        "EXAMPLE-3,187,1,41,31,target",
        "EXAMPLE-3,187,2,25,19,target",
        "EXAMPLE-3,187,3,12,10,new",
        "EXAMPLE-4,-7,1,61,47,target",
        "EXAMPLE-4,-7,2,35,28,target",
    )
)
