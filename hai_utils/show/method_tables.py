"""Tables of the chapter "Methods compared": what every test and interval says of the same comparison."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hai_utils.results.keys import comparison
from hai_utils.results.printing import format_record, in_points
from hai_utils.results.record import Record
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Row, Run, Table, Text, key
from hai_utils.show.tables import (
    OUTCOME_EFFECTS,
    POINTS_NOTE,
    POINTS_SIGN,
    compared_variables,
    effect_cell,
    explained,
    limits,
    outcome_kind,
)
from hai_utils.show.wording import confidence_words, method_name

REPORTED_MARK = " *"
NO_OUTCOMES = "There is no comparison of an outcome between groups."
SAME_POPULATION = Notice(
    "No exclusion left anybody out, and everybody compared could be evaluated: the results stay as reported."
)
ROBUSTNESS = {"p_value": "P value", "p_value_holm": "P, Holm", "fragility_index": "Fragility index"}
FRAGILE = ", and how few outcomes carry it"
BLANK: Text = ("",)


def _pairs(study: Study) -> tuple[tuple[str, str], ...]:
    """Return each comparison with what it is called in a row."""
    alone = len(study.compared) == 1
    found = [
        (comparison(group.level, study.reference), "" if alone else f", {group.label}") for group in study.compared
    ]
    return (*found, ("overall", ", all groups")) if len(found) > 1 else tuple(found)


def _name(results: Results, variable: str) -> str:
    labels = results.study.variables
    if variable in labels:
        return labels[variable].plain
    return results.get(key(variable, "all", "n")).label.removesuffix(", months")


def _blocks(results: Results) -> list[tuple[str, str, str]]:
    """Return (variable, comparison, heading) of each comparison that Tables 1 and 2 make."""
    return [
        (variable, pair, _name(results, variable) + suffix)
        for variable in compared_variables(results)
        for pair, suffix in _pairs(results.study)
        if key(variable, pair, "p_value") in results and not results.get(key(variable, pair, "p_value")).withheld
    ]


def _shown(results: Results, name: str) -> tuple[Record, ...]:
    """Return a key's records by every method but those withheld."""
    return tuple(record for record in results.methods(name) if not record.withheld)


def _nothing(results: Results, otherwise: str) -> Notice:
    """Return why there is no table: nothing to show, or all of it withheld."""
    if results.study.gated:
        return Notice("All that would stand in this table is withheld, as it could tell small cells.")
    return Notice(otherwise)


def _marked(record: Record) -> Text:
    quote = Quote(record.key, record.formatted, "" if record.reported else record.method)
    return (quote, REPORTED_MARK) if record.reported else (quote,)


def _p_value(results: Results, record: Record) -> Quote:
    """Return P to three decimals, so that the methods can be told apart."""
    return Quote(
        record.key, format_record(record, results.study.formatter, decimals=3), "" if record.reported else record.method
    )


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
        rows.append(Row(((heading,), BLANK, BLANK), "section"))
        rows += [
            Row(
                (
                    (method_name(record.method),),
                    (_p_value(results, record), REPORTED_MARK if record.reported else ""),
                    (record.note,),
                ),
                "indented",
            )
            for record in _shown(results, key(variable, pair, "p_value"))
        ]
    if not rows:
        return _nothing(results, "There is no comparison between groups.")
    return Table(
        "table-methods-tests",
        ("P value of each comparison, by every test",),
        ("Comparison and test", "P value", "Note"),
        tuple(rows),
        (
            (
                "* Reported: fixed by the profile of this run before anything was computed. The others are sensitivity analyses.",
            ),
        ),
    )


INTERVAL_STATISTICS = ("hodges_lehmann", "mean_difference", "risk_difference", "odds_ratio", "hazard_ratio")
STATISTIC_WORDS = {
    "hodges_lehmann": "Hodges-Lehmann difference",
    "mean_difference": "Difference in means",
    "risk_difference": "Difference in proportions",
    "odds_ratio": "Odds ratio",
    "hazard_ratio": "Hazard ratio",
}


@explained
def intervals(results: Results) -> Content:
    """Supplementary table: effect and limits of each comparison by every method."""
    rows: list[Row] = []
    for variable, pair, heading in _blocks(results):
        found = [
            row for statistic in INTERVAL_STATISTICS for row in _interval_rows(results, key(variable, pair), statistic)
        ]
        if found:
            rows += [Row(((heading,), BLANK, BLANK), "section"), *found]
    if not rows:
        return _nothing(results, "There is no effect with an interval.")
    return Table(
        "table-methods-intervals",
        (f"Effect of each comparison, by every method ({confidence_words(results.study)})",),
        ("Comparison and method", "Effect", "Interval"),
        tuple(rows),
        (("* Reported. NE, not estimable; a limit NE is unbounded or cannot be given.",),),
    )


