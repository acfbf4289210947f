"""Build the HTML site of a finished run, in this process."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from hai_utils.errors import BuildError

# What Sphinx leaves beside the pages and no reader needs.
BY_PRODUCTS = (".buildinfo", ".buildinfo.bak", "objects.inv")


def build_html(root: Path, run: Path, target: Path, *, doctrees: Path) -> None:
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
        Working files of Sphinx.

    Raises
    ------
    BuildError
        With every warning: a page that warns is a page with a fault.
    """
    from jupyter_book.config import get_final_config
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    overrides: dict[str, Any] = {"hai_run": str(run), "latex_individualpages": False}
    config, _ = get_final_config(user_yaml=root / "_config.yml", cli_config=overrides, sourcedir=root)
    warnings = io.StringIO()
    try:
        with patch_docutils(str(root)), docutils_namespace():
            app = Sphinx(
                str(root), None, str(target), str(doctrees), "html", confoverrides=config,
                status=None, warning=warnings, freshenv=True, warningiserror=False, parallel=1,
            )  # fmt: skip
            app.build(force_all=True)
    except SphinxError as error:
        raise BuildError(f"{error}\n{_plain(warnings.getvalue())}".strip()) from None
    said = _plain(warnings.getvalue())
    if said:
        raise BuildError(f"The book has warnings:\n{said.replace(str(root) + '/', '')}")
    for name in BY_PRODUCTS:
        (target / name).unlink(missing_ok=True)
    for path in target.rglob("*.map"):
        path.unlink()


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()
