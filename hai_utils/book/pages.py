"""Tables about the run itself: its parameters, its files, its versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hai_utils.book.state import BookRun
from hai_utils.content import Row, Table
from hai_utils.parameters import Parameters


def _plain_table(name: str, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(name, (title,), columns, tuple(Row(tuple((cell,) for cell in row)) for row in rows))


def _value(value: Any) -> str:  # noqa: ANN401 - any parameter's value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def parameters(run: BookRun) -> Table:
    """Return every parameter with its value in this run."""
    values = run.results.study.parameters
    rows = [
        (name, field.description or "", _shown(name, values[name]))
        for name, field in Parameters.model_fields.items()
        if name in values
    ]
    return _plain_table("table-parameters", "Parameters of this run", ("Parameter", "Meaning", "Value"), rows)


def _shown(name: str, value: Any) -> str:  # noqa: ANN401 - any parameter's value
    text = _value(value)
    return text.rsplit("/", 1)[-1] if name in {"data", "dictionary"} and text.startswith("/") else text or "(none)"


def versions(run: BookRun) -> Table:
    """Return the versions of the software that made the numbers."""
    rows = [(name, version) for name, version in run.provenance["versions"].items()]
    return _plain_table("table-versions", "Software of this run", ("Software", "Version"), rows)


def files(run: BookRun) -> Table:
    """Return the SHA-256 of each input."""
    rows = [(name, digest) for name, digest in run.provenance["sha256"].items()]
    return _plain_table("table-files", "Inputs of this run", ("Input", "SHA-256"), rows)


EXHIBITS: Mapping[str, Callable[[BookRun], Table]] = {"parameters": parameters, "versions": versions, "files": files}
