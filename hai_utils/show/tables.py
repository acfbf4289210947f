"""Results to tables: what stands in which cell. Nothing is computed and nothing rounded here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import wraps

from hai_utils.catalogue.endpoints import DEATH, MILESTONES
from hai_utils.results.formatting import NOT_ESTIMABLE, WITHHELD, p_phrase
from hai_utils.results.keys import comparison
from hai_utils.results.printing import in_points
from hai_utils.results.record import Record
from hai_utils.results.study import Label, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Quote, Row, Run, Table, Text, compose, key
from hai_utils.show.criterion import criterion_of
from hai_utils.show.wording import NOT_PRINTED, confidence_words, in_text, method_name, people, why_withheld

EMPTY: Text = ("",)
# What an exact interval notes where the groups are too small for its level.
NOT_ATTAINABLE = "not attainable"
MAIN_P_HEADING = "P value"
POINTS_SIGN = " pp"
POINTS_NOTE = "pp, percentage points."


def explained(make: Callable[[Results], Content]) -> Callable[[Results], Content]:
    """Have a table say under it what the sign of a withheld number means, where the sign occurs."""

    @wraps(make)
    def made(results: Results) -> Content:
        content = make(results)
        if not isinstance(content, Table) or not any(_is_withheld(cell) for row in content.rows for cell in row.cells):
            return content
        return replace(content, notes=(*content.notes, (f"{WITHHELD}, {why_withheld(results.study)}.",)))

    return made


def _is_withheld(cell: Text) -> bool:
    return any((run if isinstance(run, str) else run.text) == WITHHELD for run in cell[:1])


def withheld_cell(*records: Record | None) -> Text:
    """Return one sign for a cell of which a number is withheld; empty where none is."""
    first = next((record for record in records if record is not None and record.withheld), None)
    return () if first is None else (Quote(first.key, first.formatted, "" if first.reported else first.method),)


def _p_cell(results: Results, variable: str, group: str, statistic: str = "p_value", level: str = "") -> Text:
    name = key(*([variable, level] if level else [variable]), group, statistic)
    return compose(results, f"{{{name}}}") or EMPTY


def _comparisons(study: Study) -> tuple[str, ...]:
    """Return the comparison that fills the P column: the only pair, or the test over all groups."""
    if len(study.groups) > 2:
        return ("overall",)
    return tuple(comparison(group.level, study.reference) for group in study.compared)


def compared_variables(results: Results) -> tuple[str, ...]:
    """Return the baseline variables and outcomes that are compared, overall survival last, in their order."""
    study = results.study
    baseline = [rule.partition("=")[0] for rule in study.parameters["baseline_variables"]]
    own = [name for name, label in study.variables.items() if label.own]
    names = dict.fromkeys((*baseline, *own, *study.parameters["outcomes"], "os"))
    return tuple(name for name in names if name != study.group_by and key(name, "all", "n") in results)


def group_headings(study: Study) -> tuple[str, ...]:
    """Return a heading for each group, with its size."""
    return tuple(_heading(group.label, group.n) for group in study.groups)


def _heading(label: str, n: int | None) -> str:
    return label if n is None else f"{label} (n={n})"


def overall_heading(study: Study) -> str:
    """Return the heading of what is said over all, with its size."""
    return _heading(study.label_of(study.overall), study.overall_size)


def _p_headings(study: Study) -> tuple[str, ...]:
    return (MAIN_P_HEADING,) if study.compared else ()


def _test_notes(results: Results, variables: Iterable[str], study: Study) -> tuple[Text, ...]:
    """Name the test behind the P of each variable, and what its note says."""
    by_method: dict[str, list[str]] = {}
    cautions: list[str] = []
    for name in variables:
        for group in _comparisons(study):
            record = _record(results, key(name, group, "p_value"))
            if record is None or record.withheld:
                continue
            by_method.setdefault(record.method, []).append(
                study.variables[name].plain
                if name in study.variables
                else record.label.rpartition(", ")[0] or record.label
            )
            if record.note:
                cautions.append(
                    f"{study.variables[name].plain if name in study.variables else record.label}: {record.note}"
                )
    tests = "; ".join(f"{method_name(method)} ({', '.join(names)})" for method, names in by_method.items())
    notes: list[Text] = [(f"P values: {tests}.",)] if tests else []
    if cautions:
        notes.append((f"Notes to the tests: {'; '.join(cautions)}.",))
    return tuple(notes)


def _record(results: Results, name: str) -> Record | None:
    return results.get(name) if name in results else None


def _missing_note(
    results: Results, variables: Iterable[str], study: Study, populations: Sequence[str] = ()
) -> tuple[Text, ...]:
    """Say of how many a variable is not recorded, by group, and before that in the populations named."""
    lines = []
    shown = [(study.label_of(level), level) for level in (*populations, *(group.level for group in study.groups))]
    for name in variables:
        counts = [(label, _record(results, key(name, level, "n_missing"))) for label, level in shown]
        gaps = [f"{label} {record.formatted}" for label, record in counts if record is not None and record.value]
        if gaps:
            lines.append(f"{study.variables[name].plain} ({', '.join(gaps)})")
    return ((f"Not recorded: {'; '.join(lines)}.",),) if lines else ()


def continuous_cell(results: Results, variable: str, group: str, *, interquartile: bool) -> Text:
    """Return a median with its range, or with its interquartile range."""
    stem = key(variable, group)
    median = _record(results, f"{stem}.median")
    if median is None or median.value is None:
        return (median.formatted,) if median is not None else EMPTY
    if interquartile and median.n != 1 and not withheld_cell(results.get(f"{stem}.iqr")):
        return compose(results, f"{{{stem}.median}} ({{{stem}.iqr}})")
    low, high = results.get(f"{stem}.min"), results.get(f"{stem}.max")
    if median.n == 1 or withheld_cell(low, high):
        return (Quote(median.key, median.formatted),)
    separator = results.study.formatter.range("", high.formatted) if not low.formatted.startswith("−") else " to "
    separator = separator.removesuffix(high.formatted)
    runs: list[Run] = [Quote(median.key, median.formatted), " ["]
    runs += [
        Quote(low.key, low.formatted.rstrip("%") if low.unit == "percent" else low.formatted),
        separator,
        Quote(high.key, high.formatted),
        "]",
    ]
    return tuple(runs)


def count_cell(results: Results, variable: str, group: str, level: str = "") -> Text:
    """Return ``n/N (%)``, N being those recorded; a word where nothing was recorded."""
    total = _record(results, f"{key(variable, group)}.n")
    if total is not None and not total.value and not total.withheld:
        return ("no data",)
    stem = key(*([variable, level] if level else [variable]), group)
    if hidden := withheld_cell(_record(results, f"{stem}.count")):
        return hidden
    return compose(results, f"{{{stem}.count}}/{{{key(variable, group)}.n}} ({{{stem}.percent}})") or EMPTY


def interval_cell(results: Results, stem: str, statistic: str) -> Text:
    """Return an estimate with its limits in brackets; an open limit prints as NE."""
    value = _record(results, f"{stem}.{statistic}")
    if value is None:
        return EMPTY
    low, high = _record(results, f"{stem}.{statistic}_lower"), _record(results, f"{stem}.{statistic}_upper")
    if value.value is None and (low is None or low.value is None):
        return (Quote(value.key, value.formatted),)
    if low is None or high is None or withheld_cell(low, high):
        return (Quote(value.key, value.formatted),)
    if low.value is None and high.value is None:
        # A proportion of 0 or 1 needs no remark; a median does, as its limits are looked for.
        remark = (f" ({NOT_ESTIMABLE})",) if statistic == "median" else ()
        return (Quote(value.key, value.formatted), *remark)
    if low.value == high.value:
        # A curve without a step yet has limits, but they say nothing of its uncertainty.
        return (Quote(value.key, value.formatted),)
    return (Quote(value.key, value.formatted), " (", *limits(results, low, high), ")")


def effect_cell(results: Results, stem: str, statistic: str) -> Text:
    """Return an effect with its limits, the estimate with its unit where that is percentage points."""
    cell, record = interval_cell(results, stem, statistic), _record(results, f"{stem}.{statistic}")
    if record is None or record.value is None or not in_points(record):
        return cell
    return (cell[0], POINTS_SIGN, *cell[1:])


def limits(results: Results, low: Record, high: Record) -> Text:
    """Return two limits joined as the style joins them."""
    first = (
        low.formatted.rstrip("%")
        if low.unit in {"percent", "proportion"} and high.formatted.endswith("%")
        else low.formatted
    )
    joined = results.study.formatter.range(first, high.formatted)
    separator = joined[len(first) : len(joined) - len(high.formatted)]
    if hidden := withheld_cell(low, high):
        return hidden
    methods = ("" if low.reported else low.method, "" if high.reported else high.method)
    return (Quote(low.key, first, methods[0]), separator, Quote(high.key, high.formatted, methods[1]))


@explained
def baseline(results: Results) -> Content:
    """Table 1: the groups at baseline, in the rows that the parameters name."""
    study = results.study
    named = [rule.partition("=")[::2] for rule in study.parameters["baseline_variables"]]
    known = {name for name, _ in named}
    own = [
        (name, "")
        for name, label in study.variables.items()
        if label.own and name not in known and name != study.group_by
    ]
    shown = [(name, level) for name, level in (*named, *own) if name in study.variables and name != study.group_by]
    if not shown:
        return Notice("The cohort has none of the baseline variables that the parameters name.")
    rows = [row for name, level in shown for row in _baseline_rows(results, name, level)]
    names = list(dict.fromkeys(name for name, _ in shown))
    return Table(
        "table-baseline",
        (_baseline_title(study),),
        ("Variable", *group_headings(study), *_p_headings(study)),
        tuple(rows),
        (*_test_notes(results, names, study), *_missing_note(results, names, study), *_published_notes(results)),
        main=True,
    )


def median_with_range(study: Study) -> str:
    """Return what a cell of a continuous variable shows: no range where its ends, one person's value each, are withheld."""
    return "median" if study.gated else "median [range]"


