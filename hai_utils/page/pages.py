"""Templates, forms and files of the local page, without a thread and without markup from a cohort."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hai_utils.cohort.tables import MAX_BYTES
from hai_utils.page.studies import Studies, Study
from hai_utils.page.work import Key, Workshop
from hai_utils.untrusted import one_line

T = TypeVar("T")

STEPS = {
    "start": "Start",
    "understand": "Understand",
    "check": "Check",
    "choose": "Choose",
    "read": "Read",
    "take": "Take away",
}
# Seconds that an answer may take before the page says what it does.
LOOKING, SENDING = 1.0, 3600.0
MAX_FORM, MAX_FIELDS = 2 * 2**20, 20_000


@cache
def _templates() -> Environment:
    # Whatever is printed goes through both: signs that steer the text are replaced, and markup becomes text.
    return Environment(
        loader=PackageLoader("hai_utils.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )


def _plain(value: object) -> object:
    """Return what is printed without signs that cannot be seen and would steer the text."""
    return value if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable() else one_line(value)


def page(
    request: Request,
    template: str,
    *,
    step: str,
    status: int = 200,
    study: Study | None = None,
    **more: Any,  # noqa: ANN401 - what the template shows
) -> HTMLResponse:
    """Return a page made from a template."""
    if study is None and "study" in request.path_params:
        study = studies_of(request).get(request.path_params["study"])
    text = (
        _templates()
        .get_template(template)
        .render(
            step=step,
            steps=STEPS,
            study=study,
            path=request.url.path,
            home=str(studies_of(request).home),
            most=MAX_BYTES // 2**20,
            **more,
        )
    )
    return HTMLResponse(text, status)


def studies_of(request: Request) -> Studies:
    """Return the store."""
    store: Studies = request.app.state.studies
    return store


def study_of(request: Request) -> Study:
    """Return the study that the address names, or answer 404."""
    study = studies_of(request).get(request.path_params["study"])
    if study is None:
        raise HTTPException(404)
    return study


async def worked(request: Request, study: Study, what: str, given: Hashable, work: Callable[[], T]) -> T:
    """Return the answer of a piece of work of this study, done in a child; see `Workshop.done`.

    A page that is asked for says after a second that it is at work. A form is waited for: what it holds is sent once.
    """
    workshop: Workshop = request.app.state.workshop
    patience = LOOKING if request.method == "GET" else SENDING
    return await workshop.done(Key(study.name, what, given), work, patience)


def to(study: Study, step: str) -> RedirectResponse:
    """Lead to a step of a study."""
    return RedirectResponse(f"/study/{study.name}/{step}", 303)


async def body_of(request: Request, most: int) -> bytes:
    """Return what was sent, up to a size; more is answered 413 without being kept."""
    if int(request.headers.get("content-length") or 0) > most:
        raise HTTPException(413)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise HTTPException(413)
        parts.append(part)
    return b"".join(parts)


async def form_of(request: Request) -> dict[str, list[str]]:
    """Return the fields of a form that was sent."""
    content = await body_of(request, MAX_FORM)
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def served(folder: Path, name: str, **headers: str) -> Response:
    """Return a file below a folder; what lies elsewhere, a link included, is not there."""
    path = folder / name
    try:
        inside = path.resolve(strict=True).is_relative_to(folder.resolve()) and path.is_file()
        content = path.read_bytes() if inside else b""
    except (OSError, ValueError, RuntimeError):
        inside = False
    if not inside:
        raise HTTPException(404)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=headers)
