"""The Sphinx extension: takes or makes a finished run, and fills the pages from it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

import hai_utils.book.vancouver  # noqa: F401 - registers the style of the references
from hai_utils import __version__
from hai_utils.book.cards import KEYS_PAGE, card_block, name_cells, quoted_keys
from hai_utils.book.chapters import page_of
from hai_utils.book.evidence import note_quotes, write_evidence
from hai_utils.book.faults import setup_faults
from hai_utils.book.genes import mark_genes
from hai_utils.book.key_list import setup_key_list
from hai_utils.book.manuscript.exports import document_links, form_links, read_page, write_files
from hai_utils.book.markup import use_accessible_translator
from hai_utils.book.nodes import setup_nodes
from hai_utils.book.prose import setup_prose
from hai_utils.book.state import BookRun, run_of, set_run, take_given_run
from hai_utils.book.trail import add_trails
from hai_utils.book.undocumented import allow_reading_side_by_side
from hai_utils.catalogue.sizes import MOST_IN_EVIDENCE
from hai_utils.errors import HaiError
from hai_utils.profiles import resolve, study_of
from hai_utils.run.build import prepare_run
from hai_utils.run.contents import book_notebooks, contents_with
from hai_utils.run.inputs import Inputs
from hai_utils.run.processes.watchdog import beside
from hai_utils.show.wording import notice
from hai_utils.study.reading import read_study_file
from hai_utils.study.schema import DataSource

NOTEBOOKS = "notebooks/"
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

# They serve the author of a manuscript; a center's book has none.
OF_WHOLE_BOOKS = ("book/checklists", KEYS_PAGE)
_THEME_PARTS = (
    "sidebars",
    *(f"theme_navbar_{place}" for place in ("start", "center", "end", "persistent")),
    *(f"theme_footer_{place}" for place in ("start", "center", "end")),
    *(f"theme_article_{place}" for place in ("header_start", "header_end", "footer_items")),
    *(f"theme_{place}" for place in ("content_footer_items", "primary_sidebar_end", "secondary_sidebar_items")),
)


def _take_run(app: Sphinx) -> None:
    folder = app.config.hai_run
    if (given := take_given_run()) is not None:
        use_run(app, given)
        return
    try:
        if not folder:
            root = Path(app.srcdir)
            folder = str(Path(app.outdir).parent / "run")
            prepare_run(Inputs.of(root, resolve(root)), Path(folder))
        run = BookRun.read(Path(folder), Path(app.srcdir))
    except HaiError as error:
        raise ExtensionError(str(error)) from None
    use_run(app, run)


def use_run(app: Sphinx, run: BookRun) -> None:
    """Let an application make its pages from a run, with the title and footer of its study."""
    set_run(app, run)
    study = run.results.study
    app.config.html_title = run.title
    app.config.html_theme_options["extra_footer"] = PUBLISHED_FOOTER if study.published else ""


def _feed_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give a notebook as executed."""
    if docname.startswith(NOTEBOOKS):
        source[0] = page_of(run_of(app).executed(docname.removeprefix(NOTEBOOKS)))


def _leave_out_parts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Empty the theme's lists of parts: the layout names its own, and the theme writes each to see whether it is empty."""
    context |= {name: [] for name in _THEME_PARTS}


def _dress_title(app: Sphinx, doctree: nodes.document) -> None:
    """Give the first page the book's title, and each page of a reconstruction its notice."""
    run = run_of(app)
    title = next(iter(doctree.findall(nodes.title)), None)
    if title is None or title.parent is None:
        return
    below: list[nodes.Node] = []
    if app.env.docname == app.config.root_doc:
        title.children = [nodes.Text(run.title)]
        if subtitle := run.texts.file.subtitle:
            below.append(nodes.paragraph("", subtitle, classes=["hai-subtitle"]))
        if (source := run.texts.file.source) is not None:
            below.append(source_line(source))
    if said := notice(run.results.study):
        below.append(nodes.paragraph("", said, classes=["hai-notice"]))
    if app.env.docname == app.config.root_doc:
        below.append(nodes.raw("", document_links(app, app.env.docname), format="html"))
    if links := form_links(app, app.env.docname):
        below.append(nodes.raw("", links, format="html"))
    place = title.parent.index(title) + 1
    title.parent.insert(place, below)


