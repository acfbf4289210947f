"""Evidence of a number: the rows that enter, each intermediate value of a textbook, and code by which anybody checks it.

One door: `evidence`. The card of a number in the book, ``hai number KEY --working`` and a notebook show what it returns.
It prints no number of its own: what it works out again, from the rows that the results bring, is what the results say.
"""

from __future__ import annotations

from dataclasses import replace

from hai_utils.catalogue.methods import METHODS
from hai_utils.catalogue.statistics import Part, read_statistic
from hai_utils.catalogue.workings import why_without
from hai_utils.errors import ResultError
from hai_utils.results.formatting import full_precision, working_number
from hai_utils.results.record import Record
from hai_utils.results.samples import MOST_PATIENTS
from hai_utils.results.table import Results
from hai_utils.show.evidence.case import Case, case_of, is_printed
from hai_utils.show.evidence.code import LANGUAGES, code_of, digest, rows_of
from hai_utils.show.evidence.model import Code, Evidence, Steps, Worked, WorkingStep, steps
from hai_utils.show.evidence.of_choices import STEPS as OF_CHOICES
from hai_utils.show.evidence.of_counts import STEPS as OF_COUNTS
from hai_utils.show.evidence.of_curves import STEPS as OF_CURVES
from hai_utils.show.evidence.of_values import STEPS as OF_VALUES
from hai_utils.show.evidence.recorded import recorded
from hai_utils.show.wording import label, method_name, people, population_name, statistic_name

__all__ = ["Evidence", "evidence", "find_evidence", "has_evidence", "why_none"]
STEPS: dict[str, Steps] = OF_COUNTS | OF_VALUES | OF_CURVES | OF_CHOICES | {"without_one": lambda case: _all_rows(case)}
WORDS: dict[Part, str] = {
    "": "value", "lower": "lower limit", "upper": "upper limit", "se": "standard error", "p": "P",
    "without_one_min": "least", "without_one_max": "greatest", "detectable": "smallest that could be shown",
}  # fmt: skip


def evidence(results: Results, key: str, method: str = "") -> Evidence:
    """Return the evidence of a number.

    Parameters
    ----------
    results : Results
        Of a run, or as `hai_utils.analyses.analyse` returns them.
    key : str
        Of the number, also ``key@method``.
    method : str
        The reported one unless given.

    Raises
    ------
    ResultError
        Where there is no such number, or no working of it, with the reason.
    """
    name, _, named = key.partition("@")
    record = results.get(name, method or named)
    found = find_evidence(results, record)
    if found is None:
        raise ResultError(f"'{key}': {why_none(results, record)}")
    return found


def find_evidence(results: Results, record: Record) -> Evidence | None:
    """Return the evidence of a record; None where there is none."""
    case = case_of(results, record)
    return _evidence(case) if case is not None else None


def has_evidence(results: Results, record: Record) -> bool:
    """Say whether there is evidence of a record."""
    return case_of(results, record) is not None


def why_none(results: Results, record: Record) -> str:
    """Return why there is no evidence of a record, as a sentence."""
    if record.withheld:
        return "it is withheld, and so is what it was made from."
    if is_printed(record):
        return "the article prints it, and its patients' data are not public."
    if record.value is None:
        return f"there is no value ({record.note or 'not estimable'})."
    if reason := why_without(read_statistic(record.statistic).record.name):
        return f"{reason}."
    if record.variable not in results.samples and not results.study.gated:
        rows, size = people(results.study), results.study.size or 0
        if size > MOST_PATIENTS:
            return f"it is made from single {rows}, which evidence shows of at most {MOST_PATIENTS}."
        return f"it is made from what single {rows} have, which no table or figure of this run shows; 'hai build --set evidence=rows' shows it."
    return "no working is known of this statistic by this method" + (
        ", or small cells are withheld." if results.study.gated else "."
    )


