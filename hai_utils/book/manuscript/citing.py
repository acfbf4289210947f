"""Citations and references in a journal's style, by Pandoc's citeproc."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from hai_utils.book.manuscript.model import Line, Mark, ReferenceEntry, Words, plain
from hai_utils.book.manuscript.programs import run_pandoc
from hai_utils.errors import BuildError, StudyError

API = [1, 23, 1]
_DRESS: dict[str, Mark] = {
    "Superscript": "superscript",
    "Subscript": "subscript",
    "Emph": "emphasis",
    "Strong": "strong",
}
_NUMBER = re.compile(r"^[\[(]?(\d+)[.\])]*\s*$")


@dataclass(frozen=True, slots=True)
class Cited:
    """Citations as a journal prints them.

    Attributes
    ----------
    clusters : tuple of Line
        Each citation in the text, in the order in which they were asked for.
    entries : tuple of ReferenceEntry
        The list of references.
    """

    clusters: tuple[Line, ...] = ()
    entries: tuple[ReferenceEntry, ...] = ()

    @property
    def raised(self) -> bool:
        """Whether citations are raised numbers, which stand after a comma or a full stop."""
        return any("superscript" in words.marks for line in self.clusters for words in line)


@lru_cache(maxsize=8)
def read_bibliography(bibtex: str, name: str) -> Mapping[str, Mapping[str, Any]]:
    """Read BibTeX into records of CSL, by their keys.

    Raises
    ------
    StudyError
        Where it cannot be read.
    """
    if not bibtex.strip():
        return {}
    content, said = run_pandoc(["-f", "bibtex", "-t", "csljson"], bibtex.encode())
    if said:
        raise StudyError([f"{name}: this is no BibTeX that can be read: {' '.join(said.split())[:300]}"])
    return {str(record["id"]): record for record in json.loads(content)}


def cite(clusters: Sequence[Sequence[str]], records: Mapping[str, Mapping[str, Any]], style: Path) -> Cited:
    """Return citations and references.

    Parameters
    ----------
    clusters : sequence of sequence of str
        The keys of each citation in the order of the text; every key is one of the records.
    records : mapping of str to mapping
        See `read_bibliography`.
    style : Path
        The file of the citation style (CSL).

    Raises
    ------
    BuildError
        Where Pandoc fails.
    """
    if not clusters:
        return Cited()
    used = [records[key] for key in dict.fromkeys(key for keys in clusters for key in keys)]
    tree = {
        "pandoc-api-version": API,
        "meta": {},
        "blocks": [{"t": "Para", "c": [_cluster(keys)]} for keys in clusters],
    }
    with tempfile.TemporaryDirectory(prefix="hai-references-") as folder:
        references = Path(folder) / "references.json"
        references.write_text(json.dumps(used), encoding="utf-8")
        arguments = ["-f", "json", "-t", "json", "--citeproc", f"--csl={style}", f"--bibliography={references}"]
        content, said = run_pandoc(arguments, json.dumps(tree).encode())
    if said:
        raise BuildError(f"Pandoc could not format the references: {said[:500]}")
    *paragraphs, listed = json.loads(content)["blocks"]
    lines = tuple(_line(paragraph["c"][0]["c"][1]) for paragraph in paragraphs)
    return Cited(lines, tuple(_entries(listed["c"][1])))


def _cluster(keys: Sequence[str]) -> dict[str, Any]:
    one = {
        "citationPrefix": [],
        "citationSuffix": [],
        "citationMode": {"t": "NormalCitation"},
        "citationNoteNum": 1,
        "citationHash": 0,
    }
    return {"t": "Cite", "c": [[{**one, "citationId": key} for key in keys], []]}


def _entries(boxes: Sequence[Any]) -> Iterator[ReferenceEntry]:
    for place, box in enumerate(boxes, start=1):
        (identifier, _, _), content = box["c"]
        line = _line([inline for block in content for inline in block["c"]])
        first, *others = line
        number = _NUMBER.match(first.text)
        # A style without a hanging number has it at the start of the text.
        text = (
            (*others,)
            if number
            else (replace(first, text=re.sub(rf"^[\[(]?{place}[.\])]*\s+", "", first.text)), *others)
        )
        yield ReferenceEntry(str(place), _stripped(text), identifier)


def _stripped(line: Line) -> Line:
    kept = [words for words in line if words.text]
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(kept)


def _line(inlines: Sequence[Any], dress: Words | None = None) -> Line:
    found: list[Words] = []
    for words in _words(inlines, dress or Words("")):
        if found and replace(found[-1], text="") == replace(words, text=""):
            found[-1] = replace(words, text=found[-1].text + words.text)
        else:
            found.append(words)
    return tuple(found)


def _words(inlines: Sequence[Any], dress: Words) -> Iterator[Words]:
    for inline in inlines:
        kind, content = inline["t"], inline.get("c")
        match kind:
            case "Str":
                yield replace(dress, text=content)
            case "Space" | "SoftBreak" | "LineBreak":
                yield replace(dress, text=" ")
            case "Superscript" | "Subscript" | "Emph" | "Strong":
                yield from _words(content, replace(dress, marks=dress.marks | {_DRESS[kind]}))
            case "Link":
                address = str(content[2][0])
                yield from _words(content[1], replace(dress, target=address if address.startswith("https://") else ""))
            case "Span":
                yield from _words(content[1], dress)
                if "csl-left-margin" in content[0][1]:
                    # What hangs stays a stretch of its own.
                    yield replace(dress, text="", key="margin")
            case "Quoted":
                yield replace(dress, text="“")
                yield from _words(content[1], dress)
                yield replace(dress, text="”")
            case "SmallCaps" | "Underline" | "Strikeout":
                yield from _words(content, dress)
            case "Code" | "Math" | "RawInline":
                yield replace(dress, text=str(content[1]))


def placed(line: Line, raised: bool) -> Line:
    """Return a line with its citations where the style has them.

    Raised ones stand after a comma or full stop, others before it; both stand before a semicolon or colon.

    Citations are words whose source is ``{cite}`` with keys.
    """
    found: list[Words] = list(line)
    at = 0
    while at < len(found):
        if not found[at].source.startswith("{cite}"):
            at += 1
            continue
        end = at
        while end < len(found) and found[end].source == found[at].source:
            end += 1
        at = _moved(found, at, end, raised)
    return tuple(words for words in found if words.text)


def _moved(found: list[Words], start: int, end: int, raised: bool) -> int:
    """Put one citation in its place; return where the next words are."""
    before = found[start - 1] if start else None
    after = found[end] if end < len(found) else None
    sign = before.text.rstrip(" ")[-1:] if before is not None and not before.source else ""
    if before is not None and sign in ({";", ":"} if raised else {".", ",", ";", ":"}):
        found[start - 1] = replace(before, text=before.text.rstrip(" ")[:-1] + ("" if raised else " "))
        found.insert(end, replace(before, text=sign))
        return end + 1
    if raised:
        if before is not None:
            found[start - 1] = replace(before, text=before.text.rstrip(" "))
        if after is not None and after.text[:1] in {".", ","} and not after.source:
            found[end] = replace(after, text=after.text[1:])
            found.insert(start, replace(after, text=after.text[0]))
            end += 1
        return end
    if before is not None and not plain((before,)).endswith((" ", "(")):
        found[start - 1] = replace(before, text=before.text + " ")
    return end
