"""What a notebook or a page is made from: the modules that it imports, found without importing them, and their files.

The graph is static: every import statement counts, also one inside a function. A file that a module names (such as
``dictionary.csv`` beside it, or ``data/published_numbers.csv`` below the project's root) counts as read by it.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path

import hai_utils
from hai_utils.project import MARKER, PARAMETER_FILE

PACKAGE = "hai_utils"
# Their content counts as what is taken from it: values of parameters, the order of chapters.
_NOT_FILES = {PARAMETER_FILE, MARKER, ""}
_MODULE = re.compile(rf"{PACKAGE}(\.\w+)*")
_LONGEST_NAME = 200


def notebook_code(raw: str) -> str:
    """Return the code of a notebook (as JSON), cell after cell, without its parameters: their values count instead."""
    code = [cell for cell in json.loads(raw)["cells"] if cell["cell_type"] == "code"]
    return "\n".join("".join(cell["source"]) for cell in code if "parameters" not in cell["metadata"].get("tags", []))


class ImportGraph:
    """Which files of the package, and of the project, a module or a piece of code rests on.

    Parameters
    ----------
    root : Path
        The project's root, below which modules may name files.
    package : Path, optional
        Folder of the package; the one that is running unless given.
    """

    def __init__(self, root: Path, package: Path | None = None) -> None:
        self._root = root
        self.package = package or Path(hai_utils.__file__).resolve().parent
        self._found: dict[str, tuple[frozenset[str], frozenset[Path]]] = {}

    def files_of_code(self, code: str) -> set[Path]:
        """Return the files that a piece of code rests on."""
        modules, files = self._read(code, self.package)
        return self.files_of(modules) | files

    def files_of(self, modules: Iterable[str], without: Collection[str] = ()) -> set[Path]:
        """Return the files that some modules rest on, all that they import included.

        Parameters
        ----------
        modules : iterable of str
            Dotted names.
        without : collection of str
            Packages below which the search does not go.
        """
        waiting, seen, files = list(modules), set(without), set()
        while waiting:
            module = waiting.pop()
            path = self._path(module)
            if module in seen or path is None or any(module.startswith(f"{name}.") for name in without):
                continue
            seen.add(module)
            imported, named = self._imports(module, path)
            files |= {path, *named}
            waiting += [*imported, *_parents(module)]
        return files

    def _path(self, module: str) -> Path | None:
        base = self.package.joinpath(*module.split(".")[1:])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                return path
        return None

    def _imports(self, module: str, path: Path) -> tuple[frozenset[str], frozenset[Path]]:
        if module not in self._found:
            found = self._read(path.read_text(encoding="utf-8"), path.parent)
            self._found[module] = (frozenset(found[0]), frozenset(found[1]))
        return self._found[module]

    def _read(self, code: str, folder: Path) -> tuple[set[str], set[Path]]:
        modules: set[str] = set()
        files: set[Path] = set()
        for node in _executed(ast.parse(code)):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names if _MODULE.fullmatch(alias.name)}
            elif isinstance(node, ast.ImportFrom) and node.module and _MODULE.fullmatch(node.module):
                modules |= self._imported_from(node.module, [alias.name for alias in node.names])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < _LONGEST_NAME:
                if _MODULE.fullmatch(node.value) and node.value != PACKAGE:
                    modules.add(node.value)
                files |= self._named(node.value, folder)
        return modules, files

    def _imported_from(self, module: str, names: list[str]) -> set[str]:
        return {module, *(f"{module}.{name}" for name in names if self._path(f"{module}.{name}"))}

    def _named(self, text: str, folder: Path) -> set[Path]:
        # Every file that is read has an ending: the disk is not asked for any other text.
        if "." not in text or text in _NOT_FILES or "\0" in text or "\n" in text or text.startswith(("/", ".")):
            return set()
        return {place / text for place in (folder, self._root) if (place / text).is_file()}


@cache
def import_graph(root: Path) -> ImportGraph:
    """Return the graph of the package that is running, each module read once in this process."""
    return ImportGraph(root)


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree without what only a type checker reads."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        yield node
        # As `ast.iter_child_nodes`, which takes twice as long.
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                waiting += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                waiting.append(value)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:place]) for place in range(1, len(parts))]
