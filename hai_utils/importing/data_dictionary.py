"""A REDCap data dictionary: the fields of a project, their choices, and which of them identify a person.

The layout is REDCap's own, 18 columns in a fixed order, as the project set-up page downloads and uploads it. An export
by the API names the same columns otherwise (``field_name`` ...); they are told by their order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from hai_utils.cohort.problems import Problem
from hai_utils.importing.sheets import Sheet, refuse
from hai_utils.importing.values import DATE_ORDERS, DateOrder

DICTIONARY_HEADER = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
FIELD_TYPES = frozenset(
    {
        "text", "notes", "calc", "dropdown", "radio", "checkbox", "yesno", "truefalse", "file", "slider",
        "descriptive", "sql", "signature",
    }
)  # fmt: skip
CHOICE_TYPES = frozenset({"dropdown", "radio", "yesno", "truefalse"})
FIXED_CHOICES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "yesno": (("1", "Yes"), ("0", "No")),
    "truefalse": (("1", "True"), ("0", "False")),
}
# What REDCap lets into these is a person's, or text of any kind.
PERSONAL_VALIDATIONS = frozenset(
    {"email", "phone", "phone_australia", "phone_uk", "ssn", "mrn_10d", "mrn_generic", "zipcode", "postalcode_australia", "postalcode_canada", "postalcode_french", "postalcode_germany", "postalcode_uk", "vmrn"}
)  # fmt: skip
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a project.

    Attributes
    ----------
    name, form, kind, label, validation : str
        As in the dictionary; the label without HTML tags.
    choices : tuple of (code, label)
        Of a field with closed answers and of a checkbox; empty otherwise.
    is_identifier : bool
        Whether the project marks it as an identifier.
    fault : str
        Why its choices cannot be read; the field cannot be used then, and hinders no other.
    """

    name: str
    form: str
    kind: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    validation: str = ""
    is_identifier: bool = False
    fault: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the field takes numbers alone."""
        return self.kind in {"calc", "slider"} or self.validation.startswith(("number", "integer"))

    @property
    def date_order(self) -> DateOrder | None:
        """Order of day, month and year where the field holds a date."""
        for order in DATE_ORDERS:
            if self.validation.startswith("date") and self.validation.endswith(f"_{order}"):
                return order
        return None

    @property
    def has_decimal_comma(self) -> bool:
        """Whether the field takes numbers with a decimal comma."""
        return self.validation.endswith("comma_decimal")

    @property
    def guard(self) -> str:
        """Say why the field is never copied; an empty string where it may be."""
        if self.is_identifier:
            return "marked as an identifier in the data dictionary"
        if self.kind in {"notes", "file", "signature"}:
            return "free text or a file"
        if self.validation in PERSONAL_VALIDATIONS:
            return "a field for addresses, telephone or record numbers"
        return "a date" if self.date_order else ""


@dataclass(frozen=True, slots=True)
class DataDictionary:
    """The fields of a project by name, in its order; the first holds the record id."""

    file_name: str
    fields: Mapping[str, Field]

    @property
    def record_id(self) -> Field:
        """The field that names the records."""
        return next(iter(self.fields.values()))

    @property
    def forms(self) -> tuple[str, ...]:
        """The instruments in their order."""
        return tuple(dict.fromkeys(field.form for field in self.fields.values()))


def plain_label(text: str) -> str:
    """Return a label as an export shows it: without HTML tags, spaces collapsed."""
    return " ".join(re.sub(r"</?[A-Za-z][^<>]*>", " ", text).split())


def checkbox_column(field: str, code: str) -> str:
    """Name the column of one choice of a checkbox: ``-9`` of ``plan`` is ``plan____9``, as REDCap writes it."""
    return f"{field}___{re.sub('[^a-z0-9_]', '_', code.lower())}"


def parse_choices(text: str) -> tuple[tuple[str, str], ...] | None:
    """Read ``1, Yes | 2, No``; only the first comma of a choice separates. None where a choice has no code."""
    choices = []
    for part in text.split("|"):
        code, comma, label = part.partition(",")
        if not part.strip():
            continue
        if not comma or not code.strip():
            return None
        choices.append((code.strip(), plain_label(label)))
    return tuple(choices) or None


def parse_dictionary(sheet: Sheet) -> DataDictionary:
    """Read a data dictionary.

    Raises
    ------
    DataError
        With every fault: no 18 columns, a doubled or impossible name, an unknown type, choices without codes.
    """
    if len(sheet.header) != len(DICTIONARY_HEADER):
        message = f"{len(sheet.header)} columns; a REDCap data dictionary has {len(DICTIONARY_HEADER)}. Download it from the project's set-up page."
        refuse([Problem("error", 1, "", "dictionary", message)], sheet.file_name)
    problems: list[Problem] = []
    fields: dict[str, Field] = {}
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        field, faults = _field(row)
        faults += [f"the field '{field.name}' stands twice."] if field.name in fields else []
        problems += [Problem("error", line, "", "dictionary", fault) for fault in faults]
        fields.setdefault(field.name, field)
    refuse(problems, sheet.file_name)
    return DataDictionary(sheet.file_name, fields)


def _field(row: tuple[str, ...]) -> tuple[Field, list[str]]:
    name, form, kind, label, text = row[0], row[1], row[3].lower(), row[4], row[5]
    faults, fault = [], ""
    if not _FIELD_NAME.fullmatch(name):
        faults.append("a field name has small letters, digits and _, and starts with a letter.")
    if kind not in FIELD_TYPES:
        faults.append(f"'{name[:100]}': the field type is none of {', '.join(sorted(FIELD_TYPES))}.")
    choices: tuple[tuple[str, str], ...] = FIXED_CHOICES.get(kind, ())
    if kind in {"dropdown", "radio", "checkbox"}:
        read = parse_choices(text)
        if read is None:
            fault = f"'{name[:100]}': choices are written '1, Yes | 2, No'."
        choices = read or ()
        if any(count > 1 for count in Counter(code for code, _ in choices).values()):
            fault = f"'{name[:100]}': two choices have the same code."
    flag = row[10].strip().lower() in {"y", "yes", "1", "true"}
    return Field(name, form, kind, plain_label(label), choices, row[7].strip().lower(), flag, fault), faults
