"""The Sphinx extension: makes or takes a finished run, feeds the pages from it, and keeps them true and offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ExtensionError

import hai_utils.book.vancouver  # noqa: F401 - registers the style of the references
from hai_utils import __version__
from hai_utils.book.asking import RUN_ATTRIBUTE
from hai_utils.book.cards import CARDS_PLACE, TITLE_PLACE, filled, name_cells, quoted_keys
from hai_utils.book.conditions import kept_cells
from hai_utils.book.key_list import setup_key_list
from hai_utils.book.manuscript.assembling import Head
from hai_utils.book.manuscript.exports import read_page, write_files
from hai_utils.book.markup import mended
from hai_utils.book.nodes import setup_nodes
from hai_utils.book.prose import setup_prose
from hai_utils.book.reuse import PAGES_ATTRIBUTE, Pages
from hai_utils.book.state import BookRun
from hai_utils.book.trail import add_trails
from hai_utils.errors import HaiError
from hai_utils.parameters import load_parameters
from hai_utils.project import PARAMETER_FILE
from hai_utils.results.study import Study
from hai_utils.run.build import prepare_run
from hai_utils.run.warming import WORKERS
from hai_utils.show.wording import in_text, notice, people, size_words

NOTEBOOKS = "notebooks/"
PUBLISHED_TITLE = "KRAS mutation and response to hepatic arterial infusion pump chemotherapy for unresectable colorectal liver metastases"
PUBLISHED_SUBTITLE = "A reconstruction of Kolbeinsson et al., 2022"
PUBLISHED_FOOTER = (
    "<p>The published study: Kolbeinsson HM, Preihs R, Bengel A, et al. J Gastrointest Oncol 2022;13(1):163–170. "
    "doi 10.21037/jgo-21-514.</p>"
)
NUMBER_FORMATS = {
    "table": "Table %s",
    "figure": "Figure %s",
    "supplementary-table": "Table S%s",
    "supplementary-figure": "Figure S%s",
    "code-block": "Listing %s",
    "section": "Section %s",
}

_THEME_PARTS = (
    "sidebars",
    *(f"theme_navbar_{place}" for place in ("start", "center", "end", "persistent")),
    *(f"theme_footer_{place}" for place in ("start", "center", "end")),
    *(f"theme_article_{place}" for place in ("header_start", "header_end", "footer_items")),
    *(f"theme_{place}" for place in ("content_footer_items", "primary_sidebar_end", "secondary_sidebar_items")),
)


def book_title(study: Study) -> str:
    """Return the title of the book: the one given, the study's, or one made from the cohort."""
    given = str(study.parameters.get("title", ""))
    if given:
        return given
    return (
        PUBLISHED_TITLE
        if study.published
        else f"A cohort of {size_words(study)} {people(study)}, by {in_text(study.group_label)}"
    )


def _run(app: Sphinx) -> BookRun:
    """Return the run for what `Pages` accounts for itself: executed notebooks, title, notice."""
    run: BookRun = vars(app)[RUN_ATTRIBUTE]
    return run


def _take_run(app: Sphinx) -> None:
    folder = app.config.hai_run
    try:
        if not folder:
            root = Path(app.srcdir)
            folder = str(Path(app.outdir).parent / "run")
            prepare_run(root, load_parameters([root / PARAMETER_FILE]), Path(folder))
        run = BookRun.read(Path(folder), Path(app.srcdir))
    except HaiError as error:
        raise ExtensionError(str(error)) from None
    vars(app)[RUN_ATTRIBUTE] = run
    study = run.results.study
    app.config.html_title = book_title(study)
    app.config.html_theme_options["extra_footer"] = PUBLISHED_FOOTER if study.published else ""
    if app.config.hai_reuse:
        pages = Pages(Path(app.doctreedir), run, lambda name: _text_of(app, name))
        vars(app)[PAGES_ATTRIBUTE] = pages
        builder = cast(StandaloneHTMLBuilder, app.builder)
        # Sphinx has no events in the places of reading and writing; these are the methods that its builders call for it.
        vars(builder)["_read_serial"] = lambda names: pages.read(builder, names)
        vars(builder)["_write_serial"] = lambda names: pages.write(builder, names)


def _text_of(app: Sphinx, docname: str) -> str:
    """Return the text of a page as it is read: a notebook as executed, without the cells whose condition fails."""
    if docname.startswith(NOTEBOOKS):
        run = _run(app)
        return kept_cells(run.executed(docname.removeprefix(NOTEBOOKS)), run)
    return Path(app.env.doc2path(docname)).read_text(encoding="utf-8")


