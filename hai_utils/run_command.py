"""What ``hai build`` does: read the request, find that nothing changed, or make a run and its site."""

from __future__ import annotations

import gc
import json
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.errors import ParameterError, UsageError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, load_parameters, render
from hai_utils.project import MARKER, PARAMETER_FILE, PROFILES, find_root
from hai_utils.run.cache import Cache, digest
from hai_utils.run.output import check_target, exchange, is_current, private_folder, remove_left_overs, write_stamp
from hai_utils.run.stopping import stopped_by_signals

if TYPE_CHECKING:
    from hai_utils.run.progress import Progress

DEFAULT_OUT = "_build/hai"
WHAT_NEXT = """\
Next: hai build --set response_threshold_percent=30 --name thirty   another choice, beside this run
      hai params                                                    every choice
      hai template forms                                            forms for a cohort of your own
"""


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
    timeout: float = 600.0
    name: str = ""


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
    for name, path in (("data", request.data), ("dictionary", request.dictionary)):
        if path is not None:
            settings.append(f"{name}={_from_root(path, root)}")
    return load_parameters(files, settings)


def _from_root(path: Path, root: Path) -> str:
    """Return a path as parameters hold it: relative to the project where it lies in it, else absolute."""
    absolute = path.resolve()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def inputs_digest(root: Path, parameters: Parameters) -> str:
    """Return one digest over everything that a run is made from."""
    from hai_utils.run.sources import package_digest, sources_digest

    files = [root / name for name in (getattr(parameters, each) for each in FILE_PARAMETERS) if name]
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    return digest([render(parameters), sys.version, sources_digest(root), package_digest(), *contents])


def run_build(request: BuildRequest) -> None:
    """Build the book that is asked for, unless it is there already."""
    root = find_root() if request.source is None else _source(request.source)
    parameters = resolve_parameters(request, root)
    out = _target(request, root)
    check_target(out)
    inputs = inputs_digest(root, parameters)
    if not request.no_cache and is_current(out, inputs):
        remove_left_overs(out)
        _announce(out, "Nothing changed.")
        return
    first = not out.exists()
    cache = Cache(cache_folder(out), enabled=not request.no_cache)
    from hai_utils.run.progress import Progress

    progress = Progress(cache.timings())
    try:
        with stopped_by_signals(), private_folder(out) as folder:
            _make(root, parameters, folder, progress, cache, request)
            write_stamp(folder, inputs)
            exchange(folder, out)
            cache.finished({name.removeprefix("notebook "): seconds for name, seconds in progress.stages.items()})
    finally:
        progress.close()
    reused = f", {len(progress.kept)} unchanged" if progress.kept else ""
    seconds = time.perf_counter() - progress.start
    _announce(out, f"Built in {seconds:.1f} s ({len(progress.made)} notebooks run{reused}).")
    if request.name:
        from hai_utils.named_runs import write_runs_page

        sys.stdout.write(f"All named runs: {write_runs_page(root)}\n")
    if first:
        sys.stdout.write(WHAT_NEXT)


def _target(request: BuildRequest, root: Path) -> Path:
    if not request.name:
        return request.out.resolve() if request.out is not None else root / DEFAULT_OUT
    if request.out is not None:
        raise UsageError("--name and --out both say where the run goes: give one of them.")
    from hai_utils.named_runs import named_folder

    return named_folder(root, request.name)


def cache_folder(out: Path) -> Path:
    """Return where the cache of a run lies: beside it, so that a failed build leaves both."""
    return out.parent / f".{out.name}.cache"


def _source(path: Path) -> Path:
    root = path.resolve()
    if not (root / MARKER).is_file():
        raise ParameterError(f"--source {path}: no {MARKER} there, so it is no project.")
    return root


def _make(
    root: Path, parameters: Parameters, folder: Path, progress: Progress, cache: Cache, request: BuildRequest
) -> None:
    from hai_utils.run.build import Running, prepare_run

    progress.done("reading")
    # A build lives for seconds and keeps nearly all that it makes: looking for garbage often is time lost.
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    running = Running(
        seconds=request.timeout, cache=cache, expected=cache.timings(), planned=progress.planned,
        finished=progress.notebook, meanwhile=_import_sphinx, watch=progress.watch,
    )  # fmt: skip
    prepare_run(root, parameters, folder, running)
    from hai_utils.book.site import build_html

    progress.done("results")
    build_html(root, folder, folder / "html", doctrees=folder / ".doctrees", cache=cache)
    _remove_working_files(folder)
    progress.done("site")
    _add_timings(folder, progress)


GARBAGE_THRESHOLDS = (100_000, 50, 100)
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
