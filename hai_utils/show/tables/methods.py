"""Tables of the chapter "Methods compared": what every test and interval says of the same comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hai_utils.catalogue.statistics import EFFECTS, STATISTICS, Statistic
from hai_utils.results.printing import format_record, in_points
from hai_utils.results.record import Record
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Row, Table, Text, key, quote
from hai_utils.show.tables.cells import (
    EMPTY,
    POINTS_NOTE,
    POINTS_SIGN,
    UNREACHED,
    below_zero,
    effect_cell,
    explained,
    limits,
    nothing,
)
from hai_utils.show.tables.parts import P_HEADING, compared_variables, outcome_of, outside_note, section, variable_name
from hai_utils.show.wording import between_groups, confidence_words, method_name, profile_words

REPORTED_MARK = " *"
NO_OUTCOMES = "There is no comparison of an outcome between groups."
SAME_POPULATION = Notice(
    "Neither an exclusion nor a missing response changes the population: the results stay as reported."
)
ROBUSTNESS = {
    STATISTICS["p_value"]: P_HEADING,
    STATISTICS["p_value_holm"]: "P, Holm",
    STATISTICS["fragility_index"]: "Fragility index",
}
FRAGILITY = STATISTICS["fragility_index"]


def _pairs(study: Study) -> tuple[tuple[str, str], ...]:
    """Return each comparison of two groups with what it is called in a row."""
    alone = len(study.compared) == 1
    return tuple((pair, "" if alone else f", {between_groups(study, group)}") for group, pair in study.pairs)


def _blocks(results: Results) -> list[tuple[str, str, str]]:
    """Return (variable, comparison, heading) of each comparison that Tables 1 and 2 make."""
    pairs = _pairs(results.study)
    return [
        (variable, pair, variable_name(results, variable) + suffix)
        for variable in compared_variables(results)
        for pair, suffix in (*pairs, *([("overall", ", all groups")] if len(pairs) > 1 else []))
        if results.shows(key(variable, pair, "p_value"))
    ]


def _outcome_pairs(results: Results) -> list[tuple[str, str, str]]:
    """Return (outcome, comparison, words after its name) of each comparison of two groups that stands."""
    return [
        (name, pair, suffix)
        for name in results.study.parameters["outcomes"]
        for pair, suffix in _pairs(results.study)
        if results.has_data(name) and results.shows(key(name, pair, "p_value"))
    ]


def _shown(results: Results, name: str) -> tuple[Record, ...]:
    """Return a key's records by every method but those withheld."""
    return tuple(record for record in results.methods(name) if not record.withheld)


def _marked(record: Record, cell: Text) -> Text:
    return (*cell, REPORTED_MARK) if record.reported else cell


def _p_value(results: Results, record: Record) -> Quote:
    """Return P to three decimals, so that the methods can be told apart."""
    return quote(record, format_record(record, results.study.formatter, decimals=3))


def p_value_records(results: Results) -> tuple[Record, ...]:
    """Return every P value of the comparisons of Tables 1 and 2, by every method."""
    return tuple(
        record for variable, pair, _ in _blocks(results) for record in _shown(results, key(variable, pair, "p_value"))
    )


@explained
def tests(results: Results) -> Content:
    """Supplementary table: P of each comparison by every test that applies."""
    rows: list[Row] = []
    for variable, pair, heading in _blocks(results):
        rows.append(section(heading, 3))
        for record in _shown(results, key(variable, pair, "p_value")):
            p_value = _marked(record, (_p_value(results, record),))
            rows.append(Row(((method_name(record.method),), p_value, (record.note,)), "indented"))
    if not rows:
        return nothing(results, "There is no comparison between groups.")
    note = f"* Reported in this run, by {profile_words(results.study)}. The others are sensitivity analyses."
    columns = ("Comparison and test", P_HEADING, "Note")
    return Table(
        "table-methods-tests", ("P value of each comparison, by every test",), columns, tuple(rows), ((note,),)
    )


