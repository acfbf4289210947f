"""One module a chapter; `analyse` alone sees several of them and puts their results together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hai_utils.analyses import (
    cohort_description,
    complications,
    methods_compared,
    other_choices,
    survival,
    tumor_response,
)
from hai_utils.analyses.blocks import has_values, levels_of
from hai_utils.analyses.builder import Builder
from hai_utils.analyses.kept import analysed, derived_of, is_kept, keep_analyses
from hai_utils.analyses.named import check_names
from hai_utils.analyses.own_columns import contained, sums
from hai_utils.analyses.settling import settled
from hai_utils.catalogue.endpoints import CHAPTER as SURVIVAL
from hai_utils.catalogue.endpoints import HEPATIC, HEPATIC_PROGRESSION
from hai_utils.catalogue.statistics import read_statistic
from hai_utils.cohort.model import Cohort
from hai_utils.cohort.roles import at_baseline
from hai_utils.disclosure import withhold_small_cells
from hai_utils.parameters import Parameters, as_plain
from hai_utils.results.record import BLANK, Record
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


def analyse_ahead(cohort: Cohort, parameters: Parameters, chapters: Sequence[str] = CHAPTERS) -> None:
    """Analyse chapters now: in this process, and in those forked from it, `analyse` then need not, for equal inputs."""
    keep_analyses()
    chosen = settled(parameters, cohort)
    _builders(*derived_of(cohort, chosen), chosen, chapters)


def not_analysed(cohort: Cohort, parameters: Parameters, chapters: Sequence[str] = CHAPTERS) -> list[str]:
    """Return the chapters that `analyse` would have to analyze for these inputs."""
    chosen = settled(parameters, cohort)
    _, digest = derived_of(cohort, chosen)
    return [chapter for chapter in chapters if not is_kept(chapter, digest, chosen)]


def _builders(derived: Cohort, digest: str, parameters: Parameters, chapters: Sequence[str]) -> list[Builder]:
    return [analysed(chapter, _ANALYSES[chapter], derived, digest, parameters) for chapter in chapters]


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
    parameters = settled(parameters, cohort)
    derived, digest = derived_of(cohort, parameters)
    if parameters.disclosure == "none":
        return _ungated(derived, digest, parameters, chapters)
    # What is withheld must not depend on the chapters that are asked for, or two notebooks would contradict each other.
    whole = _ungated(derived, digest, parameters, CHAPTERS)
    gated = withhold_small_cells(
        whole, parameters.disclosure_threshold, contained(derived), sums(derived, parameters.disclosure_threshold)
    )
    return _of_chapters(gated, chapters)


def _ungated(derived: Cohort, digest: str, parameters: Parameters, chapters: Sequence[str]) -> Results:
    builders = _builders(derived, digest, parameters, chapters)
    records: list[Record] = [record for builder in builders for record in builder.records]
    points = Points()
    for builder in builders:
        points += builder.points
    records = _blank_noted(records, derived)
    if set(chapters) >= OUTCOME_CHAPTERS:
        records += methods_compared.adjusted(records, parameters, derived.compared)
    study = describe_study(derived, parameters, builders)
    samples = {name: sample for builder in builders for name, sample in builder.samples.items()}
    return Results.of(_as_printed(records, study) if study.published else records, points, study, samples)


def _blank_noted(records: Sequence[Record], cohort: Cohort) -> list[Record]:
    """Say of the rows of each column that is blank in every row that it is."""
    blank = {endpoint.name for endpoint in cohort.blank_endpoints}
    blank |= {name for name in cohort.variables if name in cohort.table and not has_values(cohort, name)}
    blank |= {HEPATIC_PROGRESSION.name} if HEPATIC.name in blank else set()
    return [replace(record, note=BLANK) if record.variable in blank else record for record in records]


def _as_printed(records: Iterable[Record], study: Study) -> list[Record]:
    """Give the P values of the published cohort the digits that the article has, also beside the level of significance."""
    formatter = study.formatter
    return [
        replace(record, formatted=formatter.p_value(float(record.value)))
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
            description=variable.description if variable.own else "",
        )
        for name, variable in cohort.variables.items()
        if variable.kind != "string" and has_values(cohort, name)
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
