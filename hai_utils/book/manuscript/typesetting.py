"""The manuscript set by Typst, and drawings turned into PDF and pixels by it.

Text enters a document as a string literal and never as markup, so that no label can be code. Typst sees a folder
with the drawings and nothing else, no font but those named here, and no package.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from hai_utils.book.manuscript import model
from hai_utils.book.manuscript.drawings import standalone
from hai_utils.book.manuscript.measuring import (
    GUTTER,
    INDENT,
    MILLIMETRES_PER_POINT,
    ColumnLayout,
    Width,
    lay_out,
    measure_of,
)
from hai_utils.errors import BuildError

Form = Literal["pdf", "png"]
SANS, SERIF = "Source Sans 3", "Libertinus Serif"
# After the two families, what covers most other scripts: it comes with Matplotlib.
OTHER_SCRIPTS = "DejaVu Sans"
FIGURE_WIDTH = 150.0
# A table of this height still stands on one page with its caption and notes; a higher one is broken.
ONE_PAGE = 225.0
LEADING, ROW_GAP = 1.22, 5.6
# Any fixed date: files made twice are the same.
EPOCH = 0
# Points: between two lines of numbered text, and what two positions on one line may differ by.
LINE_HIGH, HAIR = 18.0, 4.0

ASKED_LINES = '#set par.line(numbering: it => { told("line", str(it)); str(it) })\n'


def typst_text(text: str) -> str:
    """Return a string literal of Typst: whatever a text holds, it is nothing but text."""
    kept = "".join(sign if sign.isprintable() or sign in "\u200c\u200d" else " " for sign in text)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _literal(text: str) -> str:
    """Return a text of several lines as such a literal."""
    return ' + "\\n" + '.join(map(typst_text, text.splitlines() or [""]))


def _line(line: model.Line) -> str:
    """Return a line as content: one expression a stretch, each ended, so that none runs into the next."""
    parts = []
    for unbroken, stretch in groupby(line, lambda words: "unbroken" in words.marks):
        text = "".join(f"#{_words(words)};" for words in stretch)
        parts.append(f"#box([{text}]);" if unbroken else text)
    return f"[{''.join(parts)}]"


def _words(words: model.Words) -> str:
    found = typst_text(words.text)
    if "place" in words.marks:
        return f"place-of({found})"
    if "code" in words.marks:
        found = f"raw({found})"
    for mark, function in (("strong", "strong"), ("emphasis", "emph"), ("superscript", "super"), ("subscript", "sub")):
        if mark in words.marks:
            found = f"{function}({found})"
    if words.target.startswith("#"):
        found = f"link(label({typst_text(words.target[1:])}), {found})"
    elif words.target:
        found = f"link({typst_text(words.target)}, {found})"
    return found


def _label(anchor: str) -> str:
    return f" #label({typst_text(anchor)})" if anchor else ""


def typst_source(article: model.Article, width: Width, *, asked: bool = False) -> str:
    """Return the manuscript as a document of Typst.

    Parameters
    ----------
    article : Article
        What is printed.
    width : callable
        See `hai_utils.book.manuscript.measuring.measure_of`.
    asked : bool
        Whether the document tells where its lines and marked places stand.
    """
    told = [_look("asked"), *([ASKED_LINES] if article.line_numbers else [])] if asked else []
    parts = [_constants(article), _look("manuscript"), *told, _head(article)]
    parts += [_block(block, width) for block in article.body]
    return "\n".join(parts) + "\n"


@cache
def _look(name: str) -> str:
    """Return a file of Typst that stands beside this one."""
    return (resources.files("hai_utils.book.manuscript") / f"{name}.typ").read_text(encoding="utf-8")


def _constants(article: model.Article) -> str:
    author = f"({typst_text(article.authors)},)" if article.authors else "()"
    keywords = "".join(f"{typst_text(word)}," for word in article.keywords)
    lead = "0.95em" if article.line_numbers else "0.62em"
    numbers = "#set par.line(numbering: it => text(size: 7pt, fill: luma(110), str(it)), number-clearance: 5mm)"
    return (
        f"#set document(title: {typst_text(article.title)}, author: {author}, keywords: ({keywords}), date: none)\n"
        f"#let serif = {typst_text(SERIF)}\n#let sans-family = {typst_text(SANS)}\n"
        f"#let others = {typst_text(OTHER_SCRIPTS)}\n#let lead = {lead}\n"
        f"#let running-title = {typst_text(article.running_head)}\n#let running-notice = {typst_text(article.label)}\n"
        f"{numbers if article.line_numbers else ''}"
    )


def _head(article: model.Article) -> str:
    """Return title, subtitle and notice."""
    more = (("subtitle", article.subtitle), ("notice", article.notice))
    named = "".join(f", {name}: {typst_text(text)}" for name, text in more if text)
    return f"#head({typst_text(article.title)}{named})"


def _block(block: model.Block, width: Width) -> str:
    match block:
        case model.Heading():
            return f"#heading(level: {min(block.level, 3)}, {_line(block.text)}){_label(block.anchor)}"
        case model.Paragraph():
            text = _line(block.text)
            return f"#{block.kind}({text})" if block.kind != "body" else f"#par({text})"
        case model.Listing():
            return f"#list({', '.join(map(_line, block.items))})"
        case model.Preformatted():
            return f"#raw(block: true, {_literal(block.text)})"
        case model.ReferenceEntry():
            return f"#reference({typst_text(block.number)}, {_line(block.text)}){_label(block.anchor)}"
        case model.PageBreak():
            return "#pagebreak(weak: true)"
        case model.PrintedTable():
            return _table(block, lay_out(block, width), width)
        case model.PrintedFigure():
            return _figure(block)


def _table(table: model.PrintedTable, layout: ColumnLayout, width: Width) -> str:
    content = f"{_caption(table)}\n{_grid(table, layout)}\n{_notes(table)}"
    label = _label(table.name if table.number else "")
    if layout.turned:
        return f"#turned[#block(width: 100%, {{\n{content}\n}}){label}]"
    breaks = str(_height(table, layout, width) >= ONE_PAGE).lower()
    return f"#exhibit(breakable: {breaks}, {{\n{content}\n}}){label}"


def _caption(exhibit: model.PrintedTable | model.PrintedFigure) -> str:
    if not exhibit.number:
        return ""
    return f"caption({typst_text(exhibit.number)}, {_line(exhibit.title)})"


def _notes(exhibit: model.PrintedTable | model.PrintedFigure) -> str:
    return f"notes(({''.join(_line(line) + ',' for line in exhibit.notes)}))" if exhibit.notes else ""


def _grid(table: model.PrintedTable, layout: ColumnLayout) -> str:
    widths = "".join(f"{part:.2f}mm, " for part in layout.widths)
    head = "".join(f"table.cell(align: left + bottom, strong({_line(column)})), " for column in table.columns)
    rows = "\n".join(
        _row(row, heads=bool(following) and following[0].kind != "section")
        for row, following in ((row, table.rows[place : place + 1]) for place, row in enumerate(table.rows, start=1))
    )
    thick, thin = "table.hline(stroke: 0.9pt),", "table.hline(stroke: 0.5pt),"
    return (
        f"results(({widths}), {layout.size}pt, table.header(repeat: true, {thick} {head}{thin}),\n"
        f"{rows}\ntable.hline(stroke: 0.9pt))"
    )


def _row(row: model.PrintedRow, *, heads: bool) -> str:
    first, *others = row.cells
    heading = _line(first)
    if row.kind == "indented":
        heading = f"pad(left: {INDENT}mm, {heading})"
    cells = [heading, *map(_line, others)]
    if row.kind == "section":
        cells = [f"table.cell(inset: (left: 0pt, right: 3mm, top: 5pt, bottom: 2.8pt), {cell})" for cell in cells]
        # As a header it never stands alone at the foot of a page; Typst fails on two of them in a row.
        if heads:
            return f"table.header(level: 2, repeat: false, {', '.join(cells)}),"
    return ", ".join(cells) + ","


def _height(table: model.PrintedTable, layout: ColumnLayout, width: Width) -> float:
    """Estimate how high a table is with its caption and notes, in millimetres; a little too much rather than too little."""
    lines = 0.0
    room = sum(layout.widths)
    for cells in (table.columns, *(row.cells for row in table.rows)):
        rows = [
            math.ceil(width(model.plain(cell), False) * layout.size / max(part - GUTTER, 1.0) * 1.1)
            for cell, part in zip(cells, layout.widths, strict=False)
        ]
        lines += max([1, *rows]) * layout.size * LEADING + ROW_GAP
    notes = sum(math.ceil(width(model.plain(line), False) * 7.6 / room * 1.05) + 0.3 for line in table.notes)
    return (lines + notes * 7.6 * LEADING) * MILLIMETRES_PER_POINT + 12


def _figure(figure: model.PrintedFigure) -> str:
    drawing = f"image({typst_text(drawing_name(figure))}, width: {FIGURE_WIDTH}mm, alt: {typst_text(figure.alt)})"
    content = f"{drawing}\nv(1.5mm)\n{_caption(figure)}\n{_notes(figure)}"
    return f"#exhibit({{\n{content}\n}}){_label(figure.name)}"


def drawing_name(figure: model.PrintedFigure) -> str:
    """Return the name of a figure's drawing in the folder that Typst sees."""
    return f"{figure.name}.svg"


