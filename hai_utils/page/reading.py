"""Steps 5 and 6 as an ordinary build: the book is made in a child with progress, and read from this origin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hai_utils.page.pages import page, served, study_of, to, worked
from hai_utils.page.safety import POLICY
from hai_utils.page.studies import Study
from hai_utils.page.work import WorkingError
from hai_utils.run.book import BookOptions, make_book
from hai_utils.run.inputs import Inputs

FORMATS = ("html", "docx", "pdf")
BOOK, SAID = "book", ".book.txt"
# Figures carry their styles in attributes; a script of a page of the book is a file of it.
BOOK_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")


@contextmanager
def resident(root: Path) -> Iterator[object | None]:
    """Give the process that keeps what the live numbers need; entered while this process has one thread."""
    yield None


def make_report(study: Study, root: Path) -> None:
    """Build the book of a study; each step that is done is a line of a file beside it."""
    study.runs.mkdir(mode=0o700, exist_ok=True)
    with (study.runs / SAID).open("w", encoding="utf-8") as stream:
        make_book(Inputs.of(root, study.resolved(root)), study.runs / BOOK, BookOptions(FORMATS, stream=stream))


async def _made(request: Request, study: Study) -> None:
    """Wait for the book of the study as it is now."""
    root: Path = request.app.state.root
    given = hashlib.sha256("\n".join(study.settings()).encode()).hexdigest()
    try:
        await worked(request, study, "Making the report", given, partial(make_report, study, root))
    except WorkingError as error:
        said = study.runs / SAID
        lines = said.read_text(encoding="utf-8").splitlines() if said.is_file() else []
        done = [line.rpartition("  ")[0].strip() for line in lines if "warning:" not in line]
        raise WorkingError(f"{error.what}: {done[-1]} done" if done else error.what, error.seconds) from None


async def _read(request: Request) -> Response:
    study = study_of(request)
    if study.cohort is None or not study.parameters:
        return to(study, "choose")
    await _made(request, study)
    return page(request, "read.html", step="read", study=study)


async def _take(request: Request) -> Response:
    study = study_of(request)
    if study.cohort is None or not study.parameters:
        return to(study, "choose")
    await _made(request, study)
    return page(request, "take.html", step="take", study=study)


async def _book(request: Request) -> Response:
    """Give a file of the book."""
    study, name = study_of(request), request.path_params["name"]
    if not name or name.endswith("/"):
        return RedirectResponse(f"/study/{study.name}/book/html/index.html", 303)
    return served(study.runs / BOOK, name, **{"Content-Security-Policy": BOOK_POLICY})


routes = [
    Route("/study/{study}/read", _read),
    Route("/study/{study}/take", _take),
    Route("/study/{study}/book/{name:path}", _book),
]
