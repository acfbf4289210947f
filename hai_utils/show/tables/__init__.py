"""Results to tables: what stands in which cell. Nothing is computed and nothing rounded here."""

from __future__ import annotations

from hai_utils.show.tables.by_status import by_status
from hai_utils.show.tables.description import baseline, characteristics
from hai_utils.show.tables.frames import table
from hai_utils.show.tables.outcomes import outcomes
from hai_utils.show.tables.rates import complications, response
from hai_utils.show.tables.survival import competing_risks, survival_comparisons, survival_estimates

__all__ = [
    "baseline",
    "by_status",
    "characteristics",
    "competing_risks",
    "complications",
    "outcomes",
    "response",
    "survival_comparisons",
    "survival_estimates",
    "table",
]
