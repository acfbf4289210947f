"""Table 2: the outcomes by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hai_utils.catalogue.outcomes import ComparedOutcome, OutcomeKind
from hai_utils.results.printing import in_points
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, Text, clause, key
from hai_utils.show.tables.cells import (
    POINTS_NOTE,
    UNREACHED,
    below_zero,
    continuous_cell,
    count_cell,
    effect_cell,
    events_cell,
    explained,
    interval_cell,
    number_cell,
)
from hai_utils.show.tables.hazards import beside_ratios, competes
from hai_utils.show.tables.parts import (
    group_headings,
    median_with_range,
    outcome_of,
    p_headings,
    test_groups,
    test_notes,
    variable_name,
)
from hai_utils.show.wording import between_groups, confidence_words, in_text, method_name

# What an exact interval notes where the groups are too small for its level.
RATIO_SIGN = "HR "
NOT_ATTAINABLE = "not attainable"


@explained
def outcomes(results: Results) -> Content:
    """Table 2: the outcomes by group, effect and interval before P."""
    study = results.study
    present = [
        name
        for name in study.parameters["outcomes"]
        if key(name, study.reference, "n") in results and results.has_data(name)
    ]
    names = [name for name in present if name != study.group_by]
    if not names:
        return Notice("The cohort has none of the outcomes that the parameters name.")
    effect = (f"Effect ({confidence_words(study)})",) if len(study.compared) == 1 else ()
    return Table(
        "table-outcomes",
        (f"Outcomes, by {in_text(study.group_label)}",),
        ("Outcome", *group_headings(study), *effect, *p_headings(study)),
        tuple(_row(results, name) for name in names),
        (
            *_effect_note(results, names), *test_notes(results, names), *_interval_notes(results, names),
            *_below_zero(results, names), *_hazard_notes(results, names),
        ),
        main=True,
    )  # fmt: skip


def _below_zero(results: Results, names: Sequence[str]) -> tuple[Text, ...]:
    with_median = [name for name in names if not competes(results.study.endpoint(name))]
    note = below_zero(results, [key(name, level) for name in with_median for level in results.study.levels])
    return (note,) if note else ()


def _hazard_notes(results: Results, names: Sequence[str]) -> tuple[Text, ...]:
    """Say of each survival endpoint what its hazard ratio does not tell; of a reconstruction, the supplement does."""
    if results.study.published:
        return ()
    pairs = [pair for _, pair in results.study.pairs]
    endpoints = [name for name in names if outcome_of(results, name).kind == "survival"]
    found = ((name, beside_ratios(results, name, pairs, "none")) for name in endpoints)
    return tuple(clause(f"{variable_name(results, name)}: ", beside) for name, beside in found if beside)


def _row(results: Results, name: str) -> Row:
    study, outcome = results.study, outcome_of(results, name)
    cells = [_cell(results, name, group, outcome.kind) for group in study.levels]
    effects = [_effect(results, key(name, pair), outcome) for _, pair in study.pairs]
    p_values = [number_cell(results, key(name, group, "p_value")) for group in test_groups(study)]
    return Row(((_label(results, name, outcome.kind),), *cells, *(effects if len(effects) == 1 else ()), *p_values))


def _effect(results: Results, stem: str, outcome: ComparedOutcome) -> Text:
    """Return an effect that says what it is where its unit does not."""
    cell, record = effect_cell(results, stem, outcome.effect.name), results.find_key(f"{stem}.{outcome.effect.name}")
    shown = outcome.kind == "survival" and record is not None and record.value is not None
    return (RATIO_SIGN, *cell) if shown else cell


def _cell(results: Results, name: str, group: str, kind: OutcomeKind) -> Text:
    """Return what a group has of an outcome; where death competes, which a median would not tell, how many had the event."""
    if kind == "continuous":
        return continuous_cell(results, name, group)
    if competes(results.study.endpoint(name)):
        return events_cell(results, key(name, group, "events"), key(name, group, "n"))
    return count_cell(results, name, group) if kind == "binary" else interval_cell(results, key(name, group), "median")


def _label(results: Results, name: str, kind: OutcomeKind) -> str:
    ending = {
        "continuous": median_with_range(results.study),
        "binary": "n/N (%)",
        "survival": f"median ({confidence_words(results.study)})",
    }
    label = results.get(key(name, "all", "n")).label.removesuffix(", %")
    if competes(results.study.endpoint(name)):
        return f"{label.removesuffix(', months')}, events/N"
    return f"{label}, {ending[kind]}"


def _effect_note(results: Results, names: Sequence[str]) -> tuple[Text, ...]:
    study = results.study
    if len(study.compared) != 1:
        return ()
    ((group, pair),) = study.pairs
    found = dict.fromkeys(outcome_of(results, name) for name in names)
    measures = ", ".join(f"{outcome.effect.words} for {outcome.words}" for outcome in found)
    effects = [results.find_key(f"{key(name, pair)}.{outcome_of(results, name).effect.name}") for name in names]
    points = any(record is not None and record.value is not None and in_points(record) for record in effects)
    text = f"Effect: {between_groups(study, group)}; {measures}."
    ratios = any(outcome.kind == "survival" for outcome in found)
    return ((" ".join((text, *[POINTS_NOTE] * points, *["HR, hazard ratio."] * ratios)),),)


def _lower_limits(results: Results, names: Sequence[str]) -> Iterator[tuple[str, Record]]:
    """Yield the words and the lower limit of each effect."""
    for name in names:
        effect = outcome_of(results, name).effect
        for group in test_groups(results.study):
            low = results.find_key(f"{key(name, group)}.{effect.name}_lower")
            if low is not None:
                yield effect.words, low


def _interval_notes(results: Results, names: Sequence[str]) -> tuple[Text, ...]:
    """Name the method of each interval, and the effects for which it does not hold what its level promises."""
    methods: dict[str, None] = {}
    for name in names:
        median = results.find_key(key(name, results.study.reference, "median_lower"))
        if median is not None and not competes(results.study.endpoint(name)):
            methods[f"medians: {method_name(median.method)}"] = None
        methods |= {f"{words}: {method_name(low.method)}": None for words, low in _lower_limits(results, [name])}
    for _, low in _lower_limits(results, names):
        if low.value is not None and NOT_ATTAINABLE in low.note:
            methods[f"{low.label.removesuffix(', %')}: {low.note}"] = None
    text = f"Intervals: {'; '.join(methods)}. {UNREACHED}"
    return ((text,),) if methods else ()
