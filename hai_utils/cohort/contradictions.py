"""What the cells of one row say together: times and events, diameters, genes, treatment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hai_utils.catalogue.endpoints import HEPATIC, IN_FILE, OVERALL, PROGRESSION_FREE, Endpoint
from hai_utils.catalogue.statuses import STATUSES
from hai_utils.cohort.columns import Column, Mask, at_lines
from hai_utils.cohort.problems import Problem

# Months are whole days over 30.4375, written in decimals: an order of times holds within this much.
TIME_TOLERANCE = 1e-6
# No target lesion is as small at baseline: computed tomography measures from 10 mm on (RECIST 1.1, section 3.1.1).
SMALLEST_LESION_MM = 5.0
MEASURABLE_MM = 10.0
# A lesion is hardly ever so many times longer than wide; one diameter in cm makes it about ten times.
LONGEST_RATIO = 5.0
DAYS_PER_MONTH = 30.4375
EARLY_DEATH_DAYS = 90


class FileRows:
    """The columns of a file, row by row; a column that is absent is blank in every row."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = columns
        one = next(iter(columns.values()))
        self.size = len(one.codes)
        self.lines = one.lines
        self._numbers: dict[str, NDArray[np.float64]] = {}

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a column's numbers; nan where blank, refused or absent. A comparison with nan is false."""
        if name not in self._numbers:
            absent = np.full(self.size, np.nan)
            self._numbers[name] = self.columns[name].numbers if name in self.columns else absent
        return self._numbers[name]

    def is_level(self, name: str, *levels: str) -> Mask:
        """Say which rows have one of these levels."""
        if name not in self.columns:
            return np.zeros(self.size, dtype=bool)
        column = self.columns[name]
        return column.rows_of([i for i, value in enumerate(column.values) if value in levels])

    def blank(self, name: str) -> Mask:
        """Say which rows have nothing in a column, which the file must have: a refused cell is not blank."""
        return self.columns[name].is_blank if name in self.columns else np.zeros(self.size, dtype=bool)

    def given(self, name: str) -> Mask:
        """Say which rows have something in a column, be it right or wrong."""
        return ~self.columns[name].is_blank if name in self.columns else np.zeros(self.size, dtype=bool)


class Contradiction(NamedTuple):
    """A rule that some rows break."""

    rows: Mask
    column: str
    code: str
    found: str


def contradictions(columns: Mapping[str, Column], endpoints: Sequence[Endpoint] = IN_FILE) -> list[Problem]:
    """Return a problem for each row and rule that are at odds; cells that were refused already are left alone.

    Parameters
    ----------
    columns : mapping of str to Column
        The columns of the file.
    endpoints : sequence of Endpoint
        Those that the file may have.
    """
    if not columns:
        return []
    rows = FileRows(columns)
    rules: tuple[Callable[[FileRows], Iterable[Contradiction]], ...] = (
        partial(_times, endpoints=endpoints), partial(_deaths, endpoints=endpoints), _statuses, _lesions, _centimetres, _disease
    )  # fmt: skip
    problems: list[Problem] = []
    for rule in rules:
        for finding in rule(rows):
            lines = rows.lines[np.flatnonzero(finding.rows)]
            problems += at_lines(finding.code, finding.column, lines, finding.found)
    return problems


def _times(rows: FileRows, endpoints: Sequence[Endpoint]) -> Iterator[Contradiction]:
    for endpoint in endpoints:
        time, event = endpoint.months, endpoint.status
        yield Contradiction(
            rows.blank(time) & rows.given(event), time, "event_without_time", f"'{event}' is given without a time."
        )
        yield Contradiction(
            rows.given(time) & rows.blank(event), event, "time_without_event", f"'{time}' is given without its event."
        )
    # Nobody is followed beyond death or last contact.
    before_death = [(endpoint.months, OVERALL.months) for endpoint in endpoints if endpoint != OVERALL]
    for earlier, later in ((PROGRESSION_FREE.months, HEPATIC.months), *before_death):
        late = rows.number(earlier) > rows.number(later) + TIME_TOLERANCE
        yield Contradiction(late, earlier, "time_order", f"It is later than '{later}'.")


