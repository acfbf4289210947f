"""The one function from results to results; see the package for what it keeps and what it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hai_utils.catalogue.endpoints import HEPATIC, HEPATIC_PROGRESSION
from hai_utils.catalogue.other_choices import WITHHELD_TOGETHER
from hai_utils.catalogue.outcomes import BY_SEX
from hai_utils.catalogue.statuses import CURRENT, LANDMARK
from hai_utils.disclosure.counts import Published, PublishedCounts, Tally, safe
from hai_utils.disclosure.medians import FIRST, LATER, Medians, Place
from hai_utils.disclosure.populations import PopulationRule, Populations
from hai_utils.disclosure.relations import CUT, RELATED, Family
from hai_utils.disclosure.release import DECIMALS_OF_COMPARISONS, Release, released
from hai_utils.disclosure.times import Leaving, Times, coarse_curve, of_populations
from hai_utils.results.formatting import WITHHELD, round_number
from hai_utils.results.record import SUPPRESSED, Record
from hai_utils.results.series import Point
from hai_utils.results.study import Study
from hai_utils.results.table import Results

# The outcomes with the excluded put back: a second run of the same cohort, a subtraction away from the first.
PUT_BACK = "_with_excluded"
EARLY_DEATH = "death_90_days"
# By a status that changes, small differences between times tell single patients: always withheld.
# So do the same patients by several criteria at once, and outcomes divided by sex.
NEVER = (LANDMARK, CURRENT, BY_SEX, *WITHHELD_TOGETHER)
# Whole numbers on a scale as short as this can be listed until one list gives the mean and deviation that are printed.
FEW_VALUES = 20


def withhold_small_cells(
    results: Results, threshold: int, contained: Sequence[Family] = (), sums: Sequence[Family] = ()
) -> Results:
    """Return results in which no count of 1 to ``threshold - 1`` people stands or can be derived.

    Parameters
    ----------
    results : Results
        Of all chapters, ungated: what is decided must not depend on which of them are shown.
    threshold : int
        The smallest count above 0 that may be published, at least 2.
    contained : sequence of family
        Cells of the cohort's own columns that contain one another, which `RELATED` cannot know.
    sums : sequence of family
        A whole and parts of it, of the cohort's own columns, that leave a few.

    Returns
    -------
    Results
        With every row of the input; a withheld one has neither value nor n and the note ``suppressed``.
        Of the points, curves through the times that may be read; never a bar. The study without its small sizes, and
        never as the published one, whose prose states the cells of its tables.
    """
    gate = _Gate(results, PopulationRule(threshold), contained, sums)
    records = [record if (kept := gate.kept(record)) is None else kept for record in results]
    return Results.of(_with_holm(records), gate.points, gate.study())


class _Gate:
    """Decides variable by variable, in the order of the chapters, which populations are published."""

    def __init__(
        self, results: Results, rule: PopulationRule, contained: Sequence[Family], sums: Sequence[Family]
    ) -> None:
        self.results, self.rule = results, rule
        self.contained, self.sums = contained, sums
        self.populations = Populations.of(results.study, rule)
        self.tally = Tally(results)
        self.published = Published(rule)
        own = tuple(endpoint.name for endpoint in results.study.own_endpoints)
        self.times = Times(rule, tuple(float(m) for m in results.study.parameters["time_grid_months"]), own)
        self.medians = Medians(rule, self.populations.levels, self.times)
        self._records: dict[str, list[Record]] = defaultdict(list)
        for record in results:
            self._records[record.variable].append(record)
        self.points: list[Point] = []
        self.releases: dict[str, Release] = {}
        for name in self._ordered():
            self.releases[name] = self._decide(name)
        self._withhold_means()

    def _ordered(self) -> list[str]:
        """Return the variables by chapter, so that a chapter's decisions rest on earlier ones alone."""
        first = {record.variable: record.chapter for record in reversed(self.results.records)}
        names = [name for name in first if not name.endswith(PUT_BACK) and not name.startswith(NEVER)]
        rank = {name: place for place, name in enumerate(self.times.ordered)}
        grouping = self.results.study.group_by
        return sorted(
            names,
            # The groups stand in every chapter: all that lies within one of them is decided after them.
            key=lambda name: (
                name != grouping,
                first[name],
                rank.get(name, -1 if name == "alive" else len(rank)),
                name,
            ),
        )

    def _decide(self, name: str) -> Release:
        if name == self.results.study.group_by:
            return self._group_variable(name)
        counts = self.tally.counts(name)
        steps = self._steps(name)
        chosen = self._choose(counts, steps, within=self._beside_whole(name, counts))
        self.published.add(counts, chosen)
        if name == EARLY_DEATH:
            self.times.early_deaths = {group: counts.count(group, "yes") or 0 for group in chosen}
        by_cause: tuple[str, ...] = ()
        causes = self.tally.causes(name)
        if causes is not None:
            by_cause = self._choose(causes, {}, within=chosen)
            self.published.add(causes, by_cause)
        months, read, medians = self._times(name, chosen, steps)
        for group in read:
            self.points += coarse_curve(self.results, name, group, months, steps[group])
        return Release(
            self.rule, self.populations, counts, chosen, causes=by_cause,
            cause_levels=causes.names[:2] if causes is not None else (), grid=tuple(self.times.grid), months=months,
            read=read, steps=steps, medians=medians, whole_numbers=self._whole_numbers(counts),
        )  # fmt: skip

    def _times(
        self, name: str, chosen: Sequence[str], steps: dict[str, Leaving]
    ) -> tuple[tuple[float, ...], tuple[str, ...], frozenset[Place]]:
        """Return at which times, and in which populations, a curve may be read, and which medians may stand."""
        inside, records = {group: steps[group] for group in chosen if group in steps}, self._records[name]
        medians = self.medians.choose(name, FIRST, inside, records)
        months, read = self.times.choose(name, chosen, steps)
        medians |= self.medians.choose(name, LATER, inside, records)
        return months, read, medians | self.medians.wald(records, medians)

    def _steps(self, name: str) -> dict[str, Leaving]:
        nobody_left_out = self.results.study.size == sum(group.n or 0 for group in self.results.study.groups)
        return of_populations(self.results, name, self.populations.levels, same=nobody_left_out)

    def _choose(
        self, counts: PublishedCounts, steps: dict[str, Leaving], within: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """Return the populations in which a variable's counts are published, the richest choice that fits.

        `within` confines it: competing events add up to the events of their endpoint.
        """
        allowed = self.published.allowed(counts, RELATED) & set(counts.cells if within is None else within)
        return next(
            choice
            for choice in self.populations.choices(tuple(counts.cells))
            if set(choice) <= allowed
            and safe(self.rule, choice, counts.cells)
            and self.published.fits(counts, choice, RELATED)
            and self.published.fits(counts, choice, self.contained)
            and self.published.fits_sums(counts, choice, self.sums)
            and self.times.total_fits(counts.variable, choice, steps)
        )

    def _beside_whole(self, name: str, counts: PublishedCounts) -> tuple[str, ...]:
        """Return where hepatic progression may be counted: it tells how many of hepatic progression-free survival died.

        So it stands where the causes of those events do, or where the events themselves do not.
        """
        whole = self.releases.get(HEPATIC.name) if name == HEPATIC_PROGRESSION.name else None
        return tuple(
            group for group in counts.cells if whole is None or group in whole.causes or not whole.populations_published
        )

    def _group_variable(self, name: str) -> Release:
        """Decide on the sizes of the groups: among all rows, and among those analysed."""
        levels = self.populations.levels
        sizes = {group: self.tally.value(name, group, "n") or 0 for group in levels}
        cells: dict[str, tuple[int, ...]] = {group: (sizes[group],) for group in levels}
        for group in ("all", "analysed"):
            missing = self.tally.value(name, group, "n_missing") or 0
            cells[group] = (*(self.tally.value(name, group, "count", level) or 0 for level in levels), missing)
        excluded = [self.tally.value(name, "excluded", statistic) or 0 for statistic in ("n", "n_missing")]
        chosen: tuple[str, ...] = ()
        if self.populations.by_group:
            chosen = (*levels, "analysed")
            if self.populations.everybody and safe(self.rule, ("analysed", "all"), cells) and self.rule.safe(excluded):
                chosen = (*chosen, "all", *(["excluded"] if self.populations.parts else []))
        counts = PublishedCounts(
            name, (*levels, "missing"), {g: cells.get(g, tuple(excluded)) for g in (*cells, "excluded")}
        )
        inside = {group: (*(sizes[group] if level == group else 0 for level in levels), 0) for group in levels}
        among = PublishedCounts(
            name, (*levels, "missing"), {**inside, "all": cells["all"], "analysed": cells["analysed"]}
        )
        self.published.add(among, [group for group in among.cells if group in chosen])
        return Release(self.rule, self.populations, counts, chosen)

    def _whole_numbers(self, counts: PublishedCounts) -> bool:
        """Say whether a variable's counts can be searched from its mean and its tests: few whole numbers, or a spike."""
        name = counts.variable
        label = self.results.study.variables.get(name)
        if label is not None and label.kind == "integer":
            return True
        if f"{name}.all.min" not in self.results:
            return False
        low, high = (self.results.find(name, "all", statistic).value for statistic in ("min", "max"))
        if low is None or high is None:
            return False
        few = float(low).is_integer() and float(high).is_integer() and high - low < FEW_VALUES
        return few or any(self._spiked(name, group) for group in counts.cells)

    def _spiked(self, name: str, group: str) -> bool:
        median, low, high = (self.results.find(name, group, s).value for s in ("median", "min", "max"))
        return median is not None and median in (low, high)

    def _withhold_means(self) -> None:
        """Withhold means and tests of what is cut at limits, where it is withheld how many lie on a side of one."""
        for name in CUT.keys() & self.releases.keys():
            release = self.releases[name]
            sides = [self.releases[side] for side in CUT[name] if side in self.releases]
            if any(set(release.populations_published) - set(side.populations_published) for side in sides):
                self.releases[name] = replace(release, whole_numbers=True)

    def kept(self, record: Record) -> Record | None:
        """Return what stands for a record; None where it stays as it is."""
        release = self.releases.get(record.variable)
        if release is None or not (how := released(release, record)):
            return replace(record, value=None, n=None, formatted=WITHHELD, note=SUPPRESSED)
        if how == "whole" or record.value is None:
            return None
        formatter = self.results.study.formatter
        printed = record.formatted.partition(formatter.style.decimal_mark)[2].rstrip("%")
        decimals = DECIMALS_OF_COMPARISONS if how == "coarse" else len(printed)
        return replace(record, value=float(round_number(record.value, decimals, rule=formatter.rule)))

    def study(self) -> Study:
        """Return the study's description without sizes that may not be known."""
        study, may = self.results.study, self.populations
        shown = {
            "all": may.everybody, "excluded": may.parts, "no_group": may.parts,
            "analysed": may.analysed, "group": may.by_group,
        }  # fmt: skip
        return replace(
            study,
            published=False,
            sha256="",
            size=study.size if may.everybody else None,
            groups=tuple(group if may.by_group else replace(group, n=None) for group in study.groups),
            flow=tuple(step if shown[step.kind] else replace(step, count=None) for step in study.flow),
        )


def _with_holm(records: Sequence[Record]) -> list[Record]:
    """Withhold the adjusted P values of a family of which one member is withheld: they are made from all."""
    reported = {
        (record.variable, record.group): record
        for record in records
        if record.statistic == "p_value" and record.reported and not record.level
    }
    adjusted = [record for record in records if record.statistic == "p_value_holm"]
    broken = {record.group for record in adjusted if reported[record.variable, record.group].withheld}
    return [
        replace(record, value=None, n=None, formatted=WITHHELD, note=SUPPRESSED)
        if record.statistic == "p_value_holm" and record.group in broken
        else record
        for record in records
    ]
