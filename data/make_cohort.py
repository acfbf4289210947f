"""Make the 25 synthetic rows of cohort.csv from the printed numbers of one article, the same bytes every time.

Source: Kolbeinsson et al., J Gastrointest Oncol 2022;13(1):163-170, doi 10.21037/jgo-21-514. The patients' data are
not public. Every row made here is synthetic; together the rows reproduce each printed number that can be reproduced.

    python data/make_cohort.py            writes cohort.csv beside this file
    python data/make_cohort.py --check    writes nothing; exit code 1 where cohort.csv differs

How: the targets are read from published_numbers.csv. Each block of columns is found by a seeded search that accepts
a draw only where all its printed numbers come out; the survival times are found by threshold accepting on whole days.
The finished text is read back and every target is computed again from it, or the script fails.

Bytes: only the standard library, whose Mersenne Twister is fixed; branches depend on + - * / and square roots alone,
which IEEE 754 rounds correctly everywhere, never on exp, log or pow, nor on sum() of floats, which Python 3.12 changed.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import NormalDist, median
from typing import TypeVar

HERE = Path(__file__).resolve().parent
SEED = 2022
# Of the starts 0 to 39 of the survival search eleven reach every target; after this one the last patients seen
# of both groups are alive, so that neither curve ends at 0.
SURVIVAL_START = 22
DAYS_PER_MONTH = 30.4375
WINDOW_START, WINDOW_END, LAST_PUMP = date(2017, 8, 1), date(2020, 9, 1), date(2019, 12, 31)
# No statistic may lie nearer to a rounding boundary than this part of its last printed digit.
MARGIN = 0.03
RESPONSE_THRESHOLD = 50.0  # percent reduction of the sum of products

COLUMNS = (
    *("patient_id", "site", "age_years", "sex", "race", "bmi_kg_m2", "synchronous_metastases"),
    *("kras", "nras", "braf", "kras_codon", "primary_site", "primary_resection", "pump_year", "operative_minutes"),
    *("length_of_stay_days", "n_liver_lesions", "extrahepatic_disease", "prior_regimens", "prior_chemo_cycles"),
    *("first_line", "second_line", "hai_cycles", "hai_discontinued"),
    *("lesion1_baseline_long_mm", "lesion1_baseline_perp_mm", "lesion2_baseline_long_mm", "lesion2_baseline_perp_mm"),
    *("lesion1_best_long_mm", "lesion1_best_perp_mm", "lesion2_best_long_mm", "lesion2_best_perp_mm"),
    *("converted_to_resection", "clavien_dindo", "pump_complication", "os_months", "os_event", "pfs_months"),
    *("pfs_event", "hepatic_pfs_months", "hepatic_pfs_event"),
)

Row = dict[str, str]
Times = Sequence[tuple[float, int]]  # (time, event), sorted
Size = tuple[int, int]  # longest diameter and its perpendicular, mm
Target = tuple[Size, Size | None]  # the two target lesions; some patients have one
Interval = tuple[float, float]
T = TypeVar("T")


class ReconstructionError(Exception):
    """A target is not met: the search or a check of the finished rows failed."""


# --- The slots -------------------------------------------------------------------------------------------------------
# A slot is a patient before shuffling. What the article forces on single patients is fixed here: 11 KRAS-mutated
# (3 progressors, 1 stable, 7 responders of whom 2 converted), 13 wild type (all responders, 8 converted), 1 BRAF V600E
# (no responder, not converted).
N = 25
KRAS, WILD, BRAF = range(11), range(11, 24), 24
PROGRESSORS = range(3)
RESPONDERS = (*range(4, 11), *WILD)
CONVERTED = frozenset((9, 10, *range(16, 24)))
# One patient of each group who dies, dies without a progression: competing risks then have both causes.
DEATH_WITHOUT_PROGRESSION = (4, 11)


# --- The printed numbers ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Printed:
    """One printed number: its identity, value, decimals and whether it can be true."""

    key: str
    variable: str
    group: str
    statistic: str
    text: str
    places: str
    attainability: str

    @property
    def value(self) -> float:
        """The printed value; a date or `n/N` has none."""
        return float(self.text)

    @property
    def decimals(self) -> int:
        """How many decimals are printed."""
        return int(self.places)

    @property
    def interval(self) -> Interval:
        """Values that print as this one, rounded half up, a margin away from both boundaries."""
        half = (0.5 - MARGIN) / 10**self.decimals
        return self.value - half, self.value + half

    def allows(self, number: float) -> bool:
        """Whether a number prints as this one."""
        low, high = self.interval
        return low <= number <= high

    def prints(self, number: float) -> bool:
        """Whether a number, rounded half up, is this one: `allows` without the margin."""
        scale = 10**self.decimals
        return math.isfinite(number) and math.floor(number * scale + 0.5) == round(self.value * scale)


def read_printed(path: Path) -> dict[str, Printed]:
    """Read the table of printed numbers, by its identifier."""
    fields = ("id", "variable", "group", "statistic", "value", "decimals", "attainability")
    with path.open(encoding="utf-8", newline="") as file:
        return {line["id"]: Printed(*(line[field] for field in fields)) for line in csv.DictReader(file)}


PRINTED = read_printed(HERE / "published_numbers.csv")


def whole(key: str) -> int:
    """Read a printed whole number, or the count of a printed `count/total`."""
    return int(PRINTED[key].text.split("/")[0])


def count_behind(key: str, total: int) -> int:
    """Find the only count whose percentage of the total prints as this one."""
    counts = [count for count in range(total + 1) if PRINTED[key].allows(100 * count / total)]
    if len(counts) != 1:
        raise ReconstructionError(f"{key}: {len(counts)} counts of {total} print as {PRINTED[key].text} %")
    return counts[0]


# --- Statistics ------------------------------------------------------------------------------------------------------
def midranks_doubled(values: Sequence[float]) -> list[int]:
    """Twice the midrank of each value, a whole number."""
    return [sum(other < value for other in values) + sum(other <= value for other in values) + 1 for value in values]


@cache
def _rank_sum_distribution(ranks: tuple[int, ...], size: int) -> tuple[tuple[int, int], ...]:
    """Count the subsets of a size by their sum: (sum, count), by the generating function packed into integers."""
    width = 64  # bits a coefficient; binomial(25, 12) needs 23
    packed = [1] + [0] * size
    for rank in ranks:
        for k in range(size, 0, -1):
            packed[k] += packed[k - 1] << (rank * width)
    mask, polynomial, counts = (1 << width) - 1, packed[size], []
    for total in range(sum(ranks) + 1):
        count = (polynomial >> (total * width)) & mask
        if count:
            counts.append((total, count))
    return tuple(counts)


def mann_whitney_exact(first: Sequence[float], second: Sequence[float]) -> float:
    """Two-sided exact Mann-Whitney P conditional on the ties: P(|W - E| >= |w - E|) over the midranks' permutations."""
    ranks = midranks_doubled([*first, *second])
    size, total = len(first), len(ranks)
    distribution = _rank_sum_distribution(tuple(sorted(ranks)), size)
    # E(doubled rank sum) = size (total + 1); whole numbers, so "as extreme" is exact.
    observed = abs(sum(ranks[:size]) - size * (total + 1))
    extreme = sum(count for value, count in distribution if abs(value - size * (total + 1)) >= observed)
    return extreme / math.comb(total, size)


