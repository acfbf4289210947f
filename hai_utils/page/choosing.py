"""Step 4: Choose."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hai_utils.page.pages import page, study_of


async def _show(request: Request) -> Response:
    return page(
        request, "refused.html", step="choose", study=study_of(request), problems=["This step is not there yet."]
    )


routes = [Route("/study/{study}/choose", _show)]
