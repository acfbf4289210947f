"""From a finished run and its study file to the article and its supplement.

The author's own texts stand where they belong; methods and results are made from the run. What nobody gave is left out, and
asked for in a list at the end: no sentence is made up to fill a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.abstract import abstract_of
from hai_utils.book.manuscript.asking import asked_of_author
from hai_utils.book.manuscript.author_text import DIRECTIVES, Reader, keys_of
from hai_utils.book.manuscript.citing import Cited, cite, placed, read_bibliography
from hai_utils.book.manuscript.displays import Displays, choose, lines_of, on_lines
from hai_utils.book.manuscript.findings import behind_the_article, results_of, supplementary_text, together
from hai_utils.book.manuscript.front import declarations, key_points, title_page
from hai_utils.book.state import BookRun
from hai_utils.errors import StudyError
from hai_utils.show.wording import notice
from hai_utils.study.journals import Journal, read_journal
from hai_utils.study.prose import Text, read_text, under

PAGES, BIBLIOGRAPHY = "book", "references.bib"
METHODS = "methods.md"
# Sections of the book's page on methods that the article has, and what they are called there.
METHOD_SECTIONS = (("Definitions", "Outcomes and definitions"), ("Statistical analysis", "Statistical analysis"))
# Sections of that page on a reconstruction: how its rows were made, and which methods give the printed numbers.
MADE, REVEALED = ("Data", "Reconstruction"), ("Choice of methods", "Methods that give the printed numbers")
# Where the book's pages have the sections of the published study.
PUBLISHED = {
    "background": (("introduction.md", "Background"),),
    "aim": (("introduction.md", "Question"),),
    "setting": ((METHODS, "Study design"),),
    "discussion": (("discussion.md", "Findings"), ("discussion.md", "Relation to other studies")),
    "limitations": (("discussion.md", "Limitations"),),
    "conclusions": (("discussion.md", "Conclusions"),),
    "abstract.background": (("abstract.md", "Background"),),
    # Its question stands with the background.
    "abstract.aim": (),
    "abstract.conclusions": (("abstract.md", "Conclusions"),),
}
CITE = "{cite}"


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An article with what belongs to it.

    Attributes
    ----------
    article, supplement : Article
        The two documents.
    journal : Journal
        Whose rules were followed.
    sections : mapping of str to tuple of Block
        The running text of the article by its headings, for those who count its words.
    asked : tuple of str
        What only the author can add.
    """

    article: model.Article
    supplement: model.Article
    journal: Journal
    sections: Mapping[str, tuple[model.Block, ...]]
    asked: tuple[str, ...]


def compose(run: BookRun) -> Manuscript:
    """Compose the manuscript of a run.

    Parameters
    ----------
    run : BookRun
        Its numbers, its tables and figures, its study file.

    Raises
    ------
    StudyError
        Naming file and line of every number, reference, table or figure that a text names and the run does not have.
    """
    journal = read_journal(run.texts.file.journal)
    displays = choose(run)
    reader = Reader(run, displays.all, _records(run))
    sections = _sections(reader, journal, displays)
    further = supplementary_text(run)
    if reader.problems:
        raise StudyError(list(dict.fromkeys(reader.problems)))
    running = [block for blocks in sections.values() for block in blocks]
    displays.number([*running, *further])
    cited = cite([keys_of(keys) for keys in _citations(running)], reader.records, journal.csl_file)
    rest = iter(cited.clusters)
    printed = {
        name: tuple(on_lines(displays.filled(block), partial(_cited, rest=rest, cited=cited)) for block in blocks)
        for name, blocks in sections.items()
    }
    # Nobody hands in the reconstruction.
    asked = () if run.results.study.published else asked_of_author(run.texts, journal)
    article = _article(run, journal, displays, printed, cited, asked)
    return Manuscript(article, _supplement(run, displays, further), journal, printed, asked)


def _records(run: BookRun) -> dict[str, Mapping[str, Any]]:
    """Return the references of the book's pages and the author's own, which win."""
    path = run.root / PAGES / BIBLIOGRAPHY
    pages = read_bibliography(path.read_text(encoding="utf-8"), path.name) if path.is_file() else {}
    return {**pages, **read_bibliography(run.texts.bibliography, run.texts.file.bibliography)}


