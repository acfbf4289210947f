"""The pages of a book as Sphinx read them once; one is read and written again for another run, as `hai build` does it."""

from __future__ import annotations

import io
import pickle
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.io import StringOutput

from hai_utils.book.cards import card_block, quoted_keys
from hai_utils.book.extension import use_run
from hai_utils.book.faults import FaultsDomain
from hai_utils.book.nodes import supplementary_figure, supplementary_table
from hai_utils.book.site import application
from hai_utils.book.state import BookRun
from hai_utils.book.undocumented import sphinx_namespace
from hai_utils.run.processes.process import Process

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_EXHIBITS = (nodes.table, nodes.figure, supplementary_table, supplementary_figure)
BIBLIOGRAPHY = "{bibliography}"
_NAMED = (nodes.title, nodes.caption)


@dataclass(eq=False)
class LiveRun(BookRun):
    """A run in memory: the executed notebooks of its chapters by name."""

    notebooks: Mapping[str, str] = field(default_factory=dict)

    def chapters(self) -> tuple[str, ...]:
        """Return the names of the executed notebooks, sorted."""
        return tuple(sorted(self.notebooks))

    def executed(self, name: str) -> str:
        """Return the executed copy of a notebook as text."""
        return self.notebooks[name]


@dataclass(frozen=True, slots=True)
class LivePage:
    """A page as it stands in its article: the body, each drawing by its place, and the keys that it quotes."""

    body: str
    keys: tuple[str, ...]


class LiveBook:
    """The book of a run, read by one application of Sphinx, which writes no file of a page.

    Parameters
    ----------
    app : Sphinx
        As `hai_utils.book.site.application` makes it, within the namespace of Sphinx.
    """

    def __init__(self, app: Sphinx) -> None:
        self.app = app
        app.builder.read()
        doctrees = Path(app.env.doctreedir)
        for docname in app.env.found_docs:
            _shorten(doctrees / f"{docname}.doctree")
        # Sphinx keeps every page that it looks into, as it was then: this process looks into none.
        numbering = Process(partial(_number, app), "fork")
        self._numbers = numbering.connection.recv()
        numbering.end()
        app.builder.prepare_writing(set())

    @property
    def pages(self) -> tuple[str, ...]:
        """The names of all pages."""
        return tuple(sorted(self.app.env.found_docs))

    def page(self, docname: str, run: BookRun) -> LivePage:
        """Read and write a page again for another run, whose pages have the exhibits and the citations of the first."""
        app, env, builder = self.app, self.app.env, self.app.builder
        use_run(app, run)
        app.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)
        builder.read_doc(docname)
        if self.lists_citations(docname):
            app.emit("env-updated", env)
        for numbers, kept in zip(_numbers_of(env), self._numbers, strict=True):
            numbers.clear()
            numbers.update(kept)
        doctree = env.get_and_resolve_doctree(docname, builder)
        body = self._with_images(_written(builder, docname, doctree))
        return LivePage(body, quoted_keys(doctree))

    def lists_citations(self, docname: str) -> bool:
        """Say whether a page lists what others cite, from which the citations get their numbers."""
        return BIBLIOGRAPHY in Path(self.app.env.doc2path(docname)).read_text(encoding="utf-8")

    def _with_images(self, body: str) -> str:
        """Return a body with the pictures of its cells in it: they are files of this process alone."""
        for path, name in self.app.builder.images.items():
            if f"_images/{name}" in body:
                picture = b64encode((Path(self.app.srcdir) / path).read_bytes()).decode()
                body = re.sub(rf'src="[^"]*_images/{re.escape(name)}"', f'src="data:image/png;base64,{picture}"', body)
        return body

    def faults(self, docname: str) -> bool:
        """Say whether a page that was read asks for what its run does not have."""
        domain = self.app.env.get_domain(FaultsDomain.name)
        return bool(domain.data["faults"].get(docname))

    def cards(self, docname: str, run: BookRun, keys: Sequence[str]) -> str:
        """Return the cards of the numbers that a page quotes."""
        return card_block(self.app, run, docname, keys) if keys else ""


@contextmanager
def live_book(root: Path, run: Path, working: Path, formats: Sequence[str]) -> Iterator[LiveBook]:
    """Read the book of a run; the pages can be written within."""
    options = {"hai_run": str(run), "hai_formats": list(formats)}
    with sphinx_namespace(root):
        yield LiveBook(application(root, working / "html", working / "doctrees", options, io.StringIO(), 1))


def _number(app: Sphinx, connection: Connection) -> None:
    app.emit("env-get-updated", app.env)
    connection.send(_numbers_of(app.env))


def _numbers_of(env: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - Sphinx's environment
    """Return the numbers of sections and of exhibits, by page."""
    return env.toc_secnumbers, env.toc_fignumbers


def _shorten(path: Path) -> None:
    """Leave of a page that was read its sections and the names of its exhibits, all that other pages refer to."""
    doctree = pickle.loads(path.read_bytes())
    for exhibit in list(doctree.findall(lambda node: isinstance(node, _EXHIBITS))):
        exhibit.children = [child for child in exhibit.children if isinstance(child, _NAMED)]
    for raw in list(doctree.findall(nodes.raw)):
        raw.parent.remove(raw)
    path.write_bytes(pickle.dumps(doctree))


def _written(builder: Any, docname: str, doctree: nodes.document) -> str:  # noqa: ANN401 - Sphinx's HTML builder
    """Write the body of a page by the builder's own writer, as it writes a file of it."""
    doctree.settings = builder.docsettings
    up = "../" * docname.count("/")
    builder.secnumbers = builder.env.toc_secnumbers.get(docname, {})
    builder.fignumbers = builder.env.toc_fignumbers.get(docname, {})
    builder.imgpath, builder.dlpath = f"{up}_images", f"{up}_downloads"
    builder.current_docname = docname
    builder.images = {}
    builder.post_process_images(doctree)
    builder.docwriter.write(doctree, StringOutput(encoding="utf-8"))
    builder.docwriter.assemble_parts()
    return str(builder.docwriter.parts["fragment"])
