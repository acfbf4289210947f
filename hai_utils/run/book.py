"""Make one whole book, its numbers and its pages, in a private folder, and put it in the place of the previous one."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hai_utils.errors import BuildError
from hai_utils.run.inputs import Inputs
from hai_utils.run.output import (
    check_target,
    exchange,
    is_current,
    private_folder,
    remove_left_overs,
    write_stamp,
)
from hai_utils.run.processes.scratch import sweep, temporary_files_in
from hai_utils.run.processes.watchdog import beside
from hai_utils.run.stopping import end_if_asked, stopped_by_signals
from hai_utils.run.warming import WORKERS, Warm, import_for_pages, warmed

if TYPE_CHECKING:
    from hai_utils.results.table import Results
    from hai_utils.run.progress import Progress

# A build lives for seconds and keeps nearly all that it imports and makes: looking for garbage often is time lost.
GARBAGE_THRESHOLDS = (250_000, 50, 100)
# As `os.nice` counts: about a third of a processor that another process wants as well.
DOCUMENTS_YIELD = 5
DOCTREES = ".doctrees"
INPUTS, TEMPORARY = ".inputs", ".temporary"
WORKING_FOLDERS = (DOCTREES, INPUTS, TEMPORARY, "chapters", "jupyter_execute")


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
        Whether a finished book is taken where nothing changed.
    workers : int
        Processes at a time.
    whole : bool
        Whether the pages of evidence and the files of tables and figures are made too.
    stream : TextIO, optional
        Where progress is said; stderr unless given.
    """

    formats: tuple[str, ...]
    seconds: float = 600.0
    reuse: bool = True
    workers: int = WORKERS
    whole: bool = True
    stream: TextIO | None = None


Prepare = Callable[[Inputs, Path], "Results | None"]
"""Writes the executed notebooks and the results of a run into its folder, and returns the results where it has them."""


def make_book(inputs: Inputs, out: Path, options: BookOptions, prepare: Prepare | None = None) -> Progress | None:
    """Make the book of some inputs, unless it is there already.

    Parameters
    ----------
    inputs : Inputs
        The project, the choices and the files that they name; copied before they are looked at.
    out : Path
        Folder of the run.
    options : BookOptions
        How.
    prepare : callable, optional
        Runs the notebooks, where another process has all that they need; a process is started for them unless given.

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
    sweep()
    if options.reuse and is_current(out, inputs.digest(options.formats)):
        remove_left_overs(out)
        return None
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    with stopped_by_signals(), private_folder(out) as folder, _working(folder):
        private = inputs.copied(folder / INPUTS)
        with nullcontext() if prepare else warmed(private) as warm:
            from hai_utils.run.progress import Progress

            progress = Progress(_timings(out), options.stream)
            if old_cache(out).exists():
                progress.say(f"{old_cache(out).name} is not read: nothing is kept between builds any more. Delete it.")
            try:
                progress.done("reading")
                results = (prepare or _run_notebooks(warm, progress, options))(private, folder)
                _write_pages(private, results, folder, progress, options)
            finally:
                progress.close()
        stamp = private.digest(options.formats)
        for name in WORKING_FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
        write_stamp(folder, stamp)
        end_if_asked()
        exchange(folder, out)
    return progress


def old_cache(out: Path) -> Path:
    """Return where earlier versions kept parts of a run; nothing there is read."""
    return out.parent / f".{out.name}.cache"


@contextmanager
def _working(folder: Path) -> Iterator[None]:
    """Let temporary files lie in the private folder, so that they are removed with it."""
    (folder / TEMPORARY).mkdir()
    with temporary_files_in(folder / TEMPORARY):
        yield


def _timings(out: Path) -> dict[str, float]:
    """Return the seconds that each step of the previous run took; nothing where there is none."""
    try:
        found: dict[str, float] = json.loads((out / "provenance.json").read_text(encoding="utf-8"))["seconds"]
        return {str(name): float(seconds) for name, seconds in found.items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}


def _run_notebooks(warm: Warm | None, progress: Progress, options: BookOptions) -> Prepare:
    from hai_utils.run.build import Running, prepare_run

    running = Running(
        warm, seconds=options.seconds, progress=progress, meanwhile=import_for_pages, workers=options.workers
    )

    return partial(prepare_run, running=running)


def _write_pages(
    inputs: Inputs,
    results: Results | None,
    folder: Path,
    progress: Progress,
    options: BookOptions,
) -> None:
    from hai_utils.book.manuscript.documents import has_manuscript, link_documents, write_documents
    from hai_utils.book.site import build_html
    from hai_utils.book.state import BookRun

    end_if_asked()
    progress.done("results")
    formats = options.formats
    run = replace(BookRun.read(folder, inputs.root, results), whole=options.whole)
    documents = partial(write_documents, run, formats)
    apart = options.workers > 1 and has_manuscript(run, formats)
    # Sphinx does half of its work in one process, which leaves the other to the documents; where it takes both, it goes first.
    with beside(documents, apart=apart, yielding=DOCUMENTS_YIELD) as written:
        try:
            build_html(
                inputs.root, run, folder / "html", working=folder / DOCTREES, formats=formats, processes=options.workers
            )
        except BuildError:
            # What an author's text names and the run lacks is a fault of the pages too, which say less of it.
            written()
            raise
        end_if_asked()
        progress.done("site")
        link_documents(run, written())
    progress.done("documents")
    _add_timings(folder, progress)


def _add_timings(folder: Path, progress: Progress) -> None:
    path = folder / "provenance.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["seconds"] = progress.stages
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