def _interval_rows(results: Results, stem: str, statistic: str) -> list[Row]:
    rows = []
    for low in _shown(results, f"{stem}.{statistic}_lower"):
        estimate = next(
            (r for r in results.methods(f"{stem}.{statistic}") if r.method == low.method),
            results.get(f"{stem}.{statistic}"),
        )
        high = results.get(f"{stem}.{statistic}_upper", low.method)
        effect: Text = (Quote(estimate.key, estimate.formatted, estimate.method), REPORTED_MARK if low.reported else "")
        between: Text = (
            limits(results, low, high)
            if low.value is not None or high.value is not None
            else (low.note or low.formatted,)
        )
        unit = ", percentage points" if in_points(estimate) else ""
        name = f"{STATISTIC_WORDS[statistic]}{unit}: {method_name(low.method)}"
        rows.append(Row(((name,), effect, between), "indented"))
    return rows


@explained
def medians(results: Results) -> Content:
    """Supplementary table: each median survival time by every rule and interval."""
    study = results.study
    rows: list[Row] = []
    for name in (endpoint.name for endpoint in study.endpoints if endpoint.in_file):
        for group in (*(g.level for g in study.groups), study.overall):
            if key(name, group, "median") in results and not _all_withheld(results, key(name, group)):
                rows += _median_rows(results, name, group)
    if not rows:
        return _nothing(results, "The cohort has no survival endpoint.")
    return Table(
        "table-methods-medians",
        ("Median survival times in months, by every rule and interval",),
        ("Endpoint, group and method", "Value or limits"),
        tuple(rows),
        (("* Reported. NR, not reached; NE, not estimable.",),),
    )


def _all_withheld(results: Results, stem: str) -> bool:
    return all(record.withheld for name in ("median", "median_lower") for record in results.methods(f"{stem}.{name}"))


def _median_rows(results: Results, name: str, group: str) -> list[Row]:
    stem = key(name, group)
    rows = [Row(((f"{_name(results, name)}, {results.study.label_of(group)}",), BLANK), "section")]
    rows += [Row(((method_name(r.method),), _marked(r)), "indented") for r in _shown(results, f"{stem}.median")]
    for low in _shown(results, f"{stem}.median_lower"):
        high = results.get(f"{stem}.median_upper", low.method)
        none = low.value is None and high.value is None
        runs: list[Run] = [Quote(low.key, low.formatted, "" if low.reported else low.method)]
        runs = runs if none else list(limits(results, low, high))
        rows.append(Row(((method_name(low.method),), (*runs, *((REPORTED_MARK,) if low.reported else ()))), "indented"))
    return rows


@explained
def sensitivity(results: Results) -> Content:
    """Supplementary table: the outcomes as reported, with the excluded put back, and with the not evaluable as failures."""
    study = results.study
    rows: list[Row] = []
    others = False
    for name in study.parameters["outcomes"]:
        variants = [
            (name, "as reported"),
            (f"{name}_with_excluded", "excluded put back"),
            (f"{name}_conservative", "not evaluable as non-responders"),
        ]
        if name == "objective_response" and _all_evaluable(results):
            variants.pop()
        found = [row for variable, words in variants for row in _sensitivity_rows(results, variable, words)]
        if found:
            others = others or len(found) > len(study.compared)
            rows += [Row(((_name(results, name),), *(BLANK for _ in range(3))), "section"), *found]
    if not rows:
        return _nothing(results, NO_OUTCOMES)
    if not others:
        return SAME_POPULATION
    points = f" {POINTS_NOTE}" if any(POINTS_SIGN in cell for row in rows for cell in row.cells) else ""
    return Table(
        "table-sensitivity",
        ("Outcomes in other populations",),
        ("Outcome and population", "Analyzed", f"Effect ({confidence_words(study)})", "P value"),
        tuple(rows),
        (
            (
                f"Effects as in Table 2.{points} Whoever is put back belongs to the group that the grouping column names.",
            ),
        ),
    )


def _all_evaluable(results: Results) -> bool:
    """Say whether everybody compared has a response, so that counting the others as failures changes nothing."""
    gaps = [key("objective_response", group.level, "n_missing") for group in results.study.groups]
    return all(gap in results and results.get(gap).value == 0 for gap in gaps)