def fisher_exact(a: int, n1: int, b: int, n2: int) -> float:
    """Two-sided Fisher P of a/n1 against b/n2: the tables no likelier than the observed one."""
    weights = [math.comb(n1, k) * math.comb(n2, a + b - k) for k in range(max(0, a + b - n2), min(n1, a + b) + 1)]
    observed = math.comb(n1, a) * math.comb(n2, b)
    return sum(weight for weight in weights if weight <= observed) / sum(weights)


def pearson_p(first: Sequence[int], second: Sequence[int]) -> float:
    """Pearson's chi-square P of two groups' counts over two to four levels, by the closed forms of its tail."""
    n1, n2 = sum(first), sum(second)
    chi2 = 0.0
    for a, b in zip(first, second, strict=True):
        for observed, size in ((a, n1), (b, n2)):
            expected = (a + b) * size / (n1 + n2)
            chi2 += (observed - expected) ** 2 / expected
    odd, even = math.erfc(math.sqrt(chi2 / 2)), math.exp(-chi2 / 2)
    return {1: odd, 2: even, 3: odd + math.sqrt(2 * chi2 / math.pi) * even}[len(first) - 1]


def interquartile_range(values: Sequence[float]) -> float:
    """Interquartile range with the quartiles at (n + 1)p, R type 6, as SPSS."""
    ordered = sorted(values)

    def quantile(p: float) -> float:
        position = (len(ordered) + 1) * p
        index = int(position)
        return ordered[index - 1] + (position - index) * (ordered[index] - ordered[index - 1])

    return quantile(0.75) - quantile(0.25)


def movable_median(values: Sequence[float], printed: Printed) -> bool:
    """Whether a change of one value can make the printed median fail.

    No printed number may be immune to every change of one cell: a check of the rows against it would then hold
    whatever is done to any one of them. Heavily tied counts are, unless the printed median lies at an edge of its
    ties. One change takes the median farthest where the smallest value becomes the largest, or the other way round;
    a value made missing takes it no farther.
    """
    ordered = sorted(values)
    return not all(
        printed.prints(median(changed)) for changed in ([*ordered[1:], math.inf], [-math.inf, *ordered[:-1]])
    )


@dataclass(frozen=True)
class MedianTime:
    """Kaplan-Meier median with its limits; `survival` is the estimate where the walk ended."""

    median: float | None
    lower: float | None
    upper: float | None
    survival: float


def median_time(times: Times) -> MedianTime:
    """Find the first event time with S <= 0.5 and its limits by SPSS's formula (percentile, Wald, 95 %).

    `times` are (time, event), sorted. The standard error is that of S(median) divided by the slope between the last
    event time with S >= 0.55 and the first with S <= 0.45 (SPSS Statistics Algorithms, KM; Collett).
    """
    survival, greenwood, middle, error = 1.0, 0.0, None, 0.0
    upper: Interval | None = None
    lower: Interval | None = None
    index, n = 0, len(times)
    while index < n and lower is None:
        time, at_risk, deaths = times[index][0], n - index, 0
        while index < n and times[index][0] == time:
            deaths += times[index][1]
            index += 1
        if not deaths:
            continue
        survival *= (at_risk - deaths) / at_risk
        greenwood += deaths / (at_risk * (at_risk - deaths)) if at_risk > deaths else 0.0
        if survival >= 0.55 - 1e-9:
            upper = (time, survival)
        if middle is None and survival <= 0.5 + 1e-9:
            middle, error = time, survival * math.sqrt(greenwood)
        if survival <= 0.45 + 1e-9:
            lower = (time, survival)
    if middle is None or upper is None or lower is None or error == 0.0:
        return MedianTime(middle, None, None, survival)
    half = 1.959964 * error * (lower[0] - upper[0]) / (upper[1] - lower[1])
    return MedianTime(middle, middle - half, middle + half, survival)


def logrank(first: Times, second: Times) -> float:
    """Log-rank (Mantel-Cox) chi-square with the hypergeometric variance."""
    merged = sorted([*((time, event, 1) for time, event in first), *((time, event, 0) for time, event in second)])
    excess = variance = 0.0
    index, n, n1 = 0, len(merged), len(first)
    while n > 1:
        time, d, d1, left, left1 = merged[index][0], 0, 0, n, n1
        while index < len(merged) and merged[index][0] == time:
            _, event, of_first = merged[index]
            d, d1 = d + event, d1 + event * of_first
            left, left1 = left - 1, left1 - of_first
            index += 1
        if d:
            excess += d1 - d * n1 / n
            variance += d * (n - d) * n1 * (n - n1) / (n * n * (n - 1))
        n, n1 = left, left1
    return excess * excess / variance if variance else 0.0


# --- Searching --------------------------------------------------------------------------------------------------------
def stream(block: str) -> Random:
    """Return a block's own random stream, so that a change in one block leaves the others as they are."""
    return Random(f"{SEED} {block}")


def search(block: str, draw: Callable[[Random], T | None], limit: int = 2_000_000) -> T:
    """Draw until a draw is accepted (not None)."""
    random = stream(block)
    for _ in range(limit):
        found = draw(random)
        if found is not None:
            return found
    raise ReconstructionError(f"{block}: nothing found in {limit} draws")


def between(random: Random, low: int, high: int) -> int:
    """Draw a whole number, both ends included."""
    return low + int(random.random() * (high - low + 1))


def hand_out(random: Random, values: Iterable[float], drivers: Sequence[float], noise: float) -> list[float]:
    """Hand values to slots so that a larger driver tends to a larger value; `noise` loosens it."""
    order = sorted(range(len(drivers)), key=lambda slot: drivers[slot] + noise * random.random())
    result = [0.0] * len(drivers)
    for slot, value in zip(order, sorted(values), strict=True):
        result[slot] = value
    return result


# --- Continuous variables of Table 1 ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shape:
    """How one group's values are drawn: whole units between a minimum, a median and a maximum.

    `below` and `above` bend the other values: +k draws them towards the median, -k towards the end, 1 is even.
    """

    n: int
    low: int
    middle: float
    high: int
    below: int = 1
    above: int = 1


def bent(random: Random, middle: float, end: float, power: int) -> int:
    """Draw between the median and an end; a product of uniforms, since pow() may differ in its last bit."""
    fraction = 1.0
    for _ in range(abs(power)):
        fraction *= random.random()
    return round(middle + (end - middle) * (fraction if power > 0 else 1.0 - fraction))


def draw_group(random: Random, shape: Shape) -> list[int]:
    """Draw one group's values, sorted, with exactly the minimum, median and maximum of the shape."""
    if shape.n % 2:
        center = [round(shape.middle)]
    else:
        left = int(shape.middle) - between(random, 0, 1)
        center = [left, round(2 * shape.middle) - left]
    others = (shape.n - len(center)) // 2 - 1
    below = [min(center[0], bent(random, shape.middle, shape.low, shape.below)) for _ in range(others)]
    above = [max(center[-1], bent(random, shape.middle, shape.high, shape.above)) for _ in range(others)]
    return sorted([shape.low, *below, *center, *above, shape.high])


def printed_shape(name: str, group: str, n: int, scale: int = 1, below: int = 1, above: int = 1) -> Shape:
    """Build the shape whose minimum, median and maximum are the printed ones, in units of 1/scale."""
    low, middle, high = (PRINTED[f"table1.{name}.{statistic}.{group}"].value for statistic in ("min", "median", "max"))
    return Shape(n, round(low * scale), middle * scale, round(high * scale), below, above)


