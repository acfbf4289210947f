"""YAML files that a user writes: parameters, mappings, answers to checklists.

Every value stays the text that was written (``no`` is a level, not a falsehood). References are refused, for a few lines of
them expand without bound; so are deep nesting and files beyond a megabyte.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from hai_utils.errors import HaiError
from hai_utils.input_files import UnusableFileError, read_regular

MAX_YAML = 2**20
MAX_DEPTH = 12
Place = tuple[str | int, ...]


class YamlError(HaiError):
    """A YAML file cannot be read.

    Attributes
    ----------
    line : int
        Line of the fault; 0 where the whole file is meant.
    what : str
        What is wrong, as a sentence.
    """

    def __init__(self, file_name: str, line: int, what: str) -> None:
        self.line, self.what = line, what
        super().__init__(f"{file_name}{f', line {line}' if line else ''}: {what}")


def read_yaml_text(path: Path) -> str:
    """Return the text of a YAML file.

    Raises
    ------
    YamlError
        Where it cannot be read, is no ordinary file, is larger than a megabyte, or is not UTF-8.
    """
    try:
        content = read_regular(path, MAX_YAML)
    except UnusableFileError as error:
        raise YamlError(path.name or str(path), 0, error.found) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise YamlError(path.name, line, "This is not UTF-8 text. Save the file as UTF-8.") from None


# Parameters are read again for each chapter of a run; what is composed is never changed.
@lru_cache(maxsize=16)
def compose(text: str, file_name: str) -> yaml.Node | None:
    """Parse YAML into nodes that know their lines; None where nothing is written.

    Raises
    ------
    YamlError
        Where it is no YAML, or has references, more than one document, or more than twelve levels.
    """
    if len(text) > MAX_YAML:
        raise YamlError(file_name, 0, "The file has more than a megabyte.")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise YamlError(file_name, line, "References (* and &) are not read. Write the value out.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise YamlError(file_name, line, "The brackets are nested too deeply.")
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        found = f"This is no valid YAML ({error.problem or 'a sign that cannot stand there'})."
        raise YamlError(file_name, mark.line + 1 if mark else 0, found) from None
    except yaml.YAMLError:
        raise YamlError(file_name, 0, "The file has a sign that YAML does not allow.") from None
    return node


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the content of a YAML file as dictionaries, lists and texts; None where nothing is written.

    Raises
    ------
    YamlError
        As `read_yaml_text` and `compose` do.
    """
    node = compose(read_yaml_text(path), path.name)
    return None if node is None else _plain(node, path.name)


def read_yaml_with_lines(path: Path) -> tuple[Any, dict[Place, int]]:
    """Return the content of a YAML file, and the line of every value by the names and numbers that lead to it.

    Raises
    ------
    YamlError
        As `read_yaml` does.
    """
    node = compose(read_yaml_text(path), path.name)
    return (None, {}) if node is None else (_plain(node, path.name), dict(_lines(node, ())))


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """Yield the line of every value by its place: of a list or a block that of its key; a text of several lines begins below."""
    block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    yield place, node.start_mark.line + 1 + block
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield from _lines(value, inner)
            if not isinstance(value, yaml.ScalarNode):
                yield inner, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _lines(value, (*place, at))


def _plain(node: yaml.Node, file_name: str) -> Any:  # noqa: ANN401 - whatever the node holds
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, file_name) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError(file_name, line, "A name is expected before the colon.")
        if key.value in found:
            raise YamlError(file_name, line, f"'{key.value[:60]}' stands here twice. Keep one.")
        found[key.value] = _plain(value, file_name)
    return found
