"""Tables and figures of the manuscript: which it has, what they are numbered, where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.converting import figure_of, line_of, table_of
from hai_utils.book.manuscript.lettered import lettered
from hai_utils.book.state import BookRun
from hai_utils.errors import StudyError, nearest
from hai_utils.results.table import Results
from hai_utils.show.content import OWN, Figure, Table, listed, plain
from hai_utils.show.tables.parts import variable_name
from hai_utils.show.wording import in_text, label

FLOW = "figure-flow"
# What a reviewer of the article asks for, in this order; two pages hold the first few of them.
BEHIND_THE_ARTICLE = (
    "table-survival-comparisons", "table-survival", "table-response", "table-competing", "table-sensitivity",
    "table-complications", "table-robustness",
)  # fmt: skip
MOST_BEHIND = 2
# It has the outcomes of the parameters, overall survival only where it is one of them.
SAID_OF = {"table-outcomes": "gives {} side by side."}
Exhibit = Table | Figure
Change = Callable[[model.Line], model.Line]


@dataclass(frozen=True, slots=True)
class Displays:
    """The tables and figures of a manuscript by their names.

    Attributes
    ----------
    main, supplement : mapping of str to Table or Figure
        Those of the article and of its supplement, in the order in which they are chosen.
    results : Results
        Behind them.
    label : str
        What every drawing says of rows that are no patients.
    """

    main: Mapping[str, Exhibit]
    supplement: Mapping[str, Exhibit]
    results: Results
    label: str = ""
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, Exhibit]:
        """Every table and figure."""
        return {**self.main, **self.supplement}

    def number(self, blocks: Sequence[model.Block]) -> None:
        """Give tables and figures their numbers, each kind by itself, in the order in which the text first names them."""
        named = [
            word.target[1:] for block in blocks for line in lines_of(block) for word in line if word.target[:1] == "#"
        ]
        for those, mark in ((self.main, ""), (self.supplement, "S")):
            counts = {"Table": 0, "Figure": 0}
            for name in dict.fromkeys([*(name for name in named if name in those), *those]):
                kind = type(those[name]).__name__
                counts[kind] += 1
                self.numbers[name] = f"{kind} {mark}{counts[kind]}"

    def printed(self, name: str) -> model.PrintedTable | model.PrintedFigure:
        """Return a table or figure under its number."""
        exhibit, number = self.all[name], self.numbers[name]
        if isinstance(exhibit, Table):
            return lettered(table_of(exhibit, number), self.results)
        return figure_of(exhibit, number, self.label)

    def sentence(self, name: str) -> model.Paragraph:
        """Return a sentence that names a table or figure which the text would not name otherwise."""
        if name in SAID_OF:
            study = self.results.study
            there = [
                one for one in study.parameters["outcomes"] if one != study.group_by and self.results.has_data(one)
            ]
            listed_words = listed([(in_text(variable_name(self.results, one)),) for one in there])
            return model.Paragraph((naming(name), model.Words(f" {SAID_OF[name].format(plain(listed_words))}")))
        title = self.all[name].title
        first = title[0]
        inside = (in_text(first), *title[1:]) if isinstance(first, str) else title
        return model.Paragraph((naming(name), *line_of((" shows ", *inside, "."))))

    def filled(self, block: model.Block) -> model.Block:
        """Return a block with the numbers of the tables and figures that it names."""
        return on_lines(block, self._filled)

    def _filled(self, line: model.Line) -> model.Line:
        return tuple(self._numbered(word) for word in line)

    def _numbered(self, word: model.Words) -> model.Words:
        """Return the name of a table or figure with its number; what stands in the other document is no link."""
        name = word.target[1:]
        if name not in self.numbers:
            return word
        return replace(word, text=self.numbers[name], target=word.target if name in self.main else "")


def naming(name: str) -> model.Words:
    """Return the words that will name a table or figure once it has its number."""
    return model.Words("?", frozenset({"unbroken"}), f"#{name}")


def choose(run: BookRun) -> Displays:
    """Return the tables and figures that the study file chooses, else those that an article of this run needs.

    Raises
    ------
    StudyError
        Where one is named that the run does not have.
    """
    asked, shown = run.texts.file.displays, run.exhibits
    problems = [
        f"{run.texts.name}: displays: the run has no table or figure '{name}'.{nearest(name, list(shown))} It has {', '.join(shown)}."
        for name in (*(asked.main or ()), *(asked.supplement or ()))
        if name not in shown
    ]
    if problems:
        raise StudyError(problems)
    main = asked.main if asked.main is not None else tuple(_usual(run))
    behind = [name for name in BEHIND_THE_ARTICLE if name in shown and name not in main]
    own = [name for name in shown if name.startswith(OWN) and name not in main]
    supplement = asked.supplement if asked.supplement is not None else (*behind[:MOST_BEHIND], *own)
    chosen, further = ({name: shown[name] for name in names} for names in (main, supplement))
    return Displays(chosen, further, run.results, label(run.results.study))


def _usual(run: BookRun) -> Iterator[str]:
    """Return what the book numbers without an S, and the curves of the primary endpoint; the flow where somebody was excluded."""
    primary = run.results.study.endpoint(run.results.study.primary)
    if FLOW in run.exhibits and any(step.kind == "excluded" for step in run.results.study.flow):
        yield FLOW
    yield from (
        name
        for name, exhibit in run.exhibits.items()
        if (exhibit.main and name != FLOW) or (primary and name == primary.figure)
    )


def lines_of(block: model.Block) -> tuple[model.Line, ...]:
    """Return the lines of running text of a block."""
    match block:
        case model.Heading() | model.Paragraph():
            return (block.text,)
        case model.Listing():
            return block.items
        case _:
            return ()


def on_lines(block: model.Block, change: Change) -> model.Block:
    """Return a block of running text with each of its lines changed."""
    match block:
        case model.Heading() | model.Paragraph():
            return replace(block, text=change(block.text))
        case model.Listing():
            return replace(block, items=tuple(map(change, block.items)))
        case _:
            return block