def _baseline_title(study: Study) -> str:
    return f"Characteristics at baseline, by {in_text(study.group_label)}"


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
        "Age is in completed years: the youngest is {age_years.all.min} here, where the text of the article prints 35, as an age of [least] or more would round.",
        least=results.study.formatter.as_given("34.5"),
    )
    return tuple(note for note in (sex, age) if note)


def _baseline_rows(results: Results, name: str, level: str) -> list[Row]:
    study = results.study
    label = study.variables[name]
    p_values = tuple(_p_cell(results, name, group) for group in _comparisons(study))
    if label.kind != "category":
        interquartile = name in study.parameters["interquartile_variables"]
        cells = [continuous_cell(results, name, group.level, interquartile=interquartile) for group in study.groups]
        # Where the quartiles are withheld, a cell is the median alone.
        has_quartiles = interquartile and not (study.gated and all(len(cell) == 1 for cell in cells))
        spread = "median (interquartile range)" if has_quartiles else median_with_range(study)
        return [Row(((f"{label.label}, {spread}",), *cells, *p_values))]
    levels = dict(label.levels)
    if level:
        if level not in levels:
            return []
        cells = [count_cell(results, name, group.level, level) for group in study.groups]
        return [Row(((f"{label.label}: {levels[level]}, n/N (%)",), *cells, *p_values))]
    if set(levels) == {"yes", "no"}:
        cells = [count_cell(results, name, group.level) for group in study.groups]
        return [Row(((f"{label.label}, n/N (%)",), *cells, *p_values))]
    blank = tuple(EMPTY for _ in study.groups)
    head = Row(((f"{label.label}, n/N (%)",), *blank, *p_values), "section")
    body = [
        Row(
            (
                (text,),
                *(count_cell(results, name, group.level, code) for group in study.groups),
                *(EMPTY for _ in p_values),
            ),
            "indented",
        )
        for code, text in label.levels
        if _occurs(results, name, code)
    ]
    return [head, *body]