def source_line(source: DataSource) -> nodes.paragraph:
    """Return where public data come from and under which license, with links."""
    line = nodes.paragraph("", f"Data: {source.name}", classes=["hai-notice"])
    for lead, words, address in (
        (", ", f"doi:{source.doi}" if source.doi else "", f"https://doi.org/{source.doi}"),
        (", license ", source.license, source.license_url),
    ):
        if words:
            line += [nodes.Text(lead), nodes.reference("", words, refuri=address) if address else nodes.Text(words)]
    line += nodes.Text(".")
    return line


def _dress_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give cells an address, and each exhibit the way back to where it comes from."""
    name_cells(doctree)
    for place, image in enumerate(doctree.findall(nodes.image), start=1):
        image.setdefault("alt", f"Drawing {place} by the code of this page")
    add_trails(app, doctree)


def _write_files(app: Sphinx, error: Exception | None) -> None:
    """Write the files of the exhibits, and the evidence of the numbers."""
    if error is not None or app.builder.format != "html" or not run_of(app).whole:
        return
    # Of a large cohort there is little evidence, and a process more would take memory for it.
    small = (run_of(app).results.study.size or 0) <= MOST_IN_EVIDENCE
    try:
        with beside(partial(write_evidence, app), apart=small and app.parallel > 1) as written:
            write_files(app)
            written()
    except HaiError as fault:
        raise ExtensionError(str(fault)) from None


def _page_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates the notice and the links to the documents, and a page the cards of the numbers that it quotes."""
    keys = quoted_keys(doctree) if doctree is not None else ()
    if keys:
        context["body"] += card_block(app, run_of(app), pagename, keys)
    context["hai_documents"] = document_links(app, pagename)
    context["hai_notice"] = notice(run_of(app).results.study)


def _all_pages(app: Sphinx, env: BuildEnvironment, *_: Any) -> set[str]:  # noqa: ANN401 - Sphinx's event arguments
    """Name the pages to read again: what they say depends on the run, which Sphinx does not see."""
    return set(env.found_docs)


def _in_shares(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Deal the pages to the processes that read them: Sphinx cuts their list in pieces, and neighbors weigh alike."""
    ordered = sorted(docnames)
    docnames[:] = [name for share in range(app.parallel) for name in ordered[share :: app.parallel]]


def _finer_shares(app: Sphinx, env: BuildEnvironment) -> None:
    """Let pages be written in twice as many shares: the first is begun, and the last is done, so much sooner."""
    if app.parallel > 1:
        app.parallel *= 2


def _chapters(app: Sphinx, config: Config) -> list[str]:
    """Return the chapters of the run, or of the one that will be made."""
    if config.hai_run:
        return [path.stem for path in (Path(config.hai_run) / "notebooks").glob("*.ipynb")]
    root = Path(app.srcdir)
    try:
        path = study_of(root, resolve(root))
        return [one.stem for one in book_notebooks(root, read_study_file(path).chapters if path else None)]
    except HaiError as error:
        raise ExtensionError(str(error)) from None


def _before_start(app: Sphinx, config: Config) -> None:
    """Name the numbered sequences, leave out chapters that are none of the study's, and let pages be read side by side."""
    contents = Path(app.doctreedir) / "contents.yml"
    contents.parent.mkdir(parents=True, exist_ok=True)
    given = take_given_run()
    without = OF_WHOLE_BOOKS if given is not None and not given.whole else ()
    contents.write_text(contents_with(Path(app.srcdir), _chapters(app, config), without), encoding="utf-8")
    config.external_toc_path = str(contents)
    config.numfig_format.update(NUMBER_FORMATS)
    allow_reading_side_by_side(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("hai_run", "", "", [str])
    app.add_config_value("hai_formats", (), "", [list, tuple])
    for part in (setup_nodes, setup_prose, setup_key_list, setup_faults):
        part(app)
    app.connect("config-inited", _before_start)
    app.connect("builder-inited", _take_run)
    app.connect("builder-inited", use_accessible_translator, priority=900)
    app.connect("env-get-outdated", _all_pages)
    app.connect("env-before-read-docs", _in_shares)
    app.connect("env-updated", _finer_shares)
    app.connect("source-read", _feed_notebook)
    app.connect("doctree-read", _dress_title)
    app.connect("doctree-read", _dress_cells)
    app.connect("doctree-resolved", mark_genes, priority=800)
    app.connect("doctree-resolved", read_page, priority=900)
    app.connect("doctree-resolved", lambda app, doctree, _: note_quotes(app, doctree))
    app.connect("build-finished", _write_files)
    app.connect("html-page-context", _leave_out_parts, priority=100)
    app.connect("html-page-context", _page_context, priority=900)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}
