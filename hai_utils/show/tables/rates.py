"""Tables of proportions with their intervals: complications and response."""

from __future__ import annotations

from collections.abc import Sequence

from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, key
from hai_utils.show.criterion import criterion_of
from hai_utils.show.tables.cells import explained, rate_cell
from hai_utils.show.tables.parts import group_headings, outside_note, overall_heading, section
from hai_utils.show.wording import confidence_words, method_name, people

COMPLICATIONS = (
    "any_complication", "minor_complication", "severe_complication", "clavien_dindo", "death_90_days",
    "any_pump_complication", "biliary_complication", "pump_complication", "hai_discontinued",
)  # fmt: skip
RESPONSES_BY_RECIST = ("objective_response_recist", "best_response_recist")
RESPONSES = (
    "objective_response", "objective_response_conservative", "best_response", "objective_response_confirmed",
    "best_response_confirmed", "progressed_on_therapy", "converted_to_resection", *RESPONSES_BY_RECIST,
)  # fmt: skip


@explained
def complications(results: Results) -> Content:
    """Supplementary table: early and late complications, by group and overall."""
    present = _present(results, COMPLICATIONS)
    if not present:
        return Notice(
            "The cohort has no column on complications (clavien_dindo, pump_complication or hai_discontinued)."
        )
    deaths_alone = present == ["death_90_days"]
    title = "Early deaths" if deaths_alone else "Complications and early deaths, by group and overall"
    return _rates(results, "table-complications", title, present)


@explained
def response(results: Results) -> Content:
    """Supplementary table: response by the criterion in force and by RECIST 1.1, by group and overall."""
    # Where RECIST 1.1 is the criterion in force, its rows are those of the response itself.
    twice = RESPONSES_BY_RECIST if criterion_of(results.study).name == "recist_1_1" else ()
    present = [name for name in _present(results, RESPONSES) if name not in twice]
    if not present:
        return Notice(
            "The cohort has no lesion measurements at baseline and at best response, and no column on conversion to resection."
        )
    words = {"objective_response": "response", "converted_to_resection": "conversion to resection"}
    title = " and ".join(words[name] for name in words if name in present) or "tumor change"
    return _rates(results, "table-response", f"{title[:1].upper()}{title[1:]}, by group and overall", present)


def _present(results: Results, names: Sequence[str]) -> list[str]:
    return [name for name in names if results.has_data(name) and name != results.study.group_by]


def _rates(results: Results, name: str, title: str, variables: Sequence[str]) -> Table:
    """Build a table of proportions with intervals, by group and overall."""
    study, rows = results.study, list[Row]()
    for variable in variables:
        label = study.variables[variable]
        if not label.is_binary:
            rows.append(section(label.label, 2 + len(study.groups)))
        for level, text in (("", label.label),) if label.is_binary else label.levels:
            cells = (rate_cell(results, variable, group, level) for group in study.described)
            rows.append(Row(((text,), *cells), "indented" if level else "body"))
    first = study.variables[variables[0]]
    one = [] if first.is_binary else [first.levels[0][0]]
    method = method_name(results.get(key(variables[0], *one, "all", "proportion_lower")).method)
    note = (
        f"n/N, % ({confidence_words(study)}); {method}, two-sided also at 0/N and N/N. "
        f"N: {people(study)} with the outcome recorded."
    )
    headings = ("Outcome", *group_headings(study), overall_heading(study))
    return Table(name, (title,), headings, tuple(rows), ((note,), *outside_note(study)))
