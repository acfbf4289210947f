"""A cohort with endpoints of its own, drawn at random for the tests alone, and the dictionary that declares them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

SIZE = 80
LINES = (
    '"rfs_months","Relapse-free survival, months",number,months,>= 0,endpoint; death is an event,From pump placement,',
    '"rfs_event",Relapse or death,integer,,0 | 1,endpoint; death is an event,'
    '"Those with neither are censored at the last scan.",0 = Censored | 1 = Event',
    '"pump_failure_months","Time to pump failure, months",number,months,>= 0,endpoint; death competes,,',
    '"pump_failure_event",Pump failure,integer,,0 | 1,endpoint; death competes,,',
)
HEADER = "column,label,type,unit,allowed,needed_for,description,level_labels"


def write_cohort(folder: Path) -> tuple[Path, Path]:
    """Write the cohort file and its dictionary; return their paths."""
    random = np.random.default_rng(20220301)
    os = np.round(random.exponential(24, SIZE) + 2, 1)
    dead = (random.random(SIZE) < 0.6).astype(int)
    relapse = np.round(random.exponential(14, SIZE) + 1, 1)
    failure = np.round(random.exponential(40, SIZE) + 1, 1)
    # Death at the end of follow-up is an event of relapse-free survival; of pump failure it is none.
    rows = zip(
        range(SIZE), os, dead, np.minimum(relapse, os), np.where(relapse <= os, 1, dead),
        np.minimum(failure, os), (failure <= os).astype(int), strict=True,
    )  # fmt: skip
    data, dictionary = folder / "cohort.csv", folder / "own.csv"
    with data.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        names = ("rfs_months", "rfs_event", "pump_failure_months", "pump_failure_event")
        writer.writerow(("patient_id", "kras", "os_months", "os_event", *names))
        for place, *cells in rows:
            writer.writerow((f"P{place:03d}", ("mutant", "wild_type")[place % 2], *cells))
    dictionary.write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")
    return data, dictionary
