"""The words of a mapping file: the only place that knows which there are, what each means and what it may hold.

The reader of mappings, ``hai import --help-mapping``, the page of the documentation and the JSON schema for editors are
made from these records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, TypeAdapter
from pydantic.dataclasses import dataclass

from hai_utils.cohort.tables import Encoding
from hai_utils.importing.values import DateOrder, DecimalMark, PartialDates

# The answer to a question that is not answered yet, and the sign before the name of a question whose answer stands there.
UNFILLED = "FILL_IN"
REFERENCE = "$"
# Cells that a rule makes blank: their value is not known.
MISSING = "missing"
# In place of an identifying column where each row of the export is a patient.
EACH_ROW = "(rows)"
ALL_SHEETS = "all"
SCHEMA_FILE = Path(__file__).with_name("mapping.schema.json")

_STRICT = ConfigDict(extra="forbid", populate_by_name=True, str_strip_whitespace=True)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])]
Lines = Annotated[
    tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_listed, json_schema_input_type=int | tuple[int, ...])
]
Codes = dict[str, str]
Take = Literal["", "first", "last", "worst"]
Part = Literal["", "longest", "perpendicular"]


def _says(text: str, alias: str | None = None, **more: Any) -> Any:  # noqa: ANN401 - pydantic's own type
    """Describe an entry; `alias` is its word in the file where that is none in Python."""
    return Field(description=text, validation_alias=alias, **more)


@dataclass(frozen=True, config=_STRICT)
class Copy:
    """A column of the export, cell by cell. `COLUMN` alone is short for `{from: COLUMN}`."""

    source: Name = _says("Column of the export.", "from")
    codes: Codes = _says(
        "What a cell becomes: a level, a number, or `missing`. It wins over every list of missing codes. In a column of "
        "numbers the other cells are read as numbers; elsewhere every cell must be among them.",
        default_factory=dict,
    )
    unit: str = _says("Unit of the cells that name none, where it is not the dictionary's.", default="")
    missing: Names = _says("Cells that mean 'not known' in this column.", default=())
    part: Part = _says("Which of two diameters in one cell (`4.2 x 3.1 cm`).", default="")
    given: Names = _says(
        "Boxes to check: the value is known only where one of these is checked (1, yes, x).", default=()
    )
    take: Take = _says("Which value counts where a patient has several rows: first, last or worst.", default="")


@dataclass(frozen=True, config=_STRICT)
class Constant:
    """The same value in every row."""

    value: str = _says("The value.")


@dataclass(frozen=True, config=_STRICT)
class Numbered:
    """Study numbers P001, P002 ... in place of identifiers; for patient_id alone."""

    source: Name = _says(f"Column that names the patients, or `{EACH_ROW}` where each row is one.", "numbered")


@dataclass(frozen=True, config=_STRICT)
class Interval:
    """The time from `since` to the first of several moments, or to a last one where none of them happened."""

    ends: Names = _says("Columns of dates, or names of moments.", "date", min_length=1)
    otherwise: Name = _says("Column or moment until which none of them had happened.", default="")
    since: Name = _says("Column of the date to count from, where it is not that of the whole file.", default="")


@dataclass(frozen=True, config=_STRICT)
class YearOf:
    """The calendar year of a date."""

    source: Name = _says("Column of dates.", "year_of")


@dataclass(frozen=True, config=_STRICT)
class AnyOf:
    """An event: it happened where any of the moments did, and did not where none did. Unknown where one is unknown."""

    dates: Names = _says("Columns of dates, or names of moments.", "any_of", min_length=1)
    otherwise: Name = _says(
        "Column or moment until which nothing happened; without it no row is an event of 0.", default=""
    )


Source = Copy | Constant | Numbered | Interval | YearOf | AnyOf
VERBS: Mapping[str, type[Source]] = {
    "from": Copy, "value": Constant, "numbered": Numbered, "date": Interval, "year_of": YearOf, "any_of": AnyOf,
}  # fmt: skip


_Record = TypeVar("_Record")


def changed(record: _Record, **values: object) -> _Record:
    """Return a record with other values, which are not checked again."""
    new = copy(record)
    for name, value in values.items():
        object.__setattr__(new, name, value)
    return new


def verb_of(value: object) -> str | None:
    """Return the word of a rule that says where a column comes from; None where none or several stand there."""
    if isinstance(value, str):
        return "from"
    found = [
        verb
        for verb, record in VERBS.items()
        if isinstance(value, record) or (isinstance(value, Mapping) and verb in value)
    ]
    return found[0] if len(found) == 1 else None


def _short(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


_ByVerb = Annotated[
    Annotated[Copy, Tag("from")]
    | Annotated[Constant, Tag("value")]
    | Annotated[Numbered, Tag("numbered")]
    | Annotated[Interval, Tag("date")]
    | Annotated[YearOf, Tag("year_of")]
    | Annotated[AnyOf, Tag("any_of")],
    Discriminator(verb_of, custom_error_type="verb", custom_error_message="no one verb"),
]
Rule = Annotated[_ByVerb, BeforeValidator(_short, json_schema_input_type=str | Source)]


@dataclass(frozen=True, config=_STRICT)
class Moment:
    """Something that happened or not, and when: by a date, by a time since time zero, by a status, or by both.

    A date or time that is blank means that it did not happen; a status that is blank, that it is not known.
    """

    date: Names = _says("Columns of dates; the first that has one counts.", default=())
    time: Names = _says(
        "Columns of times since time zero, in place of dates; the first that has one counts.", default=()
    )
    unit: str = _says("Unit of the times, where it is not months.", default="")
    of: str = _says(
        "Moment or column of dates of which this is one kind, told by `where` (a progression in the liver).", default=""
    )
    where: str = _says("Column of the status that says whether it happened.", default="")
    codes: Codes = _says(
        "What a status (or, without `where`, a cell that is no date) means: yes or dead, no or alive, or missing. Without "
        "codes, 1 and yes, 0 and no are understood.",
        default_factory=dict,
    )


@dataclass(frozen=True, config=_STRICT)
class FileOptions:
    """How the export is written, where it does not show by itself."""

    encoding: Encoding = _says("Encoding of a CSV file.", default="")
    delimiter: Literal["", ",", ";", "|", "tab", "\t"] = _says("Sign between the columns of a CSV file.", default="")
    decimal: DecimalMark = _says("Sign before the decimals.", default=".")
    sheet: str = _says(f"Name or number of a workbook's sheet; `{ALL_SHEETS}` for several with one header.", default="")
    header_line: Lines = _says("Line of the header; two where a name stands on two lines.", default=(1,), max_length=2)


@dataclass(frozen=True, config=_STRICT)
class RowRules:
    """Which rows are patients."""

    where: dict[str, Names] = _says("Only rows whose cell in a column is one of these.", default_factory=dict)
    leave_out: Lines = _says("Lines of the file that are no patients (a legend, a sum).", default=())
    several: Take = _says(
        "Which row counts where a patient has several: first, last, or worst of each column.", default=""
    )
    order: str = _says("Column by which first and last are told; without it, the order of the lines.", default="")
    by: str = _says(
        "Column whose values tell a patient's rows apart; `COLUMN@VALUE` names the cell of one.", default=""
    )


@dataclass(frozen=True, config=_STRICT)
class LesionColumns:
    """Fields of one lesion at one scan; a row without a `lesion`, a `role` or any length holds none."""

    lesion: Rule = _says("Number or name of the lesion.")
    long_mm: Rule | None = _says("Longest diameter; left out for a new lesion that was not measured.", default=None)
    perp_mm: Rule | None = _says("Longest perpendicular.", default=None)
    role: Rule = _says("target, non_target or new.")
    day: Rule | None = _says("Day of the scan since time zero.", default=None)
    date: str = _says("Column with the date of the scan, in place of `day`.", default="")


def _by_column(value: object) -> object:
    """Write an order for the whole file as that of the column without a name."""
    return {"": value} if isinstance(value, str) else value


def _blocks(value: object) -> object:
    return (value,) if isinstance(value, Mapping) else value


@dataclass(frozen=True, config=_STRICT)
class MappingFile:
    """A mapping file: how the columns of an export become the columns of a cohort. Every scalar is text."""

    columns: dict[str, Rule] = _says("Column of the cohort: where it comes from.")
    questions: dict[str, Names] = _says(
        f"Answers to what only a person knows; an entry `{REFERENCE}NAME` elsewhere stands for the answer.",
        default_factory=dict,
    )
    file: FileOptions = _says("How the export is written.", default_factory=FileOptions)
    rows: RowRules = _says("Which rows are patients.", default_factory=RowRules)
    dates: Annotated[
        dict[str, DateOrder], BeforeValidator(_by_column, json_schema_input_type=DateOrder | dict[str, DateOrder])
    ] = _says("Order of day, month and year: for the file, or by column.", default_factory=dict)
    partial_dates: PartialDates = _says(
        "A date without its day is read as the 15th (`month`), one without its month also as 1 July (`year`), or is not known (`missing`).",
        default="",
    )
    since: str = _says("Column of the date that months count from.", default="")
    missing: Names = _says("Cells that mean 'not known', in every column.", default=())
    cells: dict[str, dict[int, str]] = _says("Single cells put right: column, line, value.", default_factory=dict)
    moments: dict[str, Moment] = _says(
        "Names for what happened and when, for `date` and `any_of`.", default_factory=dict
    )
    incomplete: Literal["", "leave_out"] = _says(
        "`leave_out`: a time without its event, or an event without its time, is left out and counted.", default=""
    )
    lesions: Annotated[
        tuple[LesionColumns, ...],
        BeforeValidator(_blocks, json_schema_input_type=LesionColumns | tuple[LesionColumns, ...]),
    ] = _says(
        "The fields of repeated scans, with import-redcap; a list where one scan holds several lesions.", default=()
    )
    ignored: Names = _says("Columns of the export that are left out on purpose.", default=())


def words_known(path: Sequence[str | int]) -> list[str]:
    """Return the words that may stand at a place of a mapping file, given the words above it."""
    top, *below = [str(part) for part in path] or [""]
    if not top:
        return entries(MappingFile)
    depth = len([part for part in below if not part.isdigit()])
    if (top == "columns" and depth) or (top == "lesions" and depth):
        return (
            list(VERBS)
            if top == "columns" and depth == 1
            else [word for record in VERBS.values() for word in entries(record)]
        )
    block = {"file": FileOptions, "rows": RowRules, "moments": Moment, "lesions": LesionColumns}.get(top)
    return entries(block) if block else []


def entries(record: type) -> list[str]:
    """Return the words of a record's entries, as a mapping file writes them."""
    return [word for word, _ in described(record)]


