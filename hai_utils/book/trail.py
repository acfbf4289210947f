"""The line under each exhibit: its files, where the article prints its numbers, and the commands that make it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from hai_utils.audit.published import LedgerRow
from hai_utils.book.cards import audit_address, place_words, quoted_keys, run_again_address
from hai_utils.book.state import BookRun, run_of
from hai_utils.show.reproduce import notebook_command, number_command

NOTEBOOKS = "notebooks/"
EXHIBIT = "hai-exhibit"
UNDER = "hai-under"
# The command of a run stands on one page: another parameter changes that page and not each chapter.
RUN_AGAIN = "its command, under This run"
# What the article draws, it prints without a table: the part of it that a drawing of ours stands for.
_DRAWN_IN = {"figure-waterfall": "figure1"}


def add_trails(app: Sphinx, doctree: nodes.document) -> None:
    """Put a trail under each table and figure of a chapter."""
    docname = app.env.docname
    if not docname.startswith(NOTEBOOKS):
        return
    command = _chapter_command(run_of(app), docname.removeprefix(NOTEBOOKS))
    for node in [found for found in doctree.findall(nodes.Element) if EXHIBIT in found.get("classes", ())]:
        line_under(node).append(nodes.raw("", _trail(app, docname, node, command), format="html"))


def line_under(exhibit: nodes.Element) -> nodes.container:
    """Return the line under an exhibit, after a figure or at the end of a table's box; made where there is none."""
    is_figure = isinstance(exhibit, nodes.figure)
    box = exhibit.parent if is_figure else exhibit
    place = box.index(exhibit) + 1 if is_figure else len(box) - 1
    beside = box[place] if place < len(box) else None
    if isinstance(beside, nodes.container) and UNDER in beside["classes"]:
        return beside
    line = nodes.container("", classes=[UNDER])
    box.insert(place if is_figure else len(box), line)
    return line


def _trail(app: Sphinx, docname: str, node: nodes.Element, command: str) -> str:
    keys = quoted_keys(node)
    drawn = [section for name, section in _DRAWN_IN.items() if name in node["names"]]
    run = run_of(app)
    printed = _printed(app, docname, _numbers_of(run, keys) | _numbers_in(run, drawn))
    lines = [
        ("Reproduce the run", f'<a href="{escape(run_again_address(app, docname))}">{RUN_AGAIN}</a>'),
        ("One of its numbers", f"<code>{escape(number_command(keys[0]))}</code>" if keys else ""),
        ("This chapter alone", f"<code>{escape(command)}</code>"),
    ]
    commands = "".join(f"<dt>{words}</dt><dd>{line}</dd>" for words, line in lines if line)
    return f'<details class="hai-trail"><summary>Source and code</summary>{printed}<dl>{commands}</dl></details>'


def _numbers_of(run: BookRun, keys: Iterable[str]) -> dict[LedgerRow, None]:
    """Return the numbers of the article that results recompute, each once."""
    return dict.fromkeys(row for key in keys for row in run.printed_numbers.get(key, ()))


def _numbers_in(run: BookRun, sections: Collection[str]) -> dict[LedgerRow, None]:
    """Return the numbers that parts of the article print."""
    return dict.fromkeys(row for rows in run.printed_numbers.values() for row in rows if row.section in sections)


def _chapter_command(run: BookRun, chapter: str) -> str:
    return notebook_command(chapter, run.results.study.parameters, run.defaults)


def _printed(app: Sphinx, docname: str, rows: Iterable[LedgerRow]) -> str:
    by_place: dict[str, list[LedgerRow]] = {}
    for row in rows:
        by_place.setdefault(place_words(row), []).append(row)
    if not by_place:
        return ""
    links = [
        f'<a href="{escape(audit_address(app, docname, found[0]))}">{escape(place)}</a> ({len(found)})'
        for place, found in by_place.items()
    ]
    return f"<p>Numbers that the article prints, with their verdicts: {', '.join(links)}.</p>"
