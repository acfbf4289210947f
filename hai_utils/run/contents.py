"""What the book consists of: its notebooks in order, and the parameters that each declares."""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import yaml

from hai_utils.errors import StudyError, nearest
from hai_utils.project import MARKER
from hai_utils.safe_yaml import read_yaml

NOTEBOOKS = "notebooks/"


def book_notebooks(root: Path, chapters: Sequence[str] | None = None) -> list[Path]:
    """Return the notebooks that the table of contents names, in its order; of them only those chapters, where any are named.

    Raises
    ------
    StudyError
        Where a chapter is named that the table of contents does not have.
    """
    found = [root / f"{name.removesuffix('.ipynb')}.ipynb" for name in named_files(root) if name.startswith(NOTEBOOKS)]
    known = [path.stem for path in found]
    unknown = [name for name in chapters or () if name not in known]
    if unknown:
        raise StudyError(
            [f"study.yml: no chapter '{name}'.{nearest(name, known)} Known: {', '.join(known)}." for name in unknown]
        )
    return [path for path in found if chapters is None or path.stem in chapters]


def contents_with(root: Path, chapters: Collection[str], without: Collection[str] = ()) -> str:
    """Return the table of contents without some files, and of the notebooks only those chapters."""

    def left_out(entry: Any) -> bool:  # noqa: ANN401 - a YAML tree
        name = str(entry.get("file", "")) if isinstance(entry, dict) else ""
        return name in without or (name.startswith(NOTEBOOKS) and Path(name).stem not in chapters)

    def kept(node: Any) -> Any:  # noqa: ANN401 - as above
        if isinstance(node, list):
            return [kept(item) for item in node if not left_out(item)]
        return {name: kept(value) for name, value in node.items()} if isinstance(node, dict) else node

    return str(yaml.safe_dump(kept(read_yaml(root / MARKER)), sort_keys=False, allow_unicode=True))


def first_page(root: Path) -> str:
    """Return the page with which the book begins, as the table of contents names it."""
    return str(read_yaml(root / MARKER)["root"])


def named_files(root: Path) -> list[str]:
    """Return what the table of contents names, in its order, as it is written: mostly without an ending."""
    toc = read_yaml(root / MARKER)
    return [str(toc["root"]), *(str(entry["file"]) for entry in _entries(toc))]


def _entries(node: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a YAML tree
    if isinstance(node, dict):
        found = [node] if "file" in node else []
        return found + [entry for value in node.values() for entry in _entries(value)]
    return [entry for item in node for entry in _entries(item)] if isinstance(node, list) else []


def plain_python(code: str) -> str:
    """Return the code of a cell with its magics as the calls that IPython makes of them."""
    try:
        ast.parse(code)
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

        made: str = TransformerManager().transform_cell(code)  # type: ignore[no-untyped-call]  # IPython publishes no types
        return made
    return code


def declared_parameters(notebook: Path) -> tuple[str, ...]:
    """Return the names that a notebook's parameters cell assigns."""
    raw = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in raw["cells"]:
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            tree = ast.parse(plain_python("".join(cell["source"])))
            targets = [
                node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                for node in tree.body
                if isinstance(node, ast.AnnAssign | ast.Assign)
            ]
            return tuple(target.id for target in targets if isinstance(target, ast.Name))
    return ()
