"""What a passage is in Word and in Markdown alike: plain text in its dress, and live passages between."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.word.fields import NO_BREAK_SPACE, bookmark_name, digest, passages

# Dress that both have, each with what Markdown writes on either side.
MARKDOWN: dict[model.Mark, str] = {"code": "`", "strong": "**", "emphasis": "*"}
# Markdown has no raised or lowered type; these signs have both.
SIGNS_OF: dict[model.Mark, dict[int, int]] = {
    "superscript": str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ"),
    "subscript": str.maketrans("0123456789+-−()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎"),
}
SIGNS = re.compile(r"[\\`*_{}\[\]<>$]")
LEADING = re.compile(r"^(#|[-+](?=\s)|>|:::|%|\||\d+(?=[.)]\s))")


@dataclass(frozen=True)
class Piece:
    """A stretch of a passage.

    Attributes
    ----------
    text : str
        What is printed.
    marks : frozenset of Mark
        How.
    live : str
        The short name of a live passage, or the bookmark of the exhibit that a cross-reference names.
    printed : str
        Digest of what a live passage printed when the document was made.
    link : str
        Address of a link.
    """

    text: str
    marks: frozenset[model.Mark] = frozenset()
    live: str = ""
    printed: str = ""
    link: str = ""


def pieces_of(line: model.Line, exhibits: Iterable[str] = ()) -> list[Piece]:
    """Return a line of the manuscript as pieces."""
    numbered = set(exhibits)
    found: list[Piece] = []
    for source, words in passages(line):
        target = words[0].target.removeprefix("#")
        if source and target not in numbered:
            found.append(Piece(model.plain(tuple(words)), live=digest(source, 10)))
            continue
        for word in words:
            name = word.target.removeprefix("#")
            if word.target.startswith("#") and name in numbered:
                found.append(Piece(word.text, live=bookmark_name(name)))
            else:
                found.append(Piece(word.text, word.marks & (MARKDOWN.keys() | SIGNS_OF.keys())))
    return joined(found)


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces with one space where there are several, and neighbors in one dress together."""
    found: list[Piece] = []
    for piece in pieces:
        text = re.sub(rf"[\s{NO_BREAK_SPACE}]+", " ", piece.text)
        if found and not found[-1].live and not piece.live and _dress(found[-1]) == _dress(piece):
            found[-1] = replace(found[-1], text=re.sub(" +", " ", found[-1].text + text))
        elif text:
            found.append(replace(piece, text=text))
    return found


def _dress(piece: Piece) -> tuple[frozenset[model.Mark], str]:
    return piece.marks, piece.link


def canonical(pieces: Sequence[Piece], *, dressed: bool) -> str:
    """Return what tells whether a passage was changed: its words, with their dress or without, a live passage by its name."""
    plain = (piece if dressed else replace(piece, marks=frozenset(), link="") for piece in pieces)
    parts = [f"{{{piece.live}}}" if piece.live else _dressed(piece.text, piece) for piece in joined(plain)]
    return " ".join("".join(parts).split())


def markdown(pieces: Sequence[Piece], sources: dict[str, str], links: dict[str, str]) -> str:
    """Return pieces as Markdown on one line.

    Parameters
    ----------
    pieces : sequence of Piece
        A passage.
    sources : dict of str to str
        By short name, what an author types for a live passage.
    links : dict of str to str
        By its words, the address of each link that the passage had.
    """
    parts = []
    for piece in joined(pieces):
        if piece.live:
            parts.append(sources.get(piece.live, escaped(piece.text)))
        elif address := links.get(piece.text, piece.link):
            parts.append(f"[{escaped(piece.text)}]({address})")
        else:
            parts.append(_dressed(piece.text if "code" in piece.marks else escaped(piece.text), piece))
    text = " ".join("".join(parts).split())
    return LEADING.sub(r"\\\1", text)


def _dressed(text: str, piece: Piece) -> str:
    """Return a text between its marks, the spaces at its ends outside of them."""
    words = text.strip()
    if not words:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    for mark, signs in SIGNS_OF.items():
        words = words.translate(signs) if mark in piece.marks else words
    for mark, sign in MARKDOWN.items():
        words = f"{sign}{words}{sign}" if mark in piece.marks else words
    return f"{before}{words}{after}"


def escaped(text: str) -> str:
    """Return a text in which no sign is markup."""
    return SIGNS.sub(r"\\\g<0>", text)
