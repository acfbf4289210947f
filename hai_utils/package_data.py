"""Tables and texts that come with the package, by their place in it."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def packaged_text(name: str) -> str:
    """Return the text of a file of the package, such as ``cohort/dictionary.csv``."""
    return files("hai_utils").joinpath(name).read_text(encoding="utf-8")


def packaged_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the package, each by the names of its header."""
    return list(csv.DictReader(packaged_text(name).splitlines()))


@cache
def packaged_words(name: str) -> Mapping[str, Any]:
    """Return the lists of words in a TOML file of the package, by their names."""
    return tomllib.loads(packaged_text(name))
