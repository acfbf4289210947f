"""Up to which size of a cohort a chapter is made: some work in the open that a large cohort would take hours for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# By chapter, the most patients. It lists every table that Fisher's test sums over, and every difference of two patients.
MOST_PATIENTS: Mapping[str, int] = MappingProxyType({"07_step_by_step": 500})
# The most patients whose curves and bars evidence lists; of whom it shows rows is another question.
MOST_IN_EVIDENCE = 500


def left_out(chapter: str, patients: int) -> str:
    """Return in a sentence why a chapter is not made for so many patients; nothing where it is made."""
    most = MOST_PATIENTS.get(chapter)
    if most is None or patients <= most:
        return ""
    return f"This chapter works each number out step by step, which is done for cohorts of at most {most:,} patients; it is not shown here."
