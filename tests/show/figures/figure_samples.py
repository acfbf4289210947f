"""Results made by hand for the tests of figures: what a figure may know, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from hai_utils.results.keys import key_part
from hai_utils.results.record import Record, Value
from hai_utils.results.series import Point
from hai_utils.results.study import Group, Label, Step, Study
from hai_utils.results.table import Results
from hai_utils.show.criterion import criterion_of

PARAMETERS: dict[str, object] = {
    "style": "jgo",
    "rounding": "half_up",
    "confidence_level": 0.95,
    "response_criterion": "paper",
    "response_threshold_percent": 50,
    "survival_interval": "plain",
    "time_grid_months": [0, 6, 12, 18, 24, 30, 36],
    "landmark_months": 6,
}


def study(
    groups: Mapping[str, tuple[str, int]],
    *,
    synthetic: bool = False,
    pump: bool = True,
    flow: Sequence[Step] = (),
    **parameters: object,
) -> Study:
    """Describe a study of some groups: level -> (label, size); the last one is the reference."""
    found = tuple(Group(level, label, size) for level, (label, size) in groups.items())
    variables = {"pump_year": Label("Year of pump placement", "Year of pump placement", "", "integer")} if pump else {}
    return Study(
        size=sum(group.n for group in found), synthetic=synthetic, reconstruction=synthetic, group_by="kras", group_label="KRAS status",
        reference=found[-1].level if found else "", groups=found, flow=tuple(flow), variables=variables,
        parameters={**PARAMETERS, **parameters},
    )  # fmt: skip


def record(key: str, value: Value, formatted: str = "", *, method: str = "", note: str = "", unit: str = "") -> Record:
    """Return a record by its key: variable, group and statistic."""
    variable, group, statistic = key.split(".")
    return Record(
        variable,
        "",
        group,
        statistic,
        method=method,
        value=value,
        formatted=formatted or str(value),
        note=note,
        unit=unit,
    )


def bars(name: str, level: str, changes: Sequence[float], converted: Sequence[int] = ()) -> list[Point]:
    """Return the bars of a group, already sorted, by the burden that a variable reduces; `converted` are ranks from 1."""
    found = []
    for rank, change in enumerate(changes, start=1):
        marks = [*(["growth"] if change > 0 else []), *(["converted"] if rank in converted else [])]
        found.append(Point(f"{name}.{key_part(level)}.bar", float(rank), change, mark=" ".join(marks)))
    return found


def waterfall_results(
    groups: Mapping[str, tuple[str, Sequence[float]]],
    converted: Mapping[str, Sequence[int]] | None = None,
    **options: object,
) -> Results:
    """Return results of bars alone: level -> (label, changes)."""
    described = study({level: (label, max(1, len(changes))) for level, (label, changes) in groups.items()}, **options)  # type: ignore[arg-type]
    name = criterion_of(described).reduction
    points = [
        point
        for level, (_, changes) in groups.items()
        for point in bars(name, level, changes, (converted or {}).get(level, ()))
    ]
    counts = [record(f"{name}.{key_part(level)}.n", len(changes)) for level, (_, changes) in groups.items()]
    counts += [
        record(f"converted_to_resection.{key_part(level)}.count", len(ranks))
        for level, ranks in (converted or {}).items()
    ]
    return Results.of([record(f"{name}.all.n", len(points)), *counts], points, described)


def curve_points(key: str, observed: Sequence[tuple[float, int]]) -> list[Point]:
    """Return the product-limit estimate of times and events (1 = event), with limits 0.1 around it."""
    times = sorted({time for time, _ in observed})
    left, events_at = Counter(time for time, _ in observed), Counter(time for time, event in observed if event)
    points = [] if times[:1] == [0.0] else [Point(key, 0.0, 1.0, 1.0, 1.0, len(observed), 0, 0)]
    survival, at_risk = 1.0, len(observed)
    for time in times:
        events, censored = events_at[time], left[time] - events_at[time]
        survival *= 1 - events / at_risk
        limits = (None, None) if survival == 0 else (max(0.0, survival - 0.1), min(1.0, survival + 0.1))
        points.append(Point(key, time, survival, *limits, at_risk, events, censored, "censored" if censored else ""))
        at_risk -= left[time]
    return points


def survival_results(
    groups: Mapping[str, tuple[str, Sequence[tuple[float, int]]]],
    records: Sequence[Record] = (),
    endpoint: str = "os",
    **options: object,
) -> Results:
    """Return results of the curves of an endpoint alone: level -> (label, times and events)."""
    described = study({level: (label, len(observed)) for level, (label, observed) in groups.items()}, **options)  # type: ignore[arg-type]
    points = [
        point
        for level, (_, observed) in groups.items()
        for point in curve_points(f"{endpoint}.{key_part(level)}.curve", observed)
    ]
    return Results.of(records, points, described)
