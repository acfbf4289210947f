"""Step 1: a file is dropped or chosen, or the example or a study of before is opened."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from hai_utils.cohort.dictionary import COLUMNS as DICTIONARY_COLUMNS
from hai_utils.cohort.identifiers import words_of
from hai_utils.cohort.scans import SCAN_COLUMNS
from hai_utils.cohort.tables import MAX_BYTES, is_workbook
from hai_utils.errors import DataError
from hai_utils.page.pages import body_of, form_of, page, studies_of, study_of, to
from hai_utils.page.studies import ROLES, Role, Studies, Study
from hai_utils.project import default_entries
from hai_utils.study.reading import STUDY

EXAMPLE = "Example: the published study, reconstructed"
# The first cell of a REDCap data dictionary, as it is downloaded and as the API names it.
_REDCAP = ("variable_field_name", "field_name")
_MAPPINGS = (".yml", ".yaml")


def role_of(name: str, content: bytes) -> Role:
    """Say what a file is for, by its name's ending and its header."""
    if Path(name).suffix.lower() in _MAPPINGS:
        return "mapping" if re.search(rb"^columns\s*:", content, re.MULTILINE) else "study"
    if is_workbook(content):
        return "data"
    first = content[:8192].decode("utf-8", "replace").lstrip("\ufeff").partition("\n")[0]
    names = [words_of(cell) for cell in first.replace(";", ",").replace("\t", ",").split(",")]
    if names[0] in _REDCAP:
        return "redcap"
    if {"column", "label", "type"} <= set(names) & set(DICTIONARY_COLUMNS):
        return "dictionary"
    return "scans" if {"lesion", "long_mm"} <= set(names) & set(SCAN_COLUMNS) else "data"


def brought(store: Studies, study: Study | None, name: str, content: bytes, role: str = "") -> Study:
    """Put a file into a study, or into a new one.

    Raises
    ------
    DataError
        Where the study has a table of patients already, and the file looks like another one.
    """
    chosen: Role = next((one for one in ROLES if one == role), role_of(name, content))
    if study is not None and chosen == "data" and not role and "data" in study.files:
        raise DataError(
            [
                f"{Path(name).name} looks like a second table of patients beside {study.files['data']}. Say below what it is, or start another study with it."
            ]
        )
    made = study or store.create(Path(name).name)
    try:
        return store.add_file(made, chosen, name, content)
    except OSError:
        if study is None:
            store.delete(made)
        raise


async def _start(request: Request) -> Response:
    return page(request, "start.html", step="start", studies=studies_of(request).all())


async def _file(request: Request) -> Response:
    """Take one file as the body of a request; the answer says where to go on, or why it was not taken."""
    words = request.query_params
    study = studies_of(request).get(words["study"]) if words.get("study") else None
    if words.get("study") and study is None:
        raise HTTPException(404)
    content = await body_of(request, MAX_BYTES)
    try:
        kept = brought(studies_of(request), study, words.get("name", "table"), content, words.get("role", ""))
    except DataError as error:
        return JSONResponse({"refused": str(error)}, 422)
    return JSONResponse({"study": kept.name, "next": f"/study/{kept.name}/understand"})


async def _example(request: Request) -> Response:
    """Open the example: the one that is there with its rows as they come, or a new one."""
    folder, store = default_entries()["data"], studies_of(request)
    rows = (folder / "cohort.csv").read_bytes()
    for known in store.all():
        file = known.file("data")
        ours = known.title.startswith(EXAMPLE) and not known.corrected
        if ours and file is not None and file.is_file() and file.read_bytes() == rows:
            return to(known, "understand")
    study = brought(store, None, f"{EXAMPLE}.csv", rows)
    return to(store.add_file(study, "study", STUDY, (folder / STUDY).read_bytes()), "understand")


async def _delete(request: Request) -> Response:
    study = study_of(request)
    if (await form_of(request)).get("sure") != ["yes"]:
        return page(request, "delete.html", step="start", study=study)
    studies_of(request).delete(study)
    return RedirectResponse("/", 303)


async def _asked_to_delete(request: Request) -> Response:
    return page(request, "delete.html", step="start", study=study_of(request))


routes = [
    Route("/", _start),
    Route("/files", _file, methods=["POST"]),
    Route("/example", _example, methods=["POST"]),
    Route("/study/{study}/delete", _asked_to_delete),
    Route("/study/{study}/delete", _delete, methods=["POST"]),
]
