"""The files of code by which numbers are checked, in R and in Python: what code begins with, and each working.

Templates: ``$`` names stand for what depends on the number, and a line ``@name`` for a piece that several share.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, get_args

from hai_utils.catalogue.workings.record import Data

Pair = tuple[str, str]
LANGUAGES = ("r", "python")
_PIECE = re.compile(r"^@(\w+)\n", re.MULTILINE)


def read(name: str) -> dict[str, Any]:
    """Read a file of code."""
    return tomllib.loads((files("hai_utils.catalogue.workings") / f"{name}.toml").read_text(encoding="utf-8"))


def pair_of(entry: Mapping[str, str], content: Mapping[str, Any]) -> Pair:
    """Return the code of an entry in both languages, whole; empty where it has none."""
    r, python = (_whole(entry.get(name, ""), content.get("pieces", {}).get(name, {})) for name in LANGUAGES)
    return r, python


def _whole(text: str, pieces: Mapping[str, str]) -> str:
    return _PIECE.sub(lambda match: _whole(pieces[match[1]], pieces), text)


_BEGINNINGS = read("reading")
FILE, FILES, EACH, MISSING = (pair_of(_BEGINNINGS[name], {}) for name in ("file", "files", "each", "missing"))
_ENTERING: dict[str, Pair] = {name: pair_of(entry, _BEGINNINGS) for name, entry in _BEGINNINGS["entering"].items()}
ENTERING: Mapping[str, Pair] = _ENTERING | dict.fromkeys(
    (data for data in get_args(Data) if "curve" in data or "cause" in data), _ENTERING["curves"]
)
COUNTS: Mapping[str, Pair] = {name: pair_of(entry, _BEGINNINGS) for name, entry in _BEGINNINGS["counts"].items()}