def _feed_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(NOTEBOOKS):
        source[0] = _text_of(app, docname)


def _note_read(app: Sphinx, doctree: nodes.document) -> None:
    pages: Pages | None = vars(app).get(PAGES_ATTRIBUTE)
    if pages is not None:
        pages.was_read(app, app.env.docname, doctree)


def _leave_out_parts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Empty the theme's lists of parts: the layout names its own, and the theme writes each to see whether it is empty."""
    context |= {name: [] for name in _THEME_PARTS}


def _dress_title(app: Sphinx, doctree: nodes.document) -> None:
    """Give the first page the book's title, and each page of a reconstruction its notice."""
    study = _run(app).results.study
    title = next(iter(doctree.findall(nodes.title)), None)
    if title is None or title.parent is None:
        return
    below: list[nodes.Node] = []
    if app.env.docname == app.config.root_doc:
        title.children = [nodes.Text(book_title(study))]
        if study.published:
            below.append(nodes.paragraph("", PUBLISHED_SUBTITLE, classes=["hai-subtitle"]))
    if said := notice(study):
        below.append(nodes.paragraph("", said, classes=["hai-notice"]))
    if app.env.docname == app.config.root_doc:
        below.append(nodes.raw("", documents_place(app.env.docname), format="html"))
    place = title.parent.index(title) + 1
    title.parent.insert(place, below)


def _dress_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give cells an address, and each exhibit the way back to where it comes from."""
    name_cells(doctree)
    add_trails(app, doctree)


def documents_place(docname: str) -> str:
    """Return what a page carries where links to the manuscript stand once it is written."""
    return f"<!--hai-documents {'../' * docname.count('/')}-->"


def _write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the files of the exhibits, and keep what the manuscript is made of."""
    if error is not None or app.builder.format != "html":
        return
    results = _run(app).results
    study = results.study
    head = Head(
        book_title(study),
        PUBLISHED_SUBTITLE if study.published else "",
        str(study.parameters.get("authors", "")),
        notice(study),
    )
    try:
        write_files(app, results, head)
    except HaiError as fault:
        raise ExtensionError(str(fault)) from None


def _refuse_faults(app: Sphinx, *_: Any) -> None:  # noqa: ANN401 - Sphinx's event arguments
    faults = _run(app).faults
    if faults:
        raise ExtensionError("The pages ask for what the run does not have:\n" + "\n".join(faults))


def _page_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates the notice, and mend the page's markup."""
    context["body"] = mended(context.get("body", ""))
    keys = quoted_keys(doctree) if doctree is not None else ()
    if keys:
        context["body"] += CARDS_PLACE
    if PAGES_ATTRIBUTE not in vars(app):
        # Else `Pages` does it, once the page is kept without it.
        context["body"] = filled(app, _run(app), pagename, keys, context["body"])
    elif doctree is not None:
        context["docstitle"] = Markup(TITLE_PLACE)
    context["hai_documents"] = documents_place(pagename)
    context["hai_notice"] = notice(_run(app).results.study)


def _outdated(app: Sphinx, env: Any, *_: Any) -> set[str]:  # noqa: ANN401 - Sphinx's event arguments
    """Name the pages to read again: what they say depends on the run, which Sphinx does not see."""
    pages: Pages | None = vars(app).get(PAGES_ATTRIBUTE)
    return set(env.found_docs) if pages is None else pages.to_read(app, env.found_docs)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("hai_run", "", "", [str])
    app.add_config_value("hai_reuse", False, "", [bool])
    app.add_config_value("hai_processes", WORKERS, "", [int])
    setup_nodes(app)
    setup_prose(app)
    setup_key_list(app)
    app.connect("config-inited", lambda _, config: config.numfig_format.update(NUMBER_FORMATS))
    app.connect("builder-inited", _take_run)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _feed_notebook)
    app.connect("doctree-read", _dress_title)
    app.connect("doctree-read", _dress_cells)
    app.connect("doctree-resolved", read_page, priority=900)
    app.connect("build-finished", _write_files)
    app.connect("doctree-read", _note_read, priority=999)
    app.connect("env-check-consistency", _refuse_faults)
    app.connect("html-page-context", _leave_out_parts, priority=100)
    app.connect("html-page-context", _page_context, priority=900)
    return {"version": __version__, "parallel_read_safe": False, "parallel_write_safe": True}
