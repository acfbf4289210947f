"""What ``hai sites`` does: a book for every center of a folder, and one overview of all."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hai_utils.analyses.across_centers import READ, Center, analyse_centers
from hai_utils.cohort.reading import load_cohort
from hai_utils.commands.build import BuildRequest, project_root, resolve_parameters
from hai_utils.errors import DataError, HaiError, ParameterError
from hai_utils.parameters import FILE_PARAMETERS, Parameters, as_plain
from hai_utils.project import runs_home
from hai_utils.results.files import read_results, results_csv
from hai_utils.results.table import Results
from hai_utils.run.inputs import Inputs
from hai_utils.run.output import is_current, locked
from hai_utils.run.sources import sources_digest
from hai_utils.sites.building import CENTER_BOOK
from hai_utils.sites.connection import Cluster
from hai_utils.sites.files import CenterFile, find_centers
from hai_utils.sites.overview.page import Refusal, overview_page
from hai_utils.sites.tasks import BuildEnd, Task
from hai_utils.untrusted import plain_lines

DEFAULT_OUT = "_build/sites"
MARKER = "sites.json"
CENTERS = "centers"
CHANGED = BuildEnd(("Its cohort changed after its book was made. Give the same command again.",), 1)


@dataclass(frozen=True, slots=True)
class SitesRequest:
    """The words of a ``hai sites``; see its help."""

    folder: Path
    params: Path | None = None
    settings: tuple[str, ...] = ()
    out: Path | None = None
    dictionary: Path | None = None
    profile: str = ""
    source: Path | None = None
    jobs: int = 0
    cluster: Cluster | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: a task a center, and the centers that are refused before any work."""

    root: Path
    shared: Parameters
    files: tuple[CenterFile, ...]
    tasks: dict[str, Task]
    answers: dict[str, BuildEnd]


def run_sites(request: SitesRequest) -> int:
    """Build all books that are not there yet, then the overview; return the exit code.

    Raises
    ------
    HaiError
        Where nothing can be done for any center: no folder, no cohort, a shared parameter at fault, no cluster.
    """
    if request.cluster:
        request.cluster.check()
    root = project_root(request.source)
    out = request.out.resolve() if request.out is not None else runs_home(root) / DEFAULT_OUT
    files = find_centers(request.folder)
    # The profile of centers is that of any cohort, unless one is named: the first of them decides for the overview.
    shared = resolve_parameters(replace(_shared(request), data=files[0].data), root)
    _check_target(out)
    with locked(out):
        (out / CENTERS).mkdir(parents=True, exist_ok=True)
        _write(out / MARKER, json.dumps({"made_by": "hai sites"}) + "\n")
        plan = _plan(request, root, out, shared, files)
        _build(request, plan)
        _overview(plan, out)
    return _conclude(plan, out)


