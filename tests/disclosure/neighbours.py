"""Cohorts that differ only in what a gated run must hide: whatever else differs between their books is a leak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hai_utils.analyses import analyse
from hai_utils.results.files import results_csv, series_csv
from hai_utils.results.study import study_to_json
from hai_utils.results.table import Results
from tests.analyses.edge_samples import Columns, cohort_of

# Columns that must stay together, or a patient would contradict himself.
TOGETHER = (
    ("os_", "pfs_", "hepatic_pfs_", "converted", "response_months"),
    ("lesion",),
    ("clavien_dindo", "pump_complication"),
    ("hai_",),
)


def blocks(columns: Columns) -> list[tuple[str, ...]]:
    """Return the columns that change hands together."""
    found = [tuple(name for name in columns if name.startswith(starts)) for starts in TOGETHER]
    alone = [(name,) for name in columns if not any(name in block for block in found)]
    return [block for block in (*found, *alone) if block]


def files_of(results: Results) -> tuple[str, str, str]:
    """Return what a run tells."""
    return results_csv(results), series_csv(results), study_to_json(results.study)


def neighbour(columns: Columns, seed: int, *settings: str, draws: int = 60) -> dict[str, Sequence[object]]:
    """Let patients exchange values at random, and keep each exchange that the gated results do not show.

    The rows are then put in another order, so that no row of the two cohorts need be the same.
    """
    draw = np.random.default_rng(seed)
    now: Mapping[str, Sequence[object]] = columns
    wanted = files_of(analyse(*cohort_of(now, *settings)))
    choices = blocks(columns)
    size = len(next(iter(columns.values())))
    for _ in range(draws):
        changed = _exchanged(now, choices[int(draw.integers(len(choices)))], *draw.choice(size, 2, replace=False))
        if changed != now and files_of(analyse(*cohort_of(changed, *settings))) == wanted:
            now = changed
    order = draw.permutation(size)
    return {name: [values[place] for place in order] for name, values in now.items()}


def _exchanged(columns: Columns, names: Sequence[str], one: int, other: int) -> dict[str, Sequence[object]]:
    changed = {name: list(values) for name, values in columns.items()}
    for name in names:
        changed[name][one], changed[name][other] = changed[name][other], changed[name][one]
    return dict(changed)


def contents(run: Path) -> dict[str, bytes]:
    """Return every file of a run but those that hold times and the digest of the inputs, which stay with the owner."""
    return {
        path.relative_to(run).as_posix(): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name not in {"stamp.json", "provenance.json"}
    }
