"""Reuse what did not change of the previous site: pages as read, pages as written, and what the search knows of them.

A page is read again where its text changed, or where the run answers another way something that it asked. It is
written again where it was read anew with another outcome, or where anything that pages take from one another changed:
titles, numbers of tables and figures, labels, navigation, references. Changed templates, assets, settings or code of
the book make all of it anew. What is not sure to be unchanged counts as changed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import WordStore
from sphinx.util.docutils import new_document

from hai_utils.book.asking import still_answered
from hai_utils.book.cards import filled
from hai_utils.book.sharing import indexer, read_pages, write_pages
from hai_utils.book.state import BookRun
from hai_utils.run.cache import digest
from hai_utils.run.dependencies import import_graph
from hai_utils.run.stamps import contents, environment

STATE = "pages.json"
WRITTEN = "pages"
# Where the pages of a build are kept on Sphinx's application.
PAGES_ATTRIBUTE = "hai_pages"
_BOOK_MODULES = ("hai_utils.book.extension", "hai_utils.book.site", "hai_utils.book.mime", "hai_utils.book.reuse")


def site_stamp(root: Path) -> str:
    """Return the digest over what every page depends on: settings, contents, templates, assets, references, code."""
    graph = import_graph(root)
    files = [path for folder in ("assets", "book") for path in (root / folder).rglob("*") if path.is_file()]
    shared = [path for path in files if path.suffix not in {".md", ".pyc"}]
    names = sorted(path.relative_to(root).as_posix() for path in files)
    # The run's own code is left out: what it gives, the executed notebooks and results, counts itself.
    modules = graph.files_of(_BOOK_MODULES, without=["hai_utils.run"])
    settings = [root / "_config.yml", root / "_toc.yml"]
    return digest([environment(root), str(root), *names, contents(shared), contents(modules), contents(settings)])


class Pages:
    """The pages of one build, and what the previous one left of them.

    Parameters
    ----------
    folder : Path
        Sphinx's working files and, beside them, the written pages and what is known of each.
    run : BookRun
        The run that the pages are made from.
    text_of : callable
        Returns the text of a page as it will be read.
    """

    def __init__(self, folder: Path, run: BookRun, text_of: Callable[[str], str]) -> None:
        self._folder = folder
        self._run = run
        self._text_of = text_of
        before = _json(folder / STATE)
        # By page: digest of what it was read from, of what was read, of what it was written from, and its words.
        self._read: dict[str, str] = before.get("read", {})
        self._content: dict[str, str] = before.get("content", {})
        self._written: dict[str, str] = before.get("written", {})
        self._search: dict[str, Any] = before.get("search", {})
        # By page, what it asked the run, with the digest of each answer.
        self._asked: dict[str, dict[str, str]] = before.get("asked", {})
        self.rewritten: tuple[str, ...] = ()

    def to_read(self, app: Sphinx, found: Iterable[str]) -> set[str]:
        """Return the pages that must be read again; those that stay are as they would be read."""
        pages = list(found)
        return {
            page
            for page in pages
            if self._read.get(page) != self._inputs(app, page)
            or not still_answered(self._run, self._asked.get(page, {}))
        }

    def _inputs(self, app: Sphinx, page: str) -> str:
        study = self._run.results.study
        included = [Path(app.srcdir) / name for name in sorted(app.env.dependencies.get(page, ()))]
        parts = [self._text_of(page), str(study.published), str(study.synthetic)]
        # The first page alone is headed by the title of the book; the others are written with a place for it.
        parts.append(app.config.html_title if page == app.config.root_doc else "")
        return digest([*parts, *(path.read_bytes() for path in included if path.is_file())])

    def read(self, builder: StandaloneHTMLBuilder, names: Sequence[str]) -> None:
        """Read pages, in two processes where that is safe, and note what they were read from."""
        for facts in read_pages(builder, names, self._noted):
            self._read |= facts["read"]
            self._content |= facts["content"]
            self._asked |= facts["asked"]
            self._run.faults += facts["faults"]

    def _noted(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what is known of pages that another process has read for this one."""
        known: dict[str, dict[str, Any]] = {"read": self._read, "content": self._content, "asked": self._asked}
        return {**{what: _only(each, set(names)) for what, each in known.items()}, "faults": self._run.faults}

    def was_read(self, app: Sphinx, page: str, doctree: nodes.document) -> None:
        """Note a page that has just been read."""
        self._asked[page] = self._run.asked.get(page, {})
        self._read[page] = self._inputs(app, page)
        # A page asks for little of the results and often comes out the same.
        self._content[page] = digest([doctree.pformat()])

    def write(self, builder: StandaloneHTMLBuilder, names: Sequence[str]) -> None:
        """Write the pages that changed, take the others, and feed the search with all of them."""
        shared = _shared_facts(builder)
        wanted = {name: digest([self._content[name], shared]) for name in names}
        changed = [name for name in names if self._written.get(name) != wanted[name] or not self._copy(builder, name)]
        for name in set(names) - set(changed):
            self._fill(builder, name, self._search[name])
        self._search.update(write_pages(builder, changed, lambda name, entry: self._keep(builder, name, entry)))
        self._written = wanted
        self.rewritten = tuple(changed)
        for name in sorted(names):
            _feed(builder, name, self._search[name])

    def _keep(self, builder: StandaloneHTMLBuilder, name: str, entry: dict[str, Any]) -> None:
        """Keep a page that has just been written, before the run's own facts stand in it."""
        self._kept(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(builder.get_outfilename(name), self._kept(name))
        self._fill(builder, name, entry)

    def _fill(self, builder: StandaloneHTMLBuilder, name: str, entry: dict[str, Any]) -> None:
        """Put the run's own facts, its title, its command and the cards of the quoted numbers, into a page."""
        path = Path(builder.get_outfilename(name))
        text = path.read_text(encoding="utf-8")
        path.write_text(filled(builder.app, self._run, name, entry["keys"], text), encoding="utf-8", newline="")

    def _kept(self, name: str) -> Path:
        return self._folder / WRITTEN / f"{name}.html"

    def _copy(self, builder: StandaloneHTMLBuilder, name: str) -> bool:
        if name not in self._search or not self._kept(name).is_file():
            return False
        target = Path(builder.get_outfilename(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._kept(name).read_bytes())
        return True

    def keep(self) -> None:
        """Keep what is known of the written pages, for the next build; what belongs to no page goes."""
        here = set(self._written)
        for path in (self._folder / WRITTEN).rglob("*.html"):
            if path.relative_to(self._folder / WRITTEN).with_suffix("").as_posix() not in here:
                path.unlink()
        state = {
            "read": _only(self._read, here),
            "content": _only(self._content, here),
            "written": self._written,
            "search": _only(self._search, here),
            "asked": _only(self._asked, here),
        }
        (self._folder / STATE).write_text(json.dumps(state), encoding="utf-8")


def _only(known: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if name in names}


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _shared_facts(builder: StandaloneHTMLBuilder) -> str:
    """Return the digest over all that one page may show of another."""
    env, config = builder.env, builder.config
    trees = [
        f"{name}\0{tree.pformat()}"
        for group in (env.titles, env.longtitles, env.tocs)
        for name, tree in sorted(group.items())
    ]
    objects = {name: sorted(map(repr, domain.get_objects())) for name, domain in sorted(env.domains.items())}
    labels = {name: env.domaindata["std"][name] for name in ("labels", "anonlabels")}
    citations = [
        (item.citation_id, repr(item.bibliography_key), item.key, item.formatted_entry.label, str(item.entry))
        for item in env.domaindata.get("cite", {}).get("citations", [])
    ]
    facts = [
        objects, labels, citations, env.toctree_includes, env.toc_num_entries, env.toc_secnumbers, env.toc_fignumbers,
        env.metadata, env.dlfiles, env.images, config.html_theme_options, config.html_context, sorted(env.found_docs),
    ]  # fmt: skip
    return digest([*trees, json.dumps(_ordered(facts))])


def _ordered(value: Any) -> Any:  # noqa: ANN401 - whatever Sphinx keeps
    """Return nested data as lists and texts whose order is that of their content, not of their making."""
    if isinstance(value, dict):
        return sorted((str(key), json.dumps(_ordered(item))) for key, item in value.items())
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else str(value)


def _feed(builder: StandaloneHTMLBuilder, name: str, entry: dict[str, Any]) -> None:
    """Tell the search, and the copying of images, of a page; in the order of names, whoever wrote it and when."""
    titles = [(title, place) for title, place in entry["titles"]]
    words = WordStore(words=entry["words"], titles=titles, title_words=entry["title_words"])
    vars(indexer(builder))["_word_collector"] = lambda _: words
    vars(indexer(builder).lang)["stem"] = entry["stems"].__getitem__
    document = new_document("")
    document += [addnodes.index(entries=[tuple(item) for item in entries]) for entries in entry["entries"]]
    builder.index_page(name, document, entry["title"])
    builder.images.update(entry["images"])