def manuscript_pdf(article: model.Article, fonts: Path) -> bytes:
    """Set the manuscript.

    Parameters
    ----------
    article : Article
        What is printed.
    fonts : Path
        The folder of the project's fonts.

    Returns
    -------
    bytes
        A PDF with its fonts embedded; the same bytes for the same article.
    """
    return _compiled(typst_source(article, measure_of(fonts)), article.figures, fonts, "pdf")[0]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands in the PDF: its page, and its line where lines are numbered; 0 where it stands on none."""

    page: int
    line: int = 0


def places_in_pdf(article: model.Article, fonts: Path) -> dict[str, Spot]:
    """Return where each marked place of an article stands in its PDF, by the name of the mark.

    Parameters
    ----------
    article : Article
        As it is printed, with words that are marked as a ``place``.
    fonts : Path
        The folder of the project's fonts.
    """
    import typst

    source = typst_source(article, measure_of(fonts), asked=True)
    with _folder(source, article.figures, fonts) as (main, options):
        told = json.loads(typst.query(main, "<hai-told>", field="value", **options))
    lines = [(one["page"], one["y"], int(one["name"])) for one in told if one["kind"] == "line"]
    found: dict[str, Spot] = {}
    for one in told:
        if one["kind"] == "place":
            # The line that begins at or above the place, and not further above than a line is high.
            above = [
                (y, line) for page, y, line in lines if page == one["page"] and 0 <= one["y"] - y + HAIR < LINE_HIGH
            ]
            found[one["name"]] = Spot(one["page"], max(above)[1] if above else 0)
    return found


def drawn(
    figures: Iterable[model.PrintedFigure], fonts: Path, *, millimetres: float, form: Form, dots: int = 300
) -> list[bytes]:
    """Return each figure's drawing as a file of its own, so wide on paper, on white.

    Parameters
    ----------
    figures : iterable of Figure
        In the order of what is returned.
    fonts : Path
        The folder of the project's fonts.
    millimetres : float
        The width.
    form : {'pdf', 'png'}
        One PDF a figure, or its pixels.
    dots : int
        Pixels an inch.
    """
    chosen = list(figures)
    sources = [
        f"#set page(width: {millimetres}mm, height: auto, margin: 0mm)\n#set document(date: none)\n"
        f"#image({typst_text(drawing_name(figure))}, width: {millimetres}mm)\n"
        for figure in chosen
    ]
    if form == "png":
        return _compiled("#pagebreak()\n".join(sources), chosen, fonts, form, dots) if chosen else []
    return [_compiled(source, [figure], fonts, form)[0] for source, figure in zip(sources, chosen, strict=True)]


@contextmanager
def _folder(source: str, figures: Sequence[model.PrintedFigure], fonts: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give a document in a folder that holds it and its drawings alone, with what Typst may use."""
    import matplotlib

    with tempfile.TemporaryDirectory(prefix="hai-manuscript-") as name:
        folder = Path(name)
        (folder / "main.typ").write_text(source, encoding="utf-8")
        for figure in figures:
            text = standalone(figure.svg, family=f"'{SANS}', '{OTHER_SCRIPTS}'")
            (folder / drawing_name(figure)).write_text(text, encoding="utf-8")
        (folder / "packages").mkdir()
        faces = [str(fonts), str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")]
        packages = str(folder / "packages")
        options = {
            "root": name, "ignore_system_fonts": True, "font_paths": faces,
            "package_path": packages, "package_cache_path": packages,
        }  # fmt: skip
        try:
            yield str(folder / "main.typ"), options
        except RuntimeError as error:
            raise BuildError(f"The manuscript could not be set: {str(error).replace(name, '')}") from None


def _compiled(
    source: str, figures: Sequence[model.PrintedFigure], fonts: Path, form: Form, dots: int = 300
) -> list[bytes]:
    import typst

    with _folder(source, figures, fonts) as (main, options):
        made = typst.compile(main, format=form, ppi=float(dots), timestamp=EPOCH, **options)
    return [made] if isinstance(made, bytes) else list(made)
