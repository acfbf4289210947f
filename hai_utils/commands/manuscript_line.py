"""The commands of ``hai manuscript``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hai_utils.commands.options import guarded
from hai_utils.untrusted import plain_lines

manuscript_app = typer.Typer(
    help="The manuscript: check it by a journal's rules, and take back what was edited in Word.", no_args_is_help=True
)


@manuscript_app.command("check")
@guarded
def check_the_manuscript(
    run: Annotated[Path | None, typer.Argument(help="Folder of a finished run; default _build/hai.")] = None,
    journal: Annotated[str, typer.Option(help="Profile of a journal; default: the one that study.yml names.")] = "",
    csv: Annotated[Path | None, typer.Option(help="Write what was found as CSV.")] = None,
) -> None:
    """List what a manuscript lacks or has too much of: words by section, displays, references, statements, figures.

    Exit code 0: nothing was found; 1: something is to be mended.
    """
    from hai_utils.commands.manuscript import run_check

    text, fine = run_check(run, journal, csv)
    typer.echo(plain_lines(text))
    if not fine:
        raise typer.Exit(1)


@manuscript_app.command("merge")
@guarded
def merge_an_edited_manuscript(
    edited: Annotated[Path, typer.Argument(help="The manuscript's DOCX, edited in Word or LibreOffice.")],
    run: Annotated[Path | None, typer.Option(help="Folder of the run; default _build/hai.")] = None,
    study: Annotated[Path | None, typer.Option(help="Study file that names the sections; default: the run's.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would change, and write nothing.")] = False,
) -> None:
    """Take changed, moved, new and deleted passages of an edited DOCX to the section files of the study file.

    Tracked changes count as accepted. Numbers stay the run's: one that was changed by hand is reported, as is what the run makes. The former text of each file stays beside it.
    """
    from hai_utils.commands.merging import merge_manuscript

    merge_manuscript(edited, run, study, dry_run=dry_run)


@manuscript_app.command("journals")
@guarded
def list_journals() -> None:
    """List the profiles of journals, each limit with its source."""
    from hai_utils.commands.manuscript import journals_text

    typer.echo(plain_lines(journals_text()))
