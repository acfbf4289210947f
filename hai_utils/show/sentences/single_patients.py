"""How much each outcome of a small cohort depends on single patients, in a line."""

from __future__ import annotations

from hai_utils.catalogue.outcomes import ComparedOutcome
from hai_utils.catalogue.statistics import DETECTABLE, WITHOUT_ONE
from hai_utils.results.printing import format_record, in_points
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Paragraphs, Text, clause, quote
from hai_utils.show.tables.leave_one_out import compared_outcomes, exact_tests, power_words, too_many, why_not
from hai_utils.show.tables.parts import outcome_of
from hai_utils.show.wording import people


def single_patients(results: Results, *, survival: bool = True) -> Content:
    """Say in a line for each outcome how much it depends on single patients, and what so few could show.

    Parameters
    ----------
    results : Results
        With the outcomes.
    survival : bool, optional
        Whether the survival endpoints are among them; they have a chapter of their own.
    """
    found = compared_outcomes(results)
    compared = [(words, stem) for words, stem in found if survival or _outcome(results, stem).kind != "survival"]
    if compared and too_many(results, compared[0][1]):
        return Paragraphs(((why_not(results.study),),))
    lines: tuple[Text, ...] = tuple(line for words, stem in compared if (line := _line(results, words, stem)))
    note: Text = (
        "The article prints none of these ranges, indices and smallest effects; they are properties of the reconstruction.",
    )
    return Paragraphs((*lines, note) if lines and results.study.reconstruction else lines)


def _outcome(results: Results, stem: str) -> ComparedOutcome:
    return outcome_of(results, stem.partition(".")[0])


def _line(results: Results, words: str, stem: str) -> Text:
    """Return the line of one comparison; empty where its range is withheld or cannot be had."""
    between = _range(results, f"{stem}.p_value")
    if not between:
        return ()
    kind = _outcome(results, stem)
    opening = f"{words}, with each of the {people(results.study)} omitted in turn: P "
    effect = _range(results, f"{stem}.{kind.effect.name}")
    return clause(
        opening, between, clause(f", {kind.effect.words} ", effect) if effect else (), _fragility(results, stem),
        _exact(results, exact_tests(results, stem)), _smallest(results, stem, kind), ".",
    )  # fmt: skip


def _range(results: Results, name: str) -> Text:
    low, high = (results.find_key(f"{name}_{part}") for part in WITHOUT_ONE)
    if low is None or high is None or low.value is None or high.value is None:
        return ()
    return clause((quote(low),), " to ", (quote(high),), _unit(low))


def _unit(record: Record) -> str:
    return " percentage points" if in_points(record) else f" {record.unit}" if record.unit == "months" else ""


def _fragility(results: Results, stem: str) -> Text:
    record = results.find_key(f"{stem}.fragility_index")
    if record is None or record.value is None:
        return ()
    return clause("; fragility index ", (quote(record),), f" ({record.note})" if record.note else "")


def _exact(results: Results, records: list[Record]) -> Text:
    """Return P by the exact tests: one, or the least and the greatest of several."""
    ordered = sorted(records, key=lambda record: float(record.value or 0))
    texts = [quote(one, format_record(one, results.study.formatter, decimals=3)) for one in ordered]
    if not texts:
        return ()
    if texts[0].text == texts[-1].text:
        return (f"; {'all exact tests' if len(texts) > 1 else 'exact test'}, P=", texts[0])
    return (f"; {len(texts)} exact tests, P from ", texts[0], " to ", texts[-1])


def _smallest(results: Results, stem: str, kind: ComparedOutcome) -> Text:
    """Say which effect so many patients could have shown."""
    record = results.find_key(f"{stem}.{kind.effect.name}_{DETECTABLE}")
    if record is None or record.withheld:
        return ()
    power = f"could be shown with {power_words(results.study)} power"
    if record.value is None:
        return (f"; no {kind.effect.words} {power}",) if kind.kind == "binary" else ()
    what = "difference in means" if kind.kind == "continuous" else kind.effect.words
    inverse = " or its inverse" if kind.kind == "survival" else ""
    return clause(
        f"; smallest {what} that {power}, ", (quote(record),),
        f"{_unit(record)}{inverse}",
    )  # fmt: skip