def _sections(reader: Reader, journal: Journal, displays: Displays) -> dict[str, tuple[model.Block, ...]]:
    """Return the running text, by heading; a section of which nothing is known is left out."""
    published = reader.run.results.study.published
    own = {
        name: reader.blocks(text.blocks, text.name, own=name in reader.run.texts.file.sections)
        for name, text in reader.run.texts.texts.items()
    }
    if published:
        own = {**_from_pages(reader), **own}
    results = [*results_of(reader.run, displays)]
    named = {word.target[1:] for block in results for line in lines_of(block) for word in line if word.target}
    results += [displays.sentence(name) for name in displays.main if name not in named]
    results += behind_the_article(displays)
    results += _methods(reader, [REVEALED] if published else [])
    found: dict[str, Sequence[model.Block]] = {
        "Abstract": abstract_of(reader, journal, own),
        "Key Points": key_points(own, journal),
        "Highlights": own.get("highlights", ()),
        "Introduction": [*own.get("background", ()), *own.get("aim", ())],
        "Methods": [
            *_design(reader, own),
            *_methods(reader, [MADE, *METHOD_SECTIONS] if published else METHOD_SECTIONS),
        ],
        "Results": results,
        "Discussion": [*own.get("discussion", ()), *own.get("limitations", ())],
        "Conclusions": own.get("conclusions", ()),
        "Declarations": declarations(reader, own),
    }
    return {name: tuple(blocks) for name, blocks in found.items() if blocks}


def _from_pages(reader: Reader) -> dict[str, tuple[model.Block, ...]]:
    """Return the sections of the published study, which the book's pages are about."""
    found: dict[str, tuple[model.Block, ...]] = {}
    for name, places in PUBLISHED.items():
        found[name] = ()
        for page, heading in places:
            text = under(_page(reader.run, page), heading)
            # Who was counted stands in the Results.
            text = tuple(block for block in text if name != "setting" or getattr(block, "name", "") != "sentences")
            found[name] = (*found[name], *reader.blocks(text, page, own=False))
    return found


def _page(run: BookRun, name: str) -> Text:
    path = run.root / PAGES / name
    content = path.read_text(encoding="utf-8") if path.is_file() else ""
    return read_text(content, name, directives=DIRECTIVES)


def _design(reader: Reader, own: Mapping[str, Sequence[model.Block]]) -> Iterator[model.Block]:
    """Return who was studied, where and when, from where the data come, and by whose leave: all as the author says."""
    parts = [*own.get("setting", ()), *own.get("dates", ()), *_source(reader, own), *own.get("ethics", ())]
    if parts:
        yield model.Heading(2, (model.Words("Study design and patients"),))
        yield from together(parts)


def _source(reader: Reader, own: Mapping[str, Sequence[model.Block]]) -> Iterator[model.Block]:
    source = reader.run.texts.file.source
    if source is None:
        return
    keys = ",".join(source.cite)
    text = f"The data are those of the collection {source.name}" + (f" ({source.license})." if source.license else ".")
    text = f"{text[:-1]}{{cite}}`{keys}`." if keys else text
    read = reader.blocks(read_text(text, reader.run.texts.name).blocks, reader.run.texts.name, own=False)
    yield from (*read, *own.get("source.changes", ()))


def _methods(reader: Reader, sections: Sequence[tuple[str, str]]) -> Iterator[model.Block]:
    """Return sections of the book's page on methods, each under what it is called in the article."""
    page = _page(reader.run, METHODS)
    for heading, called in sections:
        blocks = reader.blocks(under(page, heading), page.name, own=False)
        if blocks:
            yield model.Heading(2, (model.Words(called),))
            yield from together(blocks)


def _citations(blocks: Sequence[model.Block]) -> Iterator[str]:
    """Return the keys of each citation of the text, in its order."""
    for block in blocks:
        for line in lines_of(block):
            for word in line:
                if word.source.startswith(CITE):
                    yield word.source.removeprefix(f"{CITE}`").removesuffix("`")


