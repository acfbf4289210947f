"""Step 4: what is compared, by a form that is made from the parameters' own types and texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hai_utils.analyses.endpoints import DERIVED
from hai_utils.catalogue.criteria import CRITERIA, criteria_of
from hai_utils.catalogue.methods import methods_of, read_method
from hai_utils.cohort.dictionary import Variable
from hai_utils.cohort.reading import categories, full_dictionary, group_cohort, read_bytes, read_cohort
from hai_utils.errors import HaiError, ParameterError
from hai_utils.page.checking import checked
from hai_utils.page.pages import form_of, page, studies_of, study_of, to, worked
from hai_utils.page.studies import Study
from hai_utils.parameters import FILE_PARAMETERS, Parameters, choices, yaml_value
from hai_utils.profiles import PROFILE, profiles, resolve
from hai_utils.run.inputs import Inputs
from hai_utils.run.warming import check_inputs
from hai_utils.study.journals import journal_names, read_journal

GROUPS, REFERENCE, OUTCOMES, PRIMARY = "group_by", "reference_group", "outcomes", "primary_endpoint"
# What stands open in the form, in its order, with the words of the page; all else is folded.
LABELS: Mapping[str, str] = {
    GROUPS: "Groups",
    REFERENCE: "Reference group",
    OUTCOMES: "Outcomes",
    PRIMARY: "Primary endpoint",
    "response_criterion": "Response criterion",
    PROFILE: "Methods",
    "style": "Numbers printed as in",
    "time_zero": "Times count from",
}
# What the page asks of the manuscript's head, with its hint.
ARTICLE: Mapping[str, tuple[str, str]] = {
    "title": ("Title", "of report and manuscript; empty: made from the table"),
    "authors": ("Authors", "given names, then the family name; a comma between two authors"),
    "journal": ("Journal", "for its order of parts, its limits and its references"),
}
WORDS: Mapping[str, Mapping[str, str]] = {
    PROFILE: {"recommended": "as a statistician would choose today", "paper": "as in the published study"},
    "response_criterion": {name: record.title for name, record in CRITERIA.items()},
    "style": {"jgo": "J Gastrointest Oncol", "jama": "JAMA", "lancet": "The Lancet", "nejm": "N Engl J Med"},
    "disclosure": {"none": "nothing is withheld", "small_cells": "small cells are withheld"},
}
HINTS = {PROFILE: "which tests and intervals are used; each can be changed below, and in the report"}
# Levels with which others are usually compared.
USUAL_REFERENCES = ("wild_type", "no", "none", "0")
# Columns that divide patients and are seldom what is asked.
SELDOM = frozenset({"sex", "race", "site"})


@dataclass(frozen=True, slots=True)
class Options:
    """What a cohort offers for the choices that depend on it.

    Attributes
    ----------
    groups : mapping of str to tuple
        For each column that divides the patients: its label, and its levels, each with label and number of patients.
    outcomes : mapping of str to str
        What it has of outcomes, with labels.
    own : tuple of str
        Columns of its own dictionary.
    """

    groups: Mapping[str, tuple[str, tuple[tuple[str, str, int], ...]]]
    outcomes: Mapping[str, str]
    own: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormField:
    """One parameter as the form shows it."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    usual: str
    options: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    error: str = ""
    under: tuple[str, ...] = ()
    in_force: bool = True

    @property
    def words(self) -> str:
        """What was chosen, in words."""
        named = dict(self.options)
        return f"{self.label}: {', '.join(named.get(value, value) for value in self.chosen)}"


def options_of(study: Study, root: Path) -> Options:
    """Look at the cohort of a study: what may form groups, which outcomes it has."""
    variables = full_dictionary(study.dictionary)
    path = study.cohort
    if path is None:
        raise ParameterError("The table is not ready yet: see step 3.")
    reading = read_cohort(read_bytes(path), variables)
    groups = {}
    for name in categories(reading.table, reading.variables):
        counts, one = reading.table[name].value_counts(), reading.variables[name]
        levels = [level for level in (one.levels or sorted(counts.index)) if counts.get(level, 0)]
        if len(levels) > 1:
            groups[name] = (one.label, tuple((level, one.label_of(level), int(counts[level])) for level in levels))
    outcomes: dict[str, str] = {}
    if groups:
        first = next(iter(groups))
        given = {GROUPS: first, REFERENCE: groups[first][1][0][0]}
        cohort = group_cohort(reading.table, reading.variables, study.resolved(root, given))
        outcomes = _outcomes(cohort.endpoints, set(map(str, reading.table)), reading.variables, study.scans is not None)
    return Options(
        groups, outcomes, tuple(name for name, one in reading.variables.items() if one.own and name in groups)
    )