def two_groups(
    name: str,
    kras: Shape,
    wild: Shape,
    accept: Callable[[list[int], list[int]], bool] = lambda kras, wild: True,
) -> tuple[list[int], list[int]]:
    """Search both groups' values until their exact Mann-Whitney P prints as in Table 1 and `accept` agrees.

    Both printed medians can be moved by one value (`movable_median`).
    """
    target = PRINTED[f"table1.{name}.p"]
    kras_middle, wild_middle = (PRINTED[f"table1.{name}.median.{group}"] for group in ("kras_mut", "wild_type"))

    def draw(random: Random) -> tuple[list[int], list[int]] | None:
        first, second = draw_group(random, kras), draw_group(random, wild)
        if not movable_median(first, kras_middle) or not movable_median(second, wild_middle):
            return None
        if accept(first, second) and target.allows(mann_whitney_exact(first, second)):
            return first, second
        return None

    return search(name, draw)


def ages() -> list[int]:
    """Ages in tenths of a year.

    Extremes are drawn in the first half of their year, so that completed years and rounding print the same number,
    except the youngest: 34 completed years in Table 1 and 35 rounded in the text is an age in [34.5, 35).
    The mean of 59 with medians of 57.3 and 55.0 needs ages near the upper ends.
    """
    random = stream("age extremes")
    kras = printed_shape("age", "kras_mut", 11, 10, below=3, above=-2)
    wild = printed_shape("age", "wild_type", 13, 10, below=3, above=-3)
    kras = replace(kras, low=kras.low + between(random, 0, 4), high=kras.high + between(random, 0, 4))
    wild = replace(wild, low=wild.low + between(random, 5, 9), high=wild.high + between(random, 0, 4))
    oldest = whole("methods.age.max.all") * 10 + between(random, 0, 4)
    mean = PRINTED["methods.age.mean.all"]

    def accept(first: list[int], second: list[int]) -> bool:
        distinct = len({*first, *second}) == len(first) + len(second)
        return distinct and mean.allows((sum(first) + sum(second) + oldest) / (10 * N))

    first, second = two_groups("age", kras, wild, accept)
    random.shuffle(first)
    random.shuffle(second)
    return [*first, *second, oldest]


def body_mass_indices() -> list[int]:
    """Body mass index in tenths."""
    kras, wild = printed_shape("bmi", "kras_mut", 11, 10), printed_shape("bmi", "wild_type", 13, 10, above=2)
    first, second = two_groups("bmi", kras, wild)
    random = stream("bmi of slots")
    random.shuffle(first)
    random.shuffle(second)
    return [*first, *second, between(random, 235, 295)]


def lesion_numbers() -> list[int]:
    """Liver lesions; the converted tend to have fewer, and the overall median is a target too."""
    random = stream("lesions of slots")
    braf = between(random, 12, 24)
    overall = PRINTED["abstract.lesions.median.all"]
    first, second = two_groups(
        "lesions",
        printed_shape("lesions", "kras_mut", 11, above=2),
        printed_shape("lesions", "wild_type", 13, above=2),
        lambda kras, wild: overall.allows(median([*kras, *wild, braf])) and sorted(wild)[1] > 1,
    )
    burden = [-1.0 * (slot in CONVERTED) for slot in range(N)]
    handed = [
        *hand_out(random, first, burden[:11], 1.6),
        *hand_out(random, second, burden[11:24], 1.6),
    ]
    return [*(int(number) for number in handed), braf]


def hospital_stays(resected_now: Sequence[bool]) -> tuple[list[int], list[int]]:
    """Operative minutes and days in hospital; a resection of the primary in the same operation lengthens both."""
    minutes = two_groups(
        "op_minutes",
        printed_shape("op_minutes", "kras_mut", 11, above=2),
        printed_shape("op_minutes", "wild_type", 13, above=2),
    )
    days = two_groups("los", printed_shape("los", "kras_mut", 11), printed_shape("los", "wild_type", 13, above=2))
    random = stream("stays of slots")
    handed = []
    for (first, second), braf in ((minutes, between(random, 280, 340)), (days, between(random, 5, 8))):
        work = [1.0 * now for now in resected_now]
        of_kras, of_wild = hand_out(random, first, work[:11], 1.7), hand_out(random, second, work[11:24], 1.7)
        handed.append([*(int(value) for value in (*of_kras, *of_wild)), braf])
    return handed[0], handed[1]


# --- Cycles and regimens ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Systemic:
    """Systemic treatment before the pump; `cycles` is missing for the patient who had none."""

    regimens: int
    cycles: int | None
    first_line: str
    second_line: str


def systemic_treatment(naive: int) -> list[Systemic]:
    """Prior cycles, regimens and their names.

    7.5 as a median of whole numbers needs an even count: the chemotherapy-naive patient, KRAS-mutated, has no value.
    The wild type's median of 6 is its minimum too, so exactly seven of 13 have 6: one more, and no change of one cell
    could move it. The ten with most cycles had two regimens, with FOLFIRI second; so the first of those was FOLFOX.
    """
    first, second = two_groups(
        "prior_cycles",
        printed_shape("prior_cycles", "kras_mut", 10),
        printed_shape("prior_cycles", "wild_type", 13, above=2),
    )
    random = stream("systemic treatment of slots")
    random.shuffle(first)
    random.shuffle(second)
    first.insert(naive, -1)
    cycles = [*first, *second, between(random, 8, 12)]
    two = sorted(range(N), key=lambda slot: (cycles[slot], random.random()))[-whole("results.prior_regimens.two.n") :]
    one = [slot for slot in range(N) if slot not in two and slot != naive]
    other = (whole("abstract.prior_chemo.n.all") - whole("results.folfox.n")) * ["FOLFIRI"]
    other[-1] = "FOLFOXIRI"
    names = dict(zip(random.sample(one, len(other)), other, strict=True))
    courses = []
    for slot in range(N):
        if slot == naive:
            courses.append(Systemic(0, None, "", ""))
        else:
            name = names.get(slot, "FOLFOX")
            courses.append(Systemic(1 + (slot in two), cycles[slot], name, "FOLFIRI" if slot in two else ""))
    return courses


CYCLES = (3, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7, 7, 8, 9, 10, 12)


def fitting_cycles(random: Random, values: Sequence[int], courses: dict[int, Course]) -> dict[int, int] | None:
    """Hand cycles of 28 days to slots while the liver was controlled; None where they cannot fit.

    From the most cycles down, so that the slots which can still take them are never used up by fewer.
    """
    given: dict[int, int] = {}
    for value in sorted(values, reverse=True):
        free = [slot for slot, course in courses.items() if slot not in given and 28 * value <= course.hepatic]
        if not free:
            return None
        given[free[between(random, 0, len(free) - 1)]] = value
    return given


