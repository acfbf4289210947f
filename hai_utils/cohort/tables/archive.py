"""The archive that an XLSX file is: refused before anything is parsed where it is none, or unpacks to too much."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from posixpath import join, normpath
from xml.etree import ElementTree

from hai_utils.cohort.problems import stop

MAX_UNPACKED = 256 * 2**20
MAX_PARTS = 1_000
# XML of a real table shrinks to about a tenth; blank cells with a format to about a hundredth.
MAX_RATIO = 300
RATIO_FROM = 2**20

# What unpacking a damaged or protected archive raises.
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_CHUNK = 2**20
_TAIL = 256
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*\bref=\"([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})\"")
_HIDDEN = re.compile(rb"<(?:\w+:)?(?:row|col)\s[^<>]*\bhidden=\"(?:1|true)\"")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_FOREIGN = {
    "xl/workbook.bin": "This is a binary workbook (XLSB).",
    "word/document.xml": "This is a Word document.",
    "ppt/presentation.xml": "This is a presentation.",
    "mimetype": "This is an OpenDocument file.",
}
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


@dataclass(slots=True)
class Marks:
    """What one part of the archive holds that a reader of the values alone would not see."""

    merged: set[str] = field(default_factory=set)
    hidden: bool = False
    formulas: bool = False


def inspect_archive(content: bytes) -> dict[str, Marks]:
    """Refuse an archive that is no workbook or unpacks to too much; return the marks of each sheet by its name.

    `zipfile` never unpacks more than the size that a part declares, so the declared sizes bound the work.

    Raises
    ------
    UnreadableError
        Saying which it is.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if _WORKBOOK not in names:
                words = next((words for name, words in _FOREIGN.items() if name in names), "This is a ZIP archive.")
                raise stop("file_kind", 0, words)
            swollen = [p for p in parts if p.file_size > max(RATIO_FROM, MAX_RATIO * p.compress_size)]
            if swollen or len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise stop("bomb", 0, "The workbook unpacks to far more than a cohort needs.")
            marks = {
                part.filename: _inspect_part(archive, part)
                for part in parts
                if part.filename.lower().endswith((".xml", ".rels", ".vml"))
            }
            return {name: marks.get(part, Marks()) for name, part in _sheets(archive).items()}
    except (*_DAMAGED, ElementTree.ParseError, KeyError):
        raise stop("workbook", 0, "The workbook is damaged, or protected by a password.") from None


def _inspect_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Marks:
    marks, tail = Marks(), b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = tail + chunk
            # Entities can make a few bytes expand to gigabytes; no spreadsheet program declares any. A NUL means
            # UTF-16, in which they would not be seen here.
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window or b"\0" in window:
                raise stop("bomb", 0, "The workbook declares XML entities, which no spreadsheet program writes.")
            marks.merged |= {name.decode("ascii") for name in _MERGED.findall(window)}
            marks.hidden = marks.hidden or bool(_HIDDEN.search(window))
            marks.formulas = marks.formulas or bool(_FORMULA.search(window))
            tail = window[-_TAIL:]
    return marks


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name; the parts were seen to declare no entities."""
    relations = ElementTree.fromstring(archive.read(_RELATIONS)) if _RELATIONS in archive.namelist() else ()
    targets = {one.get("Id"): one.get("Target", "") for one in relations}
    sheets: dict[str, str] = {}
    for one in ElementTree.fromstring(archive.read(_WORKBOOK)).iter():
        if one.tag.rpartition("}")[2] == "sheet":
            relation = next((value for key, value in one.items() if key.rpartition("}")[2] == "id"), None)
            target = targets.get(relation, "")
            sheets[one.get("name", "")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    return sheets