def _outcomes(
    endpoints: Iterable[Any], columns: set[str], variables: Mapping[str, Variable], scans: bool
) -> dict[str, str]:
    """Return the outcomes that a cohort has: response, what happened, survival; then other columns that could be outcomes."""
    measured = scans or {"lesion1_baseline_long_mm", "lesion1_best_long_mm"} <= columns
    found = {
        name: DERIVED[name].label
        for name in ("objective_response", "reduction_percent")
        if measured and name in DERIVED
    }
    if "converted_to_resection" in columns:
        found["converted_to_resection"] = variables["converted_to_resection"].label
    return found | {one.name: one.label for one in endpoints if one.in_file}


def sensible(options: Options, usual: Parameters) -> dict[str, str]:
    """Return what is chosen at first: the usual groups where the cohort has them, else the first column that divides it."""
    if not options.groups:
        return {}
    order = [*options.own, *(name for name in options.groups if name not in SELDOM), *options.groups]
    group = usual.group_by if usual.group_by in options.groups else order[0]
    outcomes = [name for name in usual.outcomes if name in options.outcomes]
    outcomes += [name for name in options.outcomes if name not in outcomes]
    primary = (
        usual.primary_endpoint if usual.primary_endpoint in outcomes else next(iter(outcomes), usual.primary_endpoint)
    )
    return {
        GROUPS: group,
        REFERENCE: reference_of(options, group, usual.reference_group),
        OUTCOMES: yaml_value(tuple(outcomes or usual.outcomes)),
        PRIMARY: primary,
    }


def reference_of(options: Options, group: str, wanted: str) -> str:
    """Return the reference group: the wanted level where the column has it, else a usual one, else the first."""
    levels = [level for level, _, _ in options.groups[group][1]]
    return next((level for level in (wanted, *USUAL_REFERENCES) if level in levels), levels[0])


def usual_values(study: Study, root: Path, profile: str) -> Parameters:
    """Return the parameters that a profile alone gives this study."""
    files = [one for one in study.settings() if one.partition("=")[0] in FILE_PARAMETERS]
    return resolve(root, settings=files, profile=profile)


def fields_of(
    shown: Parameters,
    usual: Parameters,
    options: Options,
    root: Path,
    faults: Mapping[str, str],
    typed: Mapping[str, str],
) -> list[FormField]:
    """Return all fields of the form, those that stand open first."""
    names = [*LABELS, *(name for name in Parameters.model_fields if name not in LABELS and name not in FILE_PARAMETERS)]
    names = [name for name in names if name != "confirmation_days" or shown.scans]
    return [_field(name, shown, usual, options, root, faults.get(name, ""), typed.get(name)) for name in names]


def _field(
    name: str, shown: Parameters, usual: Parameters, options: Options, root: Path, fault: str, typed: str | None
) -> FormField:
    about = Parameters.model_fields[name]
    described, under = about.description or "", criteria_of(name)
    value, offered = plain(getattr(shown, name)), _offered(name, shown, options, root)
    kind = (
        "several" if name == OUTCOMES
        else "choice" if offered
        else "number" if about.annotation in (int, float)
        else "text"
    )  # fmt: skip
    return FormField(
        name, LABELS.get(name, described[:1].upper() + described[1:]), HINTS.get(name, described) if name in LABELS else name, kind,
        value if typed is None else typed, "" if name in sensible(options, usual) else plain(getattr(usual, name)), offered,
        tuple(getattr(shown, name)) if kind == "several" else (value,), fault,
        under, not under or shown.response_criterion in under,
    )  # fmt: skip


def plain(value: object) -> str:
    """Write a value as it is typed into a field."""
    return ", ".join(map(plain, value)) if isinstance(value, tuple) else yaml_value(value).strip('"')


def _offered(name: str, shown: Parameters, options: Options, root: Path) -> tuple[tuple[str, str], ...]:
    """Return what may be chosen, each with its words; nothing where a value is typed."""
    if name == GROUPS:
        return tuple((column, label) for column, (label, _) in options.groups.items())
    if name == REFERENCE and shown.group_by in options.groups:
        return tuple((level, f"{label} ({count})") for level, label, count in options.groups[shown.group_by][1])
    if name in {OUTCOMES, PRIMARY}:
        return tuple(options.outcomes.items())
    known = tuple(profiles(root)) if name == PROFILE else tuple(map(str, choices(name)))
    words = WORDS.get(name, {})
    return tuple((one, words.get(one) or (read_method(one).words if one in methods_of(name) else one)) for one in known)


def article_fields(study: Study) -> list[FormField]:
    """Return the fields of the manuscript's head; none where a study file of the person's own says it all."""
    journals = (("", "none in particular"), *((name, read_journal(name).name) for name in journal_names()))
    return [
        FormField(
            f"article:{name}", label, hint, "choice" if name == "journal" else "text", study.article.get(name, ""), "",
            journals if name == "journal" else (), (study.article.get(name, ""),),
        )
        for name, (label, hint) in (() if "study" in study.files else ARTICLE.items())
    ]  # fmt: skip


