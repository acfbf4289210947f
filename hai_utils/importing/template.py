"""Empty forms for a cohort: a CSV, a workbook with drop-downs and notes, a REDCap project, and a worked example.

All of them are made from the cohort dictionary, so that they cannot differ from what is checked. The example's rows
are made up and say so in their column ``site``, which travels with every copy.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.cohort.dictionary import Variable, standard_dictionary
from hai_utils.cohort.scans import SCAN_COLUMNS, SCAN_VARIABLES
from hai_utils.importing.data_dictionary import DICTIONARY_HEADER
from hai_utils.importing.redcap import SCAN_FIELDS
from hai_utils.importing.sheets import write_all
from hai_utils.package_data import packaged_rows, packaged_text
from hai_utils.untrusted import csv_text

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
    return write_all(folder, template_files())


def template_files() -> dict[str, bytes]:
    """Return the files of the template by name."""
    variables = standard_dictionary()
    # A column that is new in the dictionary has no example yet, and is blank.
    example = [[row.get(name, "") for name in variables] for row in packaged_rows("importing/example_cohort.csv")]
    texts = {
        "cohort.csv": csv_text(tuple(variables), []),
        "redcap_data_dictionary.csv": redcap_dictionary(variables),
        "lesion_scans.csv": csv_text(SCAN_COLUMNS, []),
        "example_cohort.csv": csv_text(tuple(variables), example),
        "example_lesion_scans.csv": packaged_text("importing/example_lesion_scans.csv"),
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
