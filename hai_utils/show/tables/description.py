"""Tables of the patients at baseline."""

from __future__ import annotations

from collections.abc import Sequence

from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, Text, compose, key
from hai_utils.show.tables.cells import continuous_cell, count_cell, explained, number_cell
from hai_utils.show.tables.parts import (
    group_headings,
    level_rows,
    median_with_range,
    missing_notes,
    outside_note,
    overall_heading,
    p_headings,
    section,
    test_groups,
    test_notes,
)
from hai_utils.show.wording import in_text, reference_words

# What is known after the start of treatment alone: the table is then not of the baseline only.
TREATMENT = {"operative_minutes", "length_of_stay_days", "hai_cycles"}


@explained
def baseline(results: Results) -> Content:
    """Table 1: the groups at baseline, in the rows that the parameters name."""
    study = results.study
    named = [rule.partition("=")[::2] for rule in study.parameters["baseline_variables"]]
    known = {name for name, _ in named}
    own = [(name, "") for name, label in study.variables.items() if label.own and name not in known]
    shown = [(name, level) for name, level in (*named, *own) if name in study.variables and name != study.group_by]
    if not shown:
        return Notice("The cohort has none of the baseline variables that the parameters name.")
    names = list(dict.fromkeys(name for name, _ in shown))
    populations = _shown_at_baseline(study)
    overall = (overall_heading(study),) if study.overall in populations else ()
    treated = TREATMENT & {name for name, _ in shown}
    return Table(
        "table-baseline",
        (f"{'Baseline and treatment' if treated else 'Characteristics at baseline'}, by {in_text(study.group_label)}",),
        ("Variable", *overall, *group_headings(study), *p_headings(study)),
        tuple(row for name, level in shown for row in _baseline_rows(results, name, level)),
        (
            *_definitions(study, names), *test_notes(results, names), *missing_notes(results, names, populations),
            *(outside_note(study) if study.overall in populations else ()), *_published_notes(results),
        ),
        main=True,
    )  # fmt: skip


def _shown_at_baseline(study: Study) -> tuple[str, ...]:
    """Return the populations of Table 1: all patients, then each group; in the published cohort the groups alone, as the article has it."""
    return study.levels if study.published or len(study.levels) < 2 else _populations(study)


def _definitions(study: Study, names: Sequence[str]) -> tuple[Text, ...]:
    """Say what the cohort's own dictionary says of its columns, where that is more than the label."""
    described = [(study.variables[name].plain, study.variables[name].description.rstrip(".")) for name in names]
    found = [
        words if words.lower().startswith(label.lower()) else f"{label}: {in_text(words)}"
        for label, words in described
        if words and words.lower() != label.lower()
    ]
    return ((f"Definitions: {'. '.join(found)}.",),) if found else ()


def _published_notes(results: Results) -> tuple[Text, ...]:
    """Say where the true value differs from the printed one; only for the reconstruction, grouped as published."""
    if not results.study.published:
        return ()
    sex = compose(
        results,
        "Sex, male: the article prints 28% in the KRAS-mutated group, which no number of 11 gives; {sex.male.mutant.count} of 11 are {sex.male.mutant.percent}.",
    )
    age = compose(
        results,
        "The range of age is in completed years: the youngest is {age_years.all.min} here, where the text of the article prints 35, as an age of [least] or more would round.",
        least=results.study.formatter.as_given("34.5"),
    )
    return tuple(note for note in (sex, age) if note)


def _baseline_rows(results: Results, name: str, level: str) -> list[Row]:
    study, populations = results.study, _shown_at_baseline(results.study)
    label, levels = study.variables[name], dict(study.variables[name].levels)
    p_values = tuple(number_cell(results, key(name, group, "p_value")) for group in test_groups(study))
    if label.kind != "category":
        return [_continuous_row(results, name, p_values)]
    if level and level not in levels:
        return []
    if level or label.is_binary:
        words = f"{label.label}: {levels[level]}" if level else label.label
        cells = [count_cell(results, name, group, level) for group in populations]
        return [Row(((f"{words}, n/N (%)",), *cells, *p_values))]
    head = section(f"{label.label}, n/N (%)", 1 + len(populations) + len(p_values), *p_values)
    return level_rows(results, name, head, lambda code: (count_cell(results, name, g, code) for g in populations))


def _continuous_row(results: Results, name: str, p_values: tuple[Text, ...]) -> Row:
    study = results.study
    interquartile = name in study.parameters["interquartile_variables"]
    cells = [continuous_cell(results, name, group, interquartile=interquartile) for group in _shown_at_baseline(study)]
    # Where the quartiles are withheld, a cell is the median alone.
    has_quartiles = interquartile and not (study.gated and all(len(cell) == 1 for cell in cells))
    spread = "median (interquartile range)" if has_quartiles else median_with_range(study)
    return Row(((f"{study.variables[name].label}, {spread}",), *cells, *p_values))


@explained
def characteristics(results: Results) -> Content:
    """Supplementary table: every variable at baseline, all levels, in all groups, with standardised differences."""
    study = results.study
    names = [name for name in study.variables if _is_characteristic(results, name)]
    if not names:
        return Notice("The cohort has no column that describes it at baseline.")
    alone = len(study.compared) == 1
    headings = (f"Standardized difference{'' if alone else f', {group.label}'}" for group in study.compared)
    versus = () if alone or not study.compared else ((f"Standardized differences: versus {reference_words(study)}.",),)
    return Table(
        "table-characteristics",
        (f"All characteristics at baseline, overall and by {in_text(study.group_label)}",),
        ("Variable", overall_heading(study), *group_headings(study), *headings),
        tuple(row for name in names for row in _characteristic_rows(results, name)),
        (
            (f"Continuous variables: {median_with_range(study)}; categories: n/N (%), N being those recorded.",),
            *versus, *missing_notes(results, names, _populations(study)), *outside_note(study),
        ),
    )  # fmt: skip


def _populations(study: Study) -> tuple[str, ...]:
    return (study.overall, *study.levels)


def _is_characteristic(results: Results, name: str) -> bool:
    missing = results.find_key(key(name, "all", "n_missing"))
    return missing is not None and name != results.study.group_by and missing.chapter == "01_cohort_description"


def _characteristic_rows(results: Results, name: str) -> list[Row]:
    study, groups = results.study, _populations(results.study)
    label = study.variables[name]
    difference = tuple(number_cell(results, key(name, pair, "standardised_difference")) for _, pair in study.pairs)
    if label.kind != "category" or label.is_binary:
        cell = count_cell if label.is_binary else continuous_cell
        return [Row(((label.label,), *(cell(results, name, group) for group in groups), *difference))]
    head = section(label.label, 1 + len(groups) + len(difference), *difference)
    return level_rows(results, name, head, lambda code: (count_cell(results, name, g, code) for g in groups))
