"""A study as one file, from which `hai build` makes the same bytes on another machine; and what such a file may be.

It comes from elsewhere and is not trusted: nothing of it is written before all of it was looked at.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hai_utils.errors import DataError
from hai_utils.parameters import FILE_PARAMETERS, render
from hai_utils.project import is_project
from hai_utils.run.inputs import Inputs
from hai_utils.run.sources import source_files
from hai_utils.study.reading import STUDY, without_digest

ABOUT, PARAMETERS, FILES, PROJECT = "hai-study.json", "params.yml", "files", "project"
FORMAT = 1
# Inputs that hold patients; they go along only where that was asked for.
PATIENTS = ("data", "scans")
MOST_PARTS, MOST_BYTES, MOST_RATIO, RATIO_FROM = 2_000, 256 * 2**20, 300, 2**20
# Signs that no path of ours has, and some systems read otherwise.
_NAME = re.compile(r"[^\x00-\x1f\\:*?\"<>|]+")
_DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError)


@dataclass(frozen=True, slots=True)
class PackedStudy:
    """A study that was unpacked.

    Attributes
    ----------
    project : Path
        The project.
    parameters : Path
        The parameter file.
    files : dict of str to Path
        By parameter, each file that came along.
    digests : dict of str to str
        By parameter, the SHA-256 of each file that the study was made from, whether or not it came along; empty where it is withheld.
    """

    project: Path
    parameters: Path
    files: dict[str, Path]
    digests: dict[str, str]


def pack(inputs: Inputs, *, with_data: bool) -> bytes:
    """Return a study as one file: the same bytes for the same inputs.

    Parameters
    ----------
    inputs : Inputs
        The project, the choices, the files.
    with_data : bool
        Whether the patients' files go along; without them, they are named where it is built.
    """
    parts: dict[str, bytes] = {}
    about: dict[str, object] = {"format": FORMAT, "files": {}, "sha256": {}}
    plain = inputs.parameters.model_copy(update=dict.fromkeys(FILE_PARAMETERS, "") | {"data": "-"})
    parts[PARAMETERS] = render(plain).encode()
    # Where small cells are withheld, a digest tells which of the possible small files the cohort is.
    silent = inputs.parameters.disclosure != "none" and not with_data
    files, digests = {}, {}
    for name, path in inputs.files.items():
        content = path.read_bytes()
        digests[name] = "" if silent and name in PATIENTS else hashlib.sha256(content).hexdigest()
        if with_data or name not in PATIENTS:
            files[name] = f"{FILES}/{name}{path.suffix.lower()}"
            parts[files[name]] = content
    for name, path in inputs.study.items():
        # Beside the cohort, where it is found without being named.
        content = path.read_bytes()
        parts[f"{FILES}/{name}"] = without_digest(content) if silent and name == STUDY else content
    if inputs.parameters.study:
        files["study"] = f"{FILES}/{STUDY}"
    for path in source_files(inputs.root):
        parts[f"{PROJECT}/{path.relative_to(inputs.root).as_posix()}"] = path.read_bytes()
    about |= {"files": files, "sha256": digests}
    parts[ABOUT] = json.dumps(about, indent=1, sort_keys=True).encode()
    return _zipped(parts)


def _zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts):
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, parts[name])
    return buffer.getvalue()


def unpack(path: Path, folder: Path) -> PackedStudy:
    """Unpack a study into an empty folder.

    Raises
    ------
    DataError
        Where the file is none, is damaged, unpacks to far more than a study needs, or has a part that is a link or lies
        outside.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for part in _checked(archive, path.name):
                target = folder / part.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                # `zipfile` never unpacks more than the size that a part declares.
                target.write_bytes(archive.read(part))
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        files = {str(name): folder / str(place) for name, place in about["files"].items()}
        digests = {str(name): str(value) for name, value in about["sha256"].items()}
        version = about["format"]
    except (*_DAMAGED, AttributeError, TypeError):
        raise DataError([f"{path.name}: this is no study as the local page writes it, or it is damaged."]) from None
    inside = all(place.resolve().is_relative_to(folder.resolve()) and place.is_file() for place in files.values())
    if version != FORMAT or not inside or set(files) - set(FILE_PARAMETERS) or not is_project(folder / PROJECT):
        raise DataError(
            [f"{path.name}: this study was written by another version of hai, or changed. Take it away once more."]
        )
    return PackedStudy(folder / PROJECT, folder / PARAMETERS, files, digests)


def _checked(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Return the parts of an archive, each of which may be written.

    Raises
    ------
    DataError
        Naming what is wrong.
    """
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise DataError([f"{name}: it unpacks to far more than a study needs. Nothing of it was written."])
    if any(part.file_size > max(RATIO_FROM, MOST_RATIO * part.compress_size) for part in parts):
        raise DataError([f"{name}: it unpacks to far more than a study needs. Nothing of it was written."])
    if len({part.filename.casefold() for part in parts}) < len(parts):
        raise DataError([f"{name}: two of its parts have one name. Nothing of it was written."])
    for part in parts:
        pieces = PurePosixPath(part.filename).parts
        kind = stat.S_IFMT(part.external_attr >> 16)
        if kind not in {0, stat.S_IFREG} or part.is_dir() or part.flag_bits & 1:
            raise DataError([f"{name}: it has a part that is no ordinary file. Nothing of it was written."])
        plain = _NAME.fullmatch(part.filename) and "/".join(pieces) == part.filename and ".." not in pieces
        if not plain or not (
            part.filename in {ABOUT, PARAMETERS} or (pieces[0] in {FILES, PROJECT} and len(pieces) > 1)
        ):
            raise DataError([f"{name}: it has a part that would lie outside the study. Nothing of it was written."])
    return parts
