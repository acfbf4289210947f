"""The book's side of the files: reads each page as it was resolved, offers each exhibit's files, and writes them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from hai_utils.audit.checklists import applicable
from hai_utils.book.conditions import holds
from hai_utils.book.manuscript.checklists.names import CHECKLISTS, form_names
from hai_utils.book.manuscript.drawings import standalone
from hai_utils.book.manuscript.labelling import labelled_drawing
from hai_utils.book.manuscript.measuring import measure_of
from hai_utils.book.manuscript.model import PrintedFigure, PrintedTable, plain
from hai_utils.book.manuscript.reading import read_exhibit
from hai_utils.book.manuscript.sheets import rows_csv, table_csv, table_xlsx, with_source
from hai_utils.book.manuscript.word.writing import REFERENCE, table_documents
from hai_utils.book.markup import REGION, region_start
from hai_utils.book.state import making
from hai_utils.book.trail import line_under
from hai_utils.results.table import Results
from hai_utils.show.drawing import place_of
from hai_utils.show.wording import label

DOWNLOADS = "_downloads"
NAME = "manuscript"
FORMATS = {"docx": "Word document (DOCX)", "pdf": "PDF"}
PAGE_FONTS = Path("assets", "static", "fonts")
FONTS, STYLES = Path("assets", "fonts"), Path("assets", "manuscript", REFERENCE)
# A spreadsheet program reads signs such as ≥ and – only where a CSV says that it is UTF-8.
PRINTED_CSV = "utf-8-sig"
SHARES = 2
SUPPLEMENT = "manuscript_supplement"


def read_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Read a resolved page, name its exhibits for those who listen, and put a line with the files under each that has some."""

    def number_of(name: str, node: nodes.Element) -> str:
        kind = app.env.domains["std"].get_enumerable_node_type(node) or ""
        number = app.env.toc_fignumbers.get(docname, {}).get(kind, {}).get(name)
        return app.config.numfig_format[kind] % ".".join(map(str, number)) if number else ""

    book = making(app)
    words = label(book.run.results.study)
    exhibits: list[PrintedTable | PrintedFigure] = []
    found: list[Any] = [*doctree.findall(nodes.table), *doctree.findall(nodes.figure)]
    for node in found:
        number = number_of(next(iter(node["ids"]), ""), node)
        if number and book.run.whole:
            exhibits.append(_labelled(read_exhibit(node, number), words))
            _name_region(node, number, plain(exhibits[-1].title))
            _offer(node, exhibits[-1], docname)
        elif number:
            _name_region(node, number, node[0].astext())
    book.pages[docname] = tuple(exhibits)


def _labelled(exhibit: PrintedTable | PrintedFigure, words: str) -> PrintedTable | PrintedFigure:
    """Return a figure with the label in its drawing, a table as it is; a drawing that is made later has none yet."""
    if not isinstance(exhibit, PrintedFigure) or exhibit.svg == place_of(exhibit.name):
        return exhibit
    return replace(exhibit, svg=labelled_drawing(exhibit.svg, words))


def _name_region(node: Any, number: str, title: str) -> None:  # noqa: ANN401 - a table or figure of docutils
    """Name what may scroll: a table by its caption, a drawing by the number of its figure."""
    if isinstance(node, nodes.table):
        node[REGION] = f"{number} {title}"
        return
    for drawing in list(node.findall(nodes.raw)):
        named = nodes.raw("", f"{region_start(number)}{drawing.astext()}</div>", format="html")
        drawing.parent.replace(drawing, named)


def _offer(node: nodes.Element, exhibit: PrintedTable | PrintedFigure, docname: str) -> None:
    folder = "../" * docname.count("/") + DOWNLOADS
    links = ", ".join(
        f'<a href="{folder}/{escape(name)}" download>{words}</a>' for words, name in file_names(exhibit).items()
    )
    line = nodes.raw("", f'<p class="hai-downloads">Download {escape(exhibit.number)}: {links}</p>', format="html")
    box: Any = node.parent if isinstance(exhibit, PrintedTable) else node
    under = line_under(box)
    under += line


