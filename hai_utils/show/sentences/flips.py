"""What turns the primary result: another population, another test, another criterion of response."""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.results.printing import format_record
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Label, Paragraphs, Text, clause, join, key, listed, quote
from hai_utils.show.criterion import criterion_of
from hai_utils.show.sentences.composing import with_marks
from hai_utils.show.sentences.outcomes import effect_text
from hai_utils.show.tables.cells import p_value_beside_level, p_value_text
from hai_utils.show.tables.parts import outcome_of, test_groups, variable_name
from hai_utils.show.wording import group_words, in_text, method_name, people


def flips(results: Results) -> Content:
    """Say in a sentence each what takes P of the primary endpoint across the level; nothing where nothing does."""
    study = results.study
    primary = study.primary
    found = [
        text
        for group in test_groups(study)
        if (record := results.find_key(key(primary, group, "p_value"))) is not None and record.value is not None
        for text in (*_populations(results, record), _tests(results, record), _criterion(results, record))
    ]
    texts = tuple(filter(None, found))
    return Paragraphs(with_marks(results, (clause((Label("Sensitivity."), " "), join(*texts)),)) if texts else ())


def _crosses(results: Results, reported: Record, other: Record | None) -> bool:
    """Say whether another P value lies on the other side of the level than the one reported."""
    level = float(results.study.parameters["significance_level"])
    if reported.value is None or other is None or other.value is None:
        return False
    return (reported.value < level) != (other.value < level)


def _instead(results: Results, reported: Record, variable: str, opening: str) -> Text:
    """Say what P is under another condition, where it lies on the other side of the level."""
    stem = key(variable, reported.group)
    if not _crosses(results, reported, results.find_key(f"{stem}.p_value")):
        return ()
    words = in_text(variable_name(results, reported.variable))
    effect = effect_text(results, stem, outcome_of(results, reported.variable))
    said = clause(f"the result for {words} is: ", effect, ", ") if effect else (f"the difference in {words} has ",)
    changed = (*p_value_text(results, f"{stem}.p_value"), " instead of ", *p_value_text(results, reported.key))
    ending = variable.removeprefix(reported.variable)
    return clause(f"{opening}, ", said, changed, *_secondary(results, reported, ending), ".")


def _secondary(results: Results, primary: Record, ending: str) -> Iterator[Text]:
    """Say of the other outcomes that turn under the same condition what P is then."""
    for name in results.study.parameters["outcomes"]:
        reported, other = (results.find_key(key(f"{name}{end}", primary.group, "p_value")) for end in ("", ending))
        if name != primary.variable and reported and other and _crosses(results, reported, other):
            words = in_text(variable_name(results, name))
            values = (p_value_beside_level(results, record) for record in (other, reported))
            yield clause(f"; P for {words} is then ", next(values), " instead of ", next(values))


def _populations(results: Results, reported: Record) -> Iterator[Text]:
    study = results.study
    for ending, opening in (
        ("_with_excluded", _excluded_counted(results, reported.variable)),
        ("_conservative", f"With {people(study)} not evaluable counted as non-responders"),
    ):
        yield _instead(results, reported, f"{reported.variable}{ending}", opening)


def _excluded_counted(results: Results, variable: str) -> str:
    """Say that those excluded are counted, and in which group where it is one."""
    study = results.study
    excluded = sum(step.count or 0 for step in study.flow if step.kind == "excluded")
    larger = []
    for group in study.groups:
        whole, without = (results.find_key(key(f"{variable}{end}", group.level, "n")) for end in ("_with_excluded", ""))
        if whole and without and whole.value != without.value:
            larger.append(group_words(study, group))
    where = f"in {larger[0]}" if len(larger) == 1 else "in their groups"
    return f"With the excluded {people(study, excluded)} {where}"


def _tests(results: Results, reported: Record) -> Text:
    """Name the tests that put P on the other side of the level."""
    study = results.study
    every = [record for record in results.methods(reported.key) if record.value is not None and not record.reported]
    other = [record for record in every if _crosses(results, reported, record)]
    if not other:
        return ()
    side = "below" if float(other[0].value or 0) < float(study.parameters["significance_level"]) else "not below"
    level = study.formatter.level(float(study.parameters["significance_level"]))
    return clause(
        f"By {len(other)} of the {len(every)} other tests, P for {in_text(variable_name(results, reported.variable))} is "
        f"{side} {level}: ",
        listed([_by_test(results, record) for record in other]), ".",
    )  # fmt: skip


def _by_test(results: Results, record: Record) -> Text:
    return (
        f"{method_name(record.method)} (P=",
        quote(record, format_record(record, results.study.formatter, decimals=3)),
        ")",
    )


def _criterion(results: Results, reported: Record) -> Text:
    # The diameters of a reconstruction cannot cast doubt on a published result.
    if (
        results.study.reconstruction
        or reported.variable != "objective_response"
        or criterion_of(results.study).name == "recist_1_1"
    ):
        return ()
    return _instead(results, reported, "objective_response_recist", "By RECIST 1.1")
