"""Levels of open categories: which may be printed, and what is printed for the others.

A word of an open category may be anything, a name too. It is printed where a dictionary lists it, where it is one of the
words below, or where the cohort's own dictionary confirms the column (`FREE`); else a number stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from hai_utils.cohort.columns import Column
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.problems import Problem, problem
from hai_utils.package_data import packaged_words

RACES: tuple[str, ...] = tuple(packaged_words("cohort/words.toml")["races"])
DRUGS: tuple[str, ...] = tuple(packaged_words("cohort/words.toml")["drugs"])
_DRUG = "|".join(map(re.escape, DRUGS))
_REGIMEN = re.compile(rf"(?:{_DRUG})(?:(?: ?[+/,] ?| (?:and|plus|with) | )(?:{_DRUG}))*", re.IGNORECASE)
_VARIANT = re.compile(r"(?:codon )?\d{1,3}|(?:p\.)?[A-Z]\d{1,4}[A-Z*]|other", re.IGNORECASE)
_KNOWN: Mapping[str, re.Pattern[str]] = {
    "race": re.compile("|".join(map(re.escape, RACES)), re.IGNORECASE),
    "kras_codon": re.compile(rf"(?:{_VARIANT.pattern})(?:(?: ?[+/,;] ?| and )(?:{_VARIANT.pattern}))*", re.IGNORECASE),
    "first_line": _REGIMEN,
    "second_line": _REGIMEN,
}


def may_be_printed(variable: Variable, level: str) -> bool:
    """Say whether a cell of a column may be repeated, as far as it is a level of an open category."""
    if variable.kind != "category" or variable.levels or variable.free:
        return True
    known = _KNOWN.get(variable.name)
    return known is not None and known.fullmatch(level) is not None


def printable(column: Column) -> tuple[Column, list[Problem]]:
    """Return a column whose levels may all be printed, and a warning where numbers stand for some of them.

    A level that was refused is left as it is: its error says more, and a refused column is not printed.
    """
    variable = column.variable
    unrefused = [(i, value) for i, value in enumerate(column.values) if value and not column.invalid[i]]
    strange = [i for i, value in unrefused if not may_be_printed(variable, value)]
    if not strange:
        return column, []
    values = list(column.values)
    for number, position in enumerate(strange, start=1):
        values[position] = f"unlisted_{number}"
    labels = {f"unlisted_{number}": f"Unlisted level {number}" for number in range(1, len(strange) + 1)}
    described = replace(variable, level_labels={**(variable.level_labels or {}), **labels})
    found = (
        f"{len(strange):,} levels of the column are not in a dictionary."
        if len(strange) > 1
        else "A level of the column is not in a dictionary."
    )
    return replace(column, variable=described, values=values), [problem("level_unlisted", 0, column.name, found)]
