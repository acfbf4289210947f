"""How a sentence is filled: without its numbers it is not said, and what is withheld is not quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hai_utils.results.study import Group, Study
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Notice, Paragraphs, Quote, Run, Text, clause, key, listed
from hai_utils.show.content import compose as compose_all
from hai_utils.show.tables.cells import limits
from hai_utils.show.tables.unprinted import DAGGER, PROPERTY, is_printed
from hai_utils.show.wording import confidence_words, group_words

# A range is two patients' values, which the disclosure gate withholds: the sentence stands without it.
_RANGE = re.compile(r" \(range [^()]*\)|range [^();]*; ")


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


def counted(results: Results, opening: str, name: str) -> Text:
    """Say how many have something, as in ``opening 2 of 25 (8%).``; nothing where nobody is recorded."""
    return said(results, f"{opening} {{{name}.all.count}} of {{{name}.all.n}} ({{{name}.all.percent}}).")


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
    return Paragraphs(_unprinted(results, known)) if known else Notice(otherwise)


def _unprinted(results: Results, texts: tuple[Text, ...]) -> tuple[Text, ...]:
    """Mark in a reconstruction what the article does not print, and say what the mark means."""
    if not results.study.reconstruction:
        return texts
    marked = tuple(tuple(_with_marks(results, text)) for text in texts)
    note: Text = (f"{DAGGER} Not printed in the article, with the numbers that belong to it; {PROPERTY}",)
    return (*marked, note) if marked != texts else texts


def _with_marks(results: Results, text: Text) -> Iterator[Run]:
    """Yield a text with a mark at each number that is not printed; of several of one variable and group at the first."""
    before: tuple[str, ...] = ()
    for run in text:
        yield run
        if isinstance(run, Quote):
            record = results.get(run.key, run.method)
            unprinted = () if is_printed(results.study, run.key, record.method) else (record.variable, record.group)
            if unprinted and unprinted != before:
                yield DAGGER
            before = unprinted


def by_group(study: Study, values: Sequence[tuple[Text, Group]]) -> Text:
    """List what each group has."""
    return listed([clause(value, f" in {group_words(study, group)}") for value, group in values])