def hai_cycles(courses: Sequence[Course], naive: int) -> list[int | None]:
    """Cycles through the pump, with one patient of each group unrecorded.

    Of the KRAS-mutated, because 11 whole numbers cannot have the printed 1.5. Of the wild type, because the medians of
    both groups and of everyone are to be movable (`movable_median`): of all counts from 3 to 12 with the printed
    medians and interquartile ranges none lets one value move everyone's 6 where 10, 13 and the BRAF patient have one,
    and none gives the printed P where the BRAF patient is the unrecorded one.
    """
    key = "table1.hai_cycles"
    overall = PRINTED["abstract.hai_cycles.median.all"]
    stopped_at = whole("results.biliary_stopped.cycles.all")
    printed = [whole(f"abstract.hai_cycles.{name}.all") for name in ("min", "median", "max")]

    def group(random: Random, name: str, n: int) -> list[int]:
        while True:
            values = [CYCLES[between(random, 0, len(CYCLES) - 1)] for _ in range(n)]
            middle, spread = PRINTED[f"{key}.median.{name}"], PRINTED[f"{key}.iqr.{name}"]
            found = median(values) == middle.value and interquartile_range(values) == spread.value
            if found and movable_median(values, middle):
                return values

    def draw(random: Random) -> list[int | None] | None:
        first, second = group(random, "kras_mut", 10), group(random, "wild_type", 12)
        everyone = [*first, *second, stopped_at]
        if [min(everyone), median(everyone), max(everyone)] != printed or everyone.count(stopped_at) < 5:
            return None
        if not movable_median(everyone, overall) or not PRINTED[f"{key}.p"].allows(mann_whitney_exact(first, second)):
            return None
        unrecorded = KRAS[between(random, 4, 10)], WILD[between(random, 0, 12)]
        if naive in unrecorded:
            return None
        of_kras = fitting_cycles(random, first, {slot: courses[slot] for slot in KRAS if slot not in unrecorded})
        of_wild = fitting_cycles(random, second, {slot: courses[slot] for slot in WILD if slot not in unrecorded})
        if of_kras is None or of_wild is None or 28 * stopped_at > courses[BRAF].hepatic:
            return None
        given = of_kras | of_wild | {BRAF: stopped_at}
        return [given.get(slot) for slot in range(N)]

    return search("hai_cycles", draw)


# --- Lesions and response --------------------------------------------------------------------------------------------
SIZES = [(long, perp) for long in range(10, 46) for perp in range(7, long + 1) if perp >= 0.6 * long]


def product(size: Size | None) -> int:
    """Longest diameter times its perpendicular, mm2; 0 where there is no lesion."""
    return size[0] * size[1] if size else 0


def reduction(baseline: Target, best: Target) -> float:
    """Percent reduction of the sum of products; growth is negative."""
    before = product(baseline[0]) + product(baseline[1])
    return 100 * (before - product(best[0]) - product(best[1])) / before


def largest_lesions(single: int) -> list[Size]:
    """Diameters of the largest lesion; its product in cm2 is in Table 1. The single lesion is the largest of all."""
    of_tenth: dict[int, list[Size]] = {}
    for size in SIZES:
        if product(size) % 10 not in (4, 5):  # keep off the rounding boundary
            of_tenth.setdefault(int(product(size) / 10 + 0.5), []).append(size)
    kras = printed_shape("largest_cm2", "kras_mut", 11, 10)
    wild = printed_shape("largest_cm2", "wild_type", 13, 10)

    def draw(random: Random) -> tuple[list[Size], list[Size]] | None:
        groups = [draw_group(random, kras), draw_group(random, wild)]
        if any(tenth not in of_tenth for group in groups for tenth in group):
            return None
        first, second = ([of_tenth[t][between(random, 0, len(of_tenth[t]) - 1)] for t in group] for group in groups)
        p_value = mann_whitney_exact([product(size) for size in first], [product(size) for size in second])
        return (first, second) if PRINTED["table1.largest_cm2.p"].allows(p_value) else None

    first, second = search("largest_cm2", draw)
    random = stream("largest lesion of slots")
    random.shuffle(first)
    largest = second.pop()
    random.shuffle(second)
    second.insert(single - WILD[0], largest)
    return [*first, *second, (27, 21)]


def second_lesion(random: Random, first: Size) -> Size:
    """Draw a second target lesion, no larger than the first."""
    fitting = [size for size in SIZES if 0.35 * product(first) <= product(size) <= product(first)]
    return fitting[between(random, 0, len(fitting) - 1)] if fitting else first


# The three progressors, and any value for the stable patient.
NONRESPONDERS = (*(-float(PRINTED[f"figure1.progression.pct_{rank}"].value) for rank in (1, 2, 3)), 30.0)


def reductions_aimed_at(courses: Sequence[Course]) -> list[Interval]:
    """Aim, for each slot, at an interval of percent reduction.

    The 13th of 25 lies just below 63.5 and the 14th just above, so that the median prints 63.5 with and without the
    BRAF patient. Responders keep off the threshold of 50, and the converted tend to the larger reductions.
    """
    k_middle, k_high = (float(whole(f"table2.reduction.{name}.kras_mut")) for name in ("median", "max"))
    low, middle, high = (float(whole(f"table2.reduction.{name}.wild_type")) for name in ("min", "median", "max"))

    def draw(random: Random) -> tuple[list[float], list[float]] | None:
        def some(count: int, start: float, end: float) -> list[float]:
            return [start + (end - start) * random.random() for _ in range(count)]

        first = [*some(1, 51.5, k_middle - 1), k_middle, *some(4, k_middle + 1, k_high - 4), k_high]
        second = [low, *some(5, low + 1, middle - 1), middle, *some(5, middle + 1, 97), high]
        ordered = sorted([*first, *second])
        pair = ordered[7:9]
        near = any(later - earlier < 0.7 for earlier, later in pairwise(ordered))
        if near or not ordered[6] < 62.9 or not ordered[9] > 64.2 or {*pair} & {k_middle, low, middle}:
            return None
        if not PRINTED["table2.reduction.p"].allows(mann_whitney_exact([*NONRESPONDERS, *first], second)):
            return None
        exact = dict(zip(pair, (63.475, 63.535), strict=True))
        return [exact.get(x, x) for x in first], [exact.get(x, x) for x in second]

    first, second = search("reduction", draw)
    random = stream("reductions of slots")
    drivers = [1.0 * (slot in CONVERTED) for slot in RESPONDERS]
    handed = [*hand_out(random, first, drivers[:7], 1.5), *hand_out(random, second, drivers[7:], 1.5)]
    growth = hand_out(random, NONRESPONDERS[:3], [course.end for course in courses[:3]], 0.0)  # shortest life, most
    aims = [*growth, 20.0 + 20.0 * random.random(), *handed, 15.0 + 25.0 * random.random()]
    return [(aim - width, aim + width) for aim in aims for width in [0.015 if 63 < aim < 64 else 0.3]]


def best_sizes(random: Random, baseline: Target, aim: Interval) -> Target | None:
    """Draw best-response diameters that a CT can measure until the reduction falls into its interval.

    None where these baseline diameters seem to have no such answer.
    """
    if aim[1] > 100:  # complete
        return (0, 0), (0, 0) if baseline[1] else None
    left = 1 - (aim[0] + aim[1]) / 200

    def shrink(size: Size) -> Size:
        factor = math.sqrt(left * (0.8 + 0.4 * random.random()))
        long = round(size[0] * factor * (0.92 + 0.16 * random.random()))
        return long, min(long, round(size[1] * factor * (0.92 + 0.16 * random.random())))

    for _ in range(20_000):
        best = shrink(baseline[0]), shrink(baseline[1]) if baseline[1] else None
        measurable = all(size is None or size[1] >= 3 for size in best)
        if measurable and aim[0] <= reduction(baseline, best) <= aim[1]:
            return best
    return None


def lesions(single: int, courses: Sequence[Course]) -> tuple[list[Target], list[Target]]:
    """Baseline and best diameters of the target lesions of all slots."""
    aims, largest = reductions_aimed_at(courses), largest_lesions(single)
    random = stream("lesion diameters")
    before: list[Target] = []
    after: list[Target] = []
    for first, aim, slot in zip(largest, aims, range(N), strict=True):
        best = None
        while best is None:
            baseline = (first, None if slot == single else second_lesion(random, first))
            best = best_sizes(random, baseline, aim)
        before.append(baseline)
        after.append(best)
    return before, after


