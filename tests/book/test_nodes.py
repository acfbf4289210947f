"""Nodes of exhibits: what they carry besides what the page shows."""

from __future__ import annotations

import pickle
import pickletools

from hai_utils.book.nodes import PackedRows

ROWS = (("group", "x"), ("a, b", "1.5"), ("é", ""))


def test_packed_rows_are_the_rows() -> None:
    packed = PackedRows(ROWS)
    assert (len(packed), tuple(packed), packed[1], packed[1:]) == (3, ROWS, ROWS[1], ROWS[1:])
    assert not PackedRows(())


def test_a_page_is_unpickled_without_making_each_cell() -> None:
    rows = tuple((str(place), str(place / 7)) for place in range(1_000))
    assert sum(1 for _ in pickletools.genops(pickle.dumps(PackedRows(rows)))) < 30
