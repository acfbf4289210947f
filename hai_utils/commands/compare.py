"""What ``hai compare`` does: read two runs, compare them, show and write what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.commands.report_file import write_report
from hai_utils.run.comparison import compare, read_run
from hai_utils.run.comparison.report import (
    SHOWN,
    Section,
    left_out,
    names,
    report_csv,
    report_text,
    sections,
    summary,
    tolerance_sentence,
)
from hai_utils.run.comparison.web import report_html
from hai_utils.untrusted import one_line

if TYPE_CHECKING:
    from rich.table import Table

    from hai_utils.run.comparison import RunComparison


def run_compare(first: Path, second: Path, csv: Path | None, html: Path | None) -> None:
    """Compare two runs, write what is asked for, and show the differences on the terminal."""
    comparison = compare(read_run(first), read_run(second))
    for path, text in ((csv, report_csv), (html, report_html)):
        if path is not None:
            write_report(path, text(comparison))
    if sys.stdout.isatty():
        _show(comparison)
    else:
        sys.stdout.write(report_text(comparison))


def _show(comparison: RunComparison) -> None:
    """Draw the sections as tables; nothing that is shown is taken for markup."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    for sentence in (names(comparison), *map(one_line, comparison.remarks), tolerance_sentence(comparison)):
        console.print(sentence)
    for section in sections(comparison):
        console.print()
        console.print(_table(section))
        for line in left_out(section):
            console.print(line)
    console.print()
    console.print(summary(comparison), style="bold")


def _table(section: Section) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(section.heading), title_justify="left", box=box.SIMPLE_HEAD)
    for column in section.columns:
        table.add_column(Text(column), overflow="fold")
    for row in section.rows[:SHOWN]:
        table.add_row(*map(Text, row))
    return table
