"""What ``hai audit`` does: judge a draft of numbers, write one from the tables of a manuscript, or print the template."""

from __future__ import annotations

from pathlib import Path

import typer

from hai_utils.audit import draft as drafts
from hai_utils.audit import report as reports
from hai_utils.commands.report_file import write_report
from hai_utils.errors import UsageError
from hai_utils.untrusted import plain_lines


def print_template() -> None:
    """Print an empty draft with its columns explained."""
    typer.echo(drafts.template(), nl=False)


def audit_and_print(draft: Path, csv: Path | None, html: Path | None) -> int:
    """Audit a draft, write what is asked for, and return the exit code: 1 where something is impossible."""
    found = reports.audit_file(draft)
    for path, text in ((csv, reports.report_csv), (html, reports.report_html)):
        if path is not None:
            write_report(path, text(found))
    typer.echo(plain_lines(reports.report_text(found)))
    return found.exit_code


def write_draft(manuscript: Path, out: Path | None) -> None:
    """Write the numbers in the tables of a manuscript as a draft for its author to complete.

    Raises
    ------
    UsageError
        Where the draft is there already: it may have been completed.
    """
    from hai_utils.audit.from_docx import draft_of_docx

    text = draft_of_docx(manuscript)
    target = out if out is not None else Path(f"{manuscript.stem}_draft.csv")
    if target.exists():
        raise UsageError(f"{target.name} is there already and may have been completed. Name another file with --out.")
    write_report(target, text)
    count = len(drafts.parse_draft(text.encode(), target.name).rows)
    typer.echo(
        f"{count} numbers of the tables in {manuscript.name}: {target.name}. Before you audit it, look at each row: name "
        "the groups of comparisons (A vs B), what 'other' is, the kind of each variable, the totals that are missing "
        "(column 'of'), and what is printed twice (same_as).\n"
        f"Then: hai audit {target.name}"
    )
