"""What ``hai build`` does: read the request, find that nothing changed, or make a run and its site."""

from __future__ import annotations

import gc
import json
import shlex
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.commands.next_steps import after_build, cohort_words, spoken
from hai_utils.errors import ParameterError, UsageError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, load_parameters, render
from hai_utils.project import DEFAULT_RUN, MARKER, PARAMETER_FILE, PROFILES, find_root
from hai_utils.run.cache import Cache, digest
from hai_utils.run.output import check_target, exchange, is_current, private_folder, remove_left_overs, write_stamp
from hai_utils.run.stopping import end_if_asked, stopped_by_signals
from hai_utils.untrusted import plain_lines

if TYPE_CHECKING:
    from hai_utils.run.build import Running
    from hai_utils.run.progress import Progress

FORMATS = ("html", "docx", "pdf", "print")
DEFAULT_FORMATS = ("html", "docx", "pdf")
DOCTREES = ".doctrees"


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
    timeout: float = 600.0
    name: str = ""
    more_params: tuple[Path, ...] = ()  # win over `params`: a center's own


# The book of one of many centers: the site alone, as those who read many books do on a screen.
CENTER_BUILD = BuildRequest(formats=("html",))


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
    for name, path in (("data", request.data), ("dictionary", request.dictionary), ("scans", request.scans)):
        if path is not None:
            settings.append(f"{name}={_from_root(path, root)}")
    return load_parameters(files, settings)


def _from_root(path: Path, root: Path) -> str:
    """Return a path as parameters hold it: relative to the project where it lies in it, else absolute."""
    absolute = path.resolve()
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def inputs_digest(root: Path, parameters: Parameters, sources: str = "") -> str:
    """Return one digest over everything that a run is made from; `sources` is that of the project where it is known."""
    from hai_utils.run.sources import package_digest, sources_digest

    files = [root / name for name in (getattr(parameters, each) for each in FILE_PARAMETERS) if name]
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    return digest([render(parameters), sys.version, sources or sources_digest(root), package_digest(), *contents])


def run_stamp(root: Path, parameters: Parameters, formats: tuple[str, ...], sources: str = "") -> str:
    """Return the digest that a finished run of these inputs in these formats carries."""
    return digest([inputs_digest(root, parameters, sources), *formats])


def run_build(request: BuildRequest) -> None:
    """Build the book that is asked for, unless it is there already."""
    root = project_root(request.source)
    parameters = resolve_parameters(request, root)
    out = _target(request, root)
    first = not out.exists()
    if not build_into(root, parameters, out, request):
        return
    if request.name:
        from hai_utils.run.named_runs import write_runs_page

        sys.stdout.write(f"All named runs: {write_runs_page(root)}\n")
    if first and not request.name:
        sys.stdout.write(plain_lines(after_build(_asked_words(request), request.data is not None)))


def _asked_words(request: BuildRequest) -> str:
    """Return what the book was asked for, as it is typed."""
    words = cohort_words(request.data, request.dictionary, request.scans)
    words += f" --params {spoken(request.params)}" if request.params is not None else ""
    words += f" --profile {request.profile}" if request.profile else ""
    return words + "".join(f" --set {shlex.quote(setting)}" for setting in request.settings)


