"""What ``hai compare`` does: read two runs, compare them, show and write what differs."""

from __future__ import annotations

import sys
from pathlib import Path

from hai_utils.commands.report_file import write_report
from hai_utils.run.comparison import compare, read_run
from hai_utils.run.comparison.report import report_csv, report_text
from hai_utils.run.comparison.web import report_html


def run_compare(first: Path, second: Path, csv: Path | None, html: Path | None) -> None:
    """Compare two runs, write what is asked for, and show the differences on the terminal."""
    comparison = compare(read_run(first), read_run(second))
    for path, text in ((csv, report_csv), (html, report_html)):
        if path is not None:
            write_report(path, text(comparison))
    sys.stdout.write(report_text(comparison))
