"""How a sentence is filled: without its numbers it is not said, and what is withheld is not quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hai_utils.results.record import Record
from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Run, Text, clause, key, listed
from hai_utils.show.content import compose as compose_all
from hai_utils.show.tables.cells import limits
from hai_utils.show.tables.unprinted import SAME, SIGNS, Origin, least, meanings, origin
from hai_utils.show.wording import confidence_words, group_words

# A range is two patients' values, which the disclosure gate withholds: the sentence stands without it.
_RANGE = re.compile(r" \(range [^()]*\)|range [^();]*; |; observed times, range [^();]*")

# How a sentence goes on after a number that the article prints otherwise.
OTHERWISE = "; the article prints "

# With a count begins another estimate, which "of how many" and its share belong to.
_COUNTS = ("count", "events")


def compose(results: Results, template: str, **words: str) -> Text:
    """Fill a sentence; where small cells are withheld, about those who may be described, and empty if a number is not."""
    if not results.study.gated:
        return compose_all(results, template, **words)
    text = compose_all(results, _RANGE.sub("", template).replace(".all.", f".{results.study.overall}."), **words)
    hidden = any(results.get(run.key, run.method).withheld for run in text if isinstance(run, Quote))
    return () if hidden else text


def said(results: Results, template: str, **words: str) -> Text:
    """Compose a sentence, or leave it out where one of its numbers is empty or counts nobody."""
    text = compose(results, template, **words)
    quoted = [results.get(run.key, run.method) for run in text if isinstance(run, Quote)]
    empty = any(record.value is None or (record.statistic == "n" and not record.value) for record in quoted)
    return () if empty else text


def counted(results: Results, opening: str, name: str, beside: str = "") -> Text:
    """Say how many have something, as in ``opening 2 of 25 (8%).``; nothing where nobody is recorded."""
    return said(results, f"{opening} {{{name}.all.count}} of {{{name}.all.n}} ({{{name}.all.percent}}{beside}).")


def rate(results: Results, name: str, opening: str) -> Text:
    """Say a rate with its interval, as in ``recorded in 2 of 25 (8%; 95% CI 1-26%)``."""
    stem = key(name, results.study.overall)
    if f"{stem}.count" not in results or not results.get(f"{stem}.n").value:
        return ()
    interval = limits(results, results.get(f"{stem}.proportion_lower"), results.get(f"{stem}.proportion_upper"))
    filled = compose(results, f"{opening} {{{stem}.count}} of {{{stem}.n}} ({{{stem}.percent}}; ")
    return clause(filled, f"{confidence_words(results.study)} ", interval, ").")


def paragraphs(results: Results, texts: Sequence[Text], otherwise: str) -> Content:
    """Return what can be said, or why nothing can."""
    known = tuple(text for text in texts if text)
    if not known and results.study.gated:
        return Notice(
            "What could be said here in words is not in the file, or is withheld, as it could tell small cells."
        )
    return Paragraphs(with_marks(results, known)) if known else Notice(otherwise)


def with_marks(results: Results, texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Mark in a reconstruction what the article does not print, and say what the marks mean."""
    if not results.study.reconstruction:
        return texts
    signs = [_signs(results, text) for text in texts]
    marked = tuple(tuple(_marked(text, of)) for text, of in zip(texts, signs, strict=True))
    return (*marked, *meanings(one for of in signs for _, one in of.values()))


def _signs(results: Results, text: Text) -> dict[int, tuple[bool, Origin]]:
    """Return, by the place of the last number of each estimate that is not printed, whether a bracket closes after it, and its origin."""
    units: list[tuple[str, list[int]]] = []
    for place, run in enumerate(text):
        if isinstance(run, Quote):
            name = _estimate(results.get(run.key, run.method))
            if units and units[-1][0] == name and not run.key.endswith(_COUNTS):
                units[-1][1].append(place)
            else:
                units.append((name, [place]))
    found: dict[int, tuple[bool, Origin]] = {}
    for _, places in units:
        quoted = [run for place in places if isinstance(run := text[place], Quote)]
        from_where = least(origin(results.study, run.key, results.get(run.key, run.method).method) for run in quoted)
        after = text[places[-1] + 1] if places[-1] + 1 < len(text) else ""
        # Where the article prints another number, the sentence gives that.
        if from_where != "printed" and not (isinstance(after, str) and after.startswith(OTHERWISE)):
            within = "".join(run for run in text[places[0] : places[-1]] if isinstance(run, str))
            found[places[-1]] = within.count("(") > within.count(")"), from_where
    return found


def _estimate(record: Record) -> str:
    """Name the estimate that a number belongs to: limits, ranges and shares of a count have one mark with it."""
    if record.statistic in {*SAME, *_COUNTS}:
        return f"{record.variable} {record.group}"
    statistic = record.statistic.removesuffix("_lower").removesuffix("_upper")
    return f"{record.key.removesuffix(record.statistic)}{'median' if statistic in {'min', 'max'} else statistic}"


def _marked(text: Text, signs: Mapping[int, tuple[bool, Origin]]) -> Iterator[Run]:
    """Yield a text with a sign after each estimate, outside the bracket in which its interval stands."""
    waiting = ""
    for place, run in enumerate(text):
        if waiting:
            closes = isinstance(run, str) and run.startswith(")")
            yield f"){waiting}" if closes else waiting
            run = run[1:] if closes and isinstance(run, str) else run
            waiting = ""
        if run:
            yield run
        bracket, found = signs.get(place, (False, None))
        if found and bracket and place + 1 < len(text):
            waiting = SIGNS[found]
        elif found:
            yield SIGNS[found]


def by_group(study: Study, values: Sequence[tuple[Text, Group]]) -> Text:
    """List what each group has."""
    return listed([clause(value, f" in {group_words(study, group)}") for value, group in values])
