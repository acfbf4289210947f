"""What differs between two runs: choices, programs, numbers, points of figures.

Nothing is tested here: runs on one cohort rest on the same patients and are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hai_utils.errors import ComparisonError
from hai_utils.parameters import Parameters
from hai_utils.results.record import Record
from hai_utils.results.series import Point
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.run.comparison.conclusions import Conclusion, conclusions
from hai_utils.run.comparison.noise import equal
from hai_utils.run.comparison.runs import Run
from hai_utils.show.wording import notice, people

_COMPARED = ("n", "unit", "note", "formatted", "label")


@dataclass(frozen=True, slots=True)
class Setting:
    """A parameter or a program that differs; empty where a run does not have it."""

    name: str
    meaning: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Change:
    """A number that differs; `what` names the fields: method, value, n, unit, note, formatted, label."""

    a: Record
    b: Record
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """A curve or a block of bars whose points differ, with the number of points in each run."""

    key: str
    a: int
    b: int


@dataclass(frozen=True, eq=False)
class RunComparison:
    """All that differs between two runs.

    Attributes
    ----------
    a, b : Run
        The runs.
    remarks : tuple of str
        What must be known before the differences are read.
    parameters, versions : tuple of Setting
        Choices and programs that differ.
    conclusions : tuple of Conclusion
        Those that flip, worst first.
    printed : tuple of Change
        By key, what the books print.
    methods : tuple of Change
        By key and method, what only the comparison of methods prints.
    only_a, only_b : tuple of Record
        Rows whose key and method one run alone has.
    series : tuple of SeriesChange
        Curves and bars.
    noise : int
        Rows whose values differ by no more than the noise of the computation, and in nothing else.
    """

    a: Run
    b: Run
    remarks: tuple[str, ...]
    parameters: tuple[Setting, ...]
    versions: tuple[Setting, ...]
    conclusions: tuple[Conclusion, ...]
    printed: tuple[Change, ...]
    methods: tuple[Change, ...]
    only_a: tuple[Record, ...]
    only_b: tuple[Record, ...]
    series: tuple[SeriesChange, ...]
    noise: int

    @property
    def same(self) -> bool:
        """Whether nothing differs but the programs."""
        found = (self.parameters, self.printed, self.methods, self.only_a, self.only_b, self.series)
        return not any(found) and not self.noise


def compare(a: Run, b: Run) -> RunComparison:
    """Compare two runs, number by number.

    Raises
    ------
    ComparisonError
        Where a run withholds small counts, where the rows of one run are a reconstruction and those of the other
        patients, or where the runs share no number.
    """
    first, second = a.results, b.results
    if gated := [name for name, run in (("A", a), ("B", b)) if run.results.study.gated]:
        raise ComparisonError(_why_not_gated(gated))
    if first.study.synthetic != second.study.synthetic:
        made_up = "A" if first.study.synthetic else "B"
        raise ComparisonError(
            f"The rows of run {made_up} are a reconstruction from printed numbers, those of the other are patients: "
            "a difference between them would say nothing. Compare runs on one cohort, or on updated data of one cohort."
        )
    if first.study.group_by != second.study.group_by:
        first, second = _of_all(first), _of_all(second)
    common = [key for key in first.keys if key in second]
    if not common:
        raise ComparisonError(
            f"The runs have no number in common (A is grouped by '{a.results.study.group_by}', B by "
            f"'{b.results.study.group_by}'): there is nothing to compare."
        )
    pairs = list(_pairs(first, second))
    printed = [(first.get(key), second.get(key)) for key in common]
    flips = conclusions(first, second)
    return RunComparison(
        a, b, tuple(_remarks(a, b, flips)), _settings(a, b), _differing(a.versions, b.versions), flips,
        _changes(printed), _changes(pair for pair in pairs if not (pair[0].reported and pair[1].reported)),
        _alone(first, second), _alone(second, first), tuple(_series(first, second)), sum(map(_noisy, pairs)),
    )  # fmt: skip


def _why_not_gated(gated: Sequence[str]) -> str:
    """Say why a run that withholds small counts is set beside no other, not even one that withholds them too."""
    who = "Both runs withhold" if len(gated) == 2 else f"Run {gated[0]} withholds"
    reason = (
        "what two such runs publish may differ by a single patient, and the list of differences would name the count"
        if len(gated) == 2
        else "beside a run that withholds none, the list of differences would state what it withholds"
    )
    return (
        f"{who} small counts (disclosure=small_cells): {reason}. Compare runs built with disclosure=none, where these "
        "patients' data may be seen, and hand on one gated run alone."
    )


def _of_all(results: Results) -> Results:
    """Keep what does not depend on the grouping: the numbers of all rows."""
    records = [record for record in results if record.group == "all"]
    kept = {f"{record.variable}.all.curve" for record in records}
    return Results.of(records, results.points.only(kept.__contains__), results.study)


def _pairs(a: Results, b: Results) -> Iterator[tuple[Record, Record]]:
    others = {(record.key, record.method): record for record in b}
    for record in a:
        if (record.key, record.method) in others:
            yield record, others[record.key, record.method]


def _alone(a: Results, b: Results) -> tuple[Record, ...]:
    others = {(record.key, record.method) for record in b}
    return tuple(record for record in a if (record.key, record.method) not in others)


def _changes(pairs: Iterable[tuple[Record, Record]]) -> tuple[Change, ...]:
    return tuple(Change(a, b, what) for a, b in pairs if (what := _what_differs(a, b)))


def _what_differs(a: Record, b: Record) -> tuple[str, ...]:
    found = ["method"] if a.method != b.method else []
    found += [] if equal(a.value, b.value) else ["value"]
    return (*found, *(name for name in _COMPARED if getattr(a, name) != getattr(b, name)))


def _noisy(pair: tuple[Record, Record]) -> bool:
    a, b = pair
    return repr(a.value) != repr(b.value) and not _what_differs(a, b)


def _series(a: Results, b: Results) -> Iterator[SeriesChange]:
    for key in sorted({key for results in (a, b) for key, _ in results.points.by_series()}):
        first, second = a.series(key), b.series(key)
        if first != second and not _alike(first, second):
            yield SeriesChange(key, len(first), len(second))


def _alike(first: Sequence[Point], second: Sequence[Point]) -> bool:
    return len(first) == len(second) and all(
        one.mark == other.mark and all(equal(getattr(one, name), getattr(other, name)) for name in _POINT)
        for one, other in zip(first, second, strict=True)
    )


_POINT = ("x", "y", "lower", "upper", "at_risk", "events", "censored")


def _settings(a: Run, b: Run) -> tuple[Setting, ...]:
    first, second = ({name: shown(value) for name, value in run.results.study.parameters.items()} for run in (a, b))
    known = Parameters.model_fields
    return _differing(first, second, lambda name: (known[name].description or "") if name in known else "")


def _differing(
    a: Mapping[str, str], b: Mapping[str, str], meaning: Callable[[str], str] = lambda _: ""
) -> tuple[Setting, ...]:
    return tuple(
        Setting(name, meaning(name), a.get(name, ""), b.get(name, ""))
        for name in sorted({*a, *b})
        if a.get(name) != b.get(name)
    )


def shown(value: object) -> str:
    """Write the value of a parameter on one line."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- what must be known first ---


