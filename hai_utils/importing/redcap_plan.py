"""The plan of a REDCap project: the dictionary's labels, choices, validations and flags say what a plain file leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hai_utils.cohort.dictionary import Variable
from hai_utils.importing.data_dictionary import DataDictionary, Field, checkbox_column
from hai_utils.importing.guessing import SURE, Guess, score
from hai_utils.importing.language import MISSING
from hai_utils.importing.plan import Answer, ImportPlan, Questions
from hai_utils.importing.planning import plan_views
from hai_utils.importing.redcap_export import Export, ExportRecord, export_columns, read_export
from hai_utils.importing.sheets import Sheet
from hai_utils.importing.values import parse_number
from hai_utils.importing.views import View, meant
from hai_utils.importing.vocabulary import REDCAP_MISSING, is_missing

_CODE = re.compile(r"[A-Z]{2,5}|-\d{2,4}")
_SIDE = re.compile(r"lesion(\d)_(long|perp)")
_NONE = frozenset({"none", "no mutation", "none of these", "none of the above", "no mutations", "wild type", "no"})


def plan_redcap(
    sheet: Sheet,
    dictionary: DataDictionary,
    variables: Mapping[str, Variable],
    meanings: Mapping[str, str] | None = None,
) -> ImportPlan:
    """Make the plan of an export by its data dictionary; see `hai_utils.importing.planning.plan_table`.

    Raises
    ------
    DataError
        Where export and dictionary do not belong together.
    """
    questions = Questions()
    codes = missing_codes(sheet, dictionary, questions)
    known = [code for code in codes if not code.startswith("$")]
    export = read_export(sheet, dictionary, missing=known, marked=True)
    scans = _scan_fields(export)
    every = _views(export, scans, questions)
    views = meant(every, meanings or {})
    settings: dict[str, Any] = {"missing": codes} if codes else {}
    guess = Guess(views, variables, questions, settings=settings, explicit=True)
    guess.propose(
        "patient_id",
        {"numbered": dictionary.record_id.name},
        "record ids become study numbers",
        dictionary.record_id.name,
    )
    _boxes(guess, dictionary)
    plan = plan_views(sheet.file_name, guess, every, list(export.columns))
    return _with_lesions(plan, export, scans)


def missing_codes(sheet: Sheet, dictionary: DataDictionary, questions: Questions) -> list[str]:
    """Return the project's codes for missing data: those of REDCap's own list are taken, others asked."""
    found: dict[str, list[int]] = {}
    for place, column in enumerate(export_columns(sheet, dictionary)):
        field = column.field
        if (
            field is None
            or field.name == dictionary.record_id.name
            or not (column.choices or field.is_numeric or field.date_order)
        ):
            continue
        known = {*(column.choices or {}), *(column.choices or {}).values()}
        for row, line in zip(sheet.rows, sheet.lines, strict=True):
            cell = row[place]
            if cell and cell not in known and _CODE.fullmatch(cell) and (column.choices or parse_number(cell) is None):
                found.setdefault(cell, []).append(line)
    codes = []
    for code, lines in sorted(found.items()):
        if code in REDCAP_MISSING or is_missing(code):
            codes.append(code)
        else:
            text = f"Is '{code}' one of the project's missing-data codes?"
            codes.append(questions.ask(f"missing_{code}", text, "", lines, [Answer(code, "yes, it means 'not known'")]))
    return codes


def _scan_fields(export: Export) -> dict[str, str]:
    """Return the fields of a repeating form of scans: ``date``, ``new``, and ``1_long`` and the like."""
    found: dict[str, str] = {}
    forms = {field.form for field in export.dictionary.fields.values() if _SIDE.fullmatch(_view(field).phrase)}
    for name, field in export.dictionary.fields.items():
        phrase = _view(field).phrase
        if field.form not in forms:
            continue
        if match := _SIDE.fullmatch(phrase):
            found[f"{match[1]}_{match[2]}"] = name
        elif field.date_order:
            found.setdefault("date", name)
        elif {"new", "lesion"} <= set(phrase.split("_")):
            found["new"] = name
    return found if "date" in found else {}


def _view(field: Field) -> View:
    return View(field.name, field.label or field.name, "", {})


def _views(export: Export, scans: Mapping[str, str], questions: Questions) -> dict[str, View]:
    """Return the fields as columns: titles are labels, values are the labels of codes, one row a record."""
    groups = export.by_record
    forms = {export.dictionary.fields[name].form for name in scans.values()}
    views: dict[str, View] = {}
    for name in export.columns:
        field = export.dictionary.fields.get(name) or export.dictionary.fields[name.partition("___")[0]]
        if field.form in forms or field.fault:
            continue
        labels = {"1": "yes", "0": "no"} if field.kind == "checkbox" else dict(field.choices)
        key = _at_event(name, field, groups, questions)
        lines: dict[str, list[int]] = {}
        for records in groups.values():
            given = [
                record
                for record in records
                if record.cells[name] and (key == name or f"{name}@{record.event}" == key or key.startswith("$"))
            ]
            cell, line = (given[0].cells[name], given[0].line) if given else ("", records[0].line)
            lines.setdefault(labels.get(cell, cell), []).append(line)
        title = (
            next((label for code, label in field.choices if checkbox_column(field.name, code) == name), "")
            if field.kind == "checkbox"
            else field.label
        )
        views[key] = View(
            key, title or name, field.label, lines, ".", field.guard, "numbers" if field.is_numeric else ""
        )
    return views


def _at_event(name: str, field: Field, groups: Mapping[str, Sequence[ExportRecord]], questions: Questions) -> str:
    """Return the name of a field, with its event where patients have several values; which one is asked."""
    several = [
        records
        for records in groups.values()
        if len({record.cells[name] for record in records if record.cells[name]}) > 1
    ]
    events = list(dict.fromkeys(record.event for records in several for record in records if record.cells[name]))
    if not several or len(events) < 2 or field.guard:
        return name
    lines = [record.line for records in several for record in records if record.cells[name]]
    text = f"'{field.label or name}' has several values for {len(several)} patients. At which event does it count?"
    return questions.ask(f"{name}_event", text, name, lines, [Answer(f"{name}@{event}") for event in events])


def _boxes(guess: Guess, dictionary: DataDictionary) -> None:
    """Propose genes and other findings that are boxes to check: no box checked at all means that nothing is known."""
    for field in dictionary.fields.values():
        if field.kind != "checkbox":
            continue
        columns = {checkbox_column(field.name, code): label for code, label in field.choices}
        telling = [name for name, label in columns.items() if not is_missing(label)]
        for name, view in guess.views.items():
            fitting = [
                target
                for target, variable in guess.variables.items()
                if name in columns and score(view, variable) >= SURE
            ]
            if not fitting or columns[name].lower() in _NONE or is_missing(columns[name]):
                continue
            levels = guess.variables[fitting[0]].levels
            yes, no = ("1", "0") if levels == ("0", "1") else levels[:2] if len(levels) == 2 else ("", "")
            if not yes:
                continue
            given = telling if len(columns) > 1 else []
            reason = "a box to check; blank where no box is checked" if given else "a box to check"
            guess.propose(
                fitting[0],
                {"from": name, "codes": {"1": yes, "0": no}, **({"given": given} if given else {})},
                reason,
                name,
            )


def _with_lesions(plan: ImportPlan, export: Export, scans: Mapping[str, str]) -> ImportPlan:
    """Add the lesions of the repeating form: each lesion of a scan, and a new lesion by yes or no."""
    from dataclasses import replace

    if not scans or "since" not in plan.settings:
        return plan
    numbers = sorted({key[0] for key in scans if key[0].isdigit()})
    blocks: list[dict[str, Any]] = [
        {
            "date": scans["date"],
            "lesion": {"value": number},
            **{f"{side}_mm": scans[f"{number}_{side}"] for side in ("long", "perp") if f"{number}_{side}" in scans},
            "role": {"value": "target"},
        }
        for number in numbers
        if f"{number}_long" in scans
    ]
    if new := scans.get("new"):
        codes = {
            label: "new" if label.lower() in {"yes", "true", "checked"} else MISSING
            for _, label in export.dictionary.fields[new].choices
        }
        blocks.append({"date": scans["date"], "lesion": {"value": "new"}, "role": {"from": new, "codes": codes}})
    used = set(scans.values())
    return replace(
        plan,
        settings={**plan.settings, "lesions": blocks},
        unused=tuple(name for name in plan.unused if name not in used),
    )
