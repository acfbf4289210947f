"""What enters one number: its record, the groups it is about, and their rows, or where rows are not shown their counts.

The pages of a book ask only whether a number has evidence: NumPy is imported where numbers are worked out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from hai_utils.catalogue.outcomes import by_sex
from hai_utils.catalogue.populations import VERSUS
from hai_utils.catalogue.statistics import VALUE, WITHOUT_ONE, Named, read_statistic
from hai_utils.catalogue.workings import working_of
from hai_utils.catalogue.workings.record import INLINE, Kind, Working
from hai_utils.results.keys import PUBLISHED, key_part
from hai_utils.results.record import Record
from hai_utils.results.samples import Sample
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.evidence.omitting import with_one_omitted

if TYPE_CHECKING:
    from hai_utils.stats.arrays import FloatArray, IntArray
    from hai_utils.stats.survival import Curve

# The end of the variable of an outcome with the excluded put back, whose levels are those of the outcome.
_PUT_BACK = "_with_excluded"
# What the response by another criterion is compared with.
REPORTED = "objective_response"
# Statistics of those whom no figure shows.
ROWS_ALONE = ("n_missing", "left_out")


@dataclass(frozen=True, eq=False)
class Case:
    """One number with what enters it.

    Attributes
    ----------
    results : Results
        Of the run.
    record : Record
        The number, by its method.
    working : Working
        How it is worked out.
    sample : Sample, optional
        The rows of its variable; None where they are not shown.
    groups : tuple of str
        As in the sample: those that are compared, the reference last, or the one; empty: all rows.
    """

    results: Results
    record: Record
    working: Working
    sample: Sample | None
    groups: tuple[str, ...]

    @property
    def study(self) -> Study:
        """The study."""
        return self.results.study

    @cached_property
    def named(self) -> Named:
        """The statistic."""
        return read_statistic(self.record.statistic)

    @property
    def stem(self) -> str:
        """The key of the number whose limit, standard error or P it is; its own where it is none of these."""
        return self.record.key.removesuffix(f"_{self.named.part}") if self.named.part else self.record.key

    @property
    def confidence(self) -> float:
        """The level of intervals."""
        return float(self.study.parameters.get("confidence_level", 0.95))

    @property
    def alpha(self) -> float:
        """The level of significance."""
        return float(self.study.parameters.get("significance_level", 0.05))

    @property
    def months(self) -> float:
        """The time of the statistic; a landmark stands in the name of the variable."""
        if self.named.months is not None:
            return self.named.months
        end = self.record.variable.rpartition("landmark_")[2].replace("_", ".")
        return float(end) if end.replace(".", "").isdigit() else 0.0

    def members(self, group: str = "") -> tuple[str, ...] | None:
        """Return the groups of the sample that are meant by a group, or by the number's own; None: all rows."""
        name = group or (self.groups[0] if len(self.groups) == 1 else "")
        if name == "all":
            return (name,) if self.is_summed else None
        if name == "analysed":
            return (*map(key_part, self.study.levels), "analysed")
        return (name,) if name else self.groups

    @property
    def is_summed(self) -> bool:
        """Whether the rows are made from the table of who leaves each curve when."""
        return self.sample is not None and self.sample is not self.results.tables.get(self.record.variable)

    def texts(self, column: str, group: str = "") -> list[str]:
        """Return a column of the rows of a group."""
        assert self.sample is not None
        return self.sample.column(column, self.members(group))

    def values(self, group: str = "") -> FloatArray:
        """Return the numbers of a group, ascending; where no rows are shown, any of its mean and standard deviation."""
        import numpy as np

        if self.sample is None:
            n, mean, sd = self.moments(group)
            places = np.arange(n) - (n - 1) / 2
            return np.asarray(mean + sd * places / places.std(ddof=1), dtype=np.float64)
        return np.sort(np.array([float(cell) for cell in self.texts("value", group) if cell]))

    def moments(self, group: str) -> tuple[int, float, float]:
        """Return the number of values, mean and standard deviation of a group that are published; 0 where one is not."""
        mean, sd = (self.results.find_key(f"{self.record.variable}.{group}.{name}") for name in ("mean", "sd"))
        if mean is None or sd is None or mean.value is None or not sd.value or mean.n is None:
            return 0, 0.0, 0.0
        return mean.n, float(mean.value), float(sd.value)

    def times(self, group: str = "") -> tuple[FloatArray, FloatArray]:
        """Return times and events of a group, complete rows alone."""
        import numpy as np

        both = zip(self.texts("months", group), self.texts("event", group), strict=True)
        known = np.array([(float(t), float(d)) for t, d in both if t and d]).reshape(-1, 2)
        return known[:, 0], known[:, 1]

    def curve(self, group: str = "") -> Curve:
        """Return the Kaplan-Meier curve of a group."""
        from hai_utils.stats.survival import kaplan_meier

        return kaplan_meier(*self.times(group))

    @property
    def level(self) -> str:
        """The level that is counted, as in the sample: that of the key, else yes."""
        return key_part(self.record.level) if self.record.level else "yes"

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The levels of a category, as in the sample and in the order of its dictionary."""
        known = self.study.variables.get(_column(self.record))
        if known is not None:
            return tuple(key_part(level) for level, _ in known.levels)
        # A variable that is no column, such as the response by another criterion, says yes or no.
        return ("yes", "no") if self.sample is not None and "value" in self.sample.columns else ()

    def count(self, group: str = "") -> tuple[int, int]:
        """Return how many of a group have the level, and how many have any recorded."""
        return self.counted_at(self.level, group or self.record.group)

    def each_level(self) -> list[int]:
        """Return how many of the group have each level."""
        return [self.counted_at(level, self.record.group)[0] for level in self.levels]

    def counted_at(self, level: str, group: str) -> tuple[int, int]:
        """Return how many of a group have a level, and how many have the variable recorded."""
        if self.sample is not None:
            cells = self.texts("value", key_part(group))
            return cells.count(level), sum(map(bool, cells))
        found = self._count_records(level, key_part(group))
        assert found is not None
        return found

    def _count_records(self, level: str, group: str) -> tuple[int, int] | None:
        """Return a published count and its total; None where one is withheld or not there."""
        stem = f"{self.record.variable}.{level}.{group}" if level else f"{self.record.variable}.{group}"
        without = f"{self.record.variable}.{group}"
        record = self.results.find_key(f"{stem}.count")
        if record is None and level == "yes":
            record = self.results.find_key(f"{without}.count")
        if record is None or record.withheld or record.value is None or record.n is None:
            return None
        return int(record.value), record.n

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files of rows that the code reads."""
        if self.sample is None or self.working.data in INLINE:
            return ()
        others = (REPORTED,) if self.working.data == "pair of variables" else ()
        return tuple(f"{name}.csv" for name in (self.record.variable, *others))

    def drawn(self, name: str) -> list[float]:
        """Return the values of a series of the number's variable and group."""
        return [
            point.y for point in self.results.series(f"{self.record.variable}.{key_part(self.record.group)}.{name}")
        ]

    @property
    def ratio(self) -> bool:
        """Whether the effects of all analyses are ratios."""
        return self.results.find_key(f"{self.record.variable}.{key_part(self.record.group)}.hazard_ratio") is not None

    def counts_known(self) -> bool:
        """Say whether all counts are published that the working needs, where the rows are not."""
        groups = [key_part(group) for group in self.groups] if len(self.groups) > 1 else [key_part(self.record.group)]
        levels = self.levels if self.working.data == "table" or self.record.statistic == "n" else (self.level,)
        found = [self._count_records(level, group) for group in groups for level in levels]
        return bool(found) and all(found) and self.record.statistic != "n_missing"

    @cached_property
    def table(self) -> IntArray:
        """The counts of each group, a row each, by level; without rows and columns that are all zero."""
        import numpy as np

        counts = np.array([[self.counted_at(level, group)[0] for level in self.levels] for group in self.groups])
        return np.asarray(counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0], dtype=np.int64)


