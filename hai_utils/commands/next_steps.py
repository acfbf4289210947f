"""What a command says of the one that comes after it, with the user's own file names in it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.catalogue.criteria import CriterionName
from hai_utils.profiles import resolve
from hai_utils.project import find_root

if TYPE_CHECKING:
    from hai_utils.cohort.report import CheckReport

OWN_BOOK = "my-book"
# A command longer than this pushes its own words aside, not those of the others.
WIDEST_COMMAND = 64


def spoken(path: Path) -> str:
    """Return a path as it is typed on a command line."""
    return shlex.quote(str(path))


def cohort_words(data: Path | None, dictionary: Path | None, scans: Path | None) -> str:
    """Return the options that name a cohort and what comes beside it, each after a space; empty where none is given."""
    files = (("data", data), ("dictionary", dictionary), ("scans", scans))
    return "".join(f" --{name} {spoken(path)}" for name, path in files if path is not None)


def grouping_column() -> str:
    """Return the column that a build forms the groups by unless it is told another."""
    return resolve(find_root()).group_by


def after_check(report: CheckReport, data: Path, dictionary: Path | None, scans: Path | None, group_by: str) -> str:
    """Return what comes after a check: the build with what it must be told, or the mending and the same check."""
    if not report.passed:
        return f"Next: mend these, save the file, then: hai check {spoken(data)}{cohort_words(None, dictionary, scans)}"
    step = f"Next: hai build{cohort_words(data, dictionary, scans)} --out {OWN_BOOK}"
    if group_by in report.dividing:
        return step
    columns = (
        f"one of {', '.join(report.dividing)}" if report.dividing else "a column with categories, still to be added"
    )
    chosen = f"{step} --set group_by=COLUMN --set reference_group=LEVEL\n      "
    if group_by in report.categories:
        return (
            f"{chosen}Column '{group_by}' has fewer than two levels here, so that without these words nothing is "
            f"compared: COLUMN is {columns}."
        )
    return f"{chosen}There is no column '{group_by}' to form the groups by: COLUMN is {columns}."


def after_build(words: str, own_cohort: bool, criterion: CriterionName) -> str:
    """Return what may come after a first build, asked for by these words: another choice beside it, and all choices."""
    # Other criteria have thresholds of their own.
    choice = (
        "response_threshold_percent=30 --name thirty" if criterion == "paper" else "confidence_level=0.9 --name ninety"
    )
    another = f"hai build{words} --set {choice}"
    steps = [(another, "another choice, beside this run"), ("hai params", "every choice")]
    if not own_cohort:
        steps.append(("hai template forms", "forms for a cohort of your own"))
    width = min(max(len(command) for command, _ in steps), WIDEST_COMMAND)
    return "".join(
        f"{'      ' if place else 'Next: '}{command:<{width}}   {what}\n" for place, (command, what) in enumerate(steps)
    )
