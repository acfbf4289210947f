"""What an edited manuscript changes in the section files, and what it cannot: a number is the run's, not the document's."""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from hai_utils.book.manuscript.word.edited import EditedDocument, EditedParagraph
from hai_utils.book.manuscript.word.fields import bookmark_name, digest, printed_name
from hai_utils.book.manuscript.word.homes import Home, Returned, SectionFile, find_homes
from hai_utils.book.manuscript.word.pieces import markdown
from hai_utils.book.passages import Passage

ROLE = re.compile(r"\{[\w-]+\}`[^`]+`")
TOKEN = re.compile(rf"{ROLE.pattern}|[^\s{{]+|\{{")
NUMBER = re.compile(r"[(\[]?(?P<number>[<>=≤≥]?[-−]?\d[\d.,·/–]*%?)[)\]]?[.,;:)\]]*")
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
SHOWN = 160
NARROWEST = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is said of a merge.

    Attributes
    ----------
    kind : str
        ``changed``, ``moved``, ``added`` or ``deleted`` passages are taken; ``number``, ``made`` and ``homeless`` text is not;
        a ``comment`` is shown.
    place : str
        Section, or what stands in the document.
    text : str
        What was found, and what to do.
    """

    kind: str
    place: str
    text: str


@dataclass
class Merge:
    """What a merge does.

    Attributes
    ----------
    files : mapping of Path to str
        The new text of each section file that changes.
    told : list of Told
        What is taken and what is not.
    """

    files: dict[Path, str] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What a run knows of live passages.

    Attributes
    ----------
    printed : mapping of str to str
        By role, such as ``{val}`KEY```, what the run prints.
    exhibits : frozenset of str
        Names of its tables and figures.
    """

    printed: Mapping[str, str] = field(default_factory=dict)
    exhibits: frozenset[str] = frozenset()


def merge(document: EditedDocument, sections: Mapping[str, Path], known: Known) -> Merge:
    """Compare an edited manuscript with the section files it was made from.

    Parameters
    ----------
    document : EditedDocument
        As it came back.
    sections : mapping of str to Path
        The author's own files, by the names of their sections.
    known : Known
        The numbers and exhibits of the run.
    """
    read = [SectionFile(name, path, path.read_text(encoding="utf-8")) for name, path in sections.items()]
    homes = find_homes(document, read)
    work = _Merging({section.name: section for section in read}, known)
    for entry in homes.entries:
        work.take(entry)
    for home in homes.gone:
        work.delete(home)
    for mark in homes.lost:
        work.tell(
            "made", "Manuscript", f"A passage that the run makes was deleted (bookmark {mark.said}); it comes back."
        )
    work.tables(document)
    return Merge(work.files(homes.entries), work.told)


