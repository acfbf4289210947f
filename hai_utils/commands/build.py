"""What ``hai build`` does: read the request, find that nothing changed, or make a run and its site."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from hai_utils.commands.next_steps import after_build, cohort_words, spoken
from hai_utils.errors import DataError, ParameterError, UsageError
from hai_utils.input_files import UnusableFileError, read_regular
from hai_utils.parameters import FILE_PARAMETERS, Parameters
from hai_utils.profiles import resolve
from hai_utils.project import (
    DEFAULT_RUN,
    MARKER,
    PACKAGED,
    PARAMETER_FILE,
    find_root,
    is_project,
    runs_home,
)
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.inputs import Inputs
from hai_utils.run.packing import FILES, MOST_BYTES, unpack
from hai_utils.run.sources import sha256
from hai_utils.untrusted import plain_lines

FORMATS = ("html", "docx", "pdf", "print")
DEFAULT_FORMATS = ("html", "docx", "pdf")


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """The words of a ``hai build``; see its help."""

    data: Path | None = None
    params: Path | None = None
    settings: tuple[str, ...] = ()
    out: Path | None = None
    dictionary: Path | None = None
    scans: Path | None = None
    study: Path | None = None
    profile: str = ""
    source: Path | None = None
    no_cache: bool = False
    formats: tuple[str, ...] = DEFAULT_FORMATS
    timeout: float = 600.0
    name: str = ""
    hints: bool = True
    more_params: tuple[Path, ...] = ()  # win over `params`: a center's own


def chosen_formats(text: str) -> tuple[str, ...]:
    """Return the formats that a list with commas names, each once and in order; the site is always one of them.

    Raises
    ------
    UsageError
        Where a name is none of them.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--formats {text}: there is no format '{name}'. Known: {', '.join(FORMATS)}.")
    return tuple(name for name in FORMATS if name == "html" or name in names)


def resolve_parameters(request: BuildRequest, root: Path) -> Parameters:
    """Return the parameters of a request: params.yml, the profile, the file, single settings, later ones winning."""
    files = [*([request.params] if request.params is not None else []), *request.more_params]
    settings = list(request.settings)
    for name, path in (
        ("data", request.data),
        ("dictionary", request.dictionary),
        ("scans", request.scans),
        ("study", request.study),
    ):
        if path is not None:
            settings.append(f"{name}={_from_root(path, root)}")
    parameters = resolve(root, profile=request.profile, files=files, settings=settings)
    return _from_here(parameters, root) if root == PACKAGED else parameters


def _from_here(parameters: Parameters, root: Path) -> Parameters:
    """Return parameters whose relative files are those of the working folder, where the project has none of the name."""
    named = {name: getattr(parameters, name) for name in FILE_PARAMETERS}
    here = {
        name: str(Path(value).resolve())
        for name, value in named.items()
        if value and not (root / value).is_file() and Path(value).is_file()
    }
    return parameters.model_copy(update=here)


def _from_root(path: Path, root: Path) -> str:
    """Return a path as parameters hold it: relative to the project where it lies in it, else absolute."""
    absolute = path.resolve()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def run_build(request: BuildRequest) -> None:
    """Build the book that is asked for, unless it is there already."""
    root = project_root(request.source)
    parameters = resolve_parameters(request, root)
    out = _target(request, root)
    first = not out.exists()
    options = BookOptions(request.formats, request.timeout, reuse=not request.no_cache)
    progress = make_book(Inputs.of(root, parameters), out, options)
    if progress is None:
        for warning in json.loads((out / "provenance.json").read_text(encoding="utf-8")).get("warnings", []):
            sys.stderr.write(plain_lines(f"  warning: {warning}") + "\n")
        _announce(out, "Nothing changed.")
        return
    seconds = time.perf_counter() - progress.start
    _announce(out, f"Built in {seconds:.1f} s ({len(progress.made)} notebooks run).")
    if request.name:
        from hai_utils.run.named_runs import write_runs_page

        sys.stdout.write(f"All named runs: {write_runs_page(root)}\n")
    if first and not request.name and request.hints:
        sys.stdout.write(
            plain_lines(after_build(_asked_words(request), request.data is not None, parameters.response_criterion))
        )


def run_packed(path: Path, request: BuildRequest) -> None:
    """Build a study that was taken away as one file.

    Raises
    ------
    DataError
        Where the file is refused, holds no patients and none are given, or those that are given are others.
    """
    from hai_utils.run.named_runs import RUNS

    if not path.is_file():
        raise UsageError(f"{path.name}: there is no such file.")
    if request.params or request.source or request.profile:
        raise UsageError("A study that was taken away brings its project and its choices: --set changes single ones.")
    with tempfile.TemporaryDirectory() as folder:
        study = unpack(path, Path(folder))
        given = {"data": request.data, "scans": request.scans}
        files: dict[str, Path | None] = dict(study.files)
        for name in sorted(set(study.digests) - set(study.files)):
            files[name] = _same_file(name, given.get(name), study.digests[name], Path(folder) / FILES)
        out = request.out or runs_home(find_root()) / RUNS / path.name.split(".")[0]
        run_build(
            replace(
                request, data=files.get("data"), dictionary=files.get("dictionary"), scans=files.get("scans"),
                study=files.get("study"), params=study.parameters, source=study.project, out=out, hints=False,
            )
        )  # fmt: skip


def _same_file(name: str, given: Path | None, digest: str, folder: Path) -> Path:
    """Return a copy, beside what came along, of a file that a study was made from and that did not."""
    if given is None:
        raise DataError([f"The study was taken away without its patients' data. Add the same file by --{name} FILE."])
    try:
        same = digest in ("", sha256(read_regular(given, MOST_BYTES)))
    except UnusableFileError as error:
        raise DataError([f"--{name} {given.name}: {error.found}"]) from None
    if not same:
        raise DataError([f"--{name} {given.name}: this is not the file that the study was made from, but another one."])
    folder.mkdir(exist_ok=True)
    return Path(shutil.copyfile(given, folder / f"{name}{given.suffix.lower()}"))


def _asked_words(request: BuildRequest) -> str:
    """Return what the book was asked for, as it is typed."""
    words = cohort_words(request.data, request.dictionary, request.scans)
    words += f" --study {spoken(request.study)}" if request.study is not None else ""
    words += f" --params {spoken(request.params)}" if request.params is not None else ""
    words += f" --profile {request.profile}" if request.profile else ""
    return words + "".join(f" --set {shlex.quote(setting)}" for setting in request.settings)


def _target(request: BuildRequest, root: Path) -> Path:
    if not request.name:
        return request.out.resolve() if request.out is not None else runs_home(root) / DEFAULT_RUN
    if request.out is not None:
        raise UsageError("--name and --out both say where the run goes: give one of them.")
    from hai_utils.run.named_runs import named_folder

    return named_folder(root, request.name)


def project_root(source: Path | None) -> Path:
    """Return the project that is named, else the nearest one."""
    if source is None:
        return find_root()
    root = source.resolve()
    if not is_project(root):
        raise ParameterError(f"--source {source}: no {MARKER} with a {PARAMETER_FILE} there, so it is no project.")
    return root


def _announce(out: Path, what: str) -> None:
    page = out / "html" / "index.html"
    size = sum(path.stat().st_size for path in (out / "html").rglob("*") if path.is_file()) / 1e6
    sys.stdout.write(f"{what} The book: {page} ({size:.1f} MB)\nIts numbers: {out / 'results.csv'}\n")
    for path in sorted(out.glob("manuscript.*")):
        sys.stdout.write(f"The manuscript: {path}\n")
