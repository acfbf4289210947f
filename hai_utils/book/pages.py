"""Tables about the run itself: its parameters, its files, its versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, get_args

from hai_utils.audit.checklists import NAMES, JudgedItem, Status, judge
from hai_utils.book.conditions import holds
from hai_utils.book.state import BookRun
from hai_utils.parameters import FILE_PARAMETERS, SETTLED, Parameters, shown_files
from hai_utils.show.content import Reference, Row, Run, Table
from hai_utils.show.reproduce import changed_parameters
from hai_utils.show.wording import method_name

STATUSES: tuple[Status, ...] = get_args(Status)


def _plain_table(name: str, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(name, (title,), columns, tuple(Row(tuple((cell,) for cell in row)) for row in rows))


def _value(value: Any) -> str:  # noqa: ANN401 - any parameter's value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def parameters(run: BookRun) -> Table:
    """Return every parameter with its value in this run."""
    values = shown_files(run.results.study.parameters)
    rows = [
        (name, field.description or "", _value(values[name]) or "(none)")
        for name, field in Parameters.model_fields.items()
        if name in values
    ]
    return _plain_table("table-parameters", "Parameters of this run", ("Parameter", "Meaning", "Value"), rows)


def settings(run: BookRun) -> Table:
    """Return the settings of this run that differ from its profile, each with what the profile has."""
    values = run.results.study.parameters
    changed = changed_parameters(values, run.defaults)
    rows = [
        (name, _value(values[name]) or "(none)", _value(run.defaults[name]) or "(none)")
        for name in changed
        if name not in (*FILE_PARAMETERS, *SETTLED)
    ]
    profile = values.get("profile", "")
    title = f"Settings of this run that differ from the profile “{profile}”"
    return _plain_table("table-settings", title, ("Parameter", "Value", "In the profile"), rows or [("None", "", "")])


def versions(run: BookRun) -> Table:
    """Return the versions of the software that made the numbers."""
    rows = [(name, version) for name, version in run.provenance["versions"].items()]
    return _plain_table("table-versions", "Software of this run", ("Software", "Version"), rows)


def files(run: BookRun) -> Table:
    """Return the SHA-256 of each input."""
    rows = [(name, digest) for name, digest in run.provenance["sha256"].items()]
    return _plain_table("table-files", "Inputs of this run", ("Input", "SHA-256"), rows)


def warnings(run: BookRun) -> Table:
    """Return what the check of the cohort found doubtful."""
    rows = [tuple(warning.split(": ", 1)) for warning in run.provenance.get("warnings", [])]
    found = rows or [("Whole file", "Nothing was found.")]
    return _plain_table("table-warnings", "Warnings of the check of the cohort", ("Where", "Warning"), found)


def _checklist(name: str) -> Callable[[BookRun], Table]:
    """Return the exhibit of one reporting checklist, judged for a run."""

    def table(run: BookRun) -> Table:
        judged = judge(name, lambda condition: holds(condition, run), run.answers)
        rows = []
        for part, entries in groupby(judged, key=lambda entry: entry.item.section):
            rows.append(Row(((part,), (), (), ()), "section"))
            rows += [_item_row(entry) for entry in entries]
        count = Counter(entry.status for entry in judged)
        tally = "; ".join(f"{status}, {count[status]}" for status in STATUSES if count[status])
        note = f"Items: {tally}. An item is met only where code finds the evidence; whether it is well met, a reader judges."
        columns = ("Item", "What is asked", "Status", "Where, or why not")
        return Table(
            f"table-{name}", (f"{NAMES[name]}, item by item",), columns, tuple(rows), ((note,),), widths=(8, 48, 16, 28)
        )

    return table


def _item_row(entry: JudgedItem) -> Row:
    places: list[Run] = []
    for place in entry.evidence:
        places += [", " if places else "", Reference(place, "")]
    see: list[Run] = ["See ", *places, ". "] if places and entry.status == "for the author" else [*places]
    words: list[Run] = [". " if places and entry.status != "for the author" else "", entry.words] if entry.words else []
    where = tuple(run for run in (*see, *words) if run != "")
    return Row(((entry.item.item,), (entry.item.asks,), (entry.status.capitalize(),), where), "indented")


def methods(run: BookRun) -> Table:
    """Return the methods of the run, each with its name in words."""
    used = sorted({record.method for record in run.results if record.method})
    rows = [(method, method_name(method)) for method in used]
    return _plain_table("table-method-names", "Methods, by the names that keys take after @", ("Name", "Method"), rows)


EXHIBITS: Mapping[str, Callable[[BookRun], Table]] = {
    "parameters": parameters,
    "settings": settings,
    "versions": versions,
    "files": files,
    "warnings": warnings,
    **{name: _checklist(name) for name in NAMES},
    "methods": methods,
}
