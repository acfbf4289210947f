"""Units of measurement: how each is written, and how one becomes another. The only place that knows them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

# Size in the smallest unit of its kind (tenths of a millimeter, seconds, ng/ml), and the forms that people write.
# A month is 365.25 / 12 days, as the cohort dictionary counts.
UNITS: Mapping[str, Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "length": {
        "mm": (10, ("mm", "millimeter", "millimeters", "millimetre", "millimetres")),
        "cm": (100, ("cm", "centimeter", "centimeters", "centimetre", "centimetres")),
        "m": (10_000, ("meter", "meters", "metre", "metres")),
        "inch": (254, ("inch", "inches", "in")),
    },
    "time": {
        "s": (1, ("s", "sec", "secs", "seconds")),
        "min": (60, ("min", "mins", "minute", "minutes", "minuten", "mn")),
        "hours": (3_600, ("h", "hr", "hrs", "hour", "hours", "std", "stunden")),
        "days": (86_400, ("d", "day", "days", "tage")),
        "weeks": (604_800, ("w", "wk", "wks", "week", "weeks")),
        "months": (2_629_800, ("mo", "mos", "mon", "mth", "mths", "month", "months", "monate")),
        "years": (31_557_600, ("y", "yr", "yrs", "year", "years", "yo", "jahre", "j")),
    },
    "concentration": {"ng/ml": (1, ("ng/ml", "ng_ml")), "ug/l": (1, ("ug/l", "µg/l", "μg/l", "ug_l"))},
}
# What may also stand for something else in a header: "os_m", "in", "no_d".
_LOOSE = frozenset({"s", "in", "d", "w", "y", "j", "mon", "std", "h"})
_KIND = {unit: kind for kind, units in UNITS.items() for unit in units}
_FORMS = {form: unit for units in UNITS.values() for unit, (_, forms) in units.items() for form in forms}


def known_units(unit: str) -> tuple[str, ...]:
    """Return the units that convert to a unit of the dictionary, itself first."""
    others = UNITS[_KIND[unit]] if unit in _KIND else {}
    return (unit, *(other for other in others if other != unit))


def unit_of(form: str) -> str:
    """Return the unit that a word or sign stands for; an empty string for anything else."""
    return _FORMS.get(form.strip(" .()[]").lower(), "")


def unit_in(header: str) -> str:
    """Return the unit that a header names (``OS (months)``, ``time_days``, ``size, cm``), if it names one alone."""
    inside = [form.lower() for form in re.findall(r"[(\[]([^)\]]*)[)\]]", header)]
    words = [word for word in re.split(r"[^a-zµ/]+", header.lower()) if word not in _LOOSE]
    words += [part for text in inside for part in re.split(r"[\s,;]+", text)]
    found = {unit_of(word) for word in words} - {""}
    return found.pop() if len(found) == 1 else ""


def ratio(unit: str, target: str) -> tuple[int, int]:
    """Return how many of a target are in a unit, as numerator and denominator in lowest terms."""
    sizes = UNITS[_KIND[target]]
    numerator, denominator = sizes[unit][0], sizes[target][0]
    divisor = math.gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def number_text(value: Decimal) -> str:
    """Write a number without loss and without needless zeros (``23.0`` becomes ``23``)."""
    if value == 0:
        return "0"
    whole = value.to_integral_value()
    return f"{whole:f}" if value == whole else repr(float(value))


def convert(value: Decimal, unit: str, target: str) -> str:
    """Write a number in the dictionary's unit.

    A division is done once, in floating point, so that whole days give the months of every other part of the project.

    Parameters
    ----------
    value : Decimal
        In `unit`, one of ``known_units(target)``.
    """
    numerator, denominator = ratio(unit, target)
    product = value * numerator
    return number_text(product if denominator == 1 else Decimal(repr(float(product) / denominator)))
