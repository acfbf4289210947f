"""Step 2: what was found in the file, what each column means, and what only a person can answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hai_utils.cohort.dictionary import COLUMNS, FREE, NAME, Variable
from hai_utils.cohort.identifiers import words_of
from hai_utils.errors import HaiError
from hai_utils.importing.plan import ImportPlan, Question, Understood
from hai_utils.importing.views import LEFT_OUT
from hai_utils.importing.vocabulary import is_missing
from hai_utils.page.pages import form_of, page, studies_of, study_of, to, worked
from hai_utils.page.studies import OWN_DICTIONARY, Study
from hai_utils.page.tables import Found, find

# Roles of dates among which a person chooses; the names are those of the import.
DATES: Mapping[str, str] = {
    "pump": "Date of pump placement, from which months count",
    "surgery": "Date of operation or treatment, from which months count",
    "last_contact": "Date of last contact",
    "death": "Date of death",
    "progression": "Date of progression",
    "hepatic_progression": "Date of progression in the liver",
    "birth": "Date of birth",
}
OWN = "own_column"
# Answers that stand as buttons; more stand in a list.
BUTTONS = 4
# Levels that an own column may have; with more it is no category.
MOST_LEVELS = 12


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column of the file as the page shows it: what it seems to be, and what it may be said to be."""

    column: Understood
    becomes: str
    chosen: str
    options: tuple[tuple[str, str], ...]
    said: str = ""


async def found_in(request: Request, study: Study) -> Found:
    """Return what the files of a study hold, looked at in a child."""
    given = (study.stamp(), study.sheet, tuple(sorted(study.meanings.items())))
    return await worked(request, study, "Reading the file", given, partial(find, study))


def answered(study: Study, plan: ImportPlan) -> ImportPlan:
    """Return a plan with the answers that still fit its questions."""
    known = {one.name: one for one in plan.questions}
    fitting = {name: text for name, text in study.answers.items() if name in known and known[name].accepts(text)}
    return plan.answered(fitting)


def mapping_text(study: Study, found: Found) -> str | None:
    """Return the mapping that the person's answers make; empty where none is needed, None where a question is open."""
    if found.kind == "cohort":
        return ""
    if found.plan is None:
        path = study.file("mapping")
        return path.read_text(encoding="utf-8") if path is not None else ""
    plan = answered(study, found.plan)
    return None if plan.open_questions else plan.mapping_text


def rows_of(study: Study, found: Found) -> dict[str, list[ColumnRow]]:
    """Return the columns of a plan in the groups in which the page shows them."""
    plan, variables = found.plan, found.variables or {}
    groups: dict[str, list[ColumnRow]] = {"said": [], "used": [], "unused": [], "ignored": []}
    if plan is None:
        return groups
    made = {one.header: _becomes(one.header, plan, variables) for one in plan.columns}
    for column in plan.columns:
        meaning, becomes = study.meanings.get(column.header, ""), made[column.header]
        misfit = meaning not in ("", LEFT_OUT) and not becomes
        said = "Its values do not fit that: nothing is made of it." if misfit else ""
        row = ColumnRow(column, becomes or "left out", meaning, _options(column, becomes, variables), said)
        group = "said" if meaning else "used" if becomes else "ignored" if column.header in plan.ignored else "unused"
        groups[group].append(row)
    return groups


def _becomes(header: str, plan: ImportPlan, variables: Mapping[str, Variable]) -> str:
    """Say what is made of a column."""
    words = [variables[one.target].plain_label for one in plan.proposals if header in one.columns]
    words += ["the date from which months count"] if plan.settings.get("since") == header else []
    scans = any(header in block.values() for block in plan.settings.get("lesions", []))
    return ", ".join(dict.fromkeys([*words, *(["scans of lesions"] if scans else [])]))


def _options(column: Understood, becomes: str, variables: Mapping[str, Variable]) -> tuple[tuple[str, str], ...]:
    first = [("", f"As understood: {becomes or 'left out'}"), (LEFT_OUT, "Leave it out")]
    if column.kind == "dates":
        return (*first, *DATES.items())
    dated = DATES.items() if column.unit == "days" else ()
    own = [(OWN, "A column of its own, under its name")] if column.kind in {"numbers", "codes"} else []
    return (*first, *own, *dated, *((name, one.label) for name, one in variables.items()))


