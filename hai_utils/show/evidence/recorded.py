"""What the shown code printed when it was run, by language and version: made by ``tests/reference/evidence/record.py``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

FILE = "recorded.csv"
# The first cell of a line that says which version of a language printed.
VERSION = "version"


@cache
def recorded() -> dict[str, tuple[str, str]]:
    """Return what was printed, and by which version, by the digest of the code and the rows that it read."""
    text = (files(__package__) / FILE).read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    versions = {language: version for mark, language, version in rows if mark == VERSION}
    return {name: (printed, versions[language]) for name, language, printed in rows if name != VERSION}
