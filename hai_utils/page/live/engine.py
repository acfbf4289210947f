"""What the resident process of a study knows and does: states of the study at any choices, pages of them, what differs."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

from hai_utils.analyses import CHAPTERS, analyse_ahead, not_analysed
from hai_utils.analyses.kept import chapters_asked_for
from hai_utils.analyses.named import check_names
from hai_utils.audit.checklists import read_answers
from hai_utils.book.conditions import holds
from hai_utils.book.evidence import write_pages
from hai_utils.cohort.reading import load_cohort
from hai_utils.errors import ParameterError
from hai_utils.page.live.pages import LiveBook, LiveRun, live_book
from hai_utils.parameters import FILE_PARAMETERS, Parameters
from hai_utils.project import USUAL_FORMATS
from hai_utils.response.rules import check_choices
from hai_utils.results.table import Results
from hai_utils.run.build import described, keep_study, provenance, write_run
from hai_utils.run.comparison import Run, RunComparison, compare
from hai_utils.run.contents import book_notebooks
from hai_utils.run.inputs import Inputs
from hai_utils.run.notebooks import Notebook, make_jobs
from hai_utils.run.playing import Played, merged, play, with_drawings_in, written
from hai_utils.run.processes.watchdog import beside, dealt
from hai_utils.run.warming import Checked, check_inputs
from hai_utils.show.content import MIME_TYPE
from hai_utils.show.drawing import place_of
from hai_utils.show.narrative import MIME_TYPE as PROSE_TYPE

NOTEBOOKS = "notebooks/"
# States that are kept whole, each with thousands of records.
MOST_STATES = 4
_WHEN = re.compile(r"^:{3,}\{when\} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class State:
    """A study at some choices.

    Attributes
    ----------
    parameters : Parameters
        The choices.
    run : LiveRun
        All its results and executed notebooks.
    structure : tuple
        What pages refer to in each other: the exhibits and the words of each chapter, the conditions of passages that hold.
    drawings : mapping of str to callable
        By figure, what draws it.
    drawn : dict of str to str
        By figure, the drawings that were made, ahead or for a kept run.
    """

    parameters: Parameters
    run: LiveRun
    structure: tuple[object, ...]
    drawings: Mapping[str, Callable[[], str]]
    drawn: dict[str, str] = field(default_factory=dict)

    @property
    def undrawn(self) -> list[str]:
        """The figures whose drawings are not made."""
        return [name for name in self.drawings if name not in self.drawn]

    def draw_next(self) -> bool:
        """Make one more drawing ahead; say whether any is left."""
        for name in self.undrawn[:1]:
            self.drawn[name] = self.drawings[name]()
        return bool(self.undrawn)


@dataclass(frozen=True, eq=False)
class ShownPage:
    """A page at some choices, its drawings still to be made: by figure, what draws it."""

    body: str
    drawings: Mapping[str, Callable[[], str]]
    keys: tuple[str, ...]
    same_structure: bool


class Engine:
    """A study in memory. Use as a context manager.

    Parameters
    ----------
    inputs : Inputs
        The project, the base's choices and the files; copied first.
    folder : Path
        A private folder for copies and working files.
    formats : sequence of str
        Of the documents that pages link to.
    """

    def __init__(self, inputs: Inputs, folder: Path, formats: Sequence[str] = USUAL_FORMATS) -> None:
        self.inputs, self.folder = inputs.copied(folder), folder
        self.texts = keep_study(self.inputs, folder / "study-kept")
        answers = self.texts.file.checklist_answers
        self._answers = read_answers(self.inputs.study[answers]) if answers else {}
        # Notebooks find the project from where they run.
        os.chdir(self.inputs.root)
        self.checked: Checked = check_inputs(self.inputs)
        self._notebooks = {path.stem: path for path in self._chapters()}
        self._written = {job.chapter: written(job) for job in self._jobs(self.inputs)}
        self._conditions = self._conditions_of_pages()
        # Whether these hold may depend on other chapters.
        self._with_conditions = {
            name for name, path in self._notebooks.items() if "{when}" in path.read_text(encoding="utf-8")
        }
        self._states: list[State] = []
        # Pages that were read last at choices with other exhibits or citations than the base's.
        self._astray: set[str] = set()
        self.needs: dict[str, list[str]] = {}
        self._seconds = {chapter: self._timed(chapter) for chapter in CHAPTERS}
        self.base = self.state(self.inputs.parameters)
        self._stack, self._formats = ExitStack(), tuple(formats)

    def __enter__(self) -> Self:
        """Let Sphinx read all pages."""
        run = self.folder / "run"
        write_state(self.base, self.inputs, self.checked, run, with_drawings=False)
        self.book: LiveBook = self._stack.enter_context(live_book(self.inputs.root, run, self.folder, self._formats))
        shutil.rmtree(run)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave Sphinx's namespace."""
        self._stack.close()

    def _jobs(self, inputs: Inputs) -> list[Notebook]:
        return make_jobs(self._chapters(), inputs, self.folder / "none", "")

    def _chapters(self) -> list[Path]:
        return book_notebooks(self.inputs.root, self.texts.file.chapters)

    def _conditions_of_pages(self) -> dict[str, tuple[str, ...]]:
        """Return by page the conditions of its passages."""
        found = {}
        for path in sorted(self.inputs.root.rglob("*.md")):
            conditions = tuple(_WHEN.findall(path.read_text(encoding="utf-8")))
            if conditions:
                found[path.relative_to(self.inputs.root).as_posix()] = conditions
        return found

    # --- states ---

    def at(self, parameters: Parameters) -> Inputs:
        """Return the inputs at other choices, which are checked first.

        Raises
        ------
        ParameterError
            Where a choice does not fit the cohort, or names another file.
        """
        if any(getattr(parameters, name) != getattr(self.inputs.parameters, name) for name in FILE_PARAMETERS):
            raise ParameterError("Another file is another study: choose it in the first step.")
        check_choices(parameters)
        inputs = replace(self.inputs, parameters=parameters)
        check_names(load_cohort(inputs.readable, inputs.root), parameters)
        return inputs

    def missing(self, inputs: Inputs, chapters: Sequence[str] = CHAPTERS) -> list[str]:
        """Return the chapters that are not analyzed yet at the choices of these inputs."""
        return not_analysed(load_cohort(inputs.readable, inputs.root), inputs.readable, chapters)

    def needs_of(self, docname: str) -> list[str]:
        """Return the chapters whose analysis a page needs: those of its own cells, or all."""
        return self.needs.get(docname.removeprefix(NOTEBOOKS), list(CHAPTERS))

    def analyse(self, inputs: Inputs, chapters: Sequence[str] = CHAPTERS) -> None:
        """Analyze chapters and keep what they give."""
        analyse_ahead(load_cohort(inputs.readable, inputs.root), inputs.readable, chapters)

    def _timed(self, chapter: str) -> float:
        start = time.monotonic()
        self.analyse(self.inputs, [chapter])
        return time.monotonic() - start

    def longest(self, chapters: Sequence[str]) -> list[str]:
        """Return the chapter whose analysis took longest when the study was opened; of none, none."""
        return sorted(chapters, key=self._seconds.__getitem__)[-1:]

    def state(self, parameters: Parameters) -> State:
        """Return the study at some choices: every chapter's cells are run, unless the state is kept."""
        for known in self._states:
            if known.parameters == parameters:
                return known
        inputs = self.at(parameters)
        played: dict[str, Played] = {}
        for job in self._jobs(inputs):
            with chapters_asked_for() as asked:
                played[job.chapter] = self._play(job)
            self.needs[job.chapter] = [chapter for chapter in CHAPTERS if chapter in asked]
        run = self._run(inputs, described(merged(list(played.values())), parameters), played)
        drawings = {name: draw for chapter in played.values() for name, draw in chapter.drawings.items()}
        state = State(parameters, run, self._structure(run, played), drawings)
        self._states = [*self._states[-(MOST_STATES - 1) :], state]
        return state

    def draw_ahead(self) -> bool:
        """Make a drawing of the choices that were looked at last, which a kept run needs; say whether any is left."""
        return self._states[-1].draw_next()

    def _play(self, job: Notebook) -> Played:
        return play(job, self._written[job.chapter])

    def _run(self, inputs: Inputs, results: Results, played: Mapping[str, Played]) -> LiveRun:
        return LiveRun(
            self.folder, results, provenance(inputs, self.checked), inputs.root, self._answers, self.texts,
            notebooks={name: chapter.executed for name, chapter in played.items()},
        )  # fmt: skip

    def _structure(self, run: LiveRun, played: Mapping[str, Played]) -> tuple[object, ...]:
        chapters = tuple((name, _shown_by(chapter)) for name, chapter in played.items())
        return *chapters, tuple(
            tuple(holds(condition, run) for condition in conditions) for conditions in self._conditions.values()
        )

    # --- pages ---

    def page(self, docname: str, parameters: Parameters) -> ShownPage:
        """Return a page at some choices: of a chapter as soon as its own cells were run."""
        self.put_right(docname)
        self._astray.add(docname)
        shown = self._page(docname, parameters)
        if shown.same_structure:
            self._astray.discard(docname)
        return shown

    def put_right(self, but: str = "") -> bool:
        """Read pages again as the base has them, but one, where they were read otherwise last; none is left then.

        The numbers of citations count those of all pages.
        """
        for docname in sorted(self._astray - {but}, key=self.book.lists_citations):
            self.book.page(docname, self.base.run)
            self._astray.discard(docname)
        return False

    def _page(self, docname: str, parameters: Parameters) -> ShownPage:
        chapter = docname.removeprefix(NOTEBOOKS)
        if docname == chapter or chapter not in self._notebooks or chapter in self._with_conditions:
            state = self.state(parameters)
            page = self.book.page(docname, state.run)
            return ShownPage(page.body, state.drawings, page.keys, state.structure == self.base.structure)
        inputs = self.at(parameters)
        job = next(job for job in self._jobs(inputs) if job.chapter == chapter)
        played = self._play(job)
        if played.results is None:
            run = self.state(parameters).run
        else:
            run = self._run(inputs, described(played.results, parameters), {chapter: played})
        page = self.book.page(docname, run)
        usual = self.base.structure[list(self._notebooks).index(chapter)]
        if self.book.faults(docname):
            # It quotes what another chapter hands on.
            page = self.book.page(docname, self.state(parameters).run)
        return ShownPage(page.body, played.drawings, page.keys, usual == (chapter, _shown_by(played)))

    def cards(self, docname: str, state: State, keys: Sequence[str]) -> str:
        """Return the cards of the numbers that a page quotes."""
        return self.book.cards(docname, state.run, keys)

    def evidence(self, variable: str, state: State, folder: Path) -> None:
        """Write the evidence of a variable's numbers by every method, and its rows."""
        results = state.run.results
        write_pages(results, [one for one in results if one.variable == variable], folder)

    def changes(self, before: Parameters, now: Parameters) -> RunComparison:
        """Compare two states, number by number.

        Raises
        ------
        ComparisonError
            Where they may not be compared.
        """
        return compare(
            *(Run(name, self.state(given).run.results) for name, given in (("before", before), ("now", now)))
        )


