"""The cohort dictionary: what each column of a cohort means and may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from hai_utils.cohort.problems import UnreadableError
from hai_utils.cohort.roles import RESERVED_NAMES, role_faults
from hai_utils.cohort.tables import clean, read_source, read_table, refuse_damaged
from hai_utils.errors import DataError, nearest
from hai_utils.package_data import packaged_rows

Kind = Literal["number", "integer", "category", "string"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COLUMNS = ("column", "label", "type", "unit", "allowed", "needed_for", "description", "level_labels")
# Under 'allowed' of a cohort's own dictionary: whatever level stands in the column may be printed.
FREE = "free level"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The interval that a number must lie in; ``None`` is an open end."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def contain(self, value: float) -> bool:
        """Say whether a value lies within."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below


@dataclass(frozen=True, slots=True)
class Variable:
    """One column, as its dictionary describes it.

    Attributes
    ----------
    name, label, unit, allowed, needed_for, description : str
        As they stand in the dictionary; the label is plain text.
    kind : {'number', 'integer', 'category', 'string'}
        What the cells hold.
    levels : tuple of str
        The closed list of levels in order; empty where any level may occur.
    level_labels : mapping of str to str
        What is printed for a level; a level without an entry is printed as it stands.
    bounds : Bounds
        Limits of a number.
    decimals : int
        Decimals of a printed median; taken from the data for columns, stated for derived variables.
    free : bool
        Whether the cohort's own dictionary confirms that whatever level stands in the column may be printed.
    own : bool
        Whether it comes from the cohort's own dictionary.
    """

    name: str
    label: str
    kind: Kind
    unit: str = ""
    allowed: str = ""
    needed_for: str = ""
    description: str = ""
    levels: tuple[str, ...] = ()
    level_labels: Mapping[str, str] | None = None
    bounds: Bounds = Bounds()
    decimals: int = 0
    free: bool = False
    own: bool = False

    @property
    def is_binary(self) -> bool:
        """Whether the levels are yes and no."""
        return self.levels == ("yes", "no")

    def label_of(self, level: str) -> str:
        """Return what is printed for a level."""
        return (self.level_labels or {}).get(level, level)

    @property
    def plain_label(self) -> str:
        """The label without its unit (``Age, years`` gives ``Age``)."""
        head, comma, tail = self.label.rpartition(", ")
        units = {self.unit, self.unit.replace("2", "²"), "cm²", "kg/m²", "%"}
        return head if comma and tail in units - {""} else self.label


def _levels(allowed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in allowed.split("|")) if "|" in allowed else ()


def _labels(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split("|") if "=" in part)
    return {level.strip(): label.strip() for level, _, label in pairs}


_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BETWEEN = re.compile(rf"{_NUMBER} < x < {_NUMBER}")
_FROM_TO = re.compile(rf"{_NUMBER} to {_NUMBER}")
_FROM_YEAR = re.compile(rf"{_NUMBER} to this year")
_ABOVE = re.compile(rf"(>=?) ?{_NUMBER}")
_BELOW = re.compile(rf"(<=?) ?{_NUMBER}")
_LIMITS = (_BETWEEN, _FROM_TO, _FROM_YEAR, _ABOVE, _BELOW)


def _bounds(allowed: str) -> Bounds:
    """Read limits such as ``0 < x < 120``, ``10 to 80``, ``>= 0`` from the words of the dictionary.

    What follows a comma or a semicolon is a rule about several columns, which the checks know by themselves.
    """
    words = re.split("[,;]", allowed)[0].strip()
    if match := _BETWEEN.fullmatch(words):
        return Bounds(float(match[1]), float(match[2]), low_open=True, high_open=True)
    if match := _FROM_TO.fullmatch(words):
        return Bounds(float(match[1]), float(match[2]))
    if match := _FROM_YEAR.fullmatch(words):
        return Bounds(float(match[1]), None)
    if match := _ABOVE.fullmatch(words):
        return Bounds(float(match[2]), None, low_open=match[1] == ">")
    if match := _BELOW.fullmatch(words):
        return Bounds(None, float(match[2]), high_open=match[1] == "<")
    return Bounds()


