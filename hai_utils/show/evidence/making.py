"""Evidence of a number, worked out: what enters, the steps of its working, and code with what it prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hai_utils.catalogue.methods import METHODS
from hai_utils.catalogue.statistics import Part
from hai_utils.results.formatting import full_precision, working_number
from hai_utils.results.printing import COMPLETED, in_points
from hai_utils.results.record import Record
from hai_utils.show.evidence.case import Case
from hai_utils.show.evidence.code import LANGUAGES, code_of, digest, rows_of
from hai_utils.show.evidence.model import Code, Evidence, Piece, Steps, StepTable, WorkingStep
from hai_utils.show.evidence.of_choices import STEPS as OF_CHOICES
from hai_utils.show.evidence.of_counts import STEPS as OF_COUNTS
from hai_utils.show.evidence.of_curves import STEPS as OF_CURVES
from hai_utils.show.evidence.of_values import STEPS as OF_VALUES
from hai_utils.show.evidence.recorded import recorded
from hai_utils.show.wording import label, method_name, people, population_name, statistic_name

STEPS: dict[str, Steps] = OF_COUNTS | OF_VALUES | OF_CURVES | OF_CHOICES | {"without_one": lambda case: _all_rows(case)}
WORDS: dict[Part, str] = {
    "": "value", "lower": "lower limit", "upper": "upper limit", "se": "standard error", "p": "P",
    "without_one_min": "least", "without_one_max": "greatest", "detectable": "smallest that could be shown",
}  # fmt: skip


def made_evidence(case: Case) -> Evidence:
    """Return the evidence of a number."""
    record, study, working = case.record, case.study, case.working
    parts, pieces = _parts(case), _worked(case)
    method = f", by {method_name(record.method)}" if record.method else ""
    why = _no_code(case, parts)
    codes = () if why else tuple(_codes(case, parts))
    return Evidence(
        keys=tuple(found.key if found.reported else f"{found.key}@{found.method}" for found in parts.values()),
        heading=f"{record.label}: {statistic_name(study, case.stem.rpartition('.')[2])}{method}. {population_name(study, record.group)}",
        values=tuple((WORDS[part], full_precision(found.value), _printed(found)) for part, found in parts.items()),
        entering=tuple(WorkingStep(*pair) for pair in _entering(case)),
        formula=working.formula,
        steps=tuple(WorkingStep(*piece) for piece in pieces if not isinstance(piece, StepTable)),
        grids=tuple(piece for piece in pieces if isinstance(piece, StepTable)),
        codes=codes,
        without=why or working.without or ("" if len(codes) == len(LANGUAGES) else "The code is for two groups."),
        files=case.files,
        reference=METHODS[record.method].reference if record.method else case.named.record.reference,
        source=working.source,
        notice=label(study),
    )  # fmt: skip


def _worked(case: Case) -> list[Piece]:
    # A limit without a value, such as an upper limit that is not reached, has no last step.
    try:
        return list(STEPS[case.working.steps](case))
    except (IndexError, ZeroDivisionError):
        return []


def _parts(case: Case) -> dict[Part, Record]:
    """Return the records that the working gives, by part, in its order."""
    keys = {part: f"{case.stem}_{part}" if part else case.stem for part in case.working.parts}
    by_part = {part: case.results.methods(key) for part, key in keys.items()}
    return {part: one for part, found in by_part.items() for one in found if one.method == case.record.method}


def _codes(case: Case, parts: Mapping[Part, Record]) -> Iterator[Code]:
    rows = rows_of(case.results, case.files)
    expected = " ".join("none" if one.value is None else working_number(one.value) for one in parts.values())
    for language in LANGUAGES:
        if text := code_of(case, language):
            yield Code(language, text, *recorded().get(digest(text, rows), (expected, "")))


def _no_code(case: Case, parts: Mapping[Part, Record]) -> str:
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


def _all_rows(case: Case) -> list[Piece]:
    """Show the number with nobody omitted."""
    of = case.results.find_key(case.stem)
    return [("with all rows", "none" if of is None or of.value is None else working_number(of.value))]


def _printed(record: Record) -> str:
    """Return how the book prints a number, with what a reader must know to see that it is the same one."""
    if (record.variable, record.statistic) in COMPLETED:
        return f"{record.formatted} (completed years, not rounded)"
    points = in_points(record) and record.value is not None
    return f"{record.formatted} percentage points" if points else record.formatted


def _entering(case: Case) -> Iterator[tuple[str, str]]:
    data, rows = case.working.data, people(case.study)
    named = [(group, population_name(case.study, group)) for group in case.groups]
    if data == "table":
        yield "levels", ", ".join(case.levels)
        for group, words in named:
            yield words, ", ".join(str(case.counted_at(level, group)[0]) for level in case.levels)
    elif data == "pair of counts":
        yield from ((words, "{} of {}".format(*case.count(group))) for group, words in named)
    elif data == "count" and case.record.statistic != "n_missing":
        x, n = case.count()
        yield f"{rows} with {case.level}", str(x)
        yield f"{rows} with a recorded value", str(n)
    elif case.sample is not None and "value" in data:
        for group, words in named if len(named) > 1 else [("", "")]:
            values = case.values(group)
            yield (
                f"{len(values)} values, sorted" + (f", {words}" if words else ""),
                ", ".join(map(working_number, values)),
            )
