"""Build the HTML site of a finished run, in this process."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hai_utils.errors import BuildError
from hai_utils.project import MARKER
from hai_utils.run.processes.process import safe_method
from hai_utils.run.warming import WORKERS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from hai_utils.book.state import BookRun

# What Sphinx and the theme leave beside the pages, and no page loads: 2.3 MB of icons as a script and of other languages.
BY_PRODUCTS = (
    ".buildinfo*", "objects.inv", "_static/locales", "_static/scripts/fontawesome.*", "_static/scripts/bootstrap.*",
    "_static/images/logo_*", "_static/*webpack-macros.html", "_static/**/*.map",
)  # fmt: skip
# 2.1 MB that only pages with a formula load.
FORMULAS = "mathjax"
DOCTREES = "doctrees"
MEMORY = "It may need more memory than there is."


def build_html(
    root: Path,
    run: BookRun,
    target: Path,
    *,
    working: Path,
    formats: Sequence[str] = (),
    processes: int = WORKERS,
) -> None:
    """Build the site of a run into a folder.

    Parameters
    ----------
    root : Path
        The project's root, with ``_config.yml`` and ``_toc.yml``.
    run : BookRun
        The finished run.
    target : Path
        Where the pages go.
    working : Path
        Folder for what Sphinx keeps of the pages meanwhile; of no use afterwards.
    formats : sequence of str
        What is made beside the site; pages link to the documents among them.
    processes : int
        How many read and write pages at a time.

    Raises
    ------
    BuildError
        With every warning: a page that warns is a page with a fault.
    """
    from sphinx.errors import SphinxError

    from hai_utils.book.state import given_run
    from hai_utils.book.undocumented import sphinx_namespace

    warnings = io.StringIO()
    options = {"hai_run": str(run.folder), "hai_formats": list(formats)}
    try:
        with sphinx_namespace(root), given_run(run):
            app = application(root, target, working, options, warnings, processes if safe_method() == "fork" else 1)
            app.build(force_all=True)
    except SphinxError as error:
        raise BuildError(f"{error}\n{_plain(warnings.getvalue())}".strip()) from None
    except EOFError:
        raise BuildError(f"A process that read or wrote pages ended unexpectedly. {MEMORY}") from None
    said = _plain(warnings.getvalue())
    if said:
        raise BuildError(f"The book has warnings:\n{said.replace(str(root) + '/', '')}")
    _remove_unused(target)


def set_up_once(root: Path) -> None:
    """Make a site of one sample page by the project's settings and drop it.

    What is imported and compiled for it, processes forked from this one have. Its page has what most pages have.
    """
    from hai_utils.book.state import BookRun, given_run
    from hai_utils.book.undocumented import sphinx_namespace
    from hai_utils.results.table import Results

    with TemporaryDirectory() as name:
        source = Path(name) / "source"
        (source / "book").mkdir(parents=True)
        for entry in ("_config.yml", "assets", "book/references.bib"):
            (source / entry).symlink_to(root / entry)
        pages = ("book/sample", "book/other")
        contents = {"format": "jb-book", "root": pages[0], "chapters": [{"file": pages[1]}]}
        (source / MARKER).write_text(json.dumps(contents), encoding="utf-8")
        for page in pages:
            (source / f"{page}.md").write_bytes((files("hai_utils.book") / "sample.md").read_bytes())
        said = io.StringIO()
        with sphinx_namespace(source), given_run(BookRun(Path(name), Results.of([]), {}, source)):
            application(source, Path(name) / "html", Path(name) / DOCTREES, {"hai_run": name}, said, 1).build()


def application(
    root: Path, target: Path, working: Path, options: Mapping[str, Any], warnings: io.StringIO, processes: int
) -> Sphinx:
    """Return the application of Sphinx that makes the site; see `build_html`, which gives it its own namespace."""
    from sphinx.application import Sphinx

    from hai_utils.book.undocumented import sphinx_settings

    return Sphinx(
        str(root), None, str(target), str(working), "html", confoverrides=sphinx_settings(root, options),
        status=None, warning=warnings, freshenv=True, warningiserror=False, parallel=processes,
    )  # fmt: skip


def _remove_unused(site: Path) -> None:
    """Remove what no page of a site loads."""
    unused = [path for pattern in BY_PRODUCTS for path in site.glob(pattern)]
    if not any(f"_static/{FORMULAS}/".encode() in page.read_bytes() for page in site.rglob("*.html")):
        unused.append(site / "_static" / FORMULAS)
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()
