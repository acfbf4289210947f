"""Headings, rows and notes that several tables share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from hai_utils.catalogue.outcomes import OUTCOMES, ComparedOutcome
from hai_utils.results.record import Record
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Row, Text, key, listed
from hai_utils.show.tables.cells import EMPTY
from hai_utils.show.wording import in_text, method_name

P_HEADING = "P value"
# How the note begins that names the test of each row.
P_NOTE = "P values"
# Why a cell of the reconstruction is blank.
BLANKS = (
    "The article reports no missing value: a blank is not applicable, as cycles of prior chemotherapy are where there was "
    "none, or in HAI cycles left so that the printed numbers come out."
)
Cells = Callable[[str], Iterable[Text]]


def compared_variables(results: Results) -> tuple[str, ...]:
    """Return the baseline variables and outcomes that are compared, overall survival last, in their order."""
    study = results.study
    baseline = [rule.partition("=")[0] for rule in study.parameters["baseline_variables"]]
    own = [name for name, label in study.variables.items() if label.own]
    names = dict.fromkeys((*baseline, *own, *study.parameters["outcomes"], "os"))
    return tuple(name for name in names if name != study.group_by and results.has_data(name))


def variable_name(results: Results, name: str) -> str:
    """Return what a variable or an endpoint is called."""
    labels = results.study.variables
    if name in labels:
        return labels[name].plain
    return results.get(key(name, "all", "n")).label.removesuffix(", months")


def adjusted_outcomes(results: Results) -> Text:
    """Return the outcomes whose P values are adjusted together, as a list in a sentence; empty where none are."""
    adjusted = {record.variable for record in results if record.statistic == "p_value_holm"}
    named = [name for name in dict.fromkeys(results.study.parameters["outcomes"]) if name in adjusted]
    return listed([(in_text(variable_name(results, name)),) for name in named])


def outcome_of(results: Results, name: str) -> ComparedOutcome:
    """Return what kind of outcome a variable is."""
    if any(key(name, group, "events") in results for group in ("all", results.study.reference)):
        return OUTCOMES["survival"]
    return OUTCOMES["binary" if key(name, "all", "proportion") in results else "continuous"]


def test_groups(study: Study) -> tuple[str, ...]:
    """Return the comparison that fills the P column: the only pair, or the test over all groups."""
    return ("overall",) if len(study.groups) > 2 else tuple(pair for _, pair in study.pairs)


def p_headings(study: Study) -> tuple[str, ...]:
    """Return the heading of the P column, where groups are compared."""
    return (P_HEADING,) if study.compared else ()


def group_headings(study: Study) -> tuple[str, ...]:
    """Return a heading for each group, with its size."""
    return tuple(_heading(group.label, group.n) for group in study.groups)


def overall_heading(study: Study) -> str:
    """Return the heading of what is said over all, with its size."""
    return _heading(study.label_of(study.overall), study.overall_size)


def outside_note(study: Study) -> tuple[Text, ...]:
    """Say who is among all rows and in none of the groups, where that may be told."""
    outside = [step for step in study.flow if step.kind in {"excluded", "no_group"} and step.count != 0]
    counts = [step.count for step in outside if step.count is not None]
    if study.overall != "all" or not outside or len(counts) < len(outside):
        return ()
    reasons = "; ".join(f"{step.label}, {step.count}" for step in outside)
    return ((f"{overall_heading(study)} include {sum(counts)} outside the groups compared: {reasons}.",),)


def _heading(label: str, n: int | None) -> str:
    return label if n is None else f"{label} (n={n})"


def median_with_range(study: Study) -> str:
    """Return what a cell of a continuous variable shows: no range where its ends, one patient's value each, are withheld."""
    return "median" if study.gated else "median [range]"


def level_rows(results: Results, name: str, head: Row, cells: Cells) -> list[Row]:
    """Return a heading and below it a row for each level that occurs; cells that none has stay empty."""
    body = []
    for level, text in results.study.variables[name].levels:
        count = results.find_key(key(name, level, results.study.overall, "count"))
        if count is not None and (count.value or count.withheld):
            row = ((text,), *cells(level))
            body.append(Row((*row, *[EMPTY] * (len(head.cells) - len(row))), "indented"))
    return [head, *body]


def section(heading: str, columns: int, *last: Text) -> Row:
    """Return a row that heads others: its words, empty cells, and what stands in the last columns."""
    return Row(((heading,), *[EMPTY] * (columns - 1 - len(last)), *last), "section")


def test_notes(results: Results, variables: Iterable[str]) -> tuple[Text, ...]:
    """Name the test behind the P of each variable, and what its note says."""
    study, by_method, cautions = results.study, dict[str, list[str]](), list[str]()
    for name in variables:
        for group in test_groups(study):
            record = results.find_key(key(name, group, "p_value"))
            if record is None or record.withheld:
                continue
            known = study.variables.get(name)
            words = known.plain if known else record.label.rpartition(", ")[0] or record.label
            by_method.setdefault(record.method, []).append(words)
            cautions += _side_of_level(study, record, words)
            if record.note:
                cautions.append(f"{known.plain if known else record.label}: {record.note}")
    tests = "; ".join(f"{method_name(method)} ({', '.join(names)})" for method, names in by_method.items())
    over = ", over all groups" if len(study.groups) > 2 else ""
    notes = [f"{P_NOTE}{over}: {tests}."] if tests else []
    if cautions:
        notes.append(f"Notes to the tests: {'; '.join(cautions)}.")
    return tuple((note,) for note in notes)


def _side_of_level(study: Study, record: Record, words: str) -> list[str]:
    """Say on which side of the level a P value lies that the article's digits do not tell; only in the published cohort."""
    if not study.published or record.value is None:
        return []
    formatter = replace(study.formatter, significance=float(study.parameters["significance_level"]))
    shown = formatter.p_value(float(record.value))
    return [] if shown == record.formatted else [f"{words}: P={shown}, which the article prints as {record.formatted}"]


def missing_notes(results: Results, variables: Iterable[str], populations: Sequence[str]) -> tuple[Text, ...]:
    """Say of how many in each population a variable is not recorded; of a reconstruction, that a cell is blank."""
    study, lines = results.study, []
    for name in variables:
        counts = [(study.label_of(group), results.find_key(key(name, group, "n_missing"))) for group in populations]
        gaps = [f"{label} {record.formatted}" for label, record in counts if record is not None and record.value]
        if gaps:
            lines.append(f"{study.variables[name].plain} ({', '.join(gaps)})")
    if not lines:
        return ()
    if study.reconstruction:
        return ((f"Blank in the rows: {'; '.join(lines)}. {BLANKS}",),)
    return ((f"Not recorded: {'; '.join(lines)}.",),)
