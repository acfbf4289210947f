"""The list of every number of a run, for authors of prose: plain HTML, folded by variable, small enough for one page."""

from __future__ import annotations

from html import escape
from itertools import groupby

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from hai_utils.book.state import run_of
from hai_utils.results.record import Record
from hai_utils.results.table import Results
from hai_utils.show.wording import population_name, statistic_name

HEADINGS = ("Key", "What", "Printed", "Method")


def key_list_html(results: Results) -> str:
    """Return every reported number: one folded table for each variable of each chapter.

    Notes
    -----
    Written by hand: Sphinx would make nodes, and more markup, of each cell of thousands of rows.
    """
    reported = [record for record in results if record.reported]
    groups = groupby(sorted(reported, key=_place), key=_place)
    return '<div id="hai-keys">' + "".join(_variable(results, list(records)) for _, records in groups) + "</div>"


def _place(record: Record) -> tuple[str, str]:
    return record.chapter, record.variable


def _variable(results: Results, records: list[Record]) -> str:
    name = records[0].variable
    known = results.study.variables.get(name)
    label = known.label if known is not None else next((r.label for r in records if not r.level), records[0].label)
    head = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    rows = "".join(_row(results, record, label) for record in records)
    caption = f"{escape(label)}, {escape(records[0].chapter)}"
    counted = "1 number" if len(records) == 1 else f"{len(records)} numbers"
    return (
        f"<details><summary>{escape(label)} <code>{escape(name)}</code>: {counted}, {escape(records[0].chapter)}</summary>"
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>\n"
    )


def _row(results: Results, record: Record, label: str) -> str:
    level = record.label.removeprefix(label).removeprefix(":").strip() if record.level else ""
    what = f"{statistic_name(results.study, record.statistic)}, {population_name(results.study, record.group)}"
    cells = (what, record.formatted, record.method)
    key = escape(record.key) + (f"<span>{escape(level)}</span>" if level else "")
    return f'<tr><th scope="row">{key}</th>' + "".join(f"<td>{escape(cell)}" for cell in cells) + "\n"


class KeysDirective(SphinxDirective):
    """``{keys}``: every reported number of the run with its key."""

    def run(self) -> list[nodes.Node]:
        """Return the list as it stands in the page."""
        return [nodes.raw("", key_list_html(run_of(self.env.app).results), format="html")]


def setup_key_list(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("keys", KeysDirective)
