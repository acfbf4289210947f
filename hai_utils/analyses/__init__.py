"""One module a chapter; `analyse` alone sees several of them and puts their results together."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from hai_utils.analyses import (
    cohort_description,
    complications,
    methods_compared,
    other_choices,
    survival,
    tumor_response,
)
from hai_utils.analyses.blocks import has_rows, levels_of
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.endpoints import derive
from hai_utils.analyses.named import check_names
from hai_utils.analyses.own_columns import contained, sums
from hai_utils.analyses.settling import settled
from hai_utils.catalogue.endpoints import CHAPTER as SURVIVAL
from hai_utils.catalogue.statistics import read_statistic
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.roles import at_baseline
from hai_utils.disclosure import withhold_small_cells
from hai_utils.parameters import Parameters, as_plain
from hai_utils.results.record import Record
from hai_utils.results.series import Points
from hai_utils.results.study import Group, Label, Step, Study
from hai_utils.results.table import Results

CHAPTERS = (
    cohort_description.CHAPTER,
    complications.CHAPTER,
    tumor_response.CHAPTER,
    SURVIVAL,
    methods_compared.CHAPTER,
    other_choices.CHAPTER,
)
# The chapters that report the outcomes; only together do they give the adjusted P values.
OUTCOME_CHAPTERS = frozenset({tumor_response.CHAPTER, SURVIVAL, methods_compared.CHAPTER})
_ANALYSES = {
    cohort_description.CHAPTER: cohort_description.analyse,
    complications.CHAPTER: complications.analyse,
    tumor_response.CHAPTER: tumor_response.analyse,
    SURVIVAL: survival.analyse,
    methods_compared.CHAPTER: methods_compared.analyse,
    other_choices.CHAPTER: other_choices.analyse,
}

# By `_inputs`: the cohort with its derived variables, and each chapter as analysed. Filled by `analyse_ahead` alone.
_ahead: dict[str, tuple[Cohort, dict[str, Builder]]] = {}


def analyse_ahead(cohort: Cohort, parameters: Parameters) -> None:
    """Analyse all chapters now: in this process, and in those forked from it, `analyse` then need not, for equal inputs."""
    chosen = settled(parameters, cohort)
    derived = derive(cohort, chosen)
    chapters = {chapter: _ANALYSES[chapter](derived, chosen) for chapter in CHAPTERS}
    _ahead[_inputs(cohort, parameters)] = derived, chapters


def _inputs(cohort: Cohort, parameters: Parameters) -> str:
    """Return a digest over all that an analysis depends on: what has the same is equal to the last bit."""
    digest = hashlib.sha256(json.dumps(as_plain(parameters)).encode())
    # The rows of a large cohort as one text would be in memory a second time: column by column, words by number.
    digest.update(pickle.dumps(replace(cohort, table=cohort.table.iloc[:0])))
    for _, column in cohort.table.items():
        if column.dtype == object:
            codes, words = pd.factorize(column)
            digest.update(pickle.dumps(list(words)))
            digest.update(codes.tobytes())
        else:
            digest.update(column.to_numpy().tobytes())
    return digest.hexdigest()


def analyse(cohort: Cohort, parameters: Parameters, chapters: Sequence[str] = CHAPTERS) -> Results:
    """Compute the results of one or several chapters.

    Parameters
    ----------
    cohort : Cohort
        As read; derived variables are added here.
    parameters : Parameters
        The choices of the run.
    chapters : sequence of str
        Names as in `CHAPTERS`; all of them unless said otherwise.

    Returns
    -------
    Results
        With the study's description; the Holm-adjusted P values where all outcomes are among the chapters. Small
        cells are withheld where the parameters say so, see `hai_utils.disclosure`.
    """
    check_names(cohort, parameters)
    chosen, parameters = parameters, settled(parameters, cohort)
    derived, known = _ahead.get(_inputs(cohort, chosen), (None, {})) if _ahead else (None, {})
    derived = derived or derive(cohort, parameters)
    if parameters.disclosure == "none":
        return _ungated(derived, parameters, chapters, known)
    # What is withheld must not depend on the chapters that are asked for, or two notebooks would contradict each other.
    whole = _ungated(derived, parameters, CHAPTERS, known)
    gated = withhold_small_cells(
        whole, parameters.disclosure_threshold, contained(derived), sums(derived, parameters.disclosure_threshold)
    )
    return _of_chapters(gated, chapters)


def _ungated(derived: Cohort, parameters: Parameters, chapters: Sequence[str], known: Mapping[str, Builder]) -> Results:
    builders = [known.get(chapter) or _ANALYSES[chapter](derived, parameters) for chapter in chapters]
    records: list[Record] = [record for builder in builders for record in builder.records]
    points = Points()
    for builder in builders:
        points += builder.points
    if set(chapters) >= OUTCOME_CHAPTERS:
        records += methods_compared.adjusted(records, parameters, derived.compared)
    study = describe_study(derived, parameters, builders)
    return Results.of(_as_printed(records, study) if study.published else records, points, study)


def _as_printed(records: Iterable[Record], study: Study) -> list[Record]:
    """Give the P values of the published cohort the digits that the article has, also beside the level of significance."""
    return [
        replace(record, formatted=study.formatter.p_value(float(record.value)))
        if record.value is not None and read_statistic(record.statistic).is_p_value
        else record
        for record in records
    ]


def _of_chapters(results: Results, chapters: Sequence[str]) -> Results:
    """Return the results that the chapters alone would have given."""
    records = [
        record
        for record in results
        if record.chapter in chapters and (record.method != "holm" or set(chapters) >= OUTCOME_CHAPTERS)
    ]
    described = {record.variable for record in records}
    points = results.points.only(lambda key: key.split(".", 1)[0] in described)
    return Results.of(records, points, results.study)


def describe_study(cohort: Cohort, parameters: Parameters, builders: Sequence[Builder] = ()) -> Study:
    """Return what tables, figures and sentences may know of the cohort."""
    variables = {
        name: Label(
            variable.label,
            variable.plain_label,
            variable.unit,
            variable.kind,
            tuple((level, variable.label_of(level)) for level in _levels(cohort, name)),
            at_baseline(variable),
        )
        for name, variable in cohort.variables.items()
        if variable.kind != "string" and has_rows(cohort, name)
    }
    return Study(
        size=cohort.size,
        reconstruction=cohort.reconstruction,
        published=cohort.published,
        synthetic=cohort.synthetic,
        sha256=cohort.sha256,
        group_by=cohort.group_by,
        group_label=cohort.group_variable.label,
        reference=cohort.reference,
        groups=tuple(
            Group(level, cohort.group_label(level), int(cohort.members(level).sum())) for level in cohort.levels
        ),
        flow=tuple(Step(step.kind, step.label, step.count) for step in cohort.flow),
        variables=variables,
        parameters=as_plain(parameters),
        statuses=cohort.statuses,
        own_endpoints=tuple(endpoint for endpoint in cohort.endpoints if endpoint.own),
    )


def _levels(cohort: Cohort, name: str) -> tuple[str, ...]:
    return levels_of(cohort, name) if cohort.variables[name].kind == "category" else ()
