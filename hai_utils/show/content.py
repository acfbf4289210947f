"""What a cell shows and a page carries: text with quoted numbers, tables, figures, notices.

These are descriptions, frozen and free of any output format; the book turns them into nodes, JupyterLab into HTML.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from typing import Any, Literal

from hai_utils.results.keys import key_part
from hai_utils.results.record import Record
from hai_utils.results.table import Results

MIME_TYPE = "application/vnd.hai.content+json"
# How the label of a table begins that is made of a reader's own numbers: the disclosure gate has not seen them.
OWN = "table-own-"


@dataclass(frozen=True, slots=True)
class Quote:
    """A number in running text: the key it comes from, the method where it is not the reported one, and its print."""

    key: str
    text: str
    method: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A word that leads to a row with this anchor on the same page."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A word that leads to another place of the book: the label of an exhibit, or ``page NAME``."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word or two that say what a paragraph is about, at its head."""

    text: str


Run = str | Quote | Link | Reference | Label
Text = tuple[Run, ...]
RowKind = Literal["body", "section", "indented"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; the first cell is its heading, the anchor what links lead to."""

    cells: tuple[Text, ...]
    kind: RowKind = "body"
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is printed.

    Attributes
    ----------
    name : str
        Label by which pages refer to it, such as ``table-baseline``.
    title : Text
        Its caption.
    columns : tuple of str
        Heading of each column.
    rows : tuple of Row
        The body.
    notes : tuple of Text
        Printed under the table.
    main : bool
        Whether it is numbered as Table 1, 2, or as a supplementary table.
    widths : tuple of int
        Relative width of each column; empty: the first, a heading in words, is wider than the others.
    """

    name: str
    title: Text
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[Text, ...] = ()
    main: bool = False
    widths: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is printed: caption, what it shows in words, the drawing as SVG, and what it is drawn from.

    `narrow` is the drawing for a telephone and for one column of a journal; empty where there is one width alone. `data` are the
    rows of a CSV, the header first, numbers in full precision; empty where there is nothing but the drawing.
    """

    name: str
    title: Text
    alt: str
    svg: str
    notes: tuple[Text, ...] = ()
    main: bool = False
    data: Sequence[tuple[str, ...]] = ()
    narrow: str = ""


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Sentences made from the results, one text a paragraph."""

    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Why something is not shown, in a sentence."""

    text: str


Content = Table | Figure | Paragraphs | Notice
# Rows of data that a figure takes along, so that pages and downloads of a large cohort stay small.
MOST_ROWS = 3_000
_KINDS = {cls.__name__: cls for cls in (Table, Figure, Paragraphs, Notice)}
_PLACE = re.compile(r"\{([^{}]+)\}|\[(\w+)\]")


def listed(parts: Sequence[Text]) -> Text:
    """Join texts as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    runs: list[Run] = []
    for place, part in enumerate(parts):
        if place:
            runs.append(" and " if place == len(parts) - 1 else ", ")
        runs += part
    return tuple(runs)


def clause(*parts: Text | str) -> Text:
    """Put plain words and texts with quotes one after the other."""
    runs: list[Run] = []
    for part in parts:
        runs += [part] if isinstance(part, str) else part
    return tuple(runs)


def sentence(text: Text) -> Text:
    """Begin a text with a capital."""
    first = text[0]
    return (first[:1].upper() + first[1:], *text[1:]) if isinstance(first, str) else text


def plain(text: Text) -> str:
    """Return a text without its marks."""
    return "".join(run if isinstance(run, str) else run.text for run in text)


def quote(record: Record, text: str = "") -> Quote:
    """Quote a record as it prints, or with another text; by its method where that is not the reported one."""
    return Quote(record.key, text or record.formatted, "" if record.reported else record.method)


def compose(results: Results, template: str, **words: str) -> Text:
    """Fill a sentence: ``{key}`` quotes a result, ``[word]`` is replaced by a plain word.

    Parameters
    ----------
    results : Results
        Where the numbers come from.
    template : str
        Keys may carry ``@method`` and ``to 1 decimal``, as in prose.
    **words : str
        Labels from the data: inserted as text, whatever they hold.

    Returns
    -------
    Text
        Empty where a key does not exist, so that a sentence without its numbers is not said.
    """
    runs: list[Run] = []
    position = 0
    for match in _PLACE.finditer(template):
        runs.append(template[position : match.start()])
        position = match.end()
        if match[2]:
            runs.append(words[match[2]])
            continue
        key = match[1].partition(" to ")[0].partition("@")[0]
        if key not in results:
            return ()
        record, text = results.quote(match[1], results.study.formatter)
        runs.append(quote(record, text))
    runs.append(template[position:])
    return tuple(run for run in runs if run != "")


def join(*texts: Text) -> Text:
    """Join sentences by spaces, leaving out the empty ones."""
    runs: list[Run] = []
    for text in texts:
        if text:
            runs += [" ", *text] if runs else list(text)
    return tuple(runs)


def key(*parts: str) -> str:
    """Join the parts of a key, written as keys are."""
    return ".".join(key_part(part) for part in parts)


def to_json(content: Content) -> dict[str, Any]:
    """Describe content as JSON."""
    if isinstance(content, Figure):
        content = _shortened(content)
    return {"kind": type(content).__name__, **asdict(content)}


def _shortened(figure: Figure) -> Figure:
    """Return a figure with as many rows of data as may travel with it; a note says how many were left out."""
    rows, count = figure.data, len(figure.data) - 1
    if count <= MOST_ROWS:
        return replace(figure, data=tuple(rows))
    step = math.ceil(count / MOST_ROWS)
    note = f"Of the {count:,} points of this figure its data file has one in {step}; series.csv of the run has all."
    return replace(figure, data=(rows[0], *rows[1::step]), notes=(*figure.notes, (note,)))


def from_json(raw: dict[str, Any] | str) -> Content:
    """Read back what `to_json` described."""
    fields = json.loads(raw) if isinstance(raw, str) else dict(raw)
    cls = _KINDS[fields.pop("kind")]
    if cls is Table:
        fields["rows"] = tuple(
            Row(tuple(_text(cell) for cell in row["cells"]), row["kind"], row["anchor"]) for row in fields["rows"]
        )
        fields["columns"] = tuple(fields["columns"])
        fields["widths"] = tuple(fields["widths"])
    if cls is Paragraphs:
        fields["texts"] = tuple(_text(text) for text in fields["texts"])
    for name in ("title",):
        if name in fields:
            fields[name] = _text(fields[name])
    if cls is Figure:
        fields["data"] = tuple(tuple(row) for row in fields.get("data", ()))
    if "notes" in fields:
        fields["notes"] = tuple(_text(note) for note in fields["notes"])
    content: Content = cls(**fields)
    return content


def _text(raw: list[Any]) -> Text:
    return tuple(run if isinstance(run, str) else _marked(run) for run in raw)


def _marked(run: dict[str, str]) -> Run:
    kinds: dict[str, Callable[..., Run]] = {"anchor": Link, "target": Reference, "key": Quote}
    return next((kind for name, kind in kinds.items() if name in run), Label)(**run)


def to_html(content: Content) -> str:
    """Render content for JupyterLab; the book has a renderer of its own."""
    match content:
        case Table():
            return _table_html(content)
        case Figure():
            notes = "".join(f"<p>{escape(plain(note))}</p>" for note in content.notes)
            return f"<figure>{content.svg}<figcaption>{escape(plain(content.title))}{notes}</figcaption></figure>"
        case Paragraphs():
            return "".join(f"<p>{escape(plain(text))}</p>" for text in content.texts)
        case Notice():
            return f"<p><em>{escape(content.text)}</em></p>"


def _table_html(table: Table) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(plain(cell))}</td>" for cell in row.cells) + "</tr>" for row in table.rows
    )
    notes = "".join(f"<p>{escape(plain(note))}</p>" for note in table.notes)
    caption = f"<caption>{escape(plain(table.title))}</caption>"
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


def to_plain(content: Content) -> str:
    """Render content as text, for a terminal."""
    match content:
        case Table():
            lines = [plain(content.title), "\t".join(content.columns)]
            return "\n".join([*lines, *("\t".join(plain(cell) for cell in row.cells) for row in content.rows)])
        case Figure():
            return f"{plain(content.title)}\n{content.alt}"
        case Paragraphs():
            return "\n\n".join(plain(text) for text in content.texts)
        case Notice():
            return content.text
