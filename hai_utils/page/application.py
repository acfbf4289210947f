"""The local page as one application: routes, what they share, and what becomes of an error."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from hai_utils.cohort.tables import MAX_BYTES
from hai_utils.errors import HaiError
from hai_utils.page import checking, choosing, reading, starting, understanding
from hai_utils.page.live.client import Resident
from hai_utils.page.pages import STEPS, page, served
from hai_utils.page.safety import Keys, Safety
from hai_utils.page.studies import Studies
from hai_utils.page.work import StoppedError, WorkingError, Workshop
from hai_utils.project import default_entries

STATIC = Path(__file__).parent / "static"


def application(keys: Keys, studies: Studies, root: Path, resident: Resident | None = None) -> Starlette:
    """Make the application.

    Parameters
    ----------
    keys : Keys
        What lets a browser in.
    studies : Studies
        The store.
    root : Path
        The project that books are built with.
    resident : object, optional
        What `reading.resident` gave: a process that was forked before the server existed.
    """
    routes = [
        Route("/static/{name}", _static),
        Route("/fonts/{name}", _font),
        Route("/alive", _alive),
        Route("/favicon.ico", _alive),
        Route("/study/{study}/stop", _stop, methods=["POST"]),
        *starting.routes, *understanding.routes, *checking.routes, *choosing.routes, *reading.routes,
    ]  # fmt: skip
    handlers = {
        HaiError: _refused,
        WorkingError: _working,
        StoppedError: _stopped,
        OSError: _no_room,
        Exception: _fault,
        HTTPException: _absent,
    }
    app = Starlette(routes=routes, middleware=[Middleware(Safety, keys=keys)], exception_handlers=handlers)  # type: ignore[arg-type]  # handlers take the error that they are for
    app.state.studies, app.state.root, app.state.port = studies, root, keys.port
    app.state.workshop, app.state.resident = Workshop(), resident
    return app


async def _static(request: Request) -> Response:
    return served(STATIC, request.path_params["name"], **{"Cache-Control": "no-cache"})


async def _font(request: Request) -> Response:
    return served(
        default_entries()["assets"] / "static" / "fonts",
        request.path_params["name"],
        **{"Cache-Control": "max-age=86400"},
    )


async def _alive(request: Request) -> Response:
    return Response(status_code=204)


async def _stop(request: Request) -> Response:
    """End what is under way for an address of this study; the page then offers to start it again."""
    workshop: Workshop = request.app.state.workshop
    workshop.stop(request.path_params["study"])
    if request.app.state.resident is not None:
        request.app.state.resident.stop(request.path_params["study"])
    return Response(status_code=204)


async def _working(request: Request, error: WorkingError) -> HTMLResponse:
    """Say what is being done; the script asks for the same address again until it is there."""
    return page(request, "working.html", step=_step(request), status=202, seconds=round(error.seconds), what=error.what)


async def _stopped(request: Request, error: StoppedError) -> HTMLResponse:
    words = "It was stopped. Nothing was changed; open this step again to start anew."
    return page(request, "refused.html", step=_step(request), problems=[words])


async def _refused(request: Request, error: HaiError) -> HTMLResponse:
    return page(request, "refused.html", step=_step(request), status=422, problems=str(error).split("\n"))


async def _no_room(request: Request, error: OSError) -> HTMLResponse:
    words = f"The page could not write or read a file: {error.strerror or 'unknown reason'}. Nothing that was kept is lost; make room, then try again."
    return page(request, "refused.html", step=_step(request), status=507, problems=[words])


async def _fault(request: Request, error: Exception) -> HTMLResponse:
    words = f"The program itself failed here ({type(error).__name__}). Nothing that was entered is lost. Go back one step; if it stays so, start `hai open --debug` and report what the terminal says."
    return page(request, "refused.html", step=_step(request), status=500, problems=[words])


async def _absent(request: Request, error: HTTPException) -> HTMLResponse:
    words = {
        404: "There is no such page here. It may belong to a study that was deleted.",
        413: f"The file is too large: at most {MAX_BYTES // 2**20} MB are read. Keep the columns that the report needs.",
    }.get(error.status_code, error.detail)
    return page(request, "refused.html", step=_step(request), status=error.status_code, problems=[words])


def _step(request: Request) -> str:
    name = request.url.path.rpartition("/")[2]
    return name if name in STEPS else "start"