def _statuses(rows: FileRows) -> Iterator[Contradiction]:
    """Compare the dates of a status with its answer and with death or last contact."""
    for status in STATUSES:
        for name in status.dates:
            date = rows.number(name)
            after = date > rows.number(OVERALL.months) + TIME_TOLERANCE
            yield Contradiction(after, name, "time_order", f"It is later than '{OVERALL.months}'.")
            against = rows.is_level(status.column, "no") & ~np.isnan(date)
            yield Contradiction(against, name, "contradiction", f"It is given although '{status.column}' is no.")


def _deaths(rows: FileRows, endpoints: Sequence[Endpoint]) -> Iterator[Contradiction]:
    """Death is an event where the endpoint says so (results contract, competing events); grade V is death in 30 days."""
    os, dead = rows.number("os_months"), rows.number("os_event") == 1
    for endpoint in endpoints:
        if endpoint.death == "is an event":
            months, censored = rows.number(endpoint.months), rows.number(endpoint.status) == 0
            at_death = dead & (np.abs(os - months) <= TIME_TOLERANCE) & censored
            found = "It is 0 although 'os_event' is 1 at the same time."
            yield Contradiction(at_death, endpoint.status, "death_not_event", found)
            later = dead & (months < os - TIME_TOLERANCE) & censored
            found = "It is 0 although the patient died later, and death is an event of this endpoint."
            yield Contradiction(later, endpoint.status, "contradiction", found)
    pfs, hepatic = rows.number("pfs_months"), rows.number("hepatic_pfs_months")
    liver_only = (rows.number("hepatic_pfs_event") == 1) & (rows.number("pfs_event") == 0)
    same = np.abs(pfs - hepatic) <= TIME_TOLERANCE
    died_then = dead & (np.abs(os - hepatic) <= TIME_TOLERANCE)
    found = "It is 0 although 'hepatic_pfs_event' is 1"
    yield Contradiction(liver_only & same & ~died_then, "pfs_event", "event_not_counted", f"{found} at the same time.")
    later = liver_only & (pfs < hepatic - TIME_TOLERANCE) & ~died_then
    yield Contradiction(later, "pfs_event", "contradiction", f"{found} at a later time.")
    grade_v = rows.is_level("clavien_dindo", "V")
    found = "The grade is V, death within 30 days, and 'os_event' is 0."
    yield Contradiction(grade_v & (rows.number("os_event") == 0), "clavien_dindo", "death_grade", found)
    late = grade_v & dead & (os > EARLY_DEATH_DAYS / DAYS_PER_MONTH)
    yield Contradiction(late, "clavien_dindo", "contradiction", "The grade is V, and the patient lived beyond 90 days.")


def _lesions(rows: FileRows) -> Iterator[Contradiction]:
    for lesion in ("lesion1", "lesion2"):
        for visit in ("baseline", "best"):
            long, perp = f"{lesion}_{visit}_long_mm", f"{lesion}_{visit}_perp_mm"
            longer = rows.number(perp) > rows.number(long)
            yield Contradiction(longer, perp, "perpendicular_longer", f"It is longer than '{long}'.")
            alone = rows.blank(long) & rows.given(perp)
            yield Contradiction(alone, long, "no_diameter", f"It is blank although '{perp}' is given.")
            half = rows.given(long) & rows.blank(perp) & _used(rows, perp)
            yield Contradiction(half, perp, "not_evaluable", f"It is blank although '{long}' is given.")
        for axis in ("long", "perp"):
            baseline, best = f"{lesion}_baseline_{axis}_mm", f"{lesion}_best_{axis}_mm"
            unmeasured = rows.blank(baseline) & rows.given(best)
            yield Contradiction(unmeasured, baseline, "no_baseline", f"It is blank although '{best}' is given.")
    first, second = "lesion1_best_long_mm", "lesion2_best_long_mm"
    forgotten = rows.given("lesion2_baseline_long_mm") & rows.blank(second) & rows.given(first)
    yield Contradiction(forgotten, second, "not_evaluable", "It is blank although the lesion was measured at baseline.")
    single = (rows.number("n_liver_lesions") == 1) & rows.given("lesion2_baseline_long_mm")
    yield Contradiction(single, "n_liver_lesions", "contradiction", "It is 1, and a second lesion was measured.")
    swapped = rows.blank("lesion1_baseline_long_mm") & rows.given("lesion2_baseline_long_mm")
    yield Contradiction(
        swapped, "lesion1_baseline_long_mm", "contradiction", "It is blank, and a second lesion was measured."
    )


