"""The conclusions that two runs do not share: what one says of an effect and the other does not.

A conclusion is read from the reported rows alone: a P value below the run's own level, the side of no effect on which
an estimate lies, an interval that includes no effect, a median that is reached, an estimate that exists, a count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hai_utils.catalogue.outcomes import OUTCOMES
from hai_utils.catalogue.populations import VERSUS
from hai_utils.catalogue.statistics import read_statistic
from hai_utils.results.formatting import p_phrase
from hai_utils.results.keys import result_key
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.run.comparison.noise import equal
from hai_utils.run.comparison.phrases import (
    both,
    effect_with_interval,
    not_available,
    numbers,
    printed,
    subject,
    with_method,
)
from hai_utils.show.wording import statistic_name

ConclusionKind = Literal[
    "reversed", "significance", "interval", "median", "estimable", "direction", "assumption", "category"
]
# Worst first.
KINDS: Mapping[ConclusionKind, str] = {
    "reversed": "An effect turns round, and an interval excludes no effect",
    "significance": "Significance is won or lost",
    "interval": "An interval includes no effect in one run only",
    "median": "A median survival time is reached in one run only",
    "estimable": "An estimate exists in one run only",
    "direction": "An estimate lies on the other side of no effect, which the intervals do not exclude",
    "assumption": "A check of an assumption crosses the level",
    "category": "A category of an outcome has another count",
}
# What the chapters on baseline describe is no outcome.
_DESCRIPTION = "01_cohort_description"
NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One conclusion that flips, with the rows that say so and a sentence that quotes both."""

    kind: ConclusionKind
    a: Record
    b: Record
    sentence: str


def conclusions(a: Results, b: Results) -> tuple[Conclusion, ...]:
    """Return the conclusions that differ, worst first, and among equals the outcomes in the order of the study."""
    found: list[Conclusion] = []
    for key in a.keys:
        if key not in b or a.get(key).group == "excluded":
            continue
        for kind in _kinds(a, b, key):
            found.append(Conclusion(kind, a.get(key), b.get(key), _sentence(kind, a, b, key)))
    found = [
        *(one for one in found if one.kind not in {"category", "estimable"}),
        *_one_a_category(found, a, b),
        *_one_a_reason(found, a, b),
    ]
    ranks, places = list(KINDS), _outcomes(a, b)
    return tuple(
        sorted(found, key=lambda one: (ranks.index(one.kind), places.get(one.a.variable, len(places)), one.a.key))
    )


def _outcomes(a: Results, b: Results) -> dict[str, int]:
    """Return the place of each outcome, the primary endpoint first; the same whichever run comes first."""
    places: dict[str, int] = {}
    for results in (a, b):
        chosen = results.study.parameters
        names = [str(chosen.get("primary_endpoint", "")), *map(str, chosen.get("outcomes", ()))]
        for place, name in enumerate(dict.fromkeys(names)):
            places[name] = min(place, places.get(name, place))
    return places


def _kinds(a: Results, b: Results, key: str) -> Iterator[ConclusionKind]:
    """Name what flips at a key."""
    first, second = a.get(key), b.get(key)
    name, named = first.statistic, read_statistic(first.statistic)
    if (first.value is None) != (second.value is None):
        if named.part not in {"lower", "upper", "se"}:
            yield "median" if name == "median" and NOT_REACHED in {first.note, second.note} else "estimable"
    elif named.is_p_value:
        if significant(a, first) != significant(b, second):
            yield "assumption" if named.record.checks_assumption else "significance"
    elif first.value is not None and (null := named.no_effect) is not None:
        yield from _effect(a, b, key, null)
    elif name == "count" and _is_outcome_category(a, first) and (first.value, first.n) != (second.value, second.n):
        yield "category"


def _effect(a: Results, b: Results, key: str, null: float) -> Iterator[ConclusionKind]:
    sides = [excluded_side(results, results.get(key), null) for results in (a, b)]
    first, second = (results.get(key).value or 0.0 for results in (a, b))
    if (first - null) * (second - null) < 0 and not equal(first, second):
        yield "reversed" if any(sides) else "direction"
    elif None not in sides and (sides[0] == 0) != (sides[1] == 0):
        yield "interval"


def significant(results: Results, record: Record) -> bool:
    """Say whether a P value lies below the level of its own run."""
    return record.value is not None and record.value < level(results)


def level(results: Results) -> float:
    """Return the level at which a run calls P significant."""
    return float(results.study.parameters.get("significance_level", 0.05))


def excluded_side(results: Results, record: Record, null: float) -> int | None:
    """Say on which side of no effect the interval of an estimate lies.

    Returns
    -------
    int or None
        -1 or 1 where the interval excludes no effect, 0 where it includes it, None where a limit is not known.
    """
    limits = []
    for name, open_end in (("lower", -math.inf), ("upper", math.inf)):
        key = result_key(record.variable, record.level, record.group, f"{record.statistic}_{name}")
        limit = results.get(key) if key in results else None
        if limit is None or (limit.value is None and limit.note != "infinite"):
            return None
        limits.append(open_end if limit.value is None else limit.value)
    return -1 if limits[1] < null else 1 if limits[0] > null else 0


def _is_outcome_category(results: Results, record: Record) -> bool:
    # A binary outcome also has a key without a level; its rows by level would say it twice.
    described = record.chapter == _DESCRIPTION or record.variable not in results.study.variables
    return not described and record.level not in {"yes", "no"} and VERSUS not in record.group