def described(record: type) -> list[tuple[str, str]]:
    """Return the entries of a record: each word of a mapping file with what it means."""
    known: list[tuple[str, Any]] = [(one.name, one.default) for one in fields(record)]
    return [(str(info.validation_alias or name), str(info.description)) for name, info in known]


def schema() -> dict[str, Any]:
    """Return the JSON schema of a mapping file, from which editors complete."""
    made = _any_scalar(TypeAdapter(MappingFile).json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "Mapping of an export to a cohort",
    }


def _any_scalar(part: Any) -> Any:  # noqa: ANN401 - JSON
    """Let a text be written without quotation marks: an editor takes ``1``, ``no`` and ``3`` for other types."""
    if isinstance(part, list):
        return [_any_scalar(one) for one in part]
    if not isinstance(part, dict):
        return part
    types = {"string": ["string", "number", "boolean", "null"], "integer": ["integer", "string"]}
    return {
        key: types.get(one, one) if key == "type" and isinstance(one, str) else _any_scalar(one)
        for key, one in part.items()
    }


def help_text() -> str:
    """Write what may stand in a mapping file: each block, each entry, what it means."""
    blocks: list[tuple[str, type]] = [
        ("A mapping file", MappingFile),
        ("file", FileOptions),
        ("rows", RowRules),
        ("moments: NAME", Moment),
    ]
    blocks += [(f"columns: NAME: {{{verb}: ...}}", record) for verb, record in VERBS.items()]
    blocks.append(("lesions", LesionColumns))
    parts = []
    for title, record in blocks:
        said = " ".join((record.__doc__ or "").split())
        lines = [f"{title}\n  {said}"]
        lines += [f"    {word:<14} {meaning}" for word, meaning in described(record)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
