"""Of other packages, only what their documentation names is used, and nothing of theirs is replaced."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "hai_utils"
MODULES = sorted(PACKAGE.rglob("*.py"))
UNDOCUMENTED = PACKAGE / "book" / "undocumented.py"
# Names with a leading underscore that Python's own documentation gives.
DOCUMENTED_NAMES = {"os._exit", "node._fields"}
# What its documentation says is there to be set.
MEANT_TO_BE_SET = {"tempfile.tempdir"}
# What the documentation of these packages names; a module stands for all that it has.
DOCUMENTED = {
    "docutils": {"nodes"},
    "docutils.io": {"StringOutput"},
    "IPython.core.displayhook": {"DisplayHook"},
    "IPython.core.displaypub": {"DisplayPublisher"},
    "IPython.core.inputtransformer2": {"TransformerManager"},
    "IPython.core.interactiveshell": {"InteractiveShell"},
    "IPython.display": {"publish_display_data"},
    "nbformat": set(),
    "pybtex.backends.plaintext": {"Backend"},
    "pybtex.database": {"Entry", "Person"},
    "pybtex.plugin": {"register_plugin"},
    "pybtex.richtext": {"HRef", "Tag", "Text"},
    "pybtex.style.formatting.unsrt": {"Style"},
    "pybtex.style.template": {"Node"},
    "sphinx": {"addnodes"},
    "sphinx.application": {"Sphinx"},
    "sphinx.config": {"Config"},
    "sphinx.domains": {"Domain"},
    "sphinx.environment": {"BuildEnvironment"},
    "sphinx.errors": {"ExtensionError", "SphinxError"},
    "sphinx.transforms.post_transforms": {"SphinxPostTransform"},
    "sphinx.util.docutils": {"SphinxDirective", "SphinxRole"},
    "sphinx.writers.html5": {"HTML5Translator"},
}
OTHERS = {
    "docutils", "IPython", "jupyter_book", "myst_nb", "nbformat", "pybtex", "pydata_sphinx_theme", "sphinx",
    "sphinx_book_theme", "sphinxcontrib",
}  # fmt: skip


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def own_names(tree: ast.AST) -> set[str]:
    """The names with a leading underscore that a module itself defines."""
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return defined | {
        target.attr if isinstance(target, ast.Attribute) else target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute | ast.Name)
    }


def private_names(text: str) -> Iterator[str]:
    """The names with a leading underscore that code takes from elsewhere: attributes, imports, texts that name one."""
    tree = ast.parse(text)
    own = own_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            by_itself = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
            if not by_itself and node.attr not in own and ast.unparse(node) not in DOCUMENTED_NAMES:
                yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from (f"{node.module}: {name}" for name in names if is_private(name))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"getattr", "setattr", "delattr", "hasattr"}:
            yield from (
                ast.unparse(node)
                for argument in node.args[1:2]
                if isinstance(argument, ast.Constant) and is_private(str(argument.value))
            )


def base_of(node: ast.expr) -> str:
    """The name that a chain of attributes begins with; empty where it begins with something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def replaced_names(text: str) -> Iterator[str]:
    """What code sets on something that it has imported, or on any object by a name in a text."""
    tree = ast.parse(text)
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Attribute) and base_of(target) in imported:
                yield ast.unparse(target)
            if isinstance(target, ast.Subscript) and ast.unparse(target.value).startswith("vars("):
                yield ast.unparse(target)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr":
            yield ast.unparse(node)


def undocumented_imports(text: str) -> Iterator[str]:
    """The imports from the packages under watch that their documentation does not name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from (name for name in names if name.partition(".")[0] in OTHERS and name not in DOCUMENTED)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in OTHERS:
            names = [alias.name for alias in node.names]
            known = DOCUMENTED.get(str(node.module), set())
            yield from (f"{node.module}: {name}" for name in names if name not in known)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_uses_only_public_names_and_replaces_none(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert list(private_names(text)) == []
    assert set(replaced_names(text)) <= MEANT_TO_BE_SET
    assert path == UNDOCUMENTED or list(undocumented_imports(text)) == []


@pytest.mark.parametrize(
    "code",
    [
        "builder.app._warning.write(said)",
        "from sphinx.util import _files",
        "from sphinx._cli import main",
        "getattr(shell, '_exit_code')",
    ],
)
def test_a_private_name_is_found(code: str) -> None:
    assert list(private_names(code))


@pytest.mark.parametrize(
    "code",
    [
        "import sphinx.io\nsphinx.io.read = mine",
        "from docutils import nodes\nnodes.Node = Mine",
        "vars(builder)['write'] = mine",
        "setattr(builder, name, mine)",
    ],
)
def test_something_replaced_is_found(code: str) -> None:
    assert list(replaced_names(code))


def test_an_import_that_is_not_documented_is_found() -> None:
    assert list(undocumented_imports("from myst_nb.sphinx_ import HideCodeCellNode")) == [
        "myst_nb.sphinx_: HideCodeCellNode"
    ]
