"""The cards of quoted numbers: one block of JSON a page, from which its script opens a card at each number."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from hai_utils.audit.published import CHAPTER as AUDIT_CHAPTER
from hai_utils.audit.published import PLACES, LedgerRow
from hai_utils.book.evidence import FOLDER, evidence_methods
from hai_utils.book.nodes import folded_code, quoted_value
from hai_utils.book.state import BookRun
from hai_utils.book.undocumented import cell_title, code_cells, take_folding
from hai_utils.show.cards import Card, CardEstimate, computing_cell, make_card
from hai_utils.show.evidence import why_none
from hai_utils.show.wording import confidence_words, method_name

KEYS_PAGE = "book/keys"
RUN_PAGE = "book/this_run"
_CELL_PREFIX = "cell-"
# The hint that every opened passage refers to, and what stands instead of the cards without a script.
HINT = "Enter opens what is known of this number; the arrow keys move between the numbers of this passage."
# Heading of the page on the run under which the command stands.
RUN_AGAIN_ANCHOR = "to-make-this-run-again"
WITHOUT_SCRIPT = "Each number of this page, with its key and its method, is listed under"


def quoted_keys(node: nodes.Node) -> tuple[str, ...]:
    """Return the keys of all numbers quoted under a node, each once, in their order."""
    return tuple(dict.fromkeys(str(found["key"]) for found in node.findall(quoted_value)))


def name_cells(doctree: nodes.document) -> None:
    """Give every code cell an address made of the words over its code, and fold the code under them."""
    for cell in code_cells(doctree):
        if words := take_folding(cell):
            code = cell[0]
            cell.replace(code, folded_code("", code, **words))
        anchor = cell_anchor(cell_title(cell))
        if anchor and anchor not in doctree.ids:
            cell["ids"].append(anchor)
            doctree.ids[anchor] = cell


def cell_anchor(title: str) -> str:
    """Return the address of a cell on its page; empty for a cell without words."""
    name = nodes.make_id(title)
    return _CELL_PREFIX + name if name else ""


def audit_address(app: Sphinx, pagename: str, row: LedgerRow) -> str:
    """Return where the verdict on a printed number stands, as seen from a page."""
    return f"{app.builder.get_relative_uri(pagename, f'notebooks/{AUDIT_CHAPTER}')}#{nodes.make_id(row.id)}"


def place_words(row: LedgerRow) -> str:
    """Return in which part of the article a number is printed."""
    return PLACES.get(row.section, row.section)


def run_again_address(app: Sphinx, pagename: str) -> str:
    """Return where the command that makes the run again stands, as seen from a page."""
    return f"{app.builder.get_relative_uri(pagename, RUN_PAGE)}#{RUN_AGAIN_ANCHOR}"


def card_block(app: Sphinx, run: BookRun, pagename: str, keys: Iterable[str]) -> str:
    """Return the HTML that a page with quoted numbers carries for its script."""
    data = json.dumps(page_data(app, run, pagename, keys), ensure_ascii=False, separators=(",", ":"))
    # Text of a cohort stands in it: nothing may end the block or begin a comment.
    safe = data.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    block = f'<script type="application/json" id="hai-cards">{safe}</script>\n'
    all_keys = escape(_keys_address(app, run, pagename))
    listed = (
        f'<noscript><div class="hai-noscript">{WITHOUT_SCRIPT} <a href="{all_keys}">All numbers</a>.</div></noscript>\n'
    )
    return block + listed if all_keys else block


def _keys_address(app: Sphinx, run: BookRun, pagename: str) -> str:
    return app.builder.get_relative_uri(pagename, KEYS_PAGE) if run.whole else ""


def page_data(app: Sphinx, run: BookRun, pagename: str, keys: Iterable[str]) -> dict[str, Any]:
    """Describe the cards of a page: what many share once, then each key with its estimates."""
    study, printed = run.results.study, run.printed_numbers
    cards = {key: make_card(run.results, key) for key in keys}
    methods = {estimate.method for card in cards.values() for estimate in card.estimates if estimate.method}
    chapters = sorted({card.chapter for card in cards.values()})
    reasons: dict[str, int] = {}
    found = {
        key: _card(card) | _evidence(run, key, reasons) | _printed(app, pagename, printed.get(key, ()))
        for key, card in cards.items()
    }
    return {
        "hint": HINT,
        "interval": confidence_words(study),
        "sha256": study.sha256,
        "build": run_again_address(app, pagename),
        "run": app.builder.get_relative_uri(pagename, RUN_PAGE),
        "keys": _keys_address(app, run, pagename),
        "evidence": "../" * pagename.count("/") + FOLDER,
        "methods": {method: method_name(method) for method in sorted(methods)},
        "chapters": {chapter: _chapter(app, run, pagename, chapter) for chapter in chapters},
        "reasons": list(reasons),
        "cards": found,
    }  # fmt: skip


def _chapter(app: Sphinx, run: BookRun, pagename: str, chapter: str) -> dict[str, str]:
    docname = f"notebooks/{chapter}"
    if docname not in app.env.titles:
        return {"title": chapter}
    cell = computing_cell(run.executed(chapter))
    address = app.builder.get_relative_uri(pagename, docname)
    return {
        "title": app.env.titles[docname].astext(),
        "href": f"{address}#{cell_anchor(cell.title)}" if cell else address,
        "cell": cell.title if cell else "",
        "code": cell.code if cell else "",
    }


def _card(card: Card) -> dict[str, Any]:
    described: dict[str, Any] = {
        "label": card.label,
        "statistic": card.statistic,
        "population": card.population,
        "unit": card.unit,
        "chapter": card.chapter,
        "rows": [_row(estimate) for estimate in card.estimates],
    }
    if card.interval is not None:
        described["interval"] = card.interval.method
        if card.interval_unit != card.unit:
            described["interval_unit"] = card.interval_unit
    if card.limit_of is not None:
        described["of"] = card.limit_of.printed
    return described


def _evidence(run: BookRun, key: str, reasons: dict[str, int]) -> dict[str, Any]:
    """Return by which methods a number has evidence, or the place of the reason why it has none."""
    if not run.whole:
        return {}
    record, methods = run.results.get(key), evidence_methods(run.results, key)
    if methods:
        return {"evidence": [record.variable, *methods]}
    return {"none": reasons.setdefault(why_none(run.results, record), len(reasons))}


def _row(row: CardEstimate) -> list[Any]:
    """Return an estimate as a list without its empty end."""
    found: list[Any] = [row.method, row.printed, row.value, row.n, row.note, row.lower, row.upper]
    while found and found[-1] in ("", None):
        found.pop()
    return found


def _printed(app: Sphinx, pagename: str, rows: tuple[LedgerRow, ...]) -> dict[str, Any]:
    places = [[place_words(row), row.published, audit_address(app, pagename, row)] for row in rows]
    return {"article": places} if places else {}