def _shown_by(played: Played) -> tuple[object, ...]:
    """Return the names of the exhibits that a chapter shows, and its words with headings and citations, in order."""
    found: list[object] = []
    for cell in json.loads(played.executed)["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if PROSE_TYPE in data:
                found.append(data[PROSE_TYPE])
            elif MIME_TYPE in data:
                content = data[MIME_TYPE]
                found.append((content["kind"], content.get("name", ""), content.get("main", False)))
    return tuple(found)


def write_state(state: State, inputs: Inputs, checked: Checked, folder: Path, *, with_drawings: bool = True) -> None:
    """Write a state as a run keeps it, byte for byte, unless it is to be without its drawings."""
    keep_study(inputs, folder)
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    names = state.undrawn if with_drawings else []
    with dealt(names) as taken, beside(partial(_drawn, state, taken), apart=len(names) > 1) as others:
        write_run(inputs, checked, state.run.results, folder)
        made = _drawn(state, taken) | others()
    state.drawn.update(made)
    # A process that died has taken some.
    state.drawn.update(_drawn(state, [name for name in names if name not in made]))
    for name in state.run.chapters():
        text = with_drawings_in(state.run.executed(name), state.drawn) if with_drawings else state.run.executed(name)
        (folder / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")


def _drawn(state: State, names: Iterable[str]) -> dict[str, str]:
    return {name: state.drawings[name]() for name in names}


def drawn(shown: ShownPage) -> Iterator[tuple[str, str]]:
    """Yield each drawing of a page as it is made."""
    for name, draw in shown.drawings.items():
        if place_of(name) in shown.body:
            yield name, draw()
