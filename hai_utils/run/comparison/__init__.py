"""Two runs side by side: every number that differs, and the conclusions that flip."""

from __future__ import annotations

from hai_utils.run.comparison.differences import RunComparison, compare
from hai_utils.run.comparison.runs import Run, read_run

__all__ = ["Run", "RunComparison", "compare", "read_run"]
