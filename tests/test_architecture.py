"""Who may import whom: the direction of the data, held by the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "hai_utils"
GROUND = {"errors", "keys", "formatting"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "keys": set(),
    "untrusted": set(),
    "drawing": set(),
    "page": {"untrusted"},
    "report_file": {"errors"},
    "next_steps": {"cohort", "parameters", "project"},
    "formatting": {"errors"},
    "stats": {"errors"},
    "parameters": GROUND,
    "project": GROUND,
    "cohort": GROUND | {"parameters", "page", "untrusted"},
    "responses": GROUND | {"parameters", "cohort"},
    "importing": GROUND | {"parameters", "cohort", "responses", "untrusted"},
    "endpoints": GROUND | {"parameters", "cohort", "responses", "stats"},
    "study": GROUND,
    "results": GROUND | {"study", "untrusted"},
    "wording": GROUND | {"study"},
    "content": GROUND | {"study", "results"},
    "tables": GROUND | {"study", "results", "content", "wording"},
    "method_tables": GROUND | {"study", "results", "content", "wording", "tables"},
    "method_sentences": GROUND | {"study", "results", "content", "wording", "tables"},
    "sentences": GROUND | {"study", "results", "content", "wording", "tables", "method_sentences"},
    "figures": GROUND | {"study", "results", "content", "wording", "drawing"},
    "disclosure": GROUND | {"study", "results"},
    "analyses": GROUND | {"parameters", "cohort", "responses", "endpoints", "stats", "results", "study", "disclosure"},
    "audit": GROUND | {"stats", "results", "study", "content", "wording", "tables", "page", "untrusted"},
    "comparison": GROUND | {"parameters", "project", "study", "results", "content", "wording", "page", "untrusted"},
    "cards": GROUND | {"study", "results", "wording"},
    "reproduce": set(),
    "notebook": GROUND | {"parameters", "project", "cohort", "results", "content"},
    "notebook_audit": GROUND | {"project", "results", "audit"},
    "parameter_table": GROUND | {"parameters", "project", "run"},
    "named_runs": GROUND | {"parameters", "project", "results", "study", "wording", "page", "untrusted"},
    "overview": GROUND | {"study", "results", "content", "wording", "tables", "figures", "page", "untrusted"},
    "run": GROUND
    | {
        "parameters",
        "project",
        "cohort",
        "endpoints",
        "results",
        "study",
        "notebook",
        "notebook_audit",
        "analyses",
        "tables",
        "figures",
    }
    | {"sentences", "method_tables", "audit"},
    "sites": GROUND | {"parameters", "project", "run", "run_command"},
    "book": GROUND
    | {"parameters", "project", "results", "study", "content", "wording", "tables", "drawing", "sentences"}
    | {"method_tables", "run", "audit", "cards", "reproduce", "untrusted"},
}
# Only these see everything.
OPEN = {
    "cli", "run_command", "import_commands", "checklist_command", "compare_command", "number_command", "sites_command", "__init__",
}  # fmt: skip


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


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
