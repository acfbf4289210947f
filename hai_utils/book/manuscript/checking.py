"""What a manuscript lacks, and what it has too much of, by the journal's rules: records for a command and for a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.asking import ASKED, missing_keys
from hai_utils.book.manuscript.author_text import keys_of
from hai_utils.book.manuscript.citing import read_bibliography
from hai_utils.book.manuscript.composing import Manuscript, compose
from hai_utils.book.manuscript.documents import PRINT_MILLIMETRES
from hai_utils.book.manuscript.drawings import size_of
from hai_utils.book.manuscript.front import MAIN_TEXT, word_counts
from hai_utils.book.manuscript.measuring import MILLIMETRES_PER_INCH, MILLIMETRES_PER_POINT
from hai_utils.book.state import BookRun
from hai_utils.show.content import Figure
from hai_utils.study.journals import NO_LIMIT, Journal, Limit
from hai_utils.study.prose import Said, Text, TextParagraph, each_role

Kind = Literal["over", "under", "missing", "doubtful"]
FIGURES = "figures"
# What letters and pixels must have at the width of print: no profile names a rule of its own, and most journals ask for these.
LEAST_POINTS, LEAST_DOTS = 6.0, 300
WIDE = PRINT_MILLIMETRES["two"]
SUPPLEMENT_PAGES = 2
_LETTERS = re.compile(r'font-size(?:="|:\s*)([\d.]+)')
# A number that somebody typed: a decimal, a percentage, a P value. Whole numbers may be names, years, doses.
_TYPED = re.compile(r"\d+\.\d+|\d\s?%|\bP\s?[<=>]\s?0?\.?\d")
_UNFINISHED = re.compile(r"\b(?:TODO|TBD|FIXME|XXX+|FILL[_ ]?IN|lorem ipsum)\b|\?\?+|\[\s*\.\.\.\s*\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """One thing that keeps a manuscript from being submitted.

    Attributes
    ----------
    kind : Kind
        Too much, too little, not there, or in need of a look.
    where : str
        A section, a table or figure, a key of the study file, or a file with its line.
    what : str
        What was found and how to mend it, as a sentence.
    source : str
        Where the rule was read; empty for a rule of every journal.
    """

    kind: Kind
    where: str
    what: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CheckedManuscript:
    """A checked manuscript.

    Attributes
    ----------
    journal : Journal
        By whose rules.
    words : mapping of str to int
        Words of each section.
    displays, references : int
        Tables and figures of the article; entries of its list of references.
    shortcomings : tuple of Shortcoming
        What is over, under, missing or doubtful.
    unknown : tuple of str
        Limits of the journal that no source gave, so that nothing is judged by them.
    """

    journal: Journal
    words: dict[str, int]
    displays: int
    references: int
    shortcomings: tuple[Shortcoming, ...]
    unknown: tuple[str, ...]

    @property
    def text_words(self) -> int:
        """Words from the introduction to the conclusions."""
        return sum(self.words.get(name, 0) for name in MAIN_TEXT)


def check_manuscript(run: BookRun, journal: str = "") -> CheckedManuscript:
    """Check the manuscript of a finished run.

    Parameters
    ----------
    run : BookRun
        The run.
    journal : str
        By whose profile; empty: the one that the study file names.

    Raises
    ------
    StudyError
        Where the manuscript cannot be composed.
    """
    if journal:
        texts = replace(run.texts, file=run.texts.file.model_copy(update={"journal": journal}))
        run = replace(run, texts=texts)
    made = compose(run)
    words = word_counts(made.sections)
    references = sum(isinstance(block, model.ReferenceEntry) for block in made.article.body)
    checked = CheckedManuscript(made.journal, words, len(made.article.exhibits), references, (), _unknown(made.journal))
    found = (
        *_lengths(checked, run), *_abstract(made), *_missing(run, made.journal), *_authors(run),
        *_texts(run), *_references(run, made), *_figures(run, made), *_supplement(run),
    )  # fmt: skip
    return replace(checked, shortcomings=found)


LIMITS = {
    "text_words": "words of the text", "abstract_words": "words of the abstract", "displays": "tables and figures",
    "references": "references", "keywords": "keywords", "title_words": "words of the title",
    "running_title_letters": "letters of the running title",
}  # fmt: skip


def _unknown(journal: Journal) -> tuple[str, ...]:
    found = [words for name, words in LIMITS.items() if getattr(journal, name) is None]
    found += ["headings of the abstract"] if journal.abstract_source == "unknown" else []
    # No profile has them: no source gave them.
    return (*found, "formats, widths and letters of figures")


def _lengths(checked: CheckedManuscript, run: BookRun) -> Iterator[Shortcoming]:
    file, journal = run.texts.file, checked.journal
    counts = {
        "text_words": ("Text", checked.text_words),
        "abstract_words": ("Abstract", checked.words.get("Abstract", 0)),
        "displays": ("Tables and figures", checked.displays),
        "references": ("References", checked.references),
        "keywords": ("keywords", len(file.keywords)),
        "title_words": ("title", len(file.title.split())),
        "running_title_letters": ("running_title", len(file.running_title)),
    }
    for name, (where, count) in counts.items():
        limit: Limit | None = getattr(journal, name)
        if limit is not None:
            yield from _against(limit, count, where, LIMITS[name], journal)


def _against(limit: Limit, count: int, where: str, words: str, journal: Journal) -> Iterator[Shortcoming]:
    source = journal.sources.get(limit.source, limit.source)
    if count > limit.most:
        yield Shortcoming("over", where, f"{count:,} {words}; {journal.name} takes at most {limit.most:,}.", source)
    elif count < limit.least:
        yield Shortcoming(
            "under", where, f"{count:,} {words}; {journal.name} asks for at least {limit.least:,}.", source
        )
    assert limit.most <= NO_LIMIT


def _abstract(made: Manuscript) -> Iterator[Shortcoming]:
    has = {
        model.plain(block.text[:1]).rstrip(": ")
        for block in made.sections.get("Abstract", ())
        if isinstance(block, model.Paragraph)
    }
    for section in made.journal.abstract:
        if section.heading not in has:
            parts = " or ".join(f"abstract: {part}" for part in section.parts)
            yield Shortcoming(
                "missing", "Abstract", f"Nothing stands under '{section.heading}'. Give {parts} in the study file."
            )


def _missing(run: BookRun, journal: Journal) -> Iterator[Shortcoming]:
    sources = {
        statement.key: journal.sources.get(statement.source, statement.source) for statement in journal.statements
    }
    sources |= {"highlights": journal.highlights, "key_points": journal.key_points}
    for key in missing_keys(run.texts, journal):
        yield Shortcoming(
            "missing", key, f"Not given: {ASKED[key]}.", journal.sources.get(sources.get(key, ""), sources.get(key, ""))
        )


def _authors(run: BookRun) -> Iterator[Shortcoming]:
    for author in run.texts.file.authors:
        if not author.affiliations:
            yield Shortcoming("missing", "authors", f"{author.name} has no affiliation.")


def _texts(run: BookRun) -> Iterator[Shortcoming]:
    """Look at what the author wrote: empty files, numbers typed by hand, words that stand for others."""
    texts = run.texts
    for section, name in texts.file.sections.items():
        if section not in texts.texts:
            yield Shortcoming("missing", name, f"The file of the section '{section}' says nothing.")
    for text in texts.texts.values():
        for paragraph in text.blocks:
            if isinstance(paragraph, TextParagraph):
                yield from _paragraph(text, paragraph)


def _paragraph(text: Text, paragraph: TextParagraph) -> Iterator[Shortcoming]:
    said = " ".join(run.text for run in paragraph.runs if isinstance(run, Said))
    where = f"{text.name}, line {paragraph.line}"
    if typed := _TYPED.findall(said):
        numbers = ", ".join(dict.fromkeys(typed))
        yield Shortcoming(
            "doubtful",
            where,
            f"Typed by hand: {numbers}. A number of the results is quoted, {{val}}`KEY`, so that it changes with them; one that is cited from elsewhere may stay as {{given}}`NUMBER`.",
        )
    if _UNFINISHED.search(said):
        yield Shortcoming("doubtful", where, "Words stand here that look unfinished.")


def _references(run: BookRun, made: Manuscript) -> Iterator[Shortcoming]:
    own = read_bibliography(run.texts.bibliography, run.texts.file.bibliography)
    cited = {
        key
        for text in run.texts.texts.values()
        for role in each_role(text.blocks)
        if role.name == "cite"
        for key in keys_of(role.text)
    }
    cited |= set(run.texts.file.source.cite) if run.texts.file.source else set()
    for key in own:
        if key not in cited:
            yield Shortcoming(
                "doubtful", run.texts.file.bibliography, f"'{key}' is in the bibliography and cited nowhere."
            )


def _figures(run: BookRun, made: Manuscript) -> Iterator[Shortcoming]:
    width = PRINT_MILLIMETRES[str(run.results.study.parameters.get("figure_columns", "two"))]
    for figure in made.article.figures:
        if not figure.alt:
            yield Shortcoming(
                "missing", figure.number, "It says nothing to those who cannot see it: no alternative text."
            )
        shown = run.exhibits[figure.name]
        drawing = shown.narrow if isinstance(shown, Figure) and width < WIDE and shown.narrow else figure.svg
        letters = min(map(float, _LETTERS.findall(drawing)), default=LEAST_POINTS)
        points = letters * width / size_of(drawing)[0] / MILLIMETRES_PER_POINT
        if points < LEAST_POINTS - 0.05:
            yield Shortcoming(
                "under",
                figure.number,
                f"Its smallest letters have {points:.1f} points at {width:g} mm; at least {LEAST_POINTS:g} can be read.",
            )
        yield from _files(run, figure, width)


def _files(run: BookRun, figure: model.PrintedFigure, width: float) -> Iterator[Shortcoming]:
    """Look at a figure's files for print: whether there are any, and how many pixels an inch they have."""
    from PIL import Image, UnidentifiedImageError

    found = sorted((run.folder / FIGURES).glob(f"{figure.name}_*.tiff"))
    if not found:
        yield Shortcoming(
            "missing", figure.number, "It has no file for print: hai build --formats html,docx,pdf,print makes it."
        )
        return
    dots: list[float] = []
    for path in found:
        try:
            with Image.open(path) as image:
                dots.append(image.size[0] / (width / MILLIMETRES_PER_INCH))
        except (OSError, UnidentifiedImageError):
            yield Shortcoming("missing", figure.number, f"{path.name} is no picture that can be opened.")
    if dots and min(dots) < LEAST_DOTS - 1:
        yield Shortcoming(
            "under",
            figure.number,
            f"A file for print has {min(dots):.0f} dots an inch at {width:g} mm; journals ask for {LEAST_DOTS}.",
        )


def _supplement(run: BookRun) -> Iterator[Shortcoming]:
    path = run.folder / "manuscript_supplement.pdf"
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", path.read_bytes())) if path.is_file() else 0
    if pages > SUPPLEMENT_PAGES:
        yield Shortcoming(
            "over",
            "Supplement",
            f"{pages} pages; a reviewer is given {SUPPLEMENT_PAGES}. Choose its tables by displays: supplement in the study file.",
        )
