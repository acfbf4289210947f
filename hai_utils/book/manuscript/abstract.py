"""The abstract in a journal's form: the author's own words where they are given, numbers of the results, within the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.author_text import Reader, first_sentence, joined, without_citations, words_in
from hai_utils.book.manuscript.converting import dressed, line_of
from hai_utils.results.study import Study
from hai_utils.results.table import Results
from hai_utils.show import sentences
from hai_utils.show.content import Paragraphs, Quote, Text, listed, plain
from hai_utils.show.tables.parts import outcome_of, variable_name
from hai_utils.show.tables.unprinted import MARKS
from hai_utils.show.wording import group_words, in_text, method_name
from hai_utils.study.journals import NO_LIMIT, Journal

# Where a journal's limit is not known, an abstract is as long as most journals allow.
USUAL = 250
OWN = "abstract."
# An abstract has no notes, which would explain the marks of a reconstruction.
UNPRINTED = " What the article neither prints nor determines by its counts, such as hazard ratios, is a property of the reconstruction."
_MARKS = str.maketrans("", "", "".join(MARKS))


def abstract_of(reader: Reader, journal: Journal, sections: Mapping[str, Sequence[model.Block]]) -> list[model.Block]:
    """Return the paragraphs of the abstract, each under its heading; a part of which nothing is known is left out.

    Parameters
    ----------
    reader : Reader
        Of the author's texts.
    journal : Journal
        Its headings and its limit.
    sections : mapping of str to sequence of Block
        The author's sections as they were read.
    """
    given = _given(sections)
    asked = [part for section in journal.abstract for part in section.parts]
    results, names = reader.run.results, outcomes_of(reader.run.results)
    own = {**_from_sections(sections), **given}
    made = _with_setting({**_from_results(results, names), **own}, asked, given)
    taken = sum(words_in(made[part]) for part in asked if part != "results" and part in made)
    taken += sum(words_in((model.Words(section.heading),)) for section in journal.abstract)
    if "results" not in given:
        most = journal.abstract_words.most if journal.abstract_words else USUAL
        said = list(results_within(results, (USUAL if most == NO_LIMIT else most) - taken))
        # The methods name the outcomes whose results there was room for.
        keys = [word.key for line in said for word in line if ".all." not in word.key]
        shown = [name for name in names if any(key.startswith(f"{name}.") for key in keys)]
        made = _with_setting({**_from_results(results, shown or names), **own}, asked, given)
        made["results"] = joined(said)
    found: list[model.Block] = []
    for section in journal.abstract:
        line = joined([made[part] for part in section.parts if made.get(part)])
        if line:
            heading = model.Words(f"{section.heading}: ", frozenset({"strong"}))
            found.append(model.Paragraph((heading, *line)))
    return found


def _with_setting(
    made: dict[str, model.Line], asked: Sequence[str], given: Mapping[str, object]
) -> dict[str, model.Line]:
    """Begin the methods with the setting, where the journal has no heading for it and the author gave no methods."""
    if "setting" not in asked and "methods" not in given and "setting" in made:
        made["methods"] = joined([made["setting"], *([made["methods"]] if "methods" in made else [])])
    return made


def _given(sections: Mapping[str, Sequence[model.Block]]) -> dict[str, model.Line]:
    """Return the parts that the study file, or the page of the published study, has in words of its own."""
    parts = {name.removeprefix(OWN): blocks for name, blocks in sections.items() if name.startswith(OWN)}
    return {part: without_citations(_running(blocks)) for part, blocks in parts.items()}


def _running(blocks: Sequence[model.Block]) -> model.Line:
    return joined([block.text for block in blocks if isinstance(block, model.Paragraph)])


def _from_sections(sections: Mapping[str, Sequence[model.Block]]) -> dict[str, model.Line]:
    """Return the parts that the sections give: the first sentence of the background, aim and conclusions whole."""
    found: dict[str, model.Line] = {}
    for part, name in (
        ("background", "background"),
        ("aim", "aim"),
        ("setting", "setting"),
        ("conclusions", "conclusions"),
    ):
        running = without_citations(_running(sections.get(name, ())))
        if running:
            found[part] = first_sentence(running) if part in {"background", "setting"} else running
    return found


def outcomes_of(results: Results) -> tuple[str, ...]:
    """Return the outcomes that the results have, the primary endpoint first; overall survival with them."""
    study = results.study
    named = [study.primary, *map(str, study.parameters.get("outcomes", ()))]
    survival = [endpoint.name for endpoint in study.endpoints if endpoint.in_file]
    return tuple(
        name for name in dict.fromkeys([*named, *survival]) if name in study.variables or f"{name}.all.n" in results
    )


def outcome_words(results: Results, name: str) -> str:
    """Return an outcome within a sentence."""
    return in_text(variable_name(results, name))


def _from_results(results: Results, names: Sequence[str]) -> dict[str, model.Line]:
    study = results.study
    if not names:
        return {}
    primary = " (primary)" if len(names) > 1 and names[0] == study.primary else ""
    words = [outcome_words(results, name) for name in names]
    listed_names = plain(listed([(f"{words[0]}{primary}",), *((each,) for each in words[1:])]))
    found = {"outcomes": line_of((f"{listed_names[:1].upper()}{listed_names[1:]}.",))}
    if study.compared:
        found["exposure"] = line_of((f"{study.group_label}.",))
        found["methods"] = line_of((_methods_sentence(study, results, listed_names, names),))
    return found


# The parameter that chooses the test of each kind of outcome.
_TESTS = {"survival": "survival_test", "binary": "categorical_test", "continuous": "continuous_test"}


def _methods_sentence(study: Study, results: Results, outcomes: str, names: Sequence[str]) -> str:
    kinds = dict.fromkeys(outcome_of(results, name).kind for name in names)
    tests = [method_name(str(study.parameters[_TESTS[kind]])) for kind in kinds]
    tests = [test if test.split(" ", 1)[0].endswith("'s") else f"the {test}" for test in tests]
    models = ["hazard ratios from Cox models"] if "survival" in kinds else []
    groups = plain(listed([(group_words(study, group),) for group in study.groups]))
    by = plain(listed([(test,) for test in [*tests, *models]]))
    # The article names other tests, and no Cox model.
    on = "On the reconstructed rows, " if study.reconstruction else ""
    what = f"{on}{in_text(outcomes)}" if on else f"{outcomes[:1].upper()}{outcomes[1:]}"
    return (
        f"{what} were compared between {groups} by {by}. "
        f"Tests were two-sided; no estimate was adjusted for confounding.{UNPRINTED if study.reconstruction else ''}"
    )


# Sentences that an abstract may have: those that say who was compared, and that compare the groups, before all others.
_SAID = ("flow", "response", "survival")
OTHERWISE = 3
EFFECTS = (".hazard_ratio", ".risk_difference", ".hodges_lehmann", ".mean_difference")


def results_within(results: Results, room: int) -> Iterator[model.Line]:
    """Return sentences of the results in their order, as many as there is room for, the most important first."""
    found: list[tuple[int, model.Line]] = []
    for name in _SAID:
        made = sentences.SENTENCES[name](results)
        for text in made.texts if isinstance(made, Paragraphs) else ():
            rank = 0 if name == "flow" else rank_of(results.study, text)
            if name == "flow" or quotes(text):
                # What qualifies an effect stands in the Results.
                found.append((rank, first_sentence(line_of(text)) if rank in {1, 2} else line_of(text)))
    kept: set[int] = set()
    full = OTHERWISE + 1
    for at, (rank, line) in sorted(enumerate(found), key=lambda entry: entry[1][0]):
        # What matters less has no place where something that matters more had none.
        if words_in(line) <= room and rank <= full:
            room -= words_in(line)
            kept.add(at)
        else:
            full = min(full, rank)
    yield from (_unmarked(line) for at, (_, line) in enumerate(found) if at in kept)


def rank_of(study: Study, text: Text) -> int:
    """Return 1 for a text that compares the groups by the primary endpoint, 2 by another outcome, else `OTHERWISE`."""
    effects = [quote.key for quote in quotes(text) if quote.key.endswith(EFFECTS)]
    return OTHERWISE - bool(effects) - any(key.startswith(f"{study.primary}.") for key in effects)


def _unmarked(line: model.Line) -> model.Line:
    """Leave out marks that a note explains."""
    return dressed(replace(words, text=words.text.translate(_MARKS)) for words in line)


def quotes(text: Text) -> tuple[Quote, ...]:
    """Return the numbers that a text quotes."""
    return tuple(run for run in text if isinstance(run, Quote))
