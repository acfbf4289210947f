"""Table of the chapter "Other choices": the response by each criterion, and to another reader."""

from __future__ import annotations

from hai_utils.catalogue.other_choices import ALL, MOST_PATIENTS, REREAD, SWITCHES, Switch
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, Text, key, quote
from hai_utils.show.tables.cells import POINTS_NOTE, count_cell, effect_cell, limits, number_cell
from hai_utils.show.tables.parts import P_HEADING
from hai_utils.show.wording import confidence_words, method_name, people

NO_RESPONSE = "The lesions of this cohort were not measured twice, so response cannot be assessed by another criterion."


def why_not(study: Study) -> str:
    """Say why a run shows no other choices; empty where it may."""
    if study.gated:
        return "This run withholds small cells, and the responses by several criteria together could identify single patients: they are not shown."
    if (study.size or 0) > MOST_PATIENTS:
        return (
            f"Above {MOST_PATIENTS} {people(study)} neither the criteria side by side nor all admissible analyses are shown: "
            "every choice then gives nearly the same answer, and single patients cannot be drawn."
        )
    return ""


def switches_of(results: Results) -> tuple[Switch, ...]:
    """Return the criteria by which the run called responses."""
    return tuple(switch for switch in SWITCHES if results.shows(key(switch.variable, "analysed", "n")))


def has_criteria(results: Results) -> bool:
    """Say whether the run called its responses by several criteria."""
    return bool(switches_of(results))


def has_analyses(results: Results) -> bool:
    """Say whether the run made all admissible analyses."""
    return any(results.shows(key(ALL, pair, "analyses")) for _, pair in results.study.pairs)


def reported(results: Results, switch: Switch) -> bool:
    """Say whether the run reports its responses by a criterion."""
    return switch.in_force(results.study.parameters)


def switchboard(results: Results) -> Content:
    """Supplementary table: response rate, difference and P under each criterion, and how many patients change."""
    study, switches = results.study, switches_of(results)
    if not switches:
        return Notice(why_not(study) or NO_RESPONSE)
    pairs = [(pair, group.label) for group, pair in study.pairs]
    alone = len(pairs) == 1
    columns = ["Criterion", *(group.label for group in study.groups)]
    for _, label in pairs:
        suffix = "" if alone else f", {label}"
        columns += [f"Difference ({confidence_words(study)}){suffix}", f"{P_HEADING}{suffix}"]
    rows = [_row(results, switch, [pair for pair, _ in pairs]) for switch in switches]
    if reread := _reread(results, 2 * len(pairs)):
        rows.append(reread)
    title = ("Objective response by each criterion",)
    return Table("table-switchboard", title, (*columns, "Changed"), tuple(rows), _notes(results))


def _row(results: Results, switch: Switch, pairs: list[str]) -> Row:
    name = switch.variable
    cells: list[Text] = [(switch.words + (" *" if reported(results, switch) else ""),)]
    cells += [count_cell(results, name, level) for level in results.study.levels]
    for stem in (key(name, pair) for pair in pairs):
        cells += [effect_cell(results, stem, "risk_difference"), number_cell(results, f"{stem}.p_value")]
    return Row((*cells, number_cell(results, key(name, "analysed", "changed"))))


def _reread(results: Results, empty: int) -> Row | None:
    cells: list[Text] = []
    for level in results.study.levels:
        rate = results.find_key(key(REREAD, level, "reread_rate"))
        if rate is None or rate.value is None:
            return None
        low, high = (results.get(key(REREAD, level, f"reread_rate_{side}")) for side in ("lower", "upper"))
        cells.append((quote(rate), " (", *limits(results, low, high), ")"))
    return Row((("The criterion of this run, another reader",), *cells, *[("",)] * (empty + 1)))


def _notes(results: Results) -> tuple[Text, ...]:
    study = results.study
    pair = study.pairs[0][1] if study.pairs else ""
    record = results.find_key(key(switches_of(results)[0].variable, pair, "p_value"))
    test = f" P values: {method_name(record.method)}." if record is not None else ""
    return (
        (f"* The criterion of this run. Changed: {people(study)} whose response differs from it. {POINTS_NOTE}{test}",),
        (
            "Another reader: median of the response rate and, in parentheses, the range of the middle 95%, over simulated readings in which "
            "every measured diameter has a random error of its own.",
        ),
    )
