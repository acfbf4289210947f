"""Find the one place of a fault in the package, and plant it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.faults import Fault


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: a module, and the offsets of its first and last byte."""

    module: Path
    start: int
    end: int


class NoSuchPlaceError(Exception):
    """The expression of a fault is not found exactly once."""


def places(package: Path, fault: Fault) -> list[Place]:
    """Return every place at which a fault's expression stands in a function, or a named value, of its name and area."""
    area, _, function = fault.function.rpartition(".")
    wanted = _shape(fault.old)
    return [place for module in sorted((package / area).rglob("*.py")) for place in _in(module, function, wanted)]


def _shape(code: str) -> str:
    """Return what an expression or statement is, whatever its layout."""
    try:
        return ast.dump(ast.parse(code, mode="eval").body)
    except SyntaxError:
        # `return` and `continue` can be parsed outside of a function.
        (statement,) = ast.parse(code).body
        return ast.dump(statement)


def _in(module: Path, function: str, wanted: str) -> Iterator[Place]:
    source = module.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in ast.walk(ast.parse(source)):
        if function in _names(node):
            for part in ast.walk(node):
                if isinstance(part, ast.expr | ast.stmt) and ast.dump(part) == wanted:
                    assert part.end_lineno is not None
                    assert part.end_col_offset is not None
                    yield Place(
                        module, starts[part.lineno - 1] + part.col_offset,
                        starts[part.end_lineno - 1] + part.end_col_offset,
                    )  # fmt: skip


def _names(node: ast.AST) -> list[str]:
    """Return the names that a node gives to a function or to a value."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def plant(package: Path, fault: Fault) -> None:
    """Change the expression of a fault in a copy of the package.

    Raises
    ------
    NoSuchPlaceError
        Where it does not stand there exactly once.
    """
    found = places(package, fault)
    if len(found) != 1:
        raise NoSuchPlaceError(f"{fault.name}: {fault.old!r} stands {len(found)} times in {fault.function}")
    source = found[0].module.read_bytes()
    try:
        new = f"({ast.unparse(ast.parse(fault.new, mode='eval'))})"
    except SyntaxError:
        new = fault.new
    found[0].module.write_bytes(source[: found[0].start] + new.encode() + source[found[0].end :])
