"""Every statistic that may stand in a results table: its words, its unit, how it prints, what it tells of patients.

A new statistic is its function in `hai_utils.stats` and one row of ``statistics.csv``. A name that has no record is an error
where the statistic is added to the results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Literal

from hai_utils.catalogue.records import rows_of
from hai_utils.errors import ResultError, nearest

Part = Literal["", "lower", "upper", "se", "p", "without_one_min", "without_one_max", "detectable"]
PART_WORDS: dict[Part, str] = {
    "": "{}",
    "lower": "lower limit of the {}",
    "upper": "upper limit of the {}",
    "se": "standard error of the {}",
    "p": "P of the {}",
    "without_one_min": "smallest {} with one omitted",
    "without_one_max": "greatest {} with one omitted",
    "detectable": "smallest {} that could be shown",
}
# What a small cohort adds: the range over leaving out each patient in turn, each end of which tells of one, and what so
# many patients could have shown with this power.
WITHOUT_ONE: tuple[Part, ...] = ("without_one_min", "without_one_max")
DETECTABLE: Part = "detectable"
POWER = 0.8
# The unit of a statistic that has that of its variable.
OF_VARIABLE = "of the variable"
# P of the test of proportional hazards, which several rooms read beside a hazard ratio.
PROPORTIONAL = "proportional_hazards_p"
# Note of crossings that no sentence tells: one step more or less of a curve would undo the last of them.
FEW_STEPS = "the last crossing rests on one or two steps of a curve"


class Print(Enum):
    """How a value becomes text."""

    COUNT = "a whole number"
    P_VALUE = "a P value, as the journal prints it"
    SHARE = "a percentage; the difference of two in percentage points"
    NUMBER = "a number without a unit, to the decimals of the record"
    MEASURE = "to the decimals of its variable, in the unit of its variable"
    HALVES = "a whole number or a half"


class Scale(Enum):
    """The scale of an effect, which says what value means that there is none."""

    NO_EFFECT = "not an effect"
    DIFFERENCE = "difference"
    RATIO = "ratio"


class Tells(Enum):
    """What a published value tells of how many patients, or of which; `hai_utils.disclosure` decides by it."""

    NOT_EXAMINED = "not examined: always withheld"
    RECORDED = "how many have the variable recorded, or not"
    COUNT = "how many have something"
    SHARE = "a count and what it is a share of"
    ONE_PATIENT = "the value of one patient, or a number so near to the values of a few that it tells them"
    MIDDLE = "a value with half of the patients on either side"
    QUARTER = "values with a quarter of the patients on one side"
    SUM = "a sum over all patients, from which few whole numbers can be searched"
    AT_TIME = "who is left at one time"
    UNTIL_TIME = "who left when, until one time"
    BETWEEN_CAUSES = "how many left by either cause between two times"
    COMPARISON = "how groups differ whose counts are published too"
    RANDOM_DRAWS = "how often random draws were as extreme"
    CENTERS = "made from what centers publish"


@dataclass(frozen=True, slots=True)
class Statistic:
    """What is known of one statistic.

    Attributes
    ----------
    name : str
        As it stands in a key, without time and part.
    words : str
        In a sentence, on a card and, with a capital, in a table; ``{}`` stands for the months where it has a time.
    prints : Print
        How it becomes text.
    tells : Tells
        What it tells of patients; unless stated it is withheld wherever small cells are.
    unit : str
        ``proportion``, ``percent``, ``months``, none, or `OF_VARIABLE`.
    decimals : int, optional
        Of a number or a percentage; for a measure, in place of those of its variable.
    least_decimals : int
        Decimals that a measure has at least.
    parts : tuple of Part
        What may stand beside the value.
    parts_if_small : tuple of Part
        What stands beside it in a small cohort alone.
    scale : Scale
        Whether it is an effect, and of which kind.
    checks_assumption : bool
        Whether it is the P of an assumption, not of a difference between groups.
    reference : str
        Where it is defined.
    """

    name: str
    words: str
    prints: Print
    tells: Tells = Tells.NOT_EXAMINED
    unit: str = ""
    decimals: int | None = None
    least_decimals: int = 0
    parts: tuple[Part, ...] = ()
    parts_if_small: tuple[Part, ...] = ()
    scale: Scale = Scale.NO_EFFECT
    checks_assumption: bool = False
    reference: str = ""

    @property
    def has_time(self) -> bool:
        """Whether its name ends with a time in months."""
        return "{}" in self.words

    @property
    def heading(self) -> str:
        """The words as they start a cell of a table."""
        return self.words[:1].upper() + self.words[1:]

    @property
    def no_effect(self) -> float | None:
        """The value that means no effect; None for what is no effect."""
        return {Scale.DIFFERENCE: 0.0, Scale.RATIO: 1.0}.get(self.scale)

    def at(self, months: float) -> str:
        """Return its name at a time: ``survival_at_6``, ``survival_at_7_5``."""
        return f"{self.name}_{month_suffix(months)}"


def month_suffix(months: float) -> str:
    """Write a time as it stands in a key: ``6``, ``7_5``."""
    return f"{months:g}".replace(".", "_")


VALUE: Part = ""
LIMITS: tuple[Part, ...] = ("lower", "upper")
_PARTS: Mapping[str, Part] = {part: part for part in PART_WORDS}


def _parts(words: str) -> tuple[Part, ...]:
    return tuple(_PARTS[word] for word in words.split())


def _statistic(row: Mapping[str, str]) -> Statistic:
    """Return the record of a row; a word that is no way to print, no scale or no part stops with its name."""
    return Statistic(
        row["name"],
        row["words"],
        Print[row["prints"].upper()],
        Tells[row["tells"].upper() or Tells.NOT_EXAMINED.name],
        row["unit"],
        int(row["decimals"]) if row["decimals"] else None,
        int(row["least_decimals"] or 0),
        _parts(row["parts"]),
        _parts(row["parts_if_small"]),
        Scale[row["scale"].upper() or Scale.NO_EFFECT.name],
        row["checks_assumption"] == "yes",
        row["reference"],
    )


STATISTICS: dict[str, Statistic] = {record.name: record for record in map(_statistic, rows_of("statistics"))}
# The effects of a comparison that have an interval and no time, in the order in which tables show them.
EFFECTS: tuple[Statistic, ...] = tuple(
    record
    for record in STATISTICS.values()
    if record.no_effect is not None
    and "lower" in record.parts
    and not record.has_time
    and record.tells is not Tells.CENTERS
)
_NAME = re.compile(
    r"(?P<stem>.+?)(?:_(?P<months>\d+(?:_\d+)?))?(?:_(?P<part>lower|upper|se|p|without_one_min|without_one_max|detectable))?"
)


@dataclass(frozen=True)
class Named:
    """A statistic as a key names it: the record, its time and its part.

    Attributes
    ----------
    record : Statistic
        What is known of it.
    months : float, optional
        Its time.
    part : Part
        ``lower``, ``upper``, ``se``, ``p``, or empty for the value itself.
    """

    record: Statistic
    months: float | None = None
    part: Part = ""

    @cached_property
    def prints(self) -> Print:
        """How it becomes text."""
        return Print.P_VALUE if self.part == "p" else self.record.prints

    @property
    def tells(self) -> Tells:
        """What it tells of patients: the ends of the range over leaving out each in turn tell of one."""
        return Tells.ONE_PATIENT if self.part in WITHOUT_ONE else self.record.tells

    @cached_property
    def is_p_value(self) -> bool:
        """Whether it is a P value."""
        return self.prints is Print.P_VALUE

    @cached_property
    def is_difference(self) -> bool:
        """Whether it is a difference or a limit of one: of percentages, it counts percentage points."""
        return self.record.scale is Scale.DIFFERENCE and self.part in ("", *LIMITS, *WITHOUT_ONE, DETECTABLE)

    @property
    def no_effect(self) -> float | None:
        """The value that means no effect; None for what is no effect, and for limits and errors of one."""
        return None if self.part else self.record.no_effect

    def unit(self, of_variable: str = "") -> str:
        """Return the unit, given that of the variable."""
        if self.part == "p":
            return ""
        return of_variable if self.record.unit == OF_VARIABLE else self.record.unit

    def words(self, months: str = "") -> str:
        """Return its name in words, given its time as it prints."""
        return PART_WORDS[self.part].format(self.record.words.format(months))


@lru_cache(maxsize=4096)
def read_statistic(name: str) -> Named:
    """Read the name of a statistic: ``survival_at_6_lower`` is the lower limit of the survival at 6 months.

    Raises
    ------
    ResultError
        Where the catalogue has no record of it, or the record has no such time or part.
    """
    if name in STATISTICS and not STATISTICS[name].has_time:
        return Named(STATISTICS[name])
    found = _NAME.fullmatch(name)
    record = STATISTICS.get(found["stem"]) if found else None
    if found is None or record is None:
        raise ResultError(
            f"The statistic '{name}' is not in the catalogue.{nearest(name, tuple(STATISTICS))} "
            "Add its record to hai_utils/catalogue/statistics.csv."
        )
    part: Part = next((known for known in (*record.parts, *record.parts_if_small) if known == found["part"]), "")
    if found["part"] and not part:
        raise ResultError(
            f"The statistic '{record.name}' has no part '{found['part']}' (in '{name}'): add it to the parts of its record in "
            "hai_utils/catalogue/statistics.csv."
        )
    if record.has_time != bool(found["months"]):
        wanted = "needs a time in months" if record.has_time else "has no time"
        raise ResultError(
            f"The statistic '{record.name}' {wanted}, as its record in the catalogue says; found '{name}'."
        )
    return Named(record, float(found["months"].replace("_", ".")) if found["months"] else None, part)


def known_statistic(name: str) -> Named | None:
    """Read the name of a statistic; None where the catalogue has no such record."""
    try:
        return read_statistic(name)
    except ResultError:
        return None
