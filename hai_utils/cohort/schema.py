"""The dictionary as a schema: which text a cell of a column may hold, checked for many cells at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic_core import SchemaValidator, ValidationError, core_schema

from hai_utils.cohort.dictionary import Bounds, Variable

# Digits of ASCII alone: other programs read no others. The end is the end of the text, not of a line.
NUMBER_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"
NUMBER_LENGTH = 40
IDENTIFIER_PATTERN = r"^[A-Za-z0-9_-]{1,32}$"
IDENTIFIER = "patient_id"


def bounds_of(variable: Variable) -> Bounds:
    """Return the limits of a number; a calendar year ends with the current one."""
    bounds = variable.bounds
    if variable.allowed.endswith("this year"):
        return Bounds(bounds.low, float(date.today().year))
    return bounds


def _cell_schema(variable: Variable) -> core_schema.CoreSchema:
    if variable.name == IDENTIFIER:
        return core_schema.str_schema(pattern=IDENTIFIER_PATTERN)
    if variable.levels:
        return core_schema.literal_schema([*variable.levels])
    if variable.kind not in {"number", "integer"}:
        return core_schema.str_schema()
    bounds = bounds_of(variable)
    return core_schema.chain_schema(
        [
            core_schema.str_schema(pattern=NUMBER_PATTERN, max_length=NUMBER_LENGTH),
            core_schema.float_schema(
                gt=bounds.low if bounds.low_open else None,
                ge=None if bounds.low_open else bounds.low,
                lt=bounds.high if bounds.high_open else None,
                le=None if bounds.high_open else bounds.high,
                multiple_of=1.0 if variable.kind == "integer" else None,
                allow_inf_nan=False,
            ),
        ]
    )


def misfits(variable: Variable, cells: Sequence[str]) -> Mapping[int, str]:
    """Return the positions of the cells that a column may not hold, each with what the schema says of it.

    Parameters
    ----------
    cells : sequence of str
        Without padding; a blank cell fits every column but the identifier.

    Returns
    -------
    mapping of int to str
        Position to pydantic's type of error, such as ``string_pattern_mismatch`` or ``less_than``.
    """
    filled = [i for i, cell in enumerate(cells) if cell or variable.name == IDENTIFIER]
    validator = SchemaValidator(core_schema.list_schema(_cell_schema(variable)))
    try:
        validator.validate_python([cells[i] for i in filled])
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return {filled[int(fault["loc"][0])]: fault["type"] for fault in details}
    return {}