@explained
def intervals(results: Results) -> Content:
    """Supplementary table: effect and limits of each comparison by every method."""
    rows: list[Row] = []
    for variable, pair, heading in _blocks(results):
        found = [row for effect in EFFECTS for row in _interval_rows(results, key(variable, pair), effect)]
        if found:
            rows += [section(heading, 3), *found]
    if not rows:
        return nothing(results, "There is no effect with an interval.")
    return Table(
        "table-methods-intervals",
        (f"Effect of each comparison, by every method ({confidence_words(results.study)})",),
        ("Comparison and method", "Effect", "Interval"),
        tuple(rows),
        (("* Reported. NE, not estimable; a limit NE is unbounded or cannot be given.",),),
    )


def _interval_rows(results: Results, stem: str, effect: Statistic) -> Iterator[Row]:
    name = f"{stem}.{effect.name}"
    for low in _shown(results, f"{name}_lower"):
        own = (record for record in results.methods(name) if record.method == low.method)
        estimate = next(own, None) or results.get(name)
        between = _between(results, low, f"{name}_upper") or (low.note or low.formatted,)
        unit = ", percentage points" if in_points(estimate) else ""
        words = f"{effect.heading}{unit}{f': {method_name(low.method)}' if low.method else ''}"
        shown = Quote(estimate.key, estimate.formatted, estimate.method)
        yield Row(((words,), _marked(low, (shown,)), between), "indented")


def _between(results: Results, low: Record, upper: str) -> Text:
    """Return both limits by the method of the lower one; empty where there is neither."""
    high = results.get(upper, low.method)
    return () if low.value is None and high.value is None else limits(results, low, high)


@explained
def medians(results: Results) -> Content:
    """Supplementary table: each median survival time by every rule and interval."""
    study = results.study
    rows = [
        row
        for endpoint in study.endpoints
        if endpoint.in_file
        for group in study.described
        for row in _median_rows(results, endpoint.name, group)
    ]
    if not rows:
        return nothing(results, "The cohort has no survival endpoint.")
    return Table(
        "table-methods-medians",
        ("Median survival times in months, by every rule and interval",),
        ("Endpoint, group and method", "Value or limits"),
        tuple(rows),
        ((f"* Reported. {UNREACHED}",), *_wald_note(results), *outside_note(study)),
    )


def _wald_note(results: Results) -> tuple[Text, ...]:
    stems = [
        key(one.name, group) for one in results.study.endpoints if one.in_file for group in results.study.described
    ]
    note = below_zero(results, stems, reported=False)
    return (note,) if note else ()


def _median_rows(results: Results, name: str, group: str) -> list[Row]:
    stem = key(name, group)
    cells: list[tuple[Record, Text]] = [(record, (quote(record),)) for record in _shown(results, f"{stem}.median")]
    for low in _shown(results, f"{stem}.median_lower"):
        cells.append((low, _between(results, low, f"{stem}.median_upper") or (quote(low),)))
    if not cells:
        return []
    head = section(f"{variable_name(results, name)}, {results.study.label_of(group)}", 2)
    return [head, *(Row(((method_name(r.method),), _marked(r, cell)), "indented") for r, cell in cells)]


@explained
def sensitivity(results: Results) -> Content:
    """Supplementary table: the outcomes as reported, including the excluded, and with the not evaluable as failures."""
    study, rows, others = results.study, list[Row](), False
    for name in filter(results.has_data, study.parameters["outcomes"]):
        variants = {
            name: "as reported",
            f"{name}_with_excluded": "including the excluded",
            f"{name}_conservative": "not evaluable as non-responders",
        }
        if name == "objective_response" and _all_evaluable(results):
            del variants[f"{name}_conservative"]
        found = [row for variable, words in variants.items() for row in _sensitivity_rows(results, variable, words)]
        if found:
            others = others or len(found) > len(study.compared)
            rows += [section(variable_name(results, name), 4), *found]
    if not rows:
        return nothing(results, NO_OUTCOMES)
    if not others:
        return SAME_POPULATION
    points = f" {POINTS_NOTE}" if any(POINTS_SIGN in cell for row in rows for cell in row.cells) else ""
    note = f"Effects as in Table 2.{points} The excluded are counted in the group that the grouping column names."
    columns = ("Outcome and population", "Analyzed", f"Effect ({confidence_words(study)})", P_HEADING)
    return Table("table-sensitivity", ("Outcomes in other populations",), columns, tuple(rows), ((note,),))