class _Merging:
    def __init__(self, sections: Mapping[str, SectionFile], known: Known) -> None:
        self._sections = sections
        self._known = known
        self.told: list[Told] = []
        self._texts: dict[int, list[str]] = {}
        self._deleted: set[Home] = set()
        roles = {role for section in sections.values() for role in ROLE.findall(section.text)}
        sources = {digest(role, 10): role for role in (*known.printed, *roles)}
        names = {role.partition("`")[2][:-1] for role in roles if role.startswith("{numref}")} | known.exhibits
        self._sources = sources | {bookmark_name(name): f"{{numref}}`{name}`" for name in names}

    def tell(self, kind: str, place: str, text: str) -> None:
        """Note what is said of the merge."""
        self.told.append(Told(kind, place, text))

    def take(self, entry: Returned) -> None:
        """Take what an entry changes, and say what is not taken."""
        where = entry.target or (entry.home[0] if entry.home else "Manuscript")
        for paragraph in entry.paragraphs:
            self._numbers(paragraph, where)
            for comment in paragraph.comments:
                self.tell("comment", where, f"{comment} (on: {_short(paragraph.text)})")
        if entry.home:
            self._own(entry, entry.home)
        elif entry.own:
            if entry.changed:
                said = "was changed here and, since the document was made, in its file. Bring them together by hand"
                self.tell("homeless", where, f"A passage {said}: {_short(entry.text)}")
        elif not entry.said:
            self._new(entry)
        elif entry.changed:
            self._made(entry)

    def _own(self, entry: Returned, home: Home) -> None:
        passage = self._passage(home)
        if entry.moved and not entry.target:
            self.tell(
                "homeless", home[0], f"A passage stands where no section of yours is; it stays: {_short(entry.text)}"
            )
            entry.moved, entry.target = False, home[0]
        elif entry.moved:
            before = f"from {home[0]} " if home[0] != entry.target else ""
            self.tell("moved", entry.target, f"A passage was moved {before}here: {_short(entry.text)}")
        if entry.changed:
            self._texts[id(entry)] = self._written(entry, passage.text)
            self.tell("changed", entry.target, f"{_short(passage.text)} -> {_short(' '.join(self._texts[id(entry)]))}")

    def _new(self, entry: Returned) -> None:
        if not entry.target:
            advice = "Text was added where no section of yours is; write it into a section of study.yml"
            self.tell("homeless", "Manuscript", f"{advice}: {_short(entry.text)}")
            return
        self._texts[id(entry)] = self._written(entry, "")
        self.tell("added", entry.target, _short(entry.text))

    def _made(self, entry: Returned) -> None:
        advice = "This passage is made by the run, from its results, study.yml or the book's pages. Change it there, or say it in a section of yours"
        self.tell("made", "Manuscript", f"{advice}: {_short(entry.text)}")

    def _passage(self, home: Home) -> Passage:
        return self._sections[home[0]].passages[home[1]]

    def delete(self, home: Home) -> None:
        """Delete a passage that is not in the document any more."""
        self._deleted.add(home)
        self.tell("deleted", home[0], _short(self._passage(home).text))

    def _numbers(self, paragraph: EditedParagraph, where: str) -> None:
        """Say which numbers were changed by hand: a field knows what it printed."""
        for piece in paragraph.pieces:
            if not piece.printed or printed_name(piece.text) == piece.printed:
                continue
            source = self._sources.get(piece.live, "")
            now = self._known.printed.get(source, "")
            said = f" The run says {now}." if now else ""
            self.tell(
                "number", where, f"{source or 'A number'} was changed to “{_short(piece.text)}” and is not taken.{said}"
            )

    def _written(self, entry: Returned, before: str) -> list[str]:
        """Return an entry's paragraphs as Markdown, their live passages as roles."""
        links = dict(LINK.findall(before))
        found = [markdown(paragraph.pieces, self._sources, links) for paragraph in entry.paragraphs]
        if len(found) == 1:
            found[0], kept = _with_numbers(before, found[0])
            for role, typed in kept:
                now = self._known.printed.get(role, "")
                said = f" The run says {now}." if now else ""
                self.tell("number", entry.target, f"{role} was replaced by “{typed}”, which is not taken.{said}")
        for role in ROLE.findall(before):
            if role not in " ".join(found):
                self.tell("changed", entry.target, f"{role} is no longer said.")
        return found

    def tables(self, document: EditedDocument) -> None:
        """Say which tables were changed."""
        for line in document.listed:
            name, sign, said = line.partition("=")
            if sign and document.tables.get(name) != said:
                what = "was changed" if name in document.tables else "was deleted"
                title = name.removeprefix("hai_").replace("_", "-")
                self.tell(
                    "made", title, f"This table {what}. It is made from the results; change the run or its displays."
                )

    def files(self, entries: Sequence[Returned]) -> dict[Path, str]:
        """Return the new text of each section file that changes."""
        found: dict[Path, str] = {}
        for section in self._sections.values():
            text = self._file(section, entries)
            if text != section.text:
                found[section.path] = text
        return found

    def _file(self, section: SectionFile, entries: Sequence[Returned]) -> str:
        """Return a section with its passages changed, moved in and out; all lines between them stay."""
        lines = section.text.splitlines()
        width = _width(section)
        replaced: dict[int, list[str]] = {}
        for place, passage in enumerate(section.passages):
            if (section.name, place) in self._deleted:
                replaced[passage.start] = []
        inserted: dict[int, list[str]] = defaultdict(list)
        after = section.passages[0].start if section.passages else len(lines)
        for entry in entries:
            here = entry.home and entry.home[0] == section.name
            if here and entry.home and (entry.moved or entry.target != section.name):
                replaced[self._passage(entry.home).start] = []
            if entry.target != section.name:
                continue
            new = self._block(entry, width)
            if here and entry.home and not entry.moved:
                passage = self._passage(entry.home)
                after = passage.end
                if id(entry) in self._texts:
                    replaced[passage.start] = new
            elif new:
                inserted[after] += ["", *new, ""]
        return _composed(lines, section.passages, replaced, inserted)

    def _block(self, entry: Returned, width: int) -> list[str]:
        """Return the lines of an entry in its file."""
        lead = self._passage(entry.home).lead if entry.home else ""
        texts = self._texts.get(id(entry)) or ([self._passage(entry.home).text] if entry.home else [])
        lines: list[str] = []
        for text, paragraph in zip(texts, entry.paragraphs, strict=False):
            mark = lead or ("- " if paragraph.item else "")
            if lines and not mark:
                lines.append("")
            lines += _wrapped(text, mark, width)
        return lines