def _occurs(results: Results, name: str, level: str) -> bool:
    record = _record(results, key(name, level, results.study.overall, "count"))
    return record is not None and (bool(record.value) or record.withheld)


@explained
def outcomes(results: Results) -> Content:
    """Table 2: the outcomes by group, effect and interval before P."""
    study = results.study
    present = [name for name in study.parameters["outcomes"] if key(name, study.reference, "n") in results]
    names = [name for name in present if name != study.group_by]
    if not names:
        return Notice("The cohort has none of the outcomes that the parameters name.")
    rows = tuple(_outcome_row(results, name) for name in names)
    effect = (f"Effect ({confidence_words(study)})",) if len(study.compared) == 1 else ()
    return Table(
        "table-outcomes",
        (f"Outcomes, by {in_text(study.group_label)}",),
        ("Outcome", *group_headings(study), *effect, *_p_headings(study)),
        rows,
        (*_effect_note(results, names), *_test_notes(results, names, study), *_interval_notes(results, names)),
        main=True,
    )


OUTCOME_EFFECTS = {"continuous": "hodges_lehmann", "binary": "risk_difference", "survival": "hazard_ratio"}
EFFECT_WORDS = {
    "hodges_lehmann": "Hodges-Lehmann difference",
    "risk_difference": "difference in proportions",
    "hazard_ratio": "hazard ratio",
}