def file_names(exhibit: PrintedTable | PrintedFigure) -> dict[str, str]:
    """Return the files of an exhibit: what a link to each says, and the file's name."""
    name = exhibit.name
    if isinstance(exhibit, PrintedTable):
        return {"CSV": f"{name}.csv", "DOCX": f"{name}.docx", "XLSX": f"{name}.xlsx"}
    found = {"SVG": f"{name}.svg"}
    return {**found, "data as CSV": f"{name}.csv"} if exhibit.data else found


def document_links(app: Sphinx, docname: str) -> str:
    """Return the line of a page that leads to the documents which are made beside the site; empty without any."""
    folder = "../" * docname.count("/") + DOWNLOADS
    made = [(form, words) for form, words in FORMATS.items() if form in app.config.hai_formats]
    links, more = (
        ", ".join(f'<a href="{folder}/{name}.{form}" download>{words}</a>' for form, words in made)
        for name in (NAME, SUPPLEMENT)
    )
    return f'<p class="hai-documents">Download: {links}. Supplement: {more}</p>' if made else ""


def form_links(app: Sphinx, docname: str) -> str:
    """Return the line of the page of checklists that leads to the forms beside the manuscript; empty where none is made."""
    if docname != CHECKLISTS:
        return ""
    folder = "../" * docname.count("/") + DOWNLOADS
    applies = applicable(lambda condition: holds(condition, making(app).run))
    names = form_names(app.config.hai_formats, applies)
    links = ", ".join(f'<a href="{folder}/{name}" download>{words}</a>' for name, words in names.items())
    return f'<p class="hai-documents">Download for the journal (DOCX): {links}</p>' if links else ""


def write_files(app: Sphinx) -> None:
    """Write the files of every exhibit."""
    book = making(app)
    exhibits = [exhibit for docname in sorted(book.pages) for exhibit in book.pages[docname]]
    write_exhibits(exhibits, book.run.results, Path(app.outdir) / DOWNLOADS, Path(app.srcdir))


def write_exhibits(exhibits: list[PrintedTable | PrintedFigure], results: Results, folder: Path, root: Path) -> None:
    """Write the files of each exhibit into a folder; the same label is the same exhibit and has its files once.

    Parameters
    ----------
    exhibits : list of Table or Figure
        Each with its number.
    results : Results
        Where the numbers that tables quote stand in full precision.
    folder : Path
        Of the downloads.
    root : Path
        The project's root, with the fonts and the styles.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = list({block.name: block for block in exhibits if isinstance(block, PrintedTable)}.values())
    # Pandoc is a program of its own, which leaves Python to the other files.
    with ThreadPoolExecutor(1) as pool:
        documents = pool.submit(_write_documents, tables, folder, root, label(results.study))
        for table in tables:
            (folder / f"{table.name}.csv").write_text(
                table_csv(table, label(results.study)), encoding=PRINTED_CSV, newline=""
            )
            (folder / f"{table.name}.xlsx").write_bytes(table_xlsx(table, results))
        for figure in {block.name: block for block in exhibits if isinstance(block, PrintedFigure)}.values():
            (folder / f"{figure.name}.svg").write_text(
                standalone(figure.svg, faces=root / PAGE_FONTS), encoding="utf-8", newline=""
            )
            if figure.data:
                (folder / f"{figure.name}.csv").write_text(
                    rows_csv(with_source(figure.data, label(results.study))), encoding="utf-8", newline=""
                )
        documents.result()


def _write_documents(tables: Sequence[PrintedTable], folder: Path, root: Path, words: str) -> None:
    """Write the DOCX of each table, in two shares side by side."""
    width = measure_of(root / FONTS)
    # Pandoc is a program of its own, which leaves Python's lock to the other share.
    with ThreadPoolExecutor(SHARES) as pool:
        for documents in pool.map(lambda share: table_documents(share, width, root / STYLES, words), _shares(tables)):
            for name, document in documents.items():
                (folder / f"{name}.docx").write_bytes(document)


def _shares(tables: Sequence[PrintedTable]) -> list[Sequence[PrintedTable]]:
    return [tables[place::SHARES] for place in range(SHARES)]