def build_into(
    root: Path,
    parameters: Parameters,
    out: Path,
    request: BuildRequest,
    *,
    workers: int | None = None,
    keep_parts: bool = True,
) -> bool:
    """Build the book of resolved parameters, unless it is there already; say whether it was built.

    Parameters
    ----------
    root : Path
        The project's root.
    parameters : Parameters
        Resolved.
    out : Path
        Folder of the run.
    request : BuildRequest
        For its formats, its cache and its time limit.
    workers : int, optional
        Processes at a time; the runner's own number unless given.
    keep_parts : bool
        Whether finished parts are kept beside the run, so that the next build redoes only what changed.
    """
    check_target(out)
    inputs = run_stamp(root, parameters, request.formats)
    if not request.no_cache and is_current(out, inputs):
        remove_left_overs(out)
        _announce(out, "Nothing changed.")
        return False
    # A build lives for seconds and keeps nearly all that it imports and makes: looking for garbage often is time lost.
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    from hai_utils.run.notebook_process import WORKERS, started_early

    def check() -> str:
        from hai_utils.run.build import check_inputs

        return check_inputs(parameters, root)

    # While it imports what notebooks use, this process finds out which of them changed.
    with stopped_by_signals(), started_early(workers or WORKERS, check) as process:
        from hai_utils.run.build import Running
        from hai_utils.run.progress import Progress

        cache = Cache(cache_folder(out), enabled=not request.no_cache) if keep_parts else None
        expected = cache.timings() if cache else {}
        progress = Progress(expected)
        running = Running(
            process=process, seconds=request.timeout, cache=cache, expected=expected, planned=progress.planned,
            finished=progress.notebook, meanwhile=import_sphinx, watch=progress.watch, workers=workers or WORKERS,
        )  # fmt: skip
        _build(root, parameters, out, inputs, progress, running, request.formats)
    reused = f", {len(progress.kept)} unchanged" if progress.kept else ""
    seconds = time.perf_counter() - progress.start
    _announce(out, f"Built in {seconds:.1f} s ({len(progress.made)} notebooks run{reused}).")
    return True


def _build(
    root: Path,
    parameters: Parameters,
    out: Path,
    inputs: str,
    progress: Progress,
    running: Running,
    formats: tuple[str, ...],
) -> None:
    """Make a run in a private folder and put it in the place of the previous one."""
    cache = running.cache
    try:
        with private_folder(out) as folder:
            _make(root, parameters, folder, progress, running, formats, previous=out)
            write_stamp(folder, inputs)
            end_if_asked()
            exchange(folder, out)
            if cache:
                cache.finished({name.removeprefix("notebook "): seconds for name, seconds in progress.stages.items()})
    finally:
        progress.close()


def _target(request: BuildRequest, root: Path) -> Path:
    if not request.name:
        return request.out.resolve() if request.out is not None else root / DEFAULT_RUN
    if request.out is not None:
        raise UsageError("--name and --out both say where the run goes: give one of them.")
    from hai_utils.run.named_runs import named_folder

    return named_folder(root, request.name)


def cache_folder(out: Path) -> Path:
    """Return where the cache of a run lies: beside it, so that a failed build leaves both."""
    return out.parent / f".{out.name}.cache"


def project_root(source: Path | None) -> Path:
    """Return the project that is named, else the nearest one."""
    if source is None:
        return find_root()
    root = source.resolve()
    if not (root / MARKER).is_file():
        raise ParameterError(f"--source {source}: no {MARKER} there, so it is no project.")
    return root


def _make(
    root: Path,
    parameters: Parameters,
    folder: Path,
    progress: Progress,
    running: Running,
    formats: tuple[str, ...],
    previous: Path,
) -> None:
    from hai_utils.run.build import prepare_run

    progress.done("reading")
    prepare_run(root, parameters, folder, running)
    from hai_utils.book.site import build_html

    end_if_asked()
    progress.done("results")
    article = build_html(
        root, folder, folder / "html", working=folder / DOCTREES, formats=formats, processes=running.workers
    )
    end_if_asked()
    progress.done("site")
    from hai_utils.book.manuscript.documents import write_documents

    write_documents(article, root, folder, formats, previous)
    progress.done("documents")
    _remove_working_files(folder)
    _add_timings(folder, progress)


GARBAGE_THRESHOLDS = (1_000_000, 50, 100)
# What Sphinx loads when it starts, beside itself.
_LOADED_BY_SPHINX = (
    "jupyter_book.config",
    "sphinx.application",
    "sphinx.builders.html",
    "sphinx_book_theme",
    "sphinx_external_toc",
    "sphinx_copybutton",
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

    for name in (DOCTREES, "chapters", "jupyter_execute"):
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
