"""The answers of an audit as text for a terminal, as CSV, and as one page that needs nothing beside it.

Whatever a draft holds is shown as text: escaped in the page, without control signs on a terminal, and never as a
formula in a spreadsheet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from hai_utils.audit.answer import Status
from hai_utils.audit.checks import audit_draft
from hai_utils.audit.draft import DraftRow, read_draft
from hai_utils.audit.findings import AuditReport, Finding, Mixture
from hai_utils.audit.printed import ALL_RULES, rules_text
from hai_utils.html_page import document
from hai_utils.package_data import packaged_text
from hai_utils.untrusted import csv_text, escaped, one_line

STATUSES: dict[Status, str] = {
    "impossible": "Impossible",
    "assumption": "Needs an assumption",
    "possible": "Possible",
    "not_checked": "Not checked",
}
REPORT_COLUMNS = (
    "id", "section", "variable", "level", "group", "statistic", "value", "answer", "check", "reason", "assumption",
    "nearest_possible", "rounding", "compared_with",
)  # fmt: skip


def audit_file(path: Path) -> AuditReport:
    """Audit the draft in a file.

    Returns
    -------
    AuditReport
        Its `exit_code` is 0 where nothing is impossible, 1 where something is.

    Raises
    ------
    DraftError
        Where the file is not in the draft format; its exit code is 2.
    """
    return audit_draft(read_draft(path))


# --- terminal ---


def report_text(report: AuditReport) -> str:
    """Write an audit for a terminal: what is impossible, what needs an assumption, how it was rounded, the sum of it."""
    lines = []
    for status in ("impossible", "assumption"):
        found = [finding for finding in report.findings if finding.answer.status == status]
        for finding in found:
            row = report.draft.by_id[finding.row]
            lines += [
                f"{STATUSES[finding.answer.status].upper()}  {one_line(row.id)}: {one_line(row.text)}  ({one_line(row.place)})"
            ]
            lines += [f"    {one_line(finding.answer.sentence)}"]
            if finding.others:
                lines += [f"    Compared with {', '.join(finding.others)}."]
    for finding in report.remarks:
        row = report.draft.by_id[finding.row]
        lines += [f"TO NOTE  {one_line(row.id)}: {one_line(row.text)}  ({one_line(row.place)})"]
        lines += [f"    {one_line(finding.answer.sentence)}"]
    lines += [rounding_sentence(report), counted_sentence(report)]
    return "\n".join(lines) + "\n"


def counted_sentence(report: AuditReport) -> str:
    """Count the answers in a sentence."""
    counts = status_counts(report)
    listed = ", ".join(f"{counts[status]} {words.lower()}" for status, words in STATUSES.items())
    return f"{len(report.draft.rows)} numbers: {listed}."


def status_counts(report: AuditReport) -> Mapping[Status, int]:
    """Count the rows by their answer."""
    found = Counter(report.answer(row.id).status for row in report.draft.rows)
    return {status: found[status] for status in STATUSES}


def rounding_sentence(report: AuditReport) -> str:
    """Say which rounding rule the numbers need, or that they need several."""
    if report.mixture is not None:
        return _mixture_sentence(report.mixture)
    if report.rules == ALL_RULES:
        return "Rounding: nothing tells half up, half even and truncation apart."
    return f"Rounding: {rules_text(report.rules)} explains every number."


def _mixture_sentence(mixture: Mixture) -> str:
    needs = sorted(mixture.needs.items(), key=lambda item: len(item[1]))
    parts = [
        f"{', '.join(rows[:5])}{' ...' if len(rows) > 5 else ''} need {rules_text(rules)}" for rules, rows in needs
    ]
    return f"Rounding: a mixture of rules; {'; '.join(parts)}."


# --- CSV ---


def report_csv(report: AuditReport) -> str:
    """Write every answer as CSV, one a row; a row that nothing was said of once, as possible."""
    rows = []
    for row in report.draft.rows:
        found: Sequence[Finding | None] = report.of_row(row.id) or (None,)
        rows += [_report_row(row, finding, report) for finding in found]
    return csv_text(REPORT_COLUMNS, [[one_line(cell) for cell in row] for row in rows])


def _report_row(row: DraftRow, finding: Finding | None, report: AuditReport) -> list[str]:
    answer = finding.answer if finding is not None else report.answer(row.id)
    cells = [row.id, row.section, row.variable, row.level, row.group, row.statistic, row.text, answer.status]
    rounding = "" if answer.rules == ALL_RULES else rules_text(answer.rules) or "two rules"
    cells += [finding.check if finding else "", answer.reason, answer.assumption, "; ".join(answer.nearest)]
    return [*cells, rounding if answer.status != "impossible" else "", " ".join(finding.others) if finding else ""]


# --- page ---


def report_html(report: AuditReport) -> str:
    """Write an audit as one page: no network, no file beside it; search and filter where scripts may run."""
    options = "".join(f'<option value="{mark}">{words}</option>' for mark, words in STATUSES.items())
    above = "".join(f"<p>{escaped(text)}</p>\n" for text in (counted_sentence(report), rounding_sentence(report)))
    head = "".join(f'<th scope="col">{cell}</th>' for cell in ("Number", "Where", "As printed", "Answer", "Why"))
    body = "".join(_html_row(row, report) for row in report.draft.rows)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    title = f"Audit of {report.draft.name}"
    page = f"<h1>{escaped(title)}</h1>\n{above}{_FORM.format(options=options)}{table}"
    style, script = packaged_text("audit/report.css"), packaged_text("audit/report.js")
    return document(title, page, style=style, script=script)


def _html_row(row: DraftRow, report: AuditReport) -> str:
    """Write what is said of a number, with links to the numbers that it was compared with."""
    found, answer = report.of_row(row.id), report.answer(row.id)
    telling = [finding for finding in found if finding.answer.status == answer.status] or list(found)
    why = " ".join(dict.fromkeys(finding.answer.sentence for finding in telling)) or answer.sentence
    others = dict.fromkeys(other for finding in telling if answer.status != "possible" for other in finding.others)
    links = ", ".join(f'<a href="#{escaped(other)}">{escaped(other)}</a>' for other in others)
    told = (row.id, row.place, row.text, STATUSES[answer.status])
    cells = "".join(f"<td>{escaped(cell)}</td>" for cell in told)
    last = f"<td>{escaped(why)}{f' See {links}.' if links else ''}</td>"
    return f'<tr id="{escaped(row.id)}" data-mark="{answer.status}">{cells}{last}</tr>\n'


_FORM = """<form hidden>
<label>Search <input name="search" type="search"></label>
<label>Show <select name="mark"><option value="">all</option>{options}</select></label>
<output></output>
</form>
"""
