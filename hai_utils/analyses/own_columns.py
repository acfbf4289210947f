"""Which counts of a cohort's own columns contain another count, as far as the rows show it: for the disclosure gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from hai_utils.analyses.survival import causes_of, times_of
from hai_utils.analyses.survival_blocks import DIED, OF_INTEREST
from hai_utils.catalogue.endpoints import DEATH
from hai_utils.cohort.model import Cohort, Mask

Cell = tuple[str, str]
# A total and this many of its parts; more would take long to list.
MOST_PARTS = 4


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
    names = _own_names(cohort)
    own = [cell for cell in masks if cell[0] in names]
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


def _own_names(cohort: Cohort) -> frozenset[str]:
    """Return the names of the cohort's own columns and endpoints."""
    columns = {name for name in map(str, cohort.table) if cohort.variables[name].own}
    return frozenset(columns | {endpoint.name for endpoint in cohort.endpoints if endpoint.own})


def sums(cohort: Cohort, threshold: int) -> tuple[tuple[Cell, ...], ...]:
    """Return a whole and parts of it that leave a few, such as a total and all but one of what it is the total of.

    Parameters
    ----------
    cohort : Cohort
        With its derived variables.
    threshold : int
        The smallest count above 0 that is shown.

    Returns
    -------
    tuple of (whole, part, part, ...)
        Cells; the parts lie within the whole in every row, and no two of them share one, up to `MOST_PARTS`. At least
        one is an own column's, each is shown in some population, and in one of them fewer than the threshold are in
        the whole but in no part. A pair alone is for `contained`.
    """
    own = _own_names(cohort)
    if not own:
        return ()
    populations = [_bits(cohort.members(group)) for group in cohort.groups]
    cells = {cell: bits for cell, mask in _cells(cohort) if (bits := _bits(mask)).bit_count() >= threshold}
    found: list[tuple[Cell, ...]] = []
    for whole, bits in cells.items():
        inside = [(cell, part) for cell, part in cells.items() if part & bits == part != bits and cell[0] != whole[0]]
        for parts, rest in _disjoint(inside, bits, 0):
            small = any(0 < (rest & population).bit_count() < threshold for population in populations)
            if small and own & {whole[0], *(name for name, _ in parts)}:
                found.append((whole, *parts))
    return tuple(found)


def _disjoint(inside: Sequence[tuple[Cell, int]], rest: int, taken: int) -> Iterator[tuple[tuple[Cell, ...], int]]:
    """Yield sets of two and more cells that share no row, each with the rows of the whole that they leave."""
    for place, (cell, part) in enumerate(inside):
        left = rest & ~part
        if taken:
            yield (cell,), left
        if taken + 1 < MOST_PARTS:
            apart = [(other, bits) for other, bits in inside[place + 1 :] if not bits & part]
            yield from (((cell, *more), last) for more, last in _disjoint(apart, left, taken + 1))


def _bits(mask: Mask) -> int:
    """Return who is in a mask as the bits of a number."""
    return int.from_bytes(np.packbits(mask).tobytes(), "big")


def _cells(cohort: Cohort) -> Iterator[tuple[Cell, Mask]]:
    """Yield who is in each level, who has each variable recorded, and who has each event."""
    for name in map(str, cohort.table):
        variable, column = cohort.variables[name], cohort.table[name]
        if variable.kind == "string":
            continue
        yield (name, "n"), column.notna().to_numpy(dtype=bool)
        if variable.kind == "category":
            for level in column.dropna().unique():
                yield (name, str(level)), (column == level).to_numpy(dtype=bool)
    for endpoint in cohort.endpoints:
        time, event = times_of(cohort, endpoint)
        yield (endpoint.name, "events"), event == 1
        yield (endpoint.name, "censored"), event == 0
        if endpoint.own:
            yield (endpoint.name, "n"), ~np.isnan(time) & ~np.isnan(event)
            cause = causes_of(cohort, endpoint, time, event)
            if cause is not None:
                yield (endpoint.name, endpoint.cause), cause == OF_INTEREST
                yield (endpoint.name, DEATH), cause == DIED