def _all_evaluable(results: Results) -> bool:
    """Say whether everybody compared has a response, so that counting the others as failures changes nothing."""
    gaps = [results.find_key(key("objective_response", level, "n_missing")) for level in results.study.levels]
    return all(gap is not None and gap.value == 0 for gap in gaps)


def _sensitivity_rows(results: Results, variable: str, words: str) -> Iterator[Row]:
    for pair, suffix in _pairs(results.study):
        stem = key(variable, pair)
        if results.shows(f"{stem}.p_value"):
            record = results.get(f"{stem}.p_value")
            effect = effect_cell(results, stem, outcome_of(results, variable).effect.name)
            yield Row(((words + suffix,), (str(record.n),), effect, (quote(record),)), "indented")


@explained
def robustness(results: Results) -> Content:
    """Supplementary table: P as reported, adjusted by Holm, and the fragility of each 2x2 table."""
    pairs = _outcome_pairs(results)
    if not pairs:
        return nothing(results, NO_OUTCOMES)
    statistics = [one for one in ROBUSTNESS if any(key(name, pair, one.name) in results for name, pair, _ in pairs)]
    fragile = ", and their fragility" if FRAGILITY in statistics else ""
    return Table(
        "table-robustness",
        (f"P of the outcomes adjusted for their number{fragile}",),
        ("Outcome", *(ROBUSTNESS[one] for one in statistics)),
        tuple(
            Row(
                (
                    (variable_name(results, name) + suffix,),
                    *(_robustness_cell(results, key(name, pair), one) for one in statistics),
                )
            )
            for name, pair, suffix in pairs
        ),
        ((" ".join(_robustness_notes(results, {name for name, _, _ in pairs}, statistics)),),),
    )


def _robustness_notes(results: Results, names: Collection[str], statistics: Sequence[Statistic]) -> Iterator[str]:
    parameters = results.study.parameters
    primary = parameters["primary_endpoint"]
    if STATISTICS["p_value_holm"] in statistics:
        exempt = (
            f"; the primary, {variable_name(results, primary).lower()}, is not adjusted" if primary in names else ""
        )
        yield f"Holm over the secondary outcomes{exempt}."
    if FRAGILITY in statistics:
        level = results.study.formatter.level(float(parameters["significance_level"]))
        yield (
            "Fragility index: the fewest outcomes in one group whose change takes Fisher's P across "
            f"{level}; for 2x2 tables only."
        )


def _robustness_cell(results: Results, stem: str, statistic: Statistic) -> Text:
    record = results.find_key(f"{stem}.{statistic.name}")
    if record is None:
        return EMPTY
    noted = statistic == FRAGILITY and record.note and record.value is not None
    return (quote(record), f" ({record.note})" if noted else "")


def summary(results: Results) -> Content:
    """How many P values the chapter shows, and how far they lie apart for each outcome."""
    shown = [record for record in p_value_records(results) if record.value is not None]
    if not shown:
        return nothing(
            results, "No comparison between groups has a P value, so there is nothing to compare by several methods."
        )
    blocks = _blocks(results)
    opening = (
        f"This chapter shows {len(shown)} P values for {len(blocks)} comparisons. One for each comparison is reported, by "
        f"{profile_words(results.study)}. The others are sensitivity analyses and no ground for a choice."
    )
    outcomes = results.study.parameters["outcomes"]
    spans = (_span(results, key(name, pair, "p_value"), heading) for name, pair, heading in blocks if name in outcomes)
    return Paragraphs(((opening,), *filter(None, spans)))


def _span(results: Results, name: str, heading: str) -> Text:
    records = [(float(record.value), record) for record in results.methods(name) if record.value is not None]
    if len(records) < 2:
        return ()
    (_, low), (_, high) = min(records, key=_first), max(records, key=_first)
    reported = results.get(name)
    return (
        f"{heading}: P was ", _p_value(results, reported), f" as reported ({method_name(reported.method)}) and ranged across tests from ",
        _p_value(results, low), f" ({method_name(low.method)}) to ", _p_value(results, high),
        f" ({method_name(high.method)}).",
    )  # fmt: skip


def _first(pair: tuple[float, Record]) -> float:
    return pair[0]