# --- Survival --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Course:
    """One patient's times in whole days from the pump.

    A time before the end of follow-up is a progression; at the end it is the death, or for the living a censoring.
    So death implies an event of all three endpoints, and no event can contradict another.
    """

    end: int
    died: int
    progression: int
    hepatic: int

    def times(self, endpoint: str) -> tuple[int, int]:
        """Time and event of an endpoint."""
        time = self.end if endpoint == "os" else self.progression if endpoint == "pfs" else self.hepatic
        return time, int(self.died or time < self.end)


def plausible(slot: int, course: Course) -> bool:
    """Whether a course can be this slot's.

    The living were seen until the summer of 2020, so at least eight months after a pump of 2019. Liver progression
    under therapy shows at the first reassessments (three-monthly); a conversion takes months of control.
    """
    end, progression, hepatic = course.end, course.progression, course.hepatic
    if not (SHORTEST <= end <= LONGEST and progression <= hepatic <= end) or (end < 250 and not course.died):
        return False
    if any(0 < later - earlier < 25 for earlier, later in ((progression, hepatic), (hepatic, end), (progression, end))):
        return False
    if slot in DEATH_WITHOUT_PROGRESSION and not (course.died and progression == end):
        return False
    if slot in PROGRESSORS:
        return progression == hepatic and 84 <= progression <= 183 and end - hepatic >= 30
    if slot in CONVERTED:
        return end >= 365 and progression >= 150 and hepatic >= 240
    return progression >= 110 and hepatic >= 120


def day_interval(key: str) -> Interval:
    """Days that print as these months."""
    low, high = PRINTED[key].interval
    return low * DAYS_PER_MONTH, high * DAYS_PER_MONTH


SHORTEST = math.ceil(day_interval("abstract.follow_up.min.all")[0])
LONGEST = math.floor(day_interval("abstract.follow_up.max.all")[1])


def chi2_interval(key: str) -> Interval:
    """Log-rank chi-squares whose P prints as this one; six decimals, so that every platform has the same bounds."""
    low, high = PRINTED[key].interval
    bounds = [round(NormalDist().inv_cdf(1 - p / 2) ** 2, 6) for p in (high, low)]
    return bounds[0], bounds[1]


CURVES = {
    ("os", "kras_mut"): "results.os.{}.kras_mut",
    ("os", "all"): "results.os.{}.all",
    ("pfs", "kras_mut"): "results.pfs.{}.kras_mut",
    ("pfs", "wild_type"): "results.pfs.{}.wild_type",
    ("hpfs", "kras_mut"): "results.hpfs.{}.kras_mut",
    ("hpfs", "wild_type"): "results.hpfs.{}.wild_type",
}
CURVE_DAYS = {
    curve: tuple(day_interval(key.format(name)) for name in ("median", "ci_lower", "ci_upper"))
    for curve, key in CURVES.items()
}
CHI2 = {endpoint: chi2_interval(f"results.{endpoint}.p") for endpoint in ("os", "pfs", "hpfs")}
FOLLOW_UP_DAYS = {name: day_interval(f"abstract.follow_up.{name}.all") for name in ("min", "median", "max")}


def outside(number: float, interval: Interval) -> float:
    """Distance of a number from an interval; 0 inside."""
    return max(interval[0] - number, number - interval[1], 0.0)


def curve_energy(times: Times, curve: tuple[str, str]) -> float:
    """Months by which a curve's median and limits miss; what is not estimable costs more than any miss."""
    found = median_time(times)
    middle, low, high = CURVE_DAYS[curve]
    if found.median is None:
        return 40 + 40 * (found.survival - 0.5)
    miss = outside(found.median, middle) / DAYS_PER_MONTH
    if found.lower is None or found.upper is None:
        return miss + 20 + 20 * max(0.0, found.survival - 0.45)
    return miss + (outside(found.lower, low) + outside(found.upper, high)) / DAYS_PER_MONTH


def energy(courses: Sequence[Course], endpoint: str) -> float:
    """How far one endpoint is from all its printed numbers; 0 where all come out."""
    times = [course.times(endpoint) for course in courses]
    kras, wild = sorted(times[:11]), sorted(times[11:24])
    total = 5 * outside(logrank(kras, wild), CHI2[endpoint]) + curve_energy(kras, (endpoint, "kras_mut"))
    if endpoint != "os":
        return total + curve_energy(wild, (endpoint, "wild_type"))
    # The article does not say whether the whole cohort has the BRAF patient: both must give the printed numbers.
    analysed, everyone = sorted(times[:24]), sorted(times)
    total += curve_energy(analysed, ("os", "all")) + curve_energy(everyone, ("os", "all"))
    total += 20 * max(0.0, 0.53 - final_survival(wild))  # the median of the wild type is not reached
    days = [time for time, _ in everyone]
    middle = (analysed[11][0] + analysed[12][0]) / 2
    total += (outside(days[12], FOLLOW_UP_DAYS["median"]) + outside(middle, FOLLOW_UP_DAYS["median"])) / DAYS_PER_MONTH
    total += (outside(days[0], FOLLOW_UP_DAYS["min"]) + outside(days[-1], FOLLOW_UP_DAYS["max"])) / DAYS_PER_MONTH
    return total + 2.0 * everyone[-1][1]  # the longest follow-up is of a patient alive, so that no curve ends at 0


def final_survival(times: Times) -> float:
    """Kaplan-Meier estimate after the last of sorted times; tied deaths one after another give the same."""
    survival = 1.0
    for index, (_, event) in enumerate(times):
        if event:
            survival *= (len(times) - index - 1) / (len(times) - index)
    return survival


def first_courses(random: Random) -> list[Course]:
    """Draw plausible courses to start from, with the printed number of deaths."""
    deaths = {*range(11 - whole("results.os_alive.n.kras_mut"))}
    wild_deaths = 13 - count_behind("results.os_alive.percent.wild_type", 13)
    deaths |= {*range(11, 10 + wild_deaths), 16}
    courses = []
    for slot in range(N):
        while True:
            end = between(random, SHORTEST, LONGEST)
            progression = end if random.random() < 0.3 else between(random, 84, end)
            hepatic = progression if random.random() < 0.5 else between(random, progression, end)
            course = Course(end, int(slot in deaths), progression, hepatic)
            if plausible(slot, course):
                break
        courses.append(course)
    return courses


def moved(random: Random, course: Course) -> Course:
    """Draw a neighbour: one of the times shifted by days or months, or a new kind of course."""
    end, progression, hepatic = course.end, course.progression, course.hepatic
    step = between(random, -6, 6) if random.random() < 0.6 else between(random, -120, 120)
    kind = between(random, 0, 8)
    if kind <= 2:
        later = end + step if random.random() < 0.85 else between(random, SHORTEST, LONGEST)
        progression = later if progression == end else progression
        return Course(later, course.died, progression, later if hepatic == end else hepatic)
    if kind <= 4:
        return replace(course, progression=progression + step, hepatic=hepatic + step * (hepatic == progression))
    if kind <= 6:
        return replace(course, hepatic=hepatic + step)
    if kind == 7:
        return Course(end + step, course.died, progression + step, hepatic + step)
    progression = end if random.random() < 0.25 else between(random, 84, max(84, end))
    hepatic = (end, progression, between(random, progression, max(progression, end)))[between(random, 0, 2)]
    return replace(course, progression=progression, hepatic=hepatic)


