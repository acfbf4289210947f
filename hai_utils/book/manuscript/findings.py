"""The Results as prose, made from the numbers, and what the supplement says of them; each paragraph names its exhibits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.author_text import joined, words_in
from hai_utils.book.manuscript.cell_outputs import chapter_blocks
from hai_utils.book.manuscript.converting import line_of
from hai_utils.book.manuscript.displays import Displays, naming
from hai_utils.book.state import BookRun
from hai_utils.project import default_entries
from hai_utils.results.table import Results
from hai_utils.show import sentences
from hai_utils.show.content import Paragraphs, Quote, Text, plain
from hai_utils.show.tables import methods
from hai_utils.show.tables.unprinted import MARKS

# Sections of the Results: heading, the sentences that make it, the chapter that must belong to the study.
SECTIONS = (
    ("Patients", ("flow", "baseline", "history"), "01_cohort_description"),
    ("Complications", ("complications",), "02_complications"),
    ("Tumor response", ("response",), "03_tumor_response"),
    ("Survival", ("survival",), "04_survival"),
)
# Exhibits that sentences made under these names speak of; a curve belongs to the paragraph that quotes its endpoint.
NAMED_BY = {
    "flow": ("figure-flow",),
    "baseline": ("table-baseline", "table-characteristics"),
    "complications": ("table-complications",),
    "response": ("figure-waterfall", "figure-spider", "table-response"),
}
# Whose the numbers of a reconstruction are, after the first sentence of its results.
OF_ROWS = "All numbers are of rows; what has no mark is printed in the article, or its number is given beside it."
# Shorter paragraphs are joined with the next.
SHORTEST = 45


def results_of(run: BookRun, displays: Displays) -> Iterator[model.Block]:
    """Return the Results: paragraphs that quote numbers, each with the tables and figures that show them."""
    known: set[str] = set()
    rest = [OF_ROWS] if run.results.study.published else []
    for heading, makers, chapter in SECTIONS:
        if chapter not in run.chapters():
            continue
        lines = [line for name in makers for line in _paragraphs(run.results, name, displays)]
        while rest and lines:
            lines[0] = joined([lines[0], (model.Words(rest.pop()),)])
        paragraphs = [line for line in lines if not model.plain(line).startswith(MARKS)]
        if paragraphs:
            yield model.Heading(2, (model.Words(heading),))
            yield from (model.Paragraph(line) for line in _together(paragraphs))
        # What a mark means stands once, in the section that uses it first.
        notes = {model.plain(line): line for line in lines if line not in paragraphs}
        yield from (model.Paragraph(line) for words, line in notes.items() if words not in known)
        known.update(notes)


def behind_the_article(displays: Displays) -> Iterator[model.Block]:
    """Name the exhibits of the supplement."""
    if displays.supplement:
        yield model.Paragraph(_sentence("Further estimates are given in the supplement", list(displays.supplement)))


def together(blocks: Sequence[model.Block]) -> Iterator[model.Block]:
    """Join short paragraphs that follow one another; what else there is stays where it is."""
    for kind, group in groupby(blocks, key=lambda block: isinstance(block, model.Paragraph) and not block.passage):
        if kind:
            yield from (
                model.Paragraph(line)
                for line in _together([block.text for block in group if isinstance(block, model.Paragraph)])
            )
        else:
            yield from group


def _paragraphs(results: Results, name: str, displays: Displays) -> Iterator[model.Line]:
    made = sentences.SENTENCES[name](results)
    texts = made.texts if isinstance(made, Paragraphs) else ()
    notes = [text for text in texts if plain(text).startswith(MARKS)]
    said = [text for text in texts if text not in notes and (_quotes(text) or name == "flow")]
    yield from map(line_of, notes)
    for place, text in enumerate(said):
        last = place == len(said) - 1
        shown = [exhibit for exhibit in NAMED_BY.get(name, ()) if exhibit in displays.main and last]
        shown += [exhibit for exhibit in _curves(text, results) if exhibit in displays.main]
        yield _with_names(line_of(text), shown)


def _quotes(text: Text) -> list[Quote]:
    return [run for run in text if isinstance(run, Quote)]


def _curves(text: Text, results: Results) -> list[str]:
    """Return the figures of the endpoints whose median a text quotes."""
    quoted = {quote.key.split(".")[0] for quote in _quotes(text) if quote.key.endswith((".median", ".hazard_ratio"))}
    return [endpoint.figure for endpoint in results.study.endpoints if endpoint.name in quoted]


def _with_names(line: model.Line, names: Sequence[str]) -> model.Line:
    """Name exhibits in brackets at the end of a line's last sentence."""
    if not names or not line:
        return line
    last = line[-1]
    ends = last.text.endswith(".")
    bracket = [model.Words(" ("), *_listed(names), model.Words(")" + ("." if ends else ""))]
    return (*line[:-1], replace(last, text=last.text.removesuffix(".")), *bracket)


def _listed(names: Sequence[str]) -> Iterator[model.Words]:
    for place, name in enumerate(names):
        if place:
            yield model.Words(" and " if place == len(names) - 1 else ", ")
        yield naming(name)


def _sentence(words: str, names: Sequence[str]) -> model.Line:
    return (model.Words(f"{words} ("), *_listed(names), model.Words(")."))


def _together(lines: Sequence[model.Line]) -> list[model.Line]:
    """Join short paragraphs with what follows them."""
    found: list[model.Line] = []
    waiting: list[model.Line] = []
    for line in lines:
        waiting.append(line)
        if sum(map(words_in, waiting)) >= SHORTEST:
            found.append(joined(waiting))
            waiting = []
    if waiting:
        # What is left at the end goes with the paragraph before it.
        found.append(joined([*([found.pop()] if found else []), *waiting]))
    return found


def supplementary_text(run: BookRun) -> tuple[model.Block, ...]:
    """Return what a reviewer needs beside the tables: how far P depends on the test, and what made the numbers."""
    found: list[model.Block] = []
    if "05_methods_compared" in run.chapters() and run.results.study.compared:
        made = methods.summary(run.results)
        # Of several groups the tests over all of them; each comparison stands in the book.
        all_groups = ".overall." if len(run.results.study.compared) > 1 else ""
        said = made.texts[1:] if isinstance(made, Paragraphs) else ()
        texts = [text for text in said if any(all_groups in quote.key for quote in _quotes(text))]
        if texts:
            found.append(model.Heading(1, (model.Words("Sensitivity to the choice of test"),), "sensitivity"))
            found.append(model.Paragraph(joined([line_of(text) for text in texts])))
    versions = run.provenance["versions"]
    named = ", ".join(f"{name} {versions[name]}" for name in ("numpy", "scipy", "pandas") if name in versions)
    found.append(model.Heading(1, (model.Words("Software"),), "software"))
    words = f"All numbers were computed by hai-utils {versions['hai-utils']} (Python {versions['python']}; {named})."
    found.append(model.Paragraph((model.Words(words),)))
    ours = default_entries()["notebooks"]
    for chapter in run.chapters():
        if not (ours / f"{chapter}.ipynb").is_file():
            found += chapter_blocks(run.executed(chapter), chapter)
    return tuple(found)
