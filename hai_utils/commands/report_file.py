"""A report written where the user asks for it: the same words from every command where that cannot be done."""

from __future__ import annotations

from pathlib import Path

from hai_utils.errors import UsageError


def write_report(path: Path, text: str) -> None:
    """Write a report as UTF-8, its line ends as they are.

    Raises
    ------
    UsageError
        Where no file can be written there.
    """
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{path.name}: the file cannot be written ({error.strerror}). Name another place.") from None