def neighbour(random: Random, courses: list[Course]) -> list[Course] | None:
    """Change one patient's course, or let two of a group change places between death and life."""
    slot = between(random, 0, N - 1)
    changed = courses.copy()
    if random.random() < 0.1:
        group = KRAS if slot in KRAS else WILD if slot in WILD else range(BRAF, BRAF + 1)
        other = group[between(random, 0, len(group) - 1)]
        changed[slot] = replace(courses[slot], died=courses[other].died if slot != BRAF else 1 - courses[BRAF].died)
        changed[other] = replace(courses[other], died=courses[slot].died) if other != slot else changed[slot]
        if not plausible(other, changed[other]) or not 1 <= sum(changed[c].died for c in CONVERTED) <= 2:
            return None
    else:
        changed[slot] = moved(random, courses[slot])
    if changed[slot] == courses[slot] or not plausible(slot, changed[slot]):
        return None
    if any(
        changed[slot].times(endpoint)[0] in (c.times(endpoint)[0] for c in (*changed[:slot], *changed[slot + 1 :]))
        for endpoint in ("os", "pfs", "hpfs")
    ):
        return None  # two patients with the same day are rare, and would hide differences between methods
    return changed


def added(energies: dict[str, float]) -> float:
    """Add left to right: sum() of floats rounds otherwise from Python 3.12 on."""
    total = 0.0
    for value in energies.values():
        total += value
    return total


def anneal(random: Random, steps: int) -> list[Course] | None:
    """Threshold accepting (Dueck & Scheuer 1990): a neighbour is taken unless it is worse by a falling threshold."""
    courses = first_courses(random)
    energies = {endpoint: energy(courses, endpoint) for endpoint in ("os", "pfs", "hpfs")}
    for step in range(steps):
        changed = neighbour(random, courses)
        remaining = 1 - step / steps
        limit = added(energies) + 1.2 * remaining * remaining * random.random()
        if changed is None:
            continue
        found: dict[str, float] = {}
        for endpoint in ("os", "pfs", "hpfs"):
            same = all(a is b or a.times(endpoint) == b.times(endpoint) for a, b in zip(courses, changed, strict=True))
            found[endpoint] = energies[endpoint] if same else energy(changed, endpoint)
            if added(found) > limit:
                break
        else:
            courses, energies = changed, found
            if added(energies) == 0.0:
                return courses
    return None


def survival() -> list[Course]:
    """Search the courses of all slots."""
    courses = anneal(stream(f"survival {SURVIVAL_START}"), 200_000)
    if courses is None:
        raise ReconstructionError("survival: the start does not reach all targets")
    return courses


# --- Counted variables -----------------------------------------------------------------------------------------------
def marked(random: Random, slots: Sequence[int], count: int) -> set[int]:
    """Draw slots."""
    return set(random.sample(list(slots), count))


def sexes() -> list[str]:
    """13 men of 25 and 9 of 13 wild type; with P = 0.10 that leaves 3 of 11 and the BRAF patient."""
    random = stream("sex")
    wild = count_behind("table1.male.percent.wild_type", 13)
    men = marked(random, WILD, wild) | marked(random, KRAS, whole("methods.male.n.all") - wild - 1) | {BRAF}
    return ["male" if slot in men else "female" for slot in range(N)]


def races() -> list[str]:
    """Three different categories beside White, one KRAS-mutated: the only 2x4 table with the printed P."""
    random = stream("race")
    race = ["White"] * N
    kras = marked(random, KRAS, 11 - count_behind("table1.white.percent.kras_mut", 11))
    wild = marked(random, WILD, 13 - count_behind("table1.white.percent.wild_type", 13))
    others = ["African American", "Asian", "Hispanic"]
    random.shuffle(others)
    for slot, other in zip([*sorted(kras), *sorted(wild)], others, strict=True):
        race[slot] = other
    return race


def primaries() -> tuple[list[str], list[str], list[str]]:
    """Resection of the primary, its site, and synchronous metastases.

    A primary that was still in place came with its metastases, so the metachronous are among those resected before.
    Right colon primaries were all resected; those left in place were rectal or rectosigmoid.
    """
    random = stream("primary")
    resection = ["none"] * N
    resection[BRAF] = "synchronous"
    synchronous = ["yes"] * N
    for group, name in ((KRAS, "kras_mut"), (WILD, "wild_type")):
        before = marked(random, group, whole(f"results.prior_resection.n.{name}"))
        left = [slot for slot in group if slot not in before]
        now = marked(random, left, whole(f"results.sync_resection.n.{name}"))
        for slot in group:
            resection[slot] = "prior" if slot in before else "synchronous" if slot in now else "none"
        later = len(group) - count_behind(f"table1.synchronous.percent.{name}", len(group))
        for slot in marked(random, sorted(before), later):
            synchronous[slot] = "no"
    sites = {
        "prior": ("right_colon", "right_colon", "left_colon", "left_colon", "left_colon", "rectum"),
        "synchronous": ("right_colon", "right_colon", "right_colon", "left_colon"),
        "none": ("rectum", "rectum", "rectum", "left_colon"),
    }
    site = [sites[how][between(random, 0, len(sites[how]) - 1)] for how in resection]
    site[BRAF] = "right_colon"
    return resection, site, synchronous


def extrahepatic(naive: int) -> list[str]:
    """Extrahepatic disease, accepted only after a response to systemic treatment: never in the naive patient."""
    random = stream("extrahepatic")
    treated = [slot for slot in KRAS if slot != naive]
    chosen = marked(random, treated, count_behind("table1.extrahepatic.percent.kras_mut", 11))
    chosen |= marked(random, WILD, count_behind("table1.extrahepatic.percent.wild_type", 13))
    return ["yes" if slot in chosen else "no" for slot in range(N)]


def variants() -> list[str]:
    """KRAS variants; 8 of codon 12 are left, whatever the printed 66.7 % says."""
    random = stream("variants")
    names = ["codon 13"] * whole("methods.codon13.n") + ["A146T"] * whole("methods.a146t.n")
    names += ["codon 12"] * (11 - len(names))
    random.shuffle(names)
    return [*names, *[""] * 14]


def pump_years(courses: Sequence[Course]) -> list[int]:
    """Years of pump placement within the study window.

    Of the date only the year is kept. The living were last seen within two months of the end of the window; the dead
    had their pump at any date that lets them die before it.
    """
    random = stream("pump years")
    years = []
    for course in courses:
        newest = min(LAST_PUMP, WINDOW_END - timedelta(days=course.end))
        oldest = WINDOW_START if course.died else max(WINDOW_START, newest - timedelta(days=60))
        years.append((oldest + timedelta(days=between(random, 0, (newest - oldest).days))).year)
    return years


def pump_complications(cycles: Sequence[int | None]) -> tuple[list[str], list[bool]]:
    """Long-term complications of the pump, and whether one stopped it: two biliary ones did, after 6 cycles."""
    random = stream("pump complications")
    stopped_at = whole("results.biliary_stopped.cycles.all")
    responders = [slot for slot in RESPONDERS if cycles[slot] is not None]
    stopped = random.sample([slot for slot in responders if cycles[slot] == stopped_at], 2)
    treated_on = [slot for slot in responders if (cycles[slot] or 0) >= stopped_at and slot not in stopped]
    third, infected = random.sample(treated_on, 2)
    names = {stopped[0]: "biliary_stricture", stopped[1]: "biloma", third: "biliary_stricture"}
    names[infected] = "pocket_infection"
    return [names.get(slot, "none") for slot in range(N)], [slot in stopped for slot in range(N)]


