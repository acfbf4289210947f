"""Survival by what patients reach during follow-up, as a table: each landmark, then the status as it changes."""

from __future__ import annotations

from hai_utils.catalogue.endpoints import OVERALL
from hai_utils.catalogue.statuses import Status, landmark_variable
from hai_utils.results.keys import comparison
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, Text, compose, key
from hai_utils.show.tables.cells import EMPTY, explained, interval_cell
from hai_utils.show.tables.hazards import average_note
from hai_utils.show.wording import confidence_words, method_name


@explained
def by_status(results: Results) -> Content:
    """Supplementary table: survival by each status from each landmark on, and by the status as it changes."""
    statuses = [status for status in results.study.statuses if _is_compared(results, status)]
    if not statuses:
        return Notice("No comparison of survival by a status that is reached during follow-up can be shown.")
    rows = [row for status in statuses for row in _rows(results, status)]
    study = results.study
    average = average_note(results, [line for status in statuses for line in _comparisons(results, status)])
    ratio, test = (method_name(study.parameters[name]) for name in ("hazard_ratio_method", "survival_test"))
    return Table(
        "table-by-status",
        (f"{OVERALL.label} by what patients reach during follow-up",),
        (
            "Status and analysis", "Reached: events/N", "Not reached: events/N", "Excluded",
            f"Hazard ratio ({confidence_words(study)})", "P value",
        ),
        tuple(rows),
        (
            (
                "From a landmark on: groups of the status known then; excluded: dead or censored before it. As it changes: each "
                f"counts without the status until it is reached. Hazard ratio: {ratio}; P: {test}, and for the status as it changes {method_name('mantel_byar')}. "
                f"NE, not estimable.{average}",
            ),
        ),
    )  # fmt: skip


def dated(results: Results) -> bool:
    """Say whether survival is compared by any status: one is recorded with its dates, and nothing is withheld."""
    return any(_is_compared(results, status) for status in results.study.statuses)


def _is_compared(results: Results, status: Status) -> bool:
    name = f"{key(status.variable, status.before)}.n"
    return name in results and results.get(name).value is not None


def _rows(results: Results, status: Status) -> list[Row]:
    words = status.words[:1].upper() + status.words[1:]
    rows = [Row(((words,), *(EMPTY for _ in range(5))), "section")]
    for months in results.study.parameters["landmark_months"]:
        variable = landmark_variable(months)
        name = f"From month {results.study.formatter.as_given(f'{months:g}')} on"
        rows.append(_row(results, status, variable, name, compose(results, f"{{{variable}.analysed.left_out}}")))
    rows.append(_row(results, status, status.variable, "As it changes", EMPTY))
    return rows


def _comparisons(results: Results, status: Status) -> list[tuple[str, str]]:
    """Return the stem of each comparison from a landmark on, with its words."""
    pair = comparison(status.reached, status.before)
    return [
        (
            key(landmark_variable(months), pair),
            f"{status.words} from month {results.study.formatter.as_given(f'{months:g}')} on",
        )
        for months in results.study.parameters["landmark_months"]
    ]


def _row(results: Results, status: Status, variable: str, name: str, left_out: Text) -> Row:
    pair = key(variable, comparison(status.reached, status.before))
    counts = [
        compose(results, f"{{{key(variable, side)}.events}}/{{{key(variable, side)}.n}}")
        for side in (status.reached, status.before)
    ]
    cells = (
        (name,),
        *counts,
        left_out,
        interval_cell(results, pair, "hazard_ratio"),
        compose(results, f"{{{pair}.p_value}}"),
    )
    return Row(cells, "indented")
