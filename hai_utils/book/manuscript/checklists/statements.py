"""Key points as JAMA prints them, and a data sharing statement by the questions of the ICMJE.

Taichman DB, Sahni P, Pinborg A, et al. Ann Intern Med 2017;167:63-65 (data sharing statements). What only the author can
say is asked for, never made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.abstract import OTHERWISE, outcome_words, outcomes_of, rank_of
from hai_utils.book.manuscript.author_text import Reader, first_sentence, joined, words_in
from hai_utils.book.manuscript.composing import Manuscript
from hai_utils.book.manuscript.converting import line_of
from hai_utils.book.state import BookRun
from hai_utils.show import sentences
from hai_utils.show.content import Paragraphs, Text
from hai_utils.show.tables.unprinted import SIGNS, meanings
from hai_utils.show.wording import in_text, people, size_words

STRONG = frozenset[model.Mark]({"strong"})
ASKED = frozenset[model.Mark]({"emphasis"})
# What JAMA's journals allow for the three together.
MOST_WORDS = 100


def _table(name: str, columns: Sequence[str], rows: Sequence[tuple[str, model.Line]], note: str) -> model.PrintedTable:
    printed = tuple(model.PrintedRow(((model.Words(head, STRONG),), line)) for head, line in rows)
    notes = ((model.Words(note),),) if note else ()
    return model.PrintedTable(name, "", (), notes, False, tuple((model.Words(text),) for text in columns), printed)


def _asked(text: str) -> model.Line:
    return (model.Words(f"For the author: {text}", ASKED),)


def key_points(run: BookRun, manuscript: Manuscript) -> list[model.Block]:
    """Return question, findings and meaning: in the author's words where they are given, else from results and conclusions."""
    own = {
        name.removeprefix("key_points."): _own(run, name) for name in run.texts.texts if name.startswith("key_points.")
    }
    conclusions = [
        block.text for block in manuscript.sections.get("Conclusions", ()) if isinstance(block, model.Paragraph)
    ]
    rows = {
        "question": own.get("question") or _question(run),
        "findings": own.get("findings") or _findings(run),
        "meaning": own.get("meaning")
        or (first_sentence(joined(conclusions)) if conclusions else _asked("what the findings mean, in a sentence.")),
    }
    words = sum(map(words_in, rows.values()))
    note = f"{words} words; journals of the JAMA Network allow {MOST_WORDS}."
    table = _table(
        "table-key-points", ("Part", "Text"), [(name.capitalize(), line) for name, line in rows.items()], note
    )
    marks = [one for one, sign in SIGNS.items() if any(sign in model.plain(line) for line in rows.values())]
    return [replace(table, notes=(*table.notes, *map(line_of, meanings(marks))))]


def _own(run: BookRun, name: str) -> model.Line:
    text = run.texts.texts[name]
    blocks = Reader(run, (), {}).blocks(text.blocks, text.name, own=False)
    return joined([block.text for block in blocks if isinstance(block, model.Paragraph)])


def _question(run: BookRun) -> model.Line:
    study, names = run.results.study, outcomes_of(run.results)
    if not study.compared or not names:
        return _asked("the question that the study answers.")
    outcome = outcome_words(run.results, names[0])
    where = f"this cohort of {size_words(study)} {people(study)}"
    if study.reconstruction:
        where = f"the published study of {size_words(study)} patients, as reconstructed"
    return line_of((f"Is {in_text(study.group_label)} associated with {outcome} in {where}?",))


def _findings(run: BookRun) -> model.Line:
    """Return the sentence of the results that compares the groups by the primary endpoint, else the first that compares them."""
    study = run.results.study
    made = [sentences.SENTENCES[name](run.results) for name in ("response", "survival")]
    texts = [text for content in made if isinstance(content, Paragraphs) for text in content.texts]
    text = min(texts, key=lambda text: rank_of(study, text), default=())
    if not text or rank_of(study, text) == OTHERWISE:
        return _asked("the findings, with numbers.")
    kind = "reconstruction" if study.reconstruction else "observational cohort study"
    lead = f"In this {kind} of {size_words(study)} {people(study)}, "
    return first_sentence(line_of((lead, *_within(text))))


def _within(text: Text) -> Text:
    first, *others = text
    return (in_text(first), *others) if isinstance(first, str) else text


QUESTIONS = (
    "Will individual participant data be available?",
    "What data in particular will be shared?",
    "What other documents will be available?",
    "When will data be available?",
    "With whom will data be shared, for what analyses, and by what mechanism?",
)


def data_sharing(run: BookRun) -> list[model.Block]:
    """Return the ICMJE's questions with what the study file answers; the others are the author's."""
    file = run.texts.file
    given = _own(run, "data_sharing") if "data_sharing" in run.texts.texts else ()
    code = _own(run, "code_sharing") if "code_sharing" in run.texts.texts else ()
    source = file.source
    answers: dict[str, model.Line] = {}
    if source is not None:
        terms = f", under {source.license}" if source.license else ""
        where = f" (https://doi.org/{source.doi})" if source.doi else ""
        answers = {
            QUESTIONS[0]: (model.Words("They are public."),),
            QUESTIONS[1]: (model.Words(f"The collection {source.name}{where}."),),
            QUESTIONS[3]: (model.Words("They are available already."),),
            QUESTIONS[4]: (
                model.Words(f"With anyone{terms}." if terms else "With anyone, under the terms of the collection."),
            ),
        }
    if code:
        answers[QUESTIONS[2]] = code
    rows = [(question, answers.get(question) or _asked("answer it.")) for question in QUESTIONS]
    if given:
        rows.append(("Statement of the manuscript", given))
    return [_table("table-data-sharing", ("Question", "Answer"), rows, "")]
