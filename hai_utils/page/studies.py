"""The files and choices of each study, in a folder that other users of the machine cannot read.

Everything that a page asks is written down before it answers: a reload, a second window and a killed server lose nothing.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self, get_args

import yaml

from hai_utils.catalogue.criteria import criteria_of
from hai_utils.cohort.identifiers import words_of
from hai_utils.errors import DataError
from hai_utils.importing.files import SCANS_FILE
from hai_utils.parameters import Parameters
from hai_utils.profiles import resolve

Role = Literal["data", "redcap", "dictionary", "scans", "mapping", "study"]
ROLES: tuple[Role, ...] = get_args(Role)
STUDY_FILE, FILES, MADE, RUNS, SECRET = "study.json", "files", "made", "runs", ".secret"
SECRET_BYTES = 32
ARTICLE = "study.yml"
# The dictionary that was brought, with the columns that the person took under their own names.
OWN_DICTIONARY = "dictionary.csv"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Correction:
    """A cell that was put right on the page; ``value`` is empty where it was left out.

    Attributes
    ----------
    table : {'file', 'cohort', 'scans'}
        Whether the column is one of the file that was brought, of the cohort made of it, or of the table of scans.
    column : str
        Empty for a line of the scans that is left out.
    line : int
        Line of the file that was brought.
    """

    table: Literal["file", "cohort", "scans"]
    column: str
    line: int
    value: str


@dataclass(frozen=True, slots=True)
class Study:
    """One study.

    Attributes
    ----------
    folder : Path
        Its folder; the last part is its name in addresses.
    title : str
        What it is called for people.
    files : mapping of Role to str
        Names of the files that were brought, in the folder ``files``.
    sheet : str
        Sheet of the workbook, where one was chosen.
    meanings, answers : mapping of str to str
        What the person said of columns and of the questions of the import.
    corrections : tuple of Correction
        Cells put right, in the order in which that was done.
    lines_out : tuple of int
        Lines that are no patients, as the person says.
    made : str
        The cohort's file in the folder, once it can be built; empty before. What was made with it lies beside it.
    parameters : mapping of str to str
        Settings that differ from the profile's, as they are typed after ``--set``.
    article : mapping of str to str
        Title, authors and journal of the manuscript, as they were typed.
    """

    folder: Path
    title: str
    files: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    lines_out: tuple[int, ...] = ()
    made: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    article: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in addresses."""
        return self.folder.name

    @property
    def corrected(self) -> bool:
        """Whether cells were put right or lines left out here."""
        return bool(self.corrections or self.lines_out)

    @property
    def used(self) -> str:
        """When anything was chosen last, for people who have several of one title."""
        then = datetime.fromtimestamp((self.folder / STUDY_FILE).stat().st_mtime).astimezone()
        return f"{then.day} {then:%B %Y, %H:%M}"

    def file(self, role: Role) -> Path | None:
        """Return a file that was brought; None where there is none of the role."""
        return self.folder / FILES / self.files[role] if role in self.files else None

    @property
    def cohort(self) -> Path | None:
        """The cohort's file, once it can be built."""
        return self.folder / self.made if self.made else None

    @property
    def dictionary(self) -> Path | None:
        """The dictionary of the cohort's own columns."""
        own = self.folder / OWN_DICTIONARY
        return own if own.is_file() else self.file("dictionary")

    @property
    def scans(self) -> Path | None:
        """The table of lesion scans: made by the import, or as it was brought."""
        made = (self.cohort or self.folder).with_name(SCANS_FILE)
        return made if self.made and made.is_file() else self.file("scans")

    @property
    def runs(self) -> Path:
        """The folder of kept runs."""
        return self.folder / RUNS

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Return what tells the files as they are now from any others."""
        paths = [*sorted((self.folder / FILES).iterdir()), self.folder / OWN_DICTIONARY]
        found = [(path.name, path.stat()) for path in paths if path.is_file()]
        return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)

    def settings(self, changed: Mapping[str, str] | None = None) -> list[str]:
        """Return all settings of a build as ``NAME=VALUE``, the files as absolute paths."""
        files = {
            "data": self.cohort, "dictionary": self.dictionary, "scans": self.scans,
            "study": self.file("study") or (self.folder / ARTICLE if self.article else None),
        }  # fmt: skip
        named = {name: str(path.resolve()) for name, path in files.items() if path is not None}
        return [f"{name}={value}" for name, value in {**self.parameters, **(changed or {}), **named}.items()]

    def resolved(self, root: Path, changed: Mapping[str, str] | None = None) -> Parameters:
        """Return the parameters of a build of this study, with some changed.

        Raises
        ------
        ParameterError
            Naming parameter, value and what is allowed.
        """
        settings = self.settings(changed)
        # What another criterion left open stays behind with it.
        free = [one for one in settings if not criteria_of(one.partition("=")[0])]
        criterion = resolve(root, settings=free).response_criterion
        return resolve(
            root, settings=[one for one in settings if one in free or criterion in criteria_of(one.partition("=")[0])]
        )

    def with_file(self, role: Role, name: str) -> Self:
        """Return the study with another file in a role; what was said of the one before no longer holds."""
        kept = tuple(one for one in self.corrections if not (role == one.table == "scans"))
        study = replace(self, files={**self.files, role: name}, corrections=kept, made="")
        return (
            study
            if role in {"scans", "study"}
            else replace(study, sheet="", meanings={}, answers={}, corrections=(), lines_out=())
        )


class Studies:
    """The studies of a folder.

    Parameters
    ----------
    home : Path
        Made unless it is there, for its owner alone.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secret(self) -> str:
        """Return the value of the cookie: made once, so that an open page goes on after a restart."""
        path = self.home / SECRET
        if path.is_file() and path.stat().st_size < SECRET_BYTES:
            path.unlink()  # cut short: the machine stopped while it was written
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(secrets.token_urlsafe(SECRET_BYTES))
        except FileExistsError:
            pass
        return path.read_text(encoding="ascii")

    def all(self) -> list[Study]:
        """Return all studies, the last used first."""
        found = [path for path in self.home.glob(f"*/{STUDY_FILE}") if _NAME.fullmatch(path.parent.name)]
        found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        return [study for path in found if (study := self.get(path.parent.name)) is not None]

    def get(self, name: str) -> Study | None:
        """Return a study by its name; None where there is none that can be read."""
        folder = self.home / name
        if not _NAME.fullmatch(name) or not (folder / STUDY_FILE).is_file():
            return None
        try:
            return _study(folder, json.loads((folder / STUDY_FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def create(self, title: str) -> Study:
        """Make the folder of a new study."""
        base = words_of(Path(title).stem)[:48] or "study"
        base = base if _NAME.fullmatch(base) else f"study_{base}"
        number = 1
        while True:
            folder = self.home / (base if number == 1 else f"{base}_{number}")
            try:
                folder.mkdir(mode=0o700)
                break
            except FileExistsError:
                number += 1
        (folder / FILES).mkdir(mode=0o700)
        return self.save(Study(folder, title if number == 1 else f"{title} ({number})"))

    def save(self, study: Study) -> Study:
        """Write a study down: the file that was there stays until the new one is whole."""
        content = {name: value for name, value in asdict(study).items() if name != "folder"}
        whole = study.folder / f".{STUDY_FILE}.{secrets.token_hex(4)}"
        try:
            whole.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
            whole.replace(study.folder / STUDY_FILE)
        finally:
            whole.unlink(missing_ok=True)
        return study

    def add_file(self, study: Study, role: Role, name: str, content: bytes) -> Study:
        """Put a file into a study; an earlier one of the role goes."""
        shown = _file_name(name)
        if any(other == shown and one != role for one, other in study.files.items()):
            raise DataError([f"{shown}: a file of this name is there already. Rename one of the two."])
        before, path = study.file(role), study.folder / FILES / shown
        whole = path.with_name(f".{secrets.token_hex(4)}")
        try:
            whole.write_bytes(content)
            whole.replace(path)
        finally:
            whole.unlink(missing_ok=True)
        if before is not None and before != path:
            before.unlink(missing_ok=True)
        return self.save(study.with_file(role, shown))

    def drop_file(self, study: Study, role: str) -> Study:
        """Take a file that came beside the table out of a study."""
        path = next((study.file(one) for one in ROLES if one == role), None)
        if path is not None:
            path.unlink(missing_ok=True)
        if role == "dictionary":
            (study.folder / OWN_DICTIONARY).unlink(missing_ok=True)
        return self.save(replace(study, files={one: name for one, name in study.files.items() if one != role}, made=""))

    def write_article(self, study: Study, article: Mapping[str, str]) -> Study:
        """Write title, authors and journal as the study file of the manuscript; empty ones are left out."""
        given = {name: text for name, text in article.items() if text}
        authors = [{"name": name.strip()} for name in given.get("authors", "").split(",") if name.strip()]
        content = {**given, "authors": authors}
        (study.folder / ARTICLE).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return self.save(replace(study, article=given))

    def keep_made(self, study: Study, made: str) -> Study:
        """Note which cohort was made last; those that were made before go."""
        study = self.save(replace(study, made=made))
        for folder in (study.folder / MADE).glob("*"):
            if study.cohort is not None and folder != study.cohort.parent:
                shutil.rmtree(folder, ignore_errors=True)
        return study

    def delete(self, study: Study) -> None:
        """Delete a study with all that it holds."""
        gone = study.folder.with_name(f".{study.name}.{secrets.token_hex(4)}")
        study.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _file_name(name: str) -> str:
    """Return a name as it may stand in the folder: the last part of a path, without signs that steer anything."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(sign if sign.isprintable() else "_" for sign in last).strip(". ")
    stem, suffix = Path(plain).stem[:80], Path(plain).suffix[:12]
    return f"{stem}{suffix}" if stem else f"table{suffix}"


def _study(folder: Path, content: dict[str, Any]) -> Study:
    corrections = tuple(Correction(**one) for one in content.pop("corrections"))
    return Study(folder, corrections=corrections, lines_out=tuple(content.pop("lines_out")), **content)
