"""The quick count of tables, which spares larger tables a search that ends in nothing."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from hai_utils.stats.freeman_halton import fewest_tables, freeman_halton_p

MARGINS = [
    ((3, 4), (2, 2, 3)),
    ((5, 5), (4, 3, 3)),
    ((1, 9), (4, 6)),
    ((6, 2), (1, 1, 1, 5)),
    ((2, 3, 4), (3, 3, 3)),
    ((1, 1, 5), (2, 2, 3)),
    ((2, 2, 2, 2), (3, 5)),
]


def listed(rows: tuple[int, ...], columns: tuple[int, ...]) -> int:
    """How many tables there are, by listing the cells of all rows but the last."""
    cells = [range(min(row, column) + 1) for row in rows[:-1] for column in columns]
    found = 0
    for choice in itertools.product(*cells):
        table = np.array(choice).reshape(len(rows) - 1, len(columns))
        found += bool((table.sum(axis=1) == rows[:-1]).all() and (table.sum(axis=0) <= columns).all())
    return found


@pytest.mark.parametrize(("rows", "columns"), MARGINS)
def test_no_more_tables_are_counted_than_there_are(rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
    counted = fewest_tables(np.array(rows), np.array(columns))
    assert 1 <= round(counted) <= listed(rows, columns)


@pytest.mark.parametrize(("rows", "columns"), [margins for margins in MARGINS if len(margins[0]) == 2])
def test_the_count_of_two_rows_is_exact(rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
    assert fewest_tables(np.array(rows), np.array(columns)) == pytest.approx(listed(rows, columns), rel=1e-12)


def test_the_count_of_large_tables_keeps_its_digits() -> None:
    """Two rows and two columns of half the patients each: R + 1 tables, and with many columns a binomial sum."""
    assert fewest_tables(np.array([50_000, 50_000]), np.array([50_000, 50_000])) == pytest.approx(50_001, rel=1e-9)
    # 60 columns of one: choose the 30 that the first row has.
    assert fewest_tables(np.array([30, 30]), np.ones(60, dtype=int)) == pytest.approx(math.comb(60, 30), rel=1e-9)


def test_too_many_tables_are_refused_at_once() -> None:
    table = np.array([[12_000, 18_000, 14_000], [18_000, 21_000, 17_000]])
    assert freeman_halton_p(table) is None
