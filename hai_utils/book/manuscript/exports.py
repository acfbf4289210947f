"""The book's side of the files: reads each page as it was resolved, offers each exhibit's files, and writes them.

What the manuscript is made of is kept among Sphinx's working files, where `hai_utils.book.manuscript.documents` finds it.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx

from hai_utils.book.manuscript.assembling import Head, Part, assemble
from hai_utils.book.manuscript.drawings import standalone
from hai_utils.book.manuscript.measuring import measure_of
from hai_utils.book.manuscript.model import Article, Block, Figure, Table
from hai_utils.book.manuscript.reading import PageReader
from hai_utils.book.manuscript.sheets import rows_csv, table_csv, table_xlsx
from hai_utils.book.manuscript.word import REFERENCE, table_documents
from hai_utils.book.trail import line_under
from hai_utils.project import MARKER
from hai_utils.results.table import Results
from hai_utils.run.cache import digest

DOWNLOADS = "_downloads"
ARTICLE = "manuscript.pickle"
FONTS, STYLES = Path("assets", "fonts"), Path("assets", "manuscript", REFERENCE)
# Among Sphinx's working files, where each page that was read is kept: pages are written by processes of their own, and
# a page that did not change is not resolved again.
PAGES = "manuscript"
# Beside them, the DOCX of each table under the digest of the table: fonts, styles and code are those of all working files.
DOCUMENTS = "table_documents"
# A spreadsheet program reads signs such as ≥ and – only where a CSV says that it is UTF-8.
PRINTED_CSV = "utf-8-sig"
SHARES = 2
Pages = dict[str, tuple[Block, ...]]


def _kept(app: Sphinx, docname: str) -> Path:
    return Path(app.doctreedir) / PAGES / f"{docname}.pickle"


def _page(app: Sphinx, docname: str) -> tuple[Block, ...]:
    """Return a page as it was read; one that no build has written yet is resolved now."""
    if not _kept(app, docname).is_file():
        app.env.get_and_resolve_doctree(docname, app.builder)
    blocks: tuple[Block, ...] = pickle.loads(_kept(app, docname).read_bytes())
    return blocks


def read_page(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Read a resolved page, and put a line under each exhibit that leads to its files."""

    def number_of(name: str, node: nodes.Element) -> str:
        kind = app.env.domains["std"].get_enumerable_node_type(node) or ""
        number = app.env.toc_fignumbers.get(docname, {}).get(kind, {}).get(name)
        return app.config.numfig_format[kind] % ".".join(map(str, number)) if number else ""

    blocks = PageReader(docname, number_of).read(doctree)
    _kept(app, docname).parent.mkdir(parents=True, exist_ok=True)
    _kept(app, docname).write_bytes(pickle.dumps(blocks))
    exhibits = {block.name: block for block in blocks if isinstance(block, Table | Figure) and block.number}
    found: list[Any] = [*doctree.findall(nodes.table), *doctree.findall(nodes.figure)]
    for node in found:
        exhibit = exhibits.get(next(iter(node["ids"]), ""))
        if exhibit is not None:
            _offer(node, exhibit, docname)


def _offer(node: nodes.Element, exhibit: Table | Figure, docname: str) -> None:
    folder = "../" * docname.count("/") + DOWNLOADS
    links = ", ".join(
        f'<a href="{folder}/{escape(name)}" download>{words}</a>' for words, name in file_names(exhibit).items()
    )
    line = nodes.raw("", f'<p class="hai-downloads">Download {escape(exhibit.number)}: {links}</p>', format="html")
    box: Any = node.parent if isinstance(exhibit, Table) else node
    under = line_under(box)
    under += line


def file_names(exhibit: Table | Figure) -> dict[str, str]:
    """Return the files of an exhibit: what a link to each says, and the file's name."""
    name = exhibit.name
    if isinstance(exhibit, Table):
        return {"CSV": f"{name}.csv", "DOCX": f"{name}.docx", "XLSX": f"{name}.xlsx"}
    found = {"SVG": f"{name}.svg"}
    return {**found, "data as CSV": f"{name}.csv"} if exhibit.data else found


def write_files(app: Sphinx, results: Results, head: Head) -> None:
    """Write the files of every exhibit, and keep the manuscript for the documents that are made from it."""
    root = Path(app.srcdir)
    pages = {docname: _page(app, docname) for docname in sorted(app.env.found_docs)}
    blocks = [block for page in pages.values() for block in page]
    exhibits = [block for block in blocks if isinstance(block, Table | Figure) and block.number]
    write_exhibits(exhibits, results, Path(app.outdir) / DOWNLOADS, root, kept=Path(app.doctreedir) / DOCUMENTS)
    article = article_of(root, head, pages)
    (Path(app.doctreedir) / ARTICLE).write_bytes(pickle.dumps(article))


def article_of(root: Path, head: Head, pages: Pages) -> Article:
    """Put the pages together in the order of the table of contents."""
    contents = yaml.safe_load((root / MARKER).read_text(encoding="utf-8"))
    parts = [
        Part(str(part.get("caption", "")), tuple(str(chapter["file"]) for chapter in part["chapters"]))
        for part in contents.get("parts", ())
    ]
    return assemble(head, str(contents["root"]), parts, pages)


def write_exhibits(exhibits: list[Table | Figure], results: Results, folder: Path, root: Path, kept: Path) -> None:
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
    kept : Path
        Where the DOCX files of earlier builds lie: a table that did not change has one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = list({block.name: block for block in exhibits if isinstance(block, Table)}.values())
    # Pandoc is a program of its own, which leaves Python to the other files.
    with ThreadPoolExecutor(1) as pool:
        documents = pool.submit(_write_documents, tables, folder, root, kept)
        for table in tables:
            (folder / f"{table.name}.csv").write_text(table_csv(table), encoding=PRINTED_CSV, newline="")
            (folder / f"{table.name}.xlsx").write_bytes(table_xlsx(table, results))
        for figure in {block.name: block for block in exhibits if isinstance(block, Figure)}.values():
            (folder / f"{figure.name}.svg").write_text(standalone(figure.svg), encoding="utf-8", newline="")
            if figure.data:
                (folder / f"{figure.name}.csv").write_text(rows_csv(figure.data), encoding="utf-8", newline="")
        documents.result()


def _write_documents(tables: Sequence[Table], folder: Path, root: Path, kept: Path) -> None:
    """Write the DOCX of each table; only those of changed tables are made, in two shares side by side."""
    kept.mkdir(parents=True, exist_ok=True)
    places = {table.name: kept / f"{digest([repr(table)])}.docx" for table in tables}
    fresh = [table for table in tables if not places[table.name].is_file()]
    width = measure_of(root / FONTS)
    # Pandoc is a program of its own, which leaves Python's lock to the other share.
    with ThreadPoolExecutor(SHARES) as pool:
        for documents in pool.map(lambda share: table_documents(share, width, root / STYLES), _shares(fresh)):
            for name, document in documents.items():
                places[name].write_bytes(document)
    for name, place in places.items():
        shutil.copyfile(place, folder / f"{name}.docx")
    for path in set(kept.iterdir()) - set(places.values()):
        path.unlink()


def _shares(tables: Sequence[Table]) -> list[Sequence[Table]]:
    return [tables[place::SHARES] for place in range(SHARES)]
