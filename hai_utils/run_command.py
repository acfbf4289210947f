"""What ``hai build`` does: read the request, find that nothing changed, or make a run and its site."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from hai_utils.errors import ParameterError, UsageError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, load_parameters, render
from hai_utils.project import MARKER, PARAMETER_FILE, PROFILES, find_root
from hai_utils.run.output import check_target, digest, exchange, is_current, private_folder, write_stamp

DEFAULT_OUT = "_build/hai"
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
    profile: str = ""
    source: Path | None = None
    no_cache: bool = False
    formats: tuple[str, ...] = DEFAULT_FORMATS


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


class Progress:
    """Says what is under way: one line a step, and keeps how long each took."""

    def __init__(self) -> None:
        self.start = self.last = time.perf_counter()
        self.stages: dict[str, float] = {}

    def done(self, step: str) -> None:
        """Note and say that a step is finished."""
        now = time.perf_counter()
        self.stages[step] = round(now - self.last, 3)
        self.last = now
        sys.stderr.write(f"  {step}  {now - self.start:.1f} s\n")


def resolve_parameters(request: BuildRequest, root: Path) -> Parameters:
    """Return the parameters of a request: params.yml, the profile, the file, single settings, later ones winning."""
    files = [root / PARAMETER_FILE]
    if request.profile:
        profile = root / PROFILES / f"{request.profile}.yml"
        if not profile.is_file():
            known = ", ".join(sorted(path.stem for path in (root / PROFILES).glob("*.yml")))
            raise ParameterError(f"--profile {request.profile}: no such profile. Known: {known}.")
        files.append(profile)
    if request.params is not None:
        files.append(request.params)
    settings = list(request.settings)
    for name, path in (("data", request.data), ("dictionary", request.dictionary), ("scans", request.scans)):
        if path is not None:
            settings.append(f"{name}={_from_root(path, root)}")
    return load_parameters(files, settings)


def _from_root(path: Path, root: Path) -> str:
    """Return a path as parameters hold it: relative to the project where it lies in it, else absolute."""
    absolute = path.resolve()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def inputs_digest(root: Path, parameters: Parameters) -> str:
    """Return one digest over everything that a run is made from."""
    from hai_utils.run.sources import sources_digest

    files = [root / name for name in (getattr(parameters, each) for each in FILE_PARAMETERS) if name]
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    return digest([render(parameters), sys.version, sources_digest(root), *contents])


def run_build(request: BuildRequest) -> None:
    """Build the book that is asked for, unless it is there already."""
    root = find_root() if request.source is None else _source(request.source)
    parameters = resolve_parameters(request, root)
    out = request.out.resolve() if request.out is not None else root / DEFAULT_OUT
    check_target(out)
    inputs = digest([inputs_digest(root, parameters), *request.formats])
    if not request.no_cache and is_current(out, inputs):
        _announce(out, "Nothing changed.")
        return
    progress = Progress()
    with private_folder(out) as folder:
        _make(root, parameters, folder, progress, request.formats, previous=out)
        write_stamp(folder, inputs)
        exchange(folder, out)
    _announce(out, f"Built in {time.perf_counter() - progress.start:.1f} s.")


def _source(path: Path) -> Path:
    root = path.resolve()
    if not (root / MARKER).is_file():
        raise ParameterError(f"--source {path}: no {MARKER} there, so it is no project.")
    return root


def _make(
    root: Path, parameters: Parameters, folder: Path, progress: Progress, formats: tuple[str, ...], previous: Path
) -> None:
    from hai_utils.run.build import prepare_run

    progress.done("reading")
    prepare_run(root, parameters, folder, progress=progress.done, meanwhile=_import_sphinx)
    from hai_utils.book.site import build_html

    progress.done("results")
    build_html(root, folder, folder / "html", doctrees=folder / ".doctrees")
    progress.done("site")
    from hai_utils.book.manuscript.documents import write_documents

    write_documents(root, folder, formats, doctrees=folder / ".doctrees", previous=previous)
    progress.done("documents")
    _remove_working_files(folder)
    _add_timings(folder, progress)


# What Sphinx loads when it starts, beside itself.
_LOADED_BY_SPHINX = (
    "jupyter_book.config",
    "sphinx.application",
    "sphinx.builders.html",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_book_theme",
    "sphinx_external_toc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_togglebutton",
    "sphinxcontrib.bibtex",
    "myst_nb.sphinx_ext",
    "hai_utils.book.extension",
    "hai_utils.book.site",
)


def _import_sphinx() -> None:
    """Import what assembling needs while the notebooks run."""
    for name in _LOADED_BY_SPHINX:
        import_module(name)


def _remove_working_files(folder: Path) -> None:
    import shutil

    for name in (".doctrees", "chapters", "jupyter_execute"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _add_timings(folder: Path, progress: Progress) -> None:
    path = folder / "provenance.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["seconds"] = progress.stages
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _announce(out: Path, what: str) -> None:
    page = out / "html" / "index.html"
    size = sum(path.stat().st_size for path in (out / "html").rglob("*") if path.is_file()) / 1e6
    sys.stdout.write(f"{what} The book: {page} ({size:.1f} MB)\nIts numbers: {out / 'results.csv'}\n")
    for path in sorted(out.glob("manuscript.*")):
        sys.stdout.write(f"The manuscript: {path}\n")