def complications(stays: Sequence[int]) -> list[str]:
    """Worst 30-day grade: seven mild, and one return to the operating room under general anaesthesia (IIIb)."""
    random = stream("complications")
    order = sorted(range(N), key=lambda slot: stays[slot] + 6 * random.random(), reverse=True)
    severe = max(range(N), key=lambda slot: stays[slot])
    mild = [slot for slot in order if slot != severe][: whole("results.complications_mild.n.all")]
    grade = ["0"] * N
    for index, slot in enumerate(mild):
        grade[slot] = ("II", "I", "II", "I", "II", "I", "II")[index]
    grade[severe] = "IIIb"
    return grade


# --- Rows ------------------------------------------------------------------------------------------------------------
def lesion_columns(before: Target, after: Target) -> Row:
    """Write the diameters of up to two lesions; a lesion that is not there is blank."""
    row = {}
    for when, target in (("baseline", before), ("best", after)):
        for number, size in enumerate(target, start=1):
            for name, value in zip(("long", "perp"), size or ("", ""), strict=True):
                row[f"lesion{number}_{when}_{name}_mm"] = str(value)
    return row


def survival_columns(course: Course) -> Row:
    """Write the times in months, with all digits, so that whole days come back."""
    row: Row = {}
    for column, endpoint in (("os", "os"), ("pfs", "pfs"), ("hepatic_pfs", "hpfs")):
        time, event = course.times(endpoint)
        row |= {f"{column}_months": repr(time / DAYS_PER_MONTH), f"{column}_event": str(event)}
    return row


def rows() -> list[Row]:
    """Make the 25 rows, shuffled so that the identifiers do not tell the groups."""
    random = stream("order")
    naive = KRAS[between(random, 4, 8)]
    courses = survival()
    numbers = lesion_numbers()
    before, after = lesions(numbers.index(1), courses)
    resection, site, synchronous = primaries()
    minutes, stays = hospital_stays([how == "synchronous" for how in resection])
    systemic = systemic_treatment(naive)
    cycles = hai_cycles(courses, naive)
    pump_complication, stopped = pump_complications(cycles)
    per_slot: dict[str, Sequence[object]] = {
        "age_years": [f"{age / 10:.1f}" for age in ages()],
        "sex": sexes(),
        "race": races(),
        "bmi_kg_m2": [f"{index / 10:.1f}" for index in body_mass_indices()],
        "synchronous_metastases": synchronous,
        "kras": ["mutant" if slot in KRAS else "wild_type" for slot in range(N)],
        "braf": ["mutant" if slot == BRAF else "wild_type" for slot in range(N)],
        "kras_codon": variants(),
        "primary_site": site,
        "primary_resection": resection,
        "pump_year": pump_years(courses),
        "operative_minutes": minutes,
        "length_of_stay_days": stays,
        "n_liver_lesions": numbers,
        "extrahepatic_disease": extrahepatic(naive),
        "prior_regimens": [treatment.regimens for treatment in systemic],
        "prior_chemo_cycles": ["" if treatment.cycles is None else treatment.cycles for treatment in systemic],
        "first_line": [treatment.first_line for treatment in systemic],
        "second_line": [treatment.second_line for treatment in systemic],
        "hai_cycles": ["" if number is None else number for number in cycles],
        "hai_discontinued": ["yes" if stop else "no" for stop in stopped],
        "converted_to_resection": ["yes" if slot in CONVERTED else "no" for slot in range(N)],
        "clavien_dindo": complications(stays),
        "pump_complication": pump_complication,
    }
    order = list(range(N))
    random.shuffle(order)
    made = []
    for number, slot in enumerate(order, start=1):
        row = {"patient_id": f"R{number:02d}", "site": "synthetic", "nras": "wild_type"}
        row |= {column: str(values[slot]) for column, values in per_slot.items()}
        made.append(row | lesion_columns(before[slot], after[slot]) | survival_columns(courses[slot]))
    return made


def as_csv(made: Sequence[Row]) -> str:
    """Write the rows as CSV text with LF line ends."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(made)
    return text.getvalue()


# --- Checking the finished rows --------------------------------------------------------------------------------------
# From here on only the text of the rows counts: each printed number is computed again from the cells.
NUMBERS: dict[str, Callable[[Row], float | None]] = {
    "age": lambda row: cell(row, "age_years"),
    "BMI": lambda row: cell(row, "bmi_kg_m2"),
    "operative duration": lambda row: cell(row, "operative_minutes"),
    "length of stay": lambda row: cell(row, "length_of_stay_days"),
    "liver lesions": lambda row: cell(row, "n_liver_lesions"),
    "largest lesion": lambda row: product(size_in(row, 1, "baseline")) / 100,
    "prior chemotherapy cycles": lambda row: cell(row, "prior_chemo_cycles"),
    "HAI cycles": lambda row: cell(row, "hai_cycles"),
    "tumour reduction": lambda row: reduction_in(row),
    "tumour change": lambda row: -reduction_in(row),
    "follow-up": lambda row: cell(row, "os_months"),
    "study period": lambda row: cell(row, "pump_year"),
}
# By the second part of the identifier.
COUNTED: dict[str, Callable[[Row], bool]] = {
    "n": lambda row: True,
    "excluded": lambda row: row["braf"] == "mutant",
    "braf": lambda row: row["braf"] == "mutant",
    "kras": lambda row: row["kras"] == "mutant",
    "wild_type": lambda row: group_of(row) == "wild_type",
    "male": lambda row: row["sex"] == "male",
    "white": lambda row: row["race"] == "White",
    "synchronous": lambda row: row["synchronous_metastases"] == "yes",
    "extrahepatic": lambda row: row["extrahepatic_disease"] == "yes",
    "codon13": lambda row: row["kras_codon"] == "codon 13",
    "a146t": lambda row: row["kras_codon"] == "A146T",
    "prior_chemo": lambda row: int(row["prior_regimens"]) > 0,
    "prior_regimens_one": lambda row: row["prior_regimens"] == "1",
    "prior_regimens_two": lambda row: row["prior_regimens"] == "2",
    "folfox": lambda row: row["first_line"] == "FOLFOX",
    "folfiri_second": lambda row: row["second_line"] == "FOLFIRI",
    "prior_resection": lambda row: row["primary_resection"] == "prior",
    "sync_resection": lambda row: row["primary_resection"] == "synchronous",
    "orr": lambda row: reduction_in(row) >= RESPONSE_THRESHOLD,
    "orr_again": lambda row: COUNTED["orr"](row),
    "conversion": lambda row: row["converted_to_resection"] == "yes",
    "conversion_again": lambda row: COUNTED["conversion"](row),
    "progressors": lambda row: reduction_in(row) < 0,
    "favourable": lambda row: reduction_in(row) > 0,
    "complications": lambda row: row["clavien_dindo"] != "0",
    "complications_mild": lambda row: row["clavien_dindo"] in ("I", "II"),
    "complications_severe": lambda row: row["clavien_dindo"] not in ("0", "I", "II"),
    "mortality_90d": lambda row: row["os_event"] == "1" and float(row["os_months"]) <= 90 / DAYS_PER_MONTH,
    "pump_complications": lambda row: row["pump_complication"] != "none",
    "pump_infection": lambda row: row["pump_complication"] == "pocket_infection",
    "biliary": lambda row: row["pump_complication"] in ("biliary_stricture", "biloma"),
    "biliary_stopped": lambda row: COUNTED["biliary"](row) and row["hai_discontinued"] == "yes",
    "os_alive": lambda row: row["os_event"] == "0",
}
ENDPOINTS = {"overall survival": "os", "PFS": "pfs", "hepatic PFS": "hepatic_pfs"}


def cell(row: Row, column: str) -> float | None:
    """Read a number; blank is None."""
    return float(row[column]) if row[column] else None


def size_in(row: Row, lesion: int, when: str) -> Size | None:
    """Diameters of a lesion, None where it is blank."""
    long, perp = row[f"lesion{lesion}_{when}_long_mm"], row[f"lesion{lesion}_{when}_perp_mm"]
    return (int(long), int(perp)) if long else None


def reduction_in(row: Row) -> float:
    """Percent reduction of a row's target lesions."""
    baseline, best = ((size_in(row, 1, when), size_in(row, 2, when)) for when in ("baseline", "best"))
    if baseline[0] is None or best[0] is None:
        raise ReconstructionError(f"{row['patient_id']}: the first lesion is blank")
    return reduction((baseline[0], baseline[1]), (best[0], best[1]))