def _cited(line: model.Line, rest: Iterator[model.Line], cited: Cited) -> model.Line:
    """Return a line with its citations as the journal prints them."""
    if not any(word.source.startswith(CITE) for word in line):
        return line
    found: list[model.Words] = []
    for word in line:
        if word.source.startswith(CITE):
            target = f"#ref-{keys_of(word.source.removeprefix(f'{CITE}`').removesuffix('`'))[0]}"
            found += [replace(part, source=word.source, target=target) for part in next(rest)]
        else:
            found.append(word)
    return placed(tuple(found), cited.raised)


def _article(
    run: BookRun, journal: Journal, displays: Displays,
    sections: Mapping[str, tuple[model.Block, ...]], cited: Cited, asked: Sequence[str],
) -> model.Article:  # fmt: skip
    file = run.texts.file
    at_end = file.displays.place == "end"
    shown = {name: displays.printed(name) for name in displays.main}
    body: list[model.Block] = [*title_page(run.texts, sections, displays, len(cited.entries)), model.PageBreak()]
    for name, blocks in sections.items():
        body.append(model.Heading(1, (model.Words(name),), name.lower().replace(" ", "-")))
        body += blocks if at_end or name in {"Abstract", "Declarations"} else _with_displays(blocks, shown)
        if name == "Abstract" and file.keywords:
            body.append(
                model.Paragraph(
                    (model.Words("Keywords: ", frozenset({"strong"})), model.Words("; ".join(file.keywords)))
                )
            )
        if name in {"Abstract", "Highlights", "Key Points"} and _next(sections, name) == "Introduction":
            body.append(model.PageBreak())
    if cited.entries:
        body += [model.Heading(1, (model.Words("References"),), "references"), *cited.entries]
    if shown:
        body += _at_the_end(shown)
    if asked:
        body += _for_the_author(asked)
    names = ", ".join(author.name for author in file.authors)
    return model.Article(
        run.title, file.subtitle, names, notice(run.results.study), tuple(body),
        running_title=file.running_title, keywords=tuple(file.keywords), dates=file.dates, line_numbers=file.line_numbers,
        contents=file.contents,
    )  # fmt: skip


def _next(sections: Mapping[str, Any], name: str) -> str:
    names = list(sections)
    at = names.index(name) + 1
    return names[at] if at < len(names) else ""


def _with_displays(
    blocks: Sequence[model.Block], shown: dict[str, model.PrintedTable | model.PrintedFigure]
) -> Iterator[model.Block]:
    """Return blocks with each table and figure after the first that names it; what was shown is taken out."""
    for block in blocks:
        yield block
        for line in lines_of(block):
            for word in line:
                if word.target[1:] in shown:
                    yield shown.pop(word.target[1:])


def _at_the_end(shown: Mapping[str, model.PrintedTable | model.PrintedFigure]) -> Iterator[model.Block]:
    yield model.PageBreak()
    yield model.Heading(1, (model.Words("Tables and figures"),), "tables-and-figures")
    order = sorted(
        shown.values(), key=lambda exhibit: (isinstance(exhibit, model.PrintedFigure), int(exhibit.number.split()[1]))
    )
    yield from order


def _for_the_author(asked: Sequence[str]) -> Iterator[model.Block]:
    yield model.PageBreak()
    yield model.Heading(1, (model.Words("For the author"),), "for-the-author")
    words = "This page is no part of the manuscript. It names what a journal asks for and study.yml does not give yet."
    yield model.Paragraph((model.Words(words),), "absent")
    yield model.Listing(tuple((model.Words(text),) for text in asked))


def _supplement(run: BookRun, displays: Displays, further: Sequence[model.Block]) -> model.Article:
    body: list[model.Block] = [displays.filled(block) for block in further]
    body += [displays.printed(name) for name in displays.supplement]
    file = run.texts.file
    return model.Article(
        "Supplementary material", run.title, ", ".join(author.name for author in file.authors), notice(run.results.study), tuple(body),
        running_title=f"Supplement: {file.running_title or run.title}", name="manuscript_supplement",
    )  # fmt: skip