def is_printed(record: Record) -> bool:
    """Say whether a number is one that the article prints: no rows are behind it here."""
    return len(_sides(record)) == 1 and _counts_the_article(record)


def _counts_the_article(record: Record) -> bool:
    """Say whether any side of a number is one that the article prints."""
    return any(side == PUBLISHED or side.startswith(f"{PUBLISHED}_") for side in _sides(record))


def case_of(results: Results, record: Record) -> Case | None:
    """Return what enters a number; None where there is no working of it, or too little is published to show one."""
    if record.value is None or record.withheld or is_printed(record):
        return None
    # No row is one of those whom the article counts.
    sample = None if _counts_the_article(record) else results.entering.get(record.variable)
    named = read_statistic(record.statistic)
    working = _working(results, record, named, _kind(results, record, sample))
    if working is None:
        return None
    case = Case(results, record, working, sample, _groups(results, record, sample))
    if working.data in INLINE:
        return case
    if sample is None:
        return case if _is_published(case) else None
    if record.variable not in results.samples:
        return case if _is_told(case, results.told_by_figures[record.variable]) else None
    return case if working.data != "pair of variables" or REPORTED in results.samples else None


def _is_published(case: Case) -> bool:
    """Say whether the counts or means are published that a number can be made from."""
    if case.working.from_moments:
        return not case.study.gated and all(case.moments(group)[0] for group in case.groups)
    return case.working.from_counts and case.counts_known()