async def offered(request: Request, study: Study) -> Options:
    """Return what the cohort of a study offers; looked at in a child."""
    work = partial(options_of, study, request.app.state.root)
    return await worked(request, study, "Looking at the groups", (study.made, study.stamp()), work)


async def _show(request: Request) -> Response:
    study = study_of(request)
    found = await checked(request, study)
    if found is None or not found.made:
        return to(study, "check")
    study = study_of(request)
    options = await offered(request, study)
    return _form(request, study, options, dict(study.parameters), {}, {})


def _form(
    request: Request,
    study: Study,
    options: Options,
    chosen: dict[str, str],
    faults: Mapping[str, str],
    typed: Mapping[str, str],
) -> Response:
    root: Path = request.app.state.root
    usual = usual_values(study, root, chosen.get(PROFILE, ""))
    shown = study.resolved(root, {**sensible(options, usual), **chosen, PROFILE: usual.profile})
    if shown.group_by not in options.groups and options.groups:
        shown = study.resolved(root, {**chosen, **sensible(options, usual), PROFILE: usual.profile})
    fields = fields_of(shown, usual, options, root, faults, typed)
    return page(
        request, "choose.html", step="choose", study=study, status=422 if faults else 200, options=options, faults=faults,
        open_fields=[*fields[: len(LABELS)], *article_fields(study)], folded=[one for one in fields[len(LABELS) :] if one.in_force], profile=usual.profile,
    )  # fmt: skip


async def _choose(request: Request) -> Response:
    """Note what differs from the profile; with the button, hold it against the cohort and go on."""
    study, fields = study_of(request), await form_of(request)
    found = await checked(request, study)
    if found is None or not found.made:
        return to(study, "check")
    study, root = study_of(request), request.app.state.root
    options = await offered(request, study)
    said = {name: values[-1] for name, values in fields.items() if name in Parameters.model_fields}
    if "was:outcomes" in fields:
        said[OUTCOMES] = yaml_value(tuple(_ordered(fields.get(OUTCOMES, []), options)))
    if said.get(GROUPS) in options.groups and said.get(REFERENCE) is not None:
        said[REFERENCE] = reference_of(options, said[GROUPS], said[REFERENCE])
    usual = usual_values(study, root, fields.get("was:profile", [""])[-1])
    try:
        chosen = differing(study, root, usual, said)
        if "go" in fields:
            await _held_against_the_cohort(request, study, chosen)
    except ParameterError as error:
        return _form(request, study, options, dict(study.parameters), faults_by_field(error), said)
    study = studies_of(request).save(replace(study, parameters=chosen))
    article = {name: fields[f"article:{name}"][-1].strip() for name in ARTICLE if f"article:{name}" in fields}
    if any(text != study.article.get(name, "") for name, text in article.items()):
        studies_of(request).write_article(study, article)
    return to(study, "read" if "go" in fields else "choose")


def _ordered(chosen: Sequence[str], options: Options) -> list[str]:
    return [name for name in options.outcomes if name in chosen]


def differing(study: Study, root: Path, usual: Parameters, said: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that differ from what the profile gives; groups and outcomes always, so that a report says them.

    Raises
    ------
    ParameterError
        Where a value is not possible.
    """
    given = {
        name: f"[{value}]" if isinstance(getattr(usual, name), tuple) and not value.startswith("[") else value
        for name, value in said.items()
    }
    new = study.resolved(root, given)
    always = {GROUPS, REFERENCE, PRIMARY, PROFILE}
    return {
        name: value for name, value in given.items() if name in always or getattr(new, name) != getattr(usual, name)
    }


async def _held_against_the_cohort(request: Request, study: Study, chosen: Mapping[str, str]) -> None:
    """Check choices as a build does, in a child.

    Raises
    ------
    ParameterError
        Where a choice does not fit the cohort.
    """
    work = partial(_try, replace(study, parameters=dict(chosen)), request.app.state.root)
    await worked(request, study, "Trying these choices", (study.made, tuple(sorted(chosen.items()))), work)


def _try(study: Study, root: Path) -> None:
    check_inputs(Inputs.of(root, study.resolved(root)))


def for_page(text: str) -> str:
    """Return a sentence of an error without its words for a command line."""
    return re.sub(r"( \(given with --set\)| Choose one: --set [^.]*\.| 'hai params' lists them all\.)", "", text)


def faults_by_field(error: HaiError) -> dict[str, str]:
    """Return the sentences of an error by the parameter that each names; without words for a command line."""
    faults: dict[str, str] = {}
    for line in str(error).split("\n"):
        match = re.match(r"(?:Unknown parameter|Parameter) '(\w+)'", line)
        words = for_page(line)
        name = match[1] if match else ""
        faults[name] = f"{faults[name]} {words}" if name in faults else words
    return faults


routes = [Route("/study/{study}/choose", _show), Route("/study/{study}/choose", _choose, methods=["POST"])]