KIND_WORDS = {"continuous": "continuous outcomes", "binary": "proportions", "survival": "survival endpoints"}


def outcome_kind(results: Results, name: str) -> str:
    """Say whether an outcome is continuous, binary or a survival endpoint."""
    if key(name, "all", "events") in results:
        return "survival"
    return "binary" if key(name, "all", "proportion") in results else "continuous"


def _outcome_row(results: Results, name: str) -> Row:
    study = results.study
    kind = outcome_kind(results, name)
    cells = [_outcome_cell(results, name, group.level, kind) for group in study.groups]
    effects: list[Text] = []
    if len(study.compared) == 1:
        group = comparison(study.compared[0].level, study.reference)
        effects = [effect_cell(results, key(name, group), OUTCOME_EFFECTS[kind])]
    p_values = [_p_cell(results, name, group) for group in _comparisons(study)]
    return Row(((_outcome_label(results, name, kind),), *cells, *effects, *p_values))


def _outcome_cell(results: Results, name: str, group: str, kind: str) -> Text:
    if kind == "continuous":
        return continuous_cell(results, name, group, interquartile=False)
    return count_cell(results, name, group) if kind == "binary" else interval_cell(results, key(name, group), "median")


def _outcome_label(results: Results, name: str, kind: str) -> str:
    label = results.get(key(name, "all", "n")).label
    ending = {
        "continuous": f", {median_with_range(results.study)}",
        "binary": ", n/N (%)",
        "survival": f", median ({confidence_words(results.study)})",
    }
    return label.removesuffix(", %") + ending[kind]


def _effect_note(results: Results, names: Sequence[str]) -> tuple[Text, ...]:
    study = results.study
    if len(study.compared) != 1:
        return ()
    kinds = dict.fromkeys(outcome_kind(results, name) for name in names)
    measures = ", ".join(f"{EFFECT_WORDS[OUTCOME_EFFECTS[kind]]} for {KIND_WORDS[kind]}" for kind in kinds)
    group = comparison(study.compared[0].level, study.reference)
    points = f" {POINTS_NOTE}" if any(has_points(results, name, group) for name in names) else ""
    text = f"Effect: {study.compared[0].label} against {study.reference_label}; {measures}.{points}"
    return ((text + (f" {NOT_PRINTED}" if study.reconstruction else ""),),)


def has_points(results: Results, name: str, group: str) -> bool:
    """Say whether the effect of an outcome in a comparison prints in percentage points."""
    kind = outcome_kind(results, name) if key(name, "all", "n") in results else "binary"
    record = _record(results, f"{key(name, group)}.{OUTCOME_EFFECTS[kind]}")
    return record is not None and record.value is not None and in_points(record)


