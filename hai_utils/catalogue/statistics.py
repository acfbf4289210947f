"""Every statistic that may stand in a results table: its words, its unit, how it prints, what it tells of patients.

A new statistic is its function in `hai_utils.stats` and one record here. A name that has no record is an error where
the statistic is added to the results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Literal

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
_RECORDS = (
    # Of one variable in one group.
    Statistic("n", "number recorded", Print.COUNT, Tells.RECORDED),
    Statistic("n_missing", "number not recorded", Print.COUNT, Tells.RECORDED),
    Statistic("count", "number", Print.COUNT, Tells.COUNT),
    Statistic("percent", "percentage", Print.SHARE, Tells.SHARE, "percent"),
    Statistic("proportion", "proportion", Print.SHARE, Tells.SHARE, "proportion", parts=LIMITS),
    Statistic("mean", "mean", Print.MEASURE, Tells.SUM, OF_VARIABLE, least_decimals=1),
    Statistic("sd", "standard deviation", Print.MEASURE, Tells.SUM, OF_VARIABLE, least_decimals=1),
    Statistic("median", "median", Print.MEASURE, Tells.MIDDLE, OF_VARIABLE, parts=(*LIMITS, "se")),
    Statistic("min", "minimum", Print.MEASURE, Tells.ONE_PATIENT, OF_VARIABLE),
    Statistic("max", "maximum", Print.MEASURE, Tells.ONE_PATIENT, OF_VARIABLE),
    Statistic("q1", "first quartile", Print.MEASURE, Tells.QUARTER, OF_VARIABLE, reference="Hyndman & Fan 1996"),
    Statistic("q3", "third quartile", Print.MEASURE, Tells.QUARTER, OF_VARIABLE, reference="Hyndman & Fan 1996"),
    Statistic("iqr", "interquartile range", Print.MEASURE, Tells.QUARTER, OF_VARIABLE, decimals=1),
    Statistic("shapiro_w", "Shapiro-Wilk W", Print.NUMBER, Tells.ONE_PATIENT, decimals=2, reference="Royston 1995"),
    Statistic("shapiro_p", "P of the Shapiro-Wilk test", Print.P_VALUE, Tells.ONE_PATIENT, checks_assumption=True, reference="Royston 1995"),
    # Two or more groups compared.
    Statistic("p_value", "P value", Print.P_VALUE, Tells.COMPARISON, parts_if_small=WITHOUT_ONE),
    Statistic("p_value_holm", "P value, adjusted by Holm", Print.P_VALUE, Tells.COMPARISON, reference="Holm 1979"),
    Statistic(
        "p_value_mc_se", "standard error of the P value from random draws", Print.NUMBER, Tells.RANDOM_DRAWS, decimals=4
    ),
    Statistic("u_statistic", "U statistic", Print.HALVES, Tells.COMPARISON, reference="Mann & Whitney 1947"),
    Statistic(
        "standardised_difference", "standardized difference", Print.NUMBER, Tells.COMPARISON, decimals=2,
        reference="Austin 2009",
    ),
    Statistic(
        "hodges_lehmann", "Hodges-Lehmann difference", Print.MEASURE, Tells.COMPARISON, OF_VARIABLE, parts=LIMITS,
        parts_if_small=(*WITHOUT_ONE, DETECTABLE), scale=Scale.DIFFERENCE, reference="Hodges & Lehmann 1963",
    ),
    Statistic(
        "mean_difference", "difference in means", Print.MEASURE, Tells.COMPARISON, OF_VARIABLE, parts=LIMITS,
        scale=Scale.DIFFERENCE,
    ),
    Statistic(
        "risk_difference", "risk difference", Print.SHARE, Tells.COMPARISON, "proportion", parts=(*LIMITS, "se"),
        parts_if_small=(*WITHOUT_ONE, DETECTABLE), scale=Scale.DIFFERENCE, reference="Newcombe 1998",
    ),
    Statistic(
        "odds_ratio", "odds ratio", Print.NUMBER, Tells.COMPARISON, decimals=2, parts=LIMITS, scale=Scale.RATIO,
    ),
    Statistic("fragility_index", "fragility index", Print.COUNT, Tells.COMPARISON, reference="Walsh et al. 2014"),
    # The same question under other choices; made only where nothing is withheld.
    Statistic("changed", "patients whose response differs from the one reported", Print.COUNT, Tells.ONE_PATIENT),
    Statistic(
        "reread_rate", "response rate at another reading", Print.SHARE, Tells.ONE_PATIENT, "proportion", parts=LIMITS,
        reference="Yoon, Yoon & Hahn 2019",
    ),
    Statistic("analyses", "admissible analyses", Print.COUNT, Tells.ONE_PATIENT, reference="Simonsohn et al. 2020"),
    Statistic("analyses_same_direction", "analyses with an effect in the direction of the median", Print.COUNT, Tells.ONE_PATIENT),
    Statistic("analyses_significant", "analyses with P below the level of significance", Print.COUNT, Tells.ONE_PATIENT),
    # Of one survival endpoint in one group.
    Statistic("events", "events", Print.COUNT, Tells.COUNT),
    Statistic("left_out", "number left out at the landmark", Print.COUNT, Tells.COUNT, reference="Anderson et al. 1983"),
    Statistic("follow_up_median", "median follow-up", Print.MEASURE, Tells.MIDDLE, "months", reference="Schemper & Smith 1996"),
    Statistic("time_min", "shortest observed time", Print.MEASURE, Tells.ONE_PATIENT, "months"),
    Statistic("time_max", "longest observed time", Print.MEASURE, Tells.ONE_PATIENT, "months"),
    Statistic("at_risk", "number at risk at {} months", Print.COUNT, Tells.AT_TIME),
    Statistic(
        "survival_at", "survival at {} months", Print.SHARE, Tells.AT_TIME, "proportion", parts=(*LIMITS, "se"),
        reference="Kaplan & Meier 1958",
    ),
    Statistic(
        "cumulative_incidence", "cumulative incidence at {} months", Print.SHARE, Tells.BETWEEN_CAUSES, "proportion",
        parts=(*LIMITS, "se"), reference="Aalen & Johansen 1978",
    ),
    Statistic(
        "rmst", "restricted mean survival time to {} months", Print.MEASURE, Tells.UNTIL_TIME, "months",
        parts=(*LIMITS, "se"), reference="Royston & Parmar 2013",
    ),
    # Survival compared.
    Statistic(
        "rmst_difference", "difference in restricted mean survival time to {} months", Print.MEASURE, Tells.UNTIL_TIME,
        "months", parts=(*LIMITS, "se", "p"), scale=Scale.DIFFERENCE, reference="Royston & Parmar 2013",
    ),
    Statistic(
        "hazard_ratio", "hazard ratio", Print.NUMBER, Tells.COMPARISON, decimals=2, parts=(*LIMITS, "p"),
        parts_if_small=(*WITHOUT_ONE, DETECTABLE), scale=Scale.RATIO, reference="Cox 1972",
    ),
    Statistic(
        "proportional_hazards_p", "P of the test of proportional hazards", Print.P_VALUE, Tells.COMPARISON,
        checks_assumption=True, reference="Grambsch & Therneau 1994",
    ),
    Statistic("crossings", "times that the curves cross", Print.COUNT, Tells.ONE_PATIENT),
    Statistic("last_crossing", "time after which the curves cross no more", Print.MEASURE, Tells.ONE_PATIENT, "months"),
    # Several centers together.
    Statistic("centers", "centers", Print.COUNT, Tells.CENTERS),
    Statistic("weight", "weight", Print.SHARE, Tells.CENTERS, "percent", decimals=1),
    Statistic(
        "risk_difference_prediction", "risk difference in a new center", Print.SHARE, Tells.CENTERS, "proportion",
        parts=LIMITS, scale=Scale.DIFFERENCE, reference="Higgins et al. 2009",
    ),
    Statistic(
        "hazard_ratio_prediction", "hazard ratio in a new center", Print.NUMBER, Tells.CENTERS, decimals=2,
        parts=LIMITS, scale=Scale.RATIO, reference="Higgins et al. 2009",
    ),
    Statistic("tau2", "variance between centers", Print.NUMBER, Tells.CENTERS, decimals=3, reference="Paule & Mandel 1982"),
    Statistic("i2", "I²", Print.SHARE, Tells.CENTERS, "percent", decimals=1, reference="Higgins & Thompson 2002"),
    Statistic("heterogeneity_q", "Q of heterogeneity", Print.NUMBER, Tells.CENTERS, decimals=2, reference="Cochran 1954"),
    Statistic("heterogeneity_df", "degrees of freedom of Q", Print.COUNT, Tells.CENTERS),
    Statistic("heterogeneity_p", "P of the test of heterogeneity", Print.P_VALUE, Tells.CENTERS),
)  # fmt: skip
STATISTICS: dict[str, Statistic] = {record.name: record for record in _RECORDS}
# The effects of a comparison that have an interval and no time, in the order in which tables show them.
EFFECTS: tuple[Statistic, ...] = tuple(
    record
    for record in _RECORDS
    if record.no_effect is not None
    and "lower" in record.parts
    and not record.has_time
    and record.tells is not Tells.CENTERS
)
_NAME = re.compile(
    r"(?P<stem>.+?)(?:_(?P<months>\d+(?:_\d+)?))?(?:_(?P<part>lower|upper|se|p|without_one_min|without_one_max|detectable))?"
)


@dataclass(frozen=True, slots=True)
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

    @property
    def prints(self) -> Print:
        """How it becomes text."""
        return Print.P_VALUE if self.part == "p" else self.record.prints

    @property
    def tells(self) -> Tells:
        """What it tells of patients: the ends of the range over leaving out each in turn tell of one."""
        return Tells.ONE_PATIENT if self.part in WITHOUT_ONE else self.record.tells

    @property
    def is_p_value(self) -> bool:
        """Whether it is a P value."""
        return self.prints is Print.P_VALUE

    @property
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
            "Add its record to hai_utils/catalogue/statistics.py."
        )
    part: Part = next((known for known in (*record.parts, *record.parts_if_small) if known == found["part"]), "")
    if found["part"] and not part:
        raise ResultError(
            f"The statistic '{record.name}' has no part '{found['part']}' (in '{name}'): add it to the parts of its record in "
            "hai_utils/catalogue/statistics.py."
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