def _short(text: str) -> str:
    return textwrap.shorten(text, SHOWN, placeholder=" …")


def _width(section: SectionFile) -> int:
    """Return how wide the lines of a section are; 0 where each passage stands on one."""
    lines = section.text.splitlines()
    wide = [
        len(lines[place]) for one in section.passages if one.end - one.start > 1 for place in range(one.start, one.end)
    ]
    return max([*wide, NARROWEST]) if wide else 0


def _wrapped(text: str, lead: str, width: int) -> list[str]:
    if not width:
        return [f"{lead}{text}"]
    return textwrap.wrap(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _composed(
    lines: Sequence[str],
    passages: Iterable[Passage],
    replaced: Mapping[int, list[str]],
    inserted: Mapping[int, list[str]],
) -> str:
    ends = {passage.start: passage.end for passage in passages}
    found: list[str] = []
    place = 0
    while place <= len(lines):
        found += inserted.get(place, ())
        if place == len(lines):
            break
        end = ends.get(place, place + 1) if place in replaced else place + 1
        found += replaced.get(place, lines[place : place + 1])
        # What is put after a passage stands after what replaces it.
        place = end
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(found)).strip("\n")
    return f"{text}\n" if text else ""


def _with_numbers(before: str, after: str) -> tuple[str, list[tuple[str, str]]]:
    """Put back the roles in whose place a number was typed.

    Returns
    -------
    text : str
        The passage.
    kept : list of (str, str)
        Each role with what was typed.
    """
    old, new = TOKEN.findall(before), list(TOKEN.finditer(after))
    words = [match[0] for match in new]
    lost = [role for role in old if ROLE.fullmatch(role) and old.count(role) > words.count(role)]
    swaps: list[tuple[int, int, str]] = []
    for kind, low, high, start, end in SequenceMatcher(None, old, words, autojunk=False).get_opcodes():
        if kind != "replace":
            continue
        roles = [role for role in old[low:high] if role in lost]
        typed = [found for match in new[start:end] if (found := NUMBER.fullmatch(match[0]))]
        places = [match for match in new[start:end] if NUMBER.fullmatch(match[0])]
        for role, found, match in zip(roles, typed, places, strict=False):
            at = match.start() + found.start("number")
            swaps.append((at, at + len(found["number"]), role))
    kept = []
    for low, high, role in reversed(swaps):
        kept.append((role, after[low:high]))
        after = f"{after[:low]}{role}{after[high:]}"
    return after, kept[::-1]
