"""The overview as one page that needs nothing beside it but the books that it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from hai_utils.content import Content, Figure, Link, Notice, Paragraphs, Quote, Row, Run, Table, Text, plain
from hai_utils.html_page import html_page
from hai_utils.overview.exhibits import ENDPOINTS, METHODS, RESPONSES, centres_table, outcome
from hai_utils.results import Results
from hai_utils.wording import RECONSTRUCTION_NOTICE, people


@dataclass(frozen=True, slots=True)
class Refusal:
    """A center without a book, and why, a sentence each."""

    name: str
    reasons: tuple[str, ...]


def overview_page(
    results: Results,
    centres: Sequence[str],
    refused: Sequence[Refusal],
    books: Mapping[str, str],
    notes: Sequence[str] = (),
) -> str:
    """Write the overview.

    Parameters
    ----------
    results : Results
        Of the overview.
    centres : sequence of str
        Those with a book, in the order of the page.
    refused : sequence of Refusal
        Those without.
    books : mapping of str to str
        Address of each center's book, relative to the page.
    notes : sequence of str
        What else must be said, such as of a center that compares other groups; plain text.
    """
    study = results.study
    parts = [f"<p>{escape(_size(results, centres))}</p>\n"]
    if study.synthetic:
        parts.append(f'<p class="notice">{escape(RECONSTRUCTION_NOTICE)}</p>\n')
    parts += [f"<p>{_words(note)}</p>\n" for note in notes]
    parts.append(_refusals(refused))
    if centres:
        parts.append(_table(centres_table(results, centres), books))
        parts += _outcomes(results, centres)
        parts.append("<h2>How centers are combined</h2>\n" + "".join(f"<p>{escape(text)}</p>\n" for text in METHODS))
        parts.append('<p>Every number of this page is a row of <a href="results.csv">results.csv</a>.</p>\n')
    return html_page("Centers side by side", "".join(parts), style=_STYLE)


def _size(results: Results, centres: Sequence[str]) -> str:
    count = f"{len(centres)} {'center' if len(centres) == 1 else 'centers'}"
    total = results.find("patients", "combined", "n")
    return f"{count}, {total.formatted} {people(results.study, total.n)}." if total.value is not None else f"{count}."


def _refusals(refused: Sequence[Refusal]) -> str:
    if not refused:
        return ""
    items = "".join(
        f"<li><b>{_words(entry.name)}</b><ul>{''.join(f'<li>{_words(reason)}</li>' for reason in entry.reasons)}</ul></li>\n"
        for entry in refused
    )
    return f'<section class="refused"><h2>Centers without a book</h2>\n<ul>\n{items}</ul></section>\n'


def _outcomes(results: Results, centres: Sequence[str]) -> Iterable[str]:
    study = results.study
    for variable in (*RESPONSES, *ENDPOINTS):
        yield f'<h2 id="{variable}">{escape(study.variables[variable].plain)}</h2>\n'
        contents = [(group, outcome(results, variable, group.level, centres)) for group in study.compared]
        if not contents:
            yield "<p>There is one group only, so that nothing is compared.</p>\n"
        for group, shown in contents:
            if len(contents) > 1:
                yield f"<h3>{_words(group.label)} against {_words(study.reference_label)}</h3>\n"
            yield "".join(_content(content) for content in shown)


def _content(content: Content) -> str:
    match content:
        case Table():
            return f"<details><summary>{_text(content.title)}</summary>\n{_table(content, {})}</details>\n"
        case Figure():
            # A region that scrolls must be reachable by the keyboard.
            label = escape(plain(content.title))
            return f'<figure><div class="wide" role="region" aria-label="{label}" tabindex="0">{content.svg}</div><figcaption>{label}</figcaption></figure>\n'
        case Paragraphs():
            return "".join(f"<p>{_text(text)}</p>\n" for text in content.texts)
        case Notice():
            return f"<p><em>{_words(content.text)}</em></p>\n"


def _table(table: Table, books: Mapping[str, str]) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns)
    body = "".join(_row(row, books) for row in table.rows)
    notes = "".join(f'<p class="note">{_text(note)}</p>\n' for note in table.notes)
    label = escape(plain(table.title))
    return (
        f'<div class="wide" role="region" aria-label="{label}" tabindex="0"><table>\n<caption>{label}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n{notes}"
    )


def _row(row: Row, books: Mapping[str, str]) -> str:
    name = plain(row.cells[0])
    first = _text(row.cells[0])
    if name in books:
        first = f'<a href="{escape(quote(books[name]))}">{first}</a>'
    cells = "".join(f"<td>{_text(cell)}</td>" for cell in row.cells[1:])
    return f'<tr><th scope="row">{first}</th>{cells}</tr>\n'


def _text(text: Text) -> str:
    return "".join(_run(run) for run in text)


def _run(run: Run) -> str:
    if isinstance(run, Quote):
        method = f' data-method="{escape(run.method)}"' if run.method else ""
        return f'<span data-key="{escape(run.key)}"{method}>{_words(run.text)}</span>'
    return _words(run.text if isinstance(run, Link) else run)


def _words(text: str) -> str:
    """Return a text as HTML without signs that cannot be seen; it may come from a file's name."""
    return escape("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text))


_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --page: #fff; --rule: #c8c8c8; --quiet: #595959; --link: #0b5394; --error: #a3201a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --page: #121212; --rule: #454a50; --quiet: #a8adb3; --link: #8ab8ea; --error: #ff9a92; } }
body { margin: 2.5rem auto; max-width: 78rem; padding: 0 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 "Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.2rem; } h3 { font-size: 1.05rem; overflow-wrap: anywhere; }
p, li { max-width: 44rem; overflow-wrap: anywhere; }
a { color: var(--link); }
.notice { border-left: .25rem solid var(--rule); padding-left: .8rem; color: var(--quiet); }
.note, figcaption { color: var(--quiet); font-size: .9rem; }
.refused { border-left: .25rem solid var(--error); padding-left: .8rem; }
.wide { overflow-x: auto; }
.wide:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; padding-bottom: .4rem; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; text-align: right; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--ink); white-space: normal; min-width: 5rem; vertical-align: bottom; }
th:first-child { text-align: left; } tbody th { font-weight: normal; white-space: normal; min-width: 6rem; max-width: 16rem; overflow-wrap: anywhere; }
tbody tr:last-child th, tbody tr:last-child td { border-bottom: 0; }
figure { margin: 1.2rem 0; } figure svg { display: block; width: 700px; max-width: none !important; height: auto; }
details { margin: .8rem 0; } summary { cursor: pointer; color: var(--link); }
"""
