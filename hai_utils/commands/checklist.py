"""What ``hai checklist`` does: judge the reporting checklists for a finished run, or give the form for the author's answers."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from hai_utils.audit.checklists import NAMES, WHY_NOT, answers_template, applicable, judge
from hai_utils.project import find_root, finished_run
from hai_utils.untrusted import plain_lines


def print_template() -> None:
    """Write the form for the author's answers to stdout."""
    sys.stdout.write(answers_template())


def print_checklists(run: Path | None) -> None:
    """Say of each checklist how many items are met, and which are left to the author.

    Raises
    ------
    RunError
        Where the folder holds no finished run.
    """
    from hai_utils.book.conditions import holds
    from hai_utils.book.state import BookRun

    book = BookRun.read(finished_run(run), find_root())
    applies = applicable(lambda condition: holds(condition, book))
    for name, title in NAMES.items():
        if name not in applies:
            sys.stdout.write(f"{title}: {WHY_NOT[name]}\n")
            continue
        judged = judge(name, lambda condition: holds(condition, book), book.answers)
        counts = Counter(entry.status for entry in judged)
        sys.stdout.write(f"{title}: " + ", ".join(f"{count} {status}" for status, count in counts.items()) + "\n")
        for entry in judged:
            if entry.status in {"for the author", "not met"}:
                words = f": {entry.words}" if entry.words else ""
                sys.stdout.write(plain_lines(f"  {entry.item.item}  {entry.item.asks}: {entry.status}{words}\n"))