def _variable(row: Mapping[str, str], *, own: bool, confirmed: bool = False) -> Variable:
    kind: Kind = row["type"]  # type: ignore[assignment]  # checked by the caller
    closed = _levels(row["allowed"]) if kind in {"category", "integer"} else ()
    return Variable(
        name=row["column"],
        label=row["label"],
        kind=kind,
        unit=row["unit"],
        allowed=row["allowed"],
        needed_for=row["needed_for"],
        description=row["description"],
        levels=closed,
        level_labels=_labels(row["level_labels"]),
        bounds=_bounds(row["allowed"]) if kind in {"number", "integer"} else Bounds(),
        free=confirmed and row["allowed"].strip() == FREE,
        own=own,
    )


@cache
def standard_dictionary() -> Mapping[str, Variable]:
    """Return the columns that every cohort may have, by name, in the dictionary's order."""
    return {row["column"]: _variable(row, own=False) for row in packaged_rows("cohort/dictionary.csv")}


def read_dictionary(path: Path) -> dict[str, Variable]:
    """Read a cohort's own dictionary, in the layout of the standard one.

    Raises
    ------
    DataError
        Naming file, line and column of every fault.
    """
    try:
        table = read_table(read_source(path).content, known=COLUMNS)
        refuse_damaged(table)
    except UnreadableError as error:
        raise error.named(f"{path}: the dictionary cannot be read") from None
    header = [clean(name) for name in table.row(0)]
    if missing := [name for name in COLUMNS if name not in header]:
        raise DataError(
            [f"{path.name}, line 1: a dictionary has the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)}."]
        )
    problems: list[str] = []
    variables: dict[str, Variable] = {}
    lines: dict[str, int] = {}
    for cells, line in table.rows(1):
        row = dict.fromkeys(COLUMNS, "") | dict(zip(header, map(clean, cells), strict=False))
        fault = _dictionary_fault(row, variables)
        if len(cells) > len(header):
            fault = "the row has more cells than the header. Put a cell with a comma in quotation marks."
        if fault:
            problems.append(f"{path.name}, line {line}: {fault}")
        else:
            variables[row["column"]] = _variable(row, own=row["column"] not in standard_dictionary(), confirmed=True)
            lines[row["column"]] = line
    problems += [f"{path.name}, line {lines[name]}: {fault}" for name, fault in role_faults(variables)]
    if problems:
        raise DataError(problems)
    return variables


def _dictionary_fault(row: Mapping[str, str], known: Mapping[str, Variable]) -> str:
    name, kind = row["column"], row["type"]
    if not NAME.fullmatch(name or ""):
        return f"column {name!r}: a name has small letters, digits and _, at most 60, and starts with a letter."
    standard = standard_dictionary().get(name)
    if name in known or (standard and (standard.kind != "category" or standard.levels or kind != "category")):
        return f"column '{name}' is described already{' in the standard dictionary' if standard else ''}."
    if name in RESERVED_NAMES:
        return f"column '{name}': the report uses this name for a survival endpoint. Choose another."
    if kind not in KINDS:
        return f"column '{name}': type is {kind!r}; it must be {', '.join(KINDS)}."
    if not row["label"]:
        return f"column '{name}' has no label: write what a reader should see."
    if len(row["label"]) > 120:
        return f"column '{name}': the label has more than 120 characters."
    return _allowed_fault(name, kind, row["allowed"], row["level_labels"])


def _allowed_fault(name: str, kind: str, allowed: str, level_labels: str) -> str:
    levels = _levels(allowed)
    if levels and kind in {"category", "integer"}:
        if "" in levels or len(set(levels)) < len(levels):
            return f"column '{name}': a level of 'allowed' is blank or stands twice."
        if kind == "integer" and not all(re.fullmatch(r"-?\d+", level, re.ASCII) for level in levels):
            return f"column '{name}': the codes of a column of whole numbers must be whole numbers."
        if unknown := [level for level in _labels(level_labels) if level not in levels]:
            return (
                f"column '{name}': 'level_labels' has {unknown[0]!r}, which is no level.{nearest(unknown[0], levels)}"
            )
    elif allowed and kind in {"number", "integer"} and not any(limit.fullmatch(allowed) for limit in _LIMITS):
        return f"column '{name}': 'allowed' is {allowed!r}; write limits as '>= 0', '> 0', '<= 10', '0 to 10' or '0 < x < 120', or leave it blank."
    return ""
