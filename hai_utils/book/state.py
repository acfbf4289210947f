"""The finished run that a book is made from, and what one application of Sphinx has of the book that it makes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sphinx.application import Sphinx

from hai_utils.audit.checklists import read_answers
from hai_utils.audit.published import PUBLISHED_NUMBERS, LedgerRow, read_ledger
from hai_utils.book.manuscript.model import PrintedFigure, PrintedTable
from hai_utils.catalogue.markers import MARKERS
from hai_utils.catalogue.sizes import MOST_IN_EVIDENCE
from hai_utils.profiles import defaults_beside
from hai_utils.results.files import SERIES, read_points, read_results
from hai_utils.results.series import Points
from hai_utils.results.table import Results
from hai_utils.show.content import MIME_TYPE, Content, Figure, Table, from_json
from hai_utils.show.reproduce import build_command
from hai_utils.show.wording import in_text, people, size_words
from hai_utils.study.reading import STUDY, STUDY_FOLDER, StudyTexts, read_study

PROVENANCE = "provenance.json"


@dataclass(eq=False)
class BookRun:
    """A finished run.

    Attributes
    ----------
    folder : Path
        Where the run lies.
    results : Results
        All its numbers.
    provenance : mapping
        Hashes and versions.
    root : Path
        The project that the run was made with.
    answers : mapping
        What the author wrote to items of the checklists.
    texts : StudyTexts
        The study file and the author's own texts.
    whole : bool
        Whether the book has pages of evidence, and files of its tables and figures.
    """

    folder: Path
    results: Results
    provenance: Mapping[str, Any]
    root: Path
    answers: Mapping[tuple[str, str], str] = field(default_factory=dict)
    texts: StudyTexts = field(default_factory=StudyTexts)
    whole: bool = True

    @classmethod
    def read(cls, folder: Path, root: Path, results: Results | None = None) -> BookRun:
        """Read a finished run of a project, but its results where they are at hand."""
        provenance = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        path = folder / STUDY_FOLDER / STUDY
        texts = read_study(path) if path.is_file() else StudyTexts()
        answers = texts.file.checklist_answers
        given = read_answers(folder / STUDY_FOLDER / answers) if answers else {}
        known = read_results(folder, series=False) if results is None else results
        # No page draws a figure: evidence alone needs points, of a small cohort.
        small = (known.study.size or 0) <= MOST_IN_EVIDENCE and not known.study.gated
        points = (known.points or read_points(folder / SERIES)) if small else Points()
        return cls(folder, replace(known, points=points), provenance, root, given, texts)

    def chapters(self) -> tuple[str, ...]:
        """Return the names of the executed notebooks, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / "notebooks").glob("*.ipynb")))

    @property
    def title(self) -> str:
        """The title of the book: that of the study file, or one made from the cohort."""
        study = self.results.study
        made = f"A cohort of {size_words(study)} {people(study)}, by {in_text(study.group_label)}"
        return self.texts.file.title or made

    @property
    def by_marker(self) -> bool:
        """Whether a tumor marker forms the groups: as the study file says, else where the column is a known one."""
        said = self.texts.file.tumor_marker
        return self.results.study.group_by in MARKERS if said is None else said

    @cached_property
    def command(self) -> str:
        """The ``hai build`` that makes this run again."""
        return build_command(self.results.study.parameters, self.defaults)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """What the run's profile and its project set, from which it may differ."""
        return defaults_beside(self.root, self.results.study.parameters)

    @cached_property
    def printed_numbers(self) -> Mapping[str, tuple[LedgerRow, ...]]:
        """By key, the numbers of the article that a result recomputes; none for any other cohort."""
        if not self.results.study.published:
            return {}
        path = self.root / PUBLISHED_NUMBERS
        return _printed_by_key(path, path.stat().st_mtime_ns)

    @cached_property
    def exhibits(self) -> Mapping[str, Table | Figure]:
        """The tables and figures that the chapters show, by their names, in the order of the chapters."""
        contents = (content for chapter in self.chapters() for content in _shown_in(self.executed(chapter)))
        return {content.name: content for content in contents if isinstance(content, Table | Figure)}

    def executed(self, name: str) -> str:
        """Return the executed copy of a notebook as text."""
        return (self.folder / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _printed_by_key(path: Path, modified: int) -> Mapping[str, tuple[LedgerRow, ...]]:
    """Read the numbers of the article by the key of the result that recomputes each; again once the file was changed."""
    found: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in read_ledger(path):
        for name in (row.key or row.instead).split(" - "):
            found[name.partition("#")[0]].append(row)
    return {key: tuple(rows) for key, rows in found.items() if key}


def _shown_in(notebook: str) -> Iterator[Content]:
    for cell in json.loads(notebook)["cells"]:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(MIME_TYPE)
            if content:
                yield from_json(content)


@dataclass(eq=False)
class Making:
    """What one application of Sphinx has of the book that it makes.

    Attributes
    ----------
    run : BookRun
        The run that the pages are made from.
    pages : dict
        By name of page, its numbered tables and figures; filled while the pages are resolved.
    quoted : set of (str, str)
        Key and method of each number that a page quotes; filled likewise.
    """

    run: BookRun
    pages: dict[str, tuple[PrintedTable | PrintedFigure, ...]] = field(default_factory=dict)
    quoted: set[tuple[str, str]] = field(default_factory=set)


_given: list[BookRun] = []


@contextmanager
def given_run(run: BookRun) -> Iterator[None]:
    """Let the application that is made within take this run instead of reading it."""
    _given.append(run)
    try:
        yield
    finally:
        _given.pop()


def take_given_run() -> BookRun | None:
    """Return the run that `given_run` gives; None outside."""
    return _given[-1] if _given else None


_MAKINGS: WeakKeyDictionary[Sphinx, Making] = WeakKeyDictionary()


def set_run(app: Sphinx, run: BookRun) -> None:
    """Let an application make its book from a run."""
    _MAKINGS[app] = Making(run)


def making(app: Sphinx) -> Making:
    """Return what an application has of the book that it makes."""
    return _MAKINGS[app]


def run_of(app: Sphinx) -> BookRun:
    """Return the run that an application makes its book from."""
    return _MAKINGS[app].run
