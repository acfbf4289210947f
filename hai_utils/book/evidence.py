"""The pages of evidence beside the book: one a variable, for the numbers that pages quote; its rows as CSV beside it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from hai_utils.book.nodes import quoted_value
from hai_utils.book.state import making
from hai_utils.catalogue.workings import without_working
from hai_utils.html_page import document
from hai_utils.results.record import Record
from hai_utils.results.samples import Sample
from hai_utils.results.table import Results
from hai_utils.show.evidence import Evidence, find_evidence, has_evidence
from hai_utils.show.evidence.model import StepTable
from hai_utils.show.evidence.rendering import grid_html, module_source, section, source_lines
from hai_utils.show.wording import label, people
from hai_utils.untrusted import escaped

FOLDER = "evidence"
_STYLE = "\n" + (files("hai_utils.book") / "evidence.css").read_text(encoding="utf-8")


def note_quotes(app: Sphinx, doctree: nodes.document) -> None:
    """Note which numbers a page quotes, and by which methods."""
    found = {(str(node["key"]), str(node.get("method", ""))) for node in doctree.findall(quoted_value)}
    making(app).quoted |= found


def evidence_methods(results: Results, key: str) -> list[str]:
    """Return the methods by which a number has evidence."""
    return [record.method for record in results.methods(key) if has_evidence(results, record)]


def write_evidence(app: Sphinx) -> None:
    """Write the evidence of all numbers that the pages quote."""
    book = making(app)
    results = book.run.results
    records = {results.get(key, method) for key, method in book.quoted if key in results}
    write_pages(results, records, Path(app.outdir) / FOLDER)


def write_pages(results: Results, records: Iterable[Record], folder: Path) -> None:
    """Write pages, rows and sources into a folder."""
    (folder / "source").mkdir(parents=True, exist_ok=True)
    ordered = sorted(records, key=lambda record: (record.variable, record.key, record.method))
    written: list[tuple[str, str, int]] = []
    modules, tables = set[str](), set[str]()
    for variable, group in groupby(ordered, key=lambda record: record.variable):
        found = {one.keys: one for record in group if (one := find_evidence(results, record)) is not None}
        if found:
            modules |= {source_lines(one.source)[0] for one in found.values() if one.source}
            tables |= {name for one in found.values() for name in one.files}
            title = (
                results.study.variables[variable].label
                if variable in results.study.variables
                else next(iter(found.values())).heading.partition(":")[0]
            )
            page = variable_page(results, title, list(found.values()), results.samples.get(variable))
            (folder / f"{variable}.html").write_text(page, encoding="utf-8")
            written.append((variable, title, len(found)))
    for name in tables:
        (folder / name).write_text(results.tables[name.removesuffix(".csv")].csv, encoding="utf-8", newline="")
    for module in sorted(modules):
        (folder / "source" / f"{module}.html").write_text(_source_page(module), encoding="utf-8")
    (folder / "index.html").write_text(_index(results, written), encoding="utf-8")


def variable_page(results: Results, title: str, found: list[Evidence], sample: Sample | None) -> str:
    """Return the page of a variable: its rows and tables once, then each number."""
    tables = {grid.caption: grid for one in found for grid in one.grids}
    rows = grid_html(_rows(results, title, sample)) if sample is not None and any(one.files for one in found) else ""
    above = f'<p><a href="../index.html">The book</a> · <a href="index.html">All evidence</a></p>\n<h1>Evidence: {escaped(title)}</h1>\n'
    named = "".join(f'<li><a href="#{escaped(one.keys[0])}">{escaped(one.heading)}</a></li>' for one in found)
    listed = (
        f"<details><summary>{len(found)} numbers and their limits</summary><ul>{named}</ul></details>\n"
        if len(found) > 1
        else ""
    )
    body = above + _said(results) + listed + "".join(section(one, page=True) for one in found)
    below = "".join(map(grid_html, tables.values())) + rows
    return document(f"Evidence: {title}", body + (f"<h2>Tables and rows</h2>\n{below}" if below else ""), style=_STYLE)


def _rows(results: Results, title: str, sample: Sample) -> StepTable:
    noun = people(results.study)
    return StepTable(f"All {noun} of {title}, by their number in the file", sample.columns, sample.rows)


def _said(results: Results) -> str:
    study = results.study
    words = label(study) or (
        ""
        if results.samples
        else f"The {people(study)} behind these numbers are not shown: counts, and the times and values that the figures show, alone."
        " A number that is made from anything else is not in these pages."
    )
    return f"<p>{escaped(words)}</p>\n" if words else ""


def _source_page(module: str) -> str:
    lines = "".join(
        f'<span id="L{number}">{number:4} {escape(line)}</span>'
        for number, line in enumerate(module_source(module).splitlines(), start=1)
    )
    name = f"hai_utils/stats/{module}.py"
    return document(
        name,
        f'<h1>{name}</h1>\n<pre class="lines" tabindex="0" role="region" aria-label="{name}">{lines}</pre>\n',
        style=_STYLE,
    )


def _index(results: Results, written: list[tuple[str, str, int]]) -> str:
    items = "".join(
        f'<li><a href="{escaped(name)}.html">{escaped(title)}</a>: {count}</li>' for name, title, count in written
    )
    missing = "".join(f"<li>{escaped(words.format('…'))}: {why}</li>" for words, why in without_working().items())
    return document(
        "Evidence",
        '<p><a href="../index.html">The book</a></p>\n<h1>Evidence</h1>\n' + _said(results)
        + "<p>For each number that the book quotes: what enters, each step with its numbers, and code in R and Python that comes to the same.</p>\n"
        + f"<ul>{items}</ul>\n<h2>Statistics without a working</h2>\n<ul>{missing}</ul>\n",
        style=_STYLE,
    )  # fmt: skip
