"""The numbers of a cohort by sex, as the SAGER guidelines ask.

Heidari S, Babor TF, De Castro P, et al. Res Integr Peer Rev 2016;1:2.
"""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.converting import line_of, table_of
from hai_utils.catalogue.outcomes import SEX, by_sex, outcomes_by_sex
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Row, Table, Text, key
from hai_utils.show.tables.cells import (
    UNREACHED,
    continuous_cell,
    count_cell,
    events_cell,
    explained,
    interval_cell,
    number_cell,
)
from hai_utils.show.tables.hazards import competes
from hai_utils.show.tables.parts import group_headings, median_with_range, outcome_of, overall_heading
from hai_utils.show.wording import confidence_words, in_text, people, why_withheld

ENDINGS = {"binary": "n/N (%)", "survival": "events/N; median in months"}
GENDER = "Whether sex was reported or assigned, and whether gender was asked, only the author can say."


def sex_tables(results: Results) -> Iterator[model.Block]:
    """Give who is female and male in each group, and the outcomes by sex; a sentence where that cannot be given."""
    study = results.study
    if not results.has_data(SEX):
        yield _sentence(f"Sex is not recorded of these {people(study)}: no number can be given by sex.")
        return
    yield _printed(distribution(results))
    found = [level for level, _ in study.variables[SEX].levels if results.get(key(SEX, level, "all", "count")).value]
    if study.gated:
        yield _sentence(f"Outcomes by sex are {why_withheld(study)}.")
    elif len(found) < 2:
        only = in_text(dict(study.variables[SEX].levels)[found[0]])
        yield _sentence(
            f"All {people(study)} whose sex is recorded are {only}: every outcome of the article is theirs."
        )
    else:
        yield _printed(outcomes(results))
    yield _sentence(GENDER)


def _sentence(words: str) -> model.Paragraph:
    return model.Paragraph(line_of((words,)))


def _printed(content: Content) -> model.Block:
    assert isinstance(content, Table)
    return table_of(content, "")


@explained
def distribution(results: Results) -> Content:
    """Return the table of the sexes, over all and in each group."""
    study = results.study
    groups = (study.overall, *(study.levels if study.group_by != SEX else ()))
    rows = [
        Row(((f"{label}, n/N (%)",), *(count_cell(results, SEX, group, level) for group in groups)))
        for level, label in study.variables[SEX].levels
    ]
    missing = Row((("Not recorded",), *(number_cell(results, key(SEX, group, "n_missing")) for group in groups)))
    columns = ("Sex", overall_heading(study), *group_headings(study))[: len(groups) + 1]
    return Table("table-by-sex", (), columns, (*rows, missing))


@explained
def outcomes(results: Results) -> Content:
    """Return the table of the outcomes by sex, over all."""
    study = results.study
    levels = study.variables[SEX].levels
    sizes = {level: results.get(key(SEX, level, study.overall, "count")).formatted for level, _ in levels}
    names = outcomes_by_sex(study.primary, study.parameters["outcomes"])
    # Where the groups are the sexes, the outcomes are those of the groups.
    variables = {name: name if study.group_by == SEX else by_sex(name) for name in names if results.has_data(name)}
    rows = [
        _row(results, name, variable)
        for name, variable in variables.items()
        if f"{variable}.{levels[0][0]}.n" in results
    ]
    notes = (
        f"Described in all {people(study)}; the sexes were not compared.",
        f"Medians of survival with {confidence_words(study)}. {UNREACHED}",
    )
    columns = ("Outcome", *(f"{label} (n={sizes[level]})" for level, label in levels))
    return Table("table-outcomes-by-sex", (), columns, tuple(rows), tuple((note,) for note in notes))


def _row(results: Results, name: str, variable: str) -> Row:
    study, kind = results.study, outcome_of(results, name).kind
    sexes = [level for level, _ in study.variables[SEX].levels]
    label = results.get(key(variable, sexes[0], "n")).label.removesuffix(", %").removesuffix(", months")
    ending = "events/N" if competes(study.endpoint(name)) else ENDINGS.get(kind, median_with_range(study))
    return Row(((f"{label}, {ending}",), *(_cell(results, name, variable, sex, kind) for sex in sexes)))


def _cell(results: Results, name: str, variable: str, sex: str, kind: str) -> Text:
    if kind == "continuous":
        return continuous_cell(results, variable, sex)
    if kind == "binary":
        return count_cell(results, variable, sex)
    stem = key(variable, sex)
    events = events_cell(results, f"{stem}.events", f"{stem}.n")
    if competes(results.study.endpoint(name)):
        return events
    return (*events, "; ", *interval_cell(results, stem, "median"))