def _one_a_category(found: Iterable[Conclusion], a: Results, b: Results) -> list[Conclusion]:
    """Say each category once: of all rows where their count differs, else of the first group."""
    first: dict[tuple[str, str], Conclusion] = {}
    for one in found:
        place = (one.a.variable, one.a.level)
        if one.kind == "category" and (place not in first or one.a.group == "all"):
            first[place] = one
    groups = list(dict.fromkeys(group.level for results in (a, b) for group in results.study.groups))
    return [
        Conclusion("category", one.a, one.b, one.sentence.removesuffix(".") + _by_group(one, groups, a, b) + ".")
        for one in first.values()
    ]


def _one_a_reason(found: Iterable[Conclusion], a: Results, b: Results) -> list[Conclusion]:
    """Say once what exists in one run only for one reason: all estimates of a variable in a group."""
    alike: dict[tuple[str, ...], list[Conclusion]] = {}
    for one in found:
        if one.kind == "estimable":
            place = (one.a.variable, one.a.level, one.a.group, one.a.note, one.b.note, str(one.a.value is None))
            alike.setdefault(place, []).append(one)
    return [
        Conclusion("estimable", same[0].a, same[0].b, _existing([one.a.key for one in same], a, b))
        for same in alike.values()
    ]


def _existing(keys: Sequence[str], a: Results, b: Results) -> str:
    first, second = a.get(keys[0]), b.get(keys[0])
    missing, there, here = (first, "A", "B") if first.value is None else (second, "B", "A")
    run = b if missing is first else a
    rows = [run.get(key) for key in keys]
    said = "; ".join(with_method(row, f"{statistic_name(run.study, row.statistic)} = {printed(row)}") for row in rows)
    return f"{subject(a, first)}: {said} in {here}, {not_available(missing)} in {there}."


def _by_group(one: Conclusion, groups: Iterable[str], a: Results, b: Results) -> str:
    parts = []
    for group in groups:
        key = result_key(one.a.variable, one.a.level, group, "count")
        if group != one.a.group and key in a and key in b:
            first, second = a.get(key), b.get(key)
            parts.append(f"{a.study.label_of(group)} {_share(a, first)} and {_share(b, second)}")
    return f" ({'; '.join(parts)})" if parts else ""


def _share(results: Results, record: Record) -> str:
    total = results.study.formatter.count(record.n) if record.n is not None else "?"
    return f"{record.formatted} of {total}"


# --- sentences ---


def _sentence(kind: ConclusionKind, a: Results, b: Results, key: str) -> str:
    """Say what flips, with both numbers and their methods."""
    first, second = a.get(key), b.get(key)
    about = subject(a, first)
    if kind in {"significance", "assumption"}:
        return f"{about}: {_p_values(kind, a, b, key)}; {_called(kind, a, b, key)}."
    if kind == "category":
        return f"{about}: {_share(a, first)} in A, {_share(b, second)} in B."
    if kind == "estimable":
        return _existing([key], a, b)
    if kind == "median":
        texts = [not_available(r) if r.value is None else text for r, text in zip((first, second), numbers(a, b, key), strict=True)]  # fmt: skip
        return f"{about}: {statistic_name(a.study, first.statistic)} {both(texts, first, second)}."
    null = read_statistic(first.statistic).no_effect
    texts = [
        effect_with_interval(results, record, text, null)
        for results, record, text in zip((a, b), (first, second), numbers(a, b, key), strict=True)
    ]
    said = f"{about}: {statistic_name(a.study, first.statistic)} {both(texts, first, second)}"
    if kind == "interval":
        where = "A" if excluded_side(a, first, null or 0.0) == 0 else "B"
        return f"{said}; the interval includes no effect ({null:g}) in {where} only."
    sides = ["below" if (record.value or 0.0) < (null or 0.0) else "above" for record in (first, second)]
    return f"{said}; {sides[0]} {null:g} in A, {sides[1]} {null:g} in B."


def _p_values(kind: ConclusionKind, a: Results, b: Results, key: str) -> str:
    first, second = a.get(key), b.get(key)
    texts = [p_phrase(text) for text in numbers(a, b, key, apart=(level(a), level(b)))]
    name = "" if first.statistic == "p_value" else statistic_name(a.study, first.statistic) + ", "
    effects = [_effect_of(results, record) for results, record in ((a, first), (b, second))]
    if effects[0] == effects[1]:
        return name + (f"{effects[0]} in both, " if effects[0] else "") + both(texts, first, second)
    return name + both([", ".join(filter(None, pair)) for pair in zip(effects, texts, strict=True)], first, second)


def _effect_of(results: Results, record: Record) -> str:
    """Return the effect and its interval that belong before P; empty where there is none."""
    if record.statistic not in {"p_value", "p_value_holm", "hazard_ratio_p"}:
        return ""
    for outcome in OUTCOMES.values():
        key = result_key(record.variable, record.level, record.group, outcome.effect.name)
        if key in results and (effect := results.get(key)).value is not None:
            interval = effect_with_interval(results, effect, printed(effect), outcome.effect.no_effect)
            return f"{outcome.effect.words} {interval}"
    return ""


def _called(kind: ConclusionKind, a: Results, b: Results, key: str) -> str:
    word = "below" if kind == "assumption" else "significant at"
    if level(a) == level(b):
        where = "A" if significant(a, a.get(key)) else "B"
        return f"{word} {level(a):g} in {where} only"
    parts = [
        f"{'' if significant(results, results.get(key)) else 'not '}{word} {level(results):g} in {letter}"
        for results, letter in ((a, "A"), (b, "B"))
    ]
    return ", ".join(parts)
