"""Build the HTML site of a finished run, in this process."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hai_utils.book.reuse import PAGES_ATTRIBUTE, site_stamp
from hai_utils.book.shortcuts import shortcuts
from hai_utils.errors import BuildError
from hai_utils.run.cache import Cache
from hai_utils.run.warming import WORKERS

# What Sphinx and the theme leave beside the pages, and no page loads: 2.3 MB of icons as a script and of other languages.
BY_PRODUCTS = (
    ".buildinfo*", "objects.inv", "_static/locales", "_static/scripts/fontawesome.*", "_static/scripts/bootstrap.*",
    "_static/images/logo_*", "_static/*webpack-macros.html", "_static/**/*.map",
)  # fmt: skip
# 2.1 MB that only pages with a formula load.
FORMULAS = "mathjax"
STEP = "site"


def build_html(
    root: Path, run: Path, target: Path, *, doctrees: Path, cache: Cache | None = None, processes: int = WORKERS
) -> None:
    """Build the site of a run into a folder.

    Parameters
    ----------
    root : Path
        The project's root, with ``_config.yml`` and ``_toc.yml``.
    run : Path
        The finished run.
    target : Path
        Where the pages go.
    doctrees : Path
        Working files of Sphinx, below the folder of the run.
    cache : Cache, optional
        What an earlier build left: pages that did not change are taken from it. Without one, all are made.
    processes : int
        How many read and write pages at a time.

    Raises
    ------
    BuildError
        With every warning: a page that warns is a page with a fault.
    """
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    stamp = site_stamp(root) if cache else ""
    known = bool(cache and cache.restore(STEP, stamp, run))
    warnings = io.StringIO()
    try:
        with patch_docutils(str(root)), docutils_namespace(), shortcuts():
            overrides = {
                "hai_run": str(run),
                "hai_reuse": True,
                "hai_processes": processes,
                "latex_individualpages": False,
            }
            app = _sphinx(root, target, doctrees, overrides, fresh=not known, warnings=warnings)
            app.build(force_all=True)
    except SphinxError as error:
        raise BuildError(f"{error}\n{_plain(warnings.getvalue())}".strip()) from None
    said = _plain(warnings.getvalue())
    if said:
        raise BuildError(f"The book has warnings:\n{said.replace(str(root) + '/', '')}")
    _remove_unused(target)
    if cache:
        vars(app)[PAGES_ATTRIBUTE].keep()
        cache.store(STEP, stamp, run, [doctrees.relative_to(run).as_posix()])


def _sphinx(
    root: Path, target: Path, doctrees: Path, overrides: Mapping[str, Any], *, fresh: bool, warnings: io.StringIO
) -> Any:  # noqa: ANN401 - imported late
    from jupyter_book.config import get_final_config
    from sphinx.application import Sphinx

    config, _ = get_final_config(user_yaml=root / "_config.yml", cli_config=overrides, sourcedir=root)
    return Sphinx(
        str(root), None, str(target), str(doctrees), "html", confoverrides=config,
        status=None, warning=warnings, freshenv=fresh, warningiserror=False, parallel=1,
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
