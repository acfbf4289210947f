"""Make one whole book, its numbers and its pages, in a private folder, and put it in the place of the previous one."""

from __future__ import annotations

import gc
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hai_utils.parameters import FILE_PARAMETERS, Parameters, render
from hai_utils.run.cache import Cache, digest
from hai_utils.run.output import check_target, exchange, is_current, private_folder, remove_left_overs, write_stamp
from hai_utils.run.stopping import end_if_asked, stopped_by_signals
from hai_utils.run.warming import WORKERS, import_for_pages, warmed

if TYPE_CHECKING:
    from hai_utils.run.build import Running
    from hai_utils.run.progress import Progress

# A build lives for seconds and keeps nearly all that it imports and makes: looking for garbage often is time lost.
GARBAGE_THRESHOLDS = (1_000_000, 50, 100)
DOCTREES = ".doctrees"
WORKING_FOLDERS = (DOCTREES, "chapters", "jupyter_execute")


@dataclass(frozen=True, slots=True)
class BookOptions:
    """How a book is made; the formats alone change what comes out.

    Attributes
    ----------
    formats : tuple of str
        ``html`` and any of ``docx``, ``pdf``, ``print``.
    seconds : float
        How long one notebook may take.
    reuse : bool
        Whether a finished book, or parts of an earlier one, may be taken where nothing changed.
    keep_parts : bool
        Whether finished parts are kept beside the book, so that the next build redoes only what changed.
    workers : int
        Processes at a time.
    stream : TextIO, optional
        Where progress is said; stderr unless given.
    """

    formats: tuple[str, ...]
    seconds: float = 600.0
    reuse: bool = True
    keep_parts: bool = True
    workers: int = WORKERS
    stream: TextIO | None = None


def inputs_digest(root: Path, parameters: Parameters, sources: str = "") -> str:
    """Return one digest over everything that a run is made from; `sources` is that of the project where it is known."""
    from hai_utils.run.sources import installed, package_digest, sources_digest

    files = [root / name for name in (getattr(parameters, each) for each in FILE_PARAMETERS) if name]
    contents = [path.read_bytes() if path.is_file() else b"" for path in files]
    versions = [sys.version, repr(installed())]
    return digest([render(parameters), *versions, sources or sources_digest(root), package_digest(), *contents])


def run_stamp(root: Path, parameters: Parameters, formats: tuple[str, ...], sources: str = "") -> str:
    """Return the digest that a finished run of these inputs in these formats carries."""
    return digest([inputs_digest(root, parameters, sources), *formats])


def cache_folder(out: Path) -> Path:
    """Return where the cache of a run lies: beside it, so that a failed build leaves both."""
    return out.parent / f".{out.name}.cache"


def make_book(root: Path, parameters: Parameters, out: Path, options: BookOptions) -> Progress | None:
    """Make the book of resolved parameters, unless it is there already.

    Parameters
    ----------
    root : Path
        The project's root.
    parameters : Parameters
        Resolved.
    out : Path
        Folder of the run.
    options : BookOptions
        How.

    Returns
    -------
    Progress or None
        What was done and how long it took; None where nothing changed.

    Raises
    ------
    HaiError
        Where inputs are refused, or the build fails; the previous run is as it was.
    """
    check_target(out)
    inputs = run_stamp(root, parameters, options.formats)
    if options.reuse and is_current(out, inputs):
        remove_left_overs(out)
        return None
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    # While the server imports what notebooks use, this process finds out which of them changed.
    with stopped_by_signals(), private_folder(out) as folder, warmed(parameters, root) as warm:
        from hai_utils.run.build import Running
        from hai_utils.run.progress import Progress

        cache = Cache(cache_folder(out), enabled=options.reuse) if options.keep_parts else None
        progress = Progress(cache.timings() if cache else {}, options.stream)
        running = Running(
            warm, seconds=options.seconds, cache=cache, progress=progress, meanwhile=import_for_pages,
            workers=options.workers,
        )  # fmt: skip
        try:
            _make(root, parameters, folder, running, progress, options.formats, previous=out)
            write_stamp(folder, inputs)
            end_if_asked()
            exchange(folder, out)
            if cache:
                cache.finished({name.removeprefix("notebook "): seconds for name, seconds in progress.stages.items()})
        finally:
            progress.close()
    return progress


def _make(
    root: Path,
    parameters: Parameters,
    folder: Path,
    running: Running,
    progress: Progress,
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
    for name in WORKING_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    _add_timings(folder, progress)


def _add_timings(folder: Path, progress: Progress) -> None:
    path = folder / "provenance.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["seconds"] = progress.stages
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
