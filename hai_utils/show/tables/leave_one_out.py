"""How much the outcomes of a small cohort depend on single patients, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from hai_utils.catalogue.methods import read_method
from hai_utils.catalogue.outcomes import MOST_PATIENTS, TOO_MANY
from hai_utils.catalogue.statistics import DETECTABLE, POWER, WITHOUT_ONE
from hai_utils.results.printing import format_record, in_points
from hai_utils.results.record import Record
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Row, Table, Text, key, listed, quote
from hai_utils.show.tables.cells import (
    EMPTY,
    POINTS_NOTE,
    POINTS_SIGN,
    explained,
    limits,
    nothing,
    withheld_cell,
)
from hai_utils.show.tables.parts import P_HEADING, outcome_of, variable_name
from hai_utils.show.wording import between_groups, method_name, people

LEAST, GREATEST = WITHOUT_ONE
FRAGILITY = "fragility_index"


@explained
def leave_one_out(results: Results) -> Content:
    """Supplementary table: each outcome without each patient in turn, its fragility, what could be shown, exact tests."""
    study, compared = results.study, list(compared_outcomes(results))
    if not compared:
        return nothing(results, "There is no comparison of an outcome between groups.")
    if too_many(results, compared[0][1]):
        return Notice(why_not(study))
    rows = tuple(_row(results, words, stem) for words, stem in compared)
    points = [POINTS_NOTE] if any(POINTS_SIGN in cell for row in rows for cell in row.cells) else []
    note = (
        f"Ranges: each of the {people(study)} omitted in turn, by the reported methods. Fragility index: for 2x2 tables only. "
        f"Smallest effect that could be shown with {power_words(study)} power at the level of "
        f"{study.formatter.level(float(study.parameters['significance_level']))}: {'; '.join(_ways(results, compared))}."
    )
    columns = (
        "Outcome", f"{P_HEADING} (range)", "Effect (range)", "Fragility index", "Smallest effect", "Exact tests: P value",
    )  # fmt: skip
    title = (f"The outcomes with each of the {people(study)} omitted in turn",)
    return Table("table-leave-one-out", title, columns, rows, ((" ".join((note, *points)),),))


def compared_outcomes(results: Results) -> Iterator[tuple[str, str]]:
    """Yield the words and the stem of each comparison of an outcome, the primary endpoint first."""
    parameters = results.study.parameters
    for name in filter(results.has_data, dict.fromkeys((parameters["primary_endpoint"], *parameters["outcomes"]))):
        for group, pair in results.study.pairs:
            stem = key(str(name), pair)
            if f"{stem}.p_value_{LEAST}" in results and not results.get(f"{stem}.p_value").withheld:
                several = "" if len(results.study.compared) == 1 else f", {between_groups(results.study, group)}"
                yield variable_name(results, str(name)) + several, stem


def too_many(results: Results, stem: str) -> bool:
    """Say whether the cohort is too large for leaving out each patient in turn."""
    return results.get(f"{stem}.p_value_{LEAST}").note == TOO_MANY


def why_not(study: Study) -> str:
    """Say that the cohort is too large for leaving out each patient in turn."""
    return (
        f"The outcomes with each of the {people(study)} omitted in turn are given for at most {MOST_PATIENTS} {people(study)}; "
        "there are more here."
    )


def power_words(study: Study) -> str:
    """Return the power at which the smallest effect is given."""
    return study.formatter.percent(100 * POWER, 0)


def _effect_name(results: Results, stem: str) -> str:
    return outcome_of(results, stem.partition(".")[0]).effect.name


def _ways(results: Results, compared: list[tuple[str, str]]) -> dict[str, None]:
    """Return how the smallest effect of each kind of outcome is found."""
    kinds = [outcome_of(results, stem.partition(".")[0]) for _, stem in compared]
    return {f"{kind.effect.words}, {method_name(kind.power)}": None for kind in kinds}


def _row(results: Results, words: str, stem: str) -> Row:
    effect = f"{stem}.{_effect_name(results, stem)}"
    fragile, smallest = results.find_key(f"{stem}.{FRAGILITY}"), results.find_key(f"{effect}_{DETECTABLE}")
    return Row(
        (
            (words,),
            _with_range(results, f"{stem}.p_value"),
            _with_range(results, effect),
            _fragility(fragile),
            EMPTY if smallest is None else _with_unit(smallest),
            listed([_exact(results, record) for record in exact_tests(results, stem)]) or EMPTY,
        )
    )


def _fragility(record: Record | None) -> Text:
    if record is None:
        return EMPTY
    return (quote(record), *([f" ({record.note})"] if record.note and record.value is not None else []))


def _with_range(results: Results, name: str) -> Text:
    """Return a number with the range that it has without each patient."""
    record, low, high = (results.find_key(f"{name}{part}") for part in ("", f"_{LEAST}", f"_{GREATEST}"))
    if record is None:
        return EMPTY
    if low is None or high is None:
        return _with_unit(record)
    if withheld_cell(low, high) or low.value is None or high.value is None:
        return (*_with_unit(record), " (", quote(low), ")")
    return (*_with_unit(record), " (", *limits(results, low, high), ")")


def _with_unit(record: Record) -> Text:
    return (quote(record), POINTS_SIGN) if record.value is not None and in_points(record) else (quote(record),)


def exact_tests(results: Results, stem: str) -> list[Record]:
    """Return the P values of a comparison by exact tests."""
    return [
        one for one in results.methods(f"{stem}.p_value") if read_method(one.method).exact and one.value is not None
    ]


def _exact(results: Results, record: Record) -> Text:
    return (
        quote(record, format_record(record, results.study.formatter, decimals=3)),
        f" ({method_name(record.method)})",
    )