def _is_told(case: Case, sizes: Mapping[str, int]) -> bool:
    """Say whether figures tell all that enters a number: everyone of whom it is made, and each column."""
    data, members = case.working.data, case.members()
    if case.record.statistic in ROWS_ALONE or "cause" in data or data in ("status", "pair of variables"):
        return False
    return sum(sizes.values() if members is None else (sizes.get(group, 0) for group in members)) == case.record.n


def _working(results: Results, record: Record, named: Named, kind: Kind) -> Working | None:
    if named.part not in WITHOUT_ONE:
        found = working_of(named.record.name, named.part, record.method, kind)
        # An estimate that its method alone has beside the limits is the one that needs no method.
        return found or (working_of(named.record.name, VALUE, "", kind) if named.part == VALUE else None)
    of = results.find_key(record.key.removesuffix(f"_{named.part}"))
    working = None if of is None else working_of(named.record.name, VALUE, of.method, kind)
    return None if working is None else with_one_omitted(working)


def _kind(results: Results, record: Record, sample: Sample | None) -> Kind:
    columns: Sequence[str] = sample.columns if sample is not None else ()
    if "onset" in columns:
        return "status"
    if "months" in columns:
        return "causes" if record.level else "times"
    known = results.study.variables.get(_column(record))
    if known is not None:
        return "levels" if known.kind == "category" else "values"
    if "value" in columns:
        return "levels"
    return "times" if record.unit == "months" else "levels"


def _column(record: Record) -> str:
    """Return the column of which a variable is another view: with the excluded put back, or by sex."""
    return record.variable.removesuffix(_PUT_BACK).removeprefix(by_sex(""))


def _groups(results: Results, record: Record, sample: Sample | None) -> tuple[str, ...]:
    study = results.study
    if record.group == "overall":
        return tuple(map(key_part, study.levels))
    named = {pair: (group.level, study.reference) for group, pair in study.pairs}
    return tuple(map(key_part, named.get(record.group) or _sides(record)))


def _sides(record: Record) -> tuple[str, ...]:
    """Return the two groups of a comparison as its key names them, or the one group."""
    return tuple(record.group.split(VERSUS, 1))
