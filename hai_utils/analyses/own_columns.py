"""Which counts of a cohort's own columns contain another count, as far as the rows show it: for the disclosure gate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hai_utils.analyses.survival import ENDPOINTS
from hai_utils.cohort.model import Cohort, Mask

Cell = tuple[str, str]


def contained(cohort: Cohort) -> tuple[tuple[Cell, Cell], ...]:
    """Return pairs of cells of which one is within the other in every row, at least one being an own column's.

    What an own column means is not known here, but whatever is contained by its meaning is contained in the rows. A
    pair may be so by chance; the gate then withholds more than it must.

    Parameters
    ----------
    cohort : Cohort
        With its derived variables.

    Returns
    -------
    tuple of pair of (variable, cell)
        As in `hai_utils.disclosure.relations`; without cells that are nobody, everybody, or the same people.
    """
    masks = {cell: mask for cell, mask in _cells(cohort) if mask.any() and not mask.all()}
    own = [cell for cell in masks if cell[0] in cohort.variables and cohort.variables[cell[0]].own]
    if not own:
        return ()
    cells = list(masks)
    columns = np.array([masks[cell] for cell in cells], dtype=np.int64)
    mine = np.array([masks[cell] for cell in own], dtype=np.int64)
    both, sizes, sizes_of_own = mine @ columns.T, columns.sum(axis=1), mine.sum(axis=1)
    nested = (both == np.minimum(sizes_of_own[:, None], sizes[None, :])) & (sizes_of_own[:, None] != sizes[None, :])
    return tuple(
        (own[row], cells[column])
        for row, column in zip(*np.nonzero(nested), strict=True)
        if own[row][0] != cells[column][0]
    )


def _cells(cohort: Cohort) -> Iterator[tuple[Cell, Mask]]:
    """Yield who is in each level, who has each variable recorded, and who has each event."""
    for name in map(str, cohort.table):
        variable, column = cohort.variables[name], cohort.table[name]
        if variable.kind == "string" or name == cohort.group_by:
            continue
        yield (name, "n"), column.notna().to_numpy(dtype=bool)
        if variable.kind == "category":
            for level in column.dropna().unique():
                yield (name, str(level)), (column == level).to_numpy(dtype=bool)
    for name in ENDPOINTS:
        if cohort.has(f"{name}_months", f"{name}_event"):
            event = cohort.table[f"{name}_event"]
            yield (name, "events"), (event == 1).to_numpy(dtype=bool)
            yield (name, "censored"), (event == 0).to_numpy(dtype=bool)
