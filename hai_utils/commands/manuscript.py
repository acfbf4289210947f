"""What ``hai manuscript check`` and ``journals`` say."""

from __future__ import annotations

from pathlib import Path

from hai_utils.book.manuscript.checking import LIMITS, CheckedManuscript, check_manuscript
from hai_utils.book.state import BookRun
from hai_utils.commands.report_file import write_report
from hai_utils.errors import UsageError, nearest
from hai_utils.project import find_root, finished_run
from hai_utils.study.journals import Journal, Limit, journal_names, read_journal
from hai_utils.untrusted import csv_text

NO_SOURCE = "no source gave the rule; see the journal's instructions to authors"
NO_JOURNAL = "the study file names no journal ('hai manuscript journals' lists them)"
HEADER = ("kind", "where", "what", "source")


def run_check(run: Path | None, journal: str, out: Path | None) -> tuple[str, bool]:
    """Check the manuscript of a finished run; return what to print, and whether nothing was found.

    Raises
    ------
    UsageError
        Where there is no profile of the journal.
    """
    if journal and journal not in journal_names():
        raise UsageError(
            f"--journal {journal}: no such profile.{nearest(journal, journal_names())} Known: {', '.join(journal_names())}."
        )
    checked = check_manuscript(BookRun.read(finished_run(run), find_root()), journal)
    if out is not None:
        write_report(out, as_csv(checked))
    return as_text(checked), not checked.shortcomings


def as_text(checked: CheckedManuscript) -> str:
    """Return the counts, then what was found, the worst first, then what could not be judged."""
    journal = checked.journal
    lines = [f"By the profile of {journal.name} (read on {journal.read}):", ""]
    lines += [f"  {name}: {count:,} words" for name, count in checked.words.items()]
    lines += [
        f"  Text from introduction to conclusions: {checked.text_words:,} words",
        f"  Tables and figures: {checked.displays}; references: {checked.references}",
        "",
    ]
    order = ("missing", "over", "under", "doubtful")
    found = sorted(checked.shortcomings, key=lambda one: order.index(one.kind))
    lines += [f"  {one.kind}: {one.where}: {one.what}" + (f" ({one.source})" if one.source else "") for one in found]
    lines += ["Nothing is missing and nothing over." if not found else f"{len(found)} to mend."]
    if checked.unknown:
        why = NO_SOURCE if journal.abbreviation else NO_JOURNAL
        lines += ["", f"Not checked, as {why}:"]
    return "\n".join([*lines, *(f"  not checked: {words}" for words in checked.unknown)])


def as_csv(checked: CheckedManuscript) -> str:
    """Return what was found as a table."""
    found = [(one.kind, one.where, one.what, one.source) for one in checked.shortcomings]
    unknown = [("not checked", words, "No source gave the rule of this journal.", "") for words in checked.unknown]
    return csv_text(HEADER, [*found, *unknown])


def journals_text() -> str:
    """Return every profile of a journal with its limits."""
    return "\n\n".join(_journal(name, read_journal(name)) for name in journal_names())


def _journal(name: str, journal: Journal) -> str:
    lines = [f"{name}: {journal.name}, read on {journal.read}"]
    lines += [f"  {words}: {_limit(getattr(journal, key))}" for key, words in LIMITS.items()]
    headings = ", ".join(section.heading for section in journal.abstract)
    lines.append(f"  abstract: {headings} (source: {journal.abstract_source})")
    lines.append(f"  style of the references: {journal.csl} ({journal.csl_source})")
    return "\n".join([*lines, *(f"  source {key}: {text}" for key, text in journal.sources.items())])


def _limit(limit: Limit | None) -> str:
    if limit is None:
        return "unknown"
    if limit.most > 10**8 and not limit.least:
        return f"no limit (source: {limit.source})"
    least = [f"at least {limit.least:,}"] if limit.least else []
    most = [f"at most {limit.most:,}"] if limit.most < 10**8 else []
    return f"{', '.join([*least, *most])} (source: {limit.source})"
