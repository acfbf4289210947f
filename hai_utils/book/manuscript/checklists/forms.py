"""The forms beside a manuscript, each a document with one table: checklists, key points, data sharing, numbers by sex."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

from hai_utils.audit.checklists import NAMES, WHY_NOT, JudgedItem, applicable, judge
from hai_utils.book.conditions import holds
from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.checklists.by_sex import sex_tables
from hai_utils.book.manuscript.checklists.finding import Key, Stated, find_passages, marked, name_of
from hai_utils.book.manuscript.checklists.names import FORMS
from hai_utils.book.manuscript.checklists.statements import data_sharing, key_points
from hai_utils.book.manuscript.composing import Manuscript
from hai_utils.book.manuscript.typesetting import Spot, places_in_pdf
from hai_utils.book.state import BookRun
from hai_utils.show.wording import notice

CHECKLIST_COLUMNS = ("Item", "What is asked", "Page and line", "Status")
REPORTED, FOUND, NOT_REPORTED, ASKED = (
    "Reported",
    "Found; to be confirmed by the author",
    "Not reported",
    "For the author",
)


class Forms:
    """Makes the forms of one manuscript.

    Parameters
    ----------
    run : BookRun
        Whose manuscript it is.
    manuscript : Manuscript
        As it is printed.
    fonts : Path
        The folder of the project's fonts.
    """

    def __init__(self, run: BookRun, manuscript: Manuscript, fonts: Path) -> None:
        self._run = run
        self._manuscript = manuscript
        self._fonts = fonts

    def articles(self) -> Iterator[model.Article]:
        """Give each form as a document to be written."""
        for name in applicable(self._holds):
            yield self._checklist(name)
        yield self._form("sager_table", list(sex_tables(self._run.results)))
        yield self._form("key_points", key_points(self._run, self._manuscript))
        yield self._form("data_sharing_statement", data_sharing(self._run))

    def _form(self, name: str, blocks: Sequence[model.Block]) -> model.Article:
        run = self._run
        words = model.Words("Manuscript: ", frozenset({"strong"}))
        body = (model.Paragraph((words, model.Words(run.title))), *blocks)
        return model.Article(FORMS[name], "", "", notice(run.results.study), body, name=name)

    def _checklist(self, name: str) -> model.Article:
        judged = judge(name, self._holds, self._run.answers)
        rows: list[model.PrintedRow] = []
        for part, entries in groupby(judged, key=lambda entry: entry.item.section):
            rows.append(model.PrintedRow(((), _plain(part), (), ()), "section"))
            rows += [self._item(entry) for entry in entries]
        says = (
            "Pages and lines are those of manuscript.pdf; line numbers run through the text, and tables and figures have none. "
            "An item has a place only where its text was searched for and found there. Whether it is well reported, a reader judges."
        )
        if self._holds("published"):
            says = f"The checklist judges this manuscript of the reconstruction, not the published article. {says}"
        others = (_plain(WHY_NOT[other]) for other in NAMES if other not in applicable(self._holds))
        table = model.PrintedTable(
            f"table-{name}", "", (), (_plain("No place is given for what was not found."), *others), False,
            tuple(map(_plain, CHECKLIST_COLUMNS)), tuple(rows),
        )  # fmt: skip
        return self._form(f"{name}_checklist", (model.Paragraph(_plain(f"{NAMES[name]}. {says}")), table))

    def _holds(self, condition: str) -> bool:
        return holds(condition, self._run)

    def _item(self, entry: JudgedItem) -> model.PrintedRow:
        place = self.place_of((entry.item.checklist, entry.item.item))
        status = _status(entry, place, self._exhibits_left_out(entry))
        shown = place if status in {REPORTED, FOUND} else ""
        words = f"{status}: {entry.words}" if entry.words else status
        return model.PrintedRow(tuple(map(_plain, (entry.item.item, entry.item.asks, shown, words))))

    def _exhibits_left_out(self, entry: JudgedItem) -> list[str]:
        """Return the exhibits of the report that show what an item asks, where the manuscript prints none of them."""
        shown = [name for name in entry.evidence if name in self._run.exhibits]
        blocks = (*self._manuscript.article.body, *self._manuscript.supplement.body)
        printed = {getattr(block, "name", "") for block in blocks}
        return [] if printed & set(shown) else shown

    def place_of(self, key: Key) -> str:
        """Return where the manuscript says what an item asks, in words; empty where it does not."""
        for (found, spots), where in zip(self._places, ("", " of the supplement"), strict=True):
            if passages := found.get(key):
                each = [
                    _words(passage, spots.get(name_of(key, place), Spot(1))) for place, passage in enumerate(passages)
                ]
                return f"{'; '.join(each)}{where}"
        return ""

    @cached_property
    def _places(self) -> tuple[tuple[Mapping[Key, Sequence[Stated]], Mapping[str, Spot]], ...]:
        """What was found in the article and in its supplement, with where it stands in each PDF."""
        articles = (self._manuscript.article, self._manuscript.supplement)
        return tuple(
            (found, places_in_pdf(marked(article, found), self._fonts) if found else {})
            for article, found in ((article, find_passages(article)) for article in articles)
        )


def _status(entry: JudgedItem, place: str, left_out: Sequence[str]) -> str:
    if entry.status == "met" and not place and left_out:
        return f"{ASKED}: in the report, not in the manuscript; to print it there, name {' or '.join(left_out)} under displays in the study file"
    if entry.status == "met":
        return REPORTED if place else f"{ASKED}: not found in the text"
    if entry.status == "not met":
        return NOT_REPORTED
    return FOUND if place else ASKED


def _words(passage: Stated, spot: Spot) -> str:
    if passage.block < 0:
        return "Title, page 1"
    if passage.exhibit:
        return f"{passage.exhibit}, page {spot.page}"
    return f"Page {spot.page}, line {spot.line}" if spot.line else f"Page {spot.page}"


def _plain(text: str) -> model.Line:
    return (model.Words(text),) if text else ()
