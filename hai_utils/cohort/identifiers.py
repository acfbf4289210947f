"""What may identify a person, in a header or a cell, and how to speak of a cell without repeating it.

The kinds follow the 18 identifiers of the HIPAA Safe Harbor rule (45 CFR 164.514(b)(2)): names, places smaller than a
state, dates, telephone and record numbers, e-mail and web addresses. Free text is taken for one, because it holds them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from hai_utils.package_data import packaged_words

HeaderKind = Literal["name", "contact", "record number", "date of birth", "free text"]

_WORDS = packaged_words("cohort/words.toml")
_HEADER_PHRASES: dict[HeaderKind, list[str]] = _WORDS["headers"]
_NAMES_OF_THINGS: list[str] = _WORDS["names_of_things"]
_ROW_IDENTIFIERS = frozenset(_WORDS["row_identifiers"])
# In place of a study number, these say that a row is a note or a sum.
SUMMARY_WORDS = frozenset(_WORDS["summary"])

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CELL_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an e-mail address", re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")),
    ("a web address", re.compile(r"https?://|\bwww\.", re.IGNORECASE)),
    ("a date", re.compile(r"(?<!\d)(\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](\d{4}|\d{2}))(?!\d)")),
    ("a date", re.compile(rf"\b\d{{1,2}}[-/. ]?({_MONTHS})[a-z]*\.?,?[-/. ]?(\d{{4}}|\d{{2}})\b", re.IGNORECASE)),
    ("a date", re.compile(rf"\b({_MONTHS})[a-z]*\.? \d{{1,2}},? (\d{{4}}|\d{{2}})\b", re.IGNORECASE)),
    ("a name", re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Mme|Sr|Sra)\b\.? \w")),
    ("a telephone or record number", re.compile(r"\d(?:[ ()/.-]{0,2}\d){5,}")),
)
# Seven digits before the point are no measurement of this field; six may be a platelet count.
_LONG_NUMBER = re.compile(r"[-+]?\d{7,}")
PLAIN_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d{1,2})?", re.ASCII)
FREE_TEXT_LENGTH = 60
FREE_TEXT_WORDS = 8
SHOWN_HEADER_LENGTH = 60


def words_of(header: str) -> str:
    """Write a header in small letters without accents, its words joined by ``_`` (``Date of Birth`` -> ``date_of_birth``)."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", header)
    plain = unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def header_kind(header: str) -> HeaderKind | None:
    """Say which kind of identifier a column holds, judged by its header; None where it looks harmless."""
    words = f"_{words_of(header)}_"
    for thing in _NAMES_OF_THINGS:
        words = words.replace(f"_{thing}_", "_")
    for kind, phrases in _HEADER_PHRASES.items():
        if any(f"_{phrase}_" in words for phrase in phrases):
            return kind
    return None


def is_row_identifier(header: str) -> bool:
    """Say whether a header names the rows (``Patient-ID``, ``record_id``, ``Study no.``)."""
    return words_of(header) in _ROW_IDENTIFIERS


def identifier_in(cell: str) -> str:
    """Say what in a cell may identify a person (``a date``); an empty string where nothing is found.

    A plain number is judged by its length alone: measurements have fewer than seven digits before the point.
    """
    if PLAIN_NUMBER.fullmatch(cell):
        return "a telephone or record number" if _LONG_NUMBER.match(cell) else ""
    return next((kind for kind, pattern in _CELL_PATTERNS if pattern.search(cell)), "")


def is_free_text(cell: str) -> bool:
    """Say whether a cell is a sentence rather than a category."""
    return len(cell) > FREE_TEXT_LENGTH or "\n" in cell or "\r" in cell or len(cell.split()) > FREE_TEXT_WORDS


def describe(cell: str) -> str:
    """Speak of a cell without repeating it: a message or a log must not carry an identifier."""
    if not cell:
        return "nothing"
    if found := identifier_in(cell):
        return found
    if PLAIN_NUMBER.fullmatch(cell):
        return "a number"
    return "free text" if is_free_text(cell) else f"a text of {len(cell)} signs"


def shown_header(header: str, position: int) -> str:
    """Return a header as a message may show it, or its position where the header itself may be a datum."""
    harmless = header and len(header) <= SHOWN_HEADER_LENGTH and not identifier_in(header) and header.isprintable()
    return header if harmless else f"column {position}"


def header_faults(header: Sequence[str]) -> list[str]:
    """Say why the first line cannot be a header: numbers, dates and addresses are data, and would be printed as names.

    Returns
    -------
    list of str
        One phrase a cell, without the cell itself.
    """
    faults = []
    for position, cell in enumerate(header, start=1):
        found = identifier_in(cell)
        if found or PLAIN_NUMBER.fullmatch(cell):
            faults.append(f"column {position} has {found or 'a number'} where its name should stand")
    return faults
