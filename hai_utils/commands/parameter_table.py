"""What ``hai params`` shows on a terminal: every parameter with its type, default, choices and the chapter that decides it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hai_utils.parameters import BOOK_PARAMETERS, Parameters, choices, describe_allowed, yaml_value
from hai_utils.profiles import resolve

if TYPE_CHECKING:
    from rich.table import Table

THE_BOOK, EVERY_CHAPTER = "the book", "all"
_KINDS = {str: "text", float: "number", int: "whole number"}


def chapters_of_parameters(root: Path) -> dict[str, str]:
    """Return for each parameter the number of the chapter whose notebook declares it, or that it is one of all."""
    from hai_utils.run.contents import book_notebooks, declared_parameters

    declared = {name: _number(path.stem) for path in book_notebooks(root) for name in declared_parameters(path)}
    return {
        name: THE_BOOK if name in BOOK_PARAMETERS else declared.get(name, EVERY_CHAPTER)
        for name in Parameters.model_fields
    }


def _number(chapter: str) -> str:
    number = chapter.partition("_")[0]
    return number.lstrip("0") if number.isdecimal() else chapter


def kind_of(name: str) -> str:
    """Return the type of a parameter, in words."""
    if choices(name):
        return "choice"
    annotation = Parameters.model_fields[name].annotation
    return _KINDS.get(annotation, "list") if isinstance(annotation, type) else "list"


def parameter_rows(root: Path) -> list[tuple[str, str, str, str, str, str]]:
    """Return a row for each parameter: name, type, default, what is allowed, chapter, meaning."""
    defaults, chapters = resolve(root), chapters_of_parameters(root)
    return [
        (
            name, kind_of(name), yaml_value(getattr(defaults, name)), describe_allowed(name),
            chapters[name], field.description or "",
        )
        for name, field in Parameters.model_fields.items()
    ]  # fmt: skip


def parameter_table(root: Path) -> Table:
    """Return the table for a terminal."""
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=True, expand=True)
    for title, ratio in (
        ("Parameter", 4),
        ("Type", 2),
        ("Default", 4),
        ("Allowed", 5),
        ("Chapter", 2),
        ("Meaning", 5),
    ):
        table.add_column(title, ratio=ratio, overflow="fold")
    for row in parameter_rows(root):
        # As text: a default such as [a, b] is no markup.
        table.add_row(*map(Text, row))
    return table
