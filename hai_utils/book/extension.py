"""The Sphinx extension: makes or takes a finished run, feeds the pages from it, and keeps them true and offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

import hai_utils.book.vancouver  # noqa: F401 - registers the style of the references
from hai_utils import __version__
from hai_utils.book.conditions import kept_cells
from hai_utils.book.markup import mended
from hai_utils.book.nodes import setup_nodes
from hai_utils.book.prose import RUN_ATTRIBUTE, run_of, setup_prose
from hai_utils.book.state import BookRun
from hai_utils.errors import HaiError
from hai_utils.parameters import load_parameters
from hai_utils.project import PARAMETER_FILE
from hai_utils.run.build import prepare_run
from hai_utils.study import Study
from hai_utils.wording import RECONSTRUCTION_NOTICE, in_text, people, size_words

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


def _take_run(app: Sphinx) -> None:
    folder = app.config.hai_run
    try:
        if not folder:
            root = Path(app.srcdir)
            folder = str(Path(app.outdir).parent / "run")
            prepare_run(root, load_parameters([root / PARAMETER_FILE]), Path(folder))
        run = BookRun.read(Path(folder))
    except HaiError as error:
        raise ExtensionError(str(error)) from None
    vars(app)[RUN_ATTRIBUTE] = run
    study = run.results.study
    app.config.html_title = book_title(study)
    app.config.html_theme_options["extra_footer"] = PUBLISHED_FOOTER if study.published else ""


def _feed_notebook(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(NOTEBOOKS):
        run = run_of(app)
        source[0] = kept_cells(run.executed(docname.removeprefix(NOTEBOOKS)), run)


def _dress_title(app: Sphinx, doctree: nodes.document) -> None:
    """Give the first page the book's title, and each page of a reconstruction its notice."""
    study = run_of(app).results.study
    title = next(iter(doctree.findall(nodes.title)), None)
    if title is None or title.parent is None:
        return
    below: list[nodes.Node] = []
    if app.env.docname == app.config.root_doc:
        title.children = [nodes.Text(book_title(study))]
        if study.published:
            below.append(nodes.paragraph("", PUBLISHED_SUBTITLE, classes=["hai-subtitle"]))
    if study.synthetic:
        below.append(nodes.paragraph("", RECONSTRUCTION_NOTICE, classes=["hai-notice"]))
    place = title.parent.index(title) + 1
    title.parent.insert(place, below)


def _refuse_faults(app: Sphinx, *_: Any) -> None:  # noqa: ANN401 - Sphinx's event arguments
    faults = run_of(app).faults
    if faults:
        raise ExtensionError("The pages ask for what the run does not have:\n" + "\n".join(faults))


def _page_context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the templates the notice, mend the page's markup, and drop the theme's live code, which wants the network."""
    for kind in ("script_files", "css_files"):
        context[kind] = [item for item in context.get(kind, []) if not _is_live_code(item)]
    context["body"] = mended(context.get("body", ""))
    context["hai_notice"] = RECONSTRUCTION_NOTICE if run_of(app).results.study.synthetic else ""


def _is_live_code(item: Any) -> bool:  # noqa: ANN401 - Sphinx's description of a script or style sheet
    attributes = getattr(item, "attributes", {})
    return "thebe" in f"{getattr(item, 'filename', '')} {attributes.get('body', '')}".lower()


def _outdated(app: Sphinx, env: Any, *_: Any) -> set[str]:  # noqa: ANN401 - Sphinx's event arguments
    """Name every page as outdated: what it says depends on the run, which Sphinx does not see."""
    return set(env.found_docs)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.add_config_value("hai_run", "", "env", [str])
    setup_nodes(app)
    setup_prose(app)
    app.connect("config-inited", lambda _, config: config.numfig_format.update(NUMBER_FORMATS))
    app.connect("builder-inited", _take_run)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _feed_notebook)
    app.connect("doctree-read", _dress_title)
    app.connect("env-check-consistency", _refuse_faults)
    app.connect("html-page-context", _page_context, priority=900)
    return {"version": __version__, "parallel_read_safe": False, "parallel_write_safe": True}