def group_of(row: Row) -> str:
    """Return the group that the article compares, or `braf`."""
    if row["braf"] == "mutant":
        return "braf"
    return "kras_mut" if row["kras"] == "mutant" else "wild_type"


def times_in(members: Sequence[Row], column: str) -> Times:
    """Sorted times and events of an endpoint."""
    return sorted((float(row[f"{column}_months"]), int(row[f"{column}_event"])) for row in members)


def numbers_in(members: Sequence[Row], variable: str) -> list[float]:
    """Values of a continuous variable, without the missing."""
    return [value for row in members if (value := NUMBERS[variable](row)) is not None]


def p_value(printed: Printed, first: Sequence[Row], second: Sequence[Row]) -> float:
    """Two-sided P of the test that the printed numbers reveal."""
    if printed.variable in ENDPOINTS:
        column = ENDPOINTS[printed.variable]
        return math.erfc(math.sqrt(logrank(times_in(first, column), times_in(second, column)) / 2))
    if printed.variable in NUMBERS:
        return mann_whitney_exact(numbers_in(first, printed.variable), numbers_in(second, printed.variable))
    if printed.variable == "race (White)":
        levels = sorted({row["race"] for row in (*first, *second)})
        tables = [[sum(row["race"] == level for row in group) for level in levels] for group in (first, second)]
        return pearson_p(*tables)
    counted = COUNTED[printed.key.split(".")[1]]
    return fisher_exact(sum(map(counted, first)), len(first), sum(map(counted, second)), len(second))


def describe(printed: Printed, members: Sequence[Row]) -> float | None:
    """Compute a printed description of one group: a number's location or range, or a curve's median and limits."""
    if printed.variable in ENDPOINTS:
        found = median_time(times_in(members, ENDPOINTS[printed.variable]))
        return {"median": found.median, "ci_lower": found.lower, "ci_upper": found.upper}[printed.statistic]
    values = sorted(numbers_in(members, printed.variable))
    if printed.statistic == "change":
        return values[-int(printed.key[-1])]
    return {
        "mean": lambda: sum(values) / len(values),
        "iqr": lambda: interquartile_range(values),
        "median": lambda: median(values),
        "percent": lambda: median(values),
        "min": lambda: values[0],
        "max": lambda: values[-1],
        "year_min": lambda: values[0],
        "year_max": lambda: values[-1],
    }[printed.statistic]()


def count_in(printed: Printed, made: Sequence[Row], members: Sequence[Row]) -> float:
    """Compute a printed count, or percentage of the patients that its sentence or table counts over."""
    parts = printed.key.split(".")
    name = "_".join(parts[1:3]) if parts[1] == "prior_regimens" else parts[1]
    count = sum(map(COUNTED[name], members))
    if printed.statistic != "percent":
        return count
    if name == "kras":
        return 100 * count / len(made)
    # The discussion's 42 % converted leaves the BRAF patient out of the denominator; the abstract's 40 % does not.
    left_out = printed.key == "discussion.conversion.percent.all"
    return 100 * count / (len(members) - left_out)


def holds(printed: Printed, made: Sequence[Row]) -> bool:
    """Whether a printed number comes out of the rows."""
    groups = {name: [row for row in made if group_of(row) == name] for name in ("kras_mut", "wild_type", "braf")}
    groups["all"] = list(made)
    members = groups.get(printed.group, [])
    if printed.key == "table1.age.min.wild_type":
        return math.floor(describe(printed, members) or 0) == printed.value
    if printed.statistic == "threshold":
        return printed.value == RESPONSE_THRESHOLD
    if printed.statistic == "cycles":
        return {row["hai_cycles"] for row in members if COUNTED["biliary_stopped"](row)} == {printed.text}
    if printed.statistic == "p_value":
        return printed.allows(p_value(printed, groups["kras_mut"], groups["wild_type"]))
    if printed.text == "NR":
        return describe(printed, members) is None
    if printed.variable in ENDPOINTS or printed.variable in NUMBERS:
        value = describe(printed, members)
        return value is not None and printed.allows(value)
    count = count_in(printed, made, members)
    if printed.statistic == "n_of_N":
        return f"{count:g}/{len(members)}" == printed.text
    return printed.allows(count)


def immune(printed: Printed, made: Sequence[Row]) -> bool:
    """Whether a printed median of a continuous variable survives every change of one value."""
    if printed.variable not in NUMBERS or printed.statistic != "median":
        return False
    members = [row for row in made if printed.group in ("all", group_of(row))]
    return not movable_median(numbers_in(members, printed.variable), printed)


def attainable(printed: Printed) -> bool:
    """Whether the rows can be held to a printed number: it can be true, and a column holds it."""
    return printed.attainability != "unattainable" and not printed.statistic.startswith("date")


def verify(text: str) -> None:
    """Read the finished text back and compute every attainable printed number from it."""
    made = list(csv.DictReader(io.StringIO(text)))
    missed = [key for key, printed in PRINTED.items() if attainable(printed) and not holds(printed, made)]
    without_braf = [row for row in made if row["braf"] != "mutant"]
    for key in ("reduction.median", "os.median", "os.ci_lower", "os.ci_upper", "follow_up.median"):
        printed = PRINTED[f"results.{key}.all"]
        value = describe(printed, without_braf)
        if value is None or not printed.allows(value):
            missed.append(f"{printed.key} without the BRAF patient")
    if missed:
        raise ReconstructionError(f"{len(missed)} printed numbers do not come out: {', '.join(missed)}")
    fixed = [key for key, printed in PRINTED.items() if attainable(printed) and immune(printed, made)]
    if fixed:
        raise ReconstructionError(f"{len(fixed)} printed medians are immune to any one change: {', '.join(fixed)}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check cohort.csv."""
    parser = argparse.ArgumentParser(description="Make the synthetic cohort from the printed numbers.")
    parser.add_argument("--check", action="store_true", help="compare with cohort.csv and write nothing")
    path = HERE / "cohort.csv"
    check = parser.parse_args(arguments).check
    text = as_csv(rows())
    verify(text)
    if check:
        same = path.is_file() and path.read_bytes() == text.encode()
        sys.stdout.write(f"{path.name}: {'the same bytes' if same else 'differs'}\n")
        return 0 if same else 1
    path.write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
