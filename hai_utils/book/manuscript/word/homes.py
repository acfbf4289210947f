"""Which passage of which section each paragraph of an edited manuscript is, and which of them were moved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from hai_utils.book.manuscript.word.edited import EditedDocument, EditedParagraph
from hai_utils.book.manuscript.word.marks import Mark, passage_name, said_name
from hai_utils.book.manuscript.word.pieces import canonical
from hai_utils.book.passages import Passage, passages_of

# How much two texts have in common where the second is the first, edited.
ALIKE = 0.6
# Styles of running text; what stands in another was not written by the author.
RUNNING = frozenset({"body text", "first paragraph", "normal", "compact", "list paragraph", "list bullet", "default"})


@dataclass(frozen=True)
class SectionFile:
    """A section file of the author's own."""

    name: str
    path: Path
    text: str

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its paragraphs and items."""
        return passages_of(self.text)


Home = tuple[str, int]
"""A section and the place of a passage in it."""


@dataclass
class Returned:
    """What came back of one passage: its paragraphs, and its home; None for text that has none.

    Attributes
    ----------
    said : str
        Digest of what was printed; empty where no bookmark tells.
    own : bool
        Whether it is the author's.
    region : int
        How many headings came before.
    moved : bool
        Whether it stands elsewhere than it was written.
    target : str
        The section to which it belongs now.
    """

    paragraphs: list[EditedParagraph]
    home: Home | None = None
    said: str = ""
    own: bool = False
    region: int = 0
    moved: bool = False
    target: str = ""

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(paragraph.text for paragraph in self.paragraphs)

    @property
    def changed(self) -> bool:
        """Whether it says something else than was printed, numbers apart."""
        whole = " ".join(canonical(paragraph.pieces, dressed=self.own) for paragraph in self.paragraphs)
        return len(self.paragraphs) > 1 or said_name(whole) != self.said


@dataclass
class Homes:
    """The entries of an edited manuscript in their order, and what is not there any more.

    Attributes
    ----------
    entries : list of Returned
        Own, made, and new passages.
    gone : list of tuple
        Homes of passages that the manuscript had and the edited one has not.
    lost : list of Mark
        Made passages that are gone.
    """

    entries: list[Returned] = field(default_factory=list)
    gone: list[Home] = field(default_factory=list)
    lost: list[Mark] = field(default_factory=list)


def find_homes(document: EditedDocument, sections: Sequence[SectionFile]) -> Homes:
    """Find the home of every paragraph, by its bookmark, or by what it says where a program dropped the bookmark."""
    known = _by_name(sections)
    homes = Homes(_entries(document, known))
    listed = [mark for mark in map(Mark.read, document.listed) if mark]
    present = {entry.said for entry in homes.entries if entry.said}
    found = {entry.home for entry in homes.entries if entry.home}
    was = [home for mark in listed if mark.own for home in known.get(mark.passage, ())]
    homes.gone = [home for home in dict.fromkeys(was) if home not in found]
    homes.lost = [mark for mark in listed if not mark.own and mark.said not in present]
    _adopt(homes, {section.name: section for section in sections}, {mark.passage: mark for mark in listed if mark.own})
    _settle(homes.entries)
    return homes


def _by_name(sections: Iterable[SectionFile]) -> Mapping[str, list[Home]]:
    found: dict[str, list[Home]] = defaultdict(list)
    for section in sections:
        for place, passage in enumerate(section.passages):
            found[passage_name(passage.text)].append((section.name, place))
    return found


def _entries(document: EditedDocument, known: Mapping[str, list[Home]]) -> list[Returned]:
    entries: list[Returned] = []
    waiting = {name: list(homes) for name, homes in known.items()}
    last, region = "", 0
    for paragraph in document.paragraphs:
        if paragraph.style.startswith("heading"):
            region += 1
        if not paragraph.text:
            continue
        name = paragraph.marks[0] if paragraph.marks else ""
        mark = Mark.read(name)
        if mark is None:
            if paragraph.style in RUNNING or paragraph.item:
                entries.append(Returned([paragraph], region=region))
            last = ""
        elif name == last:
            entries[-1].paragraphs.append(paragraph)
        else:
            own = waiting.get(mark.passage, []) if mark.own else []
            entries.append(Returned([paragraph], own.pop(0) if own else None, mark.said, mark.own, region))
            last = name
    return entries


def _adopt(homes: Homes, sections: Mapping[str, SectionFile], listed: Mapping[str, Mark]) -> None:
    """Give an unmarked paragraph the passage that it says, of those whose bookmark is gone."""
    for home in list(homes.gone):
        passage = sections[home[0]].passages[home[1]]
        mark = listed.get(passage_name(passage.text))
        free = [entry for entry in homes.entries if not entry.said]
        same = [
            entry
            for entry in free
            if mark and said_name(canonical(entry.paragraphs[0].pieces, dressed=True)) == mark.said
        ]
        alike = max(free, key=lambda entry: _alike(entry.text, passage.text), default=None)
        if not same and alike and _alike(alike.text, passage.text) >= ALIKE:
            same = [alike]
        if same:
            same[0].home, same[0].own, same[0].said = home, True, mark.said if mark else "-"
            homes.gone.remove(home)


def _alike(text: str, markdown: str) -> float:
    return SequenceMatcher(None, text.split(), markdown.split(), autojunk=False).ratio()


def _settle(entries: Sequence[Returned]) -> None:
    """Tell the passages that were moved from those that stayed, and give each the section in which it stands."""
    own = [entry for entry in entries if entry.home]
    order = _order_of_sections(own)
    homes = [(entry.region, *entry.home) for entry in own if entry.home]
    # Of two that stand the wrong way round, the one moved that stands under a heading with fewer of its section.
    weights = Counter((region, name) for region, name, _ in homes)
    stays = _heaviest_rising(
        [(order[name], place) for _, name, place in homes], [weights[region, name] for region, name, _ in homes]
    )
    for place, entry in enumerate(own):
        entry.moved = place not in stays
        entry.target = entry.home[0] if entry.home and not entry.moved else ""
    for place, entry in enumerate(entries):
        if (entry.moved or not entry.said) and not entry.target:
            entry.target = _section_around(entries, place)


def _order_of_sections(own: Sequence[Returned]) -> dict[str, int]:
    """Return the sections in the order of the manuscript: that of the middle one of their passages."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(own):
        if entry.home:
            places[entry.home[0]].append(place)
    names = sorted(places, key=lambda name: places[name][len(places[name]) // 2])
    return {name: place for place, name in enumerate(names)}


def _heaviest_rising(values: Sequence[tuple[int, int]], weights: Sequence[int]) -> set[int]:
    """Return the places of the rising part of most weight: the others have to move to give the order."""
    best: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        lower = [at for at in range(place) if values[at] < value]
        at = max(lower, key=best.__getitem__, default=-1)
        before.append(at)
        best.append(weights[place] + (best[at] if at >= 0 else 0))
    found: set[int] = set()
    place = max(range(len(best)), key=best.__getitem__, default=-1)
    while place >= 0:
        found.add(place)
        place = before[place]
    return found


def _section_around(entries: Sequence[Returned], place: int) -> str:
    """Return the section of the nearest own passage under the same heading: the one before, else the one after."""
    region = entries[place].region
    for beside in (reversed(entries[:place]), entries[place + 1 :]):
        for entry in beside:
            if entry.region != region or (entry.said and not entry.own):
                break
            if entry.target:
                return entry.target
    return ""
