"""The grammar of a result's key: ``variable[.level].group.statistic``."""

from __future__ import annotations

import re
from functools import lru_cache

from hai_utils.catalogue.populations import VERSUS

# The group of the numbers that the published article prints, beside which another cohort's own are set.
PUBLISHED = "published"
_OTHER = re.compile(r"[^A-Za-z0-9_]+")


@lru_cache(maxsize=4096)
def key_part(text: str) -> str:
    """Write a level or a group as it stands in a key: every run of other characters becomes ``_``."""
    return _OTHER.sub("_", text)


@lru_cache(maxsize=65536)
def result_key(variable: str, level: str, group: str, statistic: str) -> str:
    """Join the parts of a key; an empty level is left out."""
    parts = [variable, level, group, statistic] if level else [variable, group, statistic]
    return ".".join(key_part(part) for part in parts)


def comparison(level: str, reference: str) -> str:
    """Name the comparison of a level with the reference."""
    return f"{level}{VERSUS}{reference}"
