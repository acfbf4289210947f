"""The direction of the data, held by the code: which room may import which; one name for one thing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "hai_utils"
# Every room may import these: they know nothing of the others.
GROUND = {"errors", "untrusted", "catalogue", "input_files", "package_data", "safe_yaml"}
ALLOWED: dict[str, set[str]] = {
    "catalogue": {"errors"},
    "errors": set(),
    "input_files": set(),
    "package_data": set(),
    "safe_yaml": {"errors", "input_files"},
    "untrusted": set(),
    "html_page": GROUND,
    "project": GROUND,
    "results": GROUND,
    "parameters": GROUND | {"results"},
    "profiles": GROUND | {"parameters", "project", "study"},
    "study": GROUND,
    "stats": GROUND,
    "cohort": GROUND | {"parameters", "html_page", "results"},
    "response": GROUND | {"parameters", "cohort"},
    "importing": GROUND | {"cohort", "response"},
    "disclosure": GROUND | {"results"},
    "analyses": GROUND | {"parameters", "cohort", "response", "stats", "results", "disclosure"},
    "show": GROUND | {"results"},
    # It works out again, from the rows that results bring, what it shows step by step.
    "show/evidence": GROUND | {"results", "stats", "show"},
    "audit": GROUND | {"cohort", "stats", "results", "show", "html_page", "project"},
    "analyst": GROUND | {"parameters", "cohort", "analyses"},
    "notebook": GROUND | {"profiles", "parameters", "project", "analyst", "results", "show"},
    "run": GROUND
    | {
        "profiles",
        "parameters",
        "project",
        "cohort",
        "response",
        "analyses",
        "results",
        "show",
        "audit",
        "html_page",
        "analyst",
        "notebook",
        "book",
        "study",
    },
    "book": GROUND | {"profiles", "parameters", "project", "results", "show", "run", "audit", "study", "html_page"},
    "page": GROUND
    | {"profiles", "parameters", "project", "cohort", "importing", "response", "analyses", "results", "show", "run"}
    | {"audit", "book", "html_page", "study"},
    "sites": GROUND | {"profiles", "parameters", "project", "results", "show", "html_page", "run", "book"},
}
# Only these see everything.
OPEN = {"cli", "commands", "__init__"}


def room_of(path: Path) -> str:
    inside = path.relative_to(PACKAGE)
    return "show/evidence" if inside.parts[:2] == ("show", "evidence") else inside.parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += (
                [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "hai_utils" else [node.module]
            )
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("hai_utils.") and not name.endswith("__version__")}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    if room in OPEN:
        return
    assert room in ALLOWED, f"{room} has no rule yet"
    assert imported_rooms(path) - {room} <= ALLOWED[room]


def test_a_chapter_never_imports_another() -> None:
    chapters = {"cohort_description", "complications", "tumor_response", "survival", "methods_compared"}
    for name in chapters:
        text = (PACKAGE / "analyses" / f"{name}.py").read_text(encoding="utf-8")
        tree = ast.parse(text)
        others = {
            node.module.rsplit(".", 1)[-1]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hai_utils.analyses.")
        }
        assert not others & (chapters - {name})


def test_a_module_fits_a_reader() -> None:
    """No module is longer than 500 lines, but the one that wires the command line."""
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert {path.name for path, text in texts.items() if text.count("\n") > 500} <= {"cli.py"}


def test_docstrings_and_comments_name_their_subject() -> None:
    """No text of the package has "whoever" in it, and no docstring begins with Who."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r'\bwhoever\b|"""Who\b', text, re.IGNORECASE), path