def _interval_notes(results: Results, names: Sequence[str]) -> tuple[Text, ...]:
    methods: dict[str, None] = {}
    for name in names:
        kind = outcome_kind(results, name)
        stem = key(name, results.study.reference, "median_lower")
        if kind == "survival" and stem in results:
            methods[f"medians: {method_name(results.get(stem).method)}"] = None
        for group in _comparisons(results.study):
            low = f"{key(name, group)}.{OUTCOME_EFFECTS[kind]}_lower"
            if low in results:
                methods[f"{EFFECT_WORDS[OUTCOME_EFFECTS[kind]]}: {method_name(results.get(low).method)}"] = None
    methods |= {f"{caution}": None for caution in _interval_cautions(results, names)}
    text = f"Intervals: {'; '.join(methods)}. NR, not reached; NE, not estimable."
    return ((text,),) if methods else ()


def _interval_cautions(results: Results, names: Sequence[str]) -> list[str]:
    """Say for which effects the interval does not hold what its level promises."""
    found = []
    for name in names:
        for group in _comparisons(results.study):
            low = _record(results, f"{key(name, group)}.{OUTCOME_EFFECTS[outcome_kind(results, name)]}_lower")
            if low is not None and low.value is not None and NOT_ATTAINABLE in low.note:
                found.append(f"{low.label.removesuffix(', %')}: {low.note}")
    return found


@explained
def characteristics(results: Results) -> Content:
    """Supplementary table: every variable at baseline, all levels, in all groups, with standardised differences."""
    study = results.study
    names = [
        name
        for name, label in study.variables.items()
        if key(name, "all", "n_missing") in results and name != study.group_by
    ]
    names = [name for name in names if results.get(key(name, "all", "n_missing")).chapter == "01_cohort_description"]
    if not names:
        return Notice("The cohort has no column that describes it at baseline.")
    rows = [row for name in names for row in _characteristic_rows(results, name)]
    alone = len(study.compared) == 1
    headings = (f"Standardized difference{'' if alone else f', {group.label}'}" for group in study.compared)
    notes: list[Text] = [
        (f"Continuous variables: {median_with_range(study)}; categories: n/N (%), N being those recorded.",)
    ]
    if len(study.compared) > 1:
        notes.append((f"Standardized differences are against {study.reference_label}.",))
    if study.reconstruction:
        notes.append((NOT_PRINTED,))
    return Table(
        "table-characteristics",
        (f"All characteristics at baseline, overall and by {in_text(study.group_label)}",),
        ("Variable", overall_heading(study), *group_headings(study), *headings),
        tuple(rows),
        (*notes, *_missing_note(results, names, study, [study.overall])),
    )


def _characteristic_rows(results: Results, name: str) -> list[Row]:
    study = results.study
    label = study.variables[name]
    groups = (study.overall, *(group.level for group in study.groups))
    pairs = [comparison(group.level, study.reference) for group in study.compared]
    difference = tuple(_p_cell(results, name, pair, "standardised_difference") for pair in pairs)
    if label.kind != "category":
        cells = [continuous_cell(results, name, group, interquartile=False) for group in groups]
        return [Row(((label.label,), *cells, *difference))]
    if set(dict(label.levels)) == {"yes", "no"}:
        return [Row(((label.label,), *(count_cell(results, name, group) for group in groups), *difference))]
    head = Row(((label.label,), *(EMPTY for _ in groups), *difference), "section")
    return [
        head,
        *(
            Row(
                ((text,), *(count_cell(results, name, group, code) for group in groups), *(EMPTY for _ in difference)),
                "indented",
            )
            for code, text in label.levels
            if _occurs(results, name, code)
        ),
    ]


def _rate_rows(results: Results, name: str, levels: Sequence[tuple[str, str]], *, indented: bool) -> list[Row]:
    study = results.study
    rows = []
    for level, text in levels:
        cells = [rate_cell(results, name, group, level) for group in (*(g.level for g in study.groups), study.overall)]
        rows.append(Row(((text,), *cells), "indented" if indented else "body"))
    return rows


