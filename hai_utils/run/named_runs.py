"""Runs with a name, side by side: where they lie, what sets them apart, their main numbers, and a page that lists them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hai_utils.errors import HaiError, UsageError
from hai_utils.html_page import document
from hai_utils.parameters import load_parameters, yaml_value
from hai_utils.profiles import DATA, EVIDENCE, PAPER, PROFILE, profiles, resolve, usual_evidence
from hai_utils.project import PARAMETER_FILE, runs_home
from hai_utils.results.files import read_results
from hai_utils.results.formatting import WITHHELD, p_phrase
from hai_utils.results.keys import comparison, result_key
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.safe_yaml import read_yaml
from hai_utils.show.wording import notice
from hai_utils.untrusted import escaped

RUNS = "_build/runs"
PAGE = "index.html"
TITLE = "Runs side by side"
STAMP = "stamp.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DIGITS_OF_DIGEST = 8
OVERALL_SURVIVAL = "os"
HAZARD_RATIO = "hazard_ratio"
# What the list says instead of numbers of a run that the disclosure gate has passed.
NOT_SIDE_BY_SIDE = (
    "in its book alone: the run withholds small counts, and beside another run its numbers could tell them"
)


@dataclass(frozen=True, slots=True)
class NamedRun:
    """A finished run as the list shows it; every field is plain text.

    Attributes
    ----------
    name, date, cohort : str
        Its name, when it was built (UTC), the first digits of the cohort's SHA-256 or the sign that
        it is withheld.
    changed : tuple of str
        ``name: value`` of each parameter that differs from ``params.yml``.
    endpoint : tuple of str
        The primary endpoint: a line a group, then the effect of each comparison.
    hazard_ratios : tuple of str
        One a survival endpoint and comparison.
    notice : str
        What must be said of rows that are no patients; empty for real data.
    """

    name: str
    date: str
    cohort: str
    changed: tuple[str, ...]
    endpoint: tuple[str, ...]
    hazard_ratios: tuple[str, ...]
    notice: str = ""


def runs_folder(root: Path) -> Path:
    """Return the folder of the named runs of a project."""
    return runs_home(root) / RUNS


def named_folder(root: Path, name: str) -> Path:
    """Return the folder of the run of a name.

    Raises
    ------
    UsageError
        Where the name could not be a folder's.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            "--name: letters, digits, '.', '_' and '-' make a name, at most 64, the first a letter or digit."
        )
    return runs_folder(root) / name


def read_named_runs(root: Path) -> list[NamedRun]:
    """Return all finished named runs of a project, by name; what cannot be read is left out."""
    runs = []
    for folder in sorted(runs_folder(root).glob("*")):
        if NAME.fullmatch(folder.name) and (folder / STAMP).is_file():
            try:
                runs.append(_read(folder, root))
            except (OSError, ValueError, KeyError, HaiError):
                continue
    return runs


def _read(folder: Path, root: Path) -> NamedRun:
    results = read_results(folder, series=False)
    gated = results.study.gated
    built = datetime.fromtimestamp((folder / STAMP).stat().st_mtime, UTC)
    return NamedRun(
        name=folder.name,
        date=f"{built:%Y-%m-%d %H:%M}",
        cohort=results.study.sha256[:DIGITS_OF_DIGEST] or WITHHELD,
        changed=_changed(folder, root),
        endpoint=(NOT_SIDE_BY_SIDE,) if gated else tuple(_endpoint(results)),
        hazard_ratios=() if gated else tuple(_hazard_ratios(results)),
        notice=notice(results.study),
    )


def _changed(folder: Path, root: Path) -> tuple[str, ...]:
    here = _values(folder / PARAMETER_FILE)
    profile = here.get(PROFILE, "").strip('"')
    known = profile if profile in profiles(root) else PAPER
    usual = {name: yaml_value(value) for name, value in resolve(root, profile=known)}
    # The paper's methods are the project's own; any other profile is named, and what differs from it.
    defaults = usual | {PROFILE: PAPER if profile else profile}
    defaults[EVIDENCE] = usual_evidence(root, here.get(DATA, "").strip('"'))
    return tuple(f"{name}: {value}" for name, value in here.items() if defaults.get(name) != value)


def _values(path: Path) -> dict[str, Any]:
    """Return the values of a parameter file as text, or, where it is of another version, as they stand."""
    try:
        return {name: yaml_value(value) for name, value in load_parameters([path])}
    except HaiError:
        read: dict[str, Any] = read_yaml(path)
        return {name: str(value) for name, value in read.items()}