def _remarks(a: Run, b: Run, flips: tuple[Conclusion, ...]) -> Iterator[str]:
    first, second = a.results.study, b.results.study
    noun = people(first)
    yield from dict.fromkeys(said for study in (first, second) if (said := notice(study)))
    if first.sha256 == second.sha256:
        yield "Both runs were made from the same cohort file."
    else:
        yield (
            f"The cohort files differ ({first.size:,} {noun} in A, {second.size:,} in B): a difference may come from the "
            "data, from the choices, or from both. Whether one file is an update of the other, the runs cannot tell."
        )
    yield from _groupings(first, second)
    yield (
        f"No test is made between the runs: they rest on the same or overlapping {noun} and are not independent, so a "
        "P value for their difference would mean nothing."
    )
    if any(flip.kind == "category" for flip in flips):
        yield f"The records hold counts: which {noun} moved to another category cannot be said from them."


def _groupings(a: Study, b: Study) -> Iterator[str]:
    if a.group_by != b.group_by:
        yield (
            f"A is grouped by {a.group_label or a.group_by}, B by {b.group_label or b.group_by}: groups of one name need "
            f"not be the same, so only the numbers of all {people(a)} are compared."
        )
        return
    if a.reference != b.reference:
        yield (
            f"A compares with {a.reference_label}, B with {b.reference_label}: the comparisons point in other directions, "
            "have other keys, and stand under what one run alone has."
        )
    if {group.level for group in a.groups} != {group.level for group in b.groups}:
        yield "The runs have different groups: what only one of them has stands apart, without a counterpart."