def rate_cell(results: Results, name: str, group: str, level: str = "") -> Text:
    """Return ``n/N, percent (interval)``."""
    stem = key(*([name, level] if level else [name]), group)
    total = _record(results, f"{key(name, group)}.n")
    if hidden := withheld_cell(total):
        return hidden
    if total is None or not total.value:
        return ("no data",)
    low, high = results.get(f"{stem}.proportion_lower"), results.get(f"{stem}.proportion_upper")
    count = results.get(f"{stem}.count")
    share = results.get(f"{stem}.proportion")
    return (
        Quote(count.key, count.formatted), "/", Quote(total.key, total.formatted), ", ", Quote(share.key, share.formatted),
        " (", *limits(results, low, high), ")",
    )  # fmt: skip


def _rates(results: Results, name: str, title: str, variables: Sequence[str]) -> Content:
    """Build a table of proportions with intervals, by group and overall."""
    study = results.study
    rows: list[Row] = []
    present = [variable for variable in variables if key(variable, "all", "n") in results]
    for variable in present:
        label: Label = study.variables[variable]
        blank = tuple(EMPTY for _ in range(len(study.groups) + 1))
        if set(dict(label.levels)) == {"yes", "no"}:
            rows += _rate_rows(results, variable, [("", label.label)], indented=False)
        else:
            rows.append(Row(((label.label,), *blank), "section"))
            rows += _rate_rows(results, variable, label.levels, indented=True)
    method = results.get(
        key(
            present[0],
            *([study.variables[present[0]].levels[0][0]] if not _is_binary(study, present[0]) else []),
            "all",
            "proportion_lower",
        )
    ).method
    return Table(
        name,
        (title,),
        ("Outcome", *group_headings(study), overall_heading(study)),
        tuple(rows),
        (
            (
                f"n/N, % ({confidence_words(study)}); {method_name(method)}, two-sided also at 0/N and N/N. N: {people(study)} with the outcome recorded.",
            ),
        ),
    )


def _is_binary(study: Study, name: str) -> bool:
    return set(dict(study.variables[name].levels)) == {"yes", "no"}


@explained
def complications(results: Results) -> Content:
    """Supplementary table: early and late complications, by group and overall."""
    variables = (
        "any_complication", "minor_complication", "severe_complication", "clavien_dindo", "death_90_days",
        "any_pump_complication", "biliary_complication", "pump_complication", "hai_discontinued",
    )  # fmt: skip
    present = [name for name in variables if key(name, "all", "n") in results and name != results.study.group_by]
    if not set(present) - {"death_90_days"}:
        if present:
            return _rates(results, "table-complications", "Early deaths", present)
        return Notice(
            "The cohort has no column on complications (clavien_dindo, pump_complication or hai_discontinued)."
        )
    return _rates(results, "table-complications", "Complications and early deaths, by group and overall", present)


@explained
def response(results: Results) -> Content:
    """Supplementary table: response by the criterion in force and by RECIST 1.1, by group and overall."""
    variables = (
        "objective_response", "objective_response_conservative", "best_response", "objective_response_confirmed",
        "best_response_confirmed", "progressed_on_therapy", "converted_to_resection", "objective_response_recist",
        "best_response_recist",
    )  # fmt: skip
    # Where RECIST 1.1 is the criterion in force, its rows are those of the response itself.
    twice = (
        ("objective_response_recist", "best_response_recist")
        if criterion_of(results.study).name == "recist_1_1"
        else ()
    )
    left_out = {results.study.group_by, *twice}
    present = [name for name in variables if key(name, "all", "n") in results and name not in left_out]
    if not present:
        return Notice(
            "The cohort has no lesion measurements at baseline and at best response, and no column on conversion to resection."
        )
    return _rates(results, "table-response", _response_title(present), present)


def _response_title(present: Sequence[str]) -> str:
    """Name what the table holds."""
    held = [
        words
        for name, words in (("objective_response", "Response"), ("converted_to_resection", "conversion to resection"))
        if name in present
    ]
    title = " and ".join(held) or "Tumor change"
    return f"{title[:1].upper()}{title[1:]}, by group and overall"


