"""What ``hai build`` does: read the request, find that nothing changed, or make a run and its site."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from hai_utils.errors import ParameterError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, load_parameters, render
from hai_utils.project import MARKER, PARAMETER_FILE, PROFILES, find_root
from hai_utils.run.notebooks import WORKERS
from hai_utils.run.output import check_target, digest, exchange, is_current, private_folder, write_stamp

DEFAULT_OUT = "_build/hai"


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """The words of a ``hai build``; see its help."""

    data: Path | None = None
    params: Path | None = None
    settings: tuple[str, ...] = ()
    out: Path | None = None
    dictionary: Path | None = None
    profile: str = ""
    source: Path | None = None
    no_cache: bool = False
    more_params: tuple[Path, ...] = ()  # win over `params`: a center's own


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
    files += request.more_params
    settings = list(request.settings)
    for name, path in (("data", request.data), ("dictionary", request.dictionary)):
        if path is not None:
            settings.append(f"{name}={_from_root(path, root)}")
    return load_parameters(files, settings)


def _from_root(path: Path, root: Path) -> str:
    """Return a path as parameters hold it: relative to the project where it lies in it, else absolute."""
    absolute = path.resolve()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def inputs_digest(root: Path, parameters: Parameters, sources: str = "") -> str:
    """Return one digest over everything that a run is made from; `sources` is that of the project where it is known."""
    from hai_utils.run.sources import sources_digest

    files = [root / name for name in (getattr(parameters, each) for each in FILE_PARAMETERS) if name]
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    return digest([render(parameters), sys.version, sources or sources_digest(root), *contents])


def run_build(request: BuildRequest) -> None:
    """Build the book that is asked for, unless it is there already."""
    root = project_root(request.source)
    parameters = resolve_parameters(request, root)
    out = request.out.resolve() if request.out is not None else root / DEFAULT_OUT
    build_into(root, parameters, out, no_cache=request.no_cache)


def build_into(
    root: Path, parameters: Parameters, out: Path, *, no_cache: bool = False, workers: int = WORKERS
) -> None:
    """Build the book of resolved parameters, unless it is there already; so many notebooks run at a time."""
    check_target(out)
    inputs = inputs_digest(root, parameters)
    if not no_cache and is_current(out, inputs):
        _announce(out, "Nothing changed.")
        return
    progress = Progress()
    with private_folder(out) as folder:
        _make(root, parameters, folder, progress, workers)
        write_stamp(folder, inputs)
        exchange(folder, out)
    _announce(out, f"Built in {time.perf_counter() - progress.start:.1f} s.")


def project_root(source: Path | None) -> Path:
    """Return the project that is named, else the nearest one."""
    if source is None:
        return find_root()
    root = source.resolve()
    if not (root / MARKER).is_file():
        raise ParameterError(f"--source {source}: no {MARKER} there, so it is no project.")
    return root


def _make(root: Path, parameters: Parameters, folder: Path, progress: Progress, workers: int) -> None:
    from hai_utils.run.build import prepare_run

    progress.done("reading")
    prepare_run(root, parameters, folder, workers=workers, progress=progress.done, meanwhile=import_sphinx)
    from hai_utils.book.site import build_html

    progress.done("results")
    build_html(root, folder, folder / "html", doctrees=folder / ".doctrees")
    _remove_working_files(folder)
    progress.done("site")
    _add_timings(folder, progress)


# What Sphinx loads when it starts, beside itself.
_LOADED_BY_SPHINX = (
    "jupyter_book.config",
    "sphinx.application",
    "sphinx.builders.html",
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


def import_sphinx() -> None:
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