def _evidence(case: Case) -> Evidence:
    record, study, working = case.record, case.study, case.working
    parts = _parts(case)
    worked, grids = _worked(case)
    stem = replace(record, statistic=_name(case, "")).statistic
    method = f", by {method_name(record.method)}" if record.method else ""
    without = (
        _no_code(case, dict(parts))
        or working.without
        or ("" if all(code_of(case, one) for one in LANGUAGES) else "The code is for two groups.")
    )
    return Evidence(
        keys=tuple(_key(found) for _, found in parts),
        heading=f"{record.label}: {statistic_name(study, stem)}{method}. {population_name(study, record.group)}",
        values=tuple((WORDS[part], full_precision(found.value)) for part, found in parts),
        entering=_entering(case),
        formula=working.formula,
        steps=tuple(worked),
        grids=tuple(grids),
        codes=tuple(_codes(case, dict(parts))),
        without=without,
        files=case.files,
        reference=METHODS[record.method].reference if record.method else case.named.record.reference,
        source=working.source,
        notice=label(study),
    )  # fmt: skip


def _worked(case: Case) -> Worked:
    # A limit without a value, such as an upper limit that is not reached, has no last step.
    try:
        return STEPS[case.working.steps](case)
    except (IndexError, ZeroDivisionError):
        return [], []


def _name(case: Case, part: Part) -> str:
    bare = case.record.statistic.removesuffix(f"_{case.named.part}") if case.named.part else case.record.statistic
    return f"{bare}_{part}" if part else bare


def _key(record: Record) -> str:
    return record.key if record.reported else f"{record.key}@{record.method}"


def _parts(case: Case) -> list[tuple[Part, Record]]:
    """Return the records that the working gives, by part, in its order."""
    stem = case.record.key.removesuffix(case.record.statistic)
    found = []
    for part in case.working.parts:
        key = stem + _name(case, part)
        if any(other.method == case.record.method for other in case.results.methods(key)):
            found.append((part, case.results.get(key, case.record.method)))
    return found


def _codes(case: Case, parts: dict[Part, Record]) -> list[Code]:
    rows = rows_of(case.results, case.files)
    found: list[Code] = []
    if _no_code(case, parts):
        return found
    for language in LANGUAGES:
        text = code_of(case, language)
        if text:
            values = [parts[part].value for part in case.working.printed_by(language) if part in parts]
            expected = " ".join("none" if value is None else working_number(value) for value in values)
            printed, version = recorded().get(digest(text, rows), (expected, ""))
            found.append(Code(language, text, printed, version))
    return found


def _no_code(case: Case, parts: dict[Part, Record]) -> str:
    """Return why no program can be asked for the number; empty where one can."""
    if case.working.steps == "t_test" and None in [record.value for record in parts.values()]:
        return "The limits need two values in each group; the value is the difference of the means."
    if case.working.steps == "permutation" and "complete" not in case.record.note:
        return "The permutations were drawn at random, by the seed of the run: another program draws others."
    if case.working.data == "analyses" and not case.drawn("effect"):
        return "The effects and P values stand in series.csv of the run, which is not at hand here."
    if case.working.steps == "drawn" and "complete" in case.record.note:
        return "All permutations were listed, none was drawn: there is no error."
    if case.working.steps == "without_one" and case.record.note:
        return "It cannot be estimated without some of the rows: these are passed over."
    return ""


def _all_rows(case: Case) -> Worked:
    """Show the number with nobody omitted."""
    of = case.results.find_key(case.record.key.removesuffix(f"_{case.named.part}"))
    return steps(("with all rows", "none" if of is None or of.value is None else working_number(of.value)))


def _entering(case: Case) -> tuple[WorkingStep, ...]:
    data = case.working.data
    rows = people(case.study)
    if data == "table":
        lines = [WorkingStep("levels", ", ".join(case.levels))]
        counted = [[str(case.counted_at(level, group)[0]) for level in case.levels] for group in case.groups]
        return (
            *lines,
            *(
                WorkingStep(population_name(case.study, g), ", ".join(c))
                for g, c in zip(case.groups, counted, strict=True)
            ),
        )
    if data == "pair of counts":
        return tuple(
            WorkingStep(population_name(case.study, g), "{} of {}".format(*case.count(g))) for g in case.groups
        )
    if data == "count" and case.record.statistic not in ("n", "n_missing"):
        x, n = case.count()
        return (WorkingStep(f"{rows} with {case.level}", str(x)), WorkingStep(f"{rows} with a recorded value", str(n)))
    if case.sample is None or "value" not in data:
        return ()
    groups = case.groups if len(case.groups) > 1 else ("",)
    return tuple(
        WorkingStep(f"{len(values)} values, sorted" + (f", {population_name(case.study, g)}" if g else ""), ", ".join(map(working_number, values)))
        for g in groups for values in [case.values(g)]
    )  # fmt: skip
