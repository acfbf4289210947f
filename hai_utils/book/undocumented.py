"""Names of other packages that their documentation does not give, and that the book cannot do without.

They stand here alone, each with its reason; the ranges in ``pyproject.toml`` keep to versions in which they were tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

# What the theme's writer opens before each table; its script takes a table that fits out of the tab order. The theme
# has no setting or template for it.
SCROLLING_TABLE = '<div class="pst-scrollable-table-container">'
# It numbers the table of contents before any page is read, and does not say that pages may be read side by side.
_SILENT_EXTENSION = "sphinx_multitoc_numbering"
# How MyST-NB marks a code cell, its words in each state, and that its code is folded: it has no template for cells.
_ELEMENT, _CODE_CELL, _METADATA, _FOLDED = "nb_element", "cell_code", "cell_metadata", "hide_mode"
_WORDS = {"collapsed": "prompt_show", "expanded": "prompt_hide"}


@contextmanager
def sphinx_namespace(root: Path) -> Iterator[None]:
    """Give an application of Sphinx what `sphinx-build` gives it: docutils with nodes and roles of its own."""
    with patch_docutils(str(root)), docutils_namespace():
        yield


def sphinx_settings(root: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that `jupyter-book build` makes of ``_config.yml``: it has no interface but its command."""
    from jupyter_book.config import get_final_config

    given = {"latex_individualpages": False, **options}
    settings, _ = get_final_config(user_yaml=root / "_config.yml", cli_config=given, sourcedir=root)
    return dict(settings)


def allow_reading_side_by_side(app: Sphinx) -> None:
    """Let Sphinx read pages in several processes."""
    if _SILENT_EXTENSION in app.extensions:
        app.extensions[_SILENT_EXTENSION].parallel_read_safe = True


def code_cells(doctree: nodes.document) -> list[Any]:
    """Return the code cells of a page, each a container."""
    return [cell for cell in doctree.findall(nodes.container) if cell.get(_ELEMENT) == _CODE_CELL]


def cell_title(cell: Any) -> str:  # noqa: ANN401 - a container of docutils
    """Return the words over the code of a cell as its notebook gives them; empty for a cell without."""
    return str(cell[_METADATA].get("mystnb", {}).get("code_prompt_show", ""))


def take_folding(cell: Any) -> dict[str, str] | None:  # noqa: ANN401 - a container of docutils
    """Return the words over the folded code of a cell, by state, and keep MyST-NB from folding it; None for any other."""
    if cell.get(_FOLDED) != "input":
        return None
    del cell[_FOLDED]
    return {state: cell[name].replace("{type}", "source") for state, name in _WORDS.items()}
