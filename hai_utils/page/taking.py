"""Step 6, Take away: the manuscript, the numbers, the figures, and the study as one file."""

from __future__ import annotations

import io
import zipfile
from functools import partial
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hai_utils.page.pages import page, study_of, to, worked
from hai_utils.page.studies import Study
from hai_utils.profiles import resolve
from hai_utils.project import RUN_FILES
from hai_utils.run.inputs import Inputs
from hai_utils.run.named_runs import NAME
from hai_utils.run.packing import pack

PRESENT = "book"
ZIP = "application/zip"


def runs_of(study: Study) -> list[str]:
    """Return the names of the finished runs of a study, that of its own choices first."""
    found = [path.name for path in sorted(study.runs.glob("*")) if NAME.fullmatch(path.name)]
    whole = [name for name in found if all((study.runs / name / file).is_file() for file in RUN_FILES)]
    return sorted(whole, key=lambda name: name != PRESENT)


async def _take(request: Request) -> Response:
    study = study_of(request)
    runs = runs_of(study)
    if not runs:
        return to(study, "read")
    return page(request, "take.html", step="take", study=study, runs=runs, present=PRESENT)


def _run_folder(request: Request, study: Study) -> Path:
    name: str = request.path_params["run"]
    if name not in runs_of(study):
        raise HTTPException(404)
    return study.runs / name


def figures_of(folder: Path) -> bytes:
    """Return the drawings of a run, each with the data that it is drawn from, as one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((folder / "html" / "_downloads").glob("figure-*")):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes())
    return buffer.getvalue()


def packed(study: Study, root: Path, run: Path, *, with_data: bool) -> bytes:
    """Return the study at the choices of one of its runs as one file for `hai build`."""
    files = [one for one in study.settings() if one.partition("=")[0] in {"data", "dictionary", "scans", "study"}]
    return pack(Inputs.of(root, resolve(root, files=[run / "params.yml"], settings=files)), with_data=with_data)


async def _figures(request: Request) -> Response:
    folder = _run_folder(request, study_of(request))
    return _file(figures_of(folder), f"{folder.name}-figures.zip")


async def _study(request: Request) -> Response:
    """Give the study as one file; with the patients' data only where that was chosen."""
    study = study_of(request)
    folder, with_data = _run_folder(request, study), request.query_params.get("data") == "inside"
    work = partial(packed, study, request.app.state.root, folder, with_data=with_data)
    given = (folder.name, with_data, (folder / "stamp.json").stat().st_mtime_ns, study.stamp())
    return _file(await worked(request, study, "Packing the study", given, work), f"{study.name}.hai.zip")


def _file(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=ZIP, headers=headers)


routes = [
    Route("/study/{study}/take", _take),
    Route("/study/{study}/take/{run}/figures.zip", _figures),
    Route("/study/{study}/take/{run}/study.zip", _study),
]
