"""Step 3: all that is wrong with the cohort, marked in its rows; a cell is put right or left out here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hai_utils.cohort.problems import Entry, Problem, entries
from hai_utils.page.pages import form_of, page, served, studies_of, study_of, to, worked
from hai_utils.page.studies import FILES, MADE, Correction, Study
from hai_utils.page.tables import CORRECTIONS, SCANS, CheckedCohort, done_to, make
from hai_utils.page.understanding import found_in, mapping_text

# Cells of one fault that can be put right at a time.
SHOWN_CELLS = 20


@dataclass(frozen=True, slots=True)
class FaultyCell:
    """A cell at fault: its place, and what stands there."""

    line: int
    column: str
    value: str

    @property
    def name(self) -> str:
        """Its name in the form."""
        return f"cell:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class ShownFault:
    """One fault with the cells that have it, as far as they can be put right here, and its lines; those of scans say so."""

    entry: Entry
    cells: tuple[FaultyCell, ...]
    more: int = 0
    lines: tuple[str, ...] = ()


async def checked(request: Request, study: Study) -> CheckedCohort | None:
    """Return the cohort as made and checked in a child; None where a question is open."""
    text = mapping_text(study, await found_in(request, study))
    if text is None:
        return None
    given = (study.stamp(), text, study.corrections, study.lines_out)
    folder = f"{MADE}/{hashlib.sha256(repr(given).encode()).hexdigest()[:16]}"
    work = partial(make, study, text, folder)
    found = await worked(request, study, "Checking the rows", given, work)
    if found.made and not (study.folder / found.made).is_file():
        # It was made, and another choice since then took its place.
        request.app.state.workshop.forget(study.name)
        found = await worked(request, study, "Checking the rows", given, work)
    if found.made != study.made:
        studies_of(request).keep_made(study, found.made)
    return found


def faults_of(found: CheckedCohort, severity: str) -> list[ShownFault]:
    """Return the faults of one severity, each with its cells."""
    return [_fault(found, entry) for entry in entries(one for one in found.problems if one.severity == severity)]


def _fault(found: CheckedCohort, entry: Entry) -> ShownFault:
    rows = found.cells_of(entry.columns[0] if entry.columns else "")
    lines = tuple(line for line in dict.fromkeys(entry.lines) if line in rows)
    cells = [FaultyCell(line, name, rows[line][name]) for line in lines for name in entry.columns if name in rows[line]]
    out = tuple(f"{SCANS if rows is found.scans else ''}{line}" for line in lines)
    return ShownFault(entry, tuple(cells[:SHOWN_CELLS]), max(0, len(entry.lines) - SHOWN_CELLS), out)


def marks_of(problems: tuple[Problem, ...]) -> dict[tuple[int, str], str]:
    """Return which cells are at fault, and how badly."""
    return {(one.line, one.column): one.severity for one in reversed(problems)}


async def _show(request: Request) -> Response:
    study = study_of(request)
    found = await checked(request, study)
    if found is None:
        return to(study, "understand?open=1")
    study = study_of(request)
    return page(
        request, "check.html", step="check", study=study, found=found, marks=marks_of(found.problems),
        faults={severity: faults_of(found, severity) for severity in ("error", "warning")},
        corrected=[(one, f"{SCANS if one.table == 'scans' else ''}{one.column}".rstrip("."), done_to(one)) for one in reversed(study.corrections)],
    )  # fmt: skip


async def _correct(request: Request) -> Response:
    """Note the cells that were put right, left out or taken back, then check again."""
    study, fields = study_of(request), await form_of(request)
    found = await checked(request, study)
    if found is None:
        return to(study, "understand?open=1")
    before = {(one.table, one.line, one.column): one for one in study.corrections}
    said = {name: values[-1] for name, values in fields.items()}
    for one in (*_corrections(found, said), *_scans_out(fields.get("out", []))):
        before[one.table, one.line, one.column] = one
    for gone in fields.get("back", []):
        before = {key: one for key, one in before.items() if f"{one.table}:{one.line}:{one.column}" != gone}
    out = {*study.lines_out, *_lines(fields.get("out", []))} - {*_lines(fields.get("in", []))}
    studies_of(request).save(
        replace(study, corrections=tuple(before.values()), lines_out=tuple(sorted(out)), made=study.made)
    )
    return to(study, "check")


def _corrections(found: CheckedCohort, said: Mapping[str, str]) -> list[Correction]:
    """Return what a form says of cells: those with another value, those of a group that are left blank, and one by its place."""
    new: list[Correction | None] = []
    for name, value in said.items():
        kind, _, place = name.partition(":")
        line, _, column = place.partition(":")
        if kind == "cell" and value.strip() != said.get(f"was:{place}", ""):
            new.append(found.correction(line, column, value))
    if said.get("blank", "").isdecimal():
        every = [*faults_of(found, "error"), *faults_of(found, "warning")]
        entry = every[int(said["blank"])].entry if int(said["blank"]) < len(every) else None
        if entry is not None:
            places = [(line, column) for line in entry.lines for column in entry.columns if line > 1]
            new += [found.correction(str(line), column, "") for line, column in places]
    if "one" in said:
        new.append(found.correction(said.get("line", ""), said.get("column", ""), said.get("value", "")))
    return [one for one in new if one is not None]


def _scans_out(values: list[str]) -> list[Correction]:
    """Return the lines of the scans that are left out."""
    return [
        Correction("scans", "", line, "")
        for line in _lines([one.removeprefix(SCANS) for one in values if one.startswith(SCANS)])
    ]


def _lines(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdecimal()]


async def _log(request: Request) -> Response:
    study = study_of(request)
    headers = {"Content-Disposition": f'attachment; filename="{study.name}_corrections.csv"'}
    return served((study.cohort or study.folder / FILES).parent, CORRECTIONS, **headers)


async def _cohort(request: Request) -> Response:
    study = study_of(request)
    if study.cohort is None:
        return to(study, "check")
    name = f"{study.name}_{study.cohort.name}"
    return served(study.cohort.parent, study.cohort.name, **{"Content-Disposition": f'attachment; filename="{name}"'})


routes = [
    Route("/study/{study}/check", _show),
    Route("/study/{study}/check", _correct, methods=["POST"]),
    Route("/study/{study}/corrections.csv", _log),
    Route("/study/{study}/cohort", _cohort),
]
