"""From a study file and the files that it names to one record, with every fault at its file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from hai_utils.errors import StudyError, nearest
from hai_utils.input_files import UnusableFileError, read_regular
from hai_utils.safe_yaml import Place, YamlError, read_yaml, read_yaml_with_lines
from hai_utils.study.journals import journal_names
from hai_utils.study.prose import Text, read_text
from hai_utils.study.schema import SECTIONS, CreditRole, StudyFile

STUDY = "study.yml"
# Where a finished run keeps the study file and all that it names.
STUDY_FOLDER = "study"
MOST = 2**20
# Keys whose texts may hold roles; parts of the abstract and the key points beside them.
TEXTS = (
    "dates", "ethics", "funding", "interests", "data_sharing", "code_sharing", "ai_use", "acknowledgments", "registration",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StudyTexts:
    """A study file with the texts that it names.

    Attributes
    ----------
    file : StudyFile
        What it says.
    name : str
        Its name in messages.
    texts : mapping of str to Text
        By section, and by key such as ``ethics`` or ``abstract.background``, what is not empty.
    bibliography : str
        The BibTeX of its own references.
    folder : Path, optional
        Where it lies; None where there is no study file.
    """

    file: StudyFile = field(default_factory=StudyFile)
    name: str = STUDY
    texts: Mapping[str, Text] = field(default_factory=dict)
    bibliography: str = ""
    folder: Path | None = None


def find_study(root: Path, given: str, data: str, group_by: str) -> Path | None:
    """Return the study file of a run: the one that is named, else ``study.yml`` beside the cohort, else the project's.

    A file that belongs to one cohort is taken for no other unless it is named.
    """
    if given:
        return root / given
    for folder in ((root / data).parent, root):
        path = folder / STUDY
        if path.is_file() and _belongs(path, root / data, group_by):
            return path
    return None


def _belongs(path: Path, data: Path, group_by: str) -> bool:
    try:
        content = read_yaml(path)
        asked = content.get("belongs_to") if isinstance(content, dict) else None
    except YamlError:
        # What is wrong with it is said where it is read.
        return True
    if not isinstance(asked, dict):
        return True
    try:
        found = hashlib.sha256(data.read_bytes()).hexdigest()
    except OSError:
        return False
    return (found, group_by) == (asked.get("sha256"), asked.get("group_by"))


def read_study_file(path: Path) -> StudyFile:
    """Read a study file, but none of the files that it names.

    Raises
    ------
    StudyError
        Naming file, line and what is allowed, for every fault at once.
    """
    return _checked(path)[0]


def named_files(path: Path) -> dict[str, Path]:
    """Return the files that a study file names, by their paths below its folder."""
    file = read_study_file(path)
    names = [*file.sections.values(), file.bibliography, file.checklist_answers]
    return {name: path.parent / name for name in names if name}


def read_study(path: Path) -> StudyTexts:
    """Read a study file and the texts that it names.

    Raises
    ------
    StudyError
        Naming file and line of every fault at once.
    """
    file, lines = _checked(path)
    problems: list[str] = []
    texts = {name: read_text(words, path.name, first=lines.get(place, 1)) for name, place, words in _inline(file)}
    for section, name in file.sections.items():
        content = _content(path, name, lines.get(("sections", section), 1), problems)
        texts[section] = read_text(content, name)
    bibliography = (
        _content(path, file.bibliography, lines.get(("bibliography",), 1), problems) if file.bibliography else ""
    )
    problems += [f"{text.name}, line {line}: {what}" for text in texts.values() for line, what in text.problems]
    if problems:
        raise StudyError(problems)
    said = {name: text for name, text in texts.items() if text.blocks}
    return StudyTexts(file, path.name, said, bibliography, path.parent)


def _inline(file: StudyFile) -> Iterator[tuple[str, Place, str]]:
    """Return every text of the study file itself: its name, its place and its words."""
    yield from ((name, (name,), getattr(file, name)) for name in TEXTS if getattr(file, name))
    for part in ("abstract", "key_points"):
        for name, words in getattr(file, part):
            if words:
                yield f"{part}.{name}", (part, name), words
    if file.source and file.source.changes:
        yield "source.changes", ("source", "changes"), file.source.changes


def _content(study: Path, name: str, line: int, problems: list[str]) -> str:
    path = study.parent / name
    where = f"{study.name}, line {line}: {name}:"
    try:
        if not path.resolve().is_relative_to(study.parent.resolve()):
            problems.append(f"{where} the file lies outside the folder of the study file. Copy it there.")
            return ""
        return read_regular(path, MOST).decode("utf-8-sig")
    except UnusableFileError as error:
        problems.append(f"{where} {error.found} A relative path counts from the folder of the study file.")
    except UnicodeDecodeError:
        problems.append(f"{where} this is not UTF-8 text. Save the file as UTF-8.")
    return ""


def _checked(path: Path) -> tuple[StudyFile, dict[Place, int]]:
    try:
        content, lines = read_yaml_with_lines(path)
    except YamlError as error:
        raise StudyError([str(error)]) from None
    if content in (None, ""):
        return StudyFile(), lines
    if not isinstance(content, dict):
        raise StudyError([f"{path.name}: lines of 'name: value' are expected."])
    try:
        file = StudyFile.model_validate(content)
    except ValidationError as error:
        said = [
            f"{path.name}, line {_line(lines, fault['loc'])}: {_explained(fault)}"
            for fault in error.errors(include_url=False)
        ]
        raise StudyError(list(dict.fromkeys(said))) from None
    if file.journal and file.journal not in journal_names():
        where, names = f"{path.name}, line {_line(lines, ('journal',))}", journal_names()
        unknown = f"no profile of a journal '{file.journal}'.{nearest(file.journal, names)}"
        raise StudyError([f"{where}: {unknown} Known: {', '.join(names)}."])
    return file, lines


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """Return the line of a place, or of what holds it."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _explained(fault: Any) -> str:  # noqa: ANN401 - pydantic's error details
    place = [str(part) for part in fault["loc"] if not isinstance(part, int) and "[" not in str(part)]
    name = place[-1] if place else ""
    if fault["type"] == "extra_forbidden":
        known = _keys_at(place[:-1])
        return f"unknown key '{name}'.{nearest(name, known)} Known here: {', '.join(known)}."
    if fault["type"] == "literal_error" and "sections" in place:
        return f"no section '{name}'.{nearest(name, SECTIONS)} Known: {', '.join(SECTIONS)}."
    if fault["type"] == "literal_error" and "roles" in place:
        roles, found = get_args(CreditRole), str(fault["input"])[:60]
        return f"'{found}' is no role of CRediT.{nearest(found, roles)} Known: {', '.join(roles)}."
    if fault["type"] == "missing":
        return f"'{name}' is missing."
    if fault["type"] == "value_error":
        return f"{name + ': ' if name else ''}{fault['ctx']['error']}."
    if fault["type"] == "string_pattern_mismatch":
        return f"'{str(fault['input'])[:60]}' cannot stand for '{name}'. {_PATTERNS.get(name, 'A file below this folder is expected.')}"
    return f"'{name}' cannot be {str(fault['input'])[:60]!r}: {fault['msg'].lower()}."


_PATTERNS = {
    "doi": "A DOI such as 10.7937/QXK2-QG03 is expected.",
    "license_url": "An address that begins with https:// is expected.",
    "sha256": "The SHA-256 of the cohort file is expected, in 64 digits.",
}


def _keys_at(place: list[str]) -> list[str]:
    """Return the keys that a part of the study file may have."""
    model: Any = StudyFile
    for name in place:
        field_ = model.model_fields.get(name)
        found = list(_models(field_.annotation)) if field_ else []
        if not found:
            break
        model = found[0]
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - a type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def without_digest(content: bytes) -> bytes:
    """Take the digest of the cohort file out of a study file: it tells which of the possible small files this one is."""
    plain = re.sub(rb"(?m)^belongs_to:.*(?:\n|\Z)(?:[ \t]+.*(?:\n|\Z))*", b"", content)
    # However else it may be written.
    return re.sub(rb"\b[0-9a-f]{64}\b", b"0" * 64, plain)
