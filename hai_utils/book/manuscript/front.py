"""The title page, key points and declarations of a manuscript, from the study file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.author_text import Reader, words_in
from hai_utils.book.manuscript.displays import Displays, lines_of
from hai_utils.show.content import listed, plain
from hai_utils.study.journals import Journal
from hai_utils.study.reading import StudyTexts
from hai_utils.study.schema import Author, DataSource, StudyFile

STRONG, RAISED = frozenset[model.Mark]({"strong"}), frozenset[model.Mark]({"superscript"})
# Declarations in their order: the key of the study file, and what it is called.
DECLARATIONS = (
    ("funding", "Funding"),
    ("interests", "Conflicts of interest"),
    ("data_sharing", "Data availability"),
    ("code_sharing", "Code availability"),
    ("registration", "Registration"),
    ("ai_use", "Use of artificial intelligence"),
    ("acknowledgments", "Acknowledgments"),
)

MAIN_TEXT = ("Introduction", "Methods", "Results", "Discussion", "Conclusions")
"""What a journal's limit of words counts."""


def title_page(
    texts: StudyTexts, sections: Mapping[str, Sequence[model.Block]], displays: Displays, references: int
) -> Iterator[model.Block]:
    """Return the lines under the title: authors, affiliations, whom to write to, and how long the manuscript is."""
    file = texts.file
    places = list(dict.fromkeys(place for author in file.authors for place in author.affiliations))
    if file.authors:
        yield _front(_byline(file.authors, places))
    for number, place in enumerate(places, start=1):
        yield _front((model.Words(str(number), RAISED), model.Words(f" {place}")))
    if (author := file.corresponding) is not None:
        parts = [author.name, author.address, author.email]
        yield _named("Corresponding author: ", ", ".join(part for part in parts if part))
    with_orcid = [f"{author.name}, {author.orcid}" for author in file.authors if author.orcid]
    if with_orcid:
        yield _named("ORCID: ", "; ".join(with_orcid))
    if file.running_title:
        yield _named("Running title: ", file.running_title)
    yield _named("Length: ", _length(sections, displays, references))


def _front(line: model.Line) -> model.Paragraph:
    return model.Paragraph(line, "front")


def _named(name: str, words: str) -> model.Paragraph:
    return _front((model.Words(name, STRONG), model.Words(words)))


def _byline(authors: Sequence[Author], places: Sequence[str]) -> model.Line:
    found: list[model.Words] = []
    for at, author in enumerate(authors):
        name = f"{author.name}, {author.degrees}" if author.degrees else author.name
        found.append(model.Words(f"{'; ' if at else ''}{name}"))
        numbers = ",".join(str(places.index(place) + 1) for place in author.affiliations)
        if numbers and len(places) > 1:
            found.append(model.Words(numbers, RAISED))
    return tuple(found)


def word_counts(sections: Mapping[str, Sequence[model.Block]]) -> dict[str, int]:
    """Count the words of each section of the running text, headings left out."""
    return {
        name: sum(
            words_in(line) for block in blocks if not isinstance(block, model.Heading) for line in lines_of(block)
        )
        for name, blocks in sections.items()
    }


def _length(sections: Mapping[str, Sequence[model.Block]], displays: Displays, references: int) -> str:
    """Return the counts that journals ask for on the title page."""
    counts = word_counts(sections)
    text = sum(counts.get(name, 0) for name in MAIN_TEXT)
    kinds = [number.split()[0] for name, number in displays.numbers.items() if name in displays.main]
    tables, figures = kinds.count("Table"), kinds.count("Figure")
    parts = [f"abstract, {counts.get('Abstract', 0)} words", f"text, {text:,} words"]
    parts += [
        f"{count} {word}{'s' if count != 1 else ''}"
        for count, word in ((tables, "table"), (figures, "figure"), (references, "reference"))
    ]
    return "; ".join(parts)


def key_points(own: Mapping[str, Sequence[model.Block]], journal: Journal) -> list[model.Block]:
    """Return question, findings and meaning, where the journal prints them and the author gave them."""
    if not journal.key_points:
        return []
    found: list[model.Block] = []
    for name in ("question", "findings", "meaning"):
        for block in own.get(f"key_points.{name}", ()):
            if isinstance(block, model.Paragraph):
                found.append(model.Paragraph((model.Words(f"{name.capitalize()}: ", STRONG), *block.text)))
    return found


def declarations(reader: Reader, own: Mapping[str, Sequence[model.Block]]) -> list[model.Block]:
    """Return the declarations that the author gave, each after its name."""
    file = reader.run.texts.file
    found: list[model.Block] = []
    if line := _contributions(file):
        found.append(model.Paragraph((model.Words("Author contributions: ", STRONG), *line)))
    for key, name in DECLARATIONS:
        blocks = [block for block in own.get(key, ()) if isinstance(block, model.Paragraph)]
        for at, block in enumerate(blocks):
            found.append(model.Paragraph((model.Words(f"{name}: ", STRONG), *block.text) if at == 0 else block.text))
        if key == "data_sharing" and file.source is not None:
            heading = () if blocks else (model.Words("Data availability: ", STRONG),)
            found.append(model.Paragraph((*heading, *_source_line(file.source))))
    return found


def _source_line(source: DataSource) -> model.Line:
    """Return where public data can be had, and under which license."""
    line = [model.Words(f"Source of the data: {source.name}")]
    if source.doi:
        line += [
            model.Words(", "),
            model.Words(
                f"https://doi.org/{source.doi}", frozenset({"unbroken"}), target=f"https://doi.org/{source.doi}"
            ),
        ]
    if source.license:
        line += [model.Words(", license "), model.Words(source.license, target=source.license_url)]
    return (*line, model.Words("."))


def _contributions(file: StudyFile) -> model.Line:
    """Return who did what, by the roles of CRediT in the order of their list."""
    by_role: dict[str, list[str]] = {}
    for author in file.authors:
        for role in author.roles:
            by_role.setdefault(role, []).append(author.initials)
    said = {role: plain(listed([(name,) for name in names])) for role, names in by_role.items()}
    text = "; ".join(f"{role}, {names}" for role, names in sorted(said.items()))
    return (model.Words(text if text.endswith(".") else f"{text}."),) if text else ()
