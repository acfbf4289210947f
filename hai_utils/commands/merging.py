"""What ``hai manuscript merge`` does: take the words of a DOCX that was edited in Word back to the author's section files."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hai_utils.book.manuscript.word.edited import read_edited
from hai_utils.book.manuscript.word.merging import ROLE, Known, Told, merge
from hai_utils.book.roles import ROLES
from hai_utils.book.state import BookRun
from hai_utils.errors import DataError, ResultError, UsageError
from hai_utils.project import find_root, finished_run
from hai_utils.show.content import plain
from hai_utils.study.reading import STUDY, find_study, read_study_file
from hai_utils.untrusted import plain_lines

# What is taken into the section files; all else is said and left to the author.
TAKEN = ("changed", "moved", "added", "deleted")
REPORTED = {
    "number": "numbers that were changed by hand, and stay those of the run",
    "made": "passages and tables that the run makes, and were changed",
    "homeless": "passages that have no place in a section",
    "comment": "comments",
}


def merge_manuscript(edited: Path, run: Path | None, study: Path | None, *, dry_run: bool) -> None:
    """Take an edited manuscript to the section files of the study it belongs to.

    Parameters
    ----------
    edited : Path
        The DOCX.
    run : Path, optional
        The run that it was made from, or a later one of the same study; default: the project's own.
    study : Path, optional
        The study file; default: the one that the run was made with.
    dry_run : bool
        Whether nothing is written.

    Raises
    ------
    HaiError
        Where the file is no edited manuscript, or run, study file or a section is not there.
    """
    root = find_root()
    book = BookRun.read(finished_run(run), root)
    sections = _sections(study or _study_of(book, edited), edited.name)
    known = known_of(book, [path.read_text(encoding="utf-8") for path in sections.values()])
    merge_sections(edited, sections, known, dry_run=dry_run)


def _study_of(book: BookRun, edited: Path) -> Path:
    """Return the study file of a run, or the one that lies beside the edited document or here."""
    parameters = book.results.study.parameters
    found = find_study(book.root, parameters.get("study", ""), parameters["data"], parameters["group_by"])
    for path in (found, edited.parent / STUDY, Path(STUDY)):
        if path is not None and path.is_file():
            return path
    raise UsageError("The study file of this run is not found from here. Name it: --study FOLDER/study.yml.")


def _sections(study: Path, name: str) -> dict[str, Path]:
    file = read_study_file(study)
    sections: dict[str, Path] = {section: study.parent / path for section, path in file.sections.items()}
    if missing := [f"{study.name}: {path.name}: no such file." for path in sections.values() if not path.is_file()]:
        raise DataError(missing)
    if not sections:
        raise DataError(
            [f"{study.name} names no sections, so that nothing of {name} has a place. Add 'sections:' to it."]
        )
    return sections


def known_of(book: BookRun, texts: Sequence[str]) -> Known:
    """Return what a run prints for the roles of texts and for each of its numbers, and the names of its exhibits."""
    printed: dict[str, str] = {}
    for record in book.results:
        if record.reported:
            printed[f"{{val}}`{record.key}`"] = record.formatted
        if record.method:
            printed[f"{{val}}`{record.key}@{record.method}`"] = record.formatted
    for role in {role for text in texts for role in ROLE.findall(text)}:
        name, _, named = role[1:-1].partition("}`")
        if name in ROLES:
            with suppress(ResultError):
                printed[role] = plain(ROLES[name](book, named))
    return Known(printed, frozenset(book.exhibits))


def merge_sections(edited: Path, sections: Mapping[str, Path], known: Known, *, dry_run: bool) -> None:
    """Say what an edited manuscript changes, and change the section files; what they said before stays beside them.

    Parameters
    ----------
    edited : Path
        The DOCX.
    sections : mapping of str to Path
        The author's own files, by the names of their sections.
    known : Known
        The numbers and exhibits of the run.
    dry_run : bool
        Whether nothing is written.

    Raises
    ------
    DataError
        Where the file is no edited manuscript.
    """
    merged = merge(read_edited(edited), sections, known)
    _say(f"{edited.name}: {_summary(merged.told)}")
    for kind in TAKEN:
        for one in _of(merged.told, kind):
            _say(f"  {kind} in {one.place}: {one.text}")
    for kind, heading in REPORTED.items():
        found = _of(merged.told, kind)
        if found:
            _say(f"{'Shown' if kind == 'comment' else 'Not taken'}: {heading}")
        for one in found:
            _say(f"  {one.place}: {one.text}")
    for path, text in merged.files.items():
        if dry_run:
            _say(f"Would write {_shown(path)}")
        else:
            _say(f"Wrote {_shown(path)}; before: {_shown(_written(path, text))}")
    if merged.files and dry_run:
        _say(
            "Nothing was written. Without --dry-run the files are written, and what they said before stays beside them."
        )


def _of(told: Sequence[Told], kind: str) -> list[Told]:
    return [one for one in told if one.kind == kind]


def _summary(told: Sequence[Told]) -> str:
    counts = Counter(one.kind for one in told)
    taken = ", ".join(f"{counts[kind]} {kind}" for kind in TAKEN if counts[kind])
    return taken or "no text of yours was changed"


def _written(path: Path, text: str) -> Path:
    """Write a section file, and return where its former text lies; a fault leaves it as it was."""
    number, former = 1, path.with_name(f"{path.stem}.before-merge{path.suffix}")
    while former.exists():
        number += 1
        former = path.with_name(f"{path.stem}.before-merge-{number}{path.suffix}")
    former.write_bytes(path.read_bytes())
    fresh = path.with_name(f".{path.name}.merging")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
    return former


def _shown(path: Path) -> str:
    """Return a path as it is typed from here."""
    here = Path.cwd()
    return str(path.resolve().relative_to(here)) if path.resolve().is_relative_to(here) else str(path)


def _say(line: str) -> None:
    sys.stdout.write(plain_lines(f"{line}\n"))