async def _show(request: Request) -> Response:
    study = study_of(request)
    if "data" not in study.files:
        return page(request, "understand.html", step="understand", study=study, found=None, problems=[])
    try:
        found = await found_in(request, study)
    except HaiError as error:
        words = str(error).split("\n")
        return page(request, "understand.html", step="understand", study=study, status=422, found=None, problems=words)
    plan = answered(study, found.plan) if found.plan else None
    asked = request.query_params.get("open") == "1"
    return page(
        request, "understand.html", step="understand", study=study, found=found, plan=plan, buttons=BUTTONS, problems=[],
        groups=rows_of(study, found), missing=plan.open_questions if plan and asked else (), texts=study.answers,
    )  # fmt: skip


async def _take(request: Request) -> Response:
    """Write down what was said of columns and questions, then go on, or show what follows from it."""
    study, fields = study_of(request), await form_of(request)
    said = {name: values[-1] for name, values in fields.items()}
    found = await found_in(request, study)
    known = {one.name: one for one in found.plan.questions} if found.plan else {}
    answers = {
        **study.answers,
        **{name: text for name, one in known.items() if (text := _answer(one, said)) is not None},
    }
    meanings = {name.partition(":")[2]: value for name, value in said.items() if name.startswith("meaning:") and value}
    sheet = said.get("sheet", study.sheet)
    if (other := answers.get("sheet", "")) in found.sheets and "sheet" in known and not known["sheet"].accepts(other):
        sheet = answers.pop("sheet")
    if sheet != study.sheet:
        answers, meanings = {}, {}
    meanings = _with_own_columns(study, found, meanings)
    if (answers, meanings, sheet) != (study.answers, study.meanings, study.sheet):
        study = studies_of(request).save(replace(study, answers=answers, meanings=meanings, sheet=sheet, made=""))
    if "go" not in said:
        return to(study, "understand")
    if mapping_text(study, await found_in(request, study)) is None:
        return RedirectResponse(f"/study/{study.name}/understand?open=1", 303)
    return to(study, "check")


def _answer(question: Question, said: Mapping[str, str]) -> str | None:
    """Return the answer that a form gives to a question; None where it gives none."""
    free = said.get(f"free:{question.name}", "").strip()
    return free or said.get(f"answer:{question.name}")


def _with_own_columns(study: Study, found: Found, meanings: dict[str, str]) -> dict[str, str]:
    """Describe the columns that are to stand under their own names in a dictionary of the study, and name them."""
    asked = [one for one in (found.plan.columns if found.plan else ()) if meanings.get(one.header) == OWN]
    if not asked:
        return meanings
    before = study.dictionary.read_text(encoding="utf-8-sig") if study.dictionary else ",".join(COLUMNS) + "\n"
    taken = set(found.variables or ())
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for column in asked:
        name = _own_name(column.title or column.header, taken)
        taken.add(name)
        meanings = {**meanings, column.header: name}
        values = [one for one in column.values if not is_missing(one)]
        binary = bool(values) and set(values) <= {"0", "1"}
        number = column.kind == "numbers" and not binary
        listed = (
            len(values) <= MOST_LEVELS and not any(sign in one for one in values for sign in "|=") and len(values) > 1
        )
        allowed = "" if number else "yes | no" if binary else " | ".join(values) if listed else FREE
        writer.writerow(
            [name, column.title or column.header, "number" if number else "category", "", allowed, "", "", ""]
        )
    (study.folder / OWN_DICTIONARY).write_text(before.rstrip("\n") + "\n" + stream.getvalue(), encoding="utf-8")
    return meanings


def _own_name(title: str, taken: set[str]) -> str:
    base = words_of(title)[:50]
    base = base if NAME.fullmatch(base) else f"own_{base}".rstrip("_")
    return next(name for name in (base, *(f"{base}_{i}" for i in range(2, 1000))) if name not in taken)


async def _mapping(request: Request) -> Response:
    """Give the mapping, to be used again with next month's export."""
    study = study_of(request)
    text = mapping_text(study, await found_in(request, study))
    if not text:
        return RedirectResponse(f"/study/{study.name}/understand?open=1", 303)
    headers = {"Content-Disposition": f'attachment; filename="{study.name}_mapping.yml"'}
    return Response(text, media_type="application/yaml", headers=headers)


async def _without(request: Request) -> Response:
    """Take a file that came beside the table out of the study."""
    study, role = study_of(request), (await form_of(request)).get("role", [""])[-1]
    return to(studies_of(request).drop_file(study, role), "understand")


routes = [
    Route("/study/{study}/understand", _show),
    Route("/study/{study}/understand", _take, methods=["POST"]),
    Route("/study/{study}/mapping.yml", _mapping),
    Route("/study/{study}/without", _without, methods=["POST"]),
]