@explained
def survival_estimates(results: Results) -> Content:
    """Supplementary table: events, medians and survival at the times of the grid, by endpoint and group."""
    study = results.study
    present = [endpoint.name for endpoint in study.endpoints if key(endpoint.name, "all", "n") in results]
    if not present:
        return Notice("The cohort has no survival endpoint.")
    times = _estimate_times(results, present)
    rows: list[Row] = []
    for name in present:
        rows.append(
            Row(
                (
                    (results.get(key(name, "all", "n")).label.removesuffix(", months"),),
                    *(EMPTY for _ in range((2 if study.gated else 3) + len(times))),
                ),
                "section",
            )
        )
        for group in (*(g.level for g in study.groups), study.overall):
            if key(name, group, "n") in results:
                rows.append(_survival_row(results, name, group, times))
    rule, interval = (
        results.get(key(present[0], "all", "median")).method,
        results.get(key(present[0], "all", "median_lower")).method,
    )
    limit_method = study.parameters["survival_interval"]
    return Table(
        "table-survival",
        ("Survival endpoints, by group and overall",),
        (
            "Endpoint and group",
            "Events/N",
            f"Median, months ({confidence_words(study)})",
            *(() if study.gated else ("Observed times, months",)),
            *(f"Survival at {study.formatter.as_given(months)} months" for months in times),
        ),
        tuple(rows),
        (
            (
                f"Medians: {method_name(rule)}; {method_name(interval)}. Survival: Kaplan-Meier estimate with {method_name(limit_method)}. NR, not reached; NE, not estimable.",
            ),
            *(((NOT_PRINTED,),) if study.reconstruction else ()),
        ),
    )


def _estimate_times(results: Results, names: Sequence[str]) -> list[float]:
    """Return the years of the grid; where small cells are withheld, the times at which any curve may be read."""
    grid = results.study.parameters["time_grid_months"]
    if not results.study.gated:
        return [months for months in grid if months in MILESTONES]
    populations = (*(group.level for group in results.study.groups), results.study.overall)
    stems = [key(name, group) for name in names for group in populations]
    return [months for months in grid if months and any(_is_read(results, stem, months) for stem in stems)]


def _is_read(results: Results, stem: str, months: float) -> bool:
    record = _record(results, _survival_name(stem, months))
    return record is not None and record.value is not None


def _survival_name(stem: str, months: float) -> str:
    return f"{stem}.survival_at_{f'{months:g}'.replace('.', '_')}"


def _survival_row(results: Results, name: str, group: str, times: Sequence[float]) -> Row:
    stem = key(name, group)
    events = _events_of_n(results, f"{stem}.events", f"{stem}.n")
    low, high = results.get(f"{stem}.time_min"), results.get(f"{stem}.time_max")
    alone = low.value is None or low.value == high.value
    span: Text = (Quote(low.key, low.formatted),) if alone else limits(results, low, high)
    spans = () if results.study.gated else (span,)
    survival = [interval_cell(results, stem, _survival_name("", months)[1:]) for months in times]
    return Row(
        ((results.study.label_of(group),), events, interval_cell(results, stem, "median"), *spans, *survival),
        "indented",
    )


def _events_of_n(results: Results, events: str, total: str) -> Text:
    hidden = withheld_cell(results.get(events), results.get(total))
    return hidden or compose(results, f"{{{events}}}/{{{total}}}")


@explained
def competing_risks(results: Results) -> Content:
    """Supplementary table: cumulative incidence of progression and of death without it, by endpoint and group."""
    study = results.study
    present = [
        endpoint
        for endpoint in study.endpoints
        if endpoint.cause and key(endpoint.name, endpoint.cause, "all", "events") in results
    ]
    if not present:
        return Notice("Progression and death are not both recorded, so they cannot be told apart as competing events.")
    times = [months for months in study.parameters["time_grid_months"] if months]
    chosen = [months for months in times if months in MILESTONES] or times[-1:]
    # How many of either event lie between two times is not known to the disclosure gate, which withholds them all.
    chosen = [] if study.gated else chosen
    rows: list[Row] = []
    for endpoint in present:
        for level, words in ((endpoint.cause, endpoint.cause_words), (DEATH, "death without it")):
            rows += _incidence_rows(results, endpoint.name, level, words, chosen)
    return Table(
        "table-competing",
        (_competing_title(study, [endpoint.own for endpoint in present]),),
        (
            "Endpoint, event and group",
            "Events/N",
            *(f"At {study.formatter.as_given(months)} months" for months in chosen),
            *_p_headings(study),
        ),
        tuple(rows),
        (
            (_competing_note(study),),
            *(((NOT_PRINTED,),) if study.reconstruction else ()),
        ),
    )