def _check_target(out: Path) -> None:
    if out.is_file():
        raise ParameterError(f"--out {out}: this is a file; name a folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise ParameterError(f"--out {out}: the folder holds other files. Name a new or empty one.")


def _shared(request: SitesRequest) -> BuildRequest:
    return BuildRequest(
        params=request.params, settings=request.settings, profile=request.profile, dictionary=request.dictionary
    )


def _plan(request: SitesRequest, root: Path, out: Path, shared: Parameters, files: tuple[CenterFile, ...]) -> Plan:
    """Resolve each center's parameters: its own file wins over shared files, ``--set`` over all."""
    sources = sources_digest(root)
    plan = Plan(root, shared, files, {}, {})
    for file in files:
        own = replace(_shared(request), data=file.data, more_params=(file.params,) if file.params else ())
        try:
            parameters = resolve_parameters(own, root)
        except HaiError as error:
            plan.answers[file.name] = BuildEnd((str(error),), error.exit_code)
            continue
        except Exception as error:
            # Whatever is in a center's files, the others go on.
            plan.answers[file.name] = BuildEnd((f"Its files cannot be read ({type(error).__name__}).",), 1)
            continue
        chosen = {"data": file.data, "dictionary": file.dictionary or request.dictionary}
        parameters = parameters.model_copy(update=_absolute(parameters, chosen, root))
        inputs = Inputs.of(root, parameters, sources)
        stamp = inputs.digest(CENTER_BOOK.formats)
        plan.tasks[file.name] = Task(file.name, inputs, out / CENTERS / file.folder, stamp)
    return plan


def _absolute(parameters: Parameters, chosen: Mapping[str, Path | None], root: Path) -> dict[str, str]:
    """Return the files of a center as absolute paths, so that its book names them by name wherever they lie."""
    found: dict[str, str] = {}
    for name in FILE_PARAMETERS:
        path = chosen.get(name)
        if path is None and getattr(parameters, name):
            path = root / getattr(parameters, name)
        found[name] = str(path.resolve()) if path is not None else ""
    return found


def _build(request: SitesRequest, plan: Plan) -> None:
    todo = []
    for task in plan.tasks.values():
        if is_current(task.out, task.stamp):
            plan.answers[task.name] = BuildEnd()
        else:
            todo.append(task)
    if kept := len(plan.tasks) - len(todo):
        _say(f"{kept} of {len(plan.files)} are there already, and nothing changed.")

    def done(task: Task, answer: BuildEnd) -> None:
        plan.answers[task.name] = answer
        how = "refused" if answer.exit_code == 1 else "failed" if answer.reasons else "built"
        _say(f"  {len(plan.answers)} of {len(plan.files)}  {task.name}  {how}")

    if not todo:
        return
    if request.cluster:
        from hai_utils.sites.cluster import build_on_cluster

        build_on_cluster(todo, request.cluster, plan.root, _say, done)
    else:
        from hai_utils.sites.local import build_locally

        build_locally(todo, request.jobs or _cores(), done)


def _cores() -> int:
    """Return how many cores this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _say(text: str) -> None:
    sys.stderr.write(plain_lines(text) + "\n")
    sys.stderr.flush()


# --- the overview ---


def _overview(plan: Plan, out: Path) -> None:
    centers = _centers(plan)
    built = [file for file in plan.files if not plan.answers[file.name].reasons]
    results = analyse_centers(centers, plan.shared)
    refused = [_refusal(file, plan) for file in plan.files if plan.answers[file.name].reasons]
    books = {file.name: f"{CENTERS}/{file.folder}/html/index.html" for file in built}
    notes = _notes(results, [(center.name, center.study.group_by, center.study.reference) for center in centers])
    page = overview_page(results, [center.name for center in centers], refused, books, notes)
    _write(out / "results.csv", results_csv(results))
    _write(out / "provenance.json", _provenance(plan, centers))
    _write(out / "index.html", page)


def _centers(plan: Plan) -> list[Center]:
    """Return what is known of each center that has a book; one whose cohort changed meanwhile is taken off them."""
    centers = []
    for file in plan.files:
        if plan.answers[file.name].reasons:
            continue
        try:
            centers.append(_center(plan.tasks[file.name]))
        except HaiError:
            plan.answers[file.name] = CHANGED
    return centers


def _center(task: Task) -> Center:
    """Return what is known of a center.

    Raises
    ------
    HaiError
        Where its cohort is no longer the one that its book was made from.
    """
    results = read_results(task.out, READ, series=False)
    if not may_pool(results):
        return Center(task.name, results)
    cohort = load_cohort(task.inputs.readable, task.inputs.root)
    if cohort.sha256 != results.study.sha256:
        raise DataError(CHANGED.reasons)
    return Center(task.name, results, cohort)


def may_pool(results: Results) -> bool:
    """Say whether a center's rows may be put together with others': not where it withholds small counts."""
    return bool(results.study.parameters.get("disclosure", "none") == "none")


def _notes(results: Results, centers: Sequence[tuple[str, str, str]]) -> list[str]:
    """Name the centers that compare other groups: they are described and not combined."""
    study = results.study
    return [
        f"{name} compares other groups ({column}, against {reference}): it is described and not combined."
        for name, column, reference in centers
        if (column, reference) != (study.group_by, study.reference)
    ]


def _refusal(file: CenterFile, plan: Plan) -> Refusal:
    """Return why a center has no book, without the place where its file lies."""
    places = [f"{folder}/" for folder in (file.data.parent.resolve(), file.data.parent, plan.root)]
    reasons = []
    for reason in plan.answers[file.name].reasons:
        for place in places:
            reason = reason.replace(place, "")
        reasons += reason.splitlines()
    return Refusal(file.name, tuple(reasons))


def _provenance(plan: Plan, centers: Sequence[Center]) -> str:
    content = {
        "sha256": {
            "centers": {center.name: center.study.sha256 for center in centers},
            "sources": sources_digest(plan.root),
        },
        "parameters": {**as_plain(plan.shared), **dict.fromkeys(FILE_PARAMETERS, "")},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    working = path.with_name(f".{path.name}.new")
    working.write_text(text, encoding="utf-8", newline="")
    working.replace(path)


def _conclude(plan: Plan, out: Path) -> int:
    without = [name for name, answer in plan.answers.items() if answer.reasons]
    for file in plan.files:
        if file.name in without:
            _say(f"{file.name}:")
            for reason in _refusal(file, plan).reasons:
                _say(f"  {reason}")
    built = len(plan.files) - len(without)
    sys.stdout.write(f"{built} of {len(plan.files)} centers have a book. The overview: {out / 'index.html'}\n")
    if not without:
        return 0
    sys.stdout.write(
        f"{len(without)} without a book, listed in the overview with the reasons; all others are done.\n"
        "Mend their files and give the same command again: what is built is not built again.\n"
    )
    return max(plan.answers[name].exit_code for name in without)