def _used(rows: FileRows, name: str) -> bool:
    return bool(rows.given(name).any())


def _centimetres(rows: FileRows) -> Iterator[Contradiction]:
    """Tell centimetres among millimetres by what no lesion is: measured below 5 mm, or five times longer than wide."""
    for lesion in ("lesion1", "lesion2"):
        name = f"{lesion}_baseline_long_mm"
        values = rows.number(name)
        small = values < SMALLEST_LESION_MM
        found = f"The lesion is smaller than {SMALLEST_LESION_MM:g} mm at baseline."
        # A fraction is no rounded millimetre; a column of small values throughout is in another unit.
        certain = small & ((values != np.floor(values)) | _is_small(values))
        yield Contradiction(certain, name, "centimetres", found)
        yield Contradiction(small & ~certain, name, "small_diameter", found)
        for visit in ("baseline", "best"):
            long, perp = rows.number(f"{lesion}_{visit}_long_mm"), rows.number(f"{lesion}_{visit}_perp_mm")
            thin = (perp > 0) & (perp < SMALLEST_LESION_MM) & (long >= LONGEST_RATIO * perp)
            code = "centimetres" if visit == "baseline" else "small_diameter"
            found = f"It is a fifth or less of '{lesion}_{visit}_long_mm'."
            yield Contradiction(thin, f"{lesion}_{visit}_perp_mm", code, found)
        best = rows.number(f"{lesion}_best_long_mm")
        fraction = (best > 0) & (best < SMALLEST_LESION_MM) & (best != np.floor(best)) & (values >= MEASURABLE_MM)
        found = f"A fraction below {SMALLEST_LESION_MM:g} mm cannot be measured by computed tomography."
        yield Contradiction(fraction, f"{lesion}_best_long_mm", "small_diameter", found)


def _is_small(values: NDArray[np.float64]) -> bool:
    """Say whether several lesions were measured and most of them are below what can be measured in mm."""
    known = values[~np.isnan(values)]
    return known.size > 1 and float(np.median(known)) < MEASURABLE_MM


def _disease(rows: FileRows) -> Iterator[Contradiction]:
    mutant = rows.is_level("kras", "mutant")
    for gene in ("braf", "nras"):
        found = f"'kras' and '{gene}' are both mutant, which is rare."
        yield Contradiction(mutant & rows.is_level(gene, "mutant"), gene, "contradiction", found)
    codon = rows.given("kras_codon")
    found = "A variant is given although 'kras' is wild_type."
    yield Contradiction(codon & rows.is_level("kras", "wild_type"), "kras_codon", "codon_wild_type", found)
    found = "A variant is given although 'kras' is blank."
    yield Contradiction(codon & rows.blank("kras"), "kras_codon", "contradiction", found)
    none = rows.number("prior_regimens") == 0
    found = "It is 0, and there were cycles of systemic chemotherapy."
    yield Contradiction(none & (rows.number("prior_chemo_cycles") > 0), "prior_regimens", "contradiction", found)
    found = "A second line is given without a first."
    yield Contradiction(rows.given("second_line") & rows.blank("first_line"), "second_line", "contradiction", found)
    found = "HAI was stopped for a complication before any cycle."
    stopped = rows.is_level("hai_discontinued", "yes") & (rows.number("hai_cycles") == 0)
    yield Contradiction(stopped, "hai_cycles", "contradiction", found)