def _sensitivity_rows(results: Results, variable: str, words: str) -> list[Row]:
    rows = []
    for pair, suffix in _pairs(results.study):
        stem = key(variable, pair)
        if pair == "overall" or f"{stem}.p_value" not in results:
            continue
        record = results.get(f"{stem}.p_value")
        if record.withheld:
            continue
        statistic = OUTCOME_EFFECTS[
            outcome_kind(results, variable) if key(variable, "all", "n") in results else _kind(results, variable)
        ]
        rows.append(
            Row(
                (
                    (words + suffix,),
                    (str(record.n),),
                    effect_cell(results, stem, statistic),
                    (Quote(record.key, record.formatted),),
                ),
                "indented",
            )
        )
    return rows


def _kind(results: Results, variable: str) -> str:
    return "survival" if key(variable, results.study.reference, "events") in results else "continuous"


@explained
def robustness(results: Results) -> Content:
    """Supplementary table: P as reported, adjusted by Holm, and the fragility of each 2x2 table."""
    study = results.study
    named, stems = [], []
    for name in study.parameters["outcomes"]:
        for pair, suffix in _pairs(study):
            stem = key(name, pair)
            if pair != "overall" and f"{stem}.p_value" in results and not results.get(f"{stem}.p_value").withheld:
                named.append((name, suffix))
                stems.append(stem)
    if not stems:
        return _nothing(results, NO_OUTCOMES)
    statistics = [name for name in ROBUSTNESS if any(f"{stem}.{name}" in results for stem in stems)]
    return Table(
        "table-robustness",
        (f"P of the outcomes adjusted for their number{FRAGILE if 'fragility_index' in statistics else ''}",),
        ("Outcome", *(ROBUSTNESS[name] for name in statistics)),
        tuple(
            _robustness_row(results, name, stem, suffix, statistics)
            for (name, suffix), stem in zip(named, stems, strict=True)
        ),
        ((" ".join(_robustness_notes(results, {name for name, _ in named}, statistics)),),),
    )


def _robustness_notes(results: Results, names: Collection[str], statistics: Collection[str]) -> list[str]:
    parameters = results.study.parameters
    primary, notes = parameters["primary_endpoint"], []
    if "p_value_holm" in statistics:
        exempt = f"; the primary, {_name(results, primary).lower()}, is not adjusted" if primary in names else ""
        notes.append(f"Holm over the secondary outcomes{exempt}.")
    if "fragility_index" in statistics:
        notes.append(
            "Fragility index: the fewest outcomes in one group whose change takes Fisher's P across "
            f"{results.study.formatter.level(float(parameters['significance_level']))}; for 2x2 tables only."
        )
    return notes


def _robustness_row(results: Results, name: str, stem: str, suffix: str, statistics: Sequence[str]) -> Row:
    cells: list[Text] = []
    for statistic in statistics:
        record = results.get(f"{stem}.{statistic}") if f"{stem}.{statistic}" in results else None
        note = (
            f" ({record.note})"
            if record is not None and record.note and statistic == "fragility_index" and record.value is not None
            else ""
        )
        cells.append(BLANK if record is None else (Quote(record.key, record.formatted), note))
    return Row(((_name(results, name) + suffix,), *cells))


def summary(results: Results) -> Content:
    """How many P values the chapter shows, and how far they lie apart for each outcome."""
    shown = [record for record in p_value_records(results) if record.value is not None]
    if not shown:
        return _nothing(
            results, "No comparison between groups has a P value, so there is nothing to compare by several methods."
        )
    blocks = _blocks(results)
    texts: list[Text] = [
        (
            f"This chapter shows {len(shown)} P values for {len(blocks)} comparisons. One for each comparison is reported; its method "
            "was fixed by the profile of this run before looking at any result. The others are sensitivity analyses and no ground for a choice.",
        )
    ]
    texts += [
        _span(results, variable, pair, heading)
        for variable, pair, heading in blocks
        if variable in results.study.parameters["outcomes"]
    ]
    return Paragraphs(tuple(text for text in texts if text))


def _span(results: Results, variable: str, pair: str, heading: str) -> Text:
    records = [record for record in results.methods(key(variable, pair, "p_value")) if record.value is not None]
    if len(records) < 2:
        return ()
    low, high = min(records, key=_value), max(records, key=_value)
    reported = results.get(key(variable, pair, "p_value"))
    return (
        f"{heading}: P is ", _p_value(results, reported), f" as reported ({method_name(reported.method)}); the tests range from ",
        _p_value(results, low), f" ({method_name(low.method)}) to ", _p_value(results, high),
        f" ({method_name(high.method)}).",
    )  # fmt: skip


def _value(record: Record) -> float:
    return float(record.value or 0.0)