def _competing_title(study: Study, own: Sequence[bool]) -> str:
    what = "Events" if study.gated else "Cumulative incidence"
    of = "each event" if all(own) else "progression, of other events" if any(own) else "progression"
    return f"{what} of {of} and of death without it, each competing with the other"


def _competing_note(study: Study) -> str:
    estimate = f"Cumulative incidence, % ({confidence_words(study)}): Aalen-Johansen estimate; "
    return f"{'' if study.gated else estimate}P: Gray's test. NE, not estimable."


def _incidence_rows(results: Results, name: str, level: str, words: str, times: Sequence[float]) -> list[Row]:
    study = results.study
    label = results.get(key(name, "all", "n")).label.removesuffix(", months")
    p_values = [_p_cell(results, name, group, level=level) for group in _comparisons(study)]
    rows = [Row(((f"{label}: {words}",), *(EMPTY for _ in range(1 + len(times))), *p_values), "section")]
    for group in (*(g.level for g in study.groups), study.overall):
        stem = key(name, level, group)
        if f"{stem}.events" in results:
            events = _events_of_n(results, f"{stem}.events", f"{key(name, group)}.n")
            cells = [
                interval_cell(results, stem, f"cumulative_incidence_{months:g}".replace(".", "_")) for months in times
            ]
            rows.append(Row(((study.label_of(group),), events, *cells, *(EMPTY for _ in p_values)), "indented"))
    return rows


@explained
def survival_comparisons(results: Results) -> Content:
    """Supplementary table: hazard ratios, restricted means and their tests, by endpoint."""
    study = results.study
    present = [endpoint.name for endpoint in study.endpoints if key(endpoint.name, "all", "n") in results]
    rows: list[Row] = []
    horizons = study.parameters["restricted_mean_months"]
    for name in present:
        for group in study.compared:
            pair = comparison(group.level, study.reference)
            if key(name, pair, "p_value") not in results:
                continue
            label = results.get(key(name, "all", "n")).label.removesuffix(", months")
            head = label if len(study.compared) == 1 else f"{label}: {group.label}"
            means = [interval_cell(results, key(name, pair), f"rmst_difference_{months:g}") for months in horizons]
            rows.append(
                Row(
                    (
                        (head,),
                        interval_cell(results, key(name, pair), "hazard_ratio"),
                        _p_cell(results, name, pair),
                        *means,
                        _p_cell(results, name, pair, "proportional_hazards_p"),
                    )
                )
            )
    if not rows:
        return Notice("There is no survival comparison between the groups.")
    first = comparison(study.compared[0].level, study.reference)
    ratio = results.get(key(present[0], first, "hazard_ratio")).method
    note = (
        f"Effects against {study.reference_label}. Hazard ratio: {method_name(ratio)}; P: {method_name(study.parameters['survival_test'])}; "
        f"restricted mean: difference in months; proportional hazards: {method_name(study.parameters['proportional_hazards_test'])}. NE, not estimable."
    )
    return Table(
        "table-survival-comparisons",
        ("Survival endpoints compared between the groups",),
        (
            "Endpoint", f"Hazard ratio ({confidence_words(study)})", MAIN_P_HEADING,
            *(
                f"Restricted mean to month {study.formatter.as_given(months)}, difference ({confidence_words(study)})"
                for months in horizons
            ),
            "P, proportional hazards",
        ),
        tuple(rows),
        ((note,), *(((NOT_PRINTED,),) if study.reconstruction else ())),
    )  # fmt: skip


def p_value_text(results: Results, name: str) -> Text:
    """Return ``P=0.03`` for a key."""
    record = results.get(name)
    if record.value is None:
        return ("P withheld",) if record.withheld else ("P not estimable",)
    phrase = p_phrase(record.formatted)
    return (phrase.removesuffix(record.formatted), Quote(record.key, record.formatted))
