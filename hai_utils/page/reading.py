"""Step 5, Read: the book of a study in its own look, with a panel of choices that its numbers follow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from hai_utils.book.cards import HINT
from hai_utils.book.evidence import FOLDER as EVIDENCE
from hai_utils.errors import HaiError
from hai_utils.page import taking
from hai_utils.page.choosing import LABELS, fields_of, for_page, offered, plain
from hai_utils.page.live import served as html_of
from hai_utils.page.live.client import Build, LiveError, Resident, resident
from hai_utils.page.pages import body_of, page, served, study_of, to
from hai_utils.page.safety import POLICY
from hai_utils.page.studies import Study
from hai_utils.page.taking import PRESENT
from hai_utils.page.work import WorkingError
from hai_utils.parameters import BOOK_PARAMETERS, FILE_PARAMETERS, Parameters, as_plain
from hai_utils.profiles import PROFILE
from hai_utils.run.contents import first_page
from hai_utils.run.named_runs import NAME

__all__ = ["resident", "routes"]
# The book of a study at its own choices lies here in its folder; builds are known by a name that no kept run may have.
PRESENT_BUILD = ".present"
MOST_ASKED = 2**20
NO_CARDS = f'<script type="application/json" id="hai-cards">{json.dumps({"hint": HINT, "methods": {}, "chapters": {}, "cards": {}})}</script>'
# Choices of another step: these name files, the words of the manuscript, or other defaults.
ELSEWHERE = frozenset({*FILE_PARAMETERS, *BOOK_PARAMETERS, PROFILE})
BARE = "bare"
# Seconds for which a question how far a build is may wait for its end: what it says changes meanwhile.
LONGEST_WAIT = 1.0


def live_of(request: Request) -> Resident:
    """Return the resident process."""
    live: Resident = request.app.state.resident
    return live


# --- the book at the study's own choices ---


def present_book(request: Request, study: Study) -> Path:
    """Return the folder of the book at the study's own choices.

    Raises
    ------
    WorkingError
        While it is built.
    LiveError
        Where the build failed.
    """
    live, out = live_of(request), study.runs / PRESENT
    made = json.dumps([as_plain(study.resolved(live.root)), study.stamp(), study.made])
    known = live.builds.get((study.name, PRESENT_BUILD))
    if known is not None and known.made_from == made and known.done:
        if known.refused:
            del live.builds[study.name, PRESENT_BUILD]
            raise LiveError("\n".join(known.refused))
        return out
    if known is None or known.made_from != made:
        live.stop(study.name)
        live.follow(study, None)
        study.runs.mkdir(mode=0o700, exist_ok=True)
        known = live.build(study, PRESENT_BUILD, out, study.resolved(live.root), draft=False)
        known.made_from = made
    raise WorkingError(f"Building the report: {known.said}", known.seconds)


async def _read(request: Request) -> Response:
    study = study_of(request)
    if study.cohort is None or not study.parameters:
        return to(study, "choose")
    present_book(request, study)
    first = first_page(live_of(request).root)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/study/{study.name}/read/{first}.html{query}", 303)


async def _book(request: Request) -> Response:
    """Serve a page of the book, at the choices that its address names, or a file that a page loads."""
    study, path = study_of(request), request.path_params["path"]
    folder = study.runs / PRESENT / "html"
    if path.startswith(f"{EVIDENCE}/"):
        return await _evidence(request, study, folder, path)
    if not path.endswith(".html"):
        return served(folder, path, **{"Cache-Control": "no-cache"})
    present_book(request, study)
    changed = _changed(request)
    docname = path.removesuffix(".html")
    html = html_of.with_files_for_scripts(bytes(served(folder, path).body).decode(), docname)
    if changed:
        html = html_of.with_body(
            html, await _live_body(request, study, docname, study.resolved(live_of(request).root, changed))
        )
    bare = BARE in request.query_params
    html = html_of.with_query(html, urlencode(changed | ({BARE: "1"} if bare else {})))
    if not bare:
        html = html_of.with_panel(html, *await _panel(request, study, changed))
    return HTMLResponse(html, headers=_policy(html))


async def _evidence(request: Request, study: Study, folder: Path, path: str) -> Response:
    """Serve what enters a number, at the choices that the address names; a page of its own look, without scripts."""
    name, changed = path.rpartition("/")[2], _changed(request)
    if not changed or path != f"{EVIDENCE}/{name}" or name == "index.html":
        answer = served(folder, path, **{"Cache-Control": "no-cache"})
    else:
        parameters = study.resolved(live_of(request).root, changed)
        found: dict[str, Any] = {}
        sent = {"parameters": as_plain(parameters), "evidence": name}
        async for line in live_of(request).lines(study, "changes", sent):
            found |= line
        if "evidence" not in found:
            raise HTTPException(404)
        text = html_of.with_query(found["evidence"], urlencode(changed))
        answer = Response(text, media_type="text/csv" if name.endswith(".csv") else "text/html")
    answer.headers["Content-Security-Policy"] = POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")
    return answer


def _policy(html: str) -> dict[str, str]:
    """Allow formulas the styles that they are drawn with; no page needs more otherwise."""
    formulas = "mathjax/tex-svg.js" in html
    return (
        {"Content-Security-Policy": POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")}
        if formulas
        else {}
    )


def _changed(request: Request) -> dict[str, str]:
    """Return the choices that an address names, where they are of this step."""
    return {
        name: value
        for name, value in request.query_params.items()
        if name in Parameters.model_fields and name not in ELSEWHERE
    }


async def _live_body(request: Request, study: Study, docname: str, parameters: Parameters) -> str:
    """Return the body of a page at other choices, whole, with its cards."""
    body, keys = "", []
    async for line in _page_lines(live_of(request), study, docname, parameters):
        if "body" in line:
            body, keys = line["body"], line["keys"]
        elif "figure" in line:
            body = html_of.with_drawing(body, line["figure"], line["svg"])
    # The cards need the whole study at these choices: the page asks for them once it is there.
    body += NO_CARDS if keys else ""
    return html_of.without_style(html_of.without_downloads(body))


async def _page_lines(
    live: Resident, study: Study, docname: str, parameters: Parameters, *, shared: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """Yield a page and its drawings; where it has other exhibits than those that were read, all pages are read again first."""
    asked = {"page": docname, "parameters": as_plain(parameters), "shared": shared}
    again = False
    async for line in live.lines(study, "page", asked):
        if "absent" in line:
            raise HTTPException(404)
        yield line
        again = again or line.get("same_structure") is False
    if again:
        live.follow(study, parameters)
        async for line in live.lines(study, "page", asked):
            yield line


async def _panel(request: Request, study: Study, changed: Mapping[str, str]) -> tuple[str, str]:
    """Return what goes into the head of a page, and the panel that stands before it."""
    root = live_of(request).root
    usual, options = study.resolved(root), await offered(request, study)
    fields = [
        replace(one, usual=plain(getattr(usual, one.name)))
        for one in fields_of(study.resolved(root, changed), usual, options, root, {}, {})
        if one.name not in ELSEWHERE
    ]
    made = page(
        request, "panel.html", step="read", study=study, open_fields=[one for one in fields if one.name in LABELS],
        folded=[one for one in fields if one.name not in LABELS],
        changed=dict(changed), book=f"/study/{study.name}/read/", page_path=request.path_params["path"],
    )  # fmt: skip
    head, _, panel = bytes(made.body).decode().partition("<!-- body -->")
    return head, panel


# --- what the panel asks ---


async def _asked(request: Request) -> tuple[Study, dict[str, Any]]:
    study = study_of(request)
    try:
        content = json.loads(await body_of(request, MOST_ASKED))
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(content, dict):
        raise HTTPException(400)
    return study, content


def _resolved(request: Request, study: Study, given: object) -> Parameters:
    changed = {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    return study.resolved(
        live_of(request).root, {name: value for name, value in changed.items() if name not in ELSEWHERE}
    )


async def _live_page(request: Request) -> Response:
    """Stream a page at other choices: its text first, then each drawing."""
    study, asked = await _asked(request)
    try:
        parameters = _resolved(request, study, asked.get("now"))
    except HaiError as error:
        return JSONResponse({"refused": for_page(str(error)).split("\n")}, 422)
    lines = _page_lines(live_of(request), study, str(asked.get("page")), parameters, shared=True)
    return StreamingResponse(_streamed(lines), media_type="application/x-ndjson")


async def _streamed(lines: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    try:
        async for line in lines:
            if "body" in line:
                line["body"] = html_of.without_downloads(html_of.without_style(line["body"]))
            elif "svg" in line:
                line["svg"] = html_of.without_style(line["svg"])
            yield json.dumps(line).encode() + b"\n"
    except HaiError as error:
        yield json.dumps({"refused": for_page(str(error)).split("\n")}).encode() + b"\n"


async def _live_changes(request: Request) -> Response:
    """Answer with what differs from the choices before, and with the cards of the page."""
    study, asked = await _asked(request)
    try:
        before, now = (_resolved(request, study, asked.get(name)) for name in ("before", "now"))
        sent = {"page": str(asked.get("page")), "parameters": as_plain(now), "before": as_plain(before)}
        if isinstance(asked.get("keys"), list):
            sent["keys"] = [str(key) for key in asked["keys"]]
        found: dict[str, Any] = {}
        async for line in live_of(request).lines(study, "changes", sent):
            found |= line
        if found.get("same_structure") is False:
            live_of(request).follow(study, now)
        return JSONResponse(found)
    except HaiError as error:
        return JSONResponse({"refused": for_page(str(error)).split("\n")}, 422)


async def _keep(request: Request) -> Response:
    """Start the ordinary build of other choices, under a name."""
    study, asked = await _asked(request)
    name = str(asked.get("name", "")).strip().replace(" ", "_")
    if not NAME.fullmatch(name) or name == PRESENT:
        words = "A name has letters, digits, '.', '_' and '-', at most 64, and begins with a letter or digit."
        return JSONResponse({"refused": [words]}, 422)
    try:
        parameters = _resolved(request, study, asked.get("now"))
    except HaiError as error:
        return JSONResponse({"refused": for_page(str(error)).split("\n")}, 422)
    study.runs.mkdir(mode=0o700, exist_ok=True)
    build = live_of(request).build(study, name, study.runs / name, parameters, draft=True)
    return JSONResponse(_told(study, build))


async def _keeping(request: Request) -> Response:
    """Say how far the builds of a study are; asked to wait, once one is done or a second has passed."""
    study = study_of(request)
    found = [
        build for (of, name), build in live_of(request).builds.items() if of == study.name and name != PRESENT_BUILD
    ]
    tasks = [build.task for build in found if build.task is not None and not build.done]
    if tasks and "wait" in request.query_params:
        await asyncio.wait(tasks, timeout=LONGEST_WAIT, return_when=asyncio.FIRST_COMPLETED)
    return JSONResponse([_told(study, build) for build in found])


async def _stop_keeping(request: Request) -> Response:
    study, asked = await _asked(request)
    live_of(request).stop(study.name, str(asked.get("name")))
    return Response(status_code=204)


def _told(study: Study, build: Build) -> dict[str, Any]:
    return {
        "name": build.name, "said": build.said, "seconds": round(build.seconds), "done": build.done, "refused": build.refused,
        "address": f"/study/{study.name}/runs/{build.name}/", "take": f"/study/{study.name}/take#run-{build.name}",
    }  # fmt: skip


async def _beside(request: Request) -> Response:
    """Show a page in two states side by side."""
    study, root, states = study_of(request), live_of(request).root, []
    options = await offered(request, study)
    for place, letter in enumerate("ab"):
        pairs = dict(parse_qsl(request.query_params.get(letter, "")))
        pairs = {name: value for name, value in pairs.items() if name in Parameters.model_fields}
        fields = fields_of(study.resolved(root, pairs), study.resolved(root), options, root, {}, {})
        words = "; ".join(one.words for one in fields if one.name in pairs) or "the study's own choices"
        query = urlencode(pairs | {BARE: "1"})
        states.append(
            (("Before", "Now")[place], words, f"/study/{study.name}/read/{request.path_params['path']}?{query}")
        )
    back = f"/study/{study.name}/read/{request.path_params['path']}?{request.query_params.get('b', '')}"
    return page(request, "beside.html", step="read", study=study, states=states, back=back)


# --- kept runs ---


async def _run(request: Request) -> Response:
    """Serve a page or a file of a kept run, or lead to its first page."""
    study, name = study_of(request), request.path_params["run"]
    path = request.path_params.get("path") or "html/index.html"
    if not NAME.fullmatch(name):
        raise HTTPException(404)
    if path == "html/index.html":
        first = first_page(live_of(request).root)
        return RedirectResponse(f"/study/{study.name}/runs/{name}/html/{first}.html", 303)
    answer = served(study.runs / name, path)
    if not path.endswith(".html"):
        return answer
    docname = path.removeprefix("html/").removesuffix(".html")
    html = html_of.with_files_for_scripts(bytes(answer.body).decode(), docname)
    made = page(request, "kept.html", step="read", study=study, run=name)
    html = html_of.with_panel(html, *bytes(made.body).decode().partition("<!-- body -->")[::2])
    return HTMLResponse(html, headers=_policy(html))


routes = [
    Route("/study/{study}/read", _read),
    Route("/study/{study}/read/{path:path}", _book),
    Route("/study/{study}/beside/{path:path}", _beside),
    Route("/study/{study}/live/page", _live_page, methods=["POST"]),
    Route("/study/{study}/live/changes", _live_changes, methods=["POST"]),
    Route("/study/{study}/live/keep", _keep, methods=["POST"]),
    Route("/study/{study}/live/keep", _keeping),
    Route("/study/{study}/live/stop", _stop_keeping, methods=["POST"]),
    Route("/study/{study}/runs/{run}/", _run),
    Route("/study/{study}/runs/{run}/{path:path}", _run),
    *taking.routes,
]
