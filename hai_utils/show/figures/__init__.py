"""Results to figures: what is drawn where. Nothing is estimated and nothing rounded here."""

from __future__ import annotations

from hai_utils.show.figures.by_status import by_status
from hai_utils.show.figures.flow import flow
from hai_utils.show.figures.forest import forest
from hai_utils.show.figures.specification import specification
from hai_utils.show.figures.spider import spider
from hai_utils.show.figures.survival import kaplan_meier, own_endpoints
from hai_utils.show.figures.survival_panels import survival_panels
from hai_utils.show.figures.swimmer import swimmer
from hai_utils.show.figures.switchboard import switchboard
from hai_utils.show.figures.waterfall import waterfall

__all__ = [
    "by_status",
    "flow",
    "forest",
    "kaplan_meier",
    "own_endpoints",
    "specification",
    "spider",
    "survival_panels",
    "swimmer",
    "switchboard",
    "waterfall",
]
