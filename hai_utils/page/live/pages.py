"""The pages of a book as Sphinx read them once; one is read and written again for another run, as `hai build` does it."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.io import StringOutput

from hai_utils.book.cards import card_block, quoted_keys
from hai_utils.book.extension import use_run
from hai_utils.book.nodes import supplementary_figure, supplementary_table
from hai_utils.book.site import application
from hai_utils.book.state import BookRun
from hai_utils.book.undocumented import sphinx_namespace

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_EXHIBITS = (nodes.table, nodes.figure, supplementary_table, supplementary_figure)
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
    root : Path
        The project.
    run : Path
        Folder of the run that all pages are read from.
    working : Path
        For what Sphinx keeps of the pages.
    """

    def __init__(self, app: Sphinx) -> None:
        self.app = app
        app.builder.read()
        doctrees = Path(app.env.doctreedir)
        for docname in app.env.found_docs:
            _shorten(doctrees / f"{docname}.doctree")
        # One that was unpickled has kept nothing of the pages: what a page refers to is read from the short ones.
        self._take(pickle.loads(pickle.dumps(app.env)))
        app.emit("env-get-updated", app.env)
        self._numbers = deepcopy((app.env.toc_secnumbers, app.env.toc_fignumbers))
        self._take(pickle.loads(pickle.dumps(app.env)))
        app.builder.prepare_writing(set())

    def _take(self, env: Any) -> None:  # noqa: ANN401 - Sphinx's environment
        env.setup(self.app)
        # Each reads pages into the environment that it was made with.
        self.app.registry.publishers.clear()
        self.app.env = self.app.builder.env = env

    @property
    def pages(self) -> tuple[str, ...]:
        """The names of all pages."""
        return tuple(sorted(self.app.env.found_docs))

    def page(self, docname: str, run: BookRun) -> LivePage:
        """Read and write a page again for another run; this process is of no use for a further one afterwards."""
        app, env, builder = self.app, self.app.env, self.app.builder
        use_run(app, run)
        app.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)
        builder.read_doc(docname)
        for numbers, kept in zip((env.toc_secnumbers, env.toc_fignumbers), self._numbers, strict=True):
            numbers[docname] = kept.get(docname, {})
        doctree = env.get_and_resolve_doctree(docname, builder)
        body = _written(builder, docname, doctree)
        return LivePage(body, quoted_keys(doctree))

    def cards(self, docname: str, run: BookRun, keys: Sequence[str]) -> str:
        """Return the cards of the numbers that a page quotes."""
        return card_block(self.app, run, docname, keys) if keys else ""


@contextmanager
def live_book(root: Path, run: Path, working: Path, formats: Sequence[str]) -> Iterator[LiveBook]:
    """Read the book of a run; the pages can be written within."""
    options = {"hai_run": str(run), "hai_formats": list(formats), "latex_individualpages": False}
    with sphinx_namespace(root):
        yield LiveBook(application(root, working / "html", working / "doctrees", options, io.StringIO(), 1))


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
    builder.docwriter.write(doctree, StringOutput(encoding="utf-8"))
    builder.docwriter.assemble_parts()
    return str(builder.docwriter.parts["fragment"])
