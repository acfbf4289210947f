"""Steps 5 and 6: Read, and Take away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hai_utils.page.pages import page, study_of


@contextmanager
def resident(root: Path) -> Iterator[object | None]:
    """Give the process that keeps what the live numbers need; entered while this process has one thread."""
    yield None


async def _read(request: Request) -> Response:
    return page(request, "refused.html", step="read", study=study_of(request), problems=["This step is not there yet."])


routes = [Route("/study/{study}/read", _read), Route("/study/{study}/take", _read)]
