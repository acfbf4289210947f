"""The overview as one page that needs nothing beside it but the books that it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hai_utils.html_page import document
from hai_utils.package_data import packaged_text
from hai_utils.results.table import Results
from hai_utils.show.content import Content, Figure, Notice, Paragraphs, Quote, Row, Run, Table, Text, plain
from hai_utils.show.wording import notice, people
from hai_utils.sites.overview.exhibits import ENDPOINTS, METHODS, RESPONSES, centers_table, outcome
from hai_utils.untrusted import escaped


@dataclass(frozen=True, slots=True)
class Refusal:
    """A center without a book, and why, a sentence each."""

    name: str
    reasons: tuple[str, ...]


def overview_page(
    results: Results,
    centers: Sequence[str],
    refused: Sequence[Refusal],
    books: Mapping[str, str],
    notes: Sequence[str] = (),
) -> str:
    """Write the overview.

    Parameters
    ----------
    results : Results
        Of the overview.
    centers : sequence of str
        Those with a book, in the order of the page.
    refused : sequence of Refusal
        Those without.
    books : mapping of str to str
        Address of each center's book, relative to the page.
    notes : sequence of str
        What else must be said, such as of a center that compares other groups; plain text.
    """
    study = results.study
    parts = [f"<p>{escaped(_size(results, centers))}</p>\n"]
    if said := notice(study):
        parts.append(f'<p class="notice">{escaped(said)}</p>\n')
    parts += [f"<p>{escaped(note)}</p>\n" for note in notes]
    parts.append(_refusals(refused))
    if centers:
        parts.append(_table(centers_table(results, centers), books))
        parts += _outcomes(results, centers)
        parts.append("<h2>How centers are combined</h2>\n" + "".join(f"<p>{escaped(text)}</p>\n" for text in METHODS))
        parts.append('<p>Every number of this page is a row of <a href="results.csv">results.csv</a>.</p>\n')
    return document(
        "Centers side by side",
        "<h1>Centers side by side</h1>\n" + "".join(parts),
        style=packaged_text("sites/overview/page.css"),
    )


def _size(results: Results, centers: Sequence[str]) -> str:
    count = f"{len(centers)} {'center' if len(centers) == 1 else 'centers'}"
    total = results.find("patients", "combined", "n")
    return f"{count}, {total.formatted} {people(results.study, total.n)}." if total.value is not None else f"{count}."


def _refusals(refused: Sequence[Refusal]) -> str:
    if not refused:
        return ""
    items = "".join(
        f"<li><b>{escaped(entry.name)}</b><ul>{''.join(f'<li>{escaped(reason)}</li>' for reason in entry.reasons)}</ul></li>\n"
        for entry in refused
    )
    return f'<section class="refused"><h2>Centers without a book</h2>\n<ul>\n{items}</ul></section>\n'


def _outcomes(results: Results, centers: Sequence[str]) -> Iterable[str]:
    study = results.study
    for variable in (*RESPONSES, *ENDPOINTS):
        yield f'<h2 id="{variable}">{escaped(study.variables[variable].plain)}</h2>\n'
        contents = [(group, outcome(results, variable, group.level, centers)) for group in study.compared]
        if not contents:
            yield "<p>There is one group only, so that nothing is compared.</p>\n"
        for group, shown in contents:
            if len(contents) > 1:
                yield f"<h3>{escaped(group.label)} versus {escaped(study.reference_label)}</h3>\n"
            yield "".join(_content(content) for content in shown)


def _content(content: Content) -> str:
    match content:
        case Table():
            return f"<details><summary>{_text(content.title)}</summary>\n{_table(content, {})}</details>\n"
        case Figure():
            # A region that scrolls must be reachable by the keyboard.
            label = escaped(plain(content.title))
            wide = f'<div class="wide drawing" role="region" aria-label="{label}" tabindex="0">{content.svg}</div>'
            return (
                f'<figure>{wide}<div class="narrow">{content.narrow}</div><figcaption>{label}</figcaption></figure>\n'
            )
        case Paragraphs():
            return "".join(f"<p>{_text(text)}</p>\n" for text in content.texts)
        case Notice():
            return f"<p><em>{escaped(content.text)}</em></p>\n"


def _table(table: Table, books: Mapping[str, str]) -> str:
    head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in table.columns)
    body = "".join(_row(row, books) for row in table.rows)
    notes = "".join(f'<p class="note">{_text(note)}</p>\n' for note in table.notes)
    label = escaped(plain(table.title))
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0"><table>\n<caption>{label}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n{notes}"
    )


def _row(row: Row, books: Mapping[str, str]) -> str:
    name = plain(row.cells[0])
    first = _text(row.cells[0])
    if name in books:
        first = f'<a href="{escaped(quote(books[name]))}">{first}</a>'
    cells = "".join(f"<td>{_text(cell)}</td>" for cell in row.cells[1:])
    return f'<tr><th scope="row">{first}</th>{cells}</tr>\n'


def _text(text: Text) -> str:
    return "".join(_run(run) for run in text)


def _run(run: Run) -> str:
    if isinstance(run, str):
        # Blanks at the ends part a run from its neighbours, and escaped() takes them away.
        return f"{' ' * run[:1].isspace()}{escaped(run)}{' ' * run[-1:].isspace()}"
    if isinstance(run, Quote):
        method = f' data-method="{escaped(run.method)}"' if run.method else ""
        return f'<span data-key="{escaped(run.key)}"{method}>{escaped(run.text)}</span>'
    return escaped(run.text)
