"""What ``hai number`` does: print one number of a finished run with all that is known of it."""

from __future__ import annotations

import csv
from pathlib import Path

from hai_utils.book.evidence import FOLDER
from hai_utils.book.state import BookRun
from hai_utils.errors import HaiError, ResultError, RunError, UsageError
from hai_utils.project import find_root, finished_run
from hai_utils.results.formatting import NOT_ESTIMABLE
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.cards import Card, CardEstimate, computing_cell, make_card
from hai_utils.show.evidence import find_evidence, why_none
from hai_utils.show.evidence.rendering import text
from hai_utils.show.reproduce import notebook_command
from hai_utils.show.wording import confidence_words, method_name

WIDTH = 15
SITE = "html"


def number_text(key: str, *, method: str = "", run: Path | None = None, working: bool = False) -> str:
    """Return the printed card of a number, or its evidence.

    Parameters
    ----------
    key : str
        As prose quotes it; ``key@method`` names a method as well.
    method : str
        Of the methods that the key has; the reported one unless given.
    run : Path, optional
        Folder of a finished run; the project's own unless given.
    working : bool
        Whether to print what enters the number, each step, and code that checks it, in place of the card.

    Raises
    ------
    RunError
        Where there is no finished run, or it cannot be read.
    UsageError
        Where the run has no such key or method.
    """
    folder = finished_run(run)
    book = _read(folder)
    results = book.results
    name, _, named = key.partition("@")
    method = method or named
    try:
        record = results.get(name, method)
    except ResultError as error:
        where = "" if name in results else " The page 'All numbers' of the book lists every key."
        raise UsageError(f"{error}{where}") from None
    if working:
        return _working(results, record, folder)
    card = make_card(results, name)
    lines = [name, *_about(card, card.by_method(record.method), results), *_origin(card, book)]
    return "\n".join(lines)


def _working(results: Results, record: Record, folder: Path) -> str:
    found = find_evidence(results, record)
    if found is None:
        raise UsageError(f"'{record.key}' has no evidence: {why_none(results, record)}")
    return text(found, (folder / SITE / FOLDER).as_posix())


def _read(folder: Path) -> BookRun:
    try:
        return BookRun.read(folder, find_root())
    except HaiError:
        raise
    except (OSError, KeyError, ValueError, TypeError, csv.Error) as error:
        raise RunError(
            f"'{folder.resolve().name}': the run cannot be read, a file of it is not as 'hai build' leaves it "
            f"({type(error).__name__}). Build the run again."
        ) from None


def _line(name: str, text: str) -> list[str]:
    return [f"  {name:<{WIDTH}}{text}"] if text else []


def _method(method: str) -> str:
    return f"{method_name(method)} ({method})" if method else ""


def _interval(estimate: CardEstimate, method: str = "", unit: str = "") -> str:
    between = f"{estimate.lower or NOT_ESTIMABLE} to {estimate.upper or NOT_ESTIMABLE} {unit}".strip()
    return f"{between}; {_method(method)}" if method else between


def _about(card: Card, chosen: CardEstimate, results: Results) -> list[str]:
    interval = chosen if chosen.has_interval else card.interval
    lines = [
        *_line("what", f"{card.label}: {card.statistic}"),
        *_line("population", card.population),
        *_line("printed", chosen.printed),
        *_line("value", f"{chosen.value} {card.unit}".strip() if chosen.value else "none"),
        *_line("n", "" if chosen.n is None else str(chosen.n)),
        *_line("method", _method(chosen.method)),
        *_line("note", chosen.note),
    ]
    if card.limit_of is not None:
        lines += _line("limit of", f"{card.limit_of.printed} ({card.limit_of.value})")
    if interval is not None and interval.has_interval:
        lines += _line(confidence_words(results.study), _interval(interval, interval.method, card.interval_unit))
    others = [
        estimate
        for estimate in card.estimates
        if estimate is not chosen and estimate is not interval and not (estimate.withheld and chosen.withheld)
    ]
    for place, other in enumerate(found for found in others if interval is None or found.method != interval.method):
        lines += _line("other methods" if not place else "", f"{_method(other.method)}: {_other(other)}")
    return lines


def _other(estimate: CardEstimate) -> str:
    value = " ".join(part for part in (estimate.printed, f"({estimate.value})" if estimate.value else "") if part)
    interval = _interval(estimate) if estimate.has_interval else ""
    return ", ".join(part for part in (value, interval, estimate.note) if part) or "none"


def _origin(card: Card, book: BookRun) -> list[str]:
    """Say which cell computed it, from which file, and by which commands it is made again."""
    executed = book.executed(card.chapter) if card.chapter in book.chapters() else ""
    cell = computing_cell(executed) if executed else None
    where = f"notebooks/{card.chapter}.ipynb" + (f", cell “{cell.title}”" if cell and cell.title else "")
    study = book.results.study
    return [
        *_line("computed in", where),
        *_line("cohort", f"SHA-256 {study.sha256}" if study.sha256 else "withheld: its digest could tell small cells"),
        *_line("the run again", book.command),
        *_line("the chapter", notebook_command(card.chapter, study.parameters, book.defaults)),
    ]
