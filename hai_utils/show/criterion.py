"""The response criterion of a run, as tables, figures and sentences ask for it."""

from __future__ import annotations

from hai_utils.catalogue.criteria import Criterion, in_force
from hai_utils.results.study import Study


def criterion_of(study: Study) -> Criterion:
    """Return the criterion in force, with what the run chose where it leaves that open."""
    chosen = study.parameters
    return in_force(
        chosen.get("response_criterion", "paper"),
        float(chosen.get("response_threshold_percent", 50)),
        chosen.get("who_reference", "baseline"),
    )