def _printed(results: Results, key: str) -> str:
    return results.get(key).formatted if key in results else ""


def _endpoint(results: Results) -> Iterable[str]:
    study = results.study
    variable = study.primary
    label = study.variables[variable].plain if variable in study.variables else variable
    for group in study.groups:
        count, n, percent = (
            _printed(results, result_key(variable, "", group.level, name)) for name in ("count", "n", "percent")
        )
        if count:
            yield f"{label}, {group.label}: {count}/{n} ({percent})"
    for group in study.compared:
        pair = comparison(group.level, study.reference)
        between = f"{group.label} and {study.reference_label}"
        effect = _with_interval(results, variable, pair, "risk_difference")
        p = _printed(results, result_key(variable, "", pair, "p_value"))
        if effect:
            yield f"Difference between {between}: {effect}" + (f", {p_phrase(p)}" if p else "")


def _with_interval(results: Results, variable: str, pair: str, statistic: str) -> str:
    estimate, lower, upper = (
        _printed(results, result_key(variable, "", pair, statistic + end)) for end in ("", "_lower", "_upper")
    )
    if not estimate:
        return ""
    return f"{estimate} ({lower} to {upper})" if lower and upper else estimate


def _reported(record: Record) -> bool:
    return record.reported and not record.level


def _hazard_ratios(results: Results) -> Iterable[str]:
    """Return those of overall survival and of the outcomes of Table 2."""
    study = results.study
    endpoints = {OVERALL_SURVIVAL, *study.parameters.get("outcomes", ())}
    for group in study.compared:
        pair = comparison(group.level, study.reference)
        for record in filter(_reported, results):
            if (record.statistic, record.group) == (HAZARD_RATIO, pair) and record.variable in endpoints:
                ratio = _with_interval(results, record.variable, pair, HAZARD_RATIO)
                label = record.label.removesuffix(", months")
                yield f"{label}, {group.label} to {study.reference_label}: {ratio}"


# --- the list as text and as a page ---

COLUMNS = ("Run", "Built (UTC)", "Cohort", "Differs from params.yml", "Primary endpoint", "Hazard ratios")


def runs_text(runs: Iterable[NamedRun]) -> str:
    """Return the runs for a terminal or a log, a paragraph each."""
    paragraphs = []
    for run in runs:
        lines = [f"{run.name}  built {run.date} UTC, cohort {run.cohort}"]
        lines += [f"  {line}" for line in (*(run.changed or ("as params.yml",)), *run.endpoint)]
        lines += [f"  hazard ratio, {line}" for line in run.hazard_ratios]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


def runs_page(runs: Iterable[NamedRun]) -> str:
    """Return the page that lists the runs; it needs nothing beside it, and every text is escaped."""
    listed = list(runs)
    head = "".join(f'<th scope="col">{escaped(title)}</th>' for title in COLUMNS)
    rows = "\n".join(_row(run) for run in listed)
    said = "".join(f"<p>{escaped(text)}</p>\n" for text in dict.fromkeys(run.notice for run in listed) if text)
    return document(TITLE, _BODY.format(title=TITLE, notice=said, head=head, rows=rows), style=_STYLE)


def _row(run: NamedRun) -> str:
    name = escaped(run.name)
    cells = (
        (run.date,),
        (run.cohort,),
        run.changed or ("nothing",),
        run.endpoint or ("–",),
        run.hazard_ratios or ("–",),
    )
    body = "".join(f"<td>{'<br>'.join(map(escaped, lines))}</td>" for lines in cells)
    return f'<tr><th scope="row"><a href="{name}/html/index.html">{name}</a></th>{body}</tr>'


def write_runs_page(root: Path) -> Path:
    """Write the page anew, in one step, and return where it lies."""
    page = runs_folder(root) / PAGE
    page.parent.mkdir(parents=True, exist_ok=True)
    private = page.with_name(f".{PAGE}.{os.getpid()}")
    private.write_text(runs_page(read_named_runs(root)), encoding="utf-8")
    private.replace(page)
    return page


_STYLE = "caption { text-align: left; padding-bottom: .5rem; } body { max-width: 90rem; } td, th { font-variant-numeric: tabular-nums; } a { color: inherit; }"
_BODY = """<h1>{title}</h1>
{notice}<div class="wide" role="region" aria-label="Runs" tabindex="0">
<table>
<caption>Every named run of this project: what it was asked for, and its main numbers with their confidence intervals.</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
"""
